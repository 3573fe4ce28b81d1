"""Paired ordinal ratings: who moved up, down or stayed, and whether the margins shifted.

The same units are rated twice on an ordered scale. Every test conditions on nothing but the moves:
units that stayed carry no information about a shift between the two sets of ratings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.sparse.csgraph import connected_components
from scipy.stats import binomtest, chi2, norm
from statsmodels.stats.contingency_tables import SquareTable
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar

from policy_methods.checks import aligned, check_confidence, generator, listed, numbers
from policy_methods.errors import ParameterError
from policy_methods.homogeneity import (
    HomogeneityTest,
    OrdinalEffect,
    arrangements,
    say_often,
    say_p,
    score_interval,
    signed,
)
from policy_methods.results import Result
from policy_methods.shares import wilson

__all__ = [
    "HomogeneityTest",
    "OrdinalEffect",
    "PairedOrdinal",
    "paired_ordinal",
    "paired_ordinal_table",
]

ENUMERATED = 200_000
"""Largest number of arrangements that :meth:`PairedOrdinal.exact_homogeneity` lists one by one."""

PERMUTATIONS = 20_000
"""Random arrangements drawn when there are too many to list."""

_FEW_MOVES = 20
_MOST = 2**53  # whole numbers above it aren't told apart


@dataclass(frozen=True, eq=False)
class PairedOrdinal(Result):
    """Counts of pairs of ratings, and the tests and effect sizes that follow from them.

    Make one with :func:`paired_ordinal` or :func:`paired_ordinal_table`.

    Parameters
    ----------
    matrix : DataFrame of int, shape (k, k)
        Counts; rows are the rating before, columns the rating after, both from lowest to highest.
    up, same, down : int
        Pairs that moved to a higher category, stayed, moved to a lower one.
    missing : int
        Pairs left out because one side was missing.
    ordered : bool
        False if the categories are text whose order was not given, so alphabetical order stands in.
    """

    matrix: pd.DataFrame
    up: int
    same: int
    down: int
    missing: int = 0
    ordered: bool = True

    @property
    def n(self) -> int:
        """Number of complete pairs."""
        return self.up + self.same + self.down

    @property
    def categories(self) -> tuple[Any, ...]:
        """Categories from lowest to highest."""
        return tuple(self.matrix.index)

    @property
    def counts(self) -> NDArray[np.int64]:
        """The matrix as an array of shape (k, k)."""
        return self.matrix.to_numpy(dtype=np.int64)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a cell: before, after, count."""
        grid = self.matrix.rename_axis("before").reset_index()
        return grid.melt(id_vars="before", var_name="after", value_name="count")

    def probabilities(self, confidence: float = 0.95) -> pd.DataFrame:
        """Estimate the probability of each rating after, given the rating before.

        Parameters
        ----------
        confidence : float
            Level of each Wilson interval, one cell at a time.

        Returns
        -------
        DataFrame
            One row a cell of every non-empty row of the matrix: before, after, count, total, share,
            low, high. A category that nobody held before has no row: nothing is known about it.
        """
        confidence = check_confidence(confidence)
        long = self.to_frame()
        long["total"] = long["before"].map(self.matrix.sum(axis=1)).astype("int64")
        long = long[long["total"] > 0].reset_index(drop=True)
        if long.empty:
            return long.assign(share=0.0, low=0.0, high=1.0)
        found = wilson(long["count"].to_numpy(), long["total"].to_numpy(), confidence)
        return long.assign(share=found.value, low=found.low, high=found.high)

    def stuart_maxwell(self) -> HomogeneityTest:
        """Test whether all categories are as common after as before.

        Returns
        -------
        HomogeneityTest
            Chi-squared statistic on one degree of freedom fewer than the categories linked by
            moves; categories that nobody entered or left are dropped with their degree of freedom.

        Notes
        -----
        Stuart 1955 (Biometrika 42:412) and Maxwell 1970 (British Journal of Psychiatry 116:651).
        Where moves link the categories in separate groups the covariance has the rank of the sum
        of (group size − 1), and the statistic is the sum over groups.
        """
        name = "Stuart-Maxwell"
        statistic, df = self._stuart_maxwell()
        if df == 0:
            return self._nothing(name)
        return self._chi_squared(name, statistic, df, "the two sets of ratings")

    def bhapkar(self) -> HomogeneityTest:
        """Test the same hypothesis with the covariance estimated without assuming it.

        Returns
        -------
        HomogeneityTest
            Chi-squared statistic; `statistic` and `pvalue` are None where every pair moved the
            same way, so that the estimated covariance leaves no room for chance.

        Notes
        -----
        Bhapkar 1966 (Journal of the American Statistical Association 61:228). It is
        S / (1 − S / n) with S the Stuart-Maxwell statistic and n the number of pairs.
        """
        name = "Bhapkar"
        statistic, df = self._stuart_maxwell()
        if df == 0:
            return self._nothing(name)
        if statistic >= self.n * (1 - 1e-12):
            sentence = (
                f"{name}'s statistic has no finite value here: every pair ({self.n}) moved the "
                "same way, so its covariance is singular. Read the exact test instead."
            )
            return HomogeneityTest(name, None, df, None, sentence)
        ratio = statistic / (1 - statistic / self.n)
        return self._chi_squared(name, ratio, df, "the two sets of ratings")

    def bowker(self) -> HomogeneityTest:
        """Test whether moves between each two categories balance.

        Returns
        -------
        HomogeneityTest
            Chi-squared statistic on one degree of freedom for each two categories with a move
            between them; empty pairs count nothing.

        Notes
        -----
        Bowker 1948 (Journal of the American Statistical Association 43:572).
        """
        name = "Bowker"
        pairs = self._moves()
        if not pairs:
            return self._nothing(name)
        statistic = float(sum((up - down) ** 2 / (up + down) for _, _, up, down in pairs))
        return self._chi_squared(name, statistic, len(pairs), "moves up and down")

    def ordinal_homogeneity(self, scores: Sequence[float] | None = None) -> HomogeneityTest:
        """Test whether the mean score shifted.

        Parameters
        ----------
        scores : sequence of float, length k, optional
            Score of each category from lowest to highest; 1, 2, …, k if left out.

        Returns
        -------
        HomogeneityTest
            Standard normal statistic, positive for a rise, with `df` 1.

        Raises
        ------
        ParameterError
            If there is not one finite score for each category.

        Notes
        -----
        The score test of White, Landis and Cooper 1982 (Biometrics 38:129): the sum of the changes
        in score over the root of the sum of their squares.
        """
        name = "Ordinal marginal homogeneity"
        k = len(self.categories)
        given = numbers("scores", range(1, k + 1) if scores is None else scores)
        if given.shape != (k,):
            raise ParameterError("scores", f"must be {k} finite numbers, one a category")
        change = given[None, :] - given[:, None]
        variance = float((self.counts * change**2).sum())
        if variance == 0:
            return self._nothing(name)
        z = float((self.counts * change).sum() / np.sqrt(variance))
        pvalue = float(2 * norm.sf(abs(z)))
        way = "rose" if z > 0 else "fell" if z < 0 else "did not move"
        sentence = (
            f"{name}: z = {signed(z)}, {say_p(pvalue)}. The mean score {way}; if units were as "
            f"likely to rise as to fall, a shift at least this large would come up "
            f"{say_often(pvalue)}.{self._asides(asymptotic=True)}"
        )
        return HomogeneityTest(name, z, 1, pvalue, sentence)

    def mcnemar(self, threshold: object) -> HomogeneityTest:
        """Test whether as many units crossed a threshold upwards as downwards, exactly.

        Parameters
        ----------
        threshold : object
            Category at or above which a rating counts, such as "Good" for good or better.

        Returns
        -------
        HomogeneityTest
            `statistic` is the smaller of the two numbers that crossed; the p-value is two-sided
            binomial, so it never exceeds its level under the null.

        Raises
        ------
        ParameterError
            If the threshold is not one of the categories.

        Notes
        -----
        McNemar 1947 (Psychometrika 12:153), exact form.
        """
        name = "Exact McNemar"
        if not pd.api.types.is_scalar(threshold) or threshold not in self.categories:
            raise ParameterError(
                "threshold", "must be a category", value=threshold, allowed=self.categories
            )
        cut = self.categories.index(threshold)
        risen = int(self.counts[:cut, cut:].sum())
        fallen = int(self.counts[cut:, :cut].sum())
        if risen + fallen == 0:
            why = f"no pair crossed {threshold} in either direction"
            return self._nothing(name, why)
        table = [[0, risen], [fallen, 0]]
        found = statsmodels_mcnemar(table, exact=True)
        pvalue = min(1.0, float(found.pvalue))
        sentence = (
            f"{name}: {risen} rose to {threshold} or above and {fallen} fell below it, "
            f"{say_p(pvalue)}. If every crossing ({risen + fallen} of them) had been as likely to "
            f"go either way, a split at least this uneven would come up {say_often(pvalue)}."
            f"{self._asides()}"
        )
        return HomogeneityTest(name, float(min(risen, fallen)), 1, pvalue, sentence)

    def sign(self) -> HomogeneityTest:
        """Test whether as many units moved up as down, exactly, whatever the distance.

        Returns
        -------
        HomogeneityTest
            `statistic` is the smaller of the two numbers; the p-value is two-sided binomial.

        Notes
        -----
        The sign test (Conover 1999, Practical Nonparametric Statistics, 3rd edition).
        """
        name = "Exact sign test"
        moved = self.up + self.down
        if not moved:
            return self._nothing(name)
        pvalue = min(1.0, float(binomtest(self.up, moved).pvalue))
        sentence = (
            f"{name}: {self.up} moved up and {self.down} moved down, {say_p(pvalue)}. If every "
            f"move had been as likely to go the other way, a split at least this uneven would "
            f"come up {say_often(pvalue)}.{self._asides()}"
        )
        return HomogeneityTest(name, float(min(self.up, self.down)), 1, pvalue, sentence)

    def exact_homogeneity(self, *, seed: int | np.random.Generator = 0) -> HomogeneityTest:
        """Test the margins without a large-sample formula, for tables with few moves.

        Parameters
        ----------
        seed : int or Generator
            For the random arrangements of a table with too many to list.

        Returns
        -------
        HomogeneityTest
            The Stuart-Maxwell statistic with a p-value over all arrangements in which each pair
            that moved is as likely to have moved the other way: listed one by one where there are
            at most 200,000, otherwise 20,000 drawn at random.

        Notes
        -----
        The permutation test of symmetry with the margins' statistic, as Hothorn, Hornik, van de
        Wiel and Zeileis 2006 (American Statistician 60:257) set it out.
        """
        name = "Exact marginal homogeneity"
        observed, df = self._stuart_maxwell()
        if df == 0:
            return self._nothing(name)
        rng, pairs = generator(seed), self._moves()
        sizes = [up + down for _, _, up, down in pairs]
        contrast = np.zeros((len(pairs), len(self.categories)))
        for row, (low, high, _, _) in enumerate(pairs):
            contrast[row, low], contrast[row, high] = -1.0, 1.0
        covariance = contrast.T @ (np.asarray(sizes)[:, None] * contrast)
        inverse = np.linalg.pinv(covariance, hermitian=True)
        listed = np.prod([size + 1.0 for size in sizes]) <= ENUMERATED
        if listed:
            net, weight = arrangements(sizes)
        else:
            drawn = rng.binomial(sizes, 0.5, size=(PERMUTATIONS, len(sizes)))
            net = np.asarray(2.0 * drawn - sizes, dtype=float)
            weight = np.full(PERMUTATIONS, 1 / PERMUTATIONS)
        shift = net @ contrast
        reached = np.einsum("ai,ij,aj->a", shift, inverse, shift) >= observed - 1e-9
        pvalue = float(weight[reached].sum())
        if not listed:
            pvalue = (pvalue * PERMUTATIONS + 1) / (PERMUTATIONS + 1)
        pvalue = min(1.0, pvalue)
        how = "every arrangement listed" if listed else f"{PERMUTATIONS:,} random arrangements"
        sentence = (
            f"{name} ({how}): statistic {observed:.2f}, {say_p(pvalue)}. If every move "
            f"({sum(sizes)} of them) had been as likely to go the other way, a shift at least this "
            f"large would come up {say_often(pvalue)}."
        )
        return HomogeneityTest(name, observed, df, pvalue, sentence)

    def effect_size(self, confidence: float = 0.95) -> OrdinalEffect:
        """Estimate the share that moved up less the share that moved down.

        Parameters
        ----------
        confidence : float
            Level of the interval.

        Returns
        -------
        OrdinalEffect
            The paired difference with Tango's score interval, which holds its level with few moves
            or none (Tango 1998, Statistics in Medicine 17:891). Without a single pair the value is
            0 and the interval −1 to 1.
        """
        confidence = check_confidence(confidence)
        if self.n == 0:
            sentence = "There is no pair of ratings, so nothing is known about the direction."
            return OrdinalEffect(0.0, -1.0, 1.0, confidence, 0, sentence)
        value = (self.up - self.down) / self.n
        low, high = score_interval(
            self.up, self.down, self.n, float(norm.ppf(0.5 + confidence / 2))
        )
        sentence = (
            f"{self.up} of {self.n} moved up and {self.down} moved down: a net "
            f"{signed(100 * value, 1)} percentage points ({100 * confidence:g}% confidence "
            f"interval {signed(100 * low, 1)} to {signed(100 * high, 1)}).{self._asides()}"
        )
        return OrdinalEffect(value, low, high, confidence, self.n, sentence)

    def _moves(self) -> list[tuple[int, int, int, int]]:
        """Return (lower, higher, moved up, moved down) of every two categories with a move."""
        counts = self.counts
        found = []
        for low, high in combinations(range(len(counts)), 2):
            up, down = int(counts[low, high]), int(counts[high, low])
            if up + down:
                found.append((low, high, up, down))
        return found

    def _stuart_maxwell(self) -> tuple[float, int]:
        moves = self.counts * (1 - np.eye(len(self.counts), dtype=np.int64))
        groups, member = connected_components(moves, directed=False)
        statistic, df = 0.0, 0
        for group in range(groups):
            inside = np.flatnonzero(member == group)
            if len(inside) == 1:
                continue
            table = self.counts[np.ix_(inside, inside)].astype(float)
            # shift_zeros would add a half to empty cells, which changes every statistic.
            found = SquareTable(table, shift_zeros=False).homogeneity(method="stuart_maxwell")
            statistic += float(found.statistic)
            df += len(inside) - 1
        return statistic, df

    def _still(self) -> list[str]:
        """Name the categories that nobody entered or left."""
        off = self.counts * (1 - np.eye(len(self.counts), dtype=np.int64))
        quiet = (off.sum(axis=0) + off.sum(axis=1)) == 0
        return [str(c) for c, is_quiet in zip(self.categories, quiet, strict=True) if is_quiet]

    def _asides(self, asymptotic: bool = False) -> str:
        words = ""
        moved = self.up + self.down
        if asymptotic and moved < _FEW_MOVES:
            words += f" Only {moved} moved, too few for this formula: read the exact test."
        if not self.ordered:
            words += " The categories were put in alphabetical order because none was given."
        return words

    def _chi_squared(self, name: str, statistic: float, df: int, what: str) -> HomogeneityTest:
        pvalue = float(chi2.sf(statistic, df))
        plural = "degree" if df == 1 else "degrees"
        still = self._still()
        dropped = f" Nobody entered or left {', '.join(still)}, so it drops out." if still else ""
        few = self.up + self.down < _FEW_MOVES
        advice = f" Only {self.up + self.down} moved: read the exact test beside it." if few else ""
        sentence = (
            f"{name}: χ² = {statistic:.2f} on {df} {plural} of freedom, {say_p(pvalue)}. If chance "
            f"alone set {what} apart, a difference at least this large would come up "
            f"{say_often(pvalue)}.{dropped}{advice}"
        )
        return HomogeneityTest(name, statistic, df, pvalue, sentence)

    def _nothing(self, name: str, why: str = "") -> HomogeneityTest:
        if not why:
            if self.n == 0:
                why = "there is no pair of ratings"
            elif self.n == 1:
                why = "the only pair did not change"
            else:
                why = f"none of the {self.n} pairs changed category"
        sentence = f"{name}: nothing to test, since {why}."
        return HomogeneityTest(name, 0.0, 0, 1.0, sentence)


