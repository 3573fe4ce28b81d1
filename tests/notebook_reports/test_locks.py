"""Locks on files, and what they are for: processes that start together."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
import pytest

from nhsi_analysis import datasets
from nhsi_analysis.datasets import store
from notebook_reports import locks
from notebook_reports.errors import PackError
from notebook_reports.packs import files


def held(table: str) -> int:
    """Hold a table's lock as another process that checks it would."""
    path = store._lock_path(table)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    assert locks.take(handle)
    return handle


def test_a_lock_is_one_holders_until_it_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first, second = (os.open(path, os.O_RDWR | os.O_CREAT) for _ in range(2))
    assert locks.take(first)
    assert not locks.take(second)
    os.close(first)
    assert locks.take(second)
    os.close(second)


def test_a_process_waits_for_the_copy_that_another_is_making(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("made", "waiting"):
        shutil.copytree(root / "data" / "raw", tmp_path / folder / "raw")
    monkeypatch.setenv("NHSI_DATA", str(tmp_path / "made"))
    rows = len(datasets.load("trusts"))
    monkeypatch.setenv("NHSI_DATA", str(tmp_path / "waiting"))
    handle = held("trusts")
    code = (
        "import sys; from nhsi_analysis import datasets; print(len(datasets.load('trusts')),"
        "'pandera' in sys.modules)"
    )
    waiting = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(timeout=4)
    shutil.copytree(tmp_path / "made" / "processed", tmp_path / "waiting" / "processed")
    os.close(handle)
    said, _ = waiting.communicate(timeout=60)
    assert said.split() == [str(rows), "False"]


def test_a_lock_that_cannot_be_had_keeps_nobody_waiting_for_ever(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(root / "data" / "raw", tmp_path / "raw")
    monkeypatch.setenv("NHSI_DATA", str(tmp_path))
    monkeypatch.setattr(store, "_LONGEST_WAIT", 0.3)
    handle = held("trusts")
    started = time.monotonic()
    assert len(datasets.load("trusts")) > 200
    assert time.monotonic() - started > 0.3
    os.close(handle)


def planted(trap: str, folder: Path, lock: Path) -> Path:
    """Lay a trap where a table's lock will be; return the file it leads to."""
    bait = folder / "bait"
    bait.mkdir(mode=0o700)
    if trap == "a folder that is a link":
        lock.parent.symlink_to(bait)
        return bait / lock.name
    lock.parent.mkdir(mode=0o700)
    if trap == "an open folder":
        lock.parent.chmod(0o777)
        return lock
    lock.symlink_to(bait / "made")
    return bait / "made"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes of folders")
@pytest.mark.parametrize("trap", ["a folder that is a link", "an open folder", "a link"])
def test_a_place_that_others_may_have_made_is_not_used(
    trap: str, tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(root / "data" / "raw", tmp_path / "data" / "raw")
    monkeypatch.setenv("NHSI_DATA", str(tmp_path / "data"))
    shared = tmp_path / "shared"
    shared.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(shared))
    made = planted(trap, tmp_path, store._lock_path("trusts"))
    assert len(datasets.load("trusts")) > 200
    assert not made.exists()


@pytest.mark.parametrize("link", ["symbolic", "hard", "folder"])
def test_an_output_folder_is_not_locked_through_a_link(link: str, tmp_path: Path) -> None:
    own, out = tmp_path / "own", tmp_path / "out"
    own.write_text("precious")
    out.mkdir()
    if link == "symbolic":
        (out / ".lock").symlink_to(own)
    elif link == "hard":
        (out / ".lock").hardlink_to(own)
    else:
        (out / ".lock").mkdir()
    message = ""
    try:
        with files.locked(out):
            pass
    except PackError as error:
        message = str(error)
    assert own.read_text() == "precious"
    assert str(out) in message


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no umask")
@pytest.mark.parametrize(("mask", "mode"), [(0o077, 0o600), (0o022, 0o644), (0o002, 0o664)])
def test_what_is_written_is_as_readable_as_its_user_wants(
    mask: int, mode: int, tmp_path: Path
) -> None:
    before = os.umask(mask)
    try:
        files.write_json(tmp_path / "new" / "manifest.json", {})
        store.write(tmp_path / "new" / "table", pd.DataFrame({"a": [1]}), {})
        with files.locked(tmp_path / "new"):
            pass
    finally:
        os.umask(before)
    found = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "new").iterdir()}
    assert found == dict.fromkeys(("manifest.json", "table", ".lock"), mode)


def test_a_file_system_without_locks_keeps_nobody_waiting(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(handle: int) -> bool:
        raise OSError(errno.ENOLCK, "No locks available")

    shutil.copytree(root / "data" / "raw", tmp_path / "raw")
    monkeypatch.setenv("NHSI_DATA", str(tmp_path))
    monkeypatch.setattr(locks, "take", unsupported)
    started = time.monotonic()
    assert len(datasets.load("trusts")) > 200
    assert time.monotonic() - started < store._LONGEST_WAIT / 2
    with pytest.raises(PackError, match="can't lock"), files.locked(tmp_path / "out"):
        pass
