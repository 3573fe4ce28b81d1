"""The parameters of the agency report, checked before anything is computed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.as_at import parse
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.agency import figures
from nhsi_analysis.studies.agency.figures import Definition

MAIN_CONTROLS = {
    "Agency nursing ceilings in force": "ceilings and price caps",
    "IR35 and locum measures": "payroll rules for locums",
}
"""Register events that start a package of controls, and what to call the package."""
LEVELS = ("sum", "mean")
DEFLATOR_RELEASE = pd.Timestamp(2025, 6, 30)


@dataclass(frozen=True, slots=True)
class Settings:
    """Checked parameters and what they choose.

    Parameters
    ----------
    definition : Definition
        What is followed.
    register, constraints : DataFrame
        Everything known at the day; the definition's figures inside the years.
    left_out : DataFrame
        Figures of the definition that can't be used in these years (they compare with a year
        outside), with the reason.
    start, end : Timestamp
        First and last month of the path.
    breaks : tuple of Timestamp
        First day of the month each control takes effect from.
    labels : tuple of str
        What happened then, from the register of controls.
    deflator : Series
        Monthly factor to the last year's prices; all ones for cash.
    prices : str
        "in cash terms" or "in 2018/19 prices".
    """

    definition: Definition
    register: pd.DataFrame
    constraints: pd.DataFrame
    left_out: pd.DataFrame
    start: pd.Timestamp
    end: pd.Timestamp
    breaks: tuple[pd.Timestamp, ...]
    labels: tuple[str, ...]
    deflator: pd.Series
    prices: str
    confidence: float
    horizon: int
    draws: int
    seed: int
    as_at: str


def check(
    *,
    first_year: str,
    last_year: str,
    series: str,
    breaks: Sequence[str],
    staff_group: str,
    price_basis: str,
    confidence: float,
    horizon: int,
    draws: int,
    seed: int,
    as_at: str,
) -> Settings:
    """Check every parameter and collect what they choose; see :func:`analyse`.

    Raises
    ------
    ParameterError
        Naming the first parameter that breaks a rule.
    """
    first, _ = figures.year_bounds(first_year, "first_year")
    _, last = figures.year_bounds(last_year, "last_year")
    if last < first:
        raise ParameterError(
            "last_year", f"must not be before first_year, {first_year}", value=last_year
        )
    _whole("horizon", horizon, 1, 36)
    _whole("draws", draws, 200, 10_000)
    _whole("seed", seed, 0, 2**32 - 1)
    if not 0.5 <= confidence <= 0.999:
        raise ParameterError("confidence", "must be from 0.5 to 0.999", value=confidence)
    if price_basis not in ("cash", "real"):
        raise ParameterError(
            "price_basis", "is unknown", value=price_basis, allowed=("cash", "real")
        )
    chosen = figures.definition(series, staff_group)
    register = figures.read_register(as_at)
    if price_basis == "real" and parse(as_at) < DEFLATOR_RELEASE:
        raise ParameterError(
            "price_basis",
            f"must be cash for a report as at {as_at}: the deflator was released on "
            f"{DEFLATOR_RELEASE:%d %B %Y}",
        )
    known = figures.constraints(register, chosen)
    inside = known[(known["start"] >= first) & (known["end"] <= last)]
    levels = inside[inside["kind"].isin(LEVELS)]
    if levels.empty:
        years = sorted({figures.financial_year(d) for d in known["start"]})
        raise ParameterError(
            "first_year",
            f"and 'last_year' hold no published figure on {chosen.words}"
            + (f" known on {as_at}" if as_at else ""),
            value=f"{first_year} to {last_year}",
            allowed=years,
        )
    start = figures.year_bounds(figures.financial_year(levels["start"].min()))[0]
    # growth and change compare with the same months a year before, which must be in the path
    outside = ~inside["kind"].isin(LEVELS) & (inside["start"] < start + pd.DateOffset(years=1))
    used = inside[~outside].reset_index(drop=True)
    end = used["end"].max().to_period("M").to_timestamp()
    dates, labels = _breaks(breaks, start, end, as_at)
    months = pd.date_range(start, end, freq="MS")
    deflator, prices = _deflator(months, price_basis)
    return Settings(
        chosen,
        register,
        used,
        inside[outside]
        .assign(reason="compares with a year before the first")
        .reset_index(drop=True),
        start,
        end,
        dates,
        labels,
        deflator,
        prices,
        float(confidence),
        horizon,
        draws,
        seed,
        as_at,
    )


def _whole(name: str, value: object, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise ParameterError(name, "must be a whole number", value=value)
    if not low <= value <= high:
        raise ParameterError(name, f"must be from {low} to {high}", value=value)


def _breaks(
    breaks: Sequence[str], start: pd.Timestamp, end: pd.Timestamp, as_at: str
) -> tuple[tuple[pd.Timestamp, ...], tuple[str, ...]]:
    """Break dates as months, with what the register of controls says of them."""
    register = figures.controls(as_at)
    if isinstance(breaks, str):
        raise ParameterError("breaks", "must be a list of dates", value=breaks)
    if not list(breaks):
        main = register[register["event"].isin(list(MAIN_CONTROLS))].drop_duplicates("event")
        found = {
            row["event_date"].to_period("M").to_timestamp(): MAIN_CONTROLS[row["event"]]
            for row in main.to_dict("records")
        }
        kept = {d: w for d, w in found.items() if _room(d, start, end)}
        return tuple(kept), tuple(kept.values())
    dates, labels = [], []
    for text in breaks:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(text)):
            raise ParameterError("breaks", "must be ISO dates such as 2015-10-01", value=text)
        try:
            month = pd.Timestamp(text).to_period("M").to_timestamp()
        except ValueError:
            raise ParameterError("breaks", "must be ISO dates", value=text) from None
        if not _room(month, start, end):
            raise ParameterError(
                "breaks",
                f"must lie inside the series, {start:%B %Y} to {end:%B %Y}, with three months on "
                "either side",
                value=text,
            )
        near = register[register["event_date"].dt.to_period("M") == month.to_period("M")]
        dates.append(month)
        label = near["event"].iloc[0].lower() if len(near) else "no control in the register"
        labels.append(MAIN_CONTROLS.get(near["event"].iloc[0], label) if len(near) else label)
    if len(set(dates)) < len(dates):
        raise ParameterError("breaks", "must name each month once", value=list(breaks))
    pairs = sorted(zip(dates, labels, strict=True))
    return tuple(d for d, _ in pairs), tuple(label for _, label in pairs)


def _room(date: pd.Timestamp, start: pd.Timestamp, end: pd.Timestamp) -> bool:
    return bool(start + pd.DateOffset(months=3) <= date and date <= end - pd.DateOffset(months=3))


def _deflator(months: pd.DatetimeIndex, price_basis: str) -> tuple[pd.Series, str]:
    """Return the factor that brings each month to the prices of the last financial year."""
    if price_basis == "cash":
        return pd.Series(1.0, index=months), "in cash terms"
    table = datasets.load("gdp_deflator_quarterly").set_index("quarter_start")
    quarterly = table["gdp_deflator_2022_100"]
    monthly = quarterly.reindex(months, method="ffill")
    if monthly.isna().any() or months[-1] >= quarterly.index[-1] + pd.DateOffset(months=3):
        raise ParameterError("price_basis", "must be cash for months without a deflator")
    year = figures.financial_year(months[-1])
    begin, finish = figures.year_bounds(year)
    base = float(quarterly.loc[begin:finish].mean())
    return base / monthly, f"in {year} prices"
