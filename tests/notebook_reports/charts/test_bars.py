from __future__ import annotations

import pandas as pd
import pytest

from notebook_reports.charts import check
from notebook_reports.charts.bars import bars, stacked_shares
from notebook_reports.errors import ParameterError

TABLE = pd.DataFrame(
    {
        "g": ["Acute", "Mental health", "Community"],
        "value": [0.4, 0.5, 0.3],
        "low": [0.3, 0.4, 0.1],
        "high": [0.5, 0.6, 0.5],
    }
)


def test_bars_begin_at_zero_and_say_their_value() -> None:
    fig = bars(TABLE, group="g", unit="share", low="low", high="high")
    ax = fig.axes[0]
    assert ax.get_xlim()[0] == 0
    assert [p.get_width() for p in ax.patches] == [0.4, 0.5, 0.3]
    assert {"40.0%", "50.0%", "30.0%"} <= {t.get_text() for t in ax.texts}
    assert check.problems(fig) == []


def test_negative_bars_go_left_of_zero() -> None:
    table = pd.DataFrame({"g": ["a", "b"], "value": [-5.0, 3.0]})
    fig = bars(table, group="g", unit="GBP m")
    low, high = fig.axes[0].get_xlim()
    assert low < 0 < high
    assert "−£5m" in {t.get_text() for t in fig.axes[0].texts}
    assert check.problems(fig) == []


def test_parts_of_each_bar_make_the_whole() -> None:
    table = pd.DataFrame({"g": ["a", "b"], "x": [1, 3], "y": [3, 1]})
    fig = stacked_shares(table, group="g", parts=["x", "y"], labels=["Good", "Other"])
    ax = fig.axes[0]
    assert [p.get_width() for p in ax.patches] == [0.25, 0.75, 0.75, 0.25]
    assert {"25%", "75%", "■ Good", "■ Other"} <= {t.get_text() for t in ax.texts}
    assert check.problems(fig) == []


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"group": "nothing"}, "table"),
        ({"group": "g", "low": "low"}, "low"),
    ],
)
def test_bars_say_what_is_wrong(arguments: dict[str, str], named: str) -> None:
    with pytest.raises(ParameterError, match=f"'{named}'"):
        bars(TABLE, **arguments)  # type: ignore[arg-type]


def test_charts_of_nothing_are_refused() -> None:
    empty = TABLE.iloc[:0]
    with pytest.raises(ParameterError, match="at least one row"):
        bars(empty, group="g")
    with pytest.raises(ParameterError, match="at least one value"):
        bars(TABLE.assign(value=float("nan")), group="g")
    with pytest.raises(ParameterError, match="above zero"):
        stacked_shares(TABLE.assign(value=0), group="g", parts=["value"])
    with pytest.raises(ParameterError, match="one to four"):
        stacked_shares(TABLE, group="g", parts=["value"] * 5)
