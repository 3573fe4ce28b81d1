"""From the words of a page to paragraphs, lists, tables and pictures of a document."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import bs4
from bs4.element import PageElement
from docx.document import Document
from docx.image.exceptions import UnexpectedEndOfFileError, UnrecognizedImageError
from docx.image.image import Image
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.oxml.table import CT_Tbl
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Emu, Inches, Mm, Pt
from docx.text.paragraph import Paragraph

from notebook_reports.packs.shell import UNFIT
from notebook_reports.packs.word import tables
from notebook_reports.packs.word.formulas import formula
from notebook_reports.packs.word.house import WIDTH, put_field
from notebook_reports.report.blocks import Block

_FIGURE, _TALLEST = Mm(160), Mm(185)
"""Of a picture: its words as small as print allows, its title and note on the same sheet."""

_HEADING = re.compile(r"h[1-6]")
_CELLS = ["td", "th"]
_LISTS = {"ul": "List Bullet", "ol": "List Number"}
_APART = {
    *("address", "article", "aside", "blockquote", "center", "details", "div", "dl", "dd", "dt"),
    *("figure", "figcaption", "footer", "header", "hr", "li", "main", "nav", "ol", "p", "pre"),
    *("section", "summary", "table", "ul", *(f"h{level}" for level in range(1, 7))),
}
"""Elements that begin a paragraph of their own."""
_STYLES = {"lede": "Lede", "small": "Note", "about": "Imprint"}
_LOOKS = {
    **dict.fromkeys(("b", "strong", "th", "dt"), "bold"),
    **dict.fromkeys(("i", "em", "cite", "var"), "italic"),
    **dict.fromkeys(("s", "del", "strike"), "strike"),
    "u": "underline",
    "sub": "subscript",
    "sup": "superscript",
    "code": "name",
}
"""What of a run's font an element sets."""
_CODE = "Courier New"
_NUMBER = re.compile(r"[−-]?£?[\d.,]*\d[\d.,]*%?|")
_OUTSIDE = re.compile(r"(?:https?|mailto|tel):")
_SPACE = re.compile(r"[ \t\r\n\f]+")


