"""Checkers of claims on money: agency spending, deficits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nhsi_analysis.answers import agency_claims
from nhsi_analysis.as_at import OPEN_END
from nhsi_analysis.studies.claims.numbers.checks.lookups import (
    Checker,
    Register,
    published,
    together,
)
from nhsi_analysis.studies.claims.numbers.checks.model import Claim, Evidence, Found
from nhsi_analysis.studies.claims.numbers.checks.registers import Tables
from notebook_reports.evidence.words import money


def agency(tolerance: float) -> Mapping[str, Checker]:
    """Return the checkers of claims on agency spending, which report 02 judges by too."""

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        as_at = "" if tables.until == OPEN_END else f"{tables.until:%Y-%m-%d}"
        return Found(judged=agency_claims.CLAIMS[claim.claim_id](as_at, tolerance))

    return dict.fromkeys(agency_claims.CLAIMS, check)


def deficit_in_accounts(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Set the sector's two deficits beside the sums of the trusts' accounts.

    The sums are of another definition, so they say nothing on the size; whether the deficit grew
    or shrank they do say.
    """
    years = ("2016/17", "2017/18")
    each = [tables.accounts(year)["position"] for year in years]
    if any(positions.empty for positions in each):
        return Found()
    before, after = (-float(positions.sum()) for positions in each)
    same_way = (after - before) * (claim.value - claim.comparator_value) > 0
    way = "grew" if after > before else "shrank"
    said = (
        f"the accounts of {len(each[0])} and {len(each[1])} trusts, of another definition, add up "
        f"to deficits of {money(before)} in {years[0]} and {money(after)} in {years[1]}; the "
        "amounts claimed are the regulator's own"
    )
    part = f"that the deficit {way}" if same_way else ""
    return Found((Evidence(after, after, after, said, limits="other", part=part),))


_DEFICIT = {"measure": "^sector deficit", "period_start": "2017-04-01", "scope": "^all NHS"}
_DEFICIT_BEFORE = {"measure": "^sector deficit$", "period_end": "2017-03-31", "basis": "^actual$"}

CHECKERS: Final[Mapping[str, Checker]] = {
    "C024": together(
        deficit_in_accounts,
        published("nhsi_context", _DEFICIT),
        published("nhsi_context", _DEFICIT_BEFORE, against="comparator"),
    )
}
