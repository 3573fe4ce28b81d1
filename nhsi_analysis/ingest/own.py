"""Analysts' own tables: text with a header, however a spreadsheet wrote it.

What is taken for what is noted, so that a page can say it; what can't be told stops with file,
row, column and rule.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from nhsi_analysis.errors import DataError
from nhsi_analysis.ingest.reading import (
    SHOWN,
    is_region,
    is_total,
    known_codes,
    label,
    tidy,
    to_number,
    whole_code,
)
from nhsi_analysis.ingest.sources import HEADER_WITHIN, Source, open_source
from nhsi_analysis.ingest.text import Records, lines, records

DELIMITERS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
MISSING: Final = frozenset({"", "na", "nan", "n/a", "-", "\N{EN DASH}", "*", "[x]", "[z]", "[c]"})
MARKED: Final = "Write a number, or where there is none one of: blank, " + ", ".join(
    sorted(MISSING - {""})
)
PLAIN: Final = "Remove thousands commas, and write decimals after a point"
# pandas' name for a column that had none: its index, written into a file.
NAMELESS: Final = re.compile(r"(?:unnamed: \d+(?:\.\d+)?)?")
CODE: Final = re.compile(r"[A-Z0-9]{3,10}")
# 1.410 may be 1,410, as Germany writes it, but 0.410 is a decimal everywhere.
THREES: Final = r"[+-]?£?[1-9]\d{0,2}\.\d{3}%?"
LARGEST: Final = 1e12
NAMED: Final = 8


@dataclass(frozen=True)
class Numbers:
    """A column of numbers.

    Parameters
    ----------
    values : Series of float
        NaN where one is missing, indexed as the table's cells.
    percent : bool
        Whether they are written with a percent sign.
    marks : dict
        How often each mark of a missing value appears, such as ``{"[x]": 2}``; blanks as "blank".
    """

    values: pd.Series
    percent: bool
    marks: dict[str, int]


@dataclass(frozen=True)
class OwnTable:
    """An analyst's table as text.

    Parameters
    ----------
    file : str
        Name of the file, as an error names it.
    cells : DataFrame of str
        Indexed by the row of the file, as its reader counts them; ``org_code`` in capitals.
    delimiter : str
        What parted its cells.
    notes : tuple of str
        What was taken for what, and what was left out, in sentences.
    """

    file: str
    cells: pd.DataFrame
    delimiter: str
    notes: tuple[str, ...]

    def refuse(
        self, rule: str, bad: pd.Series, column: str, *, value: object = None, remedy: str = ""
    ) -> None:
        """Stop at the first row that breaks a rule, if one does.

        Parameters
        ----------
        rule : str
            The rule, in words.
        bad : Series of bool
            Which rows break it.
        column : str
            The column an error names.
        value : object, optional
            What to show; without, the cell as it stands.
        remedy : str
            What to do.
        """
        if bad.any():
            row = bad.index[int(np.argmax(bad.to_numpy()))]
            found = self.cells.loc[row, column] if value is None else value
            raise DataError(
                self.file, rule, row=int(row), column=column, value=found or None, remedy=remedy
            )

    def numbers(
        self, column: str, rule: str = "must be a number", *, thousands: bool = False
    ) -> Numbers:
        """Return a column as numbers, marks of missing values as NaN.

        Parameters
        ----------
        column : str
            Name of the column.
        rule : str
            What an error about a cell that is no number says.
        thousands : bool
            Whether commas may part thousands, as in counts and amounts of money.

        Raises
        ------
        DataError
            When a cell is neither a number nor a mark of a missing value, some are written with a
            percent sign and others without, or commas or points may part thousands or decimals.
        """
        text = self.cells[column]
        gap = text.str.casefold().isin(MISSING)
        values = text.map(to_number, na_action="ignore").astype(float)
        commas = text.str.contains(",", regex=False) & ~gap
        if thousands and self.delimiter != ";":
            commas &= values.isna()
        self.refuse(
            "must be a number without commas, which part thousands in one country and decimals in "
            "another",
            commas,
            column,
            remedy=PLAIN,
        )
        self.refuse(rule, values.isna() & ~gap, column, remedy=MARKED)
        self.refuse(f"{rule} of at most {LARGEST:g}", values.abs() > LARGEST, column)
        if self.delimiter == ";":
            points = text.str.contains(".", regex=False) & ~gap
            self.refuse(
                "must be a number whose point can't be one that parts thousands, as all here can",
                points & bool(text[points].str.fullmatch(THREES).all()),
                column,
                remedy=f"{PLAIN}; if they are decimals, save the table separated by commas",
            )
        signed = text.str.endswith("%") & ~gap
        if signed.any() and not signed[~gap].all():
            few = signed if 2 * signed.sum() <= (~gap).sum() else ~signed & ~gap
            self.refuse(
                "must be written with a percent sign, or without, as the other rows are",
                few,
                column,
                remedy="Remove the percent signs, or write one in every row",
            )
        marks = text[gap].where(text[gap] != "", "blank").value_counts(sort=False)
        return Numbers(values, bool(signed.any()), {str(m): int(k) for m, k in marks.items()})


def read_own(path: Path, columns: Sequence[str], key: Sequence[str] = ("org_code",)) -> OwnTable:
    """Read an analyst's own table of organisations.

    The delimiter and the row of the header are found by the columns' names; Windows-1252 is taken
    where the text isn't UTF-8 or UTF-16. Rows of totals and regions, unless the code is a trust's
    or there is nothing but regions, and a row that numbers the columns are left out; a code that
    isn't a trust's is named.

    Parameters
    ----------
    path : Path
        Text, as a spreadsheet or a program wrote it.
    columns : sequence of str
        Columns known by name, the first of them indispensable and their names taken in any case.
    key : sequence of str
        Columns that must be unique together.

    Returns
    -------
    OwnTable

    Raises
    ------
    DataError
        Naming file, row, column and rule: no such header, a repeated or missing heading, a row
        of another width than the header, no rows, empty or repeated codes.
    """
    source = open_source(path)
    if source.is_workbook:
        raise DataError(
            source.name, "is a workbook, not text", remedy="Save the sheet as CSV and give that"
        )
    delimiter, header_at = _header(source, columns)
    found = records(
        source,
        delimiter,
        header_at=header_at,
        remedy="Put each cell under a heading; a text or number with "
        f"{DELIMITERS[delimiter]} in it needs quotes",
    )
    notes = []
    if delimiter != ",":
        notes.append(f"{found.file} is read as separated by {DELIMITERS[delimiter]}.")
    if source.encoding != "UTF-8":
        notes.append(f"{found.file} isn't UTF-8 and is read as {source.encoding}.")
    if header_at:
        last = found.header_row - 1
        notes.append(
            f"The header is in row {found.header_row}; "
            + {1: "row 1 above it is", 2: "rows 1 and 2 above it are"}.get(
                last, f"rows 1 to {last} above it are"
            )
            + " left out."
        )
    cells, numbering = _without_numbering(_named(found, columns))
    missing = next((c for c in key if c not in cells), None)
    if missing is not None:
        raise DataError(
            found.file,
            f"has no column {missing}",
            row=found.header_row,
            column=missing,
            remedy=f"A table of your own has the columns {', '.join(columns)}",
        )
    known = known_codes()
    strange = cells["org_code"].map(lambda code: whole_code(code) not in known).astype(bool)
    totals, named = _totals(cells, strange)
    if totals.all():
        raise DataError(found.file, "holds no rows but totals")
    cells, strange = cells[~totals], strange[~totals]
    notes += numbering + named
    written = (c for _, row in found.rows for c in row if "," in c)
    grouped = next((tidy(c) for c in written if to_number(c) is not None), "")
    if grouped:
        notes.append(f"Commas in numbers such as {grouped} are read as parting thousands.")
    table = OwnTable(found.file, cells, delimiter, tuple(notes))
    _check_codes(table, key, strange)
    return replace(table, notes=(*notes, *_strangers(table.cells["org_code"], strange)))


def _header(source: Source, columns: Sequence[str]) -> tuple[str, int]:
    """Return the delimiter, and how many rows that aren't blank stand above the header."""
    wanted = set(map(label, columns))
    best, place, problem = 0, (",", 0), None
    for delimiter in DELIMITERS:
        try:
            top = [cells for _, cells in islice(lines(source, delimiter), HEADER_WITHIN)]
        except DataError as error:
            problem = problem or error
            continue
        for at, cells in enumerate(top):
            score = len(wanted & set(map(label, cells)))
            if score > best:
                best, place = score, (delimiter, at)
    if best:
        return place
    if problem is not None:
        raise problem
    first = source.text.strip().splitlines()[0]
    raise DataError(
        source.name,
        f"has no column {columns[0]} among its first {HEADER_WITHIN} rows, parted by "
        + ", ".join(DELIMITERS.values()),
        row=1,
        value=first if len(first) <= 80 else f"{first[:79]}…",
        remedy="Give the table a header row with a column of that name",
    )


