from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import pandas as pd
from matplotlib.figure import Figure

from notebook_reports.charts import bars, palette, style
from notebook_reports.report import svg


def chart(value: float = 0.4) -> Figure:
    table = pd.DataFrame({"type": ["A & <b>", "Other"], "share": [value, 0.5]})
    return bars.bars(table, group="type", value="share", unit="share")


def ids(text: str) -> set[str]:
    return set(re.findall(r' id="([^"]+)"', text))


def test_same_chart_gives_the_same_bytes() -> None:
    assert svg.draw(chart(), "fig-a").svg == svg.draw(chart(), "fig-a").svg
    assert svg.draw(chart(), "fig-a").svg != svg.draw(chart(0.3), "fig-a").svg


def test_figures_on_one_page_share_no_id_and_every_reference_resolves() -> None:
    one, two = svg.draw(chart(), "fig-one").svg, svg.draw(chart(), "fig-two").svg
    assert ids(one)
    assert not ids(one) & ids(two)
    for text in (one, two):
        assert set(re.findall(r"url\(#([^)]+)\)", text)) <= ids(text)


def test_svg_is_xml_without_style_sheets_metadata_or_outside_references() -> None:
    text = svg.draw(chart(), "fig-a").svg
    root = ElementTree.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "<style" not in text
    assert "metadata" not in text
    assert set(re.findall(r'https?://[^"\s]+', text)) == {"http://www.w3.org/2000/svg"}


def test_text_stays_text_in_a_font_readers_have() -> None:
    text = svg.draw(chart(), "fig-a").svg
    assert ">A &amp; &lt;b&gt;</text>" in text
    assert "DejaVu" not in text
    assert "Arial" in text


def test_repeated_markers_keep_their_definition() -> None:
    fig, ax = style.new_figure()
    ax.scatter(range(20), range(20), marker="s")
    text = svg.draw(fig, "fig-dots").svg
    used = set(re.findall(r'href="#([^"]+)"', text))
    assert used
    assert used <= ids(text)


def test_a_line_without_length_leaves_no_path() -> None:
    fig, ax = style.new_figure()
    ax.vlines([0, 1, 2], [0, math.nan, 0], [1, 1, 1])
    ax.vlines([0.5], math.nan, math.nan)
    paths = re.findall(r"<path [^>]*>", svg.draw(fig, "lines").svg)
    assert paths
    assert all(re.search(r'(?<![a-z-])d="', path) for path in paths)


def test_a_page_can_recolour_every_colour_and_white_text_apart_from_paper() -> None:
    parts = pd.DataFrame({"group": ["x"], "a": [3], "b": [2], "c": [2], "d": [4]})
    fig = bars.stacked_shares(parts, group="group", parts=["a", "b", "c", "d"])
    plain = svg.draw(fig, "fig-a").svg
    themed = palette.themed(plain)
    assert set(re.findall(r"#[0-9a-f]{6}", plain)) >= {"#12436d", "#ffffff"}
    # Black text has no colour of its own and stays black: fills of a dark page are made for that.
    bare = re.sub(r"var\(--c-[a-z]+\d?, #[0-9a-f]{6}\)", "", themed)
    assert set(re.findall(r"#[0-9a-f]{6}", bare)) == set()
    assert re.search(r"<text [^>]*fill: var\(--c-on, #ffffff\)", themed)
    assert "stroke: var(--c-paper, #ffffff)" in themed
    assert re.sub(r"var\(--c-[a-z]+\d?, (#[0-9a-f]{6})\)", r"\1", themed) == plain


def test_both_forms_are_drawn_into_a_block_with_the_places_of_its_units() -> None:
    table = pd.DataFrame({"x": [1.0, 2.0], "y": [0.2, 0.4]})
    block: dict[str, object] = {"key": "two", "units": {"kind": "trust"}}

    @style.chart
    def dots() -> Figure:
        fig, ax = style.new_figure(2)
        ax.scatter(table["x"], table["y"])
        style.place(ax, ["A", "B"], table["x"], table["y"])
        return fig

    svg.draw_into(block, dots())
    for form, name in (("svg", "wide"), ("narrow", "narrow")):
        drawing, places = str(block[form]), block["units"][name]  # type: ignore[index]
        marks = re.findall(r'<use [^>]*x="([\d.]+)" y="([\d.]+)"', drawing)
        drawn = [[float(v) for v in mark] for mark in marks][-2:]
        assert [*places["A"], *places["B"]] == [[round(v, 1) for v in mark] for mark in drawn]
    svg.draw_into(block := {"key": "own", "units": None}, style.new_figure(2)[0])
    assert block["narrow"] == ""
