"""Checkers of claims on strategy, the workforce, the agency itself and its oversight."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from nhsi_analysis.studies.claims.numbers.checks.bounds import (
    PART,
    PERCENT,
    POSITIVE,
    between,
    fixed,
    reading_of,
    trusts,
)
from nhsi_analysis.studies.claims.numbers.checks.lookups import (
    Checker,
    Register,
    other_claim,
    own_share,
    sought,
    together,
    total,
)
from nhsi_analysis.studies.claims.numbers.checks.model import Claim, Evidence, Found, Which, number
from nhsi_analysis.studies.claims.numbers.checks.registers import Tables


def regions(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Count the regions of NHS Improvement that trusts are registered under."""
    n = float(tables["trusts"]["region"].nunique())
    words = f"trusts are registered under {number(n)} regions in September 2018"
    return Found((Evidence(n, n, n, words, ("trusts",), exact=True),))


def mergers(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Count the trusts that came out of mergers taking effect in 2017/18."""
    rows = tables["trust_successions"]
    inside = rows["effective_date"].between("2017-04-01", "2018-03-31")
    whole = rows[inside & (rows["share"] == "whole")]
    if whole.empty:
        return Found(remarks=("No merger of 2017/18 is recorded by that date.",))
    n = float(whole["successor_code"].nunique())
    names = ", ".join(sorted(whole["successor_name"].unique()))
    words = f"{number(n)} trusts came out of mergers in 2017/18: {names}"
    return Found(
        (Evidence(n, n, n, words, ("trust_successions",), exact=True),),
        remarks=("A merger supported or cleared in a year may take effect in the next.",),
    )


def segments(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Count the segments that the published definition of the framework names."""
    facts = tables["sof_special_measures_facts"]
    text = " ".join(facts.loc[facts["measure"].str.startswith("segments:"), "measure"])
    named = sorted({int(n) for n in re.findall(r"\b([1-9]) [a-z]", text)})
    if not named:
        return Found()
    n = float(len(named))
    words = f"the published definition names segments {named[0]} to {named[-1]}"
    return Found((Evidence(n, n, n, words, ("sof_special_measures_facts",), exact=True),))


def implied_replies(replies: str, which: Which = "value") -> Checker:
    """Tell which numbers of replies a whole percentage stands for."""

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        total = claims[replies].reading(which)
        low, high = (end / 100 * total for end in claim.range("value"))
        return Found(
            remarks=(
                f"Of {number(total)} replies that is {number(float(-(-low // 1)))} to "
                f"{number(float(high // 1))}.",
            )
        )

    return check


def response_rate(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Tell the response rate that the numbers of replies and of staff imply."""
    replies, staff = claims["C070"].value, claims["C069"].value
    return Found(
        remarks=(
            f"{number(replies)} replies of {number(staff)} staff is a response rate of "
            f"{replies / staff:.1%}.",
        )
    )


CHECKERS: Final[Mapping[str, Checker]] = {
    "C014": other_claim("C076"),
    "C060": mergers,
    "C061": sought("Integrated Support and Assurance", trusts()),
    "C062": sought("demand and capacity training", PERCENT),
    "C063": sought("aspiring chief executives", PART, own_share),
    "C064": total(("C064", "comparator", 1), ("C065", "value", 1)),
    "C065": together(
        total(("C064", "value", 1), ("C064", "comparator", -1)),
        between(
            fixed(0),
            lambda claim, tables, claims: claim.value,
            "chairs are part of all {high}",
            against="comparator",
        ),
    ),
    "C066": sought(
        "new appointments that were chairs",
        between(fixed(0), reading_of("C064", "comparator"), "part of {high} new appointments"),
    ),
    "C067": sought("regional chair networks", trusts()),
    "C068": sought("NExT Director", POSITIVE),
    "C069": sought(
        "staff employed by NHS Improvement",
        between(
            reading_of("C070"),
            fixed(float("inf")),
            "not fewer than the {low} who replied to its staff survey",
        ),
        response_rate,
    ),
    "C070": sought(
        "responses to the annual staff survey",
        between(fixed(0), reading_of("C069"), "not more than its {high} staff"),
        response_rate,
    ),
    "C071": sought("respect by their line manager", PERCENT, implied_replies("C070")),
    "C072": sought("care about the future", PERCENT, implied_replies("C070")),
    "C073": sought("understand the aims of", PERCENT, implied_replies("C070")),
    "C074": sought(
        "sites of NHS Improvement",
        between(fixed(1), reading_of("C069"), "a site has one of its {high} staff at least"),
    ),
    "C075": regions,
    "C076": other_claim("C014"),
    "C077": segments,
}
