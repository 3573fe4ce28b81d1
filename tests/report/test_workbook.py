"""The rules for spreadsheets, each held on a workbook opened again."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from odf.opendocument import OpenDocument, load
from odf.table import DatabaseRange, Table, TableCell, TableColumn, TableHeaderRows, TableRow

from nhsi_analysis.report.workbook import UNAVAILABLE, workbook_bytes


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


def test_workbook_holds_every_rule(sample: Any) -> None:
    check_workbook(workbook_bytes(sample))


def test_workbook_holds_the_numbers_with_limits_in_own_columns(sample: Any) -> None:
    sheets = pd.read_excel(io.BytesIO(workbook_bytes(sample)), sheet_name=None, engine="calamine")
    assert list(sheets) == [
        "cover", "contents", "notes", "findings", "shares", "share_bars", "types", "long_table",
    ]  # fmt: skip
    findings = sheets["findings"].set_index("Key")
    assert findings.loc["good_share", ["Value", "Lower limit", "Upper limit"]].tolist() == [
        0.448, 0.385, 0.513,
    ]  # fmt: skip
    assert findings.loc["n_trusts", "Lower limit"] == UNAVAILABLE
    assert sheets["types"]["Share"].tolist()[3] == UNAVAILABLE
    assert sheets["types"]["Trusts"].tolist() == [1300, 50, 20, 10]
    assert sheets["types"]["Trust type"].tolist()[3] == "=HYPERLINK()", "text, not a formula"


def test_same_notebook_gives_the_same_workbook(sample: Any) -> None:
    assert workbook_bytes(sample) == workbook_bytes(sample)


def test_contents_and_notes_cover_every_sheet(sample: Any) -> None:
    sheets = pd.read_excel(io.BytesIO(workbook_bytes(sample)), sheet_name=None, engine="calamine")
    assert sheets["contents"]["Sheet"].tolist() == list(sheets)[3:]
    assert sheets["contents"]["Rows"].tolist() == [len(s) for s in list(sheets.values())[3:]]
    assert any(UNAVAILABLE in note for note in sheets["notes"]["Note"])
    assert "Open Government Licence v3.0" in sheets["cover"]["Content"].iloc[-1]


def test_a_notebook_without_numbers_has_no_workbook() -> None:
    assert workbook_bytes(nbformat.v4.new_notebook()) == b""


def test_long_keys_get_names_of_their_own() -> None:
    from nhsi_analysis.report.workbook import _sheet_name

    taken: set[str] = set()
    names = [_sheet_name("a" * 40, taken) for _ in range(12)]
    assert len(set(names)) == 12
    assert max(map(len, names)) == 31


def test_libreoffice_opens_the_workbook(sample: Any, tmp_path: Path) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        if os.environ.get("CI"):
            pytest.fail("LibreOffice is missing")
        pytest.skip("LibreOffice is not installed; the workbook's rules are tested without it")
    source = tmp_path / "workbook.ods"
    source.write_bytes(workbook_bytes(sample))
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    subprocess.run(
        [office, "--headless", profile, "--convert-to", "xlsx", "--outdir", tmp_path, source],
        check=True,
        capture_output=True,
        timeout=180,
    )
    sheets = pd.read_excel(tmp_path / "workbook.xlsx", sheet_name=None, engine="calamine")
    assert list(sheets)[:3] == ["cover", "contents", "notes"]
    assert sheets["types"]["Trusts"].tolist() == [1300, 50, 20, 10]
