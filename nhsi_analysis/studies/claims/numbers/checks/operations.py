"""Checkers of claims on A&E."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd

from nhsi_analysis.studies.claims.numbers.checks.lookups import Checker, Register
from nhsi_analysis.studies.claims.numbers.checks.model import Claim, Evidence, Found
from nhsi_analysis.studies.claims.numbers.checks.registers import Tables
from nhsi_analysis.studies.claims.settings import ORDER
from notebook_reports.evidence import words

_YEAR = pd.date_range(end="2018-02-01", periods=12, freq="MS")
_MAJOR = "1"
"""The register's name for major departments."""


def _months(tables: Tables, department: str = "") -> pd.DataFrame:
    """Return England's monthly totals, of one type of department or of all."""
    table = tables["ae_monthly"]
    if department:
        table = table[table["department_type"] == department]
    months: pd.DataFrame = table.groupby("month")[["attendances", "breaches", "admissions"]].sum()
    return months.assign(in_time=months["attendances"] - months["breaches"])


def _growth(months: pd.Series) -> tuple[float, float, float, pd.Series] | None:
    """Return growth in per cent: over shared months, least, most; and which months are shared.

    The table starts in April 2016, so one month of the year before is missing. Growth from it as
    in the other months gives the least and the most growth of the whole year.
    """
    now, before = months.reindex(_YEAR), months.reindex(_YEAR - pd.DateOffset(years=1))
    before.index = now.index
    both = before.notna()
    if now.isna().any() or not both.any():
        return None
    ratios = now[both] / before[both]
    value = 100 * float(now[both].sum() / before[both].sum() - 1)
    ends = [
        100 * float(now.sum() / (before[both].sum() + (now[~both] / r).sum()) - 1)
        for r in (ratios.min(), ratios.max())
    ]
    return value, min(ends), max(ends), both


def attendances(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Compute growth of attendances over 12 months to February 2018."""
    found = _growth(_months(tables)["attendances"])
    if found is None:
        return Found()
    value, low, high, both = found
    said = f"attendances grew by {value:.1f}% over the {both.sum()} months that both years have"
    if not both.all():
        names = [f"{m - pd.DateOffset(years=1):%B %Y}" for m in both.index[~both]]
        said += (
            f"; if growth from {words.listed(names)}, which the table lacks, was within that of "
            f"the other months, the year grew by {low:.1f}% to {high:.1f}%"
        )
    major = _growth(_months(tables, _MAJOR)["attendances"])
    if major is not None:
        said += f"; at major departments alone it was {major[0]:.1f}%"
    part = f"that attendances grew, by about {value:.0f}%" if low > 0 < claim.value else ""
    return Found((Evidence(value, low, high, said, limits="open", part=part),))


def admissions(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Tell growth of admissions through A&E, which are not all emergency admissions."""
    found = _growth(_months(tables)["admissions"])
    if found is None:
        return Found()
    value, low, high, both = found
    said = (
        f"admissions through A&E grew by {value:.1f}% over the {both.sum()} months that both years "
        "have, but patients are also admitted in an emergency straight to a ward, so this is "
        "another quantity"
    )
    return Found((Evidence(value, low, high, said, limits="other"),))


def more_within_four_hours(winter: tuple[int, ...]) -> Checker:
    """Compute how many more patients were treated within four hours in one winter than before.

    The claim doesn't say which months or departments it means, so every run of two or more of the
    six months, at all departments and at major ones, gives the range. Months of ``winter`` run from
    autumn to spring, such as (12, 1, 2).
    """
    windows = {winter, *(ORDER[i:j] for i in range(6) for j in range(i + 2, 7))}

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        within, major = _months(tables)["in_time"], _months(tables, _MAJOR)["in_time"]
        more = _more(within, winter)
        if more is None:
            return Found()
        each = [m for w in windows for s in (within, major) if (m := _more(s, w)) is not None]
        said = (
            f"{_more_or_fewer(more)} were treated within four hours in {_span(winter)} 2017/18 "
            "than a year before; the claim doesn't say which months or departments it means, and "
            f"other choices give from {_more_or_fewer(min(each))} to {_more_or_fewer(max(each))}"
        )
        return Found((Evidence(more, min(each), max(each), said, limits="open"),))

    return check


def _more(within: pd.Series, winter: tuple[int, ...]) -> float | None:
    """Return the change on a year before over the months of winter 2017/18."""
    now = pd.DatetimeIndex([f"{2017 if m > 6 else 2018}-{m:02d}-01" for m in winter])
    then, before = within.reindex(now), within.reindex(now - pd.DateOffset(years=1))
    if then.isna().any() or before.isna().any():
        return None
    return float(then.sum() - before.sum())


def _more_or_fewer(number: float) -> str:
    return f"{abs(number):,.0f} {'fewer' if number < 0 else 'more'}"


def _span(winter: tuple[int, ...]) -> str:
    names = [pd.Timestamp(2018, m, 1).strftime("%B") for m in winter]
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


CHECKERS: Final[Mapping[str, Checker]] = {"C038": attendances, "C039": admissions}
