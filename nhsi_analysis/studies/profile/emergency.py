"""A trust's accident and emergency performance as an XmR chart, beside its peers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from nhsi_analysis import as_at
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.profile.identity import Identity
from nhsi_analysis.studies.profile.rows import keyed, load, row
from notebook_reports.charts import xmr as chart
from notebook_reports.evidence import Estimate
from policy_methods.spc import XmrResult, xmr

STANDARD = 0.95
"""Share to be seen within four hours by the operational standard of the NHS Constitution."""
_ENOUGH = 12


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
    def has_data(self) -> bool:
        """Whether there are enough months for a chart."""
        return self.chart is not None

    @property
    def _chart(self) -> XmrResult:
        if self.chart is None:
            raise ParameterError("trust", f"has no A&E chart: {self.sentence}")
        return self.chart

    @property
    def rank(self) -> tuple[int, int]:
        """Place of the trust (1 the best) and how many trusts there are."""
        shares = self.year.set_index("org_code")["share"]
        return int((shares > shares[self.who.code]).sum()) + 1, len(shares)

    @property
    def headline(self) -> Estimate:
        """Share within four hours over the latest 12 months, with the limits of a single month."""
        own = keyed(self.year, "org_code", self.who.code)
        latest = row(self._chart.summary)
        return Estimate(
            value=float(own["share"]),
            low=max(0.0, float(latest["lower"])),
            high=min(1.0, float(latest["upper"])),
            unit="share",
            n=int(own["attendances"]),
            kind="process limits for a single month",
            label=f"of A&E attendances within four hours, 12 months to "
            f"{self.months['month'].iloc[-1]:%B %Y}",
        )

    @property
    def sentence(self) -> str:
        """The year's performance and its place among peers in words."""
        if self.months.empty:
            return (
                f"**No data**: {self.who.name} reports no A&E attendances of its own "
                "(the usual case for trusts without an emergency department)."
            )
        if not self.has_data:
            return (
                f"**No data for a chart**: {self.who.name} has {len(self.months)} months of A&E "
                f"figures, fewer than the {_ENOUGH} that limits need."
            )
        place, n = self.rank
        words = f"In the 12 months to {self.months['month'].iloc[-1]:%B %Y} "
        words += f"{self.headline.text} of A&E attendances were within four hours"
        return words + (f", place {place} of {n} {self.who.kind} with figures." if n > 1 else ".")

    @property
    def reading(self) -> str:
        """The sentence, with what the chart says."""
        if self.chart is None:
            return self.sentence
        latest = row(self._chart.summary)
        flagged = int((self.chart.points["rule"] != "").sum())
        assured = {
            "consistently passes": "the standard of 95% will be met as things stand",
            "consistently fails": "the standard of 95% will not be met as things stand",
            "hit or miss": "the standard of 95% may or may not be met in any month",
        }
        notes = " ".join(self.chart.notes)
        return (
            f"{self.sentence} Single months vary between {max(0, latest['lower']):.1%} and "
            f"{min(1, latest['upper']):.1%} by common causes; {flagged} of {len(self.months)} "
            f"months signal a special cause, the latest shows {latest['variation']}, and "
            f"{assured[self.chart.assurance]}. {notes}"
        ).strip()

    def figure(self) -> dict[str, Any]:
        """Return the arguments of ``report.figure`` for the XmR chart."""
        flagged = int((self._chart.points["rule"] != "").sum())
        first, last = self.months["month"].iloc[[0, -1]]
        latest = row(self._chart.summary)
        return {
            "fig": chart.xmr_chart(
                self._chart, unit="share", y_label="share within four hours", target="95% standard"
            ),
            "key": "ae_four_hours",
            "title": f"A&E within four hours averages {latest['mean']:.1%}; {flagged} of "
            f"{len(self.months)} months differ by more than common causes",
            "subtitle": f"Share of A&E attendances within four hours, all department types, "
            f"{self.who.name}, {first:%B %Y} to {last:%B %Y}",
            "source": "ae_monthly",
            "alt": f"XmR chart of {len(self.months)} months. The mean is {latest['mean']:.1%}, the "
            f"limits {latest['lower']:.1%} and {latest['upper']:.1%}; the latest month is "
            f"{self.months['share'].iloc[-1]:.1%}.",
            "data": self.months.assign(
                **self._chart.points[["mean", "lower", "upper", "rule"]].reset_index(drop=True)
            ),
            "note": "Limits are the mean and 2.66 times the mean moving range: a month outside "
            "them, or a run, is unlikely to be chance. On a stable series this long the rules "
            "signal somewhere in "
            f"{self._chart.false_alarm.per_chart:.0%} of charts.",
        }


def attend(who: Identity, until: pd.Timestamp) -> Emergency:
    """Collect a trust's A&E months published by a date.

    Parameters
    ----------
    who : Identity
        The trust and its peers.
    until : pandas.Timestamp
        Last publication date that counts.

    Returns
    -------
    Emergency
    """
    rows = load("ae_monthly")
    rows = rows[rows["org_code"].isin([who.code, *who.peers])]
    month_end = rows["month"] + pd.offsets.MonthEnd(0)
    rows = rows[as_at.published("ae_monthly", month_end) <= until]
    sums = rows.groupby(["org_code", "month"])[["attendances", "breaches"]].sum().reset_index()
    sums = sums[sums["attendances"] > 0]
    own = sums[sums["org_code"] == who.code].drop(columns="org_code").reset_index(drop=True)
    own["share"] = 1 - own["breaches"] / own["attendances"]
    if len(own) < _ENOUGH:
        return Emergency(who, own, None, pd.DataFrame())
    result = xmr(own["share"], own["month"], improvement="up", target=STANDARD)
    last = own["month"].iloc[-1]
    recent = sums[(sums["month"] > last - pd.DateOffset(months=12)) & (sums["month"] <= last)]
    year = recent.groupby("org_code")[["attendances", "breaches"]].sum().reset_index()
    year["share"] = 1 - year["breaches"] / year["attendances"]
    return Emergency(who, own, result, year)
