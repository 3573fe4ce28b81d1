"""The league notebook, run whole."""

from __future__ import annotations

from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from running import BLOCK, executed, papermill, values

pytestmark = [pytest.mark.notebook, pytest.mark.slow]


def others(path: Path) -> set[str]:
    """Return every type of output that is no block."""
    found: set[str] = set()
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            if output["output_type"] != "display_data":
                found.add(output["output_type"])
            plain = {"text/html", "text/plain", "image/png"}
            found |= {m for m in output.get("data", {}) if not m.startswith(BLOCK)} - plain
    return found


def test_the_default_run_says_the_finding_first_and_leaves_no_widget(tmp_path: Path) -> None:
    found = executed("01_*", tmp_path, "-p", "draws", "500")
    assert others(tmp_path / "out.ipynb") == set()
    lede = found["text"][0]["markdown"]
    assert "stand-in" in lede
    assert "75 of 237 trusts can't be placed" in lede
    numbers = values(found)
    assert numbers["units_doubtful"] == 75
    assert numbers["published_trusts"] == 230
    assert {"changed_category_adjusted_for_type", "funnel_outside", "churn"} <= set(numbers)
    assert round(numbers["segment_changes_unproven"], 3) == round(24 / 38, 3)
    keys = {f["key"] for f in found["figure"]}
    assert {"rank_sets", "category_chances", "choice_ranges", "funnel"} <= keys
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
    found = executed("01_*", tmp_path, "-p", "league_csv", "mine.csv", "-p", "draws", "500")
    assert "of 40 organisations" in found["text"][0]["markdown"]
    assert "your table" in found["figure"][0]["subtitle"]


def test_today_s_league_is_the_same_notebook(tmp_path: Path) -> None:
    found = executed("01_*", tmp_path, "-p", "league", "today", "-p", "trust", "RWF")
    assert others(tmp_path / "out.ipynb") == set()
    lede = found["text"][0]["markdown"]
    assert "36 of 129 acute trusts" in lede
    numbers = values(found)
    assert (numbers["held_back"], numbers["near_a_cut"]) == (36, 14)
    keys = {f["key"] for f in found["figure"]}
    assert keys == {"held_back", "implied_weights", "choice_ranges", "single_choices", "measures"}


def test_a_broken_table_stops_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("org_code,score,n\nA,0.5,10\nB,0.6,-3\nC,0.7,12\n")
    run = papermill("01_*", tmp_path, "-p", "league_csv", "mine.csv")
    assert run.returncode != 0
    assert "mine.csv, row 3, column 'n': must be at least 1" in run.stderr
