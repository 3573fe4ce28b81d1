"""Being in a state year after year: how it goes on, how long it lasts, whether it breeds itself."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from statsmodels.stats.contingency_tables import StratifiedTable

from policy_methods.checks import Floats, numbers
from policy_methods.errors import ParameterError

__all__ = ["SideBySide", "side_by_side", "spells", "yearly_steps"]


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


@dataclass(frozen=True)
class SideBySide:
    """Whether years in a state stand side by side more often than units' own levels would have it.

    Parameters
    ----------
    near, apart : int
        Runs of four years with the state in one of the two middle ones and at one end: those that
        have the two on end, and those that have them parted.
    pvalue : float
        Chance of so uneven a split were a unit's years independent, whatever its own level and
        whatever each year was like.
    """

    near: int
    apart: int
    pvalue: float

    def to_frame(self) -> pd.DataFrame:
        """Return one row."""
        return pd.DataFrame([{"near": self.near, "apart": self.apart, "pvalue": self.pvalue}])


def side_by_side(held: pd.DataFrame) -> SideBySide | None:
    """Test whether the state makes itself likelier next year, a unit's level and the year aside.

    Parameters and errors as in :func:`yearly_steps`.

    Returns
    -------
    SideBySide or None
        None where no run of four years tells.

    Notes
    -----
    Chamberlain 1985 (Longitudinal Analysis of Labor Market Data): were years independent, the order
    of the middle ones would not depend on the ends once their number is given, whatever the unit's
    level. Runs that don't overlap, the newest first, are the strata of a Mantel-Haenszel test, so a
    year in which many came into the state counts on both sides. A cause that lasts for some years
    looks the same.
    """
    values, tables = _states(held), []
    for stop in range(values.shape[1], 3, -4):
        run = values[:, stop - 4 : stop]
        run = run[~np.isnan(run).any(axis=1)].astype(int)
        run = run[(run[:, 0] != run[:, 3]) & (run[:, 1] != run[:, 2])]
        table = np.zeros((2, 2))
        np.add.at(table, (run[:, 0], run[:, 1]), 1)
        if table.sum(axis=0).all() and table.sum(axis=1).all():
            tables.append(table)
    if not tables:
        return None
    near = sum(int(np.trace(table)) for table in tables)
    total = sum(int(table.sum()) for table in tables)
    return SideBySide(near, total - near, float(StratifiedTable(tables).test_null_odds().pvalue))


def _states(held: pd.DataFrame) -> Floats:
    values = numbers("held", held.to_numpy(dtype=float), ndim=2, missing=True)
    if not np.isin(values[~np.isnan(values)], (0, 1)).all():
        raise ParameterError("held", "must be 1 for in the state, 0 for not, NaN for unknown")
    return values
