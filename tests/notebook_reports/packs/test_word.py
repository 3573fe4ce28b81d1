"""A report as a Word document: what the page says, in the page's order, as Word knows it."""

from __future__ import annotations

import importlib
import io
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from odd_notebook import odd_notebook
from sample_report import NAME, executed_sample, notebook_of

from notebook_reports.charts.bars import bars
from notebook_reports.evidence import Table
from notebook_reports.packs import word
from notebook_reports.packs.export import export_html
from notebook_reports.packs.imprint import Imprint
from notebook_reports.packs.index import index_page
from notebook_reports.packs.job import Job
from notebook_reports.packs.published import published
from notebook_reports.packs.run import Options, decide, run
from notebook_reports.report import building, raster
from notebook_reports.report.blocks import MIME
from notebook_reports.report.reading import read_blocks

docx = pytest.importorskip("docx")
document_bytes = importlib.import_module("notebook_reports.packs.word.report").document_bytes
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SPEAKER = Imprint(
    publisher="A team & co",
    standing="Independent",
    contact="Write to team@example.org.",
    quarter="Quarter 3 of 2018/19",
)


def job(title: str = "Do types of trust differ?", **more: Any) -> Job:
    given: dict[str, Any] = {
        "id": "one",
        "pack": "A pack",
        "position": "Report 1 of 2",
        "title": title,
        "section": "A part",
        "group": "",
        "question": title.partition("?")[0] + "?",
        "notebook": Path("one.ipynb"),
        "given": {},
        "parameters": {},
        "facets": {"region": "North"},
        "cell_seconds": 1.0,
        "report_seconds": 1.0,
        "retries": 0,
        "imports": (),
        "notebook_sha256": "",
        "imprint": SPEAKER,
    }
    return Job(**given | more)


def opened(nb: Any, **more: Any) -> Any:
    """Return the document of a notebook, opened by python-docx."""
    return docx.Document(io.BytesIO(document_bytes(published(nb), job(**more))))


def notebook_of_table(data: pd.DataFrame, **more: Any) -> nbformat.NotebookNode:
    block = building.table(Table(data, "many", "Many of them", ["Own sums"], **more))
    return notebook_of({MIME["table"]: block, "text/plain": "a table"})


def cells(table: Any) -> list[list[str]]:
    return [
        ["".join(text.text or "" for text in cell.iter(f"{W}t")) for cell in row.tc_lst]
        for row in table._tbl.tr_lst
    ]


def styled(document: Any, start: str) -> list[str]:
    return [p.text.strip() for p in document.paragraphs if p.style.name.startswith(start)]


@pytest.fixture(scope="module")
def sample() -> nbformat.NotebookNode:
    return executed_sample()


@pytest.fixture(scope="module")
def document(sample: Any) -> Any:
    return opened(sample)


def test_the_outline_is_that_of_the_page(sample: Any, document: Any) -> None:
    main = BeautifulSoup(export_html(sample, workbook=b""), "html.parser").main
    headings = [h for h in main.find_all(re.compile("h[1-6]")) if not h.find_parent("figure")]
    outline = [(f"Heading {h.name[1]}", h.get_text()) for h in headings]
    found = [
        (p.style.name, p.text) for p in document.paragraphs if p.style.name.startswith("Heading")
    ]
    assert found == [*outline, ("Heading 2", "About this document")]
    assert "A heading that skips a level" in [text for style, text in found if style[-1] == "3"]


def test_figures_and_tables_are_numbered_in_their_order_by_fields_of_word(document: Any) -> None:
    assert styled(document, "Caption") == [
        "Figure 1. Community trusts do best: shares",
        "Figure 2. Community trusts do best: share_bars",
        "Table 1. Trusts by type",
        "Table 2. Many rows",
    ]
    fields = [part.text.strip() for part in document.element.iter(f"{W}instrText")]
    assert fields == [f"SEQ {kind} \\* ARABIC" for kind in ("Figure",) * 2 + ("Table",) * 2]
    assert styled(document, "Figure Subtitle") == ["Share rated good, England, 2018"] * 2
    note = styled(document, "Note")[0]
    assert note.startswith("Lines are 95% intervals. Source: CQC ratings of NHS trusts")
    assert note.endswith("; Own sums.")


