"""Who a trust is, and which trusts it is fair to set it beside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.answers.peers import Ints, Numbers
from nhsi_analysis.answers.surveys import of_trusts
from nhsi_analysis.answers.trusts import Succession, became, kinds
from policy_methods.results import Result

THEN = pd.Timestamp("2019-03-31")
"""Day up to which ratings, accounts and older surveys go: peers are those of that time."""


@dataclass(frozen=True)
class Identity(Result):
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

    def beside(self, held: Numbers) -> pd.DataFrame:
        """Put the trust's numbers beside its peers'."""
        return held.beside(held.rows_of(self.code), held.rows_of(*self.peers))

    def alike(self, held: Numbers, kind: str) -> tuple[Ints, Ints, str, str]:
        """Return its rows, those of its kind by a column of the table, that kind, and its name."""
        own = held.rows_of(self.code)
        if self.succession is not None:  # a later body may have kept the code
            began = held.rows[held.by].iloc[own].astype(str).str[:4].astype(int)
            own = own[(began <= self.succession.since.year).to_numpy()]
        latest, name = held.rows[[kind, "org_name"]].iloc[own[-1]] if len(own) else ("", "")
        others = np.flatnonzero(held.rows[kind] == latest)
        others = others[~np.isin(others, held.rows_of(self.code))]
        return own, others, latest, self.name if _plain(name) == _plain(self.name) else name


@datasets.remembered
def load(name: str) -> pd.DataFrame:
    """Return a table without its provenance, which pandas would copy at every step."""
    table = datasets.load(name)
    table.attrs = {}
    return of_trusts(table)


def row(table: pd.DataFrame, position: int = -1) -> dict[str, Any]:
    """Return a row as a dict of column to value; the last by default."""
    return {str(name): table.iloc[position, i] for i, name in enumerate(table.columns)}


def identify(trust: str, until: pd.Timestamp) -> Identity:
    """Look a trust up and choose its peers.

    What became of it, and which departments trusts reported, is told up to a day. Peers are trusts
    of its kind, see :func:`~nhsi_analysis.answers.trusts.kinds`.
    """
    names, alike = _names(), kinds(until)
    kind = str(alike[trust])
    others = tuple(code for code in alike.index[alike == kind] if code != trust)
    return Identity(trust, str(names[trust]), became(trust, until), kind, others)


@datasets.remembered
def _names() -> pd.Series:
    found: pd.Series = load("trusts").set_index("org_code")["org_name"]
    return found


def _plain(name: str) -> str:
    return name.casefold().removeprefix("the ").replace("&", "and").replace(".", "")
