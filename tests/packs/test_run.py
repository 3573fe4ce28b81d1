"""Running packs: reports from notebooks, whatever the notebooks do."""

import json

import pytest

from nhsi_analysis.packs.run import Options, run

FINDING = """\
from nhsi_analysis import report
from nhsi_analysis.estimates import Estimate
report.finding("answer", Estimate(float(number), label="the number"))
"""


@pytest.mark.notebook
def test_a_pack_leaves_notebooks_pages_and_lists(make_notebook, make_plan, tmp_path):
    make_notebook("demo", "number: int = 1  # A number", FINDING)
    plan = make_plan({"notebook": "demo", "for_each": {"values": {"number": [3, 4]}}})
    out = tmp_path / "out"
    result = run(plan, out, Options(jobs=2))
    assert result.exit_code == 0
    assert [record["id"] for record in result.ran] == ["demo-3", "demo-4"]
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["status"] == "complete"
    assert [r["findings"][0]["value"] for r in manifest["reports"]] == [3, 4]
    assert (out / "notebooks/demo-3.ipynb").exists()
    assert "demo-4" in (out / "index.html").read_text()
