"""The finances notebook, run whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import executed, papermill, values

pytestmark = [pytest.mark.notebook, pytest.mark.slow]


def test_the_default_run_has_every_section(tmp_path: Path) -> None:
    found = executed("07_*", tmp_path)
    numbers = values(found)
    assert numbers["trusts_in_deficit"] == 158
    assert numbers["accounts_result"] == pytest.approx(2.442, abs=0.001)
    assert numbers["planned_deficits"] == 86
    assert {f["key"] for f in found["figure"]} == {
        "deficits",
        "margins",
        "turnarounds",
    }


def test_it_follows_its_parameters_from_another_folder(tmp_path: Path) -> None:
    asked = ("-p", "trust_type", "Acute", "-p", "trust", "RJ6", "-p", "year", "2014/15")
    found = executed("07_*", tmp_path, *asked)
    assert "In 2014/15" in found["text"][0]["markdown"]
    assert "acute trusts in England" in found["text"][0]["markdown"]
    assert any("Croydon" in text["markdown"] for text in found["text"])


def test_nonsense_stops_with_the_reason(tmp_path: Path) -> None:
    run = papermill("07_*", tmp_path, "-p", "year", "2019/20")
    assert run.returncode != 0
    assert "year" in run.stderr
