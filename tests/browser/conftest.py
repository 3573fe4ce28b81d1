from __future__ import annotations

import os
import shutil
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from odd_notebook import odd_notebook
from page_rules import Open, skip_or_fail
from playwright.sync_api import Browser, Page, Request, sync_playwright
from sample_report import executed_sample

from notebook_reports.packs.export import export_html
from notebook_reports.packs.imprint import Imprint, Neighbour

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of an installed Chromium."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        skip_or_fail("Chromium is not installed: pages can't be opened in a real browser")
    return str(found)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    # For a module at a time: an open Playwright keeps an event loop running in this thread, in
    # which the tests of other folders could not start theirs.
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def open_page(browser: Browser) -> Open:
    """Return a function that opens a file and notes every request that isn't for that file."""

    @contextmanager
    def open_file(
        path: Path,
        *,
        width: int = 1280,
        dark: bool = False,
        scripts: bool = True,
        forced_colours: bool = False,
    ) -> Iterator[Page]:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            forced_colors="active" if forced_colours else "none",
            java_script_enabled=scripts,
            # The page forbids every script but its own; axe has to get past that.
            bypass_csp=True,
        )
        page = context.new_page()
        outside: list[str] = []

        def note(request: Request) -> None:
            if not request.url.startswith(("file://", "data:", "blob:")):
                outside.append(request.url)

        page.on("request", note)
        page.goto(path.as_uri())
        yield page
        context.close()
        assert outside == [], "a page asked the network for something"

    return open_file


@pytest.fixture(scope="session")
def sample_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of the made-up notebook that makes every report call."""
    path = tmp_path_factory.mktemp("sample") / "sample.html"
    html = export_html(
        executed_sample(),
        pack_title="A pack",
        imprint=Imprint("A team", "Independent of all", "Write to team@example.org."),
        position="Report 1 of 1",
        others=[Neighbour("All reports", "index.html", "A pack")],
    )
    path.write_text(html, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def odd_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of a notebook that does everything that is hard on a page."""
    path = tmp_path_factory.mktemp("odd") / "odd.html"
    path.write_text(export_html(odd_notebook(), pack_title="A pack"), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def gallery_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of all chart types."""
    import nhsi_analysis.gallery  # noqa: F401  # registers the examples
    from notebook_reports.packs.gallery import gallery_html

    path = tmp_path_factory.mktemp("gallery") / "gallery.html"
    path.write_text(gallery_html("nhsi_analysis")[0], encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def quarterly_pack(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """Return the folder of a pack with every notebook run once, and today's league.

    ``NHSI_TEST_PACK`` may name a finished pack to look at instead.
    """
    given = os.environ.get("NHSI_TEST_PACK")
    if given:
        return Path(given)
    from notebook_reports.packs.plan import build_plan
    from notebook_reports.packs.run import Options, run
    from notebook_reports.packs.spec import parse_spec

    names = sorted(path.stem for path in (root / "notebooks").glob("[0-9]*.ipynb"))
    reports: list[dict[str, Any]] = [{"notebook": name} for name in names]
    reports.append({"notebook": names[1], "parameters": {"league": "today"}})
    team = tomllib.loads((root / "publisher.toml").read_text(encoding="utf-8"))
    said = {"title": "Every notebook once", "quarter": "Quarter 4 of 2018/19", **team}
    plan = build_plan(parse_spec({**said, "reports": reports}), folder=root / "packs")
    out = tmp_path_factory.mktemp("pack")
    result = run(plan, out, Options())
    assert result.exit_code == 0, result.problem or "a report failed: see the error above"
    return out
