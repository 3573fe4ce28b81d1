"""The same pack on a Dask cluster: a real scheduler and two workers on the loopback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pack_cells import SHOW

from nhsi_analysis.errors import PackError
from nhsi_analysis.packs.run import Options, run

distributed = pytest.importorskip("distributed", reason="Dask (extra 'cluster') is not installed")
pytestmark = pytest.mark.notebook


@pytest.fixture(name="cluster")
def _cluster(tmp_path):
    """Start a scheduler and two workers as processes of their own; yield address and workers."""
    place = tmp_path / "scheduler.json"
    start = [sys.executable, "-m"]
    local = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    scheduler = subprocess.Popen(
        [*start, "distributed.cli.dask_scheduler", *local, "--scheduler-file", str(place)],
        **quiet,
    )
    deadline = time.monotonic() + 60
    while not place.exists() or not place.read_text():
        assert scheduler.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    address = json.loads(place.read_text())["address"]
    worker = [*start, "distributed.cli.dask_worker", address, "--no-dashboard"]
    workers = [
        subprocess.Popen(
            [*worker, "--nthreads", "1", "--no-nanny", "--local-directory", str(tmp_path / name)],
            **quiet,
        )
        for name in ("one", "two")
    ]
    yield address, workers
    for process in (*workers, scheduler):
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def values(out: Path) -> dict[str, list[float]]:
    manifest = json.loads((out / "manifest.json").read_text())
    return {r["id"]: [f["value"] for f in r["findings"]] for r in manifest["reports"]}


@pytest.mark.slow
def test_findings_are_the_same_and_a_lost_worker_loses_no_report(
    make_notebook, make_plan, tmp_path, cluster
):
    address, workers = cluster
    cell = "import random, time\ntime.sleep(0.2)\nshow('draw', random.random())"
    make_notebook("demo", "number: int = 1  # A number", SHOW, cell, "show('number', number)")
    plan = make_plan({"notebook": "demo", "for_each": {"values": {"number": list(range(1, 9))}}})
    run(plan, tmp_path / "one", Options(jobs=1))
    run(plan, tmp_path / "two", Options(jobs=2))

    killed: list[str] = []

    def kill_one(record, finished, total):
        if finished == 2:
            os.killpg(workers[0].pid, signal.SIGKILL)
            killed.append(record["id"])

    result = run(plan, tmp_path / "dask", Options(dask=address), kill_one)
    assert killed
    assert result.exit_code == 0
    assert len(result.ran) == 8
    assert {record["kernel"] for record in result.ran} == {"warm"}
    assert values(tmp_path / "one") == values(tmp_path / "two") == values(tmp_path / "dask")


def test_no_scheduler_is_one_clear_message(make_notebook, make_plan, tmp_path, monkeypatch):
    monkeypatch.setattr("nhsi_analysis.packs.cluster._CONNECT_SECONDS", 1)
    make_notebook("demo", "number: int = 1  # A number")
    with pytest.raises(PackError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:1"):
        run(make_plan({"notebook": "demo"}), tmp_path / "out", Options(dask="tcp://127.0.0.1:1"))
