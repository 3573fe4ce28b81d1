"""The ratings notebook, run whole by plain papermill from another folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "04_cqc_rating_shifts.ipynb"
BLOCK = "application/vnd.nhsi."

pytestmark = [pytest.mark.notebook, pytest.mark.slow]


def papermill(folder: Path, *parameters: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "papermill", str(NOTEBOOK), "out.ipynb", *parameters]
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


def findings(found: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    return {f["key"]: f["value"] for f in found["finding"]}


def test_it_follows_its_parameters_from_another_folder(tmp_path: Path) -> None:
    run = papermill(tmp_path, "-p", "trust_type", "Mental health", "-p", "key_question", "Safe")
    assert run.returncode == 0, run.stderr[-2000:]
    found = blocks(tmp_path / "out.ipynb")
    numbers = findings(found)
    assert numbers["trusts_compared"] == 52
    lede = found["text"][0]["markdown"]
    assert "52 mental health trusts in England" in lede
    assert "rating for safe" in lede
    flows = next(f for f in found["figure"] if f["key"] == "rating_flows")
    assert "rating for safe" in flows["title"]
    assert "mental health trusts" in flows["subtitle"]
    assert found["provenance"][0]


def test_the_default_run_has_the_published_numbers_and_every_section(tmp_path: Path) -> None:
    run = papermill(tmp_path, "-p", "before", "2018-09-03", "-p", "after", "2019-03-01")
    assert run.returncode == 0, run.stderr[-2000:]
    found = blocks(tmp_path / "out.ipynb")
    numbers = findings(found)
    assert numbers["trusts_compared"] == 226
    assert (numbers["moved_up"], numbers["moved_down"]) == (18, 8)
    assert numbers["reinspected"] == pytest.approx(74 / 226)
    assert {f["key"] for f in found["figure"]} >= {
        "published_shift",
        "rating_flows",
        "transition_matrix",
        "reinspected_by_rating",
        "rating_ages",
        "target_by_chance",
        "markov_projection",
        "key_questions_heat_map",
    }


def test_a_single_trust_before_the_first_snapshot_still_reads(tmp_path: Path) -> None:
    group = ("-p", "trust_type", "Ambulance", "-p", "region", "London")
    run = papermill(tmp_path, *group, "-p", "as_at", "2018-06-30", "-p", "confidence", "0.8")
    assert run.returncode == 0, run.stderr[-2000:]
    found = blocks(tmp_path / "out.ipynb")
    assert "no shift can be seen" in found["text"][0]["markdown"]
    assert findings(found)["trusts_compared"] == 1
    assert not any("2019" in f["subtitle"] for f in found["figure"])


def test_nonsense_stops_with_the_reason(tmp_path: Path) -> None:
    run = papermill(tmp_path, "-p", "key_question", "Safety")
    assert run.returncode != 0
    assert "key_question" in run.stderr
    assert "near it: Safe" in run.stderr
