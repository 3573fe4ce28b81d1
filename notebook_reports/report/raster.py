"""From a matplotlib figure to a PNG image, for what shows no SVG: documents, an untrusted notebook.

Half of the time that matplotlib takes to draw a chart as pixels goes into shaping its words.
House charts are written in one font from left to right, which Pillow places letter by letter.
"""

from __future__ import annotations

import io
import re
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import font_manager
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from numpy.typing import NDArray
from PIL import Image, ImageFont

from notebook_reports.charts import layout, style

DPI = 120
"""Pixels an inch: finer than a screen's 96, and 150 to the inch at a document's width."""

PRINT_DPI = 250
"""Pixels an inch for paper: a figure as wide as a sheet's text is smaller there, with 300 to it."""

_COLOURS = 64
"""Enough for a chart's few colours and the soft edges of its words; a third of the bytes."""

_EFFORT = 3
"""Of zlib's 9: half of the time of its usual 6, for a quarter more of 10 kB."""

_PAPER = np.uint32(0xFFFFFFFF)


def draw(fig: Figure, dpi: int = DPI) -> bytes:
    """Return a figure as a PNG image in a palette of its own.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        The figure, its layout solved; it isn't changed.
    dpi : int
        Pixels an inch.
    """
    engine, before = fig.get_layout_engine(), fig.dpi
    width, height = (round(inches * dpi) for inches in fig.get_size_inches())
    renderer = _Renderer(width, height, dpi)  # type: ignore[no-untyped-call]
    pixels = np.asarray(renderer.buffer_rgba())  # type: ignore[no-untyped-call]
    pixels[:] = 255
    with style.drawing(fig), warnings.catch_warnings():
        # A letter that no font here has is a box in the picture, and whole on a reader's page.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        fig.set_layout_engine("none")
        fig.dpi = dpi
        try:
            fig.draw(renderer)
        finally:
            fig.dpi = before
            fig.set_layout_engine(engine)
    result = io.BytesIO()
    _packed(pixels).save(result, "png", compress_level=_EFFORT)
    return result.getvalue()


def _packed(pixels: NDArray[np.uint8]) -> Image.Image:
    """Return pixels on white paper, shape (height, width, 4), as an image in a palette.

    Nearly all of a chart is paper: only what is drawn on it is looked through for colours.
    """
    whole = pixels.view(np.uint32)[..., 0]
    drawn = whole != _PAPER
    drawn[0, 0] = True  # for a picture of nothing
    ink = Image.fromarray(whole[drawn].view(np.uint8).reshape(1, -1, 4)[..., :3])
    inked = ink.quantize(_COLOURS - 1, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    places = np.full(drawn.shape, _COLOURS - 1, np.uint8)
    places[drawn] = np.asarray(inked)[0]
    packed = Image.fromarray(places, "P")
    # The palette's white is one step short of it, which a printer would show.
    colours = [255 if part >= 254 else part for part in inked.getpalette() or []]
    packed.putpalette([*colours, *[255] * (3 * _COLOURS - len(colours))])
    return packed


def css_width(picture: bytes) -> int:
    """Return how wide an image of :func:`draw` is on a page, in CSS pixels, by its header."""
    return round(int.from_bytes(picture[16:20]) * 96 / DPI)


class _Renderer(RendererAgg):
    """Draws as matplotlib does, whose renderers have no annotations, but for plain level words."""

    def _get_font_height_metrics(self, font: FontProperties) -> Any:
        return layout.reach(font, self.dpi)

    def get_text_width_height_descent(
        self, s: str, prop: FontProperties, ismath: Any
    ) -> tuple[float, float, float]:
        if ismath or not _is_placed(s, prop):
            return super().get_text_width_height_descent(s, prop, ismath)  # type: ignore[no-any-return,no-untyped-call]
        width, height, descent = (part * self.dpi / 72 for part in layout.line_size(s, prop))
        return width, height, descent

    def draw_text(
        self,
        gc: Any,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: Any = False,
        mtext: Any = None,
    ) -> None:
        if ismath or angle or not _is_placed(s, prop):
            super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)  # type: ignore[no-untyped-call]
            return
        size, bold = prop.get_size_in_points() * self.dpi / 72, prop.get_weight() == "bold"
        font = _font(layout.house_font("bold" if bold else "normal"), size)
        first, pen = int(x), x - int(x)
        placed: list[tuple[int, int, NDArray[np.uint8]]] = []
        for letter in s:
            whole, part = divmod(round(pen * _PARTS), _PARTS)
            left, top, ink = _letter(font, letter, part)
            placed.append((whole + left, top, ink))
            pen += layout.text_width(letter, size, bold=bold)
        inked = [(left, top, ink) for left, top, ink in placed if ink.size]
        if not inked:
            return
        left, top = min(part[0] for part in inked), min(part[1] for part in inked)
        right = max(at + ink.shape[1] for at, _, ink in inked)
        bottom = max(at + ink.shape[0] for _, at, ink in inked)
        *colour, opacity = np.multiply(gc.get_rgb(), 255)
        words = np.zeros((bottom - top, right - left, 4), np.uint8)
        words[..., :3] = colour
        for across, down, ink in inked:
            height, width = ink.shape
            room = words[down - top :, across - left :, 3][:height, :width]
            np.maximum(room, ink, out=room)
        words[..., 3] = words[..., 3] * (opacity / 255)
        # Rows of an image are drawn from the lowest to the highest.
        self.draw_image(gc, first + left, round(self.height - y) - bottom, words[::-1])


_UNSHAPED = re.compile("[ -\u02ff\u2000-\u2bff]*")
"""Letters that stand one after another; others turn, join or stack."""


def _is_placed(words: str, font: FontProperties) -> bool:
    """Return whether words can be placed letter by letter: in the font that is measured."""
    house = layout.house_font("bold" if font.get_weight() == "bold" else "normal")
    is_known = layout.is_house(font) or font_manager.findfont(font) == house
    return is_known and _UNSHAPED.fullmatch(words) is not None


_PARTS = 4
"""Places within a pixel where a letter may begin."""


@cache
def _font(path: str, size: float) -> ImageFont.FreeTypeFont:
    # Read into memory: kernels forked from one process must not share a place in an open file.
    content = io.BytesIO(_content(path))
    return ImageFont.truetype(content, size, layout_engine=ImageFont.Layout.BASIC)


@cache
def _content(path: str) -> bytes:
    return Path(path).read_bytes()


@cache
def _letter(
    font: ImageFont.FreeTypeFont, letter: str, part: int
) -> tuple[int, int, NDArray[np.uint8]]:
    """Return a letter's ink and where it begins, right of the pen and below the line."""
    mask, (left, top) = font.getmask2(letter, "L", anchor="ls", start=(part / _PARTS, 0))
    width, height = mask.size
    return left, top, np.frombuffer(bytes(mask), np.uint8).reshape(height, width)
