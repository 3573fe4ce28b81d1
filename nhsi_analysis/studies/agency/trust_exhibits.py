"""Figures and tables of the trust-level section of the agency report."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd

from nhsi_analysis.studies.agency.exhibits import Exhibit
from nhsi_analysis.studies.agency.trusts import LABEL, Trusts
from notebook_reports.charts.bars import bars
from notebook_reports.charts.distributions import cumulative_shares
from notebook_reports.charts.funnel import funnel_chart
from notebook_reports.charts.intervals import dot_interval
from notebook_reports.evidence import format_value
from policy_methods.funnel import FunnelResult

SHOWN = 12
"""Trusts in the chart of what drives the change."""


def reading(trusts: Trusts) -> str:
    """Say what the table holds, what was left out, and what the followed trust did."""
    totals = trusts.totals()
    last = totals.iloc[-1]
    parts = [
        f"In {last['financial_year']}, {int(last['trusts'])} trusts in {trusts.origin} spent "
        f"{format_value(float(last['spend_gbp_m']) / 1000, 'GBP bn')} on {LABEL} staff, "
        f"{format_value(float(last['share']), 'share')} of their staff costs; the median trust "
        f"{format_value(float(last['median_share']), 'share')}."
    ]
    if len(trusts.excluded):
        rows = trusts.excluded.groupby("org_name")["financial_year"].agg(" and ".join)
        sums = trusts.excluded["spend_gbp_m"] * 1e6
        parts.append(
            "Left out as placeholders, not figures: "
            + "; ".join(f"{name} ({years})" for name, years in rows.items())
            + f", shown as {format_value(float(sums.min()), 'GBP', 0)}"
            + (
                f" to {format_value(float(sums.max()), 'GBP', 0)}"
                if sums.max() > sums.min()
                else ""
            )
            + "."
        )
    half = trusts.half_of_spending()
    parts.append(f"{half.text[:1].upper()}{half.text[1:]} of {half.n} make half of the spending.")
    followed = trusts.followed()
    for row in followed.to_dict("records"):
        parts.append(
            f"{row['org_name']} spent {format_value(row['spend_gbp_m'], 'GBP m', 1)} in "
            f"{row['financial_year']}, {format_value(row['share'], 'share')} of its staff costs: "
            f"rank {row['rank']} of {row['trusts']} from the lowest."
        )
    return " ".join([*parts, *trusts.notes])


def totals_table(trusts: Trusts) -> Exhibit:
    """Show the totals by year."""
    table = trusts.totals()
    names = ["Financial year", "Trusts", "Spending (£m)", "Share of staff costs", "Median trust"]
    return {
        "df": table.set_axis(names, axis=1),
        "key": "trust_totals",
        "caption": f"Spending on {LABEL} staff, trusts together",
        "source": trusts.source,
        "formats": {"Share of staff costs": "share", "Median trust": "share"},
        "note": "Agency and external bank staff are added in the accounts and can't be split, so "
        "the total is above the official figure for agency alone.",
    }


def spread_figure(trusts: Trusts, column: str) -> Exhibit:
    """Show shares of staff costs by sector or region."""
    table = trusts.by(column)
    top, low = table.iloc[0], table.iloc[-1]
    word = "type of trust" if column == "sector" else "region"
    return {
        "fig": dot_interval(
            table, group=column, value="share", unit="share", x_label="share of staff costs"
        ),
        "key": f"trusts_by_{column}",
        "title": f"{top[column]} trusts spend {format_value(float(top['share']), 'share')} of "
        f"staff costs on {LABEL}, {low[column]} trusts {format_value(float(low['share']), 'share')}"
        if column == "sector"
        else f"{top[column]} spends the largest share on {LABEL}, {low[column]} the smallest",
        "subtitle": f"Share of staff costs by {word}, England, {trusts.years[-1]}: all its trusts "
        "together (dot) and the middle half of them (line)",
        "source": trusts.source,
        "alt": "; ".join(
            f"{r[column]} {format_value(r['share'], 'share')} ({r['trusts']} trusts)"
            for r in table.to_dict("records")
        )
        + ".",
        "data": table,
        "note": "The line is the spread between trusts, not sampling error. The dot can lie "
        "outside it where large trusts differ from small ones.",
    }


def concentration_figure(trusts: Trusts) -> Exhibit:
    """Show how far the largest spenders make up the total."""
    table = trusts.concentration()
    half = trusts.half_of_spending()
    staff = float(table["cumulative_staff_share"].iloc[int(half.value) - 1])
    return {
        "fig": cumulative_shares(
            table.assign(staff=np.diff(table["cumulative_staff_share"], prepend=0.0)), x="rank",
            parts={"spend_gbp_m": "of spending", "staff": "of staff costs"},
            x_label="trusts, largest spender first", y_label="cumulative share",
        ),
        "key": "concentration",
        "title": f"{half.text} make half of the spending and {format_value(staff, 'share', 0)} of "
        "staff costs",
        "subtitle": f"Cumulative share of {LABEL} spending and of staff costs, trusts in England, "
        f"{trusts.years[-1]}",
        "source": trusts.source,
        "alt": f"The spending curve reaches half after {half.text} of {half.n}; the same trusts "
        f"have {format_value(staff, 'share')} of staff costs.",
        "data": table,
    }  # fmt: skip


def funnel_figure(trusts: Trusts, found: FunnelResult, confidence: float) -> Exhibit:
    """Show trusts' shares against the national one."""
    points = found.points
    wide = f"outside_{99.8:g}"
    outside = int(points[wide].sum())
    above = int((points[wide] & (points["value"] > points["target"])).sum())
    year = trusts.years[-1]
    return {
        "fig": funnel_chart(
            found, unit="share",
            x_label="how much a year can mislead about a trust of its size (standard deviation)",
            y_label="share of staff costs",
            follow=[trusts.follow] if trusts.follow in set(points["unit"]) else [],
            label_at_most=3,
        ),
        "key": "trust_funnel",
        "title": f"{outside} of {len(points)} trusts lie further from the national share than a "
        "year's own movement explains",
        "subtitle": f"Share of staff costs on {LABEL} by trust, England, {year}, with "
        f"{format_value(confidence, 'share', 0)} and 99.8% limits",
        "source": trusts.source,
        "alt": f"{above} trusts lie above and {outside - above} below the 99.8% limits around "
        f"{format_value(found.target, 'share')}.",
        "data": points,
        "note": "A share of money has no sampling error: the limits come from how much trusts of a "
        "size move between the two years. They say who differs, not who does badly: kinds of "
        "trust and places differ too.",
    }  # fmt: skip


