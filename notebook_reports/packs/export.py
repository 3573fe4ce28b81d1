"""From an executed notebook to one HTML file that everybody can read.

The order of a report is the notebook's. Each cell's outputs come first and its code, folded,
after them, so that the finding stands on top. What report calls left in the notebook as data is
written anew here; plain outputs (text, tables, images) are cleaned until they follow the rules.
"""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache
from html import escape
from typing import Any
from urllib.parse import quote, unquote

import bs4
from nbconvert.exporters.templateexporter import TemplateExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from notebook_reports.errors import ExportError
from notebook_reports.packs.anchors import Anchors
from notebook_reports.packs.headers import scope_table
from notebook_reports.packs.imprint import NOBODY, Imprint, Neighbour, version_line
from notebook_reports.packs.manifest import version_now
from notebook_reports.packs.outputs import tidied
from notebook_reports.packs.published import cell_tags, published
from notebook_reports.packs.sanitise import drop_classes, sanitise
from notebook_reports.packs.shell import TEMPLATES, render_page
from notebook_reports.packs.styles import put_styles
from notebook_reports.packs.units import PageUnits
from notebook_reports.report import blocks, markup, prose
from notebook_reports.report.reading import block_of, read_blocks
from notebook_reports.report.workbook import ODS_MIME, workbook_bytes

MOST_BYTES = 1_500_000
"""A page heavier than this doesn't pass many mail gateways."""

MOST_WORKBOOK_BYTES = 400_000
"""A workbook heavier than this stays out of the page; it lies beside it in the pack."""

_WIDGET = "application/vnd.jupyter.widget-view+json"


def export_html(
    nb: NotebookNode,
    *,
    pack_title: str = "",
    imprint: Imprint = NOBODY,
    position: str = "",
    others: Sequence[Neighbour] = (),
    workbook: bytes | None = None,
    about: str = "",
    ready: bool = False,
) -> str:
    """Return an executed notebook as a page.

    Parameters
    ----------
    nb : nbformat.NotebookNode
        The executed notebook; it isn't changed.
    pack_title : str
        Title of the pack.
    imprint : Imprint
        Who speaks.
    position : str
        Where the report stands in the pack: "Report 1 of 6".
    others : sequence of Neighbour
        Pages of the pack that this one leads to.
    workbook : bytes, optional
        The report's workbook if it was made already; it goes into the page, which is mailed alone.
    about : str
        Name of the report where the pack makes several of one notebook, "Leeds Teaching Hospitals
        NHS Trust (RR8)": it is the page's title, and the notebook's question stands over it.
    ready : bool
        Whether the notebook holds only what a page may show already, as
        :func:`~notebook_reports.packs.published.published` leaves it.

    Returns
    -------
    str
        One file without any request to the network.

    Raises
    ------
    ExportError
        If an image has no description, two outputs share a key, a picture would have to be
        fetched, a link within the page leads nowhere or a formula can't be read; it lists every
        fault.
    """
    nb = nb if ready else published(tidied(nb))
    page = Page(nb)
    main, _ = _exporter().from_notebook_node(_order(nb), resources={"page": page})
    main = page.finished(main, about)
    main += page.downloads(workbook_bytes(nb) if workbook is None else workbook)
    main += page.units.data()
    html = render_page(
        title=(about, page.title) if about else (page.title,),
        main=main,
        pack_title=pack_title,
        imprint=imprint,
        as_at=page.as_at,
        position=position,
        others=others,
        contents=[("main", "The finding"), *page.contents],
        has_code=page.has_code,
        version=page.version or version_now(),
        has_units=bool(page.units),
    )
    if len(html.encode()) > MOST_BYTES:
        words = ", ".join(
            f"{part} {markup.size_text(size)}" for part, size in page.weights.most_common(3)
        )
        raise ExportError(
            page.title,
            [
                f"the page has {markup.size_text(len(html))}, more than "
                f"{markup.size_text(MOST_BYTES)}; heaviest: {words}"
            ],
        )
    return html


def _order(nb: NotebookNode) -> NotebookNode:
    """Return a notebook's cells without their content, for nbconvert copies what it gets."""
    empty = {c.cell_type: c for c in (new_markdown_cell(), new_code_cell(), new_raw_cell())}
    cells = [NotebookNode(empty[cell.cell_type], id=f"{n}") for n, cell in enumerate(nb.cells)]
    return NotebookNode(new_notebook(), cells=cells)


@cache
def _exporter() -> TemplateExporter:
    """Return the exporter with the project's template over nbconvert's base."""
    exporter = TemplateExporter(
        template_name="nhsi",
        template_file="index.html.j2",
        extra_template_basedirs=[str(TEMPLATES)],
        file_extension=".html",
        default_preprocessors=[],
    )
    exporter.output_mimetype = "text/html"
    return exporter


