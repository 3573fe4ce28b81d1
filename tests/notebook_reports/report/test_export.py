from __future__ import annotations

import base64
import copy
import re
import subprocess
import sys
from itertools import pairwise
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup
from sample_report import NAME, notebook_of

from notebook_reports.errors import ExportError
from notebook_reports.evidence import Estimate, Finding
from notebook_reports.packs.export import MOST_BYTES, export_html
from notebook_reports.packs.imprint import Neighbour
from notebook_reports.report import blocks, building, markup

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)


def page_of(nb: nbformat.NotebookNode) -> BeautifulSoup:
    return BeautifulSoup(export_html(nb), "html.parser")


def levels(soup: BeautifulSoup) -> list[int]:
    return [int(h.name[1]) for h in soup.find_all(re.compile("^h[1-6]$"))]


def test_making_pages_needs_neither_pandas_nor_matplotlib() -> None:
    code = (
        "import sys; import notebook_reports.packs.leaves\n"
        "print([name for name in ('pandas', 'matplotlib', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_page_says_what_it_is(sample: Any) -> None:
    html = export_html(
        sample,
        pack_title="A & B pack",
        position="Report 1 of 6",
        others=[Neighbour("All reports", "../index.html", "A & B pack")],
    )
    soup = BeautifulSoup(html, "html.parser")
    assert soup.html["lang"] == "en-GB"
    assert soup.title.get_text() == "Do types of trust differ? – A & B pack"
    assert soup.header.strong.get_text() == "A & B pack"
    assert not soup.header.find("a", href="../index.html"), "a page is read without its folder"
    assert soup.footer.find("a", href="../index.html").get_text() == "A & B pack"
    assert "Report 1 of 6" in soup.header.get_text()
    assert soup.find("a", class_="skip")["href"] == "#main"
    assert len(html.encode()) < 300_000


def test_the_notebook_is_left_as_it_was(sample: Any) -> None:
    before = copy.deepcopy(sample)
    assert export_html(sample) == export_html(sample)
    assert sample == before


def test_finding_stands_on_top_and_code_waits_below(sample: Any) -> None:
    main = page_of(sample).main
    order = [tag.get("class", [tag.name])[0] for tag in main.find_all(recursive=False)]
    assert order[:4] == ["h1", "lede", "cards", "code"]
    assert len(main.find("details", class_="code").find_all("pre")) == 3, "setup code comes with it"
    assert [c.b.get_text() for c in main.find_all("li", class_="card")] == ["44.8%", "226 trusts"]


def test_headings_nest_whatever_the_notebook_does(sample: Any) -> None:
    found = levels(page_of(sample))
    assert found[0] == 1
    assert found.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(found))


def test_contents_lead_to_every_section(sample: Any) -> None:
    soup = page_of(sample)
    links = soup.find("nav").find_all("a")
    assert [a.get_text() for a in links][:2] == ["The finding", "Shares by type"]
    assert all(soup.find(id=a["href"].removeprefix("#")) for a in links)


def test_every_id_is_used_once_and_every_reference_resolves(sample: Any) -> None:
    soup = page_of(sample)
    ids = [tag["id"] for tag in soup.find_all(id=True)]
    assert len(set(ids)) == len(ids)
    for name in ("aria-labelledby", "aria-describedby"):
        assert {tag[name] for tag in soup.find_all(attrs={name: True})} <= set(ids)


def test_tables_have_captions_scopes_and_a_labelled_region(sample: Any) -> None:
    tables = page_of(sample).find_all("table")
    assert len(tables) == 6, "two of them under figures"
    for table in tables:
        assert table.caption.get_text(strip=True)
        assert all(th.get("scope") in {"col", "row"} for th in table.find_all("th"))
        region = table.find_parent(attrs={"role": "region"})
        assert region["tabindex"] == "0"
        assert region["aria-labelledby"] == table.caption["id"]


def test_nothing_is_fetched_and_only_the_pages_own_script_may_run(sample: Any) -> None:
    html = export_html(sample)
    soup = BeautifulSoup(html, "html.parser")
    policy = soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    assert policy.startswith("default-src 'none'")
    assert "script-src 'sha256-" in policy
    assert len(soup.find_all("script")) == 1
    for tag in soup.find_all(src=True):
        assert tag["src"].startswith("data:")
    for tag in soup.find_all("link"):
        assert tag["href"].startswith("data:")
    assert "@import" not in html
    without_embedded_files = re.sub(r"data:[a-z/.+-]+;base64,[^\"]*", "", html)
    assert "cdn" not in without_embedded_files.lower()


def test_a_trusts_name_is_text_everywhere(sample: Any) -> None:
    soup = page_of(sample)
    assert f"Computed: {NAME} has 45.0%." in soup.get_text()
    assert soup.find("b", string="not") is None


