"""Where the year is heading: the path carried forward, against the year's ceiling."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from nhsi_analysis.studies.agency.numbers import published
from nhsi_analysis.studies.agency.numbers.path import Floats
from nhsi_analysis.studies.agency.numbers.scope import Scope
from nhsi_analysis.years import year_bounds
from notebook_reports.evidence import Estimate
from policy_methods.forecast import Forecast, forecast
from policy_methods.reconstruct import Reconstruction

FORECAST_FROM = 24
"""Months the path must have."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """The forecast and the year's end against its ceiling.

    Parameters
    ----------
    made : Forecast
        In cash, GBP m a month.
    year : str
        Financial year of the first month forecast (or of the last known, if it ends in March).
    known : int
        Months of that year already in the path.
    total : Estimate
        Its total, GBP m, by all families together.
    ceiling : Estimate or None
        Published for that year; None where the registers hold none.
    chance : Estimate or None
        Chance of ending above it, with the range over its rounding and the families.
    totals : DataFrame
        family, total, low, high, chance_above.
    """

    made: Forecast
    year: str
    known: int
    total: Estimate
    ceiling: Estimate | None
    chance: Estimate | None
    totals: pd.DataFrame


def outlook(path: Reconstruction, scope: Scope) -> Outlook | None:
    """Forecast the path in cash; None where it has fewer than 24 months."""
    if len(path.months) < FORECAST_FROM:
        return None
    first = path.months[-1] + pd.DateOffset(months=1)
    year = published.financial_year(first)
    begin, finish = year_bounds(year)
    to_march = (finish.year - first.year) * 12 + finish.month - first.month + 1
    made = forecast(
        path.draws,
        path.months,
        horizon=max(scope.settings.horizon, to_march),
        confidence=scope.settings.confidence,
        seed=scope.settings.seed,
    )
    # spending can't be negative, which the models don't know
    made = replace(made, paths=np.maximum(made.paths, 0))
    inside = np.asarray(path.months >= begin)
    totals = path.draws[:, inside].sum(axis=1)[made.source] + made.paths[:, :to_march].sum(axis=1)
    ceiling = _ceiling(scope.register, begin, finish)
    rows = []
    for name in ("all", *dict.fromkeys(made.family.tolist())):
        part = totals if name == "all" else totals[made.family == name]
        low, high = np.quantile(part, scope.settings.tails)
        above = _chance(part, ceiling.value) if ceiling else np.nan
        rows.append((name, float(part.mean()), float(low), float(high), above))
    table = pd.DataFrame(rows, columns=["family", "total", "low", "high", "chance_above"])
    chance = None
    if ceiling is not None and ceiling.low is not None and ceiling.high is not None:
        ends = [_chance(totals, c) for c in (ceiling.low, ceiling.high)]
        ends += table["chance_above"].tolist()
        chance = Estimate(
            float(table["chance_above"].iloc[0]),
            min(ends),
            max(ends),
            unit="probability",
            n=len(totals),
            label=f"chance that {year} ends above its ceiling",
            kind="range over models and rounding",
        )
    total = Estimate(
        *rows[0][1:4],
        unit="GBP m",
        n=len(totals),
        label=f"agency spending in {year}",
        confidence=scope.settings.confidence,
        kind="forecast interval",
    )
    return Outlook(
        made=made,
        year=year,
        known=int(inside.sum()),
        total=total,
        ceiling=ceiling,
        chance=chance,
        totals=table,
    )


def _chance(totals: Floats, ceiling: float) -> float:
    """Return the share of simulated totals above a ceiling, never quite 0 or 1."""
    return float(((totals > ceiling).sum() + 0.5) / (totals.size + 1))


def _ceiling(register: pd.DataFrame, begin: pd.Timestamp, finish: pd.Timestamp) -> Estimate | None:
    rows = register[
        register["measure"].eq("agency ceiling")
        & register["basis"].eq("ceiling")
        & register["period_start"].eq(begin)
        & register["period_end"].eq(finish)
    ]
    if rows.empty:
        return None
    return published.reading(rows.iloc[0], "published ceiling")
