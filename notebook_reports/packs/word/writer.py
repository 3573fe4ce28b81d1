"""From the words of a page to paragraphs, lists, tables and pictures of a document."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Set as AbstractSet
from itertools import count, product
from typing import Any

import bs4
from bs4.builder import HTMLTreeBuilder
from bs4.element import PageElement
from docx.document import Document
from docx.image import exceptions
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.oxml.table import CT_Tbl
from docx.oxml.text.paragraph import CT_P
from docx.shared import Emu, Mm, Pt
from docx.text.paragraph import Paragraph

from notebook_reports.packs.headers import span
from notebook_reports.packs.shell import UNFIT
from notebook_reports.packs.word import tables
from notebook_reports.packs.word.house import WIDTH, put_field

_FIGURE, _TALLEST = Mm(160), Mm(185)
"""Of a picture: its words as small as print allows, its title and note on the same sheet."""

_NO_PICTURE = (
    ValueError,
    exceptions.InvalidImageStreamError,
    exceptions.UnexpectedEndOfFileError,
    exceptions.UnrecognizedImageError,
)
# Elements that begin a paragraph of their own.
_APART = {*HTMLTreeBuilder.DEFAULT_BLOCK_ELEMENTS, "center", "details", "summary"}
_HEADING = re.compile(r"h[1-6]")
_CELLS = ["td", "th"]
_LISTS = {"ul": "List Bullet", "ol": "List Number"}
_STYLES = {"about": "Imprint", "caption": "Caption", "figure": "Figure", "lede": "Lede"}
_STYLES |= {"small": "Note", "subtitle": "Figure Subtitle"}
"""By the class of an element."""
_LOOKS = {
    **dict.fromkeys(("b", "strong", "th", "dt"), "bold"),
    **dict.fromkeys(("i", "em", "cite", "var", "math"), "italic"),
    **dict.fromkeys(("s", "del", "strike"), "strike"),
    "u": "underline",
    "sub": "subscript",
    "sup": "superscript",
    "code": "name",
}
"""What of a run's font an element sets."""
_NUMBER = re.compile(r"[−-]?£?[\d.,]*\d[\d.,]*%?|")
_OUTSIDE = re.compile(r"(?:https?|mailto|tel):")
_SPACE = re.compile(r"[ \t\r\n\f]+")
_LINE = "\u2028"
_LINES = re.compile(f" *{_LINE} *")
_PAGE = re.compile(r"\b([Tt]his|made the) page\b")


def fit(text: str) -> str:
    """Leave out what no document can hold; call a report what it says of itself as a page."""
    return _PAGE.sub(r"\1 report", UNFIT.sub("", text))