def test_a_table_holds_what_its_block_holds(sample: Any, document: Any) -> None:
    blocks = [block for kind, block in read_blocks(sample) if kind == "table"]
    own = [table for table in document.tables if cells(table)[0][0] in {"Trust type", "Row"}]
    for block, table in zip(blocks, own, strict=True):
        assert cells(table) == [block["header"], *block["cells"]]
        first, second = table._tbl.tr_lst[:2]
        assert first.find(f"{W}trPr/{W}tblHeader") is not None
        assert second.find(f"{W}trPr/{W}tblHeader") is None
        styles = [cell.paragraphs[0].style.name for cell in table.rows[1].cells]
        right = ["Table Number" if numeric else "Table Text" for numeric in block["numeric"]]
        assert styles == right
        described = table._tbl.find(f"{W}tblPr/{W}tblCaption").get(f"{W}val")
        assert described.endswith(f". {block['caption']}")
    plain = next(table for table in document.tables if cells(table)[0] == ["a", "b"])
    assert cells(plain)[1:] == [["1", "2"]]


def test_the_answer_comes_first_with_its_cards_as_a_list(document: Any) -> None:
    texts = [p.text for p in document.paragraphs]
    assert texts[:4] == [
        "A team & co · Independent",
        "DRAFT · Quarter 3 of 2018/19 · Report 1 of 2",
        "Do types of trust differ?",
        "Of 226 trusts 44.8% were good, <b>not</b> clearly more.",
    ]
    lede = document.paragraphs[3]
    assert lede.style.name == "Lede"
    assert [run.text for run in lede.runs if run.bold] == ["226 trusts"]
    assert styled(document, "List Bullet")[:2] == [
        "44.8% trusts rated good (38.5% to 51.3%)",
        "226 trusts compared",
    ]
    assert f"Computed: {NAME} has 45.0%." in texts
    assert "x = 1" in styled(document, "Code")
    assert not any("import pandas" in text for text in texts), "no code of the notebook's"


def test_every_picture_is_described(sample: Any, document: Any) -> None:
    pictures = [shape._inline.docPr for shape in document.inline_shapes]
    alts = [block["alt"] for kind, block in read_blocks(sample) if kind == "figure"]
    assert [picture.get("descr") for picture in pictures] == alts
    assert [picture.get("name") for picture in pictures] == ["Figure 1", "Figure 2"]


def test_what_a_document_says_of_itself(sample: Any, document: Any) -> None:
    made = next(block["made"] for kind, block in read_blocks(sample) if kind == "provenance")
    said = document.core_properties
    assert (said.title, said.subject) == ("Do types of trust differ?", "A pack: A part")
    assert said.keywords == "Quarter 3 of 2018/19, North"
    assert (said.author, said.last_modified_by, said.language) == (*["A team & co"] * 2, "en-GB")
    assert said.created == said.modified
    assert said.created.date().isoformat() == made
    assert {tag.get(f"{W}val") for tag in document.styles.element.iter(f"{W}lang")} == {"en-GB"}
    fonts = document.styles.element.iter(f"{W}rFonts")
    assert {font.get(f"{W}ascii") for font in fonts} == {"Arial", "Courier New"}
    section = document.sections[0]
    assert [round(side.mm) for side in (section.page_width, section.page_height)] == [210, 297]
    foot = section.footer.paragraphs[0].text
    assert foot == "DRAFT · A team & co · Quarter 3 of 2018/19\tPage 1 of 1"
    about = styled(document, "Note")[-6:]
    assert about[0] == "Made by: A team & co. Independent"
    assert about[3] == "Questions: Write to team@example.org."
    links = [r.target_ref for r in document.part.rels.values() if r.is_external]
    assert any(link.startswith("mailto:team@example.org?subject=Do%20types") for link in links)


def anchors(found: Any) -> tuple[set[str], list[str]]:
    """Return the places that links of a document name, and those there are."""
    asked = {link.get(f"{W}anchor") for link in found.element.iter(f"{W}hyperlink")} - {None}
    return asked, [mark.get(f"{W}name") for mark in found.element.iter(f"{W}bookmarkStart")]


