"""An analyst's own table of trusts' temporary staff, checked cell by cell."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from nhsi_analysis.errors import DataError
from nhsi_analysis.years import FINANCIAL_YEAR, consecutive

COLUMNS = {
    "financial_year": "financial year such as 2022/23",
    "org_code": "ODS code, text",
    "org_name": "name",
    "sector": "type of trust",
    "region": "region",
    "agency_plus_external_bank_gbp": "pounds",
    "staff_costs_gbp": "pounds",
}
"""Columns an analyst's own table must have; others are ignored."""
PLACEHOLDER_SHARE = 1e-4
"""Spending below this share of staff costs is taken as a placeholder, not an amount spent."""
TINY_SHARE = 1e-3
"""No trust in the shipped table spends less; a share below may be an amount in thousands."""
STAFF_COSTS = (5e6, 1e10)
"""Staff costs of a trust in pounds: the shipped table has £21m to £1.7bn."""
OFF_BY = 50
"""A trust's amounts differ less between years: a slip of units is of a hundred or more."""
IN_POUNDS = "Give every amount in pounds, not in pence, thousands or millions"


def read_own_accounts(path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Read a table of trusts' spending on agency and external bank staff.

    Parameters
    ----------
    path : Path
        Text with the columns in COLUMNS, one row a trust and year, amounts in pounds; see
        :func:`nhsi_analysis.ingest.own.read_own`.

    Returns
    -------
    tuple of DataFrame and tuple of str
        The table, and what was taken for what, in sentences.

    Raises
    ------
    DataError
        If the file breaks a rule, naming row and column.
    """
    # The readers take half a second to import: a report without an own table is spared it.
    from nhsi_analysis.ingest.own import read_own

    own = read_own(path, tuple(COLUMNS), key=("financial_year", "org_code"))
    missing = next((c for c in COLUMNS if c not in own.cells), None)
    if missing is not None:
        raise DataError(
            own.file,
            "column is missing",
            column=missing,
            remedy="A table of trusts' own figures has " + ", ".join(COLUMNS),
        )
    table = own.cells[list(COLUMNS)].copy()
    for column in COLUMNS:
        own.refuse("must not be empty", table[column] == "", column)
    years = table["financial_year"]
    wrong = ~(years.str.fullmatch(FINANCIAL_YEAR) & consecutive(years))
    own.refuse("must be a financial year such as 2022/23", wrong, "financial_year")
    spend, staff = "agency_plus_external_bank_gbp", "staff_costs_gbp"
    rule = "must be an amount in pounds, not negative"
    for column in (spend, staff):
        numbers = own.numbers(column, rule, thousands=True)
        wrong = numbers.values.isna() | (numbers.values < 0) | numbers.percent
        own.refuse(rule, wrong, column)
        table[column] = numbers.values
    own.refuse("must be above 0", table[staff] <= 0, staff)
    own.refuse("must not be more than staff_costs_gbp", table[spend] > table[staff], spend)
    low, high = STAFF_COSTS
    own.refuse(
        f"no trust has such staff costs: in pounds they are £{low / 1e6:,.0f}m to "
        f"£{high / 1e9:,.0f}bn a year",
        ~table[staff].between(low, high),
        staff,
        remedy=IN_POUNDS,
    )
    share = table[spend] / table[staff]
    spent = share >= PLACEHOLDER_SHARE
    for column, there in ((staff, share >= 0), (spend, spent)):
        least = table[column].where(there).groupby(table["org_code"]).transform("min")
        own.refuse(
            f"must be less than {OFF_BY} times what the trust has in another year",
            there & (table[column] >= OFF_BY * least),
            column,
            remedy=IN_POUNDS,
        )
    own.refuse(
        "must be on the scale of staff_costs_gbp: most rows are below 0.1% of them",
        (table[spend] > 0) & (share.median() < TINY_SHARE),
        spend,
        remedy=IN_POUNDS,
    )
    tiny = table[spent & (share < TINY_SHARE)]
    if tiny.empty:
        return table, own.notes
    named = ", ".join(f"{code} (row {row})" for row, code in tiny["org_code"].head(5).items())
    more = " and others" if len(tiny) > 5 else ""
    return table, (*own.notes, f"Spending below 0.1% of staff costs, kept: {named}{more}.")
