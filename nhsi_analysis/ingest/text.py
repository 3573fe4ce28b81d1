"""Read separated text with or without a header, row by row with the line each ends at."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Final

from nhsi_analysis.errors import DataError
from nhsi_analysis.ingest.reading import heading, tidy
from nhsi_analysis.ingest.sources import (
    HEADER_WITHIN,
    Headed,
    Row,
    Sheet,
    Source,
    header_among,
    positions,
)

CUT_OFF: Final = "The file may be cut off; download it again"


@dataclass(frozen=True)
class Records(Headed):
    """Separated text with a header.

    Parameters
    ----------
    file, header_row, columns
        As in :class:`nhsi_analysis.ingest.sources.Headed`.
    header : list of str
        The header as it stands.
    rows : list of (int, list of str)
        Rows below the header with the line of the file each ends at.
    """

    header: list[str]
    rows: list[tuple[int, list[str]]]


def lines(source: Source, delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """Go through the rows of separated text, blank ones left out.

    Yields the line of the file the row ends at, and its cells; a DataError says where it is no
    separated text.
    """
    return ((number, cells) for number, cells in _every(source, delimiter) if any(map(tidy, cells)))


def _every(source: Source, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    # Strict, or a quote that is never closed would swallow the rows below it.
    reader = csv.reader(io.StringIO(source.text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise DataError(
            source.name,
            f"can't be read as separated text: {error}",
            row=reader.line_num,
            remedy="Close every quote, and double those inside a quoted cell",
        ) from None


def records(
    source: Source,
    delimiter: str = ",",
    *,
    header_at: int = 0,
    remedy: str = CUT_OFF,
) -> Records:
    """Read separated text with a header.

    Parameters
    ----------
    source : Source
        The file.
    delimiter : str
        What parts its cells.
    header_at : int
        Rows above the header, blank ones not counted.
    remedy : str
        What the error about a row of another width tells the reader to do.

    Raises
    ------
    DataError
        When there are no rows below the header, or one has another number of cells.
    """
    rows = list(lines(source, delimiter))[header_at:]
    if len(rows) < 2:
        number = rows[0][0] if rows else 1
        rule = "has a header but no rows" if rows else "has no header"
        raise DataError(source.name, rule, row=number)
    header_row, header = rows[0]
    for number, cells in rows[1:]:
        _check_width(source, number, cells, len(header), remedy)
    return Records(source.name, header_row, positions(header), header, rows[1:])


def headed(source: Source, headings: Sequence[str]) -> Sheet:
    """Return the table of separated text as :meth:`Source.sheet` returns that of a sheet.

    Its header is the row with most of some headings. Rows are handed on one by one, blank ones
    too, for a file may be larger than memory takes as cells. A DataError says when no row has any
    of the headings, and at a row of another width.
    """
    top = [cells for _, cells in islice(_every(source, ","), HEADER_WITHIN)]
    at = header_among(top, headings, source.name)
    header = top[at]

    def below() -> Iterator[Row]:
        for number, cells in islice(_every(source, ","), at + 1, None):
            if any(map(tidy, cells)):
                _check_width(source, number, cells, len(header), CUT_OFF)
                yield cells
            else:
                yield [""] * len(header)

    height = source.text.rstrip().count("\n") - at
    return Sheet(source.name, at + 1, positions(header), below(), height)


def _check_width(source: Source, number: int, cells: Row, width: int, remedy: str) -> None:
    if len(cells) != width:
        raise DataError(
            source.name,
            f"must have {width} cells, as the header has; it has {len(cells)}",
            row=number,
            remedy=remedy,
        )


def tops(source: Source) -> Iterator[tuple[str, list[Row]]]:
    """Yield each sheet's name and first rows; of text, an empty name and its first rows."""
    if source.is_workbook:
        yield from ((name, source.top(name)) for name in source.sheet_names)
    else:
        yield "", [cells for _, cells in islice(_every(source, ","), HEADER_WITHIN)]


def place_of(source: Source, headings: Sequence[str]) -> str | None:
    """Return the first sheet with a row that has all of some headings; "" in text, or None.

    Of several, that of providers: the sheet before it may hold systems or the nation.
    """
    wanted = set(map(heading, headings))
    found = None
    for name, rows in tops(source):
        if any(wanted <= set(map(heading, row)) for row in rows):
            if "provider" in name.casefold() or not name:
                return name
            found = name if found is None else found
    return found


def under(source: Source, headings: Sequence[str]) -> tuple[Sheet, list[Row]]:
    """Return the table under a row with some headings, and the rows above it.

    It is on the sheet, or in text, where :func:`place_of` finds it, or else on the first sheet.
    """
    place = place_of(source, headings) or next(iter(source.sheet_names), "")
    sheet = source.sheet(place, headings) if source.is_workbook else headed(source, headings)
    return sheet, dict(tops(source))[place][: sheet.header_row - 1]


def said_above(rows: Sequence[Row], name: str) -> object:
    """Return the cell that follows a name such as "Period:" in the rows above a table, or None."""
    for row in rows:
        cells = [cell for cell in row if tidy(cell)]
        for cell, after in pairwise(cells):
            if heading(cell).rstrip(":") == heading(name):
                return after
    return None
