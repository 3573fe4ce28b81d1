"""Trust by trust: shares, spread, concentration, change, and a funnel."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd

from nhsi_analysis.studies.agency.numbers.study import Study
from nhsi_analysis.studies.agency.numbers.trusts import LABEL, Trusts
from notebook_reports.charts.bars import bars
from notebook_reports.charts.distributions import cumulative_shares
from notebook_reports.charts.funnel import funnel_chart
from notebook_reports.charts.intervals import dot_interval
from notebook_reports.evidence import Figure, Part, Section, Table, Words, format_value, words
from policy_methods.funnel import FunnelResult

SHOWN = 12
"""Trusts in the chart of what drives the change."""


def trust_by_trust(study: Study) -> Section:
    """Say what trusts spent, how they differ, and who changed."""
    if study.trusts is None:
        return _section([Words("No trust-level figures were published by then.")])
    return of_trusts(study.trusts, study.settings.confidence)


def of_trusts(trusts: Trusts, confidence: float) -> Section:
    """Show a table of trusts: the shipped one, or an analyst's own."""
    parts: list[Part] = [
        Words(reading(trusts)),
        _totals(trusts),
        _spread(trusts, "sector"),
        _spread(trusts, "region"),
        _concentration(trusts),
    ]
    moved = trusts.changes()
    if len(moved):
        parts.append(_drivers(trusts, moved))
    found = trusts.funnel(confidence)
    parts.append(
        Words("A funnel needs two years of at least twenty trusts.")
        if found is None
        else _funnel(trusts, found, confidence)
    )
    return _section(parts, {"trusts": trusts.kept, "changes": moved})


def _section(parts: list[Part], frames: dict[str, pd.DataFrame] | None = None) -> Section:
    return Section("Trust by trust", parts, frames=frames or {})


def reading(trusts: Trusts) -> str:
    """Say what the table holds, what was left out, and what the followed trust did."""
    last = trusts.totals().iloc[-1]
    parts = [
        f"In {last['financial_year']}, {int(last['trusts'])} trusts in {trusts.origin} spent "
        f"{format_value(float(last['spend_gbp_m']) / 1000, 'GBP bn')} on {LABEL} staff, "
        f"{words.percent(float(last['share']))} of their staff costs; the median trust "
        f"{words.percent(float(last['median_share']))}."
    ]
    if len(trusts.excluded):
        rows = trusts.excluded.groupby("org_name")["financial_year"].agg(" and ".join)
        named = "; ".join(f"{name} ({years})" for name, years in rows.items())
        sums = sorted({trusts.excluded["spend_gbp_m"].min(), trusts.excluded["spend_gbp_m"].max()})
        amounts = " to ".join(format_value(float(amount) * 1e6, "GBP", 0) for amount in sums)
        parts.append(f"Left out as placeholders, not figures: {named}, shown as {amounts}.")
    half = trusts.half_of_spending()
    parts.append(f"{words.capital(half.text)} of {half.n} make half of the spending.")
    parts += [
        f"{row['org_name']} spent {words.money(row['spend_gbp_m'], 1)} in "
        f"{row['financial_year']}, {words.percent(row['share'])} of its staff costs: rank "
        f"{row['rank']} of {row['trusts']} from the lowest."
        for row in trusts.followed().to_dict("records")
    ]
    return " ".join([*parts, *trusts.notes])


def _totals(trusts: Trusts) -> Table:
    names = ["Financial year", "Trusts", "Spending (£m)", "Share of staff costs", "Median trust"]
    return Table(
        trusts.totals().set_axis(names, axis=1),
        key="trust_totals",
        caption=f"Spending on {LABEL} staff, trusts together",
        source=trusts.source,
        formats={"Share of staff costs": "share", "Median trust": "share"},
        note="Agency and external bank staff are added in the accounts and can't be split, so the "
        "total is above the official figure for agency alone.",
    )


def _spread(trusts: Trusts, column: str) -> Figure:
    """Show shares of staff costs by sector or region."""
    table = trusts.by(column)
    top, low = table.iloc[0], table.iloc[-1]
    if column == "sector":
        word = "type of trust"
        title = (
            f"{top[column]} trusts spend {words.percent(float(top['share']))} of staff costs on "
            f"{LABEL}, {low[column]} trusts {words.percent(float(low['share']))}"
        )
    else:
        word = "region"
        title = f"{top[column]} spends the largest share on {LABEL}, {low[column]} the smallest"
    shares = [
        f"{row[column]} {words.percent(row['share'])} ({row['trusts']} trusts)"
        for row in table.to_dict("records")
    ]
    return Figure(
        dot_interval(
            table, group=column, value="share", unit="share", x_label="share of staff costs"
        ),
        key=f"trusts_by_{column}",
        title=title,
        subtitle=f"Share of staff costs by {word}, England, {trusts.years[-1]}: all its trusts "
        "together (dot) and the middle half of them (line)",
        source=trusts.source,
        alt="; ".join(shares) + ".",
        data=table,
        note="The line is the spread between trusts, not sampling error. The dot can lie outside "
        "it where large trusts differ from small ones.",
    )


