"""Write docs/reports.md, a picture of each report: ``python docs/hooks/pictures.py PACK``."""

from __future__ import annotations

import io
import json
import shutil
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1]
PAGE = DOCS / "reports.md"
FOLDER = DOCS / "images" / "reports"
HEAD = """# The reports

The first screen of each report of the quarterly pack. Below it follow the evidence and a folded
appendix. One trust's page and the ratings by region or kind of trust are made for any of them:
[Change a parameter](how-to/change-a-parameter.md).
"""
_COLOURS = 96
"""Enough for a page; a fifth of the bytes."""


def shown(pack: Path) -> list[dict[str, str]]:
    """Return the reports of a pack that are shown: each but those made for regions and kinds."""
    reports = json.loads((pack / "manifest.json").read_text(encoding="utf-8"))["reports"]
    return [report for report in reports if not report["facets"]]


def picture(page: object) -> bytes:
    """Return what a browser's page shows, in few colours."""
    from PIL import Image

    image = Image.open(io.BytesIO(page.screenshot()))  # type: ignore[attr-defined]
    packed = io.BytesIO()
    image.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE).save(
        packed, "png", optimize=True
    )
    return packed.getvalue()


def main(pack: Path) -> None:
    """Write the pictures and the page that shows them."""
    from playwright.sync_api import sync_playwright

    FOLDER.mkdir(parents=True, exist_ok=True)
    parts = [HEAD]
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1000, "height": 900})
        for report in shown(pack):
            page.goto((pack / "reports" / f"{report['id']}.html").resolve().as_uri())
            (FOLDER / f"{report['id']}.png").write_bytes(picture(page))
            lede = " ".join(report["lede"].replace("**", "").split())
            parts.append(
                f"## {report['title']}\n\n"
                f"`{report['id']}`\n\n![{lede}](images/reports/{report['id']}.png)\n"
            )
    PAGE.write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
