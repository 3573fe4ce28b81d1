"""Ranks from a two-level model: shrunken means, expected ranks and category chances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import ndtr

from policy_methods.checks import (
    LARGEST,
    Floats,
    Seed,
    between_spread,
    choice,
    generator,
    listed,
    numbers,
    whole,
)
from policy_methods.errors import ParameterError
from policy_methods.ranking.inputs import Ints, Units, check_units, row_blocks
from policy_methods.results import Result

Tau2 = Literal["REML", "DL", "PM"]
_SMALL = 1e-40
"""Share of the squared range of the estimates below which a variance counts as none."""
_STEPS = 321


@dataclass(frozen=True)
class ExpectedRanks(Result):
    """What a two-level normal model says of each unit's rank.

    Parameters
    ----------
    tau2 : float
        Variance of the true values between units.
    mean : float
        Mean of the true values, weighted by precision.
    rankability : float
        Share of the variance between units that is real: tau2 / (tau2 + median se²).
    shrunken, shrunken_se : numpy.ndarray, shape (p,)
        Posterior mean and standard deviation of each true value.
    expected_rank : numpy.ndarray, shape (p,)
        Expected rank, 1 the best; (p + 1) / 2 for everyone when nothing differs.
    percentile : numpy.ndarray, shape (p,)
        100 · (expected rank − 0.5) / p.
    rank : numpy.ndarray of int, shape (p,)
        Rank by the raw estimate.
    index : pandas.Index
        Names of the units.
    higher_is_better : bool
        Direction of the estimate.
    """

    tau2: float
    mean: float
    rankability: float
    shrunken: Floats
    shrunken_se: Floats
    expected_rank: Floats
    percentile: Floats
    rank: Ints
    index: pd.Index
    higher_is_better: bool

    def probability_better(self, first: int, second: int) -> float:
        """Posterior chance that the unit at position ``first`` is truly the better one."""
        last = len(self.shrunken) - 1
        first, second = whole("first", first, 0, last), whole("second", second, 0, last)
        gap = self.shrunken[first] - self.shrunken[second]
        gap = gap if self.higher_is_better else -gap
        spread = float(np.hypot(self.shrunken_se[first], self.shrunken_se[second]))
        return float(_chance(np.array(gap), np.array(spread)))

    def to_frame(self) -> pd.DataFrame:
        """Return one row a unit."""
        return pd.DataFrame(
            {
                "rank": self.rank,
                "shrunken": self.shrunken,
                "shrunken_se": self.shrunken_se,
                "expected_rank": self.expected_rank,
                "percentile": self.percentile,
            },
            index=self.index,
        )


def expected_ranks(
    estimate: ArrayLike,
    se: ArrayLike,
    *,
    tau2: Tau2 = "REML",
    higher_is_better: bool = True,
) -> ExpectedRanks:
    """Find the expected rank of each unit when true values vary normally between units.

    Parameters
    ----------
    estimate : array-like, shape (p,)
        Independent estimates.
    se : array-like, shape (p,), or one number for all
        Their standard errors; "DL" needs them above zero.
    tau2 : {"REML", "DL", "PM"}
        Estimator of the variance between units: restricted maximum likelihood,
        DerSimonian-Laird or Paule-Mandel.
    higher_is_better : bool
        Direction of the estimate.

    Returns
    -------
    ExpectedRanks
        Variance between units, rankability, shrunken means, expected ranks.

    Raises
    ------
    ParameterError
        For fewer than three units, bad numbers or an unknown estimator.

    Notes
    -----
    Expected rank of i: 1 + Σ Φ((m_j − m_i) / sqrt(v_i + v_j)) (Laird and Louis 1989; Lingsma
    and others 2010); rankability after van Houwelingen.

    Examples
    --------
    >>> result = expected_ranks([0.8, 0.5, 0.2], [0.1, 0.1, 0.1])
    >>> result.expected_rank.round(2).tolist()
    [1.02, 2.0, 2.98]
    """
    choice("tau2", tau2, ("REML", "DL", "PM"))
    units = check_units(estimate, se, higher_is_better=higher_is_better, minimum=3)
    between, mean, shrunken, spread = _posterior(units, tau2)
    p = len(units.x)
    chances = np.empty(p)
    for rows in row_blocks(p, p):
        gap = shrunken[None, :] - shrunken[rows, None]
        chances[rows] = _chance(gap, np.hypot(spread[rows, None], spread[None, :])).sum(axis=1)
    expected = 1 + chances - 0.5
    typical = float(np.median(units.se**2))
    total = between + typical
    return ExpectedRanks(
        tau2=between,
        mean=mean if higher_is_better else -mean,
        rankability=between / total if total > 0 else 0.0,
        shrunken=shrunken if higher_is_better else -shrunken,
        shrunken_se=spread,
        expected_rank=expected,
        percentile=100 * (expected - 0.5) / p,
        rank=units.rank,
        index=units.index,
        higher_is_better=bool(higher_is_better),
    )


@dataclass(frozen=True)
class CategoryProbabilities(Result):
    """Chance that each unit truly belongs to each category.

    Parameters
    ----------
    probability : numpy.ndarray, shape (p, k)
        Rows add to one; column c adds to the size of category c.
    category : numpy.ndarray of int, shape (p,)
        Category by the raw estimate, 0 the best; ties by expected order of the units given.
    sizes : tuple of int
        Units in each category, best first.
    wrong : float
        Expected number of units placed in a category they don't belong to.
    monte_carlo_error : float
        Largest standard error of any of the probabilities.
    index : pandas.Index
        Names of the units.
    """

    probability: Floats
    category: Ints
    sizes: tuple[int, ...]
    wrong: float
    monte_carlo_error: float
    index: pd.Index

    def to_frame(self) -> pd.DataFrame:
        """Return one row a unit: its category and the chance of each."""
        columns = {f"p{k + 1}": self.probability[:, k] for k in range(len(self.sizes))}
        return pd.DataFrame({"category": self.category + 1, **columns}, index=self.index)


def category_probabilities(
    estimate: ArrayLike,
    se: ArrayLike,
    sizes: Sequence[int],
    *,
    tau2: Tau2 | None = "REML",
    higher_is_better: bool = True,
    draws: int = 10_000,
    seed: Seed = 0,
) -> CategoryProbabilities:
    """Chance of each category when categories are quotas of a ranking.

    Parameters
    ----------
    estimate, se : array-like, shape (p,)
        Independent estimates and standard errors.
    sizes : sequence of int
        Units in each category, best first; they add up to p. ``[k, p - k]`` gives P(rank ≤ k).
    tau2 : {"REML", "DL", "PM"} or None
        Variance between units for the two-level model; None takes each estimate at face value.
    higher_is_better : bool
        Direction of the estimate.
    draws : int
        Draws of the true values.
    seed : int or numpy.random.Generator
        Source of randomness.

    Returns
    -------
    CategoryProbabilities
        Chances, the category by the raw estimate and the expected number misplaced.

    Raises
    ------
    ParameterError
        For sizes that are not whole numbers of at least 1 adding up to p, or bad estimates.

    Examples
    --------
    >>> result = category_probabilities([3.0, 2.0, 1.0], [0.1, 0.1, 0.1], [1, 2])
    >>> result.category.tolist()
    [0, 1, 1]
    """
    draws = whole("draws", draws, 100)
    units = check_units(estimate, se, higher_is_better=higher_is_better, minimum=3)
    p = len(units.x)
    wanted = numbers("sizes", listed("sizes", sizes, "whole numbers"))
    if np.any(wanted < 1) or np.any(wanted % 1 != 0):
        raise ParameterError("sizes", "must be whole numbers of at least 1", value=wanted.tolist())
    quotas = tuple(int(size) for size in wanted)
    if sum(quotas) != p:
        raise ParameterError("sizes", f"must add up to the {p} units", value=sum(quotas))
    if tau2 is None:
        middle, spread = units.x, units.se
    else:
        choice("tau2", tau2, ("REML", "DL", "PM"))
        _, _, middle, spread = _posterior(units, tau2)
    counts = np.zeros((p, len(quotas)))
    bounds = np.cumsum((0, *quotas))
    rng = generator(seed)
    step = max(1, 1_000_000 // p)
    for start in range(0, draws, step):
        size = (min(step, draws - start), p)
        truth = middle + spread * rng.standard_normal(size)
        order = np.lexsort((rng.random(size), -truth), axis=1)  # exact ties fall at random
        for k in range(len(quotas)):
            members = order[:, bounds[k] : bounds[k + 1]]
            counts[:, k] += np.bincount(members.ravel(), minlength=p)
    probability = counts / draws
    category = np.empty(p, dtype=np.int64)
    category[np.argsort(-units.x, kind="stable")] = np.repeat(np.arange(len(quotas)), quotas)
    return CategoryProbabilities(
        probability=probability,
        category=category,
        sizes=quotas,
        wrong=float(np.sum(1 - probability[np.arange(p), category])),
        monte_carlo_error=float(np.sqrt(probability * (1 - probability) / draws).max()),
        index=units.index,
    )


def _chance(gap: Floats, spread: Floats) -> Floats:
    """P(difference > 0) for a normal difference; a half for an exact tie."""
    ratio = np.where(spread > 0, gap / np.where(spread > 0, spread, 1.0), np.sign(gap) * 1e9)
    return np.asarray(ndtr(ratio))


def _posterior(units: Units, method: Tau2) -> tuple[float, float, Floats, Floats]:
    """Return tau², mean, posterior means and posterior standard deviations."""
    variance = units.se**2
    between = _between_variance(units.x, variance, method)
    weight = _weights(units.x, between, variance)
    mean = float(np.sum(weight * units.x) / np.sum(weight))
    total = between + variance
    kept = np.divide(between, total, out=np.ones_like(total), where=total > 0)
    return between, mean, mean + kept * (units.x - mean), np.sqrt(kept * variance)


def _weights(x: Floats, between: float | Floats, variance: Floats) -> Floats:
    # An exactly known unit under no variation between units would weigh infinitely. The floor
    # depends on no standard error, as one huge one would lift it above every other variance.
    return np.asarray(1 / np.maximum(between + variance, _SMALL * float(np.ptp(x)) ** 2 or 1.0))


def _between_variance(x: Floats, variance: Floats, method: Tau2) -> float:
    span = float(np.ptp(x))
    if span < LARGEST**-2:
        return 0.0
    if method == "DL":
        if np.any(variance == 0):
            raise ParameterError("se", "must be above zero for tau2='DL'; use 'REML' or 'PM'")
        weight = 1 / variance
        centre = np.sum(weight * x) / weight.sum()
        excess = np.sum(weight * (x - centre) ** 2) - (len(x) - 1)
        return max(0.0, float(excess / between_spread(weight)))
    # Measured from the surest unit, whose distance from the mean would be rounding otherwise.
    x, variance = (x - x[variance.argmin()]) / span, variance / span**2
    if method == "PM":

        def surplus(between: float) -> float:
            weight = _weights(x, between, variance)
            centre = np.sum(weight * x) / weight.sum()
            return float(np.sum(weight * (x - centre) ** 2) - (len(x) - 1))

        if surplus(0.0) <= 0:
            return 0.0
        return span**2 * float(brentq(surplus, 0.0, 1.0, xtol=_SMALL, rtol=1e-13))
    return span**2 * _reml(x, variance)


def _reml(x: Floats, variance: Floats) -> float:
    """Highest of the local maxima of the restricted likelihood (Viechtbauer 2005).

    For estimates with a range of 1 none lies above 1: the slope there is at most max(w) − 1 times
    a positive sum, and every weight w is at most 1 / tau².
    """

    def slopes(between: Floats) -> Floats:
        weight = _weights(x, between[:, None], variance)
        centre = (weight * x).sum(axis=1, keepdims=True) / weight.sum(axis=1, keepdims=True)
        rise = ((weight * (x - centre)) ** 2).sum(axis=1)
        return np.asarray(rise - between_spread(weight))

    def slope(between: float) -> float:
        return float(slopes(np.array([between]))[0])

    def likelihood(between: float) -> float:
        weight = _weights(x, between, variance)
        centre = np.sum(weight * x) / weight.sum()
        fit = np.sum(weight * (x - centre) ** 2)
        return float(np.sum(np.log(weight)) - np.log(weight.sum()) - fit)

    steps = np.append(0.0, np.geomspace(_SMALL, 1.0, _STEPS))
    at = slopes(steps).tolist()
    found = [
        float(brentq(slope, low, high, xtol=_SMALL, rtol=1e-13))
        for (low, rising), (high, falling) in pairwise(zip(steps.tolist(), at, strict=True))
        if rising > 0 >= falling
    ]
    # Two exactly known, equal units make 0 infinitely likely whatever the rest: it counts only
    # where nothing else is a maximum.
    if at[0] <= 0 and not (found and np.sum(variance == 0) > 1):
        found.append(0.0)
    return max(found, key=likelihood)
