"""The studies, and the notebook of each."""

from __future__ import annotations

import json
import pkgutil
from importlib import import_module
from pathlib import Path

from nhsi_analysis import studies
from notebook_reports.packs.notebook import read_notebook

ROOT = Path(__file__).resolve().parents[3]
STUDIES = {
    info.name: import_module(f"{studies.__name__}.{info.name}")
    for info in pkgutil.iter_modules(studies.__path__)
}


def cells_of(path: Path) -> list[tuple[str, str]]:
    """Return the kind and the source of a notebook's cells."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [(c["cell_type"], "".join(c["source"])) for c in cells]


def code_of(path: Path) -> list[str]:
    return [source for kind, source in cells_of(path) if kind == "code"]


def notebook_of(name: str) -> Path:
    """Return the notebook of a study: the one that reads its settings; others may import it too."""
    found = [
        path
        for path in (ROOT / "notebooks").glob("[0-9]*.ipynb")
        if f"{studies.__name__}.{name}" in read_notebook(path).imports
        and any("report.parameters(Settings)" in source for source in code_of(path))
    ]
    assert len(found) == 1, f"{name}: one notebook must call report.parameters(Settings): {found}"
    return found[0]


def headings_of(path: Path) -> list[tuple[int, str]]:
    """Return level and words of the heading above every section that a notebook shows, in order."""
    found, heading = [], ""
    for kind, source in cells_of(path):
        if kind == "markdown":
            heading = source.partition("\n")[0]
        elif "report.show(" in source:
            marks, _, words = heading.partition(" ")
            found.append((len(marks), words))
    return found
