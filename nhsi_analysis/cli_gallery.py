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
    """Draw every chart type on real data in one page.

    The exit code is 1 when one has a fault.
    """
    import nhsi_analysis.gallery  # noqa: F401  # registers the examples
    from nhsi_analysis.errors import PackError
    from notebook_reports.packs.gallery import gallery_html
    from notebook_reports.writing import whole

    page, faults = gallery_html("nhsi_analysis")
    target = out / "gallery.html"
    try:
        with whole(target) as file:
            file.write(page.encode())
    except OSError as error:
        raise PackError(
            f"{target} can't be written ({error.strerror}): name a folder of your own by --out"
        ) from error
    for fault in faults:
        typer.echo(f"To mend: {fault}", err=True)
    typer.echo(str(target.resolve()))
    if faults:
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(gallery)
