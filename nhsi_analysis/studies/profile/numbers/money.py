"""A trust's reported result and its spending on temporary staff, beside its peers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.answers.finances import margins_beside_peers, staffing
from nhsi_analysis.answers.peers import Numbers, newest
from nhsi_analysis.answers.surveys import of_trusts
from nhsi_analysis.studies.profile.numbers.peers import Identity
from notebook_reports.evidence import Estimate
from policy_methods.results import Result


@dataclass(frozen=True)
class Money(Result):
    """Accounts of a trust by year, each table as :func:`beside_peers` makes them.

    Parameters
    ----------
    margin : pandas.DataFrame
        By ``financial_year``: ``position_gbp_m`` and ``margin``, the surplus as a share of income.
    staffing : pandas.DataFrame
        By ``financial_year``: ``agency_gbp_m``, agency and external bank staff, and ``share``, of
        staff costs.
    sector, name : str
        What the trust's sector is in the latter, and what it is called there.
    """

    margin: pd.DataFrame
    staffing: pd.DataFrame
    sector: str
    name: str

    @cached_property
    def headline(self) -> Estimate | None:
        """Surplus as a share of income in the latest year."""
        return newest(self.margin, "margin", "surplus (deficit below 0) as a share of income, {}")

    @cached_property
    def staffing_headline(self) -> Estimate | None:
        """Agency and external bank as a share of staff costs in the latest year."""
        label = "of staff costs on agency and external bank staff, {}"
        return newest(self.staffing, "share", label)


def account(who: Identity, until: pd.Timestamp) -> Money:
    """Collect a trust's accounts published by the day ``until``."""
    margin, held = margins_beside_peers(who.code, until), _staffing(until)
    own, others, sector, name = who.alike(held, "sector")
    return Money(margin, held.beside(own, others), sector, name)


@datasets.remembered
def _staffing(until: pd.Timestamp) -> Numbers:
    """Return what trusts spent on temporary staff."""
    return Numbers.of(of_trusts(staffing(until)), "financial_year", "share", ["agency_gbp_m"])
