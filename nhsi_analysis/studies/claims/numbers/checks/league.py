"""Checkers of claims on the Learning from Mistakes League."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from nhsi_analysis.answers.published import published_in
from nhsi_analysis.studies.claims.numbers.checks.lookups import (
    Checker,
    Register,
    published,
    together,
)
from nhsi_analysis.studies.claims.numbers.checks.model import Claim, Evidence, Found, Which, written
from nhsi_analysis.studies.claims.numbers.checks.registers import Tables

CATEGORIES = ("outstanding", "good", "significant concerns", "poor reporting culture")


def cumulated(last: str, *, plus: int = 0, against: Which = "value") -> Checker:
    """Add the published counts of the categories from the top down to the last that counts.

    One more makes the first rank below it; the sum is held against that number of the claim.
    """
    parts = CATEGORIES[: CATEGORIES.index(last) + 1]

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        counts: list[float] = []
        by: list[str] = []
        for category in parts:
            rows = tables.rows("league_figures", _where(category))
            if rows.empty:
                return Found()
            counts.append(float(rows["number"].iloc[0]))
            by.append(str(rows["publisher"].iloc[0]))
        value = sum(counts) + plus
        said = " + ".join(written(c) for c in [*counts, *([plus] if plus else [])])
        said = f"the announcement's own counts are {said} = {written(value)}"
        return Found((Evidence(value, value, value, said, tuple(by), against=against),))

    return check


def position(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Look the rank of the claim's trust up among the known positions."""
    rows = tables.rows("league_figures", {"kind": "^position$", "measure": "^rank$"})
    rows = rows[rows["trust"].map(_plain) == _plain(claim.entity)]
    found = []
    columns = rows[["number", "publisher", "source_title"]]
    for rank, publisher, title in columns.itertuples(index=False):
        said = f"{publisher} gives rank {written(rank)} ({published_in(title) or 'undated'})"
        found.append(Evidence(rank, rank, rank, said, (publisher,), computed=False))
    return Found(evidence=tuple(found))


def _plain(name: str) -> str:
    """Reduce a trust's name to what tells it apart, however its legal form is written."""
    text = re.sub(r"\b(nhs|ft|foundation|trust|the|hospitals?)\b|[^a-z]", "", str(name).lower())
    return text or str(name)


def _where(category: str) -> dict[str, str]:
    return {"kind": "^count$", "measure": "in category", "category": f"^{category}$"}


CHECKERS: Final[Mapping[str, Checker]] = {
    "C001": together(
        published("league_figures", {"kind": "^count$", "measure": "^trusts ranked$"}),
        cumulated("poor reporting culture"),
    ),
    **{f"C{i:03}": published("league_figures", _where(c)) for i, c in enumerate(CATEGORIES, 2)},
    **dict.fromkeys(("C006", "C007", "C008"), position),
    "C009": together(
        cumulated("good"),
        cumulated("good", plus=1, against="comparator"),
        published(
            "league_figures", {"kind": "^count$", "measure": "^trusts rated outstanding or good"}
        ),
    ),
}
