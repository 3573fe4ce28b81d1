"""Tiny notebooks, made from lists of strings, and packs of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from notebook_reports.packs.plan import Plan, build_plan
from notebook_reports.packs.spec import parse_spec

MakeNotebook = Callable[..., Path]
MakePlan = Callable[..., Plan]


@pytest.fixture
def make_notebook(tmp_path: Path) -> MakeNotebook:
    """Write a notebook of a title, a parameters cell and code cells; return its path."""

    def make(name: str, parameters: str, *cells: str, title: str = "A question?") -> Path:
        nb = new_notebook(
            metadata={
                "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
            }
        )
        nb.cells = [
            new_markdown_cell(f"# {title}"),
            new_code_cell(parameters, metadata={"tags": ["parameters"]}),
            *(new_code_cell(cell) for cell in cells),
        ]
        path = tmp_path / f"{name}.ipynb"
        nbformat.write(nb, path)
        return path

    return make


@pytest.fixture
def make_plan(tmp_path: Path) -> MakePlan:
    """Plan a pack of reports given as dicts, with notebooks in the test's folder."""

    def make(
        *reports: dict[str, object], sets: dict[str, str] | None = None, **pack: object
    ) -> Plan:
        spec = parse_spec({"title": "Test pack", "reports": list(reports), **pack})
        return build_plan(spec, folder=tmp_path, sets=sets)

    return make


@pytest.fixture
def data_copy(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copy the raw tables and make the copy the data folder of this test."""
    folder = tmp_path / "data"
    shutil.copytree(root / "data" / "raw", folder / "raw")
    monkeypatch.setenv("NHSI_DATA", str(folder))
    return folder
