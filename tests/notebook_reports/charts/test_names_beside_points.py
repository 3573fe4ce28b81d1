"""Names find the place where they cover least, or none."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes

from notebook_reports.charts import check, style
from notebook_reports.charts.labels import Room


@pytest.fixture
def ax() -> Axes:
    fig, panel = style.new_figure(3)
    panel.set(xlim=(0, 10), ylim=(0, 10))
    assert fig.axes == [panel]
    return panel


def test_a_name_stands_on_the_side_without_marks(ax: Axes) -> None:
    room = Room(ax)
    x = np.linspace(5.2, 7, 20)
    room.marks = room.boxes(x, np.full(20, 5.0))
    assert room.name(5, 5, "a name")
    assert ax.texts[-1].get_horizontalalignment() == "right"


def test_a_name_that_covers_too_much_is_left_out_and_leaves_no_trace(ax: Axes) -> None:
    room = Room(ax)
    x, y = np.meshgrid(np.linspace(0, 10, 80), np.linspace(0, 10, 80))
    room.marks = room.boxes(x, y)
    assert not room.name(5, 5, "a name", most=1)
    assert len(ax.texts) == 0
    assert room.name(5, 5, "a name")


def test_names_of_one_point_never_overlap_nor_leave_the_panel(ax: Axes) -> None:
    room = Room(ax)
    written = [room.name(x, 9.8, "one of many names") for x in (0.1, 0.2, 0.3, 9.9, 9.8)]
    assert 2 <= sum(written) < len(written)
    figure = ax.get_figure(root=True)
    assert figure is not None
    assert check.problems(figure) == []


def test_a_vertical_line_counts_over_its_whole_length(ax: Axes) -> None:
    room = Room(ax)
    room.marks = room.boxes([5.5], [0], y2=[10])
    assert room.name(5, 5, "a name", ways=((1, 0), (-1, 0)), most=0)
    assert ax.texts[-1].get_horizontalalignment() == "right"
