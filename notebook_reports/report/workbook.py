"""An accessible workbook (ODS) of everything a report shows.

It follows the Government Analysis Function's rules for spreadsheets: cover, contents and notes
sheets; one table a sheet, beginning in A1, marked up and named; one header row; no merged or
blank cells, frozen panes or filters; shorthand in square brackets; limits in own columns.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from html import escape
from typing import Any

from notebook_reports import project
from notebook_reports.evidence.words import level
from notebook_reports.report.blocks import Block, code_of
from notebook_reports.report.downloads import parameter_texts, source_texts
from notebook_reports.report.reading import read_blocks, title_of

UNAVAILABLE = "[x]"
"""Shorthand of a missing value, explained on the notes sheet."""

_LONGEST_NAME = 31
"""Longest name of a sheet that every spreadsheet program takes."""


ODS_MIME = "application/vnd.oasis.opendocument.spreadsheet"

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_XML = "<?xml version='1.0' encoding='UTF-8'?>\n"
_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
_NAMESPACES = " ".join(
    f"xmlns:{prefix}='{_OASIS}:{name}:1.0'"
    for prefix, name in (
        ("office", "office"),
        ("table", "table"),
        ("text", "text"),
        ("style", "style"),
        ("meta", "meta"),
        ("fo", "xsl-fo-compatible"),
    )
) + (" xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:xlink='http://www.w3.org/1999/xlink'")
_STYLES = "".join(
    f"<style:style style:name='{name}' style:family='{family}'>{properties}</style:style>"
    for name, family, properties in (
        *(
            (name, "table-column", f"<style:table-column-properties style:column-width='{width}'/>")
            for name, width in (("narrow", "4cm"), ("medium", "7cm"), ("wide", "18cm"))
        ),
        (
            "head",
            "table-cell",
            "<style:table-cell-properties fo:wrap-option='wrap'/>"
            "<style:text-properties fo:font-weight='bold'/>",
        ),
        (
            "body",
            "table-cell",
            "<style:table-cell-properties fo:wrap-option='wrap' style:vertical-align='top'/>",
        ),
        ("missing", "table-cell", "<style:paragraph-properties fo:text-align='end'/>"),
    )
)
_MANIFEST = (
    f"{_XML}<manifest:manifest xmlns:manifest='{_OASIS}:manifest:1.0' manifest:version='1.3'>"
    f"<manifest:file-entry manifest:full-path='/' manifest:media-type='{ODS_MIME}'/>"
    + "".join(
        f"<manifest:file-entry manifest:full-path='{name}' manifest:media-type='text/xml'/>"
        for name in ("content.xml", "styles.xml", "meta.xml")
    )
    + "</manifest:manifest>"
)


@dataclass(frozen=True)
class _Sheet:
    """One table of the workbook: names of columns, rows of plain values."""

    name: str
    header: list[str]
    rows: list[list[Any]]
    title: str = ""
    source: str = ""
    types: tuple[str, ...] = ()


def workbook_bytes(nb: Any) -> bytes:
    """Make the workbook of an executed notebook.

    Parameters
    ----------
    nb : nbformat.NotebookNode
        The executed notebook.

    Returns
    -------
    bytes
        The ODS file; empty when the notebook has no finding, figure or table.
    """
    blocks = list(read_blocks(nb))
    sheets = _data_sheets(blocks)
    if not sheets:
        return b""
    title = title_of(nb)
    front = [_cover(title, blocks, len(sheets)), _contents(sheets), _notes(blocks)]
    return _write(title, [*front, *sheets])


def _data_sheets(blocks: list[tuple[str, Block]]) -> list[_Sheet]:
    """Make a sheet of the headline numbers and one of each figure's and table's data."""
    sheets = []
    findings = [block for kind, block in blocks if kind == "finding"]
    if findings:
        header = ["Key", "What it is", "Value", "Lower limit", "Upper limit", "Unit", "Basis"]
        kept = ("key", "label", "value", "low", "high")
        rows = [[*(f[name] for name in kept), f["unit"] or "number", _basis(f)] for f in findings]
        types = ("string", "string", "number", "number", "number", "string", "string")
        sheets.append(_Sheet("findings", header, rows, "Headline numbers", "See cover", types))
    taken = {"cover", "contents", "notes", "findings"}
    for kind, block in blocks:
        if kind not in {"figure", "table"}:
            continue
        data = block["data"]
        sheets.append(
            _Sheet(
                _sheet_name(block["key"], taken),
                [column["name"] for column in data["columns"]],
                data["rows"],
                block.get("title") or block["caption"],
                "; ".join(source_texts(block)),
                tuple(column["type"] for column in data["columns"]),
            )
        )
    return sheets


def _basis(finding: Block) -> str:
    """Say what the limits of a headline number are."""
    if finding["low"] is None and finding["high"] is None:
        return "no interval applies"
    of = f"{level(finding['confidence'])} " if finding["confidence"] else ""
    return f"{of}{finding['kind']}"


def _sheet_name(key: str, taken: set[str]) -> str:
    """Return a name no other sheet has, short enough for every program."""
    name, n = key[:_LONGEST_NAME], 2
    while name in taken:
        suffix = f"_{n}"
        name, n = key[: _LONGEST_NAME - len(suffix)] + suffix, n + 1
    taken.add(name)
    return name


_LINK = re.compile(r"\[([^]]*)\]\([^)]*\)")


def _cover(title: str, blocks: list[tuple[str, Block]], tables: int) -> _Sheet:
    """Make the cover: what the workbook is, what it found, how it was made."""
    rows = [["Title", title]]
    rows += [
        ["Finding", _LINK.sub(r"\1", block["markdown"]).replace("**", "").replace("\n", " ")]
        for kind, block in blocks
        if kind == "text" and block["role"] == "lede"
    ]
    rows.append(["Tables", f"{tables}, one a sheet, listed on the sheet contents"])
    for kind, block in blocks:
        if kind == "provenance":
            chosen = parameter_texts(block)
            rows += [["Parameters", ", ".join(chosen)]] if chosen else []
            rows += [
                ["Date made", block["made"]],
                ["Code", f"{code_of(block)}, commit {block['commit'] or '[x]'}"],
            ]
    served = project.current()
    if served.attribution:
        rows.append(["Licences", served.attribution])
    return _Sheet("cover", ["About this workbook", "Content"], rows)


def _contents(sheets: list[_Sheet]) -> _Sheet:
    """Make the list of the sheets of data."""
    rows = [[s.name, s.title, len(s.rows), s.source] for s in sheets]
    return _Sheet("contents", ["Sheet", "Title", "Rows", "Source"], rows)


def _notes(blocks: list[tuple[str, Block]]) -> _Sheet:
    """Make the notes: shorthand, how to read each table, licences and caveats of those read."""
    rows = [["All sheets", f"{UNAVAILABLE} means that the value is not available or not known."]]
    for kind, block in blocks:
        if kind == "figure":
            shows = " ".join(t for t in (block["subtitle"] + ".", block["note"]) if t)
            rows.append([block["key"], shows])
        elif kind == "table" and block["note"]:
            rows.append([block["key"], block["note"]])
        elif kind == "provenance":
            for table in block["tables"]:
                licence = table.get("licence")
                rows += [[table["name"], f"Licence: {licence}."]] if licence else []
                rows += [[table["name"], str(caveat)] for caveat in table.get("caveats") or ()]
    return _Sheet("notes", ["Applies to", "Note"], rows)


def _write(title: str, sheets: list[_Sheet]) -> bytes:
    """Write sheets as an OpenDocument spreadsheet, the same bytes for the same content."""
    tables = "".join(_table(sheet) for sheet in sheets)
    ranges = "".join(_range(sheet) for sheet in sheets)
    content = (
        f"{_XML}<office:document-content {_NAMESPACES} office:version='1.3'>"
        f"<office:automatic-styles>{_STYLES}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{tables}"
        f"<table:database-ranges>{ranges}</table:database-ranges>"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    meta = (
        f"{_XML}<office:document-meta {_NAMESPACES} office:version='1.3'><office:meta>"
        f"<dc:title>{_escaped(title)}</dc:title><dc:language>en-GB</dc:language>"
        f"<meta:generator>{_escaped(project.loaded().name)}</meta:generator>"
        "</office:meta></office:document-meta>"
    )
    styles = (
        f"{_XML}<office:document-styles {_NAMESPACES} office:version='1.3'><office:styles>"
        "<style:default-style style:family='table-cell'><style:text-properties"
        " style:font-name='Arial' fo:font-family='Arial' fo:font-size='12pt'"
        " fo:language='en' fo:country='GB'/></style:default-style>"
        "</office:styles></office:document-styles>"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        # The format asks for the type first and uncompressed.
        for name, text in (
            ("mimetype", ODS_MIME),
            ("META-INF/manifest.xml", _MANIFEST),
            ("content.xml", content),
            ("styles.xml", styles),
            ("meta.xml", meta),
        ):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(entry, text)
    return buffer.getvalue()


def _range(sheet: _Sheet) -> str:
    """Mark a sheet's table up by name, without filter buttons."""
    name = re.sub(r"[^A-Za-z0-9_]", "_", sheet.name)
    last = f"{_letters(len(sheet.header))}{len(sheet.rows) + 1}"
    return (
        f"<table:database-range table:name='table_{name}' table:contains-header='true'"
        " table:display-filter-buttons='false'"
        f" table:target-range-address='{sheet.name}.A1:{sheet.name}.{last}'/>"
    )


