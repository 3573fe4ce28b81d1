"""Columns of the project's tables as text, read with the standard library.

A matrix over a table and the rule ``value of: table.column`` need codes exactly as published
(5E1, 007) and need them at once: loading pandas would cost more than planning a whole pack.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import lru_cache

from notebook_reports import project
from notebook_reports.errors import PackError, did_you_mean, shown
from notebook_reports.evidence import words


def rows(table: str, columns: Sequence[str]) -> list[dict[str, str]]:
    """Return a table's rows, reduced to some columns.

    Parameters
    ----------
    table : str
        Name of a CSV table in the project's folder of tables.
    columns : sequence of str
        Columns wanted.

    Returns
    -------
    list of dict
        One dict a row, in the file's order; cells are text as published.

    Raises
    ------
    PackError
        There is no such table or column.
    """
    header, records = _read(table, *_stamp(table))
    for column in columns:
        if column not in header:
            question = did_you_mean(words.near(column, header, most=1), ".")
            raise PackError(
                f"table {table} has no column {shown(column)}{question} "
                f"Columns: {', '.join(header)}"
            )
    places = [(column, header.index(column)) for column in columns]
    return [{column: record[place] for column, place in places} for record in records]


def values(table: str, column: str) -> frozenset[str]:
    """Return the distinct values of a column, as text; those of a table read in since too."""
    return _values(table, column, *_stamp(table)) | project.current().read_in(table, column)


@lru_cache(maxsize=64)
def _values(table: str, column: str, _path: str, _mtime_ns: int) -> frozenset[str]:
    return frozenset(row[column] for row in rows(table, [column]))


def _stamp(table: str) -> tuple[str, int]:
    folder = project.current().tables()
    path = folder / f"{table}.csv"
    try:
        if path.parent != folder:
            raise ValueError("a path is no table's name")
        return str(path), path.stat().st_mtime_ns
    except (OSError, ValueError):
        known = sorted(file.stem for file in folder.glob("*.csv"))
        question = did_you_mean(words.near(table, known, most=1), ".")
        listed = f"Tables: {', '.join(known)}" if known else project.current().remedy()
        raise PackError(f"there is no table {shown(table)}{question} {listed}") from None


@lru_cache(maxsize=8)
def _read(table: str, path: str, _mtime_ns: int) -> tuple[list[str], list[list[str]]]:
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            header, *records = csv.reader(file, strict=True)
    except OSError as error:
        raise PackError(f"can't read {table}.csv: {error.strerror}") from None
    except (ValueError, csv.Error):
        raise PackError(f"{table}.csv is not a CSV file in UTF-8 with a header") from None
    for number, record in enumerate(records, start=2):
        if len(record) != len(header):
            raise PackError(
                f"{table}.csv, row {number}: has {len(record)} cells where the header has "
                f"{len(header)}"
            )
    return header, records
