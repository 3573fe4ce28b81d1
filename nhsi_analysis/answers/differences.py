"""Which of two units is ahead, by how much, and whether that can be told.

Two overlapping intervals say nothing about a difference, which has an interval of its own. Every
report that sets two trusts beside each other asks here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, betaincinv, ndtr, ndtri

from nhsi_analysis.errors import ParameterError
from notebook_reports.evidence import Estimate, format_value
from policy_methods.checks import check_confidence, numbers
from policy_methods.results import Result
from policy_methods.shares import newcombe

_POINTS = 1001
"""Quantiles of one share at which the other is looked up: the chance is right to 0.0005."""
_DRAWS = 2000
_UNITS = {"pp": "percentage points"}


@dataclass(frozen=True, slots=True)
class Share(Result):
    """A unit's count of a total.

    Parameters
    ----------
    name : str
        What a sentence calls the unit.
    count, total : int
        How many of how many.
    """

    name: str
    count: int
    total: int


@dataclass(frozen=True, slots=True)
class Score(Result):
    """A unit's number with its standard error.

    Parameters
    ----------
    name : str
        What a sentence calls the unit.
    value : float
        The number; a posterior mean where units were shrunk to their mean.
    se : float
        Its standard error (or posterior standard deviation), 0 for a number known exactly.
    unit : str
        As in :func:`~notebook_reports.evidence.format_value`; a difference of shares is in
        percentage points.
    """

    name: str
    value: float
    se: float
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Rank(Result):
    """A unit's rank in each draw of a ranking.

    Parameters
    ----------
    name : str
        What a sentence calls the unit.
    draws : array_like, shape (d,)
        Ranks, 1 the best; draw by draw from the same ranking as the other unit's.
    """

    name: str
    draws: ArrayLike


@dataclass(frozen=True, slots=True)
class Difference(Result):
    """How far a first unit is from a second.

    Parameters
    ----------
    first, second : str
        What a sentence calls them.
    estimate : Estimate
        First less second, in percentage points for shares; for ranks the places by which the first
        is ahead.
    chance : float
        Chance that the first is really ahead, that is better.
    """

    first: str
    second: str
    estimate: Estimate
    chance: float

    @property
    def told(self) -> bool:
        """Whether it can be told which is ahead: the interval leaves nought out."""
        low, high = self.estimate.low, self.estimate.high
        return low is not None and high is not None and (low > 0 or high < 0)

    @property
    def words(self) -> str:
        """The difference as a clause: "Leeds was 2.1 percentage points above Bradford (…)"."""
        found = self.estimate
        turned = -1.0 if found.value < 0 else 1.0
        numbers_of = (found.value, *(found.low, found.high)[:: int(turned)])
        size, low, high = (
            format_value(None if end is None else turned * end, found.unit, found.decimals)
            for end in numbers_of
        )
        size = "1 place" if size == "1 places" else size
        level = not any(digit in size for digit in "123456789")
        place = "level with" if level else f"{size} {'below' if turned < 0 else 'above'}"
        unit = f" {_UNITS.get(found.unit, found.unit)}"
        ends = [low.removesuffix(unit), high if level else high.removesuffix(unit)]
        interval = "" if low == high else f" ({ends[0]} to {ends[1]})"
        doubt = "" if self.told else ": which was ahead can't be told"
        return f"{self.first} was {place} {self.second}{interval}{doubt}"


def difference(
    a: Share | Score | Rank,
    b: Share | Score | Rank,
    *,
    confidence: float = 0.95,
    correlation: float = 0.0,
    higher_is_better: bool = True,
    decimals: int | None = None,
) -> Difference:
    """Compare two units.

    Parameters
    ----------
    a, b : Share, Score or Rank
        The units, both of one kind and independent of each other but for ``correlation``.
    confidence : float
        Level of the difference's interval.
    correlation : float
        Correlation of the errors of two scores, from -1 to 1.
    higher_is_better : bool
        Whether a higher share or score is the better one; of ranks the lower always is.
    decimals : int, optional
        Decimal places to write; by default 1 for shares and scores and none for places.

    Returns
    -------
    Difference
        Interval, chance and words.

    Raises
    ------
    ParameterError
        The units are of two kinds or units, a number is out of its range, or draws don't pair.

    Notes
    -----
    Shares: Newcombe's hybrid score interval (1998, Statistics in Medicine 17:873, method 10) and
    the chance under Jeffreys priors. Scores: normal. Ranks: median and quantiles of the difference
    over the draws; ties count half.

    Examples
    --------
    >>> result = difference(Share("Leeds", 205, 500), Share("Bradford", 195, 500))
    >>> result.words
    "Leeds was 2.0 percentage points above Bradford (−4.1 to 8.0): which was ahead can't be told"
    >>> round(result.chance, 2)
    0.74
    """
    confidence = check_confidence(confidence)
    if not (math.isfinite(correlation) and -1 <= correlation <= 1):
        raise ParameterError("correlation", "must be from -1 to 1", value=correlation)
    if isinstance(a, Share) and isinstance(b, Share):
        value, low, high, ahead = _shares(a, b, confidence)
        unit, kind, places = "pp", "confidence interval", 1
    elif isinstance(a, Score) and isinstance(b, Score):
        if a.unit != b.unit:
            raise ParameterError("b", f"must be in the unit of the first, {a.unit!r}", value=b.unit)
        value, low, high, ahead = _scores(a, b, confidence, correlation)
        unit, kind, places = "pp" if a.unit == "share" else a.unit, "confidence interval", 1
    elif isinstance(a, Rank) and isinstance(b, Rank):
        value, low, high, ahead = _ranks(a, b, confidence)
        unit, kind, places, higher_is_better = "places", "credible interval", 0, True
    else:
        raise ParameterError("b", "must be of the kind of the first: Share, Score or Rank", value=b)
    estimate = Estimate(
        value=value,
        low=low,
        high=high,
        unit=unit,
        label=f"{a.name} less {b.name}",
        confidence=confidence,
        kind=kind,
        decimals=places if decimals is None else decimals,
    )
    return Difference(a.name, b.name, estimate, ahead if higher_is_better else 1 - ahead)


def median_score(name: str, values: ArrayLike, se: ArrayLike, unit: str = "") -> Score:
    """Return the median of some units as a score: what a further unit is held against.

    Parameters
    ----------
    name : str
        What a sentence calls the median.
    values, se : array_like, shape (p,)
        The units' numbers and their independent standard errors.
    unit : str
        As of :class:`Score`.

    Notes
    -----
    The standard error is that of the median over 2,000 draws of the units' own errors, with a fixed
    seed.
    """
    centre, spread = numbers("values", values), numbers("se", se, least=0)
    if not centre.size or centre.shape != spread.shape:
        raise ParameterError("se", "must pair with the values, one or more")
    medians = np.median(centre + spread * _noise(centre.size), axis=1)
    return Score(name, float(np.median(centre)), float(medians.std(ddof=1)), unit)


@lru_cache(maxsize=4)
def _noise(size: int) -> np.ndarray:
    """Return the errors drawn for a number of units; trusts of a kind have as many peers."""
    return np.random.default_rng(0).standard_normal((_DRAWS, size))


def _shares(a: Share, b: Share, confidence: float) -> tuple[float, float, float, float]:
    """Return the difference in points, the ends of its interval and the chance that a's is more."""
    value, low, high = newcombe(a.count, a.total, b.count, b.total, confidence)
    middle = (np.arange(_POINTS) + 0.5) / _POINTS
    own = betaincinv(a.count + 0.5, a.total - a.count + 0.5, middle)
    chance = float(betainc(b.count + 0.5, b.total - b.count + 0.5, own).mean())
    return 100 * value, 100 * low, 100 * high, chance


