"""Load a table: the shipped one by its checked copy, or the one read in from a newer file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final

import pandas as pd

from nhsi_analysis.datasets import store
from nhsi_analysis.datasets.catalogue import Table, digest_of, display_path, table, tables
from nhsi_analysis.errors import DataError
from nhsi_analysis.paths import processed_dir

SHIPPED: Final = "shipped"

Asked = tuple[str, str | Path | None]
"""A table's name and source, as :func:`load` takes them."""
State = tuple[str, ...]
"""Checksums of all that a loaded table depends on."""

_reads: list[dict[str, Any]] = []
_copies_only: ContextVar[bool] = ContextVar("copies_only", default=False)
_followed: ContextVar[tuple[dict[Asked, State], ...]] = ContextVar("followed", default=())


class Provenance(dict[str, Any]):
    """Where a table is from; a dict that pandas does not copy at every step.

    pandas copies ``.attrs`` deeply with each operation, which for a dozen caveats takes longer
    than many an operation itself. Nothing here changes a provenance once it is made.
    """

    def __deepcopy__(self, memo: dict[int, Any]) -> Provenance:
        return self


def names() -> list[str]:
    """Return the names of all tables, in alphabetical order."""
    return list(tables())


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
        is a dict with name, title, publisher, page, licence, licence_page, date, path, sha256,
        rows, caveats, modified (the file is not the one its checksum was taken of) and origin
        (``"shipped"`` or ``"ingested"``).

    Raises
    ------
    ParameterError
        When there is no table of that name.
    DataError
        When the table breaks a rule, naming file, row, column and rule.
    """
    held, provenance, _ = _loaded(name, source)
    frame = held.copy(deep=False)
    frame.attrs["provenance"] = Provenance(provenance)
    return frame


def state(name: str, source: str | Path | None = None) -> State:
    """Load a table, for the checksums of all that it depends on."""
    return _loaded(name, source)[2]


@contextmanager
def from_copies() -> Iterator[None]:
    """Have a shipped table that has no checked copy refused meanwhile: checking takes its time."""
    token = _copies_only.set(True)
    try:
        yield
    finally:
        _copies_only.reset(token)


@contextmanager
def followed() -> Iterator[dict[Asked, State]]:
    """Lend a record of the tables that are loaded meanwhile."""
    read: dict[Asked, State] = {}
    token = _followed.set((*_followed.get(), read))
    try:
        yield read
    finally:
        _followed.reset(token)


def _loaded(name: str, source: str | Path | None) -> tuple[pd.DataFrame, dict[str, Any], State]:
    """Return a table as it is held, for a copy to be lent."""
    wanted = table(name)
    path = _chosen(name, source)
    frame, provenance, state = _shipped(wanted) if path is None else _ingested(wanted, path)
    if provenance not in _reads:
        _reads.append(dict(provenance))
    for read in _followed.get():
        read[name, source] = state
    return frame, provenance, state


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
        found = table(name)
        key = _key(found, digest_of(found.path))
    except DataError:
        return False
    return store.cached(name, key) is not None


def _chosen(name: str, source: str | Path | None) -> Path | None:
    """Return the ingested file to read, or None for the shipped table."""
    if source is None or source == "":
        newest = store.ingested(name)
        return newest[0][0] if newest else None
    if source == SHIPPED:
        return None
    given = Path(source)
    return given if given.is_absolute() or given.exists() else processed_dir() / given


def _key(found: Table, digest: str) -> dict[str, str]:
    """Return checksums of all that the checked copy of a shipped table depends on."""
    return {
        "table": found.name,
        "sha256": digest,
        "descriptor": found.digest,
        "reader": store.reader_version(),
    }


def _shipped(found: Table) -> tuple[pd.DataFrame, dict[str, Any], State]:
    key = _key(found, digest_of(found.path))
    frame = store.cached(found.name, key)
    if frame is None and _copies_only.get():
        raise DataError(found.file, "has no checked copy")
    if frame is None:
        with store.making(found.name):
            content = found.content()
            key = _key(found, hashlib.sha256(content).hexdigest())
            frame = store.cached(found.name, key)
            if frame is None:
                # pandera takes half a second to import: a report that finds its tables checked
                # is spared it.
                from nhsi_analysis.datasets.reader import read_raw

                frame = read_raw(found, content)
                store.keep(found.name, key, frame)
    modified = f"sha256:{key['sha256']}" != found.descriptor["hash"]
    provenance = _provenance(
        found, path=found.file, sha256=key["sha256"], rows=len(frame), modified=modified
    )
    return frame, provenance, tuple(key.values())


def _ingested(found: Table, path: Path) -> tuple[pd.DataFrame, dict[str, Any], State]:
    file = display_path(path)
    stamp = store.stamp_of(path)
    if stamp is None or stamp.get("name") != found.name:
        raise DataError(
            file,
            f"must be a table {found.name!r} written by 'nhsi data ingest'",
            remedy="Name such a file as the source, or 'shipped'",
        )
    try:
        frame = store.read(path)
    except OSError as error:
        raise DataError(
            file, f"is damaged: {error}", remedy="Delete it and ingest the publisher's file again"
        ) from None
    if stamp.get("reader_version") != store.reader_version():
        from nhsi_analysis.datasets.reader import validate_ingested

        validate_ingested(frame, found.name, file)
    provenance = _provenance(
        found, path=file, sha256=stamp["sha256"], rows=len(frame), origin="ingested"
    )
    provenance["caveats"] += stamp["remarks"]
    said = ("title", "publisher", "date", "files", "kind", "read_at", "reader_version")
    provenance |= {key: stamp[key] for key in said}
    return frame, provenance, (str(path), digest_of(path), found.digest, store.reader_version())


def _provenance(found: Table, **of_file: Any) -> dict[str, Any]:
    return {
        "name": found.name,
        **found.said,
        "modified": False,
        "origin": SHIPPED,
        **of_file,
    }
