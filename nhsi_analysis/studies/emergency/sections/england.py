"""England month by month, in pieces that don't join."""

from __future__ import annotations

import pandas as pd

from nhsi_analysis.answers.emergency import STANDARD, YEAR
from nhsi_analysis.studies.emergency.numbers.months import Charted, side_by_side
from nhsi_analysis.studies.emergency.numbers.study import Study
from nhsi_analysis.studies.emergency.sections import wording as say
from notebook_reports.charts.lines import lines
from notebook_reports.evidence import Figure, Part, Section, Table, Words, words


def england(study: Study) -> Section:
    """Say how many were seen within four hours, in the newest months and through the years."""
    whole, major = study.newest
    last, year = whole.months.iloc[-1], study.places.england
    quarter = whole.months.tail(3)
    three = 1 - quarter["breaches"].sum() / quarter["attendances"].sum()
    said = (
        f"In {last['month']:%B %Y}, {words.percent(last['share'])} of "
        f"{say.millions(last['attendances'])} A&E attendances in England were within four "
        f"hours, at major departments {words.percent(major.months['share'].iloc[-1])}. "
    )
    if len(quarter) == 3:
        said += f"Over the last three months it was {words.percent(three)}, "
        said += f"over the {study.places.span} {words.percent(year['share'])}. "
    held = pd.concat([chart.months["share"] for chart in study.charts if not chart.major])
    said += f"The standard of {say.STANDARD_TEXT} was met in {say.met(held)} held here."
    parts: list[Part] = [Words(said)]
    if len(study.pieces) > 1 or len(whole.months) > 1:
        parts += [Words(_pieces(study)), _lines_figure(study)]
    if whole.chart is not None and not whole.adjusted:
        parts += [
            Words(_newest(whole)),
            say.xmr_figure(whole.chart, whole.months, key="newest_months", whom="England"),
        ]
    elif whole.chart is not None:
        parts.append(Words(f"{say.states(whole.chart)} It is adjusted for the season."))
    return Section(say.ENGLAND, parts, {"months": side_by_side(study.charts)})


def _pieces(study: Study) -> str:
    listed = "; ".join(chart.piece.label for chart in study.charts if not chart.major)
    said = f"[Figure](#fig-four_hours) shows each month held: {listed}."
    if len(study.pieces) > 1:
        said += (
            " Between the pieces months are missing, and they count different organisations, so no "
            "line, limit or change is drawn from one to another."
        )
    left = [chart for chart in study.charts if not chart.piece.national]
    if left:
        kept = left[0].piece.rows["org_code"].nunique()
        said += (
            f" The {kept} NHS trusts of the table by trust told breaches in each of its "
            "months; others tested other standards until 2023. Departments aren't told apart "
            "there, and sums of trusts lie below those published for England."
        )
    return said


def _lines_figure(study: Study) -> Figure:
    table = side_by_side(study.charts)
    first, last = (f"{table['month'].iloc[end]:%B %Y}" for end in (0, -1))
    ends = [c.months["share"].iloc[[0, -1]] for c in study.charts if not c.major]
    told = [
        f"{chart.piece.label}: from {words.percent(e.iloc[0])} to {words.percent(e.iloc[1])}"
        for chart, e in zip([c for c in study.charts if not c.major], ends, strict=True)
    ]
    starts = [
        (c.piece.first, f"{say.base(c.piece.national)}{'' if c.piece.national else ' only'}")
        for c in study.charts
        if not c.major
    ]
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
        source=[s for s in say.BOTH if any(piece.table == s for piece in study.pieces)],
        alt=f"{'. '.join(told)}.",
        data=table,
        note="Dashed upright lines mark where a piece begins; pieces can't be compared."
        if len(starts) > 1
        else "",
    )


def _newest(whole: Charted) -> str:
    assert whole.chart is not None
    false = 100 * whole.chart.false_alarm.per_chart
    return (
        "[Figure](#fig-newest_months) is the control chart of the newest piece. "
        f"{say.states(whole.chart)} {words.count(len(whole.months), 'month')} can't tell the "
        "season from the rest, so winter's dip is part of what they usually do. Steady performance "
        f"would set off a chart this long {false:.0f}% of the time, and more often where "
        "neighbouring months are alike."
    )


def charts_of_months(study: Study) -> Section:
    """Say what the charts of all pieces find, adjusted for the season where that can be done."""
    title, rows = "Control charts of every piece", []
    for found in study.charts:
        if found.chart is not None:
            now = found.chart.summary.iloc[-1]
            rows.append(
                {
                    "Months": found.piece.label,
                    "Departments": "major" if found.major else "all",
                    "Average": now["mean"],
                    "Lower limit": now["lower"],
                    "Upper limit": now["upper"],
                    "Stood out": f"{found.flagged} of {len(found.months)}",
                    "Latest month": say.VARIATION[now["variation"]],
                    "Standard": say.ASSURANCE[now["assurance"]],
                    "Likeness of neighbours": found.chart.autocorrelation,
                }
            )
    if not rows:
        return Section(title, [])
    said = (
        f"Pieces of {2 * YEAR} months or more are adjusted for the season: each month of the year "
        "has one effect, the same in all years, found by STL. Limits suppose that months don't "
        "depend on each other. Where neighbours are alike (a correlation well above 0), limits are "
        "too narrow and more months stand out than the rules promise; a long slide or climb stands "
        "out as a run, whatever the limits."
    )
    table = Table(
        pd.DataFrame(rows),
        key="charts",
        caption="XmR charts by the rules of Making Data Count, all and major departments",
        source=say.BOTH,
        formats=dict.fromkeys(("Average", "Lower limit", "Upper limit"), "share"),
    )
    return Section(title, [Words(said), table])
