"""The house rules that a machine can hold: layering, lock files, environment, notebooks."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from nhsi_analysis import __version__
from notebook_reports.bare import bare

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("policy_methods", "notebook_reports", "nhsi_analysis")
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

# conda names some distributions otherwise.
CONDA_NAMES = {
    "matplotlib": "matplotlib-base",
    "nbconvert": "nbconvert-core",
    "pandera": "pandera-pandas",
    "jupyter-client": "jupyter_client",
}


def modules() -> list[Path]:
    found = [p for name in PACKAGES for p in (ROOT / name).rglob("*.py")]
    return sorted(p for p in found if "__pycache__" not in p.parts)


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_every_module_fits_in_one_sitting():
    long = {dotted(p): len(p.read_text(encoding="utf-8").splitlines()) for p in modules()}
    assert {name: lines for name, lines in long.items() if lines > 700} == {}


@pytest.mark.parametrize("package", ["policy_methods", "notebook_reports"])
def test_a_general_package_does_not_name_the_helper(package):
    """Names in text, such as of a module to import by its name, escape import-linter."""
    named = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
        if b"nhsi_analysis" in path.read_bytes()
    ]
    assert named == []


def direct_dependencies() -> dict[str, Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {r.name: r for r in (Requirement(text) for text in project["dependencies"])}


def test_environment_yml_names_the_dependencies_of_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    conda = [Requirement(d) for d in environment["dependencies"] if isinstance(d, str)]
    conda_specs = {r.name: str(r.specifier) for r in conda}
    assert conda_specs.pop("python") == ">=3.11"
    conda_specs.pop("pip")
    pip = next(d["pip"] for d in environment["dependencies"] if isinstance(d, dict))
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    assert pip == [f"--editable .[{','.join(sorted(extras))}]"]
    expected = {
        CONDA_NAMES.get(name, name): str(r.specifier) for name, r in direct_dependencies().items()
    }
    assert conda_specs == expected


def test_the_lock_holds_every_direct_dependency_within_its_bounds():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = re.findall(r"^([a-z0-9._-]+)==([^\s;\\]+)", lock, flags=re.MULTILINE)
    for name, requirement in direct_dependencies().items():
        versions = [version for found, version in locked if found == name.lower()]
        assert versions, f"{name} is not in requirements.lock: run make lock"
        assert all(requirement.specifier.contains(version) for version in versions), name


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-bootstrap.lock"])
def test_lock_files_carry_hashes_and_no_addresses(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert "index" not in re.sub(r"^ +# .*", "", text, flags=re.MULTILINE)
    for block in re.split(r"\n(?=[a-z0-9])", text)[1:]:
        assert "--hash=sha256:" in block, block.splitlines()[0]


LOGIC = (
    *(ast.For, ast.While, ast.If, ast.IfExp, ast.Try, ast.With),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda),
)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_notebooks_are_committed_bare_and_hold_no_logic(path):
    content = path.read_bytes()
    assert bare(content) == content, "python -m notebook_reports.bare rewrites it"
    notebook = json.loads(content)
    code = [c for c in notebook["cells"] if c["cell_type"] == "code"]
    assert sum("parameters" in c["metadata"].get("tags", []) for c in code) == 1
    calls = [
        "".join(c["source"]) for c in code if "parameters" not in c["metadata"].get("tags", [])
    ]
    assert sum(len(source.splitlines()) for source in calls) <= 60
    for source in calls:
        held = [node for node in ast.walk(ast.parse(source)) if isinstance(node, LOGIC)]
        assert not held, f"{path.name} holds {held[0]}: move it into the study"
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"


def test_the_changelog_opens_with_the_version():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## ([0-9.]+)", text, flags=re.MULTILINE)[1] == __version__


def test_git_keeps_nothing_that_can_be_made_again():
    listed = subprocess.run(
        ["git", "ls-files", "outputs", "data/processed", ".venv"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert sorted(listed) == ["data/processed/.gitkeep", "outputs/.gitkeep"]