class Page:
    """One report while it is written: its headings, faults and folded code so far.

    Parameters
    ----------
    nb : nbformat.NotebookNode
        The executed notebook, holding only what a page may show.
    """

    def __init__(self, nb: NotebookNode) -> None:
        self.faults: list[str] = []
        self.contents: list[tuple[str, str]] = []
        self.weights: Counter[str] = Counter()
        self.has_title = False
        self.has_code = False
        self.version = ""
        self.as_at = ""
        self._level = 1
        self._section = ""
        self._keys: set[str] = set()
        self.anchors = Anchors(nb)
        self.units = PageUnits(block for kind, block in read_blocks(nb) if kind == "figure")
        self._folded: list[str] = []
        self.title = self._find_title(nb)
        self._cells = list(nb.cells)
        self._silent = _without_content(self._cells)
        self._folding = False

    def __deepcopy__(self, memo: dict[int, Any]) -> Page:
        """Stay the same object: nbconvert copies its resources, and this one collects."""
        return self

    @staticmethod
    def _find_title(nb: NotebookNode) -> str:
        """Return the notebook's first heading as plain text."""
        for cell in nb.cells:
            if cell.cell_type == "markdown":
                heading = bs4.BeautifulSoup(_markdown(cell.source), "html.parser").find("h1")
                if heading is not None:
                    return _words(heading)
        return str(nb.metadata.get("title") or "Report")

    # What the template calls, cell by cell.

    def narrative(self, number: int) -> str:
        """Return a Markdown cell, after the code that belongs to what stands before it."""
        if number in self._silent:
            return ""
        cell, where = self._cells[number - 1], f"cell {number}"
        soup = bs4.BeautifulSoup(_markdown(_with_attachments(cell)), "html.parser")
        for image in soup.find_all("img"):
            self._embed_attachment(image, cell)
        html = "".join(self._foreign(str(soup), where))
        self.weights[where] += len(html)
        # Code that showed nothing, such as imports, waits for the first output: finding first.
        return (self.rest_of_code() if self.contents else "") + self._fold(html)

    def _fold(self, html: str) -> str:
        """Begin an appendix, folded on screen, at its heading, and end it at the next one."""
        if "<h2 " not in html:
            return html
        end, self._folding = ("</details>" if self._folding else ""), False
        if start := _APPENDIX.match(html):
            self._folding = True
            heading = f'<details class="appendix"><summary>{start[0]}</summary>'
            html = heading + html[start.end() :]
        return end + html

    def finished(self, main: str, about: str = "") -> str:
        """Return the main part closed and titled, its links leading to places in it.

        Parameters
        ----------
        main : str
            What the cells showed, in their order.
        about : str
            As in :func:`export_html`.

        Raises
        ------
        ExportError
            As :func:`export_html`.
        """
        end = "</details>" if self._folding else ""
        main, dead = self.anchors.lead(main + end)
        if self.faults or dead:
            raise ExportError(self.title, self.faults + dead)
        main = main if self.has_title else f"<h1>{escape(self.title)}</h1>{main}"
        if about:
            named = f'<p class="about">{escape(self.title)}</p><h1>{escape(about)}</h1>'
            main = _TITLE.sub(lambda _: named, main, count=1)
        return main

    def raw(self, number: int) -> str:
        """Return a raw cell that says it is HTML or Markdown; others are for other formats."""
        cell = self._cells[number - 1]
        kind = str(cell.metadata.get("raw_mimetype") or cell.metadata.get("format") or "").lower()
        if kind == "text/markdown":
            return self.narrative(number)
        html = cell.source if kind == "text/html" else ""
        return "".join(self._foreign(html, f"cell {number}"))

    def outputs(self, number: int) -> str:
        """Return what a code cell shows; headline numbers in a row become one list of cards."""
        parts: list[str] = []
        cards: list[blocks.Block] = []
        cell, where = self._cells[number - 1], f"cell {number}"
        alts = [str(cell.metadata.get("alt") or "")]
        for output in cell.get("outputs", []):
            kind, block = block_of(output)
            if kind == "finding":
                self._claim("finding", block["key"])
                if block["card"]:
                    cards.append(block)
                continue
            if cards:
                parts.append(self._cards(cards))
                cards = []
            if kind:
                parts.append(self._block(kind, block))
            else:
                parts.append(self._plain(output, where, alts))
                self.weights[where] += len(parts[-1])
        if cards:
            parts.append(self._cards(cards))
        html = "\n".join(part for part in parts if part)
        if html and cell_tags(cell) & {"hide-output", "hide-cell"}:
            return f"<details><summary>Show the output</summary>{html}</details>"
        return html

    def code(self, number: int) -> str:
        """Return a cell's code folded under its outputs, or keep it for the next output."""
        cell = self._cells[number - 1]
        if cell.source.strip() and number not in self._silent:
            self.has_code = True
            self._folded.append(f"<pre><code>{_highlighted(cell.source)}</code></pre>")
            self.weights[f"cell {number}"] += len(cell.source)
        return self.rest_of_code() if cell.get("outputs") else ""

    def rest_of_code(self) -> str:
        """Return the code kept so far, folded."""
        if not self._folded:
            return ""
        code, self._folded = "".join(self._folded), []
        return f'<details class="code"><summary>Show the code</summary>{code}</details>'

    def downloads(self, workbook: bytes) -> str:
        """Return the section of files for the whole report; empty where there are none."""
        if not workbook or len(workbook) > MOST_WORKBOOK_BYTES:
            return ""
        content = base64.b64encode(workbook).decode()
        stem = re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")[:60] or "report"
        self.contents.append(("downloads", "Downloads"))
        return (
            '<div class="files"><h2 id="downloads">Downloads</h2>'
            "<p>Under each figure and table are its own data. Together, with a cover, contents "
            "and notes:</p>"
            f'<ul class="get"><li><a download="{stem}.ods" href="data:{ODS_MIME};base64,{content}">'
            f"All numbers of this report (ODS workbook, {markup.size_text(len(workbook))})</a>"
            "</li></ul></div>"
        )

    def _leads_to(self, finding: blocks.Block) -> str:
        """Return a link to the section a card leads to, where the notebook has that section."""
        words = finding.get("leads_to", "")
        headings = (
            line.lstrip("#").strip()
            for number, cell in enumerate(self._cells, 1)
            if cell.cell_type == "markdown" and number not in self._silent
            for line in cell.source.splitlines()
            if line.startswith("#")
        )
        return self.anchors.link("a card", words) if words in headings else ""

    # How each kind of output is written.

    def _block(self, kind: str, block: blocks.Block) -> str:
        """Write what a report call left."""
        if kind == "text":
            if block["role"] == "lede":
                self.as_at = self.as_at or block.get("as_at", "")
                return markup.answer(block, self._computed)
            return self._computed(block["markdown"])
        if kind == "provenance":
            self.version = version_line(
                block.get("package", "version"), block["version"], block["commit"], block["made"]
            )
            return markup.provenance(block)
        self._claim(kind, block["key"])
        if kind == "figure" and blocks.is_filler(block["alt"], block["title"]):
            self.faults.append(f"figure {block['key']!r} has no description of what it shows")
        html = self._numbered(kind, block, self.anchors.numbers.of(kind, block["key"]))
        self.weights[block["key"]] += len(html)
        return html

    def _numbered(self, kind: str, block: blocks.Block, number: str) -> str:
        """Write a figure or a table."""
        known, unit_of = self.anchors.tables, self.units.of_row
        if kind == "table":
            return markup.table(block, number=number, known=known, unit_of=unit_of)
        level = min(self._level + 1, 6)
        return markup.figure(block, number=number, level=level, known=known, unit_of=unit_of)

    def _cards(self, findings: list[blocks.Block]) -> str:
        """Write headline numbers that follow one another as a list."""
        cards = (markup.finding(f, tag="li", href=self._leads_to(f)) for f in findings)
        return f'<ul class="cards">{"".join(cards)}</ul>'

    def _computed(self, markdown: str) -> str:
        """Write computed prose."""
        return self._clean(markup.text(markdown), "computed text") if markdown else ""

    def _plain(self, output: NotebookNode, where: str, alts: list[str]) -> str:
        """Write an output that no report call made."""
        if output.output_type == "stream":
            return _pre(output.text)
        if output.output_type == "error":
            return _pre("\n".join(output.traceback), "error")
        data = output.get("data", {})
        if _WIDGET in data:
            return "<p>A control to try other values stands here; open the notebook to use it.</p>"
        html, missing = self._foreign(_joined(data.get("text/html", "")), where, alts)
        if html:
            return html + missing
        if "text/markdown" in data:
            html = self._clean(markup.markdown(_joined(data["text/markdown"])), where, alts)
        if not html and "text/latex" in data:
            html = prose.latex(_joined(data["text/latex"]))
            html = _instead("A formula") if prose.UNREADABLE in html else f"<p>{html}</p>"
            html = self._clean(html, where)
        for mime in ("image/svg+xml", "image/png", "image/jpeg", "image/gif"):
            if not html and mime in data:
                html = self._image(output, mime, where, alts)
        if not html and "application/json" in data:
            html = _pre(json.dumps(data["application/json"], indent=2, ensure_ascii=False))
        missing = missing or "".join([_instead(_what(m)) for m in data if m not in _TEXTS][:1])
        return html or missing or _pre(_joined(data.get("text/plain", "")))

    def _image(self, output: NotebookNode, mime: str, where: str, alts: list[str]) -> str:
        """Write an image, described in the output's metadata or, one image, in the cell's."""
        metadata = output.get("metadata", {})
        alt = str(metadata.get(mime, {}).get("alt") or metadata.get("alt") or _next(alts))
        if blocks.is_filler(alt):
            self.faults.append(
                f"{where}: an image has no description; show it with report.figure(…, alt=…)"
            )
        content = _joined(output.data[mime])
        if mime == "image/svg+xml":
            content = base64.b64encode(content.encode()).decode()
        source = f"data:{mime};base64,{content.replace(chr(10), '')}"
        return f'<p class="stray"><img alt="{escape(alt)}" src="{source}"></p>'

    # Rules that hold for any HTML.

    def _claim(self, kind: str, key: str) -> None:
        """Note a key that must be used once a page."""
        name = f"{kind}-{key}"
        if name in self._keys:
            self.faults.append(f"the key {key!r} is used by more than one {kind}")
        self._keys.add(name)

    def _foreign(self, html: str, where: str, alts: list[str] | None = None) -> tuple[str, str]:
        """Return HTML from elsewhere clean, empty if that shows nothing, and what it can't show."""
        clean = self._clean(html, where, alts)
        clean = clean if _VISIBLE.search(clean) else ""
        lost = dict.fromkeys(_LIVE[tag.lower()] for tag in _LIVE_TAG.findall(html))
        if clean or len(lost) > 1:
            lost.pop(_SCRIPT, None)
        return clean, "".join(map(_instead, lost))

    def _clean(self, html: str, where: str, alts: list[str] | None = None) -> str:
        """Make any HTML nest its headings, describe its images, scope its tables, run nothing."""
        html = markup.refer(html, self.anchors.numbers)
        soup = bs4.BeautifulSoup(sanitise(html), "html.parser")
        pale = put_styles(soup, html)
        if "class=" in html.lower():
            drop_classes(soup)
        self.anchors.keep(soup, where)
        # In the order of the page: a table's caption names the section that it stands in.
        for part in soup.find_all(_HEADING_OR_TABLE):
            if part.name == "table":
                self._table(soup, part)
            else:
                self._heading(part)
        for image in soup.find_all("img"):
            if blocks.is_filler(str(image.get("alt") or "")):
                image["alt"] = _next(alts or [])
            if blocks.is_filler(str(image["alt"])):
                self.faults.append(f"{where}: an image has no description (alt text)")
            if not str(image.get("src", "")).startswith("data:"):
                self.faults.append(f"{where}: an image isn't part of the notebook; embed it")
        for formula in soup.find_all("code", class_=prose.UNREADABLE):
            self.faults.append(
                f"{where}: the formula {formula.get_text()!r} can't be read; write it with the "
                "commands of LaTeX's mathematics, or show it as an image with alt text"
            )
        for formula in soup.find_all("math", display="block"):
            region = soup.new_tag("span", attrs={"class": "formula", "role": "region"})
            formula.wrap(region).attrs |= {"tabindex": "0", "aria-label": "Formula"}
        return f"{soup}".strip() + (_PALE if pale and soup.get_text(strip=True) else "")

    def _heading(self, heading: bs4.Tag) -> None:
        """Give a heading an anchor and a level that skips none."""
        words = _words(heading)
        level = int(heading.name[1])
        if not self.has_title and level == 1:
            self.has_title = True
            self.anchors.lead_by_words(words, "main")
            return
        self._level = min(max(level, 2), self._level + 1)
        heading.name = f"h{self._level}"
        heading["id"] = self.anchors.of_heading(heading, words)
        self._section = words
        if self._level == 2:
            self.contents.append((str(heading["id"]), words))

    def _table(self, soup: bs4.BeautifulSoup, table: bs4.Tag) -> None:
        """Give a plain table header scopes, a caption and a labelled region to scroll in."""
        table.attrs = {name: value for name, value in table.attrs.items() if name == "id"}
        caption = table.find("caption")
        if not isinstance(caption, bs4.Tag):
            caption = soup.new_tag("caption")
            caption["class"] = "hide"
            caption.string = f"Table in the section {self._section or self.title}"
            table.insert(0, caption)
        scope_table(soup, table)
        caption["id"] = self.anchors.new("table")
        region = soup.new_tag("div")
        region["class"] = "scroll"
        region["role"] = "region"
        region["tabindex"] = "0"
        region["aria-labelledby"] = str(caption["id"])
        table.wrap(region)

    def _embed_attachment(self, image: bs4.Tag, cell: NotebookNode) -> None:
        """Replace a reference to a cell's attachment by its content."""
        name = unquote(str(image.get("src", "")).removeprefix("attachment:"))
        for mime, content in cell.get("attachments", {}).get(name, {}).items():
            image["src"] = f"data:{mime};base64,{_joined(content).replace(chr(10), '')}"


