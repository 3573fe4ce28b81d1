"""The regulator's claims of 2017/18 on A&E, judged once for every report.

All are held against the months of the table by department. What the table lacks, or the claim
leaves open, gives the range: it can refute a claim and leave it open, but not bear it out whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import pandas as pd

from nhsi_analysis import as_at
from nhsi_analysis.answers.emergency import MAJOR, pieces
from nhsi_analysis.answers.judged import Judged, claim_of
from nhsi_analysis.answers.verdicts import Grade, Verdict, judge
from notebook_reports.evidence import Estimate, words

ORDER: Final = (10, 11, 12, 1, 2, 3)
"""Months of winter, from autumn to spring."""
WINTER: Final = (12, 1, 2)
"""Months that count as winter where nothing else is said."""
_YEAR = pd.date_range(end="2018-02-01", periods=12, freq="MS")


def attendances(until: pd.Timestamp = as_at.OPEN_END, tolerance: float = 0.0) -> Judged:
    """Judge the claim on growth of attendances in the 12 months to February 2018.

    The table starts in April 2016, so one month of the year before is missing. Growth from it as
    in the other months gives the least and the most growth of the whole year.

    Parameters
    ----------
    until : pandas.Timestamp
        Last day whose publications count.
    tolerance : float
        Relative tolerance allowed to the claim besides its rounding.

    Raises
    ------
    DataError
        If the register of claims lacks it.

    Examples
    --------
    >>> str(attendances().verdict)
    'partly holds'
    """
    _, claimed = claim_of("C038", tolerance)
    told = f"A&E attendances grew by {claimed.text} in the 12 months to February 2018"
    found = _growth(_england(until)["attendances"])
    if found is None:
        return _unknown("C038", told, claimed)
    value, low, high, both = found
    said = f"attendances grew by {words.percent(value)} over the {both.sum()} months that both "
    said += "years have"
    if not both.all():
        names = [f"{m - pd.DateOffset(years=1):%B %Y}" for m in both.index[~both]]
        said += (
            f"; if growth from {words.listed(names)}, which the table lacks, was within that of "
            f"the other months, the year grew by {words.percent(low)} to {words.percent(high)}"
        )
    major = _growth(_england(until, MAJOR)["attendances"])
    if major is not None:
        said += f"; at major departments alone it was {words.percent(major[0])}"
    part = f"that attendances grew, by about {100 * value:.0f}%" if low > 0 < claimed.value else ""
    return _open("C038", told, claimed, (value, low, high), said, part)


def admissions(until: pd.Timestamp = as_at.OPEN_END, tolerance: float = 0.0) -> Judged:
    """Judge the claim on growth of emergency admissions, of which A&E's are a part.

    Parameters and errors as in :func:`attendances`.
    """
    _, claimed = claim_of("C039", tolerance)
    told = f"emergency admissions grew by {claimed.text} in the 12 months to February 2018"
    found = _growth(_england(until)["admissions"])
    if found is None:
        return _unknown("C039", told, claimed)
    said = (
        f"admissions through A&E grew by {words.percent(found[0])} over the {found[3].sum()} "
        "months that both years have, but patients are also admitted in an emergency straight to a "
        "ward, so this is another quantity"
    )
    return Judged("C039", told, claimed, None, Verdict.UNTOLD, Grade.DATA, said)


def more_within_four_hours(
    until: pd.Timestamp = as_at.OPEN_END,
    tolerance: float = 0.0,
    winter: tuple[int, ...] = WINTER,
) -> Judged:
    """Judge the claim on how many more were treated within four hours over winter 2017/18.

    The claim doesn't say which months or departments it means, so every run of two or more of the
    six months, at all departments and at major ones, gives the range. Parameters and errors as in
    :func:`attendances`; months of ``winter`` run from autumn to spring, such as (12, 1, 2).
    """
    _, claimed = claim_of("C040", tolerance)
    told = f"{claimed.text} more A&E patients were treated within four hours over winter 2017/18"
    within, major = _england(until)["in_time"], _england(until, MAJOR)["in_time"]
    more = _more(within, winter)
    if more is None:
        return _unknown("C040", told, claimed)
    windows = {winter, *(ORDER[i:j] for i in range(6) for j in range(i + 2, 7))}
    each = [m for w in windows for s in (within, major) if (m := _more(s, w)) is not None]
    said = (
        f"{_more_or_fewer(more)} were treated within four hours in {_span(winter)} 2017/18 than a "
        "year before; the claim doesn't say which months or departments it means, and other "
        f"choices give from {_more_or_fewer(min(each))} to {_more_or_fewer(max(each))}"
    )
    return _open("C040", told, claimed, (more, min(each), max(each)), said)


CLAIMS: Final[Mapping[str, Callable[..., Judged]]] = {
    "C038": attendances,
    "C039": admissions,
    "C040": more_within_four_hours,
}
"""What judges a claim, by its number in the register."""


def _england(until: pd.Timestamp, department: str = "") -> pd.DataFrame:
    """Return England's monthly totals before 2020, of one type of department or of all."""
    held = [piece for piece in pieces(until) if piece.national][:1]
    parts = [(piece.of_departments(department) if department else piece).rows for piece in held]
    rows = pd.concat([pieces()[0].rows.head(0), *parts])
    months: pd.DataFrame = rows.groupby("month")[["attendances", "breaches", "admissions"]].sum()
    return months.assign(in_time=months["attendances"] - months["breaches"])


