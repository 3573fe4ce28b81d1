"""What is said of XmR charts in words and tables."""

from __future__ import annotations

import pandas as pd

from notebook_reports.charts.xmr import ASSURANCE, VARIATION, as_rows, told, told_figure
from policy_methods.spc import xmr

MONTHS = pd.DataFrame(
    {
        "month": pd.date_range("2025-04-01", periods=13, freq="MS"),
        "share": [0.5, 0.52] * 6 + [0.8],
    }
)
CHART = xmr(MONTHS["share"], MONTHS["month"], improvement="up", target=0.95)
FLAGGED = int((CHART.points["rule"] != "").sum())


def test_the_state_today_is_that_of_the_last_point() -> None:
    assert CHART.variation == "improvement"
    said = told(CHART.summary.iloc[-1].to_dict(), "share", "the standard")
    assert VARIATION["improvement"] in said
    assert f"As to the standard, {ASSURANCE['consistently fails']}." in said


def test_a_row_a_chart() -> None:
    (row,) = as_rows({"England": CHART}).to_dict("records")
    assert (row["Months"], row["Stood out"]) == ("England", f"{FLAGGED} of 13")
    assert row["Average"] == CHART.summary["mean"].iloc[-1]
    assert as_rows({}).empty


def test_a_figure_tells_its_chart() -> None:
    names = {"key": "months", "whom": "England", "what": "Share", "source": "ae_monthly"}
    figure = told_figure(CHART, MONTHS, y_label="share", target="95% standard", **names)
    mean = CHART.summary["mean"].iloc[-1]
    assert figure.title == f"England: {mean:.1%} on average; {FLAGGED} of 13 months stood out"
    assert figure.subtitle == "Share, England, April 2025 to April 2026"
    assert figure.data["rule"].iloc[-1] == "outside"
    assert figure.data["upper"].iloc[-1] == CHART.points["upper"].iloc[-1]
