"""The claims audit, run whole."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from running import executed, papermill, values

from notebook_reports.packs.export import export_html

pytestmark = [pytest.mark.notebook, pytest.mark.slow]


def test_the_audit_has_a_verdict_on_every_claim(tmp_path: Path) -> None:
    found = executed("00_*", tmp_path, "-y", "topics: []\ntolerance: 0.0")
    counts = values(found)
    assert sum(counts.values()) == 76
    tables = {t["key"]: t for t in found["table"]}
    assert len(tables["own_source"]["cells"]) == 20
    assert found["figure"][0]["key"] == "evidence_by_topic"
    page = export_html(nbformat.read(tmp_path / "out.ipynb", as_version=4))
    assert len(page) < 1_500_000


def test_the_audit_follows_its_parameters(tmp_path: Path) -> None:
    found = executed("00_*", tmp_path, "-y", "topics: [league]\nas_at: '2016-12-31'")
    counts = values(found)
    assert counts["claims_unchecked"] == sum(counts.values()) == 9


def test_nonsense_stops_the_run(tmp_path: Path) -> None:
    run = papermill("00_*", tmp_path, "-p", "tolerance", "7")
    assert run.returncode != 0
    assert "ParameterError" in run.stderr
    assert "tolerance" in run.stderr
