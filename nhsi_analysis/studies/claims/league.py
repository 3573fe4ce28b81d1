"""Checkers of claims on the Learning from Mistakes League."""

from __future__ import annotations

import re

from nhsi_analysis.studies.claims.lookups import Checker, Register, Which
from nhsi_analysis.studies.claims.model import Claim, Evidence, Found, number
from nhsi_analysis.studies.claims.tables import Tables

CATEGORIES = ("outstanding", "good", "significant concerns", "poor reporting culture")


def cumulated(last: str, *, plus: int = 0, against: Which = "value") -> Checker:
    """Add the published counts of the categories from the top down to one of them.

    Parameters
    ----------
    last : str
        Last category that counts.
    plus : int
        1 for the first rank below it.
    against : str
        Which figure of the claim it is held against.
    """
    parts = CATEGORIES[: CATEGORIES.index(last) + 1]

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        counts = []
        for category in parts:
            where = {"kind": "^count$", "measure": "in category", "category": f"^{category}$"}
            rows = tables.rows("league_figures", where)
            if rows.empty:
                return Found(remarks=(f"The count of the category {category} is not published.",))
            counts.append(float(rows["number"].iloc[0]))
        value = sum(counts) + plus
        words = " + ".join(number(c) for c in [*counts, *([plus] if plus else [])])
        words = f"{words} = {number(value)} by the announcement's counts of its categories"
        evidence = Evidence(
            value, value, value, words, ("league_figures",), exact=True, against=against
        )
        return Found((evidence,))

    return check


def position(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Look the rank of the claim's trust up among the known positions."""
    rows = tables.rows("league_figures", {"kind": "^position$", "measure": "^rank$"})
    rows = rows[rows["trust"].map(_plain) == _plain(claim.entity)]
    found = []
    for rank, title, publisher in zip(
        rows["number"], rows["source_title"], rows["publisher"], strict=True
    ):
        words = f"rank {number(float(rank))} of 230 ({publisher}: {title})"
        value = float(rank)
        found.append(Evidence(value, value, value, words, ("league_figures",), exact=True))
    return Found(evidence=tuple(found[:1]), others=tuple(found[1:]))


def _plain(name: str) -> str:
    """Reduce a trust's name to what tells it apart, however its legal form is written."""
    return re.sub(r"\b(nhs|ft|foundation|trust|the)\b|[^a-z]", "", str(name).lower())
