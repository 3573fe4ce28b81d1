"""What a ranking takes: estimates with standard errors or a covariance matrix."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from policy_methods.checks import (
    Floats,
    aligned,
    flag,
    numbers,
    standard_errors,
    unit_labels,
)
from policy_methods.errors import ParameterError
from policy_methods.results import Result

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Kind = Literal["marginal", "simultaneous"]
Sides = Literal["two", "lower", "upper"]


_CELLS = 2_000_000


@dataclass(frozen=True)
class Units(Result):
    """Checked estimates, oriented so that higher is better.

    Parameters
    ----------
    x : numpy.ndarray, shape (p,)
        Estimates; their sign is turned where lower is better.
    se : numpy.ndarray, shape (p,)
        Standard errors.
    covariance : numpy.ndarray, shape (p, p), or None
        Full covariance; None for independent estimates.
    index : pandas.Index
        Names of the units.
    """

    x: Floats
    se: Floats
    covariance: Floats | None
    index: pd.Index

    @property
    def difference_se(self) -> Floats:
        """Standard error of each pairwise difference, shape (p, p), zero on the diagonal."""
        variance = self.se**2
        total = variance[:, None] + variance[None, :]
        if self.covariance is not None:
            total = total - 2 * self.covariance
        np.fill_diagonal(total, 0.0)
        return np.asarray(np.sqrt(np.clip(total, 0.0, None)), dtype=np.float64)

    @property
    def rank(self) -> Ints:
        """Rank of each unit, 1 the best; tied units share the best rank of their group."""
        ordered = np.sort(-self.x)
        return np.searchsorted(ordered, -self.x, side="left").astype(np.int64) + 1


def check_units(
    estimate: ArrayLike,
    se: ArrayLike | None = None,
    covariance: ArrayLike | None = None,
    *,
    higher_is_better: bool = True,
    minimum: int = 2,
) -> Units:
    """Check estimates and their uncertainty and turn them so that higher is better.

    Parameters
    ----------
    estimate : array-like, shape (p,)
        One number a unit; a Series lends its index to the result, and a Series of standard errors
        or a DataFrame of covariances is brought into its order by label.
    se : array-like, shape (p,), or one number for all, optional
        Standard errors of independent estimates, zero or more.
    covariance : array-like, shape (p, p), optional
        Full covariance in place of ``se``. A diagonal one is treated as independence.
    higher_is_better : bool
        Direction of the estimate.
    minimum : int
        Fewest units that make sense.

    Returns
    -------
    Units
        The checked arrays.

    Raises
    ------
    ParameterError
        For labels given twice or others than the estimates', missing, non-finite or misshapen
        numbers, negative standard errors, too few units,
        both or neither of ``se`` and ``covariance``, or a matrix that is no covariance.
    """
    higher_is_better = flag("higher_is_better", higher_is_better)
    x = numbers("estimate", estimate)
    p = len(x)
    if p < minimum:
        raise ParameterError("estimate", f"must hold at least {minimum} units", value=p)
    index = unit_labels(
        "estimate", estimate.index if isinstance(estimate, pd.Series) else pd.RangeIndex(p)
    )
    se, covariance = aligned("estimate", estimate, se=se, covariance=covariance)
    if (se is None) == (covariance is None):
        raise ParameterError("se", "or covariance must be given, one of the two")
    full: Floats | None = None
    if covariance is not None:
        if isinstance(covariance, pd.DataFrame):
            (across,) = aligned("estimate", estimate, covariance=covariance.T)
            covariance = across.T
        full = _check_covariance(covariance, p)
        errors = standard_errors("covariance", np.sqrt(np.diag(full)), p)
        if not np.any(full - np.diag(np.diag(full))):
            full = None
    else:
        errors = standard_errors("se", se, p)
    return Units(x if higher_is_better else -x, errors, full, index)


def row_blocks(rows: int, columns: int) -> Iterator[slice]:
    """Cut the rows of a table of comparisons so that each block holds a bounded number of cells."""
    step = max(1, _CELLS // columns)
    return (slice(first, min(first + step, rows)) for first in range(0, rows, step))


def _check_covariance(covariance: ArrayLike, p: int) -> Floats:
    full = numbers("covariance", covariance, ndim=None)
    if full.shape != (p, p):
        raise ParameterError("covariance", f"must have shape ({p}, {p})", value=full.shape)
    scale = float(np.abs(full).max())
    if not np.allclose(full, full.T, rtol=0, atol=1e-10 * scale):
        raise ParameterError("covariance", "must be symmetric")
    if np.linalg.eigvalsh(full)[0] < -1e-8 * max(scale, np.finfo(float).tiny):
        raise ParameterError("covariance", "must have no negative eigenvalue")
    return (full + full.T) / 2
