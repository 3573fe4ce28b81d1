"""The record by year: what was published under each definition, kept apart, and who disagrees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from nhsi_analysis import years
from nhsi_analysis.answers.published import is_actual
from nhsi_analysis.studies.agency.numbers.scope import Scope
from nhsi_analysis.studies.agency.settings import DEFINITIONS, NATIONAL, NURSING, Definition
from notebook_reports.evidence import Estimate
from policy_methods.results import Result

SPEND = "agency spend"


def _finest(rows: pd.DataFrame) -> pd.Series:
    return rows.iloc[int((rows["high"] - rows["low"]).to_numpy().argmin())]


def _hull(rows: pd.DataFrame, unit: str, label: str) -> Estimate | None:
    """Return the finest number of several with the range from the lowest to the highest."""
    if rows.empty:
        return None
    kind = "rounding range" if len(rows) == 1 else "range of published figures"
    low, high = float(rows["low"].min()), float(rows["high"].max())
    value = float(_finest(rows)["mid"])
    return Estimate(value, low, high, unit=unit, n=len(rows), label=label, kind=kind)


def _yearly(register: pd.DataFrame, chosen: Definition | None = None) -> pd.DataFrame:
    """Return the rows on whole financial years, with the year; what was spent by a definition."""
    begin, end = register["period_start"], register["period_end"]
    whole = begin.dt.month.eq(4) & (end - begin).dt.days.between(363, 366)
    rows: pd.DataFrame = register[whole]
    rows = rows.assign(year=begin[whole].map(years.of))
    if chosen is None:
        return rows
    return rows[
        is_actual(rows["basis"])
        & rows["staff_group"].eq("nursing" if chosen is NURSING else "all")
        & rows["unit"].str.startswith("GBP")
        & rows["measure"].isin(chosen.measures)
        & rows["provider_type"].isin(chosen.providers)
    ]


def levels(register: pd.DataFrame, chosen: Definition) -> dict[str, Estimate]:
    """Return a definition's spending by financial year in GBP m: the finest, with all its rivals.

    The register is as :func:`~nhsi_analysis.answers.agency_register.read_register` gives it.
    """
    found = {
        str(year): _hull(rows, "GBP m", f"{chosen.words} in {year}")
        for year, rows in _yearly(register, chosen).groupby("year")
    }
    return {year: level for year, level in found.items() if level is not None}


@dataclass(frozen=True, slots=True)
class Fall(Result):
    """How far spending fell between two published years.

    Parameters
    ----------
    share : Estimate
        The fall as a share, negative for a rise: by the finest figures, with the range over every
        pair of published ones.
    first, last : str
        The financial years.
    """

    share: Estimate
    first: str
    last: str


def fall(scope: Scope) -> Fall | None:
    """Return the fall from 2015/16 (or the first year) to the last published; None of one year."""
    settings = scope.settings
    found = levels(scope.register, settings.definition)
    found = {y: one for y, one in found.items() if settings.first_year <= y <= settings.last_year}
    if len(found) < 2:
        return None
    last = max(found)
    first = "2015/16" if "2015/16" in found and last > "2015/16" else min(found)
    before, after = found[first], found[last]
    start, end = (_price(scope, year) for year in (first, last))
    low, high = (
        1 - (b or 0.0) * end / ((a or 1.0) * start)
        for a, b in ((before.low, after.high), (before.high, after.low))
    )
    share = Estimate(
        1 - after.value * end / (before.value * start),
        low,
        high,
        unit="share",
        n=(before.n or 0) * (after.n or 0),
        label=f"fall in {scope.what} from {first} to {last}",
        kind="range over published figures",
        decimals=0,
        as_at=f"{years.last_day(last):%Y-%m-%d}",
    )
    return Fall(share, first, last)


def _price(scope: Scope, year: str) -> float:
    """Return the factor that brings a year's cash to the prices chosen."""
    begin, end = years.year_bounds(year)
    return float(scope.deflator.loc[begin:end].mean())


