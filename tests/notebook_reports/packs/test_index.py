"""The page of a pack: what stands at the head of a column and in its cells."""

from __future__ import annotations

from typing import Any

from bs4 import BeautifulSoup

from notebook_reports.evidence import Estimate, Finding
from notebook_reports.packs.index import groups, index_page
from notebook_reports.report import building


def record(name: str, *shown: Finding) -> dict[str, Any]:
    return {
        "id": name,
        "title": name,
        "section": "",
        "notebook": "05_profile",
        "question": "How is it?",
        "facets": {},
        "status": "done",
        "findings": [building.finding(finding) for finding in shown],
        "lede": "",
    }


def share(year: str, low: float | None = 0.1) -> Finding:
    estimate = Estimate(0.2, low, 0.3, "share", kind="peers", label=f"of costs on agency, {year}")
    return Finding("agency_share", estimate)


def test_a_head_says_what_most_labels_say_and_a_cell_what_its_own_adds() -> None:
    found = [record(name, share("2023/24")) for name in ("A", "B")]
    (group,) = groups([*found, record("C", share("2022/23"))])
    assert group.columns == ("Of costs on agency, 2023/24",)
    cells = [row.cells[0] for row in group.rows]
    assert [cell and cell.beyond for cell in cells] == ["", "", "2022/23"]
    assert next(cell and cell.interval for cell in cells) == "peers 10.0% to 30.0%"


def test_where_labels_differ_mostly_every_cell_says_its_own_and_without_a_clause_the_key() -> None:
    (group,) = groups([record(year, share(year)) for year in ("2021/22", "2022/23", "2023/24")])
    assert group.columns == ("Of costs on agency",)
    assert [row.cells[0].beyond for row in group.rows if row.cells[0]] == [
        "2021/22",
        "2022/23",
        "2023/24",
    ]
    own = [record(x, Finding("most_cut", Estimate(1, label=f"in {x}"))) for x in "AB"]
    (group,) = groups(own)
    assert group.columns == ("Most cut",)
    assert [row.cells[0].beyond for row in group.rows if row.cells[0]] == ["", ""]


def test_grades_and_places_are_written_and_numbers_sorted_by() -> None:
    grade = Finding("rating", Estimate(3, label="rating", said="Good"))
    place = Finding(
        "rank",
        Estimate(
            14, 3, 18, said="14th of 19", kind="credible interval", confidence=0.9, label="place"
        ),
    )
    manifest = {
        "title": "Pack",
        "description": "",
        "status": "done",
        "counts": {"done": 2, "failed": 0, "not run": 0},
        "finished": "2026-11-26",
        "git": {"commit": "", "dirty": False},
        "reports": [record("A", grade, place), record("B", grade, share("2023/24", None))],
    }
    page = BeautifulSoup(index_page(manifest), "html.parser")
    cells = [(td["data-v"], td.get_text(" ")) for td in page.select("tbody td.n")]
    assert cells == [
        ("3", "Good"),
        ("14", "14th of 19 (3 to 18)"),
        ("", "no data"),
        ("3", "Good"),
        ("", "no data"),
        ("0.2", "20.0%"),
    ]
    assert page.caption is not None
    assert page.caption.get_text().endswith("in brackets, unless named: 90% credible interval")
