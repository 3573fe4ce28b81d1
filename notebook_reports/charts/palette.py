"""The colours of charts, for those that draw and for pages, which draw nothing.

They are those of the Government Analysis Function's chart guidance and tones of them.
"""

from __future__ import annotations

import re

NAMED = {
    "blue": "#12436D",
    "teal": "#28A197",
    "plum": "#801650",
    "orange": "#F46A25",
    "grey": "#BFBFBF",
    "muted": "#8A9297",
    "ink": "#1B1F23",
    "soft": "#505A5F",
    "paper": "#FFFFFF",
    "grid": "#D9D9D9",
    "axis": "#6B7378",
    "tealtext": "#1A6E67",
    "orangetext": "#B3430C",
    "second": "#7FA3C4",
    "third": "#F6C5A5",
    "fourth": "#A3330A",
    "wash": "#EEF1F3",
    "stayed": "#D5DBE0",
    "ramp1": "#EAF0F5",
    "ramp2": "#CBD9E6",
    "ramp3": "#ADC3D7",
    "ramp4": "#8EADC8",
    "ramp5": "#5F86AD",
    "ramp6": "#396592",
    "ramp7": "#13446E",
}
"""Every colour that a chart may use, by the name that a page recolours it by.

Text on a fill is black or white, whichever reads better on the house colours.
"""


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
