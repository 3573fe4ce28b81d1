"""The league notebook, run whole by plain papermill from another folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pytest

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "01_league_table_critique.ipynb"
BLOCK = "application/vnd.nhsi."

pytestmark = [pytest.mark.notebook, pytest.mark.slow]


def papermill(folder: Path, *parameters: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "papermill", str(NOTEBOOK), "out.ipynb", *parameters]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)


def read(path: Path) -> tuple[dict[str, list[dict[str, Any]]], set[str]]:
    """The report's blocks by kind, and every other type of output."""
    found: dict[str, list[dict[str, Any]]] = {}
    others: set[str] = set()
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            if output["output_type"] != "display_data":
                others.add(output["output_type"])
            for mime, block in output.get("data", {}).items():
                if mime.startswith(BLOCK):
                    kind = mime.removeprefix(BLOCK).removesuffix("+json")
                    found.setdefault(kind, []).append(block)
                elif mime not in {"text/html", "text/plain"}:
                    others.add(mime)
    return found, others


def test_the_default_run_says_the_finding_first_and_leaves_no_widget(tmp_path: Path) -> None:
    run = papermill(tmp_path, "-p", "draws", "2000")
    assert run.returncode == 0, run.stderr[-2000:]
    found, others = read(tmp_path / "out.ipynb")
    assert others == set()
    lede = found["text"][0]["markdown"]
    assert lede.startswith("Of 235 trusts, **160 can't be told from the line between ranks 120")
    assert "121.5 places" in lede
    numbers = {f["key"]: f["value"] for f in found["finding"]}
    assert (numbers["units_above"], numbers["units_doubtful"], numbers["units_below"]) == (
        39,
        160,
        36,
    )
    assert numbers["published_trusts"] == 230
    assert {
        "changed_category_adjusted_for_type",
        "crossed_line_adjusted_for_type",
        "funnel_outside",
    } <= set(numbers)
    assert numbers["coverage_marginal"] >= 0.95
    assert round(numbers["segment_changes_unproven"], 3) == round(24 / 38, 3)
    keys = {f["key"] for f in found["figure"]}
    assert {"rank_sets", "category_chances", "choice_shares", "explore_weights", "churn"} <= keys
    assert len(found["provenance"]) == 1


def test_an_analysts_table_gives_a_complete_report(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    n = rng.integers(50, 500, 40)
    frame = pd.DataFrame(
        {
            "org_code": [f"X{k:02d}" for k in range(40)],
            "score": rng.binomial(n, 0.6) / n,
            "n": n,
        }
    )
    frame.to_csv(tmp_path / "mine.csv", index=False)
    run = papermill(tmp_path, "-p", "league_csv", "mine.csv", "-p", "draws", "1000")
    assert run.returncode == 0, run.stderr[-2000:]
    found, _ = read(tmp_path / "out.ipynb")
    assert found["text"][0]["markdown"].startswith("Of 40 organisations")
    assert "league of mine.csv" in found["figure"][0]["subtitle"]


def test_a_broken_table_stops_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("org_code,score,n\nA,0.5,10\nB,0.6,-3\nC,0.7,12\n")
    run = papermill(tmp_path, "-p", "league_csv", "mine.csv")
    assert run.returncode != 0
    assert "mine.csv, row 3, column 'n': must be at least 1" in run.stderr
