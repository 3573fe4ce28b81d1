"""NHS England's monthly A&E files (.csv): one month, an organisation a row."""

from __future__ import annotations

import re
from typing import Final

import pandas as pd

from nhsi_analysis.errors import DataError
from nhsi_analysis.ingest.kinds import Found, Job, Kind
from nhsi_analysis.ingest.reading import (
    FORMULA_NAME,
    date_in_name,
    is_formula,
    is_region,
    is_total,
    known_codes,
    label,
    tidy,
    to_number,
    whole_code,
)
from nhsi_analysis.ingest.sources import HEADER_WITHIN, Source
from nhsi_analysis.ingest.text import Records, records
from nhsi_analysis.schemas.vocabulary import ORGANISATION_CODE

# Headings changed over the years; the words after the measure tell the department type.
DEPARTMENTS: Final = {
    "1": ("Type 1",),
    "2": ("Type 2",),
    "other": ("Other A&E Department", "Other Department"),
}
MEASURES: Final = {
    "attendances": ("A&E attendances {}", "Number of A&E attendances {}"),
    "breaches": ("Attendances over 4hrs {}", "Number of attendances over 4hrs {}"),
    "admissions": ("Emergency admissions via A&E - {}",),
}


def _header(source: Source) -> tuple[int, str] | None:
    """Return the header and how many lines stand above it."""
    for above, line in enumerate(source.text.splitlines()[:HEADER_WITHIN]):
        header = label(line.replace('"', ""))
        if all(name in header for name in ("period", "org code", "a&e attendances")):
            return above, line
    return None


def month_of(period: str) -> pd.Timestamp | None:
    """Return the month of a period such as 'MSitAE-APRIL-2018', or None."""
    return date_in_name(re.sub(r"(?i)^msitae", "", tidy(period)))


def _columns(found: Records) -> dict[tuple[str, str], int]:
    return {
        (measure, kind): found.column(*(h.format(d) for h in headings for d in departments))
        for measure, headings in MEASURES.items()
        for kind, departments in DEPARTMENTS.items()
    }


def _check_header(source: Source) -> None:
    """Refuse a file with rows above its header, or whose columns aren't parted by commas."""
    above, header = _header(source) or (0, ",")
    if above:
        raise DataError(
            source.name,
            f"has its header in row {above + 1}",
            row=1,
            remedy="Delete the rows above the header",
        )
    if "," not in header:
        raise DataError(
            source.name,
            "must be separated by commas, as the publisher has it",
            row=1,
            remedy="Download it again and give it without opening it in a spreadsheet",
        )


def _as_given(
    date: pd.Timestamp, month: pd.Timestamp | None, source: Source, number: int, said: str
) -> pd.Timestamp:
    """Return the date given; refuse it where the row says another month."""
    if month is not None and month != date.replace(day=1):
        raise DataError(
            source.name,
            f"is of another month than {date.date()}, the date given",
            row=number,
            column="Period",
            value=tidy(said),
            remedy="Leave out --date, or give a day of that month",
        )
    return date


def _read(job: Job) -> Found:
    """Read a month of A&E activity.

    Rows of trusts are never totals; walk-in centres and others are part of the table too. Booked
    appointments, which later files list beside unplanned attendances, are not added.
    """
    source, excluded, known = job.source, job.excluded, known_codes()
    _check_header(source)
    found = records(source)
    period, code = found.column("Period"), found.column("Org Code", "Code")
    name = found.optional("Org name")
    columns = _columns(found)
    rows: list[tuple[pd.Timestamp, str, str, int, int, int]] = []
    seen: set[tuple[pd.Timestamp, str]] = set()
    for number, cells in found.rows:
        org = whole_code(cells[code])
        place = f"{org or 'no code'} (row {number})"
        if org not in known:
            names = [org, *([cells[name]] if name is not None else [])]
            if any(map(is_total, [cells[period], *names])):
                excluded.add("rows are totals", f"row {number}")
                continue
            if any(map(is_region, names)):
                excluded.add("rows are of regions", place)
                continue
        month = month_of(cells[period])
        if job.date is not None:
            month = _as_given(job.date, month, source, number, cells[period])
        if month is None:
            excluded.add(f"rows have the unknown period {tidy(cells[period])!r}", place)
        elif not re.match(ORGANISATION_CODE, org):
            excluded.add("rows have no organisation code", place)
        elif name is not None and is_formula(cells[name]):
            excluded.add(FORMULA_NAME, place)
        elif (month.replace(day=1), org) in seen:
            excluded.add("rows repeat an organisation", place)
        else:
            month = month.replace(day=1)
            seen.add((month, org))
            for kind in DEPARTMENTS:
                counts = [to_number(cells[columns[m, kind]]) for m in MEASURES]
                if None in counts or any(c != int(c) or c < 0 for c in counts if c is not None):
                    excluded.add(
                        "departments have a count that is no number", f"{place} type {kind}"
                    )
                    continue
                attended, over, admitted = (int(c) for c in counts if c is not None)
                if over > attended:
                    excluded.add("departments have more breaches than attendances", place)
                elif attended:
                    rows.append((month, org, kind, attended, over, admitted))
    job.progress("reading organisations", len(found.rows), len(found.rows))
    fields = ["month", "org_code", "department_type", "attendances", "breaches", "admissions"]
    frame = pd.DataFrame(rows, columns=fields)
    if frame.empty:
        raise DataError(
            source.name, "no row could be read: " + "; ".join(excluded.lines()[:2]), column="Period"
        )
    months = sorted(frame["month"].unique())
    return Found(
        frame,
        pd.Timestamp(months[-1]),
        (
            "A&E activity of " + ", ".join(f"{m:%B %Y}" for m in months),
            f"{len(found.rows):,} rows, {frame['org_code'].nunique():,} organisations",
        ),
    )


KIND: Final = Kind(
    name="ae-monthly",
    table="ae_monthly",
    publisher="NHS England",
    looks_for="a .csv file with the columns 'Period', 'Org Code' and 'A&E attendances Type 1'",
    workbook=False,
    fits=lambda source: _header(source) is not None,
    reader=_read,
    replaces=("month",),
)
