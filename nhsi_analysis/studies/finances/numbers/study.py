"""Trusts' accounts as published, and as units that stay the same over the years."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from nhsi_analysis import as_at, datasets, years
from nhsi_analysis.answers import finances, trusts
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.finances.settings import ALL, Settings
from policy_methods.results import Result

UNKNOWN = "Not recorded"


@dataclass(frozen=True, eq=False)
class Study(Result):
    """Accounts of trusts, whole and by unit.

    Parameters
    ----------
    year : str
        Financial year looked at.
    everything, rows : DataFrame
        The accounts of all trusts as :func:`~nhsi_analysis.answers.finances.accounts` returns them,
        with ``kind`` and ``trust_type``; those asked for, with the ``unit`` that each code is of.
    margins : DataFrame
        Their margins by unit and year: a unit is a trust as it stood at the end of the newest year,
        its accounts and those of the trusts that went up in it added together.
    names : Series
        Names of trusts by code, those that ended too.
    """

    settings: Settings
    until: pd.Timestamp
    year: str
    everything: pd.DataFrame
    rows: pd.DataFrame
    margins: pd.DataFrame
    names: pd.Series

    @property
    def years(self) -> list[str]:
        """The financial years held, oldest first."""
        return sorted(self.everything["financial_year"].unique())

    @property
    def newest(self) -> str:
        """The newest year held."""
        return self.years[-1]

    def of_year(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of the year looked at that have a margin, by code."""
        return rows[rows["financial_year"] == self.year].dropna(subset="margin")

    def now(self, table: pd.DataFrame) -> dict[Any, Any]:
        """Return the one row of a table by year that is of the year looked at."""
        return table[table["financial_year"] == self.year].to_dict("records")[0]


def build(settings: Settings) -> Study:
    """Read the accounts of trusts, and add up those of trusts that merged.

    Raises
    ------
    ParameterError
        If no accounts were published by the day, or none of the year.

    Examples
    --------
    >>> build(Settings()).year
    '2015/16'
    """
    until = as_at.parse(settings.as_at)
    rows = finances.accounts(until)
    if rows.empty:
        rule = "leaves no accounts: the first were published in July 2011"
        raise ParameterError("as_at", rule, value=settings.as_at)
    totals = rows.groupby("financial_year")["position_gbp_m"].sum()
    year = settings.year or str(totals.idxmin())
    if year not in totals:
        raise ParameterError(
            "year", "has no accounts by that day", value=year, allowed=[*totals.index]
        )
    end, codes = years.last_day(str(totals.index.max())), {*rows["org_code"]}
    kind = rows["org_code"].map(trusts.kinds_of(codes, end)).fillna(UNKNOWN)
    kind = kind.str.removesuffix(" trusts").str.capitalize()
    rows = rows.assign(kind=kind, trust_type=kind.mask(kind.str.endswith("acute"), "Acute"))
    chosen = rows[(rows["trust_type"] == settings.trust_type) | (settings.trust_type == ALL)]
    if chosen[chosen["financial_year"] == year].empty:
        raise ParameterError("trust_type", "has no accounts in the year", value=settings.trust_type)
    now = {code: chain[-1] for code, chain in trusts.chains(codes, end).items()}
    chosen = chosen.assign(unit=chosen["org_code"].map(now))
    sums = chosen.groupby(["unit", "financial_year"])[["position_gbp_m", "income_gbp_m"]].sum()
    margin = (sums["position_gbp_m"] / sums["income_gbp_m"])[sums["income_gbp_m"] > 0]
    both = [datasets.load(name) for name in ("trusts", "trust_successions")]
    names = pd.concat([table.set_index("org_code")["org_name"] for table in both])
    return Study(
        settings=settings,
        until=until,
        year=year,
        everything=rows,
        rows=chosen,
        margins=margin.unstack(),  # noqa: PD010
        names=names[~names.index.duplicated()],
    )
