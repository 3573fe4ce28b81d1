"""Which units a page holds, and where."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

import pytest

from notebook_reports import project
from notebook_reports.packs.units import PageUnits


class Towns(project.Project):
    def units(self) -> Mapping[str, Sequence[str]]:
        return {"T1": ("Ayton", "Ayton Town Council"), "T2": ("Beeton", "Beeton & Sons' Council")}


@pytest.fixture(autouse=True)
def towns(monkeypatch):
    monkeypatch.setattr(project, "_registered", Towns())


def block(**units):
    return {"key": "ranks", "units": {"kind": "town", "narrow": {}, **units}}


def told(page):
    element = page.data()
    assert "<" not in element[1:].removesuffix("</script>")
    return json.loads(re.fullmatch(r"<script [^>]*>(.*)</script>", element)[1])


ONE = {"names": {"T1": "Ayton"}, "said": {"T1": "Ayton is 1st."}, "wide": {"T1": [[1, 2]]}}


def test_a_page_without_units_has_no_field_and_marks_no_row():
    page = PageUnits([{"key": "old"}, {"key": "none", "units": None}])
    assert not page
    assert page.data() == ""
    assert page.of_row(["Ayton"]) == ""


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (["T1", "8"], "T1"),
        (["Ayton"], "T1"),
        (["7", "The ayton town council"], "T1"),
        (["Somewhere (T2)", "Good"], "T2"),
        (["Beeton and Sons’ Council"], "T2"),
        (["Ayton and Beeton"], ""),
        (["Ayton (1 of 2)"], ""),
        (["", "Ceeton"], ""),
        ([], ""),
    ],
)
def test_a_row_is_about_the_unit_that_a_cell_names(cells, code):
    assert PageUnits([block(**ONE)]).of_row(cells) == code


def test_a_number_is_no_code():
    numbered = {"names": {"7": "Ayton"}, "said": {"7": "Ayton is 1st."}}
    page = PageUnits([block(**numbered)])
    assert page.of_row(["7", "8", "Towns (7)"]) == ""
    assert page.of_row(["Ayton"]) == "7"


def test_only_units_of_the_page_are_offered_by_all_their_names():
    page = PageUnits([block(**ONE)])
    assert told(page) == {
        "kinds": ["town"],
        "names": {"T1": ["Ayton", "Ayton Town Council"]},
        "figures": {"ranks": {"said": {"T1": "Ayton is 1st."}, "wide": {"T1": [[1, 2]]}}},
    }
    page.of_row(["Beeton"])
    assert told(page)["names"]["T2"] == ["Beeton", "Beeton & Sons' Council"]


def test_a_name_can_not_end_the_element():
    page = PageUnits([block(names={"X": "</script><!--"}, said={"X": "<b>"})])
    assert told(page)["names"]["X"] == ["</script><!--"]
