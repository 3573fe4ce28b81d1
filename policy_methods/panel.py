"""Units measured year after year: how much of their order lasts, and what chance alone undoes.

After an extreme year most units stand nearer the middle again, whatever anyone did. What is called
a turnaround has to go beyond that regression to the mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import nnls
from scipy.special import ndtr, ndtri

from policy_methods.checks import Floats, check_confidence, number, numbers, whole
from policy_methods.errors import ParameterError
from policy_methods.results import Result
from policy_methods.shares import holm

__all__ = ["OrderOverTime", "Rebound", "normal_scores", "order_over_time"]

_CARRIED = np.linspace(0.0, 0.98, 50)
"""Parts that are tried for what goes over from a year to the next."""
_MOST = 0.999
"""Most of the spread that years may share: predictions need some that is of one year."""


def normal_scores(table: pd.DataFrame) -> pd.DataFrame:
    """Read each year's order as normal scores, so that only places count.

    Parameters
    ----------
    table : pandas.DataFrame, shape (units, years)
        Numbers; NaN where a unit has none in a year. Ties share their mean place.

    Returns
    -------
    pandas.DataFrame
        Φ⁻¹((place − 0.5) / units of the year), the highest number the highest score (van der
        Waerden 1952). Neither a widening gap between units nor a number far out weighs more than
        its place.

    Raises
    ------
    ParameterError
        For a table without numbers, or with infinite ones.

    Examples
    --------
    >>> normal_scores(pd.DataFrame({"2017": [-90.0, 1.0, 2.0]}))["2017"].round(2).tolist()
    [-0.97, 0.0, 0.97]
    """
    values = numbers("table", table.to_numpy(), ndim=2, missing=True)
    frame = pd.DataFrame(values, table.index, table.columns)
    scores: pd.DataFrame = frame.rank().sub(0.5).div(frame.notna().sum()).apply(ndtri)
    return scores


@dataclass(frozen=True)
class Rebound(Result):
    """What followed the lowest of a year, held against regression to the mean.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a unit, the lowest first. Places among 100 units, 0 the lowest: ``place_now``,
        ``place`` (mean score of the later years), ``expected`` with the ends ``low`` and ``high``
        of its range, each unit taken alone; the one-sided ``chance`` of a place as high by
        regression to the mean alone, and ``adjusted`` by Holm over the table.
    shift, error : float
        Mean distance of the units' later scores from what was to be expected, in standard
        deviations of the spread between units, and its standard error.
    confidence : float
        Level of the ranges; a unit rose beyond regression to the mean where ``adjusted`` is below
        the rest of it.
    """

    table: pd.DataFrame
    shift: float
    error: float
    confidence: float

    @property
    def beyond(self) -> int:
        """Count the units that rose beyond regression to the mean, allowing for all looked at."""
        return int((self.table["adjusted"] < 1 - self.confidence).sum())

    @property
    def ends(self) -> tuple[float, float]:
        """Return the normal interval of ``shift``."""
        half = float(ndtri((1 + self.confidence) / 2)) * self.error
        return self.shift - half, self.shift + half

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table


@dataclass(frozen=True)
class OrderOverTime(Result):
    """Scores of units over years, parted into what lasts, what fades and what is of one year.

    Parameters
    ----------
    scores : pandas.DataFrame, shape (units, years)
        Normal scores.
    lasting, fading, once : float
        Shares of the spread between units, which add to 1: a unit's own level, what goes over from
        a year to the next in part, and what is of one year alone.
    carried : float
        Part of the fading that goes over to the next year.
    lags : pandas.DataFrame
        One row a number of years apart: ``apart``, ``correlation`` (mean over pairs of years) and
        ``fitted``.
    """

    scores: pd.DataFrame
    lasting: float
    fading: float
    once: float
    carried: float
    lags: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return correlations by years apart."""
        return self.lags

    def covariance(self) -> Floats:
        """Return the fitted covariance of the years' scores, shape (years, years)."""
        apart = _apart(self.scores.shape[1])
        shared = self.lasting + self.fading * self.carried**apart
        return np.asarray(np.where(apart == 0, 1.0, shared))

    def later(self, year: int) -> pd.DataFrame:
        """Hold what followed a year against what its past alone would lead to expect.

        Parameters
        ----------
        year : int
            Position of the year; what lies after it is predicted from it and all before.

        Returns
        -------
        pandas.DataFrame
            One row a unit with a number in that year and later: ``now`` (its score), ``after``
            (mean score of the later years), ``expected`` with its standard deviation ``sd``, and
            ``beyond``, how many of those ``after`` lies above it.

        Raises
        ------
        ParameterError
            If the year isn't one with a later one.

        Notes
        -----
        The conditional normal distribution under the fitted covariance. What all units in the same
        position do alike is part of the fit and can't be told from regression to the mean.
        """
        year, cov = whole("year", year, 0, self.scores.shape[1] - 2), self.covariance()
        held = self.scores.notna().to_numpy()
        values = self.scores.to_numpy(dtype=float)
        rows: dict[int, tuple[float, ...]] = {}
        usable = held[:, year] & held[:, year + 1 :].any(axis=1)
        for pattern in np.unique(held[usable], axis=0):
            past, then = np.flatnonzero(pattern[: year + 1]), np.flatnonzero(pattern[year + 1 :])
            then += year + 1
            weights = np.linalg.solve(cov[np.ix_(past, past)], cov[np.ix_(past, then)])
            spread = cov[np.ix_(then, then)] - cov[np.ix_(then, past)] @ weights
            for i in np.flatnonzero(usable & (held == pattern).all(axis=1)):
                after, expected = values[i, then].mean(), (values[i, past] @ weights).mean()
                rows[int(i)] = (values[i, year], after, expected, float(spread.mean()) ** 0.5)
        order = sorted(rows)
        columns = ["now", "after", "expected", "sd"]
        found = pd.DataFrame([rows[i] for i in order], self.scores.index[order], columns)
        return found.assign(beyond=(found["after"] - found["expected"]) / found["sd"])

    def rebound(self, year: int, *, lowest: float = 0.1, confidence: float = 0.95) -> Rebound:
        """Ask which of a year's lowest units rose beyond regression to the mean.

        Parameters
        ----------
        year : int
            Position of the year, as of :meth:`later`.
        lowest : float
            Share of the units that counts as the lowest, above 0 and at most 0.5.
        confidence : float
            Level of the ranges and of what is called beyond.

        Raises
        ------
        ParameterError
            As :meth:`later`; if a number is out of its range or the table has no unit.
        """
        share = number("lowest", lowest, least=0.001, most=0.5)
        confidence, later = check_confidence(confidence), self.later(year)
        bad = later[later["now"] <= ndtri(share)].sort_values("now")
        if bad.empty:
            raise ParameterError("lowest", "must be a share that holds a unit", value=lowest)
        half, chance = ndtri((1 + confidence) / 2) * bad["sd"], ndtr(-bad["beyond"])
        score = {
            "place_now": bad["now"],
            "place": bad["after"],
            "expected": bad["expected"],
            "low": bad["expected"] - half,
            "high": bad["expected"] + half,
        }
        table = pd.DataFrame({name: 100 * ndtr(each) for name, each in score.items()}, bad.index)
        gap = later["after"] - later["expected"]
        return Rebound(
            table.assign(chance=chance, adjusted=holm(chance)),
            float(gap[bad.index].mean()),
            float(gap.std() / len(bad) ** 0.5),
            confidence,
        )


