"""How sure is a composite: the standard error of a weighted sum of indicators."""

from __future__ import annotations

import numpy as np
import pandas as pd

from policy_methods.checks import number


def weighted_error(
    part: pd.DataFrame, error: pd.DataFrame, rounding: pd.Series, correlation: float
) -> pd.Series:
    """Find the standard errors of weighted sums of indicators.

    Parameters
    ----------
    part : pandas.DataFrame, units by indicators
        What one unit of each indicator adds to the sum: its weight, over its spread where
        indicators are standardised.
    error : pandas.DataFrame, units by indicators
        Sampling errors; a missing one adds nothing.
    rounding : pandas.Series, by indicator
        Standard deviation of what rounding did to each, independent of everything else.
    correlation : float
        Correlation of the sampling errors of one unit's indicators, from 0 to 1.

    Returns
    -------
    pandas.Series
        One standard error a unit.

    Raises
    ------
    ParameterError
        For a correlation outside 0 to 1.

    Examples
    --------
    >>> part = pd.DataFrame({"a": [0.5], "b": [0.5]})
    >>> error, none = pd.DataFrame({"a": [3.0], "b": [3.0]}), pd.Series({"a": 0.0, "b": 0.0})
    >>> [round(float(weighted_error(part, error, none, rho).iloc[0]), 2) for rho in (0, 1)]
    [2.12, 3.0]
    """
    correlation = number("correlation", correlation, least=0, most=1)
    each = part * error.fillna(0)
    variance = (1 - correlation) * (each**2).sum(axis=1) + correlation * each.sum(axis=1) ** 2
    return pd.Series(np.sqrt(variance + ((part * rounding) ** 2).sum(axis=1)))
