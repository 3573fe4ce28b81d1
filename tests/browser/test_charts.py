"""Every chart of a pack at the widths it is read at, in the colours of a page, dark and forced."""

from __future__ import annotations

from pathlib import Path

import page_rules
import pytest
from page_rules import Open
from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.notebook, pytest.mark.slow]

_MEASURE = """() => {
  const faults = [];
  const room = document.documentElement.clientWidth;
  const shown = (e) => e.getClientRects().length > 0;
  for (const figure of document.querySelectorAll('figure[id^=fig-]')) {
    const say = (what) => faults.push(`${figure.id}: ${what}`);
    if (!shown(figure)) { say('is hidden'); continue; }
    const drawings = [...figure.querySelectorAll('.plot svg')].filter(shown);
    if (drawings.length !== 1) { say(`${drawings.length} drawings are shown`); continue; }
    const [svg] = drawings;
    const box = svg.getBoundingClientRect();
    const plot = svg.closest('.plot');
    if (box.left < -0.5 || box.right > room + 0.5) say('is cut by the window');
    if (plot.scrollWidth > plot.clientWidth + 1) say('scrolls sideways');
    if (box.width > 440 && svg.viewBox.baseVal.width < 300) say('is a phone\\'s drawing, blown up');
    const texts = [...svg.querySelectorAll('text')].filter((t) => t.textContent.trim());
    if (!texts.length) say('has no text');
    const rects = texts.map((t) => {
      const r = t.getBoundingClientRect();
      const size = parseFloat(getComputedStyle(t).fontSize) * t.getScreenCTM().a;
      const words = t.textContent.trim();
      if (size < 11 - 0.01) say(`'${words}' has ${size.toFixed(1)} px`);
      if (r.left < box.left - 1 || r.right > box.right + 1 || r.top < box.top - 2
          || r.bottom > box.bottom + 2) say(`'${words}' is cut`);
      // what letters fill of their line
      const slack = r.height * 0.15;
      return { words, left: r.left, right: r.right, top: r.top + slack, bottom: r.bottom - slack };
    });
    rects.forEach((a, i) => rects.slice(i + 1).forEach((b) => {
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (across > 1 && down > 1) say(`'${a.words}' and '${b.words}' overlap`);
    }));
  }
  return faults;
}"""

_CONTRAST = """() => {
  const level = (c) => {
    const v = c.match(/[\\d.]+/g).slice(0, 3).map((x) => x / 255)
      .map((x) => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
    return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2];
  };
  const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const faults = [];
  for (const svg of document.querySelectorAll('figure[id^=fig-] .plot svg')) {
    if (!svg.getClientRects().length) continue;
    const key = svg.closest('figure').id;
    // Everything painted so far, last on top, so that a text is judged on what lies under it.
    const filled = [];
    for (const e of svg.querySelectorAll('path, rect, use, text')) {
      if (e.closest('defs, clipPath')) continue;
      const look = getComputedStyle(e);
      const r = e.getBoundingClientRect();
      if (e.tagName !== 'text') {
        if (look.fill !== 'none' && look.fillOpacity > 0.5) filled.push([r, look.fill]);
        continue;
      }
      const x = (r.left + r.right) / 2, y = (r.top + r.bottom) / 2;
      const under = filled.filter(
        ([f]) => f.left <= x && x <= f.right && f.top <= y && y <= f.bottom);
      // Only boxes are judged: a curve's box says nothing of what lies under a text.
      const ground = under.length ? under[under.length - 1][1] : 'rgb(255,255,255)';
      const found = ratio(level(look.fill), level(ground));
      if (found < 4.5) faults.push(`${key}: '${e.textContent}' ${look.fill} on ${ground}`);
    }
  }
  return faults;
}"""


@pytest.fixture(scope="module")
def reports(quarterly_pack: Path) -> list[Path]:
    found = sorted(quarterly_pack.glob("reports/*.html"))
    assert found
    return found


def _unfolded(page: Page) -> Page:
    page_rules.unfold(page)
    return page


@pytest.mark.parametrize("width", [1280, 768, 390, 320])
def test_no_chart_is_cut_small_or_written_over(
    open_page: Open, reports: list[Path], gallery_page: Path, width: int
) -> None:
    for path in [*reports, gallery_page]:
        with open_page(path, width=width) as page:
            assert _unfolded(page).evaluate(_MEASURE) == [], f"{path.name} at {width} px"


@pytest.mark.parametrize("forced", [False, True], ids=["own colours", "forced colours"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_text_of_charts_reads_in_any_colours(
    open_page: Open, gallery_page: Path, width: int, dark: bool, forced: bool
) -> None:
    with open_page(gallery_page, width=width, dark=dark, forced_colours=forced) as page:
        assert _unfolded(page).evaluate(_CONTRAST) == []


def test_a_dark_page_has_dark_charts(open_page: Open, gallery_page: Path) -> None:
    paper = "document.querySelector('.plot svg path').computedStyleMap().get('fill').toString()"
    with open_page(gallery_page) as light, open_page(gallery_page, dark=True) as dark:
        assert light.evaluate(paper) == "rgb(255, 255, 255)"
        assert dark.evaluate(paper) == "rgb(20, 24, 27)"
