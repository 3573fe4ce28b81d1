"""Which rows of a table differ between two states of it, and the words to say so."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from typing import Final

from notebook_reports.evidence.words import count, day
from notebook_reports.packs.text import one_line

MOST: Final = 50
"""Rows of a table that are listed."""

_LONGEST = 120
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")

Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """A table as text: an empty cell is "", a number is written in one way only.

    Parameters
    ----------
    columns : tuple of str
        Names of the columns.
    cells : tuple of tuple of str
        The rows.
    """

    columns: Cells
    cells: tuple[Cells, ...]


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row that differs.

    Parameters
    ----------
    name : str
        What tells the row from others, in words: "RJ1, Overall, snapshot 1 March 2019".
    old, new : tuple of str or None
        Its cells; None where that state doesn't have the row.
    differs : tuple of (str, str, str)
        Column in words, old and new value of the cells that differ, of those that can be named.
    """

    name: str
    old: Cells | None
    new: Cells | None
    differs: tuple[tuple[str, str, str], ...]

    def side(self, which: str) -> str:
        """Write what the row has in the "old" or the "new" state."""
        if (self.old if which == "old" else self.new) is None:
            return "not there"
        place = 1 if which == "old" else 2
        return "; ".join(f"{cell[0]} {cell[place]}" for cell in self.differs) or "there"

    def __str__(self) -> str:
        if self.old is None or self.new is None:
            which = "new" if self.old is None else "old"
            side = self.side(which)
            said = "" if side == "there" else f" ({side})"
            return f"{self.name}: {'added' if which == 'new' else 'removed'}{said}"
        return f"{self.name}: " + "; ".join(f"{c} {old} -> {new}" for c, old, new in self.differs)


