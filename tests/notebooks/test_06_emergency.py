"""The notebook on emergency care, run whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import executed, values

pytestmark = [pytest.mark.notebook, pytest.mark.slow]


def test_it_follows_its_parameters(tmp_path: Path) -> None:
    found = executed("06_*", tmp_path, "-p", "trust", "RL4", "-p", "as_at", "2019-12-31")
    numbers = values(found)
    assert numbers["within_four_hours_month"] == pytest.approx(0.8660, abs=1e-4)
    assert "12 months to March 2019" in found["text"][0]["markdown"]
    (trust,) = (f for f in found["figure"] if f["key"] == "trust_months")
    assert "April 2016 to March 2019" in trust["subtitle"]


def test_the_default_run_shows_every_section(tmp_path: Path) -> None:
    found = executed("06_*", tmp_path)
    assert {f["key"] for f in found["figure"]} == {
        "four_hours",
        "newest_months",
        "regions",
        "changes",
    }
    assert found["provenance"][0]
