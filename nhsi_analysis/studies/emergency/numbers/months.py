"""England's months of A&E, piece by piece, and their XmR charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from statsmodels.tsa.seasonal import STL

from nhsi_analysis.answers.emergency import MAJOR, YEAR, Piece, chart_of
from policy_methods.spc import XmrResult

SEASONS = 2 * YEAR
"""Months from which effects of the season can be told from the rest."""
_CONSTANT = 9_999
"""Width of the seasonal smoother, in years, at which each month has one effect throughout."""


@dataclass(frozen=True, eq=False)
class Charted:
    """The months of a piece and their XmR chart.

    Parameters
    ----------
    piece : Piece
        What is counted: in the table by trust, only trusts that told breaches in each month.
    major : bool
        Whether only major departments count.
    months : pandas.DataFrame
        ``month``, ``attendances``, ``breaches``, ``share``.
    chart : XmrResult or None
        Of ``share``, less the effects of the season where the piece is long enough to tell them;
        None below 12 months.
    """

    piece: Piece
    major: bool
    months: pd.DataFrame
    chart: XmrResult | None

    @property
    def adjusted(self) -> bool:
        """Whether effects of the season are taken out."""
        return len(self.months) >= SEASONS

    @property
    def flagged(self) -> int:
        """Months that stand out by the chart's rules."""
        return 0 if self.chart is None else int((self.chart.points["rule"] != "").sum())


def charted(piece: Piece, *, major: bool = False) -> Charted:
    """Sum a piece's months and draw up their chart.

    Effects of the season are one for each month of the year, by STL with a seasonal part that
    doesn't change (Cleveland and others 1990, Journal of Official Statistics 6:3).
    """
    if major:
        piece = piece.of_departments(MAJOR)
    if not piece.national:
        joined = piece.joined()
        piece = joined.reporting(joined.rows["month"].unique())
    months = piece.monthly()
    if len(months) < YEAR:
        return Charted(piece, major, months, None)
    share = months["share"]
    if len(months) >= SEASONS:
        fitted = STL(share.to_numpy(), period=YEAR, seasonal=_CONSTANT, seasonal_deg=0, robust=True)
        share = share - fitted.fit().seasonal
    return Charted(piece, major, months, chart_of(share, months["month"]))


def side_by_side(charts: Sequence[Charted]) -> pd.DataFrame:
    """Return every month from the first to the last with ``all`` and ``major``, gaps missing."""
    parts = {
        major: pd.concat([c.months.set_index("month")["share"] for c in charts if c.major == major])
        for major in (False, True)
    }
    both = pd.DataFrame({"all": parts[False], "major": parts[True]})
    every = pd.date_range(both.index.min(), both.index.max(), freq="MS", name="month")
    return both.reindex(every).reset_index()
