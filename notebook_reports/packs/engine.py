"""papermill's engine ``warm``: its notebooks run in warm kernels, within time limits, saved once.

papermill finds it by its entry point, so ``papermill --engine warm`` and
``papermill.execute_notebook(..., engine_name="warm")`` use it from anywhere; a pack executes its
reports the same way. What papermill promises of an engine holds: outputs stored earlier are
emptied, each cell has its times and its state in the metadata, errors are papermill's.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NotebookExecutionManager
from papermill.exceptions import PapermillException
from papermill.log import logger
from papermill.utils import remove_args

from notebook_reports import project
from notebook_reports.packs import session
from notebook_reports.packs.kernels import manager as kernels
from notebook_reports.packs.kernels import provisioner
from notebook_reports.packs.kernels.warm import PARENT_DIED
from notebook_reports.packs.mirror import Mirror
from notebook_reports.packs.notebook import other_language
from notebook_reports.packs.scratch import Scratch

NAME = "warm"
"""What papermill calls this engine."""

_OURS = ("python3", "python", provisioner.NAME)
"""Names of kernels that stand for this environment's Python, installed or not."""

_USUAL_REASONS = {
    signal.SIGKILL: "most often the system was short of memory: fewer reports at once need less",
    signal.SIGSEGV: "a compiled library crashed",
    signal.SIGABRT: "a compiled library gave up",
    signal.SIGTERM: "something asked it to end",
}
"""What usually lies behind a kernel's death by signal."""


@dataclass(slots=True)
class Run:
    """What a run needs beyond papermill's arguments, and what becomes of it.

    Parameters
    ----------
    env : dict
        Environment variables of the kernel beyond this process's own.
    beside : Path, optional
        A folder whose files, and its parent's, the notebook finds by relative paths; what it
        writes so stays its own and is thrown away. None runs in the current folder.
    warm : str, optional
        Address of a warm parent; empty for one that this process owns, None for an ordinary
        kernel.
    seed : int, optional
        Seed of the global random streams; None takes fresh entropy.
    imports : sequence of str
        Modules to import before the first cell.
    report_seconds : float, optional
        Time limit of the whole notebook.
    nb : NotebookNode
        The notebook, executed as far as it went.
    cell : int
        Number of the cell it is at, counted from 1.
    stopped : CellExecutionError
        The error that ended it early, ``sys.exit`` included.
    kernel, note : str
        "warm" or "ordinary", and why not warm.
    began : float
        When the kernel ran, in seconds since 1970.
    seconds : dict
        Time taken by start, imports and cells.
    read : dict
        What the notebook read, as :func:`notebook_reports.packs.session.end` tells it.
    """

    env: dict[str, str] = field(default_factory=dict)
    beside: Path | None = None
    warm: str | None = ""
    seed: int | None = None
    imports: tuple[str, ...] = ()
    report_seconds: float | None = None
    nb: NotebookNode | None = None
    cell: int | None = None
    stopped: CellExecutionError | None = None
    kernel: str = ""
    note: str = ""
    began: float = 0.0
    seconds: dict[str, float] = field(default_factory=dict)
    read: dict[str, Any] = field(default_factory=dict)


class _SavedOnce(NotebookExecutionManager):  # type: ignore[misc]
    """Saves when the notebook is complete, and before that only as often as autosave asks for.

    papermill writes the whole notebook twice a cell, which for short cells takes longer than
    they do.
    """

    def save(self, **kwargs: Any) -> None:
        """Write the notebook, if it is time."""
        waited = (self.now() - self.last_save_time).total_seconds()
        due = self.autosave_cell_every and waited >= self.autosave_cell_every
        if self.end_time is not None or due:
            super().save(**kwargs)


