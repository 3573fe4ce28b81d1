"""Where the year would end, as seen from the last month known: the path carried forward."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nhsi_analysis import years
from nhsi_analysis.studies.agency.numbers import record
from nhsi_analysis.studies.agency.numbers.scope import Scope
from notebook_reports.evidence import Estimate
from policy_methods.forecast import Floats, forecast
from policy_methods.reconstruct import Reconstruction
from policy_methods.results import Result

FORECAST_FROM = 24
"""Months the path must have."""
BATCHES = 4
"""Forecasts made apart, each with its own seed, draws of the path and fits of the models: how far
they differ is the Monte Carlo error."""
CONTINUED, FITS, REPEATS = 40, 4, 25
"""Draws of the path that a batch carries forward, those its models are fitted to, and futures of
each draw and model."""


@dataclass(frozen=True, slots=True)
class Outlook(Result):
    """The forecast of the year's end beside its ceiling and what providers expected.

    Parameters
    ----------
    year, seen_from, known : str, Timestamp, int
        Financial year of the first month forecast; last month of the path; its months of that year.
    total, error, chance_error : Estimate, float, float
        The year's total in cash, GBP m, by all families together; Monte Carlo errors of its mean,
        GBP m, and of the chance.
    ceiling, expected, outturn : Estimate or None
        What the registers hold on that year: its ceiling, the providers' own forecasts, and what
        was spent in the end.
    excess, chance : tuple of float, Estimate or None
        How far above the ceiling the regulator expected the year to end, GBP m, or empty; chance of
        ending above it, with the range over its rounding and the families.
    by_model, months : tuple of float, DataFrame
        Lowest and highest mean total of the families alone, GBP m; month, mean, low, high.
    """

    year: str
    seen_from: pd.Timestamp
    known: int
    total: Estimate
    error: float
    ceiling: Estimate | None
    expected: Estimate | None
    outturn: Estimate | None
    excess: tuple[float, ...]
    chance: Estimate | None
    chance_error: float
    by_model: tuple[float, float]
    months: pd.DataFrame


def outlook(path: Reconstruction, scope: Scope) -> Outlook | None:
    """Forecast the path in cash; None where it has fewer than 24 months."""
    if len(path.months) < FORECAST_FROM:
        return None
    settings, last = scope.settings, path.months[-1]
    year = years.of(last + pd.DateOffset(months=1))
    begin, finish = years.year_bounds(year)
    ahead = (finish.year - last.year) * 12 + finish.month - last.month
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
            repeats=REPEATS,
            seed=settings.seed + batch,
        )
        # spending can't be negative, which the models don't know
        paths.append(np.maximum(made.paths, 0))
        known = drawn[:, inside].sum(axis=1)[made.source]
        totals.append(known + paths[-1][:, :ahead].sum(axis=1))
        families.append(made.family)
    every, family, months = np.concatenate(totals), np.concatenate(families), np.vstack(paths)
    parts = {name: every[family == name] for name in dict.fromkeys(family.tolist())}
    ceiling, expected, excess = _published_on(scope, year)
    means = [float(part.mean()) for part in parts.values()]
    limit = ceiling.value if ceiling is not None else np.nan
    low, high = np.quantile(months, settings.tails, axis=0)
    return Outlook(
        year=year,
        seen_from=last,
        known=int(inside.sum()),
        total=Estimate(
            float(every.mean()),
            float(np.quantile(every, settings.tails[0])),
            float(np.quantile(every, settings.tails[1])),
            unit="GBP m",
            n=len(every),
            label=f"{scope.what} in {year}, as forecast from {last:%B %Y}",
            confidence=settings.confidence,
            kind="forecast interval",
            as_at=f"{last + pd.offsets.MonthEnd(0):%Y-%m-%d}",
        ),
        error=_error([float(part.mean()) for part in totals]),
        ceiling=ceiling,
        expected=expected,
        outturn=record.levels(scope.register, settings.definition).get(year),
        excess=excess,
        chance=_against(ceiling, every, parts),
        chance_error=_error([_chance(part, limit) for part in totals]),
        by_model=(min(means), max(means)),
        months=pd.DataFrame(
            {"month": made.months, "mean": months.mean(axis=0), "low": low, "high": high}
        ),
    )


def _error(batches: list[float]) -> float:
    """Return the standard error of the mean of batches made apart."""
    return float(np.std(batches, ddof=1) / np.sqrt(len(batches)))


def _chance(totals: Floats, ceiling: float) -> float:
    """Return the share of simulated totals above a ceiling, never quite 0 or 1."""
    return float(((totals > ceiling).sum() + 0.5) / (totals.size + 1))


def _against(ceiling: Estimate | None, totals: Floats, parts: dict[str, Floats]) -> Estimate | None:
    """Return the chance of ending above a ceiling, over its rounding and the families."""
    if ceiling is None or ceiling.low is None or ceiling.high is None:
        return None
    ends = [_chance(totals, end) for end in (ceiling.low, ceiling.value, ceiling.high)]
    ends += [_chance(part, ceiling.value) for part in parts.values()]
    return Estimate(
        ends[1],
        min(ends),
        max(ends),
        unit="probability",
        n=len(totals),
        label=f"chance of ending above the {ceiling.label}",
        kind="range over models and rounding",
    )


def _published_on(
    scope: Scope, year: str
) -> tuple[Estimate | None, Estimate | None, tuple[float, ...]]:
    """Return a year's ceiling, the hull of providers' forecasts, and the regulator's excess."""
    settings, register = scope.settings, scope.register
    row = record.by_year(register, year, year)
    if settings.series != "agency" or settings.staff_group != "all" or row.empty:
        return None, None, ()
    over = register["measure"].str.startswith("overspend against ceiling")
    over &= register["period_start"].eq(years.year_bounds(year)[0])
    excess = tuple(sorted(register.loc[over, "mid"].astype(float)))
    return row["plan_or_ceiling"].iloc[0], row["forecast"].iloc[0], excess
