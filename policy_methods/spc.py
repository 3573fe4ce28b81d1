"""XmR (individuals and moving range) charts by the rules of the NHS's Making Data Count.

The limits are the mean plus and minus 2.66 times the mean moving range. Four rules look for a
special cause, in this order: a point outside a limit, a trend, two of three near a limit, a run on
one side of the mean. A chart is worthless without its false-alarm rate, so every result states it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from policy_methods.checks import (
    choice,
    date,
    date_index,
    flag,
    listed,
    number,
    numbers,
    whole,
)
from policy_methods.errors import ParameterError
from policy_methods.results import Result

__all__ = [
    "LIMIT",
    "RULES",
    "SCREEN",
    "SHORT",
    "Direction",
    "FalseAlarm",
    "Floats",
    "XmrResult",
    "moving_sigma",
    "xmr",
    "xmr_false_alarm",
]

Floats = npt.NDArray[np.float64]
Direction = Literal["up", "down", "neutral"]

LIMIT = 2.66
"""Multiple of the mean moving range at which the limits lie (3 / 1.128)."""
SCREEN = 3.267
"""Multiple of the mean moving range above which a moving range is screened out."""
SHORT = 12
"""Fewer points than this and the limits are called provisional."""

RULES = ("", "outside", "trend", "two_in_three", "shift")


@dataclass(frozen=True, slots=True)
class FalseAlarm(Result):
    """How often the rules signal when nothing has changed.

    Parameters
    ----------
    per_point : float
        Share of points flagged in stable, independent, normal series.
    per_chart : float
        Share of such series with at least one flagged point.
    simulations : int
        Series simulated; the Monte Carlo standard error of `per_chart` follows from it.
    """

    per_point: float
    per_chart: float
    simulations: int

    @property
    def standard_error(self) -> float:
        """Monte Carlo standard error of `per_chart`."""
        return math.sqrt(self.per_chart * (1 - self.per_chart) / self.simulations)


@dataclass(frozen=True, slots=True)
class XmrResult(Result):
    """An XmR chart as numbers.

    Parameters
    ----------
    points : DataFrame
        One row a date (or position): value, mean, lower, upper, near_lower, near_upper, rule ('',
        'outside', 'trend', 'two_in_three', 'shift'), direction ('', 'improvement', 'concern',
        'neutral') and segment (from 0). A missing value keeps its row, without a rule.
    summary : DataFrame
        One row a segment: segment, start, end, n, mean, lower, upper, moving_range (mean, after
        screening), screened (moving ranges left out), flagged, variation (of its latest point:
        'common cause', 'improvement', 'concern' or 'special cause, neutral'), assurance
        ('consistently passes', 'consistently fails', 'hit or miss', '' without a target) and
        reason (of the rebase). The last row is the state today.
    improvement, target, run_length, screen
        As given to :func:`xmr`.
    autocorrelation : float
        Lag-1 autocorrelation of the values about their segment means; 0 for a constant series.
    autocorrelated : bool
        Whether it is beyond two standard errors of nought, so the limits don't mean what they say.
    n_missing : int
        Missing values and missing months.
    notes : tuple of str
        What a reader must know: missing months, short segments, constant series, autocorrelation.
    """

    points: pd.DataFrame
    summary: pd.DataFrame
    improvement: Direction
    target: float | None
    run_length: int
    screen: bool
    autocorrelation: float
    autocorrelated: bool
    n_missing: int
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return the points."""
        return self.points.copy()

    @property
    def false_alarm(self) -> FalseAlarm:
        """How often a chart this long signals when nothing has changed (all rules together)."""
        n = max(int(self.points["value"].notna().sum()), 3)
        return xmr_false_alarm(n, run_length=self.run_length, screen=self.screen)

    @property
    def variation(self) -> str:
        """Variation of the latest segment."""
        return str(self.summary["variation"].iloc[-1])

    @property
    def assurance(self) -> str:
        """Assurance of the latest segment; empty without a target."""
        return str(self.summary["assurance"].iloc[-1])


def _members(starts: npt.NDArray[np.bool_], width: int) -> npt.NDArray[np.bool_]:
    """Mark every point that belongs to a window; `starts` marks windows by their first point."""
    n = starts.shape[-1] + width - 1
    out = np.zeros((*starts.shape[:-1], n), dtype=bool)
    for shift in range(width):
        out[..., shift : shift + starts.shape[-1]] |= starts
    return out


