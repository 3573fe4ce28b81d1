"""Drawings whose colours follow the page's."""

from __future__ import annotations

import re

from notebook_reports.charts.palette import NAMED


def themed(svg: str) -> str:
    """Let a page recolour a drawing: its palette colours become variables of the page.

    Parameters
    ----------
    svg : str
        A drawing in the house palette.

    Returns
    -------
    str
        The drawing with ``var(--c-blue, #12436d)`` for ``#12436d``, and so on; whoever knows no
        such variable shows the colour. White text stands on fills, other white is the paper.
    """
    svg = _WHITE_TEXT.sub(r"\1var(--c-on, #ffffff)", svg)
    return _COLOUR.sub(lambda m: f"var(--c-{_NAMES[m[0].lower()]}, {m[0]})", svg)


_NAMES = {colour.lower(): name for name, colour in NAMED.items()}
_WHITE_TEXT = re.compile(r"(<text\b[^>]*?fill: )#ffffff")
_COLOUR = re.compile(rf"(?:{'|'.join(_NAMES)})(?![0-9a-f]|\))", re.IGNORECASE)