class WarmEngine(Engine):  # type: ignore[misc]  # papermill is not annotated
    """Runs notebooks of Python in warm kernels, and in ordinary ones where there can't be any."""

    @classmethod
    def execute_notebook(
        cls,
        nb: NotebookNode,
        kernel_name: str,
        output_path: str | None = None,
        progress_bar: bool | dict[str, Any] = True,
        log_output: bool = False,
        autosave_cell_every: int = 30,
        **kwargs: Any,
    ) -> NotebookNode:
        """Run a notebook as papermill's base class does, but save it once."""
        state = _SavedOnce(
            nb,
            output_path=output_path,
            progress_bar=progress_bar,
            log_output=log_output,
            autosave_cell_every=autosave_cell_every,
        )
        nb.metadata.pop("widgets", None)
        state.notebook_start()
        try:
            cls.execute_managed_notebook(state, kernel_name, log_output=log_output, **kwargs)
        finally:
            state.cleanup_pbar()
            state.notebook_complete()
        return nb

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        *,
        log_output: bool = False,
        stdout_file: Any = None,
        stderr_file: Any = None,
        start_timeout: int = 60,
        execution_timeout: float | None = None,
        run: Run | None = None,
        **options: Any,
    ) -> None:
        """Run the cells of a notebook in this environment's Python.

        Parameters
        ----------
        nb_man : NotebookExecutionManager
            papermill's state of the run.
        kernel_name : str
            A kernel of this environment's Python.
        log_output, stdout_file, stderr_file, start_timeout
            As for papermill's own engine.
        execution_timeout : float, optional
            Seconds that a cell may take.
        run : Run, optional
            What else is wanted and found out.
        **options : object
            For nbclient, as papermill's own engine hands them on.

        Raises
        ------
        PapermillException
            The notebook is of another language than Python, or its kernel is another Python's.
        NoSuchKernel
            There is no kernel of that name.
        CellTimeoutError
            A cell took too long.
        TimeoutError
            The notebook took too long as a whole.
        DeadKernelError
            The kernel ended; the message says how, and what that usually means.
        """
        language = other_language(nb_man.nb.metadata)
        if language:
            raise PapermillException(
                f"the engine {NAME!r} runs notebooks of Python; this one is of {language}: "
                "run it with papermill's own engine and a kernel of that language"
            )
        _check_kernel(kernel_name)
        run = run or Run()
        run.nb = nb_man.nb
        with contextlib.closing(Scratch("report-")) as scratch:
            km = kernels.new_manager(run.warm, scratch.path)
            wanted = {
                "timeout": execution_timeout or options.get("timeout"),
                "startup_timeout": start_timeout,
                "log": logger,
                "log_output": log_output,
                "stdout_file": stdout_file,
                "stderr_file": stderr_file,
                "shutdown_kernel": "immediate",
                "ipython_hist_file": "",
            }
            if run.beside is not None:
                wanted["record_timing"] = False  # a pack's notebooks are the same in every run
            client = _Client(nb_man, km=km, **remove_args(["input_path"], **options) | wanted)
            client.owns_km = True
            _finish(client.run(run, scratch.path))

    @classmethod
    def nb_kernel_name(cls, nb: NotebookNode, name: str | None = None) -> str:
        """Return the kernel's name; a notebook need not have one."""
        return str(name or nb.metadata.get("kernelspec", {}).get("name") or "python3")

    @classmethod
    def nb_language(cls, nb: NotebookNode, language: str | None = None) -> str:
        """Return the notebook's language; one that names none is of Python."""
        return str(language or other_language(nb.metadata) or "python")


