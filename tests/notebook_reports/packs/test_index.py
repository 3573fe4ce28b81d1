"""The page of a pack: its order, its tables, what stands at the head of a column and in a cell."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup

from notebook_reports.evidence import Estimate, Finding
from notebook_reports.packs.index import choices, index_page, parts
from notebook_reports.report import building


def record(name: str, *shown: Finding, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "title": name,
        "section": "",
        "group": "",
        "notebook": "05_profile",
        "question": "How is it?",
        "facets": {},
        "status": "done",
        "failure": None,
        "findings": [building.finding(finding) for finding in shown],
        "lede": "",
    } | more


def page_of(*records: dict[str, Any]) -> BeautifulSoup:
    counts = {s: sum(r["status"] == s for r in records) for s in ("done", "failed", "not run")}
    manifest = {
        "title": "Pack",
        "description": "",
        "status": "done",
        "counts": counts,
        "finished": "2026-11-26T07:00:00+00:00",
        "git": {"commit": "", "dirty": False},
        "reports": list(records),
    }
    return BeautifulSoup(index_page(manifest), "html.parser")


def share(year: str, low: float | None = 0.1) -> Finding:
    estimate = Estimate(0.2, low, 0.3, "share", kind="peers", label=f"of costs on agency, {year}")
    return Finding("agency_share", estimate)


def rating(said: str, grade: int) -> Finding:
    return Finding("rating", Estimate(grade, said=said, label="CQC's rating, published today"))


def only_table(*records: dict[str, Any]) -> Any:
    ((block,),) = [part.blocks for part in parts(records)]
    (table,) = block.tables
    return table


def test_a_head_says_what_most_labels_say_and_a_cell_what_its_own_adds() -> None:
    found = [record(name, share("2023/24")) for name in ("A", "B")]
    table = only_table(*found, record("C", share("2022/23")))
    assert [(c.head, c.rest) for c in table.columns] == [("Costs on agency", "2023/24")]
    cells = [row.cells[0] for row in table.rows]
    assert [cell and cell.beyond for cell in cells] == ["", "", "2022/23"]
    assert next(cell and cell.interval for cell in cells) == "peers 10.0% to 30.0%"


def test_where_labels_differ_mostly_every_cell_says_its_own() -> None:
    table = only_table(*(record(year, share(year)) for year in ("2021/22", "2022/23", "2023/24")))
    assert [(c.head, c.rest) for c in table.columns] == [("Costs on agency", "")]
    assert [row.cells[0].beyond for row in table.rows] == ["2021/22", "2022/23", "2023/24"]
    own = [record(x, Finding("most_cut", Estimate(1, label=f"in {x}"))) for x in "AB"]
    table = only_table(*own)
    assert [c.head for c in table.columns] == ["Most cut"]
    assert [row.cells[0].beyond for row in table.rows] == ["in A", "in B"]
    most = [record(x, Finding("cut", Estimate(1, label=f"among {x} trusts"))) for x in "aab"]
    table = only_table(*most)
    assert [c.head for c in table.columns] == ["Among a trusts"]
    assert [row.cells[0].beyond for row in table.rows] == ["", "", "among b trusts"]


def test_a_count_of_a_number_keeps_its_of() -> None:
    label = "of 76 claims hold, by March"
    table = only_table(*(record(x, Finding("hold", Estimate(2, label=label))) for x in "AB"))
    assert table.columns[0].head == "Of 76 claims hold"


def test_each_kind_has_a_table_of_its_own_by_name() -> None:
    place = {"section": "Trusts", "facets": {"region": "North", "kind": "Report"}}
    found = parts(
        [
            record("RX1", share("2023/24"), title="Report 10", group="Acute trusts", **place),
            record("RX2", share("2023/24"), title="Report 9", group="Acute trusts", **place),
            record("RX3", share("2022/23"), title="Zed", group="Ambulance trusts", **place),
            record("RX4", title="Alone", notebook="01_other", section="Trusts"),
        ]
    )
    (part,) = found
    profiles, alone = part.blocks
    assert [[row.record["title"] for row in t.rows] for t in profiles.tables] == [
        ["Report 9", "Report 10"],
        ["Zed"],
    ]
    assert [t.columns[0].rest for t in profiles.tables] == ["2023/24", "2022/23"]
    said = "its rows' names say the first table's kind"
    assert [t.facets for t in profiles.tables] == [("region",), ("region", "kind")], said
    assert alone.single == part.blocks[1].tables[0].rows[0].record


def test_grades_and_places_are_written_and_numbers_sorted_by() -> None:
    place = Finding(
        "rank",
        Estimate(
            14, 3, 18, said="14 of 19", kind="credible interval", confidence=0.9, label="place"
        ),
    )
    page = page_of(
        record("A", rating("Good", 3), place),
        record("B", rating("Outstanding", 4), share("2023/24", None)),
    )
    cells = [(td["data-v"], td.get_text(" ")) for td in page.select("[data-v]")]
    assert cells == [
        ("3", "Good"),
        ("14", "14 of 19 (3 to 18)"),
        ("", "no figure"),
        ("4", "Outstanding"),
        ("", "no figure"),
        ("0.2", "20.0%"),
    ]
    assert [td["class"] for td in page.select("td.n")] == [["n"]] * 4, "words aren't set as numbers"
    assert [p.get_text() for p in page.select("p.small")] == [
        "Ranges without a name: 90% credible interval."
    ]


def test_reports_can_be_chosen_by_facet_and_by_grade_in_the_order_of_grades() -> None:
    grades = {"Good": 3, "Inadequate": 1, "Outstanding": 4, "Requires improvement": 2}
    found = [
        record(said, rating(said, grade), share("2023/24"), facets={"region": region})
        for (said, grade), region in zip(
            grades.items(), ["South", "", "North", "North"], strict=True
        )
    ]
    assert [(c.name, c.label, c.values) for c in choices(parts(found))] == [
        ("rating", "CQC's rating", ("Inadequate", "Requires improvement", "Good", "Outstanding")),
        ("region", "Region", ("North", "Not known", "South")),
    ]


def test_a_folded_kind_says_what_is_inside() -> None:
    found = [record(f"R{n}", rating("Good", 3), group="Acute trusts") for n in range(20)]
    other = [record("X", rating("Outstanding", 4)), record("Y", share("2023/24"))]
    page = page_of(*found, *({**r, "group": "Other"} for r in other))
    assert [s.get_text(" ", strip=True) for s in page.select("details.kind > summary")] == [
        "Acute trusts : 20 reports CQC's rating: 20 Good",
        "Other : 2 reports CQC's rating: 1 Outstanding, 1 no figure",
    ]
    assert not page_of(*found).select("details"), "few enough to be shown"


def test_a_report_alone_is_its_answer_and_its_cards_and_no_words_stand_twice() -> None:
    cards = (share("2023/24"), Finding("kept", Estimate(1, label="as data"), card=False))
    page = page_of(
        record("A", *cards, title="Does it hold?", section="Does it hold?", lede="It does."),
        record("B", title="How much?", section="National", notebook="02", lede="Much <b>."),
    )
    assert [(h.name, h.get_text()) for h in page.select("main h2, main h3")] == [
        ("h2", "Does it hold?"),
        ("h2", "National"),
        ("h3", "How much?"),
    ]
    assert page.h2 is not None
    assert page.h2.find("a", href="reports/A.html")
    text = page.get_text()
    assert text.count("It does.") == text.count("Much <b>.") == 1
    assert [card["id"] for card in page.select("li.card")] == ["finding-A-agency_share"]
    assert not page.select("table, #find")


@pytest.mark.parametrize(("failed", "shown"), [(1, 1), (10, 10), (12, 10)])
def test_findings_come_before_what_was_not_run_and_failures_before_both(
    failed: int, shown: int
) -> None:
    broken = {"status": "failed", "failure": {"message": "no such trust"}}
    page = page_of(
        record("A", share("2023/24")),
        *(record(f"F{n}", **broken) for n in range(failed)),
        *(record(f"N{n}", status="not run") for n in range(3)),
    )
    main = page.find("main")
    assert main is not None
    text = main.get_text(" ", strip=True)
    assert text.index("no such trust") < text.index("of costs on agency")
    assert text.index("of costs on agency") < text.index("Not run: 3 reports") < text.index("N0")
    assert len(page.select("#failed + ul > li")) == shown
    assert (
        f"1 of {failed + 4} reports made, {failed} failed, 3 not run, on 26 November 2026" in text
    )
    waiting = page.select_one("#waiting")
    assert waiting is not None
    assert waiting.name == "details"
    assert len(waiting.select("li")) == 3
