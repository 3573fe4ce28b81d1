"""What was published by year, the monthly path through it, where sources disagree, the rules."""

from __future__ import annotations

import pandas as pd

from nhsi_analysis.studies.agency.numbers.scope import LEVELS
from nhsi_analysis.studies.agency.numbers.study import Study
from nhsi_analysis.studies.agency.sections import wording
from nhsi_analysis.years import of as years_of
from notebook_reports.charts.columns import columns
from notebook_reports.charts.paths import path_chart
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

DEFINITIONS = {
    "agency": "agency",
    "agency_and_contract": "agency and contract",
    "agency_nurses": "agency nurse",
}
TOGETHER = "bank plus agency change on"
"""How the register names the change of both from the year before."""


def record_by_year(study: Study) -> Section:
    """Say what was spent by year, definitions kept apart, and its share of pay as published."""
    years = study.years
    if years.empty:
        return Section(
            wording.RECORD, [Words("No figure was published on any of these years as a whole.")]
        )
    parts: list[Part] = []
    shares = [
        f"{share if (share.n or 0) > 1 else share.text} in {year}"
        for year, share in years[["financial_year", "share_of_pay"]].itertuples(index=False)
        if isinstance(share, Estimate)
    ]
    if shares:
        parts.append(Words(f"Agency staff took this share of all pay: {words.listed(shares)}."))
    if len(study.bank):
        parts.append(Words(_bank(study)))
    # one column would be no comparison of years
    if years[list(DEFINITIONS)].notna().sum().sum() > 1:
        told = "What was published of each year stands in [Figure](#fig-record); definitions have "
        parts += [Words(f"{told}different sources and are never joined."), _record(study)]
    return Section(wording.RECORD, parts, frames={"years": years, "bank": study.bank})


def _bank(study: Study) -> str:
    """Say what bank staff cost beside agency staff."""
    told = [
        f"{row['financial_year']} {wording.money(row['agency'])} and {wording.money(row['bank'])}, "
        f"together {wording.money(row['agency'] + row['bank'])}"
        for row in study.bank.to_dict("records")
    ]
    said = (
        "Less agency spending is not less temporary staffing if trusts' own banks fill the shifts. "
        f"Agency and bank staff cost: {'; '.join(told)}. The sources differ from year to year."
    )
    register = study.scope.register
    for row in register[register["measure"].str.startswith(TOGETHER)].to_dict("records"):
        way = "less" if row["mid"] < 0 else "more"
        by = f"by what {row['publisher']} reported in {wording.when(row['published'])}"
        said += f" In {years_of(row['period_start'])} both together cost "
        said += f"{words.money(abs(row['mid']))} {way} than the year before, {by}."
    return said


def _record(study: Study) -> Figure:
    """Show the definitions by year, beside each other and never joined."""
    years, followed = study.years, study.settings.definition.name.replace(" ", "_")
    held = {name: label for name, label in DEFINITIONS.items() if years[name].notna().any()}
    table = years[["financial_year"]].copy()
    for name in held:
        cells = [e if isinstance(e, Estimate) else Estimate(float("nan")) for e in years[name]]
        table[name] = [e.value / 1000 for e in cells]
        table[f"{name}_low"] = [float("nan") if e.low is None else e.low / 1000 for e in cells]
        table[f"{name}_high"] = [float("nan") if e.high is None else e.high / 1000 for e in cells]
    planned = [
        e.value / 1000 if isinstance(e, Estimate) else None for e in years["plan_or_ceiling"]
    ]
    table["planned"] = pd.Series(planned, dtype=float)
    table = table.dropna(subset=[*held, "planned"], how="all", ignore_index=True)
    marks = {"planned": "plan or ceiling"} if table["planned"].notna().any() else {}
    main = followed if followed in held else next(iter(held))
    known = table.dropna(subset=[main])
    top = known.iloc[int(known[main].to_numpy().argmax())]
    peak = f"{format_value(float(top[main]), 'GBP bn', 1)} in {top['financial_year']}"
    said = [
        f"{label} {row['financial_year']} {format_value(row[name], 'GBP bn', 1)}"
        for name, label in held.items()
        for row in table.dropna(subset=[name]).to_dict("records")
    ]
    return Figure(
        columns(
            table,
            group="financial_year",
            series=held,
            intervals={name: (f"{name}_low", f"{name}_high") for name in held},
            unit="GBP bn",
            decimals=1,
            marks=marks,
            y_label="£bn a year",
        ),
        key="record",
        title=f"Published {held[main]} spending was highest at {peak}",
        subtitle="Spending on temporary staff by financial year and definition, NHS providers in "
        "England, cash",
        source=wording.SOURCE,
        alt=f"{words.capital('; '.join(said))}.",
        data=table,
        note="Thin lines: the lowest to the highest figure published on a year, with its rounding.",
    )


def monthly_path(study: Study) -> Section:
    """Say how spending ran by month, and which published figures carry which months."""
    title = "Month by month"
    parts = [Words(_carried(study)), _path(study)]
    return Section(title, parts, frames={"path": study.path, "marks": study.marks})


