"""The trust profile, run whole."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from running import executed, papermill

from notebook_reports.packs.export import export_html

pytestmark = [pytest.mark.notebook, pytest.mark.slow]


def test_a_profile_says_what_there_is_and_what_is_missing(tmp_path: Path) -> None:
    found = executed("05_*", tmp_path, "-p", "trust", "RX8")
    assert {f["key"] for f in found["finding"]} == {
        "cqc_rating",
        "improvement_share",
        "agency_share",
        "surplus_share",
        "openness_share",
        "openness_rank",
    }
    assert found["text"][0]["as_at"].endswith("; nothing on A&E or waiting lists.")
    assert "ae_four_hours" not in {f["key"] for f in found["figure"]}
    notebook = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    page = export_html(notebook, about="Yorkshire Ambulance Service NHS Trust (RX8)")
    assert len(page) < 400_000
    assert "<h1>Yorkshire Ambulance Service NHS Trust (RX8)</h1>" in page
    assert ">A&amp;E</h2>" not in page


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("trust", "XXX", "must be a value of column org_code"),
        ("survey_year", "2030", "survey_year"),
    ],
)
def test_nonsense_stops_the_run(tmp_path: Path, name: str, value: str, words: str) -> None:
    run = papermill("05_*", tmp_path, "-p", name, value)
    assert run.returncode != 0
    assert "ParameterError" in run.stderr
    assert words in run.stderr