def test_every_link_within_leads_somewhere() -> None:
    text = "# A title\n\nSee [Table](#tab-many), [the end](#the-end) and[^1].\n\n[^1]: A note."
    nb = notebook_of_table(pd.DataFrame({"a": ["b"], "c": [1]}))
    nb.cells[0] = new_markdown_cell(f"{text}\n\n## The end")
    source = {"name": "own", "title": "Own sums", "publisher": "We", "date": "2018", "sha256": "0f"}
    nb.cells[1].outputs[0].data[MIME["table"]]["source"] = [source]
    told = {"tables": [source], "parameters": {"a": 1, "b": None}, "made": "2026-11-26"}
    told |= {"version": "1", "commit": "", "versions": {"Python": "3"}}
    nb.cells.append(new_code_cell(""))
    nb.cells[2].outputs = [new_output("display_data", data={MIME["provenance"]: told})]
    found = opened(nb)
    asked, names = anchors(found)
    assert sorted(asked) == sorted(names)
    assert len(asked) == 5, "table, heading, note and back, source"
    assert all(re.fullmatch(r"\w{1,40}", name) for name in names), "what Word allows"
    head, row = ([cell.text for cell in row.cells] for row in found.tables[1].rows)
    assert head == ["Table", "What it is, and its licence", "Date, checksum"]
    assert row == ["own", "Own sums, We", "2018\n0f"]
    texts = [p.text for p in found.paragraphs]
    end = texts.index("The end")
    assert texts[end + 1 : end + 4] == ["A note.↩", "Table 1. Many of them", "Source: Own sums."]
    assert "See Table 1, the end and1." in texts
    assert "Parameters: a = 1; b = not set" in texts
    asked, names = anchors(opened(odd_notebook()))
    assert asked == set(names)


def test_the_same_report_is_the_same_file(sample: Any) -> None:
    one, other = (document_bytes(published(sample), job()) for _ in range(2))
    assert one == other
    with zipfile.ZipFile(io.BytesIO(one)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        names = archive.namelist()
    assert not [name for name in names if "thumbnail" in name]
    assert document_bytes(published(sample), job(position="Report 2 of 2")) != one


def test_a_report_of_many_has_its_name_as_title(sample: Any) -> None:
    named = opened(sample, title="Do types of trust differ? Leeds", position="")
    assert styled(named, "Heading 1") == ["Leeds"]
    assert named.core_properties.title == "Leeds: Do types of trust differ?"
    assert named.paragraphs[2].text == "Do types of trust differ?"


def test_odd_notebooks_are_written_too() -> None:
    found = opened(odd_notebook())
    texts = "\n".join(p.text for p in found.paragraphs)
    assert "A control" not in texts
    assert texts.count("An interactive chart stands here") == 1
    assert "[Picture: A square]" in texts
    assert "open" in styled(found, "List Bullet")[0]
    assert len(styled(found, "List Number")) == 2, "notes"
    italic = [run.text for p in found.paragraphs for run in p.runs if run.italic]
    assert "x_{ij}" in italic
    assert r"\displaystyle \frac12" in italic, "a formula as its author wrote it"
    frame = next(table for table in found.tables if len(table.columns) == 6)
    grid = cells(frame)
    assert grid[0][2:] == ["Beds", "Beds", "Cost", "Cost"], "a wide header stands over each"
    assert [row[0] for row in grid[-5:]] == ["A", "A", "B", "C", "C"], "a high one beside each"


def test_lists_count_anew_and_nest() -> None:
    text = "# A title\n\n3. three\n4. four\n   - inner\n\n     more\n\nBetween.\n\n1. one\n\n> said"
    found = opened(new_notebook(cells=[new_markdown_cell(text)]))
    assert styled(found, "List Number") == ["three", "four", "one"]
    assert styled(found, "List Bullet 2") == ["inner"]
    assert styled(found, "List Continue 2") == ["more"]
    assert styled(found, "Quote") == ["said"]
    used = [p._p.pPr.numPr.numId.val for p in found.paragraphs if p.style.name == "List Number"]
    assert used[0] == used[1] != used[2]
    numbering = found.part.numbering_part.element
    begins = [
        numbering.num_having_numId(number).find(f".//{W}startOverride").val
        for number in (used[0], used[2])
    ]
    assert begins == [3, 1]


def test_a_report_without_figures_or_anything_is_a_document() -> None:
    found = opened(new_notebook(cells=[new_markdown_cell("# Nothing?"), new_code_cell("")]))
    assert styled(found, "Heading") == ["Nothing?", "About this document"]


def test_a_figure_that_an_older_notebook_has_no_picture_of_is_said() -> None:
    nb = executed_sample()
    for output in (output for cell in nb.cells for output in cell.get("outputs", ())):
        output.get("data", {}).pop("image/png", None)
    found = opened(nb)
    said = [p.text for p in found.paragraphs if p.text.startswith("[Picture: ")]
    assert (
        said == ["[Picture: Community trusts reach 50%; the intervals of all types overlap.]"] * 2
    )


def test_a_picture_of_an_author_keeps_its_size() -> None:
    drawn = raster.draw(bars(pd.DataFrame({"g": ["a"], "v": [1]}), group="g", value="v"))
    cell = new_code_cell("show()", metadata={"alt": "One bar"})
    import base64

    content = base64.b64encode(drawn).decode()
    cell.outputs = [new_output("display_data", data={"image/png": content})]
    found = opened(new_notebook(cells=[new_markdown_cell("# A title"), cell]))
    (shape,) = found.inline_shapes
    assert shape._inline.docPr.get("descr") == "One bar"
    assert shape.width.mm <= 170.01


def test_a_table_wider_than_a_sheet_comes_in_parts_that_name_the_rows() -> None:
    names = ["Unit", *(f"Measure of kind {i}" for i in range(39))]
    data = pd.DataFrame([[f"Unit {r}", *range(39)] for r in range(5)], columns=names)
    found = opened(notebook_of_table(data))
    assert len(found.tables) > 1
    grids = [cells(table) for table in found.tables]
    assert all([row[0] for row in grid[1:]] == data["Unit"].tolist() for grid in grids)
    assert [name for grid in grids for name in grid[0][1:]] == names[1:]
    assert styled(found, "Caption") == [
        "Table 1. Many of them",
        *(f"Table 1, part {part} of {len(grids)}" for part in range(2, len(grids) + 1)),
    ]
    ends = [table._tbl.tr_lst[-1].find(f".//{W}keepNext") is not None for table in found.tables]
    assert ends == [False] * (len(grids) - 1) + [True], "all parts on one sheet would be too much"
    for table in found.tables:
        assert sum(int(c.get(f"{W}w")) for c in table._tbl.iter(f"{W}gridCol")) <= 9640


def test_a_long_table_repeats_its_header_and_keeps_its_ends_together() -> None:
    data = pd.DataFrame({"Trust": [f"Ünit {r} ☃\x07" for r in range(2000)], "N": range(2000)})
    found = opened(notebook_of_table(data))
    (table,) = found.tables
    rows = table._tbl.tr_lst
    assert len(rows) == 2001
    assert cells(table)[2000] == ["Ünit 1999 ☃", "1,999"]
    held = [row.find(f".//{W}keepNext") is not None for row in rows]
    assert [number for number, keep in enumerate(held) if keep] == [0, 1, 2000]
    assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in rows)


