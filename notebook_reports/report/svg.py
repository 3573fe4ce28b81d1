"""From a matplotlib figure to SVG that can stand in a page beside others."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from matplotlib.figure import Figure

from notebook_reports.charts import style

_PROLOGUE = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_ID = re.compile(r' id="([^"]+)"')
_REFERENCE = re.compile(r'url\(#([^)]+)\)|href="#([^"]+)"')
_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_FAMILY = re.compile(r"font-family: 'DejaVu Sans'[^;\"]*;? ?")
_SHORTHAND = re.compile(r"(font: [^;\"']*)'DejaVu Sans'[^;\"]*")
_EMPTY_GROUP = re.compile(r"<g>\s*</g>\s*|<g/>\s*")
_DEFAULTS = re.compile(r"<defs>\s*<style[^>]*>\*\{[^}]*\}</style>\s*</defs>")
# A line of one point has no way to go: matplotlib writes its path without one.
_UNDRAWN = re.compile(r'<path (?!d="|[^>]* d=")[^>]*/>')
_NO_TURN = re.compile(r' transform="rotate\(-?0 [^)]*\)"')
_SPACES = re.compile(r"\n\s*")

FONTS = "Arial, Helvetica, 'Liberation Sans', sans-serif"
"""What a reader sees; narrower than the DejaVu Sans the layout was measured with."""


def draw(fig: Figure, key: str) -> str:
    """Return a figure as an SVG element, the same bytes for the same figure.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        The figure; it isn't changed.
    key : str
        Put before every id, so that figures on one page can't clash.

    Returns
    -------
    str
        ``<svg …>…</svg>`` without prologue, unused ids or needless decimals; text stays text.
    """
    buffer = io.StringIO()
    with style.use(), _no_empty_titles(fig):
        # Solved here, or matplotlib would draw everything once more to solve it while it saves.
        style.solve_layout(fig)
        engine = fig.get_layout_engine()
        fig.set_layout_engine("none")
        try:
            fig.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        finally:
            fig.set_layout_engine(engine)
    return tidy(buffer.getvalue(), key)


@contextmanager
def _no_empty_titles(fig: Figure) -> Iterator[None]:
    """Keep empty axis titles where they are: placing one measures every tick label once more."""
    # No public call undoes the placing of a title by hand; hence the attribute, and Any.
    axes: list[Any] = [axis for ax in fig.axes for axis in (ax.xaxis, ax.yaxis)]
    empty = [axis for axis in axes if axis._autolabelpos and not axis.label.get_text()]
    for axis in empty:
        axis._autolabelpos = False
    try:
        yield
    finally:
        for axis in empty:
            axis._autolabelpos = True


def tidy(svg: str, key: str) -> str:
    """Strip what a page doesn't need from SVG text and make its ids the figure's own."""
    svg = _METADATA.sub("", _PROLOGUE.sub("", svg))
    # A style element inside the picture would apply to the whole page; both rules are inherited.
    svg = _DEFAULTS.sub("", svg)
    svg = svg.replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "").replace("xlink:", "")
    svg = svg.replace(
        "<svg ",
        f'<svg stroke-linejoin="round" stroke-linecap="butt" font-family="{FONTS}" ',
        1,
    )
    used = {a or b for a, b in _REFERENCE.findall(svg)}
    svg = _ID.sub(lambda m: f' id="{key}-{m[1]}"' if m[1] in used else "", svg)
    svg = _REFERENCE.sub(lambda m: f"url(#{key}-{m[1]})" if m[1] else f'href="#{key}-{m[2]}"', svg)
    svg = _NUMBER.sub(lambda m: f"{float(m[0]):.2f}".rstrip("0").rstrip(".") or "0", svg)
    svg = _UNDRAWN.sub("", _NO_TURN.sub("", svg))
    svg = _SHORTHAND.sub(lambda m: m[1] + FONTS, _FAMILY.sub("", svg))
    previous = ""
    while previous != svg:
        previous, svg = svg, _EMPTY_GROUP.sub("", svg)
    return _SPACES.sub("\n", svg).strip()
