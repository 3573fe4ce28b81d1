"""Answers of tests on paired ratings, the arithmetic of the exact ones, and their wording."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import binom

from policy_methods.results import Result

__all__ = [
    "HomogeneityTest",
    "OrdinalEffect",
    "arrangements",
    "score_interval",
]


@dataclass(frozen=True)
class HomogeneityTest(Result):
    """The answer of one test of whether two sets of ratings have the same margins.

    Parameters
    ----------
    name : str
        Name of the test.
    statistic : float or None
        Test statistic; None where it has no finite value, which `sentence` explains.
    df : int
        Degrees of freedom; 0 where nothing could be tested, which `sentence` explains.
    pvalue : float or None
        Chance of a statistic at least this extreme if the margins were the same.
    sentence : str
        The answer in words.
    """

    name: str
    statistic: float | None
    df: int
    pvalue: float | None
    sentence: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row: test, statistic, df, pvalue, sentence."""
        row = {"test": self.name, "statistic": self.statistic, "df": self.df}
        return pd.DataFrame([row | {"pvalue": self.pvalue, "sentence": self.sentence}])


@dataclass(frozen=True)
class OrdinalEffect(Result):
    """How much more often units moved up than down.

    Parameters
    ----------
    value : float
        Share of all pairs that moved up less the share that moved down, from −1 to 1.
    low, high : float
        Ends of the score interval.
    confidence : float
        Level of the interval.
    n : int
        Pairs.
    sentence : str
        The effect in words.
    """

    value: float
    low: float
    high: float
    confidence: float
    n: int
    sentence: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row: value, low, high, confidence, n."""
        row = {"value": self.value, "low": self.low, "high": self.high}
        return pd.DataFrame([row | {"confidence": self.confidence, "n": self.n}])


def arrangements(sizes: list[int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """List every way in which moves between two categories can have gone, with its probability.

    Parameters
    ----------
    sizes : list of int
        Moves between each two categories, in either direction.

    Returns
    -------
    tuple of ndarray, shapes (a, pairs) and (a,)
        Net upward moves of each arrangement, and its probability if each move is as likely either
        way.
    """
    grids = np.meshgrid(*(np.arange(size + 1) for size in sizes), indexing="ij")
    ups = np.stack([grid.ravel() for grid in grids], axis=1)
    weight = np.prod(binom.pmf(ups, sizes, 0.5), axis=1, dtype=float)
    return np.asarray(2.0 * ups - sizes, dtype=float), weight


def score_interval(up: int, down: int, n: int, z: float) -> tuple[float, float]:
    """Return the interval of a paired difference: where Tango's score statistic reaches z.

    Parameters
    ----------
    up, down, n : int
        Pairs that moved up, that moved down, and all pairs.
    z : float
        Normal quantile of the level.

    Returns
    -------
    tuple of float
        Ends, from −1 to 1 (Tango 1998, Statistics in Medicine 17:891).
    """
    estimate = (up - down) / n

    def score(delta: float) -> float:
        linear = -up - down + (2 * n - up + down) * delta
        root = np.sqrt(linear**2 + 8 * n * down * delta * (1 - delta))
        rarer = (root - linear) / (4 * n)
        variance = n * (2 * rarer + delta * (1 - delta))
        return float((up - down - n * delta) / np.sqrt(variance)) if variance > 0 else 0.0

    ends = []
    for sign, edge in ((1, -1 + 1e-12), (-1, 1 - 1e-12)):
        beyond = abs(score(edge)) <= z or (edge - estimate) * sign >= 0
        ends.append(-float(sign) if beyond else brentq(_offset(score, sign * z), estimate, edge))
    return ends[0], ends[1]


def _offset(function: Callable[[float], float], level: float) -> Callable[[float], float]:
    return lambda x: function(x) - level


def say_p(pvalue: float) -> str:
    """Write a p-value."""
    return "p less than 0.001" if pvalue < 0.001 else f"p = {pvalue:.3f}"


def say_often(pvalue: float) -> str:
    """Say how often a chance comes up."""
    return "less than once in 1,000" if pvalue < 0.001 else f"in {100 * pvalue:.1f}% of cases"


def signed(value: float, places: int = 2) -> str:
    """Write a number with a proper minus sign."""
    text = f"{abs(value):.{places}f}"
    return f"−{text}" if value < 0 and float(text) else text
