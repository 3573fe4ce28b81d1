"""What the controls saved, against every fair guess of what would have come without them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from notebook_reports.evidence import Estimate
from policy_methods.reconstruct import Reconstruction
from policy_methods.results import Result

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Reason = Literal["no control", "too few months before", "too few figures before"]

CLAIMED = (pd.Timestamp(2016, 2, 1), pd.Timestamp(2016, 10, 1), pd.Timestamp(2017, 2, 1))
"""Months by which NHS Improvement said what the controls had saved: 290m, 600m, 1bn."""
LEAST_MONTHS, LEAST_FIGURES = 12, 2
"""Months of the path, and published figures wholly on them, wanted before the first control."""
FADING = 0.9
"""Share of its slope that a damped trend keeps each month (Gardner and McKenzie 1985)."""
SHAPES: dict[str, tuple[int | None, int]] = {
    "level 6": (6, 1),
    "level 12": (12, 1),
    "damped": (12, 2),
    "line 12": (12, 2),
    "line 18": (18, 2),
    "line 24": (24, 2),
    "line all": (None, 2),
    "log-linear": (None, 2),
    "quadratic": (None, 3),
}
"""Last months before the first control that a shape is fitted to (None: all, if at least 24), and
its coefficients: a level, a line (damped: fading), the logarithm's line, a parabola."""


@dataclass(frozen=True, slots=True)
class NoSaving(Result):
    """Why no saving can be estimated.

    Parameters
    ----------
    reason : str
        "no control" inside the path; "too few months before" the first (fewer than 12); "too few
        figures before" it (fewer than two levels published on those months alone).
    """

    reason: Reason


@dataclass(frozen=True, slots=True)
class Saving(Result):
    """What was saved since the first control, month by month and by the dates of the claims.

    Parameters
    ----------
    since, dates, structural : Timestamp, tuple of Timestamp, dict of Timestamp to Estimate
        First month under control; months by which it is counted: those claimed, and the path's end;
        the cumulative saving by each against the path's own prior carried on from the eve of the
        controls, GBP m, mean with the interval of the draws.
    shapes : DataFrame
        shape (key of SHAPES), by (date), value, low, high: cumulative saving by each date had
        spending gone on in that shape; the interval holds if the shape is right and months stray
        from it independently, and carries the doubt about the path.
    monthly : DataFrame
        month, actual, without, without_low, without_high (spending by the structural
        counterfactual), saving, saving_low, saving_high (cumulative, structural).
    """

    since: pd.Timestamp
    dates: tuple[pd.Timestamp, ...]
    structural: dict[pd.Timestamp, Estimate]
    shapes: pd.DataFrame
    monthly: pd.DataFrame

    def by(self, when: pd.Timestamp) -> Estimate:
        """Return the printed range by a date: lowest to highest of shapes and structural interval.

        Its value is the structural one; it has no level.
        """
        one = self.structural[when]
        values = self.shapes.loc[self.shapes["by"] == when, "value"].tolist()
        low, high = min([one.low or 0.0, *values]), max([one.high or 0.0, *values])
        return Estimate(
            one.value,
            low,
            high,
            unit="GBP m",
            label=f"saving by {when:%B %Y}",
            kind="range over what would have happened",
        )

    def claimed(self, when: pd.Timestamp) -> bool:
        """Tell whether every guess and the whole structural interval by a date are a saving."""
        return (self.by(when).low or 0.0) > 0

    def place(self, amount: float, when: pd.Timestamp) -> Place:
        """Tell where an amount, GBP m, falls in the printed range by a date."""
        whole = self.by(when)
        here = self.shapes[self.shapes["by"] == when].sort_values("value")
        below, above = here[here["value"] <= amount], here[here["value"] > amount]
        return Place(
            inside=(whole.low or 0.0) <= amount <= (whole.high or 0.0),
            under=None if below.empty else str(below["shape"].iloc[-1]),
            over=None if above.empty else str(above["shape"].iloc[0]),
        )


@dataclass(frozen=True, slots=True)
class Place(Result):
    """Where a claimed amount falls.

    Parameters
    ----------
    inside : bool
        Whether the printed range holds it.
    under, over : str or None
        Shapes next to it: the highest that gives no more, the lowest that gives more; None where
        no shape does.
    """

    inside: bool
    under: str | None
    over: str | None