WORDS = st.text(st.sampled_from("abcdefgh mW.-–é1 "), min_size=0, max_size=90)


@given(
    st.integers(1, 30).flatmap(
        lambda n: st.lists(st.lists(WORDS, min_size=n, max_size=n), min_size=1, max_size=4)
    ),
    st.integers(0, 29),
)
def test_columns_fit_the_sheet_whatever_they_hold(rows: list[list[str]], header: int) -> None:
    from notebook_reports.packs.word import tables

    header %= len(rows[0])
    groups = tables.parts(rows, header)
    others = [c for c in range(len(rows[0])) if c != header]
    if len(groups) == 1:
        assert groups == [list(range(len(rows[0])))]
    else:
        assert all(group[0] == header for group in groups)
        assert [column for group in groups for column in group[1:]] == others
    for columns in groups:
        chosen = [[row[column] for column in columns] for row in rows]
        table = tables.table(chosen[:1], chosen[1:], [False] * len(columns), "Words", noted=True)
        widths = [int(column.get(f"{W}w")) for column in table.iter(f"{W}gridCol")]
        assert min(widths) > 0
        assert sum(widths) <= tables.BODY


def test_pictures_for_paper_have_at_least_250_pixels_an_inch() -> None:
    fig = bars(pd.DataFrame({"g": ["a", "b"], "v": [1, 2]}), group="g", value="v")
    screen, paper = raster.draw(fig), raster.draw(fig, raster.PRINT_DPI)
    wide = int.from_bytes(paper[16:20])
    assert wide == round(fig.get_size_inches()[0] * raster.PRINT_DPI)
    assert wide / (170 / 25.4) >= 300
    assert len(screen) < len(paper) < 6 * len(screen)
    assert raster.draw(fig) == screen, "nothing of it stays"


FIGURE = """\
import pandas as pd
from nhsi_analysis import report
from notebook_reports.charts.bars import bars
if fails:
    raise ValueError("no such trust")
data = pd.DataFrame({"Type": ["Acute", "Community"], "Trusts": [3, 5]})
report.figure(bars(data, group="Type", value="Trusts"), key="types", title="Most are community",
              subtitle="Trusts by type", source="Own sums", alt="Community 5, acute 3.", data=data)
"""


