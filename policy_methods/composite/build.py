"""Composite indicators: normalise, weight, aggregate, and what these choices do to the ranking."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm, rankdata

from policy_methods.checks import (
    Floats,
    aligned,
    check_confidence,
    choice,
    listed,
    named,
    numbers,
    unit_labels,
)
from policy_methods.errors import ParameterError
from policy_methods.results import Result

Ints = NDArray[np.int64]
Normalise = Literal["zscore", "minmax", "percentile", "rank", "distance"]
Aggregate = Literal["arithmetic", "geometric", "harmonic"]
Missing = Literal["error", "reweight", "mean"]
Weights = Mapping[str, float] | Sequence[float] | pd.Series


@dataclass(frozen=True)
class Composite(Result):
    """A composite score and how it came about.

    Parameters
    ----------
    score : pandas.Series
        One number a unit; higher is better.
    rank : pandas.Series of int
        1 the best; tied units share the best rank of their group.
    normalised : pandas.DataFrame, shape (n, k)
        Indicators on the common scale, higher better throughout.
    groups : pandas.DataFrame
        Scores of the groups of a two-level hierarchy; no columns without ``parents``.
    weights : pandas.Series
        Share of each indicator in an arithmetic mean, adding up to one.
    """

    score: pd.Series
    rank: pd.Series
    normalised: pd.DataFrame
    groups: pd.DataFrame
    weights: pd.Series

    def to_frame(self) -> pd.DataFrame:
        """Return one row a unit: score, rank, and the normalised indicators."""
        return pd.DataFrame({"score": self.score, "rank": self.rank}).join(self.normalised)


def composite(
    data: pd.DataFrame,
    *,
    weights: Weights | None = None,
    directions: Mapping[str, int] | None = None,
    parents: Mapping[str, str] | None = None,
    normalise: Normalise = "zscore",
    aggregate: Aggregate = "arithmetic",
    missing: Missing = "error",
    rescale: tuple[float, float] | None = None,
) -> Composite:
    """Build a composite indicator from a table of indicators.

    Parameters
    ----------
    data : pandas.DataFrame, shape (n, k)
        One row a unit, one numeric column an indicator; at least three units.
    weights : mapping, Series or sequence, optional
        Weight of each indicator, zero or more, in any scale; equal without. With ``parents`` it
        may also name groups, which are equal otherwise.
    directions : mapping, optional
        1 where more is better (the default), -1 where less is.
    parents : mapping, optional
        Group of each indicator: indicators are combined within groups, then the groups.
    normalise : {"zscore", "minmax", "percentile", "rank", "distance"}
        Standard scores (sample standard deviation); (x − min) / (max − min); (rank − 1) / (n − 1);
        points from 1 for the worst to n for the best; ratio to the best unit (x / max, or min / x
        where less is better; positive numbers only). Ties get their average.
    aggregate : {"arithmetic", "geometric", "harmonic"}
        Weighted mean. The last two need numbers that are not negative; a zero gives zero.
    missing : {"error", "reweight", "mean"}
        Stop; spread a missing indicator's weight over the unit's others; or put the mean of the
        normalised indicator.
    rescale : tuple of two floats, optional
        Stretch each normalised indicator linearly from its worst to its best onto this range
        before aggregating, such as (0.01, 1) for a geometric mean of standard scores.

    Returns
    -------
    Composite
        Score, rank, the normalised table, group scores and weights.

    Raises
    ------
    ParameterError
        For unknown words or columns, a unit named twice, missing values unless told how to treat
        them, weights that are negative or all zero, numbers that a mean or scale can't take.

    Notes
    -----
    An indicator on which all units are equal tells nothing: it becomes 0 as a standard score and
    the middle of the scale otherwise. Source: OECD and JRC, Handbook on Constructing Composite
    Indicators, 2008.

    Examples
    --------
    >>> table = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [1.0, 5.0, 3.0]})
    >>> composite(table, normalise="minmax").score.tolist()
    [0.0, 0.75, 0.75]
    """
    plan = Plan.check(data, weights, directions, parents, missing)
    choice("normalise", normalise, get_args(Normalise))
    choice("aggregate", aggregate, get_args(Aggregate))
    scaled = plan.normalised(plan.values[None], normalise, rescale)
    score, groups = plan.aggregated(scaled, plan.weights[None], aggregate)
    return Composite(
        score=pd.Series(score[0], index=data.index, name="score"),
        rank=pd.Series(ranks(score)[0], index=data.index, name="rank"),
        normalised=pd.DataFrame(scaled[0], index=data.index, columns=plan.names),
        groups=pd.DataFrame(groups[0], index=data.index, columns=plan.group_names),
        weights=pd.Series(plan.shares, index=plan.names, name="weight"),
    )


def leave_one_out(data: pd.DataFrame, **choices: object) -> pd.DataFrame:
    """Rank again without each indicator in turn.

    Parameters
    ----------
    data : pandas.DataFrame, shape (n, k)
        As in :func:`composite`, two indicators or more.
    **choices
        Arguments of :func:`composite`.

    Returns
    -------
    pandas.DataFrame
        One row an indicator left out, over the units that keep a value: ``mean_shift`` and
        ``max_shift`` (places), ``spearman`` (correlation of the two rankings).

    Raises
    ------
    ParameterError
        For fewer than two indicators, and as in :func:`composite`.

    Examples
    --------
    >>> table = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [1.0, 2.0, 3.0]})
    >>> leave_one_out(table)["max_shift"].tolist()
    [0, 0]
    """
    if data.shape[1] < 2:
        raise ParameterError("data", "must hold at least two indicators", value=data.shape[1])
    full = composite(data, **choices)  # type: ignore[arg-type]  # composite checks each
    names = [str(c) for c in data.columns]
    weights = choices.get("weights")
    rows = []
    for k, name in enumerate(names):
        kept = dict(choices)
        for argument in ("directions", "parents", "weights"):
            value = kept.get(argument)
            if isinstance(value, Mapping | pd.Series):
                kept[argument] = {key: v for key, v in value.items() if key != name}
        if weights is not None and not isinstance(weights, Mapping | pd.Series):
            kept["weights"] = [w for j, w in enumerate(weights) if j != k]  # type: ignore[arg-type,var-annotated]  # a sequence, checked above
        left = data.drop(columns=data.columns[k])
        # A unit whose only values are gone has no rank without them: it is left out of both.
        left = left[left.notna().any(axis=1)]
        rest = composite(left, **kept)  # type: ignore[arg-type]  # same
        before = full.rank[left.index].rank(method="min")
        shift = (rest.rank - before).abs()
        rows.append((name, shift.mean(), int(shift.max()), spearman(rest.rank, before)))
    columns = ["left_out", "mean_shift", "max_shift", "spearman"]
    return pd.DataFrame(rows, columns=columns)


def spearman(first: ArrayLike, second: ArrayLike) -> float:
    """Rank correlation of two lists; 0 where one of them is constant.

    Parameters
    ----------
    first, second : array-like, shape (n,)
        Numbers to rank; two Series are paired by label.

    Returns
    -------
    float
        From −1 to 1.

    Raises
    ------
    ParameterError
        For missing numbers, lists of different lengths or of none, and other labels.

    Examples
    --------
    >>> round(spearman([1, 2, 3], [10, 20, 30]), 6)
    1.0
    """
    (second,) = aligned("first", first, second=second)
    a, b = rankdata(numbers("first", first)), rankdata(numbers("second", second))
    if len(a) != len(b) or not len(a):
        rule = f"must have as many numbers as the first list, {len(a)}, and at least one"
        raise ParameterError("second", rule, value=len(b))
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt(np.sum(a**2) * np.sum(b**2)))
    return float(np.sum(a * b)) / scale if scale > 0 else 0.0


def spearman_interval(
    first: ArrayLike, second: ArrayLike, confidence: float = 0.95
) -> tuple[float, float, float]:
    """Rank correlation of two lists with its interval, as if their units were drawn from many.

    Parameters
    ----------
    first, second : array-like, shape (n,)
        As in :func:`spearman`, four pairs or more.
    confidence : float
        Level of the interval.

    Returns
    -------
    tuple of three floats
        Correlation, lower and upper end.

    Raises
    ------
    ParameterError
        As :func:`spearman`, and for fewer than four pairs.

    Notes
    -----
    Fisher's transformation with the standard error of Bonett and Wright, Psychometrika, 2000.

    Examples
    --------
    >>> [round(end, 2) for end in spearman_interval(range(20), [*range(10, 20), *range(10)])]
    [-0.5, -0.79, -0.05]
    """
    rho = spearman(first, second)
    if (n := len(np.asarray(first))) < 4:
        raise ParameterError("first", "must hold at least four pairs", value=n)
    half = norm.isf((1 - check_confidence(confidence)) / 2) * np.sqrt((1 + rho**2 / 2) / (n - 3))
    middle = np.arctanh(np.clip(rho, -1 + 1e-12, 1 - 1e-12))
    return rho, float(np.tanh(middle - half)), float(np.tanh(middle + half))


def ranks(score: Floats) -> Ints:
    """Rank scores along the last axis, 1 the highest; ties share the best rank.

    Scores that differ by rounding error only are ties.
    """
    rounded = np.round(score / (np.abs(score).max() or 1.0), 12)
    return np.asarray(rankdata(-rounded, method="min", axis=-1), dtype=np.int64)


@dataclass(frozen=True)
class Plan(Result):
    """Checked inputs of a composite, ready for one table or for many draws of it.

    Parameters
    ----------
    values : numpy.ndarray, shape (n, k)
        Indicators as given.
    names : list of str
        Their names.
    signs : numpy.ndarray, shape (k,)
        1 or -1.
    weights : numpy.ndarray, shape (k,)
        Weights within groups (within the table without groups).
    group_names : list of str
        Groups; empty without a hierarchy.
    membership : numpy.ndarray of bool, shape (g, k)
        Which indicator belongs to which group.
    group_weights : numpy.ndarray, shape (g,)
        Weights of the groups.
    missing : str
        Treatment of missing values.
    """

    values: Floats
    names: list[str]
    signs: Floats
    weights: Floats
    group_names: list[str]
    membership: NDArray[np.bool_]
    group_weights: Floats
    missing: Missing

    @classmethod
    def check(
        cls,
        data: pd.DataFrame,
        weights: Weights | None,
        directions: Mapping[str, int] | None,
        parents: Mapping[str, str] | None,
        missing: Missing,
    ) -> Plan:
        """Check the arguments of :func:`composite` and lay them out as arrays."""
        choice("missing", missing, get_args(Missing))
        if not isinstance(data, pd.DataFrame):
            raise ParameterError("data", "must be a DataFrame", value=type(data).__name__)
        names = [str(c) for c in data.columns]
        if len(data) < 3 or not names:
            raise ParameterError(
                "data", "must hold at least 3 units and 1 indicator", value=data.shape
            )
        if len(set(names)) < len(names):
            raise ParameterError("data", "must not repeat a column", value=names)
        unit_labels("data", data.index)
        values = numbers("data", data.to_numpy(), ndim=2, missing=True)
        gaps = np.isnan(values)
        if missing == "error" and gaps.any():
            where = [
                name for name, gap in zip(names, np.asarray(gaps.any(axis=0)), strict=True) if gap
            ]
            raise ParameterError(
                "data",
                f"has {int(gaps.sum())} missing values in {', '.join(where)};"
                " choose missing='reweight' or 'mean'",
            )
        for axis, what in ((1, "unit"), (0, "indicator")):
            if gaps.all(axis=axis).any():
                raise ParameterError("data", f"has a {what} without any value")
        ways = named("directions", directions, "names to 1 or -1")
        signs = np.array([_direction(ways, name) for name in names], dtype=float)
        _known("directions", ways, names)
        groups = _groups(parents, names)
        group_names = list(dict.fromkeys(groups))
        own, upper = _weights(weights, names, group_names)
        membership = np.array([[g == name for g in groups] for name in group_names], dtype=bool)
        if group_names and np.any((membership * own).sum(axis=1) == 0):
            raise ParameterError("weights", "must give each group some weight")
        return cls(values, names, signs, own, group_names, membership, upper, missing)

    @property
    def shares(self) -> Floats:
        """Share of each indicator in an arithmetic mean."""
        if not self.group_names:
            return np.asarray(self.weights / self.weights.sum())
        inside = self.membership * self.weights
        inside = inside / inside.sum(axis=1, keepdims=True)
        return np.asarray((self.group_weights / self.group_weights.sum()) @ inside)

    def normalised(
        self, values: Floats, how: Normalise, rescale: tuple[float, float] | None = None
    ) -> Floats:
        """Normalise draws of the table, shape (d, n, k)."""
        turned = values * self.signs
        if how == "distance":
            if np.nanmin(values) <= 0:
                raise ParameterError("data", "must be above zero for normalise='distance'")
            best = np.nanmax(values, axis=1, keepdims=True)
            least = np.nanmin(values, axis=1, keepdims=True)
            scaled = np.where(self.signs > 0, values / best, least / values)
        else:
            scaled = _SCALES[how](turned)
        if rescale is not None:
            ends = numbers("rescale", rescale)
            if ends.shape != (2,) or not ends[0] < ends[1]:
                raise ParameterError("rescale", "must be two rising numbers", value=rescale)
            low, high = ends
            scaled = low + (high - low) * _minmax(scaled)
        if self.missing == "mean":
            scaled = np.where(np.isnan(scaled), np.nanmean(scaled, axis=1, keepdims=True), scaled)
        return np.asarray(scaled)

    def aggregated(self, scaled: Floats, weights: Floats, how: Aggregate) -> tuple[Floats, Floats]:
        """Combine normalised draws (d, n, k) by weights (d, k): scores (d, n), groups (d, n, g)."""
        if not self.group_names:
            return _mean(scaled, weights, how), np.empty((*scaled.shape[:2], 0))
        groups = np.stack(
            [_mean(scaled[:, :, m], weights[:, m], how, gaps=True) for m in self.membership],
            axis=2,
        )
        upper = np.broadcast_to(self.group_weights, (len(groups), len(self.group_names)))
        return _mean(groups, upper, how), groups


def _mean(x: Floats, weights: Floats, how: Aggregate, *, gaps: bool = False) -> Floats:
    """Weighted mean over the last axis, leaving out what is missing; shape (d, n)."""
    there = ~np.isnan(x)
    weight = weights[:, None, :] * there
    total = weight.sum(axis=2)
    empty = total == 0
    if gaps:
        total = np.where(empty, np.nan, total)
    elif empty.any():
        raise ParameterError("weights", "leave a unit whose only values have no weight")
    value = np.where(there, x, 1.0)
    if how == "arithmetic":
        return np.asarray((weight * value).sum(axis=2) / total)
    if value.min() < 0:
        raise ParameterError(
            "aggregate",
            f"{how!r} can't take negative numbers, which standard scores have; choose"
            " normalise='minmax', 'percentile' or 'rank', or rescale=(0.01, 1)",
        )
    zero = np.any((value == 0) & (weight > 0), axis=2)
    value = np.where(value == 0, 1.0, value)
    if how == "geometric":
        mean = np.exp((weight * np.log(value)).sum(axis=2) / total)
    else:
        mean = total / (weight / value).sum(axis=2)
    return np.asarray(np.where(zero, 0.0, mean), dtype=np.float64)


def _minmax(x: Floats) -> Floats:
    low, high = np.nanmin(x, axis=1, keepdims=True), np.nanmax(x, axis=1, keepdims=True)
    span = high - low
    middle = np.where(np.isnan(x), np.nan, 0.5)
    np.divide(x - low, span, out=middle, where=np.broadcast_to(span > 0, x.shape))
    return middle


def _zscore(x: Floats) -> Floats:
    centred = x - np.nanmean(x, axis=1, keepdims=True)
    count = np.sum(~np.isnan(x), axis=1, keepdims=True)
    deviation = np.sqrt(np.nansum(centred**2, axis=1, keepdims=True) / np.maximum(count - 1, 1))
    flat = deviation <= 1e-14 * np.nanmax(np.abs(x), axis=1, keepdims=True)
    return np.asarray(np.where(flat, 0 * centred, centred / np.where(flat, 1.0, deviation)))


def _points(x: Floats) -> Floats:
    placed = rankdata(np.where(np.isnan(x), np.inf, x), axis=1)
    return np.asarray(np.where(np.isnan(x), np.nan, placed))


def _percentile(x: Floats) -> Floats:
    count = np.sum(~np.isnan(x), axis=1, keepdims=True)
    return np.asarray(np.where(count > 1, (_points(x) - 1) / np.maximum(count - 1, 1), 0 * x + 0.5))


_SCALES: dict[str, Callable[[Floats], Floats]] = {
    "zscore": _zscore,
    "minmax": _minmax,
    "percentile": _percentile,
    "rank": _points,
}


def _known(argument: str, given: Mapping[str, object], allowed: Sequence[str]) -> None:
    unknown = [str(key) for key in given if str(key) not in allowed]
    if unknown:
        raise ParameterError(
            argument, "names what is not in the table", value=", ".join(unknown), allowed=allowed
        )


def _direction(directions: Mapping[str, int], name: str) -> int:
    direction = directions.get(name, 1)
    if direction not in (1, -1):
        raise ParameterError("directions", "must be 1 or -1", value=direction)
    return direction


def _groups(parents: Mapping[str, str] | None, names: Sequence[str]) -> list[str]:
    parents = named("parents", parents, "indicators to groups")
    if not parents:
        return []
    _known("parents", parents, names)
    lost = [name for name in names if name not in parents]
    if lost:
        raise ParameterError("parents", "must name the group of each indicator", value=lost)
    return [str(parents[name]) for name in names]


def _weights(
    weights: Weights | None, names: Sequence[str], groups: Sequence[str]
) -> tuple[Floats, Floats]:
    if weights is None:
        return np.ones(len(names)), np.ones(len(groups))
    if isinstance(weights, Mapping | pd.Series):
        weights = dict(weights)
        _known("weights", weights, [*names, *groups])
        lost = [name for name in names if name not in weights]
        if lost and len(lost) < len(names):
            raise ParameterError("weights", "must name every indicator or none", value=lost)
        own = numbers("weights", [weights.get(name, 1.0) for name in names])
        upper = numbers("weights", [weights.get(name, 1.0) for name in groups])
    else:
        own = numbers("weights", listed("weights", weights, "numbers"))
        upper = np.ones(len(groups))
        if len(own) != len(names):
            raise ParameterError(
                "weights",
                f"must have one number for each of {len(names)} indicators",
                value=len(own),
            )
    for part in (own, upper):
        if np.any(part < 0) or (len(part) and part.sum() == 0):
            raise ParameterError(
                "weights", "must be zero or more and not all zero", value=part.tolist()
            )
    return own, upper