def paired_ordinal(
    before: ArrayLike, after: ArrayLike, categories: Sequence[Any] | None = None
) -> PairedOrdinal:
    """Compare two ratings of the same units.

    Parameters
    ----------
    before, after : array_like, shape (n,)
        Rating of each unit at each time, in the same order. Two Series whose labels are the same
        in another order are matched by label. A pair with a missing side is left out and counted.
    categories : sequence, optional
        All categories from lowest to highest; some may be unused. Left out, an ordered categorical
        brings its own, numbers are sorted, and text is put in alphabetical order, which the
        sentences then say (`ordered` is False).

    Returns
    -------
    PairedOrdinal
        Counts, moves, tests and effect size.

    Raises
    ------
    ParameterError
        If the lengths or labels differ, or a rating is not among the categories.

    Examples
    --------
    >>> pair = paired_ordinal([1, 2, 2, 3], [2, 2, 3, 3])
    >>> pair.up, pair.same, pair.down
    (2, 2, 0)
    """
    first, second = _aligned(before, after)
    ordered = True
    if categories is None:
        categories, ordered = _categories(first, second)
    names = _check_categories(categories)
    complete = (first.notna() & second.notna()).to_numpy()
    codes = []
    for name, series in (("before", first), ("after", second)):
        code = pd.Index(names).get_indexer(pd.Index(series[complete].astype(object)))
        if (code < 0).any():
            strange = sorted({str(v) for v in series[complete][code < 0]})
            raise ParameterError(
                name, f"has ratings outside the categories: {strange}", allowed=names
            )
        codes.append(code)
    counts = np.zeros((len(names), len(names)), dtype=np.int64)
    np.add.at(counts, (codes[0], codes[1]), 1)
    return _paired(counts, names, missing=int((~complete).sum()), ordered=ordered)


