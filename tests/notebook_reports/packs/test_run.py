"""Running packs: what a run leaves, whatever its notebooks do."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pandas as pd
import psutil
import pytest
from pack_cells import SHOW

from nhsi_analysis.datasets import store
from notebook_reports.errors import PackError
from notebook_reports.packs import files, kept
from notebook_reports.packs.keys import digest
from notebook_reports.packs.run import Options, decide, run

pytestmark = [pytest.mark.alone, pytest.mark.notebook]

NUMBER = "number: int = 1  # A number"


def read(out: Path, name: str = "manifest.json"):
    return json.loads((out / name).read_text())


def values(out: Path) -> dict[str, list[float]]:
    return {r["id"]: [f["value"] for f in r["findings"]] for r in read(out)["reports"]}


def test_a_pack_leaves_notebooks_pages_and_lists(make_notebook, make_plan, tmp_path):
    cell = """\
from nhsi_analysis import datasets, report
from notebook_reports.evidence import Estimate
trusts = len(datasets.load("trusts"))
report.finding("answer", Estimate(number, 0.0, 9.0, confidence=0.95, label="the number"))
"""
    make_notebook("demo", NUMBER, cell)
    matrix = {"notebook": "demo", "for_each": {"values": {"number": [3, 4]}}}
    out = tmp_path / "out"
    result = run(make_plan(matrix), out, Options(jobs=2))
    assert result.exit_code == 0
    assert [record["id"] for record in result.ran] == ["demo-3", "demo-4"]

    manifest = read(out)
    assert manifest["status"] == "complete"
    assert manifest["run"]["kernels"] == {"warm": 2, "ordinary": 0, "notes": []}
    assert values(out) == {"demo-3": [3], "demo-4": [4]}
    first = manifest["reports"][0]
    assert first["parameters"] == {"number": 3}
    assert set(first["seconds"]) == {"start", "imports", "cells", "export", "total"}
    path = "data/raw/trusts.csv"
    copied = kept.read(out, path, manifest["data"][path])
    assert copied == (Path(__file__).parents[3] / path).read_bytes()
    assert manifest["tables"][path]["key"] == ["org_code"]
    assert manifest["versions"]["pandas"]

    nb = nbformat.read(out / "notebooks/demo-3.ipynb", as_version=4)
    nbformat.validate(nb)
    injected = [c for c in nb.cells if "injected-parameters" in c.metadata.get("tags", [])]
    assert [c.source for c in injected] == ["# Parameters\nnumber = 3\n"]
    assert 'href="reports/demo-4.html"' in (out / "index.html").read_text()
    csv = (out / "results.csv").read_text(encoding="utf-8-sig").splitlines()
    assert csv[0].startswith("report,title,section,notebook,status,key,label,value,low,high")
    assert csv[1].startswith("demo-3,")
    assert len(read(out, "results.json")) == 2

    # Nothing changed: nothing runs. A missing file, a forced run or another value does.
    again = run(make_plan(matrix), out, Options())
    assert (again.ran, again.kept, again.exit_code) == ([], 2, 0)
    (out / "reports/demo-3.html").unlink()
    reasons = [d.reason for d in decide(make_plan(matrix), out, Options())]
    assert reasons == ["its files are missing or were changed", ""]
    assert all(d.runs for d in decide(make_plan(matrix), out, Options(force=True)))
    for patterns, chosen in {
        ("*-3",): ["demo-3"],
        ("*-3", "demo-4"): ["demo-3", "demo-4"],
        ("demo",): ["demo-3", "demo-4"],
    }.items():
        decided = decide(make_plan(matrix), out, Options(only=patterns, force=True))
        assert [d.job.id for d in decided if d.runs] == chosen


def test_failures_stay_where_they_are(make_notebook, make_plan, tmp_path):
    cell = """\
import os, signal
if kind == "error":
    raise ValueError("<script>alert(1)</script> no such trust")
if kind == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
while kind == "endless":
    pass
