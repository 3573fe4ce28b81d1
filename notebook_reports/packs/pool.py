"""Reports on this machine: worker processes, one warm parent, and nothing left behind."""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from notebook_reports.packs.job import Job
from notebook_reports.packs.kernels import warm
from notebook_reports.packs.outcome import Failure, Outcome
from notebook_reports.packs.scratch import Scratch

if TYPE_CHECKING:
    from types import TracebackType

_GRACE_SECONDS = 60.0
"""How long past its limit a report may keep a worker: its kernel's end, and the export."""

_LONGEST_END = 1.0
"""How long a dismissed worker may take to end what it started."""

_LONGEST_WAIT = 0.5
"""Windows lets Ctrl-C through between two waits only."""


class Pool(Protocol):
    """Something that makes reports."""

    def __enter__(self) -> Pool:
        """Start."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop at once, with everything that was started."""
        ...

    def outcomes(self, jobs: Sequence[Job], sources: Mapping[Path, str]) -> Iterator[Outcome]:
        """Yield what becomes of each report, as they finish.

        Parameters
        ----------
        jobs : sequence of Job
            The reports.
        sources : mapping of Path to str
            The notebooks' JSON by path.

        Yields
        ------
        Outcome
            One a report.
        """
        ...


@dataclass(slots=True, eq=False)
class _Worker:
    """A worker process and what it is at."""

    process: subprocess.Popen[bytes]
    job: Job | None = None
    deadline: float = field(default=float("inf"))


