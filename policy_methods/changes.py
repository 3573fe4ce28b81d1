"""Who changed from one time to another by more than others do.

Changes are held against their average by a funnel that allows for the spread between units
(Spiegelhalter, Quality and Safety in Health Care 2005; 14:347), all units together by Holm's
method; and once more after allowing, by a line, for where each unit began, since a unit that was
far out by luck tends to come back (regression to the mean).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from policy_methods.checks import check_confidence
from policy_methods.errors import ParameterError
from policy_methods.funnel import FunnelResult, funnel_normal
from policy_methods.results import Result

__all__ = ["FEWEST", "Changes", "changes", "held_against"]

FEWEST = 20
"""Units below which no spread between them is estimated."""


@dataclass(frozen=True)
class Changes(Result):
    """Changes of units, held against each other.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a unit, its index: ``before``, ``after``, ``change``, ``noise``, ``side`` (1 above
        the others' changes, -1 below, 0 for neither), ``alone`` (whether it differs from the
        average change by more than its own noise would do), ``given_start`` (``side`` after
        allowing for ``before``).
    funnel : FunnelResult
        Changes by their noise, the spread between units in the limits.
    slope : float
        Change that goes with a value higher by one before.
    """

    table: pd.DataFrame
    funnel: FunnelResult
    slope: float

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the table."""
        return self.table.copy()


def held_against(change: pd.Series, noise: pd.Series, confidence: float = 0.95) -> FunnelResult:
    """Hold changes against their average and the spread between units (winsorised).

    Parameters and errors as in :func:`changes`.
    """
    levels = tuple(sorted({check_confidence(confidence), 0.998}))
    return funnel_normal(
        change, noise, levels=levels, overdispersion="winsorised", units=[*map(str, change.index)]
    )


def changes(
    before: pd.Series, after: pd.Series, noise: pd.Series, confidence: float = 0.95
) -> Changes:
    """Find the outliers of the spread of units' changes.

    Parameters
    ----------
    before, after : pandas.Series of float
        Values by unit, with one index.
    noise : pandas.Series of float
        Standard error of each change by what is known of the unit alone.
    confidence : float
        Level of the family of tests.

    Raises
    ------
    ParameterError
        For fewer than 20 units, another index, and as :func:`funnel_normal`.

    Examples
    --------
    >>> before = pd.Series(0.5, index=[f"unit {i}" for i in range(30)])
    >>> after = before + pd.Series([-0.01, 0.01] * 14 + [0.01, 0.5], index=before.index)
    >>> found = changes(before, after, 0.01 + 0 * before).table["side"]
    >>> found[found != 0].to_dict()
    {'unit 29': 1}
    """
    if len(before) < FEWEST:
        raise ParameterError("before", f"must have {FEWEST} units or more", value=len(before))
    if not (before.index.equals(after.index) and before.index.equals(noise.index)):
        raise ParameterError("before", "must have the units of after and noise, in their order")
    change = after - before
    found = held_against(change, noise, confidence)
    slope, level = 0.0, float(change.mean())
    if np.ptp(before) > 0:
        slope, level, *_ = map(float, stats.linregress(before, change))
    beyond = change - level - slope * before
    table = pd.DataFrame(
        {
            "before": before,
            "after": after,
            "change": change,
            "noise": noise,
            "side": found.sides(confidence),
            "alone": funnel_normal(change, noise).sides(confidence) != 0,
            "given_start": held_against(beyond, noise, confidence).sides(confidence),
        }
    )
    return Changes(table, found, slope)
