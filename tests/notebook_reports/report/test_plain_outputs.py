"""What cells said, in the page: printed text, odd outputs, tags."""

from __future__ import annotations

from time import process_time
from timeit import timeit
from typing import Any

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from notebook_reports.errors import ExportError
from notebook_reports.packs.export import export_html
from notebook_reports.packs.outputs import tidied

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)


def printed(*pieces: str, name: str = "stdout") -> list[nbformat.NotebookNode]:
    return [new_output("stream", name=name, text=piece) for piece in pieces]


def shown(**data: Any) -> nbformat.NotebookNode:
    return new_output("display_data", data={k.replace("_", "/"): v for k, v in data.items()})


def cell(
    *outputs: nbformat.NotebookNode, code: str = "show()", **metadata: Any
) -> nbformat.NotebookNode:
    made = new_code_cell(code, outputs=list(outputs))
    made.metadata.update(metadata)
    return made


def tidied_text(text: str) -> str:
    return str(tidied(new_notebook(cells=[cell(*printed(text))])).cells[0].outputs[0].text)


def main_of(*cells: nbformat.NotebookNode) -> BeautifulSoup:
    nb = new_notebook(cells=[new_markdown_cell("# A title"), *cells])
    return BeautifulSoup(export_html(nb), "html.parser").main


def said(*outputs: nbformat.NotebookNode) -> list[str]:
    return [pre.get_text() for pre in main_of(cell(*outputs)).find_all("pre") if not pre.code]


def test_flushed_lines_are_one_block() -> None:
    assert said(*printed(*(f"line {i}\n" for i in range(40)))) == [
        "\n".join(f"line {i}" for i in range(40))
    ]


def test_lines_and_a_bar_between_them_are_a_block_each() -> None:
    pieces = []
    for i in range(20):
        pieces += printed(f"{i}\n") + printed(f"\r{i}%", name="stderr")
    assert said(*pieces) == ["\n".join(map(str, range(20))), "19%"]


def test_words_stay_before_the_table_they_announce() -> None:
    text = main_of(
        cell(*printed("one:\n"), shown(text_html="<p>1</p>"), *printed("two:\n"))
    ).get_text()
    assert text.index("one:") < text.index("1") < text.index("two:")
    flushed = said(*printed("a\n", "b\n"), shown(text_html="<p>1</p>"), *printed("c\n", "d\n"))
    assert flushed == ["a\nb", "c\nd"]


@pytest.mark.parametrize(
    ("text", "screen"),
    [
        ("0%\r50%\r100%\n", "100%"),
        ("100%\r5%", "5%0%"),
        ("ab\b\bcd", "cd"),
        ("first\nsecond\x1b[A\rFIRST\x1b[B\rSECOND", "FIRST\nSECOND"),
        ("\x1b[2K\x1b[1G10%\x1b[2K\x1b[1G20%", "20%"),
        ("gone\x1b[3D\x1b[Kot", "got"),
        ("gone\ngone\x1b[2J\x1b[Hkept", "kept"),
        ("a\nb\nc\x1b[1F\x1b[Jx", "a\nx"),
        ("Windows\r\nlines\r\n", "Windows\nlines"),
        ("\x1b]0;a title\x07kept \x1b]8;;https://e.org\x1b\\link\x1b]8;;\x1b\\", "kept link"),
        ("\x1b[?25l\x1b[31mred\x1b[0m\x1b[?25h", "red"),
        ("n\x00u\x07l\x7f \x9b", "nul"),
        ("a\x0bb\x0cc", "a\nb\nc"),
        ("up\x0bto\r50%\r99%", "up\n99%"),
        ("one\ntwo\nxxxxxxxx\x1b[3;5HY", "one\ntwo\nxxxxYxxx"),
        ("\x1b[1;1Hfirst\x1b[3;2Hthird\x1b[2Hsecond", "first\nsecond\n third"),
        ("gone\ngone\nxxkept\x1b[2G\x1b[1J", "  kept"),
        ("gone kept\x1b[4G\x1b[1K", "     kept"),
        ("ab\x1b[1K\rc\x1b[1Kd", " d"),
        ("half \ud800 and \udce9", "half \ufffd and \ufffd"),
        ("\x1b", ""),
        ("far\x1b[999999999C!", None),
    ],
)
def test_printed_text_is_what_a_terminal_would_show_at_the_end(
    text: str, screen: str | None
) -> None:
    found = "".join(said(*printed("» ", text) if screen is None else printed(text)))
    if screen is None:
        assert len(found) < 20_000
        assert found.endswith("!")
    else:
        assert found == screen


