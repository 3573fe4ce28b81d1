"""The two private names of matplotlib that are used: that they are there and do what is relied on.

A release that takes one away fails here, with a name, instead of drawing or leaking in silence.
"""

from __future__ import annotations

from matplotlib import font_manager
from matplotlib.figure import Figure


def test_an_axis_places_its_title_only_while_told_to() -> None:
    # report/svg.py spares empty titles their search for a place.
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
