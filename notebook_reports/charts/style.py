"""The house style of charts: palette, figure sizes, direct labels.

The rules are those of the Government Analysis Function's chart guidance: at most four series,
labelled directly; bars from zero; horizontal text; never colour alone. Titles, sources and notes
are not drawn: :func:`notebook_reports.report.figure` writes them as page text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Annotation, Text
from matplotlib.ticker import AutoLocator, Formatter, MaxNLocator
from numpy.typing import ArrayLike

from notebook_reports.errors import ParameterError
from notebook_reports.evidence import format_value

BLUE = "#12436D"
TEAL = "#28A197"
PLUM = "#801650"
ORANGE = "#F46A25"
GREY = "#BFBFBF"
MUTED = "#8A9297"
INK = "#1B1F23"
SOFT = "#505A5F"
WHITE = "#FFFFFF"

SERIES = (BLUE, ORANGE, TEAL, PLUM)
"""Colours in the order series take them: two series are blue and orange."""

ORDERED = (BLUE, "#7FA3C4", "#F6C5A5", "#A3330A")
"""Four ordered classes from best to worst that differ in lightness as well as hue."""

MARKERS = ("o", "s", "^", "D")
"""Markers in the same order, so that series differ by more than colour."""

DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 1.5, 1.5, 1.5)))
"""Line styles in the same order."""

WIDTHS = {"page": 8.2, "half": 4.0}

_STYLE_FILE = Path(__file__).with_name("house.mplstyle")
# Palette colours that are too light for text on white (4.5:1), with a darker one of the same hue.
_TEXT_COLOURS = {TEAL: "#1A6E67", ORANGE: "#B3430C", GREY: SOFT, MUTED: SOFT}


@cache
def _parameters() -> Any:
    """Read the style file once."""
    return mpl.rc_params_from_file(_STYLE_FILE, use_default_template=False)


@contextmanager
def use() -> Iterator[None]:
    """Apply the house style inside a ``with`` block or, as a decorator, to a function.

    Nothing outside is changed, so a notebook's other plots keep their own style.

    Examples
    --------
    >>> with use():
    ...     fig, ax = new_figure(height=2)
    """
    with mpl.rc_context(_parameters()):
        yield


def new_figure(
    width: Literal["page", "half"] | float = "page", height: float = 4.6
) -> tuple[Figure, Axes]:
    """Return an empty figure and its axes in the house style.

    Parameters
    ----------
    width : {"page", "half"} or float
        Width in inches: 8.2 for the page, 4.0 for half of it.
    height : float
        Height in inches.

    Returns
    -------
    tuple of matplotlib.figure.Figure and matplotlib.axes.Axes
        Made without pyplot, so nothing is registered anywhere and nothing has to be closed.
    """
    fig, axes = new_panels(1, width=width, height=height)
    return fig, axes[0]


def new_panels(
    columns: int,
    *,
    rows: int = 1,
    width: Literal["page", "half"] | float = "page",
    height: float = 4.6,
    share_x: bool = False,
    share_y: bool = False,
) -> tuple[Figure, list[Axes]]:
    """Return a figure of several panels, row by row.

    Parameters
    ----------
    columns, rows : int
        Number of panels across and down.
    width, height : float
        Size of the whole figure in inches; see :func:`new_figure`.
    share_x, share_y : bool
        Give all panels the same axis, which comparisons between panels need.
    """
    inches = WIDTHS.get(width) if isinstance(width, str) else float(width)
    if inches is None or inches <= 0:
        raise ParameterError(
            "width", "must be inches above 0 or one of", value=width, allowed=WIDTHS
        )
    if height <= 0:
        raise ParameterError("height", "must be inches above 0", value=height)
    with use():
        fig = Figure(figsize=(inches, height), layout="constrained")
        FigureCanvasAgg(fig)  # one renderer, or texts are measured anew each time one is asked for
        axes = fig.subplots(rows, columns, sharex=share_x, sharey=share_y, squeeze=False)
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


def axis_titles(ax: Axes, *, x: str = "", y: str = "", rise: float = 10) -> None:
    """Name the axes in horizontal text: y above the axis at its left end, x below.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes to name.
    x, y : str
        What is measured, with the unit; it is written with a capital.
    rise : float
        How far above the axes y is written, in points.
    """
    if x:
        ax.set_xlabel(x[:1].upper() + x[1:], labelpad=6)
    if y:
        y = y[:1].upper() + y[1:]
        ax.set_title(y, loc="left", fontsize=mpl.rcParams["axes.labelsize"], color=INK, pad=rise)


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


def spread_apart(positions: ArrayLike, gap: float) -> np.ndarray:
    """Move positions apart until neighbours are at least ``gap`` from each other.

    Parameters
    ----------
    positions : array-like of float, shape (n,)
        Wanted positions, in any order and unit.
    gap : float
        Smallest distance between neighbours, same unit.

    Returns
    -------
    numpy.ndarray, shape (n,)
        The closest positions in least squares, in the order given.

    Notes
    -----
    Subtracting ``gap`` times the rank turns the problem into isotonic regression, which pooling
    adjacent violators solves exactly.
    """
    wanted = np.asarray(positions, dtype=float)
    order = np.argsort(wanted, kind="stable")
    blocks: list[list[float]] = []
    for rank, index in enumerate(order):
        blocks.append([wanted[index] - gap * rank, 1.0])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, m), (b, n) = blocks[-2], blocks[-1]
            blocks[-2:] = [[(a * m + b * n) / (m + n), m + n]]
    levels = np.repeat([b[0] for b in blocks], [int(b[1]) for b in blocks])
    result = np.empty_like(wanted)
    result[order] = levels + gap * np.arange(len(wanted))
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
    """
    return ax.annotate(
        text,
        (x, y),
        xytext=offset,
        textcoords="offset points",
        color=text_colour(colour),
        ha=ha,
        va=va,
        fontweight="bold" if bold else "normal",
        annotation_clip=False,
    )


