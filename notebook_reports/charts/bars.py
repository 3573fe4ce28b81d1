"""Horizontal bars from zero, with values at their ends and intervals where there are any."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from notebook_reports.charts import style, texts
from notebook_reports.charts.frames import place_rows, require
from notebook_reports.errors import ParameterError
from notebook_reports.evidence import format_value


@style.chart
def bars(
    table: pd.DataFrame,
    *,
    group: str,
    value: str = "value",
    low: str | None = None,
    high: str | None = None,
    unit: str = "",
    decimals: int | None = None,
    x_label: str = "",
    emphasise: Sequence[str] = (),
    reference: tuple[float, str] | None = None,
    units: pd.Series | None = None,
) -> Figure:
    """Draw one bar a group, from zero, in the order of the table from top to bottom.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a group.
    group, value : str
        Columns of names and lengths.
    low, high : str, optional
        Columns of the ends of an interval, drawn as a line over the bar's end.
    unit, decimals : str, int
        How values are written: see :func:`notebook_reports.evidence.format_value`.
    x_label : str
        What the bars measure.
    emphasise : sequence of str
        Groups in the focus colour; the others turn grey.
    reference : tuple of float and str, optional
        A vertical line and its label.
    units : pandas.Series of str, optional
        Bar that each unit counts in, by its code.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ParameterError
        If a column is missing, or the table is empty or has no value to draw.
    """
    if (low is None) != (high is None):
        raise ParameterError("low", "and 'high' must be given together")
    require(table, [c for c in (group, value, low, high) if c is not None])
    values = table[value].to_numpy(dtype=float)
    if not np.isfinite(values).any():
        raise ParameterError("table", "must have at least one value to draw")
    names = table[group].astype(str).tolist()
    rows = texts.Rows(names, 0.36)
    fig, ax = style.new_figure(height=max(1.7, 0.85 + rows.height))
    at = rows.places
    colours = [style.BLUE if not emphasise or name in emphasise else style.MUTED for name in names]
    ax.barh(at, np.nan_to_num(values), color=colours, height=0.66)
    ends = values
    if low is not None and high is not None:
        ends = _intervals(ax, at, values, table[[low, high]].to_numpy(dtype=float))
    if units is not None:
        place_rows(ax, units, names, at, np.zeros(len(at)), ends)
    for y, v, end in zip(at, values, ends, strict=True):
        negative = bool(v < 0)
        texts.label_end(
            ax,
            float(end) if np.isfinite(end) else 0.0,
            y,
            format_value(v, unit, decimals),
            offset=(-6, 0) if negative else (6, 0),
            ha="right" if negative else "left",
        )
    rows.write(ax)
    ax.grid(visible=True, axis="x")
    ax.grid(visible=False, axis="y")
    ax.spines["bottom"].set_visible(False)
    ax.axvline(0, color=style.INK, linewidth=1)
    if np.nanmin(values) >= 0:
        ax.set_xlim(left=0)
    else:
        # Room for the label left of the longest negative bar, beside the groups' names.
        left, right = ax.get_xlim()
        ax.set_xlim(left=left - (0.28 if style.narrow() else 0.14) * (right - left))
    style.unit_axis(ax, "x", unit)
    texts.axis_titles(ax, x=x_label)
    if reference is not None:
        texts.reference_line(ax, reference[0], reference[1], axis="x")
    return fig


def _intervals(ax: Axes, at: np.ndarray, values: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """Draw the intervals over the bars and return where each bar or its interval ends."""
    # A white line under the black one keeps the interval visible over the bar.
    for width, colour in ((4.2, style.WHITE), (1.8, style.INK)):
        ax.hlines(at, limits[:, 0], limits[:, 1], colors=colour, linewidth=width)
    low, high = limits.T
    ends: np.ndarray = np.where(values < 0, np.fmin(low, values), np.fmax(high, values))
    return ends


@style.chart
def stacked_shares(
    table: pd.DataFrame,
    *,
    group: str,
    parts: Sequence[str],
    labels: Sequence[str] | None = None,
    x_label: str = "",
    minimum_label: float = 0.045,
) -> Figure:
    """Draw one bar of 100% a group, split into at most four ordered parts.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a group; the columns ``parts`` hold counts.
    group : str
        Column of the groups' names.
    parts : sequence of str
        Columns of counts, in their order.
    labels : sequence of str, optional
        Names of the parts written above the first bar; by default the columns' names.
    x_label : str
        What the bars measure.
    minimum_label : float
        Smallest share whose percentage is written inside its part.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ParameterError
        If a column is missing, there are more than four parts, or a group has no count.
    """
    require(table, (group, *parts))
    if not 1 <= len(parts) <= len(style.SERIES):
        raise ParameterError("parts", "must be one to four columns", value=len(parts))
    counts = table[list(parts)].to_numpy(dtype=float)
    totals = counts.sum(axis=1)
    if (totals <= 0).any():
        raise ParameterError("table", "must have a count above zero in each row")
    shares = counts / totals[:, None]
    names = list(labels) if labels is not None else list(parts)
    colours = {1: [0], 2: [0, 1], 3: [0, 2, 1], 4: [0, 2, 1, 3]}[len(parts)]
    rows = texts.Rows(table[group].astype(str).tolist(), 0.42)
    fig, ax = style.new_figure(height=max(1.8, 1.1 + rows.height))
    at = rows.places
    left = np.zeros(len(table))
    for i in range(len(names)):
        colour = style.SERIES[colours[i]]
        # White edges part neighbours, so the split doesn't rest on colour.
        ax.barh(
            at,
            shares[:, i],
            left=left,
            color=colour,
            height=0.74,
            edgecolor="white",
            linewidth=1.5,
        )
        for y, start, share in zip(at, left, shares[:, i], strict=True):
            if share >= minimum_label * (1 + style.narrow()):
                ax.text(
                    start + share / 2,
                    y,
                    f"{share:.0%}",
                    ha="center",
                    va="center",
                    color=style.text_on(colour),
                )
        left = left + shares[:, i]
    texts.label_row(ax, [(f"■ {n}", style.SERIES[c]) for n, c in zip(names, colours, strict=True)])
    rows.write(ax, margin=0)
    ax.set_xlim(0, 1)
    ax.grid(visible=False)
    ax.spines["bottom"].set_visible(False)
    ax.set_xticks([])
    texts.axis_titles(ax, x=x_label)
    return fig
