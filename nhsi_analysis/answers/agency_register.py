"""The registers of published figures on temporary staff, read row by row into one unit.

Rounding and dates of publication: see :mod:`nhsi_analysis.answers.published`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.answers.published import interval, published_on
from nhsi_analysis.as_at import OPEN_END, parse

REGISTERS: Final = ("agency_annual", "agency_quarterly", "agency_monthly")


def known_at(table: pd.DataFrame, as_at: str, date: str) -> pd.DataFrame:
    """Keep the rows dated and published by a day; all of them where `as_at` is empty.

    Parameters
    ----------
    table : DataFrame
        With source_title and the date named.
    as_at : str
        ISO date, or empty.
    date : str
        Column that must not be later; a missing date is not known to be earlier.
    """
    when = parse(as_at)
    table = table.assign(published=pd.to_datetime(table["source_title"].map(published_on)))
    if when == OPEN_END:
        return table
    return table[(table["published"] <= when) & (table[date] <= when)]


def read_register(as_at: str = "", names: Sequence[str] = REGISTERS) -> pd.DataFrame:
    """Return every dated row of the registers, known at a day, with intervals in GBP m.

    Parameters
    ----------
    as_at : str
        ISO date; empty for everything.
    names : sequence of str
        Registers wanted.

    Returns
    -------
    DataFrame
        The registers' columns and: published, low and high (ends of the interval; money in GBP m,
        shares as 0 to 1, others as published), mid.
    """
    table = pd.concat([datasets.load(name) for name in names], ignore_index=True)
    table = known_at(table, as_at, "period_end")
    table = table[table["period_end"].notna()].reset_index(drop=True)
    told = table[["value", "unit", "basis", "note"]].fillna({"note": ""})
    ends = [interval(*row) for row in told.itertuples(index=False)]
    factor = table["unit"].map(_factor).astype(float)  # of no rows it would be text
    return table.assign(
        low=np.array([low for low, _ in ends]) * factor,
        high=np.array([high for _, high in ends]) * factor,
        mid=table["value"] * factor,
    )


def _factor(unit: str) -> float:
    if unit.startswith("GBP bn"):
        return 1000.0
    return 0.01 if unit.startswith("per cent") else 1.0


def controls(as_at: str = "") -> pd.DataFrame:
    """Return the register of controls known at a day, in order; undated rules are left out."""
    table = known_at(datasets.load("agency_controls"), as_at, "event_date")
    return table[table["event_date"].notna()].sort_values("event_date", ignore_index=True)
