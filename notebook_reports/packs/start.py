"""What the start page shows: the notebooks with links, and the tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from notebook_reports import parameters, project
from notebook_reports.evidence import Section, Table, Words
from notebook_reports.packs.notebook import list_notebooks

__all__ = ["Settings", "notebooks", "tables"]

START_PAGE = "index"

_SEARCHED = ("table", "title", "publisher")
_SHOWN = ("table", "title", "rows", "date", "publisher", "used")


@dataclass(frozen=True)
class Settings(parameters.Settings):
    """Parameters of the start page."""

    find: Annotated[str, "Word that a notebook or table must contain, empty for all of them"] = ""


def notebooks(settings: Settings, folder: Path | None = None) -> Section:
    """List the notebooks as links, each with its parameters.

    Parameters
    ----------
    settings : Settings
        What the title, name or a parameter must contain.
    folder : Path, optional
        Where the notebooks are; the project's own without it.

    Returns
    -------
    Section
        Links are relative to the folder. The start page itself is left out.
    """
    lines = []
    for notebook in list_notebooks(folder)[0]:
        names = ", ".join(f"`{name}`" for name in notebook.parameters.names)
        line = f"- [{notebook.title}]({notebook.path.name}) ({notebook.name}). Parameters: {names}"
        if notebook.name != START_PAGE and settings.find.casefold() in line.casefold():
            lines.append(line)
    nothing = f"No notebook has '{settings.find}' in its title or parameters."
    return Section("Notebooks", [Words("\n".join(lines) or nothing)])


def tables(settings: Settings) -> Section:
    """List the tables with their rows, dates and publishers; all where none has the word.

    Parameters
    ----------
    settings : Settings
        What the name, title or publisher must contain.
    """
    found = project.current().overview()
    words = found[[column for column in _SEARCHED if column in found]].agg(" ".join, axis=1)
    held = words.str.casefold().str.contains(settings.find.casefold(), regex=False)
    chosen = found[held] if held.any() else found
    shown = [column for column in _SHOWN if column in found]
    table = Table(
        chosen[shown].rename(columns=str.capitalize),
        key="tables",
        caption="Tables that analyses read",
        source="The project's own data package",
    )
    return Section("Tables", [table], frames={"tables": table.data})
