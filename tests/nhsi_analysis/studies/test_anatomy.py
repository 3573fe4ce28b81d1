"""Every study has one anatomy, and every notebook speaks through it."""

from __future__ import annotations

import ast
import dataclasses
import json
import pkgutil
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from nhsi_analysis import studies
from notebook_reports import parameters
from notebook_reports.packs.notebook import read_notebook

ROOT = Path(__file__).resolve().parents[3]
STUDIES = {
    info.name: import_module(f"{studies.__name__}.{info.name}")
    for info in pkgutil.iter_modules(studies.__path__)
}


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


def code_of(path: Path) -> list[str]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def shown_in(path: Path) -> list[str]:
    """Return the sections that a notebook shows, in order."""
    calls = [node for source in code_of(path) for node in ast.walk(ast.parse(source))]
    return [
        node.args[0].func.attr
        for node in calls
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "report.show"
        and isinstance(node.args[0], ast.Call)
        and isinstance(node.args[0].func, ast.Attribute)
    ]


@pytest.mark.parametrize("study", STUDIES.values(), ids=STUDIES)
def test_a_study_s_face_is_its_settings_its_sections_and_build(study: ModuleType):
    assert {"SECTIONS", "Settings", "build"} <= set(study.__all__)
    assert issubclass(study.Settings, parameters.Settings)
    assert study.Settings.__dataclass_params__.frozen
    assert all(section.__module__.startswith(study.__name__) for section in study.SECTIONS)


@pytest.mark.parametrize("name", STUDIES)
def test_the_cell_says_what_the_settings_say(name: str):
    declared = read_notebook(notebook_of(name)).parameters.items
    assert declared == STUDIES[name].Settings.declared()


@pytest.mark.parametrize("name", STUDIES)
def test_a_notebook_shows_every_section_once_and_in_order(name: str):
    wanted = [section.__name__ for section in STUDIES[name].SECTIONS]
    assert shown_in(notebook_of(name)) == wanted


@pytest.mark.parametrize("name", STUDIES)
def test_a_notebook_types_no_parameter_again(name: str):
    path = notebook_of(name)
    _, *rest = code_of(path)
    used = {
        node.id
        for source in rest
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Name)
    }
    assert used <= {"report", "build", "Settings", "sections", "study"}


@pytest.mark.parametrize("name", STUDIES)
def test_settings_refuse_a_level_of_certainty(name: str):
    settings = STUDIES[name].Settings
    if "confidence" not in {field.name for field in dataclasses.fields(settings)}:
        pytest.skip("it has no intervals")
    rules = {p.name: p.rule_text for p in settings.declared()}
    assert rules["confidence"] == "from 0.5 to 0.999"
    for level in (0.49, 0.9995, 1, float("nan"), "0.95", True):
        with pytest.raises(ValueError, match="confidence"):
            settings(confidence=level)