class Writer:
    """Writes what HTML says at the end of a document."""

    def __init__(self, document: Document) -> None:
        self._document, self._body = document, document._body
        self._open: Paragraph | None = None
        self._places: dict[str, int] = {}

    def write(self, html: str) -> None:
        """Write a page's main part."""
        main = bs4.BeautifulSoup(fit(html).replace("<wbr>", ""), "html.parser")
        for line in main.select("br, .lim, td li + li, td p + p, td div + div"):
            line.insert_before(_LINE)
        for formula in main.select("math[alttext]"):
            formula.string = str(formula["alttext"])
        main.smooth()
        named = {str(tag["id"]): tag for tag in main.find_all(id=True)}
        for anchor in dict.fromkeys(str(a["href"])[1:] for a in main.select('a[href^="#"]')):
            if anchor in named:
                self._places[anchor] = len(self._places)
                _leaf(named[anchor]).insert(0, bs4.Tag(name="bookmark", attrs={"id": anchor}))
        self._flow(main, "Normal")

    # Blocks.

    def _flow(self, parent: bs4.Tag, style: str) -> None:
        """Write what an element holds; what stands between blocks of its own makes paragraphs."""
        paragraph: Paragraph | None = None
        for node in parent.children:
            if isinstance(node, bs4.Tag) and (node.name in _APART or node.find(_APART)):
                paragraph = None
                self._apart(node, style)
            elif paragraph is not None or isinstance(node, bs4.Tag) or str(node).strip():
                paragraph = paragraph or self._paragraph(style)
                self._inline(paragraph, node)

    def _apart(self, tag: bs4.Tag, style: str) -> None:
        style = _STYLES.get(" ".join(tag.get("class") or []), style)
        if _HEADING.fullmatch(tag.name):
            self._flow(tag, f"Heading {tag.name[1]}")
        elif tag.name in _LISTS:
            self._list(tag)
        elif tag.name == "dl":
            self._terms(tag, style)
        elif tag.name == "table":
            self._table(tag)
        elif tag.name == "pre":
            self._paragraph("Code").add_run(tag.get_text().replace(_LINE, "\n").strip("\n"))
        elif tag.name != "summary" or tag.find(_HEADING):
            self._flow(tag, "Quote" if tag.name == "blockquote" else style)

    def _paragraph(self, style: str) -> Paragraph:
        """Return a new paragraph, or the one that waits for the words of an item."""
        is_below = isinstance(self._last(), CT_Tbl) and style[:7] not in {"Heading", "Caption"}
        if self._open is None:
            paragraph = self._document.add_paragraph()
            # By its id: for a name python-docx looks through every style, each time.
            paragraph._p.style = style.replace(" ", "")
        else:
            paragraph, self._open = self._open, None
        if is_below:
            paragraph.paragraph_format.space_before = Pt(4)
        return paragraph

    def _last(self) -> Any:
        """Return what the document ends with; its last element says how its sheets look."""
        return self._document.element.body[-2:][0]

    def _list(self, tag: bs4.Tag) -> None:
        depth = sum(parent.name in _LISTS for parent in tag.parents)
        level = f" {min(depth, 2) + 1}" if depth else ""
        number = self._new_number(tag, f"List Number{level}") if tag.name == "ol" else None
        if isinstance(self._last(), CT_P):  # the words that lead to it stay with it
            Paragraph(self._last(), self._body).paragraph_format.keep_with_next = True
        for item in tag.find_all("li", recursive=False):
            paragraph = self._paragraph(f"{_LISTS[tag.name]}{level}")
            if number is not None:
                form: Any = paragraph._p.get_or_add_pPr().get_or_add_numPr()
                form.get_or_add_numId().val = number
            self._hold(paragraph, item, f"List Continue{level}")

    def _new_number(self, tag: bs4.Tag, style: str) -> int:
        """Return the id of a numbering that begins anew; a style's own counts on."""
        numbering: Any = self._document.part.numbering_part.element
        own = self._document.styles[style].element.pPr.numPr.numId.val
        new = numbering.add_num(numbering.num_having_numId(own).abstractNumId.val)
        new.add_lvlOverride(ilvl=0).add_startOverride(span(tag, "start"))
        return int(new.numId)

    def _terms(self, tag: bs4.Tag, style: str) -> None:
        """Write terms as bold words before what is told of them."""
        paragraph, told = None, ""
        for part in tag.find_all(["dt", "dd"]):
            if part.name == "dt" or paragraph is None:
                paragraph = self._paragraph(style)
                self._inline(paragraph, part)
            else:
                paragraph.add_run(told).bold = True
                self._hold(paragraph, part, style)
            told = ": " if part.name == "dt" else "; "

    def _hold(self, paragraph: Paragraph, tag: bs4.Tag, style: str) -> None:
        """Write what an element holds, its first words into a paragraph that is there."""
        self._open = paragraph
        self._flow(tag, style)
        self._open = None

    # Tables and pictures.

    def _table(self, tag: bs4.Tag) -> None:
        """Write a table, one that is wider than a sheet in parts that each name the rows."""
        grid = _grid(tag)
        if not any(grid):
            return
        text = [[_plain(cell) for cell in row] for row in grid]
        heads = sum(row[0].find_parent("thead") is not None for row in grid)
        below = zip(*text[heads:], strict=True) if text[heads:] else [("words",)] * len(grid[0])
        numeric = [  # as a report's table says of its columns, or as the words of one are
            said == ["number"]
            if (said := cell.get("class"))
            else all(map(_NUMBER.fullmatch, words))
            for cell, words in zip(grid[0], below, strict=True)
        ]
        names = [cell.name for cell in grid[-1]]
        groups = tables.parts(text, names.index("th") if "th" in names else 0)
        caption = tag.find("caption")
        described = _plain(caption) if isinstance(caption, bs4.Tag) else ""
        for part, chosen in enumerate(groups, 1):
            rows = [[row[column] for column in chosen] for row in text]
            right = [numeric[column] for column in chosen]
            is_last = part == len(groups)
            table = tables.table(rows[:heads], rows[heads:], right, described, noted=is_last)
            if part > 1:
                told = f"{described.partition('. ')[0]}, part {part} of {len(groups)}"
                self._paragraph("Caption").add_run(told)
            elif isinstance(self._last(), CT_Tbl):
                self._paragraph("Table Text")  # Word would join them
            self._last().addnext(table)
            for at, (line, row) in enumerate(zip(table.tr_lst, grid, strict=True)):
                looks = {"bold"} if at < heads else set()
                for place, column in zip(line.tc_lst, chosen, strict=True):
                    if row[column].find(True):
                        place.p_lst[0].remove(place.p_lst[0].r_lst[0])
                        for node in row[column].children:
                            self._inline(Paragraph(place.p_lst[0], self._body), node, looks)

    def _picture(self, paragraph: Paragraph, tag: bs4.Tag) -> None:
        """Put a picture into a paragraph, no larger than a sheet; in its place, what it shows."""
        alt = str(tag.get("alt") or tag.get("aria-label") or _plain(tag))
        head, _, content = str(tag.get("src")).partition(",")
        run = paragraph.add_run()
        try:
            blob = base64.b64decode(content) if head.endswith(";base64") else b""
            shown = run.add_picture(io.BytesIO(blob), _FIGURE if tag.get("name") else None)
        except _NO_PICTURE:
            run.text = f"[Picture: {alt}]"
            return
        scale = min(1, WIDTH / shown.width, _TALLEST / shown.height)
        shown.width, shown.height = Emu(shown.width * scale), Emu(shown.height * scale)
        named = shown._inline.docPr
        named.set("descr", alt)
        named.set("name", str(tag.get("name") or named.get("name")))

    # Words.

    def _inline(
        self,
        paragraph: Paragraph,
        node: PageElement,
        looks: AbstractSet[str] = frozenset(),
        link: Any = None,
    ) -> None:
        """Write words into a paragraph as they look, their links with them."""
        if not isinstance(node, bs4.Tag):
            words = "" if isinstance(node, bs4.Comment) else _spaced(str(node))
            words = words if paragraph.text.strip() else words.lstrip(" ")
            run = paragraph.add_run(words)
            for look in looks:
                setattr(run.font, look, "Courier New" if look == "name" else True)
            if link is not None:
                run._r.style = "Hyperlink"
                link.append(run._r)
            return
        looks = looks | {_LOOKS[node.name]} if node.name in _LOOKS else looks
        if node.name == "bookmark":
            number = self._places[str(node["id"])]
            for part in (f'Start w:name="_place{number}"', "End"):
                mark = f'<w:bookmark{part} {nsdecls("w")} w:id="{number}"/>'
                paragraph._p.append(parse_xml(mark))
        elif node.name in {"img", "svg"}:
            self._picture(paragraph, node)
        elif node.name == "field":
            put_field(paragraph, str(node["code"]), node.get_text())
        else:
            link = self._link(paragraph, str(node.get("href"))) if node.name == "a" else link
            for child in node.children:
                self._inline(paragraph, child, looks, link)

    def _link(self, paragraph: Paragraph, href: str) -> Any:
        """Begin a link to a place in the document or on the web; none to anything else."""
        if href[1:] in self._places:
            target = f'w:anchor="_place{self._places[href[1:]]}"'
        elif _OUTSIDE.match(href):
            number = paragraph.part.relate_to(href, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
            target = f'r:id="{number}"'
        else:
            return None
        link = parse_xml(f'<w:hyperlink {nsdecls("w", "r")} {target} w:history="1"/>')
        paragraph._p.append(link)
        return link


def _leaf(tag: bs4.Tag) -> bs4.Tag:
    """Return the innermost element that begins with an element's first words."""
    first = next((node for node in tag.children if str(node).strip()), None)
    apart = isinstance(first, bs4.Tag) and first.name in {*_APART, *_CELLS}
    return _leaf(first) if isinstance(first, bs4.Tag) and apart else tag


def _grid(table: bs4.Tag) -> list[list[bs4.Tag]]:
    """Return a table's rows, each as long as the longest; a wide or high cell is repeated."""
    taken: dict[tuple[int, int], bs4.Tag] = {}
    rows = table.find_all("tr")
    for number, row in enumerate(rows):
        for cell in row.find_all(_CELLS, recursive=False):
            at = next(column for column in count() if (number, column) not in taken)
            high = range(number, min(number + span(cell, "rowspan"), len(rows)))
            wide = range(at, at + min(span(cell, "colspan"), 1000))
            taken |= dict.fromkeys(product(high, wide), cell)
    width = max((column + 1 for _, column in taken), default=0)
    return [
        [taken.get((number, column)) or bs4.Tag(name="td") for column in range(width)]
        for number in range(len(rows))
    ]


def _plain(tag: bs4.Tag) -> str:
    return _spaced(tag.get_text()).strip()


def _spaced(words: str) -> str:
    return _LINES.sub("\n", _SPACE.sub(" ", words))
