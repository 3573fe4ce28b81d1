"""A trust's reported result and its spending on temporary staff, beside its peers."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from nhsi_analysis import as_at
from nhsi_analysis.studies.profile.numbers.peers import (
    Identity,
    beside_peers,
    latest_beside_peers,
    load,
)
from notebook_reports.evidence import Estimate

# West Midlands Ambulance Service shows £10 in both years: a placeholder, not a number.
_PLACEHOLDER_GBP = 1000


@dataclass(frozen=True)
class Money:
    """Accounts of a trust by year.

    Parameters
    ----------
    margin : pandas.DataFrame
        One row a financial year: ``financial_year``, ``position_gbp_m``, ``margin`` (surplus as a
        share of income), ``peer_median``, ``peer_low``, ``peer_high`` (the middle half of peers),
        ``peers``. Empty without data.
    staffing : pandas.DataFrame
        One row a financial year from 2022/23: ``financial_year``, ``agency_gbp_m``,
        ``staff_costs_gbp_m``, ``share``, ``peer_median``, ``peer_low``, ``peer_high``, ``peers``.
    name : str
        What the trust is called in the latest of these.
    sector : str
        The sector it and its peers are of there, such as "Acute".
    """

    margin: pd.DataFrame
    staffing: pd.DataFrame
    name: str
    sector: str

    @property
    def headline(self) -> Estimate | None:
        """Surplus as a share of income in the latest year."""
        label = "of income was the surplus it reported, {}"
        return latest_beside_peers(self.margin, "margin", label)

    @property
    def staffing_headline(self) -> Estimate | None:
        """Agency and external bank as a share of staff costs in the latest year."""
        label = "of staff costs went on agency and external bank staff, {}"
        return latest_beside_peers(self.staffing, "share", label)


def account(who: Identity, until: pd.Timestamp) -> Money:
    """Collect a trust's accounts published by a date.

    Parameters
    ----------
    who : Identity
        The trust and its peers.
    until : pandas.Timestamp
        Last publication date that counts.
    """
    rows = who.group(_published("trust_finance", until))
    rows = rows[rows["operating_income_gbp_000"] > 0].copy()
    rows["position_gbp_m"] = rows["financial_position_gbp_000"] / 1000
    rows["margin"] = rows["financial_position_gbp_000"] / rows["operating_income_gbp_000"]
    margin = beside_peers(who.code, rows, "financial_year", "margin", ["position_gbp_m"])

    rows = _published("trust_temporary_staffing", until).sort_values("financial_year")
    usable = rows["agency_plus_external_bank_gbp"] >= _PLACEHOLDER_GBP
    rows, sector = who.alike(rows[usable & (rows["staff_costs_gbp"] > 0)], "sector")
    rows = rows.assign(
        agency_gbp_m=rows["agency_plus_external_bank_gbp"] / 1e6,
        staff_costs_gbp_m=rows["staff_costs_gbp"] / 1e6,
        share=rows["agency_plus_external_bank_gbp"] / rows["staff_costs_gbp"],
    )
    keep = ["agency_gbp_m", "staff_costs_gbp_m"]
    staffing = beside_peers(who.code, rows, "financial_year", "share", keep)
    return Money(margin, staffing, who.name_in(rows), sector)


def _published(table: str, until: pd.Timestamp) -> pd.DataFrame:
    """Return the rows of a table by financial year that were out by a day."""
    rows = load(table)
    ends = as_at.financial_year_end(rows["financial_year"])
    return rows[as_at.published(table, ends) <= until]
