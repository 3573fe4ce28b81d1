"""Checkers of claims on A&E and other operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import pandas as pd

from nhsi_analysis.studies.claims.numbers.checks.bounds import (
    PERCENT,
    STAFF,
    between,
    fixed,
    trusts,
)
from nhsi_analysis.studies.claims.numbers.checks.lookups import Checker, Register, sought, together
from nhsi_analysis.studies.claims.numbers.checks.model import Claim, Evidence, Found, number
from nhsi_analysis.studies.claims.numbers.checks.registers import Tables
from notebook_reports.evidence import format_value

_END = pd.Timestamp("2018-02-01")
_FOUR_HOURS = "within four hours"


def admitted_through_ae(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Say what the table's admissions leave out."""
    months = _england(tables).reindex(pd.date_range(end=_END, periods=11, freq="MS"))
    share = months["admissions"].sum() / months["attendances"].sum()
    if not share > 0:
        return Found()
    return Found(
        remarks=(
            f"The table counts admissions through A&E ({share:.0%} of attendances), not patients "
            "admitted straight to a ward: the claim may be on all emergency admissions.",
        )
    )


def admissions_in_year(claim: Claim, tables: Tables, claims: Register) -> float:
    """Return an end: admissions through A&E in 2017/18; no bound where months are missing."""
    year = pd.date_range("2017-04-01", periods=12, freq="MS")
    months = _england(tables)["admissions"].reindex(year)
    return float("inf") if months.isna().any() else float(months.sum())


def _england(tables: Tables) -> pd.DataFrame:
    """Return England's monthly totals of all department types."""
    columns = ["attendances", "breaches", "admissions"]
    months: pd.DataFrame = tables["ae_monthly"].groupby("month")[columns].sum()
    return months


def growth(column: Literal["attendances", "admissions"]) -> Checker:
    """Compute growth over 12 months to February 2018 from the months that the table holds.

    The table starts in April 2016, so one month of the year before, March 2016, is missing. The
    months that both years have give one number; what March may have been, judged by the growth of
    the other months, gives the range.
    """

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        months = _england(tables)[column]
        year = pd.date_range(end=_END, periods=12, freq="MS")
        now, before = months.reindex(year), months.reindex(year - pd.DateOffset(years=1))
        if now.isna().any():
            return Found(remarks=("The months to February 2018 are not all in the table.",))
        pair = pd.DataFrame({"now": now.to_numpy(), "before": before.to_numpy()}, index=now.index)
        both = pair.dropna()
        missing = pair[pair["before"].isna()]
        value = 100 * float(both["now"].sum() / both["before"].sum() - 1)
        words = f"{column} grew by {value:.2f}% over {len(both)} months that both years have"
        if missing.empty:
            return Found((Evidence(value, value, value, words, ("ae_monthly",), exact=True),))
        ratios = both["now"] / both["before"]
        ends = [
            100 * float(now.sum() / (both["before"].sum() + (missing["now"] / r).sum()) - 1)
            for r in (ratios.min(), ratios.max())
        ]
        needed = float(now.sum() / (1 + claim.value / 100) - both["before"].sum())
        implied = 100 * (float(missing["now"].sum()) / needed - 1)
        names = ", ".join(f"{m - pd.DateOffset(years=1):%B %Y}" for m in missing.index)
        least, most = (format_value(float(r) - 1, "share") for r in (ratios.min(), ratios.max()))
        words += (
            f"; {names} is missing: with growth as in the other months ({least} to {most}) the "
            f"year grew by {ends[0]:.2f}% to {ends[1]:.2f}%, and {claim.value:g}% needs a growth "
            f"of {format_value(implied, 'per cent')} in it"
        )
        evidence = Evidence(
            value, min(ends), max(ends), words, ("ae_monthly",), exact=True, complete=False
        )
        return Found((evidence,))

    return check


def major_departments(column: Literal["attendances", "admissions"]) -> Checker:
    """Tell the growth of major departments (type 1) alone, over the months that both years have."""

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        table = tables["ae_monthly"]
        months = table[table["department_type"] == "1"].groupby("month")[column].sum()
        year = pd.date_range(end=_END, periods=11, freq="MS")
        now, before = months.reindex(year), months.reindex(year - pd.DateOffset(years=1))
        if now.isna().any() or before.isna().any():
            return Found()
        value = 100 * float(now.sum() / before.sum() - 1)
        words = f"{column} of major departments (type 1) grew by {value:.2f}% over 11 months"
        return Found(others=(Evidence(value, value, value, words, ("ae_monthly",), exact=True),))

    return check


def more_within_four_hours(winter: tuple[int, ...]) -> Checker:
    """Compute how many more patients were treated within four hours in one winter than before.

    Parameters
    ----------
    winter : tuple of int
        Months that count as winter, from autumn to spring, such as (12, 1, 2).
    """

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        months = _england(tables)
        within: pd.Series = months["attendances"] - months["breaches"]
        more = _more(within, winter)
        if more is None:
            return Found(remarks=("The months of both winters are not all in the table.",))
        words = (
            f"{number(more)} more {_FOUR_HOURS} in {_span(winter)} 2017/18 than a year before, "
            "all department types"
        )
        order = (10, 11, 12, 1, 2, 3)
        windows: list[tuple[int, ...]] = [order[i:j] for i in range(6) for j in range(i + 2, 7)]
        each = {w: m for w in windows if (m := _more(within, w)) is not None}
        table = tables["ae_monthly"]
        major = table[table["department_type"] == "1"]
        in_time: pd.Series = (
            (major["attendances"] - major["breaches"]).groupby(major["month"]).sum()
        )
        major_more = _more(in_time, winter)
        remarks = []
        if each:
            nearest = min(each, key=lambda w: abs(each[w] - claim.value))
            remarks.append(
                f"Other choices of winter give {number(min(each.values()))} to "
                f"{number(max(each.values()))}; nearest to the claim is {_span(nearest)} with "
                f"{number(each[nearest])}."
            )
        if major_more is not None:
            remarks.append(f"In major departments (type 1) alone it was {number(major_more)}.")
        evidence = Evidence(more, more, more, words, ("ae_monthly",), exact=True)
        return Found((evidence,), remarks=tuple(remarks))

    return check


def _more(within: pd.Series, winter: tuple[int, ...]) -> float | None:
    """Return the change on a year before over the months of winter 2017/18."""
    now = pd.DatetimeIndex([f"{2017 if m > 6 else 2018}-{m:02d}-01" for m in winter])
    then, before = within.reindex(now), within.reindex(now - pd.DateOffset(years=1))
    if then.isna().any() or before.isna().any():
        return None
    return float(then.sum() - before.sum())


def _span(winter: tuple[int, ...]) -> str:
    names = [pd.Timestamp(2018, m, 1).strftime("%B") for m in winter]
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


CHECKERS: Final[Mapping[str, Checker]] = {
    "C038": together(growth("attendances"), major_departments("attendances")),
    "C039": together(growth("admissions"), major_departments("admissions"), admitted_through_ae),
    "C041": sought(
        "patients in criteria-led",
        between(
            fixed(0),
            admissions_in_year,
            "there were {high} admissions through A&E in 2017/18",
            ("ae_monthly",),
        ),
    ),
    "C042": sought("emergency flow improvement", STAFF),
    "C043": sought("Carillion", trusts()),
    "C044": sought("cancelled for lack of beds", PERCENT),
    "C045": sought("Wolverhampton.*length of stay", PERCENT),
    "C046": sought("patient.flow technology", trusts()),
}
