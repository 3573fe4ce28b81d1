"""Texts measured without drawing, and charts laid out by them."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties

from notebook_reports.charts import check, layout, style, texts

WORDS = st.text(st.sampled_from("abcdefgh ijkl MNOP£%,.−–’0123456789"), min_size=1, max_size=40)


@given(WORDS, st.sampled_from([9.5, 10.5, 11.2, 16.0]), st.booleans())
def test_widths_agree_with_the_font_itself(words: str, size: float, bold: bool) -> None:
    # matplotlib's own measure, at a size where its whole pixels don't matter
    font = FontProperties(family=["DejaVu Sans"], size=size, weight="bold" if bold else "normal")
    drawn, _, _ = RendererAgg(10, 10, 7200).get_text_width_height_descent(words, font, False)
    # trailing spaces and the first letter's bearing are no ink, and letters are kerned
    assert layout.text_width(words, size, bold=bold) == pytest.approx(
        drawn / 100, rel=0.03, abs=0.75 * size
    )


@given(WORDS, st.floats(30, 300))
def test_wrapped_text_keeps_its_words_and_fits_where_they_do(words: str, width: float) -> None:
    lines = layout.wrapped(words, width, 10).split("\n")
    assert " ".join(lines).split() == words.split()
    for line in lines:
        assert " " not in line.strip() or layout.text_width(line.strip(), 10) <= width + 1e-6


@pytest.mark.parametrize("height", [2.0, 4.6])
@pytest.mark.parametrize("names", [["a", "b"], ["A much longer name of a row", "b"]])
def test_every_text_lies_within_the_figure(height: float, names: list[str]) -> None:
    fig, ax = style.new_figure(height)
    ax.barh([0, 1], [1, 2])
    ax.set_yticks([0, 1], names)
    texts.axis_titles(ax, x="what is measured, in words that are long", y="rows")
    texts.label_ends(ax, [(2, 1, "an end", style.BLUE), (2, 1, "another end", style.INK)])
    texts.reference_line(ax, 1.9, "a moment", axis="x")
    texts.reference_line(ax, 1.8, "one beside it", axis="x")
    texts.label_row(ax, [("below", style.INK)], below=True)
    assert check.problems(fig) == []


def test_the_room_left_is_the_room_that_texts_take() -> None:
    fig, ax = style.new_figure(2)
    ax.plot([0, 1], [0, 1])
    ax.set_yticks([0, 1], ["0", "a name of known width"])
    fig.draw_without_rendering()
    width = layout.text_width("a name of known width", 10.5)
    pad = ax.yaxis.get_major_ticks()[0].get_pad()
    expected = (width + pad + layout.EDGE) / (72 * style.WIDE)
    assert ax.get_position().x0 == pytest.approx(expected, abs=1e-6)


def test_panels_of_one_row_are_alike_and_apart() -> None:
    fig, axes = style.new_panels(3, height=2, share_y=True)
    for ax in axes:
        ax.plot([0, 1], [0, 1])
    texts.label_row(axes[2], [("a title", style.INK)])
    fig.draw_without_rendering()
    places = np.array([ax.get_position().extents for ax in axes])
    assert np.ptp(places[:, 2] - places[:, 0]) < 1e-9
    assert np.ptp(places[:, 3]) < 1e-9
    assert (places[1:, 0] - places[:-1, 2] > 10 / (72 * style.WIDE)).all()


def test_a_figure_is_as_it_was_after_it_was_measured() -> None:
    fig, ax = style.new_figure(2)
    ax.plot([0, 1], [0, 1])
    with layout.rendering(fig, io.StringIO()) as renderer:
        fig.draw(renderer)
        assert fig.dpi == 72
    assert fig.dpi == 100


def test_fewer_ticks_where_their_labels_would_touch() -> None:
    fig, ax = style.new_figure(2)
    ax.plot([0, 9e8], [0, 1])
    style.unit_axis(ax, "x", "")
    fig.set_size_inches(2, 2)
    assert check.problems(fig) == []


def _right_axis(ax: Axes) -> None:
    ax.twinx().plot([100, 20_000])


def _colour_bar(ax: Axes) -> None:
    ax.get_figure().colorbar(ax.imshow(np.eye(3)), label="a share")  # type: ignore[union-attr]


def _key_outside(ax: Axes) -> None:
    ax.plot([1, 2], label="a series")
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))


def _turned_ticks(ax: Axes) -> None:
    ax.bar(["a category of some length", "another category"], [1, 2])
    ax.tick_params(axis="x", rotation=90)


def _note_in_pixels(ax: Axes) -> None:
    ax.annotate("a note", (0.5, 0.5), xytext=(5, 5), textcoords="offset pixels")


@pytest.mark.parametrize(
    "add", [_right_axis, _colour_bar, _key_outside, _turned_ticks, _note_in_pixels]
)
def test_what_is_not_measured_here_is_laid_out_all_the_same(add: Callable[[Axes], None]) -> None:
    fig, ax = style.new_figure(height=3)
    add(ax)
    with style.use(), layout.rendering(fig, io.StringIO()) as renderer:
        fig.draw(renderer)
        box = fig.get_tightbbox(renderer)
    assert box.min.min() >= -0.01
    assert (box.max <= fig.get_size_inches() + 0.01).all()
