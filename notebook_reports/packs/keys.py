"""When a finished report may stand: nothing it was made from has changed.

A report's basis is the notebook, its parameters, the package's files, the versions of the
installed packages, and every data file the report read. A report is skipped only when all of
that is as it was and its files are in place.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from notebook_reports import project
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
        "ingested": project.current().state(),
        "options": {
            **options,
            **{name: getattr(job, name) for name in ("pack", "position", "title")},
            "imprint": job.imprint.to_dict(),
            "others": [asdict(other) for other in job.others],
        },
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
    return project.current().noted(found, tables)


def is_data(path: str) -> bool:
    """Return whether what was read is data: no copy, and no folder that was only looked through."""
    if "#" in path or project.current().is_copy(path):
        return False
    return not (source(path) or Path(path)).is_dir()


def source(path: str) -> Path | None:
    """Return where a file of the data folder lies, by the name it is noted under."""
    inside = path.startswith(_DATA)
    return project.current().data() / path.removeprefix(_DATA) if inside else None


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
    return before != now and not ("" in {before, now} and project.current().is_copy(path))


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Return a digest of every file of the packages whose code counts as the project's."""
    digest = hashlib.sha256()
    for package in project.folders(project.current().packages):
        for path in sorted(package.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(package.parent).as_posix()}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def versions_digest() -> str:
    """Return a digest of Python's version, of what is installed, and of matplotlib's settings.

    A package edited in place shows in the size or date of its file.
    """
    installed = [line for root in sorted(watch.installed()) for line in _modules_in(root)]
    settings = [watch.digest_of_path(place) for place in _matplotlib_settings()]
    text = "\n".join([platform.python_version(), sys.platform, *sorted(installed), *settings])
    return digest(text.encode())


def _modules_in(folder: str) -> Iterator[str]:
    """Yield the path, size and date of each module below a folder; nothing where there is none."""
    try:
        entries = [*os.scandir(folder)]
    except OSError:
        return
    for entry in entries:
        if entry.name.endswith((".py", ".so", ".pyd")):
            found = entry.stat()
            yield f"{entry.path} {found.st_size} {found.st_mtime_ns}"
        elif entry.name != "__pycache__" and entry.is_dir(follow_symlinks=False):
            yield from _modules_in(entry.path)


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
    project.current().begin_run()


def _portable(path: str) -> str:
    place = Path(path)
    data = project.current().data()
    for folder in (data, data.resolve()):
        if place.is_relative_to(folder):
            return _DATA + place.relative_to(folder).as_posix()
    return path


@lru_cache(maxsize=4096)
def _digest(path: str) -> str:
    """Return the digest of what a report read, as it is now."""
    for mark, look in _LOOKS.items():
        if path.startswith(mark):
            return look(path.removeprefix(mark))
    part = project.current().digest_of_part(path)
    if part is not None:
        return part
    return watch.digest_of_path(source(path) or Path(path))


_LOOKS: dict[str, Callable[[str], str]] = {
    watch.ENVIRONMENT: lambda name: watch.digest_of_text(os.environ.get(name)),
    watch.EXISTS: watch.digest_of_existence,
    watch.LINK: lambda path: watch.digest_of_text(os.path.realpath(path)),
}
"""How to look again at what was noted under a name that begins with a mark."""


def digest(content: bytes) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
