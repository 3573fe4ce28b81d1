"""The league as it was published in March 2016, and how the replica lines up with it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.studies.league.numbers.agreement import spearman_interval
from nhsi_analysis.studies.league.numbers.table import CATEGORIES, League
from notebook_reports.evidence import Estimate
from policy_methods.composite import spearman

_DROP = re.compile(r"\b(the|nhs|foundation|trust|ft|hospitals?|university)\b")
# Renamed since the league; the register of 2018 knows them by their new names.
_RENAMED = {"Tameside Hospital NHS FT": "RMP"}
_FEWEST = 5
OUT = pd.Timestamp("2016-03-09")
"""The day the league came out."""


def league_register() -> pd.DataFrame:
    """Return the register of what was published of the league, one fact a row."""
    return datasets.load("league_figures")


def published_counts() -> dict[str, int]:
    """Return the published number of trusts in each category, best first."""
    facts = league_register()
    facts = facts[(facts["kind"] == "count") & (facts["measure"] == "trusts in category")]
    value = dict(zip(facts["category"], facts["value"].astype(int), strict=True))
    return {name: value[name] for name in CATEGORIES}


def known_positions() -> pd.DataFrame:
    """Return the trusts whose position or category is known.

    Returns
    -------
    pandas.DataFrame
        One row a trust: ``trust``, ``rank`` (missing where only the category is known),
        ``category`` and ``org_code`` (missing where no trust of the register has that name).
    """
    facts = league_register()
    facts = facts[facts["kind"] == "position"].copy()
    facts["rank"] = pd.to_numeric(facts["rank"], errors="coerce")
    facts = facts.drop_duplicates("trust")
    trusts = datasets.load("trusts").dropna(subset="org_name")
    codes = dict(zip(trusts["org_name"].map(_key), trusts["org_code"], strict=True))
    facts["org_code"] = [_RENAMED.get(t) or codes.get(_key(t)) for t in facts["trust"]]
    return facts[["trust", "rank", "category", "org_code"]].reset_index(drop=True)


def _key(name: str) -> str:
    """Reduce a trust's name to the words that tell it apart."""
    plain = _DROP.sub(" ", name.lower().replace("&", " and ").replace("'", ""))
    return " ".join(re.sub(r"[^a-z ]", " ", plain).split())


@dataclass(frozen=True)
class StandIn:
    """How a replica lines up with the positions that were reported.

    Parameters
    ----------
    found : pandas.DataFrame
        Known positions of trusts in the replica, with its own.
    lost : list of str
        Trusts that are not in it.
    agreeing : int
        Trusts of the same category in both.
    correlation : Estimate or None
        Rank correlation; None for fewer than five known ranks.
    """

    found: pd.DataFrame
    lost: list[str]
    agreeing: int
    correlation: Estimate | None


def line_up(league: League) -> StandIn:
    """Line a replica up with the known positions.

    Parameters
    ----------
    league : League
        The replica.
    """
    known = known_positions()
    known["replica_position"] = known["org_code"].map(league.units["position"])
    known["replica_category"] = known["org_code"].map(league.units["category"])
    found = known.dropna(subset="replica_position")
    ranked = found.dropna(subset="rank")
    correlation = None
    if len(ranked) >= _FEWEST:
        confidence = league.settings.confidence
        rho = spearman(ranked["rank"], ranked["replica_position"])
        low, high = spearman_interval(rho, len(ranked), confidence)
        correlation = Estimate(
            rho,
            low,
            high,
            n=len(ranked),
            decimals=2,
            confidence=confidence,
            label="rank correlation of the replica with the known positions",
        )
    return StandIn(
        found=found.sort_values(["rank", "trust"]),
        lost=list(known.loc[known["replica_position"].isna(), "trust"]),
        agreeing=int((found["category"] == found["replica_category"]).sum()),
        correlation=correlation,
    )
