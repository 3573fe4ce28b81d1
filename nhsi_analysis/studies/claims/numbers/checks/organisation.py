"""Checkers of claims on strategy, the workforce, the agency itself and its oversight."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from nhsi_analysis.studies.claims.numbers.checks.lookups import (
    Checker,
    Register,
    other_claim,
    total,
)
from nhsi_analysis.studies.claims.numbers.checks.model import Claim, Evidence, Found
from nhsi_analysis.studies.claims.numbers.checks.registers import Tables
from notebook_reports.evidence.words import count


def regions(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Count the regions of NHS Improvement that trusts are registered under."""
    n = tables["trusts"]["region"].nunique()
    if not n:
        return Found()
    said = (
        f"trusts were registered under {count(n, 'region')} in {tables.trusts_as_at:%B %Y}; a "
        "region need not be a team"
    )
    return Found((Evidence(n, n, n, said, limits="other"),))


def mergers(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Count the trusts that came out of mergers taking effect in 2017/18."""
    rows = tables["trust_successions"]
    inside = rows["effective_date"].between("2017-04-01", "2018-03-31")
    n = rows[inside & (rows["share"] == "whole")]["successor_code"].nunique()
    if not n:
        return Found()
    said = (
        f"{count(n, 'trust')} came out of mergers that took effect in 2017/18, which need not be "
        "those that were supported and cleared in it"
    )
    return Found((Evidence(n, n, n, said, limits="other"),))


def segments(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Count the segments that the published definition of the framework names."""
    facts = tables["sof_special_measures_facts"]
    facts = facts[facts["measure"].str.startswith("segments:")]
    named = sorted({int(n) for n in re.findall(r"\b([1-9]) [a-z]", " ".join(facts["measure"]))})
    if not named:
        return Found()
    n = len(named)
    by = tuple(facts["publisher"].unique())
    said = f"the framework's own definition names segments {named[0]} to {named[-1]}"
    return Found((Evidence(n, n, n, said, by, computed=False),))


CHECKERS: Final[Mapping[str, Checker]] = {
    "C014": other_claim("C076"),
    "C060": mergers,
    "C064": total(("C064", "comparator", 1), ("C065", "value", 1)),
    "C065": total(("C064", "value", 1), ("C064", "comparator", -1)),
    "C075": regions,
    "C076": other_claim("C014"),
    "C077": segments,
}
