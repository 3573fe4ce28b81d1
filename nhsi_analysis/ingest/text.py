"""Read separated text with or without a header, row by row with the line each ends at."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from nhsi_analysis.errors import DataError
from nhsi_analysis.ingest.sources import Source, label


@dataclass(frozen=True)
class Records:
    """Separated text with a header.

    Parameters
    ----------
    file : str
        Name of the file, as an error names it.
    columns : dict
        Position of each heading, by its label.
    rows : list of (int, list of str)
        Rows below the header with the line of the file each ends at.
    """

    file: str
    columns: dict[str, int]
    rows: list[tuple[int, list[str]]]

    def column(self, *names: str) -> int:
        """Return the position of the first of some headings there is.

        Raises
        ------
        DataError
            When there is none of them.
        """
        for name in names:
            if label(name) in self.columns:
                return self.columns[label(name)]
        raise DataError(
            self.file,
            f"column is missing; found: {', '.join(map(repr, list(self.columns)[:30]))}",
            row=1,
            column=" or ".join(names),
            remedy="Check that this is the publisher's file, with its headings unchanged",
        )


def lines(source: Source, delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """Go through the rows of separated text, blank ones left out.

    Parameters
    ----------
    source : Source
        The file.
    delimiter : str
        What parts its cells.

    Yields
    ------
    tuple of int and list of str
        The line of the file the row ends at, and its cells.

    Raises
    ------
    DataError
        When the text is not separated text.
    """
    reader = csv.reader(io.StringIO(source.text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            if any(cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise DataError(
            source.name, f"can't be read as separated text: {error}", row=reader.line_num
        ) from None


def records(source: Source, delimiter: str = ",") -> Records:
    """Read separated text with a header in its first row.

    Parameters
    ----------
    source : Source
        The file.
    delimiter : str
        What parts its cells.

    Returns
    -------
    Records

    Raises
    ------
    DataError
        When there are no rows below the header, or one has another number of cells.
    """
    rows = list(lines(source, delimiter))
    _, header = rows[0]
    if len(rows) == 1:
        raise DataError(source.name, "has a header but no rows", row=1)
    for number, cells in rows[1:]:
        if len(cells) != len(header):
            raise DataError(
                source.name,
                f"must have {len(header)} cells, as the header has; it has {len(cells)}",
                row=number,
                remedy="The file may be cut off; download it again",
            )
    columns: dict[str, int] = {}
    for position, cell in enumerate(header):
        columns.setdefault(label(cell), position)
    return Records(source.name, columns, rows[1:])
