"""``nhsi gallery``: every chart type on real data in one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def gallery(
    out: Annotated[
        Path, typer.Option("--out", help="Folder to write gallery.html into.", file_okay=False)
    ] = Path("outputs"),
) -> None:
    """Draw every chart type on real data in one HTML page; exit 1 when one has a fault."""
    from notebook_reports.packs.gallery import gallery_html

    page, faults = gallery_html()
    out.mkdir(parents=True, exist_ok=True)
    target = out / "gallery.html"
    target.write_text(page, encoding="utf-8")
    for fault in faults:
        typer.echo(f"To mend: {fault}", err=True)
    typer.echo(str(target.resolve()))
    if faults:
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(gallery)
