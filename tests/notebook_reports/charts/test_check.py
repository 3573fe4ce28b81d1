from __future__ import annotations

import pytest

from notebook_reports.charts import check, style, texts


def test_a_good_chart_has_no_problem() -> None:
    fig, ax = style.new_figure()
    ax.plot([0, 1], [0, 1])
    texts.label_end(ax, 1, 1, "Agency spend")
    texts.axis_titles(ax, x="Month", y="£ million")
    assert check.problems(fig) == []


def test_text_on_text_is_found() -> None:
    fig, ax = style.new_figure()
    ax.plot([0, 1], [0, 1])
    ax.text(0.4, 0.5, "first label")
    ax.text(0.42, 0.5, "second label")
    assert check.problems(fig) == ["the texts 'first label' and 'second label' overlap"]


def test_text_over_the_edge_is_found() -> None:
    fig, ax = style.new_figure()
    ax.plot([0, 1], [0, 1])
    fig.text(0.97, 0.5, "a label that goes on and on")
    assert any("is cut off" in problem for problem in check.problems(fig))


def test_turned_text_is_found() -> None:
    fig, ax = style.new_figure()
    ax.plot([0, 1], [0, 1])
    ax.set_ylabel("Upwards")
    assert check.problems(fig) == ["the text 'Upwards' isn't horizontal"]


def test_an_empty_axis_is_found_and_a_hidden_one_is_not() -> None:
    fig, axes = style.new_panels(2)
    axes[0].plot([0, 1], [0, 1])
    assert "axes 2 is empty" in check.problems(fig)
    axes[1].set_visible(False)
    assert check.problems(fig) == []


def test_crowded_tick_labels_are_found() -> None:
    fig, ax = style.new_figure()
    ax.plot(range(40), range(40))
    ax.set_xticks(range(40), [f"trust {i}" for i in range(40)])
    assert any("overlap" in problem for problem in check.problems(fig))


def test_tick_labels_outside_the_view_do_not_count() -> None:
    fig, ax = style.new_figure()
    ax.plot(range(40), range(40))
    ax.set_xticks(range(40), [f"trust {i}" for i in range(40)])
    ax.set_xlim(0, 3.5)
    ax.set_yticks([])
    assert check.problems(fig) == []


@pytest.mark.parametrize(("count", "wrong"), [(4, False), (5, True)])
def test_more_than_four_series_are_found(count: int, wrong: bool) -> None:
    fig, ax = style.new_figure()
    for i, colour in enumerate(["#12436D", "#F46A25", "#28A197", "#801650", "#3D9A00"][:count]):
        ax.plot([0, 1], [0, i], color=colour)
    found = [p for p in check.problems(fig) if "series" in p]
    assert bool(found) is wrong


def test_grey_lines_are_context_not_series() -> None:
    fig, ax = style.new_figure()
    for i in range(30):
        ax.plot([0, 1], [0, i], color=style.GREY)
    ax.plot([0, 1], [0, 1], color=style.BLUE)
    assert check.series_count(ax) == 1
    assert check.problems(fig) == []
