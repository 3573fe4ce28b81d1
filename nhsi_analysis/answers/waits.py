"""Waits for consultant-led treatment at the ends of months, trust by trust."""

from __future__ import annotations

from typing import Final

import pandas as pd

from nhsi_analysis import as_at, datasets

TABLE: Final = "rtt_monthly"
STANDARD: Final = 0.92
"""Share to have waited no more than 18 weeks by the NHS Constitution's operational standard."""


@datasets.remembered
def waiting(until: pd.Timestamp = as_at.OPEN_END) -> pd.DataFrame:
    """Return the waiting lists of trusts that were published by a day.

    Parameters
    ----------
    until : pandas.Timestamp
        Last day whose publications count.

    Returns
    -------
    pandas.DataFrame
        Rows of ``rtt_monthly`` on whom somebody waited, with ``share``, of those who had waited no
        more than 18 weeks.

    Examples
    --------
    >>> found = waiting().set_index(["org_code", "month"])
    >>> f"{found['share']['RL4', '2025-07-01']:.3f}"
    '0.552'
    """
    rows = datasets.load(TABLE)
    rows.attrs = {}
    out = as_at.published(TABLE, rows["month"] + pd.offsets.MonthEnd(0)) <= until
    rows = rows[out & (rows["incomplete"] > 0)]
    return rows.assign(share=rows["within_18_weeks"] / rows["incomplete"])
