"""What changed when the controls came: a regression with breaks, and what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nhsi_analysis.studies.agency.numbers.path import Floats
from nhsi_analysis.studies.agency.numbers.scope import Scope
from notebook_reports.evidence import Estimate
from policy_methods.segmented import (
    ERRORS,
    Placebo,
    Season,
    Segmented,
    placebo,
    segmented,
    sensitivity,
)

SEASON_FROM = 36
"""Months from which the regression has a seasonal term."""
PLACEBO_MARGIN = 8


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
            float(row["saving"]),
            float(row["low"]),
            float(row["high"]),
            unit="GBP m",
            n=len(self.frozen),
            label=f"saving by {when:%B %Y} against spending frozen at its level before",
            confidence=self.fit.confidence,
            kind="credible interval",
        )

    @property
    def agreeing(self) -> int:
        """How many of the grid have an interval that lies wholly on the side of a saving."""
        return int((self.grid["low"] > 0).sum())


def _saving(
    value: float, low: float, high: float, when: pd.Timestamp, confidence: float
) -> Estimate:
    return Estimate(
        -value,
        -high,
        -low,
        unit="GBP m",
        label=f"saving by {when:%B %Y} against the trend before the controls",
        confidence=confidence,
    )


def effect(table: pd.DataFrame, draws: Floats, scope: Scope, until: pd.Timestamp) -> Effect | None:
    """Estimate what changed at the controls; None where none falls inside the series."""
    if not scope.breaks:
        return None
    months = pd.DatetimeIndex(table["month"])
    season: Season = "harmonics" if len(months) >= SEASON_FROM else "none"
    fit = segmented(
        draws,
        months,
        breaks=scope.breaks,
        season=season,
        harmonics=1,
        confidence=scope.settings.confidence,
    )
    if until < scope.breaks[0] or until > months[-1]:
        until = months[-1]
    seasons: list[tuple[Season, int]] = [("none", 1)]
    if season == "harmonics":
        seasons += [("harmonics", 1), ("harmonics", 2)]
    grid = sensitivity(
        draws,
        months,
        breaks=scope.breaks,
        seasons=seasons,
        until=until,
        max_draws=10,
        errors=[e for e in ERRORS if e != "glsar"],
        shifts=_shifts(scope, months),
        confidence=scope.settings.confidence,
    )
    grid = grid.assign(value=-grid["value"], low=-grid["high"], high=-grid["low"])
    before = int(months.searchsorted(scope.breaks[0]))
    checked = None
    if before >= 2 * PLACEBO_MARGIN + 1:
        checked = placebo(
            draws,
            months,
            before=scope.breaks[0],
            margin=PLACEBO_MARGIN,
            season="none",
            confidence=scope.settings.confidence,
            max_draws=60,
        )
    value, low, high, _ = fit.cumulative(until)
    return Effect(
        fit=fit,
        frozen=_frozen(draws, months, before, scope.settings.tails),
        grid=grid,
        placebo=checked,
        until=until,
        saving=_saving(value, low, high, until, scope.settings.confidence),
        detectable=fit.minimum_detectable(until),
    )


def _shifts(scope: Scope, months: pd.DatetimeIndex) -> Sequence[int]:
    """Shifts that leave three months before the first and from the last break on."""
    first = int(months.searchsorted(scope.breaks[0]))
    last = len(months) - int(months.searchsorted(scope.breaks[-1]))
    return [s for s in (-2, -1, 0, 1, 2) if first + s >= 3 and last - s >= 3]


def _frozen(
    draws: Floats, months: pd.DatetimeIndex, before: int, tails: tuple[float, float]
) -> pd.DataFrame:
    level = draws[:, max(0, before - 6) : before].mean(axis=1, keepdims=True)
    saved = np.cumsum(level - draws[:, before:], axis=1)
    low, high = np.quantile(saved, tails, axis=0)
    return pd.DataFrame(
        {"month": months[before:], "saving": saved.mean(axis=0), "low": low, "high": high}
    )
