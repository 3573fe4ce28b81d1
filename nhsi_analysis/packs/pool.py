"""Reports on this machine: worker processes, one warm parent, and nothing left behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from nhsi_analysis.packs.job import Job
from nhsi_analysis.packs.kernels import warm
from nhsi_analysis.packs.outcome import Failure, Outcome

if TYPE_CHECKING:
    from types import TracebackType

_GRACE_SECONDS = 60.0
"""How long past its limit a report may keep a worker: its kernel's end, and the export."""


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
        """Yield what becomes of each report, as they finish."""
        ...


@dataclass(slots=True)
class _Worker:
    """A worker process and what it is at."""

    process: subprocess.Popen[bytes]
    connection: Connection
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
    """

    def __init__(
        self,
        size: int,
        env: Mapping[str, str],
        modules: Sequence[str],
        *,
        warm_kernels: bool = True,
    ) -> None:
        self._size, self._env, self._modules = size, dict(env), list(modules)
        self._warm_kernels = warm_kernels
        self._parent: warm.WarmParent | None = None
        self._workers: list[_Worker] = []
        self._folder = ""

    def __enter__(self) -> LocalPool:
        self._folder = tempfile.mkdtemp(prefix="nhsi-")
        if self._warm_kernels and not warm.available():
            # A system that can't start it leaves the reports to ordinary kernels.
            with contextlib.suppress(OSError):
                self._parent = warm.WarmParent(self._modules)
        self._workers = [self._start() for _ in range(self._size)]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for worker in self._workers:
            worker.process.kill()
        if self._parent is not None:
            self._parent.close()
        for worker in self._workers:
            worker.process.wait()
            worker.connection.close()
        self._workers = []
        shutil.rmtree(self._folder, ignore_errors=True)

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
        waiting = deque(jobs)
        while waiting or any(worker.job for worker in self._workers):
            for worker in self._workers:
                if worker.job is None and waiting:
                    self._give(worker, waiting.popleft(), sources)
            busy = [worker for worker in self._workers if worker.job]
            patience = max(0.0, min(worker.deadline for worker in busy) - time.monotonic())
            ready = wait([worker.connection for worker in busy], timeout=patience)
            for worker in busy:
                if worker.connection in ready or time.monotonic() > worker.deadline:
                    yield self._take(worker)

    def _start(self) -> _Worker:
        ours, theirs = socket.socketpair()
        with theirs:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "nhsi_analysis.packs.worker"),
                    *(str(theirs.fileno()), str(os.getpid())),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # What a killed worker leaves of its reports' scratch goes with our folder.
                env={**os.environ, **self._env, "TMPDIR": self._folder},
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        return _Worker(process, Connection(ours.detach()))

    def _give(self, worker: _Worker, job: Job, sources: Mapping[Path, str]) -> None:
        worker.job = job
        worker.deadline = time.monotonic() + job.report_seconds + _GRACE_SECONDS
        address = self._parent.address if self._parent else None
        with contextlib.suppress(OSError):  # a worker that died shows when its answer is read
            worker.connection.send((job, sources[job.notebook], self._env, address))

    def _take(self, worker: _Worker) -> Outcome:
        job = worker.job
        assert job is not None
        try:
            if not worker.connection.poll():
                failure = Failure("time limit", "stopped: its worker did not answer in time")
                raise EOFError
            failure = Failure("died", "the worker process died")
            outcome: Outcome = worker.connection.recv()
        except (EOFError, OSError):
            worker.process.kill()
            worker.process.wait()
            worker.connection.close()
            fresh = self._start()
            worker.process, worker.connection = fresh.process, fresh.connection
            outcome = Outcome(job.id, failure)
        worker.job, worker.deadline = None, float("inf")
        return outcome
