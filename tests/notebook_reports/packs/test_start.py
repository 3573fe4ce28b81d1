"""The start page: every notebook with a link that works, every table."""

from __future__ import annotations

import re
from pathlib import Path

from nhsi_analysis import datasets
from notebook_reports.packs import start


def test_every_notebook_is_linked_with_its_parameters(root: Path) -> None:
    text = start.notebooks_text()
    linked = set(re.findall(r"\]\(([^)]+)\)", text))
    held = {path.name for path in (root / "notebooks").glob("*.ipynb")} - {"index.ipynb"}
    assert linked == held
    assert "`key_question`" in text
    assert "What does a shift in CQC ratings mean?" in text


def test_a_word_narrows_the_lists() -> None:
    assert start.notebooks_text("cqc").count("\n") < start.notebooks_text().count("\n")
    assert "No notebook" in start.notebooks_text("zebra")
    found = start.tables("ratings")
    assert "cqc_trust_ratings" in set(found["Table"])
    assert len(found) < len(start.tables())


def test_every_table_is_listed_with_its_publisher() -> None:
    found = start.tables()
    assert found["Table"].tolist() == datasets.names()
    assert found["Publisher"].str.len().min() > 0
    assert (found["Rows"] > 0).all()
