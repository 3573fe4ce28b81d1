"""Find your trust: one unit marked in every figure and row of a page that holds it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import page_rules
import pytest
from page_rules import Open
from playwright.sync_api import Locator, Page
from sample_report import NAME, executed_sample

from notebook_reports.packs.export import export_html
from notebook_reports.report.blocks import MIME

pytestmark = pytest.mark.browser

NAMES = {"A1": "Acute", "M2": NAME, "C3": "Community"}
UNITS = {
    "shares": (
        {"A1": [[330, 40]], "M2": [[380, 80], [90, 80]], "C3": [[430, 70, 520, 70]]},
        [*NAMES],
    ),
    "share_bars": ({"M2": [[100, 60, 400, 60]]}, ["M2", "C3"]),
}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of the made-up notebook, its types of trust looked for by name."""
    nb = executed_sample()
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            block = output.get("data", {}).get(MIME["figure"])
            if block:
                places, codes = UNITS[block["key"]]
                block["units"] = {
                    "kind": "type",
                    "names": {code: NAMES[code] for code in codes},
                    "said": {code: f"{NAMES[code]} is in {block['key']}." for code in codes},
                    "wide": places,
                    "narrow": places,
                }
    found = tmp_path_factory.mktemp("units") / "units.html"
    found.write_text(export_html(nb, pack_title="A pack"), encoding="utf-8")
    return found


@pytest.fixture
def page(open_page: Open, path: Path) -> Iterator[Page]:
    with open_page(path) as page:
        yield page


def field(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Find your type")


def options(page: Page) -> list[str]:
    return page.get_by_role("option").all_inner_texts()


def marked(page: Page) -> list[str]:
    """Return the figures with a visible mark whose label stands inside the drawing."""
    return [
        str(figure)
        for figure in page.evaluate(
            """() => [...document.querySelectorAll(".mark")].filter((mark) => {
            const drawing = mark.closest("svg").getBoundingClientRect();
            const label = mark.querySelector(".tag").getBoundingClientRect();
            return label.width && label.x > drawing.x && label.right < drawing.right
                && label.y > drawing.y && label.bottom < drawing.bottom;
        }).map((mark) => mark.closest("figure").id)"""
        )
    ]


def where(page: Page) -> str:
    return page.locator(".unit-found").inner_text()


def address(page: Page) -> str:
    return page.url.partition("#")[2]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("c3", ["Community (C3)"]),
        ("comm", ["Community (C3)"]),
        ("MUNI", ["Community (C3)"]),
        ("co men", [f"{NAME} (M2)"]),
        ("nowhere", []),
    ],
)
def test_part_of_a_name_or_a_code_in_any_order_finds(
    page: Page, typed: str, found: list[str]
) -> None:
    field(page).fill(typed)
    assert options(page) == found
    status = page.locator(".find-unit [role=status]").inner_text()
    assert status == ("1 type matches" if found else "No type matches")


def test_a_code_may_be_any_word(open_page: Open, path: Path, tmp_path: Path) -> None:
    html = path.read_text(encoding="utf-8").replace('"A1"', '"constructor"')
    other = tmp_path / "other.html"
    other.write_text(html, encoding="utf-8")
    with open_page(other) as page:
        field(page).fill("constructor")
        field(page).press("Enter")
        assert marked(page) == ["fig-shares"]
        assert page.locator(".of-unit").count() == 1
        assert "Not in Figure 2" in where(page)


def test_how_many_match_is_said(page: Page) -> None:
    field(page).press("ArrowDown")
    assert page.locator(".find-unit [role=status]").inner_text() == "3 types match"


def test_the_keyboard_alone_chooses_and_clears(page: Page) -> None:
    field(page).focus()
    page.keyboard.press("ArrowDown")
    assert len(options(page)) == 3
    active = page.locator("[aria-selected=true]")
    for key, name in (("End", NAME), ("ArrowDown", "Acute"), ("ArrowUp", NAME), ("Home", "Acute")):
        page.keyboard.press(key)
        assert active.inner_text().startswith(name), key
        assert field(page).get_attribute("aria-activedescendant") == active.get_attribute("id")
    page.keyboard.press("Escape")
    assert options(page) == []
    page.keyboard.type("acu")
    page.keyboard.press("Enter")
    assert marked(page) == ["fig-shares"]
    assert where(page) == "Acute (A1) is marked in Figure 1 and in Table 1. Not in Figure 2."
    page.get_by_role("button", name="Clear").click()
    assert marked(page) == []
    assert where(page) == ""
    assert address(page) == ""
    assert page.locator(".of-unit, tr.own").count() == 0
    assert page.evaluate("document.activeElement.id") == "find-unit"


