"""A real JupyterLab, started as `nhsi lab` starts it: notebooks that others ran, and live ones."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect

from notebook_reports.report.reading import read_blocks

pytestmark = [pytest.mark.browser, pytest.mark.notebook, pytest.mark.slow]

SETTINGS = {
    "apputils-extension/themes": {"adaptive-theme": True},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    # By default only the cells on screen are in the page.
    "notebook-extension/tracker": {"windowingMode": "none"},
}
SECONDS = 90

DRAWN = """() => [...document.querySelectorAll('.jp-OutputArea-output img')]
    .every((image) => image.complete)"""


@dataclass(frozen=True)
class Desk:
    """A JupyterLab of its own over a checkout, whose home has trusted nothing yet.

    ``folder`` holds notebooks that were executed elsewhere.
    """

    root: Path
    folder: Path
    address: str
    token: str
    environment: dict[str, str]


Open = Callable[..., AbstractContextManager[Page]]


@pytest.fixture(scope="module")
def desk(
    quarterly_pack: Path, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """Start JupyterLab over a checkout that holds a pack's executed notebooks too."""
    home = tmp_path_factory.mktemp("home")
    checkout = home / "checkout"
    shutil.copytree(root / "notebooks", checkout / "notebooks", ignore=_HIDDEN)
    shutil.copy(root / ".gitattributes", checkout)
    git(checkout, "init", "--quiet")
    git(checkout, "add", ".")
    git(checkout, "-c", "user.name=A", "-c", "user.email=a@b.org", "commit", "-qm", "All")
    executed = shutil.copytree(quarterly_pack / "notebooks", checkout / "outputs" / "notebooks")
    settings = home / "settings"
    for name, values in SETTINGS.items():
        path = settings / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding="utf-8")
    environment = {
        **os.environ,
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "NHSI_HOME": str(checkout),
        "NHSI_DATA": str(root / "data"),
    }
    command = [str(Path(sys.executable).with_name("nhsi")), "lab", "--no-browser", "--allow-root"]
    command += ["--ServerApp.ip=127.0.0.1", "--ServerApp.port=0"]
    log = home / "log"
    with log.open("w") as said:
        server = subprocess.Popen(command, env=environment, stdout=said, stderr=said)
    try:
        where = _running(server, home / "runtime", log)
        assert where["root_dir"] == str(checkout)
        (first,) = (home / "runtime").glob("jpserver-file-to-run-*-open.html")
        assert "/lab/tree/notebooks/index.ipynb?" in first.read_text(encoding="utf-8")
        yield Desk(checkout, executed, where["url"], where["token"], environment)
    finally:
        server.terminate()
        server.wait(SECONDS)


_HIDDEN = shutil.ignore_patterns(".*")


def git(checkout: Path, *arguments: str) -> str:
    said = subprocess.run(
        ["git", "-C", str(checkout), *arguments], check=True, capture_output=True, text=True
    )
    return said.stdout


