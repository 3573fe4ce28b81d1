"""The index of a pack, opened in a real Chromium: its length, its search, its address."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import page_rules
import pytest
from page_rules import Open, skip_or_fail
from playwright.sync_api import Page

from notebook_reports.evidence import Estimate, Finding
from notebook_reports.packs.index import index_page
from notebook_reports.report import building

pytestmark = pytest.mark.browser

SCREEN = 900
MOST_SCREENS = 8
KINDS = {"Acute": 134, "Ambulance": 10, "Community": 30, "Mental health": 52}
REGIONS = ("London", "Midlands and East", "North", "South")
GRADES = ("Inadequate", "Requires improvement", "Good", "Outstanding")

Index = Callable[[str], Path]


def _record(number: int, title: str, *shown: Finding, **more: Any) -> dict[str, Any]:
    return {
        "id": f"report-{number}",
        "title": title,
        "section": "",
        "group": "",
        "notebook": "05_profile",
        "question": "What is known of one trust?",
        "facets": {},
        "status": "done",
        "failure": None,
        "findings": [building.finding(finding) for finding in shown],
        "lede": "Of 226 trusts 18 moved up and 8 moved down, so chance can't be ruled out. " * 3,
    } | more


def _trusts() -> list[dict[str, Any]]:
    """Return the records of 226 trusts, in an order that isn't that of their names."""
    chance = random.Random(1)
    names = ("Guy's and St Thomas'", "Royal", "King's College Hospital", "North Bristol")
    found = []
    for kind, size in KINDS.items():
        for n in range(size):
            grade = chance.randint(1, 4)
            label = f"CQC's rating on 1 March 2019, published {n % 28 + 1} May 2018"
            value, low = chance.random(), chance.random()
            share = Estimate(
                value, low / 2, low, "share", kind="peers", label="of costs on agency, 2023/24"
            )
            found.append(
                _record(
                    len(found),
                    f"{names[n % 4]} {kind} NHS Foundation Trust {n} (R{len(found):02d})",
                    Finding("rating", Estimate(grade, said=GRADES[grade - 1], label=label)),
                    Finding("agency_share", share),
                    group=f"{kind} trusts",
                    facets={"region": REGIONS[n % 4], "type": kind},
                )
            )
    chance.shuffle(found)
    return found


def _quarter() -> list[dict[str, Any]]:
    """Return the records of 13 reports: five that stand alone, eight in two tables."""
    counts = [
        Finding(key, Estimate(n, said=f"{n} of 35 trusts", label=f"{key} by 1 March 2019, England"))
        for n, key in enumerate(("moved_up", "moved_down", "inspected", "rated_good"))
    ]
    found = [
        _record(n, f"Question {n}?", *counts, section=section, notebook=f"0{n}")
        for n, section in enumerate(("Question 0?", *["National"] * 4))
    ]
    for section, facet, places in (("By region", "region", REGIONS), ("By kind", "type", KINDS)):
        for place in places:
            more = {"section": section, "facets": {facet: place}}
            found.append(_record(len(found), f"Shifts: {place}", *counts, **more))
    return found


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    """Return a function that writes the index of a made-up pack: "13", "226" or "partial"."""
    folder = tmp_path_factory.mktemp("index")

    def written(name: str) -> Path:
        records = _quarter() if name == "13" else _trusts()
        if name == "partial":
            records = [
                record if n < 10 else record | {"status": "not run", "findings": [], "lede": ""}
                for n, record in enumerate(records)
            ]
        counts = {s: sum(r["status"] == s for r in records) for s in ("done", "failed", "not run")}
        manifest = {
            "title": "A pack",
            "description": "What is known, and how sure it is.",
            "status": "done",
            "counts": counts,
            "finished": "2026-11-26T07:00:00+00:00",
            "git": {"commit": "", "dirty": False},
            "reports": records,
        }
        path = folder / f"{name}.html"
        path.write_text(index_page(manifest), encoding="utf-8")
        return path

    return written


def rows(page: Page) -> int:
    return page.locator("tbody tr").filter(visible=True).count()


def said(page: Page) -> str:
    return page.get_by_role("status").inner_text()


@pytest.mark.parametrize("name", ["13", "226", "partial"])
@pytest.mark.parametrize("scripts", [True, False])
def test_it_is_no_longer_than_a_reader_bears(
    open_page: Open, index: Index, name: str, scripts: bool
) -> None:
    with open_page(index(name), scripts=scripts) as page:
        height = page.evaluate("document.documentElement.scrollHeight")
        assert height <= MOST_SCREENS * SCREEN, f"{height / SCREEN:.1f} screens"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390, 320])
@pytest.mark.parametrize("name", ["13", "226", "partial"])
def test_axe_finds_nothing_nothing_overflows_and_captions_are_whole(
    open_page: Open, index: Index, name: str, width: int, dark: bool
) -> None:
    with open_page(index(name), width=width, dark=dark) as page:
        page_rules.unfold(page)
        assert page_rules.axe_violations(page) == []
        assert not page_rules.scrolls_sideways(page)
        assert page_rules.nests(page_rules.heading_levels(page))
        for words in page.locator("caption .cap, summary, label").all():
            box = words.bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= width


def test_every_index_is_valid_html_and_every_part_is_reached_by_keyboard(
    open_page: Open, index: Index
) -> None:
    paths = [index(name) for name in ("13", "226", "partial")]
    for path in paths:
        with open_page(path) as page:
            assert page_rules.unreachable_by_keyboard(page) == set()
    java = shutil.which("java")
    if java is None:
        skip_or_fail("Java is not installed: the HTML validator can't run")
    assert page_rules.html_faults(paths, str(java)) == []


