"""A claim of the register, its number and the verdict on it, as several reports tell it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.answers.published import interval
from nhsi_analysis.answers.verdicts import Grade, Verdict
from nhsi_analysis.errors import DataError
from notebook_reports.evidence import Estimate, words
from policy_methods.results import Result


@dataclass(frozen=True, slots=True)
class Judged(Result):
    """A claim beside what is published on it.

    Parameters
    ----------
    claim_id : str
        Its number in the register of claims.
    claim : str
        The claim as part of a sentence: "agency spending fell by …".
    claimed : Estimate
        The number claimed, with what it can stand for as written.
    found : Estimate or None
        Ours, with its range over all published figures; None where none was known at the day.
    verdict : Verdict
    grade : Grade
    reason, part : str
        Why, as a sentence without its full stop; what holds where only a part does.
    """

    claim_id: str
    claim: str
    claimed: Estimate
    found: Estimate | None
    verdict: Verdict
    grade: Grade
    reason: str
    part: str = ""


def as_read(judged: Iterable[Judged]) -> pd.DataFrame:
    """Return judged claims as readers see them: "Claim", "Verdict", "Why".

    Parameters
    ----------
    judged : iterable of Judged
        In the order of reading.
    """
    rows = [
        (
            words.capital(each.claim),
            words.capital(f"{each.verdict}{f': {each.part}' if each.part else ''}"),
            f"{words.capital(each.reason)}.",
        )
        for each in judged
    ]
    return pd.DataFrame(rows, columns=["Claim", "Verdict", "Why"])


def claim_of(claim_id: str, tolerance: float) -> tuple[dict[Any, Any], Estimate]:
    """Return a row of the register of claims and its number, with what it can stand for.

    Parameters
    ----------
    claim_id : str
        Its number in the register.
    tolerance : float
        Relative tolerance allowed to the claim besides its rounding.

    Raises
    ------
    DataError
        If the register of claims lacks it.
    """
    table = datasets.load("claims")
    rows = table[table["claim_id"].eq(claim_id)].to_dict("records")
    if not rows:
        raise DataError("claims", f"has no row {claim_id}")
    row = rows[0]
    value, unit = float(row["value"]), str(row["unit"])
    low, high = interval(value, unit)
    share = unit.startswith("per cent")
    slack, factor = abs(value) * tolerance, 0.01 if share else 1.0
    estimate = Estimate(
        value * factor,
        (low - slack) * factor,
        (high + slack) * factor,
        unit="share" if share else "GBP m" if unit == "GBP million" else "",
        said=f"almost {value:g}%" if "almost" in unit else "",
        label="claimed",
        kind="rounding range",
    )
    return row, estimate