def solve_layout(fig: Figure) -> None:
    """Give the axes of a figure their final places, which takes half as long as drawing it.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        The figure.
    """
    engine = fig.get_layout_engine()
    if engine is not None:
        engine.execute(fig)


class _Arranged(Annotation):
    """A label whose place depends on the size that the axes have in the end.

    Whoever measures or draws it meets it in its place, so the layout need not be solved before
    the label is written, and a figure whose size changes stays in order.
    """

    group: _Ends | _Row

    def update_positions(self, renderer: Any) -> None:
        """Put the group in order before this label's place is worked out."""
        self.group.arrange()
        super().update_positions(renderer)


class _Ends:
    """Labels at the ends of lines, kept apart."""

    def __init__(self, ax: Axes, heights: list[float], gap: float, offset: float) -> None:
        self.ax, self.heights, self.gap, self.offset = ax, heights, gap, offset
        self.labels: list[_Arranged] = []

    def arrange(self) -> None:
        """Set the labels' offsets for the axes as they are now."""
        data = np.column_stack([np.zeros(len(self.heights)), self.heights])
        points = self.ax.transData.transform(data)[:, 1] * _points_per_pixel(self.ax)
        shifts = spread_apart(points, self.gap) - points
        for label, shift in zip(self.labels, shifts, strict=True):
            label.xyann = (self.offset, float(shift))


class _Row:
    """Names beside each other, in as many rows as they need."""

    def __init__(self, ax: Axes, widths: list[float], below: bool) -> None:
        self.ax, self.widths, self.below = ax, widths, below
        self.labels: list[_Arranged] = []

    def arrange(self) -> None:
        """Set the names' offsets for the axes as they are now."""
        line_height, gap = 16.0, 16.0
        room = self.ax.bbox.width * _points_per_pixel(self.ax)
        places = []
        at, row = 0.0, 0
        for width in self.widths:
            if at and at + width > room:
                at, row = 0.0, row + 1
            places.append((at, row))
            at += width + gap
        for label, (start, line) in zip(self.labels, places, strict=True):
            rise = -10 - line_height * line if self.below else 8 + line_height * (row - line)
            label.xyann = (start, rise)


def _points_per_pixel(ax: Axes) -> float:
    fig = ax.get_figure(root=True)
    if fig is None:
        raise ParameterError("ax", "must belong to a figure")
    return 72.0 / fig.dpi


def _arrange(
    group: _Ends | _Row, labels: Iterable[tuple[str, str, tuple[Any, Any]]], **options: Any
) -> list[_Arranged]:
    """Write the labels of a group, each a text, a colour and the point it belongs to."""
    for text, colour, point in labels:
        label = _Arranged(
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


def label_ends(
    ax: Axes,
    ends: Sequence[tuple[Any, float, str, str]],
    *,
    gap: float = 13.0,
    offset: float = 6.0,
) -> Sequence[Text]:
    """Label several lines at their right ends, moved apart so that no two overlap.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes of the lines.
    ends : sequence of (x, y, text, colour)
        The last point of each line and its label.
    gap : float
        Smallest vertical distance in points between the middles of two labels.
    offset : float
        Distance to the right of the line's end in points.
    """
    group = _Ends(ax, [float(y) for _, y, _, _ in ends], gap, offset)
    labels = ((text, colour, (x, y)) for x, y, text, colour in ends)
    return _arrange(group, labels, ha="left", va="center")


def label_row(ax: Axes, labels: Sequence[tuple[str, str]], *, below: bool = False) -> None:
    """Write names in one row above or below the axes, each in its colour.

    For parts that keep their order from bar to bar, or marks explained once. Names that don't
    fit beside each other go to a second row.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes the names belong to.
    labels : sequence of (text, colour)
        Names in order.
    below : bool
        Under the axes instead of above.
    """
    widths = []
    for text, _ in labels:
        probe = ax.text(0, 0, text)
        widths.append(probe.get_window_extent().width * _points_per_pixel(ax))
        probe.remove()
    _arrange(
        _Row(ax, widths, below),
        ((text, colour, (0, 0 if below else 1)) for text, colour in labels),
        xycoords="axes fraction",
        va="top" if below else "bottom",
    )


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
    if axis == "y":
        line = ax.axhline(value, color=colour, linewidth=1.1, linestyle=line_style)
        anchor, offset, ha, va = (1.0, value), (6.0, 0.0), "left", "center"
        transform: Any = ax.get_yaxis_transform()
    else:
        line = ax.axvline(value, color=colour, linewidth=1.1, linestyle=line_style)
        anchor, offset, ha, va = (value, 1.0), (0.0, 4.0), "center", "bottom"
        transform = ax.get_xaxis_transform()
    if label:
        ax.annotate(
            label,
            anchor,
            xycoords=transform,
            xytext=offset,
            textcoords="offset points",
            ha=ha,
            va=va,
            color=text_colour(colour),
            annotation_clip=False,
        )
    return line
