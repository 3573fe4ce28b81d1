"""Checkers of claims on money: agency spending, deficits, accounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nhsi_analysis.studies.claims.numbers.checks.bounds import (
    ACCOUNTS,
    ALL_BILLIONS,
    ALL_MILLIONS,
    between,
    cost_of_some,
    fixed,
    not_yet_agreed,
    number_of_trusts,
    trusts,
)
from nhsi_analysis.studies.claims.numbers.checks.lookups import (
    Checker,
    Register,
    own_share,
    published,
    rival,
    sought,
    together,
)
from nhsi_analysis.studies.claims.numbers.checks.model import (
    Claim,
    Evidence,
    Found,
    Which,
    number,
    rounding,
)
from nhsi_analysis.studies.claims.numbers.checks.registers import Tables


def agency_fall(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Compute the fall in agency spending from 2015/16 to 2017/18 from outturns in GBP billion."""
    first, last = (_outturn(tables, year) for year in ("2016-03-31", "2018-03-31"))
    if first is None or last is None:
        return Found(remarks=("The two outturns are not both published by that date.",))
    evidence = _fall(first, last, f"from £{first:g}bn to £{last:g}bn (HFMA)")
    rows = tables.rows(
        "agency_annual",
        {"measure": "^agency spend$", "basis": "^actual$", "provider_type": "secondary|English"},
    )
    finer = rows[rows["period_end"] == "2016-03-31"]["number"]
    others = []
    if not finer.empty:
        later = rows[rows["period_end"] == "2017-03-31"]["number"].iloc[0]
        less = claims["C021"].value / 1000
        start, end = float(finer.iloc[0]), float(later) - less
        words = f"from £{start:g}bn to £{later:g}bn in parliamentary answers less £{less:g}bn"
        others.append(_fall(start, end, words))
    return Found((evidence,), tuple(others))


def agency_less(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Compute the fall on the year before from two rounded outturns of one publisher."""
    before, after = (_outturn(tables, year) for year in ("2017-03-31", "2018-03-31"))
    if before is None or after is None:
        return Found(remarks=("The two outturns are not both published by that date.",))
    (low1, high1), (low2, high2) = rounding(before, "bn"), rounding(after, "bn")
    words = (
        f"£{before:g}bn less £{after:g}bn, both rounded (HFMA), is £{(before - after) * 1000:.0f}m"
    )
    value = (before - after) * 1000
    low, high = (low1 - high2) * 1000, (high1 - low2) * 1000
    return Found((Evidence(value, low, high, words, ("agency_annual",)),))


def _outturn(tables: Tables, period_end: str) -> float | None:
    """Return the outturn of a year in GBP billion, of all providers, as HFMA reported it."""
    rows = tables.rows(
        "agency_annual",
        {
            "measure": "^agency spend$",
            "basis": "^actual$",
            "provider_type": "^all NHS providers$",
            "staff_group": "^all$",
            "unit": "GBP bn",
            "publisher": "HFMA",
        },
    )
    found = rows[rows["period_end"] == period_end]["number"]
    return None if found.empty else float(found.iloc[0])


def _fall(first: float, last: float, words: str) -> Evidence:
    """Return a fall in per cent with the range that rounding of its two ends leaves."""
    (low1, high1), (low2, high2) = rounding(first, "bn"), rounding(last, "bn")
    value = 100 * (1 - last / first)
    words = f"{words} is a fall of {value:.1f}%"
    low, high = 100 * (1 - high2 / low1), 100 * (1 - low2 / high1)
    return Evidence(value, low, high, words, ("agency_annual",))


def deficit_in_accounts(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Set the sector's two deficits beside the sums of the trusts' accounts.

    The sums are of another definition, so their size is told, not judged; but they must move the
    same way.
    """
    sums, counts = [], []
    for year in ("2016/17", "2017/18"):
        accounts = tables.accounts(year)
        if accounts.empty:
            return Found(remarks=(f"No accounts of {year} are published by that date.",))
        sums.append(-float(accounts["position"].sum()))
        counts.append(len(accounts))
    change = sums[1] - sums[0]
    claimed = claim.value - claim.comparator_value
    words = (
        f"accounts of {counts[0]} and {counts[1]} trusts add up to deficits of "
        f"£{number(round(sums[0]))}m and £{number(round(sums[1]))}m: a change of "
        f"£{number(round(change))}m where the claim has £{number(claimed)}m"
    )
    same_way = change * claimed > 0
    direction = Evidence(
        value=claim.value,
        # an empty range, which no claim can meet, where the accounts move the other way
        low=0.0 if same_way else float("inf"),
        high=float("inf"),
        words=words + (", the same way" if same_way else ", the other way"),
        tables=("trust_finance",),
        complete=False,
    )
    rounded = float(round(sums[1], 1))
    other = Evidence(
        rounded,
        rounded,
        rounded,
        f"£{number(round(sums[1]))}m by the trusts' own accounts (another definition)",
        ("trust_finance",),
        exact=True,
    )
    return Found((direction,), (other,))


def trusts_in_accounts(financial_year: str, against: Which = "value") -> Checker:
    """Count the trusts with accounts for a year."""

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        n = len(tables.accounts(financial_year))
        if not n:
            return Found(remarks=(f"No accounts of {financial_year} by that date.",))
        words = f"{n} trusts have accounts for {financial_year}"
        return Found((Evidence(n, n, n, words, ("trust_finance",), exact=True, against=against),))

    return check


def _agency(measure: str) -> Checker:
    where = {"measure": measure, "unit": "^GBP m$", "period_end": "2018-03-31", "basis": "act|var"}
    return published("agency_annual", where)


_DEFICIT = {"measure": "^sector deficit", "period_start": "2017-04-01", "scope": "^all NHS"}
_DEFICIT_BEFORE = {"measure": "^sector deficit$", "period_end": "2017-03-31", "basis": "^actual$"}

CHECKERS: Final[Mapping[str, Checker]] = {
    "C019": agency_fall,
    "C020": _agency("^agency spend relative to plan"),
    "C021": together(
        agency_less,
        rival(
            "agency_annual",
            {
                "measure": "^agency spend reduction on prior year$",
                "period_end": "2018-03-31",
                "unit": "^GBP m$",
            },
        ),
    ),
    "C022": sought(
        "accepted.*control total",
        between(
            not_yet_agreed,
            number_of_trusts("2017/18"),
            "in June 2017 about 30 had not agreed, so from {low} up to all {high} trusts",
            ("nhsi_context", "trust_finance"),
        ),
        trusts_in_accounts("2017/18", "comparator"),
        own_share,
    ),
    "C023": sought(
        "share of trusts.*control total.*2017/18",
        between(
            fixed(0),
            lambda claim, tables, claims: (
                100 * claims["C022"].value / claims["C022"].comparator_value
            ),
            "not more than the {high}% that accepted one",
        ),
    ),
    "C024": together(
        published("nhsi_context", _DEFICIT),
        published("nhsi_context", _DEFICIT_BEFORE, against="comparator"),
        deficit_in_accounts,
    ),
    "C025": sought("November 2017 Budget", ALL_BILLIONS),
    "C026": sought("core frontline services", ALL_MILLIONS),
    "C027": sought(
        "patient level",
        between(
            cost_of_some("2016/17", largest=False),
            cost_of_some("2016/17", largest=True),
            "as many trusts cost from £{low}bn (the smallest) to £{high}bn (the largest) in "
            "2016/17",
            ACCOUNTS,
        ),
        trusts("comparator"),
    ),
    "C028": sought("Financial Improvement Programme", trusts()),
}
