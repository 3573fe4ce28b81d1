"""A ranking cut into categories: quotas fitted to its units, and the places that ties share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from policy_methods.checks import listed, numbers, whole
from policy_methods.errors import ParameterError
from policy_methods.ranking.inputs import Ints

_SCALE_FROM = 0.05
_ALIKE = 9


def scale_quotas(quotas: Sequence[int], count: int) -> tuple[int, ...]:
    """Fit quotas to a number of units.

    Parameters
    ----------
    quotas : sequence of int
        Units in each category, best first.
    count : int
        Units there are.

    Returns
    -------
    tuple of int
        Within 5% of the quotas' sum the cuts keep their places and the last category takes the
        difference; otherwise shares by largest remainder. A category may become empty.

    Raises
    ------
    ParameterError
        For quotas that are no whole numbers of at least 0, or all 0.

    Examples
    --------
    >>> scale_quotas((18, 102, 78, 32), 235)
    (18, 102, 78, 37)
    >>> scale_quotas((18, 102, 78, 32), 40)
    (3, 18, 14, 5)
    """
    count = whole("count", count, 1)
    wanted = numbers("quotas", listed("quotas", quotas, "whole numbers"))
    if np.any(wanted < 0) or np.any(wanted % 1 != 0) or not wanted.any():
        raise ParameterError("quotas", "must be whole numbers, not all 0", value=wanted.tolist())
    total = wanted.sum()
    rest = count - wanted[:-1].sum()
    if abs(count - total) <= _SCALE_FROM * total and rest >= 1:
        return (*(int(q) for q in wanted[:-1]), int(rest))
    exact = wanted * count / total
    sizes = np.floor(exact).astype(int)
    order = np.argsort(-(exact - sizes), kind="stable")
    sizes[order[: count - sizes.sum()]] += 1
    return tuple(int(s) for s in sizes)


def tied_places(score: ArrayLike) -> tuple[Ints, Ints]:
    """Find the places that each unit's tie shares.

    Parameters
    ----------
    score : array-like, shape (p,)
        Scores, higher better. Those that differ by a billionth of their range or less are tied.

    Returns
    -------
    tuple of numpy.ndarray of int, shape (p,)
        First and last place of the tie, 1 the best; equal where there is none.

    Raises
    ------
    ParameterError
        For missing or infinite scores.

    Examples
    --------
    >>> first, last = tied_places([0.4, 0.6, 0.4])
    >>> first.tolist(), last.tolist()
    ([2, 1, 2], [3, 1, 3])
    """
    given = numbers("score", score)
    alike = np.round(-given / (np.ptp(given) or 1.0), _ALIKE)
    first, last = (rankdata(alike, method=method) for method in ("min", "max"))
    return first.astype(np.int64), last.astype(np.int64)
