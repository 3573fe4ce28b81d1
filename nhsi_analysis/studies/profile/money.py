"""A trust's surplus or deficit and its spending on temporary staff, beside its peers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from nhsi_analysis import as_at
from nhsi_analysis.studies.profile.identity import Identity
from nhsi_analysis.studies.profile.rows import by_then, load, row
from notebook_reports.charts import lines
from notebook_reports.evidence import Estimate, format_value

# West Midlands Ambulance Service shows £10 in both years: a placeholder, not a figure.
_PLACEHOLDER_GBP = 1000


@dataclass(frozen=True)
class Money:
    """Accounts of a trust by year.

    Parameters
    ----------
    who : Identity
        The trust and its peers.
    margin : pandas.DataFrame
        One row a financial year: ``financial_year``, ``position_gbp_m``, ``income_gbp_m``,
        ``margin`` (surplus as a share of income), ``peer_median``, ``peer_low``, ``peer_high`` (the
        middle half of peers), ``peers``. Empty without data.
    staffing : pandas.DataFrame
        One row a financial year from 2022/23: ``financial_year``, ``agency_gbp_m``,
        ``staff_costs_gbp_m``, ``share``, ``peer_median``, ``peer_low``, ``peer_high``, ``peers``.
    later_name : str
        What the trust is called in the latest of these, in words; empty where nothing changed.
    """

    who: Identity
    margin: pd.DataFrame
    staffing: pd.DataFrame
    later_name: str

    @property
    def has_data(self) -> bool:
        """Whether there are accounts."""
        return not self.margin.empty

    @property
    def has_staffing(self) -> bool:
        """Whether there are figures on agency and external bank staff."""
        return not self.staffing.empty

    @property
    def headline(self) -> Estimate:
        """Surplus as a share of income in the latest year, with the middle half of peers."""
        last = row(self.margin)
        return _beside(last, "margin", f"surplus as a share of income, {last['financial_year']}")

    @property
    def staffing_headline(self) -> Estimate:
        """Agency and external bank as a share of staff costs in the latest year."""
        last = row(self.staffing)
        label = f"of staff costs on agency and external bank staff, {last['financial_year']}"
        return _beside(last, "share", label)

    @property
    def sentence(self) -> str:
        """The latest year's result in words."""
        if not self.has_data:
            return f"**No data**: no accounts of {self.who.name} by that date are in the table."
        last = row(self.margin)
        word = "surplus" if last["position_gbp_m"] >= 0 else "deficit"
        amount = format_value(abs(last["position_gbp_m"]), "GBP m", 1)
        return (
            f"In {last['financial_year']} it made a {word} of {amount}, "
            f"{format_value(last['margin'], 'share')} of its income; half of its "
            f"{int(last['peers'])} peers lie between {format_value(last['peer_low'], 'share')} and "
            f"{format_value(last['peer_high'], 'share')}."
        )

    @property
    def reading(self) -> str:
        """The sentence, with how often the trust was in deficit."""
        if not self.has_data:
            return self.sentence
        red = int((self.margin["position_gbp_m"] < 0).sum())
        return f"{self.sentence} It was in deficit in {red or 'none'} of {len(self.margin)} years."

    @property
    def staffing_sentence(self) -> str:
        """Agency and external bank spending in words."""
        if not self.has_staffing:
            return (
                f"**No data**: the trust accounts of 2022/23 and 2023/24 hold no usable figure on "
                f"agency and external bank staff of {self.who.name} by that date."
            )
        last = row(self.staffing)
        return (
            f"In {last['financial_year']} {self.who.name}{self.later_name} spent "
            f"{format_value(last['agency_gbp_m'], 'GBP m', 1)} on agency and external bank staff, "
            f"{format_value(last['share'], 'share')} of its staff costs; half of its "
            f"{int(last['peers'])} peers spent between "
            f"{format_value(last['peer_low'], 'share')} and "
            f"{format_value(last['peer_high'], 'share')}. The two can't be told apart in the "
            "accounts."
        )

    def figure(self) -> dict[str, Any]:
        """Return the arguments of ``report.figure`` for the surplus through the years."""
        data = self.margin.assign(
            year=as_at.financial_year_end(self.margin["financial_year"]).dt.year
        )
        every = pd.DataFrame({"year": range(data["year"].min(), data["year"].max() + 1)})
        drawn = every.merge(data, on="year", how="left")
        last = row(self.margin)
        above = last["margin"] > last["peer_median"]
        return {
            "fig": lines.lines(
                drawn,
                x="year",
                series={"margin": "this trust", "peer_median": "median of peers"},
                bands={"peer_median": ("peer_low", "peer_high")},
                unit="share",
                markers=True,
                height=3.6,
                x_label="financial year ending",
                y_label="surplus as a share of income",
                reference=(0.0, ""),
            ),
            "key": "surplus",
            "title": f"The result of {last['financial_year']} is "
            f"{'above' if above else 'not above'} the median of peers: "
            f"{format_value(last['margin'], 'share')} against "
            f"{format_value(last['peer_median'], 'share')} of income",
            "subtitle": f"Surplus (deficit below zero) as a share of operating income, "
            f"{self.who.name} and {self.who.kind}, {self.margin['financial_year'].iloc[0]} to "
            f"{last['financial_year']}",
            "source": "trust_finance",
            "alt": f"Two lines over {len(self.margin)} years; the trust's runs from "
            f"{format_value(self.margin['margin'].iloc[0], 'share')} to "
            f"{format_value(last['margin'], 'share')} of income.",
            "data": self.margin,
            "note": "The band spans the middle half of peers. Accounts are audited totals: there "
            "is no sampling error, but sector totals on another definition differ.",
        }

    def staffing_table(self) -> dict[str, Any]:
        """Return the arguments of ``report.table`` for agency and external bank staff."""
        names = {
            "financial_year": "Year",
            "agency_gbp_m": "Agency and external bank",
            "staff_costs_gbp_m": "Staff costs",
            "share": "Share",
            "peer_low": "Lower quartile of peers",
            "peer_median": "Median of peers",
            "peer_high": "Upper quartile of peers",
        }
        money = {"Agency and external bank": "GBP m", "Staff costs": "GBP m"}
        shares = [name for name in names.values() if name == "Share" or "peers" in name]
        return {
            "df": self.staffing[list(names)].rename(columns=names),
            "key": "agency",
            "caption": f"Agency and external bank staff of {self.who.name} beside {self.who.kind}",
            "source": "trust_temporary_staffing",
            "formats": money | dict.fromkeys(shares, "share"),
        }