def test_plain_outputs_are_readable(sample: Any) -> None:
    soup = page_of(sample)
    assert any(pre.get_text() == "1 < 2" for pre in soup.find_all("pre"))
    frame = next(t for t in soup.find_all("table") if "Row 0" in t.get_text() and not t.find("ul"))
    assert frame is not None
    assert not soup.main.find_all(attrs={"border": True})


@pytest.mark.parametrize(
    "output",
    [
        {"image/png": PIXEL},
        {"image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg'/>"},
        {"text/html": f'<img src="data:image/png;base64,{PIXEL}">'},
        {
            "text/html": '<img alt="No description has been provided for this image" '
            f'src="data:image/png;base64,{PIXEL}">'
        },
    ],
)
def test_an_image_without_description_stops_the_export(output: dict[str, object]) -> None:
    with pytest.raises(ExportError, match="cell 2: an image has no description"):
        export_html(notebook_of(output))


def test_an_image_in_text_needs_a_description_and_its_content() -> None:
    with pytest.raises(ExportError) as caught:
        export_html(notebook_of(markdown="# Title\n\n![](https://example.org/a.png)"))
    assert len(caught.value.faults) == 2
    assert "'Title' can't be exported" in str(caught.value)


def test_a_described_image_is_embedded() -> None:
    nb = notebook_of({"image/png": PIXEL})
    nb.cells[1].outputs[0].metadata["image/png"] = {"alt": "A single dark pixel on white"}
    image = page_of(nb).find("img")
    assert image["alt"] == "A single dark pixel on white"
    assert base64.b64decode(image["src"].partition(",")[2]).startswith(b"\x89PNG")


def test_an_attachment_is_embedded() -> None:
    nb = notebook_of(markdown="# Title\n\n![A single dark pixel](attachment:a.png)")
    nb.cells[0]["attachments"] = {"a.png": {"image/png": PIXEL}}
    assert page_of(nb).find("img")["src"].startswith("data:image/png;base64,")


def test_html_from_elsewhere_loses_what_could_run_or_load() -> None:
    nb = notebook_of(
        {
            "text/html": "<script>alert(1)</script><style>p{color:red}</style><p onclick='x()' "
            "style='color:#eee'>kept</p><iframe src='https://example.org'></iframe>"
        }
    )
    main = page_of(nb).main
    assert main.find("p").attrs == {}
    assert main.find(["script", "style", "iframe"]) is None


def test_a_control_leaves_a_word_instead_of_its_data() -> None:
    nb = notebook_of(
        {"application/vnd.jupyter.widget-view+json": {}, "text/plain": "interactive()"}
    )
    assert "open the notebook to use it" in page_of(nb).main.get_text()


def test_two_outputs_with_one_key_stop_the_export() -> None:
    block = {"key": "x", "card": True, "text": "1", "label": "one", "interval_text": ""}
    bundle = {
        blocks.MIME["finding"]: {
            **block,
            "value": 1,
            "low": None,
            "high": None,
            "unit": "",
            "confidence": None,
            "kind": "range",
        }
    }
    with pytest.raises(ExportError, match="the key 'x' is used by more than one finding"):
        export_html(notebook_of(bundle, bundle))


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(ExportError) as caught:
        export_html(notebook_of({"image/png": PIXEL}, {"image/png": PIXEL}))
    assert len(caught.value.faults) == 2


def test_a_page_too_heavy_to_mail_is_refused_with_its_heaviest_part(sample: Any) -> None:
    figure = next(
        output.data[blocks.MIME["figure"]]
        for cell in sample.cells
        for output in cell.get("outputs", [])
        if blocks.MIME["figure"] in output.get("data", {})
    )
    figure["svg"] = figure["svg"].replace("</svg>", "<!--" + "x" * MOST_BYTES + "--></svg>")
    with pytest.raises(ExportError, match=r"heaviest: shares 1,5\d\d KB"):
        export_html(sample)


def test_a_traceback_is_readable() -> None:
    nb = notebook_of()
    nb.cells[1].outputs = [
        nbformat.v4.new_output("error", ename="E", evalue="v", traceback=["\x1b[31mE\x1b[0m: v"])
    ]
    assert page_of(nb).find("pre", class_="error").get_text() == "E: v"


def test_a_notebook_without_a_title_still_has_one() -> None:
    soup = page_of(notebook_of({"text/plain": "1"}, markdown="Just text"))
    assert soup.h1.get_text() == "Report"


