"""Ranks as a two-level model has them: ranges that are right on average, chances of categories."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from policy_methods.checks import Floats, check_confidence, listed, numbers, whole
from policy_methods.errors import ParameterError
from policy_methods.ranking.inputs import Ints, Units, check_units, row_blocks
from policy_methods.ranking.shrink import expected_ranks
from policy_methods.results import Result

_GRID = 400
_PLASTIC = 1.32471795724474602596
_CERTAIN = 1e-12
_FEW, _EXACT, _HELD, _REACH = 12.0, 64, 0.995, 6.0


@dataclass(frozen=True)
class PosteriorRanks(Result):
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
    index: pd.Index

    @property
    def width(self) -> Ints:
        """Places in each range: upper − lower + 1."""
        return self.upper - self.lower + 1

    def within(self, place: int) -> Floats:
        """Chance of each unit to rank ``place`` or better, shape (p,)."""
        last = whole("place", place, 1, self.distribution.shape[1])
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
        p = self.distribution.shape[1]
        if np.any(wanted < 1) or np.any(wanted % 1 != 0) or wanted.sum() != p:
            raise ParameterError(
                "sizes",
                f"must be whole numbers of at least 1 that add up to the {p} units",
                value=wanted.tolist(),
            )
        starts = np.cumsum([0, *wanted.astype(int)[:-1]])
        return np.asarray(np.add.reduceat(self.distribution, starts, axis=1))

    def shared(self, units: Sequence[int]) -> tuple[int, int]:
        """Range of the rank of one of several units, which as likely is any of them.

        Parameters
        ----------
        units : sequence of int
            Their rows, one or more: units that tie for a place, say.
        """
        lower, upper = _ends(self.distribution[list(units)].mean(axis=0)[None], self.confidence)
        return int(lower[0]), int(upper[0])

    def to_frame(self) -> pd.DataFrame:
        """Return one row a unit: rank, lower, upper, held, expected_rank."""
        places = np.arange(1, self.distribution.shape[1] + 1)
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
    nodes: int = 128,
    of: Sequence[int] | None = None,
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
    nodes : int
        Nodes of the average over spread, mean and each unit's own value, at least 16: by 128 of
        them chances are right to about 0.005 where most of the spread is real, to 0.02 where
        little is.
    of : sequence of int, optional
        Rows of the units to rank among all, which takes a share of the time; all by default.

    Returns
    -------
    PosteriorRanks
        Ranges, chances of every rank, spread between units; a row a unit asked for.

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
    for each, whatever the truth. Nothing is drawn: given a unit's own value its rank is one more
    than a sum of independent events; the distribution of the sum is averaged over even nodes of
    spread, mean and that value. Ranks under such a model: Laird and Louis 1989; Goldstein and
    Spiegelhalter 1996.

    Examples
    --------
    >>> result = posterior_ranks([0.9, 0.5, 0.4], [0.05, 0.1, 0.1])
    >>> result.lower.tolist(), result.upper.tolist()
    ([1, 2, 2], [1, 3, 3])
    """
    confidence = check_confidence(confidence)
    units = check_units(estimate, se, higher_is_better=higher_is_better, minimum=3)
    # A spread between units of about this size is what the grid is laid around.
    typical = float(np.median(units.se**2))
    scale = math.sqrt(max(expected_ranks(units.x, units.se).tau2, typical))
    spreads, shifts, own = _cube(whole("nodes", nodes, 16))
    spread, tau = _spread(units, scale, spreads)
    asked = np.arange(len(units.x)) if of is None else np.asarray(of, dtype=int)
    distribution = _chances(units, tau, shifts, own, asked)
    lower, upper = _ends(distribution, confidence)
    places = np.arange(1, len(units.x) + 1)
    inside = (places >= lower[:, None]) & (places <= upper[:, None])
    total = spread**2 + typical
    return PosteriorRanks(
        distribution=distribution,
        lower=lower,
        upper=upper,
        held=np.asarray((distribution * inside).sum(axis=1)),
        rank=units.rank[asked],
        spread=spread,
        rankability=spread**2 / total if total > 0 else 0.0,
        confidence=confidence,
        index=units.index[asked],
    )


def _ends(distribution: Floats, confidence: float) -> tuple[Ints, Ints]:
    """Find the ranks at mid-probability quantiles of each row's distribution."""
    tail = (1 - confidence) / 2
    middle = np.cumsum(distribution, axis=1) - distribution / 2
    lower, upper = (middle < tail).sum(axis=1) + 1, (middle <= 1 - tail).sum(axis=1)
    return np.asarray(lower, dtype=np.int64), np.asarray(upper, dtype=np.int64)


def _cube(nodes: int) -> tuple[Floats, Floats, Floats]:
    """Spread nodes evenly over the unit cube of spread, mean and the unit's own deviate.

    An additive recurrence on the powers of the plastic number: like random draws, but even.
    """
    at = np.arange(nodes, dtype=np.float64) + 0.5
    return (at * _PLASTIC**-1) % 1, (at * _PLASTIC**-2) % 1, at / nodes