def account(who: Identity, until: pd.Timestamp) -> Money:
    """Collect a trust's accounts published by a date.

    Parameters
    ----------
    who : Identity
        The trust and its peers.
    until : pandas.Timestamp
        Last publication date that counts.

    Returns
    -------
    Money
    """
    group = [who.code, *who.peers]
    rows = load("trust_finance")
    rows = rows[rows["org_code"].isin(group) & (rows["operating_income_gbp_000"] > 0)]
    ends = as_at.financial_year_end(rows["financial_year"])
    rows = rows[as_at.published("trust_finance", ends) <= until].copy()
    rows["position_gbp_m"] = rows["financial_position_gbp_000"] / 1000
    rows["income_gbp_m"] = rows["operating_income_gbp_000"] / 1000
    rows["margin"] = rows["position_gbp_m"] / rows["income_gbp_m"]
    margin = _by_year(who, rows, "margin", ["position_gbp_m", "income_gbp_m"])

    rows = load("trust_temporary_staffing")
    rows = rows[rows["org_code"].isin(group) & (rows["staff_costs_gbp"] > 0)]
    rows = rows[rows["agency_plus_external_bank_gbp"] >= _PLACEHOLDER_GBP]
    ends = as_at.financial_year_end(rows["financial_year"])
    rows = rows[as_at.published("trust_temporary_staffing", ends) <= until].copy()
    rows["agency_gbp_m"] = rows["agency_plus_external_bank_gbp"] / 1e6
    rows["staff_costs_gbp_m"] = rows["staff_costs_gbp"] / 1e6
    rows["share"] = rows["agency_gbp_m"] / rows["staff_costs_gbp_m"]
    staffing = _by_year(who, rows, "share", ["agency_gbp_m", "staff_costs_gbp_m"])
    own = rows[rows["org_code"] == who.code].sort_values("financial_year")
    return Money(who, margin, staffing, by_then(who.name, own["org_name"]))


def _by_year(who: Identity, rows: pd.DataFrame, value: str, keep: list[str]) -> pd.DataFrame:
    """Put a trust's yearly figures beside the quartiles of its peers'."""
    own = rows.loc[rows["org_code"] == who.code, ["financial_year", *keep, value]]
    grouped = rows[rows["org_code"] != who.code].groupby("financial_year")[value]
    peers = pd.DataFrame(
        {
            "peer_median": grouped.median(),
            "peer_low": grouped.quantile(0.25),
            "peer_high": grouped.quantile(0.75),
            "peers": grouped.size(),
        }
    )
    merged = own.merge(peers, left_on="financial_year", right_index=True, how="left")
    merged["peers"] = merged["peers"].fillna(0).astype(int)
    return merged.sort_values("financial_year").reset_index(drop=True)


def _beside(last: dict[str, Any], value: str, label: str) -> Estimate:
    """Make an estimate whose range is the middle half of peers."""
    known = last["peers"] > 0
    return Estimate(
        value=float(last[value]),
        low=float(last["peer_low"]) if known else None,
        high=float(last["peer_high"]) if known else None,
        unit="share",
        n=int(last["peers"]),
        kind="middle half of peers",
        label=label,
    )
