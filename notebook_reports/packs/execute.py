"""Make one report: papermill runs its notebook in a fresh kernel, then it is exported.

Errors are values: whatever happens in a notebook, :func:`execute` returns an :class:`Outcome`.
"""

from __future__ import annotations

import contextlib
import time
import traceback
from dataclasses import replace

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError
from papermill.execute import remove_error_markers

from notebook_reports.packs import engine
from notebook_reports.packs.job import Job
from notebook_reports.packs.outcome import Failure, Outcome


def execute(job: Job, source: str, env: dict[str, str], warm: str | None) -> Outcome:
    """Run one report to its end, good or bad.

    Parameters
    ----------
    job : Job
        The report.
    source : str
        The notebook's JSON.
    env : dict
        Environment variables of the kernel beyond this process's own.
    warm : str, optional
        Address of the warm parent; None runs an ordinary kernel.

    Returns
    -------
    Outcome
        With the executed (or partial) notebook and the pages among its files.
    """
    nb = nbformat.reads(source, as_version=4)
    # Parameters that an earlier run injected are not this run's.
    nb.cells = [c for c in nb.cells if "injected-parameters" not in c.metadata.get("tags", [])]
    run = engine.Run(
        env=env | {"NHSI_DIFFERS": job.differs},
        beside=job.notebook.parent,
        warm=warm,
        seed=job.seed,
        imports=job.imports,
        report_seconds=job.report_seconds,
    )
    failure = _execute(nb, job, run)
    if failure is not None and failure.kind != "error":
        _mark(run, failure)
    nb = nb if run.nb is None else run.nb
    nb.metadata.setdefault("papermill", NotebookNode()).update(
        input_path=job.notebook.name, output_path=f"{job.id}.ipynb"
    )
    outcome = Outcome(
        job.id,
        failure=failure,
        kernel=run.kernel,
        note=run.note,
        started=run.began,
        seconds=run.seconds,
        tables=run.read.get("tables", []),
        read=run.read.get("read", {}),
        unseen=run.read.get("unseen", []),
    )
    return _export(nb, job, outcome, pdf=bool(env.get("NHSI_PDF")), docx=bool(env.get("NHSI_DOCX")))


def _execute(nb: NotebookNode, job: Job, run: engine.Run) -> Failure | None:
    """Have papermill run a notebook; say why it failed, if it did."""
    try:
        papermill.execute_notebook(
            nb,
            None,
            job.given,
            engine_name=engine.NAME,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            execution_timeout=job.cell_seconds,
            run=run,
        )
    except PapermillExecutionError as error:
        if run.stopped is not None:
            return Failure("error", f"{error.ename}: {error.evalue}", str(error), run.cell)
        # The author expected it: its cell is tagged raises-exception, and the rest has run.
        remove_error_markers(run.nb)
    except CellTimeoutError:
        why = f"stopped: the cell took more than {job.cell_seconds:g} seconds"
        return Failure("time limit", why, "", run.cell)
    except TimeoutError as error:
        return Failure("time limit", f"stopped: {error}", "", run.cell)
    except DeadKernelError as error:
        return Failure("died", f"{error}", "", run.cell)
    except Exception as error:
        return Failure("died", f"{type(error).__name__}: {error}", traceback.format_exc(), run.cell)
    if run.stopped is not None:
        return Failure(
            "error",
            "the notebook ended itself (sys.exit or exit): a page cut short isn't complete. "
            "Leave the call out, or put what follows under a condition",
            "",
            run.cell,
        )
    return None


def _mark(run: engine.Run, failure: Failure) -> None:
    """Show in the partial notebook where and why the run stopped."""
    if run.nb is None or run.cell is None or run.nb.cells[run.cell - 1].cell_type != "code":
        return
    run.nb.cells[run.cell - 1].outputs.append(
        nbformat.v4.new_output(
            "error",
            ename=failure.kind.capitalize(),
            evalue=failure.message,
            traceback=[failure.message],
        )
    )


def _export(nb: NotebookNode, job: Job, outcome: Outcome, *, pdf: bool, docx: bool) -> Outcome:
    """Turn the executed notebook into files."""
    # Not imported before the kernel is asked for, which starts the sooner for it.
    from notebook_reports.packs import leaves, outputs, published
    from notebook_reports.report.reading import read_blocks

    started = time.perf_counter()
    ill_formed = _take_out_ill_formed(nb)
    failure = outcome.failure or ill_formed
    files = {}
    try:
        nb = outputs.tidied(nb)
        files = {f"notebooks/{job.id}.ipynb": (nbformat.writes(nb) + "\n").encode()}
        shown = published.published(nb)
        findings = [block for kind, block in read_blocks(shown) if kind == "finding"]
        outcome = replace(outcome, findings=findings)
        if failure is None:
            files |= leaves.report_files(shown, job, pdf=pdf, docx=docx)
            lede, as_at = leaves.said_first(shown)
            outcome = replace(outcome, lede=lede, as_at=as_at)
    except Exception as error:
        failure = failure or Failure("export", f"{error}", traceback.format_exc())
    if failure is not None:
        files[f"reports/{job.id}.html"] = leaves.error_page(job, failure, nb).encode()
    seconds = outcome.seconds | {"export": time.perf_counter() - started}
    seconds["total"] = sum(seconds.values())
    return replace(outcome, failure=failure, files=files, seconds=seconds)


def _take_out_ill_formed(nb: NotebookNode) -> Failure | None:
    """Take out outputs that no notebook can hold, and say which cell had the first of them.

    How its author's file holds to the format otherwise is left to those who open it.
    """
    with contextlib.suppress(nbformat.ValidationError):
        nbformat.validate(nb)
        return None
    failure = None
    for number, cell in enumerate(nb.cells, 1):
        for output in [*cell.get("outputs", [])]:
            try:
                nbformat.validate(output, ref=output.output_type, version=4)
            except nbformat.ValidationError as error:
                cell.outputs.remove(output)
                message = f"it shows what no notebook can hold: {error.message}"
                failure = failure or Failure("error", message, "", number)
    return failure