@pytest.mark.parametrize("kind", ["text", "result", "error", "html", "code", "prose"])
def test_no_control_character_reaches_the_page(kind: str) -> None:
    odd = "a\x00b\x07c\x0bd\x9fe\ufffff\x1b[1mg"
    cells = {
        "text": cell(*printed(odd)),
        "result": cell(shown(text_plain=odd)),
        "error": cell(new_output("error", ename="E", evalue=odd, traceback=[odd])),
        "html": cell(shown(text_html=f"<p>{odd}</p>")),
        "code": cell(code=f"x = '{odd}'"),
        "prose": new_markdown_cell(odd),
    }
    nb = new_notebook(cells=[new_markdown_cell("# A title"), cells[kind]])
    html = export_html(nb)
    assert [c for c in html if ord(c) < 32 and c not in "\n\t"] == []
    assert not any(c in html for c in "\x9f\uffff")


def test_half_a_character_is_shown_as_a_missing_one() -> None:
    cells = [cell(*printed("a\ud800")), cell(shown(text_html="<p>b\ud800</p>"))]
    cells += [cell(code="'c\ud800'"), new_markdown_cell("d\ud800")]
    try:
        text = main_of(*cells).get_text()
    except UnicodeEncodeError as error:
        pytest.fail(f"the page can't be written: {error}")
    assert [letter for letter in "abcd" if f"{letter}\ufffd" in text] == list("abcd")


@pytest.mark.parametrize(
    "text",
    [
        "x" * 1_000_000 + "\by" * 80_000,
        "\x1b[31m12345\x1b[0m " * 200_000,
        "x" * 1_000_000 + "\x1b[C\x1b[Dy" * 40_000,
    ],
    ids=["back", "colours", "moves"],
)
def test_an_order_to_the_cursor_costs_no_more_than_what_it_changes(text: str) -> None:
    assert timeit(lambda: tidied_text(text), timer=process_time, number=1) < 3


def test_a_flood_of_text_is_cut_with_a_word_on_how_much() -> None:
    lines = "".join(f"line {i:06}\n" for i in range(300_000))
    text = "".join(said(*printed(lines)))
    assert text.startswith("line 000000\n")
    assert text.endswith("line 299999")
    assert "[… 3,400 KB of output left out here …]" in text
    assert len(text) < 210_000


def test_a_message_without_end_is_cut_too() -> None:
    error = new_output("error", ename="E", evalue="m" * 10**6, traceback=["m" * 10**6])
    page = main_of(cell(error, shown(text_plain="r" * 10**6)))
    assert len(page.get_text()) < 500_000
    assert page.get_text().count("left out here") == 2


def test_the_heaviest_cell_is_named_with_its_size() -> None:
    words = f"<p>{'many words ' * 150_000}</p>"
    with pytest.raises(ExportError, match=r"heaviest: cell 3 1,\d{3} KB"):
        main_of(cell(*printed("x")), cell(shown(text_html=words)))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"application/vnd.plotly.v1+json": {"data": []}}, "An interactive chart"),
        ({"application/vnd.vegalite.v5+json": {}, "text/plain": "<V>"}, "An interactive chart"),
        ({"text/html": '<div id="g"></div><script>Plotly.newPlot("g")</script>'}, "only a script"),
        ({"text/html": '<iframe src="https://e.org"></iframe>'}, "Another page"),
        ({"text/html": "<audio controls src='data:audio/wav;base64,AA'></audio>"}, "A sound"),
        ({"text/html": "<p>See</p><video src='http://e.org/a.mp4'></video>"}, "A film"),
        ({"application/geo+json": {}, "text/plain": "<G object>"}, "A map"),
        ({"application/pdf": "JVBERi0=", "text/plain": "<P object>"}, "A PDF document"),
        ({"application/javascript": "draw()", "text/plain": "<J object>"}, "only a script"),
        ({"application/x-thing": "1"}, "An output"),
        ({"text/latex": r"$\unknowncommand$", "text/plain": "<L object>"}, "A formula"),
    ],
)
def test_what_a_page_cannot_hold_is_told(data: dict[str, Any], words: str) -> None:
    main = main_of(cell(new_output("display_data", data=data)))
    assert words in main.get_text()
    assert "stands here that this page can't hold; open the notebook" in main.get_text()
    assert "object>" not in main.get_text()
    assert main.find(["script", "iframe", "audio", "video"]) is None


