"""Checkers of claims on CQC ratings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd

from nhsi_analysis.studies.claims.numbers.checks.lookups import (
    Checker,
    Register,
    published,
    together,
)
from nhsi_analysis.studies.claims.numbers.checks.model import Claim, Evidence, Found, Which
from nhsi_analysis.studies.claims.numbers.checks.registers import Tables
from notebook_reports.evidence import words


def rebuilt(rating: str, date: str) -> Checker:
    """Bound the share of trusts with a rating on a day from the ratings that can still be seen.

    The lists hold each trust's latest rating only, so one published after the day hides the one
    before: the hidden trusts may all, or none, have had the rating.
    """
    day = pd.Timestamp(date)

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        table = tables["cqc_trust_ratings"]
        rows = table[(table["service"] == "Overall") & (table["key_question"] == "Overall")]
        snapshot = rows["snapshot"].min()
        rows = rows[rows["snapshot"] == snapshot]
        if rows.empty:
            return Found()
        seen = rows[rows["publication_date"] <= day]
        have = int((seen["rating"] == rating).sum())
        hidden = len(rows) - len(seen)
        low, high = 100 * have / len(rows), 100 * (have + hidden) / len(rows)
        said = (
            f"on CQC's list of {words.day(snapshot)}, {have} of {len(rows)} trusts had a rating of "
            f"{rating.lower()} from before {words.day(day)} and {hidden} had been rated again "
            f"since, so {low:.0f}% to {high:.0f}% may have had it"
        )
        return Found((Evidence((low + high) / 2, low, high, said, limits="open"),))

    return check


def _rated(day: str, against: Which = "value") -> Checker:
    where = {
        "measure": "^share of trusts rated$",
        "rating": "^good$",
        "as_of": f"^{day}$",
        "scope": "^NHS trusts$",
    }
    return published("cqc_figures", where, against=against)


CHECKERS: Final[Mapping[str, Checker]] = {
    "C015": together(
        rebuilt("Good", "2018-03-31"), _rated("2018-03-31"), _rated("2017-03-31", "comparator")
    ),
    "C016": rebuilt("Outstanding", "2018-03-31"),
}
