from __future__ import annotations

import pickle

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from notebook_reports.charts import check, layout, style, texts
from notebook_reports.errors import ParameterError
from notebook_reports.report import svg


def luminance(colour: str) -> float:
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, two: str) -> float:
    light, dark = sorted([luminance(one), luminance(two)], reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_reference_values() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("colour", [*style.SERIES, style.GREY, style.MUTED, style.INK, style.SOFT])
def test_labels_have_contrast_of_text(colour: str) -> None:
    assert contrast(style.text_colour(colour), style.WHITE) >= 4.5


@pytest.mark.parametrize("colour", [*style.SERIES, style.MUTED])
def test_marks_have_contrast_of_graphics(colour: str) -> None:
    assert contrast(colour, style.WHITE) >= 2.99


@given(st.tuples(*[st.floats(0, 1)] * 3))
def test_text_on_any_fill_takes_the_better_of_black_and_white(rgb: tuple[float, ...]) -> None:
    fill = mpl.colors.to_hex(rgb)
    chosen = contrast(style.text_on(fill), fill)
    assert chosen == max(contrast(style.WHITE, fill), contrast("#000000", fill))
    assert chosen >= 4.5


def test_style_ends_with_its_block() -> None:
    before = mpl.rcParams["axes.spines.top"], mpl.rcParams["font.size"]
    with style.use():
        assert mpl.rcParams["axes.spines.top"] is False
        assert mpl.rcParams["svg.fonttype"] == "none"
    assert (mpl.rcParams["axes.spines.top"], mpl.rcParams["font.size"]) == before


def test_a_figure_made_ahead_is_drawn_as_one_made_when_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(style, "_ahead", {})

    @style.chart
    def chart() -> Figure:
        fig, ax = style.new_figure(height=3.1)
        ax.plot([1, 2, 3], [0.1, 0.3, 0.2])
        ax.set_xlabel("a name")
        return fig

    def drawn() -> list[str]:
        fig = chart()
        return [svg.draw(form, "fig-a").svg for form in check.forms(fig).values()]

    fresh = drawn()
    style.make_ahead(1)
    ahead = [figures[0][0] for figures, _ in style._ahead.values()]
    with mpl.rc_context({"patch.force_edgecolor": True}):  # the house style leaves it as it is
        chart()
    assert [figures[0][0] for figures, _ in style._ahead.values()] == ahead, "of other settings"
    assert drawn() == fresh
    assert [figures for figures, _ in style._ahead.values()] == [[], []]
    assert drawn() == fresh


def test_figures_have_the_pages_size_and_are_registered_nowhere() -> None:
    from matplotlib import _pylab_helpers

    fig, ax = style.new_figure()
    assert tuple(fig.get_size_inches()) == (8.2, 4.6)
    assert not ax.spines["top"].get_visible()
    assert _pylab_helpers.Gcf.get_num_fig_managers() == 0


@pytest.mark.parametrize("height", [0, -1])
def test_impossible_heights_are_refused(height: float) -> None:
    with pytest.raises(ParameterError):
        style.new_figure(height)


@style.chart
def _pair(names: tuple[str, str] = ("a", "b")) -> Figure:
    fig, ax = style.new_figure(2)
    ax.plot([0, 4], [1, 3])
    style.place(ax, names, [0, 4], [1, 3])
    return fig


def test_a_chart_can_be_drawn_for_a_phone_and_says_where_its_units_stand() -> None:
    fig = _pair()
    assert isinstance(fig, style.Drawing)
    assert fig.again is not None
    narrow = fig.again()
    assert isinstance(narrow, style.Drawing)
    assert (fig.get_figwidth(), narrow.get_figwidth()) == (style.WIDE, style.NARROW)
    assert narrow.again is None
    assert not style.narrow()
    assert check.problems(narrow) == []
    sizes = {t.get_fontsize() for t in check.visible_texts(narrow)}
    assert sizes == {11.2}
    assert fig.places[0].codes == ("a", "b")
    assert fig.places[0].ends.tolist() == [[0, 1], [4, 3]]
    assert check.problems(pickle.loads(pickle.dumps(fig)).again()) == []


def test_a_unit_without_code_or_place_is_left_out() -> None:
    fig, ax = style.new_figure()
    style.place(ax, ["a", "", None, float("nan"), "e"], [1, 2, 3, 4, np.nan], 0, y2=1)
    assert isinstance(fig, style.Drawing)
    assert fig.places[0].codes == ("a",)
    assert fig.places[0].ends.tolist() == [[1, 0, 1, 1]]
    with pytest.raises(ParameterError, match="house style"):
        style.place(mpl.figure.Figure().add_subplot(), ["a"], 0, 0)


def test_names_of_rows_stand_above_them_only_where_there_is_no_room() -> None:
    names = ["A name that is too long to stand beside its row on a phone", "Short"]
    beside = texts.Rows(names, 0.4)
    token = style._narrow.set(True)
    try:
        above, short = texts.Rows(names, 0.4), texts.Rows(["One", "Two"], 0.4)
    finally:
        style._narrow.reset(token)
    assert not beside.above
    assert beside.places.tolist() == [0, 1]
    assert beside.height == pytest.approx(0.8)
    assert above.above
    assert "\n" in above.names[0]
    assert above.height > 1.2
    assert not short.above


@given(
    st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=30),
    st.floats(0.1, 50),
)
def test_spread_keeps_order_and_distance(positions: list[float], gap: float) -> None:
    moved = texts.spread_apart(positions, gap)
    order = np.argsort(positions, kind="stable")
    assert np.all(np.diff(moved[order]) >= gap - 1e-6)


