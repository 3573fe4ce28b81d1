"""The ratings notebook, run whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import executed, papermill, values

pytestmark = [pytest.mark.notebook, pytest.mark.slow]


def test_it_follows_its_parameters_from_another_folder(tmp_path: Path) -> None:
    found = executed(
        "04_*", tmp_path, "-p", "trust_type", "Mental health", "-p", "key_question", "Safe"
    )
    numbers = values(found)
    assert numbers["trusts_compared"] == 52
    lede = found["text"][0]["markdown"]
    assert "52 mental health trusts in England" in lede
    assert "rating for safe" in lede
    flows = next(f for f in found["figure"] if f["key"] == "rating_flows")
    assert "rating for safe" in flows["title"]
    assert "mental health trusts" in flows["subtitle"]
    assert found["provenance"][0]


def test_the_default_run_has_the_published_numbers_and_every_section(tmp_path: Path) -> None:
    found = executed("04_*", tmp_path, "-p", "before", "2018-09-03", "-p", "after", "2019-03-01")
    numbers = values(found)
    assert numbers["trusts_compared"] == 226
    assert (numbers["moved_up"], numbers["moved_down"]) == (18, 8)
    assert numbers["reinspected"] == 74
    assert {f["key"] for f in found["figure"]} == {
        "rating_flows",
        "group_differences",
        "key_question_ratings",
        "rating_ages",
    }


def test_a_single_trust_before_the_first_snapshot_still_reads(tmp_path: Path) -> None:
    group = ("-p", "trust_type", "Ambulance", "-p", "region", "London")
    found = executed(
        "04_*", tmp_path, *group, "-p", "as_at", "2018-06-30", "-p", "confidence", "0.8"
    )
    assert "no shift can be seen" in found["text"][0]["markdown"]
    assert values(found)["trusts_compared"] == 1
    assert not any("2019" in f["subtitle"] for f in found["figure"])


def test_nonsense_stops_with_the_reason(tmp_path: Path) -> None:
    run = papermill("04_*", tmp_path, "-p", "key_question", "Safety")
    assert run.returncode != 0
    assert "key_question" in run.stderr
    assert "did you mean Safe?" in run.stderr
