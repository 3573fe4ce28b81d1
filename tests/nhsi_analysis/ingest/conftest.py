"""A data folder of its own for every test, and a maker of CQC files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from made_up import LOCATIONS, PROVIDERS, Rows, location

from bench.workbooks import write_ods, write_xlsx


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "raw").symlink_to(root / "data" / "raw")
    monkeypatch.setenv("NHSI_DATA", str(folder))
    return folder


@pytest.fixture
def cqc_file(tmp_path: Path) -> Callable[..., Path]:
    """Return a maker of CQC files in the layout of 2026."""

    def make(
        rows: Rows,
        *,
        name: str = "01_September_2026_Latest_ratings.ods",
        header: list[str] = PROVIDERS,
        preamble: Rows | None = None,
        sheet: str = "Providers",
        places: Rows | None = None,
    ) -> Path:
        sheets = {
            "README": [["Care Quality Commission"], [dt.date(2026, 9, 1)]],
            "Locations": [LOCATIONS, *(places or [location("R1A01", "R1A")])],
            sheet: [*(preamble or []), header, *rows],
        }
        path = tmp_path / name
        return (write_ods if path.suffix == ".ods" else write_xlsx)(path, sheets)

    return make
