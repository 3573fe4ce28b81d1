"""What the A&E report calls its months and its bases, and its XmR charts."""

from __future__ import annotations

import pandas as pd

from nhsi_analysis.answers.emergency import STANDARD
from notebook_reports.charts import xmr
from notebook_reports.evidence import Figure, words
from policy_methods.spc import XmrResult

ENGLAND, REGIONS, WINTERS = "England, month by month", "Regions", "Winters, like with like"
CHANGED, TRUST = "Which trusts changed", "The trust followed"
SOURCE = "ae_monthly"
BOTH = ("ae_monthly", "ae_trust_monthly")
STANDARD_TEXT = words.percent(STANDARD, 0)


def base(national: bool) -> str:
    """Name whom figures count."""
    return "all organisations" if national else "NHS trusts"


def months(numbers: tuple[int, ...]) -> str:
    """Name months of winter: "December and January"."""
    return words.listed(f"{pd.Timestamp(2000, number, 1):%B}" for number in numbers)


def met(share: pd.Series) -> str:
    """Say in how many months the standard was met: "none of 12 months"."""
    count = int((share >= STANDARD).sum())
    return f"{count or 'none'} of {words.count(int(share.notna().sum()), 'month')}"


def xmr_parts(
    chart: XmrResult, data: pd.DataFrame, *, key: str, whom: str, source: str = SOURCE
) -> tuple[str, Figure]:
    """Say what an XmR chart of shares that aren't adjusted for the season finds, and draw it."""
    figure = xmr.told_figure(
        chart,
        data,
        key=key,
        whom=whom,
        what="Share of A&E attendances within four hours at all departments",
        y_label="share within four hours",
        target=f"{STANDARD_TEXT} standard",
        source=source,
    )
    said = xmr.told(chart.summary.to_dict("records")[-1], "share", "the standard")
    return f"{said[:-1]} ([Figure](#fig-{key}))", figure