def paired_ordinal_table(
    counts: ArrayLike | pd.DataFrame, categories: Sequence[Any] | None = None
) -> PairedOrdinal:
    """Compare two ratings from a square table of counts.

    Parameters
    ----------
    counts : array_like or DataFrame of int, shape (k, k)
        Pairs by rating before (rows) and after (columns), lowest category first. A DataFrame is
        matched by its labels; with `categories`, labels it lacks are empty.
    categories : sequence, optional
        Labels from lowest to highest; 1, 2, …, k for an array without them.

    Returns
    -------
    PairedOrdinal
        Counts, moves, tests and effect size.

    Raises
    ------
    ParameterError
        If the table is not square, has another size than the categories, or holds anything but
        whole numbers of at least 0.

    Examples
    --------
    >>> pair = paired_ordinal_table([[20, 10, 5], [3, 30, 15], [0, 5, 40]])
    >>> round(pair.bowker().statistic, 3), pair.bowker().df
    (13.769, 3)
    """
    if isinstance(counts, pd.DataFrame):
        labels = list(counts.index)
        wanted = labels if categories is None else list(categories)
        strange = [c for c in [*labels, *counts.columns] if c not in wanted]
        if strange or (categories is None and set(labels) != set(counts.columns)):
            rule = "must have the same labels in rows and columns, all among the categories"
            raise ParameterError("counts", rule, value=sorted({str(c) for c in strange}))
        counts = counts.reindex(index=wanted, columns=wanted, fill_value=0)
        categories = wanted
    table = np.asarray(counts)
    if table.ndim != 2 or table.shape[0] != table.shape[1] or table.size == 0:
        raise ParameterError("counts", f"must be a square table, not of shape {table.shape}")
    names = _check_categories(range(1, len(table) + 1) if categories is None else categories)
    if len(names) != len(table):
        raise ParameterError(
            "categories", f"must be {len(table)} labels, one a row of counts", value=list(names)
        )
    given = pd.to_numeric(pd.Series(table.ravel()), errors="coerce").to_numpy(dtype=float)
    given = np.where(np.abs(given) <= _MOST, given, -1.0)
    if np.any(given < 0) or np.any(given % 1 != 0):
        raise ParameterError("counts", "must be whole numbers of at least 0")
    return _paired(given.astype(np.int64).reshape(table.shape), names)


