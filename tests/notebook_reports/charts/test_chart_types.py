"""The register of chart types and examples, and the page made of it, without any data set."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from notebook_reports.charts import bars, gallery
from notebook_reports.evidence import Figure
from notebook_reports.packs.gallery import gallery_html


@pytest.fixture(autouse=True)
def _no_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery, "_examples", {})


def _shares() -> Figure:
    table = pd.DataFrame({"group": ["a", "b"], "value": [1.0, 2.0]})
    return Figure(
        bars.bars(table, group="group"),
        key="shares",
        title="b is twice a",
        subtitle="Two made-up values",
        source="Made up",
        alt="Two bars: b reaches 2, a reaches 1.",
        data=table,
    )


def test_a_chart_type_without_example_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def strange_chart() -> bars.Figure:
        raise AssertionError("never drawn")

    strange_chart.__module__ = bars.__name__
    strange_chart.__annotations__["return"] = "Figure"
    monkeypatch.setattr(bars, "strange_chart", strange_chart, raising=False)
    assert {"bars.bars", "bars.strange_chart"} <= set(gallery.without_example())
    gallery.example(bars.bars)(_shares)
    assert "bars.strange_chart" in gallery.without_example()
    assert "bars.bars" not in gallery.without_example()


def test_the_page_shows_the_examples_and_names_what_has_none() -> None:
    gallery.example(bars.bars)(_shares)
    page, faults = gallery_html("A project")
    soup = BeautifulSoup(page, "html.parser")
    assert len(soup.find_all("svg")) == 2, "for a page and for a phone"
    assert "b is twice a" in page
    assert "bars.stacked_shares has no example" in faults


def test_charts_know_neither_methods_nor_data() -> None:
    code = (
        "import sys; from notebook_reports.charts import gallery; gallery.chart_types();"
        "print([m for m in sys.modules if m.partition('.')[0] in"
        " ('nhsi_analysis', 'policy_methods', 'pandera')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_chart_of_lines_loads_no_library_it_does_not_draw_with() -> None:
    code = (
        "import sys, notebook_reports.charts.lines;"
        "print({'seaborn', 'matplotlib.pyplot', 'pandera', 'scipy.optimize'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
