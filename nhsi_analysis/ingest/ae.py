"""NHS England's monthly A&E files: the .csv with periods, and the table by provider."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import pandas as pd

from nhsi_analysis.errors import DataError
from nhsi_analysis.ingest.kinds import Found, Job, Kind
from nhsi_analysis.ingest.reading import (
    FORMULA_NAME,
    date_in_name,
    heading,
    is_formula,
    is_region,
    is_total,
    known_codes,
    tidy,
    to_date,
    to_number,
    whole_code,
)
from nhsi_analysis.ingest.sources import HEADER_WITHIN, Headed, Row, Source
from nhsi_analysis.ingest.text import place_of, records, said_above, under
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
# Since 2020, beside those without an appointment; the published totals hold both.
BOOKED: Final = {
    "attendances": ("A&E attendances Booked Appointments {}",),
    "breaches": ("Attendances over 4hrs Booked Appointments {}",),
    "admissions": (),
}
BY_PROVIDER: Final = ("Code", "Name", "Total attendances")
PROVIDER_DEPARTMENTS: Final = {"type1": "1", "type2": "2", "type3": "other"}
PUBLISHER: Final = "NHS England"


@dataclass
class _Months:
    """What was read so far: rows of the table, and which organisations of which months."""

    job: Job
    known: set[str] = field(default_factory=known_codes)
    rows: list[tuple[object, ...]] = field(default_factory=list)
    seen: set[tuple[pd.Timestamp, str]] = field(default_factory=set)

    def organisation(self, number: int, code: object, names: Sequence[object]) -> str | None:
        """Return the code of a row's organisation; None for totals and regions, never a trust."""
        org = whole_code(code)
        if org not in self.known:
            if any(map(is_total, [org, *names])):
                self.job.excluded.add("rows are totals", f"row {number}")
                return None
            if any(map(is_region, [org, *names])):
                self.job.excluded.add("rows are of regions", f"{org} (row {number})")
                return None
        return org

    def starts(self, month: pd.Timestamp, org: str, number: int, name: object) -> bool:
        """Say whether a row can be read, counting it among those left out where not."""
        key = (month, org)
        for bad, reason in (
            (not re.match(ORGANISATION_CODE, org), "rows have no organisation code"),
            (is_formula(name), FORMULA_NAME),
            (key in self.seen, "rows repeat an organisation"),
        ):
            if bad:
                self.job.excluded.add(reason, f"{org or 'no code'} (row {number})")
                return False
        self.seen.add(key)
        return True

    def add(
        self,
        month: pd.Timestamp,
        org: str,
        number: int,
        kind: str,
        counts: Sequence[float | None],
    ) -> bool:
        """Add attendances, breaches and admissions of a department, NaN for none in the file."""
        place, excluded = f"{org} (row {number}) type {kind}", self.job.excluded
        if any(c is None or c < 0 or c % 1 > 0 for c in counts):
            excluded.add("departments have a count that is no number", place)
            return False
        attended, over, admitted = (c for c in counts if c is not None)
        if over > attended:
            excluded.add("departments have more breaches than attendances", place)
        elif attended:
            self.rows.append((month, org, kind, int(attended), int(over), admitted))
        elif admitted > 0:
            excluded.add(
                "departments have emergency admissions but no attendances",
                f"{place}: {admitted:,.0f}",
            )
        return attended >= over and attended > 0

    def found(self, read: int, *said: str) -> Found:
        """Return the rows; a DataError says why there are none."""
        self.job.progress("reading organisations", read, read)
        fields = ["month", "org_code", "department_type", "attendances", "breaches", "admissions"]
        frame = pd.DataFrame(self.rows, columns=fields)
        if frame.empty:
            raise DataError(
                self.job.source.name,
                "no row could be read: " + "; ".join(self.job.excluded.lines()[:2]),
                column="Period",
            )
        months = sorted(frame["month"].unique())
        return Found(
            frame,
            pd.Timestamp(months[-1]),
            (
                "A&E activity of " + ", ".join(f"{m:%B %Y}" for m in months),
                f"{read:,} rows, {frame['org_code'].nunique():,} organisations",
                *said,
            ),
        )


def _header(source: Source) -> tuple[int, str] | None:
    """Return the header and how many lines stand above it."""
    for above, line in enumerate(source.text.splitlines()[:HEADER_WITHIN]):
        header = heading(line.replace('"', ""))
        if all(name in header for name in ("period", "orgcode", "a&eattendances")):
            return above, line
    return None


def month_of(period: object) -> pd.Timestamp | None:
    """Return the month of a period such as 'MSitAE-APRIL-2018', or None."""
    found = to_date(period) or date_in_name(re.sub(r"(?i)^msitae", "", tidy(period)))
    return None if found is None else found.replace(day=1)


def _columns(
    find: Callable[..., int | None], measures: dict[str, tuple[str, ...]]
) -> dict[tuple[str, str], int]:
    """Return where each measure stands for each department."""
    places = {
        (measure, kind): find(*(h.format(d) for h in headings for d in departments))
        for measure, headings in measures.items()
        for kind, departments in DEPARTMENTS.items()
    }
    return {key: place for key, place in places.items() if place is not None}


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


def _as_given(job: Job, month: pd.Timestamp | None, said: object, number: int) -> None:
    """Refuse a date given where the file says another month."""
    if job.date is not None and month not in (None, job.date.replace(day=1)):
        raise DataError(
            job.source.name,
            f"is of another month than {job.date.date()}, the date given",
            row=number,
            column="Period",
            value=tidy(said),
            remedy="Leave out --date, or give a day of that month",
        )