def test_what_is_chosen_is_named_told_and_marked_everywhere(page: Page) -> None:
    field(page).fill("mental")
    page.get_by_role("option").click()
    assert marked(page) == ["fig-shares", "fig-share_bars"]
    for figure in ("shares", "share_bars"):
        part = page.locator(f"#fig-{figure}")
        said = part.locator(".of-unit")
        assert said.inner_text().startswith(f"{NAME} is in {figure}.")
        assert "".join(part.locator(".wide .mark text").all_text_contents()).replace(
            " ", ""
        ) == NAME.replace(" ", "")
    row = page.locator("#tab-types tr.own")
    assert NAME in row.inner_text()
    assert row.get_attribute("aria-current") == "true"
    assert address(page) == "unit=M2"


def test_a_unit_told_of_but_not_drawn_is_said_to_be_so(page: Page) -> None:
    field(page).fill("c3")
    page.keyboard.press("Enter")
    assert marked(page) == ["fig-shares"]
    assert where(page) == (
        "Community (C3) is marked in Figure 1 and in Table 1. Told of but not drawn in Figure 2."
    )


def test_the_address_keeps_the_choice_beside_the_place(page: Page, path: Path) -> None:
    page.goto(f"{path.as_uri()}#unit=m2")
    page.reload()
    assert len(marked(page)) == 2
    assert field(page).input_value() == f"{NAME} (M2)"
    page.locator("nav.toc a").last.click()
    page.wait_for_function("location.hash.endsWith('&unit=M2')")
    assert len(marked(page)) == 2
    page.reload()
    assert len(marked(page)) == 2
    assert page.evaluate("scrollY") > 0
    page.evaluate("location.hash = '#unit=A1'")
    page.wait_for_function("document.querySelectorAll('.wide .mark').length === 1")


@pytest.mark.parametrize("code", ["ZZ9", "%FF", "<b>x</b>"])
def test_an_unknown_code_is_said_to_be_so(page: Page, path: Path, code: str) -> None:
    page.goto(f"{path.as_uri()}#unit={code}")
    page.reload()
    assert where(page).startswith("No type on this page has the code ")
    assert marked(page) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_axe_finds_nothing_with_the_list_open_and_a_choice_made(
    open_page: Open, path: Path, width: int, dark: bool
) -> None:
    with open_page(path, width=width, dark=dark) as page:
        field(page).press("ArrowDown")
        page.keyboard.press("ArrowDown")
        assert page_rules.axe_violations(page) == []
        assert not page_rules.scrolls_sideways(page)
        page.keyboard.press("Enter")
        assert page_rules.axe_violations(page) == []
        assert not page_rules.scrolls_sideways(page)
        assert page_rules.unreachable_by_keyboard(page) == set()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_drawing_that_grows_for_a_label_keeps_its_scale(
    open_page: Open, path: Path, width: int
) -> None:
    scales = """() => [...document.querySelectorAll(".plot svg")]
        .filter((svg) => svg.getClientRects().length)
        .map((svg) => [svg.viewBox.baseVal.height, svg.getScreenCTM().a])"""
    with open_page(path, width=width) as page:
        # Words all over each drawing: no label finds room in it.
        page.evaluate(
            """() => document.querySelectorAll(".plot svg").forEach((svg) => {
            const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
            for (let y = 12; y < height; y += 20) {
                const text = document.createElementNS(svg.namespaceURI, "text");
                text.setAttribute("y", y);
                text.setAttribute("textLength", width);
                text.textContent = "words";
                svg.append(text);
            }
        })"""
        )
        before = page.evaluate(scales)
        field(page).fill("mental")
        page.keyboard.press("Enter")
        after = page.evaluate(scales)
        assert len(marked(page)) == 2
    assert [scale for _, scale in after] == pytest.approx([scale for _, scale in before], rel=1e-3)
    assert sum(b > a for (a, _), (b, _) in zip(before, after, strict=True)) == 2