def _running(server: subprocess.Popen[bytes], runtime: Path, log: Path) -> dict[str, str]:
    """Return what a started server says of itself."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and server.poll() is None:
        for path in runtime.glob("jpserver-*.json"):
            if text := path.read_text(encoding="utf-8"):
                return dict(json.loads(text))
        time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8')[-2000:]}")


@pytest.fixture(scope="module")
def open_notebook(desk: Desk, browser: Browser) -> Open:
    """Return a function that opens a notebook and waits until its pictures are there.

    Of a live one it waits for the kernel.
    """

    @contextmanager
    def opened(path: Path, *, dark: bool = False, live: bool = False) -> Iterator[Page]:
        context = browser.new_context(
            viewport={"width": 1280, "height": 900}, color_scheme="dark" if dark else "light"
        )
        page = context.new_page()
        page.set_default_timeout(SECONDS * 1000)
        outside: list[str] = []

        def note(request: Request) -> None:
            if not request.url.startswith((desk.address, "data:", "blob:")):
                outside.append(request.url)

        page.on("request", note)
        place = path.relative_to(desk.root).as_posix()
        page.goto(f"{desk.address}lab/tree/{place}?reset&token={desk.token}")
        if live:
            page.get_by_text("| Idle").wait_for()
        else:
            # Provenance is the last that a notebook shows.
            page.get_by_text("Versions:").wait_for()
            page.wait_for_function(DRAWN)
        yield page
        context.close()
        assert outside == [], "a notebook asked the network for something"

    return opened


def notebook(desk: Desk, name: str) -> Path:
    (path,) = desk.folder.glob(f"{name}*.ipynb")
    return path


def blocks(path: Path, kind: str) -> dict[str, dict[str, Any]]:
    found = read_blocks(nbformat.read(path, as_version=4))
    return {block["key"]: block for name, block in found if name == kind}


def pictures(page: Page) -> list[str]:
    """Return the descriptions of the pictures that are drawn."""
    return list(
        page.eval_on_selector_all(
            ".jp-OutputArea-output img",
            "images => images.filter(i => i.naturalWidth > 0 && i.width > 100).map(i => i.alt)",
        )
    )


def trusted(page: Page) -> str:
    return page.locator(".jp-StatusItem-trust").get_attribute("title") or ""


def test_every_notebook_shows_as_many_pictures_as_figures(desk: Desk, open_notebook: Open) -> None:
    paths = sorted(desk.folder.glob("[0-9]*.ipynb"))
    assert any(blocks(path, "figure") for path in paths)
    for path in paths:
        with open_notebook(path) as page:
            assert "0 of" in trusted(page), path.name
            alts = [block["alt"] for block in blocks(path, "figure").values()]
            assert pictures(page) == alts, path.name


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["04", "05"])
def test_an_untrusted_notebook_reads_as_it_was_written(
    desk: Desk, open_notebook: Open, name: str, dark: bool
) -> None:
    path = notebook(desk, name)
    with open_notebook(path, dark=dark) as page:
        assert page.locator("body").get_attribute("data-jp-theme-light") == str(not dark).lower()
        assert "0 of" in trusted(page)
        assert page.locator(".jp-OutputArea-output style").count() == 0, "it is trusted after all"
        figures = blocks(path, "figure")
        assert pictures(page) == [block["alt"] for block in figures.values()]
        grounds = page.eval_on_selector_all(
            ".jp-OutputArea-output img", "images => images.map(i => getComputedStyle(i).background)"
        )
        assert all("rgb(255, 255, 255)" in ground for ground in grounds)
        for key, block in figures.items():
            words = page.locator(f"[data-jupyter-id='fig-{key}']").inner_text()
            assert words.count(block["title"]) == 1
            assert block["alt"] not in words
            assert "Data (CSV" not in words, "a link that leads nowhere"
        _cards_read_as_words(page, path)
        _columns_stand_on_their_side(page, path)
        _facts_stand_beside_their_names(page)


def test_a_reference_leads_to_its_figure_untrusted_too(desk: Desk, open_notebook: Open) -> None:
    with open_notebook(notebook(desk, "05")) as page:
        link = page.locator(".jp-OutputArea-output a[href^='#fig-']").last
        key = (link.get_attribute("href") or "").removeprefix("#")
        figure = page.locator(f"[data-jupyter-id='{key}']")
        page.locator(".jp-OutputArea-output").first.scroll_into_view_if_needed()
        expect(figure).not_to_be_in_viewport()
        # Clicked where it is: to bring the link into view would bring its figure too.
        link.evaluate("link => link.click()")
        expect(figure).to_be_in_viewport()


def _cards_read_as_words(page: Page, path: Path) -> None:
    said = [" ".join(text.split()) for text in page.locator("p:has(> b)").all_inner_texts()]
    cards = [block for block in blocks(path, "finding").values() if block["card"]]
    assert cards
    for card in cards:
        interval = f" ({card['interval_text']})" if card["interval_text"] else ""
        assert f"{card['text']} {card['label']}{interval}" in said


def _columns_stand_on_their_side(page: Page, path: Path) -> None:
    tables = blocks(path, "table")
    assert tables
    for key, block in tables.items():
        table = page.locator(f"[data-jupyter-id='tab-{key}'] table")
        sides = table.evaluate(
            "table => [...table.rows].map(row => [...row.cells].map("
            "cell => getComputedStyle(cell).textAlign))"
        )
        expected = ["right" if numeric else "left" for numeric in block["numeric"]]
        assert sides == [expected] * (len(block["cells"]) + 1), key


def _facts_stand_beside_their_names(page: Page) -> None:
    """Measure that each name's value begins on its line, to its right."""
    places = (
        page.get_by_text("Versions:")
        .locator("xpath=../..")
        .evaluate(
            """facts => [...facts.querySelectorAll('p > b')].map((name) => {
            const value = document.createRange();
            value.selectNodeContents(name.nextSibling);
            const [first] = value.getClientRects();
            const box = name.getBoundingClientRect();
            return [name.textContent, first.left - box.right, Math.abs(first.top - box.top)];
        })"""
        )
    )
    assert [name for name, *_ in places] == ["Parameters:", "Made:", "Code:", "Versions:"]
    for name, right, down in places:
        assert -1 <= right <= 8, name
        assert down <= 3, name


