from __future__ import annotations

import pandas as pd
import pytest

from notebook_reports.charts import check, style
from notebook_reports.charts.intervals import dot_interval, dot_panels
from notebook_reports.errors import ParameterError

TABLE = pd.DataFrame(
    {
        "g": ["Acute", "Mental health", "Community"],
        "value": [0.4, 0.5, 0.3],
        "low": [0.3, 0.4, None],
        "high": [0.5, 0.6, None],
        "s": ["x", "x", "x"],
    }
)


def test_each_group_gets_a_dot_and_a_line_where_it_has_limits() -> None:
    fig = dot_interval(TABLE, group="g", x_label="Share", reference=(0.42, "England 42%"))
    ax = fig.axes[0]
    dots = [c for c in ax.collections if len(c.get_offsets()) == 3]
    assert dots[0].get_offsets()[:, 0].tolist() == [0.4, 0.5, 0.3]
    assert len(ax.collections[0].get_segments()) == 2
    assert check.problems(fig) == []


def test_groups_run_from_top_to_bottom() -> None:
    fig = dot_interval(TABLE, group="g")
    bottom, top = fig.axes[0].get_ylim()
    assert bottom > top
    assert [t.get_text() for t in fig.axes[0].get_yticklabels()] == TABLE["g"].tolist()


def test_series_differ_by_marker_as_well_as_colour() -> None:
    two = pd.concat([TABLE, TABLE.assign(s="y", value=TABLE["value"] + 0.1)])
    fig = dot_interval(two, group="g", series="s")
    offsets = [c for c in fig.axes[0].collections if len(c.get_offsets()) == 3]
    shapes = {tuple(c.get_paths()[0].vertices.ravel().round(6)) for c in offsets}
    assert len(shapes) == 2
    assert {"x", "y"} <= {t.get_text() for t in fig.axes[0].texts}
    assert check.problems(fig) == []


def test_what_is_not_followed_turns_grey_but_stays_readable() -> None:
    fig = dot_interval(TABLE, group="g", emphasise=["Community"])
    colours = {t.get_color() for t in fig.axes[0].texts}
    assert colours == {style.SOFT, style.BLUE}


def test_mistakes_are_named() -> None:
    with pytest.raises(ParameterError, match="no column nothing"):
        dot_interval(TABLE, group="nothing")
    with pytest.raises(ParameterError, match="at least one row"):
        dot_interval(TABLE.iloc[:0], group="g")
    five = pd.concat([TABLE.assign(s=str(i)) for i in range(5)])
    with pytest.raises(ParameterError, match="at most four"):
        dot_interval(five, group="g", series="s")


PANELS = pd.DataFrame(
    {
        "shape": ["level", "line"] * 2,
        "by": ["2016", "2016", "2017", "2017"],
        "value": [0.2, 0.4, 0.6, 1.8],
        "low": [0.1, 0.3, 0.2, 1.0],
        "high": [0.3, 0.5, 1.0, 2.6],
    }
)


def test_panels_share_rows_and_scale_and_mark_what_was_said() -> None:
    said = {"2017": [(1.0, "claim £1bn")]}
    fig = dot_panels(PANELS, group="shape", panel="by", unit="GBP bn", references=said)
    assert [ax.texts[0].get_text() for ax in fig.axes] == ["2016", "2017"]
    assert fig.axes[0].get_xlim() == fig.axes[1].get_xlim()
    assert [t.get_text() for t in fig.axes[0].get_yticklabels()] == ["level", "line"]
    assert [len(ax.lines) for ax in fig.axes] == [0, 1]
    assert check.problems(fig) == []


def test_more_than_four_panels_are_refused() -> None:
    five = pd.concat([PANELS.assign(by=str(year)) for year in range(5)])
    with pytest.raises(ParameterError, match="panel"):
        dot_panels(five, group="shape", panel="by")
