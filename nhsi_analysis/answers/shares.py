"""Shares of trusts and of those who answered, with their doubt."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from notebook_reports.evidence import Estimate
from policy_methods.shares import wilson


def share(count: int, total: int, *, confidence: float = 0.95, label: str = "") -> Estimate:
    """Estimate one share with its Wilson interval, ready to be written in a sentence.

    Parameters
    ----------
    count, total : int
        How many of how many; `total` is at least 1.
    confidence : float
        Level of the interval.
    label : str
        Sentence-ready words for what the share is.

    Returns
    -------
    Estimate
        Share from 0 to 1 with unit "share" and `n` the total.

    Raises
    ------
    ParameterError
        As :func:`policy_methods.shares.wilson`.

    Examples
    --------
    >>> print(share(103, 230))
    44.8% (38.5% to 51.2%)
    """
    result = wilson(count, total, confidence)
    return Estimate(
        value=float(result.value[0]),
        low=float(result.low[0]),
        high=float(result.high[0]),
        unit="share",
        n=int(result.total[0]),
        label=label,
        confidence=result.confidence,
    )


def rounding_variance(share: pd.Series) -> float:
    """Return the variance that rounding adds to shares which are sums of two whole percentages.

    Nought where any of the shares, from 0 to 1, isn't a whole percentage.
    """
    whole = np.allclose(share * 100, (share * 100).round())
    return 2 / 12 / 100**2 if whole else 0.0


def standard_errors(share: pd.Series, total: pd.Series) -> pd.Series:
    """Return the standard errors of published shares of those who answered.

    Parameters
    ----------
    share : pandas.Series
        Shares from 0 to 1; their :func:`rounding_variance` joins the error.
    total : pandas.Series
        How many answered. Half an answer either way keeps the error of 0 or 1 above nought.
    """
    smoothed = (share * total + 0.5) / (total + 1)
    return (smoothed * (1 - smoothed) / total + rounding_variance(share)) ** 0.5


def with_intervals(
    table: pd.DataFrame, confidence: float, rounding: float | None = None
) -> pd.DataFrame:
    """Put ``low`` and ``high``, the ends of Wilson intervals, beside published shares.

    Parameters
    ----------
    table : pandas.DataFrame
        ``share``, from 0 to 1, and ``respondents``; without these no ends are known.
    confidence : float
        Level of each interval.
    rounding : float, optional
        Variance that rounding adds; by default the :func:`rounding_variance` of the table's shares.
    """
    # As arrays: of a few rows, pandas' own steps would take ten times as long.
    share = table["share"].to_numpy(dtype=float)
    unknown = table["respondents"].isna().to_numpy()
    answers = table["respondents"].fillna(1).to_numpy(dtype=int)
    counted = wilson(np.rint(share * answers).astype(int), answers, confidence)
    added = rounding_variance(table["share"]) if rounding is None else rounding
    half = float(ndtri((1 + confidence) / 2)) * added**0.5
    low = np.maximum(share - np.hypot(share - counted.low, half), 0)
    high = np.minimum(share + np.hypot(share - counted.high, half), 1)
    low[unknown] = high[unknown] = np.nan
    return table.assign(low=low, high=high)
