"""The agency notebook, run whole by plain papermill from another folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "02_agency_spend_trends.ipynb"
BLOCK = "application/vnd.nhsi."

pytestmark = [pytest.mark.notebook, pytest.mark.slow]


def papermill(folder: Path, *parameters: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "papermill", str(NOTEBOOK), "out.ipynb", *parameters]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=400)


def blocks(path: Path) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            for mime, block in output.get("data", {}).items():
                if mime.startswith(BLOCK):
                    kind = mime.removeprefix(BLOCK).removesuffix("+json")
                    found.setdefault(kind, []).append(block)
    return found


def test_the_default_run_has_every_section(tmp_path: Path) -> None:
    run = papermill(tmp_path, "-p", "draws", "300", "-p", "trust", "RRK")
    assert run.returncode == 0, run.stderr[-2000:]
    found = blocks(tmp_path / "out.ipynb")
    numbers = {f["key"]: f["value"] for f in found["finding"]}
    assert numbers["fall"] == pytest.approx(0.337, abs=0.001)
    assert numbers["saving"] > 0
    assert {"chance_above_ceiling", "year_end", "trust_share"} <= set(numbers)
    assert [f["key"] for f in found["figure"]] == [
        "record",
        "path",
        "xmr",
        "counterfactual",
        "cumulative_saving",
        "fragility",
        "placebo",
        "bank_share",
        "forecast",
        "trusts_by_sector",
        "trusts_by_region",
        "concentration",
        "trust_drivers",
        "trust_funnel",
    ]
    assert {"claims", "record_by_year", "figures", "controls", "conflicts", "staff_groups"} <= {
        t["key"] for t in found["table"]
    }
    lede = found["text"][0]["markdown"]
    assert "**hold**" in lede
    assert "£520m less" in lede
    assert any("West Midlands Ambulance" in t["markdown"] for t in found["text"])


def test_a_report_as_at_october_2016_uses_nothing_later(tmp_path: Path) -> None:
    run = papermill(tmp_path, "-p", "as_at", "2016-10-31", "-p", "draws", "300")
    assert run.returncode == 0, run.stderr[-2000:]
    found = blocks(tmp_path / "out.ipynb")
    texts = " ".join(t["markdown"] for t in found["text"])
    tables = " ".join(str(t["cells"]) for t in found["table"])
    figures = " ".join(f["title"] + f["subtitle"] + f["alt"] for f in found["figure"])
    for later in ("2017", "2018", "2019", "2022", "2023"):
        assert later not in texts + tables + figures, later
    tables_read = {t["name"] for t in found["provenance"][0]["tables"]}
    assert "trust_temporary_staffing" not in tables_read


def test_a_break_outside_the_series_stops_with_one_clear_error(tmp_path: Path) -> None:
    run = papermill(tmp_path, "-y", "breaks: ['2030-01-01']")
    assert run.returncode != 0
    assert "ParameterError" in run.stderr
    assert "must lie inside the series" in run.stderr
