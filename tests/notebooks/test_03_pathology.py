"""The pathology notebook runs under papermill, follows its parameters and refuses nonsense."""

from __future__ import annotations

from pathlib import Path

import nbformat
import papermill as pm
import pytest

NAME = "03_pathology_network_savings.ipynb"
FINDING = "application/vnd.nhsi.finding+json"
TEXT = "application/vnd.nhsi.text+json"


def run(root: Path, out: Path, **parameters: object) -> nbformat.NotebookNode:
    path = str(out / "out.ipynb")
    pm.execute_notebook(
        str(root / "notebooks" / NAME), path, parameters=parameters, progress_bar=False
    )
    return nbformat.read(path, 4)


def blocks(notebook: nbformat.NotebookNode, mime: str) -> list[dict[str, object]]:
    outputs = [o for c in notebook.cells if c.cell_type == "code" for o in c.outputs]
    return [o["data"][mime] for o in outputs if mime in o.get("data", {})]


@pytest.mark.notebook
def test_notebook_runs_and_leads_with_its_findings(root: Path, tmp_path: Path) -> None:
    notebook = run(
        root, tmp_path, draws=2000, trust="RL4", network="Black Country", target_gbp_m=150.0
    )
    findings = {f["key"]: f for f in blocks(notebook, FINDING)}
    assert {"chance_of_target", "allocated_share", "independent_evidence"} <= set(findings)
    assert findings["allocated_share"]["value"] == pytest.approx(99.486 / 150)
    lede = next(t for t in blocks(notebook, TEXT) if t["role"] == "lede")
    assert "£150m a year by 2020/21" in str(lede["markdown"])
    assert "Royal Wolverhampton" in str(notebook.cells)


@pytest.mark.notebook
def test_nonsense_stops_the_notebook_before_any_result(root: Path, tmp_path: Path) -> None:
    with pytest.raises(pm.PapermillExecutionError, match="elasticity"):
        run(root, tmp_path, elasticity=0.2)
    notebook = nbformat.read(str(tmp_path / "out.ipynb"), 4)
    assert blocks(notebook, FINDING) == []
