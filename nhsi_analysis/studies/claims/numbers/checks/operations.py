"""Checkers of claims on A&E, which report 06 judges by too."""

from __future__ import annotations

from collections.abc import Mapping

from nhsi_analysis.answers import emergency_claims
from nhsi_analysis.answers.judged import Judged
from nhsi_analysis.studies.claims.numbers.checks.lookups import Checker, Register
from nhsi_analysis.studies.claims.numbers.checks.model import Claim, Found
from nhsi_analysis.studies.claims.numbers.checks.registers import Tables


def emergency(tolerance: float, winter: tuple[int, ...]) -> Mapping[str, Checker]:
    """Return the checkers of claims on A&E; months of ``winter`` run from autumn to spring."""

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        chosen = {"winter": winter} if claim.claim_id == "C040" else {}
        judge = emergency_claims.CLAIMS[claim.claim_id]
        judged: Judged = judge(tables.until, tolerance, **chosen)
        return Found(judged=judged)

    return dict.fromkeys(emergency_claims.CLAIMS, check)
