"""Being in a state year after year: how it goes on and how long it lasts."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from policy_methods.checks import Floats, numbers
from policy_methods.errors import ParameterError

__all__ = ["spells", "yearly_steps"]


def yearly_steps(held: pd.DataFrame) -> pd.DataFrame:
    """Count for every two years on end how units went from a state or none to it or none.

    Parameters
    ----------
    held : pandas.DataFrame, shape (units, years)
        1 where a unit is in the state, 0 where it isn't, NaN where that isn't known.

    Returns
    -------
    pandas.DataFrame
        ``before``, ``after`` and counts ``stayed_in``, ``left``, ``fell_in``, ``stayed_out``.

    Raises
    ------
    ParameterError
        For anything but 0, 1 and NaN.

    Examples
    --------
    >>> yearly_steps(pd.DataFrame({2017: [1.0, 1.0, 0.0], 2018: [1.0, 0.0, 0.0]})).iloc[0].tolist()
    [2017, 2018, 1, 1, 0, 1]
    """
    values, rows = _states(held), []
    for at, (before, after) in enumerate(pairwise(held.columns)):
        then, now = values[:, at], values[:, at + 1]
        counts = [(then == a) & (now == b) for a, b in ((1, 1), (1, 0), (0, 1), (0, 0))]
        rows.append((before, after, *(int(each.sum()) for each in counts)))
    names = ["before", "after", "stayed_in", "left", "fell_in", "stayed_out"]
    return pd.DataFrame(rows, columns=names)


def spells(held: pd.DataFrame) -> pd.DataFrame:
    """Count spells in a state whose first year is seen, and after which year they ended.

    Parameters and errors as in :func:`yearly_steps`.

    Returns
    -------
    pandas.DataFrame
        ``years`` in the state on end, ``lasted`` (spells as long whose next year is known) and
        ``ended`` (those of them that ended then): the life table of the spells.
    """
    found: dict[int, list[int]] = {}
    for row in _states(held):
        length = 0  # of a spell whose beginning is seen
        for last, now in pairwise(row):
            if length and not np.isnan(now):
                counts = found.setdefault(length, [0, 0])
                counts[0], counts[1] = counts[0] + 1, counts[1] + int(now == 0)
            begins = last == 0 and now == 1
            length = 1 if begins else length + 1 if length and now == 1 else 0
    rows = [(years, *counts) for years, counts in sorted(found.items())]
    return pd.DataFrame(rows, columns=["years", "lasted", "ended"])


def _states(held: pd.DataFrame) -> Floats:
    values = numbers("held", held.to_numpy(dtype=float), ndim=2, missing=True)
    if not np.isin(values[~np.isnan(values)], (0, 1)).all():
        raise ParameterError("held", "must be 1 for in the state, 0 for not, NaN for unknown")
    return values
