"""``nhsi new study``: what it writes is a study of the house that runs at once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nhsi_analysis import cli_new
from nhsi_analysis.errors import PackError

BIN = Path(sys.executable).parent
NAME = "trusts_that_owed_more_than_had"
COPIED = ("nhsi_analysis", "docs", "notebooks", "packs", "tests", "pyproject.toml")


def run(folder: Path, *command: object) -> str:
    done = subprocess.run(
        [str(BIN / str(command[0])), *map(str, command[1:])],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "NHSI_HOME": str(folder), "NHSI_STRICT": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(name="checkout", scope="module")
def _checkout(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkout")
    for name in COPIED:
        copy = shutil.copytree if (root / name).is_dir() else shutil.copy
        copy(root / name, folder / name)
    shutil.copytree(root / "data" / "raw", folder / "data" / "raw")
    return folder


@pytest.fixture(name="said", scope="module")
def _said(checkout: Path) -> list[str]:
    assert len(NAME) == 30, "the longest name, for the lines it makes longest"
    return run(checkout, "nhsi", "new", "study", NAME).splitlines()


@pytest.mark.notebook
def test_a_new_study_is_in_the_house_s_style_and_passes_its_test(checkout: Path, said: list[str]):
    assert len(said) == 4
    written = [checkout / name for name in said[0].removeprefix("written: ").split(", ")]
    assert len(written) == 6
    assert all(path.is_file() for path in written)
    assert not any("deficits" in path.read_text(encoding="utf-8") for path in written)
    run(checkout, "ruff", "check", *written)
    run(checkout, "ruff", "format", "--check", *written)
    tests = checkout / "tests"
    house = [tests / "nhsi_analysis/studies/test_anatomy.py", tests / "test_repository.py"]
    (own,) = (path for path in written if path.parent.parent.parent == tests)
    assert "1 passed" in run(checkout, "python", "-m", "pytest", "-q", own)
    run(checkout, "python", "-m", "pytest", "-q", "-m", "not slow", "-k", NAME, *house)
    page = (checkout / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert f"\n| `{NAME}.sections.answer` | Say how many trusts" in page


@pytest.mark.notebook
def test_a_new_study_s_notebook_becomes_a_page(checkout: Path, said: list[str]):
    pack = ("nhsi", "pack", "--only", NAME, "--each", "year=2016/17,2018/19", "--out", "out")
    assert "2 made" in run(checkout, *pack)
    results = (checkout / "out" / "results.json").read_text(encoding="utf-8")
    assert {row["key"] for row in json.loads(results)} == {"in_deficit"}
    (page, _) = sorted((checkout / "out" / "reports").glob(f"*_{NAME}-*.html"))
    assert page.stem == said[2].split("--only ")[1].split()[0] + "-2016-17"
    assert "trusts ended 2016/17 in deficit" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Waiting", "can't name a module"),
        ("2waits", "can't name a module"),
        ("a-b", "can't name a module"),
        ("class", "can't name a module"),
        ("w" * 31, "too long"),
        ("ratings", "already"),
        ("claims", "already"),
        ("datasets", "already"),
        ("trust_profile", "already"),
    ],
)
def test_a_name_that_is_none_or_taken_is_refused(root: Path, name: str, words: str):
    before = {path for part in ("nhsi_analysis", "tests") for path in (root / part).rglob("*.py")}
    with pytest.raises(PackError, match=words):
        cli_new.write_study(name, root)
    after = {path for part in ("nhsi_analysis", "tests") for path in (root / part).rglob("*.py")}
    assert before == after


def test_outside_a_checkout_one_line_says_what_is_missing(tmp_path: Path):
    done = subprocess.run(
        [str(BIN / "nhsi"), "new", "study", "waits"],
        env=os.environ | {"NHSI_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"nhsi: {tmp_path} is no checkout: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.notebook
def test_another_study_that_is_broken_is_told_of_in_a_line(
    checkout: Path, said: list[str], tmp_path: Path
):
    folder = tmp_path / "checkout"
    shutil.copytree(checkout, folder)
    (folder / f"nhsi_analysis/studies/{NAME}/numbers.py").write_text("x = (\n")
    done = subprocess.run(
        [str(BIN / "nhsi"), "new", "study", "waits"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "NHSI_HOME": str(folder)},
        capture_output=True,
        text=True,
    )
    assert said
    assert (done.returncode, done.stdout) == (2, "")
    assert "waits is written, but docs/hooks/inventory.py can't list it" in done.stderr
    assert "was never closed" in done.stderr
    assert "Traceback" not in done.stderr
    assert len([*(folder / "notebooks").glob("*_waits.ipynb")]) == 1
