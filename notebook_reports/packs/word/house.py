"""The look of a document: A4, Arial, the house's colours; its foot, its properties, its bytes."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from functools import cache
from typing import Any, Final

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

WIDTH: Final = Mm(170)
"""Of the text on a sheet."""

_INK, _BLUE, _SOFT, _LINK = "1B1F23", "12436D", "505A5F", "1D5A94"

# Name, size in points, colour, bold, space before and after in points, and whether what stands in
# it stays with what follows.
_STYLES: Final = (
    ("Normal", 11, _INK, False, 0, 7, False),
    ("Heading 1", 20, _BLUE, True, 4, 8, True),
    ("Heading 2", 15, _BLUE, True, 20, 5, True),
    ("Heading 3", 12.5, _BLUE, True, 14, 4, True),
    *((f"Heading {level}", 11, _SOFT, True, 12, 3, True) for level in (4, 5, 6)),
    ("Imprint", 9.5, _SOFT, False, 0, 2, False),
    ("Lede", 13, _INK, False, 0, 8, False),
    ("Caption", 11, _INK, True, 12, 2, True),
    ("Figure Subtitle", 10, _SOFT, False, 0, 4, True),
    ("Figure", 11, _INK, False, 0, 3, True),
    ("Note", 9.5, _SOFT, False, 0, 5, False),
    ("Quote", 11, _SOFT, False, 0, 7, False),
    ("Code", 8.5, _INK, False, 0, 7, False),
    ("Table Text", 9, _INK, False, 0, 0, False),
    ("Table Number", 9, _INK, False, 0, 0, False),
    ("Footer", 8.5, _SOFT, False, 0, 0, False),
)

_TABLE = f"""<w:tblPr {nsdecls("w")}><w:tblBorders>
<w:bottom w:val="single" w:sz="6" w:color="7B858B"/>
<w:insideH w:val="single" w:sz="4" w:color="C5CBCF"/></w:tblBorders><w:tblCellMar>
<w:top w:w="40" w:type="dxa"/><w:left w:w="0" w:type="dxa"/>
<w:bottom w:w="40" w:type="dxa"/><w:right w:w="130" w:type="dxa"/></w:tblCellMar></w:tblPr>"""


def new_document() -> Document:
    """Return an empty document in the house style."""
    return docx.Document(io.BytesIO(_template()))


@cache
def _template() -> bytes:
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(20)
    section.top_margin, section.bottom_margin, section.footer_distance = Mm(18), Mm(20), Mm(9)
    # python-docx's own template brings a hundred styles of tables twice, and a picture of a page.
    for part in (document.part, document.part.package):
        for number, relation in list(part.rels.items()):
            if relation.reltype.endswith(("/stylesWithEffects", "/thumbnail")):
                del part.rels[number]
    styles = document.styles
    for unused in list(styles):
        if unused.type == WD_STYLE_TYPE.TABLE and unused.name != "Normal Table":
            unused.delete()
    for fonts in styles.element.iter(qn("w:rFonts")):
        fonts.attrib.clear()
        for script in ("ascii", "hAnsi", "eastAsia", "cs"):
            fonts.set(qn(f"w:{script}"), "Arial")
    for language in styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), "en-GB")
    names = {style.name for style in styles}
    for name, size, colour, bold, before, after, kept in _STYLES:
        new = None if name in names else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style: Any = new or styles[name]
        style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
        style.font.color.rgb = RGBColor.from_string(colour)
        form = style.paragraph_format
        form.space_before, form.space_after = Pt(before), Pt(after)
        form.keep_with_next, form.widow_control = kept, True
        form.keep_together = name == "Note"
        single = name.startswith(("Table", "Code", "Heading")) or name == "Figure"
        form.line_spacing = 1.0 if single else 1.15
        style.quick_style, style.hidden = True, False
    styles["Code"].font.name = "Courier New"
    styles["Table Number"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    stops = styles["Footer"].paragraph_format.tab_stops
    stops.clear_all()
    stops.add_tab_stop(WIDTH, WD_TAB_ALIGNMENT.RIGHT)
    link: Any = styles.add_style("Hyperlink", WD_STYLE_TYPE.CHARACTER)
    link.font.color.rgb, link.font.underline = RGBColor.from_string(_LINK), True
    styles.add_style("Report Table", WD_STYLE_TYPE.TABLE).element.append(parse_xml(_TABLE))
    return to_bytes(document)


def put_foot(document: Document, words: str) -> None:
    """Put words and the number of the page at the foot of each."""
    foot = document.sections[0].footer.paragraphs[0]
    foot.add_run(f"{words}\tPage ")
    put_field(foot, "PAGE", "1")
    foot.add_run(" of ")
    put_field(foot, "NUMPAGES", "1")


def put_field(paragraph: Paragraph, code: str, shown: str) -> None:
    """Put what Word counts into a paragraph, with what it shows until it counts anew."""
    mark = f'<w:fldChar {nsdecls("w")} w:fldCharType="%s"/>'
    asked = f"<w:instrText {nsdecls('w')} xml:space='preserve'> {code} </w:instrText>"
    for part in (mark % "begin", asked, mark % "separate"):
        paragraph.add_run()._r.append(parse_xml(part))
    paragraph.add_run(shown)
    paragraph.add_run()._r.append(parse_xml(mark % "end"))


def put_properties(document: Document, *, made: str, **said: str) -> None:
    """Say what a document is, of the day of its report: the same report is the same file."""
    properties = document.core_properties
    properties.created = properties.modified = datetime.fromisoformat(made or "1980-01-01")
    properties.language, properties.last_modified_by = "en-GB", said["author"][:_LONGEST]
    for name, text in said.items():
        setattr(properties, name, text[:_LONGEST])


_LONGEST = 255
"""Characters of a property that Word reads."""


def to_bytes(document: Document) -> bytes:
    """Return a document's file, without the time at which it was written."""
    buffer, result = io.BytesIO(), io.BytesIO()
    document.save(buffer)
    with zipfile.ZipFile(buffer) as read, zipfile.ZipFile(result, "w") as written:
        for name in read.namelist():
            is_small = name.endswith((".png", ".jpg", ".jpeg"))
            how = zipfile.ZIP_STORED if is_small else zipfile.ZIP_DEFLATED
            written.writestr(zipfile.ZipInfo(name), read.read(name), how)
    return result.getvalue()
