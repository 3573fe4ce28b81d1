"""Checked tables with their provenance: ``load`` is the one call everything else builds on.

The shipped tables lie in ``data/raw`` with a Frictionless descriptor and are never written by a
program. A table is checked against its model in :mod:`nhsi_analysis.schemas` and kept as Parquet
in ``data/processed``, which can be deleted at any time: the copy is used only while the raw file,
its descriptor and the reading code are what they were. A table read in from a publisher's newer
file (``nhsi data ingest``) is used instead of the shipped one.

Examples
--------
>>> from nhsi_analysis import datasets
>>> trusts = datasets.load("trusts", source="shipped")
>>> len(trusts), trusts.attrs["provenance"]["licence"]
(235, 'OGL-UK-3.0')
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from nhsi_analysis.datasets import store
from nhsi_analysis.datasets.catalogue import display_path, resource, resources
from nhsi_analysis.datasets.checks import KeyCheck, TableCheck, check
from nhsi_analysis.datasets.describing import TableDescription, describe, overview
from nhsi_analysis.datasets.successions import Matched, match_trusts
from nhsi_analysis.errors import DataError
from nhsi_analysis.paths import processed_dir, raw_dir

__all__ = [
    "KeyCheck",
    "Matched",
    "TableCheck",
    "TableDescription",
    "check",
    "clear_reads",
    "describe",
    "fingerprint",
    "load",
    "match_trusts",
    "names",
    "overview",
    "reads",
    "recall",
]

SHIPPED = "shipped"

_reads: list[dict[str, Any]] = []


class Provenance(dict[str, Any]):
    """Where a table is from; a dict that pandas does not copy at every step.

    pandas copies ``.attrs`` deeply with each operation, which for a dozen caveats takes longer
    than many an operation itself. Nothing here changes a provenance once it is made.
    """

    def __deepcopy__(self, memo: dict[int, Any]) -> Provenance:
        return self


def names() -> list[str]:
    """Return the names of all tables, in alphabetical order."""
    return sorted(resources())


def reads() -> list[dict[str, Any]]:
    """Return the provenance of every table loaded in this process so far, in order, once each."""
    return [dict(r) for r in _reads]


def clear_reads() -> None:
    """Forget which tables were loaded."""
    _reads.clear()


def load(name: str, *, source: str | Path | None = None) -> pd.DataFrame:
    """Return a checked table.

    Parameters
    ----------
    name : str
        Name of the table, one of :func:`names`.
    source : str or Path, optional
        Which table of that name: none or empty for the newest ingested one, or the shipped one
        where nothing was ingested; ``"shipped"``; or an ingested Parquet file (its path, or its
        name in data/processed).

    Returns
    -------
    DataFrame
        Dates are ``datetime64``, codes text, percentages as published. ``.attrs["provenance"]``
        is a dict with name, title, publisher, page, licence, date, path, sha256, rows, caveats,
        modified (the file is not the one its checksum was taken of) and origin
        (``"shipped"`` or ``"ingested"``).

    Raises
    ------
    ParameterError
        When there is no table of that name.
    DataError
        When the table breaks a rule, naming file, row, column and rule.
    """
    descriptor = resource(name)
    path = _chosen(name, source)
    if path is None:
        table, provenance = _load_shipped(name, descriptor)
    else:
        table, provenance = _load_ingested(name, path, descriptor)
    table.attrs["provenance"] = Provenance(provenance)
    if provenance not in _reads:
        _reads.append(dict(provenance))
    return table


def recall(name: str) -> bool:
    """Read the checked copy of a shipped table into memory, for this process and its forks.

    Parameters
    ----------
    name : str
        Name of the table.

    Returns
    -------
    bool
        Whether there is a copy of the file as it is now; nothing is checked anew, and
        :func:`reads` doesn't know of it.
    """
    try:
        content = _content(raw_dir() / str(resource(name)["path"]))
    except DataError:
        return False
    return store.cached(name, _key(name, content)) is not None


def fingerprint(name: str, *, source: str | Path | None = None) -> str:
    """Return the checksum of the file that :func:`load` would read now.

    Parameters
    ----------
    name : str
        Name of the table.
    source : str or Path, optional
        As for :func:`load`.

    Returns
    -------
    str
        SHA-256, in hexadecimal.

    Raises
    ------
    DataError
        When the file is missing.
    """
    path = _chosen(name, source) or raw_dir() / str(resource(name)["path"])
    return hashlib.sha256(_content(path)).hexdigest()


def _chosen(name: str, source: str | Path | None) -> Path | None:
    """Return the ingested file to read, or None for the shipped table."""
    if source is None or source == "":
        newest = store.ingested(name)
        return newest[0][0] if newest else None
    if source == SHIPPED:
        return None
    given = Path(source)
    return given if given.is_absolute() or given.exists() else processed_dir() / given


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        raise DataError(
            display_path(path), "is missing", remedy="Restore the file from the repository"
        ) from None


def _key(name: str, content: bytes) -> dict[str, str]:
    """Return checksums of all that the checked copy of a shipped table depends on."""
    return {
        "table": name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "descriptor": hashlib.sha256(json.dumps(resource(name)).encode()).hexdigest(),
        "reader": store.reader_version(),
    }


def _load_shipped(name: str, descriptor: Mapping[str, Any]) -> tuple[pd.DataFrame, dict[str, Any]]:
    path = raw_dir() / str(descriptor["path"])
    content = _content(path)
    key = _key(name, content)
    table = store.cached(name, key)
    if table is None:
        with store.making(name):
            table = store.cached(name, key)
            if table is None:
                table = _checked(name, path, content, descriptor)
                store.keep(name, key, table)
    return table, _provenance(
        descriptor,
        path=display_path(path),
        sha256=key["sha256"],
        rows=len(table),
        modified=f"sha256:{key['sha256']}" != descriptor["hash"],
        origin=SHIPPED,
    )


def _checked(name: str, path: Path, content: bytes, descriptor: Mapping[str, Any]) -> pd.DataFrame:
    """Read a shipped table and check it against its model."""
    # pandera takes half a second to import: a report that finds its tables checked is spared it.
    from nhsi_analysis.datasets.reader import read_raw
    from nhsi_analysis.schemas import MODELS

    return read_raw(path, content, descriptor, MODELS[name].to_schema())


def _load_ingested(
    name: str, path: Path, descriptor: Mapping[str, Any]
) -> tuple[pd.DataFrame, dict[str, Any]]:
    file = display_path(path)
    stamp = store.stamp_of(path)
    if stamp is None or stamp.get("name") != name:
        raise DataError(
            file,
            f"must be a table {name!r} written by 'nhsi data ingest'",
            remedy="Name such a file as the source, or 'shipped'",
        )
    try:
        table = store.read(path)
    except OSError as error:
        raise DataError(
            file, f"is damaged: {error}", remedy="Delete it and ingest the publisher's file again"
        ) from None
    if stamp.get("reader_version") != store.reader_version():
        from nhsi_analysis.datasets.reader import validate_ingested

        validate_ingested(table, name, file)
    provenance = _provenance(
        descriptor,
        path=file,
        sha256=stamp["sha256"],
        rows=len(table),
        modified=False,
        origin="ingested",
    )
    provenance["caveats"] += stamp["remarks"]
    said = ("title", "publisher", "date", "files", "kind", "read_at", "reader_version")
    return table, provenance | {key: stamp[key] for key in said}


def _provenance(descriptor: Mapping[str, Any], **known: Any) -> dict[str, Any]:
    origin = descriptor["sources"][0]
    return {
        "name": str(descriptor["name"]),
        "title": str(descriptor["title"]),
        "publisher": str(origin["publisher"]),
        "page": str(origin["path"]),
        "licence": " and ".join(str(licence["name"]) for licence in descriptor["licenses"]),
        "date": str(descriptor["date"]),
        "path": known["path"],
        "sha256": known["sha256"],
        "rows": known["rows"],
        "caveats": [str(c) for c in descriptor["caveats"]],
        "modified": known["modified"],
        "origin": known["origin"],
    }
