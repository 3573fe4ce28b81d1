"""Packs on a machine that others use: what is left running or lying, and who can get at it."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from pack_cells import SHOW

from nhsi_analysis import datasets
from nhsi_analysis.datasets import store
from notebook_reports import locks
from notebook_reports.errors import PackError
from notebook_reports.packs.kernels import warm
from notebook_reports.packs.pool import LocalPool
from notebook_reports.packs.run import Options, default_jobs, run

pytestmark = [
    pytest.mark.alone,
    pytest.mark.notebook,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux"),
]

STRANGER = 65534

ESCAPES = """\
import subprocess
sleep = [mark, "-c", "import time; time.sleep(99)"]
for shape in ("own session", "no environment"):
    subprocess.Popen(sleep, start_new_session=True, env={} if "no" in shape else None)
subprocess.run(["sh", "-c", 'setsid "$0" "$@" &', *sleep])
subprocess.run(["sh", "-c", 'setsid sh -c \\'setsid "$0" "$@" & "$0" "$@"\\' "$0" "$@" &', *sleep])
import time
time.sleep(0.3)
"""
"""A cell that starts five processes, which leave their session or the one that started them."""


@pytest.fixture(name="mark")
def _mark(tmp_path: Path) -> Iterator[str]:
    """Yield the name of a program by which a test's processes are known; end what is left."""
    program = tmp_path / f"sleeper-{uuid.uuid4().hex[:8]}"
    program.symlink_to(sys.executable)
    yield str(program)
    for process in marked(str(program)):
        process.kill()


@pytest.fixture(name="temporary")
def _temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder the place for temporary files, here and in commands."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def marked(mark: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.cmdline()[:1] == [mark] and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def soon(true: Callable[[], bool], seconds: float = 5) -> bool:
    """Whether something becomes true while one waits."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.parametrize("warm_kernels", [True, False])
def test_what_a_notebook_started_ends_with_it_and_its_neighbours_goes_on(
    make_notebook, make_plan, tmp_path, mark, warm_kernels
):
    own = f"{mark}-of-the-neighbour"
    Path(own).symlink_to(sys.executable)
    parameters = f"mark: str = {mark!r}  # A program"
    make_notebook("ends", parameters, ESCAPES)
    wait = f"""\
from pathlib import Path
from time import sleep
for _ in range(600):
    if Path({str(tmp_path / "out/records/ends.json")!r}).exists():
        break
    sleep(0.05)
