"""The regulator's claims of a saving, held against the range of what would have happened."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from nhsi_analysis.answers import agency_claims
from nhsi_analysis.answers.agency_claims import Judged
from nhsi_analysis.answers.verdicts import Verdict
from nhsi_analysis.as_at import parse
from nhsi_analysis.studies.agency.numbers.saving import Place, Saving
from nhsi_analysis.years import last_day
from notebook_reports.evidence import Estimate

SINCE = pd.Timestamp(2015, 10, 1)
"""Month from which NHS Improvement counted what its controls saved."""


@dataclass(frozen=True, slots=True)
class ClaimedSaving:
    """A published saving since October 2015.

    Parameters
    ----------
    amount : Estimate
        What was claimed, GBP m in cash, with its rounding.
    until : Timestamp
        Month by which.
    publisher : str
    """

    amount: Estimate
    until: pd.Timestamp
    publisher: str


@dataclass(frozen=True, slots=True)
class JudgedSaving:
    """A claimed saving beside the range found.

    Parameters
    ----------
    claim : ClaimedSaving
    found : Estimate
        The range over everything that might have happened without the controls, GBP m in cash.
    place : Place
        Where the claim falls in it.
    verdict : Verdict
        "doesn't hold" outside the range; inside it "partly holds" where the whole range is above
        nothing (some saving is borne out, its size is not), else "can't be told".
    """

    claim: ClaimedSaving
    found: Estimate
    place: Place
    verdict: Verdict


def claimed_savings(register: pd.DataFrame) -> tuple[ClaimedSaving, ...]:
    """Return the savings since October 2015 that the register holds, in order of date."""
    rows = register[
        register["measure"].str.startswith("estimated")
        & register["period_start"].eq(SINCE)
        & register["unit"].str.startswith("GBP")
        & register["basis"].eq("estimate")
    ].sort_values("period_end")
    return tuple(
        ClaimedSaving(
            Estimate(
                float(row["mid"]),
                float(row["low"]),
                float(row["high"]),
                unit="GBP m",
                label="claimed",
                kind="rounding range",
            ),
            row["period_end"].to_period("M").to_timestamp(),
            str(row["publisher"]),
        )
        for row in rows.to_dict("records")
    )


def judge_savings(
    claims: tuple[ClaimedSaving, ...], found: Saving, until: pd.Timestamp
) -> tuple[JudgedSaving, ...]:
    """Hold the claims up to a month against a saving in cash; none if it counts from elsewhere."""
    if found.since > SINCE + pd.DateOffset(months=2):
        return ()
    judged = []
    for claim in claims:
        if claim.until > until or claim.until not in found.structural:
            continue
        place = found.place(claim.amount.value, claim.until)
        inside = Verdict.PARTLY if found.claimed(claim.until) else Verdict.UNTOLD
        verdict = inside if place.inside else Verdict.FAILS
        judged.append(JudgedSaving(claim, found.by(claim.until), place, verdict))
    return tuple(judged)


def highlights(as_at: str) -> tuple[Judged, ...]:
    """Return NHS Improvement's claims on 2017/18 as every report judges them.

    None before the year was over, when they had not been made.
    """
    if parse(as_at) < last_day("2017/18"):
        return ()
    return tuple(judge(as_at, 0.0) for judge in agency_claims.CLAIMS.values())
