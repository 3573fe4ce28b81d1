"""From a matplotlib figure to SVG that can stand in a page beside others."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from notebook_reports.charts import layout, style
from notebook_reports.report.blocks import Block

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


Places = dict[str, list[list[float]]]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure as SVG, and where its units stand.

    Parameters
    ----------
    svg : str
        ``<svg …>…</svg>`` without prologue, unused ids or needless decimals; text stays text.
    places : dict of str to list of list of float
        Of each unit, once or more, x and y, or those of two ends or corners, in the units of the
        drawing's view box.
    """

    svg: str
    places: Places


def draw(fig: Figure, key: str) -> Drawn:
    """Return a figure as SVG, the same bytes for the same figure.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        The figure; it isn't changed.
    key : str
        Put before every id, so that figures on one page can't clash.
    """
    buffer = io.StringIO()
    with style.drawing(fig), layout.rendering(fig, buffer) as renderer:
        fig.draw(renderer)
        renderer.finalize()  # type: ignore[no-untyped-call]
        places = _places(fig, float(fig.bbox.height))
    return Drawn(tidy(buffer.getvalue(), key), places)


def draw_into(block: Block, fig: Figure) -> None:
    """Draw a figure into its block, for the page and, where it can be drawn so, for a phone.

    Parameters
    ----------
    block : dict
        A figure block; its units, if it has any, get their places in both drawings.
    fig : matplotlib.figure.Figure
        Its figure.
    """
    key = f"fig-{block['key']}"
    again = getattr(fig, "again", None)
    wide = draw(fig, key)
    narrow = draw(again(), f"{key}-n") if again else Drawn("", {})
    block["svg"], block["narrow"] = wide.svg, narrow.svg
    if block["units"] is not None:
        block["units"] |= {"wide": wide.places, "narrow": narrow.places}


def _places(fig: Figure, height: float) -> Places:
    """Return where a drawn figure's units stand."""
    found: Places = {}
    for place in getattr(fig, "places", []):
        ends = place.ends.reshape(-1, 2)
        points = place.ax.transData.transform(ends) if len(ends) else ends
        points = np.column_stack([points[:, 0], height - points[:, 1]]).reshape(place.ends.shape)
        for code, row in zip(place.codes, points, strict=True):
            found.setdefault(code, []).append([round(float(v), 1) for v in row])
    return found


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
