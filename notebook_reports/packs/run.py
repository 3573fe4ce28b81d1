"""Run a plan: skip what stands, make the rest, keep what is finished whatever happens."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal, Protocol

from notebook_reports import bare, checkout, project
from notebook_reports.errors import PackError
from notebook_reports.packs import committed, files, kept, keys, manifest, word
from notebook_reports.packs.job import Job
from notebook_reports.packs.kernels.warm import PARENT_DIED
from notebook_reports.packs.outcome import Failure, Outcome
from notebook_reports.packs.pdf import find_chromium
from notebook_reports.packs.plan import Plan
from notebook_reports.packs.pool import LocalPool, Pool

Status = Literal["complete", "failed", "interrupted"]

_IN_THE_WAY = (
    *(IsADirectoryError, NotADirectoryError, FileExistsError, PermissionError),
    PackError,
)
"""What something in a report's place makes of writing it; other faults are the disk's."""

STOPS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""Signals that stop a run; Windows has no terminal's end."""

_FEWEST_FILES = 64
"""Open files that a worker, its kernel and the owner of both can live with."""


def default_jobs(reports: int = 1) -> int:
    """Return how many of some reports are made at once: one more than there are cores.

    Each waits for a tenth of its time, mostly for its kernel to start and to end. A worker more
    pays for its start where each has a dozen reports to make.
    """
    cores = os.cpu_count() or 1
    return cores + (2 if reports > 12 * cores else 1)


