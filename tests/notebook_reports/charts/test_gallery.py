from __future__ import annotations

import types

import pytest
from bs4 import BeautifulSoup

from notebook_reports.charts import check, gallery
from notebook_reports.report import blocks


def test_every_chart_type_has_an_example() -> None:
    assert gallery.chart_types()
    assert gallery.without_example() == []


@pytest.mark.parametrize("name", sorted(gallery.chart_types()))
def test_example_is_drawn_without_fault_and_described(name: str) -> None:
    make = gallery.examples().get(name)
    assert make is not None, f"{name} has no example: register one with gallery.example"
    shown = make()
    assert check.problems(shown.figure) == []
    assert not blocks.is_filler(shown.alt, shown.title)
    assert len(shown.data)


def test_a_chart_type_without_example_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from notebook_reports.charts import bars

    def strange_chart() -> bars.Figure:
        raise AssertionError("never drawn")

    strange_chart.__module__ = bars.__name__
    strange_chart.__annotations__["return"] = "Figure"
    monkeypatch.setattr(bars, "strange_chart", strange_chart, raising=False)
    assert isinstance(strange_chart, types.FunctionType)
    assert gallery.without_example() == ["bars.strange_chart"]


def test_the_page_shows_every_chart_type() -> None:
    from notebook_reports.packs.gallery import gallery_html

    page, faults = gallery_html()
    soup = BeautifulSoup(page, "html.parser")
    assert faults == []
    assert len(soup.find_all("svg")) == len(gallery.chart_types())
