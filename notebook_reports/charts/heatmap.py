"""Heat maps that don't rest on colour: every cell says its value too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from notebook_reports.charts import style
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
    fig, ax = style.new_figure(height=max(2.2, 1.2 + 0.46 * len(table)))
    _cells(ax, values, labels, ListedColormap(style.RAMP), (low, high if high > low else low + 1))
    if units is not None:
        _place(ax, table, units)
    if emphasise_diagonal:
        for i in range(min(values.shape)):
            ax.add_patch(Rectangle((i + 0.02, i + 0.02), 0.96, 0.96, **_OUTLINE))
    _frame(ax, table, x_label, y_label)
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
    fig, ax = style.new_figure(height=max(2.2, 1.3 + 0.3 * len(table)))
    fills = ListedColormap(style.ORDERED[: len(classes)])
    _cells(
        ax, values, table.map(lambda cell: marks.get(cell, "")), fills, (-0.5, len(classes) - 0.5)
    )
    for row, column in np.argwhere(np.isnan(values)):
        ax.text(column + 0.5, row + 0.5, "–", ha="center", va="center", color=style.SOFT)
    if len(units):
        above = np.arange(len(table))
        style.place(ax, units, 0, above, table.shape[1], above + 1)
    _frame(ax, table, x_label, y_label)
    style.label_row(ax, [(f"{marks[c]} = {c}", style.INK) for c in classes], below=True)
    return fig


def _place(ax: Axes, table: pd.DataFrame, units: pd.DataFrame) -> None:
    """Record the row, the column or the cell that each unit counts in."""
    ends = []
    for name, held in (("column", table.columns), ("row", table.index)):
        at, span = np.zeros(len(units)), len(held)
        if name in units:
            found = held.get_indexer(pd.Index(units[name]))
            at, span = np.where(found < 0, np.nan, found), 1
        ends.append((at, at + span))
    (left, right), (top, bottom) = ends
    style.place(ax, units.index, left, top, right, bottom)


def _cells(
    ax: Axes,
    values: np.ndarray,
    labels: pd.DataFrame,
    colours: Colormap,
    ends: tuple[float, float],
) -> None:
    """Fill the cells that have a value and write their labels in black or white."""
    sns.heatmap(
        values,
        ax=ax,
        cmap=colours,
        vmin=ends[0],
        vmax=ends[1],
        cbar=False,
        annot=labels.to_numpy(dtype=str),
        fmt="",
        linewidths=1.6,
        linecolor=style.WHITE,
        xticklabels=False,
        yticklabels=False,
    )
    fills = np.asarray(ax.collections[0].get_facecolor())[np.isfinite(values).ravel()]
    for text, fill in zip(ax.texts, fills, strict=True):
        text.set_color(style.text_on(fill[:3]))


def _frame(ax: Axes, table: pd.DataFrame, x_label: str, y_label: str) -> None:
    """Name rows and columns, the columns above as in a table."""
    ax.grid(visible=False)
    ax.set_xticks(np.arange(table.shape[1]) + 0.5, [str(name) for name in table.columns])
    ax.set_yticks(np.arange(table.shape[0]) + 0.5, [str(name) for name in table.index])
    ax.xaxis.tick_top()
    if x_label:
        ax.set_xlabel(x_label, loc="left", labelpad=10)
        ax.xaxis.set_label_position("top")
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
