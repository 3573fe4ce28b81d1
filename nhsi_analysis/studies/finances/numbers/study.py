"""Trusts' accounts as published, and as units that stay the same over the years."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from nhsi_analysis import as_at, datasets, years
from nhsi_analysis.answers import finances, trusts
from nhsi_analysis.datasets.successions import successor_of
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.finances.settings import ALL, Settings

UNKNOWN = "Not recorded"


@dataclass(frozen=True, eq=False)
class Study:
    """Accounts of trusts, whole and by unit.

    Parameters
    ----------
    year : str
        Financial year looked at.
    everything : DataFrame
        The accounts of all trusts as :func:`~nhsi_analysis.answers.finances.accounts` returns them,
        with ``kind`` and ``trust_type``.
    rows : DataFrame
        Those of the kind of trust asked for, with the ``unit`` that each code is of.
    margins : DataFrame
        Margins of that kind by unit and year: a unit is a trust as it stood at the end of the
        newest year, its accounts and those of the trusts that went up in it added together.
    merged : tuple of str
        Units that hold accounts of several codes.
    names : Series
        Names of trusts by code, those that ended too.
    """

    settings: Settings
    until: pd.Timestamp
    year: str
    everything: pd.DataFrame
    rows: pd.DataFrame
    margins: pd.DataFrame
    merged: tuple[str, ...]
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


def build(settings: Settings) -> Study:
    """Read the accounts of trusts, and add up those of trusts that merged.

    Raises
    ------
    ParameterError
        If no accounts were published by the day, or none of the year.

    Examples
    --------
    >>> study = build(Settings())
    >>> study.year, study.margins.shape
    ('2015/16', (230, 9))
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
    steps = datasets.load("trust_successions")
    went = _ends(steps, until=years.last_day(str(totals.index.max())))
    kind = rows["org_code"].map(_kinds({*rows["org_code"]}, _ends(steps, until=as_at.OPEN_END)))
    acute = kind.str.endswith("acute")
    rows = rows.assign(kind=kind, trust_type=kind.mask(acute, "Acute"))
    chosen = rows[(rows["trust_type"] == settings.trust_type) | (settings.trust_type == ALL)]
    if chosen[chosen["financial_year"] == year].empty:
        raise ParameterError("trust_type", "has no accounts in the year", value=settings.trust_type)
    unit = chosen["org_code"].map(lambda code: [code, *successor_of(code, went)][-1])
    chosen = chosen.assign(unit=unit)
    sums = chosen.groupby(["unit", "financial_year"])[["position_gbp_m", "income_gbp_m"]].sum()
    margin = (sums["position_gbp_m"] / sums["income_gbp_m"])[sums["income_gbp_m"] > 0]
    codes = chosen.groupby("unit")["org_code"].nunique()
    both = [datasets.load("trusts"), steps]
    names = pd.concat([table.set_index("org_code")["org_name"] for table in both])
    return Study(
        settings=settings,
        until=until,
        year=year,
        everything=rows,
        rows=chosen,
        margins=margin.unstack(),  # noqa: PD010
        merged=tuple(codes.index[codes > 1]),
        names=names[~names.index.duplicated()],
    )


def _ends(steps: pd.DataFrame, until: pd.Timestamp) -> dict[str, tuple[str, pd.Timestamp]]:
    """Return where each trust that went up whole in another went by a day."""
    whole = steps[steps["share"].eq("whole") & (steps["effective_date"] <= until)]
    to = zip(whole["successor_code"], whole["effective_date"], strict=True)
    return dict(zip(whole["org_code"], to, strict=True))


def _kinds(codes: set[str], steps: dict[str, tuple[str, pd.Timestamp]]) -> dict[str, str]:
    """Return what trusts are, or what the first that took one over is whose kind is known."""
    known = trusts.kinds().str.removesuffix(" trusts").str.capitalize()
    known = known[known != "Trusts of unknown type"]
    chains = {code: [c for c in (code, *successor_of(code, steps)) if c in known] for code in codes}
    return {code: known[chain[0]] if chain else UNKNOWN for code, chain in chains.items()}
