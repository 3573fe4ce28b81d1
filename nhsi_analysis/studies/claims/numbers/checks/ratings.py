"""Checkers of claims on CQC ratings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd

from nhsi_analysis.studies.claims.numbers.checks.lookups import (
    Checker,
    Register,
    other_claim,
    published,
    sought,
    together,
)
from nhsi_analysis.studies.claims.numbers.checks.model import Claim, Evidence, Found, Which
from nhsi_analysis.studies.claims.numbers.checks.registers import Tables
from policy_methods.shares import implied_counts

_TOTALS = range(200, 250)


def rebuilt(rating: str, day: str, against: Which = "value") -> Checker:
    """Bound the share of trusts with a rating on a day from the ratings that can still be seen.

    The lists hold each trust's latest rating only, so one published after the day hides the one
    before: the hidden trusts may all, or none, have had the rating.
    """

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        table = tables["cqc_trust_ratings"]
        rows = table[(table["service"] == "Overall") & (table["key_question"] == "Overall")]
        rows = rows[rows["snapshot"] == rows["snapshot"].min()]
        if rows.empty or tables.until < pd.Timestamp(day):
            return Found()
        seen = rows[rows["publication_date"] <= day]
        have = int((seen["rating"] == rating).sum())
        hidden = len(rows) - len(seen)
        low, high = 100 * have / len(rows), 100 * (have + hidden) / len(rows)
        words = (
            f"of {len(rows)} trusts {have} are seen to be rated {rating} on "
            f"{pd.Timestamp(day):%d %B %Y} and {hidden} ratings of that day are hidden by later "
            f"ones, so {low:.1f}% to {high:.1f}%"
        )
        evidence = Evidence(
            (low + high) / 2,
            low,
            high,
            words,
            ("cqc_trust_ratings",),
            complete=False,
            against=against,
        )
        return Found((evidence,))

    return check


def implied(good: str, outstanding: str, which: Which) -> Checker:
    """Ask whether the two shares can be of one whole number of trusts."""

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        shares = {
            "good": claims[good].reading(which),
            "outstanding": claims[outstanding].reading(which),
        }
        fits = implied_counts(shares, _TOTALS)
        both = f"{shares['good']:g}% good and {shares['outstanding']:g}% outstanding"
        if fits.empty:
            return Found(remarks=(f"No whole number of trusts from 200 to 249 gives {both}.",))
        first = fits.iloc[0]
        return Found(
            remarks=(
                f"{both} fit {fits['total'].nunique()} numbers of trusts from 200 to 249, the "
                f"smallest {first['total']} ({first['good']} good, {first['outstanding']} "
                "outstanding).",
            )
        )

    return check


def net_rise(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Bound the trusts that moved up by the net rise of the share rated good or better."""
    good, top = claims["C015"], claims["C016"]
    trusts = len(tables.accounts("2017/18"))
    if not trusts:
        return Found(remarks=("No accounts of 2017/18 are published by that date.",))
    rise = good.value + top.value - good.comparator_value - top.comparator_value
    # two shares at each end, each rounded to a decimal
    low = (rise - 0.2) / 100 * trusts
    words = (
        f"the share rated good or outstanding rose by {rise:.1f} points, net {low:.0f} trusts or "
        f"more of {trusts}; those that moved up are at least that many"
    )
    evidence = Evidence(low, low, float(trusts), words, ("claims", "trust_finance"), complete=False)
    return Found((evidence,))


def _rated(day: str, against: Which) -> Checker:
    where = {
        "measure": "^share of trusts rated$",
        "rating": "^good$",
        "as_of": f"^{day}$",
        "scope": "^NHS trusts$",
    }
    return published("cqc_figures", where, against=against, same_document=True)


CHECKERS: Final[Mapping[str, Checker]] = {
    "C015": together(
        _rated("2018-03-31", "value"),
        _rated("2017-03-31", "comparator"),
        rebuilt("Good", "2018-03-31"),
        rebuilt("Good", "2017-03-31", "comparator"),
        implied("C015", "C016", "value"),
    ),
    "C016": sought(
        "share of NHS trusts rated outstanding in March 2018",
        rebuilt("Outstanding", "2018-03-31"),
        rebuilt("Outstanding", "2017-03-31", "comparator"),
        implied("C015", "C016", "value"),
        implied("C015", "C016", "comparator"),
    ),
    "C017": together(
        other_claim("C015"),
        other_claim("C015", "comparator", "comparator"),
        rebuilt("Good", "2018-03-31"),
    ),
    "C018": sought("moved from inadequate or requires improvement", net_rise),
}
