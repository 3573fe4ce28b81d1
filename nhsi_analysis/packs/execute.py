"""Make one report: run its notebook in a fresh kernel, export it, and hand everything back.

Errors are values: whatever happens in a notebook, :func:`execute` returns an :class:`Outcome`.
"""

from __future__ import annotations

import ast
import asyncio
import copy
import json
import os
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.parameterize import parameterize_notebook

from nhsi_analysis.packs.job import Job
from nhsi_analysis.packs.kernels import manager as kernels
from nhsi_analysis.packs.outcome import Failure, Outcome

FINDING_MIME = "application/vnd.nhsi.finding+json"
"""Type of the outputs that carry headline numbers as data."""

STARTUP_SECONDS = 60


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
    nb = inject(nbformat.reads(source, as_version=4), job.given)
    with tempfile.TemporaryDirectory(prefix="nhsi-report-") as scratch:
        outcome = asyncio.run(_run(nb, job, env, warm, Path(scratch)))
    return _export(nb, job, outcome, pdf=bool(env.get("NHSI_PDF")))


def inject(nb: NotebookNode, given: dict[str, Any]) -> NotebookNode:
    """Add the given parameters after the notebook's own, by papermill.

    Parameters
    ----------
    nb : NotebookNode
        A notebook.
    given : dict
        Values to set; none leaves the notebook as it is.

    Returns
    -------
    NotebookNode
        A copy with a cell tagged ``injected-parameters``.
    """
    result = copy.deepcopy(nb)
    result.metadata["papermill"] = NotebookNode(parameters=given)
    if not given:
        return result
    for cell in result.cells:
        cell.metadata.setdefault("tags", [])
    # Named here because a notebook need not carry a kernelspec; every report is Python's.
    injected: NotebookNode = parameterize_notebook(
        result, given, kernel_name="python3", language="python"
    )
    return injected


async def _run(
    nb: NotebookNode, job: Job, env: dict[str, str], warm: str | None, scratch: Path
) -> Outcome:
    """Execute a notebook in place; the outcome has no files yet."""
    outcome = Outcome(job.id)
    work = scratch / "work"
    work.mkdir()
    km = kernels.new_manager(warm, scratch)
    client = NotebookClient(
        nb,
        km=km,
        timeout=job.cell_seconds,
        startup_timeout=STARTUP_SECONDS,
        shutdown_kernel="immediate",
        ipython_hist_file="",
        record_timing=False,
    )
    client.owns_km = True
    seconds: dict[str, float] = {}
    started = time.perf_counter()
    place = _Place()
    notes: dict[str, Any] = {}
    failure: Failure | None = None
    kind = note = ""
    began = 0.0
    report_limit = asyncio.timeout(job.report_seconds)
    try:
        async with (
            report_limit,
            client.async_setup_kernel(env={**os.environ, **env}, cwd=str(work)),
        ):
            seconds["start"] = time.perf_counter() - started
            kind, note = kernels.kind_and_note(km)
            began = time.time()
            try:
                await _cells(client, job, place, seconds, notes)
            finally:
                await kernels.end(km)
    except CellExecutionError as error:
        failure = Failure("error", f"{error.ename}: {error.evalue}", str(error), place.number)
    except (CellTimeoutError, TimeoutError):
        failure = _too_slow(job, place)
    except DeadKernelError:
        # nbclient takes any cancellation of a cell for the kernel's death, the limit's included.
        if report_limit.expired():
            failure = _too_slow(job, place)
        else:
            failure = Failure("died", "the kernel died", "", place.number)
    except Exception as error:
        failure = Failure(
            "died", f"{type(error).__name__}: {error}", traceback.format_exc(), place.number
        )
    if failure and failure.kind != "error":
        _mark(nb, place.number, failure)
    seconds.setdefault("start", time.perf_counter() - started)
    return replace(
        outcome,
        failure=failure,
        kernel=kind,
        note=note,
        started=began,
        seconds=seconds,
        tables=notes.get("tables", []),
        read=notes.get("files", []),
        findings=list(findings(nb)),
    )


