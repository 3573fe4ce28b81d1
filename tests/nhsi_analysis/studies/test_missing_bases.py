"""A survey held without how many answered: shares without intervals, and no league of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.workbooks import Cell, write_xlsx
from nhsi_analysis import ingest
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies import profile
from nhsi_analysis.studies.league.numbers.survey import survey
from notebook_reports.evidence import Words


@pytest.fixture
def unbased(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read in a survey of 2025 without bases, and one of 2024 that differs from the one held."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "raw").symlink_to(root / "data" / "raw")
    monkeypatch.setenv("NHSI_DATA", str(folder))
    head: list[Cell] = ["org_id", "org_name", "org_type_reporting_name", "q3f_2024", "q3f_2025"]
    rows: list[list[Cell]] = [
        [code, f"Trust {code}", "Acute & Acute Community Trusts", 90, share]
        for code, share in (("RL4", 55), ("RTH", 45), ("R0A", 50))
    ]
    book = write_xlsx(tmp_path / "NSS.xlsx", {"Acute&Acute Community Trusts": [head, *rows]})
    ingest.ingest(book)


@pytest.mark.usefixtures("unbased")
def test_a_share_without_a_base_has_no_interval() -> None:
    study = profile.build(profile.Settings(trust="RL4"))
    found = study.survey.headline
    assert found is not None
    assert (found.text, found.low, found.high, found.n) == ("55.0%", None, None, None)
    assert study.survey.against is None
    assert study.survey.change is None
    first = profile.sections.survey(study).parts[0]
    assert isinstance(first, Words)
    assert "In the staff survey of 2025, 55.0% of those who answered" in first.markdown
    assert "How many answered isn't held, so no interval can be given." in first.markdown


@pytest.mark.usefixtures("unbased")
def test_a_league_leaves_out_what_has_no_doubt_to_tell() -> None:
    with pytest.raises(ParameterError, match="is held without how many answered"):
        survey(2025, ("q3f",))
    answers = survey(2024, ("q3f",))
    assert answers.unbased == 3
    assert "RL4" not in answers.share.index
    assert answers.base.notna().all(axis=None)