def _carried(study: Study) -> str:
    """Say what carries the path, and what it can't show."""
    used = study.marks[study.marks["used"]]
    span = (used["end"].dt.to_period("M") - used["start"].dt.to_period("M")).map(lambda m: m.n + 1)
    single = used[used["kind"].isin(LEVELS) & span.eq(1)].sort_values("start")
    aside = len(study.marks) - len(used)
    alone = (
        f"Only {words.listed(f'{d:%B %Y}' for d in single['start'])} "
        f"{'was' if len(single) == 1 else 'were'} published alone"
        if len(single)
        else "No month was published alone"
    )
    left_out = (
        f" {words.capital(words.count(aside, 'figure'))} that finer ones contradict "
        f"{'is' if aside == 1 else 'are'} set aside; the appendix lists all."
        if aside
        else ""
    )
    return (
        f"{words.count(len(used), 'published figure')} {'carries' if len(used) == 1 else 'carry'} "
        f"{words.count(len(study.path), 'month')}. {alone}: "
        "what rises or falls inside a total is the smooth model's, and the season that it repeats "
        "each year rests on differences between a few totals. So the path ([Figure](#fig-path)) "
        f"shows no single month's peak, and no surge between two totals.{left_out}"
    )


def _path(study: Study) -> Figure:
    scope, path = study.scope, study.path
    years = path.groupby(path["month"].map(years_of))["mean"]
    means = [
        f"{year} {words.money(float(months.mean()))}" for year, months in years if len(months) == 12
    ]
    wide = path.iloc[int(path["width"].to_numpy().argmax())]
    return Figure(
        path_chart(
            path,
            study.marks,
            unit="GBP m",
            y_label="£m a month",
            events=list(scope.controls.items()),
        ),
        key="path",
        title="Few months were published, so the monthly path is mostly a model's",
        subtitle=f"{words.capital(scope.what)} a month, England, {wording.span(scope)}, "
        f"{scope.prices}, with its {words.level(study.settings.confidence)} band",
        source=wording.SOURCE,
        alt=f"Average a month by year: {'; '.join(means)}. The band is widest in "
        f"{wide['month']:%B %Y}, {words.money(float(wide['width']))}.",
        data=path,
    )


def figures_held(study: Study) -> Section:
    """Say what every published figure is, and whether the path holds it."""
    table = study.cash.numbers
    units = table["kind"].map(lambda kind: "share" if kind == "growth" else "GBP m")
    values = zip(table["value"], table["lower"], table["upper"], units, strict=True)
    published = [Estimate(v, low, high, u) for v, low, high, u in values]
    fitted = zip(table["fitted"], units, strict=True)
    data = pd.DataFrame(
        {
            "Figure": table["name"],
            "Published": pd.Series(published, dtype=object),
            "On the path": [format_value(value, unit) for value, unit in fitted],
            "Used": table["used"],
        }
    )
    shown = Table(
        data,
        key="figures",
        caption="Every figure that the path was asked to hold, in cash",
        source=wording.SOURCE,
        note="In brackets, what rounding leaves. A figure that contradicts finer ones isn't used.",
    )
    return Section("Every figure on the path", [shown])


def disagreements(study: Study) -> Section:
    """Say which published figures can't both be true, who published them, and when."""
    title, found = "Where the sources disagree", study.conflicts
    if found.empty:
        return Section(title, [])
    rows = [
        (
            f"{words.capital(row['quantity'])}, {row['financial_year']}",
            _published(row["value"], row["unit"], row["publisher"], row["published"]),
            _published(row["rival"], row["unit"], row["rival_publisher"], row["rival_published"]),
            format_value(100 * row["apart"], "pp")
            if row["unit"] == "share"
            else words.money(row["apart"]),
        )
        for row in found.to_dict("records")
    ]
    table = Table(
        pd.DataFrame(rows, columns=["What", "Finest figure", "Another", "Apart"]),
        key="conflicts",
        caption="Published figures that can't both be true within their rounding",
        source=wording.SOURCE,
        note="Both stay in the ranges of the record; the path holds the finer one.",
    )
    return Section(title, [table])


def _published(value: float, unit: str, publisher: str, date: pd.Timestamp) -> str:
    by = publisher.partition(" (")[0]
    return f"{format_value(value, unit)} ({by}, {wording.when(date)})"


def rules(study: Study) -> Section:
    """Say which rules on agency staff were made when."""
    title, table = "The rules, dated", study.rules
    if table.empty:
        return Section(title, [])
    days = [words.day(date).replace(" ", "\u00a0") for date in table["date"]]
    shown = Table(
        table.assign(date=days).set_axis(["Date", "Rule", "What changed"], axis=1),
        key="controls",
        caption="Rules on agency staff, from half a year before the series to its end",
        source="agency_controls",
        note="Where only a month is known, its first day stands for it.",
    )
    return Section(title, [shown])