sleep(0.5)
count = lambda name: sum(
    p.read_bytes().startswith(name.encode() + b"\\0") for p in Path("/proc").glob("[0-9]*/cmdline")
)
show("own", count(mark))
show("neighbour", count({mark!r}))
"""
    make_notebook("goes_on", parameters.replace(mark, own), SHOW, ESCAPES, wait)
    plan = make_plan({"notebook": "ends"}, {"notebook": "goes_on"})
    try:
        result = run(plan, tmp_path / "out", Options(jobs=2, warm=warm_kernels))
        assert [record["failure"] for record in result.ran] == [None, None]
        values = [[f["value"] for f in record["findings"]] for record in result.ran]
        assert values == [[], [5, 0]]
        assert soon(lambda: not marked(mark) and not marked(own))
    finally:
        for process in marked(own):
            process.kill()


def command(tmp_path: Path, seconds: str = "0, 60, 61") -> list[str]:
    """Return the command that runs a pack of the notebook "demo"."""
    (tmp_path / "pack.toml").write_text(
        'title = "Test pack"\n[[reports]]\nnotebook = "demo"\n'
        f"for_each.values = {{ seconds = [{seconds}] }}\n"
    )
    nhsi = str(Path(sys.executable).with_name("nhsi"))
    return [nhsi, "pack", str(tmp_path / "pack.toml"), "--out", str(tmp_path / "out"), "--jobs=1"]


def on_a_terminal(arguments: list[str], mark: str) -> tuple[subprocess.Popen[bytes], int]:
    """Start a command on a terminal of its own and wait for its second report."""
    terminal, theirs = pty.openpty()
    process = subprocess.Popen(
        ["setsid", "--ctty", *arguments], stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL
    )
    os.close(theirs)
    record = Path(arguments[arguments.index("--out") + 1]) / "records/demo-0.json"
    assert soon(lambda: record.exists() and len(marked(mark)) >= 5, 60)
    return process, terminal


def status(tmp_path: Path) -> str:
    found: str = json.loads((tmp_path / "out/manifest.json").read_text())["status"]
    return found


@pytest.fixture(name="demo")
def _demo(make_notebook, mark) -> None:
    """Write a notebook that starts processes and goes on for some seconds."""
    cell = f"mark = {mark!r}\n{ESCAPES}time.sleep(seconds)"
    make_notebook("demo", "seconds: int = 0  # How long", cell)


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    ("stops", "code"),
    [((), 129), ((signal.SIGINT, signal.SIGINT, signal.SIGTERM), 130)],
    ids=["the terminal closes", "Ctrl-C again and again"],
)
def test_a_stopped_run_says_so_and_leaves_nothing(tmp_path, mark, temporary, stops, code):
    process, terminal = on_a_terminal(command(tmp_path), mark)
    for number in stops:
        process.send_signal(number)
        time.sleep(0.03)
    os.close(terminal)
    found = process.wait(timeout=30)
    assert (found, status(tmp_path)) == (code, "interrupted")
    assert list(temporary.iterdir()) == []
    assert soon(lambda: not marked(mark))


@pytest.mark.usefixtures("demo")
def test_a_later_run_removes_what_a_killed_one_left_and_nothing_else(tmp_path, mark, temporary):
    others = {temporary / name for name in ("nhsi-locks-1", "nhsi-of-another-kind", "other")}
    for folder in others:
        folder.mkdir(mode=0o700)
    with LocalPool(1, {}, [], warm_kernels=False):
        living = set(temporary.iterdir())
        # A run under nohup hears nothing of its terminal's end.
        deaf = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", *command(tmp_path)]
        process, terminal = on_a_terminal(deaf, mark)
        os.close(terminal)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=0.5)
        process.kill()
        process.wait()
        assert len(set(temporary.iterdir()) - living) == 2
        again = subprocess.run(command(tmp_path, "0, 0"), capture_output=True, check=False)
        assert again.returncode == 0
        assert set(temporary.iterdir()) == living
    assert set(temporary.iterdir()) == others
    assert soon(lambda: not marked(mark))


def test_a_pool_that_is_interrupted_while_it_starts_leaves_nothing(temporary, monkeypatch):
    start = LocalPool._start

    def interrupted(pool: LocalPool, *given):
        if pool._workers:
            raise KeyboardInterrupt
        return start(pool, *given)

    monkeypatch.setattr(LocalPool, "_start", interrupted)
    with contextlib.suppress(KeyboardInterrupt):
        LocalPool(2, {}, []).__enter__()
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("kills", [0, 1, 2])
def test_workers_start_in_turn_and_one_that_dies_holds_up_none(
    kills, make_notebook, make_plan, monkeypatch
):
    monkeypatch.setattr(os, "cpu_count", lambda: 1)  # one at a time
    make_notebook("demo", "number: int = 1  # A number", SHOW, "show('n', number)")
    plan = make_plan({"notebook": "demo", "for_each": {"values": {"number": [1, 2, 3]}}})
    sources = {job.notebook: job.notebook.read_text() for job in plan.jobs}
    with LocalPool(3, {}, []) as pool:
        for worker in pool._workers[:kills]:
            worker.process.kill()
        outcomes = list(pool.outcomes(plan.jobs, sources))
        running = [worker.process for worker in pool._workers]
    assert len(outcomes) == 3
    assert sum(outcome.failure is None for outcome in outcomes) >= 3 - kills
    assert all(process.poll() is not None for process in running)


def test_a_long_pack_has_a_worker_more(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    assert [default_jobs(n) for n in (1, 48, 49, 226)] == [5, 5, 6, 6]


def test_what_lies_in_a_reports_place_fails_that_report_only(make_notebook, make_plan, tmp_path):
    make_notebook("demo", "number: int = 1  # A number", SHOW, "show('n', number)")
    plan = make_plan({"notebook": "demo", "for_each": {"values": {"number": [1, 2, 3, 4, 5]}}})
    out = tmp_path / "out"
    for folder in ("reports/demo-1.html", "notebooks/demo-2.ipynb", "records/demo-3.json"):
        (out / folder / "within").mkdir(parents=True)
    (out / "reports/demo-4.html").symlink_to(tmp_path / "elsewhere")
    try:
        run(plan, out, Options(jobs=2))
    except PackError as error:
        pytest.fail(f"the whole run failed: {error}")
    manifest = json.loads((out / "manifest.json").read_text())
    *failed, fine = manifest["reports"]
    assert (fine["status"], manifest["status"]) == ("done", "failed")
    for record in failed:
        assert record["failure"]["kind"] == "writing"
        assert record["id"] in record["failure"]["message"]
    assert not (tmp_path / "elsewhere").exists()
    for report in ("demo-2", "demo-3"):
        page = (out / f"reports/{report}.html").read_text()
        assert "This report could not be made." in page


@pytest.mark.parametrize(("allowed", "code"), [(32, 2), (64, 0)])
def test_few_open_files_are_enough_or_are_said_to_be_too_few(
    make_notebook, tmp_path, allowed, code
):
    make_notebook("demo", "seconds: int = 0  # How long", "seconds")
    limited = ["sh", "-c", f'ulimit -n {allowed}; exec "$@"', "sh", *command(tmp_path, "0, 1")]
    done = subprocess.run(limited, capture_output=True, text=True, check=False)
    assert (done.returncode, "Traceback" in done.stdout + done.stderr) == (code, False)
    if code:
        assert "ulimit -n 64" in done.stderr
        assert len(done.stderr.splitlines()) == 1


@contextlib.contextmanager
def stranger(script: str, *arguments: Path | str) -> Iterator[None]:
    """Let another user run a script that says "done", and stay until the end."""
    process = subprocess.Popen(
        ["sh", "-c", script, "sh", *map(str, arguments)],
        stdout=subprocess.PIPE,
        cwd="/",
        start_new_session=True,
        user=STRANGER,
        group=STRANGER,
        extra_groups=[],
    )
    assert process.stdout is not None
    try:
        assert process.stdout.read(4) == b"done"
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


@pytest.fixture(name="shared")
def _shared(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Make a folder for everybody's temporary files, as /tmp is."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "tmp"
        folder.mkdir()
        Path(name).chmod(0o755)
        folder.chmod(0o1777)
        monkeypatch.setenv("TMPDIR", str(folder))
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        yield folder


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user needs root")


@needs_root
def test_another_user_can_neither_delay_nor_redirect_nor_read(
    make_notebook, make_plan, data_copy, tmp_path, shared, monkeypatch
):
    tables = ("trusts", "claims")
    places = {name: store._lock_path(name) for name in tables}
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    left = shared / "nhsi-left"
    script = """\