class _Client(PapermillNotebookClient):  # type: ignore[misc]
    """papermill's client, run to its end within one event loop and a time limit."""

    async def run(self, run: Run, scratch: Path) -> None:
        """Start a kernel, run every cell between the session's begin and end, end the kernel."""
        started = time.perf_counter()
        limit = asyncio.timeout(run.report_seconds)
        env, folder = {**os.environ, **run.env}, os.getcwd()
        if run.beside is not None:
            # A report of a pack takes nothing from its user's own settings of IPython.
            env |= {"NHSI_BESIDE": str(run.beside), "IPYTHONDIR": str(scratch / "ipython")}
            folder = Mirror.make(run.beside, scratch).here
        try:
            async with limit, self._kernel(env, folder):
                run.seconds["start"] = time.perf_counter() - started
                run.kernel, run.note = kernels.kind_and_note(self.km)
                if run.note:
                    logger.warning(run.note)
                run.began = time.time()
                try:
                    await self._cells(run)
                except DeadKernelError as error:
                    # nbclient takes any cancellation of a cell for the kernel's death.
                    if asyncio.current_task().cancelling():  # type: ignore[union-attr]
                        raise asyncio.CancelledError from None
                    how, run.note = await _end_of(self.km)
                    raise DeadKernelError(how) from error
                finally:
                    await kernels.end(self.km)
        except TimeoutError as error:
            if isinstance(error, CellTimeoutError) or not limit.expired():
                raise
            raise TimeoutError(
                f"the report took more than {run.report_seconds:g} seconds"
            ) from None
        finally:
            run.seconds.setdefault("start", time.perf_counter() - started)

    @contextlib.asynccontextmanager
    async def _kernel(self, env: dict[str, str], folder: str) -> AsyncIterator[None]:
        """Start and end the kernel; unlike nbclient's way, this leaves signals to who runs it."""
        try:
            await self.async_start_new_kernel(env=env, cwd=folder)
            await self.async_start_new_kernel_client()
            yield
        finally:
            await self._async_cleanup_kernel()

    async def _cells(self, run: Run) -> None:
        assert self.kc is not None
        self.nb.metadata["language_info"] = self.kc.language_info
        begun = await self._ask(f"begin({run.seed}, {list(run.imports)!r}, {project.told()!r})")
        run.seconds["imports"] = begun["imports"]
        started = time.perf_counter()
        try:
            for index, cell in enumerate(self.nb.cells):
                run.cell = index + 1
                self.nb_man.cell_start(cell, index)
                try:
                    await self.async_execute_cell(cell, index)
                except CellExecutionError as error:
                    self.nb_man.cell_exception(cell, cell_index=index, exception=error)
                    run.stopped = error
                    break
                except BaseException as error:
                    self.nb_man.cell_exception(cell, cell_index=index, exception=error)
                    raise
                finally:
                    self.nb_man.cell_complete(cell, cell_index=index)
            self.set_widgets_metadata()
        finally:
            run.seconds["cells"] = time.perf_counter() - started
        run.read = await self._ask("end()")

    async def _ask(self, call: str) -> dict[str, Any]:
        """Call the session module inside the kernel, outside the notebook's own names."""
        module = "__import__('notebook_reports.packs.session', fromlist=['begin'])"
        assert self.kc is not None
        # An expression: what a notebook has cells rewritten by doesn't touch it.
        message = self.kc.execute(
            "", silent=True, store_history=False, user_expressions={"reply": f"{module}.{call}"}
        )
        reply = await self.async_wait_for_reply(message)
        assert reply is not None
        said = reply["content"]["user_expressions"]["reply"]
        if said["status"] != "ok":
            raise RuntimeError(f"{call}: {said['ename']}: {said['evalue']}")
        # The notebook's own hooks may have left payloads beside it.
        payloads = [p for p in reply["content"]["payload"] if p.get("source") == session.__name__]
        answer: dict[str, Any] = payloads[-1][session.ANSWER]
        return answer


def _finish(coroutine: Any) -> None:
    """Run a coroutine to its end, also where an event loop is running, as in JupyterLab."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(coroutine)
    else:
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, coroutine).result()


def _check_kernel(name: str) -> None:
    """Refuse a kernel that isn't of this environment's Python."""
    if name in _OURS:
        return
    spec = KernelSpecManager().get_kernel_spec(name)
    if not os.path.exists(spec.argv[0]) or not os.path.samefile(spec.argv[0], sys.executable):
        raise PapermillException(
            f"the engine {NAME!r} runs notebooks in its own environment, and the kernel {name!r} "
            f"is {spec.argv[0]}: use papermill's own engine, or name the kernel python3"
        )


async def _end_of(km: Any) -> tuple[str, str]:
    """Say how a kernel ended, and whether its parent did."""
    code = await km.provisioner.wait()
    if getattr(km.provisioner, "orphaned", False):
        return f"the kernel died: {PARENT_DIED}", PARENT_DIED
    if code is None or code >= 0:
        return f"the kernel ended with exit code {code or 0} before its cell did", ""
    try:
        name = signal.Signals(-code).name
    except ValueError:
        return f"the kernel was ended by signal {-code}", ""
    usual = _USUAL_REASONS.get(signal.Signals(-code))
    return f"the kernel was ended by signal {-code} ({name}){f': {usual}' if usual else ''}", ""
