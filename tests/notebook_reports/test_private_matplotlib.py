"""Private names of matplotlib that are used: that they are there and do what is relied on.

A release that takes one away fails here, with a name, instead of drawing or leaking in silence.
"""

from __future__ import annotations

import io

from matplotlib import font_manager
from matplotlib.axes._base import _AxesBase
from matplotlib.axis import Axis
from matplotlib.figure import Figure

from notebook_reports.charts import layout, style


def test_an_axis_places_its_title_only_while_told_to() -> None:
    # charts/axes.py spares titles that have a place, or no words, their search for one.
    fig = Figure()
    ax = fig.add_subplot()
    fig.draw_without_rendering()
    title = ax.xaxis.label
    assert ax.xaxis._autolabelpos is True
    ax.xaxis._autolabelpos = False
    title.set_y(-1.0)
    fig.draw_without_rendering()
    assert title.get_position()[1] == -1.0
    ax.xaxis._autolabelpos = True
    fig.draw_without_rendering()
    assert title.get_position()[1] != -1.0


def test_the_cache_of_fonts_can_be_emptied() -> None:
    # packs/kernels/rehearsal.py closes the fonts' files before kernels are forked.
    Figure().text(0, 0, "a word").get_window_extent()
    assert font_manager._get_font.cache_info().currsize > 0
    font_manager._get_font.cache_clear()
    assert font_manager._get_font.cache_info().currsize == 0


def test_a_renderer_may_say_how_far_a_font_reaches() -> None:
    # charts/layout.py spares every text the reading of its font's tables.
    fig, ax = style.new_figure()
    with style.use(), layout.rendering(fig, io.StringIO()) as renderer:
        text = ax.text(0, 0, "one line")
        known = text._get_layout(renderer)[:2]
        assert layout.reach(text.get_fontproperties(), 72)[0] is not None
        renderer._get_font_height_metrics = lambda _: (None, None, None)
        assert repr(text._get_layout(renderer)[:2]) == repr(known)


def test_axes_make_their_axis_and_ticks_by_these_names() -> None:
    # charts/axes.py has its own; test_axes.py compares what they draw.
    assert {"_init_axis"} <= set(vars(_AxesBase))
    assert {"_get_tick", "_update_ticks"} <= set(vars(Axis))
