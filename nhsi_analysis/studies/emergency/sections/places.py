"""England month by month, in pieces that don't join; regions; and the trust followed."""

from __future__ import annotations

from nhsi_analysis.answers.emergency import STANDARD
from nhsi_analysis.answers.trusts import REGISTERED, held, names_in, short_trust
from nhsi_analysis.studies.emergency.numbers.places import ENGLAND, side_by_side
from nhsi_analysis.studies.emergency.numbers.study import Study
from nhsi_analysis.studies.emergency.sections import wording as say
from notebook_reports.charts import xmr
from notebook_reports.charts.bars import bars
from notebook_reports.charts.lines import lines
from notebook_reports.evidence import Figure, Part, Section, Table, Words, words


def england(study: Study) -> Section:
    """Say how many were seen within four hours, in the newest months and through the years."""
    whole, major = (chart.months.iloc[-1] for chart in study.newest)
    said = (
        f"In {whole['month']:%B %Y}, {words.percent(whole['share'])} of "
        f"{whole['attendances'] / 1e6:.2f}m A&E attendances in England were within four hours, at "
        f"major departments {words.percent(major['share'])}. [Figure](#fig-four_hours) shows each "
        "month held, and [Table](#tab-charts) what months usually do."
    )
    parts: list[Part] = [Words(said), _lines_figure(study)]
    newest = study.newest[0]
    if newest.chart is not None and not newest.adjusted:
        told, figure = say.xmr_parts(newest.chart, newest.months, key="newest_months", whom=ENGLAND)
        told += (
            ". Less than two years can't tell the season apart, so winter's dip counts as usual. "
        )
        told += "Steady performance would set off a chart this long "
        told += f"{100 * newest.chart.false_alarm.per_chart:.0f}% of the time."
        parts += [Words(told), figure]
    drawn = {
        f"{c.piece.label}, {'major' if c.major else 'all'} departments": c.chart
        for c in study.charts
        if c.chart is not None
    }
    if drawn:
        table = Table(
            xmr.as_rows(drawn),
            key="charts",
            caption="Control charts of every piece, those of 24 months adjusted for the season",
            source=say.BOTH,
            formats=dict.fromkeys(("Average", "Lower", "Upper"), "share"),
            note="By the rules of Making Data Count. Where neighbours are alike, limits are too "
            "narrow and more months stand out than the rules promise.",
        )
        parts.append(table)
    return Section(say.ENGLAND, parts, {"months": side_by_side(study.charts)})


def _lines_figure(study: Study) -> Figure:
    table, charts = side_by_side(study.charts), [c for c in study.charts if not c.major]
    first, last = (f"{table['month'].iloc[end]:%B %Y}" for end in (0, -1))
    starts = [
        (c.piece.first, f"{say.base(c.piece.national)}{'' if c.piece.national else ' only'}")
        for c in charts
    ]
    ends = [(c.piece.label, *map(words.percent, c.months["share"].iloc[[0, -1]])) for c in charts]
    return Figure(
        lines(
            table,
            x="month",
            series={"all": "all departments", "major": "major departments"},
            unit="share",
            decimals=0,
            y_label="share within four hours",
            events=starts if len(starts) > 1 else (),
            reference=(STANDARD, f"{say.STANDARD_TEXT} standard"),
        ),
        key="four_hours",
        title=f"The {say.STANDARD_TEXT} standard was met in {say.met(table['all'])}",
        subtitle=f"Share of A&E attendances within four hours, England, {first} to {last}; gaps "
        "are months that aren't held",
        source=[*dict.fromkeys(c.piece.table for c in charts)],
        alt=" ".join(f"{label}: from {first} to {last}." for label, first, last in ends),
        data=table,
        note="Dashed upright lines mark where a piece of data begins. Pieces count different "
        "organisations, so no line, limit or change is drawn from one to another. NHS trusts only: "
        "those that told breaches in every month." * (len(starts) > 1),
    )


def regions(study: Study) -> Section:
    """Say how the regions of today compare over the newest months."""
    found, chosen = study.places, study.region
    said = (
        "Regions differ in how many attend smaller units, where nearly all are seen in time, so "
        f"[Figure](#fig-regions) compares major departments, over the {found.span}. "
        "Regions count NHS trusts alone; smaller units of others have none here."
    )
    parts: list[Part] = [Words(said), _bars(study)]
    if chosen is not None and chosen.chart is not None and not chosen.adjusted:
        whom = study.settings.region
        told, figure = say.xmr_parts(chosen.chart, chosen.months, key="region_months", whom=whom)
        parts += [Words(f"**{whom}**, its NHS trusts month by month. {told}."), figure]
    return Section(say.REGIONS, parts, {"regions": found.regions, "trusts": found.trusts})


def _bars(study: Study) -> Figure:
    found, trusts = study.places, study.places.trusts.dropna(subset=["region"])
    table, regional = found.regions, found.regions["major"].iloc[1:].map(words.percent)
    said = f"Over the {found.span} {{0}} ({{1[region]}}) saw {{1[share]:.1%}} within four hours, "
    said += "at its major departments {1[major]:.1%}."
    named = zip(table["region"], table["major"].map(words.percent), strict=True)
    return Figure(
        bars(
            table,
            group="region",
            value="major",
            unit="share",
            x_label="share within four hours at major departments",
            emphasise=[study.settings.region or ENGLAND],
            units=trusts["region"],
        ),
        key="regions",
        title=f"Major departments: {regional.iloc[-1]} in the lowest region, "
        f"{regional.iloc[0]} in the highest",
        subtitle="Share of attendances at major A&E departments within four hours, by NHS England "
        f"region of today, {found.span}",
        source=[say.SOURCE, "oversight_framework"],
        alt="; ".join(map(" ".join, named)) + ".",
        data=table,
        units=held(names_in(found.last.year), trusts, said.format),
    )


def followed(study: Study) -> Section:
    """Say how the trust followed did in its newest months, month by month and against others."""
    found, code = study.trust, study.settings.trust
    if found is None:
        return Section(say.TRUST, [])
    name = names_in(found.months["month"].max().year if len(found.months) else REGISTERED)[code]
    if found.headline is None:
        return Section(say.TRUST, [Words(f"{name} reported no A&E attendances in the data.")])
    span = f"{'the ' * found.span.startswith('12 ')}{found.span}"
    said = f"In {span}, {found.headline.text} of attendances at **{name}** were within four hours"
    said += f". It met the standard in {say.met(found.months['share'])} reported."
    if study.succession is not None:
        said += f" Since {words.day(study.succession.since)} it has been part of "
        said += f"{study.succession.name}; nothing later is told here."
    if study.changed is not None and code in study.changed.table.index:
        one = study.changed.table[["change", "side"]].to_dict("index")[code]
        said += f" From {study.between} its share changed by {words.points(one['change'])}, "
        said += f"{'' if one['side'] else 'no '}more than trusts usually do."
    if found.chart is None:
        said += f" Its last unbroken run has {words.count(len(found.run), 'month')}, too few for "
        return Section(say.TRUST, [Words(f"{said}limits.")], {"months": found.months})
    told, figure = say.xmr_parts(
        found.chart, found.run, key="trust_months", whom=short_trust(name, 28), source=found.table
    )
    return Section(say.TRUST, [Words(f"{said} {told}."), figure], {"months": found.months})
