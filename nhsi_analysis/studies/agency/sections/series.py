"""What was published, the path through it, whether it moved, and where sources disagree."""

from __future__ import annotations

import pandas as pd

from nhsi_analysis.studies.agency.numbers.study import Study
from nhsi_analysis.studies.agency.sections import wording
from notebook_reports.charts.intervals import dot_interval
from notebook_reports.charts.paths import path_chart
from notebook_reports.charts.xmr import xmr_chart
from notebook_reports.evidence import (
    Estimate,
    Figure,
    Part,
    Section,
    Table,
    Words,
    format_value,
    words,
)

DEFINITIONS = {"agency": "Agency", "agency_and_contract": "Agency and contract"}


def record_by_year(study: Study) -> Section:
    """Say what was spent by year, definitions kept apart, and its share of pay as published."""
    rows = [
        (str(row["financial_year"]), column.replace("_", " "), row[column])
        for row in study.years.to_dict("records")
        for column in DEFINITIONS
        if isinstance(row[column], Estimate)
    ]
    parts: list[Part] = []
    # one dot would be no comparison of years
    if len(rows) > 1:
        parts.append(_record(rows))
    if study.years.empty:
        parts.append(Words("No figure was published on any of these years as a whole."))
    else:
        parts.append(_by_year(study.years))
    if len(study.shares):
        parts.append(
            Table(
                study.shares.set_axis(["Period", "Measure", "Value", "Unit", "Source"], axis=1),
                key="shares_of_pay",
                caption="Agency spending as a share of pay, as published",
                source="agency_national_more",
                note="The periods are in the publishers' words.",
            )
        )
    return Section("The record by year", parts, frames={"years": study.years})


def _by_year(years: pd.DataFrame) -> Table:
    names = {
        "financial_year": "Financial year",
        **DEFINITIONS,
        "share_of_pay": "Agency share of pay",
        "plan_or_ceiling": "Plan or ceiling",
        "forecast": "Forecasts in the year",
    }
    return Table(
        years[list(names)].map(wording.compact).rename(columns=names),
        key="record_by_year",
        caption="What was published by year: the finest figure, with the range of all of them",
        source=wording.SOURCE,
        note="Money in cash. 'Agency' is agency spending of all NHS providers; 'agency and "
        "contract' is a wider definition and must not be joined to it. In brackets: from the "
        "lowest to the highest published figure, with its rounding.",
    )


def _record(rows: list[tuple[str, str, Estimate]]) -> Figure:
    """Show both definitions by year."""
    long = pd.DataFrame(
        [(year, which, e.value, e.low, e.high) for year, which, e in rows],
        columns=["financial_year", "definition", "value", "low", "high"],
    )
    year, which, top = max(rows, key=lambda row: row[2].value if row[1] == "agency" else 0)
    return Figure(
        dot_interval(
            long, group="financial_year", series="definition", unit="GBP m", x_label="£m a year"
        ),
        key="record",
        title=f"Published agency spending peaked at {top.text} in {year}"
        if which == "agency"
        else "Agency and contract spending by year",
        subtitle="Spending on agency staff, NHS providers in England, by financial year, cash, "
        "two definitions",
        source=wording.SOURCE,
        alt="By year: " + "; ".join(f"{which} {year} {e.text}" for year, which, e in rows) + ".",
        data=long,
        note="Lines run from the lowest to the highest published figure with its rounding, and "
        "are often shorter than the dot. The definitions are never joined.",
    )


def monthly_path(study: Study) -> Section:
    """Say how spending ran by month, and what the path makes of every published number."""
    return Section(
        "The monthly path",
        [_path(study), _held(study)],
        frames={"path": study.path, "marks": study.marks},
    )