class LocalPool:
    """Worker processes on this machine, sharing one warm parent.

    Parameters
    ----------
    size : int
        Worker processes.
    env : mapping of str to str
        Environment variables of the kernels.
    modules : sequence of str
        What the warm parent imports: the modules the notebooks import.
    warm_kernels : bool
        False runs ordinary kernels.
    early : bool
        Whether a kernel may be forked before the parent has imported all of that.
    """

    def __init__(
        self,
        size: int,
        env: Mapping[str, str],
        modules: Sequence[str],
        *,
        warm_kernels: bool = True,
        early: bool = True,
    ) -> None:
        self._size, self._env, self._modules = size, dict(env), list(modules)
        self._warm_kernels, self._early = warm_kernels, early
        self._parent: warm.WarmParent | None = None
        self._workers: list[_Worker] = []
        self._heard: queue.SimpleQueue[tuple[_Worker, Outcome | None]] = queue.SimpleQueue()
        self._orphaned: set[str] = set()

    def __enter__(self) -> LocalPool:
        self._folder = Scratch()
        try:
            if self._warm_kernels and not warm.available():
                # A system that can't start it leaves the reports to ordinary kernels.
                with contextlib.suppress(OSError):
                    self._parent = self._new_parent()
            self._start_in_turn()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        for worker in self._workers:
            _dismiss(worker)
        if self._parent is not None:
            self._parent.close()
        for worker in self._workers:
            _bury(worker)
        self._workers = []
        self._folder.close()

    def outcomes(self, jobs: Sequence[Job], sources: Mapping[Path, str]) -> Iterator[Outcome]:
        """Yield what becomes of each report; a worker that is lost is replaced."""
        waiting = deque(jobs)
        for worker in self._workers:
            if waiting:
                self._give(worker, waiting.popleft(), sources)
        while busy := [worker for worker in self._workers if worker.job]:
            ended = self._next(busy)
            if ended is None:
                continue
            worker, outcome = ended
            # The next report starts before anybody looks at this one.
            if waiting:
                self._give(worker, waiting.popleft(), sources)
            yield outcome

    def _new_parent(self) -> warm.WarmParent:
        return warm.WarmParent(self._modules, self._env, early=int(self._early))

    def _start_in_turn(self) -> None:
        """Start the workers so that they leave a core to the warm parent, for which all wait.

        Each but the first ones imports what it needs when one before it has; a pipe closes then.
        """
        if sys.platform == "win32":
            self._workers = [self._start() for _ in range(self._size)]
            return
        at_once = max(1, (os.cpu_count() or 1) - (self._parent is not None))
        turns: deque[int] = deque()
        try:
            for i in range(self._size):
                turn, over = os.pipe()
                turns.append(turn)
                mine = [over] if i < at_once else [over, turns.popleft()]
                try:
                    self._workers.append(self._start(mine))
                finally:
                    for end in mine:
                        os.close(end)
        finally:
            for turn in turns:
                os.close(turn)

    def _start(self, turns: Sequence[int] = ()) -> _Worker:
        process = subprocess.Popen(
            [sys.executable, "-m", "notebook_reports.packs.worker", *map(str, turns)],
            pass_fds=turns,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # What a killed worker leaves of its reports' scratch goes with our folder.
            env={**os.environ, **self._env, "TMPDIR": str(self._folder.path)},
            # Ctrl-C is the owner's to answer.
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        worker = _Worker(process)
        threading.Thread(target=self._listen, args=(worker,), daemon=True).start()
        return worker

    def _listen(self, worker: _Worker) -> None:
        """Hand on what a worker says, and nothing when it is gone."""
        assert worker.process.stdout is not None
        with contextlib.suppress(EOFError, OSError, ValueError, pickle.UnpicklingError):
            while True:
                self._heard.put((worker, pickle.load(worker.process.stdout)))
        self._heard.put((worker, None))

    def _give(self, worker: _Worker, job: Job, sources: Mapping[Path, str]) -> None:
        worker.job = job
        worker.deadline = time.monotonic() + job.report_seconds + _GRACE_SECONDS
        address = self._address(job)
        assert worker.process.stdin is not None
        with contextlib.suppress(OSError):  # a worker that died shows when its answer is read
            pickle.dump((job, sources[job.notebook], self._env, address), worker.process.stdin)
            worker.process.stdin.flush()

    def _address(self, job: Job) -> str | None:
        """Return where the warm parent listens, started again if it died."""
        # One of the reports that it died under may have killed it: they don't meet it again.
        if self._parent is None or job.id in self._orphaned:
            return None
        if self._parent.process.poll() is not None:
            self._parent.close()
            with contextlib.suppress(OSError):
                self._parent = self._new_parent()
        return self._parent.address

    def _next(self, busy: Sequence[_Worker]) -> tuple[_Worker, Outcome] | None:
        """Wait for a report's end, a worker's death or the end of its time; not for long."""
        first = min(busy, key=lambda worker: worker.deadline)
        patience = min(max(0.0, first.deadline - time.monotonic()), _LONGEST_WAIT)
        outcome: Outcome | None
        try:
            worker, outcome = self._heard.get(timeout=patience)
        except queue.Empty:
            if time.monotonic() <= first.deadline:
                return None
            failure = Failure("time limit", "stopped: its worker did not answer in time")
            return self._replaced(first, failure)
        if worker not in busy:
            return None  # the last word of one that was replaced
        if outcome is None:
            return self._replaced(worker, Failure("died", "the worker process died"))
        if outcome.note == warm.PARENT_DIED:
            self._orphaned.add(outcome.id)
        worker.job, worker.deadline = None, float("inf")
        return worker, outcome

    def _replaced(self, lost: _Worker, failure: Failure) -> tuple[_Worker, Outcome]:
        """Put a fresh worker in the place of one that is lost, with what became of its report."""
        assert lost.job is not None
        _dismiss(lost)
        _bury(lost)
        fresh = self._start()
        self._workers[self._workers.index(lost)] = fresh
        return fresh, Outcome(lost.job.id, failure)


def _dismiss(worker: _Worker) -> None:
    """Close a worker's input: it ends at once, and what it started before it."""
    assert worker.process.stdin is not None
    with contextlib.suppress(OSError):  # what was not read any more is not missed
        worker.process.stdin.close()


def _bury(worker: _Worker) -> None:
    """Wait for a dismissed process, not for long, and let go of its pipe."""
    try:
        worker.process.wait(timeout=_LONGEST_END)
    except subprocess.TimeoutExpired:
        worker.process.kill()
        worker.process.wait()
    assert worker.process.stdout is not None
    with contextlib.suppress(OSError):
        worker.process.stdout.close()
