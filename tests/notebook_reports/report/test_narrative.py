"""Markdown and HTML that authors write: links, notes, tables, formulas, and nothing that runs."""

from __future__ import annotations

import re

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

from notebook_reports.errors import ExportError
from notebook_reports.packs.export import export_html
from notebook_reports.report import markup

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)


def main_of(*cells: str | nbformat.NotebookNode) -> BeautifulSoup:
    made = [new_markdown_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    nb = new_notebook(cells=[new_markdown_cell("# A title"), *made])
    return BeautifulSoup(export_html(nb), "html.parser").main


def html_output(html: str) -> nbformat.NotebookNode:
    return new_code_cell("show()", outputs=[new_output("display_data", data={"text/html": html})])


def target(main: BeautifulSoup, words: str) -> str:
    link = main.find("a", string=words)
    found = main.find(id=link["href"].removeprefix("#"))
    assert found is not None, f"{link} leads nowhere"
    return " ".join(found.get_text().split())


def test_each_cells_footnotes_are_its_own() -> None:
    main = main_of(
        "One[^1].\n\n[^1]: Note about agency.",
        "Two[^1] and again[^1].\n\n[^1]: Note about beds.",
        "Three[^a].\n\n[^a]: Note about cost.",
    )
    notes = [
        main.find(id=ref["href"].removeprefix("#")).get_text()
        for ref in main.select("sup.footnote-ref a")
    ]
    assert [re.sub("[^a-z]", "", note.split()[-1]) for note in notes] == [
        *("agency", "beds", "beds", "cost")
    ]
    for back in main.select("li a.footnote"):
        assert main.find("sup", id=back["href"].removeprefix("#")) is not None
    ids = [tag["id"] for tag in main.find_all(id=True) if tag.name != "sup"]
    assert len(ids) == len(set(ids))


def test_an_authors_anchor_is_kept_and_reached_from_any_cell() -> None:
    main = main_of(
        'Before [it](#MyAnchor).\n\n<p id="MyAnchor">Here it is</p>', "[after](#MyAnchor)"
    )
    assert main.find(id="MyAnchor") is not None
    assert target(main, "it") == target(main, "after") == "Here it is"


@pytest.mark.parametrize(
    "link",
    ["Method-and-caveats", "method-and-caveats", "Method%20and%20caveats", "method_and_caveats"],
)
def test_a_link_to_a_headings_words_finds_it_however_it_is_written(link: str) -> None:
    main = main_of(f"[go](#{link})", "## Method and caveats")
    assert target(main, "go") == "Method and caveats"


def test_a_heading_in_any_alphabet_is_found() -> None:
    main = main_of("[go](#طريقة) and [on](#другое)", "## Другое", "## طريقة")
    assert (target(main, "go"), target(main, "on")) == ("طريقة", "Другое")


def test_a_link_that_leads_nowhere_is_a_fault_that_names_it() -> None:
    with pytest.raises(ExportError, match="cell 2: the link #no-such-place leads nowhere"):
        main_of("[go](#no-such-place)")
    main_of("[top](#top) and [also](#)")


def test_two_cells_with_one_anchor_each_keep_their_own_links() -> None:
    cell = '<p id="note">{0}</p>\n\n[{0} link](#note)'
    main = main_of(cell.format("first"), cell.format("second"))
    assert target(main, "first link") == "first"
    assert target(main, "second link") == "second"


def test_a_gradient_is_found_under_its_new_name() -> None:
    svg = (
        '<svg viewBox="0 0 9 9"><defs><linearGradient id="Grey"><stop offset="0" '
        'stop-color="grey"/></linearGradient></defs><rect fill="url(#Grey)" width="9"/></svg>'
    )
    main = main_of(html_output(svg), html_output(svg))
    names = [tag["id"] for tag in main.find_all(re.compile("lineargradient", re.IGNORECASE))]
    assert len(set(names)) == 2
    assert [rect.get("fill") for rect in main.find_all("rect")] == [
        f"url(#{name})" for name in names
    ]


@pytest.mark.parametrize(
    "source",
    [
        "attachment:Incorrect Vals.png",
        "attachment:Incorrect%20Vals.png",
        "<attachment:Incorrect Vals.png>",
    ],
)
def test_an_attachment_whose_name_has_a_space_is_embedded(source: str) -> None:
    cell = new_markdown_cell(f"![One dark pixel]({source})")
    cell["attachments"] = {"Incorrect Vals.png": {"image/png": PIXEL}}
    images = main_of(cell).find_all("img")
    assert [image["src"] for image in images] == [f"data:image/png;base64,{PIXEL}"]


@pytest.mark.parametrize(
    ("rows", "cells"),
    [
        ("| 1 |", [["1", ""]]),
        ("| 1 | 2 | 3 |", [["1", "2"]]),
        ("| `a|b` | 2 |", [["a|b", "2"]]),
        (r"| a\|b | `c\|d` |", [["a|b", "c|d"]]),
        ("| 1 |\n| 1 | 2 |\n|", [["1", ""], ["1", "2"], ["", ""]]),
        ("1\n1 | 2 | 3", [["1", ""], ["1", "2"]]),
    ],
)
@pytest.mark.parametrize("computed", [False, True])
def test_a_ragged_table_is_a_table(rows: str, cells: list[list[str]], computed: bool) -> None:
    text = f"| h | i |\n|---|--:|\n{rows}\n\nafter"
    html = BeautifulSoup(markup.markdown(text), "html.parser") if computed else main_of(text)
    table = html.find("table")
    assert table is not None
    found = [[td.get_text() for td in tr.find_all("td")] for tr in table.select("tbody tr")]
    assert found == cells
    assert "after" not in table.get_text()


@pytest.mark.parametrize(
    "text",
    [
        "$a_1 + b_1$",
        r"$$\hat{\theta}_i = \sum_j x_{ij}$$",
        "$$\na_1\n= b_1\n- c_1\n$$",
        r"\\(x_1 \\) and \\[ y_1 \\]",
        "\\begin{align}\na_1 &= b_1 \\\\\nc &= d \\label{eq}\n\\end{align}",
        "between *a* $a_1 *b* c_1$ and _b_",
        "- in a list $a_1$",
        "| h |\n|---|\n| $a_1$ |",
        r"$5 \times x_1$",
    ],
)
def test_a_formula_is_mathml_and_nothing_in_it_is_emphasised(text: str) -> None:
    main = main_of(text)
    assert main.select("math msub") != []
    assert main.select("math em, math strong") == []
    rest = [part for part in main.find_all(string=True) if part.find_parent("math") is None]
    assert not re.search(r"[$\\{}]|_1", "".join(rest))


@pytest.mark.parametrize(
    "text",
    [
        "from $1,600 and $5",
        "between $5m and US$ 10m",
        "income ($m) and share ($k)",
        "US$5 to US$10, and *more*",
        "$5 and a trust pays 3$",
        "**$5** to **$6**",
        "the code `$x$ and $y$`",
        r"\$a\$",
    ],
)
def test_dollars_of_money_stay_money(text: str) -> None:
    main = main_of(text)
    assert main.find("math") is None
    assert "$" in main.get_text()


def test_a_formula_that_cannot_be_read_is_a_fault_with_a_remedy() -> None:
    for tex in (r"\nosuchcommand x", r"\frac{1}{", r"\left( a"):
        with pytest.raises(ExportError, match=r"cell 2: the formula .* can't be read; write it"):
            main_of(f"So ${tex}$.")


@pytest.mark.parametrize(
    ("environment", "rows"),
    [
        ("aligned", ["a=b", "c=d"]),
        ("alignedat}{1", ["a=b", "c=d"]),
        ("flalign", ["a=b", "c=d"]),
        ("gathered", ["a=b", "c=d"]),
        ("gather*", ["a=b", "c=d"]),
        ("multline", ["a=b", "c=d"]),
        ("eqnarray", ["a=b", "c=d"]),
    ],
)
def test_the_lines_of_an_environment_stay_lines(environment: str, rows: list[str]) -> None:
    sign = {"e": "&=&", "a": "&=", "f": "&="}.get(environment[0], "=")
    tex = rf"\begin{{{environment}}}a{sign}b\\c{sign}d\end{{{environment.split('}')[0]}}}"
    found = main_of(f"$$\n{tex}\n$$").select("math mtr")
    assert [row.get_text() for row in found] == rows


@pytest.mark.parametrize(
    "tex",
    [r"\frac{a", r"\frac{}{b}", "a & b", "a}", r"a \\ b", r"\begin{other}a&b\end{other}", "x^{}"],
)
def test_a_formula_that_would_be_garbled_is_a_fault(tex: str) -> None:
    with pytest.raises(ExportError, match="can't be read; write it with the commands"):
        main_of(f"So ${tex}$.")


def test_what_a_formula_writes_upright_is_shown() -> None:
    main = main_of(r"$\mathop{\rm se} x$ and $\text{5\%}$")
    assert main.select("math mo *, math mi *") == []
    assert [math.get_text() for math in main.find_all("math")] == ["sex", "5%"]


def test_a_formula_between_spaces_is_one_and_money_is_none() -> None:
    main = main_of(r"so $ x+1 $ and $ \alpha $; pay $ 5 and $ 6, US$ a = b, $ c or $ and $ x")
    assert [math.get_text() for math in main.find_all("math")] == ["x+1", "α"]


def test_an_old_anchor_is_an_anchor() -> None:
    main = main_of('<a name="sec1"></a>Here it is', "[Jump](#sec1)")
    assert main.find("a", string="Jump")["href"] == "#sec1"
    assert main.find(id="sec1").attrs == {"id": "sec1"}


def test_a_caption_names_the_section_its_table_stands_in() -> None:
    table = "| h |\n|---|\n| 1 |"
    main = main_of(f"## Order\n\n{table}\n\n## Later\n\n{table}")
    assert [caption.get_text() for caption in main.find_all("caption")] == [
        "Table in the section Order",
        "Table in the section Later",
    ]


def test_a_headings_note_is_no_part_of_its_name() -> None:
    main = main_of("## Same[^1]\n\n| h |\n|---|\n| 1 |\n\n[^1]: A note.", "[go](#same)")
    assert main.h2["id"] == "same"
    assert main.caption.get_text() == "Table in the section Same"
    assert main.h2.find("sup") is not None
    page = export_html(new_notebook(cells=[new_markdown_cell("# Title[^1]\n\n[^1]: A note.")]))
    assert BeautifulSoup(page, "html.parser").title.get_text() == "Title"


def test_a_note_may_have_a_name_of_several_words() -> None:
    main = main_of("Text[^long note] and [^ up](#top).\n\n[^long note]: odd.")
    assert [note.get_text()[:4] for note in main.select("section.footnotes li")] == ["odd."]
    assert main.find("a", href="odd.") is None
    assert main.find("a", href="#top").get_text() == "^ up"


@pytest.mark.parametrize("link", ["javascript:alert(1)", "vbscript:x", "file:///etc/hosts"])
def test_a_refused_link_is_named_as_it_was_written(link: str) -> None:
    with pytest.raises(ExportError) as caught:
        main_of(f"[go]({link})")
    assert f"cell 2: a page can't hold the link {link}; let it lead" in str(caught.value)


def test_links_that_open_no_page_lead_on() -> None:
    links = ["tel:+441234", "mailto:a@e.org", "ftp://e.org/a.csv"]
    main = main_of(" ".join(f"[l]({link})" for link in links))
    assert [a.get("href") for a in main.find_all("a")] == links


def test_a_formula_cannot_smuggle_elements_in() -> None:
    html = markup.markdown(r"$\text{<img src=x onerror=alert(1)>}$")
    assert BeautifulSoup(html, "html.parser").find("math") is not None
    assert "<img" not in html


def test_items_of_a_task_list_show_whether_they_are_done() -> None:
    items = main_of("- [ ] open\n- [x] closed\n- neither").find_all("li")
    assert [item.get_text(strip=True) for item in items] == ["☐open", "☑closed", "neither"]
    assert [item.span["aria-label"] for item in items[:2]] == ["to do", "done"]


DANGEROUS = {
    "comment": ("<!--><p onclick=alert(1)>kept</p>-->", r"onclick|<!--"),
    "note": ("<p>kept<!-- a secret note --></p>", "secret"),
    "script link": ('<a href="javascript:alert(1)">kept</a>', "javascript"),
    "hidden script link": ('<a href="java&#10;script:alert(1)">kept</a>', r"script:"),
    "page link": ('<a href="data:text/html,<b>x">kept</a>', "data:text/html"),
    "film": ('<video src="http://e.org/a.mp4"></video>', r"e\.org"),
    "picture": (
        f'<picture><source srcset="http://e.org/a.png"><img src="data:image/png;base64,{PIXEL}" '
        'alt="One dark pixel"></picture>',
        r"e\.org|srcset",
    ),
    "drawing": ('<svg><image href="http://e.org/a.png"/><rect fill="red"/></svg>', r"e\.org"),
    "fill": ('<svg><rect style="fill:url(http://e.org/a)"/></svg>', r"e\.org"),
    "unknown": (
        '<p data-x="1" ping="http://e.org">kept<marquee>and this</marquee></p>',
        r"data-x|ping|marquee",
    ),
}


@pytest.mark.parametrize("place", ["text", "output", "raw"])
@pytest.mark.parametrize("name", DANGEROUS)
def test_nothing_from_elsewhere_runs_or_loads(name: str, place: str) -> None:
    html, forbidden = DANGEROUS[name]
    raw = new_raw_cell(html, metadata={"raw_mimetype": "text/html"})
    cell = {"text": f"<div>\n{html}\n</div>", "output": html_output(html), "raw": raw}[place]
    assert not re.search(forbidden, str(main_of(cell)))


def test_a_link_to_a_file_in_the_page_and_a_picture_stay() -> None:
    main = main_of(
        html_output(
            '<a download="a.csv" href="data:text/csv;base64,YQ==">file</a>'
            '<a href="https://e.org/a#b">page</a>'
            '<svg viewBox="0 0 9 9" aria-label="A square"><rect width="9" style="fill:red"/></svg>'
        )
    )
    assert [a.get("href") for a in main.find_all("a")] == [
        "data:text/csv;base64,YQ==",
        "https://e.org/a#b",
    ]
    assert main.find("rect").get("style") == "fill:red"


def test_raw_cells_are_for_other_formats_unless_they_say_so() -> None:
    html = new_raw_cell(
        "<h5>Raw</h5><p>kept</p><script>alert(1)</script>", metadata={"raw_mimetype": "text/html"}
    )
    prose = new_raw_cell("*kept too*", metadata={"format": "text/markdown"})
    main = main_of(new_raw_cell("TODO: <b>x</b>"), html, prose)
    assert "TODO" not in main.get_text()
    assert main.find("h2").get_text() == "Raw"
    assert main.find("em").get_text() == "kept too"
    assert main.find("script") is None
    with pytest.raises(ExportError) as caught:
        main_of(new_raw_cell("<img src='http://e.org/a'>", metadata={"raw_mimetype": "text/html"}))
    assert len(caught.value.faults) == 2
