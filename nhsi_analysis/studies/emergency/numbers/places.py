"""England's months piece by piece with their XmR charts; regions and trusts in the newest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from nhsi_analysis.answers.emergency import MAJOR, YEAR, Piece, chart_of, shares
from nhsi_analysis.answers.regions import regions_today
from policy_methods.results import Result
from policy_methods.season import deseasonalised
from policy_methods.spc import XmrResult

ENGLAND = "England"


@dataclass(frozen=True, eq=False)
class Charted(Result):
    """The months of a piece and their XmR chart.

    Parameters
    ----------
    piece : Piece
        In the table by trust, only trusts that told breaches in each month.
    major : bool
        Whether only major departments count.
    months : pandas.DataFrame
        ``month``, ``attendances``, ``breaches``, ``share``.
    chart : XmrResult or None
        Of ``share``, less effects of the season from 24 months on; None below 12 months.
    """

    piece: Piece
    major: bool
    months: pd.DataFrame
    chart: XmrResult | None

    @property
    def adjusted(self) -> bool:
        """Whether effects of the season are taken out."""
        return len(self.months) >= 2 * YEAR


def charted(piece: Piece, *, major: bool = False) -> Charted:
    """Sum a piece's months and draw up their chart."""
    if major:
        piece = piece.of_departments(MAJOR)
    if not piece.national:
        joined = piece.joined()
        piece = joined.reporting(joined.rows["month"].unique())
    found = Charted(piece, major, piece.monthly(), None)
    share, months = found.months["share"], found.months["month"]
    if len(months) < YEAR:
        return found
    chart = chart_of(deseasonalised(share) if found.adjusted else share, months)
    return Charted(piece, major, found.months, chart)


def side_by_side(charts: Sequence[Charted]) -> pd.DataFrame:
    """Return every month from the first to the last with ``all`` and ``major``, gaps missing."""
    parts = {
        major: pd.concat([c.months.set_index("month")["share"] for c in charts if c.major == major])
        for major in (False, True)
    }
    both = pd.DataFrame({"all": parts[False], "major": parts[True]})
    every = pd.date_range(both.index.min(), both.index.max(), freq="MS", name="month")
    return both.reindex(every).reset_index()


@dataclass(frozen=True, eq=False)
class Places(Result):
    """Regions and trusts over the newest 12 months, or as many as there are.

    Parameters
    ----------
    span : str
        The months: "12 months to March 2026".
    last : Timestamp
        The newest of them.
    regions : pandas.DataFrame
        ``region`` (England first, then by ``major``), ``attendances``, ``share`` and ``major``,
        the share at major departments.
    trusts : pandas.DataFrame
        The same of trusts with a major department, by code, with their ``region``.
    """

    span: str
    last: pd.Timestamp
    regions: pd.DataFrame
    trusts: pd.DataFrame


def places(piece: Piece) -> Places:
    """Sum the newest 12 months of a piece by region of today and by trust."""
    held = piece.rows["month"].sort_values().unique()[-YEAR:]
    rows = piece.rows[piece.rows["month"].isin(held) & (piece.rows["attendances"] > 0)]
    rows = rows.assign(region=rows["org_code"].map(regions_today()), england=ENGLAND)
    whole = _by(rows, "england").rename_axis("region")
    regional = pd.concat([whole, _by(rows, "region").sort_values("major", ascending=False)])
    trusts = _by(rows, "org_code").dropna(subset=["major"])
    trusts["region"] = regions_today().reindex(trusts.index)
    span = f"{len(held)} months to {piece.last:%B %Y}"
    return Places(span, piece.last, regional.reset_index(), trusts)


def _by(rows: pd.DataFrame, key: str) -> pd.DataFrame:
    """Return attendances and shares by a column, at all and at major departments."""
    found = shares(rows, key).set_index(key)[["attendances", "share"]]
    major = shares(rows[rows["department_type"] == MAJOR], key).set_index(key)["share"]
    return found.assign(major=major)
