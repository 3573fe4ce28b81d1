"""Dots with intervals by group: the chart for comparing estimates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from notebook_reports.charts import style, texts
from notebook_reports.charts.frames import place_rows, require
from notebook_reports.errors import ParameterError
from notebook_reports.evidence import format_value


@style.chart
def dot_interval(
    table: pd.DataFrame,
    *,
    group: str,
    value: str = "value",
    low: str = "low",
    high: str = "high",
    series: str | None = None,
    unit: str = "share",
    decimals: int | None = None,
    x_label: str = "",
    reference: tuple[float, str] | None = None,
    emphasise: Sequence[str] = (),
    show_values: bool = True,
    units: pd.Series | None = None,
) -> Figure:
    """Draw one row a group: a dot for the estimate and a line for its interval.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a group (and series), in the order to be drawn from top to bottom.
    group : str
        Column of the groups' names.
    value, low, high : str
        Columns of the estimate and the ends of its interval; missing ends draw the dot alone.
    series : str, optional
        Column that splits each group into up to four series, told apart by colour, marker
        and a label at the first group.
    unit, decimals : str, int
        How numbers are written: see :func:`notebook_reports.evidence.format_value`.
    x_label : str
        What the horizontal axis measures.
    reference : tuple of float and str, optional
        A vertical line and its label: an average, a target, no difference.
    emphasise : sequence of str
        Groups in the focus colour; the others turn grey. Only without ``series``.
    show_values : bool
        Write the estimates at the right edge (without ``series`` only).
    units : pandas.Series of str, optional
        Group that each unit counts in, by its code; once for each of its groups.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ParameterError
        If a column is missing, the table is empty or there are more than four series.
    """
    require(table, [group, value, low, high, *([series] if series else [])])
    groups = list(dict.fromkeys(table[group].astype(str)))
    names = list(dict.fromkeys(table[series].astype(str))) if series else [""]
    if len(names) > len(style.SERIES):
        raise ParameterError("series", "must have at most four values", value=len(names))
    rows = texts.Rows(groups, 0.24 + 0.17 * len(names))
    fig, ax = style.new_figure(height=max(1.9, 0.95 + rows.height))
    ax.grid(visible=True, axis="x")
    ax.grid(visible=False, axis="y")
    ax.spines["bottom"].set_visible(False)
    step = 0.8 / len(names)
    for s, name in enumerate(names):
        part = table[table[series].astype(str) == name] if series else table
        own = rows.places[[groups.index(g) for g in part[group].astype(str)]]
        at = own + (s - (len(names) - 1) / 2) * step
        colours = [style.SERIES[s]] * len(part)
        if emphasise and not series:
            colours = [
                style.BLUE if g in emphasise else style.MUTED for g in part[group].astype(str)
            ]
        values = part[value].to_numpy(dtype=float)
        _marks(ax, at, values, part[[low, high]].to_numpy(dtype=float), colours, style.MARKERS[s])
        if not series and show_values:
            words = [format_value(v, unit, decimals) for v in values]
            _write_values(ax, at, words, colours if emphasise else [style.INK] * len(part))
    rows.write(ax, margin=0.25 if series else 0.1)
    if units is not None:
        reach = table.groupby(table[group].astype(str))[[value, low, high]]
        ends = reach.agg(["min", "max"]).loc[groups]
        place_rows(ax, units, groups, rows.places, ends.min(axis=1), ends.max(axis=1))
    style.unit_axis(ax, "x", unit)
    ax.margins(x=0.06)
    texts.axis_titles(ax, x=x_label)
    if reference is not None:
        texts.reference_line(ax, reference[0], reference[1], axis="x")
    if series:
        _name_series(ax, table, names, series, value, high, step, rows.places[0])
    return fig


def _marks(
    ax: Axes,
    at: np.ndarray,
    values: np.ndarray,
    ends: np.ndarray,
    colours: list[str],
    marker: str,
) -> None:
    """Draw dots over the intervals that have both ends."""
    drawn = np.isfinite(ends).all(axis=1)
    ax.hlines(
        at[drawn],
        ends[drawn, 0],
        ends[drawn, 1],
        colors=[c for c, d in zip(colours, drawn, strict=True) if d],
        linewidth=2.4,
    )
    ax.scatter(values, at, c=colours, marker=marker, s=42, zorder=3, edgecolors="white")


def _write_values(ax: Axes, at: np.ndarray, words: list[str], colours: list[str]) -> None:
    """Write the estimates at the right edge."""
    for y, text, colour in zip(at, words, colours, strict=True):
        ax.annotate(
            text,
            (1.0, y),
            xycoords=ax.get_yaxis_transform(),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            color=style.text_colour(colour),
            annotation_clip=False,
        )


def _name_series(
    ax: Axes,
    table: pd.DataFrame,
    names: list[str],
    series: str,
    value: str,
    high: str,
    step: float,
    first: float,
) -> None:
    """Write each series' name once: beside its mark in the first group, or in a row."""
    if style.narrow():
        texts.label_row(ax, [(f"{_SIGNS[s]} {n}", style.SERIES[s]) for s, n in enumerate(names)])
        return
    for s, name in enumerate(names):
        row = table[table[series].astype(str) == name].iloc[0]
        edge = row[high] if pd.notna(row[high]) else row[value]
        at = first + (s - (len(names) - 1) / 2) * step
        texts.label_end(ax, float(edge), at, name, colour=style.SERIES[s], bold=True)


