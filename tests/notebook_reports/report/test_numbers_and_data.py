"""Numbers of figures and tables, what refers to them, and the data under each figure."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from matplotlib.figure import Figure as Picture
from sample_report import notebook_of

from notebook_reports import project, report
from notebook_reports.errors import ExportError
from notebook_reports.evidence import Answer, Figure, Section, Table, Words
from notebook_reports.packs.export import export_html
from notebook_reports.packs.leaves import said_first
from notebook_reports.report import beneath, blocks, building

Bundles = list[dict[str, Any]]

FRAME = pd.DataFrame({"trust_type": ["Acute", "Other"], "share": [0.4, 0.5]})


def figure_block(key: str, data: pd.DataFrame = FRAME, **changed: Any) -> dict[str, Any]:
    shown = Figure(Picture(), key, f"Title of {key}", "England, 2018", "Own sums", "Half.", data)
    return building.figure(shown) | {"svg": '<svg viewBox="0 0 9 9"></svg>'} | changed


def table_block(key: str) -> dict[str, Any]:
    return building.table(Table(FRAME, key, f"Caption of {key}", "Own sums"))


def bundle(kind: str, block: dict[str, Any]) -> dict[str, object]:
    return {blocks.MIME[kind]: block}


def words(markdown: str) -> dict[str, object]:
    return bundle("text", building.text(Words(markdown)))


def page_of(*outputs: dict[str, object], markdown: str = "# A title") -> BeautifulSoup:
    html = export_html(notebook_of(*outputs, markdown=markdown))
    return BeautifulSoup(html, "html.parser").main


def text_of(tag: Any) -> str:
    return " ".join(tag.get_text().split())


def test_figures_and_tables_are_numbered_in_the_order_of_the_page() -> None:
    main = page_of(
        bundle("figure", figure_block("second")),
        bundle("table", table_block("one")),
        bundle("figure", figure_block("first")),
        bundle("table", table_block("two")),
    )
    titles = [text_of(t) for t in main.select("figure > h2, caption[id^=tab-]")]
    assert titles == [
        "Figure 1. Title of second",
        "Table 1. Caption of one",
        "Figure 2. Title of first",
        "Table 2. Caption of two",
    ]
    links = [link["href"] for link in main.select("a.no")]
    assert links == ["#fig-second", "#tab-one", "#fig-first", "#tab-two"], "keys are for linking"
    assert all(main.select(link) for link in links)


def test_words_refer_to_a_number_before_and_after_them() -> None:
    main = page_of(
        words("See [Figure](#fig-a), [Table](#tab-t) and [Figure](#fig-b)."),
        bundle("figure", figure_block("a")),
        bundle("figure", figure_block("b")),
        bundle("table", table_block("t")),
        words("As [Figure](#fig-b) showed; [the other figure](#fig-a)."),
        markdown="# A title\n\nBy hand: [Figure](#fig-b).",
    )
    said = [text_of(p) for p in main.find_all("p") if p.find("a", href=True) and not p.get("class")]
    assert said == [
        "By hand: Figure 2.",
        "See Figure 1, Table 1 and Figure 2.",
        "As Figure 2 showed; the other figure.",
    ]
    links = main.select("p > a[href^='#fig-'], p > a[href^='#tab-']")
    for link in links[:5]:
        assert text_of(main.select_one(link["href"])).startswith(link.get_text())


def test_an_answer_refers_to_a_number_where_it_is_quoted_too() -> None:
    said = bundle("text", building.answer(Answer("Half are good ([Figure](#fig-a)).")))
    nb = notebook_of(bundle("figure", figure_block("z")), said, bundle("figure", figure_block("a")))
    assert said_first(nb)[0] == "Half are good (Figure 2)."
    assert "Half are good (Figure 2)." in text_of(BeautifulSoup(export_html(nb), "html.parser"))


@pytest.mark.parametrize("anchor", ["fig-gone", "tab-a"])
def test_a_reference_to_what_the_page_lacks_is_a_fault(anchor: str) -> None:
    with pytest.raises(ExportError, match=f"computed text: the link #{anchor} leads nowhere"):
        page_of(bundle("figure", figure_block("a")), words(f"See [Figure](#{anchor})."))


def test_a_notebook_numbers_in_the_order_of_showing(shown: Bundles) -> None:
    from notebook_reports.charts import bars

    def figure(key: str) -> Figure:
        chart = bars.bars(FRAME, group="trust_type", value="share", unit="share")
        return Figure(chart, key, "Others do better", "England", "Own sums", "Half.", FRAME)

    report.show(Section("One", [figure("a")]))
    report.show(Section("Two", [Words("See [Figure](#fig-b), [Figure](#fig-c)."), figure("b")]))
    report.show(figure("a"))
    one, said, two, again = (text_of(BeautifulSoup(b["text/html"], "html.parser")) for b in shown)
    assert "Figure 1. Others" in one
    assert "See Figure 2, Figure." in said, "what a later section shows has no number yet"
    assert "Figure 2. Others" in two
    assert "Figure 1. Others" in again, "a cell that runs again keeps its number"


def test_under_a_figure_lie_its_data_as_a_table() -> None:
    data = pd.DataFrame(
        {
            "kind_of_trust": ["Acute", "Other", "<b>Third</b>"],
            "spend_gbp_m": [1234.5, 20.0, None],
            "trusts": [1300, 2, 3],
            "year": [2018, 2019, 2020],
            "share": [0.25, -0.5, 0.125],
            "as_at": pd.to_datetime(["2018-09-03", "2019-03-01", None]),
            "month": pd.to_datetime(["2018-09-01", "2018-10-01", "2018-11-01"]),
            "good": [True, False, True],
        }
    )
    main = page_of(bundle("figure", figure_block("a", data)))
    folded = main.select_one("figure details.data")
    assert not folded.has_attr("open")
    assert text_of(folded.summary) == "Figure 1 as a table"
    assert text_of(folded.caption) == "England, 2018"
    heads = folded.select("thead th")
    assert {h["scope"] for h in heads} == {"col"}
    assert [text_of(h) for h in heads] == [
        "Kind of trust",
        "Spend (£m)",
        "Trusts",
        "Year",
        "Share",
        "As at",
        "Month",
        "Good",
    ]
    assert [text_of(h) for h in folded.select("tbody th[scope=row]")] == [
        "Acute",
        "Other",
        "<b>Third</b>",
    ]
    rows = [[text_of(c) for c in row.find_all("td")] for row in folded.select("tbody tr")]
    assert rows[0] == [
        "1,234.5",
        "1,300",
        "2018",
        "0.250",
        "3 September 2018",
        "September 2018",
        "Yes",
    ]
    assert rows[1][3] == "−0.500"
    assert (rows[2][0], rows[2][4]) == ("not available", "not available")
    assert folded.select("tbody td")[4]["data-v"] == "2018-09-03", "dates are sorted as dates"


def test_a_long_figures_table_says_how_much_it_shows() -> None:
    rows = beneath.MOST_ROWS + 1
    data = pd.DataFrame({"trust": [f"T{i}" for i in range(rows)], "n": range(rows)})
    folded = page_of(bundle("figure", figure_block("a", data))).select_one("details.data")
    assert len(folded.select("tbody tr")) == beneath.MOST_ROWS
    assert text_of(folded.caption) == f"England, 2018; the first 400 of {rows} rows"


def test_a_project_says_what_its_columns_are_called(monkeypatch: pytest.MonkeyPatch) -> None:
    own = project.Project(headings={"org_code": "Code", "spent": "Spent gbp m"})
    monkeypatch.setattr(project, "_registered", own)
    assert [beneath.heading(n) for n in ("org_code", "spent", "n_of")] == [
        "Code",
        "Spent (£m)",
        "N of",
    ]


def test_a_picture_has_one_name_and_no_stop_for_the_keyboard() -> None:
    both = figure_block("a", alt='"Half" do', narrow='<svg viewBox="0 0 3 3"></svg>')
    plot = page_of(bundle("figure", both)).select_one("figure .plot")
    assert (plot["role"], plot["aria-label"]) == ("img", '"Half" do')
    assert not plot.has_attr("tabindex")
    drawings = [(d["class"], d["aria-hidden"]) for d in plot.find_all("div")]
    assert drawings == [(["wide"], "true"), (["narrow"], "true")]


def test_a_picture_without_a_narrow_drawing_scrolls_and_is_named_once() -> None:
    plot = page_of(bundle("figure", figure_block("a"))).select_one("figure .plot")
    assert (plot["role"], plot["tabindex"]) == ("region", "0")
    assert [img["aria-label"] for img in plot.select("[role=img]")] == ["Half."]
