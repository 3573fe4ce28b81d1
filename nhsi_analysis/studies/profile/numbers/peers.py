"""Who a trust is, which trusts it is fair to set it beside, and its numbers beside theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nhsi_analysis import datasets

_MINIMUM_PEERS = 5


@dataclass(frozen=True)
class Identity:
    """A trust and its peers.

    Parameters
    ----------
    code, name : str
        ODS code and name.
    trust_type, region, postcode : str or None
        As known; the postcode is that of its headquarters.
    specialist : bool
        Whether it is a specialist trust.
    opened, closed : pandas.Timestamp or None
        As known.
    peers : tuple of str
        Codes of the trusts of its kind, without its own.
    kind : str
        What it and its peers are, in the plural: "acute trusts".
    """

    code: str
    name: str
    trust_type: str | None
    region: str | None
    specialist: bool
    postcode: str | None
    opened: pd.Timestamp | None
    closed: pd.Timestamp | None
    peers: tuple[str, ...]
    kind: str

    def group(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of the trust and its peers."""
        return rows[rows["org_code"].isin([self.code, *self.peers])]

    def later_name(self, rows: pd.DataFrame, by: str) -> str:
        """Return its name in the last of its rows, by ``by``; nothing where that is unchanged."""
        own = rows[rows["org_code"] == self.code].sort_values(by)
        new = "" if own.empty else str(own["org_name"].iloc[-1])
        return "" if _plain(new) == _plain(self.name) else new


def load(name: str) -> pd.DataFrame:
    """Return a table without its provenance, which pandas would copy at every step.

    The provenance is listed all the same: :func:`nhsi_analysis.datasets.reads` keeps it.
    """
    table = datasets.load(name)
    table.attrs = {}
    return table


def row(table: pd.DataFrame, position: int = -1) -> dict[str, Any]:
    """Return a row as a dict of column to value; the last by default."""
    return {str(name): table.iloc[position, i] for i, name in enumerate(table.columns)}


def keyed(table: pd.DataFrame, column: str, value: object) -> dict[str, Any]:
    """Return the first row whose ``column`` holds ``value``."""
    return row(table, int(np.flatnonzero(table[column] == value)[0]))


def identify(trust: str) -> Identity:
    """Look a trust up and choose its peers: trusts of its type, acute specialists apart.

    Parameters
    ----------
    trust : str
        ODS code, such as "RL4".
    """
    table = load("trusts")
    trusts = table.set_index("org_code")
    found = {k: None if pd.isna(v) else v for k, v in keyed(table, "org_code", trust).items()}
    trust_type, specialist = found["trust_type"], bool(found["specialist"])
    kind = "trusts of all types"
    alike: pd.Series = pd.Series(True, index=trusts.index)
    if trust_type is not None:
        kind = f"{trust_type.lower()} trusts"
        alike = trusts["trust_type"] == trust_type
        if trust_type == "Acute":
            same = alike & (trusts["specialist"].fillna(value=False) == specialist)
            if same.sum() > _MINIMUM_PEERS:
                kind = f"{'specialist' if specialist else 'non-specialist'} {kind}"
                alike = same
    return Identity(
        code=trust,
        name=str(found["org_name"]),
        trust_type=trust_type,
        region=found["region"],
        specialist=specialist,
        postcode=found["postcode"],
        opened=found["open_date"],
        closed=found["close_date"],
        peers=tuple(trusts.index[alike & (trusts.index != trust)]),
        kind=kind,
    )


def beside_peers(
    who: Identity, rows: pd.DataFrame, by: str, value: str, keep: Sequence[str]
) -> pd.DataFrame:
    """Put a trust's numbers beside the median and the middle half of its peers'.

    Parameters
    ----------
    who : Identity
        The trust and its peers.
    rows : DataFrame
        ``org_code``, ``by``, ``value`` and ``keep``, one row a trust and value of ``by``.
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
        ``peer_high`` (quartiles) and ``peers``. Empty where the trust has no numbers.
    """
    mine = rows["org_code"] == who.code
    grouped = rows[~mine].groupby(by)[value]
    peers = pd.DataFrame(
        {
            "peer_median": grouped.median(),
            "peer_low": grouped.quantile(0.25),
            "peer_high": grouped.quantile(0.75),
            "peers": grouped.size(),
        }
    )
    merged = rows.loc[mine, [by, *keep, value]].merge(
        peers, left_on=by, right_index=True, how="left"
    )
    merged["peers"] = merged["peers"].fillna(0).astype(int)
    return merged.sort_values(by).reset_index(drop=True)


def _plain(name: str) -> str:
    return name.casefold().removeprefix("the ")
