"""Checkers of claims on money: agency spending, deficits, accounts."""

from __future__ import annotations

import re
from collections.abc import Callable

from nhsi_analysis.studies.claims.lookups import Checker, Register, Which
from nhsi_analysis.studies.claims.model import Claim, Evidence, Found, number, rounding
from nhsi_analysis.studies.claims.tables import Tables


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


def number_of_trusts(financial_year: str) -> Callable[[Claim, Tables, Register], float]:
    """Return an end: the number of trusts with accounts for a year; no bound without any."""

    def end(claim: Claim, tables: Tables, claims: Register) -> float:
        return float(len(tables.accounts(financial_year))) or float("inf")

    return end


def cost_of_all(financial_year: str, scale: float) -> Callable[[Claim, Tables, Register], float]:
    """Return an end: operating cost of all trusts in a year, in units of ``scale`` GBP million."""

    def end(claim: Claim, tables: Tables, claims: Register) -> float:
        accounts = tables.accounts(financial_year)
        return float(accounts["cost"].sum()) / scale if len(accounts) else float("inf")

    return end


def cost_of_entity(financial_year: str, scale: float) -> Callable[[Claim, Tables, Register], float]:
    """Return an end: operating cost of the claim's own trust, in units of ``scale`` GBP million."""

    def end(claim: Claim, tables: Tables, claims: Register) -> float:
        trusts = tables["trusts"]
        wanted = _plain(claim.entity)
        codes = trusts.loc[trusts["org_name"].map(_plain) == wanted, "org_code"]
        accounts = tables.accounts(financial_year)
        cost = accounts.loc[accounts["org_code"].isin(codes), "cost"]
        return float(cost.sum()) / scale if len(cost) else float("inf")

    return end


def cost_of_some(financial_year: str, *, largest: bool) -> Callable[..., float]:
    """Return an end in GBP billion: cost of the largest or smallest trusts, as many as claimed."""

    def end(claim: Claim, tables: Tables, claims: Register) -> float:
        costs = tables.accounts(financial_year)["cost"].sort_values(ascending=not largest)
        if costs.empty:
            return float("inf") if largest else 0.0
        return float(costs.head(int(claim.comparator_value)).sum()) / 1000

    return end


def not_yet_agreed(claim: Claim, tables: Tables, claims: Register) -> float:
    """Return an end: all trusts less those reported not to have agreed in June 2017."""
    rows = tables.rows("nhsi_context", {"measure": "not yet agreed plans and control totals"})
    total = len(tables.accounts("2017/18"))
    if rows.empty or not total:
        return 0.0
    # "about 30" is read as within five of it
    return total - float(rows["number"].iloc[0]) - 5


def _plain(name: str) -> str:
    """Reduce a trust's name to what tells it apart."""
    text = re.sub(r"\b(nhs|foundation|trust|the|hospitals?)\b|[^a-z]", "", str(name).lower())
    return text or str(name)
