"""The path through the published figures, and what changed when the controls came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from nhsi_analysis.studies.agency import figures
from nhsi_analysis.studies.agency.settings import Settings
from notebook_reports.evidence import Estimate
from policy_methods.forecast import Forecast, forecast
from policy_methods.reconstruct import Reconstruction, reconstruct
from policy_methods.segmented import (
    ERRORS,
    Placebo,
    Season,
    Segmented,
    placebo,
    segmented,
    sensitivity,
)
from policy_methods.spc import XmrResult, xmr

Floats = npt.NDArray[np.float64]
SEASON_FROM = 36
"""Months from which the regression has a seasonal term."""
FORECAST_FROM = 24
PLACEBO_MARGIN = 8


def rebuild(settings: Settings) -> Reconstruction:
    """Reconstruct the monthly path in cash, GBP m a month."""
    return reconstruct(
        settings.constraints,
        settings.start,
        settings.end,
        confidence=settings.confidence,
        draws=settings.draws,
        seed=settings.seed,
    )


def in_prices(path: Reconstruction, deflator: pd.Series) -> tuple[pd.DataFrame, Floats]:
    """Return the path (month, mean, low, high, informing) and its draws in the chosen prices."""
    factor = deflator.to_numpy(dtype=float)
    table = path.to_frame()
    for column in ("mean", "low", "high", "width"):
        table[column] *= factor
    return table, path.draws * factor


def marks(settings: Settings, path: Reconstruction) -> pd.DataFrame:
    """Return every figure as it is drawn beside the path.

    Columns: name, kind, start, end, value, low, high (levels as an average a month, in the chosen
    prices; others missing), used, within, binding, source.
    """
    table = settings.constraints.merge(
        path.figures[["name", "used", "within", "binding", "fitted"]],
        on="name",
        validate="one_to_one",
    )
    level = table["kind"].isin(["sum", "mean"])
    months = [path.between(r["start"], r["end"]) for r in table.to_dict("records")]
    spread = np.where(table["kind"] == "sum", [m.sum() for m in months], 1)
    price = np.array([float(settings.deflator.to_numpy()[m].mean()) for m in months])
    scale = np.where(level, price / spread, np.nan)
    return pd.DataFrame(
        {
            **{k: table[k] for k in ("name", "kind", "start", "end")},
            "value": table["value"] * scale,
            "low": table["lower"] * scale,
            "high": table["upper"] * scale,
            **{k: table[k] for k in ("used", "within", "binding", "source")},
        }
    )


@dataclass(frozen=True, slots=True)
class ControlChart:
    """The XmR chart of the path, rebased at the controls.

    Parameters
    ----------
    chart : XmrResult
        Of the path's mean.
    flagged_share : array of shape (n,)
        Share of the path's draws in which each month is a special cause.
    """

    chart: XmrResult
    flagged_share: Floats


def control_chart(table: pd.DataFrame, draws: Floats, settings: Settings) -> ControlChart:
    """Chart the path, with new limits from each control on."""
    rebase = dict(zip(settings.breaks, settings.labels, strict=True))
    chart = xmr(table["mean"], table["month"], improvement="down", rebase=rebase)
    flagged = [
        xmr(draw, table["month"], improvement="down", rebase=rebase).points["rule"].ne("")
        for draw in draws[:: max(1, len(draws) // 80)]
    ]
    return ControlChart(chart, np.mean(flagged, axis=0))


@dataclass(frozen=True, slots=True)
class Effect:
    """What the regression says of the controls.

    Parameters
    ----------
    fit : Segmented
    frozen : DataFrame
        month, saving, low, high: cumulative saving had spending stayed at its average over the
        six months before the first control, instead of going on rising.
    grid : DataFrame
        The saving by `until` under every combination of break shift, season and error model.
    placebo : Placebo or None
        None where too few months come before the first control.
    until : Timestamp
        Month by which the headline saving is counted.
    saving : Estimate
        Cumulative saving by then against the trend before, GBP m.
    detectable : float
        Smallest saving by then that would be shown with 80% power.
    """

    fit: Segmented
    frozen: pd.DataFrame
    grid: pd.DataFrame
    placebo: Placebo | None
    until: pd.Timestamp
    saving: Estimate
    detectable: float

    def saving_by(self, when: pd.Timestamp) -> Estimate:
        """Return the cumulative saving against the earlier trend by a month."""
        value, low, high, _ = self.fit.cumulative(when)
        return _saving(value, low, high, when, self.fit.confidence)

    def frozen_by(self, when: pd.Timestamp) -> Estimate:
        """Return the cumulative saving against spending frozen at its level before."""
        row = self.frozen[self.frozen["month"] <= when].iloc[-1]
        return Estimate(
            float(row["saving"]), float(row["low"]), float(row["high"]), "GBP m", len(self.frozen),
            f"saving by {when:%B %Y} against spending frozen at its level before",
            self.fit.confidence, "credible interval",
        )  # fmt: skip

    @property
    def agreeing(self) -> float:
        """Share of the grid whose interval lies wholly on the side of a saving."""
        return float((self.grid["low"] > 0).mean())


def _saving(
    value: float, low: float, high: float, when: pd.Timestamp, confidence: float
) -> Estimate:
    return Estimate(
        -value, -high, -low, "GBP m", None,
        f"saving by {when:%B %Y} against the trend before the controls", confidence,
    )  # fmt: skip


def effect(
    table: pd.DataFrame, draws: Floats, settings: Settings, until: pd.Timestamp
) -> Effect | None:
    """Estimate what changed at the controls; None where none falls inside the series."""
    if not settings.breaks:
        return None
    months = pd.DatetimeIndex(table["month"])
    season: Season = "harmonics" if len(months) >= SEASON_FROM else "none"
    fit = segmented(
        draws, months, breaks=settings.breaks, season=season, harmonics=1,
        confidence=settings.confidence,
    )  # fmt: skip
    if until < settings.breaks[0] or until > months[-1]:
        until = months[-1]
    seasons: list[tuple[Season, int]] = [("none", 1)]
    if season == "harmonics":
        seasons += [("harmonics", 1), ("harmonics", 2)]
    grid = sensitivity(
        draws, months, breaks=settings.breaks, seasons=seasons, until=until, max_draws=10,
        errors=[e for e in ERRORS if e != "glsar"], shifts=_shifts(settings, months),
        confidence=settings.confidence,
    )  # fmt: skip
    grid = grid.assign(value=-grid["value"], low=-grid["high"], high=-grid["low"])
    before = int(months.searchsorted(settings.breaks[0]))
    checked = None
    if before >= 2 * PLACEBO_MARGIN + 1:
        checked = placebo(
            draws, months, before=settings.breaks[0], margin=PLACEBO_MARGIN, season="none",
            confidence=settings.confidence, max_draws=60,
        )  # fmt: skip
    value, low, high, _ = fit.cumulative(until)
    return Effect(
        fit,
        _frozen(draws, months, before, settings.confidence),
        grid,
        checked,
        until,
        _saving(value, low, high, until, settings.confidence),
        fit.minimum_detectable(until),
    )


def _shifts(settings: Settings, months: pd.DatetimeIndex) -> Sequence[int]:
    """Shifts that leave three months before the first and from the last break on."""
    first = int(months.searchsorted(settings.breaks[0]))
    last = len(months) - int(months.searchsorted(settings.breaks[-1]))
    return [s for s in (-2, -1, 0, 1, 2) if first + s >= 3 and last - s >= 3]


def _frozen(
    draws: Floats, months: pd.DatetimeIndex, before: int, confidence: float
) -> pd.DataFrame:
    level = draws[:, max(0, before - 6) : before].mean(axis=1, keepdims=True)
    saved = np.cumsum(level - draws[:, before:], axis=1)
    low, high = np.quantile(saved, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    return pd.DataFrame(
        {"month": months[before:], "saving": saved.mean(axis=0), "low": low, "high": high}
    )


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


def outlook(path: Reconstruction, settings: Settings) -> Outlook | None:
    """Forecast the path in cash; None where it has fewer than 24 months."""
    if len(path.months) < FORECAST_FROM:
        return None
    first = path.months[-1] + pd.DateOffset(months=1)
    year = figures.financial_year(first)
    begin, finish = figures.year_bounds(year)
    to_march = (finish.year - first.year) * 12 + finish.month - first.month + 1
    made = forecast(
        path.draws, path.months, horizon=max(settings.horizon, to_march),
        confidence=settings.confidence, seed=settings.seed,
    )  # fmt: skip
    # spending can't be negative, which the models don't know
    made = replace(made, paths=np.maximum(made.paths, 0))
    inside = np.asarray(path.months >= begin)
    totals = path.draws[:, inside].sum(axis=1)[made.source] + made.paths[:, :to_march].sum(axis=1)
    ceiling = _ceiling(settings.register, begin, finish)
    tails = [(1 - settings.confidence) / 2, (1 + settings.confidence) / 2]
    rows = []
    for name in ("all", *dict.fromkeys(made.family.tolist())):
        part = totals if name == "all" else totals[made.family == name]
        low, high = np.quantile(part, tails)
        above = _chance(part, ceiling.value) if ceiling else np.nan
        rows.append((name, float(part.mean()), float(low), float(high), above))
    table = pd.DataFrame(rows, columns=["family", "total", "low", "high", "chance_above"])
    chance = None
    if ceiling is not None and ceiling.low is not None and ceiling.high is not None:
        ends = [_chance(totals, c) for c in (ceiling.low, ceiling.high)]
        ends += table["chance_above"].tolist()
        chance = Estimate(
            float(table["chance_above"].iloc[0]), min(ends), max(ends), "probability", len(totals),
            f"chance that {year} ends above its ceiling", None, "range over models and rounding",
        )  # fmt: skip
    total = Estimate(
        rows[0][1], rows[0][2], rows[0][3], "GBP m", len(totals), f"agency spending in {year}",
        settings.confidence, "forecast interval",
    )  # fmt: skip
    return Outlook(made, year, int(inside.sum()), total, ceiling, chance, table)


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
    row = rows.iloc[0]
    return Estimate(
        float(row["mid"]), float(row["low"]), float(row["high"]), "GBP m", 1,
        "published ceiling", kind="rounding range",
    )  # fmt: skip
