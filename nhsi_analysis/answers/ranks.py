"""A unit's place among others, ties as ties, with the range that chance leaves it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from notebook_reports.evidence import Estimate, words
from policy_methods.ranking import posterior_ranks

_NODES = 64
"""Half of the default: ends of a range move by a place at most."""


def place(
    values: pd.Series, se: pd.Series, unit: object, *, confidence: float = 0.95, label: str = ""
) -> Estimate:
    """Place a unit among others, the highest value first.

    Parameters
    ----------
    values, se : pandas.Series
        Three or more numbers by unit, and their standard errors in the same order.
    unit : object
        Label of the unit in the index.
    confidence : float
        Level of the range.
    label : str
        Sentence-ready words for what the place is.

    Returns
    -------
    Estimate
        The place as ``said``, "5th of 19" or "tied 5th to 8th of 19"; its ends are those of the
        place under a two-level model, in which true values vary normally between units.

    Examples
    --------
    >>> shares = pd.Series({"A": 0.6, "B": 0.4, "C": 0.4})
    >>> print(place(shares, shares * 0 + 0.01, "B"))
    tied 2nd to 3rd of 3 (2 to 3)
    """
    own = int(np.flatnonzero(values.index == unit)[0])
    model = posterior_ranks(values, se, confidence=confidence, nodes=_NODES, of=[own])
    first = int(model.rank[0])
    last = first + int((values == values.iloc[own]).sum()) - 1
    tied = f"tied {words.ordinal(first)} to {words.ordinal(last)}"
    return Estimate(
        value=first,
        low=float(model.lower[0]),
        high=float(model.upper[0]),
        n=len(values),
        said=f"{words.ordinal(first) if first == last else tied} of {len(values)}",
        label=label,
        confidence=confidence,
        kind="credible interval",
    )
