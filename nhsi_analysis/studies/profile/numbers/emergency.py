"""A trust's accident and emergency performance as an XmR chart, beside its peers."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from nhsi_analysis.answers.emergency import STANDARD, pieces
from nhsi_analysis.answers.peers import beside_peers, newest
from nhsi_analysis.studies.profile.numbers.peers import Identity, load, row
from notebook_reports.evidence import Estimate
from policy_methods.spc import XmrResult, xmr

_MONTHS = 12
"""Months of a year, and the fewest that limits can rest on."""


@dataclass(frozen=True)
class Emergency:
    """Share of attendances within four hours, all department types of the trust.

    Parameters
    ----------
    months, chart : pandas.DataFrame, XmrResult or None
        From the first month reported to the last: ``month``, ``attendances``, ``breaches``,
        ``share``, missing where none was reported; the chart of ``share``, its limits within what a
        share can be, none below 12 months.
    year : pandas.DataFrame
        One row, what it reported of the 12 months to the last, as :func:`beside_peers` makes it of
        trusts that reported all of these: ``to``, ``reported`` (months), ``share``, ``place`` (1
        the best).
    major : bool
        Whether it reported a major (type 1) department.
    """

    months: pd.DataFrame
    chart: XmrResult | None
    year: pd.DataFrame
    major: bool

    @property
    def reported(self) -> int:
        """Months reported."""
        return int(self.months["share"].notna().sum())

    @property
    def flagged(self) -> int:
        """Months that stand out by the chart's rules."""
        return 0 if self.chart is None else int((self.chart.points["rule"] != "").sum())

    @property
    def span(self) -> str:
        """The latest 12 months, as far as reported."""
        n, to = self.year[["reported", "to"]].iloc[-1]
        return f"{'' if n == _MONTHS else f'{n} of the '}12 months to {to:%B %Y}"

    @property
    def headline(self) -> Estimate | None:
        """Share within four hours over the latest 12 months."""
        label = "of A&E attendances within four hours, {}"
        return None if self.year.empty else newest(self.year, "share", label.format(self.span))


def attend(who: Identity, until: pd.Timestamp) -> Emergency:
    """Collect a trust's A&E months published by the day ``until``."""
    national = [piece.rows for piece in pieces(until) if piece.national]
    held = [rows for rows in national if (rows["org_code"] == who.code).any()]
    rows = who.group((held or [load("ae_monthly").iloc[:0]])[-1])
    rows = rows[rows["attendances"] > 0]
    if who.succession is not None:  # its departments may report on under its code
        rows = rows[(rows["org_code"] != who.code) | (rows["month"] < who.succession.since)]
    major = bool(((rows["org_code"] == who.code) & (rows["department_type"] == "1")).any())
    sums = rows.groupby(["org_code", "month"])[["attendances", "breaches"]].sum().reset_index()
    own = sums[sums["org_code"] == who.code].drop(columns="org_code")
    if own.empty:
        return Emergency(own.assign(share=0.0), None, pd.DataFrame(), major)
    last = own["month"].max()
    every = pd.DataFrame({"month": pd.date_range(own["month"].min(), last, freq="MS")})
    months = every.merge(own, on="month", how="left")
    months["share"] = 1 - months["breaches"] / months["attendances"]

    since = last - pd.DateOffset(months=_MONTHS - 1)
    window = sums["month"].isin(own.loc[own["month"] >= since, "month"])
    year = sums[window].groupby("org_code")[["attendances", "breaches"]].agg("sum")
    year["reported"] = sums[window].groupby("org_code").size()
    year = year[year["reported"] == year["reported"][who.code]].reset_index()
    year = year.assign(to=last, share=1 - year["breaches"] / year["attendances"])
    beside = beside_peers(who.code, year, "to", "share", ["reported"])
    beside["place"] = 1 + int((year["share"] > row(beside)["share"]).sum())
    if len(own) < _MONTHS:
        return Emergency(months, None, beside, major)
    chart = xmr(months["share"], months["month"], improvement="up", target=STANDARD)
    for table in (chart.points, chart.summary):
        table[["lower", "upper"]] = table[["lower", "upper"]].clip(0, 1)
    return Emergency(months, chart, beside, major)
