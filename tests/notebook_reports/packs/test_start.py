"""The start page: every notebook with a link that works, every table."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from nhsi_analysis import datasets
from notebook_reports.packs import start


def notebooks(find: str = "") -> str:
    return start.notebooks(start.Settings(find)).words[0]


def tables(find: str = "") -> pd.DataFrame:
    return start.tables(start.Settings(find)).tables[0].data


def test_every_notebook_is_linked_with_its_parameters(root: Path) -> None:
    text = notebooks()
    linked = set(re.findall(r"\]\(([^)]+)\)", text))
    held = {path.name for path in (root / "notebooks").glob("*.ipynb")} - {"index.ipynb"}
    assert linked == held
    assert "`key_question`" in text
    assert "What does a shift in CQC ratings mean?" in text


def test_a_word_narrows_the_lists() -> None:
    assert notebooks("cqc").count("\n") < notebooks().count("\n")
    assert "No notebook" in notebooks("zebra")
    found = tables("ratings")
    assert "cqc_trust_ratings" in set(found["Table"])
    assert len(found) < len(tables())


def test_every_table_is_listed_with_its_publisher() -> None:
    found = tables()
    assert found["Table"].tolist() == datasets.names()
    assert found["Publisher"].str.len().min() > 0
    assert (found["Rows"] > 0).all()
