"""The commands as a user types them: messages, exit codes, and nothing started in vain."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

NUMBER = "number: int = 1  # A number | at least 1"


def nhsi(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("nhsi")), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(name="spec")
def _spec(make_notebook, tmp_path):
    make_notebook("demo", NUMBER, "print(number)", title="How many?")
    path = tmp_path / "pack.toml"
    path.write_text(
        'title = "T"\n[[reports]]\nnotebook = "demo"\nfor_each.values.number = [1, 2]\n'
    )
    return path


def test_a_pack_says_what_it_did_and_which_page_to_open(spec, tmp_path):
    out = tmp_path / "out"
    planned = nhsi("pack", spec, "--out", out, "--dry-run")
    assert planned.stdout.splitlines() == [
        *("would run  demo-1: new", "would run  demo-2: new", "2 of 2 reports would run"),
    ]
    assert not out.exists()
    done = nhsi("pack", spec, "--out", out, "--jobs", 1, "--set", "number=2")
    assert done.returncode == 0, done.stderr
    assert re.search(r"^ok +demo-2 ", done.stdout, re.MULTILINE)
    assert done.stdout.splitlines()[-1].endswith(f"open {out}/index.html")
    assert "demo-1" not in done.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--set", "numbr=3"], "did you mean number"),
        (["--set", "number=many"], "must be a whole number"),
        (["--set", "number"], "NAME=VALUE"),
        (["--only", "nothing*"], "selects no report"),
        (["--quarter", "2018-19Q9"], "not a financial quarter"),
        (["--data", "nowhere"], "no folder raw/"),
    ],
)
def test_a_wrong_command_stops_before_any_kernel(spec, tmp_path, options, words):
    done = nhsi("pack", spec, "--out", tmp_path / "out", *options)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((tmp_path).glob("out/[!.]*"))


def test_an_unknown_parameter_lists_the_notebooks_own(spec):
    done = nhsi("pack", spec, "--set", "numbr=3")
    assert "number: int = 1  # A number (at least 1)" in done.stderr


def test_a_deleted_column_stops_with_file_column_and_rule(spec, tmp_path, data_copy):
    table = data_copy / "raw" / "trusts.csv"
    lines = [line.split(",", 1)[1] for line in table.read_text().splitlines()]
    table.write_text("\n".join(lines) + "\n")
    done = nhsi("pack", spec, "--out", tmp_path / "out", "--data", data_copy)
    assert done.returncode == 2
    assert "trusts.csv" in done.stderr
    assert "org_code" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_notebooks_are_listed_with_types_defaults_and_comments(spec, tmp_path):
    done = nhsi("notebooks", tmp_path)
    assert done.stdout.startswith("demo: How many?\n  number: int = 1  # A number (at least 1)\n")


def test_help_answers_without_the_stack(root):
    code = "import sys; from nhsi_analysis.cli import application; application(['pack'])\n"
    code += "print([n for n in ('pandas', 'matplotlib', 'nbconvert') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
