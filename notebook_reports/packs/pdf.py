"""A report on paper: its page printed to PDF by a Chromium that is installed anyway."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from notebook_reports.errors import ReportError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

_ARGUMENTS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--no-first-run",
    "--no-pdf-header-footer",
    "--generate-pdf-document-outline",
)


class PdfError(ReportError):
    """A page couldn't be printed."""


def find_chromium() -> str:
    """Return the path of an installed Chromium or Chrome.

    Raises
    ------
    PdfError
        If none is found, saying what to install or set.
    """
    given = os.environ.get("NHSI_CHROMIUM")
    found = shutil.which(given) if given else next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        wrong = f"NHSI_CHROMIUM names {given!r}, which is no program. " if given else ""
        raise PdfError(
            f"{wrong}Printing to PDF needs Chromium or Chrome: install one (apt-get install "
            "chromium), set NHSI_CHROMIUM to its path, or leave out --pdf and print the page "
            "from any browser"
        )
    return found


def print_pdf(html: str, *, seconds: float = 120) -> bytes:
    """Print a page as its print style has it.

    Parameters
    ----------
    html : str
        The whole page; it needs nothing beside it.
    seconds : float
        Give up after this time.

    Returns
    -------
    bytes
        The PDF, tagged and with bookmarks made from the headings.

    Raises
    ------
    PdfError
        If there is no Chromium, or it fails or takes too long.
    """
    chromium = find_chromium()
    with tempfile.TemporaryDirectory(prefix="nhsi-pdf-") as folder:
        page, target = Path(folder, "page.html"), Path(folder, "page.pdf")
        page.write_text(html, encoding="utf-8")
        command = [
            chromium,
            *_ARGUMENTS,
            # Chromium refuses its sandbox to root; the page is our own and loads nothing.
            *(("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()),
            f"--user-data-dir={folder}/profile",
            f"--print-to-pdf={target}",
            page.as_uri(),
        ]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=seconds
            )
        except subprocess.TimeoutExpired:
            raise PdfError(f"{chromium} printed nothing in {seconds:g} seconds") from None
        if not target.is_file():
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise PdfError(f"{chromium} printed nothing (exit {done.returncode}): {last}")
        return target.read_bytes()
