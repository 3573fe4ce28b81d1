"""Charts laid out by the sizes of their own texts, each of which is worked out without drawing.

Matplotlib's own layout draws a figure to learn how large its texts are, several times over. Here a
text's width is the sum of its characters' advances, a table that is filled once, so that a chart
can be laid out for two widths of page in less time than it took for one.
"""

from __future__ import annotations

import string
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import IO, Any, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import LoadFlags
from matplotlib.layout_engine import ConstrainedLayoutEngine, LayoutEngine
from matplotlib.text import Annotation, Text
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Transform

ASCENT, DESCENT = 0.76, 0.208
"""Reach of a line of text above and below its baseline, in its own size."""

LINE = 1.2
"""Distance of two lines of a text, in units of their height."""

EDGE = 4.3
"""Points left free at the figure's edges."""

_SETTLED = 0.05
"""Points that panels may still grow or shrink by when their layout is done."""

_BETWEEN = 12.0
"""Points left free between neighbouring panels."""

_MEASURED = 1000

_UNKNOWN = 1.3
"""Advance of a character that the font lacks, such as an emoji: another font draws it."""


@cache
def _advance(character: str, bold: bool) -> float:
    """Return how far a character moves the pen, in units of the font's size."""
    font = get_font(house_font("bold" if bold else "normal"))
    if not font.get_char_index(ord(character)):
        return _UNKNOWN
    font.set_size(_MEASURED, 72)
    glyph = font.load_char(ord(character), flags=LoadFlags.NO_HINTING)
    return float(glyph.linearHoriAdvance) / 65536 / _MEASURED


def measure_letters() -> None:
    """Fill the table of advances, so that processes forked from this one open no font."""
    for character in string.printable.rstrip() + " –−—£’‘…%°²■●▲▼◆○┆é":
        for bold in (False, True):
            _advance(character, bold)


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of a text's longest line in points.

    Parameters
    ----------
    text : str
        The text; it may have several lines.
    size : float
        Size of its font in points.
    bold : bool
        Whether it is bold.

    Examples
    --------
    >>> round(text_width("a" * 10, 10), 1)
    61.3
    """
    return size * max(sum(_advance(c, bold) for c in line) for line in text.split("\n"))


def text_height(text: str, size: float) -> float:
    """Return the height of a text of one or more lines in points."""
    return size * (ASCENT + DESCENT) * (1 + LINE * text.count("\n"))


def wrapped(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """Break a text into lines of at most a width in points, between words.

    Parameters
    ----------
    text : str
        The text.
    width : float
        Room in points; a longer word stands alone in its line.
    size, bold
        As in :func:`text_width`.
    """
    if text_width(text, size, bold=bold) <= width:
        return text
    letters = max(1, int(len(text) * width / text_width(text, size, bold=bold)))
    while letters > 1:
        lines = textwrap.wrap(text, letters, break_long_words=False, break_on_hyphens=False)
        if len(lines) == len(text.split()) or all(
            text_width(line, size, bold=bold) <= width for line in lines
        ):
            return "\n".join(lines)
        letters -= 1
    return text


def line_size(line: str, font: FontProperties) -> tuple[float, float, float]:
    """Return width, height and descent of a line of text in points."""
    size = float(font.get_size_in_points())
    width = text_width(line, size, bold=font.get_weight() == "bold")
    return width, size * (ASCENT + DESCENT), size * DESCENT


def is_house(font: FontProperties) -> bool:
    """Return whether a font is the one measured here, by its names alone."""
    named = font.get_family() == ["sans-serif"] and font.get_weight() in ("normal", "bold")
    plain = (font.get_style(), font.get_variant(), font.get_stretch()) == ("normal",) * 3
    return named and plain and mpl.rcParams["font.sans-serif"] == ["DejaVu Sans"]


@cache
def house_font(weight: str) -> str:
    """Return the file of the font measured here, "normal" or "bold"."""
    return findfont(FontProperties(family=["DejaVu Sans"], weight=weight))


@cache
def _reach(weight: str) -> tuple[int, int, int, int]:
    """Return reach above and below the baseline and gap of lines, and the units to an em."""
    font = get_font(house_font(weight))
    lines: Any = font.get_sfnt_table("OS/2")
    head: Any = font.get_sfnt_table("head")
    reach = (lines["sTypoAscender"], lines["sTypoDescender"], lines["sTypoLineGap"])
    return (*reach, head["unitsPerEm"])


def reach(font: FontProperties, dpi: float) -> tuple[float | None, float | None, float | None]:
    """Return what a renderer is asked of a font: reach above and below the baseline, gap of lines.

    Matplotlib looks the font up and reads its tables for every text; three times None has it do so.
    """
    if not is_house(font):
        return None, None, None
    above, below, gap, em = _reach(str(font.get_weight()))
    scale = 1 / em * font.get_size_in_points() * dpi / 72
    return above * scale, -below * scale, gap * scale


class Renderer(RendererSVG):
    """Matplotlib's renderer of SVG, with texts measured as the layout measures them."""

    def _get_font_height_metrics(self, font: FontProperties) -> Any:
        return reach(font, 72)

    def get_text_width_height_descent(
        self, s: str, prop: FontProperties, ismath: Any
    ) -> tuple[float, float, float]:
        """Return width, height and descent of a line of text in points."""
        if ismath:
            return super().get_text_width_height_descent(s, prop, ismath)  # type: ignore[no-any-return,no-untyped-call]
        return line_size(s, prop)


