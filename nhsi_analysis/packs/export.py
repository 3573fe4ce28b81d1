"""From an executed notebook to one HTML file that everybody can read.

The order of a report is the notebook's. Each cell's outputs come first and its code, folded,
after them, so that the finding stands on top. What report calls left in the notebook as data is
written anew here; plain outputs (text, tables, images) are cleaned until they follow the rules.
"""

from __future__ import annotations

import base64
import re
from functools import cache
from html import escape
from typing import Any

import bs4
import mistune
from nbconvert.exporters.templateexporter import TemplateExporter
from nbformat import NotebookNode

from nhsi_analysis.errors import ExportError
from nhsi_analysis.packs.shell import TEMPLATES, render_page
from nhsi_analysis.report import blocks, markup
from nhsi_analysis.report.reading import block_of
from nhsi_analysis.report.workbook import ODS_MIME, workbook_bytes

MOST_BYTES = 1_500_000
"""A page heavier than this doesn't pass many mail gateways."""

MOST_WORKBOOK_BYTES = 400_000
"""A workbook heavier than this stays out of the page; it lies beside it in the pack."""

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_FORBIDDEN = "script, style, link, iframe, object, embed, form, meta, base"
_WIDGET = "application/vnd.jupyter.widget-view+json"


def export_html(
    nb: NotebookNode,
    *,
    pack_title: str = "",
    position: str = "",
    index_href: str = "",
    workbook: bytes | None = None,
    about: str = "",
) -> str:
    """Return an executed notebook as a page.

    Parameters
    ----------
    nb : nbformat.NotebookNode
        The executed notebook; it isn't changed.
    pack_title : str
        Title of the pack.
    position : str
        Where the report stands in it: "Report 1 of 6".
    index_href : str
        Link from the page to the pack's index; none when empty.
    workbook : bytes, optional
        The report's workbook if it was made already; it goes into the page, which is mailed alone.
    about : str
        Name of the report where the pack makes several of one notebook, "Leeds Teaching Hospitals
        NHS Trust (RR8)": it stands over the notebook's question.

    Returns
    -------
    str
        One file without any request to the network.

    Raises
    ------
    ExportError
        If an image has no description, two outputs share a key, or a picture would have to be
        fetched; it lists every fault.
    """
    page = _Page(nb)
    main, _ = _exporter().from_notebook_node(nb, resources={"page": page})
    if page.faults:
        raise ExportError(page.title, page.faults)
    main += page.downloads(workbook_bytes(nb) if workbook is None else workbook)
    main = main if page.has_title else f"<h1>{escape(page.title)}</h1>{main}"
    if about:
        main = f'<p class="about">{escape(about)}</p>{main}'
    html = render_page(
        title=f"{about} – {page.title}" if about else page.title,
        main=main,
        pack_title=pack_title,
        index_href=index_href,
        position=position,
        contents=[("main", "The finding"), *page.contents],
        has_code=page.has_code,
        footer=page.footer,
    )
    if len(html.encode()) > MOST_BYTES:
        heaviest = sorted(page.weights.items(), key=lambda item: -item[1])[:3]
        words = ", ".join(f"{key} {markup.size_text(size)}" for key, size in heaviest)
        raise ExportError(
            page.title,
            [
                f"the page has {markup.size_text(len(html))}, more than "
                f"{markup.size_text(MOST_BYTES)}; heaviest: {words}"
            ],
        )
    return html


@cache
def _exporter() -> TemplateExporter:
    """Return the exporter with the project's template over nbconvert's base."""
    exporter = TemplateExporter(
        template_name="nhsi",
        template_file="index.html.j2",
        extra_template_basedirs=[str(TEMPLATES)],
        file_extension=".html",
    )
    exporter.output_mimetype = "text/html"
    return exporter


