"""What the registers of published figures say of one definition, and the rules of the time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from nhsi_analysis import years
from nhsi_analysis.answers.agency_register import controls
from nhsi_analysis.answers.published import is_actual
from nhsi_analysis.studies.agency.settings import NURSING, Definition
from nhsi_analysis.years import year_bounds
from notebook_reports.evidence import format_published

IMPLIED = "agency spend implied by its gap to the ceiling"
_COLUMNS = {
    "name": "name",
    "kind": "kind",
    "period_start": "start",
    "period_end": "end",
    "mid": "value",
    "low": "lower",
    "high": "upper",
    "source_title": "source",
    "published": "published",
}


def rules(as_at: str, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    """Return the rules on agency staff from half a year before a series to its end.

    Columns: date, rule, change (what it changed, in words). A row of one or two words is left out
    where another tells more of the same day.
    """
    table = controls(as_at)
    table = table[table["event_date"].between(start - pd.DateOffset(months=6), end)]
    told = table["what_changed"].str.count(" ") > 1
    table = table[told | ~table["event_date"].isin(table.loc[told, "event_date"])]
    change = [
        text
        if pd.isna(value) or f"{value:g}" in text.replace(",", "")
        else f"{text}: {format_published(value, unit)}"
        for text, value, unit in table[["what_changed", "value", "unit"]].itertuples(index=False)
    ]
    found = pd.DataFrame({"date": table["event_date"], "rule": table["event"], "change": change})
    days = found.drop_duplicates().groupby(["date", "rule"], sort=False, as_index=False)
    return days.agg("; ".join)


def constraints(register: pd.DataFrame, chosen: Definition) -> pd.DataFrame:
    """Return the numbers of one definition as a table for ``reconstruct``, in GBP m.

    Columns: name (period, number and source), kind, start, end, value, lower, upper, source,
    published, weight. Definitions are never spliced: each is chosen by measure and providers. A
    number published again counts once, as whoever published it first has it; in a conflict it
    weighs as often as it was published.
    """
    actual = register[is_actual(register["basis"])]
    actual = actual[actual["staff_group"].eq("nursing" if chosen is NURSING else "all")]
    own = actual[actual["provider_type"].isin(chosen.providers)]
    parts = [own[own["measure"].isin(chosen.measures)].assign(kind="sum")]
    if chosen.name == "agency":
        parts += [*_related(own), _implied_by_ceiling(register)]
    elif chosen.name == "agency and contract":
        growth = own["measure"].eq("agency and contract staff spend growth")
        parts.append(own[growth].assign(kind="growth"))
    table = pd.concat(parts, ignore_index=True)
    table = table.assign(name=[_name(row) for row in table.to_dict("records")])
    found = table[[*_COLUMNS]].rename(columns=_COLUMNS).sort_values("published", kind="stable")
    same = ["kind", "start", "end", "value", "lower", "upper"]
    found = found.drop_duplicates("name")
    found = found.assign(weight=found.groupby(same)["name"].transform("size").astype(float))
    found = found.drop_duplicates(same)
    return found.sort_values(["start", "end", "name"], ignore_index=True)


def _related(own: pd.DataFrame) -> list[pd.DataFrame]:
    """Rows that say something about the level without being one."""
    measure, money = own["measure"], own["unit"].str.startswith("GBP")
    down = measure.str.startswith("agency spend reduction on")
    change = measure.str.startswith("agency spend change on same")
    parts = [
        own[measure.str.startswith("agency spend year to date")].assign(kind="sum"),
        own[measure.eq("agency spend, five months")].assign(kind="sum"),
        own[measure.eq("agency spend per month")].assign(kind="mean"),
        own[change & money].assign(kind="change"),
        own[change & ~money].assign(kind="growth"),
        own[measure.eq("year-on-year growth in agency spend, H1")].assign(kind="growth"),
    ]
    for rows, kind in ((own[down & money], "change"), (own[down & ~money], "growth")):
        turned = rows.assign(kind=kind, low=-rows["high"], high=-rows["low"], mid=-rows["mid"])
        parts.append(turned)
    return parts


def _implied_by_ceiling(register: pd.DataFrame) -> pd.DataFrame:
    """Spending implied by a gap to the ceiling published both in money and per cent."""
    rows = register[
        register["measure"].isin(
            ["agency spend relative to ceiling", "agency spend relative to plan/ceiling"]
        )
    ]
    keys = ["period_start", "period_end", "source_title"]
    money = rows[rows["unit"].eq("GBP m")]
    share = rows[rows["unit"].eq("per cent")][[*keys, "low", "high", "mid"]]
    pairs = money.merge(share, on=keys, suffixes=("", "_share"), validate="one_to_one")
    corners = np.array(
        [
            pairs[a] / pairs[b] + pairs[a]
            for a in ("low", "high")
            for b in ("low_share", "high_share")
        ]
    )
    spend = pairs["mid"] / pairs["mid_share"] + pairs["mid"]
    return pairs.assign(
        kind="sum",
        measure=IMPLIED,
        low=corners.min(axis=0) if len(pairs) else [],
        high=corners.max(axis=0) if len(pairs) else [],
        mid=spend,
    )


def _name(row: dict[Any, Any]) -> str:
    first, last = row["period_start"], row["period_end"]
    if (first.year, first.month) == (last.year, last.month):
        period = f"{first:%B %Y}"
    elif year_bounds(years.of(first)) == (first, last):
        period = years.of(first)
    else:
        period = f"{first:%b %Y} to {last:%b %Y}"
    if row["kind"] == "growth":
        number = f"{row['mid'] * 100:+.4g}% on the year"
    elif row["kind"] == "change":
        number = f"{row['mid']:+,.5g}m on the year"
    elif row["measure"] == IMPLIED:
        number = f"about £{row['mid']:,.0f}m, as its gap to the ceiling implies"
    else:
        number = f"£{row['mid']:,.6g}m{' a month' if row['kind'] == 'mean' else ''}"
    # without where a copy of the page was found
    publisher = str(row["publisher"]).partition(" (")[0]
    return f"{period}: {number.replace('-', '−')} ({publisher}, {row['source_title']})"
