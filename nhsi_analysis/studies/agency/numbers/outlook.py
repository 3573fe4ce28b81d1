"""Where the year would end, as seen from the last month known: the path carried forward."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nhsi_analysis.studies.agency.numbers import published, record
from nhsi_analysis.studies.agency.numbers.scope import Scope
from nhsi_analysis.years import year_bounds
from notebook_reports.evidence import Estimate
from policy_methods.forecast import Floats, forecast
from policy_methods.reconstruct import Reconstruction

FORECAST_FROM = 24
"""Months the path must have."""
BATCHES = 4
"""Forecasts made apart, each with its own seed, draws of the path and fits of the models: how far
they differ is the Monte Carlo error."""
CONTINUED, FITS = 15, 4
"""Draws of the path that a batch carries forward, and those its models are fitted to."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """The forecast of the year's end beside its ceiling and what providers expected.

    Parameters
    ----------
    year : str
        Financial year of the first month forecast.
    seen_from : Timestamp
        Last month of the path.
    known : int
        Months of that year already in the path.
    total : Estimate
        Its total in cash, GBP m, by all families together.
    error : float
        Monte Carlo error of the total's mean, GBP m.
    ceiling, expected, outturn : Estimate or None
        What the registers hold on that year: its ceiling, the providers' own forecasts, and what
        was spent in the end.
    excess : tuple of float or None
        How far above the ceiling the regulator expected the year to end, GBP m.
    chance : Estimate or None
        Chance of ending above the ceiling, with the range over its rounding and the families.
    chance_error : float
        Monte Carlo error of the chance.
    totals : DataFrame
        family, total, low, high, chance_above (missing without a ceiling).
    months : DataFrame
        month, mean, low, high: the months forecast.
    """

    year: str
    seen_from: pd.Timestamp
    known: int
    total: Estimate
    error: float
    ceiling: Estimate | None
    expected: Estimate | None
    outturn: Estimate | None
    excess: tuple[float, float] | None
    chance: Estimate | None
    chance_error: float
    totals: pd.DataFrame
    months: pd.DataFrame


def outlook(path: Reconstruction, scope: Scope) -> Outlook | None:
    """Forecast the path in cash; None where it has fewer than 24 months."""
    if len(path.months) < FORECAST_FROM:
        return None
    settings = scope.settings
    first = path.months[-1] + pd.DateOffset(months=1)
    year = published.financial_year(first)
    begin, finish = year_bounds(year)
    ahead = (finish.year - first.year) * 12 + finish.month - first.month + 1
    inside = np.asarray(path.months >= begin)
    totals, families, paths = [], [], []
    for batch in range(BATCHES):
        drawn = path.draws[batch::BATCHES]
        made = forecast(
            drawn,
            path.months,
            horizon=max(settings.horizon, ahead),
            confidence=settings.confidence,
            origins=0,
            draws=CONTINUED,
            fits=FITS,
            seed=settings.seed + batch,
        )
        # spending can't be negative, which the models don't know
        paths.append(np.maximum(made.paths, 0))
        known = drawn[:, inside].sum(axis=1)[made.source]
        totals.append(known + paths[-1][:, :ahead].sum(axis=1))
        families.append(made.family)
    every, family = np.concatenate(totals), np.concatenate(families)
    ceiling, expected, excess = _published_on(scope, year)
    table = _by_family(every, family, ceiling, settings.tails)
    low, high = np.quantile(np.vstack(paths), settings.tails, axis=0)
    columns = {"mean": np.vstack(paths).mean(axis=0), "low": low, "high": high}
    limit = ceiling.value if ceiling is not None else np.nan
    return Outlook(
        year=year,
        seen_from=path.months[-1],
        known=int(inside.sum()),
        total=Estimate(
            float(table["total"].iloc[0]),
            float(table["low"].iloc[0]),
            float(table["high"].iloc[0]),
            unit="GBP m",
            n=len(every),
            label=f"{scope.what} in {year}, as forecast from {path.months[-1]:%B %Y}",
            confidence=settings.confidence,
            kind="forecast interval",
            as_at=f"{path.months[-1] + pd.offsets.MonthEnd(0):%Y-%m-%d}",
        ),
        error=_error([float(part.mean()) for part in totals]),
        ceiling=ceiling,
        expected=expected,
        outturn=record.levels(scope.register, settings.definition).get(year),
        excess=excess,
        chance=_against(ceiling, every, table),
        chance_error=_error([_chance(part, limit) for part in totals]),
        totals=table,
        months=pd.DataFrame({"month": made.months, **columns}),
    )


def _error(batches: list[float]) -> float:
    """Return the standard error of the mean of batches made apart."""
    return float(np.std(batches, ddof=1) / np.sqrt(len(batches)))


def _chance(totals: Floats, ceiling: float) -> float:
    """Return the share of simulated totals above a ceiling, never quite 0 or 1."""
    return float(((totals > ceiling).sum() + 0.5) / (totals.size + 1))


def _by_family(
    totals: Floats, family: np.ndarray, ceiling: Estimate | None, tails: tuple[float, float]
) -> pd.DataFrame:
    rows = []
    for name in ("all", *dict.fromkeys(family.tolist())):
        part = totals if name == "all" else totals[family == name]
        above = _chance(part, ceiling.value) if ceiling is not None else np.nan
        rows.append((name, float(part.mean()), *np.quantile(part, tails), above))
    return pd.DataFrame(rows, columns=["family", "total", "low", "high", "chance_above"])


def _against(ceiling: Estimate | None, totals: Floats, table: pd.DataFrame) -> Estimate | None:
    """Return the chance of ending above a ceiling, over its rounding and the families."""
    if ceiling is None or ceiling.low is None or ceiling.high is None:
        return None
    ends = [_chance(totals, c) for c in (ceiling.low, ceiling.high)]
    ends += table["chance_above"].tolist()
    return Estimate(
        float(table["chance_above"].iloc[0]),
        min(ends),
        max(ends),
        unit="probability",
        n=len(totals),
        label=ceiling.label,
        kind="range over models and rounding",
    )


def _published_on(
    scope: Scope, year: str
) -> tuple[Estimate | None, Estimate | None, tuple[float, float] | None]:
    """Return a year's ceiling, the hull of providers' forecasts, and the regulator's excess."""
    settings, register = scope.settings, scope.register
    row = record.by_year(register, year, year)
    if settings.series != "agency" or settings.staff_group != "all" or row.empty:
        return None, None, None
    begin, _ = year_bounds(year)
    over = register[
        register["measure"].str.startswith("overspend against ceiling")
        & register["period_start"].eq(begin)
    ]["mid"]
    excess = (float(over.min()), float(over.max())) if len(over) else None
    return row["plan_or_ceiling"].iloc[0], row["forecast"].iloc[0], excess