def _read(job: Job) -> Found:
    """Read months of A&E activity, an organisation a row.

    Rows of trusts are never totals; walk-in centres and others are part of the table too. Booked
    appointments, which later files list beside the others, are added to each department.
    """
    _check_header(job.source)
    found = records(job.source)
    period, code = found.column("Period"), found.column("Org Code", "Code")
    name = found.optional("Org name")
    columns, booked = _columns(found.column, MEASURES), _columns(found.optional, BOOKED)
    months, added = _Months(job), [0.0, 0.0]
    for number, cells in found.rows:
        named = cells[name] if name is not None else ""
        org = months.organisation(number, cells[code], [cells[period], named])
        if org is None:
            continue
        month, place = month_of(cells[period]), f"{org} (row {number})"
        _as_given(job, month, cells[period], number)
        month = job.date.replace(day=1) if month is None and job.date is not None else month
        if month is None:
            job.excluded.add(f"rows have the unknown period {tidy(cells[period])!r}", place)
            continue
        if not months.starts(month, org, number, named):
            continue
        for kind in DEPARTMENTS:
            walked = [to_number(cells[columns[m, kind]]) for m in MEASURES]
            places = [booked.get((m, kind)) for m in MEASURES]
            more = [
                to_number(cells[at]) if at is not None and tidy(cells[at]) else 0.0 for at in places
            ]
            counts = [
                None if a is None or b is None else a + b for a, b in zip(walked, more, strict=True)
            ]
            if months.add(month, org, number, kind, counts):
                added = [a + (b or 0) for a, b in zip(added, more, strict=False)]
    said = (
        f"booked appointments added: {added[0]:,.0f} attendances, {added[1]:,.0f} over four hours"
    )
    return months.found(len(found.rows), *([said] if booked else []))


def _provider_columns(found: Headed) -> dict[tuple[str, str], int]:
    """Return where the table by provider has what.

    Departments are named alike for attendances, those within and those over four hours; the total
    that follows them tells which they are.
    """
    places: dict[tuple[str, str], int] = {}
    waiting: dict[str, int] = {}
    names = sorted((at, heading(name)) for name, ats in found.columns.items() for at in ats)
    for at, name in names:
        kind = PROVIDER_DEPARTMENTS.get(name[:5])
        if kind:
            waiting[kind] = at
        elif name.startswith("totalattendances"):
            over = any(sign in name for sign in (">", "greater", "over"))
            within = any(sign in name for sign in ("<", "less", "within"))
            measure = "breaches" if over else "within" if within else "attendances"
            places |= {(measure, kind): column for kind, column in waiting.items()}
            waiting = {}
        elif name.startswith("emergencyadmissionsvia"):
            kind = PROVIDER_DEPARTMENTS.get(name.removeprefix("emergencyadmissionsvia")[:5])
            places |= {("admissions", kind): at} if kind else {}
    for measure, total in (("attendances", "Total attendances"), ("breaches", "… > 4 hours")):
        lost = next((k for k in DEPARTMENTS if (measure, k) not in places), None)
        if lost is not None:
            raise DataError(
                found.file,
                f"has no department of type {lost} before the column {total!r}",
                row=found.header_row,
                column=total,
                remedy="Check that this is the publisher's file, with its headings unchanged",
            )
    return places


def _provider_month(job: Job, above: list[Row]) -> pd.Timestamp:
    """Return the month that the rows above the table say, or else its name or the date given."""
    said = said_above(above, "Period")
    written = tidy(said or "")
    if re.search("(?i)quarter|year", written or job.source.name):
        raise DataError(
            job.source.name,
            "is of more than a month",
            value=written or None,
            remedy="Give the files of its months",
        )
    month = month_of(said) if said is not None else None
    _as_given(job, month, said, 1)
    return (month if month is not None else job.day()).replace(day=1)


def _read_providers(job: Job) -> Found:
    """Read the month of the table 'A&E by provider', whose departments hold booked appointments."""
    found, above = under(job.source, BY_PROVIDER)
    code, name = found.column("Code"), found.column("Name")
    columns, month = _provider_columns(found), _provider_month(job, above)
    months, read = _Months(job), 0
    for number, cells in job.rows(found, "reading organisations"):
        if not any(map(tidy, cells)):
            continue
        read += 1
        org = months.organisation(number, cells[code], [cells[name]])
        if org is None or not months.starts(month, org, number, cells[name]):
            continue
        for kind in DEPARTMENTS:
            at = [columns.get((m, kind)) for m in MEASURES]
            counts = [float("nan") if a is None else to_number(cells[a]) for a in at]
            months.add(month, org, number, kind, counts)
    lost = "the file has no emergency admissions by department"
    return months.found(read, *([] if ("admissions", "1") in columns else [lost]))


KIND: Final = Kind(
    name="ae-monthly",
    table="ae_monthly",
    publisher=PUBLISHER,
    looks_for="a .csv file with the columns 'Period', 'Org Code' and 'A&E attendances Type 1'",
    workbook=False,
    fits=lambda source: _header(source) is not None,
    reader=_read,
    replaces=("month",),
    headings=(
        "Period",
        "Org Code",
        *(h.format(d[0]) for m in MEASURES.values() for h in m for d in DEPARTMENTS.values()),
    ),
)
PROVIDERS: Final = Kind(
    name="ae-by-provider",
    table="ae_monthly",
    publisher=PUBLISHER,
    looks_for="a table with the columns 'Code', 'Name' and 'Total attendances', and departments "
    "of type 1, 2 and 3 before each total",
    workbook=None,
    fits=lambda source: place_of(source, BY_PROVIDER) is not None,
    reader=_read_providers,
    replaces=("month",),
    headings=(*BY_PROVIDER, "Total Attendances > 4 hours", "Type 1 Departments - Major A&E"),
)
