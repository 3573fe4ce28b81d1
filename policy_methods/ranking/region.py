"""A joint region for all ranks in closed form, and doubt about a cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import ndtri

from policy_methods.checks import check_confidence
from policy_methods.errors import ParameterError
from policy_methods.ranking.inputs import Bools, Ints, check_units, row_blocks
from policy_methods.results import Result


@dataclass(frozen=True)
class RankRegion(Result):
    """Joint confidence region for all ranks.

    Parameters
    ----------
    rank, lower, upper : numpy.ndarray of int, shape (p,)
        Rank by the estimate and the ends of each unit's set, 1 the best.
    critical_value : float
        Standard errors on either side of an estimate.
    index : pandas.Index
        Names of the units.
    """

    rank: Ints
    lower: Ints
    upper: Ints
    critical_value: float
    index: pd.Index

    def to_frame(self) -> pd.DataFrame:
        """Return one row a unit: rank, lower, upper."""
        return pd.DataFrame(
            {"rank": self.rank, "lower": self.lower, "upper": self.upper}, index=self.index
        )


def joint_rank_region(
    estimate: ArrayLike,
    se: ArrayLike,
    *,
    confidence: float = 0.95,
    higher_is_better: bool = True,
) -> RankRegion:
    """Joint region for all ranks from simultaneous intervals for the estimates.

    A unit's set leaves out the units whose whole interval lies above or below its own. Valid for
    all units at once, wider than :func:`rank_confidence_sets` with ``kind="simultaneous"``.

    Parameters
    ----------
    estimate, se : array-like, shape (p,)
        Independent estimates and standard errors.
    confidence : float
        Level, 0.5 to 0.999.
    higher_is_better : bool
        Direction of the estimate.

    Returns
    -------
    RankRegion
        Ranks and sets.

    Raises
    ------
    ParameterError
        For bad estimates or level.

    Notes
    -----
    z = Φ⁻¹(1 − (1 − confidence^(1/p)) / 2): Klein, Wright and Wieczorek, 'A joint confidence
    region for an overall ranking of populations', JRSS C, 2020.

    Examples
    --------
    >>> joint_rank_region([3.0, 2.0, 1.0], [0.1, 0.1, 0.9]).upper.tolist()
    [2, 3, 3]
    """
    level = check_confidence(confidence)
    units = check_units(estimate, se, higher_is_better=higher_is_better)
    p = len(units.x)
    z = float(ndtri(1 - (1 - level ** (1 / p)) / 2))
    low, high = units.x - z * units.se, units.x + z * units.se
    # Two exactly known equal units touch without either being ahead.
    better, worse = np.empty(p, dtype=np.int64), np.empty(p, dtype=np.int64)
    for rows in row_blocks(p, p):
        apart = units.x[rows, None] != units.x[None, :]
        better[rows] = np.sum((low[None, :] >= high[rows, None]) & apart, axis=1)
        worse[rows] = np.sum((high[None, :] <= low[rows, None]) & apart, axis=1)
    return RankRegion(
        rank=units.rank, lower=1 + better, upper=p - worse, critical_value=z, index=units.index
    )


class HasRankSets(Protocol):
    """Anything with ranks and the ends of their sets."""

    @property
    def rank(self) -> Ints: ...  # noqa: D102
    @property
    def lower(self) -> Ints: ...  # noqa: D102
    @property
    def upper(self) -> Ints: ...  # noqa: D102
    @property
    def index(self) -> pd.Index: ...  # noqa: D102


@dataclass(frozen=True)
class BoundaryDoubt(Result):
    """Which units lie on one side of a cut, and which can't be told.

    Parameters
    ----------
    cut : int
        Last rank above the boundary.
    above, below, doubtful : numpy.ndarray of bool, shape (p,)
        Whole set at or above rank ``cut``; whole set after it; set on both sides.
    rank : numpy.ndarray of int, shape (p,)
        Rank by the estimate.
    index : pandas.Index
        Names of the units.
    """

    cut: int
    above: Bools
    below: Bools
    doubtful: Bools
    rank: Ints
    index: pd.Index

    @property
    def counts(self) -> dict[str, int]:
        """Numbers of units above, doubtful and below."""
        return {
            "above": int(self.above.sum()),
            "doubtful": int(self.doubtful.sum()),
            "below": int(self.below.sum()),
        }

    def to_frame(self) -> pd.DataFrame:
        """Return one row a unit: rank and side ("above", "can't be told", "below")."""
        side = np.select([self.above, self.below], ["above", "below"], "can't be told")
        return pd.DataFrame({"rank": self.rank, "side": side}, index=self.index)


def boundary_doubt(sets: HasRankSets, cut: object) -> BoundaryDoubt:
    """Say which units can't be told to lie on one side of a cut in the ranking.

    Parameters
    ----------
    sets : RankSets or RankRegion
        Ranks with their confidence sets.
    cut : int
        Last rank above the boundary, from 1 to p − 1.

    Returns
    -------
    BoundaryDoubt
        Flags and counts.

    Raises
    ------
    ParameterError
        For a cut outside the ranking.

    Examples
    --------
    >>> region = joint_rank_region([3.0, 2.0, 1.0], [0.1, 0.1, 0.9])
    >>> boundary_doubt(region, 1).counts
    {'above': 0, 'doubtful': 2, 'below': 1}
    """
    p = len(sets.rank)
    if isinstance(cut, bool) or not isinstance(cut, int | np.integer) or not 1 <= cut < p:
        raise ParameterError("cut", f"must be a whole number from 1 to {p - 1}", value=cut)
    above, below = sets.upper <= cut, sets.lower > cut
    return BoundaryDoubt(
        cut=int(cut),
        above=above,
        below=below,
        doubtful=~above & ~below,
        rank=sets.rank,
        index=sets.index,
    )