def test_a_trusted_notebook_gives_its_data_too(desk: Desk, open_notebook: Open) -> None:
    path = notebook(desk, "04")
    copy = Path(shutil.copy(path, path.with_name("trusted.ipynb")))
    command = [sys.executable, "-m", "jupyter", "trust", str(copy)]
    subprocess.run(command, env=desk.environment, check=True, capture_output=True, timeout=SECONDS)
    with open_notebook(copy) as page:
        assert "0 of" not in trusted(page)
        figures = blocks(path, "figure")
        assert len(pictures(page)) == len(figures)
        for key in figures:
            link = page.locator(f"#fig-{key} a[download]")
            assert link.is_visible()
            with page.expect_download() as taken:
                link.click()
            assert taken.value.suggested_filename == f"{key}.csv"


NUMBERS = r"""() => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]
    .map(prompt => Number(prompt.textContent.replace(/\D/g, '')))"""
"""How often the kernel had run when it ran each cell; 0 for one that hasn't run."""


def idle(page: Page) -> None:
    """Wait for the kernel: it drops what comes while it restarts, or deals with an error."""
    page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").wait_for()


def run_all(page: Page, before: int | None = None) -> float:
    """Run every cell; return the seconds until the last output and every picture is there.

    The kernel has run as often before as the page shows, unless it was restarted since.
    """
    idle(page)
    before = max(page.evaluate(NUMBERS)) if before is None else before
    began = time.monotonic()
    page.locator("div.lm-MenuBar-itemLabel:text-is('Run')").click()
    page.locator("li[data-command='runmenu:run-all']").click()
    page.wait_for_function(
        f"before => ({NUMBERS})().every((number, at) => number === before + 1 + at)", arg=before
    )
    page.wait_for_function(DRAWN)
    return time.monotonic() - began


def write(page: Page, cell: Locator, source: str) -> None:
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(source)


def save(page: Page) -> None:
    with page.expect_response(
        lambda said: said.request.method == "PUT" and "/api/contents/" in said.url
    ):
        page.keyboard.press("Control+S")


def said_after(page: Page, cell: Locator, source: str) -> str:
    """Return what a cell says once it is run with another source."""
    write(page, cell, source)
    before = cell.locator(".jp-InputPrompt").inner_text()
    page.keyboard.press("Control+Enter")
    page.wait_for_function(
        "([cell, before]) => ![before, '[*]:'].includes(cell.textContent)",
        arg=[cell.locator(".jp-InputPrompt").element_handle(), before],
    )
    idle(page)
    return cell.locator(".jp-OutputArea").last.inner_text()


def test_run_all_of_every_notebook_ends_well_and_saving_leaves_git_alone(
    desk: Desk, open_notebook: Open, record_property: Callable[[str, object], None]
) -> None:
    for path in sorted((desk.root / "notebooks").glob("*.ipynb")):
        with open_notebook(path, live=True) as page:
            seconds = run_all(page)
            record_property(f"Run All of {path.stem}, seconds", round(seconds, 1))
            print(f"{path.stem}: {seconds:.1f} s until the last output is in the page")
            errors = page.locator("[data-mime-type='application/vnd.jupyter.error']")
            assert errors.count() == 0, path.name
            expect(page.get_by_text("Versions:")).to_be_visible()
            save(page)
        assert json.loads(path.read_text())["cells"][-1]["outputs"], "it was saved without any"
        assert git(desk.root, "status", "--porcelain", "--untracked-files=no") == "", path.name


