from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import pandas as pd
from matplotlib.figure import Figure

from notebook_reports.charts import bars, style
from notebook_reports.report import svg


def chart(value: float = 0.4) -> Figure:
    table = pd.DataFrame({"type": ["A & <b>", "Other"], "share": [value, 0.5]})
    return bars.bars(table, group="type", value="share", unit="share")


def ids(text: str) -> set[str]:
    return set(re.findall(r' id="([^"]+)"', text))


def test_same_chart_gives_the_same_bytes() -> None:
    assert svg.draw(chart(), "fig-a") == svg.draw(chart(), "fig-a")
    assert svg.draw(chart(), "fig-a") != svg.draw(chart(0.3), "fig-a")


def test_figures_on_one_page_share_no_id_and_every_reference_resolves() -> None:
    one, two = svg.draw(chart(), "fig-one"), svg.draw(chart(), "fig-two")
    assert ids(one)
    assert not ids(one) & ids(two)
    for text in (one, two):
        assert set(re.findall(r"url\(#([^)]+)\)", text)) <= ids(text)


def test_svg_is_xml_without_style_sheets_metadata_or_outside_references() -> None:
    text = svg.draw(chart(), "fig-a")
    root = ElementTree.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "<style" not in text
    assert "metadata" not in text
    assert set(re.findall(r'https?://[^"\s]+', text)) == {"http://www.w3.org/2000/svg"}


def test_text_stays_text_in_a_font_readers_have() -> None:
    text = svg.draw(chart(), "fig-a")
    assert ">A &amp; &lt;b&gt;</text>" in text
    assert "DejaVu" not in text
    assert "Arial" in text


def test_repeated_markers_keep_their_definition() -> None:
    fig, ax = style.new_figure()
    ax.scatter(range(20), range(20), marker="s")
    text = svg.draw(fig, "fig-dots")
    used = set(re.findall(r'href="#([^"]+)"', text))
    assert used
    assert used <= ids(text)


def test_a_line_without_length_leaves_no_path() -> None:
    fig, ax = style.new_figure()
    ax.vlines([0, 1, 2], [0, math.nan, 0], [1, 1, 1])
    ax.vlines([0.5], math.nan, math.nan)
    paths = re.findall(r"<path [^>]*>", svg.draw(fig, "lines"))
    assert paths
    assert all(re.search(r'(?<![a-z-])d="', path) for path in paths)