def _runs(marks: npt.NDArray[np.bool_], length: int) -> npt.NDArray[np.bool_]:
    """Mark the members of every unbroken run of at least `length` marks."""
    n = marks.shape[-1]
    if n < length:
        return np.zeros_like(marks)
    starts = np.ones((*marks.shape[:-1], n - length + 1), dtype=bool)
    for shift in range(length):
        starts &= marks[..., shift : shift + starts.shape[-1]]
    return _members(starts, length)


def _rules(
    v: Floats, mean: Any, lower: Any, upper: Any, run_length: int
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int8]]:
    """Apply the four rules along the last axis.

    Returns the rule's index in RULES and the side it points to (+1 high or rising, -1 low or
    falling, 0 none). Differences within rounding error of the arithmetic count as ties.
    """
    tiny = 1e-9 * np.abs(v).max(axis=-1, keepdims=True)
    centred = v - mean
    high, low = centred > tiny, centred < -tiny
    near_high = centred > (upper - mean) * (2 / 3) + tiny
    near_low = centred < (lower - mean) * (2 / 3) - tiny
    out_high, out_low = v > upper + tiny, v < lower - tiny

    step = np.diff(v, axis=-1)
    rising = _runs(step > tiny, run_length - 1)
    falling = _runs(step < -tiny, run_length - 1)
    none = np.zeros((*v.shape[:-1], 1), dtype=bool)
    up = np.concatenate([rising, none], -1) | np.concatenate([none, rising], -1)
    down = np.concatenate([falling, none], -1) | np.concatenate([none, falling], -1)
    # a turning point shared by two trends takes the direction of the later one
    next_up = np.concatenate([step > tiny, none], -1)
    down, up = down & ~(up & next_up), up & ~(down & ~next_up)

    def two_of_three(near: npt.NDArray[np.bool_], side: npt.NDArray[np.bool_]) -> Any:
        if v.shape[-1] < 3:
            return np.zeros_like(near)
        count = near[..., :-2].astype(np.int8) + near[..., 1:-1] + near[..., 2:]
        window = (count >= 2) & side[..., :-2] & side[..., 1:-1] & side[..., 2:]
        return _members(window, 3) & near

    rule = np.zeros(v.shape, dtype=np.int8)
    side = np.zeros(v.shape, dtype=np.int8)
    ranked = (
        (4, _runs(high, run_length), _runs(low, run_length)),
        (3, two_of_three(near_high, high), two_of_three(near_low, low)),
        (2, up, down),
        (1, out_high, out_low),
    )
    for code, plus, minus in ranked:
        rule[plus | minus] = code
        side[plus], side[minus] = 1, -1
    return rule, side


def _limits(v: Floats, screen: bool) -> tuple[Any, Any, Any, Any]:
    """Mean, mean moving range after screening, how many were screened out, whether ties rule.

    Along the last axis. Ties rule where at least half of the ranges that screening leaves are 0:
    the others are what the values vary by, so none is screened out.
    """
    mean = v.mean(axis=-1, keepdims=True)
    ranges = np.abs(np.diff(v, axis=-1))
    average = ranges.mean(axis=-1, keepdims=True)
    keep = ranges <= SCREEN * average if screen else np.ones(ranges.shape, dtype=bool)
    still = ranges <= 1e-9 * np.abs(v).max(axis=-1, keepdims=True)
    tied = 2 * (still & keep).sum(axis=-1, keepdims=True) >= keep.sum(axis=-1, keepdims=True)
    keep |= tied
    average = (ranges * keep).sum(axis=-1, keepdims=True) / keep.sum(axis=-1, keepdims=True)
    return mean, average, (~keep).sum(axis=-1), tied[..., 0]


def moving_sigma(values: npt.ArrayLike) -> Floats:
    """Return the standard deviation of each series of a table by its moving ranges, as XmR has it.

    Parameters
    ----------
    values : array_like of float, shape (series, times)
        NaN where there is none; ranges to and from it are left out.

    Returns
    -------
    array, shape (series,)
        The mean moving range over 1.128: that of independent values, too small where neighbours
        are alike.

    Examples
    --------
    >>> moving_sigma([[0.0, 1.128, 0.0, 1.128]])
    array([1.])
    """
    ranges = np.abs(np.diff(np.asarray(values, dtype=float), axis=1))
    found: Floats = np.nanmean(ranges, axis=1) / 1.128
    return found


