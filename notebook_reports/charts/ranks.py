"""Ranks with their sets, and chances of categories along a ranking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from notebook_reports.charts import layout, style, texts
from notebook_reports.charts.frames import require
from notebook_reports.charts.labels import Room
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
    fig, ax = style.new_figure(height=4.6 if style.narrow() else 4.8)
    position, lower, upper = (table[c].to_numpy(float) for c in ("position", "lower", "upper"))
    doubtful = (lower <= cut) & (upper > cut)
    chosen = position == follow
    width = max(0.5, min(6.0, (200 if style.narrow() else 310) / count))
    for colour, rows in ((style.GREY, doubtful & ~chosen), (style.BLUE, ~doubtful & ~chosen)):
        # Half a place at each end keeps a set of a single rank visible.
        ax.vlines(position[rows], lower[rows] - 0.5, upper[rows] + 0.5, colour, linewidth=width)
    if units:
        style.place(ax, table[units], position, lower - 0.5, position, upper + 0.5)
    ax.plot([1, count], [1, count], color=style.ORANGE, linewidth=1.3)
    ax.axhline(cut + 0.5, color=style.INK, linewidth=1.2)
    ax.set_xlim(0, count + 1)
    ax.set_ylim(count + 1.5, -0.5)
    ticks = _rank_ticks(count)
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.yaxis.set_major_locator(FixedLocator(ticks))
    texts.axis_titles(ax, x=order_label)
    kinds = (
        ("on one side of the line", style.BLUE, ~doubtful),
        ("across it", style.GREY, doubtful),
    )
    texts.label_row(
        ax,
        [
            (rank_label, style.INK),
            *((f"■ {words}", colour) for words, colour, rows in kinds if rows.any()),
            ("— the place itself", style.ORANGE),
        ],
    )
    if chosen.any():
        low, high = float(lower[chosen][0]), float(upper[chosen][0])
        ax.vlines(float(follow or 0), low - 0.5, high + 0.5, style.PLUM, linewidth=max(width, 2.6))
    room = Room(ax)
    room.marks = room.boxes(position, lower - 0.5, y2=upper + 0.5, width=width)
    if chosen.any() and not _name_followed(room, float(follow or 0), low, high, follow_label):
        texts.label_row(ax, [(f"■ {follow_label}", style.PLUM)], bold=True)
    if any(sides) and not _name_sides(room, cut + 0.5, count + 1, sides):
        names = zip(("▲ above", "▼ below"), sides, strict=True)
        texts.label_row(ax, [(f"{way} the line: {side}", style.INK) for way, side in names])
    return fig


def _name_followed(room: Room, position: float, low: float, high: float, text: str) -> bool:
    """Name the followed unit at an end of its line, where the name covers few others or none."""
    half = 0.45 * (room.frame[1] - room.frame[0])
    text = layout.wrapped(text, half, mpl.rcParams["font.size"], bold=True)
    below = (high, ((-0.8, -0.8), (0, -1), (-1, 0)))
    above = (low, ((0.8, 0.8), (0, 1), (1, 0)))
    ends = (below, above) if position > 0.4 * room.ax.get_xlim()[1] else (above, below)
    rest = ((low, ((-1, 0), (-0.8, -0.8))), (high, ((1, 0), (0.8, 0.8))))
    tries = [(most, *end) for most in (0, 3) for end in (*ends, *rest)]
    options: dict[str, Any] = {"colour": style.PLUM, "bold": True, "ground": True}
    return any(room.name(position, y, text, ways=w, most=m, **options) for m, y, w in tries)


def _name_sides(room: Room, line: float, end: float, sides: tuple[str, str]) -> bool:
    """Name both sides of the line inside the panel: true if both names cover nothing."""
    before = list(room.ax.texts)
    for words, x, way in ((f"▼ {sides[1]}", 0.0, (1, -1)), (f"▲ {sides[0]}", end, (-1, 1))):
        for width in (260.0, 125.0, 95.0):
            text = layout.wrapped(words, width, mpl.rcParams["font.size"])
            if room.name(x, line, text, distances=(4,), ways=(way,), most=0):
                break
        else:
            for label in set(room.ax.texts) - set(before):
                label.remove()
            return False
    return True


def _rank_ticks(count: int) -> list[int]:
    """Ticks at the first and last rank and at round ones between."""
    step = next(s for s in (1, 2, 5, 10, 20, 50, 60, 100, 200, 500, 1000) if count / s <= 6)
    inner = [k for k in range(step, count, step) if count - k > 0.4 * step and k > 0.4 * step]
    return sorted({1, *inner, count})


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
    if len(categories) > len(style.ORDERED):
        raise ParameterError("categories", "must be at most four", value=len(categories))
    colours = style.ORDERED[: len(categories)]
    fig, ax = style.new_figure(height=3.8 if style.narrow() else 4.2)
    edge = 0.3 if style.narrow() else 0.8
    position = np.arange(1, len(table) + 1)
    floor = np.zeros(len(table))
    for name, colour in zip(categories, colours, strict=True):
        top = floor + table[name].to_numpy(float)
        ax.fill_between(
            position, floor, top, step="mid", facecolor=colour, edgecolor="white", linewidth=edge
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
    texts.axis_titles(ax, x=order_label)
    texts.label_row(ax, list(zip(categories, colours, strict=True)), filled=True)
    return fig