def test_a_pack_writes_documents_of_what_succeeded(make_notebook, make_plan, tmp_path):
    make_notebook("demo", "fails: bool = False  # Whether it fails", FIGURE)
    plan = make_plan({"notebook": "demo", "for_each": {"values": {"fails": [False, True]}}})
    out = tmp_path / "out"
    result = run(plan, out, Options(jobs=1, docx=True))
    made = {record["id"]: record for record in result.ran}
    good, bad = made["demo-False"], made["demo-True"]
    assert (good["status"], bad["status"]) == ("done", "failed")
    assert "reports/demo-False.docx" in good["files"]
    assert not list(out.glob("reports/demo-True.docx"))
    content = (out / "reports/demo-False.docx").read_bytes()
    (shape,) = docx.Document(io.BytesIO(content)).inline_shapes
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (picture,) = [archive.read(n) for n in archive.namelist() if n.endswith(".png")]
    assert int.from_bytes(picture[16:20]) / shape.width.inches >= 250
    index = BeautifulSoup((out / "index.html").read_text(), "html.parser")
    (way,) = index.select('a[href$=".docx"]')
    assert way["href"] == "reports/demo-False.docx"
    assert way["aria-label"].startswith("Word document of ")
    nb = nbformat.read(out / "notebooks/demo-False.ipynb", as_version=4)
    (bundle,) = [o.data for c in nb.cells for o in c.get("outputs", ()) if "image/png" in o.data]
    assert len(bundle["image/png"]) > len(re.findall('base64,([^"]+)', bundle["text/html"])[0])

    # What has its document stands; what was made without it is made again.
    again = decide(plan, out, Options(docx=True))
    assert [d.reason for d in again] == ["", "failed last time"]
    assert decide(plan, out, Options())[0].reason == "it is made with other options"
    run(plan, out, Options(jobs=1, docx=True, force=True, only=("*False",)))
    assert (out / "reports/demo-False.docx").read_bytes() == content


def test_the_index_offers_what_a_report_has() -> None:
    record = {
        "id": "a",
        "title": "A",
        "section": "",
        "group": "",
        "notebook": "n",
        "lede": "So.",
        "question": "How?",
        "facets": {},
        "status": "done",
        "failure": None,
        "findings": [],
        "files": {"reports/a.html": "", "reports/a.docx": "", "reports/a.pdf": ""},
    }
    manifest = {
        "title": "P",
        "description": "",
        "status": "done",
        "finished": "2026-11-26T07:00:00",
        "git": {"commit": "", "dirty": False},
        "reports": [record],
        "counts": {"done": 1, "failed": 0, "not run": 0},
    }
    page = BeautifulSoup(index_page(manifest), "html.parser")
    ways = [a["href"] for a in page.find_all("a", attrs={"aria-label": True})]
    assert ways == ["notebooks/a.ipynb", "reports/a.docx", "reports/a.pdf"]


def test_without_python_docx_one_clear_error_before_anything_runs(
    make_notebook, make_plan, tmp_path, monkeypatch
):
    make_notebook("demo", "n: int = 1  # A number", "print(n)")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(word.WordError, match=r"package python-docx, .* extra 'word'.* --docx"):
        run(make_plan({"notebook": "demo"}), tmp_path / "out", Options(docx=True))
    assert not (tmp_path / "out").exists()


def test_libreoffice_opens_a_document(sample: Any, tmp_path: Path) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    source = tmp_path / "report.docx"
    source.write_bytes(document_bytes(published(sample), job()))
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    if office is not None:
        subprocess.run(
            [office, "--headless", profile, "--convert-to", "pdf", "--outdir", tmp_path, source],
            check=True,
            capture_output=True,
            timeout=180,
        )
    if not (tmp_path / "report.pdf").is_file():  # an office without its writer converts nothing
        if os.environ.get("CI"):
            pytest.fail("LibreOffice Writer is missing")
        pytest.skip("LibreOffice Writer is not installed; documents are tested without it")
    pages = len(re.findall(rb"/Type\s*/Page\b", (tmp_path / "report.pdf").read_bytes()))
    assert 3 <= pages <= 8
    reader = shutil.which("pdftotext")
    if reader is not None:
        text = subprocess.run(
            [reader, tmp_path / "report.pdf", "-"], capture_output=True, check=True
        ).stdout.decode()
        assert f"Page 1 of {pages}" in text
        assert text.index("Do types of trust differ?") < text.index("Figure 1. Community")
        assert text.count("Row 29") == 1