def test_a_picture_stands_in_for_a_chart_that_only_a_script_draws() -> None:
    bundle = {"text/html": "<div></div><script>draw()</script>", "image/png": PIXEL}
    made = cell(new_output("display_data", data=bundle, metadata={"alt": "One dark pixel"}))
    assert [image["alt"] for image in main_of(made).find_all("img")] == ["One dark pixel"]


def test_json_is_shown_as_it_is() -> None:
    data = {"application/json": {"beds": [1, "é"]}, "text/plain": "<IPython JSON object>"}
    (text,) = said(new_output("display_data", data=data))
    assert text == '{\n  "beds": [\n    1,\n    "é"\n  ]\n}'


def test_latex_is_a_formula() -> None:
    bundle = {"text/latex": r"$\displaystyle \frac12$", "text/plain": "<Math object>"}
    main = main_of(cell(new_output("display_data", data=bundle)))
    assert [n.get_text() for n in main.select("math mfrac mn")] == ["1", "2"]
    assert "object>" not in main.get_text()


FRAME = pd.DataFrame({"beds": [1, 2]})


@pytest.mark.parametrize(
    ("html", "styles"),
    [
        (FRAME.style.highlight_max(color="yellow").to_html(), "background-color:yellow"),
        (FRAME.style.bar().to_html(), "background-image:linear-gradient(90deg, #d65f5f 100.0%"),
        (FRAME.style.map(lambda v: f"font-weight:{v}00").to_html(), "font-weight:200"),
        (
            FRAME.style.set_table_styles([{"selector": "td", "props": "color:red"}]).to_html(),
            "color:red",
        ),
        ("<table><tr><td style='color: red; position: fixed'>2</td></tr></table>", "color:red"),
    ],
)
def test_colours_of_cells_stay_and_are_readable_on_any_page(html: str, styles: str) -> None:
    main = main_of(cell(shown(text_html=html)))
    style = str(main.find("td", string="2").get("style", ""))
    assert styles in style
    assert "position" not in style
    assert ("color" in style) == ("background-color:" in style)
    assert "Colours are left out" not in main.get_text()


@pytest.mark.parametrize(
    "html",
    [
        "<div style='color:red'>late</div>",
        "<style>.bad{background:red}</style><p class='bad'>late</p>",
        "<style>#T td{color:var(--x)}</style><table id='T'><tr><td>late</td></tr></table>",
        "<style>td{background:url(http://e.org/a)}</style><table><tr><td>late</td></tr></table>",
        "<table><tr><td style='background:u\\72l(http://e.org/a)'>late</td></tr></table>",
    ],
)
def test_colours_that_cannot_stay_are_told(html: str) -> None:
    main = main_of(cell(shown(text_html=html)))
    assert "Colours are left out here that this page can't hold" in main.get_text()
    assert "late" in main.get_text()
    assert "e.org" not in str(main)
    assert "Colours" not in main_of(cell(shown(text_html=FRAME.to_html()))).get_text()