def _without_content(cells: list[NotebookNode]) -> set[int]:
    """Return the numbers of cells that show a section with nothing to say, their prose with it."""
    found: set[int] = set()
    for number, cell in enumerate(cells, 1):
        blocks_of = [block_of(output) for output in cell.get("outputs", [])]
        if [block.get("role") for kind, block in blocks_of if kind == "text"] == ["nothing"]:
            found.add(number)
            if number > 1 and cells[number - 2].cell_type == "markdown":
                found.add(number - 1)
    return found


_TITLE = re.compile(r"<h1\b.*?</h1>", re.DOTALL)
_APPENDIX = re.compile(r'<h2 id="[^"]*">Appendix.*?</h2>', re.DOTALL)
_HEADING_OR_TABLE = re.compile(r"^(?:h[1-6]|table)$")
_TEXTS = {"text/plain", "text/html", "text/markdown", "text/latex"}
_SCRIPT = "Something that only a script draws"
_LIVE = {
    "script": _SCRIPT,
    "iframe": "Another page",
    "audio": "A sound",
    "video": "A film",
    "canvas": "A drawing",
    **dict.fromkeys(("object", "embed"), "A file"),
    **dict.fromkeys(("input", "select", "textarea", "button"), "A control"),
    **dict.fromkeys(("progress", "meter"), "A bar"),
}
_PALE = "<p>Colours are left out here that this page can't hold; open the notebook to see them.</p>"
_LIVE_TAG = re.compile(rf"<({'|'.join(_LIVE)})\b(?![^>]*\btype=['\"]?hidden)", re.IGNORECASE)
_VISIBLE = re.compile(r"<(?:img|svg|math|hr|table)\b|>[^<]*[^<\s]|^[^<]*[^<\s]")
_KINDS = (
    (re.compile(r"plotly|vega|bokeh|holoviews"), "An interactive chart"),
    (re.compile(r"geo\+json"), "A map"),
    (re.compile(r"^audio/"), "A sound"),
    (re.compile(r"^video/"), "A film"),
    (re.compile(r"pdf"), "A PDF document"),
    (re.compile(r"javascript"), _SCRIPT),
)


