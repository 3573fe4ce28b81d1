"""Heat maps that don't rest on colour: every cell says its value too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize, to_hex
from matplotlib.figure import Figure

from notebook_reports.charts import style
from notebook_reports.errors import ParameterError
from notebook_reports.evidence import format_value

SEQUENTIAL = LinearSegmentedColormap.from_list("nhsi", ["#EAF0F5", "#7FA3C4", style.BLUE])
"""One hue from light to dark, which survives grey printing and colour blindness."""


@style.use()
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
    norm = Normalize(low, high if high > low else low + 1, clip=True)
    rows, columns = values.shape
    fig, ax = style.new_figure(height=max(2.2, 1.2 + 0.46 * rows))
    for r in range(rows):
        for c in range(columns):
            if not np.isfinite(values[r, c]):
                continue
            fill = to_hex(SEQUENTIAL(norm(values[r, c])))
            text = (
                format_value(values[r, c], unit, decimals)
                if labels is None
                else str(labels.iloc[r, c])
            )
            _cell(ax, c, r, fill, text, outline=emphasise_diagonal and r == c)
    _frame(
        ax,
        [str(c) for c in table.columns],
        [str(r) for r in table.index],
        x_label,
        y_label,
    )
    return fig


@style.use()
def class_map(
    table: pd.DataFrame,
    *,
    classes: Sequence[str],
    marks: Mapping[str, str] | None = None,
    x_label: str = "",
    y_label: str = "",
) -> Figure:
    """Draw a table of ordered classes, such as ratings: colour and letters say the same.

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

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ParameterError
        If the table is empty, there are more than four classes, or a cell holds another one.
    """
    if table.empty:
        raise ParameterError("table", "must have at least one row and column")
    if not 1 <= len(classes) <= len(style.ORDERED):
        raise ParameterError("classes", "must be one to four", value=len(classes))
    marks = dict(marks) if marks is not None else {c: c[:1].upper() for c in classes}
    fills = dict(zip(classes, style.ORDERED, strict=False))
    fig, ax = style.new_figure(height=max(2.2, 1.3 + 0.3 * len(table)))
    for r, row in enumerate(table.itertuples(index=False)):
        for c, cell in enumerate(row):
            if pd.isna(cell):
                ax.text(c, r, "–", ha="center", va="center", color=style.SOFT)
                continue
            if cell not in fills:
                raise ParameterError("table", "holds an unknown class", value=cell, allowed=classes)
            _cell(ax, c, r, fills[cell], marks[cell])
    _frame(ax, [str(c) for c in table.columns], [str(r) for r in table.index], x_label, y_label)
    style.label_row(ax, [(f"{marks[c]} = {c}", style.INK) for c in classes], below=True)
    return fig


def _cell(ax: Axes, x: float, y: float, fill: str, text: str, *, outline: bool = False) -> None:
    """Draw one cell: a filled square with white edges and its text."""
    ax.bar(
        x,
        0.96,
        0.97,
        y - 0.48,
        color=fill,
        edgecolor=style.INK if outline else fill,
        linewidth=1.6 if outline else 0.6,
    )
    ax.text(x, y, text, ha="center", va="center", color=style.text_on(fill))


def _frame(
    ax: Axes, columns: Sequence[str], rows: Sequence[str], x_label: str, y_label: str
) -> None:
    """Name rows and columns, the columns above as in a table."""
    ax.grid(visible=False)
    ax.spines["bottom"].set_visible(False)
    ax.set_xlim(-0.5, len(columns) - 0.5)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xticks(range(len(columns)), list(columns))
    ax.set_yticks(range(len(rows)), list(rows))
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