def xmr_false_alarm(
    n: int, *, run_length: int = 7, screen: bool = True, simulations: int = 4000, seed: int = 1
) -> FalseAlarm:
    """State how often the rules signal on a stable series of n independent normal points.

    Parameters
    ----------
    n : int
        Points on the chart, at least 3.
    run_length : int
        6, 7 or 8 points for a shift or a trend.
    screen : bool
        Whether large moving ranges are screened out.
    simulations : int
        Series to simulate.
    seed : int
        Seed of the simulation.

    Returns
    -------
    FalseAlarm

    Examples
    --------
    >>> xmr_false_alarm(24).per_chart > xmr_false_alarm(24).per_point
    True
    """
    return _false_alarm(
        whole("n", n, 3),
        whole("run_length", run_length, 6, 8),
        flag("screen", screen),
        whole("simulations", simulations, 1),
        whole("seed", seed, 0),
    )


@lru_cache(maxsize=256)
def _false_alarm(n: int, run_length: int, screen: bool, simulations: int, seed: int) -> FalseAlarm:
    v = np.random.default_rng(seed).standard_normal((simulations, n))
    mean, average, _, _ = _limits(v, screen)
    rule, _ = _rules(v, mean, mean - LIMIT * average, mean + LIMIT * average, run_length)
    flagged = rule > 0
    return FalseAlarm(float(flagged.mean()), float(flagged.any(axis=-1).mean()), simulations)


def _as_index(dates: Any, n: int) -> pd.Index[Any]:
    if dates is None:
        return pd.RangeIndex(n, name="position")
    return date_index("dates", dates, n).rename("date")


def _breaks(rebase: Any, index: pd.Index[Any]) -> tuple[list[int], list[str]]:
    """Positions where a new segment starts, with the reasons."""
    if rebase is None:
        return [], []
    if isinstance(rebase, Mapping):
        pairs = list(rebase.items())
    else:
        pairs = [(when, "") for when in listed("rebase", rebase, "dates or positions")]
    found: dict[int, str] = {}
    for when, reason in pairs:
        if isinstance(index, pd.DatetimeIndex):
            position = int(index.searchsorted(date("rebase", when)))
        elif isinstance(when, (int, np.integer)):
            position = int(when)
        else:
            raise ParameterError(
                "rebase", "must hold positions when no dates are given", value=when
            )
        if not 0 < position < len(index):
            raise ParameterError("rebase", "must lie inside the series", value=str(when))
        found[position] = str(reason)
    order = sorted(found)
    return order, [found[p] for p in order]


def _missing_months(index: pd.Index[Any]) -> int:
    """Count months left out of a series that is otherwise monthly; 0 for any other spacing."""
    if not isinstance(index, pd.DatetimeIndex) or len(index) < 3:
        return 0
    step = np.diff(index.to_numpy().astype("datetime64[M]").astype(np.int64))
    if (step < 1).any() or (step == 1).sum() * 2 < len(step):
        return 0
    return int((step - 1).sum())


def _assurance(target: float | None, improvement: str, lower: float, upper: float) -> str:
    if target is None or improvement == "neutral":
        return ""
    if lower <= target <= upper:
        return "hit or miss"
    passes = (target < lower) == (improvement == "up")
    return "consistently passes" if passes else "consistently fails"


