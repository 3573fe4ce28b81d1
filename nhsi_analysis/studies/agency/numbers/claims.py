"""The regulator's claims of a saving, held against the range of what would have happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from nhsi_analysis.answers.verdicts import Verdict
from nhsi_analysis.studies.agency.numbers.saving import Place, Saving
from notebook_reports.evidence import Estimate
from policy_methods.results import Result

SINCE = pd.Timestamp(2015, 10, 1)
"""Month from which NHS Improvement counted what its controls saved."""


@dataclass(frozen=True, slots=True)
class JudgedSaving(Result):
    """A saving claimed since October 2015, beside the range found; GBP m in cash.

    Parameters
    ----------
    amount, until : float, Timestamp
        What was claimed, and the month by which.
    found, place : Estimate, Place
        The range over all that might have happened without the controls; where the claim falls.
    verdict : Verdict
        "doesn't hold" outside the range; inside it "partly holds" where the whole range is above
        nothing (some saving is borne out, its size is not), else "can't be told".
    """

    amount: float
    until: pd.Timestamp
    found: Estimate
    place: Place
    verdict: Verdict


def claimed_savings(register: pd.DataFrame) -> list[tuple[pd.Timestamp, float]]:
    """Return the savings since October 2015 that the register holds: month by which, GBP m."""
    rows = register[
        register["measure"].str.startswith("estimated")
        & register["period_start"].eq(SINCE)
        & register["unit"].str.startswith("GBP")
        & register["basis"].eq("estimate")
    ].sort_values("period_end")
    months = rows["period_end"].dt.to_period("M").dt.to_timestamp()
    return list(zip(months, rows["mid"].astype(float), strict=True))


def judge_savings(
    claims: Sequence[tuple[pd.Timestamp, float]], found: Saving
) -> tuple[JudgedSaving, ...]:
    """Hold claims against a saving in cash; none if it counts from elsewhere."""
    if found.since > SINCE + pd.DateOffset(months=2):
        return ()
    judged = []
    for until, amount in claims:
        if until in found.structural:
            place = found.place(amount, until)
            inside = Verdict.PARTLY if found.claimed(until) else Verdict.UNTOLD
            verdict = inside if place.inside else Verdict.FAILS
            judged.append(JudgedSaving(amount, until, found.by(until), place, verdict))
    return tuple(judged)
