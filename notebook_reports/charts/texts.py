"""What is written into charts: titles of axes, names of lines, rows and moments.

Each text stands where the layout can tell its size, on a page and on a phone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.text import Annotation
from numpy.typing import ArrayLike

from notebook_reports.charts import layout, style


def axis_titles(
    ax: Axes, *, x: str = "", y: str = "", marks: Sequence[tuple[str, str]] = ()
) -> None:
    """Name the axes in horizontal text: y above the axis, x below.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes to name.
    x, y : str
        What is measured, with the unit; it is written with a capital.
    marks : sequence of (text, colour)
        Names of the marks, in the row of y.
    """
    if x:
        x = x[:1].upper() + x[1:]
        ax.set_xlabel(_within_figure(ax, x), labelpad=6)
    row = [(y[:1].upper() + y[1:], style.INK), *marks] if y else marks
    if row:
        label_row(ax, row)


def _within_figure(ax: Axes, text: str) -> str:
    """Break a text that is wider than its figure."""
    fig = ax.get_figure(root=True)
    room = 72 * (style.WIDE if fig is None else float(fig.get_figwidth())) - 10
    return layout.wrapped(text, room, mpl.rcParams["font.size"])


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
    colour: str = style.INK,
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
        color=style.text_colour(colour),
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
        high = layout.text_height("x", float(self.labels[0].get_fontsize()))
        pitch = high * layout.LINE
        tall = high + 3 + pitch * (np.array(self.lines) - 1)
        placed = spread_apart(at * size[1], tall)
        order = np.argsort(placed, kind="stable")
        before = np.concatenate([[0.0], np.cumsum(tall[order])[:-1]]) + tall[order] / 2
        half, whole = (high + 3) / 2, float(tall.sum())
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
            color=style.text_colour(colour),
            annotation_clip=False,
            **options,
        )
        label.group = group
        group.ax.add_artist(label)
        label.set_clip_on(False)
        group.labels.append(label)
    return group.labels


_STROKES = {style.BLUE: "—", style.ORANGE: "– –", style.TEAL: "···", style.PLUM: "–··–"}
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
    if style.narrow() and widest > _BESIDE_LINES:
        names = {f"{_STROKES.get(colour, '—')} {text}": colour for _, _, text, colour in ends}
        label_row(ax, list(names.items()))
        return
    label_beside(ax, ends, offset=offset, ground=True)


def label_beside(
    ax: Axes,
    ends: Sequence[tuple[Any, float, str, str]],
    *,
    offset: float = 6.0,
    ground: bool = False,
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
    ground : bool
        Part the labels from lines that run on behind them.
    """
    # One text a line: the page's font is narrower than the one lines are aligned with.
    lines = [text.split("\n") for _, _, text, _ in ends]
    group = _Ends(ax, [float(y) for _, y, _, _ in ends], [len(each) for each in lines], offset)
    labels = (
        (line, colour, (x, y))
        for (x, y, _, colour), each in zip(ends, lines, strict=True)
        for line in each
    )
    side: Any = "left" if offset > 0 else "right"
    _arrange(group, labels, ha=side, va="center", bbox=style.GROUND if ground else None)


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
        label.set(color=style.text_on(colour), bbox={"facecolor": colour, "linewidth": 0, "pad": 2})


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
    leader = {"arrowstyle": "-", "color": style.GREY, "linewidth": 0.9, "relpos": (0.5, 0.0)}
    written = _arrange(
        _Moments(ax, "above"),
        # One text a line: the page's font is narrower than the one lines are centred with.
        [
            (line, style.INK, (place, 1.0))
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
        self, names: Sequence[str], pitch: float, *, beside: float = 0.36 * style.NARROW * 72
    ) -> None:
        self.names = list(names)
        size = float(style._parameters(style.narrow())["ytick.labelsize"])
        widest = max((layout.text_width(name, size) for name in self.names), default=0.0)
        self.above = style.narrow() and widest > beside
        above = np.zeros(len(self.names))
        if self.above:
            self.names = [layout.wrapped(n, style.NARROW * 72 - 10, size) for n in self.names]
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
    _arrange(_Flush(ax), [(text, style.INK, (0, y))], **options, bbox=style.GROUND)


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
    colour: str = style.INK,
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
    look: dict[str, Any] = {"color": colour, "linewidth": 1.1, "linestyle": line_style}
    if axis == "x":
        line = ax.axvline(value, **look)
        if label:
            groups = [text.group for text in ax.texts if isinstance(text, layout.Grouped)]
            known = [group for group in groups if isinstance(group, _Moments)]
            group = known[0] if known else _Moments(ax, "above")
            reach = ax.get_xaxis_transform()
            _arrange(
                group, [(label, colour, (value, 1.0))], xycoords=reach, ha="center", va="bottom"
            )
    else:
        line = ax.axhline(value, **look)
        if label and style.narrow():
            label_row(ax, [(f"╌ {label}", colour)])
        elif label:
            label_end(ax, 1.0, value, label, colour=colour, system=ax.get_yaxis_transform())
    return line
