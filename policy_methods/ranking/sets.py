"""Confidence sets for ranks by inverting tests of all pairwise differences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from policy_methods.checks import Floats, Seed, check_confidence, choice, flag, whole
from policy_methods.ranking.inputs import (
    Bools,
    Ints,
    Kind,
    Sides,
    Units,
    check_units,
    row_blocks,
)
from policy_methods.ranking.montecarlo import SimulatedCritical
from policy_methods.ranking.quadrature import (
    MarginalCritical,
    hazard,
    studentised_range,
)
from policy_methods.results import Result

_CUSHION = 0.01  # added to a Newton step, so that it ends above the critical value
_DOUBT = 0.001  # error allowed to a rough evaluation


@dataclass(frozen=True)
class RankSets(Result):
    """Ranks with their confidence sets.

    Parameters
    ----------
    rank : numpy.ndarray of int, shape (p,)
        Rank by the estimate, 1 the best; tied units share the best rank of their group.
    lower, upper : numpy.ndarray of int, shape (p,)
        Best and worst rank in the set.
    critical_value : float or numpy.ndarray, shape (p,)
        Critical value of the studentised differences at the last step: one for the simultaneous
        kind, one a unit for the marginal kind; zero where every difference is known exactly.
    critical_value_error : float
        Monte Carlo standard error of the critical value (the largest over units); zero where it
        is exact.
    estimate, se : numpy.ndarray, shape (p,)
        What was ranked, as given.
    index : pandas.Index
        Names of the units.
    kind, sides : str
        As asked for.
    confidence : float
        Level.
    stepdown : bool
        Whether rejected comparisons were dropped and the rest tested again.
    draws : int or None
        Simulated draws; None where none were needed.
    """

    rank: Ints
    lower: Ints
    upper: Ints
    critical_value: float | Floats
    critical_value_error: float
    estimate: Floats
    se: Floats
    index: pd.Index
    kind: Kind
    sides: Sides
    confidence: float
    stepdown: bool
    draws: int | None

    @property
    def width(self) -> Ints:
        """Places in each set: upper − lower + 1."""
        return self.upper - self.lower + 1

    def to_frame(self) -> pd.DataFrame:
        """Return one row a unit: estimate, se, rank, lower, upper, critical_value."""
        return pd.DataFrame(
            {
                "estimate": self.estimate,
                "se": self.se,
                "rank": self.rank,
                "lower": self.lower,
                "upper": self.upper,
                "critical_value": self.critical_value,
            },
            index=self.index,
        )


def rank_confidence_sets(
    estimate: ArrayLike,
    se: ArrayLike | None = None,
    *,
    covariance: ArrayLike | None = None,
    kind: Kind = "marginal",
    confidence: float = 0.95,
    stepdown: bool = True,
    sides: Sides = "two",
    higher_is_better: bool = True,
    draws: int = 100_000,
    seed: Seed = 0,
) -> RankSets:
    """Confidence sets for the rank of each unit, or for all ranks at once.

    Every difference between a unit and the others is tested against the distribution of the
    largest studentised difference; a unit's set runs from 1 + the number of units shown better
    to p − the number shown worse. With step-down, rejected comparisons are dropped, the critical
    value is computed again for the rest, and so on until nothing more is rejected.

    Parameters
    ----------
    estimate : array-like, shape (p,)
        One estimate a unit, in any unit of measurement; normal with the given errors.
    se : array-like, shape (p,), or one number for all, optional
        Standard errors of independent estimates. A zero is an exactly known value.
    covariance : array-like, shape (p, p), optional
        Covariance of the estimates, in place of ``se``.
    kind : {"marginal", "simultaneous"}
        Whether the level holds for each unit by itself or for all units together.
    confidence : float
        Level, 0.5 to 0.999.
    stepdown : bool
        Narrower sets at the same level.
    sides : {"two", "lower", "upper"}
        Both ends, or only the best rank ("lower", the other end is p), or only the worst rank
        ("upper", the other end is 1).
    higher_is_better : bool
        Direction of the estimate.
    draws : int
        Draws for the kinds that are simulated: simultaneous, or any with a full covariance.
    seed : int or numpy.random.Generator
        Source of randomness for these.

    Returns
    -------
    RankSets
        Ranks, sets and critical values.

    Raises
    ------
    ParameterError
        For fewer than two units, missing or misshapen numbers, negative errors and unknown words.

    Notes
    -----
    Tests are one-sided in pairs ("j is better than i", "j is worse than i"); step-down drops the
    claims that were shown and keeps their opposites, so the direction of a difference is
    protected too. Marginal sets of independent estimates are exact: given the unit's own deviate
    the comparisons are independent, so the critical value solves a one-dimensional integral. With
    equal standard errors the first simultaneous critical value is the studentised range over the
    root of two. Tied units share the best rank of their group. Marginal sets of independent
    estimates and expected ranks are worked out a block of units at a time, in memory that doesn't
    grow with the square of their number. Source: Mogstad, Romano, Shaikh and
    Wilhelm, 'Inference for Ranks', Review of Economic Studies, 2023.

    Examples
    --------
    >>> sets = rank_confidence_sets([0.9, 0.5, 0.1], [0.05, 0.2, 0.2])
    >>> sets.lower.tolist(), sets.upper.tolist()
    ([1, 1, 2], [2, 3, 3])
    """
    choice("kind", kind, ("marginal", "simultaneous"))
    choice("sides", sides, ("two", "lower", "upper"))
    confidence, draws = check_confidence(confidence), whole("draws", draws, 100)
    stepdown = flag("stepdown", stepdown)
    units = check_units(estimate, se, covariance, higher_is_better=higher_is_better)
    error, used = 0.0, None
    critical: float | Floats
    if kind == "marginal" and units.covariance is None:
        everyone = np.arange(len(units.x))
        better, worse, critical = marginal_sets(
            units, everyone, confidence=confidence, sides=sides, stepdown=stepdown
        )
    else:
        solver = SimulatedCritical(units, kind=kind, confidence=confidence, draws=draws, seed=seed)
        better, worse, values, error, used = simulated_sets(
            units, kind, confidence, sides, stepdown, solver
        )
        critical = values if kind == "marginal" else float(values[0])
    p = len(units.x)
    return RankSets(
        rank=units.rank,
        lower=1 + better if sides != "upper" else np.ones(p, dtype=np.int64),
        upper=p - worse if sides != "lower" else np.full(p, p, dtype=np.int64),
        critical_value=critical,
        critical_value_error=error,
        estimate=units.x if higher_is_better else -units.x,
        se=units.se,
        index=units.index,
        kind=kind,
        sides=sides,
        confidence=confidence,
        stepdown=stepdown,
        draws=used,
    )


def marginal_sets(
    units: Units,
    which: Ints,
    *,
    confidence: float,
    sides: Sides,
    stepdown: bool,
    solver: MarginalCritical | None = None,
) -> tuple[Ints, Ints, Floats]:
    """Exact marginal sets of some of the units, independent estimates.

    Parameters
    ----------
    units : Units
        All units.
    which : numpy.ndarray of int, shape (m,)
        The units whose sets are wanted.
    confidence : float
        Level.
    sides : {"two", "lower", "upper"}
        As in :func:`rank_confidence_sets`.
    stepdown : bool
        Whether to drop rejected comparisons and test again.
    solver : MarginalCritical, optional
        One made before for the same standard errors.

    Returns
    -------
    tuple of numpy.ndarray, shape (m,) each
        Number of units shown better, number shown worse, critical value.
    """
    solver = solver or MarginalCritical(units.se)
    blocks = [
        _marginal_block(units, which[rows], confidence, sides, stepdown, solver)
        for rows in row_blocks(len(which), len(units.x))
    ]
    better, worse, critical = (np.concatenate(part) for part in zip(*blocks, strict=True))
    return better, worse, critical


def _marginal_block(
    units: Units,
    which: Ints,
    confidence: float,
    sides: Sides,
    stepdown: bool,
    solver: MarginalCritical,
) -> tuple[Ints, Ints, Floats]:
    """Find the sets of units few enough to hold all their comparisons at once."""
    ahead = units.x - units.x[which, None]
    sigma = np.sqrt(units.se[which, None] ** 2 + units.se**2)
    studentised = np.divide(ahead, sigma, out=np.zeros_like(ahead), where=sigma > 0)
    testable = sigma > 0
    testable[np.arange(len(which)), which] = False
    better, worse = testable & (sides != "upper"), testable & (sides != "lower")
    start = solver.bound(better, worse, confidence)
    if stepdown:
        _reject_roughly(solver, which, studentised, better, worse, start, confidence)
    critical = start.copy()
    rows = np.arange(len(which))
    while len(rows):
        rows = rows[better[rows].any(axis=1) | worse[rows].any(axis=1)]
        critical[rows] = solver.solve(
            which[rows], better[rows], worse[rows], confidence, start=start[rows]
        )
        start[rows] = critical[rows]
        changed = _reject(rows, studentised, better, worse, critical[rows])
        rows = rows[changed] if stepdown else rows[:0]
    certain = sigma == 0
    shown_better = (certain & (ahead > 0)) | (testable & ~better & (studentised > 0))
    shown_worse = (certain & (ahead < 0)) | (testable & ~worse & (studentised < 0))
    return _count(shown_better), _count(shown_worse), critical


def _reject(rows: Ints, studentised: Floats, better: Bools, worse: Bools, c: Floats) -> Bools:
    """Close the comparisons beyond c, in place; returns which rows had any."""
    is_better = better[rows] & (studentised[rows] > c[:, None])
    is_worse = worse[rows] & (-studentised[rows] > c[:, None])
    better[rows] &= ~is_better
    worse[rows] &= ~is_worse
    return np.asarray(is_better.any(axis=1) | is_worse.any(axis=1))


def _reject_roughly(
    solver: MarginalCritical,
    which: Ints,
    studentised: Floats,
    better: Bools,
    worse: Bools,
    c: Floats,
    confidence: float,
) -> None:
    """Close what lies beyond values that are surely no smaller than the critical ones.

    One rough evaluation a step is enough for all but the closest comparisons, which are left to
    the exact step-down. ``better``, ``worse`` and ``c`` are changed in place; c stays an upper
    bound of the critical value of what is left open.
    """
    trial, rows = c.copy(), np.arange(len(which))
    while len(rows):
        rows = rows[better[rows].any(axis=1) | worse[rows].any(axis=1)]
        value = solver.gap(
            which[rows], better[rows], worse[rows], trial[rows], confidence, rough=True
        )
        sure = value < -_DOUBT
        c[rows] = np.where(sure, np.minimum(c[rows], trial[rows]), c[rows])
        changed = _reject(rows, studentised, better, worse, np.where(sure, c[rows], np.inf))
        move = value / hazard(trial[rows]) + _CUSHION
        trial[rows] = np.minimum(trial[rows] + move, c[rows])
        rows = rows[changed | (sure & (move < -_CUSHION)) | (~sure & (trial[rows] < c[rows]))]


def _count(shown: Bools) -> Ints:
    return np.asarray(shown.sum(axis=1), dtype=np.int64)


def simulated_sets(
    units: Units,
    kind: Kind,
    confidence: float,
    sides: Sides,
    stepdown: bool,
    solver: SimulatedCritical,
) -> tuple[Ints, Ints, Floats, float, int | None]:
    """Find sets of all units by stepping down with simulated critical values.

    Parameters
    ----------
    units : Units
        All units.
    kind, confidence, sides, stepdown
        As in :func:`rank_confidence_sets`.
    solver : SimulatedCritical
        Critical values; may serve several data sets with the same errors.

    Returns
    -------
    tuple
        Numbers shown better and worse and critical values, shape (p,) each, the Monte Carlo
        error of the critical value, and the draws used (None where none were needed).
    """
    sigma = units.difference_se
    ahead = units.x[None, :] - units.x[:, None]
    studentised = np.divide(ahead, sigma, out=np.zeros_like(ahead), where=sigma > 0)
    claims = np.stack([studentised, -studentised])
    testable = sigma > 0
    active = np.stack([testable, testable])
    if kind == "simultaneous":
        # "j better than i" for all ordered pairs is every comparison there is, on any side.
        active[1] = False
    else:
        active[0] &= sides != "upper"
        active[1] &= sides != "lower"
    tested = active.copy()
    p = len(units.x)
    critical, error, used = np.zeros(p), np.zeros(p), None
    equal = units.covariance is None and units.se[0] > 0 and bool(np.ptp(units.se) == 0)
    exact = equal and kind == "simultaneous"
    while active.any():
        if exact:
            critical, exact = np.full(p, studentised_range(p, confidence)), False
        else:
            left = active.any() if kind == "simultaneous" else active.any(axis=(0, 2))
            value, spread = solver.solve(active)
            critical, error = np.where(left, value, critical), np.where(left, spread, error)
            used = solver.draws
        rejected = active & (claims > critical[:, None])
        active &= ~rejected
        if not stepdown or not rejected.any():
            break
    shown = tested & ~active
    certain = ~testable
    if kind == "simultaneous":
        shown[1] = shown[0].T
    better = _count(shown[0] | (certain & (ahead > 0)))
    worse = _count(shown[1] | (certain & (ahead < 0)))
    return better, worse, critical, float(error.max(initial=0.0)), used
