"""Checkers of claims on money: agency spending, deficits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nhsi_analysis.answers import agency_claims, finances
from nhsi_analysis.as_at import OPEN_END
from nhsi_analysis.studies.claims.numbers.checks.lookups import (
    Checker,
    Register,
    published,
)
from nhsi_analysis.studies.claims.numbers.checks.model import Claim, Found
from nhsi_analysis.studies.claims.numbers.checks.registers import Tables


def judged(tolerance: float) -> Mapping[str, Checker]:
    """Return the checkers of claims on agency spending and on deficits, judged for all reports.

    Other published figures on the same thing are told beside the verdict.
    """

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        as_at = "" if tables.until == OPEN_END else f"{tables.until:%Y-%m-%d}"
        verdict = _JUDGED[claim.claim_id](as_at, tolerance)
        if claim.claim_id not in _RIVALS:
            return Found(judged=verdict)
        found = published("nhsi_context", _RIVALS[claim.claim_id])(claim, tables, claims)
        return Found(others=found.others, judged=verdict)

    return dict.fromkeys(_JUDGED, check)


_JUDGED: Final = {**agency_claims.CLAIMS, **finances.CLAIMS}
_RIVALS: Final = {
    "C024": {"measure": "^sector deficit", "period_start": "2017-04-01", "scope": "^all NHS"}
}
"""Where a register has figures on what a claim says, by the claim's number."""