@dataclass(slots=True)
class _Place:
    """Where in the notebook a run is."""

    number: int | None = None
    cell_limited: bool = False


def _too_slow(job: Job, place: _Place) -> Failure:
    """Say which time limit was passed, and where."""
    limit = job.cell_seconds if place.cell_limited else job.report_seconds
    what = "cell" if place.cell_limited else "report"
    message = f"stopped: the {what} took more than {limit:g} seconds"
    return Failure("time limit", message, "", place.number)


async def _cells(
    client: NotebookClient,
    job: Job,
    place: _Place,
    seconds: dict[str, float],
    notes: dict[str, Any],
) -> None:
    """Run every cell between the session's beginning and end."""
    assert client.kc is not None
    info = await client.async_wait_for_reply(client.kc.kernel_info())
    assert info is not None
    client.nb.metadata["language_info"] = info["content"]["language_info"]
    begun = await _ask(client, f"begin({job.seed}, {list(job.imports)!r})")
    seconds["imports"] = begun["imports"]
    started = time.perf_counter()
    try:
        for index, cell in enumerate(client.nb.cells):
            place.number = index + 1
            try:
                await client.async_execute_cell(
                    cell, index, execution_count=client.code_cells_executed + 1
                )
            except CellTimeoutError:
                place.cell_limited = True
                raise
        client.set_widgets_metadata()
    finally:
        seconds["cells"] = time.perf_counter() - started
    notes |= await _ask(client, "end()")


async def _ask(client: NotebookClient, call: str) -> dict[str, Any]:
    """Call the session module inside the kernel, outside the notebook's own names."""
    module = "__import__('nhsi_analysis.packs.session', fromlist=['begin'])"
    assert client.kc is not None
    message = client.kc.execute(
        "", silent=True, store_history=False, user_expressions={"reply": f"{module}.{call}"}
    )
    reply = await client.async_wait_for_reply(message)
    assert reply is not None
    answer = reply["content"]["user_expressions"]["reply"]
    if answer["status"] != "ok":
        raise RuntimeError(f"{call}: {answer['ename']}: {answer['evalue']}")
    text: str = answer["data"]["text/plain"]
    result: dict[str, Any] = json.loads(ast.literal_eval(text))
    return result


def findings(nb: NotebookNode) -> Iterator[dict[str, Any]]:
    """Yield the headline numbers a notebook's outputs carry as data."""
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            found = output.get("data", {}).get(FINDING_MIME)
            if found is not None:
                yield dict(found)


def _mark(nb: NotebookNode, number: int | None, failure: Failure) -> None:
    """Show in the partial notebook where and why the run stopped."""
    if number is None or nb.cells[number - 1].cell_type != "code":
        return
    nb.cells[number - 1].outputs.append(
        nbformat.v4.new_output(
            "error",
            ename=failure.kind.capitalize(),
            evalue=failure.message,
            traceback=[failure.message],
        )
    )


def _export(nb: NotebookNode, job: Job, outcome: Outcome, *, pdf: bool) -> Outcome:
    """Turn the executed notebook into files."""
    # What makes pages is imported after the kernel has run, which starts the sooner for it.
    from nhsi_analysis.packs import leaves, outputs

    started = time.perf_counter()
    nb = outputs.tidied(nb)
    files = {f"notebooks/{job.id}.ipynb": (nbformat.writes(nb) + "\n").encode()}
    failure = outcome.failure
    if failure is None:
        try:
            files |= leaves.report_files(nb, job, pdf=pdf)
            outcome = replace(outcome, lede=leaves.lede(nb))
        except Exception as error:
            failure = Failure("export", f"{error}", traceback.format_exc())
    if failure is not None:
        files[f"reports/{job.id}.html"] = leaves.error_page(nb, job, failure).encode()
    seconds = outcome.seconds | {"export": time.perf_counter() - started}
    seconds["total"] = sum(seconds.values())
    return replace(outcome, failure=failure, files=files, seconds=seconds)