def _concentration(trusts: Trusts) -> Figure:
    """Show how far the largest spenders make up the total."""
    table = trusts.concentration()
    half = trusts.half_of_spending()
    staff = float(table["cumulative_staff_share"].iloc[int(half.value) - 1])
    return Figure(
        cumulative_shares(
            table.assign(staff=np.diff(table["cumulative_staff_share"], prepend=0.0)),
            x="rank",
            parts={"spend_gbp_m": "of spending", "staff": "of staff costs"},
            x_label="trusts, largest spender first",
            y_label="cumulative share",
        ),
        key="concentration",
        title=f"{half.text} make half of the spending and {words.percent(staff, 0)} of staff costs",
        subtitle=f"Cumulative share of {LABEL} spending and of staff costs, trusts in England, "
        f"{trusts.years[-1]}",
        source=trusts.source,
        alt=f"The spending curve reaches half after {half.text} of {half.n}; the same trusts have "
        f"{words.percent(staff)} of staff costs.",
        data=table,
    )


def _drivers(trusts: Trusts, moved: pd.DataFrame) -> Figure:
    """Show the trusts whose spending changed most."""
    top = moved.head(SHOWN).sort_values("change", ignore_index=True)
    top = top.assign(trust=_beside_a_bar(top))
    first, last = trusts.years[-2:]
    down = int((moved["change"] < 0).sum())
    changes = [
        f"{row['org_name']} {words.money(row['change'], 1)}" for row in top.to_dict("records")
    ]
    return Figure(
        bars(
            top,
            group="trust",
            value="change",
            unit="GBP m",
            decimals=0,
            x_label="change, £m",
            emphasise=top.loc[top["org_code"] == trusts.follow, "trust"].tolist(),
        ),
        key="trust_drivers",
        title=f"{down} of {len(moved)} trusts cut spending; {top['org_name'].iloc[0]} by most"
        if down
        else f"No trust of {len(moved)} cut spending",
        subtitle=f"Change in {LABEL} spending from {first} to {last}, the {len(top)} largest of "
        "trusts in both years",
        source=trusts.source,
        alt=f"Together the {len(moved)} trusts changed by "
        f"{words.money(float(moved['change'].sum()))}: " + "; ".join(changes) + ".",
        data=moved,
        note="Trusts that merged or took over another during these years change for that reason "
        "alone.",
    )


def _beside_a_bar(table: pd.DataFrame) -> pd.Series:
    """Shorten names so that they fit beside the bars, without the words most hospitals share."""
    names = table["org_name"].str.replace(
        r"\s*(?:University\s+)?(?:Hospitals?\s+)?(?:NHS\s+)?(?:Foundation\s+)?Trust$",
        "",
        regex=True,
    )
    cut = names.map(lambda name: textwrap.shorten(name, 36, placeholder="…"))
    return cut + " (" + table["org_code"] + ")"


def _funnel(trusts: Trusts, found: FunnelResult, confidence: float) -> Figure:
    """Show trusts' shares against the national one."""
    points = found.points
    outside = points["outside_99.8"]
    above = int((outside & (points["value"] > points["target"])).sum())
    return Figure(
        funnel_chart(
            found,
            unit="share",
            x_label="how much a year can mislead about a trust of its size (standard deviation)",
            y_label="share of staff costs",
            follow=[trusts.follow] if trusts.follow in set(points["unit"]) else [],
            label_at_most=3,
        ),
        key="trust_funnel",
        title=f"{outside.sum()} of {len(points)} trusts lie further from the national share than "
        "a year's own movement explains",
        subtitle=f"Share of staff costs on {LABEL} by trust, England, {trusts.years[-1]}, with "
        f"{words.level(confidence)} and 99.8% limits",
        source=trusts.source,
        alt=f"{above} trusts lie above and {outside.sum() - above} below the 99.8% limits around "
        f"{words.percent(found.target)}.",
        data=points,
        note="A share of money has no sampling error: the limits come from how much trusts of a "
        "size move between the two years. They say who differs, not who does badly: kinds of "
        "trust and places differ too.",
    )