def test_without_scripts_every_kind_can_be_opened_and_no_dead_field_is_offered(
    open_page: Open, index: Index
) -> None:
    with open_page(index("226"), scripts=False) as page:
        assert not page.locator("#find").is_visible()
        page_rules.unfold(page)
        assert rows(page) == 226


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("london acute", sum(n % 4 == 0 for n in range(134))),
        ("  ACUTE   London ", sum(n % 4 == 0 for n in range(134))),
        ("kings ambulance", sum(n % 4 == 2 for n in range(10))),
        ("guy’s ambulance", sum(n % 4 == 0 for n in range(10))),
        ("r07", 1),
        ("london nowhere", 0),
    ],
)
def test_words_in_any_order_open_the_kinds_that_hold_them_all(
    open_page: Open, index: Index, words: str, found: int
) -> None:
    with open_page(index("226")) as page:
        assert said(page) == "226 reports"
        page.get_by_role("searchbox").fill(words)
        assert said(page) == f"{found} of 226 reports"
        assert rows(page) == found
        assert page.locator("details.kind").filter(visible=True).count() == min(found, 1)
        page.get_by_role("button", name="Show all").click()
        assert said(page) == "226 reports"
        assert page.locator("details.kind[open]").count() == 0
        assert page.get_by_role("searchbox").input_value() == ""


def test_a_kind_says_how_many_it_holds_of_those_looked_for(open_page: Open, index: Index) -> None:
    with open_page(index("226")) as page:
        page.locator("details.kind summary").nth(1).click()
        page.get_by_label("Region").select_option("London")
        shown = page.locator("details.kind summary").all_inner_texts()
        assert [" ".join(text.split()) for text in shown] == [
            "Acute trusts: 34 of 134 reports",
            "Ambulance trusts: 3 of 10 reports",
            "Community trusts: 8 of 30 reports",
            "Mental health trusts: 13 of 52 reports",
        ]
        assert said(page) == "58 of 226 reports"
        page.get_by_label("Type").select_option("Ambulance")
        assert rows(page) == 3
        page.get_by_role("button", name="Show all").click()
        opened = page.locator("details.kind").evaluate_all("kinds => kinds.map(k => k.open)")
        assert opened == [False, True, False, False], "as the reader had them"


def test_what_is_asked_is_kept_in_the_address(open_page: Open, index: Index) -> None:
    path = index("226")
    with open_page(path) as page:
        page.get_by_label("Region").select_option("Midlands and East")
        page.get_by_label("CQC's rating on 1 March 2019").select_option("Good")
        page.get_by_role("searchbox").press_sequentially("acute king")
        address, asked = page.url, said(page)
        assert address == f"{path.as_uri()}#find=acute+king&rating=Good&region=Midlands+and+East"
        page.reload()
        assert said(page) == asked
        assert page.get_by_label("Region").input_value() == "Midlands and East"
        page.go_back()
        assert page.get_by_role("searchbox").input_value() == "", "one step for all its letters"
        assert page.get_by_label("CQC's rating on 1 March 2019").input_value() == "Good"
        page.go_forward()
        assert said(page) == asked
        page.goto("about:blank")
        page.go_back()
        assert said(page) == asked
    with open_page(path) as page:
        page.goto(f"{path.as_uri()}#find=London+acute&region=Nowhere")
        page.reload()
        assert said(page) == "34 of 226 reports"
        assert page.get_by_label("Region").input_value() == "", "a value there isn't is no filter"
        page.locator(".skip").evaluate("link => link.click()")
        assert said(page) == "34 of 226 reports", "a link within the page asks for nothing"


def test_tables_sort_within_their_kind_by_the_order_of_grades(
    open_page: Open, index: Index
) -> None:
    with open_page(index("226")) as page:
        page_rules.unfold(page)
        acute, ambulance = (page.locator("table").nth(n) for n in (0, 1))
        names = acute.locator("tbody th").all_inner_texts()
        assert names[:2] == [
            "Guy's and St Thomas' Acute NHS Foundation Trust 0 (R00)",
            "Guy's and St Thomas' Acute NHS Foundation Trust 4 (R04)",
        ], "by name, its numbers as numbers"
        before = ambulance.locator("tbody th").all_inner_texts()
        rating = acute.get_by_role("columnheader", name="CQC's rating")
        rating.get_by_role("button").click()
        grades = [
            text.split("\n")[0] for text in acute.locator("td[data-v]:not(.n)").all_inner_texts()
        ]
        assert grades == sorted(grades, key=GRADES.index)
        assert len(set(grades)) == 4
        assert ambulance.locator("tbody th").all_inner_texts() == before
        assert acute.get_by_role("columnheader", name="Files").get_by_role("button").count() == 0


def test_the_index_of_a_quarter_is_searched_too(open_page: Open, index: Index) -> None:
    with open_page(index("13")) as page:
        page.get_by_role("searchbox").fill("shifts london")
        assert said(page) == "1 of 13 reports"
        assert page.locator("h2").filter(visible=True).all_inner_texts() == [
            "By region",
            "About this page",
        ]
        page.get_by_role("searchbox").fill("3? question")
        assert page.locator("h3").filter(visible=True).all_inner_texts() == ["Question 3?"]


def test_on_paper_every_kind_is_open(open_page: Open, index: Index) -> None:
    with open_page(index("226"), width=700) as page:
        page.emulate_media(media="print")
        page.wait_for_function("document.querySelectorAll('details.kind:not([open])').length === 0")
        assert rows(page) == 226
