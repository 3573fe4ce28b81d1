"""Every notebook runs to its end under plain papermill, with papermill's own engine."""

from __future__ import annotations

from pathlib import Path

import papermill
import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))

pytestmark = [pytest.mark.notebook, pytest.mark.slow]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_by_papermills_own_engine(path: Path, tmp_path: Path) -> None:
    nb = papermill.execute_notebook(path, tmp_path / "out.ipynb", progress_bar=False)
    code = [cell for cell in nb.cells if cell.cell_type == "code" and cell.source]
    assert code
    assert all(cell.execution_count for cell in code)
