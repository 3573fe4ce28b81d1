"""Where a trust's number lies among those of its peers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from notebook_reports.evidence import Estimate
from policy_methods.results import Result

ENOUGH = 4
"""Peers below which there is no middle half to speak of."""


Ints = npt.NDArray[np.intp]
_NONE: Final[Ints] = np.empty(0, dtype=np.intp)


@dataclass(frozen=True)
class Numbers(Result):
    """Trusts' numbers, ready to be set beside those of any peers.

    Parameters
    ----------
    rows : pandas.DataFrame
        One row a trust and value of ``by``, in order of that; rows are meant by their places.
    by, value : str
        Columns: what numbers are compared within, such as the year; the number.
    keep : tuple of str
        Other columns of the trust's own.
    group, numbers : numpy.ndarray, shape (n,)
        Of each row, which of the values of ``by`` it has, and its number.
    at : mapping of str to numpy.ndarray
        Rows of each trust.
    """

    rows: pd.DataFrame
    by: str
    value: str
    keep: tuple[str, ...]
    group: Ints
    numbers: npt.NDArray[np.float64]
    at: Mapping[str, Ints]

    @classmethod
    def of(cls, rows: pd.DataFrame, by: str, value: str, keep: Sequence[str] = ()) -> Numbers:
        """Return the numbers of a table with a column ``org_code``."""
        rows = rows.sort_values(by, kind="stable", ignore_index=True)
        group = np.asarray(pd.factorize(rows[by])[0])
        numbers = rows[value].to_numpy(dtype=float, na_value=np.nan)
        held = rows.groupby("org_code").indices
        at = {str(code): np.asarray(rows_of) for code, rows_of in held.items()}
        return cls(rows, by, value, tuple(keep), group, numbers, at)

    def rows_of(self, *codes: str) -> Ints:
        """Return the rows of trusts, in order."""
        return np.sort(np.concatenate([_NONE, *(self.at.get(code, _NONE) for code in codes)]))

    def beside(self, own: Ints, others: Ints) -> pd.DataFrame:
        """Put a trust's rows beside the median and the middle half of others.

        Returns
        -------
        DataFrame
            As :func:`beside_peers`.
        """
        many = int(self.group.max(initial=0)) + 1
        group, numbers = self.group[others], self.numbers[others]
        known = ~np.isnan(numbers)
        peers = np.bincount(group, minlength=many)
        n = np.bincount(group[known], minlength=many)
        # Each group's numbers in order, group after group; one more, for groups without any.
        order = np.lexsort((numbers[known], group[known]))
        ordered = np.append(numbers[known][order], np.nan)
        start = np.cumsum(n) - n

        def quantile(share: float, least: int) -> npt.NDArray[np.float64]:
            at = share * np.maximum(n - 1, 0)
            low = start + at.astype(int)
            below, above = ordered[low], ordered[np.minimum(low + 1, len(ordered) - 1)]
            found = np.where(at % 1 > 0, below + (above - below) * (at % 1), below)
            return np.asarray(np.where((n > 0) & (peers >= least), found, np.nan)[self.group[own]])

        shown = (self.by, *self.keep, self.value)
        return pd.DataFrame(
            {
                **{name: self.rows[name].array.take(own) for name in shown},
                "peer_median": quantile(0.5, 0),
                "peer_low": quantile(0.25, ENOUGH),
                "peer_high": quantile(0.75, ENOUGH),
                "peers": peers[self.group[own]],
            }
        )


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
    held = Numbers.of(rows, by, value, keep)
    return held.beside(held.rows_of(code), held.rows_of(*(c for c in held.at if c != code)))


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
