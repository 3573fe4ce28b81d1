"""Every page of a whole pack, opened in a real Chromium and held to every rule."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import page_rules
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from page_rules import Open, skip_or_fail
from playwright.sync_api import Page
from workbook_rules import check_workbook

from notebook_reports.packs.imprint import LONGEST_TITLE

pytestmark = [pytest.mark.browser, pytest.mark.notebook, pytest.mark.slow]

SCREEN = 900
MOST_SCREENS = 14
A4_LESS_MARGINS = 263 / 25.4 * 96


@pytest.fixture(scope="module")
def pages(quarterly_pack: Path) -> list[Path]:
    found = [quarterly_pack / "index.html", *sorted(quarterly_pack.glob("reports/*.html"))]
    assert len(found) > 1
    return found


def test_each_figure_and_table_is_numbered_and_referred_to(pages: list[Path]) -> None:
    for path in pages[1:]:
        main = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").main
        for kind, word in (("figure[id]", "Figure"), (".tabular[id]", "Table")):
            parts = main.select(kind)
            numbers = {f"#{part['id']}": part.select_one("a.no").get_text() for part in parts}
            assert list(numbers.values()) == [f"{word} {n + 1}" for n in range(len(parts))]
            links = [
                a for a in main.find_all("a", href=list(numbers)) if "no" not in a.get("class", ())
            ]
            assert all(a.get_text() == numbers[a["href"]] for a in links), path.name
            evident = {f"#{p['id']}" for p in parts if not p.find_parent(class_="appendix")}
            assert evident <= {a["href"] for a in links}, path.name


def test_no_report_is_longer_than_a_reader_bears(open_page: Open, pages: list[Path]) -> None:
    for path in pages[1:]:
        with open_page(path, width=1280) as page:
            height = page.evaluate("document.documentElement.scrollHeight")
            assert height <= MOST_SCREENS * SCREEN, f"{path.name}: {height / SCREEN:.1f} screens"


def test_the_first_screen_answers(open_page: Open, pages: list[Path]) -> None:
    for path in pages[1:]:
        with open_page(path, width=1280) as page:
            names = page.locator("dl.beside dt").all_text_contents()
            assert names == ["How sure", "As at", "What follows", "What would change this"]
            for part in (".lede", "dl.beside", "ul.cards >> nth=0"):
                box = page.locator(part).bounding_box()
                assert box is not None
                assert box["y"] + box["height"] <= SCREEN, f"{path.name}: {part}"
            cards = page.locator("ul.cards >> nth=0").locator("a")
            assert cards.count() == page.locator("ul.cards >> nth=0").locator("li").count()


def test_a_page_saved_alone_says_who_speaks_and_where_to_ask(
    open_page: Open, pages: list[Path], tmp_path: Path
) -> None:
    for path in pages:
        alone = tmp_path / path.name
        alone.write_bytes(path.read_bytes())
        with open_page(alone, width=1280) as page:
            assert len(page.title()) <= LONGEST_TITLE, page.title()
            head = page.locator("header.bar")
            box = head.bounding_box()
            assert box is not None
            assert box["height"] <= 70
            words = " ".join(head.inner_text().split())
            assert words.startswith(
                "NHSI analysis team · Independent of the NHS and of NHS Improvement DRAFT "
                "Quarter 4 of 2018/19 · "
            )
            if path.parent.name == "reports":
                day = re.search(r"Data as at ([^·]+) · ", words)
                assert day is not None, path.name
                shown = page.locator("dl.beside dd").nth(1).inner_text()
                assert day[1] in " ".join(shown.split())
            terms = page.locator("footer dt").all_text_contents()
            assert {"Made by", "Status", "Questions", "Version", "Next update"} <= set(terms)
            outward = page.locator("a[href^='..'], a[href$='.html']")
            if path.parent.name == "reports":
                assert outward.count() == page.locator("footer nav a").count() > 0
            page.emulate_media(media="print")
            assert page.locator(".draft").is_visible()
            assert page.get_by_text("Version", exact=True).is_visible()
            assert not page.locator("footer nav").is_visible()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_axe_finds_nothing_and_no_page_scrolls_sideways(
    open_page: Open, pages: list[Path], width: int, dark: bool
) -> None:
    for path in pages:
        with open_page(path, width=width, dark=dark) as page:
            page_rules.unfold(page)
            assert page_rules.axe_violations(page) == [], path.name
            assert not page_rules.scrolls_sideways(page), path.name
            assert page_rules.nests(page_rules.heading_levels(page)), path.name


def test_keyboard_alone_reaches_everything(open_page: Open, pages: list[Path]) -> None:
    for path in pages:
        with open_page(path) as page:
            page_rules.unfold(page)
            assert page_rules.unreachable_by_keyboard(page) == set(), path.name


def test_no_page_is_too_heavy_to_mail(pages: list[Path]) -> None:
    for path in pages:
        limit = 1_000_000 if path.stem == "04_cqc_rating_shifts" else 1_500_000
        assert path.stat().st_size < limit, path.name


def test_without_scripts_nothing_is_lost(open_page: Open, pages: list[Path]) -> None:
    def shown(page: Page) -> list[str]:
        page_rules.unfold(page)
        everything = page.locator("figure .plot, main tbody tr, .card")
        assert everything.evaluate_all(
            "parts => parts.every(p => p.checkVisibility({contentVisibilityAuto: true}))"
        )
        return [re.sub(r"\s+", " ", text) for text in everything.all_text_contents()]

    for path in pages:
        with open_page(path, scripts=False) as page:
            plain = shown(page)
        with open_page(path) as page:
            assert shown(page) == plain, path.name


def test_paper_shows_every_source_and_cuts_nothing(open_page: Open, pages: list[Path]) -> None:
    for path in pages:
        with open_page(path, width=680) as page:
            page.emulate_media(media="print")
            for figure in page.locator("figure").all():
                name = f"{path.name}: {figure.get_attribute('id')}"
                assert figure.get_by_text(re.compile("^Source: ")).is_visible(), name
                box = figure.bounding_box()
                assert box is not None
                assert box["height"] < A4_LESS_MARGINS, name
                assert figure.evaluate("f => getComputedStyle(f).breakInside") == "avoid", name
            uncut = page.locator(".plot, .scroll").evaluate_all(
                "boxes => boxes.filter(b => getComputedStyle(b).overflowX !== 'visible'"
                " || getComputedStyle(b).overflowY !== 'visible').map(b => b.outerHTML)"
            )
            assert uncut == [], path.name
            rows = "rows => rows.every(r => getComputedStyle(r).breakInside === 'avoid')"
            assert page.locator("tr").evaluate_all(rows), path.name


def test_every_page_is_valid_html(pages: list[Path]) -> None:
    java = shutil.which("java")
    if java is None:
        skip_or_fail("Java is not installed: the HTML validator can't run")
    assert page_rules.html_faults(pages, str(java)) == []


def test_every_workbook_holds_the_rules_and_opens_in_libreoffice(
    quarterly_pack: Path, tmp_path: Path
) -> None:
    books = sorted(quarterly_pack.glob("files/*/workbook.ods"))
    assert len(books) == len(list(quarterly_pack.glob("reports/*.html")))
    for path in books:
        check_workbook(path.read_bytes())
    office = shutil.which("soffice")
    if office is None:
        skip_or_fail("LibreOffice is not installed: workbooks can't be opened in it")
    copies = []
    for path in books:
        copies.append(tmp_path / f"{path.parent.name}.ods")
        copies[-1].write_bytes(path.read_bytes())
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    subprocess.run(
        [str(office), "--headless", profile, "--convert-to", "xlsx", "--outdir", tmp_path, *copies],
        check=True,
        capture_output=True,
        timeout=300,
    )
    for copy in copies:
        with pd.ExcelFile(copy.with_suffix(".xlsx"), engine="calamine") as book:
            assert book.sheet_names[:3] == ["cover", "contents", "notes"]