@contextmanager
def rendering(fig: Figure, file: IO[str]) -> Iterator[Renderer]:
    """Lend a renderer that writes a figure to a file, one pixel a point while it is lent.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        The figure; it isn't changed.
    file : file object
        Where the SVG is written.
    """
    dpi = fig.dpi
    fig.dpi = 72
    try:
        width, height = fig.bbox.size
        blank = {"Date": None, "Creator": None}
        yield Renderer(width, height, file, metadata=blank)  # type: ignore[no-untyped-call]
    finally:
        fig.dpi = dpi


def box(text: Text) -> tuple[float, float, float, float]:
    """Return left, right, bottom and top of a text around its own point, in points."""
    words, size = text.get_text(), float(text.get_fontsize())
    width = text_width(words, size, bold=_is_bold(text))
    height = text_height(words, size)
    left = {"left": 0.0, "center": -width / 2, "right": -width}[text.get_horizontalalignment()]
    below = {
        "bottom": 0.0,
        "baseline": -DESCENT * size,
        "center": -height / 2,
        "center_baseline": -height / 2,
        "top": -height,
    }[text.get_verticalalignment()]
    patch = text.get_bbox_patch()
    pad = 0.0 if patch is None else 1.0
    return left - pad, left + width + pad, below - pad, below + height + pad


def _is_bold(text: Text) -> bool:
    weight = text.get_fontweight()
    return weight == "bold" or (isinstance(weight, int) and weight >= 600)


Box = tuple[Sequence[float] | np.ndarray, tuple[float, float, float, float]]
"""A text's point as shares of its panel, and left, right, bottom and top around it in points."""


class Group:
    """Texts whose places depend on the size that their axes get in the end.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Their axes.
    side : {"", "above", "below"}
        The side of the axes where it takes room from edge to edge. Groups of a side are stacked
        outwards: names of moments first, then rows, the one written last nearest the axes.
    """

    nearness = 1

    def __init__(self, ax: Axes, side: Literal["", "above", "below"] = "") -> None:
        self.ax, self.side = ax, side
        self.labels: list[Annotation] = []
        self.depth = 0.0

    def arrange(self, size: np.ndarray, sides: tuple[float, float], rise: float) -> None:
        """Set the labels' offsets and the depth that they take.

        Parameters
        ----------
        size : numpy.ndarray, shape (2,)
            Width and height of the axes in points.
        sides : tuple of two float
            Margins left and right of the axes.
        rise : float
            Where the group begins, in points from the axes outwards.
        """
        raise NotImplementedError


class Grouped(Annotation):
    """A label whose place its group decides."""

    group: Group


