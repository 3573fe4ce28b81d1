"""What is left of an executed notebook where others open it: docs/how-to/share-a-notebook.md."""

from __future__ import annotations

import base64
import re
from html import escape
from typing import Any

import nh3
import pytest
from bs4 import BeautifulSoup, Tag
from nbconvert.exporters import HTMLExporter, LatexExporter, MarkdownExporter, SlidesExporter
from nbconvert.filters import DataTypeFilter
from nbformat import NotebookNode
from sample_report import NAME

from notebook_reports.report import blocks, lab
from notebook_reports.report.reading import block_of

TAGS = (
    "a abbr b blockquote br caption cite code dd del details dfn div dl dt em figcaption figure "
    "h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strong sub summary "
    "sup table tbody td tfoot th thead time tr tt ul var wbr"
)
ATTRIBUTES = {"*": {"align", "alt", "height", "scope", "title", "width"}, "a": {"href"}}
PIXELS = re.compile(r"data:image/(?:png|jpeg|gif);base64,[A-Za-z0-9+/=]+")


def strictest(html: str) -> Tag:
    """Return HTML as the strictest viewer keeps it: no styles, ids or classes, pixels only."""

    def kept(tag: str, name: str, value: str) -> str | None:
        return value if (tag, name) != ("img", "src") or PIXELS.fullmatch(value) else None

    attributes = {**ATTRIBUTES, "img": {"src"}}
    clean = nh3.clean(
        html,
        tags=set(TAGS.split()),
        attributes=attributes,
        attribute_filter=kept,
        link_rel=None,
        url_schemes={"http", "https", "mailto", "data"},
    )
    return BeautifulSoup(clean, "html.parser")


def shown(nb: NotebookNode, *kinds: str) -> list[tuple[blocks.Block, dict[str, Any]]]:
    """Return the blocks of some kinds with the bundles they were left in."""
    outputs = [output for cell in nb.cells for output in cell.get("outputs", [])]
    return [(block_of(o)[1], o.data) for o in outputs if block_of(o)[0] in kinds]


def said(part: Tag) -> str:
    return " ".join(part.get_text().split())


def test_every_figure_is_a_picture_of_pixels_that_says_what_it_shows(sample: NotebookNode) -> None:
    figures = shown(sample, "figure")
    assert figures
    for block, bundle in figures:
        (image,) = strictest(bundle["text/html"]).find_all("img")
        assert image["alt"] == block["alt"]
        assert image["src"].removeprefix("data:image/png;base64,") == bundle["image/png"]
        assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")


def test_a_figure_is_told_in_words_once(sample: NotebookNode) -> None:
    for number, (block, bundle) in enumerate(shown(sample, "figure"), 1):
        words = said(strictest(bundle["text/html"]))
        assert words.startswith(f"Figure {number}. {block['title']}")
        for part in ("title", "subtitle", "note"):
            assert words.count(block[part]) == 1
        assert block["alt"] not in words, "a screen reader would hear it twice"
        assert "Source: CQC ratings of NHS trusts" in words
        assert not re.search(r"\d%", words.replace(block["note"], "")), "texts of axes stay in it"


def test_cards_read_as_words(sample: NotebookNode) -> None:
    cards = [said(strictest(bundle["text/html"])) for _, bundle in shown(sample, "finding")]
    assert cards == ["44.8% trusts rated good (38.5% to 51.3%)", "226 trusts compared", ""]


def test_what_stands_beside_an_answer_names_itself() -> None:
    block = {"markdown": "All is **well**.", "sure": "Not very.", "as_at": "1 March 2019"}
    block |= {"ranges": "At 95%."}
    words = said(strictest(lab.answer({"role": "lede", "follows": "", "changes": "", **block})))
    assert words == "All is well. How sure: Not very. As at: 1 March 2019 At 95%."


def test_tables_keep_their_headers_and_numbers_their_side(sample: NotebookNode) -> None:
    (block, bundle), *_ = shown(sample, "table")
    page = strictest(bundle["text/html"])
    assert said(page.caption) == "Table 1. Trusts by type"
    assert [said(th) for th in page.find_all("th", scope="col")] == block["header"]
    rows = [[said(cell) for cell in row.find_all(["th", "td"])] for row in page.tbody("tr")]
    assert rows == block["cells"]
    for row in page.find_all("tr"):
        right = [cell.get("align") == "right" for cell in row.find_all(["th", "td"])]
        assert right == block["numeric"]


def test_text_columns_are_told_to_stand_left(sample: NotebookNode) -> None:
    for block, bundle in shown(sample, "table"):
        for row in BeautifulSoup(bundle["text/html"], "html.parser").find_all("tr"):
            sides = [cell["style"] for cell in row.find_all(["th", "td"])]
            assert sides == [f"text-align:{'right' if n else 'left'}" for n in block["numeric"]]


def test_every_fact_of_provenance_stands_after_its_name(sample: NotebookNode) -> None:
    ((block, bundle),) = shown(sample, "provenance")
    page = strictest(bundle["text/html"])
    assert page.find(["dl", "dt", "dd"]) is None, "JupyterLab floats them apart"
    rows = dict(said(p).split(": ", 1) for p in page.find_all("p"))
    assert rows["Parameters"] == "trust = RX1"
    assert rows["Made"] == block["made"]
    assert block["version"] in rows["Code"]
    assert f"Python {block['versions']['Python']}" in rows["Versions"]


def test_a_link_to_data_hides_where_it_would_be_dead(sample: NotebookNode) -> None:
    for _, bundle in shown(sample, "figure", "table"):
        html = bundle["text/html"]
        (link,) = BeautifulSoup(html, "html.parser").find_all("a", download=True)
        assert link["href"].startswith("data:text/csv")
        # Without its style sheet, which an untrusted notebook loses, the style hides it.
        assert link.parent["style"] == "display:none"
        assert f".{link.parent['class'][0]}{{display:block!important}}" in html


def test_names_from_the_data_stay_text(sample: NotebookNode) -> None:
    for _, bundle in shown(sample, "table", "text", "figure"):
        assert "<script" not in bundle["text/html"]
    assert escape(NAME) in shown(sample, "table")[0][1]["text/html"]


@pytest.mark.parametrize("exporter", [HTMLExporter, SlidesExporter, MarkdownExporter])
def test_nbconvert_shows_every_figure_once(exporter: Any, sample: NotebookNode) -> None:
    page, _ = exporter().from_notebook_node(sample)
    alts = [block["alt"] for block, _ in shown(sample, "figure")]
    images = BeautifulSoup(page, "html.parser").find_all("img")
    assert [image["alt"] for image in images] == alts
    assert all(PIXELS.fullmatch(image["src"]) for image in images)


def test_documents_take_the_picture(sample: NotebookNode) -> None:
    choose = DataTypeFilter(config=LatexExporter().default_config)
    for _, bundle in shown(sample, "figure"):
        assert choose(bundle) == ["image/png"]
