"""Charts of moves: what they draw for whole, tiny and empty groups."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch

from notebook_reports.charts import layout, style
from notebook_reports.charts.transitions import age_strips, alluvial, class_strips
from notebook_reports.errors import ParameterError

WORST_FIRST = ["Inadequate", "Requires improvement", "Good", "Outstanding"]
BEST_FIRST = WORST_FIRST[::-1]


def square(cells: list[list[int]]) -> pd.DataFrame:
    return pd.DataFrame(cells, index=WORST_FIRST, columns=WORST_FIRST)


def texts(fig: Figure) -> list[str]:
    fig.draw_without_rendering()
    ax = fig.axes[0]
    ticks = [t.get_text() for t in (*ax.get_xticklabels(), *ax.get_yticklabels())]
    return [t.get_text() for t in ax.texts] + ticks


def overlaps(fig: Figure) -> list[tuple[str, str]]:
    fig.draw_without_rendering()
    drawn = [t for t in fig.axes[0].texts if t.get_text()]
    boxes = [t.get_window_extent().shrunk(0.96, 0.8) for t in drawn]
    return [
        (a.get_text(), b.get_text())
        for i, a in enumerate(drawn)
        for j, b in enumerate(drawn[:i])
        if boxes[i].overlaps(boxes[j])
    ]


MATRICES = {
    "all": [[4, 3, 1, 0], [2, 78, 11, 0], [0, 6, 100, 3], [0, 0, 0, 18]],
    "one": [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]],
    "bottom heavy": [[40, 1, 1, 1], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
}


@pytest.mark.parametrize("name", MATRICES)
def test_alluvial_draws_a_flow_a_cell_without_overlaps(name: str) -> None:
    matrix = square(MATRICES[name])
    fig = alluvial(matrix, before_label="3 September 2018", after_label="1 March 2019")
    flows = [p for p in fig.axes[0].patches if isinstance(p, PathPatch)]
    assert len(flows) == (matrix.to_numpy() > 0).sum()
    words = texts(fig)
    up, down = np.triu(matrix, 1).sum(), np.tril(matrix, -1).sum()
    assert f"▲ {up} up" in words
    assert f"▼ {down} down" in words
    assert overlaps(fig) == []


def test_alluvial_names_what_left_each_node() -> None:
    words = texts(alluvial(square(MATRICES["all"]), before_label="a", after_label="b"))
    assert "Requires improvement: 91" in words
    assert "11 up, 2 down" in words
    assert "Requires improvement: 87" in words


def test_class_strips_count_and_follow() -> None:
    table = pd.DataFrame(
        {"Overall": ["Outstanding", "Good", "Good", "Inadequate"], "Safe": ["Good"] * 3 + [None]},
        index=["RA1", "RB2", "RC3", "RD4"],
    )
    fig = class_strips(table, classes=BEST_FIRST, notes={"Safe": "3 of 3"}, follow="RC3")
    words = texts(fig)
    assert {"Outstanding (1)", "Good (2)", "Inadequate (1)", "3 of 3", "RC3"} <= set(words)
    assert "Requires improvement (0)" not in words
    areas = [c for c in fig.axes[0].collections if isinstance(c, PolyCollection)]
    heights = {round(float(np.ptp(p.vertices[:, 1])), 3) for a in areas for p in a.get_paths()}
    assert heights == {0.2, 0.6, 0.8}
    assert overlaps(fig) == []


def test_a_ring_around_a_strip_stands_clear_of_the_words_above_it() -> None:
    table = pd.DataFrame({"Overall": ["Outstanding", "Good"], "Safe": ["Good"] * 2}, index=[*"AB"])
    fig = class_strips(table, classes=BEST_FIRST)
    assert isinstance(fig, style.Drawing)
    assert fig.again is not None
    narrow = fig.again()
    assert isinstance(narrow, style.Drawing)
    narrow.draw_without_rendering()
    ax = narrow.axes[0]
    for place, name in zip(narrow.places, ("Overall", "Safe"), strict=True):
        words = next(t for t in ax.texts if t.get_text() == name)
        foot = layout.placed(ax, words)
        low = foot[0][1] * ax.bbox.height * 72 / narrow.dpi + foot[1][2]
        top = ax.transData.transform(place.ends[0, :2])[1] - ax.bbox.y0
        assert low - top * 72 / narrow.dpi > 3


def test_age_strips_part_the_late_from_the_rest() -> None:
    table = pd.DataFrame({"rating": ["Good"] * 4, "years": [0.5, 3.5, 3.6, 9.0]})
    fig = age_strips(table, group="rating", age="years", limits={"Good": 3.5}, notes={"Good": "x"})
    drawn = [len(c.get_offsets()) for c in fig.axes[0].collections if hasattr(c, "get_sizes")]
    assert [n for n in drawn if n] == [2, 2]
    assert fig.axes[0].get_xlim()[0] == 0
    free = age_strips(table, group="rating", age="years")
    assert "Good" in texts(free)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: alluvial(square([[0] * 4] * 4), before_label="a", after_label="b"),
            "at least one",
        ),
        (lambda: alluvial(pd.DataFrame([[1, 2]]), before_label="a", after_label="b"), "square"),
        (lambda: class_strips(pd.DataFrame(), classes=BEST_FIRST), "at least one"),
        (lambda: class_strips(pd.DataFrame({"a": ["Fair"]}), classes=BEST_FIRST), "Fair"),
        (lambda: class_strips(pd.DataFrame({"a": ["x"]}), classes=list("vwxyz")), "four"),
        (lambda: age_strips(pd.DataFrame({"g": []}), group="g", age="a"), "no column a"),
    ],
)
def test_bad_tables_are_refused(call: object, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        call()  # type: ignore[operator] # a list of calls