def _named(found: Records, columns: Sequence[str]) -> pd.DataFrame:
    """Return the cells under their headings; a column without heading must be empty."""
    known = {label(name): name for name in columns}
    for name, places in found.columns.items():
        if len(places) > 1 and not NAMELESS.fullmatch(name):
            raise DataError(
                found.file,
                f"heading stands over columns {' and '.join(str(p + 1) for p in places)}",
                row=found.header_row,
                column=tidy(found.header[places[0]]),
                remedy="Rename or delete the columns that are not meant",
            )
    kept: list[int] = []
    for position, heading in enumerate(found.header):
        if not NAMELESS.fullmatch(label(heading)):
            kept.append(position)
            continue
        first = next((number for number, cells in found.rows if tidy(cells[position])), None)
        if first is not None:
            raise DataError(
                found.file,
                f"has no heading, though row {first} has a value there",
                row=found.header_row,
                column=str(position + 1),
                remedy="Name the column or delete it",
            )
    names = [known.get(label(h), tidy(h)) for h in (found.header[p] for p in kept)]
    return pd.DataFrame(
        [[tidy(cells[p]) for p in kept] for _, cells in found.rows],
        columns=names,
        index=pd.Index([number for number, _ in found.rows], name="row"),
        dtype=str,
    )


def _without_numbering(cells: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Leave out a row below the header that numbers the columns."""
    first = [cell.strip("()[]") for cell in cells.iloc[0]]
    if first not in ([str(k + start) for k in range(len(first))] for start in (0, 1)):
        return cells, []
    return cells.iloc[1:], [f"Row {cells.index[0]} numbers the columns and is left out."]


def _totals(cells: pd.DataFrame, strange: pd.Series) -> tuple[pd.Series, list[str]]:
    """Return which rows are totals or regions, and name them; a trust's code is never one."""
    names = [c for c in ("org_code", "org_name") if c in cells]
    kinds = [c for c in ("sector", "trust_type") if c in cells]
    out = cells[names + kinds].map(is_total).any(axis=1) & strange
    either = out | cells[names].map(is_region).any(axis=1) & strange
    if not either.all():  # or else it is a table of regions
        out = either
    if not out.any():
        return out, []
    shown = [
        f"{next((t for t in row[1:] if is_total(t) or is_region(t)), row[1])} (row {row[0]})"
        for row in cells.loc[out, names].head(SHOWN).itertuples(name=None)
    ]
    count = int(out.sum())
    more = " and others" if count > SHOWN else ""
    said = "1 row is a total and left out" if count == 1 else f"{count} rows are totals, left out"
    return out, [f"{said}: {', '.join(shown)}{more}."]


def _strangers(codes: pd.Series, strange: pd.Series) -> list[str]:
    lost = codes[strange].unique()
    if len(lost) in (0, codes.nunique()):  # none, or a table of something else than trusts
        return []
    shown = ", ".join(lost[:NAMED]) + (" and others" if len(lost) > NAMED else "")
    return [
        f"{len(lost)} of {codes.nunique()} codes {'is' if len(lost) == 1 else 'are'} not in the "
        f"project's table of trusts: {shown}."
    ]


def _check_codes(table: OwnTable, key: Sequence[str], strange: pd.Series) -> None:
    written = table.cells["org_code"].copy()
    codes = written.map(whole_code)
    table.refuse("code must not be empty", codes == "", "org_code")
    unreadable = codes.str.contains("\ufffd", regex=False)
    remedy = "Save the file as UTF-8"
    table.refuse("code must be readable text", unreadable, "org_code", remedy=remedy)
    # Where most codes are trusts', one of another form is a slip or a footnote.
    trusts = 2 * strange.sum() < len(codes)
    # NA may be a code; a mark such as N/A or - is none.
    no_code = codes.str.casefold().isin(MISSING) & ~codes.str.isalnum()
    no_code |= codes.str.contains("=", regex=False)
    table.refuse(
        "must be the code of an organisation" + (", as in the other rows" if trusts else ""),
        (no_code | (trusts & ~codes.str.fullmatch(CODE))) & strange,
        "org_code",
        remedy="Correct the code, or delete the row if it is a note or a total",
    )
    table.cells["org_code"] = codes
    again = table.cells.duplicated(list(key))
    if again.any():
        row = table.cells.index[int(np.argmax(again.to_numpy()))]
        same = (table.cells[list(key)] == table.cells.loc[row, list(key)]).all(axis=1)
        first = table.cells.index[int(np.argmax(same.to_numpy()))]
        other = f", as {written[first]!r}" if written[first] != written[row] else ""
        once = "once" if len(key) == 1 else f"once for each {', '.join(c for c in key[:-1])}"
        raise DataError(
            table.file,
            f"each code must appear {once}; row {first} has it too{other}",
            row=int(row),
            column="org_code",
            value=written[row],
            remedy="Delete one of the rows, or tell the units apart by their codes",
        )
