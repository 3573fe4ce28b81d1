"""Checkers of claims on the Learning from Mistakes League."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nhsi_analysis.studies.claims.numbers.checks.lookups import (
    Checker,
    Register,
    published,
    together,
    total,
)
from nhsi_analysis.studies.claims.numbers.checks.model import (
    Claim,
    Evidence,
    Found,
    Which,
    number,
    plain_name,
)
from nhsi_analysis.studies.claims.numbers.checks.registers import Tables

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
        Which number of the claim it is held against.
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
    rows = rows[rows["trust"].map(plain_name) == plain_name(claim.entity)]
    found = []
    for rank, title, publisher in zip(
        rows["number"], rows["source_title"], rows["publisher"], strict=True
    ):
        words = f"rank {number(float(rank))} of 230 ({publisher}: {title})"
        value = float(rank)
        found.append(Evidence(value, value, value, words, ("league_figures",), exact=True))
    return Found(evidence=tuple(found[:1]), others=tuple(found[1:]))


def _league_count(category: str) -> Checker:
    where = {"kind": "^count$", "measure": "in category", "category": f"^{category}$"}
    return published("league_figures", where)


CHECKERS: Final[Mapping[str, Checker]] = {
    "C001": together(
        cumulated("poor reporting culture"),
        published("league_figures", {"kind": "^count$", "measure": "^trusts ranked$"}),
        total(*((f"C00{i}", "value", 1) for i in range(2, 6))),
    ),
    "C002": _league_count("outstanding"),
    "C003": _league_count("good"),
    "C004": _league_count("significant concerns"),
    "C005": _league_count("poor reporting culture"),
    "C006": position,
    "C007": position,
    "C008": position,
    "C009": together(
        cumulated("good"),
        published(
            "league_figures",
            {"kind": "^count$", "measure": "^trusts rated outstanding or good"},
        ),
        cumulated("good", plus=1, against="comparator"),
    ),
}
