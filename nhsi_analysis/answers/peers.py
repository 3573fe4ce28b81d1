"""Where a trust's number lies among those of its peers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from notebook_reports.evidence import Estimate

ENOUGH = 4
"""Peers below which there is no middle half to speak of."""


def beside_peers(
    code: str, rows: pd.DataFrame, by: str, value: str, keep: Sequence[str]
) -> pd.DataFrame:
    """Put a trust's numbers beside the median and the middle half of its peers'.

    Parameters
    ----------
    code : str
        The trust.
    rows : DataFrame
        Of the trust and its peers, one row a trust and value of ``by``.
    by, value : str
        Columns: what numbers are compared within, such as the year; the number.
    keep : sequence of str
        Other columns of the trust's own.

    Returns
    -------
    DataFrame
        In order of ``by``: ``by``, ``keep``, ``value``, ``peer_median``, ``peer_low``,
        ``peer_high`` (quartiles, missing below :data:`ENOUGH` peers) and ``peers``. Empty where
        the trust has no numbers.
    """
    mine = (rows["org_code"] == code).to_numpy()
    own = rows[mine][[by, *keep, value]].sort_values(by, ignore_index=True)
    groups = pd.Index(own[by].unique())
    group = groups.get_indexer(rows[by])
    numbers = rows[value].to_numpy(dtype=float, na_value=np.nan)
    other = ~mine & (group >= 0)
    known = other & ~np.isnan(numbers)
    peers = np.bincount(group[other], minlength=len(groups))
    n = np.bincount(group[known], minlength=len(groups))
    # Each group's numbers in order, one group after the other; one more, for groups without any.
    ordered = np.append(numbers[known][np.lexsort((numbers[known], group[known]))], np.nan)
    start = np.cumsum(n) - n

    def quantile(share: float, least: int) -> np.ndarray:
        at = share * np.maximum(n - 1, 0)
        low = start + at.astype(int)
        below, above = ordered[low], ordered[np.minimum(low + 1, len(ordered) - 1)]
        found = np.where(at % 1 > 0, below + (above - below) * (at % 1), below)
        return np.where((n > 0) & (peers >= least), found, np.nan)

    beside = {
        "peer_median": quantile(0.5, 0),
        "peer_low": quantile(0.25, ENOUGH),
        "peer_high": quantile(0.75, ENOUGH),
        "peers": peers,
    }
    at = groups.get_indexer(own[by])
    return pd.DataFrame({**own, **{name: found[at] for name, found in beside.items()}})


def newest(
    table: pd.DataFrame,
    value: str,
    label: str,
    confidence: float | None = None,
    decimals: int = 1,
) -> Estimate | None:
    """Make an estimate of the last row of such a table; None where there is no row.

    Its range is its own ``low`` to ``high`` where it has a level, the middle half of peers
    otherwise. ``label`` is a format of the row's first column.
    """
    if table.empty:
        return None
    last = table.iloc[-1]
    names = ("low", "high") if confidence else ("peer_low", "peer_high")
    low, high = (None if pd.isna(last[name]) else float(last[name]) for name in names)
    number = last["respondents" if confidence else "peers"]
    return Estimate(
        value=float(last[value]),
        low=low,
        high=high,
        unit="share",
        n=None if pd.isna(number) else int(number),
        kind="confidence interval" if confidence else "peers",
        label=label.format(table.iloc[-1, 0]),
        confidence=confidence,
        decimals=decimals,
    )


def outside(estimate: Estimate | None) -> str:
    """Say on which side of its range a number lies: "above", "below" or nothing.

    Both are compared as written, so that what reads as the end of a range isn't outside it.
    """
    if estimate is None or estimate.low is None or estimate.high is None:
        return ""
    places = 3 if estimate.decimals is None else estimate.decimals + 2
    low, value, high = (round(x, places) for x in (estimate.low, estimate.value, estimate.high))
    return "above" if value > high else "below" if value < low else ""
