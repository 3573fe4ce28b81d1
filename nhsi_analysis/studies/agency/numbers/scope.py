"""What the settings choose of the registers: published numbers, months, controls, prices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from nhsi_analysis import datasets, years
from nhsi_analysis.answers.agency_register import controls, read_register
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.agency.numbers.published import constraints
from nhsi_analysis.studies.agency.settings import Settings
from nhsi_analysis.years import year_bounds
from policy_methods.results import Result

MAIN_CONTROLS = {
    "Agency nursing ceilings in force": "ceilings and price caps",
    "IR35 and locum measures": "payroll rules for locums",
}
"""Register events that start a package of controls, and what to call the package."""
LEVELS = ("sum", "mean")


@dataclass(frozen=True, slots=True)
class Scope(Result):
    """The part of the registers that a report is about.

    Parameters
    ----------
    settings, register : Settings, DataFrame
        As asked for, and everything known at the day.
    constraints : DataFrame
        Published numbers of the definition inside the years, as ``reconstruct`` takes them; those
        that compare with a year outside are left out.
    start, end, controls : Timestamp, Timestamp, dict of Timestamp to str
        First and last month of the path; first day of the month each control takes effect from, in
        order, and what happened then.
    deflator, prices : Series, str
        Monthly factor to the last year's prices (ones for cash); "in cash terms" or of that year.
    """

    settings: Settings
    register: pd.DataFrame
    constraints: pd.DataFrame
    start: pd.Timestamp
    end: pd.Timestamp
    controls: dict[pd.Timestamp, str]
    deflator: pd.Series
    prices: str

    @property
    def what(self) -> str:
        """What is followed, as a sentence says it."""
        return self.settings.definition.words

    @property
    def breaks(self) -> tuple[pd.Timestamp, ...]:
        """First days of the months the controls take effect from."""
        return tuple(self.controls)


def choose(settings: Settings) -> Scope:
    """Collect what the settings choose.

    Raises
    ------
    ParameterError
        If nothing was published in the years, a break lies outside them, or there is no deflator.
    """
    register = read_register(settings.as_at)
    known = constraints(register, settings.definition)
    inside = known[(known["start"] >= settings.first) & (known["end"] <= settings.last)]
    is_level = inside["kind"].isin(LEVELS)
    if not is_level.any():
        raise ParameterError(
            "first_year",
            f"and 'last_year' hold no published figure on {settings.definition.words}"
            + (f" known on {settings.as_at}" if settings.as_at else ""),
            value=f"{settings.first_year} to {settings.last_year}",
            allowed=sorted({years.of(d) for d in known["start"]}),
        )
    earliest = years.of(inside.loc[is_level, "start"].min())
    start = year_bounds(earliest)[0]
    # growth and change compare with the same months a year before, which must be in the path
    outside = ~is_level & (inside["start"] < start + pd.DateOffset(years=1))
    used = inside[~outside].reset_index(drop=True)
    end = used["end"].max().to_period("M").to_timestamp()
    deflator, prices = _deflator(pd.date_range(start, end, freq="MS"), settings.price_basis)
    return Scope(
        settings=settings,
        register=register,
        constraints=used,
        start=start,
        end=end,
        controls=_controls(settings.breaks, start, end, settings.as_at),
        deflator=deflator,
        prices=prices,
    )


def _controls(
    breaks: Sequence[str], start: pd.Timestamp, end: pd.Timestamp, as_at: str
) -> dict[pd.Timestamp, str]:
    """Break dates as months, with what the register of controls says of them."""
    register = controls(as_at)
    register = register.assign(month=register["event_date"].dt.to_period("M").dt.to_timestamp())
    if not breaks:
        main = register[register["event"].isin(list(MAIN_CONTROLS))].drop_duplicates("event")
        found = dict(zip(main["month"], main["event"].map(MAIN_CONTROLS), strict=True))
        return {month: label for month, label in found.items() if _room(month, start, end)}
    chosen = {}
    for text in sorted(breaks):
        month = pd.Timestamp(text).to_period("M").to_timestamp()
        if not _room(month, start, end):
            raise ParameterError(
                "breaks",
                f"must lie inside the series, {start:%B %Y} to {end:%B %Y}, with three months on "
                "either side",
                value=text,
            )
        events = register.loc[register["month"] == month, "event"].tolist()
        event = events[0] if events else "no control in the register"
        chosen[month] = MAIN_CONTROLS.get(event, event.lower())
    return chosen


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
    year = years.of(months[-1])
    begin, finish = year_bounds(year)
    base = float(quarterly.loc[begin:finish].mean())
    return base / monthly, f"in {year} prices"
