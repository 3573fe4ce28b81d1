"""Three lines are an answer: the page that says so is run, and what its cells end in looked at."""

import ast
import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from nhsi_analysis import studies
from notebook_reports.evidence import Section
from notebook_reports.report import calls

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "ask-in-python.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
STUDIES = [block for block in BLOCKS if block.endswith(".sections.answer(study)\n")]
LETTERS, LINES = 800, 10


def run(block: str, names: dict[str, Any]) -> Any:
    """Run a cell; return what it ends in, as a notebook does."""
    *before, last = ast.parse(block).body
    exec(compile(ast.Module(before, []), "cell", "exec"), names)
    if isinstance(last, ast.Expr):
        return eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    exec(compile(ast.Module([last], []), "cell", "exec"), names)
    return None


def inside(found: Any, seen: set[int]) -> Iterator[Any]:
    """Return a result and all that its fields hold."""
    if id(found) in seen:
        return
    seen.add(id(found))
    if isinstance(found, list | tuple):
        for item in found[:50]:
            yield from inside(item, seen)
    elif isinstance(found, dict):
        yield from inside(list(found.values()), seen)
    elif dataclasses.is_dataclass(found):
        yield found
        for field in dataclasses.fields(found):
            yield from inside(getattr(found, field.name), seen)


def test_the_page_has_every_study() -> None:
    folders = Path(studies.__path__[0]).glob("*/settings.py")
    named = {re.search(r"studies import (\w+)", block)[1] for block in STUDIES}  # type: ignore[index]
    assert named == {path.parent.name for path in folders}
    assert all(len(block.replace("\n\n", "\n").splitlines()) == 3 for block in STUDIES)


@pytest.mark.parametrize(
    "block",
    [pytest.param(b, marks=pytest.mark.slow) if "agency" in b else b for b in STUDIES],
    ids=lambda b: re.search(r"studies import (\w+)", b)[1],  # type: ignore[index]
)  # fmt: skip
def test_three_lines_of_a_study_end_in_a_section_that_shows_itself(
    block: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(calls, "_display", lambda _, block, html, *more: shown.append(html))
    names: dict[str, Any] = {}
    section = run(block, names)
    assert isinstance(section, Section)
    section._ipython_display_()
    assert section.words
    assert len(shown) == len(section.parts)
    assert " ".join(shown).count("<img ") == len(section.figures)
    for result in inside([names["study"], section], set()):
        line = repr(result)
        assert len(line) <= LETTERS, f"{type(result)}: {len(line)} letters"
        assert line.count("\n") < LINES
        if hasattr(result, "to_frame"):
            assert "<t" in result._repr_html_()


def test_what_follows_them_runs_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    run(STUDIES[0], names)
    ended = [run(block, names) for block in BLOCKS if block not in STUDIES]
    assert (tmp_path / "four_hours.png").stat().st_size > 10_000
    assert "95% confidence interval" in capsys.readouterr().out
    shown = [found for found in ended if found is not None]
    assert len(shown) >= 6
    for found in shown:
        assert isinstance(found, pd.DataFrame | str) or len(repr(found)) <= LETTERS
