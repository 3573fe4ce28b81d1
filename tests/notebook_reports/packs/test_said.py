"""What reports leave of what their cells said: in pages and in the notebooks that are kept."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup

from notebook_reports.packs.run import Options, run

pytestmark = pytest.mark.notebook

WARNS = """\
import warnings
def careful():
    warnings.warn("mind the gap")
careful()"""


def keep_out(path: Path) -> None:
    """Tag a notebook's last cell so that its code stays out of pages."""
    nb = nbformat.read(path, 4)
    nb.cells[-1].metadata["tags"] = ["remove-input"]
    nbformat.write(nb, path)


def test_odd_words_are_readable_in_pages_and_in_the_notebooks_that_are_kept(
    make_notebook, make_plan, tmp_path
):
    parameters = "a: int = 1  # A"
    odd = make_notebook(
        "odd",
        parameters,
        WARNS,
        "careful()",
        "print('half \\ud800 a character'); print('and more')",
        "for _ in range(6): print('x' * 999_999)",
        "password = 'hunter2'\nprint('kept')",
    )
    fails = make_notebook(
        "fails",
        parameters,
        "password = 'hunter2'; raise ValueError('\\x1b]0;owned\\x07' + 'm' * 200_000)",
    )
    for path in (odd, fails):
        keep_out(path)
    out = tmp_path / "out"
    run(make_plan({"notebook": "odd"}, {"notebook": "fails"}), out, Options(jobs=1))

    page = (out / "reports" / "odd.html").read_text(encoding="utf-8")
    kept = (out / "notebooks" / "odd.ipynb").read_text(encoding="utf-8")
    assert "hunter2" not in page
    assert "hunter2" in kept, "the notebook is whole"
    for words in (BeautifulSoup(page, "html.parser").main.get_text(), kept):
        assert words.count("cell 3:3: UserWarning: mind the gap") == 2, "where it was written"
        assert "ipykernel" not in words
        assert "half \ufffd a character" in words
        assert "and more" in words
        assert "[… 5,800 KB of output left out here …]" in words
        assert len(words) < 300_000

    for name in ("reports/fails.html", "index.html"):
        page = (out / name).read_text(encoding="utf-8")
        assert "ValueError: mmm" in page
        assert len(page) < 60_000
        assert not {"\x1b", "\x07"} & set(page)
        assert "hunter2" not in page


def test_what_tags_keep_out_is_in_no_warning_no_log_and_no_result(
    make_notebook, make_plan, tmp_path
):
    path = make_notebook(
        "kept",
        "a: int = 1  # A",
        "import logging, warnings\ndef f():\n    warnings.warn('w'); password = 'hunter2'",
        "f()",
        "logging.warning('careful', stack_info=True); password = 'hunter2'",
        "from nhsi_analysis import report; from notebook_reports.evidence import Estimate\n"
        "report.finding('beds', Estimate(5.0, label='beds'))",
    )
    nb = nbformat.read(path, 4)
    tags = ["remove-cell", None, "remove-input", "remove-output"]
    for cell, tag in zip(nb.cells[-4:], tags, strict=True):
        cell.metadata["tags"] = [tag] if tag else []
    nbformat.write(nb, path)
    out = tmp_path / "out"
    run(make_plan({"notebook": "kept"}), out, Options(jobs=1))

    page = (out / "reports" / "kept.html").read_text(encoding="utf-8")
    assert "UserWarning: w" in page
    assert "careful" in page
    assert "hunter2" not in page
    (result,) = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert "beds" not in str(result)
