"""What the start page shows: the notebooks with links, and the tables."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from notebook_reports import project
from notebook_reports.packs.notebook import list_notebooks

__all__ = ["notebooks_text", "tables"]

START_PAGE = "index"

_SEARCHED = ("table", "title", "publisher")
_SHOWN = ("table", "title", "rows", "date", "publisher", "used")


def notebooks_text(find: str = "", folder: Path | None = None) -> str:
    """Return the notebooks as a Markdown list of links, each with its parameters.

    Parameters
    ----------
    find : str
        A word that the title, name or a parameter must contain; empty for all.
    folder : Path, optional
        Where the notebooks are; the project's own without it.

    Returns
    -------
    str
        Links are relative to the folder. The start page itself is left out.
    """
    lines = []
    for notebook in list_notebooks(folder)[0]:
        names = ", ".join(f"`{name}`" for name in notebook.parameters.names)
        line = f"- [{notebook.title}]({notebook.path.name}) ({notebook.name}). Parameters: {names}"
        if notebook.name != START_PAGE and find.casefold() in line.casefold():
            lines.append(line)
    return "\n".join(lines) or f"No notebook has '{find}' in its title or parameters."


def tables(find: str = "") -> pd.DataFrame:
    """Return the tables with their rows, dates and publishers, for showing.

    Parameters
    ----------
    find : str
        A word that the name, title or publisher must contain; empty for all.

    Returns
    -------
    DataFrame
        One row a table; all of them where none has the word.
    """
    found = project.current().overview()
    words = found[[column for column in _SEARCHED if column in found]].agg(" ".join, axis=1)
    held = words.str.casefold().str.contains(find.casefold(), regex=False)
    chosen = found[held] if held.any() else found
    shown = [column for column in _SHOWN if column in found]
    return chosen[shown].rename(columns=str.capitalize)
