"""Ranks as a two-level model has them: ranges that are right on average, chances of categories."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from policy_methods.checks import Floats, Seed, check_confidence, generator, listed, numbers, whole
from policy_methods.errors import ParameterError
from policy_methods.ranking.inputs import Ints, Units, check_units
from policy_methods.ranking.shrink import expected_ranks

_NODES = 400
_CELLS = 1_000_000


@dataclass(frozen=True)
class PosteriorRanks:
    """What a two-level normal model says of every rank.

    Parameters
    ----------
    distribution : numpy.ndarray, shape (p, p)
        Chance of each rank (columns, the best first) for each unit (rows).
    lower, upper : numpy.ndarray of int, shape (p,)
        Best and worst rank of each unit's range.
    held : numpy.ndarray, shape (p,)
        Chance that the range holds the true rank. Ranks are whole, so it differs from the level
        by a little, up or down, and is higher for a unit that is surely first or last.
    rank : numpy.ndarray of int, shape (p,)
        Rank by the estimate, 1 the best; tied units share the best rank of their group.
    spread : float
        Posterior mean of the standard deviation of the true values between units.
    rankability : float
        Share of the variance between units that is real: spread² / (spread² + median se²).
    confidence : float
        Level.
    draws : int
        Draws of the true values.
    index : pandas.Index
        Names of the units.
    """

    distribution: Floats
    lower: Ints
    upper: Ints
    held: Floats
    rank: Ints
    spread: float
    rankability: float
    confidence: float
    draws: int
    index: pd.Index

    @property
    def width(self) -> Ints:
        """Places in each range: upper − lower + 1."""
        return self.upper - self.lower + 1

    def within(self, place: int) -> Floats:
        """Chance of each unit to rank ``place`` or better, shape (p,)."""
        last = whole("place", place, 1, len(self.rank))
        return np.asarray(self.distribution[:, :last].sum(axis=1))

    def chances(self, sizes: Sequence[int]) -> Floats:
        """Chance of each category when categories are quotas of the ranking.

        Parameters
        ----------
        sizes : sequence of int
            Units in each category, best first; they add up to p.

        Returns
        -------
        numpy.ndarray, shape (p, k)
            Rows add to one; column c adds to the size of category c.

        Raises
        ------
        ParameterError
            For sizes that are not whole numbers of at least 1 adding up to p.
        """
        wanted = numbers("sizes", listed("sizes", sizes, "whole numbers"))
        p = len(self.rank)
        if np.any(wanted < 1) or np.any(wanted % 1 != 0) or wanted.sum() != p:
            raise ParameterError(
                "sizes",
                f"must be whole numbers of at least 1 that add up to the {p} units",
                value=wanted.tolist(),
            )
        starts = np.cumsum([0, *wanted.astype(int)[:-1]])
        return np.asarray(np.add.reduceat(self.distribution, starts, axis=1))

    def to_frame(self) -> pd.DataFrame:
        """Return one row a unit: rank, lower, upper, held, expected_rank."""
        places = np.arange(1, len(self.rank) + 1)
        return pd.DataFrame(
            {
                "rank": self.rank,
                "lower": self.lower,
                "upper": self.upper,
                "held": self.held,
                "expected_rank": self.distribution @ places,
            },
            index=self.index,
        )


def posterior_ranks(
    estimate: ArrayLike,
    se: ArrayLike,
    *,
    confidence: float = 0.95,
    higher_is_better: bool = True,
    draws: int = 10_000,
    seed: Seed = 0,
) -> PosteriorRanks:
    """Find the range of ranks of each unit when true values vary normally between units.

    Parameters
    ----------
    estimate : array-like, shape (p,)
        Independent estimates.
    se : array-like, shape (p,), or one number for all
        Their standard errors.
    confidence : float
        Level of the ranges, 0.5 to 0.999.
    higher_is_better : bool
        Direction of the estimate.
    draws : int
        Draws of the true values.
    seed : int or numpy.random.Generator
        Source of randomness.

    Returns
    -------
    PosteriorRanks
        Ranges, chances of every rank, spread between units.

    Raises
    ------
    ParameterError
        For fewer than three units or bad numbers.

    Notes
    -----
    The mean and the standard deviation between units are integrated over with flat priors
    (Gelman 2006), since plugging one value in makes ranges of few units too narrow. The ends of a
    range are mid-probability quantiles: counting half the chance of the end itself keeps whole
    ranks from covering more than they promise, so that the ranges hold the true ranks at the
    level on average over units, where those of :func:`rank_confidence_sets` hold at least that
    for each, whatever the truth. Ranks under such a model: Laird and Louis 1989; Goldstein and
    Spiegelhalter 1996.

    Examples
    --------
    >>> result = posterior_ranks([0.9, 0.5, 0.4], [0.05, 0.1, 0.1])
    >>> result.lower.tolist(), result.upper.tolist()
    ([1, 2, 2], [1, 3, 3])
    """
    confidence, draws = check_confidence(confidence), whole("draws", draws, 100)
    units = check_units(estimate, se, higher_is_better=higher_is_better, minimum=3)
    # A spread between units of about this size is what the nodes are laid around.
    typical = float(np.median(units.se**2))
    scale = math.sqrt(max(expected_ranks(units.x, units.se).tau2, typical))
    spread, tau = _spread(units, scale, draws)
    distribution = _simulated(units, tau, draws, generator(seed))
    tail = (1 - confidence) / 2
    middle = np.cumsum(distribution, axis=1) - distribution / 2
    lower = (middle < tail).sum(axis=1) + 1
    upper = (middle <= 1 - tail).sum(axis=1)
    places = np.arange(1, len(units.x) + 1)
    inside = (places >= lower[:, None]) & (places <= upper[:, None])
    total = spread**2 + typical
    return PosteriorRanks(
        distribution=distribution,
        lower=np.asarray(lower, dtype=np.int64),
        upper=np.asarray(upper, dtype=np.int64),
        held=np.asarray((distribution * inside).sum(axis=1)),
        rank=units.rank,
        spread=spread,
        rankability=spread**2 / total if total > 0 else 0.0,
        confidence=confidence,
        draws=draws,
        index=units.index,
    )


def _spread(units: Units, scale: float, draws: int) -> tuple[float, Floats]:
    """Return the posterior mean of the standard deviation between units, and stratified draws."""
    if scale == 0:
        return 0.0, np.zeros(draws)
    angle = np.pi / 2 * (np.arange(_NODES) + 0.5) / _NODES
    nodes = scale * np.tan(angle)
    weight = 1 / (nodes[:, None] ** 2 + units.se**2)
    total = weight.sum(axis=1)
    mean = (weight * units.x).sum(axis=1) / total
    fit = (weight * (units.x - mean[:, None]) ** 2).sum(axis=1)
    # Nodes are even in the angle: the flat prior on the deviation becomes 1 / cos².
    log = (np.log(weight).sum(axis=1) - np.log(total) - fit) / 2 - 2 * np.log(np.cos(angle))
    chance = np.exp(log - log.max())
    chance /= chance.sum()
    strata = (np.arange(draws) + 0.5) / draws
    at = np.minimum(np.searchsorted(np.cumsum(chance), strata), _NODES - 1)
    return float(chance @ nodes), nodes[at]


def _simulated(units: Units, tau: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """Draw true values and count how often each unit takes each rank."""
    p = len(units.x)
    counts = np.zeros(p * p)
    step = max(1, _CELLS // p)
    certain = bool((units.se == 0).any())
    for start in range(0, draws, step):
        between = tau[start : start + step, None] ** 2
        variance = between + units.se**2
        kept = np.divide(between, variance, out=np.ones_like(variance), where=variance > 0)
        weight = np.divide(1.0, variance, out=np.ones_like(variance), where=variance > 0)
        total = weight.sum(axis=1, keepdims=True)
        mean = (weight * units.x).sum(axis=1, keepdims=True) / total
        mean = mean + rng.standard_normal(mean.shape) / np.sqrt(total)
        truth = mean + kept * (units.x - mean)
        truth += np.sqrt(kept) * units.se * rng.standard_normal(truth.shape)
        # Only exactly known units can be equal: such ties fall at random.
        order = (
            np.lexsort((rng.random(truth.shape), -truth), axis=1)
            if certain
            else np.argsort(-truth, axis=1)
        )
        counts += np.bincount((order * p + np.arange(p)).ravel(), minlength=p * p)
    return counts.reshape(p, p) / draws
