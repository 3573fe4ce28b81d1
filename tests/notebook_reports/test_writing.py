"""Files that are there in full or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from notebook_reports import writing


def test_a_full_disk_is_said_with_the_file_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    page = tmp_path / "page.html"
    with pytest.raises(OSError, match="No space") as caught, writing.whole(page) as file:
        file.write(b"words")
    assert caught.value.filename == str(page)
    assert not list(tmp_path.iterdir())