def _spread(units: Units, scale: float, share: Floats) -> tuple[float, Floats]:
    """Return the posterior mean of the standard deviation between units, and its quantiles."""
    if scale == 0:
        return 0.0, np.zeros(share.shape)
    angle = np.pi / 2 * (np.arange(_GRID) + 0.5) / _GRID
    grid = scale * np.tan(angle)
    weight = 1 / (grid[:, None] ** 2 + units.se**2)
    total = weight.sum(axis=1)
    mean = (weight * units.x).sum(axis=1) / total
    fit = (weight * (units.x - mean[:, None]) ** 2).sum(axis=1)
    # The grid is even in the angle: the flat prior on the deviation becomes 1 / cos².
    log = (np.log(weight).sum(axis=1) - np.log(total) - fit) / 2 - 2 * np.log(np.cos(angle))
    chance = np.exp(log - log.max())
    chance /= chance.sum()
    return float(chance @ grid), np.interp(share, np.cumsum(chance) - chance / 2, grid)


def _chances(units: Units, tau: Floats, shift: Floats, own: Floats, asked: Ints) -> Floats:
    """Average the chances of every rank over nodes of spread, mean and own deviate, (m, p)."""
    x, se = units.x, units.se
    # A row a node.
    between, move, deviate = tau[:, None] ** 2, ndtri(shift)[:, None], ndtri(own)[:, None]
    variance = between + se**2
    one = np.ones(variance.shape)
    kept = np.divide(between, variance, out=one.copy(), where=variance > 0)
    weight = np.divide(1.0, variance, out=one, where=variance > 0)
    total = weight.sum(axis=1, keepdims=True)
    mean = (np.array([[row @ x] for row in weight]) + move * np.sqrt(total)) / total
    middle, sd = mean + kept * (x - mean), np.sqrt(kept) * se
    # An exactly known unit is above or below, or level with another that is.
    known = np.maximum(sd, 1e-12 * (float(np.ptp(x)) or 1.0))
    values = middle + sd * deviate
    p, below = len(x), np.zeros((len(asked), len(x)))
    for rows in row_blocks(len(asked), p):
        units_of, step = asked[rows], max(1, p // len(asked[rows]))
        for first in range(0, len(tau), step):
            nodes = slice(first, first + step)
            # Given its own value, a unit's rank counts independent events: others above it.
            gap = middle[nodes, None] - values[nodes, units_of, None]
            above = ndtr(gap / known[nodes, None])
            above[:, np.arange(len(units_of)), units_of] = 0.0
            below[rows] += _sums(above.reshape(-1, p)).reshape(above.shape).sum(axis=0)
    below = np.maximum.accumulate(below / len(tau), axis=1)
    below[:, -1] = 1.0
    return np.asarray(np.diff(below, axis=1, prepend=0.0))


def _sums(chance: Floats) -> Floats:
    """Find the chance that at most 0, 1, ... of independent events happen.

    Parameters
    ----------
    chance : numpy.ndarray, shape (m, p)
        Chances of the events, a row a sum.

    Returns
    -------
    numpy.ndarray, shape (m, p)
        Normal with a term for skewness (Volkova 1996); exact where few events are in doubt, since
        such sums aren't normal.
    """
    p = chance.shape[1]
    event = chance * (1 - chance)
    count, var = chance.sum(axis=1), event.sum(axis=1)
    some = np.sqrt(np.maximum(var, _CERTAIN))[:, None]
    skew = (event.sum(axis=1) - 2 * (event * chance).sum(axis=1))[:, None] / some**3
    # Sums further from their mean than this are as good as impossible.
    reach = math.ceil(_REACH * float(some.max()))
    width = min(p, 2 * reach + 1)
    start = np.clip(np.rint(count).astype(int) - reach, 0, p - width)[:, None]
    at = start + np.arange(width)
    x = (at + 0.5 - count[:, None]) / some
    density = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    most = (np.arange(p) >= start + width).astype(float)
    near = np.clip(ndtr(x) + skew * (1 - x**2) * density / 6, 0, 1)
    np.put_along_axis(most, at, near, axis=1)
    small = np.flatnonzero(var < _FEW)
    order = np.argsort(-event[small], axis=1)[:, :_EXACT]
    held = np.take_along_axis(event[small], order, axis=1).sum(axis=1)
    kept = held >= _HELD * var[small]
    small, order = small[kept], order[kept]
    if len(small):
        unsure = np.take_along_axis(chance[small], order, axis=1)
        sure = np.rint(count[small] - unsure.sum(axis=1)).astype(int)
        exact = np.zeros((len(small), unsure.shape[1] + 1))
        exact[:, 0] = 1.0
        for one in unsure.T[:, :, None]:
            happens = exact[:, :-1] * one
            exact *= 1 - one
            exact[:, 1:] += happens
        at = np.arange(chance.shape[1]) - sure[:, None]
        total = np.take_along_axis(
            np.cumsum(exact, axis=1), np.clip(at, 0, unsure.shape[1]), axis=1
        )
        most[small] = np.where(at < 0, 0.0, total)
    return np.asarray(most, dtype=np.float64)
