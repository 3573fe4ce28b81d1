"""One example on real data of every chart type, and the command that draws them all."""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from bs4 import BeautifulSoup

import nhsi_analysis.gallery  # noqa: F401  # registers the examples
from nhsi_analysis import cli
from notebook_reports.charts import check, gallery, layout
from notebook_reports.commands import EXIT_USER_ERROR
from notebook_reports.report import blocks


def test_every_chart_type_has_an_example() -> None:
    assert gallery.chart_types()
    assert gallery.without_example() == []


@pytest.mark.parametrize("name", sorted(gallery.chart_types()))
def test_example_is_drawn_without_fault_and_leaves_no_trace(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Matplotlib's own layout takes several times as long, and is for what isn't of the house.
    monkeypatch.setattr(layout, "ConstrainedLayoutEngine", None)
    make = gallery.examples().get(name)
    assert make is not None, f"{name} has no example: register one with gallery.example"
    assert mpl.rcParams["backend"]  # chosen by the first who asks
    settings, chance = mpl.rcParams.copy(), np.random.get_state()  # noqa: NPY002  # must not move
    shown = make()
    assert plt.get_fignums() == []
    assert mpl.rcParams == settings
    np.testing.assert_equal(np.random.get_state(), chance)  # noqa: NPY002
    assert check.problems(shown.picture) == []
    assert not blocks.is_filler(shown.alt, shown.title)
    assert len(shown.data)


def _gallery(monkeypatch: pytest.MonkeyPatch, out: Path) -> int:
    monkeypatch.setattr(sys, "argv", ["nhsi", "gallery", "--out", str(out)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def test_the_page_shows_every_chart_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert _gallery(monkeypatch, tmp_path / "new") == 0
    page = tmp_path / "new" / "gallery.html"
    assert capfd.readouterr().out.strip() == str(page.resolve())
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    for form in ("wide", "narrow"):
        assert len(soup.select(f".{form} svg")) == len(gallery.chart_types())


def test_a_page_that_cannot_be_written_is_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("notebook_reports.packs.gallery.gallery_html", lambda _: ("", []))
    (tmp_path / "file").write_text("not a folder")
    (tmp_path / "taken" / "gallery.html").mkdir(parents=True)
    # A file, a folder below one, one where the page's name is taken, and one that no one writes to.
    for out in (tmp_path / "file", tmp_path / "file" / "x", tmp_path / "taken", Path("/proc/x")):
        assert _gallery(monkeypatch, out) == EXIT_USER_ERROR
        said = capfd.readouterr()
        assert str(out) in said.err.replace("\n", "")
        assert "Traceback" not in said.err
        assert said.out == ""