def _words(heading: bs4.Tag) -> str:
    """Return a heading's words without the numbers of its notes."""
    strings = (text for text in heading.strings if not text.find_parent(class_="footnote-ref"))
    return " ".join("".join(strings).split())


def _what(mime: str) -> str:
    """Name the kind of an output in the reader's words."""
    return next((words for kind, words in _KINDS if kind.search(mime)), "An output")


def _instead(what: str) -> str:
    """Say what stands where a page shows nothing."""
    return f"<p>{what} stands here that this page can't hold; open the notebook to see it.</p>"


def _pre(text: str, style: str = "") -> str:
    """Return printed text; empty where there is none."""
    text = text.strip("\n").rstrip()
    name = f' class="{style}"' if style else ""
    return f"<pre{name}>{escape(text)}</pre>" if text else ""


def _next(alts: list[str]) -> str:
    """Take the description that a cell carries for its one image."""
    return alts.pop() if alts else ""


def _with_attachments(cell: NotebookNode) -> str:
    """Return a cell's Markdown with its attachments named as links name files."""
    source = str(cell.source)
    for name in sorted(cell.get("attachments", {}), key=len, reverse=True):
        source = source.replace(f"attachment:{name}", f"attachment:{quote(name)}")
    return source


def _joined(text: Any) -> str:
    """Return a mime value as text; notebooks on disk may hold a list of lines."""
    return "".join(text) if isinstance(text, list) else str(text)


@lru_cache(maxsize=256)
def _markdown(source: str) -> str:
    """Render a Markdown cell; most say the same in all reports of a notebook."""
    return str(prose.written()(source))


def _highlighted(source: str) -> str:
    """Return code as text: its structure shows by indentation, nothing rests on colour."""
    return escape(source.rstrip())
