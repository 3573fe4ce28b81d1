"""A figure as a file of its own, for a document."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import matplotlib as mpl

from notebook_reports.charts import style
from notebook_reports.errors import ParameterError
from notebook_reports.evidence import Figure

DPI: Final = 300
_ABOUT: Final[dict[str, dict[str, Any]]] = {
    ".png": {"alt": "Description"},
    ".svg": {"alt": "Description", "Date": None},
    ".pdf": {"alt": "Subject", "CreationDate": None},
}
"""What each kind of file calls a description, and what would make it another file every time."""


def save(shown: Figure, path: str | Path) -> str:
    """Write a figure's picture to a file, as :meth:`Figure.save` says.

    Raises
    ------
    ParameterError
        The path ends in none of .png, .svg and .pdf.
    """
    about = dict(_ABOUT.get(Path(path).suffix.lower(), {}))
    if not about:
        raise ParameterError("path", "must end in .png, .svg or .pdf", value=str(path))
    about[about.pop("alt")] = shown.alt
    # Letters as shapes: a reader may lack the font that they were measured in.
    with style.drawing(shown.picture), mpl.rc_context({"svg.fonttype": "path"}):
        shown.picture.savefig(path, dpi=DPI, metadata={"Title": shown.title, **about})
    return shown.alt
