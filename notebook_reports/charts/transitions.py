"""Charts of moves between ordered categories: flows, ranks of a class, ages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from notebook_reports.charts import layout, style, texts
from notebook_reports.charts.frames import require, require_classes
from notebook_reports.errors import ParameterError

__all__ = ["age_strips", "alluvial", "class_strips"]

_NODE = 0.035
_STAYED = style.NAMED["stayed"]


@style.chart
def alluvial(
    matrix: pd.DataFrame,
    *,
    before_label: str,
    after_label: str,
    words: tuple[str, str, str] = ("up", "same", "down"),
    units: pd.DataFrame | None = None,
) -> Figure:
    """Draw units flowing from their category before to their category after.

    Parameters
    ----------
    matrix : pandas.DataFrame of int, shape (k, k)
        Counts, rows before and columns after, lowest category first; the highest is drawn on top.
    before_label, after_label : str
        Names of the two moments, written above the two columns.
    words : tuple of str
        What upward, level and downward flows are called.
    units : pandas.DataFrame of str, optional
        Category ``before`` and ``after`` of each unit, by its code.

    Returns
    -------
    matplotlib.figure.Figure
        Width of a flow is its count. Rises and falls differ by colour, slope and label.

    Raises
    ------
    ParameterError
        If the matrix is not square or holds no unit.
    """
    counts = matrix.to_numpy(dtype=float)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or counts.sum() <= 0:
        raise ParameterError("matrix", "must be square and hold at least one unit")
    names = [str(c) for c in matrix.index]
    total, k = counts.sum(), len(names)
    gap = 0.06 * total
    left, right = _node_tops(counts.sum(axis=1), gap), _node_tops(counts.sum(axis=0), gap)
    beside = [_node_names(names, counts, words), _node_names(names, counts.T)]
    most = max(sum(text.count("\n") + 1 for text in side) for side in beside)
    fig, ax = style.new_figure(height=max(4.6, 0.9 + 0.2 * most))
    ax.set_xlim(0, 1)
    ax.set_ylim(-0.03 * total, 1.03 * total + (k - 1) * gap)
    ax.axis("off")
    out, into = left.copy(), right.copy()
    flows = []
    for source in range(k - 1, -1, -1):
        for target in range(k - 1, -1, -1):
            size = counts[source, target]
            if size:
                flows.append((source, target, out[source], size))
                out[source] -= size
    arrivals = {}
    for target in range(k - 1, -1, -1):
        for source in range(k - 1, -1, -1):
            arrivals[source, target] = into[target]
            into[target] -= counts[source, target]
    # Units that stayed go underneath, so that a single mover still shows.
    for source, target, top, size in sorted(flows, key=lambda flow: flow[0] != flow[1]):
        colour = _STAYED if source == target else style.BLUE if target > source else style.ORANGE
        _ribbon(ax, top, arrivals[source, target], size, colour)
    if units is not None:
        _place(ax, units, names, flows, arrivals)
    for x, tops, sizes in ((0.0, left, counts.sum(axis=1)), (1 - _NODE, right, counts.sum(axis=0))):
        ax.bar(x, sizes, _NODE, tops - sizes, align="edge", color=style.INK)
    for x, tops, sizes, held in (
        (0.0, left, counts.sum(axis=1), beside[0]),
        (1.0, right, counts.sum(axis=0), beside[1]),
    ):
        ends = [(x, y, text, style.INK) for y, text in zip(tops - sizes / 2, held, strict=True)]
        texts.label_beside(ax, ends, offset=8 if x else -8)
    up, down = np.triu(counts, 1).sum(), np.tril(counts, -1).sum()
    texts.label_columns(ax, (0.0, 1.0), (before_label, after_label), outwards=True)
    key = [(f"▲ {up:,.0f} {words[0]}", style.BLUE), (f"▼ {down:,.0f} {words[2]}", style.ORANGE)]
    key.insert(1, (f"● {np.trace(counts):,.0f} {words[1]}", style.SOFT))
    texts.label_row(ax, key, below=True)
    return fig


def _place(
    ax: Axes,
    units: pd.DataFrame,
    names: Sequence[str],
    flows: Sequence[tuple[int, int, float, float]],
    arrivals: Mapping[tuple[int, int], float],
) -> None:
    """Record the flow of each unit: its middle first, and its two ends."""
    for source, target, start, size in flows:
        end = arrivals[source, target]
        here = (units["before"] == names[source]) & (units["after"] == names[target])
        codes, middle = units.index[here], (start + end) / 2
        style.place(ax, codes, 0.5, middle, 0.5, middle - size)
        style.place(ax, codes, 0, start, _NODE, start - size)
        style.place(ax, codes, 1 - _NODE, end, 1, end - size)


def _node_tops(sizes: np.ndarray, gap: float) -> np.ndarray:
    """Return the top of each node; the last category is uppermost."""
    return np.asarray(np.cumsum(sizes) + gap * np.arange(len(sizes)))


def _ribbon(ax: Axes, start: float, end: float, size: float, colour: str) -> None:
    """Draw one flow between the inner edges of the two columns of nodes."""
    x0, x1 = _NODE, 1 - _NODE
    bend = (x1 - x0) / 2
    upper = [(x0, start), (x0 + bend, start), (x1 - bend, end), (x1, end)]
    lower = [
        (x1, end - size),
        (x1 - bend, end - size),
        (x0 + bend, start - size),
        (x0, start - size),
    ]
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    path = Path([*upper, *lower, upper[0]], codes)
    # The edge keeps a flow of one unit among hundreds from vanishing.
    ax.add_patch(PathPatch(path, facecolor=colour, edgecolor=colour, linewidth=1.1, alpha=0.9))


def _node_names(
    names: Sequence[str], counts: np.ndarray, words: tuple[str, str, str] | None = None
) -> list[str]:
    """Return category and count of each node and, given words, how many left it each way."""
    texts = []
    for i, name in enumerate(names):
        lines = [f"{name}: {counts[i].sum():,.0f}"]
        if words:
            moves = [(counts[i, i + 1 :].sum(), words[0]), (counts[i, :i].sum(), words[2])]
            lines += [", ".join(f"{n:,.0f} {word}" for n, word in moves if n)]
        room, size = 92.0 if style.narrow() else 200.0, mpl.rcParams["font.size"]
        lines = [layout.wrapped(line, room, size) for line in lines]
        texts.append("\n".join(filter(None, lines)))
    return texts


@style.chart
def class_strips(
    table: pd.DataFrame,
    *,
    classes: Sequence[str],
    notes: Mapping[str, str] | None = None,
    follow: str = "",
) -> Figure:
    """Draw the classes of many units on several questions: a heat map with a height for each class.

    Parameters
    ----------
    table : pandas.DataFrame of str, shape (units, questions)
        Class of each unit on each question; the index names the units, in the order to be drawn
        from left to right. Missing cells stay empty.
    classes : sequence of str
        At most four classes from best to worst.
    notes : mapping of str to str, optional
        What to write at the right end of a question's strip.
    follow : str
        A unit to point at.

    Returns
    -------
    matplotlib.figure.Figure
        The higher and darker blue a bar, the better its class. Classes are named over the first
        strip.

    Raises
    ------
    ParameterError
        If the table is empty, there are more than four classes, or a cell holds another one.
    """
    require_classes(table, classes)
    rows = _strip_rows(table.columns, notes or {}, 0.5 if style.narrow() else 0.62)
    fig, ax = style.new_figure(height=1.2 + rows.height)
    rows.write(ax)
    ax.grid(visible=False)
    ax.spines["bottom"].set_visible(False)
    ax.set_xlim(0, len(table))
    # On a phone a marked unit's ring stands clear of the words above the strip.
    tall = 0.7 if style.narrow() else 0.8
    for row, question in zip(rows.places, table.columns, strict=True):
        for level, name in enumerate(classes):
            runs = _runs((table[question] == name).to_numpy())
            height = tall * (len(classes) - level) / len(classes)
            if runs:
                ax.broken_barh(
                    runs, (row + 0.4, -height), facecolors=style.ORDERED[level], linewidth=0
                )
        ax.hlines(row + 0.4, 0, len(table), colors=style.INK, linewidth=0.8)
        if not style.narrow():
            _note(ax, row, (notes or {}).get(question, ""))
    ax.set_xticks([])
    across = np.arange(len(table)) + 0.5
    # On a phone words stand between the strips: each is marked by itself.
    ends = rows.places if style.narrow() else rows.places[[0]]
    feet = rows.places if style.narrow() else rows.places[[-1]]
    for top, foot in zip(ends, feet, strict=True):
        style.place(ax, table.index, across, top + 0.4 - tall, across, foot + 0.4)
    if style.narrow():
        held = set(table.to_numpy().ravel())
        key = [(c, fill) for c, fill in zip(classes, style.ORDERED, strict=False) if c in held]
        texts.label_row(ax, key, filled=True)
    else:
        _name_classes(ax, table.iloc[:, 0], classes)
    if follow in table.index:
        at = list(table.index).index(follow) + 0.5
        # Ink, since the classes take the four colours that a chart may have.
        ax.axvline(at, color=style.INK, linewidth=1.4)
        texts.label_end(
            ax,
            at,
            ax.get_ylim()[0],
            follow,
            offset=(0, -8),
            ha="center",
            bold=True,
        )
    return fig


def _strip_rows(names: Iterable[object], notes: Mapping[str, str], pitch: float) -> texts.Rows:
    """Return rows with their notes, on a phone in the line above each strip."""
    words = [str(name) for name in names]
    if style.narrow():
        words = [f"{name}: {notes[name]}" if name in notes else name for name in words]
        room, size = 72 * style.NARROW - 10, mpl.rcParams["font.size"]
        lines = [text.replace("\n", ", ") for text in words]
        fits = [layout.text_width(line, size) <= room for line in lines]
        words = [one if ok else text for one, ok, text in zip(lines, fits, words, strict=True)]
    return texts.Rows(words, pitch, beside=0.0)


def _note(ax: Axes, row: float, text: str) -> None:
    """Write a note at the right end of a strip."""
    texts.label_end(ax, 1.0, row, text, offset=(8, 0), system=ax.get_yaxis_transform())


def _runs(where: np.ndarray) -> list[tuple[float, float]]:
    """Return (start, length) of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], where.astype(int), [0]])))
    return [(float(a), float(b - a)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _name_classes(ax: Axes, first: pd.Series, classes: Sequence[str]) -> None:
    """Name each class, with its count, over the middle of its units in the first strip."""
    held = {name: np.flatnonzero((first == name).to_numpy()) for name in classes}
    held = {name: places for name, places in held.items() if len(places)}
    names = [f"{name} ({len(places):,})" for name, places in held.items()]
    texts.label_columns(ax, [places.mean() + 0.5 for places in held.values()], names)


@style.chart
def age_strips(
    table: pd.DataFrame,
    *,
    group: str,
    age: str,
    limits: Mapping[str, float] | None = None,
    notes: Mapping[str, str] | None = None,
    x_label: str = "",
    unit: str = "",
) -> Figure:
    """Draw every unit's age as a dot, one strip a group, with each group's limit.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a unit.
    group, age : str
        Columns of the group and the age; groups are drawn in order of appearance.
    limits : mapping of str to float, optional
        Age up to which a group's units are within their limit, drawn as a bar across the strip.
    notes : mapping of str to str, optional
        What to write at the right end of a group's strip.
    x_label : str
        What the ages are measured in.
    unit : str
        Column of the units' codes, where a reader may look for one.

    Returns
    -------
    matplotlib.figure.Figure
        Units beyond their limit are orange diamonds, the others blue dots.

    Raises
    ------
    ParameterError
        If the table is empty or lacks a column.
    """
    require(table, (group, age))
    groups = list(dict.fromkeys(table[group].astype(str)))
    rows = _strip_rows(groups, notes or {}, 0.5 if style.narrow() else 0.7)
    fig, ax = style.new_figure(height=1.2 + rows.height)
    dots = table[[group, age, *([unit] if unit else [])]].astype({group: str, age: float})
    dots = dots.sort_values(age)
    limit = dots[group].map(limits or {}).astype(float)
    for late, colour, marker in ((False, style.BLUE, "o"), (True, style.ORANGE, "D")):
        part = dots[(dots[age] > limit) == late]
        _strips(ax, part, group, age, groups, colour, marker, unit, rows.places)
    ax.grid(visible=True, axis="x")
    ax.grid(visible=False, axis="y")
    ax.spines["bottom"].set_visible(False)
    for row, name in zip(rows.places, groups, strict=True):
        if limits and name in limits:
            ax.vlines(limits[name], row - 0.4, row + 0.4, colors=style.INK, linewidth=1.6)
        if not style.narrow():
            _note(ax, row, (notes or {}).get(name, ""))
    rows.write(ax, margin=0)
    ax.set_xlim(left=0)
    ax.set(xlabel="", ylabel="")
    texts.axis_titles(ax, x=x_label)
    return fig


def _strips(
    ax: Axes,
    dots: pd.DataFrame,
    group: str,
    age: str,
    groups: Sequence[str],
    colour: str,
    marker: str,
    unit: str,
    heights: np.ndarray,
) -> None:
    """Draw the dots of each group, parted by a scatter that is the same in every run."""
    if dots.empty:
        return
    import seaborn as sns  # the other charts of this module don't pay for it

    # seaborn asks numpy's global generator for its scatter even where none is wanted.
    chance = np.random.get_state()  # noqa: NPY002
    drawn = len(ax.collections)
    sns.stripplot(
        dots,
        x=age,
        y=group,
        order=groups,
        jitter=False,
        color=colour,
        marker=marker,
        size=17**0.5,
        linewidth=0,
        alpha=0.85,
        ax=ax,
    )
    np.random.set_state(chance)  # noqa: NPY002
    for strip in ax.collections[drawn:]:
        places = np.asarray(strip.get_offsets(), dtype=float)
        row = round(float(places[0, 1])) if len(places) else -1
        places[:, 1] = heights[row] + 0.56 * ((np.arange(len(places)) * 0.6180339887) % 1 - 0.5)
        strip.set_offsets(places)
        if unit and row >= 0:
            style.place(ax, dots.loc[dots[group] == groups[row], unit], *places.T)