def drivers_figure(trusts: Trusts) -> Exhibit | None:
    """Show the trusts whose spending changed most; None with one year."""
    moved = trusts.changes()
    if moved.empty:
        return None
    top = moved.head(SHOWN).sort_values("change", ignore_index=True)
    total = float(moved["change"].sum())
    first, last = trusts.years[-2:]
    down = moved[moved["change"] < 0]
    return {
        "fig": bars(
            top.assign(trust=_short(top)), group="trust", value="change", unit="GBP m", decimals=0,
            x_label="change, £m", emphasise=_short(top[top["org_code"] == trusts.follow]).tolist(),
        ),
        "key": "trust_drivers",
        "title": f"{len(down)} of {len(moved)} trusts cut spending; {top['org_name'].iloc[0]} by "
        "most"
        if len(down) else f"No trust of {len(moved)} cut spending",
        "subtitle": f"Change in {LABEL} spending from {first} to {last}, the {len(top)} largest of "
        "trusts in both years",
        "source": trusts.source,
        "alt": f"Together the {len(moved)} trusts changed by {format_value(total, 'GBP m')}: "
        + "; ".join(
            f"{r['org_name']} {format_value(r['change'], 'GBP m', 1)}"
            for r in top.to_dict("records")
        )
        + ".",
        "data": moved,
        "note": "Trusts that merged or took over another during these years change for that reason "
        "alone.",
    }  # fmt: skip


def _short(table: pd.DataFrame) -> pd.Series:
    """Shorten names so that they fit beside the bars."""
    names = table["org_name"].str.replace(
        r"\s*(?:University\s+)?(?:Hospitals?\s+)?(?:NHS\s+)?(?:Foundation\s+)?Trust$",
        "",
        regex=True,
    )
    return (
        names.map(lambda name: textwrap.shorten(name, 36, placeholder="…"))
        + " ("
        + table["org_code"]
        + ")"
    )