def by_year(register: pd.DataFrame, first: str, last: str, *, nurses: bool = False) -> pd.DataFrame:
    """Return one row a financial year: levels under each definition, share of pay, plan, forecast.

    Columns: financial_year, agency, agency_and_contract, agency_nurses (Estimates in GBP m: the
    finest published number with the range of all of them), share_of_pay (Estimate),
    plan_or_ceiling (Estimate in GBP m), forecast (range of forecasts published during the year).
    With `nurses`, what was published on them alone.
    """
    chosen = [NURSING] if nurses else list(DEFINITIONS.values())
    kept = {one.name.replace(" ", "_"): levels(register, one) for one in chosen}
    rows = _yearly(register[register["staff_group"].eq("nursing" if nurses else "all")])
    rows = rows[rows["year"].between(first, last)]
    national, spend = rows["provider_type"].isin(NATIONAL), rows["measure"].eq(SPEND)
    planned = spend | rows["measure"].eq("agency ceiling")
    share = rows["measure"].eq("agency share of total pay") & is_actual(rows["basis"])
    kinds = {
        "share_of_pay": ("share", share),
        "plan_or_ceiling": ("GBP m", planned & rows["basis"].isin(["plan", "ceiling"])),
        "forecast": ("GBP m", spend & rows["basis"].str.contains("forecast")),
    }
    found = []
    for year, here in rows.groupby("year"):
        cells: dict[str, Any] = {"financial_year": str(year)}
        cells |= {name: published.get(str(year)) for name, published in kept.items()}
        for column, (unit, mask) in kinds.items():
            label = f"{column.replace('_', ' ')} in {year}"
            cells[column] = _hull(here[(mask & national).loc[here.index]], unit, label)
        found.append(cells)
    names = [one.name.replace(" ", "_") for one in (*DEFINITIONS.values(), NURSING)]
    return pd.DataFrame(found, columns=["financial_year", *names, *kinds], dtype=object)


def bank_shift(register: pd.DataFrame) -> pd.DataFrame:
    """Return financial_year, bank and agency (GBP m) for the years that have both as spent."""
    spent = is_actual(register["basis"]) | register["basis"].eq("FOI (Labour)")
    rows = _yearly(register[spent])
    agency = rows[rows["measure"].eq(SPEND) & rows["staff_group"].eq("all")]
    found = []
    for year, here in rows[rows["measure"].eq("bank staff spend")].groupby("year"):
        beside = agency[agency["year"] == year]
        if len(beside):
            bank, other = _finest(here), float(_finest(beside)["mid"])
            found.append((str(year), float(bank["mid"]), other))
    return pd.DataFrame(found, columns=["financial_year", "bank", "agency"])


def disagreements(register: pd.DataFrame) -> pd.DataFrame:
    """Return the figures on one thing that can't both be true within their rounding.

    Each is held against the finest published on the same quantity and year. Columns: quantity,
    financial_year, unit, value, publisher, published, rival, rival_publisher, rival_published,
    apart (between the two values).
    """
    rows = _yearly(register[register["staff_group"].eq("all")])
    shares = is_actual(rows["basis"]) & rows["measure"].eq("agency share of total pay")
    parts = {
        f"{name} spending": ("GBP m", _yearly(register, one)) for name, one in DEFINITIONS.items()
    }
    parts["agency share of pay"] = ("share", rows[shares & rows["provider_type"].isin(NATIONAL)])
    names, found = ["mid", "publisher", "published"], []
    for quantity, (unit, held) in parts.items():
        for year, here in held.groupby("year"):
            best = _finest(here)
            apart = here[(here["low"] > best["high"]) | (here["high"] < best["low"])]
            for _, rival in apart.drop_duplicates(["mid", "publisher"]).iterrows():
                gap = abs(rival["mid"] - best["mid"])
                found.append((quantity, str(year), unit, *best[names], *rival[names], gap))
    columns = ["quantity", "financial_year", "unit", "value", "publisher", "published"]
    columns += ["rival", "rival_publisher", "rival_published", "apart"]
    return pd.DataFrame(found, columns=columns)
