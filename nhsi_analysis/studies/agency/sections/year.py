"""Where the year was heading, as seen from the last month known."""

from __future__ import annotations

from typing import Any

import pandas as pd

from nhsi_analysis.studies.agency.numbers import record
from nhsi_analysis.studies.agency.numbers.outlook import BATCHES, FORECAST_FROM, Outlook
from nhsi_analysis.studies.agency.numbers.study import Study
from nhsi_analysis.studies.agency.sections import wording
from notebook_reports.charts.columns import columns
from notebook_reports.evidence import Estimate, Figure, Section, Table, Words, format_value, words
from policy_methods.forecast import FAMILIES


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
    said = [
        f"Seen from {found.seen_from:%B %Y}, {study.scope.what} in {found.year}, with {known} of "
        f"the year on the path, was heading for {wording.in_billions(found.total)}."
    ]
    if found.ceiling is not None and found.chance is not None:
        error = format_value(100 * found.chance_error, "pp", 1)
        ends = found.chance.interval_text.removeprefix(f"{found.chance.kind} ")
        ends += " over models and the rounding of the ceiling; " if ends else ""
        said.append(
            f"The chance of ending above the ceiling of {wording.money(found.ceiling.value)} was "
            f"{found.chance.text} ({ends}simulation error ±{error})."
        )
    if found.expected is not None:
        said.append(
            f"Providers' own forecast in that year was {wording.in_billions(found.expected)}"
            + _excess(found.excess)
        )
    if found.outturn is not None:
        said.append(f"What was spent in the end: {wording.in_billions(found.outturn)}.")
    elif not study.settings.as_at:
        said.append("The registers of this page hold no outturn of that year.")
    return " ".join(said)


def _excess(excess: tuple[float, float] | None) -> str:
    """Say how far above the ceiling the regulator expected the year to end."""
    if excess is None:
        return "."
    ends = " to ".join(words.money(end) for end in dict.fromkeys(excess))
    return f"; the regulator expected it to end {ends} above the ceiling."


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
    against = f" against a ceiling of {wording.money(found.ceiling.value)}" if found.ceiling else ""
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
        title=f"As seen from {found.seen_from:%B %Y}, {found.year} would end at {text.text}"
        f"{against}",
        subtitle=f"{words.capital(study.scope.what)} by financial year, cash; hatched: forecast "
        f"from {found.seen_from:%B %Y} by {len(found.totals) - 1} models in equal parts",
        source=wording.SOURCE,
        alt="; ".join(
            f"{row['financial_year']} {format_value(row['total'], 'GBP bn')}" for row in rows
        )
        + f"; the forecast runs from {wording.between(total)}.",
        data=data,
        note="Years are the finest published figures.",
    )


def models(study: Study) -> Section:
    """Say what each model made of the year, and how far simulations differ."""
    title, found = "The forecast by model", study.outlook
    if found is None:
        return Section(title, [])
    table = found.totals
    totals = [
        wording.in_billions(Estimate(row["total"], row["low"], row["high"], "GBP m"))
        for row in table.to_dict("records")
    ]
    data = pd.DataFrame(
        {
            "Model": table["family"].map({"all": "all, in equal parts", **FAMILIES}),
            f"Total {found.year}": pd.Series(totals, dtype=object),
        }
    )
    if found.ceiling is not None:
        data["Chance above the ceiling"] = [
            format_value(chance, "probability") for chance in table["chance_above"]
        ]
    shown = Table(
        data,
        key="year_end",
        caption=f"The end of {found.year} by model, as seen from {found.seen_from:%B %Y}",
        source=wording.SOURCE,
        note=f"The forecast was made {BATCHES} times with seeds, draws and fits of their own: by "
        f"that, the mean total is known to ±{words.money(found.error)}.",
    )
    return Section(title, [shown])
