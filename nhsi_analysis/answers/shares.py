"""A share of trusts, with its interval."""

from __future__ import annotations

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
