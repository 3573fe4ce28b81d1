"""Regions, the trust followed and every trust."""

from __future__ import annotations

from typing import Any

import pandas as pd

from nhsi_analysis.answers.trusts import names_today, short_trust
from nhsi_analysis.studies.emergency.numbers.places import ENGLAND
from nhsi_analysis.studies.emergency.numbers.study import Study
from nhsi_analysis.studies.emergency.sections import wording as say
from notebook_reports.charts.bars import bars
from notebook_reports.evidence import Figure, Part, Section, Table, Words, words

_SHARES = ("share", "major", "winter")


def regions(study: Study) -> Section:
    """Say how the regions of today compare over the newest months."""
    found = study.places
    table, chosen = found.regions.iloc[1:].sort_values("share"), study.settings.region
    last, first = table.iloc[0], table.iloc[-1]
    said = (
        f"Over the {found.span} the share within four hours ran from "
        f"{words.percent(first['share'])} in {say.place(first['region'])} to "
        f"{words.percent(last['share'])} in {say.place(last['region'])}. Regions differ in how "
        "many attend smaller units, where nearly all are seen in time, so it is fairer to compare "
        f"major departments: from {words.percent(table['major'].min())} to "
        f"{words.percent(table['major'].max())} ([Figure](#fig-regions), "
        f"[Table](#tab-by_region)). {say.millions(found.outside)} attendances at walk-in centres "
        "and others whose region isn't held are in none."
    )
    heads = {"region": "Region", "attendances": "Attendances", "organisations": "Organisations"}
    heads |= {"share": "All departments", "major": "Major departments"}
    heads |= {"winter": "All departments, winter"}
    listed = Table(
        found.regions[list(heads)].rename(columns=heads).dropna(axis=1, how="all"),
        key="by_region",
        caption=f"Within four hours by region of today, {found.span}",
        source=say.SOURCE,
        formats=dict.fromkeys((heads[c] for c in _SHARES), "share"),
    )
    parts: list[Part] = [Words(said), _bars(study), listed]
    if study.region is not None and study.region.chart is not None and not study.region.adjusted:
        figure = say.xmr_figure(
            study.region.chart, study.region.months, key="region_months", whom=chosen
        )
        parts += [
            Words(
                f"**{chosen}**, month by month ([Figure](#fig-region_months)). "
                f"{say.states(study.region.chart)}"
            ),
            figure,
        ]
    return Section(say.REGIONS, parts, {"regions": found.regions})


def _bars(study: Study) -> Figure:
    found, chosen = study.places, study.settings.region
    table, trusts = found.regions, found.trusts.dropna(subset=["region"])
    regional = table["major"].iloc[1:]
    return Figure(
        bars(
            table,
            group="region",
            value="major",
            unit="share",
            x_label="share within four hours at major departments",
            emphasise=[chosen or ENGLAND],
            units=trusts["region"],
        ),
        key="regions",
        title=f"Major departments: {words.percent(regional.min())} in the lowest region, "
        f"{words.percent(regional.max())} in the highest",
        subtitle="Share of attendances at major A&E departments within four hours, by NHS England "
        f"region of today, {found.span}",
        source=[say.SOURCE, "oversight_framework"],
        alt="; ".join(
            f"{r} {words.percent(m)}" for r, m in zip(table["region"], table["major"], strict=True)
        )
        + ".",
        data=table,
        units=say.trusts(trusts, lambda name, row: _place(study, name, row)),
    )


def _place(study: Study, name: str, row: dict[str, Any]) -> str:
    said = (
        f"Over the {study.places.span} {name} ({row['region']}) saw {words.percent(row['share'])} "
        f"within four hours, at its major departments {words.percent(row['major'])}"
    )
    if pd.isna(row["place"]):
        return f"{said}; it didn't report every month."
    many = int(study.places.trusts["place"].notna().sum())
    return f"{said}: {words.ordinal(int(row['place']))} of {many} trusts by the first."


def followed(study: Study) -> Section:
    """Say how the trust followed did in its newest months, month by month and against others."""
    found, code = study.trust, study.settings.trust
    if found is None or found.headline is None:
        return Section(say.TRUST, [])
    name = names_today()[code]
    year = found.year.iloc[-1]
    span = f"{'the ' * found.span.startswith('12 ')}{found.span}"
    said = f"In {span}, {found.headline.text} of attendances at **{name}** were within four hours"
    if year["peers"]:
        said += (
            f", {words.ordinal(int(year['place']))} of {int(year['peers']) + 1} with the trusts "
            "that have a major department today and reported the same months"
        )
    said += f". It met the standard in {say.met(found.months['share'])} reported."
    if study.succession is not None:
        said += f" Since {words.day(study.succession.since)} it has been part of "
        said += f"{study.succession.name}; nothing later is told here."
    said += _winter_of(study, code)
    parts: list[Part] = [Words(said)]
    if found.chart is None:
        few = words.count(len(found.run), "month")
        parts.append(Words(f"Its last unbroken run has {few}, too few for limits."))
    else:
        figure = say.xmr_figure(
            found.chart,
            found.run,
            key="trust_months",
            whom=short_trust(name, 28),
            source=found.table,
        )
        parts += [Words(f"{say.states(found.chart)} See [Figure](#fig-trust_months)."), figure]
    return Section(say.TRUST, parts, {"months": found.months})


def _winter_of(study: Study, code: str) -> str:
    """Say how the trust changed between the winters compared; empty if it isn't among them."""
    if study.changed is None or study.pair is None or code not in study.changed.table.index:
        return ""
    one = study.changed.table[["change", "side"]].to_dict("index")[code]
    beyond = f"it {one['side']} by more" if one["side"] else "no more"
    return (
        f" From winter {study.pair['before']} to {study.pair['winter']} its share changed by "
        f"{say.points(one['change'])}, {beyond} than trusts usually do."
    )


def every_trust(study: Study) -> Section:
    """Say what each trust with a major department reported over the newest months."""
    title, found = "Every trust with a major department", study.places.trusts
    if found.empty:
        return Section(title, [])
    shown = found.sort_values(["share", "name"], ascending=[False, True])
    heads = {"name": "Trust", "region": "Region", "attendances": "Attendances", "months": "Months"}
    heads |= {"share": "All departments", "major": "Major departments", "winter": "Winter"}
    table = Table(
        shown[list(heads)]
        .rename(columns=heads)
        .dropna(axis=1, how="all")
        .fillna({"Region": "not held"}),
        key="trusts",
        caption=f"Within four hours by trust, {study.places.span}, highest share first",
        source=say.SOURCE,
        formats=dict.fromkeys((heads[c] for c in _SHARES), "share"),
        note="A trust's share at all departments depends on how many smaller units count under it.",
    )
    return Section(title, [table], {"trusts": found})