def test_forced_colours_keep_the_mark(open_page: Open, path: Path) -> None:
    with open_page(path, forced_colours=True) as page:
        field(page).fill("mental")
        page.keyboard.press("Enter")
        assert page_rules.axe_violations(page) == []
        assert len(marked(page)) == 2


def test_paper_shows_what_is_chosen_and_not_the_field(page: Page, path: Path) -> None:
    page.goto(f"{path.as_uri()}#unit=M2")
    page.emulate_media(media="print")
    assert not field(page).is_visible()
    assert page.locator(".unit-found").is_visible()
    assert len(marked(page)) == 2
    assert page.locator(".of-unit").first.is_visible()


def test_without_scripts_the_page_has_no_field(open_page: Open, path: Path) -> None:
    with open_page(path, scripts=False) as page:
        assert page.locator(".find-unit").count() == 0
        assert "Find your" not in page.locator("body").inner_text()


# The same over the real reports: league and ratings.

WHOLE = [pytest.mark.notebook, pytest.mark.slow]
REPORTS = [
    pytest.param("01_league_table_critique", "st peter", id="league", marks=WHOLE),
    pytest.param("04_cqc_rating_shifts", "rtk", id="ratings", marks=WHOLE),
]
ROWS = {
    "rank_sets": lambda row: [f"{row['lower']} to {row['upper']}"],
    "choice_ranges": lambda row: [f"from {row['lower']}", f"to {row['upper']}"],
    "funnel": lambda row: [f"{100 * float(row['value']):.1f}%"],
    "key_question_ratings": lambda row: [f"safe {row['Safe'].lower()}"],
    "rating_ages": lambda row: [row["rating"].lower()],
}
"""What a figure's sentence says of the row of its data."""


def holds(page: Page, code: str) -> dict[str, str]:
    """Return the figures that hold a unit, each with its sentence, as the page's data say."""
    told = json.loads(page.locator("#find-unit-data").text_content() or "")["figures"]
    assert {f"fig-{key}" for key in told} == set(
        page.eval_on_selector_all("main figure[id^=fig-]", "all => all.map(f => f.id)")
    ), "every figure of these reports holds units"
    return {f"fig-{key}": figure["said"][code] for key, figure in told.items()}


def row_of(page: Page, figure: str, code: str) -> dict[str, Any]:
    """Return a unit's row of the data that a figure offers."""
    link = page.locator(f"#{figure} a[download$='.csv']").first.get_attribute("href") or ""
    rows = csv.DictReader(io.StringIO(unquote(link.partition(",")[2]).removeprefix("\ufeff")))
    return next(row for row in rows if code in (row.get("org_code"), row.get("unit")))


@pytest.mark.parametrize(("report", "typed"), REPORTS)
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_a_trust_is_marked_in_every_figure_that_holds_it(
    open_page: Open, quarterly_pack: Path, report: str, typed: str, width: int
) -> None:
    path = quarterly_pack / "reports" / f"{report}.html"
    with open_page(path, width=width) as page:
        page_rules.unfold(page)
        page.get_by_role("combobox", name="Find your trust").focus()
        page.keyboard.type(typed)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        wanted = holds(page, "RTK")
        assert marked(page) == list(wanted)
        for figure, sentence in wanted.items():
            shown = page.locator(f"#{figure} .of-unit").inner_text()
            assert shown.partition(" Next: ")[0] == sentence
            if found := ROWS.get(figure.removeprefix("fig-")):
                for number in found(row_of(page, figure, "RTK")):
                    assert number in sentence
        assert address(page) == "unit=RTK"
        assert page_rules.axe_violations(page) == []
        assert not page_rules.scrolls_sideways(page)
        page.reload()
        page_rules.unfold(page)
        assert marked(page) == list(wanted)
        page.emulate_media(media="print")
        assert marked(page) == list(wanted)