def test_a_report_of_many_names_what_it_is_about(sample):
    html = export_html(sample, about="A & E Trust (XYZ)")
    soup = BeautifulSoup(html, "html.parser")
    question = BeautifulSoup(export_html(sample), "html.parser").h1.get_text()
    assert [h1.get_text() for h1 in soup.find_all("h1")] == ["A & E Trust (XYZ)"]
    assert soup.select_one("main p.about + h1")
    assert soup.select_one("main p.about").get_text() == question
    assert soup.title.get_text().startswith("A & E Trust (XYZ) – ")
    assert "A & E" not in BeautifulSoup(export_html(sample), "html.parser").get_text()


def test_the_sign_of_an_amount_stays_with_it():
    assert markup.unbroken("from −£41m to £3m") == ('from <span class="nb">−£41m</span> to £3m')


def show_in(nb: nbformat.NotebookNode, markdown: str, **mimes: Any) -> None:
    """Add a heading's cell and a cell that shows the given blocks, by kind."""
    extra = notebook_of({blocks.MIME[k]: b for k, b in mimes.items()}, markdown=markdown)
    nb.cells += extra.cells


def card(leads_to: str) -> dict[str, Any]:
    return building.finding(Finding("x", Estimate(1, label="one"), leads_to=leads_to))


def test_a_card_leads_to_its_section() -> None:
    nb = notebook_of({blocks.MIME["finding"]: card("Beds, by ward")})
    assert page_of(nb).find("li", class_="card").a is None, "it isn't on this page"
    show_in(nb, "## Beds, by ward", text={"role": "text", "markdown": "Three."})
    soup = page_of(nb)
    link = soup.find("li", class_="card").a
    assert link.get_text() == "one"
    assert soup.find(id=link["href"].removeprefix("#")).get_text() == "Beds, by ward"


def test_an_appendix_is_folded_and_ends_at_the_next_heading(sample: Any) -> None:
    words = {"role": "text", "markdown": "Folded."}
    show_in(sample, "## Appendix\n\nOn method.", text=words)
    show_in(sample, "### Long tables", text=words | {"markdown": "Folded too."})
    soup = page_of(sample)
    folded = soup.find("details", class_="appendix")
    assert folded.summary.h2.get_text() == "Appendix"
    assert not folded.has_attr("open")
    assert "Folded too." in folded.get_text()
    show_in(sample, "## After it", text=words | {"markdown": "In sight."})
    soup = page_of(sample)
    folded = soup.find("details", class_="appendix")
    assert "Folded too." in folded.get_text()
    assert "In sight." not in folded.get_text()
    assert soup.find("h2", string="After it").parent.name == "main"


def test_a_section_with_nothing_to_say_leaves_no_heading(sample: Any) -> None:
    show_in(sample, "## The trust followed\n\nIts own row.", text=building.nothing())
    show_in(sample, "## Last", text={"role": "text", "markdown": "In sight."})
    soup = page_of(sample)
    assert "The trust followed" not in soup.get_text()
    assert "Its own row." not in soup.get_text()
    assert soup.find("h2", string="Last")


def test_a_source_leads_to_its_row_among_the_tables_read(sample: Any) -> None:
    for output in sample.cells[-1].outputs:
        read = [{"name": "cqc_trust_ratings", "publisher": "Care Quality Commission"}]
        output.data[blocks.MIME["provenance"]]["tables"] = read
    soup = page_of(sample)
    links = soup.find("figure").find_all("a", href=re.compile("^#source-"))
    assert [link["href"] for link in links] == ["#source-cqc_trust_ratings"]
    assert soup.find(id="source-cqc_trust_ratings").name == "tr"
    assert "Care Quality Commission" in soup.find(id="source-cqc_trust_ratings").get_text()


def test_the_list_of_tables_read_tells_each_licence_with_its_page_where_one_covers_all() -> None:
    tables = [
        {"name": "open", "licence": "An open licence", "licence_page": "https://example.org/"},
        {"name": "mixed", "licence": "An open licence (X); other rows: own terms"},
    ]
    block = {"tables": tables, "parameters": {}, "made": "2026-11-26", "version": "1", "commit": ""}
    soup = BeautifulSoup(markup.provenance({**block, "versions": {}}), "html.parser")
    said = [soup.find(id=f"source-{name}").find("span", class_="lim") for name in ("open", "mixed")]
    assert said[0].a["href"] == "https://example.org/"
    told = [line.get_text().removeprefix("Licence: ") for line in said]
    assert told == [table["licence"] for table in tables]
    assert said[1].a is None


def test_a_card_writes_a_grade_in_place_of_its_number() -> None:
    grade = building.finding(Finding("x", Estimate(3, label="rating", said="Outstanding")))
    assert '<b class="word">Outstanding</b><span>rating</span>' in markup.finding(grade)
    plain = building.finding(Finding("x", Estimate(3, label="trusts")))
    assert "<b>3</b>" in markup.finding(plain)
    assert "said" not in plain