def _paired(
    counts: NDArray[np.int64], names: list[Any], missing: int = 0, ordered: bool = True
) -> PairedOrdinal:
    matrix = pd.DataFrame(counts, index=pd.Index(names), columns=pd.Index(names))
    up, down = int(np.triu(counts, 1).sum()), int(np.tril(counts, -1).sum())
    same = int(np.trace(counts))
    return PairedOrdinal(matrix, up, same, down, missing=missing, ordered=ordered)


def _aligned(before: ArrayLike, after: ArrayLike) -> tuple[pd.Series, pd.Series]:
    (after,) = aligned("before", before, after=after)
    first, second = pd.Series(before), pd.Series(after)
    if len(first) != len(second):
        rule = f"must be as long as before ({len(first)}), not {len(second)}"
        raise ParameterError("after", rule)
    return first.reset_index(drop=True), second.reset_index(drop=True)


def _categories(first: pd.Series, second: pd.Series) -> tuple[list[Any], bool]:
    for series in (first, second):
        if isinstance(series.dtype, pd.CategoricalDtype) and series.dtype.ordered:
            return list(series.dtype.categories), True
    seen = {*first.dropna().tolist(), *second.dropna().tolist()}
    if any(isinstance(value, str) for value in seen):
        return sorted(seen, key=str), False
    try:
        return sorted(seen), True
    except TypeError:
        rule = "must be given from lowest to highest: these ratings have no order of their own"
        raise ParameterError("categories", rule) from None


def _check_categories(categories: Sequence[Any]) -> list[Any]:
    names = listed("categories", categories, "labels")
    if not all(pd.api.types.is_scalar(label) and pd.notna(label) for label in names):
        raise ParameterError("categories", "must be single labels, none missing", value=names)
    if len(set(names)) != len(names):
        raise ParameterError("categories", "must not repeat a label", value=names)
    return names
