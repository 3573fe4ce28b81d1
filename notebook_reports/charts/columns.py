"""Columns from zero with time across: amounts by year, some of them only expected."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from notebook_reports.charts import style, texts
from notebook_reports.charts.frames import require
from notebook_reports.errors import ParameterError
from notebook_reports.evidence import format_value

MOST_NAMES, MOST_NUMBERS = 10, 16
"""Groups that all have their name below, and bars that all have their number above: of more, every
second or third group is named, and the numbers are left to the axis."""


@style.chart
def columns(
    table: pd.DataFrame,
    *,
    group: str,
    series: Mapping[str, str],
    intervals: Mapping[str, tuple[str, str]] | None = None,
    marks: Mapping[str, str] | None = None,
    pale: Collection[str] = (),
    unit: str = "",
    decimals: int | None = None,
    y_label: str = "",
    height: float = 4.2,
) -> Figure:
    """Draw upright bars from zero, in the order of the table from left to right.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a group; a missing value leaves its place empty. Beside each other, bars are
        named by their number alone, without the unit.
    group : str
        Column of the groups' names, such as years.
    series : mapping of str to str
        Columns of heights, at most three beside each other, and their names.
    intervals : mapping of str to (str, str), optional
        For a series' column, the columns of the ends of its interval.
    marks : mapping of str to str, optional
        Columns drawn as short lines across a group's bars, such as a target, and their names.
    pale : collection of str
        Groups whose bars are hatched: what was only expected.
    unit, decimals : str, int
        How values are written: see :func:`notebook_reports.evidence.format_value`.
    y_label : str
        What the bars measure.
    height : float
        Height in inches.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ParameterError
        If a column is missing, the table is empty or has no value to draw, or there are more than
        three series or more series and marks than colours.
    """
    marks, intervals = marks or {}, intervals or {}
    require(table, [group, *series, *marks, *(c for pair in intervals.values() for c in pair)])
    if not 1 <= len(series) <= 3 or len(series) + len(marks) > len(style.SERIES):
        raise ParameterError("series", "must be one to three columns, with marks at most four")
    if table[list(series)].isna().all(axis=None):
        raise ParameterError("table", "must have at least one value to draw")
    fig, ax = style.new_figure(height=height)
    names = table[group].astype(str).tolist()
    at = np.arange(len(table), dtype=float)
    width = 0.72 / len(series)
    levels = table[[*marks]].to_numpy(dtype=float)
    written = len(names) * len(series) <= MOST_NUMBERS / (1 + style.narrow())
    row: list[tuple[str, str]] = []
    there = table[[*series]].notna().to_numpy()
    for i, (column, name) in enumerate(series.items()):
        colour, heights = style.SERIES[i], table[column].to_numpy(dtype=float)
        # A group's bars stand around its middle, however many it has.
        place = at + (there[:, :i].sum(axis=1) - (there.sum(axis=1) - 1) / 2) * width
        drawn = ax.bar(place, np.nan_to_num(heights), width * 0.94, color=colour)
        for patch, held in zip(drawn, names, strict=True):
            if held in pale:
                patch.set(facecolor=style.WHITE, edgecolor=colour, hatch="////")
        tops = heights
        if column in intervals:
            low, high = (table[c].to_numpy(dtype=float) for c in intervals[column])
            # a white line under the black one keeps the interval visible over the bar
            for line, ink in ((4.2, style.WHITE), (1.8, style.INK)):
                ax.vlines(place, low, high, colors=ink, linewidth=line)
            tops = np.fmax(heights, high)
        for x, top, value, near in zip(place, tops, heights, levels, strict=True):
            if np.isfinite(value) and written:
                text = format_value(value, unit if len(series) == 1 else "", decimals)
                # a line just above the bar would run through its number
                top = max([top, *(level for level in near if top < level < 1.12 * top)])
                texts.label_end(ax, x, top, text, offset=(0, 4), ha="center", va="bottom")
        if name:
            row.append((f"■ {name}", colour))
    for name, colour, level in zip(
        marks.values(), style.SERIES[len(series) :], levels.T, strict=False
    ):
        for line, ink in ((4.6, style.WHITE), (2.4, colour)):
            ax.hlines(level, at - 0.42, at + 0.42, colors=ink, linewidth=line)
        row.append((f"— {name}", colour))
    step = -(-len(names) * (1 + style.narrow()) // MOST_NAMES)
    # The last group, the newest, always keeps its name.
    ax.set_xticks(at[::-step], names[::-step])
    ax.set_ylim(bottom=0)
    ax.margins(y=0.12)
    ax.spines["left"].set_visible(False)
    style.unit_axis(ax, "y", unit)
    texts.axis_titles(ax, y=y_label, marks=row)
    return fig
