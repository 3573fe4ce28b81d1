"""The agency notebook, run whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import executed, papermill, values

pytestmark = [pytest.mark.notebook, pytest.mark.slow]


def test_the_default_run_has_every_section(tmp_path: Path) -> None:
    found = executed("02_*", tmp_path, "-p", "draws", "300", "-p", "trust", "RRK")
    numbers = values(found)
    assert numbers["fall"] == pytest.approx(1 - 2400 / 3632)
    assert {"saving", "chance_above_ceiling", "year_end", "trust_share"} <= set(numbers)
    assert [f["key"] for f in found["figure"]] == [
        "saving_by_shape",
        "record",
        "path",
        "forecast",
        "trusts_by_sector",
        "trust_changes",
    ]
    assert {"claims", "worlds", "figures", "controls", "conflicts"} <= {
        t["key"] for t in found["table"]
    }
    lede = found["text"][0]["markdown"]
    assert "31% to 37%" in lede
    assert "NHS Improvement claimed £1bn" in lede
    assert any("West Midlands Ambulance" in t["markdown"] for t in found["text"])


def test_a_report_as_at_october_2016_uses_nothing_later(tmp_path: Path) -> None:
    found = executed("02_*", tmp_path, "-p", "as_at", "2016-10-31", "-p", "draws", "300")
    texts = " ".join(t["markdown"] for t in found["text"])
    tables = " ".join(str(t["cells"]) for t in found["table"])
    figures = " ".join(f["title"] + f["subtitle"] + f["alt"] for f in found["figure"])
    for later in ("2017", "2018", "2019", "2022", "2023"):
        assert later not in texts + tables + figures, later
    tables_read = {t["name"] for t in found["provenance"][0]["tables"]}
    assert "trust_temporary_staffing" not in tables_read


def test_a_break_outside_the_series_stops_with_one_clear_error(tmp_path: Path) -> None:
    run = papermill("02_*", tmp_path, "-y", "breaks: ['2030-01-01']")
    assert run.returncode != 0
    assert "ParameterError" in run.stderr
    assert "must lie inside the series" in run.stderr