def saving(
    path: Reconstruction,
    *,
    dates: Sequence[pd.Timestamp] = CLAIMED,
    deflator: pd.Series | None = None,
) -> Saving | NoSaving:
    """Estimate what was saved since the path's first break.

    Parameters
    ----------
    dates, deflator : sequence of Timestamp, Series or None
        Months by which to count, besides the path's end; those outside it are left out. Factor of
        each month of the path to other prices; cash without it.
    """
    found, months = path.counterfactual, path.months
    if found is None:
        return NoSaving("no control")
    if found.since < LEAST_MONTHS:
        return NoSaving("too few months before")
    if found.levels_before < LEAST_FIGURES:
        return NoSaving("too few figures before")
    cut = found.since
    factor = np.ones(len(months)) if deflator is None else deflator.to_numpy(dtype=float)
    actual, season = path.draws * factor, found.season * factor
    without = found.draws * factor[cut:]
    tails = [(1 - path.confidence) / 2, (1 + path.confidence) / 2]
    low, high = np.quantile(without, tails, axis=0)
    saved = [found.less_path(k + 1, factor[cut:]) for k in range(len(months) - cut)]
    monthly = pd.DataFrame(
        {
            "month": months[cut:],
            "actual": actual[:, cut:].mean(axis=0),
            "without": without.mean(axis=0),
            "without_low": low,
            "without_high": high,
            **dict(
                zip(("saving", "saving_low", "saving_high"), zip(*saved, strict=True), strict=True)
            ),
        }
    )
    counted = [d for d in dates if months[cut] <= d < months[-1]] + [months[-1]]
    last = {when: int(months.searchsorted(when)) for when in counted}
    structural = {
        when: Estimate(
            *saved[last[when] - cut],
            unit="GBP m",
            label=f"saving by {when:%B %Y} against the trend before, free to wander",
            confidence=path.confidence,
            kind="credible interval",
        )
        for when in counted
    }
    stops = np.array([last[when] + 1 - cut for when in counted])
    parts = []
    for shape in SHAPES:
        if not _fits(shape, (actual - season)[:, :cut]):
            continue
        draws, noise, free = against(shape, actual, season, cut, stops)
        spread = np.sqrt(draws.var(axis=0) + noise.mean(axis=0))
        half = stats.t.ppf((1 + path.confidence) / 2, free) * spread
        value = draws.mean(axis=0)
        ends = {"value": value, "low": value - half, "high": value + half}
        parts.append(pd.DataFrame({"shape": shape, "by": counted} | ends))
    shapes = pd.concat(parts, ignore_index=True)
    return Saving(months[cut], tuple(counted), structural, shapes, monthly)


def _fits(shape: str, before: Floats) -> bool:
    """Tell whether there are months enough, and above nought for a logarithm."""
    enough = before.shape[1] >= (SHAPES[shape][0] or 24)
    return enough and (shape != "log-linear" or bool((before > 0).all()))


def against(
    shape: str, actual: Floats, season: Floats, cut: int, stops: Counts
) -> tuple[Floats, Floats, int]:
    """Return what is saved against a shape over the first months under control.

    Parameters
    ----------
    shape, actual, season : str, arrays of shape (n, T)
        Of SHAPES; spending a month, and the seasonal part of it.
    cut, stops : int, int array of shape (k,)
        Position of the first month under control; months from then on to add up, for each date.

    Returns
    -------
    saved, noise, free : arrays of shape (n, k), int
        The cumulative saving; the variance that months' own movement about the shape, before and
        after, gives it; degrees of freedom that the months before leave.
    """
    window, terms = SHAPES[shape]
    first, most = cut - (window or cut), int(stops.max())
    before = (actual - season)[:, first:cut]
    log = shape == "log-linear"
    y = np.log(before) if log else before
    # from the eve of the controls, in years, for the parabola's arithmetic
    x = np.vander((np.arange(first, cut + most) - cut + 1) / 12, terms, increasing=True)
    fitted, ahead = x[: cut - first], x[cut - first :]
    if shape == "damped":
        ahead = np.column_stack([ahead[:, 0], np.cumsum(FADING ** np.arange(1, most + 1)) / 12])
    solve = np.linalg.pinv(fitted)
    expected = y @ (ahead @ solve).T
    expected = np.exp(expected) if log else expected
    after = slice(cut, cut + most)
    saved = np.cumsum(expected + season[:, after] - actual[:, after], axis=1)[:, stops - 1]
    free = cut - first - terms
    spread = ((y - y @ solve.T @ fitted.T) ** 2).sum(axis=1) / free
    size = expected.mean(axis=0) if log else np.ones(most)
    fit = np.cumsum(size[:, None] * (ahead @ solve), axis=0)[stops - 1]
    each = (fit**2).sum(axis=1) + np.cumsum(size**2)[stops - 1]
    return saved, spread[:, None] * each, free
