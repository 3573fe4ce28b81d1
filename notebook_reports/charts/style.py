"""The house style of charts: palette, figure sizes, direct labels.

The rules are those of the Government Analysis Function's chart guidance: at most four series,
labelled directly; bars from zero; horizontal text; never colour alone. Titles, sources and notes
are not drawn: :func:`notebook_reports.report.figure` writes them as page text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, partial, wraps
from pathlib import Path
from typing import Any, Literal, ParamSpec

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Annotation
from matplotlib.ticker import AutoLocator, Formatter, MaxNLocator
from numpy.typing import ArrayLike

from notebook_reports.charts import layout
from notebook_reports.charts.palette import NAMED as NAMED
from notebook_reports.errors import ParameterError
from notebook_reports.evidence import format_value

BLUE, TEAL, PLUM, ORANGE = (NAMED[name] for name in ("blue", "teal", "plum", "orange"))
GREY, MUTED, INK, SOFT = (NAMED[name] for name in ("grey", "muted", "ink", "soft"))
WHITE, GRID, AXIS = (NAMED[name] for name in ("paper", "grid", "axis"))
TEAL_TEXT, ORANGE_TEXT = NAMED["tealtext"], NAMED["orangetext"]

SERIES = (BLUE, ORANGE, TEAL, PLUM)
"""Colours in the order series take them: two series are blue and orange."""

ORDERED = (BLUE, NAMED["second"], NAMED["third"], NAMED["fourth"])
"""Four ordered classes from best to worst that differ in lightness as well as hue."""

RAMP = tuple(NAMED[f"ramp{n}"] for n in range(1, 8))
"""Seven steps of one hue from light to dark, which survive grey printing and colour blindness."""

GROUND: dict[str, Any] = {"facecolor": WHITE, "linewidth": 0, "pad": 0.5}
"""What parts a text from lines that run behind it."""

MARKERS = ("o", "s", "^", "D")
"""Markers in the same order, so that series differ by more than colour."""

DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 1.5, 1.5, 1.5)))
"""Line styles in the same order."""

WIDE, NARROW = 8.2, 4.0
"""Inches of a drawing for a column of text, and of one for a phone.

A phone's is 288 points, which a screen of 320 pixels shows at one pixel a point: its text is never
under 11 pixels.
"""

_STYLE_FILE = Path(__file__).with_name("house.mplstyle")
_NARROW_SIZE = 11.2
# Palette colours that are too light for text on white (4.5:1), with a darker one of the same hue.
_TEXT_COLOURS = {TEAL: TEAL_TEXT, ORANGE: ORANGE_TEXT, GREY: SOFT, MUTED: SOFT}

_narrow = ContextVar("narrow", default=False)
P = ParamSpec("P")


@cache
def _parameters(is_narrow: bool) -> Any:
    """Read the style file once for each form."""
    found: Any = mpl.rc_params_from_file(_STYLE_FILE, use_default_template=False)
    if is_narrow:
        for name in ("font.size", "axes.labelsize", "xtick.labelsize", "ytick.labelsize"):
            found[name] = _NARROW_SIZE
    return found


@contextmanager
def use() -> Iterator[None]:
    """Apply the house style inside a ``with`` block.

    Nothing outside is changed, so a notebook's other plots keep their own style.

    Examples
    --------
    >>> with use():
    ...     fig, ax = new_figure(height=2)
    """
    with mpl.rc_context(_parameters(_narrow.get())):
        yield


def narrow() -> bool:
    """Tell whether a chart is being drawn for a phone."""
    return _narrow.get()


@dataclass(frozen=True, slots=True)
class Place:
    """Where units stand in a panel, in its data's coordinates.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The panel.
    codes : tuple of str
        The units.
    ends : numpy.ndarray, shape (n, 2) or (n, 4)
        A point, or the two ends of what stands for the unit.
    """

    ax: Axes
    codes: tuple[str, ...]
    ends: np.ndarray


class Drawing(Figure):
    """A figure that can be drawn for a phone too and knows where its units stand."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.again: Callable[[], Figure] | None = None
        self.places: list[Place] = []


