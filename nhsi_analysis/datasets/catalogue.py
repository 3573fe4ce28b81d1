"""What ``data/raw/datapackage.json`` says about each table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from nhsi_analysis.errors import DataError, ParameterError
from nhsi_analysis.paths import DESCRIPTOR, data_dir, data_remedy, raw_dir

REGENERATE: Final = "Restore the file from the repository"


def display_path(path: Path) -> str:
    """Write a path as a reader of a report should see it: from the data folder down.

    Parameters
    ----------
    path : Path
        A file.

    Returns
    -------
    str
        ``data/raw/trusts.csv`` and the like; only the file's name when it lies elsewhere.
    """
    folder = data_dir()
    return (
        f"data/{path.relative_to(folder).as_posix()}" if path.is_relative_to(folder) else path.name
    )


@lru_cache(maxsize=8)
def _parse(path: Path, modified_ns: int) -> dict[str, Any]:
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        row = error.lineno if isinstance(error, json.JSONDecodeError) else None
        raise DataError(
            display_path(path), f"must be JSON in UTF-8: {error}", row=row, remedy=REGENERATE
        ) from None
    if not isinstance(found, dict) or not isinstance(found.get("resources"), list):
        raise DataError(display_path(path), "must hold a list 'resources'", remedy=REGENERATE)
    return found


def package() -> dict[str, Any]:
    """Return the descriptor of all tables.

    Returns
    -------
    dict
        The parsed Frictionless data package.

    Raises
    ------
    DataError
        When the descriptor is missing or is not a data package.
    """
    path = raw_dir() / DESCRIPTOR
    try:
        modified = path.stat().st_mtime_ns
    except FileNotFoundError:
        raise DataError(
            display_path(path),
            "is missing",
            remedy=data_remedy(),
        ) from None
    return _parse(path, modified)


def resources() -> dict[str, Mapping[str, Any]]:
    """Return the descriptor of every table by its name."""
    return {str(r["name"]): r for r in package()["resources"]}


def resource(name: str) -> Mapping[str, Any]:
    """Return the descriptor of one table.

    Parameters
    ----------
    name : str
        Name of the table.

    Returns
    -------
    mapping
        Its Frictionless resource.

    Raises
    ------
    ParameterError
        When no table has that name; the message lists those there are.
    """
    known = resources()
    if name not in known:
        raise ParameterError("name", "must be a table of the project", value=name, allowed=known)
    return known[name]


def shape(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a descriptor says of the rows and columns of a table.

    A separated file is a table, and Frictionless describes it by ``rows`` and ``schema``. Another
    file only becomes one when it is read, which ``table`` describes.

    Parameters
    ----------
    found : mapping
        A Frictionless resource.

    Returns
    -------
    mapping
        ``rows``, ``fields``, and either ``primaryKey`` or ``repeats``, the number of rows that
        repeat another one where the table has no key.
    """
    return found["table"] if "table" in found else {"rows": found["rows"], **found["schema"]}
