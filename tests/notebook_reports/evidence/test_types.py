"""Whoever writes a section is told of a misspelt field before anything runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

RIGHT = """
import pandas as pd
from matplotlib import figure

import nhsi_analysis.report
from notebook_reports import report
from notebook_reports.evidence import Estimate, Figure, Finding, Section, Table, Words

data, picture = pd.DataFrame({"a": [1]}), figure.Figure()
number = Estimate(1, low=0, high=2)
drawn = Figure(picture, "k", title="t", subtitle="s", source="x", alt="a", data=data)
shown = Table(data, "k", caption="c", source="x")
section = Section("t", [Words("w"), Finding("k", number), drawn, shown], frames={"a": data})
report.show(section)
nhsi_analysis.report.show(section)
print(number.value, drawn.title, shown.caption, section.figures)
"""

WRONG = (
    "Estimate(1, hihg=2)",
    'Estimate("1")',
    'Figure(picture, "k", titel="t", subtitle="s", source="x", alt="a", data=data)',
    'Figure(picture, "k", title="t", subtitle="s", source="x", alt="a")',
    'Table(data, "k", captoin="c", source="x")',
    'Finding("k", number, crad=False)',
    'Finding("k", 3.0)',
    'Section("t", [Words("w")], frame={"a": data})',
    'Section("t", ["w"])',
    'Words("w", role="led")',
    "print(section.figure)",
    "print(number.valeu)",
    "report.shwo(section)",
    'report.show("w")',
    "nhsi_analysis.reprot.show(section)",
)


@pytest.mark.slow
def test_a_misspelt_field_fails_the_strict_type_check(root: Path, tmp_path: Path) -> None:
    module = tmp_path / "mine.py"
    module.write_text(RIGHT + "\n".join(WRONG) + "\n")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "mine.py"],
        cwd=tmp_path,
        env={"MYPYPATH": str(root), "MYPY_CACHE_DIR": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
    )
    lines = module.read_text().splitlines()
    refused = {lines[int(n) - 1] for n in re.findall(r"^mine\.py:(\d+): error", done.stdout, re.M)}
    assert refused == set(WRONG), done.stdout + done.stderr
