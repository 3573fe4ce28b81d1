"""Who a trust is, which trusts it is fair to set it beside, and its numbers beside theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nhsi_analysis import datasets
from notebook_reports.evidence import Estimate

ENOUGH_PEERS = 4
"""Peers below which there is no middle half to speak of."""
_SECTOR_SURVEYED = {"R1F1": "R1F"}
"""Isle of Wight is surveyed by sector; that of its hospital is the one its peers are like."""


@dataclass(frozen=True)
class Succession:
    """What became of a trust.

    Parameters
    ----------
    name : str
        The organisation that took it over.
    since : pandas.Timestamp
        First day under it.
    whole : bool
        Whether all of it went there.
    """

    name: str
    since: pd.Timestamp
    whole: bool


@dataclass(frozen=True)
class Identity:
    """A trust and its peers.

    Parameters
    ----------
    code, name : str
        ODS code and name.
    trust_type, region : str or None
        As the register of trusts has them.
    opened, closed : pandas.Timestamp or None
        As the register of trusts has them.
    succession : Succession or None
        What became of it since, as far as known by the date.
    peers : tuple of str
        Codes of the trusts of its kind, without its own.
    kind : str
        What it and its peers are, in the plural: "non-specialist acute trusts".
    """

    code: str
    name: str
    trust_type: str | None
    region: str | None
    opened: pd.Timestamp | None
    closed: pd.Timestamp | None
    succession: Succession | None
    peers: tuple[str, ...]
    kind: str

    def group(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of the trust and its peers."""
        return rows[rows["org_code"].isin([self.code, *self.peers])]

    def alike(self, rows: pd.DataFrame, kind: str) -> tuple[pd.DataFrame, str]:
        """Return the rows of its latest ``kind``, a column of the table's own, and that kind."""
        own = rows.loc[rows["org_code"] == self.code, kind]
        latest = "" if own.empty else str(own.iloc[-1])
        return rows[(rows[kind] == latest) | (rows["org_code"] == self.code)], latest

    def name_in(self, rows: pd.DataFrame) -> str:
        """Return its name in the last of its rows, where it differs from that of the register."""
        own = rows[rows["org_code"] == self.code]
        new = self.name if own.empty else str(own["org_name"].iloc[-1])
        return self.name if _plain(new) == _plain(self.name) else new


def load(name: str) -> pd.DataFrame:
    """Return a table without its provenance, which pandas would copy at every step.

    The provenance is listed all the same: :func:`nhsi_analysis.datasets.reads` keeps it.
    """
    table = datasets.load(name)
    table.attrs = {}
    return table.assign(org_code=table["org_code"].replace(_SECTOR_SURVEYED))


def row(table: pd.DataFrame, position: int = -1) -> dict[str, Any]:
    """Return a row as a dict of column to value; the last by default."""
    return {str(name): table.iloc[position, i] for i, name in enumerate(table.columns)}


def keyed(table: pd.DataFrame, column: str, value: object) -> dict[str, Any]:
    """Return the first row whose ``column`` holds ``value``."""
    return row(table, int(np.flatnonzero(table[column] == value)[0]))


def identify(trust: str, until: pd.Timestamp) -> Identity:
    """Look a trust up and choose its peers.

    Parameters
    ----------
    trust : str
        ODS code, such as "RL4".
    until : pandas.Timestamp
        Last day of what became of it.

    Notes
    -----
    Peers are trusts of its type in the register, specialist acute trusts apart. A trust with a
    major A&E department is an acute one whatever the register calls it.
    """
    trusts = load("trusts").set_index("org_code")
    kinds = trusts["trust_type"].str.lower() + " trusts"
    attended = load("ae_monthly").query("department_type == '1' and attendances > 0")["org_code"]
    kinds[(kinds == "acute trusts") | kinds.index.isin(attended)] = "non-specialist acute trusts"
    kinds[trusts["specialist"].fillna(value=False).astype(bool)] = "specialist acute trusts"
    kind = kinds.fillna("trusts of all types")[trust]
    alike = kinds.notna() if kind == "trusts of all types" else kinds == kind
    found = {k: None if pd.isna(v) else v for k, v in trusts.loc[trust].items()}
    return Identity(
        code=trust,
        name=str(found["org_name"]),
        trust_type=found["trust_type"],
        region=found["region"],
        opened=found["open_date"],
        closed=found["close_date"],
        succession=_succession(trust, until),
        peers=tuple(trusts.index[alike & (trusts.index != trust)]),
        kind=str(kind),
    )


def _succession(trust: str, until: pd.Timestamp) -> Succession | None:
    rows = load("trust_successions")
    rows = rows[(rows["org_code"] == trust) & (rows["effective_date"] <= until)]
    if rows.empty:
        return None
    found = row(rows.sort_values("effective_date"))
    return Succession(found["successor_name"], found["effective_date"], found["share"] == "whole")


def beside_peers(
    code: str, rows: pd.DataFrame, by: str, value: str, keep: Sequence[str]
) -> pd.DataFrame:
    """Put a trust's numbers beside the median and the middle half of its peers'.

    Parameters
    ----------
    code : str
        The trust.
    rows : DataFrame
        ``org_code``, ``by``, ``value`` and ``keep``, one row a trust and value of ``by``: the
        trust's and its peers'.
    by : str
        What numbers are compared within, such as the year.
    value : str
        The number.
    keep : sequence of str
        Other columns of the trust's own.

    Returns
    -------
    DataFrame
        In order of ``by``: ``by``, ``keep``, ``value``, ``peer_median``, ``peer_low``,
        ``peer_high`` (quartiles, missing below 4 peers) and ``peers``. Empty where the trust has
        no numbers.
    """
    mine = rows["org_code"] == code
    grouped = rows[~mine].groupby(by)[value]
    size = grouped.size()
    peers = pd.DataFrame(
        {
            "peer_median": grouped.median(),
            "peer_low": grouped.quantile(0.25).where(size >= ENOUGH_PEERS),
            "peer_high": grouped.quantile(0.75).where(size >= ENOUGH_PEERS),
            "peers": size,
        }
    )
    merged = rows.loc[mine, [by, *keep, value]].merge(
        peers, left_on=by, right_index=True, how="left"
    )
    merged["peers"] = merged["peers"].fillna(0).astype(int)
    return merged.sort_values(by).reset_index(drop=True)


def latest_beside_peers(years: pd.DataFrame, value: str, label: str) -> Estimate | None:
    """Make an estimate of the last row of such a table, its range the middle half of peers.

    ``label`` is a sentence-ready format of the row's first column; None where there is no row.
    """
    if years.empty:
        return None
    last = row(years)
    known = last["peers"] >= ENOUGH_PEERS
    return Estimate(
        value=float(last[value]),
        low=float(last["peer_low"]) if known else None,
        high=float(last["peer_high"]) if known else None,
        unit="share",
        n=int(last["peers"]),
        kind="peers",
        label=label.format(years.iloc[-1, 0]),
    )


def _plain(name: str) -> str:
    return name.casefold().removeprefix("the ")