def _path(study: Study) -> Figure:
    scope, path = study.scope, study.path
    widest = path.iloc[int(path["width"].to_numpy().argmax())]
    finest = path.iloc[int(path["width"].to_numpy().argmin())]
    peak = path.iloc[int(path["mean"].to_numpy().argmax())]
    used = int(study.marks["used"].sum())
    aside = len(study.marks) - used
    return Figure(
        path_chart(
            path, study.marks, unit="GBP m", y_label="£m a month", events=wording.events(scope)
        ),
        key="path",
        title=f"{used} published figures pin the monthly path to within "
        f"{words.money(float(finest['width']) / 2, 1)} at best and "
        f"{words.money(float(widest['width']) / 2)} at worst",
        subtitle=f"{words.capital(scope.what)} a month, England, {wording.span(scope)}, "
        f"{scope.prices}",
        source=wording.SOURCE,
        alt=f"The path starts at {words.money(float(path['mean'].iloc[0]))} a month, peaks at "
        f"{words.money(float(peak['mean']))} in {peak['month']:%B %Y} and ends at "
        f"{words.money(float(path['mean'].iloc[-1]))}. Its band narrows where single months were "
        f"published and is widest in {widest['month']:%B %Y}.",
        data=path,
        note=f"Band: {words.level(study.settings.confidence)} credible interval. The path holds "
        "every figure within its rounding"
        + (f", except {aside} set aside because rivals contradict them" if aside else "")
        + ".",
    )


def _held(study: Study) -> Table:
    """Show every published number with what the path makes of it."""
    table = study.cash.numbers
    units = table["kind"].map(lambda kind: "share" if kind == "growth" else "GBP m")
    values = zip(table["value"], table["lower"], table["upper"], units, strict=True)
    published = [
        Estimate(value, low, high, unit, kind="interval", decimals=1)
        for value, low, high, unit in values
    ]
    fitted = zip(table["fitted"], units, strict=True)
    return Table(
        pd.DataFrame(
            {
                "Figure": table["name"],
                "Published": pd.Series(published, dtype=object),
                "On the path": [format_value(value, unit, 1) for value, unit in fitted],
                "Used": table["used"],
                "Binds": table["binding"],
            }
        ),
        key="figures",
        caption="Every figure the path was asked to hold",
        source=wording.SOURCE,
        note="Cash; in brackets, rounding. 'Binds' means that the path would leave the figure's "
        "interval without it.",
    )


def month_to_month(study: Study) -> Section:
    """Say which months differ by more than month-to-month variation."""
    scope, chart, flagged = study.scope, study.chart.chart, study.chart.flagged_share
    last = chart.summary.iloc[-1]
    states = {
        "common cause": "common-cause variation",
        "improvement": "a special cause of improvement",
        "concern": "a special cause of concern",
    }
    since = f" since {last['start']:%B %Y}" if len(chart.summary) > 1 else ""
    named = [f"{month:%B %Y} ({label})" for month, label in scope.controls.items()]
    starts = f"New limits start in {' and '.join(named)}. " if named else ""
    means = ", then ".join(words.money(float(mean)) for mean in chart.summary["mean"])
    figure = Figure(
        xmr_chart(chart, unit="GBP m", y_label="£m a month"),
        key="xmr",
        title=f"The latest months show {states[str(last['variation'])]}{since}",
        subtitle=f"XmR chart of {scope.what} a month, {wording.span(scope)}, {scope.prices}, new "
        "limits at each control",
        source=wording.SOURCE,
        alt=f"Means by segment: {means} a month. "
        f"{int(chart.points['rule'].ne('').sum())} months are special causes on the mean path, "
        f"{int((flagged > 0.5).sum())} of them or others in most draws of the path.",
        data=chart.points.assign(flagged_in_draws=flagged),
        note="A chart this long signals at least once in "
        f"{words.percent(chart.false_alarm.per_chart, 0)} of stable series. The path is an "
        "estimate: its neighbouring months are tied together, so read runs with care. "
        + starts
        + " ".join(chart.notes),
    )
    return Section("Is it more than month-to-month variation?", [figure])


def disagreements(study: Study) -> Section:
    """Say where the sources disagree."""
    title = "Where the sources disagree"
    if study.conflicts.empty:
        return Section(title, [Words("No two of the figures used contradict each other.")])
    how = [
        "noted in the register" if pd.isna(gap) else f"set aside: {gap:,.0f}m apart at least"
        for gap in study.conflicts["gap"]
    ]
    data = study.conflicts.assign(gap=how)
    table = Table(
        data.set_axis(["Figure", "Conflicts with", "How"], axis=1),
        key="conflicts",
        caption="Conflicts between sources",
        source=wording.SOURCE,
        note="Both sides are kept in the record's ranges. The path holds the finer figure.",
    )
    return Section(title, [table])
