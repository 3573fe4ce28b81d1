"""Check every table from its file: rules, checksums, and the keys that must join."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from nhsi_analysis.datasets import store
from nhsi_analysis.datasets.catalogue import Table, display_path, package, tables
from nhsi_analysis.errors import DataError
from nhsi_analysis.paths import raw_dir
from policy_methods.results import Result

SHOWN: Final = 5


@dataclass(frozen=True)
class TableCheck(Result):
    """What the check of one table found.

    Parameters
    ----------
    name, file : str
        The table and its file.
    rows : int
        Rows read; 0 where the table could not be read.
    problem : str
        The first rule broken, in one line; empty where none is.
    """

    name: str
    file: str
    rows: int
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether the table keeps every rule and is the one its checksum was taken of."""
        return not self.problem


@dataclass(frozen=True)
class KeyCheck(Result):
    """What the check of one key found.

    Parameters
    ----------
    table, column, reference : str
        Every value of the table's column must be found in the reference, ``table.column``.
    matched : int
        Distinct values found there.
    excepted : tuple of str
        Values not found there, for a reason the descriptor records.
    unknown : tuple of str
        Values not found there, without a reason.
    problem : str
        Why the key could not be checked or does not hold; empty where it holds.
    """

    table: str
    column: str
    reference: str
    matched: int = 0
    excepted: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether every value is found, or excepted for a reason."""
        return not self.problem


def check() -> tuple[list[TableCheck], list[KeyCheck]]:
    """Check all tables and keys, whatever the first ones show; one result a table, one a key.

    Nothing is taken from the checked copies: every shipped file is read again. Tables read in from
    publishers' files are checked by the same rules; the keys are those of the shipped tables. A
    DataError is raised only where the descriptor itself cannot be read.
    """
    frames: dict[str, pd.DataFrame] = {}
    results = []
    for name, table in tables().items():
        frame, result = _check_table(table)
        results.append(result)
        if frame is not None:
            frames[name] = frame
        results += [_check_ingested(name, path) for path, _ in store.ingested(name)]
    results += [_forgotten(path) for path in _without_entry()]
    return results, [_check_key(join, frames) for join in _joins()]


def _check_table(table: Table) -> tuple[pd.DataFrame | None, TableCheck]:
    from nhsi_analysis.datasets.reader import read_raw

    try:
        content = table.content()
        frame = read_raw(table, content)
    except DataError as error:
        return None, TableCheck(table.name, table.file, 0, str(error))
    problem = ""
    checksum = f"sha256:{hashlib.sha256(content).hexdigest()}"
    if checksum != table.descriptor["hash"]:
        problem = (
            f"{table.file}: keeps every rule, but is not the file datapackage.json has the "
            f"checksum of. Restore it from the repository, or record the new one, {checksum}"
        )
    elif len(content) != table.descriptor["bytes"]:
        problem = f"{table.file}: has {len(content)} bytes. Record that in datapackage.json"
    return frame, TableCheck(table.name, table.file, len(frame), problem)


def _without_entry() -> list[Path]:
    """Return the files beside the tables that look like one and have no entry."""
    entered = {table.path for table in tables().values()}
    return sorted({p for e in ("csv", "geojson") for p in raw_dir().glob(f"*.{e}")} - entered)


def _forgotten(path: Path) -> TableCheck:
    file = display_path(path)
    return TableCheck(
        path.stem, file, 0, f"{file}: has no entry in datapackage.json. Describe it there"
    )


def _check_ingested(name: str, path: Path) -> TableCheck:
    from nhsi_analysis.datasets.reader import validate_ingested

    file = display_path(path)
    try:
        table = validate_ingested(store.read(path), name, file)
    except DataError as error:
        return TableCheck(name, file, 0, str(error))
    except OSError as error:
        return TableCheck(name, file, 0, f"{file}: is damaged: {error}")
    return TableCheck(name, file, len(table))


def _joins() -> list[dict[str, Any]]:
    """Return every key: the strict ones of the schemas, then those with recorded exceptions."""
    strict = [
        {
            "table": name,
            "column": key["fields"][0],
            "reference": key["reference"]["resource"],
            "reference_column": key["reference"]["fields"][0],
        }
        for name, table in tables().items()
        for key in table.shape.get("foreignKeys", ())
    ]
    return [*strict, *package().get("joins", ())]


def _check_key(join: Mapping[str, Any], frames: Mapping[str, pd.DataFrame]) -> KeyCheck:
    table, column, other = join["table"], join["column"], join["reference"]
    label = f"{other}.{join['reference_column']}"
    if join.get("or_in"):
        label += " or " + " or ".join(join["or_in"])
    needed = [table, other, *(name.split(".")[0] for name in join.get("or_in", ()))]
    unread = [name for name in needed if name not in frames]
    if unread:
        problem = f"{table}.{column}: not checked, because {unread[0]} could not be read"
        return KeyCheck(table, column, label, problem=problem)
    rows = frames[table]
    for name, value in join.get("where", {}).items():
        rows = rows[rows[name] == value]
    values = set(rows[column].dropna())
    found = set(frames[other][join["reference_column"]])
    for name in join.get("or_in", ()):
        also, also_column = name.split(".")
        found |= set(frames[also][also_column])
    excepted = (values - found) & set(join.get("exceptions", {}))
    unknown = tuple(sorted(values - found - excepted))
    problem = ""
    if unknown:
        first = rows.index[rows[column].isin(unknown)][0]
        shown = ", ".join(unknown[:SHOWN]) + (" …" if len(unknown) > SHOWN else "")
        problem = (
            f"{tables()[table].file}, row {first + 2}, column "
            f"{column!r}: must be found in {label} ({len(unknown)} not found: {shown})"
        )
    return KeyCheck(
        table, column, label, len(values & found), tuple(sorted(excepted)), unknown, problem
    )