@dataclass(frozen=True, slots=True)
class Options:
    """How a plan is run.

    Parameters
    ----------
    jobs : int
        Reports at once.
    force : bool
        Run reports that could stand.
    only : tuple of str
        Patterns of the reports to run; none for all.
    pdf : bool
        Also print each report to PDF.
    docx : bool
        Also write each report as a Word document.
    dask : str
        Address of a Dask scheduler; empty runs on this machine.
    warm : bool
        Use warm kernels where the system can.
    """

    jobs: int = field(default_factory=default_jobs)
    force: bool = False
    only: tuple[str, ...] = ()
    pdf: bool = False
    docx: bool = False
    dask: str = ""
    warm: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a report runs.

    Parameters
    ----------
    job : Job
        The report.
    reason : str
        Why it runs; empty where it stands.
    selected : bool
        Whether the run was asked for it.
    """

    job: Job
    reason: str
    selected: bool

    @property
    def runs(self) -> bool:
        """Whether it will be made."""
        return self.selected and bool(self.reason)


@dataclass(frozen=True, slots=True)
class Result:
    """What a run did.

    Parameters
    ----------
    status : str
        "complete", "failed" (some report did) or "interrupted".
    ran : list of dict
        Records of the reports it made, in the plan's order.
    kept : int
        Reports that stood.
    seconds : float
        Wall-clock time.
    index : Path
        The page to open.
    problem : str
        What stopped the run, if something did.
    notes : tuple of str
        What there is to say of its notebooks and kernels.
    hung_up : bool
        Whether that was its terminal's end.
    """

    status: Status
    ran: list[manifest.Record]
    kept: int
    seconds: float
    index: Path
    problem: str = ""
    notes: tuple[str, ...] = ()
    hung_up: bool = False

    @property
    def exit_code(self) -> int:
        """0 only if every report asked for succeeded; 130 after Ctrl-C, 129 after a hang-up."""
        return (
            129 if self.hung_up else {"complete": 0, "failed": 1, "interrupted": 130}[self.status]
        )


class Watch(Protocol):
    """Something that is told how far a run is."""

    def say(self, words: str) -> None:
        """Hear what is being done from now on."""

    def begin(self, ids: Sequence[str], at_once: int) -> None:
        """Hear which reports are being made, in order, and how many at once; 0 is unknown."""

    def finish(self, record: manifest.Record) -> None:
        """Hear of a finished report."""


def decide(plan: Plan, out: Path, options: Options) -> list[Decision]:
    """Say of every report whether it runs, and why.

    Parameters
    ----------
    plan : Plan
        The pack.
    out : Path
        Output folder.
    options : Options
        How it is to be run.

    Returns
    -------
    list of Decision
        One a report, in the plan's order.
    """
    keys.clear()
    chosen = plan.only(options.only)
    records = manifest.read_records(out, [job.id for job in plan.jobs])
    return [
        Decision(
            job,
            keys.reason_to_run(records.get(job.id), _basis(job, options), out, force=options.force),
            job.id in chosen,
        )
        for job in plan.jobs
    ]


def check_writers(options: Options) -> None:
    """Refuse to begin where what would print pages or write documents is missing.

    Raises
    ------
    PdfError, WordError
        There is no Chromium, or no python-docx.
    """
    if options.pdf:
        find_chromium()
    if options.docx:
        word.check_installed()


def run(
    plan: Plan,
    out: Path,
    options: Options,
    watch: Watch | None = None,
    started: float | None = None,
) -> Result:
    """Run a plan into a folder.

    Parameters
    ----------
    plan : Plan
        The pack, checked.
    out : Path
        Output folder; one run at a time may write there.
    options : Options
        How.
    watch : Watch, optional
        Told how far it is.
    started : float, optional
        When the command began, by ``time.perf_counter``.

    Returns
    -------
    Result
        Failing reports are part of it, not exceptions.

    Raises
    ------
    PackError
        Another run holds the folder, it can't be written at all, or the system allows too few
        open files.
    PdfError
        Pages are to be printed and there is no Chromium.
    WordError
        Documents are to be written and there is no python-docx.
    """
    started = time.perf_counter() if started is None else started
    check_writers(options)
    _check_open_files()
    with files.locked(out):
        files.remove_leftovers(out)
        decisions = decide(plan, out, options)
        return _Run(plan, out, options, decisions, watch, started).go()


def _basis(job: Job, options: Options) -> dict[str, Any]:
    # Through JSON and back, so that it compares equal with a record that was read.
    forms = {"pdf": options.pdf, "docx": options.docx}
    result: dict[str, Any] = json.loads(json.dumps(keys.basis(job, forms)))
    return result


class _Run:
    """One run's state, for the length of :func:`run`."""

    def __init__(
        self,
        plan: Plan,
        out: Path,
        options: Options,
        decisions: list[Decision],
        watch: Watch | None,
        started: float,
    ) -> None:
        self.plan, self.out, self.options, self.watch = plan, out, options, watch
        self.started, self.began = started, manifest.now()
        todo = [d.job for d in decisions if d.runs]
        self.differs = committed.differences({job.notebook for job in todo})
        self.todo = {j.id: replace(j, differs=self.differs.get(j.notebook, "")) for j in todo}
        self.asked = {d.job.id for d in decisions if d.selected}
        self.basis = {id_: _basis(job, options) for id_, job in self.todo.items()}
        self.records = {job.id: manifest.planned(job) for job in plan.jobs}
        for id_, record in manifest.read_records(out, list(self.records)).items():
            if id_ not in self.todo:
                self.records[id_] |= record | {
                    part: self.records[id_][part]
                    for part in ("title", "section", "group", "question", "facets")
                }
        self.attempts: dict[str, int] = dict.fromkeys(self.todo, 0)
        self.first_kernel: float | None = None
        self.finished: list[str] = []
        self.notes: set[str] = set()
        # A disk confirms several files in the time it takes for one.
        self.writers = ThreadPoolExecutor(max_workers=8)

    def go(self) -> Result:
        """Make what is to be made and write the lists."""
        with _stoppable() as stops:
            return self._go(stops)

    def _go(self, stops: _Stops) -> Result:
        status: Status = "complete"
        problem = ""
        if self.todo:
            if self.watch is not None:
                self.watch.say("starting kernels")
            try:
                with self._pool() as pool, stops.shielding():
                    self._write("running")
                    if self.watch is not None:
                        self.watch.begin(list(self.todo), self._at_once())
                    self._make(pool)
            except KeyboardInterrupt:
                status, problem = "interrupted", "stopped: a second run continues from here"
            except OSError as error:
                status, problem = "failed", _say_disk(error, self.out)
        if status == "complete" and any(self.records[i]["status"] != "done" for i in self.asked):
            status = "failed"
        stops.heeded = False
        try:
            self._write(status)
        except OSError as error:
            status, problem = "failed", problem or _say_disk(error, self.out)
        ran = [self.records[job.id] for job in self.plan.jobs if job.id in self.finished]
        return Result(
            status=status,
            ran=ran,
            kept=len(self.asked - set(self.todo)),
            seconds=time.perf_counter() - self.started,
            index=self.out / "index.html",
            problem=problem,
            notes=(*self._differing(), *sorted(filter(None, self.notes))),
            hung_up=status == "interrupted" and stops.hung_up,
        )

    def _make(self, pool: Pool) -> None:
        jobs = list(self.todo.values())
        sources = {job.notebook: _source(job) for job in {j.notebook: j for j in jobs}.values()}
        while jobs:
            again = []
            for outcome in pool.outcomes(jobs, sources):
                job = self.todo[outcome.id]
                self._note_start(outcome)
                self.attempts[job.id] += 1
                died = outcome.failure is not None and outcome.failure.kind == "died"
                self.notes.add(outcome.note)
                orphaned = outcome.note == PARENT_DIED
                if died and self.attempts[job.id] <= job.retries + orphaned:
                    again.append(job)
                else:
                    self._keep(job, outcome)
            jobs = again

    def _note_start(self, outcome: Outcome) -> None:
        """Keep how long after the command's begin the first kernel ran."""
        if outcome.started:
            now = time.perf_counter() - self.started
            since = now - (time.time() - outcome.started)
            self.first_kernel = min(self.first_kernel or since, since)

    def _pool(self) -> Pool:
        jobs = list(self.todo.values())
        env = {
            "NHSI_DATA": str(project.current().data()),
            "NHSI_HOME": str(project.current().root()),
            "NHSI_COMMIT": checkout.mark(*checkout.commit()),
            "NHSI_PDF": "1" if self.options.pdf else "",
            "NHSI_DOCX": "1" if self.options.docx else "",
        }
        modules = sorted({module for job in jobs for module in job.imports})
        if self.options.dask:
            from notebook_reports.packs.cluster import DaskPool

            return DaskPool(self.options.dask, env, modules, warm_kernels=self.options.warm)
        # Kernels of one notebook need all that their parent imports: they wait for it.
        alike = len({job.notebook for job in jobs}) == 1 < len(jobs)
        return LocalPool(
            self._at_once(), env, modules, warm_kernels=self.options.warm, early=not alike
        )

    def _at_once(self) -> int:
        """Return how many reports are made at once; 0 where a cluster knows."""
        return 0 if self.options.dask else max(1, min(self.options.jobs, len(self.todo)))

    def _keep(self, job: Job, outcome: Outcome) -> None:
        """Write what a report leaves; its record goes first when it changes and comes last."""
        path = manifest.record_path(self.out, job.id)
        try:
            path.unlink(missing_ok=True)
            # What an earlier page was sent as doesn't stay beside another.
            for form in ("docx", "pdf"):
                if (name := f"reports/{job.id}.{form}") not in outcome.files:
                    files.inside(self.out, name).unlink(missing_ok=True)
            self._put(outcome.files)
        except _IN_THE_WAY as error:
            outcome = self._not_kept(job, outcome, error)
        record = manifest.recorded(job, outcome, self.attempts[job.id], self.basis[job.id])
        with contextlib.suppress(*_IN_THE_WAY):
            files.write_json(path, record, indent=None)  # programs read it
        self.records[job.id] = record
        self.finished.append(job.id)
        if self.watch is not None:
            self.watch.finish(record)

    def _kernels(self) -> dict[str, Any]:
        """Count kernels by kind, with what there is to say of those that weren't warm."""
        kinds = [self.records[id_]["kernel"] for id_ in self.finished]
        notes = sorted(filter(None, self.notes))
        return {"warm": kinds.count("warm"), "ordinary": kinds.count("ordinary"), "notes": notes}

    def _differing(self) -> list[str]:
        """Name the notebooks that ran and differ from the commit."""
        return [f"notebook {path.stem}: {words}" for path, words in sorted(self.differs.items())]

    def _put(self, contents: Mapping[str, bytes]) -> None:
        """Write files, all that can be, before the first fault is raised."""
        places = {files.inside(self.out, name): content for name, content in contents.items()}
        writing = [self.writers.submit(files.write_atomic, *item) for item in places.items()]
        wait(writing)
        for written in writing:
            written.result()

    def _not_kept(self, job: Job, outcome: Outcome, error: Exception) -> Outcome:
        """Fail a report in whose place something lies, with a page that says so if one can be."""
        from notebook_reports.packs.leaves import error_page

        words = str(error)
        if isinstance(error, OSError):
            place = error.filename2 or error.filename
            words = f"can't write {place}: {error.strerror}; move what is there and run again"
        failure = outcome.failure or Failure("writing", words)
        page = f"reports/{job.id}.html"
        own = outcome.files.get(page) if outcome.failure else None
        said = own or error_page(job, failure).encode()
        with contextlib.suppress(*_IN_THE_WAY):
            self._put({page: said})
        return replace(outcome, failure=failure, files={})

    def _write(self, status: str) -> None:
        """Write the lists of the whole pack."""
        from notebook_reports.packs.index import index_page

        ordered = [self.records[job.id] for job in self.plan.jobs]
        content = manifest.build(
            title=self.plan.title,
            description=self.plan.description,
            imprint=self.plan.imprint,
            status=status,
            started=self.began,
            records=ordered,
            run={
                **asdict(self.options),
                "seconds": round(time.perf_counter() - self.started, 3),
                "first_kernel_seconds": self.first_kernel and round(self.first_kernel, 3),
                "made": len(self.finished),
                "kernels": self._kernels(),
                "notebooks": self._differing(),
            },
        )
        files.write_json(self.out / "manifest.json", content)
        manifest.write_results(self.out, ordered, self.plan.imprint)
        files.write_atomic(self.out / "index.html", index_page(content))
        if status != "running":
            kept.keep(self.out, content["data"])


