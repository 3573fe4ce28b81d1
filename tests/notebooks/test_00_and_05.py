"""The claims audit and the trust profile, run whole by plain papermill from another folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from notebook_reports.packs.export import export_html

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
BLOCK = "application/vnd.nhsi."

pytestmark = [pytest.mark.notebook, pytest.mark.slow]


def papermill(name: str, folder: Path, *parameters: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "papermill", str(NOTEBOOKS / name), "out.ipynb", *parameters]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)


def blocks(path: Path) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            for mime, block in output.get("data", {}).items():
                if mime.startswith(BLOCK):
                    kind = mime.removeprefix(BLOCK).removesuffix("+json")
                    found.setdefault(kind, []).append(block)
    return found


def test_the_audit_has_a_verdict_on_every_claim(tmp_path: Path) -> None:
    run = papermill("00_claims_audit.ipynb", tmp_path, "-y", "topics: []\ntolerance: 0.0")
    assert run.returncode == 0, run.stderr[-2000:]
    found = blocks(tmp_path / "out.ipynb")
    counts = {f["key"]: f["value"] for f in found["finding"]}
    assert sum(counts.values()) == 77
    tables = {t["key"]: t for t in found["table"]}
    assert len(tables["claims"]["cells"]) == 77
    assert len(tables["topics"]["cells"]) == 12
    assert found["figure"][0]["key"] == "verdicts_by_topic"
    page = export_html(nbformat.read(tmp_path / "out.ipynb", as_version=4))
    assert len(page) < 1_500_000


def test_the_audit_follows_its_parameters(tmp_path: Path) -> None:
    run = papermill(
        "00_claims_audit.ipynb", tmp_path, "-y", "topics: [league]\nas_at: '2016-12-31'"
    )
    assert run.returncode == 0, run.stderr[-2000:]
    found = blocks(tmp_path / "out.ipynb")
    counts = {f["key"]: f["value"] for f in found["finding"]}
    assert counts["claims_reproduced"] == sum(counts.values()) == 9


def test_a_profile_says_what_there_is_and_what_is_missing(tmp_path: Path) -> None:
    run = papermill("05_trust_profile.ipynb", tmp_path, "-p", "trust", "RX8")
    assert run.returncode == 0, run.stderr[-2000:]
    found = blocks(tmp_path / "out.ipynb")
    assert {f["key"] for f in found["finding"]} == {
        "peers_rated_higher",
        "openness_share",
        "openness_rank",
        "surplus_share",
        "agency_share",
    }
    assert "No data on A&E performance" in found["text"][0]["markdown"]
    assert "ae_four_hours" not in {f["key"] for f in found["figure"]}
    page = export_html(nbformat.read(tmp_path / "out.ipynb", as_version=4))
    assert len(page) < 400_000


@pytest.mark.parametrize(
    ("notebook", "name", "value", "words"),
    [
        ("05_trust_profile.ipynb", "trust", "XXX", "is not the ODS code of a trust"),
        ("05_trust_profile.ipynb", "survey_year", "2030", "survey_year"),
        ("00_claims_audit.ipynb", "tolerance", "7", "tolerance"),
    ],
)
def test_nonsense_stops_the_run(
    tmp_path: Path, notebook: str, name: str, value: str, words: str
) -> None:
    run = papermill(notebook, tmp_path, "-p", name, value)
    assert run.returncode != 0
    assert "ParameterError" in run.stderr
    assert words in run.stderr
