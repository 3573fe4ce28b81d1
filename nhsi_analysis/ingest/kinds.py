"""What the readers of publishers' files share: how each begins, goes through rows, and ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import pandas as pd

from nhsi_analysis.errors import DataError
from nhsi_analysis.ingest.reading import Exclusions, Progress, Reading, date_in_name, silent
from nhsi_analysis.ingest.sources import Row, Sheet, Source

EVERY: Final = 20_000


@dataclass(frozen=True)
class Job:
    """A file to be read: what a reader begins with.

    Parameters
    ----------
    source : Source
        The file, opened.
    date : Timestamp, optional
        The date given for it.
    progress : callable
        Told the step, how much is done and how much there is.
    excluded : Exclusions
        What the reader leaves out.
    """

    source: Source
    date: pd.Timestamp | None = None
    progress: Progress = silent
    excluded: Exclusions = field(default_factory=Exclusions)

    def dated(self) -> pd.Timestamp | None:
        """Return the date given, or else the one in the file's name."""
        return self.date if self.date is not None else date_in_name(self.source.name)

    def day(self) -> pd.Timestamp:
        """Return the date of the file, or stop where neither it nor its name says."""
        found = self.dated()
        if found is None:
            raise DataError(
                self.source.name,
                "has no date in its name",
                remedy="Give the date of the file with --date",
            )
        return found

    def rows(self, sheet: Sheet, step: str) -> Iterator[tuple[int, Row]]:
        """Go through a sheet, each row with the number a reader of the file sees."""
        for number, row in enumerate(sheet.rows, start=sheet.header_row + 1):
            if number % EVERY == 0:
                self.progress(step, number, sheet.height)
            yield number, row
        self.progress(step, sheet.height, sheet.height)


@dataclass(frozen=True)
class Found:
    """What a reader ends with: the rows, their date, and what was found where, a line each."""

    frame: pd.DataFrame
    date: pd.Timestamp
    recognised: tuple[str, ...]


@dataclass(frozen=True)
class Kind:
    """A kind of publisher's file.

    Parameters
    ----------
    name : str
        Its name, as ``--as`` takes it.
    table, publisher : str
        The table it feeds, and who publishes it.
    looks_for : str
        What it is recognised by, in words.
    workbook : bool or None
        Whether it is a workbook; text otherwise, and None where it may be either.
    fits : callable
        Whether a workbook, or text, is of this kind.
    reader : callable
        Reads one.
    replaces : tuple of str
        As in :class:`nhsi_analysis.ingest.reading.Reading`.
    headings : tuple of str
        Some that it has, by which a file that isn't recognised is said to be near it.
    """

    name: str
    table: str
    publisher: str
    looks_for: str
    workbook: bool | None
    fits: Callable[[Source], bool]
    reader: Callable[[Job], Found]
    replaces: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()

    def recognises(self, source: Source) -> bool:
        """Say whether a file is of this kind."""
        return self.workbook in (None, source.is_workbook) and self.fits(source)

    def read(
        self, source: Source, date: pd.Timestamp | None = None, progress: Progress = silent
    ) -> Reading:
        """Read a file of this kind; a DataError says what is missing or can't be read."""
        if self.workbook not in (None, source.is_workbook):
            forms = {True: "a workbook", False: "text"}
            raise DataError(
                source.name,
                f"is {forms[source.is_workbook]}; a file of kind {self.name} is "
                f"{forms[not source.is_workbook]}",
                remedy="Give the file as the publisher has it, or leave out --as",
            )
        job = Job(source, date, progress)
        found = self.reader(job)
        return Reading(
            kind=self.name,
            table=self.table,
            frame=found.frame.reset_index(drop=True),
            files=(source.name,),
            sha256=(source.sha256,),
            publisher=self.publisher,
            date=found.date.date().isoformat(),
            recognised=(f"{source.name}: {found.recognised[0]}", *found.recognised[1:]),
            excluded=job.excluded,
            replaces=self.replaces,
        )