show("answer", 1.0)
"""
    make_notebook("demo", 'kind: str = "fine"  # What happens', SHOW, "print('before')", cell)
    kinds = ["fine", "error", "killed", "endless", "fine too"]
    plan = make_plan(
        {"notebook": "demo", "cell_seconds": 2.0, "for_each": {"values": {"kind": kinds}}}
    )
    out = tmp_path / "out"
    result = run(plan, out, Options(jobs=1))
    assert result.exit_code == 1
    manifest = read(out)
    assert manifest["counts"] == {"done": 2, "failed": 3, "not run": 0}
    failures = {r["id"]: r["failure"] for r in manifest["reports"] if r["failure"]}
    assert {id_: f["kind"] for id_, f in failures.items()} == {
        "demo-error": "error",
        "demo-killed": "died",
        "demo-endless": "time limit",
    }
    assert "took more than 2 seconds" in failures["demo-endless"]["message"]
    attempts = {r["id"]: r["attempts"] for r in manifest["reports"]}
    assert attempts == {**dict.fromkeys(attempts, 1), "demo-killed": 2}
    for id_, failure in failures.items():
        partial = nbformat.read(out / f"notebooks/{id_}.ipynb", as_version=4)
        assert any(o.get("text") == "before\n" for c in partial.cells for o in c.get("outputs", []))
        assert failure["cell"] == 6
        page = (out / f"reports/{id_}.html").read_text()
        assert "This report could not be made." in page
        assert "<script>alert" not in page
    index = (out / "index.html").read_text()
    assert index.index('id="failed"') < index.index('id="findings"')
    assert "&lt;script&gt;alert(1)" in index
    assert "<script>alert" not in index
    # Only the failed ones run again.
    assert [d.job.id for d in decide(plan, out, Options()) if d.runs] == list(failures)


@pytest.mark.parametrize("seconds", [0.1, 1.5, 2.0])
def test_a_report_has_a_time_limit_as_a_whole(make_notebook, make_plan, tmp_path, seconds):
    make_notebook("slow", NUMBER, "import time", *["time.sleep(1)"] * 10)
    plan = make_plan({"notebook": "slow", "report_seconds": seconds})
    result = run(plan, tmp_path / "out", Options(jobs=1))
    assert f"the report took more than {seconds:g} seconds" in result.ran[0]["failure"]["message"]
    assert result.ran[0]["attempts"] == 1


def test_only_the_reports_that_read_a_changed_table_run_again(
    make_notebook, make_plan, tmp_path, data_copy
):
    make_notebook("trusts", NUMBER, "from nhsi_analysis import datasets; datasets.load('trusts')")
    make_notebook("prices", NUMBER, "from nhsi_analysis import datasets as d; d.load('claims')")
    own = tmp_path / "own.csv"
    own.write_text("a\n1\n")
    make_notebook("own", NUMBER, f"text = open({str(own)!r}).read()")
    plan = make_plan({"notebook": "trusts"}, {"notebook": "prices"}, {"notebook": "own"})
    out = tmp_path / "out"
    assert run(plan, out, Options(jobs=1)).exit_code == 0
    assert not [d for d in decide(plan, out, Options()) if d.runs]

    table = data_copy / "raw" / "trusts.csv"
    table.write_text(table.read_text().replace("Manchester", "Mancunian", 1))
    reasons = {d.job.id: d.reason for d in decide(plan, out, Options())}
    assert reasons == {"trusts": "data/raw/trusts.csv changed", "prices": "", "own": ""}
    own.write_text("a\n2\n")
    reasons = {d.job.id: d.reason for d in decide(plan, out, Options()) if d.runs}
    assert set(reasons) == {"trusts", "own"}


def test_a_checked_copy_made_anew_during_a_run_is_no_reason_for_another(
    make_notebook, make_plan, data_copy, tmp_path
):
    stale = data_copy / "processed" / "cache" / "trusts.parquet"
    store.write(stale, pd.DataFrame({"org_code": ["RR8"]}), {"table": "trusts"})
    make_notebook(
        "reader",
        NUMBER,
        'from nhsi_analysis import datasets\nassert len(datasets.load("trusts")) > 200',
    )
    plan = make_plan({"notebook": "reader", "for_each": {"values": {"number": [1, 2]}}})
    out = tmp_path / "out"
    assert run(plan, out, Options(jobs=2)).exit_code == 0
    assert [decision.reason for decision in decide(plan, out, Options())] == ["", ""]


def test_fifty_reports_at_once_share_nothing(make_notebook, make_plan, tmp_path):
    cells = [
        "import random\nimport numpy as np\nimport matplotlib.pyplot as plt",
        "show('python', random.random())\nshow('numpy', float(np.random.random()))",
        "assert not plt.get_fignums() and 'left' not in dir(np)\nnp.left = 1",
        "plt.plot([number])\nplt.savefig('figure.png')\nplt.close()",
        "open('note.txt', 'x').write(code)",
        "show('number', number)\nassert code == f'{number:03d}'",
    ]
    make_notebook(
        "demo", f'{NUMBER}\ncode: str = ""  # A code that looks like a number', SHOW, *cells
    )
    reports = [
        {"notebook": "demo", "parameters": {"number": n, "code": f"{n:03d}"}} for n in range(50)
    ]
    plan = make_plan(*reports)
    out = tmp_path / "out"
    result = run(plan, out, Options(jobs=2))
    assert [r["failure"] for r in result.ran] == [None] * 50
    found = values(out)
    assert [v[2] for v in found.values()] == list(range(50))
    assert len({v[0] for v in found.values()}) == len({v[1] for v in found.values()}) == 50
    assert len({p.name for p in (out / "reports").iterdir()}) == 50
    # The same reports by another number of workers, with ordinary kernels: the same numbers.
    other = tmp_path / "other"
    few = make_plan(*reports[:2])
    run(few, other, Options(jobs=1, warm=False))
    assert read(other)["run"]["kernels"]["ordinary"] == 2
    assert list(values(other).values()) == list(found.values())[:2]


def test_a_name_that_is_markup_stays_text_in_every_page(make_plan, data_copy, tmp_path):
    from bs4 import BeautifulSoup

    markup = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    name = "The Royal Wolverhampton NHS Trust"
    for table in ("trusts", "cqc_trust_ratings", "staff_survey_2021_2024"):
        path = data_copy / "raw" / f"{table}.csv"
        content = path.read_text(encoding="utf-8")
        path.write_text(content.replace(name, f"{markup} {name}"), encoding="utf-8")
    matrix = {"notebook": "05_trust_profile", "for_each": {"values": {"trust": ["RL4", "RRK"]}}}
    out = tmp_path / "out"
    assert run(make_plan(matrix), out, Options(jobs=2)).exit_code == 0
    pages = [out / "index.html", *(out / "reports").glob("*.html")]
    assert len(pages) == 3
    for page in pages:
        html = page.read_text(encoding="utf-8")
        soup = BeautifulSoup(html, "html.parser")
        assert not any("alert(" in script.get_text() for script in soup.find_all("script")), page
        assert not soup.select("[onerror]"), page
    report = BeautifulSoup(
        (out / "reports" / "05_trust_profile-RL4.html").read_text(), "html.parser"
    )
    assert f"{markup} {name}" in report.get_text()


def test_a_second_run_into_the_folder_is_refused(make_notebook, make_plan, tmp_path):
    make_notebook("demo", NUMBER)
    out = tmp_path / "out"
    with files.locked(out), pytest.raises(PackError, match=f"process {os.getpid()}"):
        run(make_plan({"notebook": "demo"}), out, Options())


def test_a_full_disk_leaves_nothing_that_looks_finished(
    make_notebook, make_plan, tmp_path, monkeypatch
):
    make_notebook("demo", NUMBER, SHOW, "show('n', number)")
    plan = make_plan({"notebook": "demo", "for_each": {"values": {"number": [1, 2, 3]}}})
    out = tmp_path / "out"
    written = []
    real = os.fsync

    def fill_up(handle: int) -> None:
        written.append(handle)
        if len(written) > 8:  # four lists, one report with its record, then the disk is full
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", fill_up)
    result = run(plan, out, Options(jobs=1))
    assert result.exit_code == 1
    assert "is full" in result.problem
    assert read(out)["status"] == "running"
    assert not list(out.rglob(".part-*"))
    finished = [p.stem for p in (out / "records").iterdir()]
    assert len(finished) == 1
    monkeypatch.setattr(os, "fsync", real)
    again = run(plan, out, Options(jobs=1))
    assert (again.exit_code, again.kept, len(again.ran)) == (0, 1, 2)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_small_disk_really_full(make_notebook, make_plan, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this system does not let root mount a tmpfs")
    try:
        make_notebook("demo", NUMBER, "print('x' * 50_000)", SHOW, "show('n', number)")
        plan = make_plan({"notebook": "demo", "for_each": {"values": {"number": [1, 2, 3, 4]}}})
        result = run(plan, disk, Options(jobs=1))
        assert result.exit_code == 1
        assert "is full" in result.problem
        for path in (disk / "records").glob("*.json"):
            record = json.loads(path.read_text())
            assert all(digest((disk / n).read_bytes()) == s for n, s in record["files"].items())
        assert not list(disk.rglob(".part-*"))
        assert read(disk)["status"] != "complete"
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def start(tmp_path: Path) -> subprocess.Popen[str]:
    """Run a pack of one quick and many slow reports as a command; wait for the quick one."""
    (tmp_path / "pack.toml").write_text(
        'title = "Test pack"\n[[reports]]\nnotebook = "demo"\n'
        "for_each.values = { seconds = [0, 60, 61, 62] }\n"
    )
    command = [str(Path(sys.executable).with_name("nhsi")), "pack", str(tmp_path / "pack.toml")]
    process = subprocess.Popen(
        [*command, "--out", str(tmp_path / "out"), "--jobs", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not (tmp_path / "out/records/demo-0.json").exists():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def gone(processes: list[psutil.Process], seconds: float) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    return not [p for p in alive if p.status() != psutil.STATUS_ZOMBIE]


SLEEPER = """\
import time, subprocess
if seconds: child = subprocess.Popen(['sleep', '99'])
time.sleep(seconds)
"""


def test_ctrl_c_stops_keeps_what_is_finished_and_a_second_run_continues(
    make_notebook, make_plan, tmp_path
):
    make_notebook("demo", "seconds: int = 0  # How long", SLEEPER)
    process = start(tmp_path)
    processes = family(process)
    pressed = time.monotonic()
    process.send_signal(signal.SIGINT)
    text = process.communicate(timeout=30)[0]
    assert time.monotonic() - pressed < 2
    assert process.returncode == 130, text
    assert gone(processes, 2)
    manifest = read(tmp_path / "out")
    assert manifest["status"] == "interrupted"
    assert manifest["counts"] == {"done": 1, "failed": 0, "not run": 3}
    assert "not finished" in (tmp_path / "out/index.html").read_text()
    assert not list((tmp_path / "out").rglob(".part-*"))
    plan = make_plan({"notebook": "demo", "for_each": {"values": {"seconds": [0, 60, 61, 62]}}})
    assert [d.job.id for d in decide(plan, tmp_path / "out", Options()) if not d.runs] == ["demo-0"]


def test_a_killed_run_leaves_no_process_and_claims_nothing(make_notebook, tmp_path):
    make_notebook("demo", "seconds: int = 0  # How long", SLEEPER)
    process = start(tmp_path)
    time.sleep(1)
    processes = family(process)
    assert any("sleep" in p.name() for p in processes)
    process.kill()
    process.communicate(timeout=30)
    assert gone(processes, 5), [p.cmdline() for p in processes if p.is_running()]
    assert read(tmp_path / "out")["status"] == "running"
    with contextlib.closing(open(tmp_path / "out/.lock")), files.locked(tmp_path / "out"):
        pass  # the lock went with the process