@dataclass(frozen=True, slots=True)
class Difference:
    """How two states of a table differ.

    Parameters
    ----------
    columns : tuple of str
        Columns that both have, in the order of the new one.
    gone, fresh : tuple of str
        Columns that only the old, or only the new one has.
    rows : tuple of RowChange
        Rows that differ: changed, then removed, then added.
    news : str
        What all rows that were added have in their key and no row had before: "snapshot 1 March
        2019"; empty where there is no such thing.
    """

    columns: Cells
    gone: Cells
    fresh: Cells
    rows: tuple[RowChange, ...]
    news: str = ""

    @property
    def said(self) -> str:
        """How much differs, in words: "1 row changed, 2 rows added"."""
        kinds = Counter(_kind(row) for row in self.rows)
        parts = [
            f"{count(kinds[k], 'row')} {k}" for k in ("changed", "removed", "added") if kinds[k]
        ]
        if self.news:
            parts[-1] += f", all of {self.news}"
        for columns, what in ((self.gone, "removed"), (self.fresh, "added")):
            if columns:
                names = ", ".join(map(_words, columns))
                parts.append(f"column{'s' if len(columns) > 1 else ''} {what}: {names}")
        return ", ".join(parts) or "no row differs, only how the file writes them"

    @property
    def listed(self) -> tuple[RowChange, ...]:
        """The first rows, no more than a reader looks through."""
        return self.rows[:MOST]

    @property
    def more(self) -> str:
        """How many rows are not listed; empty where all are."""
        left = len(self.rows) - MOST
        return f"and {left:,} more" if left > 0 else ""

    def csv(self) -> str:
        """Return every row that differs, whole, as CSV: a changed one as it was and as it is."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["change", *self.columns])
        for row in self.rows:
            changed = row.old is not None and row.new is not None
            if row.old is not None:
                writer.writerow(["changed from" if changed else "removed", *row.old])
            if row.new is not None:
                writer.writerow(["changed to" if changed else "added", *row.new])
        # The mark lets spreadsheet programs see that it is UTF-8.
        return "\ufeff" + text.getvalue()


def read_rows(path: str, content: bytes) -> Rows:
    """Read a CSV or Parquet file as text.

    Parameters
    ----------
    path : str
        Its name, whose ending says which it is.
    content : bytes
        What it holds.

    Raises
    ------
    ValueError
        It is no such table.
    """
    if PurePosixPath(path).suffix == ".parquet":
        columns, lines = _read_parquet(content)
    else:
        try:
            text = io.StringIO(content.decode("utf-8-sig"), newline="")
            columns, *lines = filter(None, csv.reader(text, strict=True))
        except csv.Error as error:
            raise ValueError(str(error)) from None
    if any(len(line) != len(columns) for line in lines) or len(set(columns)) < len(columns):
        raise ValueError("its rows don't fit its columns")
    return Rows(tuple(columns), tuple(tuple(map(_one_way, line)) for line in lines))


def differences(old: Rows, new: Rows, key: Sequence[str] = ()) -> Difference:
    """Find the rows that differ between two states of a table.

    Parameters
    ----------
    old, new : Rows
        The table then and now.
    key : sequence of str
        Columns that name a row; without them, or where they name one twice, whole rows are
        compared, and none is called changed.
    """
    columns = tuple(c for c in new.columns if c in old.columns)
    before, after = (_only(columns, table) for table in (old, new))
    places = [columns.index(name) for name in key if name in columns]
    keyed = [{_at(row, places): row for row in rows} for rows in (before, after)]
    whole = not key or len(places) < len(key)
    if whole or [len(k) for k in keyed] != [len(before), len(after)]:
        found = list(_of_whole_rows(columns, before, after))
    else:
        found = list(_of_keyed_rows(columns, places, *keyed))
    order = ("changed", "removed", "added")
    return Difference(
        columns=columns,
        gone=tuple(c for c in old.columns if c not in columns),
        fresh=tuple(c for c in new.columns if c not in columns),
        rows=tuple(sorted(found, key=lambda row: order.index(_kind(row)))),
        news=_news(columns, places, found, before),
    )


def _of_keyed_rows(
    columns: Cells, places: list[int], old: dict[Cells, Cells], new: dict[Cells, Cells]
) -> Iterator[RowChange]:
    # A row is named by no more of its key than it takes: registers end theirs in an address.
    seen = [
        Counter(key[:n] for keys in (old, new) for key in set(keys))
        for n in range(1, len(places) + 1)
    ]
    rest = [i for i in range(len(columns)) if i not in places]
    for key in dict.fromkeys([*new, *old]):
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        both = (key in old) + (key in new)
        shortest = next(n for n in range(1, len(places) + 1) if seen[n - 1][key[:n]] <= both)
        name = _name([(columns[p], cell) for p, cell in zip(places, key[:shortest], strict=False)])
        cells = [(i, (before or after or ())[i], (after or before or ())[i]) for i in rest]
        differs = tuple(
            (_words(columns[i]), _say(a) or "empty", _say(b) or "empty")
            for i, a, b in cells
            if a != b or ((before is None or after is None) and a)
        )
        yield RowChange(name, before, after, differs)


def _of_whole_rows(
    columns: Cells, old: tuple[Cells, ...], new: tuple[Cells, ...]
) -> Iterator[RowChange]:
    before, after = Counter(old), Counter(new)
    for row in dict.fromkeys([*new, *old]):
        name = _name(list(zip(columns, row, strict=True)))
        for _ in range(after[row] - before[row]):
            yield RowChange(name, None, row, ())
        for _ in range(before[row] - after[row]):
            yield RowChange(name, row, None, ())


def _news(columns: Cells, places: list[int], found: list[RowChange], old: tuple[Cells, ...]) -> str:
    added = [row.new for row in found if row.old is None and row.new is not None]
    for place in places if len(added) > 1 else ():
        (value, *others) = {row[place] for row in added}
        if not others and all(row[place] != value for row in old):
            return f"{_words(columns[place])} {_say(value)}"
    return ""


def _kind(row: RowChange) -> str:
    return "added" if row.old is None else "removed" if row.new is None else "changed"


def _name(cells: list[tuple[str, str]]) -> str:
    """Name a row by its cells; a date or a number says what it is."""
    bare = [cell for _, cell in cells if cell and not _is_measure(cell)]
    said = [f"{_words(column)} {_say(cell)}" for column, cell in cells if _is_measure(cell)]
    return ", ".join([*dict.fromkeys(map(_say, bare)), *said]) or "an empty row"


def _is_measure(cell: str) -> bool:
    return bool(_DATE.fullmatch(cell) or _NUMBER.fullmatch(cell))


def _say(cell: str) -> str:
    if _DATE.fullmatch(cell):
        try:
            return day(date.fromisoformat(cell))
        except ValueError:
            return cell
    return one_line(cell, _LONGEST)


def _words(column: str) -> str:
    return one_line(column.replace("_", " "), _LONGEST)


def _only(columns: Cells, table: Rows) -> tuple[Cells, ...]:
    places = [table.columns.index(name) for name in columns]
    return tuple(_at(row, places) for row in table.cells)


def _at(row: Cells, places: list[int]) -> Cells:
    return tuple(row[place] for place in places)


def _one_way(cell: str) -> str:
    """Write a number with a fraction as Python does: 3.50 and 3.5 are one, 007 and 7 are not."""
    if "." in cell or "e" in cell.casefold():  # most cells are spared the pattern
        return repr(float(cell)).removesuffix(".0") if _NUMBER.fullmatch(cell) else cell
    return cell


def _read_parquet(content: bytes) -> tuple[list[str], list[list[str]]]:
    import pyarrow as pa  # packs without such tables need none of it
    import pyarrow.parquet as pq

    from notebook_reports.report.building import plain

    try:
        table = pq.ParquetFile(pa.BufferReader(content)).read()
    except pa.ArrowException as error:
        raise ValueError(str(error)) from None
    cells = [
        ["" if (value := plain(cell)) is None else str(value) for cell in column.to_pylist()]
        for column in table.columns
    ]
    return list(table.column_names), [list(row) for row in zip(*cells, strict=True)]
