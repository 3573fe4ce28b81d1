"""Read separated text with or without a header, row by row with the line each ends at."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from nhsi_analysis.errors import DataError
from nhsi_analysis.ingest.reading import tidy
from nhsi_analysis.ingest.sources import Headed, Source, positions


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
    # Strict, or a quote that is never closed would swallow the rows below it.
    reader = csv.reader(io.StringIO(source.text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if any(map(tidy, cells)):
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
    remedy: str = "The file may be cut off; download it again",
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
        if len(cells) != len(header):
            raise DataError(
                source.name,
                f"must have {len(header)} cells, as the header has; it has {len(cells)}",
                row=number,
                remedy=remedy,
            )
    return Records(source.name, header_row, positions(header), header, rows[1:])