def chart(function: Callable[P, Figure]) -> Callable[P, Figure]:
    """Make a function draw in the house style, and again in its narrow form where that is asked.

    The function draws for the form that :func:`narrow` tells; nothing may be added to its figure
    afterwards, or the narrow form lacks it.

    Parameters
    ----------
    function : callable
        It returns a figure made by :func:`new_figure` or :func:`new_panels`.
    """

    @wraps(function)
    def draw(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with use():
            fig = function(*args, **kwargs)
        if isinstance(fig, Drawing) and not narrow():
            fig.again = partial(_again, draw, *args, **kwargs)
        return fig

    return draw


def _again(draw: Callable[..., Figure], *args: Any, **kwargs: Any) -> Figure:
    token = _narrow.set(True)
    try:
        return draw(*args, **kwargs)
    finally:
        _narrow.reset(token)


def place(
    ax: Axes,
    codes: Iterable[Any],
    x: ArrayLike,
    y: ArrayLike,
    x2: ArrayLike | None = None,
    y2: ArrayLike | None = None,
) -> None:
    """Record where units stand, so that a reader can have their own marked.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes of a figure in house style.
    codes : iterable of str, n of them
        The units; empty ones and missing ones are left out.
    x, y : array-like, shape (n,) or one value for all
        Where each stands, in data coordinates.
    x2, y2 : array-like, optional
        The other end of a line, or the opposite corner of a row or cell.
    """
    fig = ax.get_figure(root=True)
    if not isinstance(fig, Drawing):
        raise ParameterError("ax", "must belong to a figure in house style")
    names = ["" if code is None or code != code else str(code) for code in codes]
    columns = [(x, ax.xaxis), (y, ax.yaxis)]
    if x2 is not None or y2 is not None:
        columns += [(x if x2 is None else x2, ax.xaxis), (y if y2 is None else y2, ax.yaxis)]
    values = [np.asarray(axis.convert_units(v), dtype=np.float64) for v, axis in columns]
    ends = np.column_stack([np.broadcast_to(v, (len(names),)) for v in values])
    known = np.array([bool(name) for name in names], dtype=bool) & np.isfinite(ends).all(axis=1)
    kept = tuple(name for name, there in zip(names, known, strict=True) if there)
    fig.places.append(Place(ax, kept, ends[known]))


def new_figure(height: float = 4.6) -> tuple[Figure, Axes]:
    """Return an empty figure and its axes in the house style.

    Parameters
    ----------
    height : float
        Height in inches.

    Returns
    -------
    tuple of matplotlib.figure.Figure and matplotlib.axes.Axes
        As wide as the form asks. Made without pyplot, so nothing is registered anywhere and
        nothing has to be closed.
    """
    fig, axes = new_panels(1, height=height)
    return fig, axes[0]


def new_panels(
    columns: int,
    *,
    rows: int = 1,
    height: float = 4.6,
    share_x: bool = False,
    share_y: bool = False,
    height_ratios: Sequence[float] | None = None,
) -> tuple[Figure, list[Axes]]:
    """Return a figure of several panels, row by row.

    Parameters
    ----------
    columns, rows : int
        Number of panels across and down.
    height : float
        Height of the whole figure in inches.
    share_x, share_y : bool
        Give all panels the same axis, which comparisons between panels need.
    height_ratios : sequence of float, optional
        Heights of the rows in proportion.
    """
    if height <= 0:
        raise ParameterError("height", "must be inches above 0", value=height)
    with use():
        size = (NARROW if narrow() else WIDE, height)
        fig = Drawing(figsize=size, layout=layout.KnownSizes())
        FigureCanvasAgg(fig)  # one renderer, or texts are measured anew each time one is asked for
        axes = fig.subplots(
            rows,
            columns,
            sharex=share_x,
            sharey=share_y,
            squeeze=False,
            height_ratios=height_ratios,
        )
        return fig, list(axes.ravel())


def text_colour(colour: str) -> str:
    """Return a colour of the same hue that has contrast 4.5:1 or more as text on white."""
    return _TEXT_COLOURS.get(colour.upper(), colour)


def text_on(colour: Any) -> str:
    """Return black or white, whichever reads better on a fill."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in mpl.colors.to_rgb(colour)
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    # Pure black: with the softer ink, fills of middle lightness would stay below 4.5:1 either way.
    return WHITE if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else "#000000"


def axis_titles(ax: Axes, *, x: str = "", y: str = "") -> None:
    """Name the axes in horizontal text: y above the axis, x below.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes to name.
    x, y : str
        What is measured, with the unit; it is written with a capital.
    """
    if x:
        x = x[:1].upper() + x[1:]
        ax.set_xlabel(_within_figure(ax, x), labelpad=6)
    if y:
        label_row(ax, [(y[:1].upper() + y[1:], INK)])


def _within_figure(ax: Axes, text: str) -> str:
    """Break a text that is wider than its figure."""
    fig = ax.get_figure(root=True)
    room = 72 * (WIDE if fig is None else float(fig.get_figwidth())) - 10
    return layout.wrapped(text, room, mpl.rcParams["font.size"])


def unit_axis(ax: Axes, axis: Literal["x", "y"], unit: str, decimals: int | None = None) -> None:
    """Write the ticks of an axis in house style.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes to change.
    axis : {"x", "y"}
        Which axis.
    unit : str
        As in :func:`notebook_reports.evidence.format_value`; "share" writes 0.4 as 40%.
    decimals : int, optional
        Fewest decimal places; by default none. Ticks that need more to be true get more.
    """
    ticks = ax.xaxis if axis == "x" else ax.yaxis
    if isinstance(ticks.get_major_locator(), AutoLocator):
        # Steps of 2.5 would take a decimal for every other tick.
        ticks.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10]))
    ticks.set_major_formatter(_UnitTicks(unit, decimals or 0))


class _UnitTicks(Formatter):
    """Tick labels in house style, with as many decimals as the ticks' own values have."""

    def __init__(self, unit: str, decimals: int) -> None:
        self.unit, self.fewest, self.places = unit, decimals, decimals

    def set_locs(self, locs: Any) -> None:
        """Choose the decimals that all ticks need."""
        scale = 100 if self.unit in {"share", "probability"} else 1
        values = np.asarray(locs, dtype=float) * scale
        step = np.diff(np.sort(values)).min() if len(values) > 1 else 1.0
        self.places = next(
            (
                places
                for places in range(self.fewest, 5)
                if np.allclose(values, np.round(values, places), rtol=0, atol=step / 100)
            ),
            max(self.fewest, 4),
        )

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the label of a tick."""
        return format_value(x, self.unit, self.places)


def spread_apart(positions: ArrayLike, sizes: ArrayLike) -> np.ndarray:
    """Move positions apart until neighbours don't overlap.

    Parameters
    ----------
    positions : array-like of float, shape (n,)
        Wanted positions of the middles, in any order and unit.
    sizes : float or array-like of float, shape (n,)
        Size of each, same unit.

    Returns
    -------
    numpy.ndarray, shape (n,)
        The closest positions in least squares, in the order given.

    Notes
    -----
    Subtracting the room that all before a position take turns the problem into isotonic
    regression, which pooling adjacent violators solves exactly.
    """
    wanted = np.asarray(positions, dtype=float)
    order = np.argsort(wanted, kind="stable")
    half = np.broadcast_to(np.asarray(sizes, dtype=float), wanted.shape)[order] / 2
    taken = np.cumsum(np.concatenate([[0.0], half[:-1] + half[1:]]))
    blocks: list[list[float]] = []
    for index, room in zip(order, taken, strict=True):
        blocks.append([wanted[index] - room, 1.0])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, m), (b, n) = blocks[-2], blocks[-1]
            blocks[-2:] = [[(a * m + b * n) / (m + n), m + n]]
    levels = np.repeat([b[0] for b in blocks], [int(b[1]) for b in blocks])
    result = np.empty_like(wanted)
    result[order] = levels + taken
    return result


def label_end(
    ax: Axes,
    x: Any,
    y: Any,
    text: str,
    *,
    colour: str = INK,
    offset: tuple[float, float] = (6, 0),
    ha: Literal["left", "center", "right"] = "left",
    va: Literal["bottom", "center", "top", "baseline"] = "center",
    bold: bool = False,
    system: Any = "data",
) -> Annotation:
    """Write a label beside a mark, instead of a legend.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes of the mark.
    x, y : float or date
        Position of the mark in data units.
    text : str
        The label.
    colour : str
        Colour of the mark; text takes a darker one where that is needed for contrast.
    offset : tuple of float
        Distance from the mark in points.
    ha, va : str
        Which part of the text is put there.
    bold : bool
        For what the message is about.
    system : str or matplotlib.transforms.Transform
        What the position is in, instead of data.
    """
    return ax.annotate(
        text,
        (x, y),
        xycoords=system,
        xytext=offset,
        textcoords="offset points",
        color=text_colour(colour),
        ha=ha,
        va=va,
        fontweight="bold" if bold else "normal",
        annotation_clip=False,
    )


class _Ends(layout.Group):
    """Labels of one or more lines at the ends of marks, kept apart."""

    def __init__(
        self, ax: Axes, heights: Sequence[float], lines: Sequence[int], offset: float
    ) -> None:
        super().__init__(ax)
        self.heights, self.lines, self.offset = heights, lines, offset

    def arrange(self, size: np.ndarray, sides: tuple[float, float], rise: float) -> None:
        """Set the labels' offsets for axes of this height, whose ends halve a line at most."""
        if not self.labels:
            return
        data = np.column_stack([np.zeros(len(self.heights)), self.heights])
        at = self.ax.transAxes.inverted().transform(self.ax.transData.transform(data))[:, 1]
        _, _, low, high = layout.box(self.labels[0])
        pitch = (high - low) * layout.LINE
        tall = high - low + 3 + pitch * (np.array(self.lines) - 1)
        placed = spread_apart(at * size[1], tall)
        order = np.argsort(placed, kind="stable")
        before = np.concatenate([[0.0], np.cumsum(tall[order])[:-1]]) + tall[order] / 2
        half, whole = (high - low + 3) / 2, float(tall.sum())
        placed[order] = np.maximum(placed[order], before - half)
        placed[order] = np.minimum(placed[order], before + size[1] + half - whole)
        labels = iter(self.labels)
        for shift, many in zip(placed - at * size[1], self.lines, strict=True):
            for line in range(many):
                up = float(shift) + pitch * ((many - 1) / 2 - line)
                next(labels).xyann = (self.offset, up)


class _Row(layout.Group):
    """Names beside each other, in as many rows as they need."""

    def arrange(self, size: np.ndarray, sides: tuple[float, float], rise: float) -> None:
        """Set the names' offsets for axes with these margins.

        They begin where the axes do; if that takes more than a row, at the figure's left edge.
        """
        boxes = [layout.box(label) for label in self.labels]
        widths = [b[1] - b[0] for b in boxes]
        start, end = 0.0, size[0] + sides[1] - layout.EDGE
        if sum(widths) + _APART * (len(widths) - 1) > end:
            start = layout.EDGE - sides[0]
        rows: list[list[int]] = [[]]
        at = start
        for i, wide in enumerate(widths):
            if rows[-1] and at + wide > end:
                rows.append([])
                at = start
            rows[-1].append(i)
            at += wide + _APART
        tall = [max(boxes[i][3] - boxes[i][2] for i in row) + 4 for row in rows]
        for n, row in enumerate(rows):
            at = start
            for i in row:
                beyond = sum(tall[:n] if self.side == "below" else tall[n + 1 :])
                shift = rise + _CLEAR + beyond
                self.labels[i].xyann = (at, -shift if self.side == "below" else shift)
                at += widths[i] + _APART
        self.depth = sum(tall) + _CLEAR - 2


_CLEAR = 8.0


class _Moments(layout.Group):
    """Names of vertical lines over the axes, on as many levels as they need.

    Labels of one place are the lines of one name.
    """

    nearness = 0

    def arrange(self, size: np.ndarray, sides: tuple[float, float], rise: float) -> None:
        """Set the names' offsets, each over its line and within the figure."""
        edges = (layout.EDGE - sides[0], size[0] + sides[1] - layout.EDGE)
        by_place: dict[float, list[Annotation]] = {}
        for label in self.labels:
            by_place.setdefault(float(label.xy[0]), []).append(label)
        ends: list[float] = []
        lines: list[int] = []
        placed: list[tuple[list[Annotation], float, int]] = []
        for place, name in sorted(by_place.items()):
            point = self.ax.transData.transform((place, 0.0))
            at = float(self.ax.transAxes.inverted().transform(point)[0]) * size[0]
            boxes = np.array([layout.box(label) for label in name])
            left, right = at + boxes[:, 0].min(), at + boxes[:, 1].max()
            shift = max(edges[0] - left, 0.0) - max(right - edges[1], 0.0)
            # A leader goes down between the names below it.
            free = [
                end < left + shift and max(ends[:n], default=at) <= at for n, end in enumerate(ends)
            ]
            level = next((n for n, is_free in enumerate(free) if is_free), len(ends))
            ends = [*(max(end, at + 2) for end in ends[:level]), *ends[level:]]
            ends[level : level + 1] = [right + shift + 6]
            lines[level : level + 1] = [max([len(name), *lines[level : level + 1]])]
            placed.append((name, shift, level))
        _, _, low, high = layout.box(self.labels[0])
        pitch = high - low + 2
        for name, shift, level in placed:
            foot = rise + 4 + pitch * sum(lines[:level])
            for n, label in enumerate(reversed(name)):
                label.xyann = (shift, foot + pitch * n)
                if label.arrow_patch is not None:
                    label.arrow_patch.set_visible(level > 0 and n == 0)
        self.depth = 4 + pitch * sum(lines)


_APART = 16.0


def _arrange(
    group: layout.Group, labels: Iterable[tuple[str, str, tuple[Any, Any]]], **options: Any
) -> list[Annotation]:
    """Write the labels of a group, each a text, a colour and the point it belongs to."""
    for text, colour, point in labels:
        label = layout.Grouped(
            text,
            point,
            xytext=(0, 0),
            textcoords="offset points",
            color=text_colour(colour),
            annotation_clip=False,
            **options,
        )
        label.group = group
        group.ax.add_artist(label)
        label.set_clip_on(False)
        group.labels.append(label)
    return group.labels


_STROKES = {BLUE: "—", ORANGE: "– –", TEAL: "···", PLUM: "–··–"}
_BESIDE_LINES = 80.0
"""Points that names may take beside lines on a phone."""


def label_ends(
    ax: Axes, ends: Sequence[tuple[Any, float, str, str]], *, offset: float = 6.0
) -> None:
    """Label several lines at their right ends, moved apart so that no two overlap.

    On a phone, names that leave the lines too little room stand in a row above.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes of the lines.
    ends : sequence of (x, y, text, colour)
        The last point of each line and its label.
    offset : float
        Distance to the right of the line's end in points.
    """
    widest = max(
        (layout.text_width(text, mpl.rcParams["font.size"]) for _, _, text, _ in ends), default=0.0
    )
    if narrow() and widest > _BESIDE_LINES:
        names = {f"{_STROKES.get(colour, '—')} {text}": colour for _, _, text, colour in ends}
        label_row(ax, list(names.items()))
        return
    label_beside(ax, ends, offset=offset)


def label_beside(
    ax: Axes, ends: Sequence[tuple[Any, float, str, str]], *, offset: float = 6.0
) -> None:
    """Label marks at their right ends, or at their left ones, moved apart.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes of the marks.
    ends : sequence of (x, y, text, colour)
        The end of each mark and its label, of one or more lines.
    offset : float
        Distance to the right of the end in points; negative, to the left.
    """
    # One text a line: the page's font is narrower than the one lines are aligned with.
    lines = [text.split("\n") for _, _, text, _ in ends]
    group = _Ends(ax, [float(y) for _, y, _, _ in ends], [len(each) for each in lines], offset)
    labels = (
        (line, colour, (x, y))
        for (x, y, _, colour), each in zip(ends, lines, strict=True)
        for line in each
    )
    _arrange(group, labels, ha="left" if offset > 0 else "right", va="center")


def label_row(
    ax: Axes,
    labels: Sequence[tuple[str, str]],
    *,
    below: bool = False,
    bold: bool = False,
    filled: bool = False,
) -> None:
    """Write names in one row above or below the axes, each in its colour.

    For parts that keep their order from bar to bar, or marks explained once. Names that don't
    fit beside each other go to a second row; one wider than the figure is broken.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes the names belong to.
    labels : sequence of (text, colour)
        Names in order.
    below : bool
        Under the axes instead of above.
    bold : bool
        For the title of a panel.
    filled : bool
        Write the names on their colours, for those too light for text.
    """
    written = _arrange(
        _Row(ax, "below" if below else "above"),
        ((_within_figure(ax, text), colour, (0, 0 if below else 1)) for text, colour in labels),
        xycoords="axes fraction",
        va="top" if below else "bottom",
        fontweight="bold" if bold else "normal",
    )
    for label, (_, colour) in zip(written if filled else [], labels, strict=False):
        label.set(color=text_on(colour), bbox={"facecolor": colour, "linewidth": 0, "pad": 2})


def label_columns(
    ax: Axes,
    places: Iterable[float],
    names: Iterable[str],
    *,
    width: float = np.inf,
    outwards: bool = False,
) -> None:
    """Name columns over the axes, on as many levels as the names need.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes of the columns.
    places : iterable of float
        Middles of the columns in data units.
    names : iterable of str
        Their names.
    width : float
        Points that a name may take before it is broken.
    outwards : bool
        For two columns at the axes' ends: bold names, one ending and one beginning there.
    """
    leader = {"arrowstyle": "-", "color": GREY, "linewidth": 0.9, "relpos": (0.5, 0.0)}
    written = _arrange(
        _Moments(ax, "above"),
        # One text a line: the page's font is narrower than the one lines are centred with.
        [
            (line, INK, (place, 1.0))
            for place, name in zip(places, names, strict=True)
            for line in layout.wrapped(name, width, mpl.rcParams["font.size"]).split("\n")
        ],
        xycoords=ax.get_xaxis_transform(),
        ha="center",
        va="bottom",
        arrowprops=leader | {"shrinkA": 0, "shrinkB": 0},
    )
    for label, side in zip(written if outwards else [], ("right", "left"), strict=False):
        label.set(ha=side, fontweight="bold")


class Rows:
    """Places and names of rows: beside the chart, or above each row where there is no room.

    Parameters
    ----------
    names : sequence of str
        Names from top to bottom.
    pitch : float
        Inches from one row to the next where names stand beside.
    beside : float
        Points that names beside the rows may take on a phone.

    Attributes
    ----------
    above : bool
        Whether names stand above their rows.
    places : numpy.ndarray, shape (n,)
        Where each row stands on the vertical axis, one unit being ``pitch``.
    height : float
        Inches that the rows take.
    """

    def __init__(
        self, names: Sequence[str], pitch: float, *, beside: float = 0.36 * NARROW * 72
    ) -> None:
        self.names = list(names)
        size = float(_parameters(narrow())["ytick.labelsize"])
        widest = max((layout.text_width(name, size) for name in self.names), default=0.0)
        self.above = narrow() and widest > beside
        above = np.zeros(len(self.names))
        if self.above:
            self.names = [layout.wrapped(n, NARROW * 72 - 10, size) for n in self.names]
            above = np.array([layout.text_height(n, size) + 5 for n in self.names]) / (72 * pitch)
        self.places = np.arange(len(self.names)) + np.cumsum(above)
        self.height = pitch * (len(self.names) + above.sum())

    def write(self, ax: Axes, *, margin: float = 0.1) -> None:
        """Write the names and set the vertical axis' limits, ``margin`` rows beyond the rows."""
        if self.above:
            ax.set_yticks([])
            for at, name in zip(self.places, self.names, strict=True):
                label_above(ax, at - 0.42, name)
        else:
            ax.set_yticks(self.places, self.names)
        ax.set_ylim(self.places[-1] + 0.5 + margin, -0.5 - margin)


def label_above(ax: Axes, y: float, text: str) -> None:
    """Write a text at the figure's left edge, its foot at a height in data units."""
    options = {"xycoords": ax.get_yaxis_transform(), "ha": "left", "va": "bottom"}
    _arrange(_Flush(ax), [(text, INK, (0, y))], **options, bbox=GROUND)


class _Flush(layout.Group):
    """A text that begins at the figure's left edge."""

    def arrange(self, size: np.ndarray, sides: tuple[float, float], rise: float) -> None:
        """Set the text's offset for axes with this left margin."""
        self.labels[0].xyann = (layout.EDGE - sides[0], 0.0)


def reference_line(
    ax: Axes,
    value: Any,
    label: str,
    *,
    axis: Literal["x", "y"] = "y",
    colour: str = INK,
    dashed: bool = True,
) -> Line2D:
    """Draw a line right across at a threshold or average and label it at its end.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes to draw on.
    value : float or date
        Where the line is.
    label : str
        What it stands for; empty for none.
    axis : {"x", "y"}
        "y" for a horizontal line at a value of y, "x" for a vertical one.
    colour : str
        Colour of the line.
    dashed : bool
        Dashed by default, so that it isn't taken for a series.
    """
    line_style = (0, (4, 3)) if dashed else "-"
    units: Any = ax.yaxis if axis == "y" else ax.xaxis
    value = float(units.convert_units(value))
    style: dict[str, Any] = {"color": colour, "linewidth": 1.1, "linestyle": line_style}
    if axis == "x":
        line = ax.axvline(value, **style)
        if label:
            groups = [text.group for text in ax.texts if isinstance(text, layout.Grouped)]
            known = [group for group in groups if isinstance(group, _Moments)]
            group = known[0] if known else _Moments(ax, "above")
            reach = ax.get_xaxis_transform()
            _arrange(
                group, [(label, colour, (value, 1.0))], xycoords=reach, ha="center", va="bottom"
            )
    else:
        line = ax.axhline(value, **style)
        if label and narrow():
            label_row(ax, [(f"╌ {label}", colour)])
        elif label:
            label_end(ax, 1.0, value, label, colour=colour, system=ax.get_yaxis_transform())
    return line
