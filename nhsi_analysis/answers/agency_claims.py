"""The regulator's claims of 2017/18 on agency spending, judged once for every report.

Spending of a year was published by several bodies, rounded differently. A claim on two years is
held against every pair of published totals: the pair with the least rounding gives the value, all
pairs together the range. The totals rest on trusts' returns to the regulator, whoever published
them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.answers.agency_register import read_register
from nhsi_analysis.answers.published import interval, is_actual
from nhsi_analysis.answers.verdicts import Grade, Interval, Verdict, independent, judge
from nhsi_analysis.errors import DataError
from nhsi_analysis.years import year_bounds
from notebook_reports.evidence import Estimate

NATIONAL: Final = (
    "all NHS providers",
    "English NHS trusts",
    "NHS secondary care England",
    "NHS England providers",
    "NHS providers",
    "NHS trusts England",
)
"""Providers whose figures are of all of England's NHS trusts, as the registers name them."""


@dataclass(frozen=True, slots=True)
class Judged:
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
    reason : str
        Why, as a sentence without its full stop.
    part : str
        What holds where only a part does.
    """

    claim_id: str
    claim: str
    claimed: Estimate
    found: Estimate | None
    verdict: Verdict
    grade: Grade
    reason: str
    part: str = ""


def fall_since_2015(as_at: str = "", tolerance: float = 0.0) -> Judged:
    """Judge the claim that agency spending fell by a third from 2015/16 to 2017/18.

    Parameters
    ----------
    as_at : str
        Use nothing dated or published after this day; empty for everything.
    tolerance : float
        Relative tolerance allowed to the claim besides its rounding.

    Raises
    ------
    DataError
        If the register of claims lacks it.
    """
    return _of_two("C019", "fell by {} from 2015/16 to 2017/18", "2015/16", as_at, tolerance)


def fall_on_year_before(as_at: str = "", tolerance: float = 0.0) -> Judged:
    """Judge the claim on how much less was spent in 2017/18 than in the year before.

    Parameters and errors as in :func:`fall_since_2015`.
    """
    judged = _of_two("C021", "in 2017/18 was {} below the year before", "2016/17", as_at, tolerance)
    rows = _of_year(_known(as_at), "2017/18")
    own = rows[rows["measure"].eq("agency spend reduction on prior year")]
    if judged.found is None or own.empty:
        return judged
    value, by = own[["value", "publisher"]].iloc[0]
    reason = f"{judged.reason}; the regulator's own later figure, as {by} reported it, is "
    return replace(judged, reason=f"{reason}{replace(judged.found, value=value).text}")


def below_plan(as_at: str = "", tolerance: float = 0.0) -> Judged:
    """Judge the claim on how far agency spending in 2017/18 stayed below plan.

    The gap was published in money and as a share of the plan, which with the year's total gives a
    second reading. Parameters and errors as in :func:`fall_since_2015`.
    """
    row, claimed = _claim("C020", tolerance)
    told = f"agency spending in 2017/18 was {claimed.text} below plan"
    rows = _known(as_at)
    gap = rows[rows["measure"].eq("agency spend relative to plan/ceiling")]
    money, share = gap[gap["unit"].eq("GBP m")], gap[gap["unit"].eq("per cent")]
    if money.empty:
        return _unknown("C020", told, claimed)
    own = money.iloc[0]
    ends = [(-own["high"], -own["low"])]
    spent = _totals(rows, "2017/18")
    for low, high in zip(share["low"], share["high"], strict=True):
        for least, most in zip(spent["low"], spent["high"], strict=True):
            ends.append((least * -high / (1 + high), most * -low / (1 + low)))
    found = _found(-own["mid"], ends, "GBP m")
    by = str(own["publisher"])
    if independent(row["source"], [by]):
        reason, grade = f"{by} gives {found.text}", Grade.SECOND
    else:
        grade = Grade.QUOTED
        reason = (
            f"The only figure published, {found.text}, is the regulator's own, as {by} reported it"
        )
    return Judged("C020", told, claimed, found, _verdict(claimed, found, grade), grade, reason)


CLAIMS: Final[Mapping[str, Callable[[str, float], Judged]]] = {
    "C019": fall_since_2015,
    "C020": below_plan,
    "C021": fall_on_year_before,
}
"""What judges a claim, by its number in the register."""


def _of_two(claim_id: str, told: str, first: str, as_at: str, tolerance: float) -> Judged:
    """Judge a fall from a year to 2017/18."""
    row, claimed = _claim(claim_id, tolerance)
    told = f"agency spending {told.format(claimed.text)}"
    rows = _known(as_at)
    before, after = _totals(rows, first), _totals(rows, "2017/18")
    if before.empty or after.empty:
        return _unknown(claim_id, told, claimed)

    def fall(start: float, end: float) -> float:
        return 1 - end / start if claimed.unit == "share" else start - end

    ends = [
        (fall(least, high), fall(most, low))
        for least, most in zip(before["low"], before["high"], strict=True)
        for low, high in zip(after["low"], after["high"], strict=True)
    ]
    start, end = before.iloc[0], after.iloc[0]
    found = _found(fall(start["mid"], end["mid"]), ends, claimed.unit)
    low, high = (replace(found, value=end).text for end in _ends(found))
    reason = f"From {_told(start)} to {_told(end)}, the published totals with the least rounding, "
    reason += f"is a fall of {found.text}; "
    reason += f"the {len(ends)} published pairs allow" if len(ends) > 1 else "rounding allows"
    reason += f" {low} to {high}; all rest on trusts' returns to the regulator"
    known = independent(row["source"], [*before["publisher"], *after["publisher"]])
    grade = Grade.DATA if known else Grade.ARITHMETIC
    verdict = _verdict(claimed, found, grade)
    return Judged(claim_id, told, claimed, found, verdict, grade, reason)


def _told(total: pd.Series) -> str:
    """Write a total with who published it, without where a copy of the page was found."""
    return f"£{total['value']:g}bn ({str(total['publisher']).partition(' (')[0]})"


def _unknown(claim_id: str, told: str, claimed: Estimate) -> Judged:
    reason = "The figures it needs were not published by that day"
    return Judged(claim_id, told, claimed, None, Verdict.UNTOLD, Grade.NOTHING, reason)


def _verdict(claimed: Estimate, found: Estimate, grade: Grade) -> Verdict:
    """Judge by the numbers; what isn't checked can refute a claim, but not bear it out."""
    verdict = judge(_ends(claimed), found.value, _ends(found))
    return verdict if grade.checked or verdict is Verdict.FAILS else Verdict.UNTOLD


