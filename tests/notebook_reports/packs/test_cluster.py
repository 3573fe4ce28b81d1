"""The same pack on a Dask cluster: a real scheduler and two workers on the loopback."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pack_cells import SHOW

from notebook_reports.errors import PackError
from notebook_reports.packs.run import Options, run

distributed = pytest.importorskip("distributed", reason="Dask (extra 'cluster') is not installed")
pytestmark = pytest.mark.notebook


@contextlib.contextmanager
def started(tmp_path, *options, workers=("one", "two")):
    """Start a scheduler and workers as processes of their own; yield address and workers."""
    place = tmp_path / "scheduler.json"
    start = [sys.executable, "-m"]
    local = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", *options]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    processes = [
        subprocess.Popen(
            [*start, "distributed.cli.dask_scheduler", *local, "--scheduler-file", str(place)],
            **quiet,
        )
    ]
    try:
        deadline = time.monotonic() + 60
        while not place.exists() or not place.read_text():
            assert processes[0].poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        address = json.loads(place.read_text())["address"]
        worker = [*start, "distributed.cli.dask_worker", address, "--no-dashboard", *options]
        worker += ["--nthreads", "1", "--no-nanny", "--local-directory"]
        processes += [
            subprocess.Popen([*worker, str(tmp_path / name)], **quiet) for name in workers
        ]
        yield address, processes[1:]
    finally:
        for process in reversed(processes):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(name="cluster")
def _cluster(tmp_path):
    with started(tmp_path) as cluster:
        yield cluster


@pytest.fixture(scope="module", name="certificates")
def _certificates(tmp_path_factory):
    """Make an authority and a key signed by it, and the same again of a stranger's."""
    if shutil.which("openssl") is None:
        pytest.skip("certificates for the test are made with the command openssl: it isn't there")
    made = {}
    for who in ("own", "stranger"):
        folder = tmp_path_factory.mktemp(who)
        made[who] = {part: str(folder / f"{part}.pem") for part in ("ca", "cert", "key")}
        new = ["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-x509"]
        authority = ["-keyout", str(folder / "ca-key.pem"), "-out", made[who]["ca"]]
        signed = ["-CA", made[who]["ca"], "-CAkey", str(folder / "ca-key.pem")]
        own = ["-keyout", made[who]["key"], "-out", made[who]["cert"], *signed]
        for arguments in (["-subj", "/CN=authority", *authority], ["-subj", "/CN=member", *own]):
            subprocess.run([*new, *arguments], check=True, capture_output=True)
    return made


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

    class KillOne:
        finished = 0

        def say(self, words): ...

        def begin(self, ids, at_once): ...

        def finish(self, record):
            self.finished += 1
            if self.finished == 2:
                os.killpg(workers[0].pid, signal.SIGKILL)

    watch = KillOne()
    result = run(plan, tmp_path / "dask", Options(dask=address), watch)
    assert watch.finished > 2
    assert result.exit_code == 0
    assert len(result.ran) == 8
    assert {record["kernel"] for record in result.ran} == {"warm"}
    assert values(tmp_path / "one") == values(tmp_path / "two") == values(tmp_path / "dask")


def refusal(plan, out: Path, options: Options) -> str:
    """Run a plan; return why that was refused, or nothing where it was done."""
    try:
        assert run(plan, out, options).exit_code == 0
    except PackError as error:
        return str(error)
    except TypeError as error:
        return f"a traceback: {error}"
    return ""


def test_only_who_has_a_certificate_runs_a_pack_over_tls(
    make_notebook, make_plan, tmp_path, certificates, monkeypatch
):
    from dask import config

    monkeypatch.setattr("notebook_reports.packs.cluster._CONNECT_SECONDS", 3)
    make_notebook("demo", "number: int = 1  # A number", SHOW, "show('number', number)")
    plan = make_plan({"notebook": "demo"})
    own = certificates["own"]
    options = ["--tls-ca-file", own["ca"], "--tls-cert", own["cert"], "--tls-key", own["key"]]
    tls = "distributed.comm.tls"
    with started(tmp_path, "--protocol", "tls", *options, workers=("one",)) as (address, _):
        assert address.startswith("tls://")
        for who, problem in (("stranger", "no Dask scheduler answers"), ("own", "")):
            files = certificates[who]
            with config.set(
                {
                    f"{tls}.ca-file": own["ca"],
                    f"{tls}.client.cert": files["cert"],
                    f"{tls}.client.key": files["key"],
                }
            ):
                said = refusal(plan, tmp_path / "out", Options(dask=address, warm=False))
                assert problem in said
                assert bool(said) == bool(problem)
    assert values(tmp_path / "out") == {"demo": [1]}


@pytest.mark.parametrize(
    ("address", "words"),
    [("tls://127.0.0.1:1", "needs a certificate"), ("nonsense", "port"), ("odd://a:1", "scheme")],
)
def test_an_address_that_cannot_do_is_one_clear_message(
    make_notebook, make_plan, tmp_path, monkeypatch, address, words
):
    monkeypatch.setattr("notebook_reports.packs.cluster._CONNECT_SECONDS", 1)
    make_notebook("demo", "number: int = 1  # A number")
    message = refusal(make_plan({"notebook": "demo"}), tmp_path / "out", Options(dask=address))
    assert address in message
    assert words in message


def test_no_scheduler_is_one_clear_message(make_notebook, make_plan, tmp_path, monkeypatch):
    monkeypatch.setattr("notebook_reports.packs.cluster._CONNECT_SECONDS", 1)
    make_notebook("demo", "number: int = 1  # A number")
    with pytest.raises(PackError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:1"):
        run(make_plan({"notebook": "demo"}), tmp_path / "out", Options(dask="tcp://127.0.0.1:1"))