def test_spread_moves_no_more_than_it_must() -> None:
    assert texts.spread_apart([0, 10, 20], 5).tolist() == [0, 10, 20]
    assert texts.spread_apart([10, 10], 4).tolist() == [8, 12]
    assert texts.spread_apart([10, 0, 10], 4).tolist() == [8, 0, 12]


def test_labels_at_line_ends_do_not_overlap() -> None:
    fig, ax = style.new_figure()
    values = [1.0, 1.01, 1.02, 5.0]
    for value in values:
        ax.plot([0, 1], [0, value])
    texts.label_ends(ax, [(1, v, f"Series at {v}", style.BLUE) for v in values])
    assert check.problems(fig) == []


def test_a_row_of_names_breaks_where_it_would_not_fit() -> None:
    fig, ax = style.new_figure()
    ax.plot([0, 1], [0, 1])
    texts.label_row(ax, [(f"A rather long name number {i}", style.BLUE) for i in range(4)])
    assert check.problems(fig) == []


def test_labels_follow_a_figure_that_changes_its_size() -> None:
    fig, ax = style.new_figure()
    ends = [(1, v, f"Series at {v}", style.BLUE) for v in (1.0, 1.02)]
    for _, value, _, _ in ends:
        ax.plot([0, 1], [0, value])
    texts.label_ends(ax, ends)
    labels = list(ax.texts)
    texts.label_row(ax, [(f"A rather long name number {i}", style.BLUE) for i in range(3)])
    for size in ((8.2, 4.6), (4.0, 2.4), (12.0, 7.0)):
        fig.set_size_inches(*size)
        assert check.problems(fig) == []
        low, high = sorted(t.get_window_extent().y0 for t in labels)
        tall = layout.text_height("Series", labels[0].get_fontsize())
        assert (high - low) * 72 / fig.dpi == pytest.approx(tall + 3, abs=0.1)
    copy = pickle.loads(pickle.dumps(fig))
    assert check.problems(copy) == []


def test_reference_lines_take_dates() -> None:
    fig, ax = style.new_figure()
    ax.plot(np.array(["2018-01-01", "2018-12-01"], dtype="datetime64[D]"), [0, 1])
    line = texts.reference_line(ax, np.datetime64("2018-06-01"), "controls", axis="x")
    assert line.get_xdata()[0] == pytest.approx(mpl.dates.datestr2num("2018-06-01"))
    assert check.problems(fig) == []


def test_axis_units_are_written_in_house_style() -> None:
    fig, ax = style.new_figure()
    ax.plot([0, 1], [0, 1])
    style.unit_axis(ax, "y", "share")
    style.unit_axis(ax, "x", "GBP m")
    fig.draw_without_rendering()
    assert "40%" in [t.get_text() for t in ax.get_yticklabels()]
    assert "£1.0m" in [t.get_text() for t in ax.get_xticklabels()]


@pytest.mark.parametrize("top", [0.003, 0.01, 0.04, 0.16, 0.9])
def test_tick_labels_say_the_ticks_own_values(top: float) -> None:
    fig, ax = style.new_figure()
    ax.plot([0, 1], [0, top])
    style.unit_axis(ax, "y", "share")
    fig.draw_without_rendering()
    said = [float(t.get_text().replace("−", "-").rstrip("%")) for t in ax.get_yticklabels()]
    assert said == pytest.approx([100 * tick for tick in ax.get_yticks()], abs=1e-9)
