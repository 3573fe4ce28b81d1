"""When a finished report may stand: nothing it was made from has changed.

A report's basis is the notebook, its parameters, the package's files, the versions of the
installed packages, and every data file the report read. A report is skipped only when all of
that is as it was and its files are in place.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from nhsi_analysis import paths
from notebook_reports.packs import watch
from notebook_reports.packs.job import Job

WORDS = {
    "notebook": "its notebook changed",
    "parameters": "its parameters changed",
    "code": "the package's code changed",
    "versions": "installed packages or settings changed",
    "ingested": "tables were read in or removed",
    "options": "it is made with other options",
}
"""Why a report runs again, by the part of its basis that differs."""

_DATA = "data/"
_DESCRIPTOR = "data/raw/datapackage.json"
_PROCESSED = "data/processed"
_COPIES = f"{_PROCESSED}/cache/"
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


def reads(tables: list[dict[str, Any]], read: dict[str, str]) -> dict[str, str]:
    """Return what a report read, with the digest of what it read.

    Parameters
    ----------
    tables : list of dict
        Provenance of the tables it loaded.
    read : dict
        Digest by path of everything it read, as :mod:`notebook_reports.packs.watch` notes it.

    Returns
    -------
    dict
        Digest by path; paths inside the data folder are written from it ("data/raw/x.csv").
    """
    found = {_portable(path): digest for path, digest in read.items()}
    found.pop(_PROCESSED, None)  # the tables in it are named by the basis
    for table in tables:
        # The one file describes every table: what it says of the others is no concern of this one.
        found[f"{_DESCRIPTOR}#{table['name']}"] = _digest(f"{_DESCRIPTOR}#{table['name']}")
    if _DESCRIPTOR in found:
        del found[_DESCRIPTOR]
        found[f"{_DESCRIPTOR}#"] = _digest(f"{_DESCRIPTOR}#")
    return found


def is_data(path: str) -> bool:
    """Return whether what was read is data, and not of use to the skipping only."""
    return "#" not in path and not path.startswith(_COPIES)


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
    changed += [
        f"{path.removeprefix('#')} changed"
        for path, digest in record["reads"].items()
        if _differs(path, digest, _digest(path))
    ]
    if record["unseen"]:
        changed.append(f"it used {', '.join(record['unseen'])}, whose reading can't be watched")
    if changed:
        return ", ".join(changed)
    made = record["files"]
    if not made or any(watch.digest_of_path(out / name) != known for name, known in made.items()):
        return "its files are missing or were changed"
    return ""


def _differs(path: str, before: str, now: str) -> bool:
    # A checked copy may be gone or be made meanwhile: the table it stands for is what counts.
    return before != now and not (path.startswith(_COPIES) and "" in {before, now})


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
    """Return a digest of Python's version, of what is installed, and of matplotlib's settings.

    A package edited in place shows in the size or date of its file.
    """
    installed = [
        f"{folder}/{entry.name} {entry.stat().st_size} {entry.stat().st_mtime_ns}"
        for root in sorted(watch.packages() - {str(Path(paths.__file__).parent)})
        for folder, _, _ in os.walk(root)
        if not folder.endswith("__pycache__")
        for entry in os.scandir(folder)
        if entry.name.endswith((".py", ".so", ".pyd"))
    ]
    settings = [watch.digest_of_path(place) for place in _matplotlib_settings()]
    text = "\n".join([platform.python_version(), sys.platform, *sorted(installed), *settings])
    return digest(text.encode())


def _matplotlib_settings() -> list[Path]:
    """Return where a user's own settings of matplotlib may lie, which every chart follows."""
    named = [os.environ.get(name) for name in ("MATPLOTLIBRC", "MPLCONFIGDIR")]
    folders = [Path(place) for place in named if place]
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    folders += [Path(home) / "matplotlib", Path.home() / ".matplotlib"]
    places = [place for folder in folders for place in (folder, folder / "matplotlibrc")]
    return [place for place in places if place.is_file()]


def clear() -> None:
    """Forget digests of files, which are kept for the length of one run."""
    code_digest.cache_clear()
    versions_digest.cache_clear()
    _digest.cache_clear()
    # Taken before any report reads it: one that changes meanwhile differs from it ever after.
    _parts_of_descriptor.cache_clear()
    _parts_of_descriptor()


def _ingested() -> list[list[Any]]:
    """Name the ingested tables: a new one is used in place of the one a report has read."""
    found = sorted(paths.processed_dir().glob("*.parquet"))
    return [[path.name, path.stat().st_size, path.stat().st_mtime_ns] for path in found]


def _portable(path: str) -> str:
    place = Path(path)
    for folder in (paths.data_dir(), paths.data_dir().resolve()):
        if place.is_relative_to(folder):
            return _DATA + place.relative_to(folder).as_posix()
    return path


@lru_cache(maxsize=4096)
def _digest(path: str) -> str:
    """Return the digest of what a report read, as it is now."""
    for mark, look in _LOOKS.items():
        if path.startswith(mark):
            return look(path.removeprefix(mark))
    if path.startswith(f"{_DESCRIPTOR}#"):
        return _parts_of_descriptor().get(path.partition("#")[2], "")
    if path.startswith(_DATA):
        return watch.digest_of_path(paths.data_dir() / path.removeprefix(_DATA))
    return watch.digest_of_path(Path(path))


_LOOKS: dict[str, Callable[[str], str]] = {
    watch.ENVIRONMENT: lambda name: watch.digest_of_text(os.environ.get(name)),
    watch.EXISTS: watch.digest_of_existence,
    watch.LINK: lambda path: watch.digest_of_text(os.path.realpath(path)),
}
"""How to look again at what was noted under a name that begins with a mark."""


@lru_cache(maxsize=1)
def _parts_of_descriptor() -> dict[str, str]:
    """Return a digest of what the descriptor says of each table; under no name, of all of them."""
    try:
        package = json.loads((paths.data_dir() / "raw" / "datapackage.json").read_bytes())
        resources = {str(resource["name"]): resource for resource in package["resources"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    bare = [{k: v for k, v in r.items() if k not in _OF_FILES} for r in resources.values()]
    parts: dict[str, Any] = {**resources, "": {**package, "resources": bare}}
    return {name: digest(json.dumps(part, sort_keys=True).encode()) for name, part in parts.items()}


def digest(content: bytes) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
