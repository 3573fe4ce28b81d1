"""A trust's accident and emergency performance as an XmR chart, beside its peers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from nhsi_analysis import as_at
from nhsi_analysis.studies.profile.numbers.peers import Identity, keyed, load, row
from notebook_reports.evidence import Estimate
from policy_methods.spc import XmrResult, xmr

STANDARD = 0.95
"""Share to be seen within four hours by the operational standard of the NHS Constitution."""
ENOUGH = 12
"""Months that limits need."""


@dataclass(frozen=True)
class Emergency:
    """Share of attendances within four hours, all department types of the trust.

    Parameters
    ----------
    who : Identity
        The trust and its peers.
    months : pandas.DataFrame
        One row a month: ``month``, ``attendances``, ``breaches``, ``share``. Empty without data.
    chart : XmrResult or None
        The XmR chart of ``share``; None below 12 months.
    year : pandas.DataFrame
        One row a trust of its kind with data in the trust's latest 12 months: ``org_code``,
        ``attendances``, ``breaches``, ``share``.
    """

    who: Identity
    months: pd.DataFrame
    chart: XmrResult | None
    year: pd.DataFrame

    @property
    def rank(self) -> tuple[int, int]:
        """Place of the trust (1 the best) and how many trusts there are."""
        shares = self.year.set_index("org_code")["share"]
        return int((shares > shares[self.who.code]).sum()) + 1, len(shares)

    @property
    def headline(self) -> Estimate | None:
        """Share within four hours over the latest 12 months, with the limits of a single month."""
        if self.chart is None:
            return None
        own = keyed(self.year, "org_code", self.who.code)
        low, high = limits(self.chart)
        return Estimate(
            value=float(own["share"]),
            low=low,
            high=high,
            unit="share",
            n=int(own["attendances"]),
            kind="process limits for a single month",
            label=f"of A&E attendances within four hours, 12 months to "
            f"{self.months['month'].iloc[-1]:%B %Y}",
        )


def limits(chart: XmrResult) -> tuple[float, float]:
    """Return the latest limits of a single month, within what a share can be."""
    latest: dict[str, Any] = row(chart.summary)
    return max(0.0, float(latest["lower"])), min(1.0, float(latest["upper"]))


def attend(who: Identity, until: pd.Timestamp) -> Emergency:
    """Collect a trust's A&E months published by a date.

    Parameters
    ----------
    who : Identity
        The trust and its peers.
    until : pandas.Timestamp
        Last publication date that counts.
    """
    rows = who.group(load("ae_monthly"))
    month_end = rows["month"] + pd.offsets.MonthEnd(0)
    rows = rows[as_at.published("ae_monthly", month_end) <= until]
    sums = rows.groupby(["org_code", "month"])[["attendances", "breaches"]].sum().reset_index()
    sums = sums[sums["attendances"] > 0]
    own = sums[sums["org_code"] == who.code].drop(columns="org_code").reset_index(drop=True)
    own["share"] = 1 - own["breaches"] / own["attendances"]
    if len(own) < ENOUGH:
        return Emergency(who, own, None, pd.DataFrame())
    result = xmr(own["share"], own["month"], improvement="up", target=STANDARD)
    last = own["month"].iloc[-1]
    recent = sums[(sums["month"] > last - pd.DateOffset(months=12)) & (sums["month"] <= last)]
    year = recent.groupby("org_code")[["attendances", "breaches"]].sum().reset_index()
    year["share"] = 1 - year["breaches"] / year["attendances"]
    return Emergency(who, own, result, year)
