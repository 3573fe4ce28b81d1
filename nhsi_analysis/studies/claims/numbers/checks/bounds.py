"""Bounds: what a number can't lie outside of, where no published number says what it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from nhsi_analysis.studies.claims.numbers.checks.lookups import Checker, Register
from nhsi_analysis.studies.claims.numbers.checks.model import (
    Claim,
    Evidence,
    Found,
    Which,
    number,
    plain_name,
)
from nhsi_analysis.studies.claims.numbers.checks.registers import Tables

End = Callable[[Claim, Tables, Register], float]
"""Computes an end of a range from the claim, the tables and the other claims."""


def between(
    low: End,
    high: End,
    words: str,
    tables: tuple[str, ...] = ("claims",),
    against: Which = "value",
) -> Checker:
    """Bound a number that nothing published gives: outside the bounds it is refuted.

    Parameters
    ----------
    low, high : callable
        Its ends.
    words : str
        What the bounds are; ``{low}`` and ``{high}`` are filled in.
    tables : tuple of str
        Tables that the bounds come from.
    against : str
        Which number of the claim is bounded.
    """

    def check(claim: Claim, data: Tables, claims: Register) -> Found:
        ends = low(claim, data, claims), high(claim, data, claims)
        text = words.format(low=_end(ends[0]), high=_end(ends[1]))
        middle = (ends[0] + ends[1]) / 2
        return Found((Evidence(middle, *ends, text, tables, complete=False, against=against),))

    return check


def fixed(value: float) -> End:
    """Return an end that does not depend on data: nought, or 100%."""
    return lambda claim, tables, claims: value


def reading_of(claim_id: str, which: Which = "value") -> End:
    """Return an end that is another claim's number."""
    return lambda claim, tables, claims: claims[claim_id].reading(which)


def own_comparator(claim: Claim, tables: Tables, claims: Register) -> float:
    """Return the claim's own second number as an end."""
    return claim.comparator_value


def number_of_trusts(financial_year: str) -> End:
    """Return an end: the number of trusts with accounts for a year; no bound without any."""

    def end(claim: Claim, tables: Tables, claims: Register) -> float:
        return float(len(tables.accounts(financial_year))) or float("inf")

    return end


def cost_of_all(financial_year: str, scale: float) -> End:
    """Return an end: operating cost of all trusts in a year, in units of ``scale`` GBP million."""

    def end(claim: Claim, tables: Tables, claims: Register) -> float:
        accounts = tables.accounts(financial_year)
        return float(accounts["cost"].sum()) / scale if len(accounts) else float("inf")

    return end


def cost_of_entity(financial_year: str, scale: float) -> End:
    """Return an end: operating cost of the claim's own trust, in units of ``scale`` GBP million."""

    def end(claim: Claim, tables: Tables, claims: Register) -> float:
        trusts = tables["trusts"]
        wanted = plain_name(claim.entity)
        codes = trusts.loc[trusts["org_name"].map(plain_name) == wanted, "org_code"]
        accounts = tables.accounts(financial_year)
        cost = accounts.loc[accounts["org_code"].isin(codes), "cost"]
        return float(cost.sum()) / scale if len(cost) else float("inf")

    return end


def cost_of_some(financial_year: str, *, largest: bool) -> End:
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


def clinical_staff(claim: Claim, tables: Tables, claims: Register) -> float:
    """Return an end: clinical staff of the NHS in England; no bound where not published yet."""
    rows = tables.rows("nhsi_context", {"measure": "^FTE clinical staff$"})
    return float("inf") if rows.empty else float(rows["number"].iloc[0])


def _end(value: float) -> str:
    return "no limit" if value == float("inf") else number(round(value, 1))


ACCOUNTS: Final = ("trust_finance",)
PERCENT: Final = between(fixed(0), fixed(100), "a share lies between {low}% and {high}%")
POSITIVE: Final = between(fixed(0), fixed(float("inf")), "a count or an amount is not below {low}")
ALL_MILLIONS: Final = between(
    fixed(0),
    cost_of_all("2017/18", 1),
    "all trusts together cost £{high}m in 2017/18",
    ACCOUNTS,
)
ALL_BILLIONS: Final = between(
    fixed(0),
    cost_of_all("2017/18", 1000),
    "all trusts together cost £{high}bn in 2017/18",
    ACCOUNTS,
)
STAFF: Final = between(
    fixed(0),
    clinical_staff,
    "the NHS in England had {high} clinical staff in 2014",
    ("nhsi_context",),
)
PART: Final = between(fixed(0), own_comparator, "a part of {high} is not more than that")


def trusts(against: Which = "value") -> Checker:
    """Bound a number of trusts by all those with accounts for 2017/18."""
    return between(
        fixed(1),
        number_of_trusts("2017/18"),
        "there were {high} trusts with accounts for 2017/18",
        ACCOUNTS,
        against=against,
    )
