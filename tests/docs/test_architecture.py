"""docs/architecture.md: its inventory is the code's, and its example is a study that works."""

from __future__ import annotations

import os
import pkgutil
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import policy_methods

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "architecture.md"
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "data" / "raw" / "README.md"]
PAGES.remove(ROOT / "CHANGELOG.md")  # it names what was
TITLED = re.compile(
    r'^```python title="(nhsi_analysis/[^"]+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL
)
sys.path.insert(0, str(ROOT / "docs" / "hooks"))


def test_the_inventory_is_the_code_s():
    import inventory

    text = PAGE.read_text(encoding="utf-8")
    assert text == inventory.page(text), "run: python docs/hooks/inventory.py"
    assert all(purpose for _, purpose in inventory.methods() + inventory.charts())
    rooms = {info.name for info in pkgutil.iter_modules(policy_methods.__path__)}
    shared = {"checks", "errors", "results"}  # what all methods are made with
    assert {name.split(".")[0] for name, _ in inventory.methods()} == rooms - shared


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_every_file_that_a_page_names_is_there(page: Path):
    text = page.read_text(encoding="utf-8")
    folders = (
        "nhsi_analysis|notebook_reports|policy_methods|tests|docs|bench|charts|packs|notebooks"
    )
    named = set(re.findall(rf"`((?:{folders})/[\w./]+)`", text))
    made = {path for path, _ in TITLED.findall(PAGE.read_text(encoding="utf-8"))}
    made |= set(re.findall(r'title="([^"]+)"', text))
    assert {path for path in named - made if not (ROOT / path).exists()} == set()


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the helper with the example study in it."""
    folder = tmp_path_factory.mktemp("study")
    shutil.copytree(ROOT / "nhsi_analysis", folder / "nhsi_analysis")
    for path, source in TITLED.findall(PAGE.read_text(encoding="utf-8")):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(source, encoding="utf-8")
    return folder


def test_the_example_is_a_study_of_at_most_sixty_lines():
    sources = [source for _, source in TITLED.findall(PAGE.read_text(encoding="utf-8"))]
    assert len(sources) == 4
    assert sum(len(source.splitlines()) for source in sources) <= 60


def test_the_example_is_in_the_house_s_style_and_typed(copy: Path):
    where = str(copy / "nhsi_analysis" / "studies" / "deficits")
    config = str(ROOT / "pyproject.toml")
    commands = [
        ["ruff", "check", "--config", config, where],
        ["ruff", "format", "--check", "--config", config, where],
        ["mypy", "--config-file", config, "-p", "nhsi_analysis.studies.deficits"],
    ]
    for command in commands:
        run = subprocess.run(
            [sys.executable, "-m", *command], cwd=copy, capture_output=True, text=True
        )
        assert run.returncode == 0, run.stdout[-2000:]


def test_the_example_answers_in_three_lines(copy: Path):
    [script] = re.findall(
        r"^```python\n(from nhsi_analysis.*?print.*?)^```$",
        PAGE.read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        cwd=copy,
        env=os.environ | {"NHSI_HOME": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    assert "Section 'The answer': 1 text, 1 finding, 1 figure, 1 table" in run.stdout