def xmr(
    values: Sequence[float] | npt.ArrayLike,
    dates: Any = None,
    *,
    improvement: Direction = "up",
    target: float | None = None,
    rebase: Sequence[Any] | Mapping[Any, str] | None = None,
    screen: bool = True,
    fix_after: int | None = None,
    run_length: int = 7,
) -> XmrResult:
    """Draw up an XmR chart the NHS way.

    Parameters
    ----------
    values : array of shape (n,)
        The series in time order, in any unit; NaN where a value is missing.
    dates : array of n dates, optional
        Increasing; without them, positions from 0 stand in.
    improvement : {"up", "down", "neutral"}
        Which way is better.
    target : float, optional
        Held against the limits of each segment for assurance.
    rebase : sequence of dates (or positions), or mapping of date to reason, optional
        Where new limits start; a date between two points takes effect at the next one.
    screen : bool
        Leave moving ranges above 3.267 times their mean out of the limits, once.
    fix_after : int, optional
        Set each segment's mean and limits from its first `fix_after` values and hold them.
    run_length : int
        Points in a row that make a shift or a trend: 6, 7 or 8.

    Returns
    -------
    XmrResult
        The points with limits and rules, a summary by segment, and the warnings as sentences.

    Raises
    ------
    ParameterError
        If the arguments break a rule, or a segment has fewer than two values.

    Notes
    -----
    Rules run inside a segment and pass over missing values; a moving range spans a gap. A point
    outside a limit is also beyond 2/3 of the way to it, so it counts towards two-in-three. A trend
    points the way it runs, whichever side of the mean it is on. Every step of a trend must rise
    (or fall): two equal neighbours end it, where some packages pass over a tie, so 56, 55, 54, 53,
    53, 52, 51, 50 holds no trend of 7. A value on the mean likewise ends a run on one side of it.

    Where at least half of the moving ranges are 0, or would be after screening, the limits would
    close in on the mean: nothing is screened out then, and a note says so. Where at least half of
    the values are one value too, as with rare events, only the rule of a point outside a limit is
    used, since a run on one side of the mean is no more than the time between two events; the note
    says that such series need a chart of the time, or the number of cases, between events (g and t
    charts: Benneyan 2001, Health Care Management Science 4:305).

    Source: NHS England, Making Data Count; Wheeler, Understanding Variation (2000).

    Examples
    --------
    >>> chart = xmr([5, 6, 5, 7, 6, 5, 6, 5, 12, 6, 5, 6, 5, 6], improvement="down")
    >>> chart.points["rule"].tolist().index("outside")
    8
    """
    v = numbers("values", values, missing=True)
    choice("improvement", improvement, ("up", "down", "neutral"))
    run_length, screen = whole("run_length", run_length, 6, 8), flag("screen", screen)
    fix_after = None if fix_after is None else whole("fix_after", fix_after, 2)
    target = None if target is None else number("target", target)
    index = _as_index(dates, v.size)
    cuts, reasons = _breaks(rebase, index)
    observed = ~np.isnan(v)
    edges = [0, *cuts, v.size]
    rows: list[dict[str, Any]] = []
    notes: list[str] = []
    columns = {
        name: np.empty(v.size) for name in ("mean", "lower", "upper", "near_lower", "near_upper")
    }
    rule = np.zeros(v.size, dtype=np.int8)
    side = np.zeros(v.size, dtype=np.int8)
    segment = np.zeros(v.size, dtype=np.int64)
    residual = np.full(v.size, np.nan)
    better = {"up": 1, "down": -1, "neutral": 0}[improvement]
    words = {0: "common cause", 1: "improvement", -1: "concern", 2: "special cause, neutral"}

    for place, (first, last) in enumerate(pairwise(edges)):
        here = np.flatnonzero(observed[first:last]) + first
        limits = _segment_limits(v[here], place, len(edges) == 2, fix_after, screen)
        rule[here], side[here] = _segment_rules(v[here], limits, run_length)
        notes += _segment_notes(limits, f" in segment {place + 1}" if len(edges) > 2 else "")
        for name, level in limits.columns().items():
            columns[name][first:last] = level
        segment[first:last] = place
        residual[here] = v[here] - limits.mean
        latest = int(side[here[-1]])
        kind = 0 if latest == 0 else (2 if better == 0 else latest * better)
        rows.append(
            {
                "segment": place,
                "start": index[first],
                "end": index[last - 1],
                "n": here.size,
                "mean": limits.mean,
                "lower": limits.lower,
                "upper": limits.upper,
                "moving_range": limits.moving_range,
                "screened": limits.screened,
                "flagged": int((rule[here] > 0).sum()),
                "variation": words[kind],
                "assurance": _assurance(target, improvement, limits.lower, limits.upper),
                "reason": reasons[place - 1] if place else "",
            }
        )

    n_missing = int((~observed).sum()) + _missing_months(index)
    deviation = residual[observed]
    tiny = v.size * (1e-9 * float(np.abs(v[observed]).max())) ** 2
    correlation, autocorrelated = _autocorrelation(deviation, tiny)
    verdict = np.array(["concern", "", "improvement"], dtype=object)[side * better + 1]
    if better == 0:
        verdict = np.where(side != 0, "neutral", "").astype(object)
    points = pd.DataFrame(
        {
            "value": v,
            **columns,
            "rule": np.array(RULES, dtype=object)[rule],
            "direction": verdict,
            "segment": segment,
        },
        index=index,
    )
    return XmrResult(
        points,
        # columns of lists build in half the time of rows of dicts, which counts over 230 trusts
        pd.DataFrame({name: [row[name] for row in rows] for name in rows[0]}),
        improvement,
        target,
        run_length,
        screen,
        correlation,
        autocorrelated,
        n_missing,
        (
            *_missing_notes(n_missing),
            *notes,
            *(_autocorrelation_notes(correlation) if autocorrelated else ()),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Limits(Result):
    """The limits of one segment and how they came about."""

    base: Floats
    mean: float
    moving_range: float
    screened: int
    tied: bool
    constant: bool

    @property
    def lower(self) -> float:
        return self.mean - LIMIT * self.moving_range

    @property
    def upper(self) -> float:
        return self.mean + LIMIT * self.moving_range

    @property
    def rare(self) -> bool:
        """Values that don't depend on neighbours tie so often only if most are one value."""
        return self.tied and 2 * int(np.unique(self.base, return_counts=True)[1].max()) >= len(
            self.base
        )

    def columns(self) -> dict[str, float]:
        near = LIMIT * self.moving_range * 2 / 3
        return {
            "mean": self.mean,
            "lower": self.lower,
            "upper": self.upper,
            "near_lower": self.mean - near,
            "near_upper": self.mean + near,
        }


def _segment_limits(
    x: Floats, place: int, only: bool, fix_after: int | None, screen: bool
) -> _Limits:
    """Set the limits of a segment's values, or refuse values that give none."""
    if x.size < 2:
        raise ParameterError(
            "values" if only else "rebase",
            f"must leave at least two values in every segment; segment {place + 1} has {x.size}",
        )
    if fix_after is not None and fix_after > x.size:
        raise ParameterError(
            "fix_after", f"must not exceed the {x.size} values of a segment", value=fix_after
        )
    base = x if fix_after is None else x[:fix_after]
    mean, average, screened, tied = _limits(base, screen)
    constant = bool(np.ptp(base) <= 1e-9 * np.abs(base).max())
    if constant and not np.ptp(x) <= 1e-9 * np.abs(x).max():
        raise ParameterError(
            "fix_after",
            f"takes in {base.size} values that are all {base[0]:g}, which give no limits for "
            "the later ones",
            value=fix_after,
        )
    tied = bool(tied) and not constant
    return _Limits(base, float(mean[0]), float(average[0]), int(screened), tied, constant)


def _segment_rules(
    x: Floats, limits: _Limits, run_length: int
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int8]]:
    """Apply the rules to a segment: to one of rare events, only that of a point outside."""
    found, way = _rules(x, limits.mean, limits.lower, limits.upper, run_length)
    if not limits.rare:
        return found, way
    # the runs on one side of the mean are those between two events
    outside = found == 1
    return found * outside, way * outside


def _segment_notes(limits: _Limits, where: str) -> list[str]:
    """Say what a reader must know of a segment's limits."""
    notes = []
    if limits.base.size < SHORT:
        notes.append(
            f"Only {limits.base.size} values set the limits{where}: they are provisional "
            f"below {SHORT}."
        )
    if limits.rare:
        notes.append(
            f"Half or more of neighbouring values are equal{where}, so no moving range is "
            "screened out and only the rule of a point outside a limit is used: rare events "
            "need another kind of chart, of the time or the number of cases between them (a g "
            "or t chart)."
        )
    elif limits.tied:
        notes.append(
            f"Half or more of neighbouring values are equal{where}, so no moving range is "
            "screened out, and the limits rest on few steps."
        )
    if limits.constant:
        notes.append(
            f"The values that set the limits are constant{where}, so the limits coincide with "
            "the mean."
        )
    return notes


def _missing_notes(missing: int) -> list[str]:
    if not missing:
        return []
    were = "value was" if missing == 1 else "values were"
    return [f"{missing} missing {were} passed over; moving ranges span the gap."]


def _autocorrelation(deviation: Floats, tiny: float) -> tuple[float, bool]:
    """Return the correlation of neighbours, and whether it is more than chance gives."""
    spread = float(deviation @ deviation)
    correlation = float(deviation[1:] @ deviation[:-1]) / spread if spread > tiny else 0.0
    return correlation, deviation.size >= 8 and abs(correlation) > 2 / math.sqrt(deviation.size)


def _autocorrelation_notes(correlation: float) -> list[str]:
    effect = "too narrow" if correlation > 0 else "too wide"
    return [
        f"Neighbouring values are correlated (lag 1: {correlation:.2f}), so the limits are "
        f"{effect} and the false-alarm rate is not the stated one."
    ]
