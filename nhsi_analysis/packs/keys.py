"""When a finished report may stand: nothing it was made from has changed.

A report's basis is the notebook, its parameters, the package's files, the versions of the
installed packages, and every data file the report read. A report is skipped only when all of
that is as it was and its files are in place.
"""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

from nhsi_analysis import paths
from nhsi_analysis.packs.job import Job

WORDS = {
    "notebook": "its notebook changed",
    "parameters": "its parameters changed",
    "code": "the package's code changed",
    "versions": "installed packages changed",
    "ingested": "tables were read in or removed",
    "options": "it is made with other options",
}
"""Why a report runs again, by the part of its basis that differs."""

_DATA = "data/"
_DESCRIPTOR = "data/raw/datapackage.json"
_OF_FILES = ("hash", "bytes", "rows")
"""What the descriptor says of a table's file; it concerns the reports that read that file."""


def basis(job: Job, options: dict[str, Any]) -> dict[str, Any]:
    """Return what a report is made from, apart from the data files it reads.

    Parameters
    ----------
    job : Job
        The report.
    options : dict
        Options that change what it leaves behind, such as printing to PDF.

    Returns
    -------
    dict
        Plain data to keep with the report.
    """
    return {
        "notebook": job.notebook_sha256,
        "parameters": job.parameters,
        "code": code_digest(),
        "versions": versions_digest(),
        "ingested": _ingested(),
        "options": {**options, "pack": job.pack, "position": job.position, "title": job.title},
    }


def reads(tables: list[dict[str, Any]], files: list[dict[str, Any]]) -> dict[str, str]:
    """Return the data files a report read, with the digest of what it read.

    Parameters
    ----------
    tables : list of dict
        Provenance of the tables it loaded.
    files : list of dict
        Path and sha256 of other files it read.

    Returns
    -------
    dict
        Digest by path; paths inside the data folder are written from it ("data/raw/x.csv").
    """
    found = {_portable(file["path"]): str(file["sha256"]) for file in files}
    for table in tables:
        path = str(table["path"])
        digest = str(table["sha256"])
        if table.get("origin") != "shipped":
            # An ingested table's checksum is its publisher's file's; what was read is our copy.
            digest = _digest(path) or digest
        found[path] = digest
        found[f"{_DESCRIPTOR}#{table['name']}"] = _digest(f"{_DESCRIPTOR}#{table['name']}")
    if _DESCRIPTOR in found:
        # The one file describes every table: a new checksum of one is no concern of the others.
        del found[_DESCRIPTOR]
        found[f"{_DESCRIPTOR}#"] = _digest(f"{_DESCRIPTOR}#")
    return found


def reason_to_run(
    record: dict[str, Any] | None, now: dict[str, Any], out: Path, *, force: bool = False
) -> str:
    """Return why a report must run, or nothing where what is there may stand.

    Parameters
    ----------
    record : dict, optional
        What is known of its last run.
    now : dict
        Its basis as it is now.
    out : Path
        Output folder.
    force : bool
        Run whatever is there.
    """
    if record is None:
        return "new"
    if force:
        return "forced"
    if record["status"] != "done":
        return "failed last time"
    before = record["basis"]
    changed = [words for part, words in WORDS.items() if before.get(part) != now[part]]
    for path, digest in record["reads"].items():
        if _digest(path) != digest:
            changed.append(f"{path} changed")
    if changed:
        return ", ".join(changed)
    sizes = record["files"]
    if not sizes or any(_size(out / name) != size for name, size in sizes.items()):
        return "its files are missing or were changed"
    return ""


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Return a digest of every file of the package."""
    package = Path(paths.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(package).as_posix()}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def versions_digest() -> str:
    """Return a digest of Python's version and of every installed package's."""
    names = {
        path.name for folder in sys.path if folder for path in Path(folder).glob("*.dist-info")
    }
    text = "\n".join([platform.python_version(), sys.platform, *sorted(names)])
    return hashlib.sha256(text.encode()).hexdigest()


def clear() -> None:
    """Forget digests of files, which are kept for the length of one run."""
    code_digest.cache_clear()
    versions_digest.cache_clear()
    _digest.cache_clear()


def _ingested() -> list[list[Any]]:
    """Name the ingested tables: a new one is used in place of the one a report has read."""
    found = sorted(paths.processed_dir().glob("*.parquet"))
    return [[path.name, path.stat().st_size, path.stat().st_mtime_ns] for path in found]


def _portable(path: str) -> str:
    folder = paths.data_dir()
    place = Path(path)
    if place.is_relative_to(folder):
        return _DATA + place.relative_to(folder).as_posix()
    return path


@lru_cache(maxsize=4096)
def _digest(path: str) -> str:
    """Return the digest of a file, or of the descriptor's part about a table (or all tables)."""
    part = table = ""
    if path.startswith(_DESCRIPTOR):
        path, part, table = path.partition("#")
    place = paths.data_dir() / path.removeprefix(_DATA) if path.startswith(_DATA) else Path(path)
    try:
        content = place.read_bytes()
        if part:
            content = _described(json.loads(content), table)
    except (OSError, ValueError, KeyError):
        return ""
    return hashlib.sha256(content).hexdigest()


def _described(package: dict[str, Any], table: str) -> bytes:
    resources = package["resources"]
    if table:
        chosen: Any = [resource for resource in resources if resource["name"] == table]
    else:
        bare = [{k: v for k, v in r.items() if k not in _OF_FILES} for r in resources]
        chosen = {**package, "resources": bare}
    return json.dumps(chosen, sort_keys=True).encode()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1
