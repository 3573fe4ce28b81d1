"""The data a pack was made from, kept with it, so that a later pack can be compared row by row.

Each pack carries a compressed copy of every table it read from the data folder. A checksum can't
say which rows changed, and the commit can't give them back: tables read in from newer files, or
analysed with ``--data``, are in no commit, and a pack is compared where no checkout is. The
suite's 29 CSV tables (3.1 MB) take 0.57 MB so, and a third of a second. A table that doesn't
change keeps its copy; one that no report reads any more loses it. What lies outside the data
folder is somebody's own, and isn't copied.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from notebook_reports.errors import PackError
from notebook_reports.packs import keys
from notebook_reports.packs.files import inside, write_atomic

TABLES: Final = (".csv", ".parquet")
"""Files whose rows can be told apart."""

MOST: Final = 20_000_000
"""Bytes of a table that is kept."""


def place(path: str, digest: str) -> str:
    """Return where the copy of a data file is, within the pack's folder."""
    file = PurePosixPath(path)
    return f"records/data/{file.stem}-{digest[:16]}{file.suffix}.gz"


def keep(out: Path, data: Mapping[str, str]) -> None:
    """Copy the tables that a pack was made from into it, and remove what it no longer needs.

    Parameters
    ----------
    out : Path
        The pack's folder.
    data : mapping
        Digest by path, as the manifest has it; a file that has changed since isn't copied.
    """
    wanted = {
        inside(out, place(path, digest)): (path, digest)
        for path, digest in data.items()
        if path.endswith(TABLES)
    }
    for copy, (path, digest) in wanted.items():
        source = keys.source(path)
        if copy.exists() or source is None or not source.is_file():
            continue
        content = source.read_bytes()
        if len(content) <= MOST and keys.digest(content) == digest:
            write_atomic(copy, gzip.compress(content, mtime=0))
    for copy in (out / "records" / "data").resolve().glob("*.gz"):
        if copy not in wanted:
            copy.unlink()


def read(out: Path, path: str, digest: str) -> bytes | None:
    """Return what a data file held when the pack read it; None where no whole copy is there."""
    try:
        with gzip.open(inside(out, place(path, digest))) as file:
            content = file.read(MOST + 1)
    except (OSError, EOFError, ValueError, zlib.error, PackError):
        return None
    return content if keys.digest(content) == digest else None
