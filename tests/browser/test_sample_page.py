"""One page with every report call, opened in a real Chromium."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import page_rules
import pytest
from page_rules import Open, skip_or_fail
from sample_report import NAME

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("name", ["sample_page", "gallery_page", "odd_page"])
def test_axe_finds_nothing_and_nothing_overflows(
    open_page: Open, request: pytest.FixtureRequest, name: str, width: int, dark: bool
) -> None:
    with open_page(request.getfixturevalue(name), width=width, dark=dark) as page:
        page_rules.unfold(page)
        assert page_rules.axe_violations(page) == []
        assert not page_rules.scrolls_sideways(page)
        assert page_rules.nests(page_rules.heading_levels(page))


def test_axe_finds_nothing_with_all_code_open_and_a_table_sorted(
    open_page: Open, sample_page: Path
) -> None:
    with open_page(sample_page) as page:
        page.get_by_role("button", name="Show all code").click()
        assert page.locator("details.code:not([open])").count() == 0
        page.locator("#tab-types thead button").nth(1).click()
        assert page_rules.axe_violations(page) == []
        page.get_by_role("button", name="Hide all code").click()
        assert page.locator("details.code[open]").count() == 0


def test_forced_colours_keep_everything_visible(open_page: Open, sample_page: Path) -> None:
    with open_page(sample_page, forced_colours=True) as page:
        assert page_rules.axe_violations(page) == []
        assert page.locator("figure svg").first.is_visible()


def test_four_hundred_per_cent_zoom_is_three_hundred_twenty_pixels(
    open_page: Open, sample_page: Path
) -> None:
    with open_page(sample_page, width=320) as page:
        assert not page_rules.scrolls_sideways(page)
        plot = page.locator(".plot").first
        assert plot.evaluate("e => e.scrollWidth <= e.clientWidth"), "the chart fits"
        assert plot.locator(".narrow svg").is_visible()
        assert not plot.locator(".wide svg").is_visible()


def test_keyboard_alone_reaches_everything(open_page: Open, sample_page: Path) -> None:
    with open_page(sample_page) as page:
        assert page_rules.unreachable_by_keyboard(page) == set()


def test_the_first_stop_skips_to_the_finding(open_page: Open, sample_page: Path) -> None:
    with open_page(sample_page) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the finding"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


def test_without_scripts_everything_is_readable(open_page: Open, sample_page: Path) -> None:
    with open_page(sample_page, scripts=False) as page:
        shown = [f.is_visible() for f in page.locator("figure svg").all()]
        assert shown == [True, False] * 2, "a figure is drawn for desk and phone"
        assert page.locator("#tab-long_table tbody tr").count() == 30
        page_rules.unfold(page)
        assert all(r.is_visible() for r in page.locator("tbody tr").all())
        assert all(c.is_visible() for c in page.locator(".card").all())
        assert page.locator("nav.toc a").last.is_visible()
        assert not page.locator("#all-code").is_visible(), "a dead button isn't offered"
        page.locator("details.code summary").first.click()
        assert page.locator("details.code pre").first.is_visible()


def test_the_name_of_a_trust_never_runs(open_page: Open, sample_page: Path) -> None:
    with open_page(sample_page) as page:
        dialogs: list[str] = []
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        page.reload()
        assert page.get_by_text(f"Computed: {NAME} has 45.0%.", exact=True).is_visible()
        assert dialogs == []
        assert page.locator("script").count() == 1


def test_tables_sort_by_value_and_say_so(open_page: Open, sample_page: Path) -> None:
    with open_page(sample_page) as page:
        table = page.locator("#tab-types")
        share = table.locator("thead th").nth(1)
        share.locator("button").click()
        assert share.get_attribute("aria-sort") == "ascending"
        cells = table.locator("tbody tr td:nth-child(2)")
        assert cells.all_inner_texts() == ["40.0%", "45.0%", "50.0%", "not available"]
        share.locator("button").click()
        assert cells.all_inner_texts() == ["50.0%", "45.0%", "40.0%", "not available"]


def test_the_data_under_a_figure_open_by_keyboard_and_sort(
    open_page: Open, sample_page: Path
) -> None:
    with open_page(sample_page) as page:
        folded = page.locator("#fig-shares details.data")
        assert not folded.locator("table").is_visible()
        folded.locator("summary").press("Enter")
        assert folded.locator("table").is_visible()
        folded.locator("thead th").nth(1).locator("button").click()
        cells = folded.locator("tbody tr td:nth-child(2)")
        assert cells.all_inner_texts() == ["0.400", "0.450", "0.500", "not available"]


def test_the_number_of_a_figure_is_the_link_to_it(open_page: Open, sample_page: Path) -> None:
    with open_page(sample_page) as page:
        page.locator("#fig-share_bars").get_by_role("link", name="Figure 2").press("Enter")
        assert page.evaluate("location.hash") == "#fig-share_bars"


def test_tables_can_be_searched(open_page: Open, sample_page: Path) -> None:
    with open_page(sample_page) as page:
        page.get_by_role("searchbox").fill("Row 2")
        shown = page.locator("#tab-long_table tbody tr:not([hidden])")
        assert shown.count() == 11
        assert page.get_by_role("status").inner_text() == "11 of 30 rows"


def test_contents_follow_the_reader(open_page: Open, sample_page: Path) -> None:
    with open_page(sample_page) as page:
        current = page.locator("nav.toc a[aria-current]")
        assert current.inner_text() == "The finding"
        page.locator("#tables").scroll_into_view_if_needed()
        page.evaluate("document.getElementById('tables').scrollIntoView({behavior: 'instant'})")
        page.wait_for_function(
            "document.querySelector('nav.toc a[aria-current]').textContent === 'Tables'"
        )


@pytest.mark.parametrize(
    ("words", "begins"),
    [("Figure (SVG)", b"<svg"), ("Figure (PNG)", b"\x89PNG"), ("Data (CSV", b"Trust type,")],
)
def test_a_figure_can_be_taken_away(
    open_page: Open, sample_page: Path, words: str, begins: bytes
) -> None:
    with open_page(sample_page) as page:
        with page.expect_download() as waiting:
            page.locator("#fig-shares .get").get_by_text(words).click()
        content = Path(waiting.value.path()).read_bytes()
        assert content.startswith(begins)
        assert waiting.value.suggested_filename.startswith("shares.")


def test_the_workbook_travels_inside_the_page(open_page: Open, sample_page: Path) -> None:
    with open_page(sample_page) as page:
        with page.expect_download() as waiting:
            page.locator(".files a").first.click()
        assert waiting.value.suggested_filename == "do-types-of-trust-differ.ods"
        assert Path(waiting.value.path()).read_bytes().startswith(b"PK")


def test_paper_shows_every_source_and_cuts_nothing(open_page: Open, sample_page: Path) -> None:
    with open_page(sample_page, width=700) as page:
        page.emulate_media(media="print")
        for figure in page.locator("figure").all():
            assert figure.evaluate("f => getComputedStyle(f).breakInside") == "avoid"
            assert figure.get_by_text(re.compile("^Source: ")).is_visible()
            # An A4 page less its margins is 263 mm high: no figure may be taller.
            assert figure.bounding_box()["height"] < 263 / 25.4 * 96
        for row in page.locator("tr").all()[:20]:
            assert row.evaluate("r => getComputedStyle(r).breakInside") == "avoid"
        for box in page.locator(".plot, .scroll").all():
            assert box.evaluate("e => getComputedStyle(e).overflowX") == "visible"
            assert box.evaluate("e => e.scrollWidth <= e.clientWidth + 1")
        assert not page.locator("nav.toc").is_visible()
        # A button is painted blank in a header that repeats on the next page.
        for button in page.locator("thead button").all():
            assert button.evaluate("b => getComputedStyle(b).display") == "contents"


def test_html_is_valid(sample_page: Path, gallery_page: Path, odd_page: Path) -> None:
    java = shutil.which("java")
    if java is None:
        skip_or_fail("Java is not installed: the HTML validator can't run")
    assert page_rules.html_faults([sample_page, gallery_page, odd_page], str(java)) == []


def test_an_odd_notebook_shows_its_formula_and_its_links_lead_somewhere(
    open_page: Open, odd_page: Path
) -> None:
    with open_page(odd_page, width=320) as page:
        fraction = page.locator("math mfrac").first
        boxes = [fraction.locator(f"> :nth-child({n})").bounding_box() for n in (1, 2)]
        assert boxes[0]["y"] < boxes[1]["y"], "it is laid out, not written in a row"
        for link in page.locator("main a[href^='#']").all():
            link.evaluate("a => a.click()")
            assert page.evaluate("document.querySelector(':target') !== null")
        assert page_rules.unreachable_by_keyboard(page) == set()
