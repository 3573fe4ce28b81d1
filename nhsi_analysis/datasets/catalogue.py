"""What ``data/raw/datapackage.json`` says about each table."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

from nhsi_analysis.errors import DataError, ParameterError
from nhsi_analysis.licences import licence_of
from nhsi_analysis.paths import DESCRIPTOR, data_dir, data_remedy, raw_dir
from notebook_reports.evidence import words
from policy_methods.results import Result

RESTORE: Final = "Restore the file from the repository"

_SAID: Final = (
    "path",
    "title",
    "description",
    "format",
    "bytes",
    "hash",
    "date",
    "sources",
    "licenses",
    "caveats",
)
"""What every entry of the descriptor has."""


@dataclass(frozen=True)
class Table(Result):
    """A table of the project: the one thing that travels on the way of a load.

    Parameters
    ----------
    name : str
        Its name.
    path : Path
        Its shipped file.
    descriptor : mapping
        Its Frictionless resource.
    """

    name: str
    path: Path
    descriptor: Mapping[str, Any]

    @property
    def file(self) -> str:
        """The shipped file as an error names it."""
        return display_path(self.path)

    @property
    def shape(self) -> Mapping[str, Any]:
        """``rows``, ``fields``, and ``primaryKey`` or, where there is none, ``repeats``.

        Frictionless describes a separated file by ``rows`` and ``schema``. Another file only
        becomes a table when it is read, which ``table`` describes; ``repeats`` is the number of
        its rows that repeat another one.
        """
        found = self.descriptor
        return found["table"] if "table" in found else {"rows": found["rows"], **found["schema"]}

    @property
    def said(self) -> dict[str, Any]:
        """Title, publisher, page, licence, date and caveats, as a provenance has them."""
        origin = self.descriptor["sources"][0]
        return {
            "title": str(self.descriptor["title"]),
            "publisher": str(origin["publisher"]),
            "page": str(origin["path"]),
            **licence_of(self.descriptor),
            "date": str(self.descriptor["date"]),
            "caveats": [str(c) for c in self.descriptor["caveats"]],
        }

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what the descriptor says of it."""
        return hashlib.sha256(json.dumps(self.descriptor).encode()).hexdigest()

    def content(self) -> bytes:
        """Return what the shipped file holds; a DataError says when it is missing."""
        return content_of(self.path)


def display_path(path: Path) -> str:
    """Write a path as a reader of a report should see it: from the data folder down.

    ``data/raw/trusts.csv`` and the like; only the file's name when it lies elsewhere.
    """
    folder = data_dir()
    if not path.is_relative_to(folder):
        folder = folder.resolve()
    return (
        f"data/{path.relative_to(folder).as_posix()}" if path.is_relative_to(folder) else path.name
    )


def content_of(path: Path) -> bytes:
    """Return what a file holds, or raise a DataError where it is missing."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        raise _missing(path) from None


_SETTLED_NS: Final = 2_000_000_000
"""Age of a change after which another one can't have the same time on any file system."""
_digests: dict[Path, tuple[tuple[int, ...], str]] = {}


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, or raise a DataError where it is missing.

    A file that is what it was isn't read again, but opened all the same: packs note what a report
    opens.
    """
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            changed = max(found.st_mtime_ns, found.st_ctime_ns)
            stamp = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, changed)
            if path in _digests and _digests[path][0] == stamp:
                return _digests[path][1]
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, IsADirectoryError):
        raise _missing(path) from None
    if time.time_ns() - changed > _SETTLED_NS:
        _digests[path] = stamp, digest
    return digest


def _missing(path: Path) -> DataError:
    return DataError(display_path(path), "is missing", remedy=RESTORE)


@lru_cache(maxsize=8)
def _parse(path: Path, _modified_ns: int) -> dict[str, Any]:
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        row = error.lineno if isinstance(error, json.JSONDecodeError) else None
        raise DataError(
            display_path(path), f"must be JSON in UTF-8: {error}", row=row, remedy=RESTORE
        ) from None
    if not isinstance(found, dict) or not isinstance(found.get("resources"), list):
        raise DataError(display_path(path), "must hold a list 'resources'", remedy=RESTORE)
    for entry in found["resources"]:
        lacking = [key for key in ("name", *_SAID) if key not in entry]
        if "table" not in entry:
            lacking += [key for key in ("rows", "schema") if key not in entry]
        if lacking:
            raise DataError(
                display_path(path),
                f"the entry of table {entry.get('name', '')!r} must have {', '.join(lacking)}",
                remedy="The entry of a table of its kind shows the form",
            )
    return found


@lru_cache(maxsize=8)
def _tables(path: Path, modified_ns: int) -> dict[str, Table]:
    found = {str(r["name"]): r for r in _parse(path, modified_ns)["resources"]}
    return {name: Table(name, path.parent / str(r["path"]), r) for name, r in sorted(found.items())}


def _descriptor() -> tuple[Path, int]:
    """Return the descriptor and when it was changed."""
    path = raw_dir() / DESCRIPTOR
    try:
        return path, path.stat().st_mtime_ns
    except FileNotFoundError:
        raise DataError(
            display_path(path),
            "is missing",
            remedy=data_remedy(),
        ) from None


def package() -> dict[str, Any]:
    """Return the parsed data package; a DataError says when it is missing or none."""
    return _parse(*_descriptor())


def tables() -> Mapping[str, Table]:
    """Return every table by its name, in alphabetical order."""
    return _tables(*_descriptor())


def table(name: str) -> Table:
    """Return one table; a ParameterError names the nearest, or all there are, where it is none."""
    known = tables()
    if name not in known:
        rule, near = "must be a table of the project", words.near(name, known)
        raise ParameterError("name", rule, value=name, allowed=known, near=near)
    return known[name]
