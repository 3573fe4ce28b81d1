"""How fragile a segmented regression is: placebo dates and a grid of choices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from policy_methods.checks import check_confidence, listed, numbers, whole
from policy_methods.errors import ParameterError
from policy_methods.results import Result
from policy_methods.segmented.regression import (
    ERRORS,
    Errors,
    Season,
    place,
    positions,
    segmented,
    series_index,
)

_PAIRS = "pairs of a season and a number of harmonics"


@dataclass(frozen=True, slots=True)
class Placebo(Result):
    """The same regression at dates when nothing is known to have happened.

    Parameters
    ----------
    dates : DataFrame
        One row a date: date, level, low, high (change in level), p (joint test of all change),
        rejected.
    level : float
        Level of the test: one minus the confidence.
    share_rejected : float
        Share of dates that "found" a change; about `level` if the model's errors are right and
        the series has no breaks of its own. Neighbouring dates are far from independent.
    """

    dates: pd.DataFrame
    level: float
    share_rejected: float

    def to_frame(self) -> pd.DataFrame:
        """Return one row a placebo date."""
        return self.dates.copy()


def placebo(
    y: npt.ArrayLike, dates: Any = None, *, before: Any = None, margin: int = 8, **options: Any
) -> Placebo:
    """Refit with one break at every date of a stretch where none is known.

    Parameters
    ----------
    y, dates
        As in :func:`policy_methods.segmented.segmented`.
    before : date (or position), optional
        Only what comes before it is used: the first real break. By default the whole series.
    margin : int
        Observations kept on either side of a placebo date.
    **options
        Passed on: season, harmonics, slope, errors, family, confidence …

    Returns
    -------
    Placebo

    Raises
    ------
    ParameterError
        If the stretch is too short for a single date.
    """
    values = np.atleast_2d(numbers("y", y, ndim=None))
    n = values.shape[-1]
    index = series_index(dates, n)
    if before is not None:
        n = min(max(place("before", before, index), 0), n)
    margin = whole("margin", margin, 2)
    if n < 2 * margin + 1:
        raise ParameterError(
            "margin", f"leaves no placebo date in a stretch of {n} values", value=margin
        )
    rows = []
    alpha = 1 - check_confidence(options.get("confidence", 0.95))
    for cut in range(margin, n - margin + 1):
        fit = segmented(
            values[:, :n], None if dates is None else index[:n], breaks=[index[cut]], **options
        )
        level = fit.coefficients.set_index("term").iloc[2]
        _, p = fit.change()
        rows.append((index[cut], level["estimate"], level["low"], level["high"], p, p < alpha))
    table = pd.DataFrame(rows, columns=["date", "level", "low", "high", "p", "rejected"])
    return Placebo(table, alpha, float(table["rejected"].mean()))


def sensitivity(
    y: npt.ArrayLike,
    dates: Any = None,
    *,
    breaks: Sequence[Any],
    shifts: Sequence[int] = (-2, -1, 0, 1, 2),
    seasons: Sequence[tuple[Season, int]] = (("none", 1), ("harmonics", 1), ("harmonics", 2)),
    errors: Sequence[Errors] = ERRORS,
    until: Any = None,
    **options: Any,
) -> pd.DataFrame:
    """Estimate the cumulative effect under every combination of choices.

    Parameters
    ----------
    y, dates, breaks
        As in :func:`policy_methods.segmented.segmented`.
    shifts : sequence of int
        Months (or positions) by which every break is moved.
    seasons : sequence of (season, harmonics)
    errors : sequence of str
    until : date (or position), optional
        Last month of the cumulative effect.
    **options
        Passed on: slope, confidence, max_draws …

    Returns
    -------
    DataFrame
        One row a combination: shift, season, errors, value, low, high. Combinations whose break
        would leave the series are left out; a table with none raises ParameterError.
    """
    values = np.atleast_2d(numbers("y", y, ndim=None))
    index = series_index(dates, values.shape[-1])
    cuts = positions(breaks, index)
    moves = [
        whole("shifts", shift, -1200, 1200)
        for shift in listed("shifts", shifts, "whole numbers of months")
    ]
    pairs = [listed("seasons", pair, _PAIRS) for pair in listed("seasons", seasons, _PAIRS)]
    if any(len(pair) != 2 for pair in pairs):
        raise ParameterError("seasons", f"must be a list of {_PAIRS}", value=seasons)
    rows = []
    for shift, (season, harmonics), error in product(
        moves, pairs, listed("errors", errors, "models of the errors")
    ):
        moved = [cut + shift for cut in cuts]
        if moved[0] < 1 or moved[-1] >= len(index):
            continue
        fit = segmented(
            values,
            None if dates is None else index,
            breaks=list(index[moved]),
            season=season,
            harmonics=harmonics,
            errors=error,
            **options,
        )
        value, low, high, _ = fit.cumulative(until)
        name = season if season != "harmonics" else f"{harmonics} harmonics"
        rows.append((shift, name, error, value, low, high))
    if not rows:
        raise ParameterError("shifts", "must leave the breaks inside the series", value=shifts)
    return pd.DataFrame(rows, columns=["shift", "season", "errors", "value", "low", "high"])
