"""The weights that a published composite implies, where only parts and whole are printed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from policy_methods.checks import aligned, check_confidence, generator, number, numbers, whole
from policy_methods.errors import ParameterError
from policy_methods.results import Result

_SETS = 3
_NEW = 0.05


@dataclass(frozen=True)
class ImpliedWeights(Result):
    """Weights of the parts of a published score.

    Parameters
    ----------
    weights, low, high : pandas.Series
        Weight of each part, adding up to one, and the ends of its bootstrap interval over units
        (missing without draws).
    total : float
        Sum of the weights as fitted: near one if the whole is a mean of the parts.
    residual : pandas.Series
        Whole less its mean by these weights, by unit; units that lack a part are left out.
    slack : float
        The largest residual that rounding alone can leave.
    confidence : float
        Level of the intervals.
    """

    weights: pd.Series
    low: pd.Series
    high: pd.Series
    total: float
    residual: pd.Series
    slack: float
    confidence: float

    @property
    def within(self) -> pd.Series:
        """Whether rounding alone can explain what the weights leave of each unit."""
        return self.residual.abs() <= self.slack + 1e-9


def implied_weights(
    parts: pd.DataFrame,
    composite: pd.Series,
    *,
    rounding: float = 0.005,
    draws: int = 500,
    confidence: float = 0.95,
    seed: int | np.random.Generator = 0,
) -> ImpliedWeights:
    """Estimate the weights with which parts make up a whole, by least squares, none below nought.

    Parameters
    ----------
    parts : pandas.DataFrame, shape (n, k)
        Published scores of the parts, more units than parts.
    composite : pandas.Series, shape (n,)
        Published score of the whole, by the same labels.
    rounding : float
        Half a unit of the last digit that is printed.
    draws : int
        Samples of units drawn with replacement for the intervals; 0 leaves them out.
    confidence, seed
        Level of the intervals and source of randomness.

    Raises
    ------
    ParameterError
        For too few units that have every part, or settings that make no sense.

    Notes
    -----
    Where units have weights of their own the result is their average, weighed by how far the parts
    of each differ; the residuals beyond :attr:`ImpliedWeights.slack` tell. Non-negative least
    squares: Lawson and Hanson, Solving Least Squares Problems, 1974.

    Examples
    --------
    >>> parts = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [4.0, 1.0, 2.0, 2.0]})
    >>> implied_weights(parts, 0.75 * parts["a"] + 0.25 * parts["b"]).weights.round(6).tolist()
    [0.75, 0.25]
    """
    x, y, index = _complete(parts, composite)
    rounding = number("rounding", rounding, least=0)
    confidence, rng = check_confidence(confidence), generator(seed)
    fitted = nnls(x, y)[0]
    weights = fitted / fitted.sum()
    samples = rng.integers(len(y), size=(whole("draws", draws, 0), len(y)))
    again = np.array([nnls(x[rows], y[rows])[0] for rows in samples]).reshape(-1, x.shape[1])
    again = again / again.sum(axis=1, keepdims=True)
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    ends = np.quantile(again, tails, axis=0) if draws else np.full((2, x.shape[1]), np.nan)
    low, high = (pd.Series(end, index=parts.columns) for end in ends)
    return ImpliedWeights(
        weights=pd.Series(weights, index=parts.columns, name="weight"),
        low=low,
        high=high,
        total=float(fitted.sum()),
        residual=pd.Series(y - x @ weights, index=index, name="residual"),
        slack=2 * rounding,
        confidence=confidence,
    )


def metric_ratios(
    parts: pd.DataFrame, composite: pd.Series, *, rounding: float = 0.005, most: int = 20
) -> pd.DataFrame:
    """Find few sets of numbers of metrics that rebuild the wholes of most units, to the rounding.

    A whole that is the mean of all metrics weighs each part, itself a mean, by how many it has:
    whole numbers. Only their ratio can be told. Sets are taken one by one, each that which rebuilds
    most of the units left.

    Parameters
    ----------
    parts, composite, rounding
        As in :func:`implied_weights`.
    most : int
        Metrics of all parts together, at most.

    Returns
    -------
    pandas.DataFrame
        Up to three sets, each of which rebuilds a twentieth of the units or more: metrics of each
        part, in the smallest numbers, and ``units`` that it rebuilds and those before it don't.

    Raises
    ------
    ParameterError
        As :func:`implied_weights`.

    Examples
    --------
    >>> parts = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [4.0, 1.0, 2.0, 2.0]})
    >>> metric_ratios(parts, 0.75 * parts["a"] + 0.25 * parts["b"]).iloc[0].tolist()
    [3, 1, 4]
    """
    x, y, _ = _complete(parts, composite)
    k = x.shape[1]
    ends = np.array([*combinations(range(1, whole("most", most, k) + 1), k)])
    counts = np.diff(ends, axis=1, prepend=0)
    counts = counts[np.gcd.reduce(counts, axis=1) == 1]
    means = counts / counts.sum(axis=1, keepdims=True) @ x.T
    fits = np.abs(means - y) <= 2 * number("rounding", rounding, least=0) + 1e-9
    left, rows = np.ones(len(y), dtype=bool), []
    for _ in range(_SETS):
        new = (fits & left).sum(axis=1)
        # Of sets that rebuild as many the one with the fewest metrics.
        best = np.lexsort((counts.sum(axis=1), -new))[0]
        if new[best] < _NEW * len(y):
            break
        rows.append([*counts[best].tolist(), int(new[best])])
        left &= ~fits[best]
    return pd.DataFrame(rows, columns=[*parts.columns, "units"])


def weights_by_group(
    parts: pd.DataFrame,
    composite: pd.Series,
    groups: pd.Series,
    *,
    rounding: float = 0.005,
    draws: int = 199,
    seed: int | np.random.Generator = 0,
) -> tuple[pd.DataFrame, float]:
    """Estimate weights for each group of units, and test whether groups differ in them.

    Parameters
    ----------
    parts, composite, rounding
        As in :func:`implied_weights`.
    groups : pandas.Series, shape (n,)
        Group of each unit, by the same labels; one with no more units than parts is left out.
    draws, seed : int
        Random deals of the groups' names for the test, and source of randomness.

    Returns
    -------
    tuple of pandas.DataFrame and float
        One row a group, the largest first: ``units``, ``within`` (those that the common weights
        rebuild to the rounding), the weight of each part; and the chance that groups dealt out at
        random leave as little unexplained by weights of their own as these do.

    Raises
    ------
    ParameterError
        As :func:`implied_weights`.

    Examples
    --------
    >>> parts = pd.DataFrame({"a": [1.0, 2.0, 3.0] * 4, "b": [2.0, 3.0, 1.0, 1.0, 2.0, 3.0] * 2})
    >>> groups = pd.Series(["x"] * 6 + ["y"] * 6)
    >>> whole = parts["a"].where(groups == "x", parts["b"])
    >>> found, chance = weights_by_group(parts, whole, groups)
    >>> found["a"].round(6).tolist(), chance < 0.05
    ([1.0, 0.0], True)
    """
    x, y, index = _complete(parts, composite)
    (groups,) = aligned("parts", parts, groups=groups)
    names, rng = groups[index], generator(seed)
    sizes = names.value_counts()
    codes = pd.Categorical(names, sizes.index[sizes > x.shape[1]]).codes
    within = implied_weights(parts, composite, rounding=rounding, draws=0).within.to_numpy()
    rows = [
        [(codes == k).sum(), within[codes == k].sum(), *_scaled(x[codes == k], y[codes == k])]
        for k in range(codes.max() + 1)
    ]

    def left(order: np.ndarray) -> float:
        own = [order == k for k in range(codes.max() + 1)]
        return float(sum(nnls(x[g], y[g])[1] ** 2 for g in own))

    seen = left(codes) * (1 + 1e-9)
    as_little = sum(left(rng.permutation(codes)) <= seen for _ in range(whole("draws", draws, 1)))
    columns = ["units", "within", *map(str, parts.columns)]
    kept = sizes.index[: len(rows)]
    frame = pd.DataFrame(rows, index=kept, columns=columns).astype({"units": int, "within": int})
    return frame, (1 + as_little) / (1 + draws)


def _scaled(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    weights: np.ndarray = nnls(x, y)[0]
    return np.asarray(weights / weights.sum())


def _complete(parts: pd.DataFrame, composite: pd.Series) -> tuple[np.ndarray, np.ndarray, pd.Index]:
    """Return parts and whole of the units that have every part."""
    (composite,) = aligned("parts", parts, composite=composite)
    x = numbers("parts", parts.to_numpy(), ndim=2, missing=True)
    y = numbers("composite", composite)
    kept = np.flatnonzero(~np.isnan(x).any(axis=1))
    if len(kept) <= x.shape[1]:
        rule = "must have more units with every part than parts"
        raise ParameterError("parts", rule, value=len(kept))
    return x[kept], y[kept], parts.index[kept]