class _Page:
    """One report while it is written: its headings, faults and folded code so far."""

    def __init__(self, nb: NotebookNode) -> None:
        self.faults: list[str] = []
        self.contents: list[tuple[str, str]] = []
        self.weights: dict[str, int] = {}
        self.has_title = False
        self.has_code = False
        self.footer = ""
        self._level = 1
        self._section = ""
        self._ids: set[str] = {"main", "downloads", "all-code"}
        self._folded: list[str] = []
        self.title = self._find_title(nb)

    def __deepcopy__(self, memo: dict[int, Any]) -> _Page:
        """Stay the same object: nbconvert copies its resources, and this one collects."""
        return self

    @staticmethod
    def _find_title(nb: NotebookNode) -> str:
        """Return the notebook's first heading as plain text."""
        for cell in nb.cells:
            if cell.cell_type == "markdown":
                heading = bs4.BeautifulSoup(_markdown(cell.source), "html.parser").find("h1")
                if heading is not None:
                    return " ".join(heading.get_text().split())
        return str(nb.metadata.get("title") or "Report")

    # What the template calls, cell by cell.

    def narrative(self, cell: NotebookNode, number: int) -> str:
        """Return a Markdown cell, after the code that belongs to what stands before it."""
        soup = bs4.BeautifulSoup(_markdown(cell.source), "html.parser")
        for image in soup.find_all("img"):
            self._embed_attachment(image, cell)
        html = self._clean(soup, f"cell {number}")
        # Code that showed nothing, such as imports, waits for the first output: finding first.
        return (self.rest_of_code() if self.contents else "") + html

    def outputs(self, cell: NotebookNode, number: int) -> str:
        """Return what a code cell shows; headline numbers in a row become one list of cards."""
        parts: list[str] = []
        cards: list[str] = []
        for output in cell.get("outputs", []):
            kind, block = block_of(output)
            if kind == "finding":
                self._claim("finding", block["key"])
                if block["card"]:
                    cards.append(markup.finding(block, tag="li"))
                continue
            if cards:
                parts.append(_card_list(cards))
                cards = []
            parts.append(
                self._block(kind, block) if kind else self._plain(output, f"cell {number}")
            )
        if cards:
            parts.append(_card_list(cards))
        return "\n".join(part for part in parts if part)

    def code(self, cell: NotebookNode) -> str:
        """Return a cell's code folded under its outputs, or keep it for the next output."""
        if cell.source.strip():
            self.has_code = True
            self._folded.append(f"<pre><code>{_highlighted(cell.source)}</code></pre>")
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

    # How each kind of output is written.

    def _block(self, kind: str, block: blocks.Block) -> str:
        """Write what a report call left."""
        if kind == "text":
            prose = markup.unbroken(markup.markdown(block["markdown"]))
            html = self._clean(bs4.BeautifulSoup(prose, "html.parser"), "computed text")
            return f'<div class="lede">{html}</div>' if block["role"] == "lede" else html
        if kind == "provenance":
            self.footer = (
                f"<p>Made on {escape(block['made'])} with nhsi_analysis {escape(block['version'])}"
                f"{', commit ' + escape(block['commit']) if block['commit'] else ''}.</p>"
            )
            return markup.provenance(block)
        self._claim(kind, block["key"])
        if kind == "table":
            html = markup.table(block)
        else:
            if blocks.is_filler(block["alt"], block["title"]):
                self.faults.append(f"figure {block['key']!r} has no description of what it shows")
            html = markup.figure(block, level=min(self._level + 1, 6))
        self.weights[block["key"]] = len(html)
        return html

    def _plain(self, output: NotebookNode, where: str) -> str:
        """Write an output that no report call made."""
        if output.output_type == "stream":
            return f"<pre>{escape(_ANSI.sub('', output.text).rstrip())}</pre>"
        if output.output_type == "error":
            trace = _ANSI.sub("", "\n".join(output.get("traceback", [])))
            return f'<pre class="error">{escape(trace)}</pre>'
        data = output.get("data", {})
        if _WIDGET in data:
            return "<p>A control to try other values stands here; open the notebook to use it.</p>"
        for mime in ("image/svg+xml", "image/png", "image/jpeg", "image/gif"):
            if mime in data and "text/html" not in data:
                return self._image(output, mime, where)
        if "text/html" in data:
            soup = bs4.BeautifulSoup(_joined(data["text/html"]), "html.parser")
            return self._clean(soup, where)
        if "text/markdown" in data:
            rendered = markup.markdown(_joined(data["text/markdown"]))
            return self._clean(bs4.BeautifulSoup(rendered, "html.parser"), where)
        text = _joined(data.get("text/plain", "")).strip()
        return f"<pre>{escape(text)}</pre>" if text else ""

    def _image(self, output: NotebookNode, mime: str, where: str) -> str:
        """Write an image that carries its description in the output's metadata."""
        metadata = output.get("metadata", {})
        alt = str(metadata.get(mime, {}).get("alt") or metadata.get("alt") or "")
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
        if name in self._ids:
            self.faults.append(f"the key {key!r} is used by more than one {kind}")
        self._ids.add(name)

    def _new_id(self, words: str) -> str:
        """Return an unused anchor made of a heading's words."""
        stem = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-") or "section"
        anchor, n = stem, 2
        while anchor in self._ids:
            anchor, n = f"{stem}-{n}", n + 1
        self._ids.add(anchor)
        return anchor

    def _clean(self, soup: bs4.BeautifulSoup, where: str) -> str:
        """Make any HTML nest its headings, describe its images, scope its tables, run nothing."""
        for tag in soup.select(_FORBIDDEN):
            tag.decompose()
        for tag in soup.find_all(True):
            for name in [n for n in tag.attrs if n.startswith("on") or n in _STYLING]:
                del tag[name]
            if tag.get("id"):
                tag["id"] = self._new_id(str(tag["id"]))
        for heading in soup.find_all(re.compile(r"^h[1-6]$")):
            self._heading(heading)
        for image in soup.find_all("img"):
            if blocks.is_filler(str(image.get("alt") or "")):
                self.faults.append(f"{where}: an image has no description (alt text)")
            if not str(image.get("src", "")).startswith("data:"):
                self.faults.append(f"{where}: an image isn't part of the notebook; embed it")
        for table in soup.find_all("table"):
            self._table(soup, table)
        return str(soup).strip()

    def _heading(self, heading: bs4.Tag) -> None:
        """Give a heading an anchor and a level that skips none."""
        words = " ".join(heading.get_text().split())
        level = int(heading.name[1])
        if not self.has_title and level == 1:
            self.has_title = True
            return
        self._level = min(max(level, 2), self._level + 1)
        heading.name = f"h{self._level}"
        heading["id"] = self._new_id(words)
        self._section = words
        if self._level == 2:
            self.contents.append((str(heading["id"]), words))

    def _table(self, soup: bs4.BeautifulSoup, table: bs4.Tag) -> None:
        """Give a plain table header scopes, a caption and a labelled region to scroll in."""
        for name in [n for n in table.attrs if n != "id"]:
            del table[name]
        for row in table.find_all("tr"):
            in_head = row.find_parent("thead") is not None
            for cell in row.find_all(["th", "td"]):
                if in_head and not cell.get_text(strip=True):
                    cell.name = "td"
                elif cell.name == "th":
                    cell["scope"] = "col" if in_head else "row"
        caption = table.find("caption")
        if not isinstance(caption, bs4.Tag):
            caption = soup.new_tag("caption")
            caption["class"] = "hide"
            caption.string = f"Table in the section {self._section or self.title}"
            table.insert(0, caption)
        caption["id"] = self._new_id("table")
        region = soup.new_tag("div")
        region["class"] = "scroll"
        region["role"] = "region"
        region["tabindex"] = "0"
        region["aria-labelledby"] = str(caption["id"])
        table.wrap(region)

    def _embed_attachment(self, image: bs4.Tag, cell: NotebookNode) -> None:
        """Replace a reference to a cell's attachment by its content."""
        source = str(image.get("src", ""))
        files = cell.get("attachments", {}).get(source.removeprefix("attachment:"), {})
        for mime, content in files.items():
            image["src"] = f"data:{mime};base64,{_joined(content).replace(chr(10), '')}"


_STYLING = {"style", "align", "valign", "bgcolor", "border", "width", "height"}


def _card_list(cards: list[str]) -> str:
    """Return headline numbers as a list."""
    return f'<ul class="cards">{"".join(cards)}</ul>'


def _joined(text: Any) -> str:
    """Return a mime value as text; notebooks on disk may hold a list of lines."""
    return "".join(text) if isinstance(text, list) else str(text)


@cache
def _renderer() -> mistune.Markdown:
    """Return the renderer of narrative Markdown, whose author may write HTML."""
    return mistune.create_markdown(
        renderer=mistune.HTMLRenderer(escape=False, allow_harmful_protocols=["attachment:"]),
        plugins=["table", "strikethrough", "footnotes", "def_list", "url"],
    )


def _markdown(source: str) -> str:
    """Render a Markdown cell."""
    return str(_renderer()(source))


def _highlighted(source: str) -> str:
    """Return code as text: its structure shows by indentation, nothing rests on colour."""
    return escape(source.rstrip())
