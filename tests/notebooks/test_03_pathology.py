"""The pathology notebook, run whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import blocks, executed, papermill, values

pytestmark = [pytest.mark.notebook, pytest.mark.slow]


def test_it_follows_its_parameters_and_leads_with_its_findings(tmp_path: Path) -> None:
    chosen = "draws: 2000\ntrust: RL4\nnetwork: Black Country\ntarget_gbp_m: 150.0"
    found = executed("03_*", tmp_path, "-y", chosen)
    numbers = values(found)
    wanted = {"chance_of_target", "chance_given_reports", "independent_evidence", "allocated"}
    assert wanted <= set(numbers)
    assert numbers["allocated"] == pytest.approx(99.486)
    lede = next(text for text in found["text"] if text["role"] == "lede")
    assert "£150m a year by 2020/21" in lede["markdown"]
    assert "Royal Wolverhampton" in str(found)


def test_nonsense_stops_the_notebook_before_any_result(tmp_path: Path) -> None:
    run = papermill("03_*", tmp_path, "-p", "elasticity", "0.2")
    assert run.returncode != 0
    assert "ParameterError" in run.stderr
    assert "elasticity" in run.stderr
    assert blocks(tmp_path / "out.ipynb") == {}
