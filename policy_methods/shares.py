"""Shares of a count with Wilson intervals, and the counts a rounded share implies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from statsmodels.stats.proportion import proportion_confint

from policy_methods.checks import aligned, check_confidence, listed, number, numbers, whole
from policy_methods.errors import ParameterError

__all__ = ["WilsonShares", "implied_counts", "wilson"]


_MOST = 2**53  # whole numbers above it aren't told apart


@dataclass(frozen=True)
class WilsonShares:
    """Shares with their Wilson score intervals.

    Parameters
    ----------
    count, total : ndarray of int, shape (n,)
        How many of how many.
    value, low, high : ndarray of float, shape (n,)
        Share and the ends of its interval, from 0 to 1.
    confidence : float
        Level of the intervals.
    """

    count: NDArray[np.int64]
    total: NDArray[np.int64]
    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    confidence: float

    def to_frame(self, index: Iterable[object] | None = None) -> pd.DataFrame:
        """Return one row a share: count, total, share, low, high."""
        columns = {"count": self.count, "total": self.total, "share": self.value}
        columns |= {"low": self.low, "high": self.high}
        return pd.DataFrame(columns, index=None if index is None else list(index))


def wilson(count: ArrayLike, total: ArrayLike, confidence: float = 0.95) -> WilsonShares:
    """Estimate shares with Wilson score intervals.

    Parameters
    ----------
    count : array_like of int, shape (n,)
        Number with the property, from 0 to `total`.
    total : array_like of int, shape (n,) or scalar
        Number looked at, at least 1; paired with the counts by label where both are Series.
    confidence : float
        Level of each interval, 0.5 to 0.999.

    Returns
    -------
    WilsonShares
        Shares and the ends of their intervals, from 0 to 1.

    Raises
    ------
    ParameterError
        If a count is not a whole number from 0 to its total, or a total is below 1.

    Notes
    -----
    The interval keeps its level for small counts and for shares of 0 and 1, where the usual
    plus-or-minus interval has no width (Wilson 1927, Journal of the American Statistical
    Association 22:209; Brown, Cai and DasGupta 2001, Statistical Science 16:101).

    Examples
    --------
    >>> wilson([103], 230).to_frame().round(3).to_dict("records")
    [{'count': 103, 'total': 230, 'share': 0.448, 'low': 0.385, 'high': 0.512}]
    """
    confidence = check_confidence(confidence)
    (total,) = aligned("count", count, total=total)
    counts = np.atleast_1d(numbers("count", count, ndim=None))
    totals = np.atleast_1d(numbers("total", total, ndim=None))
    if counts.ndim != 1 or totals.ndim != 1 or totals.size not in (1, counts.size):
        raise ParameterError("total", "must be one number, or one for each count", value=total)
    totals = np.broadcast_to(totals, counts.shape)
    if np.any(totals < 1) or np.any(totals % 1 != 0) or np.any(totals > _MOST):
        raise ParameterError("total", "must be whole numbers of at least 1", value=total)
    if np.any(counts % 1 != 0):
        raise ParameterError("count", "must be whole numbers", value=count)
    if np.any(counts < 0) or np.any(counts > totals):
        raise ParameterError("count", "must be from 0 to its total", value=count)
    low, high = proportion_confint(counts, totals, alpha=1 - confidence, method="wilson")
    value = counts / totals
    # Rounding error alone can put an end a hair inside the share when the count is 0 or all.
    low, high = np.minimum(low, value), np.maximum(high, value)
    return WilsonShares(
        counts.astype(np.int64),
        totals.astype(np.int64),
        value,
        np.clip(low, 0, 1),
        np.clip(high, 0, 1),
        confidence,
    )


def implied_counts(
    published: Mapping[str, float], totals: Iterable[int], *, decimals: int = 1
) -> pd.DataFrame:
    """List the whole counts that would have been published as these rounded percentages.

    Parameters
    ----------
    published : mapping of str to float
        Name and published percentage (0 to 100) of shares of the same total.
    totals : iterable of int
        Totals to try.
    decimals : int
        Decimal places the percentages were rounded to.

    Returns
    -------
    DataFrame
        One row for each combination that fits: `total` and one column of counts a name. A total
        whose rounded shares can't all be met has no row; no row at all means that none can.

    Raises
    ------
    ParameterError
        If nothing is given, or a percentage is outside 0 to 100.

    Notes
    -----
    A number exactly half way between two rounded values fits both, since publishers round halves
    in different ways.

    Examples
    --------
    >>> implied_counts({"good": 44.8, "outstanding": 6.5}, [229, 230, 231]).to_dict("records")
    [{'total': 230, 'good': 103, 'outstanding': 15}]
    """
    if not published:
        raise ParameterError("published", "must name at least one percentage")
    decimals = whole("decimals", decimals, 0, 12)
    for name, percentage in published.items():
        rule = f"must be from 0 to 100 for {name!r}"
        number("published", percentage, least=0, most=100, rule=rule)
    sizes = [whole("totals", total, 0) for total in listed("totals", totals, "whole numbers")]
    half = 0.5 * 10.0**-decimals + 1e-9
    rows = []
    for total in sizes:
        fits = []
        for percentage in published.values():
            first = np.ceil((percentage - half) / 100 * total)
            last = np.floor((percentage + half) / 100 * total)
            fits.append(range(max(0, int(first)), min(total, int(last)) + 1))
        rows += [(total, *counts) for counts in product(*fits) if sum(counts) <= total]
    return pd.DataFrame(rows, columns=["total", *published]).astype("int64")