umask 0
mkdir "$1" "$4"
ln -s "$5" "$1/$2"
ln -s "$5" "$4/.owner"
exec flock "$1/$3" sh -c 'echo done; exec sleep 99'
"""
    folder = places["trusts"].parent
    traps = (folder, places["trusts"].name, places["claims"].name, left, private / "made")
    asked: list[Path] = []
    take = locks.take

    def recorded(handle: int) -> bool:
        asked.append(Path(os.readlink(f"/proc/self/fd/{handle}")))
        return take(handle)

    monkeypatch.setattr(locks, "take", recorded)
    monkeypatch.setattr(store, "_LONGEST_WAIT", 0.3)
    cells = ["from nhsi_analysis import datasets", *(f"datasets.load({n!r})" for n in tables)]
    make_notebook("demo", "number: int = 1  # A number", *cells)
    before = os.umask(0o077)
    try:
        with stranger(script, *traps):
            assert all(len(datasets.load(name)) > 50 for name in tables)
            assert not [path for path in asked if path.is_relative_to(folder)]
            out = shared / "out"
            assert run(make_plan({"notebook": "demo"}), out, Options(jobs=1)).exit_code == 0
    finally:
        os.umask(before)
    assert list(private.iterdir()) == []
    assert left.is_dir()
    open_to_others = [path for path in [out, *out.rglob("*")] if path.stat().st_mode & 0o077]
    assert open_to_others == []


@pytest.mark.parametrize("warm_kernels", [True, False])
def test_what_a_client_needs_to_reach_a_kernel_is_its_users_only(
    make_notebook, make_plan, tmp_path, warm_kernels
):
    cell = """\
import os
from ipykernel.connect import get_connection_file
file = get_connection_file()
show("file", os.stat(file).st_mode & 0o077)
show("folder", os.stat(os.path.dirname(file)).st_mode & 0o077)
show("sockets", sum(name.startswith("k-") for name in os.listdir(os.path.dirname(file))))
"""
    make_notebook("demo", "number: int = 1  # A number", SHOW, cell)
    before = os.umask(0)
    try:
        options = Options(jobs=1, warm=warm_kernels)
        result = run(make_plan({"notebook": "demo"}), tmp_path / "out", options)
    finally:
        os.umask(before)
    assert [finding["value"] for finding in result.ran[0]["findings"]] == [0, 0, 5]


@needs_root
def test_another_user_cannot_reach_a_warm_parent(shared):
    parent = warm.WarmParent([])
    reached = shared / "reached"
    script = 'test -e "$1" && touch "$2"; echo done; exec sleep 99'
    try:
        assert Path(parent.address).is_socket()
        with stranger(script, parent.address, reached):
            assert not reached.exists()
    finally:
        parent.close()
