"""NHS England's referral-to-treatment files: the full .csv, and the workbook by provider."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import pandas as pd

from nhsi_analysis.errors import DataError
from nhsi_analysis.ingest.kinds import Found, Job, Kind
from nhsi_analysis.ingest.reading import (
    FORMULA_NAME,
    TRUST_CODE,
    date_in_name,
    heading,
    is_formula,
    known_codes,
    tidy,
    to_date,
    to_number,
    whole_code,
)
from nhsi_analysis.ingest.text import headed, place_of, said_above, under

TEXT: Final = ("Period", "Provider Org Code", "RTT Part Type", "Total All")
WORKBOOK: Final = (
    "Provider Code",
    "Treatment Function Code",
    "Total number of incomplete pathways",
    "Total within 18 weeks",
)
INCOMPLETE: Final = "part_2"
ALL_FUNCTIONS: Final = "c_999"
BANDS: Final = tuple(f"Gt {week:02d} To {week + 1:02d} Weeks SUM 1" for week in range(18))


@dataclass
class _Lists:
    """Waiting lists so far, by whether they are of all functions together, month and provider."""

    job: Job
    known: set[str] = field(default_factory=known_codes)
    names: dict[str, str] = field(default_factory=dict)
    listed: Counter[tuple[bool, pd.Timestamp, str]] = field(default_factory=Counter)
    within: Counter[tuple[bool, pd.Timestamp, str]] = field(default_factory=Counter)
    others: set[str] = field(default_factory=set)
    partial: set[tuple[bool, pd.Timestamp, str]] = field(default_factory=set)

    def add(
        self,
        month: pd.Timestamp,
        number: int,
        who: tuple[object, object],
        function: object,
        counts: tuple[float | None, float | None],
    ) -> None:
        """Add a row of incomplete pathways: all of them, and those within 18 weeks."""
        org, name, excluded = whole_code(who[0]), tidy(who[1]), self.job.excluded
        place = f"{org or 'no code'} (row {number})"
        whole, (listed, within) = heading(function) == heading(ALL_FUNCTIONS), counts
        if not (TRUST_CODE.match(org) or org in self.known):
            excluded.add("rows are not of an NHS trust", place)
            self.others.add(org)
        elif is_formula(name):
            excluded.add(FORMULA_NAME, place)
        elif listed is None or within is None or not 0 <= within <= listed:
            excluded.add("rows have counts that can't be", place)
            self.partial.add((whole, month, org))
        else:
            self.names[org] = name or org
            self.listed[whole, month, org] += round(listed)
            self.within[whole, month, org] += round(within)

    def found(self, what: str, read: int) -> Found:
        """Return the rows; a DataError says why there are none."""
        rows = []
        for whole, month, org in sorted(self.listed, key=lambda key: key[1:]):
            if not whole and (True, month, org) in self.listed:
                self.job.excluded.add("lists by function are in the total beside them", org)
            elif (whole, month, org) in self.partial:
                self.job.excluded.add("lists lack rows that can't be read", f"{org} {month:%B %Y}")
            else:
                key = (whole, month, org)
                rows.append((month, org, self.names[org], self.listed[key], self.within[key]))
        if not rows:
            raise DataError(
                self.job.source.name,
                "no waiting list of an NHS trust could be read: "
                + "; ".join(self.job.excluded.lines()[:2]),
            )
        fields = ["month", "org_code", "org_name", "incomplete", "within_18_weeks"]
        frame = pd.DataFrame(rows, columns=fields)
        months = sorted(frame["month"].unique())
        share = frame["within_18_weeks"].sum() / max(frame["incomplete"].sum(), 1)
        return Found(
            frame,
            pd.Timestamp(months[-1]),
            (
                "waiting lists of " + ", ".join(f"{m:%B %Y}" for m in months),
                f"{what}: {read:,} rows; {frame['incomplete'].sum():,} incomplete pathways of "
                f"{frame['org_code'].nunique():,} NHS trusts, {share:.1%} within 18 weeks",
                *([f"{len(self.others):,} providers are no NHS trusts"] if self.others else []),
            ),
        )


def _read(job: Job) -> Found:
    """Read the waiting list of each NHS trust at the end of a month."""
    return _read_workbook(job) if job.source.is_workbook else _read_text(job)


def _read_text(job: Job) -> Found:
    """Read the full file: a row for each provider, commissioner, part and treatment function."""
    table = headed(job.source, TEXT)
    period, code = table.column("Period"), table.column("Provider Org Code")
    name, part = table.optional("Provider Org Name"), table.column("RTT Part Type")
    function, total = table.column("Treatment Function Code"), table.column("Total All")
    bands = [table.column(band) for band in BANDS]
    lists, read = _Lists(job), 0
    for number, cells in job.rows(table, "reading pathways"):
        if not any(map(tidy, cells)):
            continue
        read += 1
        if heading(cells[part]) != heading(INCOMPLETE):
            job.excluded.add("rows are of other parts than incomplete pathways", f"row {number}")
            continue
        month = _month(job, cells[period], number)
        weeks = [to_number(cells[at]) if tidy(cells[at]) else 0.0 for at in bands]
        within = None if None in weeks else sum(w for w in weeks if w is not None)
        who = (cells[code], cells[name] if name is not None else "")
        lists.add(month, number, who, cells[function], (to_number(cells[total]), within))
    return lists.found("full file", read)


def _read_workbook(job: Job) -> Found:
    """Read the sheet 'Provider' of the workbook of incomplete pathways."""
    table, above = under(job.source, WORKBOOK)
    code, name = table.column("Provider Code"), table.optional("Provider Name")
    function = table.column("Treatment Function Code")
    total, short = table.column(WORKBOOK[2]), table.column(WORKBOOK[3])
    month = _month(job, said_above(above, "Period"), table.header_row)
    lists, read = _Lists(job), 0
    for number, row in job.rows(table, "reading providers"):
        if not tidy(row[code]) and to_number(row[total]) is None:
            continue  # notes below the table, and blank rows
        read += 1
        who = (row[code], row[name] if name is not None else "")
        lists.add(month, number, who, row[function], (to_number(row[total]), to_number(row[short])))
    return lists.found(table.file.partition(", ")[2], read)


def _month(job: Job, said: object, number: int) -> pd.Timestamp:
    """Return the month of a period such as 'RTT-July-2025', or the one given for the file."""
    written = re.sub("(?i)^rtt", "", tidy(said or ""))
    found = to_date(said) or date_in_name(written)
    if found is None and written:
        raise DataError(
            job.source.name,
            "has a period that is no month",
            row=number,
            column="Period",
            value=said,
        )
    return (found if found is not None else job.day()).replace(day=1)


KIND: Final = Kind(
    name="rtt-waiting-lists",
    table="rtt_monthly",
    publisher="NHS England",
    looks_for="a .csv file with the columns 'Provider Org Code', 'RTT Part Type' and 'Total All', "
    "or a sheet with 'Provider Code' and 'Total number of incomplete pathways'",
    workbook=None,
    fits=lambda s: place_of(s, WORKBOOK if s.is_workbook else TEXT) is not None,
    reader=_read,
    replaces=("month",),
    headings=(*TEXT, *WORKBOOK, "Treatment Function Name", "Provider Org Name", *BANDS),
)
