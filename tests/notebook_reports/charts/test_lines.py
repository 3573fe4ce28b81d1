from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from notebook_reports.charts import check, style
from notebook_reports.charts.lines import lines
from notebook_reports.errors import ParameterError

MONTHS = pd.DataFrame(
    {
        "month": pd.date_range("2015-04-01", periods=36, freq="MS"),
        "spend": np.linspace(300, 200, 36),
        "expected": np.linspace(300, 290, 36),
    }
)
MONTHS["low"], MONTHS["high"] = MONTHS["spend"] - 20, MONTHS["spend"] + 20


def test_lines_are_named_at_their_ends_without_a_legend() -> None:
    fig = lines(
        MONTHS,
        x="month",
        series={"spend": "Agency spend", "expected": "Without controls"},
        bands={"spend": ("low", "high")},
        unit="GBP m",
        y_label="£ million a month",
        from_zero=True,
        events=[(pd.Timestamp("2015-11-23"), "price caps")],
        reference=(250.0, "ceiling"),
    )
    ax = fig.axes[0]
    assert ax.get_legend() is None
    assert {"Agency spend", "Without controls", "price caps"} <= {t.get_text() for t in ax.texts}
    assert ax.get_ylim()[0] == 0
    assert len({line.get_linestyle() for line in ax.lines[:2]}) == 2, "never colour alone"
    assert check.problems(fig) == []


@pytest.mark.parametrize("count", [2, 12, 36, 41, 42, 43, 48, 60, 144])
def test_dates_are_readable_over_any_span(count: int) -> None:
    months = pd.date_range("2010-04-01", periods=count, freq="MS")
    table = pd.DataFrame({"month": months, "n": np.arange(float(count))})
    assert check.problems(lines(table, x="month", series=["n"])) == []


def test_gaps_break_the_line_and_the_label_stands_at_the_last_value() -> None:
    table = pd.DataFrame({"x": [1, 2, 3, 4], "y": [1.0, np.nan, 3.0, np.nan]})
    fig = lines(table, x="x", series={"y": "Series"}, markers=True)
    label = next(t for t in fig.axes[0].texts if t.get_text() == "Series")
    assert tuple(label.xy) == (3, 3.0)


def test_mistakes_are_named() -> None:
    with pytest.raises(ParameterError, match="no column nothing"):
        lines(MONTHS, x="month", series=["nothing"])
    with pytest.raises(ParameterError, match="at least one row"):
        lines(MONTHS.iloc[:0], x="month", series=["spend"])
    with pytest.raises(ParameterError, match="at least one value"):
        lines(MONTHS.assign(spend=np.nan), x="month", series=["spend"])
    five = MONTHS.assign(**dict.fromkeys("abcde", 1.0))
    with pytest.raises(ParameterError, match="at most four"):
        lines(five, x="month", series=list("abcde"))


def test_the_newest_year_keeps_its_name_on_a_phone() -> None:
    years = pd.DataFrame({"year": range(2011, 2020), "y": np.arange(9.0)})
    fig = lines(years, x="year", series={"y": "Series"})
    assert isinstance(fig, style.Drawing)
    assert fig.again is not None
    assert fig.axes[0].get_xticks().tolist() == list(range(2019, 2010, -1))
    assert fig.again().axes[0].get_xticks().tolist() == [2019, 2017, 2015, 2013, 2011]


def test_no_line_runs_through_a_label() -> None:
    years = pd.DataFrame({"year": [2017, 2018, 2019], "y": [1.0, -1.0, 0.0]})
    fig = lines(years, x="year", series={"y": "Series"}, reference=(0, ""))
    label = next(t for t in fig.axes[0].texts if t.get_text() == "Series")
    ground = label.get_bbox_patch()
    assert ground is not None
    assert to_hex(ground.get_facecolor()).upper() == style.WHITE.upper()
