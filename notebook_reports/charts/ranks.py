"""Ranks with their sets, and chances of categories along a ranking."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from notebook_reports.charts import style
from notebook_reports.charts.frames import require
from notebook_reports.errors import ParameterError


@style.chart
def rank_sets(
    table: pd.DataFrame,
    *,
    cut: int,
    sides: tuple[str, str] = ("", ""),
    follow: int | None = None,
    follow_label: str = "",
    order_label: str = "Place in the league",
    rank_label: str = "Ranks the data allow",
    units: str = "",
) -> Figure:
    """Draw each unit's set of ranks as a vertical line, in the order of the league.

    Lines that cross the cut are grey, the others blue; nothing else is labelled, so that any
    number of units stays readable.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a unit: ``position`` (1 the best), ``lower``, ``upper``.
    cut : int
        Last rank above the line on trial.
    sides : tuple of two str
        Names of what lies above and below it.
    follow : int, optional
        Position of a unit to follow, drawn in plum.
    follow_label : str
        Its label.
    order_label, rank_label : str
        Titles of the axes.
    units : str
        Column of the units' codes, where a reader may look for one.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ParameterError
        If a column is missing, the table is empty or the cut lies outside.
    """
    require(table, ("position", "lower", "upper"))
    count = len(table)
    if not 1 <= cut < count:
        raise ParameterError("cut", f"must be from 1 to {count - 1}", value=cut)
    fig, ax = style.new_figure(height=4.8)
    position, lower, upper = (table[c].to_numpy(float) for c in ("position", "lower", "upper"))
    doubtful = (lower <= cut) & (upper > cut)
    chosen = position == follow
    width = max(0.5, min(6.0, 0.72 * 430 / count))
    for colour, rows in ((style.GREY, doubtful & ~chosen), (style.BLUE, ~doubtful & ~chosen)):
        # Half a place at each end keeps a set of a single rank visible.
        ax.vlines(position[rows], lower[rows] - 0.5, upper[rows] + 0.5, colour, linewidth=width)
    if units:
        style.place(ax, table[units], position, lower - 0.5, position, upper + 0.5)
    ax.plot([1, count], [1, count], color=style.ORANGE, linewidth=1.3)
    ax.axhline(cut + 0.5, color=style.INK, linewidth=1.2)
    ax.annotate(
        "Line: the place itself",
        (1.0, 1.0),
        xycoords="axes fraction",
        xytext=(0, 10),
        textcoords="offset points",
        ha="right",
        color=style.text_colour(style.ORANGE),
    )
    ax.set_xlim(0, count + 1)
    ax.set_ylim(count + 1.5, -0.5)
    ticks = _rank_ticks(count)
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.yaxis.set_major_locator(FixedLocator(ticks))
    style.axis_titles(ax, x=order_label, y=rank_label)
    reach = ax.get_yaxis_transform()
    upper_name, lower_name = (textwrap.fill(side, 13) for side in sides)
    # Below a line near the end there is no room for a name: both stand above it.
    low_end = cut > 0.9 * count
    lines = lower_name.count("\n") + 1
    for text, rise, anchor in (
        (upper_name, 10 + 14 * lines if low_end else 5, "bottom"),
        (lower_name, *((5, "bottom") if low_end else (-5, "top"))),
    ):
        ax.annotate(
            text,
            (1.0, cut + 0.5),
            xycoords=reach,
            xytext=(7, rise),
            textcoords="offset points",
            va=anchor,
            fontsize=9.5,
            annotation_clip=False,
        )
    if chosen.any():
        low, high = float(lower[chosen][0]), float(upper[chosen][0])
        ax.vlines(float(follow or 0), low - 0.5, high + 0.5, style.PLUM, linewidth=max(width, 2.6))
        _follow_label(ax, count, float(follow or 0), low, high, follow_label)
    return fig


def _follow_label(
    ax: Axes, count: int, position: float, low: float, high: float, text: str
) -> None:
    """Write the followed unit's label where the lines leave room: below left or above right."""
    left = position > 0.4 * count
    at = (0.02 * count, 0.93 * count) if left else (0.98 * count, 0.06 * count)
    end = high if left else low
    ax.annotate(
        text,
        (position, end),
        xytext=at,
        color=style.PLUM,
        fontweight="bold",
        ha="left" if left else "right",
        va="center",
        arrowprops={"arrowstyle": "-", "color": style.PLUM, "linewidth": 1.0},
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5, "alpha": 0.9},
    )


def _rank_ticks(count: int) -> list[int]:
    """Ticks at the first and last rank and at round ones between."""
    step = next(s for s in (1, 2, 5, 10, 20, 50, 60, 100, 200, 500, 1000) if count / s <= 6)
    inner = [k for k in range(step, count, step) if count - k > 0.4 * step and k > 0.4 * step]
    return [1, *(k for k in inner if k > 1), count]


@style.chart
def category_chances(
    table: pd.DataFrame,
    *,
    categories: Sequence[str],
    cuts: Sequence[int],
    order_label: str = "Place in the league",
    units: str = "",
) -> Figure:
    """Draw the chance of each category along the league as stacked bands.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a unit in order of position, a column a category with its chance.
    categories : sequence of str
        Up to four columns, best first.
    cuts : sequence of int
        Last position of each category but the last.
    order_label : str
        Title of the horizontal axis.
    units : str
        Column of the units' codes, where a reader may look for one.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ParameterError
        If a column is missing, the table is empty or there are more than four categories.
    """
    require(table, categories)
    if len(categories) > len(style.SERIES):
        raise ParameterError("categories", "must be at most four", value=len(categories))
    colours = (style.BLUE, style.TEAL, style.ORANGE, style.PLUM)[: len(categories)]
    fig, ax = style.new_figure(height=4.2)
    position = np.arange(1, len(table) + 1)
    floor = np.zeros(len(table))
    for name, colour in zip(categories, colours, strict=True):
        top = floor + table[name].to_numpy(float)
        ax.fill_between(
            position, floor, top, step="mid", facecolor=colour, edgecolor="white", linewidth=0.8
        )
        floor = top
    if units:
        style.place(ax, table[units], position, 0, position, 1)
    for cut in cuts:
        ax.axvline(cut + 0.5, color="white", linewidth=2.6)
        ax.axvline(cut + 0.5, color=style.INK, linewidth=1.1, linestyle=(0, (4, 3)))
    ax.set_xlim(0.5, len(table) + 0.5)
    ax.set_ylim(0, 1)
    ax.grid(visible=False)
    ax.xaxis.set_major_locator(FixedLocator(_rank_ticks(len(table))))
    style.unit_axis(ax, "y", "share")
    style.axis_titles(ax, x=order_label)
    style.label_row(ax, list(zip(categories, colours, strict=True)))
    return fig