_SIGNS = ("●", "■", "▲", "◆")


@style.chart
def dot_panels(
    table: pd.DataFrame,
    *,
    group: str,
    panel: str,
    unit: str = "",
    emphasise: Sequence[str] = (),
    references: Mapping[str, Sequence[tuple[float, str]]] | None = None,
    x_label: str = "",
) -> Figure:
    """Draw the same groups' estimates in panels beside each other, on one scale.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a group and panel, in order: the two columns named below, value, low, high.
    group, panel : str
        Columns of the rows' names and of the panels' titles.
    unit : str
        How numbers are written: see :func:`notebook_reports.evidence.format_value`.
    emphasise : sequence of str
        Groups in the focus colour; the others turn grey.
    references : mapping of str to sequence of (value, label), optional
        Vertical lines of a panel, such as what somebody claimed.
    x_label : str
        What the horizontal axis measures.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ParameterError
        If a column is missing, the table is empty or there are more than four panels.
    """
    require(table, [group, panel, "value", "low", "high"])
    groups, panels = (list(dict.fromkeys(table[c].astype(str))) for c in (group, panel))
    if len(panels) > len(style.SERIES):
        raise ParameterError("panel", "must have at most four values", value=len(panels))
    across, down = (1, len(panels)) if style.narrow() else (len(panels), 1)
    pitch = 0.27 if style.narrow() else 0.36
    fig, axes = style.new_panels(
        across,
        rows=down,
        height=0.6 + down * (0.8 + pitch * len(groups)),
        share_x=True,
        share_y=True,
    )
    for ax, name in zip(axes, panels, strict=True):
        here = table[table[panel].astype(str) == name]
        at = np.array([groups.index(g) for g in here[group].astype(str)], dtype=float)
        colours = [
            style.BLUE if not emphasise or g in emphasise else style.MUTED
            for g in here[group].astype(str)
        ]
        ends = here[["low", "high"]].to_numpy(dtype=float)
        _marks(ax, at, here["value"].to_numpy(dtype=float), ends, colours, style.MARKERS[0])
        ax.grid(visible=True, axis="x")
        ax.grid(visible=False, axis="y")
        style.unit_axis(ax, "x", unit)
        ax.xaxis.set_major_locator(MaxNLocator(2 if len(panels) > 2 else 4, integer=True))
        texts.label_row(ax, [(name, style.INK)], bold=True)
        for value, label in (references or {}).get(name, ()):
            texts.reference_line(ax, value, label, axis="x", colour=style.PLUM)
    axes[0].set_yticks(range(len(groups)), groups)
    axes[0].set_ylim(len(groups) - 0.4, -0.6)
    axes[0].margins(x=0.06)
    texts.axis_titles(axes[-across], x=x_label)
    return fig