class KnownSizes(LayoutEngine):
    """Places the panels of a figure by the sizes of the texts around them."""

    _adjust_compatible = True
    _colorbar_gridspec = False

    def set(self, **kwargs: Any) -> None:
        """Take no settings."""

    def execute(self, fig: Figure) -> None:
        """Give each panel of a figure the room that its texts leave."""
        if not _is_known(fig):
            ConstrainedLayoutEngine(h_pad=0.06, w_pad=0.06).execute(fig)
            return
        panels = list(fig.axes)
        specs: list[Any] = [ax.get_subplotspec() for ax in panels]
        grid = specs[0].get_gridspec()
        inches = fig.get_size_inches()
        whole = np.array([inches[0], inches[1]]) * 72
        counts = np.array([grid.ncols, grid.nrows])
        margins, edges = np.zeros((len(panels), 4)), np.full(4, EDGE)
        size = np.array([ax.get_position(original=True).size * whole for ax in panels])
        for _ in range(3):
            for i, ax in enumerate(panels):
                _fit_ticks(ax, size[i])
                # Rows of names may use the figure's margins, where no other panel stands.
                first, last = specs[i].colspan.start == 0, specs[i].colspan.stop == grid.ncols
                sides = (edges[0] if first else EDGE, edges[1] if last else EDGE)
                margins[i] = _margins(ax, size[i], sides)
            edges = np.array(
                [
                    margins[[s.colspan.start == 0 for s in specs], 0].max(),
                    margins[[s.colspan.stop == grid.ncols for s in specs], 1].max(),
                    margins[[s.rowspan.stop == grid.nrows for s in specs], 2].max(),
                    margins[[s.rowspan.start == 0 for s in specs], 3].max(),
                ]
            )
            gaps = np.array([_gap(margins, specs, "colspan"), _gap(margins, specs, "rowspan")])
            room = whole - edges.reshape(2, 2).sum(axis=1) - gaps * (counts - 1)
            mean = np.maximum(room, 20.0) / counts
            fig.subplots_adjust(
                left=edges[0] / whole[0],
                right=max(1 - edges[1] / whole[0], (edges[0] + 20) / whole[0]),
                bottom=edges[2] / whole[1],
                top=max(1 - edges[3] / whole[1], (edges[2] + 20) / whole[1]),
                wspace=gaps[0] / mean[0],
                hspace=gaps[1] / mean[1],
            )
            before = size
            size = np.array([ax.get_position(original=True).size * whole for ax in panels])
            if np.abs(size - before).max() < _SETTLED:
                break
        for ax, panel in zip(panels, size, strict=True):
            _name_axis(ax, panel, whole)


def _is_known(fig: Any) -> bool:
    """Return whether a figure holds only what can be measured here; matplotlib knows the rest."""
    specs = [ax.get_subplotspec() for ax in fig.axes]
    if None in specs or len(set(specs)) < len(specs) or fig.legends or fig.subfigs:
        return False
    titles = (fig.get_suptitle(), fig.get_supxlabel(), fig.get_supylabel())
    return bool(specs) and not any(titles) and all(_is_known_panel(ax) for ax in fig.axes)


def _is_known_panel(ax: Axes) -> bool:
    if ax.name != "rectilinear" or ax.get_legend() is not None:
        return False
    if ax.yaxis.get_tick_params().get("labelright", False):
        return False
    if any(axis.get_major_ticks(1)[0].label1.get_rotation() for axis in (ax.xaxis, ax.yaxis)):
        return False
    notes = [text for text in ax.texts if isinstance(text, Annotation)]
    return all(
        isinstance(system, Transform) or system in ("data", "axes fraction", *offset)
        for text in notes
        for system, offset in ((text.xycoords, ()), (text.anncoords, ("offset points",)))
    )


def _gap(margins: np.ndarray, specs: Sequence[Any], span: str) -> float:
    """Return the room that neighbouring panels need between them."""
    near, far = (1, 0) if span == "colspan" else (2, 3)
    gap = 0.0
    for i, one in enumerate(specs):
        for j, other in enumerate(specs):
            if getattr(one, span).stop == getattr(other, span).start:
                gap = max(gap, margins[i, near] + margins[j, far] - 2 * EDGE + _BETWEEN)
    return gap


