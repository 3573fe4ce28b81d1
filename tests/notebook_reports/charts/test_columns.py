"""Columns with time across: from zero, with gaps, intervals, marks and what was only expected."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from notebook_reports.charts import check, style
from notebook_reports.charts.columns import columns
from notebook_reports.errors import ParameterError

TABLE = pd.DataFrame(
    {
        "year": ["2015/16", "2016/17", "2017/18"],
        "spent": [3.6, np.nan, 2.4],
        "low": [3.5, np.nan, np.nan],
        "high": [3.7, np.nan, np.nan],
        "other": [1.8, 2.5, np.nan],
        "ceiling": [np.nan, np.nan, 2.5],
    }
)


def test_columns_begin_at_zero_and_leave_the_place_of_what_is_missing() -> None:
    fig = columns(
        TABLE,
        group="year",
        series={"spent": ""},
        intervals={"spent": ("low", "high")},
        marks={"ceiling": "ceiling"},
        pale=["2017/18"],
        unit="GBP bn",
        decimals=1,
        y_label="£bn",
    )
    ax = fig.axes[0]
    assert ax.get_ylim()[0] == 0
    assert [p.get_height() for p in ax.patches] == [3.6, 0, 2.4]
    assert [p.get_hatch() for p in ax.patches] == [None, None, "////"]
    numbers = {t.get_text(): t.xy[1] for t in ax.texts if t.get_text().startswith("£")}
    assert numbers["£3.6bn"] == 3.7  # above the interval
    assert numbers["£2.4bn"] == 2.5  # above the line that would run through it
    assert check.problems(fig) == []


def test_two_series_stand_beside_each_other_and_are_named() -> None:
    fig = columns(TABLE, group="year", series={"spent": "agency", "other": "bank"}, unit="GBP bn")
    assert len(fig.axes[0].patches) == 6
    assert {"■ agency", "■ bank", "2.5"} <= {t.get_text() for t in fig.axes[0].texts}
    assert check.problems(fig) == []


def test_many_years_keep_apart() -> None:
    years = pd.DataFrame({"year": [f"{y}/{y - 1999:02d}" for y in range(2005, 2020)]})
    fig = columns(years.assign(a=3.2, b=2.9), group="year", series={"a": "a", "b": "b"})
    assert len(fig.axes[0].get_xticks()) == 8
    assert check.problems(fig) == []


@pytest.mark.parametrize(
    ("table", "options"),
    [
        (TABLE, {"series": {}}),
        (TABLE, {"series": {"nothing": ""}}),
        (TABLE.iloc[1:2], {"series": {"spent": ""}}),
        (TABLE, {"series": {"spent": "", "other": "", "low": ""}, "marks": {"a": "", "b": ""}}),
    ],
)
def test_what_cant_be_drawn_is_refused(table: pd.DataFrame, options: dict[str, object]) -> None:
    with pytest.raises(ParameterError):
        columns(table, group="year", **options)  # type: ignore[arg-type]


def test_the_newest_group_keeps_its_name_on_a_phone() -> None:
    years = pd.DataFrame({"year": [f"{y}/{y - 1999:02d}" for y in range(2013, 2019)]})
    fig = columns(years.assign(a=3.2), group="year", series={"a": ""})
    assert isinstance(fig, style.Drawing)
    assert fig.again is not None
    names = [tick.get_text() for tick in fig.again().axes[0].get_xticklabels()]
    assert sorted(names) == ["2014/15", "2016/17", "2018/19"]


def test_a_lone_column_stands_over_its_name() -> None:
    fig = columns(TABLE, group="year", series={"spent": "agency", "other": "bank"})
    middles = [patch.get_x() + patch.get_width() / 2 for patch in fig.axes[0].patches]
    agency, bank = middles[:3], middles[3:]
    assert agency[2] == pytest.approx(2)
    assert bank[1] == pytest.approx(1)
    assert agency[0] + bank[0] == pytest.approx(0)
