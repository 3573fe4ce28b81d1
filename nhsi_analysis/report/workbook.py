"""An accessible workbook (ODS) of everything a report shows.

It follows the Government Analysis Function's rules for spreadsheets: cover, contents and notes
sheets; one table a sheet, beginning in A1, marked up and named; one header row; no merged or
blank cells, frozen panes or filters; shorthand in square brackets; limits in own columns.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Any

from odf.dc import Language, Title
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import (
    ParagraphProperties,
    Style,
    TableCellProperties,
    TableColumnProperties,
    TextProperties,
)
from odf.table import (
    DatabaseRange,
    DatabaseRanges,
    Table,
    TableCell,
    TableColumn,
    TableHeaderRows,
    TableRow,
)
from odf.text import A, P

from nhsi_analysis.report.blocks import Block
from nhsi_analysis.report.downloads import LICENCE_PAGE, source_texts
from nhsi_analysis.report.reading import read_blocks, title_of

UNAVAILABLE = "[x]"
"""Shorthand of a missing value, explained on the notes sheet."""

_LONGEST_NAME = 31
"""Longest name of a sheet that every spreadsheet program takes."""


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
        rows = [
            [f["key"], f["label"], f["value"], f["low"], f["high"], f["unit"] or "number",
             _basis(f)]
            for f in findings
        ]  # fmt: skip
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
    level = f"{finding['confidence'] * 100:g}% " if finding["confidence"] else ""
    return f"{level}{finding['kind']}"


def _sheet_name(key: str, taken: set[str]) -> str:
    """Return a name no other sheet has, short enough for every program."""
    name, n = key[:_LONGEST_NAME], 2
    while name in taken:
        suffix = f"_{n}"
        name, n = key[: _LONGEST_NAME - len(suffix)] + suffix, n + 1
    taken.add(name)
    return name


def _cover(title: str, blocks: list[tuple[str, Block]], tables: int) -> _Sheet:
    """Make the cover: what the workbook is, what it found, how it was made."""
    rows = [["Title", title]]
    rows += [
        ["Finding", block["markdown"].replace("**", "").replace("\n", " ")]
        for kind, block in blocks
        if kind == "text" and block["role"] == "lede"
    ]
    rows.append(["Tables", f"{tables}, one a sheet, listed on the sheet contents"])
    for kind, block in blocks:
        if kind == "provenance":
            chosen = ", ".join(f"{k} = {v}" for k, v in block["parameters"].items())
            rows += [
                ["Parameters", chosen or "none"],
                ["Date made", block["made"]],
                ["Code", f"nhsi_analysis {block['version']}, commit {block['commit'] or '[x]'}"],
            ]
    rows.append(["Licence", f"Open Government Licence v3.0, {LICENCE_PAGE}"])
    return _Sheet("cover", ["About this workbook", "Content"], rows)


def _contents(sheets: list[_Sheet]) -> _Sheet:
    """Make the list of the sheets of data."""
    rows = [[s.name, s.title, len(s.rows), s.source] for s in sheets]
    return _Sheet("contents", ["Sheet", "Title", "Rows", "Source"], rows)


def _notes(blocks: list[tuple[str, Block]]) -> _Sheet:
    """Make the notes: shorthand, how to read each table, caveats of the tables read."""
    rows = [["All sheets", f"{UNAVAILABLE} means that the value is not available or not known."]]
    for kind, block in blocks:
        if kind == "figure":
            shows = " ".join(t for t in (block["subtitle"] + ".", block["note"]) if t)
            rows.append([block["key"], shows])
        elif kind == "table" and block["note"]:
            rows.append([block["key"], block["note"]])
        elif kind == "provenance":
            rows += [
                [table["name"], str(caveat)]
                for table in block["tables"]
                for caveat in table.get("caveats") or ()
            ]
    return _Sheet("notes", ["Applies to", "Note"], rows)


def _write(title: str, sheets: list[_Sheet]) -> bytes:
    """Write sheets as an OpenDocument spreadsheet."""
    document = OpenDocumentSpreadsheet()
    document.meta.addElement(Title(text=title))
    document.meta.addElement(Language(text="en-GB"))
    head = Style(name="head", family="table-cell")
    head.addElement(TextProperties(fontweight="bold", fontfamily="Arial", fontsize="12pt"))
    head.addElement(TableCellProperties(wrapoption="wrap"))
    body = Style(name="body", family="table-cell")
    body.addElement(TextProperties(fontfamily="Arial", fontsize="12pt"))
    body.addElement(TableCellProperties(wrapoption="wrap", verticalalign="top"))
    right = Style(name="missing", family="table-cell", parentstylename=body)
    right.addElement(ParagraphProperties(textalign="end"))
    widths = {}
    for centimetres in (4, 7, 18):
        column = Style(name=f"width{centimetres}", family="table-column")
        column.addElement(TableColumnProperties(columnwidth=f"{centimetres}cm"))
        widths[centimetres] = column
    for style in (head, body, right, *widths.values()):
        document.automaticstyles.addElement(style)
    ranges = DatabaseRanges()
    for sheet in sheets:
        document.spreadsheet.addElement(_table(sheet, head, body, right, widths))
        last = f"{_letters(len(sheet.header))}{len(sheet.rows) + 1}"
        ranges.addElement(
            DatabaseRange(
                name=f"table_{re.sub(r'[^A-Za-z0-9_]', '_', sheet.name)}",
                targetrangeaddress=f"'{sheet.name}'.A1:'{sheet.name}'.{last}",
                containsheader="true",
                displayfilterbuttons="false",
            )
        )
    document.spreadsheet.addElement(ranges)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _table(sheet: _Sheet, head: Style, body: Style, right: Style, widths: dict[int, Style]) -> Any:
    """Write one sheet: a header row, then rows without a blank cell."""
    table = Table(name=sheet.name)
    for i in range(len(sheet.header)):
        longest = max([len(str(row[i])) for row in sheet.rows[:50]] or [0])
        width = 4 if longest <= 16 else 7 if longest <= 40 else 18
        table.addElement(TableColumn(stylename=widths[width], defaultcellstylename=body))
    top = TableHeaderRows()
    row = TableRow()
    for words in sheet.header:
        row.addElement(_text_cell(words, head))
    top.addElement(row)
    table.addElement(top)
    kinds = sheet.types or ("",) * len(sheet.header)
    for values in sheet.rows:
        row = TableRow()
        for i, (value, kind) in enumerate(zip(values, kinds, strict=True)):
            if sheet.name == "contents" and i == 0:
                row.addElement(_link_cell(str(value), body))
            else:
                row.addElement(_cell(value, kind, body, right))
        table.addElement(row)
    return table


def _cell(value: Any, kind: str, body: Style, right: Style) -> TableCell:
    """Write a value with its type; text is never a formula because its type is text."""
    if value is None or value == "":
        return _text_cell(UNAVAILABLE, right if kind in {"integer", "number"} else body)
    if isinstance(value, bool):
        return _text_cell("Yes" if value else "No", body)
    if isinstance(value, int | float):
        cell = TableCell(stylename=body, valuetype="float", value=repr(value))
        cell.addElement(P(text=repr(value)))
        return cell
    return _text_cell(str(value), body)


def _text_cell(words: str, style: Style) -> TableCell:
    """Write text; characters that XML can't hold are left out."""
    cell = TableCell(stylename=style, valuetype="string")
    cell.addElement(P(text=re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", words)))
    return cell


def _link_cell(name: str, style: Style) -> TableCell:
    """Write the name of a sheet as a link to it."""
    cell = TableCell(stylename=style, valuetype="string")
    paragraph = P()
    paragraph.addElement(A(href=f"#'{name}'.A1", type="simple", text=name))
    cell.addElement(paragraph)
    return cell


def _letters(count: int) -> str:
    """Return the name of a column by its number: 1 is A, 27 is AA."""
    letters = ""
    while count:
        count, rest = divmod(count - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
