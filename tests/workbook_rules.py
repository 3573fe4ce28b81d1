"""The rules for spreadsheets, for whoever has a workbook to hold them on."""

from __future__ import annotations

import io
import zipfile

from odf.opendocument import OpenDocument, load
from odf.table import DatabaseRange, Table, TableCell, TableColumn, TableHeaderRows, TableRow


def rows_of(sheet: Table) -> list[list[TableCell]]:
    return [row.getElementsByType(TableCell) for row in sheet.getElementsByType(TableRow)]


def check_workbook(content: bytes) -> OpenDocument:
    """Hold every rule on one workbook; the pack's tests call this on each of its reports."""
    document = load(io.BytesIO(content))
    sheets = document.spreadsheet.getElementsByType(Table)
    names = [sheet.getAttribute("name") for sheet in sheets]
    assert names[:3] == ["cover", "contents", "notes"]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= 31
    ranges = document.spreadsheet.getElementsByType(DatabaseRange)
    assert len(ranges) == len(sheets), "every table is marked up"
    assert len({r.getAttribute("name") for r in ranges}) == len(ranges), "and named"
    for sheet, marked in zip(sheets, ranges, strict=True):
        name = sheet.getAttribute("name")
        assert marked.getAttribute("targetrangeaddress").startswith(f"{name}.A1:")
        assert str(marked.getAttribute("displayfilterbuttons")) == "false"
        assert len(sheet.getElementsByType(TableHeaderRows)) == 1
        rows = rows_of(sheet)
        width = len(sheet.getElementsByType(TableColumn))
        assert len(rows) >= 2
        for row in rows:
            assert len(row) == width
            for cell in row:
                assert cell.getAttribute("numbercolumnsspanned") is None
                assert cell.getAttribute("numberrowsspanned") is None
                assert cell.getAttribute("formula") is None
                assert str(cell).strip(), f"a blank cell in {name}"
        header = [str(cell) for cell in rows[0]]
        assert len(set(header)) == len(header)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist()[0] == "mimetype"
        assert "settings.xml" not in archive.namelist(), "frozen panes would be set there"
    return document