ODD = "A\x00b\x07\x1b \ufffe😀 שלום مرحبا"
CLEAN = "Ab 😀 שלום مرحبا"


def shown_by(data: dict[str, Any], **metadata: Any) -> Any:
    """Return the document of a notebook with one output."""
    cell = new_code_cell("show()", metadata=metadata)
    cell.outputs = [new_output("display_data", data=data)]
    return opened(new_notebook(cells=[new_markdown_cell("# A title"), cell]))


def test_what_no_file_may_hold_fails_no_report() -> None:
    nb = notebook_of_table(pd.DataFrame({ODD: [ODD, "long" * 60]}), note=ODD)
    nb.cells[0] = new_markdown_cell(f"# {ODD}\n\n{ODD}")
    found = opened(nb, title=ODD, position=ODD, imprint=Imprint(publisher=ODD))
    assert styled(found, "Heading 1") == [CLEAN]
    assert cells(found.tables[0]) == [[CLEAN], [CLEAN], ["long" * 60]]
    assert styled(found, "Note")[0] == f"{CLEAN} Source: Own sums."
    assert found.core_properties.author == CLEAN


def test_a_picture_that_cannot_be_read_is_told() -> None:
    for content in ("iVBORw0KGgo=", "AAAAAA", ""):
        found = shown_by({"image/png": content}, alt="A dot, alone")
        assert "[Picture: A dot, alone]" in [p.text for p in found.paragraphs]


def test_outputs_of_html_alone_keep_their_words_and_their_lines() -> None:
    rows = "<tr><td>x<br>y</td><td><p>one</p><p>two</p></td><td><ul><li>a<li>b</ul></td></tr>"
    found = shown_by({"text/html": f"<p>Before</p>between<table>{rows}</table>after"})
    assert cells(found.tables[0]) == [["xy", "onetwo", "ab"]]
    assert [cell.text for cell in found.tables[0].rows[0].cells] == ["x\ny", "one\ntwo", "a\nb"]
    texts = [p.text for p in found.paragraphs]
    assert texts[3:6] == ["Before", "between", "after"]
    for empty in ("<table></table>", "<table><tr></tr></table>"):
        assert not shown_by({"text/html": f"<p>Words</p>{empty}"}).tables


@pytest.mark.parametrize("tag", ["remove-cell", "remove-output"])
def test_what_an_author_took_out_stays_out(tag: str) -> None:
    texts = [p.text for p in shown_by({"text/plain": "SECRET"}, tags=[tag]).paragraphs]
    assert "SECRET" not in texts


def test_words_about_the_page_are_about_the_report() -> None:
    text = "# A title\n\nThe newest that this page holds. Its pages. This page stays."
    texts = [p.text for p in opened(new_notebook(cells=[new_markdown_cell(text)])).paragraphs]
    assert "The newest that this report holds. Its pages. This report stays." in texts


def test_words_that_lead_to_a_list_stay_with_it() -> None:
    found = opened(new_notebook(cells=[new_markdown_cell("# A title\n\nThese:\n\n- one\n- two")]))
    kept = {p.text: p.paragraph_format.keep_with_next for p in found.paragraphs}
    assert (kept["These:"], kept["one"]) == (True, None)


def test_no_document_stays_beside_a_page_that_it_is_not_of(
    make_notebook, make_plan, tmp_path, monkeypatch
):
    source = FIGURE.replace("if fails:", "import os\nif os.environ.get('TRIAL_FAILS'):")
    make_notebook("demo", "n: int = 1  # A number", source)
    plan, out = make_plan({"notebook": "demo"}), tmp_path / "out"
    forms = [out / "reports/demo.docx", out / "reports/demo.pdf"]
    run(plan, out, Options(jobs=1, docx=True))
    forms[1].write_bytes(b"printed by an earlier run")
    assert forms[0].is_file()
    monkeypatch.setenv("TRIAL_FAILS", "1")
    run(plan, out, Options(jobs=1, docx=True, pdf=False, force=True))
    assert "no such trust" in (out / "reports/demo.html").read_text()
    assert not [form for form in forms if form.exists()]
    monkeypatch.delenv("TRIAL_FAILS")
    run(plan, out, Options(jobs=1, docx=True))
    run(plan, out, Options(jobs=1))
    assert not forms[0].exists(), "it would be of an older page"
