"""docs/architecture.md: its inventory is the code's, and its example is a study that works."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat.v4 as nb
import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "architecture.md"
TITLED = re.compile(r'^```python title="([^"]+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)
sys.path.insert(0, str(ROOT / "docs" / "hooks"))


def test_the_inventory_is_the_code_s():
    import inventory

    text = PAGE.read_text(encoding="utf-8")
    assert text == inventory.page(text), "run: python docs/hooks/inventory.py"
    assert all(purpose for _, purpose in inventory.methods() + inventory.charts())


def test_every_file_that_it_names_is_there():
    text = PAGE.read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:nhsi_analysis|notebook_reports|docs)/[\w./]+)`", text))
    made = {path for path, _ in TITLED.findall(text)}
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


@pytest.mark.notebook
def test_the_example_s_notebook_becomes_a_page(copy: Path):
    code = {
        "parameters": 'year: str = "2018/19"  # Financial year | value of: '
        "trust_finance.financial_year",
        "build": "from nhsi_analysis import report\n"
        "from nhsi_analysis.studies.deficits import Settings, build, sections\n\n"
        "study = build(report.parameters(Settings))\n"
        "report.show(sections.answer(study))",
        "provenance": "report.provenance()",
    }
    cells = [nb.new_markdown_cell("# How many trusts spend more than they receive?")]
    cells += [
        nb.new_code_cell(source, metadata={"tags": [name]} if name == "parameters" else {})
        for name, source in code.items()
    ]
    nb_file = copy / "deficits.ipynb"
    nb_file.write_text(nb.writes(nb.new_notebook(cells=cells)), encoding="utf-8")
    (copy / "pack.toml").write_text(
        'title = "Deficits"\n[[sections]]\ntitle = "Deficits"\n'
        '[[sections.reports]]\nnotebook = "deficits"\n'
        'for_each.values = { year = ["2016/17", "2018/19"] }\n'
    )
    run = subprocess.run(
        [str(Path(sys.executable).with_name("nhsi")), "pack", "pack.toml", "--out", "out"],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy), "NHSI_HOME": str(ROOT), "NHSI_STRICT": "1"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    results = json.loads((copy / "out" / "results.json").read_text())
    assert "in_deficit" in json.dumps(results)
    assert "trusts ended the year in deficit" in (
        copy / "out" / "reports" / "deficits-2016-17.html"
    ).read_text(encoding="utf-8")
