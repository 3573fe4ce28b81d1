"""Series without the effects of the season."""

from __future__ import annotations

import pandas as pd
from statsmodels.tsa.seasonal import STL

from policy_methods.errors import ParameterError

__all__ = ["deseasonalised"]


def deseasonalised(values: pd.Series, period: int = 12) -> pd.Series:
    """Take out effects of the season that are the same in all years.

    By STL with a seasonal part that doesn't change (Cleveland and others 1990, Journal of Official
    Statistics 6:3), robust to single values far out.

    Parameters
    ----------
    values : pandas.Series of float
        An unbroken run of two periods or more.
    period : int
        Values of a year.

    Raises
    ------
    ParameterError
        For fewer than two periods.

    Examples
    --------
    >>> deseasonalised(pd.Series([1.0, 2.0, 3.0] * 4), 3).round(6).unique().tolist()
    [2.0]
    """
    if len(values) < 2 * period:
        raise ParameterError("values", "must hold two periods or more", value=len(values))
    fit = STL(values.to_numpy(), period=period, seasonal=9_999, seasonal_deg=0, robust=True).fit()
    adjusted: pd.Series = values - fit.seasonal
    return adjusted
