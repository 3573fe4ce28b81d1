"""What the A&E report calls its months, its bases and the states of a chart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from nhsi_analysis.answers.emergency import STANDARD
from nhsi_analysis.answers.trusts import held, names_today
from notebook_reports.charts.xmr import xmr_chart
from notebook_reports.evidence import Figure, Units, words
from policy_methods.spc import XmrResult

ENGLAND, REGIONS, WINTERS, CHANGED, TRUST, CLAIMS = (
    "England, month by month",
    "Regions",
    "Winters, like with like",
    "Which trusts changed",
    "The trust followed",
    "What was claimed for 2017/18",
)
SOURCE = "ae_monthly"
BOTH = ("ae_monthly", "ae_trust_monthly")
STANDARD_TEXT = words.percent(STANDARD, 0)

VARIATION = {
    "common cause": "● common cause: it is within what its months usually do",
    "improvement": "▲ special cause, improving: it stands out as better",
    "concern": "◆ special cause, concerning: it stands out as worse",
}
"""The variation icons of Making Data Count, as marks and words on the latest month."""
ASSURANCE = {
    "consistently fails": "F: without a change the standard will consistently be missed",
    "consistently passes": "P: without a change the standard will consistently be met",
    "hit or miss": "?: the standard lies within the limits, met or missed by chance",
}
"""Its assurance icons."""


def place(region: str) -> str:
    """Name a region as a sentence has it: "the Midlands"."""
    return region if region in ("London", "England") else f"the {region}"


def base(national: bool) -> str:
    """Name whom figures count."""
    return "all organisations" if national else "NHS trusts"


def months(numbers: tuple[int, ...]) -> str:
    """Name months of winter: "December and January"."""
    return words.listed(f"{pd.Timestamp(2000, number, 1):%B}" for number in numbers)


def points(difference: float, *, signed: bool = True) -> str:
    """Write a difference of shares in percentage points."""
    shown = words.signed(100 * difference, 1) if signed else f"{abs(100 * difference):.1f}"
    return f"{shown} percentage points"


def millions(attendances: float) -> str:
    """Write attendances in millions: "2.27m"."""
    return f"{attendances / 1e6:.2f}m"


def met(share: pd.Series) -> str:
    """Say in how many months the standard was met: "none of 12 months"."""
    count = int((share >= STANDARD).sum())
    return f"{count or 'none'} of {words.count(int(share.notna().sum()), 'month')}"


def trusts(rows: pd.DataFrame, say: Callable[[str, dict[str, Any]], str]) -> Units:
    """Return the trusts that a figure holds, each with what the figure says of it."""
    return held(names_today(), rows, say)


def states(chart: XmrResult) -> str:
    """Say what a chart's rules find of its latest month and of the standard."""
    now = chart.summary.iloc[-1]
    return (
        f"Its limits are {words.percent(now['lower'])} and {words.percent(now['upper'])}. The "
        f"latest month is {VARIATION[now['variation']]}. Against the standard it is "
        f"{ASSURANCE[now['assurance']]}."
    )


def xmr_figure(
    chart: XmrResult, data: pd.DataFrame, *, key: str, whom: str, source: str = SOURCE
) -> Figure:
    """Draw an XmR chart of shares that aren't adjusted for the season."""
    now, flagged = chart.summary.iloc[-1], int((chart.points["rule"] != "").sum())
    mean, low, high = (words.percent(now[name]) for name in ("mean", "lower", "upper"))
    first, last = (f"{data['month'].iloc[end]:%B %Y}" for end in (0, -1))
    target = f"{STANDARD_TEXT} standard"
    alike = " Neighbouring months are alike, so more stand out than chance alone would give."
    return Figure(
        xmr_chart(chart, unit="share", y_label="share within four hours", target=target),
        key=key,
        title=f"{whom}: {mean} on average; {flagged or 'none'} of {len(data)} months stood out",
        subtitle="Share of A&E attendances within four hours at all departments, "
        f"{whom}, {first} to {last}",
        source=source,
        alt=f"Months around their average of {mean}, between limits of {low} and {high}; the "
        f"latest is {words.percent(data['share'].iloc[-1])}.",
        data=data.assign(**chart.points[["mean", "lower", "upper", "rule"]].set_axis(data.index)),
        note="Limits are the average and 2.66 times the mean change from month to month. Not "
        f"adjusted for the season.{alike if chart.autocorrelated else ''}",
    )
