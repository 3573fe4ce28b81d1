"""Shares of a count, differences of shares, and the counts a rounded share implies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import MonteCarloMethod, binomtest, fisher_exact, norm
from statsmodels.stats.contingency_tables import cochrans_q
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from policy_methods.checks import (
    aligned,
    check_confidence,
    generator,
    listed,
    number,
    numbers,
    whole,
)
from policy_methods.errors import ParameterError
from policy_methods.homogeneity import score_interval
from policy_methods.results import Result

__all__ = [
    "GroupDifferences",
    "PairedShares",
    "WilsonShares",
    "group_differences",
    "holm",
    "implied_counts",
    "newcombe",
    "paired_shares",
    "wilson",
]


_MOST = 2**53  # whole numbers above it aren't told apart


@dataclass(frozen=True)
class WilsonShares(Result):
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


def newcombe(
    count: int, total: int, other: int, other_total: int, confidence: float = 0.95
) -> tuple[float, float, float]:
    """Compare the shares of two separate groups.

    Parameters
    ----------
    count, total : int
        How many of how many, as in :func:`wilson`.
    other, other_total : int
        The same of the second group.
    confidence : float
        Level of the interval, 0.5 to 0.999.

    Returns
    -------
    tuple of float
        The first share less the second, from −1 to 1, and the ends of its hybrid score interval.

    Raises
    ------
    ParameterError
        As :func:`wilson`.

    Notes
    -----
    Newcombe 1998 (Statistics in Medicine 17:873, method 10).

    Examples
    --------
    >>> [round(number, 4) for number in newcombe(56, 70, 48, 80)]
    [0.2, 0.0524, 0.3339]
    """
    first, second = wilson([count, other], [total, other_total], confidence).value
    value = float(first - second)
    low, high = confint_proportions_2indep(
        count, total, other, other_total, method="newcomb", compare="diff", alpha=1 - confidence
    )
    return value, max(-1.0, min(value, float(low))), min(1.0, max(value, float(high)))


def holm(pvalues: ArrayLike) -> NDArray[np.float64]:
    """Adjust the p-values of one family of tests, so that the chance of any false alarm is held.

    Parameters
    ----------
    pvalues : array_like of float, shape (m,)
        From 0 to 1.

    Returns
    -------
    ndarray of float, shape (m,)
        Holm's adjusted p-values (Holm 1979, Scandinavian Journal of Statistics 6:65).

    Raises
    ------
    ParameterError
        If a p-value is missing or outside 0 to 1.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    found = numbers("pvalues", pvalues, least=0)
    if np.any(found > 1):
        raise ParameterError("pvalues", "must be from 0 to 1")
    return np.asarray(multipletests(found, method="holm")[1]) if found.size else found


@dataclass(frozen=True, eq=False)
class GroupDifferences(Result):
    """Every group's share against that of all the others together.

    Parameters
    ----------
    table : DataFrame
        One row a group: count, total, others, others_total, difference (of shares, from −1 to 1),
        low, high, pvalue. The last four are missing where a side has too few units.
    pvalue : float
        Chance of counts at least as unlikely if the property had fallen on units whatever their
        group.
    confidence : float
        Level of each interval.
    """

    table: pd.DataFrame
    pvalue: float
    confidence: float

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table


