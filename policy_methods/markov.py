"""Where a transition matrix points, with the uncertainty of its counts carried along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from policy_methods.checks import (
    check_confidence,
    generator,
    listed,
    named,
    number,
    numbers,
    whole,
)
from policy_methods.errors import ParameterError
from policy_methods.results import Result

_LIGHTEST = 1e-6  # lighter cells draw rows that no unit ever leaves

__all__ = [
    "MarkovProjection",
    "StandardisedChange",
    "markov_projection",
    "standardised_change",
]


@dataclass(frozen=True, eq=False)
class MarkovProjection(Result):
    """Shares of each category after each step.

    Parameters
    ----------
    path : DataFrame
        One row a step and category: step (0 is the start), category, share, low, high.
    confidence : float
        Level of the credible intervals.
    draws : int
        Random transition matrices behind them.
    monte_carlo_error : float
        Largest standard error of a share that comes from the number of draws.
    """

    path: pd.DataFrame
    confidence: float
    draws: int
    monte_carlo_error: float

    def to_frame(self) -> pd.DataFrame:
        """Return the path."""
        return self.path


@dataclass(frozen=True)
class StandardisedChange(Result):
    """Net change that a whole population would show if its rows moved as the observed ones did.

    Parameters
    ----------
    low, high : float
        Share moving up less share moving down, from −1 to 1: bounds over what the rows without
        enough observed units may do, not an interval of confidence. Alike where there is no such
        row.
    unknown : tuple of int
        Positions of those rows, from the lowest category.
    """

    low: float
    high: float
    unknown: tuple[int, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return one row: low, high, unknown."""
        return pd.DataFrame([asdict(self)])


def standardised_change(
    counts: ArrayLike | pd.DataFrame, population: ArrayLike, *, least: int = 1
) -> StandardisedChange:
    """Weight the moves of a selected few to the starting categories of everybody.

    Parameters
    ----------
    counts : array_like of int, shape (k, k)
        Moves of the units selected, rows before and columns after, lowest category first.
    population : array_like of float, shape (k,)
        All units by category before, those selected included.
    least : int
        Selected units that a row needs for its moves to stand for the others; of a row with fewer,
        all or none of the units not selected may move, as far as its category leaves room.

    Returns
    -------
    StandardisedChange
        Bounds of the directly standardised net change, by data alone.

    Raises
    ------
    ParameterError
        If a shape is wrong, a number negative or not finite, or the population is empty or lacks
        units selected.

    Notes
    -----
    Direct standardisation assumes that within a starting category those selected are like those
    not selected; where visits follow risk they are not, so it is a check and not a correction.

    Examples
    --------
    >>> found = standardised_change([[1, 3], [2, 18]], [40, 60])
    >>> round(found.low, 3), round(found.high, 3)
    (0.24, 0.24)
    >>> found = standardised_change([[1, 3], [0, 1]], [40, 60], least=2)
    >>> round(found.low, 3), round(found.high, 3)
    (-0.29, 0.3)
    """
    least = whole("least", least, 1)
    table = _square(counts)
    k = len(table)
    units = numbers("population", population, least=0)
    if units.shape != (k,):
        raise ParameterError("population", f"must be {k} numbers, one a category")
    if units.sum() == 0:
        raise ParameterError("population", "must hold at least one unit")
    if np.any(table.sum(axis=1) > units):
        raise ParameterError("population", "must hold the units selected", value=units.tolist())
    low, high, unknown = 0.0, 0.0, []
    for row, (held, moves) in enumerate(zip(units, table, strict=True)):
        if held == 0:
            continue
        seen, net = moves.sum(), moves[row + 1 :].sum() - moves[:row].sum()
        if seen >= least:
            low, high = low + held * net / seen, high + held * net / seen
        else:
            unknown.append(row)
            low += net - (held - seen) * (row > 0)
            high += net + (held - seen) * (row < k - 1)
    total = units.sum()
    return StandardisedChange(float(low / total), float(high / total), tuple(unknown))


