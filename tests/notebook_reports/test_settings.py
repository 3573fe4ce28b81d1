"""Settings: a study's parameters, checked by the rules of a notebook's cell."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import numpy as np
import pytest

from notebook_reports import report
from notebook_reports.errors import ParameterError
from notebook_reports.parameters import Settings
from notebook_reports.parameters.declared import parse_parameters

CELL = """
years: list[int] = [2016, 2017]  # Years counted | from 2010 to 2020
level: float = 0.95  # Level of intervals | from 0.5 to 0.999
kind: str = "all"  # Kind of bed | one of: all, general
weights: dict[str, float] | None = None  # Weight of each
after: str = ""  # First day | date
"""


@dataclasses.dataclass(frozen=True)
class Beds(Settings):
    years: Annotated[list[int], "Years counted", "from 2010 to 2020"] = dataclasses.field(
        default_factory=lambda: [2016, 2017]
    )
    level: Annotated[float, "Level of intervals", "from 0.5 to 0.999"] = 0.95
    kind: Annotated[str, "Kind of bed", "one of: all, general"] = "all"
    weights: Annotated[dict[str, float] | None, "Weight of each"] = None
    after: Annotated[str, "First day", "date"] = ""

    def check(self) -> None:
        if self.years != sorted(self.years):
            raise ParameterError("years", "must be in order", value=self.years)


def test_a_class_declares_what_a_cell_declares():
    assert Beds.declared() == parse_parameters(CELL, "beds").items


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"years": [2009]}, "'years' must be from 2010 to 2020 (got 2009)"),
        ({"years": "2016"}, "'years' must be a list of whole numbers, not text"),
        ({"level": 1}, "'level' must be from 0.5 to 0.999"),
        ({"kind": "generl"}, "did you mean general"),
        ({"after": "3 May"}, "'after' must be a date such as 2018-09-03"),
        ({"weights": {"a": float("nan")}}, "'a' is NaN"),
        ({"years": [2017, 2016]}, "'years' must be in order"),
    ],
)
def test_a_broken_rule_is_named(given, said):
    with pytest.raises(ParameterError) as caught:
        Beds(**given)
    assert said in str(caught.value)


def test_each_settings_have_a_default_of_their_own():
    one, other = Beds(), Beds()
    one.years.append(2018)
    assert other.years == Beds().years == [2016, 2017]


def test_a_notebook_s_variables_are_read_checked_and_kept_for_its_last_cell(monkeypatch):
    from notebook_reports.report import calls

    shown = []
    monkeypatch.setattr(calls, "_display", lambda kind, block, html, text: shown.append(block))
    cell = "found = report.parameters(Beds)\nreport.provenance()"
    names = {"report": report, "Beds": Beds, **Beds(level=0.9).to_dict(), "other": 3}
    exec(cell, names)
    assert names["found"] == Beds(level=0.9)
    assert shown[0]["parameters"] == Beds(level=0.9).to_dict()


def test_a_parameter_that_no_cell_has_set_is_named():
    names = {"report": report, "Beds": Beds, **Beds().to_dict()}
    del names["kind"]
    with pytest.raises(ParameterError, match="'kind' is not set: run the cell that sets years"):
        exec("report.parameters(Beds)", names)


@pytest.mark.parametrize("wrong", [int, Beds(), None])
def test_what_is_no_class_of_settings_is_refused(wrong):
    with pytest.raises(ParameterError, match="must be a class derived from Settings"):
        report.parameters(wrong)


def test_a_field_without_words_is_refused():
    @dataclasses.dataclass(frozen=True)
    class Bare(Settings):
        year: int = 2016

    with pytest.raises(TypeError, match=r"Bare\.year must be Annotated"):
        Bare()


def test_a_class_that_would_pass_over_a_notebook_s_value_is_refused():
    class Plain(Beds):
        beds: Annotated[int, "Beds counted"] = 1

    @dataclasses.dataclass(frozen=True)
    class Bare(Settings):
        beds: Annotated[int, "Beds counted"]

    @dataclasses.dataclass(frozen=True)
    class Odd(Settings):
        beds: Annotated[complex, "Beds counted"] = 1j

    with pytest.raises(TypeError, match="Plain must be a dataclass for beds to be its field"):
        Plain()
    with pytest.raises(TypeError, match=r"Bare\.beds must have a default"):
        Bare(1)
    with pytest.raises(TypeError, match=r"^Odd gives beds a type other than"):
        Odd()


def test_what_passes_for_text_or_a_number_becomes_one():
    found = Beds(kind=np.str_("general"), level=np.float64(0.9), years=(2016,))
    assert [type(value) for value in (found.kind, found.level, found.years)] == [str, float, list]


def test_parameters_that_nobody_has_read_are_not_called_none(monkeypatch):
    from notebook_reports.report import calls, origins

    shown = []
    monkeypatch.setattr(origins, "_kept", {})
    monkeypatch.setattr(calls, "_display", lambda kind, block, html, text: shown.append(html))
    report.provenance()
    report.provenance({"level": 0.9})
    assert "Parameters" not in shown[0]
    assert "<p><b>Parameters:</b> level = 0.9</p>" in shown[1]


def test_only_a_section_or_a_part_of_one_is_shown():
    with pytest.raises(ParameterError, match="must be a Section or a part of one"):
        report.show("text")


def test_a_second_notebook_of_a_session_lists_its_own_tables(monkeypatch):
    from nhsi_analysis import datasets
    from notebook_reports.report import calls

    shown = []
    monkeypatch.setattr(calls, "_display", lambda kind, block, html, text: shown.append(block))
    names = {"report": report, "Beds": Beds, "datasets": datasets, **Beds().to_dict()}
    exec("report.parameters(Beds)\ndatasets.load('trusts')", names)
    exec("report.parameters(Beds)\ndatasets.load('claims')\nreport.provenance()", names)
    assert [table["name"] for table in shown[0]["tables"]] == ["claims"]