def _growth(months: pd.Series) -> tuple[float, float, float, pd.Series] | None:
    """Return growth over shared months, its least and most; and which months are shared."""
    now, before = months.reindex(_YEAR), months.reindex(_YEAR - pd.DateOffset(years=1))
    before.index = now.index
    both = before.notna()
    if now.isna().any() or not both.any():
        return None
    ratios = now[both] / before[both]
    value = float(now[both].sum() / before[both].sum() - 1)
    ends = [
        float(now.sum() / (before[both].sum() + (now[~both] / r).sum()) - 1)
        for r in (ratios.min(), ratios.max())
    ]
    return value, min(ends), max(ends), both


def _more(within: pd.Series, winter: tuple[int, ...]) -> float | None:
    """Return the change on a year before over the months of winter 2017/18."""
    now = pd.DatetimeIndex([f"{2017 if m > 6 else 2018}-{m:02d}-01" for m in winter])
    then, before = within.reindex(now), within.reindex(now - pd.DateOffset(years=1))
    if then.isna().any() or before.isna().any():
        return None
    return float(then.sum() - before.sum())


def _open(
    claim_id: str,
    told: str,
    claimed: Estimate,
    found: tuple[float, float, float],
    said: str,
    part: str = "",
) -> Judged:
    """Judge by a range of what is missing or of reasonable choices."""
    value, low, high = found
    ours = Estimate(value, low, high, claimed.unit, label="found", kind="range")
    fails = judge((claimed.low or 0.0, claimed.high or 0.0), value, (low, high)) is Verdict.FAILS
    verdict = Verdict.FAILS if fails else Verdict.PARTLY if part else Verdict.UNTOLD
    held = part if verdict is Verdict.PARTLY else ""
    return Judged(claim_id, told, claimed, ours, verdict, Grade.DATA, said, held)


def _unknown(claim_id: str, told: str, claimed: Estimate) -> Judged:
    said = "the months it needs were not published by that day"
    return Judged(claim_id, told, claimed, None, Verdict.UNTOLD, Grade.NOTHING, said)


def _more_or_fewer(number: float) -> str:
    return f"{abs(number):,.0f} {'fewer' if number < 0 else 'more'}"


def _span(winter: tuple[int, ...]) -> str:
    names = [pd.Timestamp(2018, m, 1).strftime("%B") for m in winter]
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