def markov_projection(
    counts: ArrayLike | pd.DataFrame,
    start: ArrayLike | None = None,
    steps: int = 8,
    *,
    combine: Mapping[str, Sequence[object]] | None = None,
    prior: float | None = None,
    confidence: float = 0.95,
    draws: int = 4000,
    seed: int | np.random.Generator = 0,
) -> MarkovProjection:
    """Project shares forward as if every step repeated the moves counted in one.

    Parameters
    ----------
    counts : array_like or DataFrame of float, shape (k, k)
        Moves in one step, rows before and columns after; at least 0.
    start : array_like of float, shape (k,), optional
        Units or shares in each category at the start; the column totals of `counts` if left out.
    steps : int
        Number of steps, at least 1.
    combine : mapping of str to sequence, optional
        Further rows: the name of a group and the categories whose shares it adds up.
    prior : float, optional
        Dirichlet weight of every cell, above 0; 1/k if left out, one unit in all a row.
    confidence : float
        Level of the credible intervals.
    draws : int
        Transition matrices drawn, at least 100.
    seed : int or Generator
        For the draws.

    Returns
    -------
    MarkovProjection
        Means and equal-tailed credible intervals.

    Raises
    ------
    ParameterError
        If an argument breaks its rule, or there is no unit to start from.

    Notes
    -----
    Each row of the matrix has a Dirichlet posterior (Perks's prior by default). The chain assumes
    that the chance of a move depends on the present category alone and never changes; it is a
    statement about where today's moves point, not a forecast.

    Examples
    --------
    >>> result = markov_projection([[8, 2], [1, 9]], steps=1, seed=1)
    >>> result.path["step"].tolist()
    [0, 0, 1, 1]
    """
    confidence = check_confidence(confidence)
    names = list(counts.index) if isinstance(counts, pd.DataFrame) else None
    table = _square(counts)
    k = len(table)
    steps, draws = whole("steps", steps, 1), whole("draws", draws, 100)
    rule = f"must be above 0, at least {_LIGHTEST:g}"
    weight = 1 / k if prior is None else number("prior", prior, least=_LIGHTEST, rule=rule)
    shares = _start(table, start)
    matrices = _draw(table + weight, draws, generator(seed))

    paths = np.empty((steps + 1, draws, k))
    paths[0] = shares
    for step in range(steps):
        paths[step + 1] = np.einsum("di,dij->dj", paths[step], matrices)

    labels: list[object] = list(range(1, k + 1)) if names is None else names
    groups = named("combine", combine, "names to categories")
    added = np.zeros((k, len(groups)))
    for column, (name, members) in enumerate(groups.items()):
        if not set(listed("combine", members, "categories")) <= set(labels):
            raise ParameterError("combine", f"must hold categories for {name!r}", allowed=labels)
        added[[labels.index(m) for m in members], column] = 1.0
    labels = [*labels, *groups]
    paths = np.concatenate([paths, paths @ added], axis=2)
    frames = [_summary(drawn, labels, confidence) for drawn in paths]
    path = pd.concat(frames, keys=range(steps + 1), names=["step"]).reset_index(level=0)
    return MarkovProjection(
        path=path.reset_index(drop=True),
        confidence=confidence,
        draws=draws,
        monte_carlo_error=float(paths.std(axis=1).max()) / np.sqrt(draws),
    )


def _square(counts: ArrayLike | pd.DataFrame) -> NDArray[np.float64]:
    table = numbers("counts", counts, ndim=None, least=0)
    if table.ndim != 2 or table.shape[0] != table.shape[1] or table.size == 0:
        raise ParameterError("counts", f"must be a square table, not of shape {table.shape}")
    return table


def _start(table: NDArray[np.float64], start: ArrayLike | None) -> NDArray[np.float64]:
    units = table.sum(axis=0) if start is None else numbers("start", start, least=0)
    if units.shape != (len(table),):
        raise ParameterError("start", f"must be {len(table)} numbers of at least 0, one a category")
    if units.sum() == 0:
        raise ParameterError("start", "must hold at least one unit")
    return np.asarray(units / units.sum(), dtype=float)


def _draw(alpha: NDArray[np.float64], draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
    gammas = rng.standard_gamma(alpha, size=(draws, *alpha.shape))
    # Small weights can draw a whole row of zeros, which has no shares.
    gammas = np.maximum(gammas, 1e-12)
    return np.asarray(gammas / gammas.sum(axis=2, keepdims=True), dtype=float)


def _summary(
    drawn: NDArray[np.float64], labels: Sequence[object], confidence: float
) -> pd.DataFrame:
    low, high = np.quantile(drawn, [0.5 - confidence / 2, 0.5 + confidence / 2], axis=0)
    values = {"category": labels, "share": drawn.mean(axis=0), "low": low, "high": high}
    return pd.DataFrame(values)
