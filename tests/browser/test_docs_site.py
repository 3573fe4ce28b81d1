"""The documentation as built: no warning, no network, and a search that works from a folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from page_rules import Open

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site once."""
    folder = tmp_path_factory.mktemp("site")
    run = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    assert "WARNING" not in run.stderr
    return folder


@pytest.mark.slow
def test_the_site_asks_no_network(site: Path) -> None:
    assert (site / "reference" / "policy_methods.transitions.html").exists()
    fetched = re.compile(r"""<(?:script|link|img|iframe)[^>]*(?:src|href)=["']?(?:https?:)?//""")
    for page in site.rglob("*.html"):
        assert not fetched.search(page.read_text(encoding="utf-8")), page.name


@pytest.mark.slow
def test_roles_of_docstrings_are_links_where_the_site_shows_what_they_name(site: Path) -> None:
    text = (site / "reference" / "policy_methods.transitions.html").read_text(encoding="utf-8")
    assert "stuart_maxwell" in text
    for page in (site / "reference").glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not re.search(r":(func|class|meth|mod|attr|data):(`|<code>)|<autoref", text), page
    engine = (site / "reference" / "notebook_reports.packs.engine.html").read_text(encoding="utf-8")
    assert 'href="notebook_reports.packs.session.html#notebook_reports.packs.session.end"' in engine


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("page", ["index.html", "how-to/change-a-parameter.html"])
def test_the_search_finds_words_in_pages_opened_from_a_folder(
    site: Path, open_page: Open, page: str
) -> None:
    with open_page(site / page) as opened:
        opened.keyboard.press("/")
        opened.keyboard.type("funnel")
        found = opened.locator(".md-search-result__item")
        found.first.wait_for()
        assert "funnel" in found.first.inner_text().casefold()
        link = found.first.locator("a").first.get_attribute("href")
        assert link
        opened.goto(link)
        assert "funnel" in opened.locator("main").inner_text().casefold()