def test_a_drawing_keeps_its_colours_and_hides_what_it_hid() -> None:
    svg = (
        "<svg viewBox='0 0 9 9'><style><![CDATA[.a{fill:red} #b{display:none}]]></style>"
        "<rect class='a' width='3'/><g style='display:none'/><g id='b'/><g visibility='hidden'/>"
        "</svg>"
    )
    main = main_of(cell(shown(text_html=svg)))
    assert main.rect.get("style") == "fill:red"
    hidden = [part.get("style") or part.get("visibility") for part in main.find_all("g")]
    assert hidden == ["display:none", "display:none", "hidden"]


def test_what_an_author_hid_stays_hidden() -> None:
    html = (
        "<p>seen</p><p hidden>secret</p><div style='display: none'><h2>secret</h2></div>"
        "<style>.a{color:red}</style><p class='a' style='display:none'>secret</p>"
        "<math><semantics><mi>x</mi><annotation>secret</annotation></semantics></math>"
    )
    main = main_of(cell(shown(text_html=html)))
    assert "secret" not in str(main)
    assert main.find("p", string="seen") is not None


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<input value='3'>", "A control"),
        ("<select><option>1</option></select>", "A control"),
        ("<textarea>1</textarea>", "A control"),
        ("<progress value='1' max='3'></progress>", "A bar"),
    ],
)
def test_controls_and_bars_are_told(html: str, words: str) -> None:
    main = main_of(cell(shown(text_html=f"<p>Beds</p>{html}")))
    assert f"{words} stands here that this page can't hold" in main.get_text()
    quiet = main_of(cell(shown(text_html="<p>Beds</p><input type='hidden'>")))
    assert "stands here" not in quiet.get_text()


def test_classes_from_elsewhere_do_not_meet_the_pages_style() -> None:
    html = "<p class='hide'>a</p><div class='skip tall'>b</div><pre class='language-r'>c</pre>"
    main = main_of(cell(shown(text_html=html)))
    assert [main.find(string=letter).parent.get("class") for letter in "abc"] == [
        None,
        None,
        ["language-r"],
    ]


SECRET = "password = 'hunter2'"


@pytest.mark.parametrize(
    ("tag", "code_stays", "output_stays"),
    [
        ("remove-input", False, True),
        ("remove_input", False, True),
        ("remove-cell", False, False),
        ("remove-output", True, False),
        ("hide-input", True, True),
        ("hide-output", True, True),
    ],
)
def test_the_tags_of_a_cell_are_obeyed(tag: str, code_stays: bool, output_stays: bool) -> None:
    made = cell(*printed("what it said"), code=SECRET, tags=[tag])
    nb = new_notebook(cells=[new_markdown_cell("# A title"), made])
    html = export_html(nb)
    assert ("hunter2" in html, "what it said" in html) == (code_stays, output_stays)
    folded = BeautifulSoup(html, "html.parser").find("summary", string="Show the output")
    assert (folded is not None) == (tag == "hide-output")


def test_removed_text_is_gone_and_gives_no_title() -> None:
    removed = new_markdown_cell("# Rough title", metadata={"tags": ["remove-cell"]})
    html = export_html(new_notebook(cells=[removed, new_markdown_cell("# A title")]))
    assert "Rough" not in html


def test_a_traceback_quotes_no_removed_code() -> None:
    trace = ["Cell In[1], line 1", f"----> 1 {SECRET}; 1/0", "ZeroDivisionError: division by zero"]
    error = new_output("error", ename="E", evalue="v", traceback=trace)
    text = main_of(cell(error, code=f"{SECRET}; 1/0", tags=["remove-input"])).get_text()
    assert "ZeroDivisionError" in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    "quote",
    [
        "cell 2:2: UserWarning: first line\nlast line\n  {line}\n",
        "WARNING:root:x\nStack (most recent call last):\n"
        '  File "<stdin>", line 1, in g\n    {line}\nlast line\n',
        "last line\nCell In[1], line 2\n----> 2 {line}\n      3 1/0\n",
        "│ cell 2:2 in f │\n│ ❱ 2 {start} │\nlast line",
    ],
)
@pytest.mark.parametrize("tag", ["remove-cell", "remove-input"])
def test_a_warning_or_a_log_quotes_no_removed_code(quote: str, tag: str) -> None:
    secret = cell(code=f"def f():\n    warn('w'); {SECRET}; g()", tags=[tag])
    line = f"warn('w'); {SECRET}; g()"
    text = quote.format(line=line, start=line[:35])
    (shown_text,) = [
        pre.get_text()
        for pre in main_of(secret, cell(*printed(text, name="stderr"))).find_all("pre")
        if not pre.code
    ]
    assert "hunter2" not in shown_text
    assert "last line" in shown_text