def _table(sheet: _Sheet) -> str:
    """Write one sheet: a header row, then rows without a blank cell."""
    columns = []
    for i in range(len(sheet.header)):
        longest = max((len(str(row[i])) for row in sheet.rows[:50]), default=0)
        width = "narrow" if longest <= 16 else "medium" if longest <= 40 else "wide"
        columns.append(
            f"<table:table-column table:style-name='{width}' table:default-cell-style-name='body'/>"
        )
    head = "".join(_text_cell(words, "head") for words in sheet.header)
    kinds = sheet.types or ("",) * len(sheet.header)
    rows = []
    for values in sheet.rows:
        cells = [_cell(value, kind) for value, kind in zip(values, kinds, strict=True)]
        if sheet.name == "contents":
            cells[0] = _link_cell(str(values[0]))
        rows.append(f"<table:table-row>{''.join(cells)}</table:table-row>")
    return (
        f"<table:table table:name='{sheet.name}'>{''.join(columns)}<table:table-header-rows>"
        f"<table:table-row>{head}</table:table-row></table:table-header-rows>"
        f"{''.join(rows)}</table:table>"
    )


def _cell(value: Any, kind: str) -> str:
    """Write a value with its type; text is never a formula because its type is text."""
    if value is None or value == "":
        return _text_cell(UNAVAILABLE, "missing" if kind in {"integer", "number"} else "body")
    if isinstance(value, bool):
        return _text_cell("Yes" if value else "No")
    if isinstance(value, int | float):
        return (
            f"<table:table-cell table:style-name='body' office:value-type='float'"
            f" office:value='{value!r}'><text:p>{value!r}</text:p></table:table-cell>"
        )
    return _text_cell(str(value))


def _text_cell(words: str, style: str = "body") -> str:
    """Write text."""
    return (
        f"<table:table-cell table:style-name='{style}' office:value-type='string'>"
        f"<text:p>{_escaped(words)}</text:p></table:table-cell>"
    )


def _link_cell(name: str) -> str:
    """Write the name of a sheet as a link to it."""
    return (
        "<table:table-cell table:style-name='body' office:value-type='string'><text:p>"
        f"<text:a xlink:type='simple' xlink:href='#{name}.A1'>{name}</text:a>"
        "</text:p></table:table-cell>"
    )


def _escaped(words: str) -> str:
    """Escape text for XML; characters that XML can't hold are left out."""
    return escape(_UNPRINTABLE.sub("", words))


def _letters(count: int) -> str:
    """Return the name of a column by its number: 1 is A, 27 is AA."""
    letters = ""
    while count:
        count, rest = divmod(count - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
