"""The rules for spreadsheets, each held on a workbook opened again."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from workbook_rules import check_workbook

from notebook_reports.report.blocks import MIME
from notebook_reports.report.workbook import UNAVAILABLE, workbook_bytes


def test_workbook_holds_every_rule(sample: Any) -> None:
    check_workbook(workbook_bytes(sample))


def test_workbook_holds_the_numbers_with_limits_in_own_columns(sample: Any) -> None:
    sheets = pd.read_excel(io.BytesIO(workbook_bytes(sample)), sheet_name=None, engine="calamine")
    assert " ".join(sheets) == ("cover contents notes findings shares share_bars types long_table")
    findings = sheets["findings"].set_index("Key")
    assert findings.loc["good_share", ["Value", "Lower limit", "Upper limit"]].tolist() == [
        0.448,
        0.385,
        0.513,
    ]
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
    assert "under their own terms" in sheets["cover"]["Content"].iloc[-1]


def test_the_notes_tell_the_licence_of_every_table_read(sample: Any) -> None:
    for output in sample.cells[-1].outputs:
        read = [{"name": "claims", "licence": "An open licence (X); other rows: own terms"}]
        output.data[MIME["provenance"]]["tables"] = read
    notes = pd.read_excel(io.BytesIO(workbook_bytes(sample)), "notes", engine="calamine")
    told = notes.loc[notes["Applies to"] == "claims", "Note"]
    assert told.tolist() == ["Licence: An open licence (X); other rows: own terms."]


def test_a_notebook_without_numbers_has_no_workbook() -> None:
    assert workbook_bytes(nbformat.v4.new_notebook()) == b""


def test_long_keys_get_names_of_their_own() -> None:
    from notebook_reports.report.workbook import _sheet_name

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