def _scores(
    a: Score, b: Score, confidence: float, correlation: float
) -> tuple[float, float, float, float]:
    """Return the difference, the ends of its interval and the chance that a's is more."""
    for score in (a, b):
        if not (math.isfinite(score.value) and math.isfinite(score.se) and score.se >= 0):
            raise ParameterError(
                score.name, "must have a finite value and a standard error of at least 0"
            )
    scale = 100.0 if a.unit == "share" else 1.0
    gap = scale * (a.value - b.value)
    variance = a.se**2 + b.se**2 - 2 * correlation * a.se * b.se
    se = scale * math.sqrt(max(0.0, variance))
    half = float(ndtri((1 + confidence) / 2)) * se
    chance = float(ndtr(gap / se)) if se > 0 else 0.5 * (1 + np.sign(gap))
    return gap, gap - half, gap + half, chance


def _ranks(a: Rank, b: Rank, confidence: float) -> tuple[float, float, float, float]:
    """Return by how many places a is ahead, the ends of its interval and the chance that it is."""
    first, second = (numbers(rank.name, rank.draws, least=1) for rank in (a, b))
    if first.shape != second.shape or not first.size:
        raise ParameterError("draws", "must pair: as many ranks of one unit as of the other")
    gap = second - first
    tail = (1 - confidence) / 2
    value, low, high = np.quantile(gap, [0.5, tail, 1 - tail])
    return float(value), float(low), float(high), float(((gap > 0) + 0.5 * (gap == 0)).mean())
