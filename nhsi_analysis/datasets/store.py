"""Tables kept as Parquet in data/processed: checked copies of shipped ones, and ingested ones.

A file is written beside its place and moved there in one step, so a reader, or another process
writing the same table, never meets half a file. Pages carry checksums.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from nhsi_analysis.paths import processed_dir
from notebook_reports import locks, writing

STAMP: Final = b"nhsi"
ADDED: Final = ", with data read from "
"""Parts the title of a table from the files read into it."""

_LONGEST_WAIT = 60.0


@lru_cache(maxsize=1)
def reader_version() -> str:
    """Return a checksum of the code that reads and checks tables; any change makes caches stale."""
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256(pd.__version__.encode())
    for folder in ("datasets", "schemas"):
        for module in sorted((package / folder).glob("*.py")):
            digest.update(module.read_bytes())
    return digest.hexdigest()[:16]


def write(path: Path, table: pd.DataFrame, stamp: Mapping[str, Any]) -> None:
    """Write a table with its stamp, what JSON can hold of it, whole or not at all."""
    bare = table.copy(deep=False)
    bare.attrs = {}
    arrow = pa.Table.from_pandas(bare, preserve_index=False)
    arrow = arrow.replace_schema_metadata(
        {**(arrow.schema.metadata or {}), STAMP: json.dumps(stamp).encode()}
    )
    with writing.whole(path) as file:
        pq.write_table(arrow, file, compression="zstd", write_page_checksum=True)


def stamp_of(path: Path) -> dict[str, Any] | None:
    """Return the stamp of a Parquet file, or None where it has none or is no such file."""
    try:
        metadata = pq.read_schema(path).metadata or {}
        stamp = json.loads(metadata[STAMP])
    except (OSError, pa.ArrowException, KeyError, ValueError):
        return None
    return stamp if isinstance(stamp, dict) else None


def read(path: Path) -> pd.DataFrame:
    """Read a Parquet table, verifying the checksum of every page; OSError where it is damaged."""
    # No threads, not even Arrow's own for files: they do not survive the fork of a report's
    # kernel. And not read_table: it imports the dataset layer, which takes longer than the tables.
    content = pa.BufferReader(path.read_bytes())
    with pq.ParquetFile(content, page_checksum_verification=True) as file:
        table: pd.DataFrame = file.read(use_threads=False).to_pandas(use_threads=False)
    return table


_held: dict[Path, tuple[dict[str, str], pd.DataFrame]] = {}


def cached(name: str, key: Mapping[str, str]) -> pd.DataFrame | None:
    """Return the checked copy of a shipped table if it was made from exactly these inputs.

    A table read before in this process, or in the one it was forked from, is the same: nobody may
    change it, but pandas' shallow copies of it, whose memory it shares until then.

    Parameters
    ----------
    name : str
        Name of the table.
    key : mapping
        Checksums of everything the copy depends on.
    """
    path = _cache_path(name)
    if path in _held and _held[path][0] == dict(key):
        return _held[path][1]
    if stamp_of(path) != dict(key):
        return None
    try:
        table = read(path)
    except (OSError, pa.ArrowException):
        return None
    _held[path] = dict(key), table
    return table


def keep(name: str, key: Mapping[str, str], table: pd.DataFrame) -> None:
    """Keep a checked copy with its key; where the folder cannot be written, do without."""
    with suppress(OSError):
        write(_cache_path(name), table, key)


@contextmanager
def making(name: str) -> Iterator[None]:
    """Wait while another process checks the same table; then its copy is there.

    Reports that start together would all check every table anew. Where no lock can be had within
    a minute, or at all, each does.
    """
    with ExitStack() as stack:
        # Without a place of this user's own, or locks on the file system, there is no waiting.
        with suppress(OSError):
            path = _lock_path(name)
            path.parent.mkdir(mode=0o700, exist_ok=True)
            if locks.is_private(path.parent):
                handle = locks.open_file(path)
                stack.callback(os.close, handle)
                deadline = time.monotonic() + _LONGEST_WAIT
                while not locks.take(handle) and time.monotonic() < deadline:
                    time.sleep(0.02)
        yield


def _lock_path(name: str) -> Path:
    """Return where processes of this user lock a table: never among the data."""
    place = hashlib.sha256(str(_cache_path(name).absolute()).encode()).hexdigest()[:16]
    # By number: a name can be any, as the environment says. On Windows the folder is a user's own.
    user = "own" if sys.platform == "win32" else os.geteuid()
    return Path(tempfile.gettempdir()) / f"nhsi-locks-{user}" / place


def changed() -> int:
    """Return when a checked copy was last made or removed, in nanoseconds; 0 where none is kept."""
    try:
        return _cache_path("").parent.stat().st_mtime_ns
    except OSError:
        return 0


def _cache_path(name: str) -> Path:
    return processed_dir() / "cache" / f"{name}.parquet"


def ingested(name: str) -> list[tuple[Path, dict[str, Any]]]:
    """List the tables read in from publishers' files, newest first, with their stamps."""
    found = []
    folder = processed_dir()
    try:
        files = os.listdir(folder)
    except OSError:
        files = []
    for path in [folder / file for file in files if fnmatchcase(file, f"{name}.*.parquet")]:
        stamp = stamp_of(path)
        if stamp is not None and stamp.get("name") == name and "read_at" in stamp:
            found.append((path, stamp))
    return sorted(found, key=lambda item: (str(item[1]["read_at"]), item[0].name), reverse=True)