def order_over_time(table: pd.DataFrame) -> OrderOverTime:
    """Part the order of units over years into what lasts, what fades and what is of one year.

    Parameters
    ----------
    table : pandas.DataFrame, shape (units, years)
        Numbers of units, four years or more in order, without a year left out; NaN where a unit
        has none.

    Returns
    -------
    OrderOverTime
        Shares fitted to the mean correlation by years apart, with predictions of later years.

    Raises
    ------
    ParameterError
        For fewer than four years, or years that share fewer than ten units.

    Notes
    -----
    Scores are a level of the unit, a first-order autoregression and noise: the correlation of years
    k apart is lasting + fading · carriedᵏ (Anderson and Hsiao 1982, with an error of measurement),
    fitted by least squares weighted by the pairs of years. A Gaussian copula: margins may be of any
    shape and differ by year. The units' places are taken as independent.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> level = rng.standard_normal((400, 1))
    >>> found = order_over_time(pd.DataFrame(level + rng.standard_normal((400, 8))))
    >>> round(found.lasting, 1)
    0.5
    """
    scores = normal_scores(table)
    years = scores.shape[1]
    if years < 4:
        raise ParameterError("table", "must have four years or more", value=years)
    found = scores.corr(min_periods=10).to_numpy()
    if np.isnan(found).any():
        raise ParameterError("table", "must have ten units or more that any two years share")
    apart, lags = _apart(years), np.arange(1, years)
    seen = np.array([found[apart == lag].mean() for lag in lags])

    weight, best = (years - lags) ** 0.5, np.inf
    for tried in _CARRIED:
        curves = np.column_stack([np.ones(years - 1), tried**lags])
        shares, _ = nnls(curves * weight[:, None], seen * weight)
        shares = shares * min(1.0, _MOST / max(_MOST, float(shares.sum())))
        misfit = float(np.sum((weight * (curves @ shares - seen)) ** 2))
        if misfit < best:
            best, carried, (lasting, fading) = misfit, float(tried), map(float, shares)
    fitted = lasting + fading * carried**lags
    table = pd.DataFrame({"apart": lags, "correlation": seen, "fitted": fitted})
    return OrderOverTime(scores, lasting, fading, 1 - lasting - fading, carried, table)


def _apart(years: int) -> Floats:
    return np.abs(np.subtract.outer(np.arange(years), np.arange(years))).astype(float)