def test_a_changed_default_is_all_that_git_sees(desk: Desk, open_notebook: Open) -> None:
    (path,) = (desk.root / "notebooks").glob("04*.ipynb")
    with open_notebook(path, live=True) as page:
        cell = page.locator(".jp-CodeCell").first
        source = nbformat.read(path, as_version=4).cells[1].source
        write(page, cell, source.replace('trust_type: str = "All"', 'trust_type: str = "Acute"'))
        run_all(page)
        expect(page.get_by_text("acute trusts").first).to_be_visible()
        save(page)
    diff = git(desk.root, "diff", "--unified=0").splitlines()
    changed = [line for line in diff if re.match(r"[+-][^+-]", line)]
    assert [line.split("=")[1].split("#")[0].strip() for line in changed] == [
        '\\"All\\"',
        '\\"Acute\\"',
    ]
    git(desk.root, "checkout", "--", ".")


def test_a_mistake_is_told_in_a_line_and_its_place_when_asked(
    desk: Desk, open_notebook: Open
) -> None:
    (path,) = (desk.root / "notebooks").glob("04*.ipynb")
    with open_notebook(path, live=True) as page:
        cell = page.locator(".jp-CodeCell").first
        said = said_after(
            page, cell, "from nhsi_analysis import datasets\ndatasets.load('agency_montly')"
        )
        assert said.startswith("ParameterError: ")
        assert "agency_monthly" in said
        assert "Traceback" not in said
        assert len(said.splitlines()) == 2
        assert "Traceback" in said_after(page, cell, "%tb")
        said = said_after(
            page,
            cell,
            "from policy_methods.transitions import paired_ordinal_table\n"
            "paired_ordinal_table([[1, -2], [3, 4]], ['a', 'b'])",
        )
        assert said.startswith("ParameterError: ")
        assert "Traceback" not in said
        assert "Traceback" in said_after(page, cell, "1 / 0"), "a fault of somebody's code"


def test_an_interrupt_and_a_restart_leave_a_kernel_that_runs_all(
    desk: Desk, open_notebook: Open
) -> None:
    with open_notebook(desk.root / "notebooks" / "index.ipynb", live=True) as page:
        cell = page.locator(".jp-CodeCell").first
        source = cell.locator(".cm-content").inner_text()
        write(page, cell, "import time; left = 1; time.sleep(600)")
        page.keyboard.press("Control+Enter")
        page.locator(".jp-Notebook-ExecutionIndicator[data-status='busy']").wait_for()
        page.wait_for_timeout(500)
        page.keyboard.press("Escape")
        page.keyboard.press("i")
        page.keyboard.press("i")
        expect(cell.locator(".jp-OutputArea")).to_contain_text("KeyboardInterrupt")
        assert said_after(page, cell, "print(left)").strip() == "1"
        write(page, cell, source)
        page.keyboard.press("Escape")
        page.keyboard.press("0")
        page.keyboard.press("0")
        with page.expect_response(lambda said: "/restart" in said.url):
            page.get_by_role("button", name="Confirm Kernel Restart").click()
        idle(page)
        assert "NameError" in said_after(page, cell, "left")
        write(page, cell, source)
        run_all(page, before=1)


def test_sliders_move_what_they_stand_beside(desk: Desk, open_notebook: Open) -> None:
    (path,) = (desk.root / "notebooks").glob("01*.ipynb")
    with open_notebook(path, live=True) as page:
        run_all(page)
        handle = page.locator(".jupyter-widgets .noUi-handle").first
        picture = page.locator(".jupyter-widgets img").first
        before = picture.get_attribute("src")
        handle.focus()
        page.keyboard.press("ArrowRight")
        expect(picture).not_to_have_attribute("src", str(before))