def _margins(ax: Axes, size: np.ndarray, sides: tuple[float, float]) -> np.ndarray:
    """Return the room a panel of a size needs left, right, below and above itself, in points."""
    needed = [0.0] * 4
    if not ax.get_visible():
        return np.array(needed)
    ticks = list(_tick_boxes(ax)) if ax.axison else []
    _arrange_groups(ax, ticks, size, sides)
    width, height = map(float, size)
    for (x, y), (left, right, below, above) in _boxes(ax, ticks):  # numbers: arrays take longer
        x, y = x * width, y * height
        reach = (-(x + left), x + right - width, -(y + below), y + above - height)
        needed = [max(pair) for pair in zip(needed, reach, strict=True)]
    return np.array(needed) + EDGE


def _arrange_groups(
    ax: Axes, ticks: Sequence[Box], size: np.ndarray, sides: tuple[float, float]
) -> None:
    """Put each group of labels in order, those of a side outside one another."""
    groups = list(dict.fromkeys(text.group for text in ax.texts if isinstance(text, Grouped)))
    heads = [box[3] for at, box in ticks if at[1] == 1 and box[2] > 0]
    rise = {"": 0.0, "above": max(heads, default=0.0), "below": _title_depth(ax, ticks)}
    groups.reverse()
    for group in sorted(groups, key=lambda group: group.nearness):
        group.arrange(size, sides, rise[group.side])
        rise[group.side] += group.depth


def _title_depth(ax: Axes, ticks: Sequence[Box]) -> float:
    """Return how far the labels and the title of the horizontal axis reach below it."""
    if not ax.axison:
        return 0.0
    depths = [-box[2] for at, box in ticks if at[1] == 0 and box[3] < 0]
    if ax.xaxis.label.get_text() and ax.xaxis.get_label_position() == "bottom":
        depths.append(-_axis_title(ax, ticks)[1][2])
    return max(depths, default=0.0)


def _boxes(ax: Axes, ticks: Sequence[Box]) -> Iterator[Box]:
    """Yield each text of a panel: its point as shares of the panel, and its box around that."""
    if ax.axison:
        yield from ticks
        if ax.xaxis.get_visible() and ax.xaxis.label.get_text():
            # Its width asks for no room: it is moved until it fits the figure.
            at, (_, _, below, above) = _axis_title(ax, ticks)
            yield at, (0.0, 0.0, below, above)
        if ax.yaxis.get_visible() and ax.yaxis.label.get_text():
            deep = max((-box[0] for at, box in ticks if at[0] == 0), default=0.0)
            deep += ax.yaxis.labelpad + text_height("x", float(ax.yaxis.label.get_fontsize()))
            yield np.array([0.0, 0.5]), (-deep, 0.0, 0.0, 0.0)
    for title in (ax.title, ax._left_title, ax._right_title):  # type: ignore[attr-defined]  # no public way
        if title.get_text():
            left, right, _, above = box(title)
            yield np.array(title.get_position()), (left, right, 0.0, above + 8.0)
    for text in ax.texts:
        if text.get_visible() and text.get_in_layout() and text.get_text().strip():
            yield placed(ax, text)


def placed(ax: Axes, text: Text) -> Box:
    """Return a text's point as shares of its panel and its box around that point in points."""
    left, right, below, above = box(text)
    dx = dy = 0.0
    if isinstance(text, Annotation) and text.anncoords == "offset points":
        dx, dy = text.xyann
        at = _point(ax, text.xy, text.xycoords)
    elif isinstance(text, Annotation):
        at = _point(ax, text.xyann, text.anncoords or text.xycoords)
    else:
        at = _point(ax, text.get_position(), text.get_transform())
    return at, (left + dx, right + dx, below + dy, above + dy)


def _point(ax: Axes, xy: Any, system: Any) -> np.ndarray:
    """Return a point as shares of its panel, which stay the same when the panel moves."""
    if system == "axes fraction":
        return np.asarray(xy, dtype=float)
    transform = ax.transData if system == "data" else system
    x, y = ax.convert_xunits(xy[0]), ax.convert_yunits(xy[1])
    shares: np.ndarray = ax.transAxes.inverted().transform(transform.transform((x, y)))
    return shares


