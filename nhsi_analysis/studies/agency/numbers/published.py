"""The registers of published numbers, read row by row into one unit with stated rules.

Rules a reader can check:

* **Rounding and publication**: see :mod:`nhsi_analysis.answers.published`.
* **Definitions** are never spliced: each is chosen by measure and providers, as listed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from nhsi_analysis import datasets, years
from nhsi_analysis.answers.published import interval as interval
from nhsi_analysis.answers.published import is_actual as is_actual
from nhsi_analysis.answers.published import published_on as published_on
from nhsi_analysis.as_at import OPEN_END, parse
from nhsi_analysis.studies.agency.settings import NURSING, Definition
from nhsi_analysis.years import year_bounds
from notebook_reports.evidence import Estimate

REGISTERS = ("agency_annual", "agency_quarterly", "agency_monthly")

COLUMNS = [
    "name",
    "kind",
    "start",
    "end",
    "value",
    "lower",
    "upper",
    "source",
    "published",
    "note",
    "register",
    "row",
]


def financial_year(date: pd.Timestamp) -> str:
    """Return the financial year of a date: 1 April 2015 is in "2015/16".

    Examples
    --------
    >>> financial_year(pd.Timestamp("2016-03-31"))
    '2015/16'
    """
    return years.of(date)


def known_at(table: pd.DataFrame, as_at: str, dates: tuple[str, ...]) -> pd.DataFrame:
    """Keep the rows dated and published by a day; all of them where `as_at` is empty.

    Parameters
    ----------
    table : DataFrame
        With source_title, and the date columns named.
    as_at : str
        ISO date, or empty.
    dates : tuple of str
        Columns of which none may be later; a missing date is not known to be earlier.
    """
    when = parse(as_at)
    table = table.assign(published=pd.to_datetime(table["source_title"].map(published_on)))
    if when == OPEN_END:
        return table
    keep = table["published"] <= when
    for column in dates:
        keep &= table[column] <= when
    return table[keep]


def read_register(as_at: str = "") -> pd.DataFrame:
    """Return every row of the three dated registers, known at a day, with intervals in GBP m.

    Returns
    -------
    DataFrame
        The registers' columns and: register, row (its line in the file), published, low and high
        (ends of the interval; money in GBP m, shares as 0 to 1, others as published), mid.
    """
    parts = []
    for name in REGISTERS:
        table = datasets.load(name)
        parts.append(table.assign(register=name, row=np.arange(2, len(table) + 2)))
    table = known_at(pd.concat(parts, ignore_index=True), as_at, ("period_end",))
    table = table[table["period_end"].notna()].copy()
    ends = [
        interval(
            row["value"], row["unit"], row["basis"], "" if pd.isna(row["note"]) else row["note"]
        )
        for row in table.to_dict("records")
    ]
    factor = table["unit"].map(_factor).astype(float)  # of no rows it would be text
    table["low"] = np.array([e[0] for e in ends]) * factor
    table["high"] = np.array([e[1] for e in ends]) * factor
    table["mid"] = table["value"] * factor
    return table.reset_index(drop=True)


def _factor(unit: str) -> float:
    if unit.startswith("GBP bn"):
        return 1000.0
    return 0.01 if unit.startswith("per cent") else 1.0


def reading(row: Mapping[Any, Any] | pd.Series, label: str) -> Estimate:
    """Return a row of the register as a number in GBP m with the interval it stands for."""
    return Estimate(
        float(row["mid"]),
        float(row["low"]),
        float(row["high"]),
        unit="GBP m",
        n=1,
        label=label,
        kind="rounding range",
    )


def controls(as_at: str = "") -> pd.DataFrame:
    """Return the register of controls known at a day, in order; undated rules are left out."""
    table = known_at(datasets.load("agency_controls"), as_at, ("event_date",))
    return table[table["event_date"].notna()].sort_values("event_date", ignore_index=True)


def constraints(register: pd.DataFrame, chosen: Definition) -> pd.DataFrame:
    """Return the numbers of one definition as a table for ``reconstruct``, in GBP m.

    Returns
    -------
    DataFrame
        name, kind, start, end, value, lower, upper, source, published, note; the names carry
        period, number and source.
    """
    actual = register[is_actual(register["basis"])]
    group = "nursing" if chosen is NURSING else "all"
    actual = actual[actual["staff_group"].eq(group)]
    own = actual[actual["provider_type"].isin(chosen.providers)]
    levels = own[own["measure"].isin(chosen.measures)].assign(kind="sum")
    parts = [levels]
    if chosen.name == "agency":
        parts += _related(own)
        parts.append(_implied_by_ceiling(register))
    elif chosen.name == "agency and contract":
        growth = own[own["measure"].eq("agency and contract staff spend growth")]
        parts.append(growth.assign(kind="growth"))
    parts = [p for p in parts if len(p)]
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    table = pd.concat(parts, ignore_index=True)
    result = pd.DataFrame(
        {
            "name": [_name(row) for row in table.to_dict("records")],
            "kind": table["kind"],
            "start": table["period_start"],
            "end": table["period_end"],
            "value": table["mid"],
            "lower": table["low"],
            "upper": table["high"],
            "source": table["source_title"],
            "published": table["published"],
            "note": table["note"],
            "register": table["register"],
            "row": table["row"],
        }
    )
    return result.drop_duplicates("name").sort_values(["start", "end", "name"], ignore_index=True)


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
        measure="agency spend implied by its gap to the ceiling",
        low=corners.min(axis=0) if len(pairs) else [],
        high=corners.max(axis=0) if len(pairs) else [],
        mid=spend,
    )


def _name(row: dict[Any, Any]) -> str:
    first, last = row["period_start"], row["period_end"]
    if (first.year, first.month) == (last.year, last.month):
        period = f"{first:%B %Y}"
    elif year_bounds(financial_year(first)) == (first, last):
        period = financial_year(first)
    else:
        period = f"{first:%b %Y} to {last:%b %Y}"
    if row["kind"] == "growth":
        number = f"{row['mid'] * 100:+.4g}% on the year"
    elif row["kind"] == "change":
        number = f"{row['mid']:+,.5g}m on the year"
    else:
        number = f"£{row['mid']:,.6g}m{' a month' if row['kind'] == 'mean' else ''}"
    return f"{period}: {number.replace('-', '−')} ({row['publisher']}, {row['source_title']})"
