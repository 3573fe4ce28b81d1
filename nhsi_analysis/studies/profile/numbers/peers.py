"""Who a trust is, and which trusts it is fair to set it beside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.answers.emergency import MAJOR, pieces
from nhsi_analysis.answers.trusts import Succession, became

_SURVEYED_AS = {"R1F1": "R1F"}
"""Isle of Wight is surveyed by sector; that of its hospital is the one its peers are like."""


@dataclass(frozen=True)
class Identity:
    """A trust and its peers.

    Parameters
    ----------
    code, name : str
        As in the register of trusts.
    succession : Succession or None
        What became of it, as far as known by the date.
    kind, peers : str, tuple of str
        What it and its peers are, "non-specialist acute trusts"; codes of the peers.
    """

    code: str
    name: str
    succession: Succession | None
    kind: str
    peers: tuple[str, ...]

    def group(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of the trust and its peers."""
        return rows[rows["org_code"].isin([self.code, *self.peers])]

    def alike(self, rows: pd.DataFrame, kind: str) -> tuple[pd.DataFrame, str, str]:
        """Return the rows of its kind by a column of the table's own, that kind, and its name."""
        same = rows["org_code"] == self.code
        mine = same
        if self.succession is not None:  # a later body may have kept the code
            began = rows.filter(regex="year").iloc[:, 0].astype(str).str[:4].astype(int)
            mine = same & (began <= self.succession.since.year)
        own = rows[mine]
        latest, name = ("", "") if own.empty else own[[kind, "org_name"]].iloc[-1]
        rows = rows[mine | (~same & (rows[kind] == latest))]
        return rows, latest, self.name if _plain(name) == _plain(self.name) else name


def load(name: str) -> pd.DataFrame:
    """Return a table without its provenance, which pandas would copy at every step."""
    table = datasets.load(name)
    table.attrs = {}
    return table.assign(org_code=table["org_code"].replace(_SURVEYED_AS))


def row(table: pd.DataFrame, position: int = -1) -> dict[str, Any]:
    """Return a row as a dict of column to value; the last by default."""
    return {str(name): table.iloc[position, i] for i, name in enumerate(table.columns)}


def identify(trust: str, until: pd.Timestamp) -> Identity:
    """Look a trust up and choose its peers.

    What became of it, and which departments trusts reported, is told up to a day. Peers are trusts
    of its type in the register, specialist acute trusts apart. A trust with a major A&E department
    is an acute one whatever it is called.
    """
    trusts = load("trusts").set_index("org_code")
    kinds = trusts["trust_type"].str.lower() + " trusts"
    national = [piece.of_departments(MAJOR).rows for piece in pieces(until) if piece.national]
    seen = pd.concat([load("ae_monthly").iloc[:0], *national])
    major = seen.loc[seen["attendances"] > 0, "org_code"]
    kinds[(kinds == "acute trusts") | kinds.index.isin(major)] = "non-specialist acute trusts"
    kinds[trusts["specialist"].fillna(value=False).astype(bool)] = "specialist acute trusts"
    kinds = kinds.fillna("trusts of unknown type")
    kind = str(kinds[trust])
    others = tuple(kinds.index[(kinds == kind) & (kinds.index != trust)])
    return Identity(trust, str(trusts["org_name"][trust]), became(trust, until), kind, others)


def _plain(name: str) -> str:
    return name.casefold().removeprefix("the ").replace("&", "and").replace(".", "")