def group_differences(
    count: ArrayLike,
    total: ArrayLike,
    confidence: float = 0.95,
    *,
    least: int = 1,
    seed: int | np.random.Generator = 0,
) -> GroupDifferences:
    """Compare the shares of separate groups: all at once, and each with the others together.

    Parameters
    ----------
    count, total : array_like of int, shape (k,)
        Units with the property and all units of each group; two groups at least.
    confidence : float
        Level of each interval, one difference at a time.
    least : int
        Fewest units on both sides of a difference; the others get none.
    seed : int or Generator
        For the random tables of the overall test, used with three groups or more.

    Returns
    -------
    GroupDifferences
        Newcombe's intervals and Fisher's exact p-values, one at a time (see :func:`holm`), and the
        overall test of Fisher, Freeman and Halton.

    Raises
    ------
    ParameterError
        As :func:`wilson`, or if there are fewer than two groups.

    Notes
    -----
    :func:`newcombe`; Freeman and Halton 1951 (Biometrika 38:141), whose p-value comes from 9,999
    random tables with the same margins.

    Examples
    --------
    >>> found = group_differences([56, 48], [70, 80])
    >>> found.table.loc[0, ["difference", "low", "high"]].astype(float).round(4).tolist()
    [0.2, 0.0524, 0.3339]
    """
    shares, least = wilson(count, total, confidence), whole("least", least, 1)
    if len(shares.count) < 2:
        raise ParameterError("count", "must hold two groups at least")
    table = shares.to_frame()[["count", "total"]]
    table["others"] = table["count"].sum() - table["count"]
    table["others_total"] = table["total"].sum() - table["total"]
    found = []
    for a, n, b, m in table.to_numpy().tolist():
        if min(n, m) < least:
            found.append((np.nan,) * 4)
            continue
        sides = np.array([[a, n - a], [b, m - b]])
        ends = newcombe(a, n, b, m, shares.confidence)
        found.append((*ends, float(fisher_exact(sides).pvalue)))
    table[["difference", "low", "high", "pvalue"]] = found
    split = np.array([table["count"], table["total"] - table["count"]])
    overall = 1.0
    if split.sum(axis=1).min() > 0:
        draws = MonteCarloMethod(n_resamples=9999, rng=generator(seed))
        overall = float(fisher_exact(split, method=draws if len(table) > 2 else None).pvalue)
    return GroupDifferences(table, overall, shares.confidence)


@dataclass(frozen=True, eq=False)
class PairedShares(Result):
    """Shares of several properties of the same units, two by two.

    Parameters
    ----------
    table : DataFrame
        One row a pair of properties: first, second, first_only, second_only (units with one and
        not the other), difference (share of the first less that of the second), low, high, pvalue,
        adjusted.
    n : int
        Units.
    pvalue : float
        Chance of shares so far apart if they were alike for every property.
    confidence : float
        Level of each interval.
    """

    table: pd.DataFrame
    n: int
    pvalue: float
    confidence: float

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table


def paired_shares(held: pd.DataFrame, confidence: float = 0.95) -> PairedShares:
    """Compare the shares of several properties that the same units have or lack.

    Parameters
    ----------
    held : DataFrame of bool, shape (n, k)
        One row a unit, one column a property; two properties and one unit at least.
    confidence : float
        Level of each interval, one difference at a time.

    Returns
    -------
    PairedShares
        Tango's intervals, exact McNemar p-values with Holm's adjustment over the pairs, and
        Cochran's Q as overall test.

    Raises
    ------
    ParameterError
        If there is no unit, fewer than two properties, or a cell is neither true nor false.

    Notes
    -----
    Tango 1998 (Statistics in Medicine 17:891); Cochran 1950 (Biometrika 37:256), a large-sample
    formula.

    Examples
    --------
    >>> found = paired_shares(pd.DataFrame({"a": [True] * 9 + [False], "b": [False] * 10}))
    >>> round(float(found.table.loc[0, "pvalue"]), 4)
    0.0039
    """
    confidence = check_confidence(confidence)
    if len(held) == 0 or held.shape[1] < 2 or set(held.dtypes) != {np.dtype(bool)}:
        rule = "must hold true or false, one unit and two properties at least"
        raise ParameterError("held", rule)
    n, z = len(held), float(norm.ppf(0.5 + confidence / 2))
    rows = []
    for first, second in combinations(held.columns, 2):
        one = int((held[first] & ~held[second]).sum())
        other = int((held[second] & ~held[first]).sum())
        low, high = score_interval(one, other, n, z)
        pvalue = float(binomtest(one, one + other).pvalue) if one + other else 1.0
        rows.append((first, second, one, other, (one - other) / n, low, high, pvalue))
    columns = ["first", "second", "first_only", "second_only", "difference", "low", "high"]
    table = pd.DataFrame(rows, columns=[*columns, "pvalue"])
    table["adjusted"] = holm(table["pvalue"])
    differ = bool(table[["first_only", "second_only"]].to_numpy().any())
    overall = float(cochrans_q(held.to_numpy(dtype=int)).pvalue) if differ else 1.0
    return PairedShares(table, n, overall, confidence)


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
