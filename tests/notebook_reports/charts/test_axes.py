"""House axes draw what matplotlib's own axes draw, with one tick for all."""

from __future__ import annotations

import io

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.dates import ConciseDateFormatter, YearLocator
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MultipleLocator

from notebook_reports.charts import check, style
from notebook_reports.charts.axes import Panel


def drawn(kind: type[Axes], change) -> str:
    """Return the SVG of axes of a kind, changed and drawn twice."""
    with style.use():
        fig = Figure(figsize=(5, 3))
        ax = fig.add_subplot(axes_class=kind)
        ax.plot([0, 1, 2], [3.0, 1.0, 2.0])
        change(ax)
        for _ in range(2):
            file = io.StringIO()
            fig.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


CHANGES = {
    "nothing": lambda ax: None,
    "places": lambda ax: ax.set_xticks([0, 3]),
    "no_places": lambda ax: ax.set_xticks([]),
    "names": lambda ax: ax.set_yticks([1, 2], ["one", "two"]),
    "minor": lambda ax: ax.xaxis.set_minor_locator(MultipleLocator(0.25)),
    "log": lambda ax: (ax.set_yscale("log"), ax.yaxis.set_major_locator(LogLocator())),
    "inverted": lambda ax: ax.invert_yaxis(),
    "outside": lambda ax: ax.set_xlim(0.5, 1.5),
    "titles": lambda ax: (ax.set_xlabel("along"), ax.set_ylabel("up")),
    "offset": lambda ax: ax.set_ylim(1e9, 1e9 + 1),
    "top": lambda ax: ax.xaxis.tick_top(),
    "both": lambda ax: ax.tick_params(labelright=True, right=True, length=4),
    "hidden": lambda ax: ax.yaxis.set_visible(False),
    "grid": lambda ax: ax.grid(visible=True, axis="both", color="red"),
    "one_tick_of_many": lambda ax: ax.get_xticklabels()[1].set_color("red"),
    "clipped": lambda ax: ax.set_position((0.2, 0.3, 0.4, 0.5)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_both_kinds_of_axes_draw_the_same(change) -> None:
    assert drawn(Panel, change) == drawn(Axes, change)


def test_dates_are_written_the_same() -> None:
    def change(ax: Axes) -> None:
        ax.clear()
        ax.plot(pd.date_range("2016-01-01", periods=40, freq="MS"), range(40))
        locator = YearLocator()
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))

    assert drawn(Panel, change) == drawn(Axes, change)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.decimals(-1000, 1000, places=2).map(float), min_size=1, max_size=6, unique=True),
    st.tuples(st.integers(-900, 0), st.integers(1, 900)),
)
def test_any_places_in_any_view_are_drawn_the_same(places, view) -> None:
    def change(ax: Axes) -> None:
        ax.set_xticks(places)
        ax.set_xlim(*view)

    assert drawn(Panel, change) == drawn(Axes, change)


def test_ticks_that_are_asked_for_stand_in_their_places() -> None:
    fig, ax = style.new_figure()
    ax.plot([0, 1], [0, 10])
    ax.set_xticks([0, 0.5, 1])
    fig.draw_without_rendering()
    assert len(ax.xaxis.majorTicks) == 1
    assert [tick.get_loc() for tick in ax.xaxis.get_major_ticks()] == [0, 0.5, 1]
    assert [tick.label1.get_text() for tick in ax.xaxis.get_major_ticks()] == ["0.0", "0.5", "1.0"]


def test_labels_that_touch_are_still_found() -> None:
    fig, ax = style.new_figure()
    ax.plot([0, 1], [0, 1])
    ax.set_xticks(np.linspace(0, 1, 60))
    assert any("overlap" in fault for fault in check.problems(fig))


def test_settings_are_what_they_were_after_the_style() -> None:
    before = dict(mpl.rcParams)
    with style.use():
        assert mpl.rcParams["axes.spines.top"] is False
    with pytest.raises(ZeroDivisionError), style.use():
        raise ZeroDivisionError
    assert dict(mpl.rcParams) == before