def _tick_boxes(ax: Axes) -> Iterator[Box]:
    """Yield the tick labels in view, in the same form."""
    for axis, names in ((ax.xaxis, "x"), (ax.yaxis, "y")):
        if not axis.get_visible():
            continue
        shown = axis.get_tick_params()
        places, words = _ticks(ax, names)
        size, pad = _tick_style(axis)
        for place, text in zip(places, words, strict=True):
            if not text:
                continue
            width, height = text_width(text, size), text_height(text, size)
            if names == "y" and shown.get("labelleft", True):
                yield (0.0, place), (-pad - width, -pad, -height / 2, height / 2)
            elif names == "x" and shown.get("labelbottom", True):
                yield (place, 0.0), (-width / 2, width / 2, -pad - height, -pad)
            elif names == "x" and shown.get("labeltop", False):
                yield (place, 1.0), (-width / 2, width / 2, pad, pad + height)


def _tick_style(axis: Any) -> tuple[float, float]:
    """Return the size of an axis' tick labels and their distance from the axis, in points."""
    tick = axis.get_major_ticks(1)[0]
    return float(tick.label1.get_fontsize()), float(tick.get_pad())


def _ticks(ax: Axes, name: str) -> tuple[list[float], list[str]]:
    """Return the places of an axis' ticks in view, as shares of it, and their labels."""
    axis = ax.xaxis if name == "x" else ax.yaxis
    first, last = axis.get_view_interval()
    locations = np.asarray(axis.get_majorticklocs(), dtype=float)
    words = axis.get_major_formatter().format_ticks(list(locations))
    span = (last - first) or 1.0
    shares = (locations - first) / span
    kept = [
        (float(s), w) for s, w in zip(shares, words, strict=True) if -1e-6 <= s <= 1 + 1e-6 and w
    ]
    return [s for s, _ in kept], [w for _, w in kept]


def _fit_ticks(ax: Axes, size: np.ndarray) -> None:
    """Take fewer ticks across where their labels would touch."""
    if not ax.axison or not isinstance(ax.xaxis.get_major_locator(), MaxNLocator):
        return
    for most in (6, 5, 4, 3, 2):
        places, words = _ticks(ax, "x")
        widths = [text_width(w, _tick_style(ax.xaxis)[0]) for w in words]
        ends = np.array(places) * size[0]
        free = np.diff(ends) - (np.array(widths[:-1]) + np.array(widths[1:])) / 2
        if (free >= 7).all():
            return
        ax.xaxis.set_major_locator(
            MaxNLocator(most, steps=[1, 2, 5, 10], integer=_is_whole(ax.xaxis.get_major_locator()))
        )


def _is_whole(locator: Any) -> bool:
    return bool(getattr(locator, "_integer", False))


def _axis_title(ax: Axes, ticks: Sequence[Box]) -> Box:
    """Return the place of the title under, or over, the horizontal axis."""
    label: Any = ax.xaxis.label
    # Once it has been put in its place, its own position is that on the figure.
    label.along = getattr(label, "along", label.get_position()[0])
    on_top = ax.xaxis.get_label_position() == "top"
    reach = (box[3] if on_top else -box[2] for at, box in ticks if at[1] == on_top)
    left, right, _, _ = box(label)
    height = text_height(label.get_text(), float(label.get_fontsize()))
    gap = max(reach, default=0.0) + ax.xaxis.labelpad
    at = np.array([label.along, 1.0 if on_top else 0.0])
    return at, (left, right, *((gap, gap + height) if on_top else (-gap - height, -gap)))


def _name_axis(ax: Axes, size: np.ndarray, whole: np.ndarray) -> None:
    """Put the horizontal axis' title in its place, within the figure."""
    if not ax.axison or not ax.xaxis.label.get_text():
        return
    at, (left, right, below, above) = _axis_title(ax, list(_tick_boxes(ax)))
    corner = ax.get_position(original=True).p0 * whole
    x = corner[0] + at[0] * size[0]
    x += max(EDGE - (x + left), 0.0) - max(x + right - (whole[0] - EDGE), 0.0)
    y = corner[1] + at[1] * size[1] + (below if at[1] else above)
    figure: Any = ax.get_figure(root=True)
    ax.xaxis.label.set_verticalalignment("bottom" if at[1] else "top")
    ax.xaxis.set_label_coords(x / whole[0], y / whole[1], transform=figure.transFigure)