def _ends(estimate: Estimate) -> Interval:
    return float(estimate.low or 0), float(estimate.high or 0)


def _claim(claim_id: str, tolerance: float) -> tuple[dict[Any, Any], Estimate]:
    """Return a row of the register of claims and its number, with what it can stand for."""
    table = datasets.load("claims")
    rows = table[table["claim_id"].eq(claim_id)].to_dict("records")
    if not rows:
        raise DataError("claims", f"has no row {claim_id}, a claim on agency spending")
    row = rows[0]
    value, unit = float(row["value"]), str(row["unit"])
    low, high = interval(value, unit)
    slack, factor = abs(value) * tolerance, 0.01 if unit == "per cent" else 1.0
    estimate = Estimate(
        value * factor,
        (low - slack) * factor,
        (high + slack) * factor,
        unit="share" if unit == "per cent" else "GBP m",
        label="claimed",
        kind="rounding range",
    )
    return row, estimate


def _found(value: float, ends: Sequence[Interval], unit: str) -> Estimate:
    return Estimate(
        float(value),
        float(min(low for low, _ in ends)),
        float(max(high for _, high in ends)),
        unit=unit,
        n=len(ends),
        label="found",
        kind="range over published figures",
        # totals of two digits carry no decimal of a share
        decimals=0,
    )


def _known(as_at: str) -> pd.DataFrame:
    """Return the yearly figures on all providers and staff known at a day, with their rounding."""
    rows = read_register(as_at, ("agency_annual",))
    return rows[rows["provider_type"].isin(NATIONAL) & rows["staff_group"].eq("all")]


def _of_year(rows: pd.DataFrame, year: str) -> pd.DataFrame:
    start, end = year_bounds(year)
    return rows[
        rows["period_start"].eq(start) & rows["period_end"].eq(end) & is_actual(rows["basis"])
    ]


def _totals(rows: pd.DataFrame, year: str) -> pd.DataFrame:
    """Return the different totals published for a year, the one with the least rounding first."""
    found = _of_year(rows, year)
    found = found[found["measure"].eq("agency spend")]
    width = (found["high"] - found["low"]).sort_values(kind="stable")
    return found.loc[width.index].drop_duplicates(["mid", "low", "high"])
