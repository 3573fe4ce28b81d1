"""Every study has one anatomy, and every notebook speaks through it."""

from __future__ import annotations

import ast
import dataclasses
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from studies_of import ROOT, STUDIES, code_of, headings_of, notebook_of

from notebook_reports import parameters
from notebook_reports.packs.notebook import read_notebook

FACE = """
from __future__ import annotations
from collections.abc import Callable
from nhsi_analysis.studies.NAME import sections
from nhsi_analysis.studies.NAME.numbers.study import Study, build
from nhsi_analysis.studies.NAME.settings import Settings
from notebook_reports.evidence import Section
__all__ = ['SECTIONS', 'Settings', 'Study', 'build', 'sections']
SECTIONS: tuple[Callable[[Study], Section], ...] = ()
'The sections of the report, in the order of the notebook.'
"""

SMALL_FACE = """
from nhsi_analysis.studies.NAME import sections
from nhsi_analysis.studies.NAME.numbers import build
from nhsi_analysis.studies.NAME.settings import Settings
__all__ = ['SECTIONS', 'Settings', 'build']
SECTIONS = ()
"""
"""The face of a study of four modules, as docs/architecture.md shows it and nhsi new writes it."""


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
def test_every_face_is_written_alike(name: str):
    path = Path(str(STUDIES[name].__file__))
    tree = ast.parse(path.read_text(encoding="utf-8").replace(f".{name}", ".NAME"))
    lists = [node for node in tree.body if isinstance(node, ast.AnnAssign | ast.Assign)]
    listed = next(node for node in lists if "SECTIONS" in ast.unparse(node).partition(" =")[0])
    assert isinstance(listed.value, ast.Tuple)
    listed.value.elts = []
    _, *rest = tree.body  # the docstring is its own
    assert [ast.unparse(node) for node in rest] in (
        FACE.strip().splitlines(),
        SMALL_FACE.strip().splitlines(),
    )


@pytest.mark.parametrize("study", STUDIES.values(), ids=STUDIES)
def test_sections_are_described_alike_and_the_first_is_the_answer(study: ModuleType):
    assert study.SECTIONS[0].__name__ == "answer"
    assert [s.__name__ for s in study.SECTIONS if not str(s.__doc__).startswith("Say ")] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", STUDIES)
def test_a_section_has_the_notebook_s_heading_for_its_title(name: str):
    study = STUDIES[name]
    fast = {"league": {"draws": 1000}, "agency": {"draws": 200}, "pathology": {"draws": 1000}}
    built = study.build(study.Settings(**fast.get(name, {})))
    _, *headings = (words for _, words in headings_of(notebook_of(name)))
    titles = [section(built).title for section in study.SECTIONS]
    assert titles == ["The answer", *headings]


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


@pytest.mark.parametrize("name", STUDIES)
def test_what_a_notebook_imports_makes_a_warm_parent_ready_to_speak(name: str):
    """A parent imports the modules a notebook names; what it lacks each kernel must import."""
    modules = read_notebook(notebook_of(name)).imports
    code = f"import contextlib, sys\nfor name in {modules!r}:\n"
    code += "    with contextlib.suppress(ImportError):\n        __import__(name)\n"
    code += "print('notebook_reports.report.calls' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert run.stdout.strip() == "True", run.stderr
