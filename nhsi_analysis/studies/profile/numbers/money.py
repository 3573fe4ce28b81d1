"""A trust's surplus or deficit and its spending on temporary staff, beside its peers."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from nhsi_analysis import as_at
from nhsi_analysis.studies.profile.numbers.peers import Identity, beside_peers, load, row
from notebook_reports.evidence import Estimate

# West Midlands Ambulance Service shows £10 in both years: a placeholder, not a number.
_PLACEHOLDER_GBP = 1000


@dataclass(frozen=True)
class Money:
    """Accounts of a trust by year.

    Parameters
    ----------
    margin : pandas.DataFrame
        One row a financial year: ``financial_year``, ``position_gbp_m``, ``income_gbp_m``,
        ``margin`` (surplus as a share of income), ``peer_median``, ``peer_low``, ``peer_high`` (the
        middle half of peers), ``peers``. Empty without data.
    staffing : pandas.DataFrame
        One row a financial year from 2022/23: ``financial_year``, ``agency_gbp_m``,
        ``staff_costs_gbp_m``, ``share``, ``peer_median``, ``peer_low``, ``peer_high``, ``peers``.
    later_name : str
        What the trust is called in the latest of these; empty where nothing changed.
    """

    margin: pd.DataFrame
    staffing: pd.DataFrame
    later_name: str

    @property
    def headline(self) -> Estimate | None:
        """Surplus as a share of income in the latest year, with the middle half of peers."""
        return _latest(self.margin, "margin", "surplus as a share of income, {}")

    @property
    def staffing_headline(self) -> Estimate | None:
        """Agency and external bank as a share of staff costs in the latest year."""
        label = "of staff costs on agency and external bank staff, {}"
        return _latest(self.staffing, "share", label)


def account(who: Identity, until: pd.Timestamp) -> Money:
    """Collect a trust's accounts published by a date.

    Parameters
    ----------
    who : Identity
        The trust and its peers.
    until : pandas.Timestamp
        Last publication date that counts.
    """
    rows = _published("trust_finance", who, until)
    rows = rows[rows["operating_income_gbp_000"] > 0].copy()
    rows["position_gbp_m"] = rows["financial_position_gbp_000"] / 1000
    rows["income_gbp_m"] = rows["operating_income_gbp_000"] / 1000
    rows["margin"] = rows["position_gbp_m"] / rows["income_gbp_m"]
    margin = beside_peers(who, rows, "financial_year", "margin", ["position_gbp_m", "income_gbp_m"])

    rows = _published("trust_temporary_staffing", who, until)
    usable = rows["agency_plus_external_bank_gbp"] >= _PLACEHOLDER_GBP
    rows = rows[usable & (rows["staff_costs_gbp"] > 0)].copy()
    rows["agency_gbp_m"] = rows["agency_plus_external_bank_gbp"] / 1e6
    rows["staff_costs_gbp_m"] = rows["staff_costs_gbp"] / 1e6
    rows["share"] = rows["agency_gbp_m"] / rows["staff_costs_gbp_m"]
    staffing = beside_peers(
        who, rows, "financial_year", "share", ["agency_gbp_m", "staff_costs_gbp_m"]
    )
    return Money(margin, staffing, who.later_name(rows, "financial_year"))


def _published(table: str, who: Identity, until: pd.Timestamp) -> pd.DataFrame:
    """Return the trust's and its peers' rows of a table by year that were out by a day."""
    rows = who.group(load(table))
    ends = as_at.financial_year_end(rows["financial_year"])
    return rows[as_at.published(table, ends) <= until]


def _latest(years: pd.DataFrame, value: str, label: str) -> Estimate | None:
    """Make an estimate of the last year, whose range is the middle half of peers."""
    if years.empty:
        return None
    last = row(years)
    known = last["peers"] > 0
    return Estimate(
        value=float(last[value]),
        low=float(last["peer_low"]) if known else None,
        high=float(last["peer_high"]) if known else None,
        unit="share",
        n=int(last["peers"]),
        kind="middle half of peers",
        label=label.format(last["financial_year"]),
    )
