"""Where the year was heading, as seen from the last month known."""

from __future__ import annotations

from typing import Any

import pandas as pd

from nhsi_analysis.answers import simulations
from nhsi_analysis.studies.agency.numbers import record
from nhsi_analysis.studies.agency.numbers.outlook import FORECAST_FROM, Outlook
from nhsi_analysis.studies.agency.numbers.study import Study
from nhsi_analysis.studies.agency.sections import wording
from notebook_reports.charts.columns import columns
from notebook_reports.evidence import Figure, Section, Words, format_value, words


def year_end(study: Study) -> Section:
    """Say where the year seemed to end, what providers expected, and what is known since."""
    found = study.outlook
    if found is None:
        told = f"The path is too short to forecast from: it needs {FORECAST_FROM} months."
        return Section(wording.YEAR_END, [Words(told)])
    parts = [Words(_reading(study, found)), _totals(study, found)]
    return Section(wording.YEAR_END, parts, frames={"forecast": found.months})


def _reading(study: Study, found: Outlook) -> str:
    """Say the forecast as one of its day, and what stands beside it."""
    known = words.count(found.known, "month") if found.known else "no month"
    used = study.scope.constraints
    last = used.loc[used["end"] >= found.seen_from, "published"].min()
    day = "" if pd.isna(last) else f" (by a figure published in {wording.when(last)})"
    said = [
        f"Seen from {found.seen_from:%B %Y}{day}, {study.scope.what} in {found.year}, with {known} "
        f"of the year on the path, was heading for {wording.in_billions(found.total)}, as "
        "[Figure](#fig-forecast) shows."
    ]
    by_model = dict.fromkeys(wording.money(end, 2) for end in found.by_model)
    said.append(
        f"The models alone put it at {' to '.join(by_model)}; the simulation's own error is "
        f"±{words.money(found.error)}."
    )
    if found.ceiling is not None and found.chance is not None:
        error = format_value(100 * found.chance_error, "pp", 1)
        told = str(found.chance).replace(f"{found.chance.kind} ", "")
        if (low := found.chance.low or 0.0) > 0.95:  # both ends would round to near certainty
            told = f"at least {int(100 * low)}%"
        said.append(
            f"The chance of ending above the ceiling of {wording.money(found.ceiling.value)} was "
            f"{told} over models and the rounding of the ceiling (simulation error ±{error})."
        )
    if found.expected is not None:
        ends = " to ".join(words.money(end) for end in found.excess)
        above = f"; the regulator expected it to end {ends} above the ceiling" if ends else ""
        expected = wording.in_billions(found.expected)
        said.append(f"Providers' own forecast in that year was {expected}{above}.")
    if found.outturn is not None:
        said.append(f"What was spent in the end: {wording.in_billions(found.outturn)}.")
    elif not study.settings.as_at:
        said.append("The registers of this page hold no outturn of that year.")
    if study.highlights and not study.settings.as_at:
        said.append(_earlier())
    return " ".join(said)


def _earlier() -> str:
    """Say what the same forecast made of what was published by days in a year since known."""
    table = simulations.stored("agency_outlook").table.dropna(subset=["spent"])
    said = []
    for year, rows in table.groupby("year"):
        told = [
            f"{wording.rough(row['total'])} ({wording.rough(row['low'])} to "
            f"{wording.rough(row['high'])}) as at {words.day(pd.Timestamp(row['as_at']))}"
            for row in rows.to_dict("records")
        ]
        said.append(
            f"Tried on what had been published by earlier days, the same forecast gave for {year} "
            f"{words.listed(told)}; {wording.rough(rows['spent'].iloc[0])} was spent."
        )
    return " ".join(said)


def _totals(study: Study, found: Outlook) -> Figure:
    """Show the years' totals, the forecast one beside its ceiling and the providers' forecast."""
    levels = record.levels(study.scope.register, study.settings.definition)
    rows: list[dict[str, Any]] = [
        {"financial_year": year, "total": level.value / 1000}
        for year, level in sorted(levels.items())
        if study.settings.first_year <= year < found.year
    ]
    total = found.total
    beside = {"ceiling": found.ceiling, "providers": found.expected}
    rows.append(
        {
            "financial_year": found.year,
            "total": total.value / 1000,
            "low": (total.low or 0.0) / 1000,
            "high": (total.high or 0.0) / 1000,
            **{name: one.value / 1000 for name, one in beside.items() if one is not None},
        }
    )
    names = {"ceiling": "ceiling", "providers": "providers' own forecast"}
    data = pd.DataFrame(rows, columns=["financial_year", "total", "low", "high", *names])
    held = {column: name for column, name in names.items() if data[column].notna().any()}
    text = wording.in_billions(total)
    ends = text.interval_text.removeprefix(f"{text.kind} ") or text.text
    return Figure(
        columns(
            data,
            group="financial_year",
            series={"total": ""},
            intervals={"total": ("low", "high")},
            marks=held,
            pale=[found.year],
            unit="GBP bn",
            decimals=2,
            y_label="£bn a year",
        ),
        key="forecast",
        title=f"Seen from {found.seen_from:%B %Y}: {ends} in {found.year}"
        + (f", ceiling {wording.money(found.ceiling.value)}" if found.ceiling else ""),
        subtitle=f"{words.capital(study.scope.what)} by financial year, cash; hatched: forecast "
        f"from {found.seen_from:%B %Y} by three models in equal parts",
        source=wording.SOURCE,
        alt="; ".join(
            f"{row['financial_year']} {format_value(row['total'], 'GBP bn')}" for row in rows
        )
        + f"; the forecast runs from {wording.between(total)}.",
        data=data,
        note="Years are the finest published figures.",
    )
