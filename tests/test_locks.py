"""Locks on files, and what they are for: processes that start together."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nhsi_analysis import datasets, locks
from nhsi_analysis.datasets import store
from nhsi_analysis.errors import PackError
from nhsi_analysis.packs import files


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
