"""Regions and trusts in the newest months that count every organisation."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from nhsi_analysis.answers.emergency import MAJOR, YEAR, Piece, shares
from nhsi_analysis.answers.emergency_claims import WINTER
from nhsi_analysis.answers.regions import regions_today
from nhsi_analysis.answers.trusts import names_today

ENGLAND = "England"


@dataclass(frozen=True, eq=False)
class Places:
    """Regions and trusts over the newest 12 months, or as many as there are.

    Parameters
    ----------
    months : tuple of Timestamp
        The months, oldest first.
    regions : pandas.DataFrame
        ``region`` (England first, then by ``major``), ``organisations``,
        ``attendances``, ``share``, ``major`` and ``winter``: shares at major departments, and over
        the months of winter among these.
    trusts : pandas.DataFrame
        The trusts with a major department, indexed by code: ``name``, ``region``, ``months``
        reported, ``attendances``, ``share``, ``major``, ``winter``, ``place`` by share, 1 the best,
        of those that reported each month.
    outside : int
        Attendances at organisations whose region isn't known.
    """

    months: tuple[pd.Timestamp, ...]
    regions: pd.DataFrame
    trusts: pd.DataFrame
    outside: int

    @property
    def span(self) -> str:
        """The months: "12 months to March 2026"."""
        return f"{len(self.months)} months to {self.months[-1]:%B %Y}"

    @property
    def england(self) -> pd.Series:
        """The row of England."""
        return self.regions.iloc[0]


def places(piece: Piece) -> Places:
    """Sum the newest 12 months of a piece by region of today and by trust."""
    held = piece.rows["month"].sort_values().unique()[-YEAR:]
    rows = piece.rows[piece.rows["month"].isin(held) & (piece.rows["attendances"] > 0)]
    rows = rows.assign(region=rows["org_code"].map(regions_today()), england=ENGLAND)
    regional = [_by(rows, "england").rename_axis("region"), _by(rows, "region")]
    regional[1] = regional[1].sort_values("major", ascending=False)
    trusts = _by(rows, "org_code").dropna(subset=["major"])
    trusts["months"] = rows.groupby("org_code")["month"].nunique()
    trusts["region"] = regions_today().reindex(trusts.index)
    trusts["name"] = names_today().reindex(trusts.index).fillna(trusts.index.to_series())
    whole = trusts["months"] == len(held)
    trusts["place"] = trusts["share"].where(whole).rank(ascending=False, method="min")
    outside = int(rows.loc[rows["region"].isna(), "attendances"].sum())
    return Places(tuple(pd.DatetimeIndex(held)), pd.concat(regional).reset_index(), trusts, outside)


def _by(rows: pd.DataFrame, key: str) -> pd.DataFrame:
    """Return attendances and shares by a column: all, at major departments, in winter."""
    parts = {
        "major": rows[rows["department_type"] == MAJOR],
        "winter": rows[rows["month"].dt.month.isin(WINTER)],
    }
    found = shares(rows, key).set_index(key)[["attendances", "share"]]
    found["organisations"] = rows.groupby(key)["org_code"].nunique()
    for name, part in parts.items():
        found[name] = shares(part, key).set_index(key)["share"]
    return found
