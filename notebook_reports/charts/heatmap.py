"""Heat maps that don't rest on colour: every cell says its value too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from notebook_reports.charts import layout, style, texts
from notebook_reports.charts.frames import require_classes
from notebook_reports.errors import ParameterError
from notebook_reports.evidence import format_value

_OUTLINE: dict[str, Any] = {"fill": False, "edgecolor": style.INK, "linewidth": 1.6, "zorder": 2}


@style.chart
def heatmap(
    table: pd.DataFrame,
    *,
    unit: str = "",
    decimals: int | None = None,
    x_label: str = "",
    y_label: str = "",
    emphasise_diagonal: bool = False,
    scale: tuple[float, float] | None = None,
    labels: pd.DataFrame | None = None,
    units: pd.DataFrame | None = None,
) -> Figure:
    """Draw a table of numbers as cells, each with its number written in it.

    Parameters
    ----------
    table : pandas.DataFrame
        Numbers; the index names the rows, the columns name themselves. NaN cells stay empty.
    unit, decimals : str, int
        How numbers are written: see :func:`notebook_reports.evidence.format_value`.
    x_label, y_label : str
        What columns and rows are, written beside them.
    emphasise_diagonal : bool
        Outline the diagonal, where a transition matrix has "no change".
    scale : tuple of float, optional
        Values of the lightest and darkest cell; by default the range of the table.
    labels : pandas.DataFrame of str, optional
        Text to write in the cells instead of the numbers, same shape.
    units : pandas.DataFrame of str, optional
        What each unit counts in, by its code: the name of its ``row``, its ``column`` or both.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ParameterError
        If the table is empty or holds no number.
    """
    values = table.to_numpy(dtype=float)
    if values.size == 0 or not np.isfinite(values).any():
        raise ParameterError("table", "must hold at least one number")
    low, high = scale or (float(np.nanmin(values)), float(np.nanmax(values)))
    if labels is None:
        labels = table.map(lambda value: format_value(value, unit, decimals))
    rows = _Rows(table, labels, 0.3 if style.narrow() else 0.46)
    fig, ax = style.new_figure(height=max(2.2, 1.2 + rows.height))
    ends = (low, high if high > low else low + 1)
    _cells(ax, values, labels, ListedColormap(style.RAMP), ends, rows)
    if units is not None:
        _place(ax, table, units, rows)
    if emphasise_diagonal:
        for column, row in zip(range(values.shape[1]), rows.top, strict=False):
            ax.add_patch(Rectangle((column + 0.02, row + 0.02), 0.96, 0.96, **_OUTLINE))
    _frame(ax, table, x_label, y_label, rows)
    return fig


@style.chart
def class_map(
    table: pd.DataFrame,
    *,
    classes: Sequence[str],
    marks: Mapping[str, str] | None = None,
    x_label: str = "",
    y_label: str = "",
    units: Sequence[str] = (),
) -> Figure:
    """Draw a table of ordered classes, such as grades: colour and letters say the same.

    Parameters
    ----------
    table : pandas.DataFrame of str
        Class of each cell; the index names the rows. Missing cells are marked with a dash.
    classes : sequence of str
        At most four classes from best to worst.
    marks : mapping of str to str, optional
        What to write in a cell of each class; by default its first letter.
    x_label, y_label : str
        What columns and rows are.
    units : sequence of str
        Codes of the units that are the rows, where a reader may look for one.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ParameterError
        If the table is empty, there are more than four classes, or a cell holds another one.
    """
    require_classes(table, classes)
    levels = table.apply(lambda column: column.map({c: i for i, c in enumerate(classes)}))
    values = levels.to_numpy(dtype=float)
    marks = dict(marks) if marks is not None else {c: c[:1].upper() for c in classes}
    labels = table.map(lambda cell: marks.get(cell, ""))
    rows = _Rows(table, labels, 0.27 if style.narrow() else 0.3)
    fig, ax = style.new_figure(height=max(2.2, 1.3 + rows.height))
    fills = ListedColormap(style.ORDERED[: len(classes)])
    _cells(ax, values, labels, fills, (-0.5, len(classes) - 0.5), rows)
    for row, column in np.argwhere(np.isnan(values)):
        at = (column + 0.5, rows.top[row] + 0.5)
        ax.text(*at, "–", ha="center", va="center", color=style.SOFT)
    if len(units):
        style.place(ax, units, 0, rows.top, table.shape[1], rows.top + 1)
    _frame(ax, table, x_label, y_label, rows)
    key = [(f"{marks[c]} = {c}", fill) for c, fill in zip(classes, style.ORDERED, strict=False)]
    texts.label_row(ax, key, below=True, filled=True)
    return fig


class _Rows:
    """Rows of cells, each under its name where names beside would leave the cells too little.

    Parameters
    ----------
    table, labels : pandas.DataFrame
        What is drawn and what is written into it.
    pitch : float
        Height of a cell in inches.

    Attributes
    ----------
    names : list of str
        Names of the rows, broken where they are wide.
    above : bool
        Whether names stand above.
    top : numpy.ndarray of int, shape (n,)
        Upper edge of each row in cells; names above take whole ones.
    height : float
        Inches that all rows take.
    """

    def __init__(self, table: pd.DataFrame, labels: pd.DataFrame, pitch: float) -> None:
        size = mpl.rcParams["font.size"]
        heads = [word for name in table.columns for word in str(name).split()]
        written = [*heads, *labels.to_numpy(dtype=str).ravel()]
        widest = max(layout.text_width(text, size) for text in written)
        room = style.NARROW * 72 - 16 - labels.shape[1] * (widest + 6)
        names = [str(name) for name in table.index]
        rows = texts.Rows(names, pitch, beside=min(100.0, room))
        self.names, self.above = rows.names, rows.above
        gaps = np.ceil(np.diff(rows.places, prepend=-1.0) - 1.0)
        self.top = (np.arange(len(names)) + np.cumsum(gaps)).astype(int)
        self.height = pitch * (int(self.top[-1]) + 1)


def _place(ax: Axes, table: pd.DataFrame, units: pd.DataFrame, rows: _Rows) -> None:
    """Record the row, the column or the cell that each unit counts in."""
    ends = []
    firsts = {"column": np.arange(table.shape[1]), "row": rows.top}
    for name, held in (("column", table.columns), ("row", table.index)):
        first, last = np.zeros(len(units)), np.full(len(units), firsts[name][-1] + 1.0)
        if name in units:
            found = held.get_indexer(pd.Index(units[name]))
            first = np.where(found < 0, np.nan, firsts[name][found])
            last = first + 1
        ends.append((first, last))
    (left, right), (top, bottom) = ends
    if rows.above and "row" not in units:
        # Names stand between the cells of a column.
        for edge in rows.top:
            style.place(ax, units.index, left, edge, right, edge + 1)
    else:
        style.place(ax, units.index, left, top, right, bottom)


def _cells(
    ax: Axes,
    values: np.ndarray,
    labels: pd.DataFrame,
    colours: Colormap,
    ends: tuple[float, float],
    rows: _Rows,
) -> None:
    """Fill the cells that have a value and write their labels in black or white."""
    drawn = np.full((rows.top[-1] + 1, values.shape[1]), np.nan)
    drawn[rows.top] = values
    written = np.full(drawn.shape, "", dtype=object)
    written[rows.top] = labels.to_numpy(dtype=str)
    sns.heatmap(
        drawn,
        ax=ax,
        cmap=colours,
        vmin=ends[0],
        vmax=ends[1],
        cbar=False,
        annot=written,
        fmt="",
        linewidths=1.6,
        linecolor=style.WHITE,
        xticklabels=False,
        yticklabels=False,
    )
    fills = np.asarray(ax.collections[0].get_facecolor())[np.isfinite(drawn).ravel()]
    for text, fill in zip(ax.texts, fills, strict=True):
        text.set_color(style.text_on(fill[:3]))


def _frame(ax: Axes, table: pd.DataFrame, x_label: str, y_label: str, rows: _Rows) -> None:
    """Name rows and columns, the columns above as in a table."""
    ax.grid(visible=False)
    ax.spines["bottom"].set_visible(False)
    names = [str(name) for name in table.columns]
    middles = np.arange(len(names)) + 0.5
    size = mpl.rcParams["font.size"]
    beside = 0.0 if rows.above else max(layout.text_width(name, size) for name in rows.names)
    whole = 72 * (style.NARROW if style.narrow() else style.WIDE)
    room = (whole - beside - 16) / len(names)
    if max(layout.text_width(name, size) for name in names) < room - 4:
        ax.set_xticks(middles, names)
        ax.xaxis.tick_top()
    else:
        ax.set_xticks([])
        most = room if style.narrow() else 1.3 * room
        texts.label_columns(ax, middles, names, width=most)
    if rows.above:
        ax.set_yticks([])
        for top, name in zip(rows.top, rows.names, strict=True):
            texts.label_above(ax, top - 0.1, name)
    else:
        ax.set_yticks(rows.top + 0.5, rows.names)
    if style.narrow():
        heads = [("Columns", x_label), ("Rows", y_label)]
        texts.label_row(ax, [(f"{way}: {words}", style.INK) for way, words in heads if words])
        return
    if x_label:
        texts.label_row(ax, [(x_label, style.INK)])
    if y_label:
        ax.annotate(
            y_label,
            (0, 1),
            xycoords="axes fraction",
            xytext=(-8, 6),
            textcoords="offset points",
            ha="right",
            va="bottom",
            annotation_clip=False,
        )