def _source(job: Job) -> str:
    """Read a notebook, which must be the one that was planned."""
    content = bare.bare(job.notebook.read_bytes())
    if keys.digest(content) != job.notebook_sha256:
        raise PackError(f"{job.notebook} changed while the pack began: run it again")
    return content.decode("utf-8-sig")


def _say_disk(error: OSError, out: Path) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"the disk of {out} is full: finished reports are kept, a second run continues"
    if error.errno == errno.EMFILE:
        return "too many files are open: allow more with ulimit -n, or use fewer --jobs"
    place = error.filename2 or error.filename or out
    return f"can't write {place}: {error.strerror or error}"


def _check_open_files() -> None:
    if sys.platform != "win32":
        import resource

        allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if 0 <= allowed < _FEWEST_FILES:  # less than 0 is no limit
            raise PackError(
                f"a process may have {allowed} files open here and a run needs {_FEWEST_FILES}: "
                f"allow them with ulimit -n {_FEWEST_FILES}"
            )


class _Stops:
    """Requests to stop: the first one is heeded, and none while the last lists are written."""

    heeded = True
    hung_up = False

    def __call__(self, number: int, _: object) -> None:
        """Answer a signal."""
        if self.heeded:
            self.heeded = False
            self.hung_up = number == getattr(signal, "SIGHUP", None)
            raise KeyboardInterrupt

    @contextlib.contextmanager
    def shielding(self) -> Iterator[None]:
        """Heed none after what is done within, while it is cleaned up."""
        try:
            yield
        finally:
            self.heeded = False


@contextlib.contextmanager
def _stoppable() -> Iterator[_Stops]:
    """Treat a request to terminate, or the terminal's end, like Ctrl-C; keep what is finished."""
    stops = _Stops()
    if threading.current_thread() is not threading.main_thread():
        yield stops
        return
    # What is ignored stays so: a run under nohup outlives its terminal.
    heard = [number for number in STOPS if signal.getsignal(number) not in {signal.SIG_IGN, None}]
    before = {number: signal.signal(number, stops) for number in heard}
    try:
        yield stops
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