class Writer:
    """Writes a page's main part at the end of a document.

    Parameters
    ----------
    document : docx.document.Document
        The document.
    blocks : mapping of str to (dict, str)
        Figures and tables by their anchors, with what readers call them.
    pictures : mapping of str to bytes
        The picture of each figure, by its anchor.
    """

    def __init__(
        self,
        document: Document,
        blocks: Mapping[str, tuple[Block, str]],
        pictures: Mapping[str, bytes],
    ) -> None:
        self._document, self._blocks, self._pictures = document, blocks, pictures
        self._open: Paragraph | None = None
        self._places: list[str] = []
        self._names: dict[str, str] = {}
        self._linked: set[str] = set()
        self._marks = 0
        self._after_table = False

    def line(self, words: str) -> None:
        """Write a line of who speaks."""
        self._new("Imprint").add_run(words)

    def write(self, main: bs4.Tag) -> None:
        """Write the main part."""
        self._linked = {str(link["href"])[1:] for link in main.select('a[href^="#"]')}
        self._flow(main, "Normal")

    # Blocks.

    def _flow(self, parent: bs4.Tag, style: str) -> None:
        """Write what an element holds; what stands between blocks of its own makes paragraphs."""
        paragraph: Paragraph | None = None
        for node in parent.children:
            if isinstance(node, bs4.Tag) and (node.name in _APART or node.find(_APART)):
                paragraph = None
                self._apart(node, style)
            elif paragraph is not None or not _is_blank(node):
                paragraph = paragraph or self._paragraph(style)
                self._inline(paragraph, node)

    def _apart(self, tag: bs4.Tag, style: str) -> None:
        anchor = str(tag.get("id") or "")
        self._places += [anchor] if anchor in self._linked else []
        style = _STYLES.get(" ".join(tag.get("class") or []), style)
        if anchor in self._blocks and tag.name == "figure":
            self._block(tag, *self._blocks[anchor], self._pictures.get(anchor))
        elif _HEADING.fullmatch(tag.name):
            self._flow(tag, f"Heading {tag.name[1]}")
        elif tag.name in _LISTS:
            self._list(tag)
        elif tag.name == "dl":
            self._terms(tag, style)
        elif tag.name == "table":
            self._html_table(tag)
        elif tag.name == "pre":
            self._paragraph("Code").add_run(tag.get_text().strip("\n"))
        elif tag.name != "summary" or tag.find(_HEADING):
            self._flow(tag, "Quote" if tag.name == "blockquote" else style)

    def _paragraph(self, style: str) -> Paragraph:
        """Return a new paragraph, or the one that waits for the words of an item."""
        paragraph, self._open = self._open or self._new(style), None
        if self._after_table and not style.startswith("Heading"):
            paragraph.paragraph_format.space_before = Pt(4)
        self._after_table = False
        for anchor in self._places:
            self._mark(paragraph, anchor)
        self._places = []
        return paragraph

    def _new(self, style: str) -> Paragraph:
        paragraph = self._document.add_paragraph()
        # By its id: for a name python-docx looks through every style, each time.
        paragraph._p.style = style.replace(" ", "")
        return paragraph

    def _list(self, tag: bs4.Tag) -> None:
        depth = sum(parent.name in _LISTS for parent in tag.parents)
        level = f" {min(depth, 2) + 1}" if depth else ""
        number = self._new_number(tag, f"List Number{level}") if tag.name == "ol" else None
        for item in tag.find_all("li", recursive=False):
            paragraph = self._new(f"{_LISTS[tag.name]}{level}")
            if number is not None:
                form: Any = paragraph._p.get_or_add_pPr().get_or_add_numPr()
                form.get_or_add_numId().val = number
            self._hold(paragraph, item, f"List Continue{level}")

    def _new_number(self, tag: bs4.Tag, style: str) -> int:
        """Return the id of a numbering that begins anew; a style's own counts on."""
        numbering: Any = self._document.part.numbering_part.element
        own = self._document.styles[style].element.pPr.numPr.numId.val
        new = numbering.add_num(numbering.num_having_numId(own).abstractNumId.val)
        new.add_lvlOverride(ilvl=0).add_startOverride(_whole(tag.get("start")))
        return int(new.numId)

    def _terms(self, tag: bs4.Tag, style: str) -> None:
        """Write terms as bold words before what is told of them."""
        term: bs4.Tag | None = None
        for part in tag.find_all(["dt", "dd"]):
            if part.name == "dt":
                term = part
            elif term is not None:
                paragraph = self._paragraph(style)
                self._inline(paragraph, term)
                paragraph.add_run(": ").bold = True
                self._hold(paragraph, part, style)
                term = None
            else:
                paragraph.add_run("; ")
                self._hold(paragraph, part, style)

    def _hold(self, paragraph: Paragraph, tag: bs4.Tag, style: str) -> None:
        """Write what an element holds, its first words into a paragraph that is there."""
        self._open = paragraph
        anchor = str(tag.get("id") or "")
        self._places += [anchor] if anchor in self._linked else []
        self._flow(tag, style)
        self._open = None

    # Figures and tables.

    def _block(self, tag: bs4.Tag, block: Block, number: str, picture: bytes | None) -> None:
        word, _, count = number.partition(" ")
        caption = self._paragraph("Caption")
        caption.add_run(f"{word} ")
        put_field(caption, f"SEQ {word} \\* ARABIC", count)
        caption.add_run(f". {_fit(block.get('title') or block['caption'])}")
        if word == "Table":
            self._parts(block, number)
        else:
            self._paragraph("Figure Subtitle").add_run(_fit(block["subtitle"]))
            self._picture(self._paragraph("Figure"), picture, block["alt"], number)
        note = self._paragraph("Note")
        note.paragraph_format.keep_together = True
        note.add_run(_fit(f"{block['note']} ".lstrip()))
        self._open = note
        self._flow(tag, "Note")

    def _parts(self, block: Block, number: str) -> None:
        """Write a table, one that is wider than a sheet in parts that each name the rows."""
        rows = [block["header"], *block["cells"]]
        groups = tables.parts(rows, block["row_header"])
        for part, columns in enumerate(groups, 1):
            if part > 1:
                self._paragraph("Caption").add_run(f"{number}, part {part} of {len(groups)}")
            head, *body = [[row[column] for column in columns] for row in rows]
            numeric = [block["numeric"][column] for column in columns]
            self._put(tables.table([head], body, numeric, _fit(f"{number}. {block['caption']}")))

    def _html_table(self, tag: bs4.Tag) -> None:
        """Write a table that no report call made."""
        grid = list(_grid(tag))
        caption = tag.find("caption")
        text = [[_plain(cell) for cell in row] for _, row in grid]
        heads = sum(is_head for is_head, _ in grid)
        numeric = [
            all(_NUMBER.fullmatch(cell) for cell in column)
            for column in zip(*text[heads:], strict=True)
        ] or [False] * max(map(len, text), default=0)
        if not numeric:
            return
        described = _plain(caption) if isinstance(caption, bs4.Tag) else ""
        for columns in tables.parts(text, 0):
            chosen = [[row[column] for column in columns] for row in text]
            right = [numeric[column] for column in columns]
            table = tables.table(chosen[:heads], chosen[heads:], right, described)
            self._put(table)
            for line, (is_head, row) in zip(table.tr_lst, grid, strict=True):
                for place, column in zip(line.tc_lst, columns, strict=True):
                    paragraph = Paragraph(place.p_lst[0], self._document._body)
                    self._cell(paragraph, row[column], is_head)

    def _cell(self, paragraph: Paragraph, cell: bs4.Tag, is_head: bool) -> None:
        """Write a cell anew that holds more than words, and mark its row."""
        row = cell.parent
        if row is not None and row.get("id") in self._linked and cell is row.find(_CELLS):
            self._mark(paragraph, str(row["id"]))
        if cell.find(True):
            for run in paragraph.runs:
                paragraph._p.remove(run._r)
            for node in cell.children:
                self._inline(paragraph, node, {"bold"} if is_head else set())

    def _put(self, table: CT_Tbl) -> None:
        body: Any = self._document.element.body
        if self._after_table and isinstance(body[-2], CT_Tbl):
            self._new("Table Text")  # Word would join them
        body.insert_element_before(table, "w:sectPr")
        self._after_table = True

    def _picture(
        self, paragraph: Paragraph, content: bytes | None, alt: str, name: str = ""
    ) -> None:
        """Put a picture into a paragraph, no larger than a sheet; in its place, what it shows."""
        try:
            image = Image.from_blob(content or b"")
        except (UnrecognizedImageError, UnexpectedEndOfFileError):
            paragraph.add_run(f"[Picture: {_fit(alt)}]")
            return
        natural = _FIGURE if name else Inches(image.px_width / 96)
        tall = int(_TALLEST * image.px_width / image.px_height)
        width = Emu(min(WIDTH, natural, tall))
        shown = paragraph.add_run().add_picture(io.BytesIO(content or b""), width)
        shown._inline.docPr.set("descr", _fit(alt))
        if name:
            shown._inline.docPr.set("name", name)

    # Words.

    def _inline(
        self,
        paragraph: Paragraph,
        node: PageElement,
        looks: AbstractSet[str] = frozenset(),
        link: BaseOxmlElement | None = None,
    ) -> None:
        """Write words into a paragraph as they look, their links with them."""
        if not isinstance(node, bs4.Tag):
            words = "" if isinstance(node, bs4.Comment) else _SPACE.sub(" ", str(node))
            words = words if paragraph.text.strip() else words.lstrip(" ")
            if words:
                self._run(paragraph, words, looks, link)
            return
        if node.get("id") in self._linked:
            self._mark(paragraph, str(node["id"]))
        if node.name == "br" or node.get("class") == ["lim"]:
            for run in paragraph.runs[-1:]:
                run.text = run.text.rstrip(" ")
            paragraph.add_run().add_break()
        if node.name == "img":
            self._picture(paragraph, _content(str(node.get("src"))), str(node.get("alt")))
        elif node.name == "svg":
            self._picture(paragraph, None, str(node.get("aria-label") or _plain(node)))
        elif node.name == "math":
            paragraph._p.append(formula(node))
        else:
            looks = looks | {_LOOKS[node.name]} if node.name in _LOOKS else looks
            link = self._link(paragraph, str(node.get("href") or "")) if node.name == "a" else link
            for child in node.children:
                self._inline(paragraph, child, looks, link)

    def _run(
        self,
        paragraph: Paragraph,
        words: str,
        looks: AbstractSet[str],
        link: BaseOxmlElement | None,
    ) -> None:
        run = paragraph.add_run(words)
        for look in looks:
            setattr(run.font, look, _CODE if look == "name" else True)
        if link is not None:
            run._r.style = "Hyperlink"
            link.append(run._r)

    def _link(self, paragraph: Paragraph, href: str) -> BaseOxmlElement | None:
        """Begin a link to a place in the document or on the web; none to anything else."""
        if href.startswith("#"):
            target = f'w:anchor="{self._name(href[1:])}"'
        elif _OUTSIDE.match(href):
            number = paragraph.part.relate_to(href, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
            target = f'r:id="{number}"'
        else:
            return None
        link = parse_xml(f'<w:hyperlink {nsdecls("w", "r")} {target} w:history="1"/>')
        paragraph._p.append(link)
        return link

    def _mark(self, paragraph: Paragraph, anchor: str) -> None:
        """Let links find a paragraph."""
        self._marks += 1
        given = f'{nsdecls("w")} w:id="{self._marks}"'
        name = self._name(anchor)
        paragraph._p.append(parse_xml(f'<w:bookmarkStart {given} w:name="{name}"/>'))
        paragraph._p.append(parse_xml(f"<w:bookmarkEnd {given}/>"))

    def _name(self, anchor: str) -> str:
        """Return an anchor as Word names places: hidden, of few kinds of letters, and short."""
        stem = re.sub(r"\W", "_", anchor)[:30]
        return self._names.setdefault(anchor, f"_{stem}_{len(self._names)}")


def _grid(table: bs4.Tag) -> Iterator[tuple[bool, list[bs4.Tag]]]:
    """Return the rows of a table, each as long as the longest; a wide or high cell is repeated."""
    lines: list[tuple[bool, list[bs4.Tag]]] = []
    held: dict[int, tuple[bs4.Tag, int]] = {}
    for row in table.find_all("tr"):
        waiting, line = row.find_all(_CELLS, recursive=False), list[bs4.Tag]()
        while waiting or len(line) in held:
            if len(line) not in held:
                cell = waiting.pop(0)
                for column in range(len(line), len(line) + _whole(cell.get("colspan"))):
                    held[column] = cell, _whole(cell.get("rowspan"))
            cell, left = held.pop(at := len(line))
            held |= {at: (cell, left - 1)} if left > 1 else {}
            line.append(cell)
        lines.append((row.find_parent("thead") is not None, line))
    width = max((len(line) for _, line in lines), default=0)
    for is_head, line in lines:
        yield is_head, [*line, *(bs4.Tag(name="td") for _ in range(width - len(line)))]


def _whole(value: object) -> int:
    """Return a number of an attribute; 1 where it says none."""
    return max(1, int(str(value))) if str(value).isdecimal() else 1


def _content(source: str) -> bytes:
    """Return the picture that a data URI holds."""
    head, _, content = source.partition(",")
    return base64.b64decode(content) if head.endswith(";base64") else b""


def _is_blank(node: PageElement) -> bool:
    return not isinstance(node, bs4.Tag) and not str(node).strip()


def _plain(tag: bs4.Tag) -> str:
    return _SPACE.sub(" ", tag.get_text()).strip()


def _fit(text: str) -> str:
    return UNFIT.sub("", text)