def test_a_command_to_the_shell_is_quoted_by_no_traceback() -> None:
    trace = ["----> 1 get_ipython().system('curl -H hunter2')", "OSError: no shell"]
    error = new_output("error", ename="E", evalue="v", traceback=trace)
    text = main_of(cell(error, code="!curl -H hunter2", tags=["remove-input"])).get_text()
    assert "OSError" in text
    assert "hunter2" not in text


def test_what_a_removed_cell_prints_of_its_own_code_stays() -> None:
    code = 'print("""\nThe result is robust.\n    It holds.\n""")\ntotal'
    text = "The result is robust.\n    It holds.\n  total 5\n"
    assert (
        "".join(
            pre.get_text()
            for pre in main_of(cell(*printed(text), code=code, tags=["remove-input"])).find_all(
                "pre"
            )
        )
        == text.rstrip()
    )


def test_a_cells_own_description_serves_its_one_image() -> None:
    image = new_output("display_data", data={"image/png": PIXEL})
    assert main_of(cell(image, alt="One dark pixel")).find("img")["alt"] == "One dark pixel"
    with pytest.raises(ExportError) as caught:
        main_of(cell(image, image, alt="One dark pixel"))
    assert len(caught.value.faults) == 1


def test_the_same_notebook_is_the_same_page_whatever_ran_it() -> None:
    frame = pd.DataFrame({"beds": [1, 2]})
    pages = []
    for run in (1, 2):
        warning = f"/tmp/nhsi-{run}/ipykernel_{run}9/2371906412.py:3: UserWarning: careful\n"
        outputs = [*printed(warning, name="stderr"), shown(text_html=frame.style.to_html())]
        main = main_of(cell(*outputs))
        assert "UserWarning: careful" in main.get_text()
        pages.append(str(main))
    assert pages[0] == pages[1]
    assert "ipykernel" not in pages[0]


def test_headers_over_several_columns_or_rows_speak_for_their_group() -> None:
    index = pd.MultiIndex.from_tuples([("A", "x"), ("A", "y"), ("B", "x"), ("C", "x"), ("C", "y")])
    columns = pd.MultiIndex.from_product([["P", "Q"], ["u", "v"]])
    frame = pd.DataFrame([[1, 2, 3, 4]] * 5, index=index, columns=columns)
    table = main_of(cell(shown(text_html=frame.to_html()))).table
    assert not table.find_all(attrs={"halign": True})
    scopes = {th.get_text(): th["scope"] for th in table.find_all("th")}
    assert scopes["P"] == scopes["Q"] == "colgroup"
    assert scopes["A"] == scopes["C"] == "rowgroup"
    assert scopes["u"] == "col"
    assert scopes["B"] == scopes["x"] == "row"
    assert [group["span"] for group in table.find_all("colgroup")] == ["1", "1", "2", "2"]
    assert [len(body.find_all("tr")) for body in table.find_all("tbody")] == [2, 1, 2]


def test_a_row_of_headers_is_a_head_wherever_it_stands() -> None:
    html = (
        "<table><tr><td></td><th>coef</th><th>se</th></tr>"
        "<tr><th>beds</th><td>1</td><td>2</td></tr></table>"
    )
    indexed = pd.DataFrame(index=pd.Index(["a"], name="i")).to_html()
    tables = main_of(cell(shown(text_html=html), shown(text_html=indexed))).find_all("table")
    scopes = {th.get_text(): th["scope"] for table in tables for th in table.find_all("th")}
    assert scopes == {"coef": "col", "se": "col", "beds": "row", "a": "row", "i": "col"}
