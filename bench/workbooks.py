"""Write made-up workbooks of any size, row by row, for timings and for tests."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO
from xml.sax.saxutils import escape, quoteattr

Cell = str | int | float | dt.date | None
Sheets = Mapping[str, Iterable[Sequence[Cell]]]

EPOCH = dt.date(1899, 12, 30)
OPEN_DOCUMENT = "urn:oasis:names:tc:opendocument:xmlns"
OPEN_XML = "http://schemas.openxmlformats.org"
ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"


def write_ods(path: Path, sheets: Sheets) -> Path:
    """Write an OpenDocument workbook; an empty sheet is one without rows."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        book.writestr(zipfile.ZipInfo("mimetype"), ODS_TYPE)
        manifest = f"{OPEN_DOCUMENT}:manifest:1.0"
        book.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{manifest}" manifest:version="1.3">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODS_TYPE}"/>'
            '<manifest:file-entry manifest:full-path="content.xml" '
            'manifest:media-type="text/xml"/></manifest:manifest>',
        )
        with book.open("content.xml", "w", force_zip64=True) as content:
            spaces = " ".join(
                f'xmlns:{prefix}="{OPEN_DOCUMENT}:{prefix}:1.0"'
                for prefix in ("office", "table", "text")
            )
            _put(content, f'<office:document-content {spaces} office:version="1.3">')
            _put(content, "<office:body><office:spreadsheet>")
            for name, rows in sheets.items():
                _put(content, f"<table:table table:name={quoteattr(name)}>")
                for row in rows:
                    cells = "".join(map(_ods_cell, row))
                    _put(content, f"<table:table-row>{cells}</table:table-row>")
                _put(content, "</table:table>")
            _put(content, "</office:spreadsheet></office:body></office:document-content>")
    return path


def _put(stream: IO[bytes], text: str) -> None:
    stream.write(text.encode())


def _ods_cell(value: Cell) -> str:
    if value is None or value == "":
        return "<table:table-cell/>"
    if isinstance(value, dt.date):
        kind = f'office:value-type="date" office:date-value="{value.isoformat()}"'
    elif isinstance(value, int | float):
        kind = f'office:value-type="float" office:value="{value}"'
    else:
        kind = 'office:value-type="string"'
    return f"<table:table-cell {kind}><text:p>{escape(str(value))}</text:p></table:table-cell>"


def write_xlsx(path: Path, sheets: Sheets) -> Path:
    """Write an Excel workbook with shared strings, as Excel does."""
    main = f"{OPEN_XML}/spreadsheetml/2006/main"
    relation = f"{OPEN_XML}/officeDocument/2006/relationships"
    packaged = f"{OPEN_XML}/package/2006"
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    strings: dict[str, int] = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        for number, rows in enumerate(sheets.values(), start=1):
            with book.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=True) as sheet:
                _put(sheet, f'<worksheet xmlns="{main}"><sheetData>')
                for at, row in enumerate(rows, start=1):
                    cells = "".join(
                        _xlsx_cell(value, f"{_letters(column)}{at}", strings)
                        for column, value in enumerate(row)
                        if value is not None and value != ""
                    )
                    _put(sheet, f'<row r="{at}">{cells}</row>')
                _put(sheet, "</sheetData></worksheet>")
        shared = "".join(f"<si><t>{escape(text)}</t></si>" for text in strings)
        book.writestr("xl/sharedStrings.xml", f'<sst xmlns="{main}">{shared}</sst>')
        book.writestr(
            "xl/styles.xml",
            f'<styleSheet xmlns="{main}"><cellXfs count="2"><xf numFmtId="0"/>'
            '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
        )
        listed = "".join(
            f'<sheet name={quoteattr(name)} sheetId="{i}" r:id="rId{i}"/>'
            for i, name in enumerate(sheets, start=1)
        )
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{relation}"><sheets>{listed}</sheets></workbook>',
        )
        links = "".join(
            f'<Relationship Id="rId{i}" Type="{relation}/worksheet" '
            f'Target="worksheets/sheet{i}.xml"/>'
            for i in range(1, len(sheets) + 1)
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{packaged}/relationships">{links}'
            f'<Relationship Id="s1" Type="{relation}/sharedStrings" Target="sharedStrings.xml"/>'
            f'<Relationship Id="s2" Type="{relation}/styles" Target="styles.xml"/>'
            "</Relationships>",
        )
        book.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{packaged}/relationships"><Relationship Id="r1" '
            f'Type="{relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        parts = "".join(
            f'<Override PartName="/xl/worksheets/sheet{i}.xml" '
            f'ContentType="{kinds}.worksheet+xml"/>'
            for i in range(1, len(sheets) + 1)
        )
        book.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{packaged}/content-types">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/>'
            f'<Override PartName="/xl/sharedStrings.xml" '
            f'ContentType="{kinds}.sharedStrings+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{kinds}.styles+xml"/>'
            f"{parts}</Types>",
        )
    return path


def _letters(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _xlsx_cell(value: Cell, place: str, strings: dict[str, int]) -> str:
    if isinstance(value, dt.date):
        return f'<c r="{place}" s="1"><v>{(value - EPOCH).days}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value}</v></c>'
    return f'<c r="{place}" t="s"><v>{strings.setdefault(str(value), len(strings))}</v></c>'
