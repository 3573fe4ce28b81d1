"""A path through published numbers, with every number that carries it."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from notebook_reports.charts import style, texts
from notebook_reports.charts.frames import require
from notebook_reports.charts.lines import date_axis


def _span(start: pd.Series, end: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Where a figure's months begin and end on the axis, in matplotlib's days."""
    first = mdates.date2num(start.dt.to_period("M").dt.to_timestamp().to_numpy())
    last = mdates.date2num((end.dt.to_period("M") + 1).dt.to_timestamp().to_numpy())
    return first, last


@style.chart
def path_chart(
    path: pd.DataFrame,
    published: pd.DataFrame,
    *,
    unit: str = "",
    y_label: str = "",
    events: Sequence[tuple[object, str]] = (),
    height: float = 6.0,
) -> Figure:
    """Draw a reconstructed path with every number that carries it.

    Above: the path with its band; months published by themselves are squares, totals of several
    months are lines at their monthly average. Below: which months each number covers, so that
    thin stretches show.

    Parameters
    ----------
    path : DataFrame
        month, mean, low, high.
    published : DataFrame
        start, end, value (average a month; missing for changes), low, high, used (bool).
    unit, y_label : str
        What the path measures.
    events : sequence of (date, label)
        Vertical lines.
    height : float
        Height in inches.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ParameterError
        If a column is missing or a table is empty.
    """
    require(path, ["month", "mean", "low", "high"], name="path")
    require(published, ["start", "end", "value", "low", "high", "used"], name="published")
    fig, (top, below) = style.new_panels(
        1, rows=2, height=height, share_x=True, height_ratios=[3.2, 1]
    )
    middle = path["month"] + pd.Timedelta(days=14)
    top.fill_between(middle, path["low"], path["high"], color=style.BLUE, alpha=0.18, linewidth=0)
    top.plot(middle, path["mean"], color=style.BLUE)
    levels = published[published["value"].notna()]
    first, last = _span(levels["start"], levels["end"])
    single = (last - first) < 32
    for used, colour in ((True, style.PLUM), (False, style.ORANGE)):
        pick = levels["used"].to_numpy() == used
        top.hlines(
            levels["value"][pick & ~single],
            first[pick & ~single],
            last[pick & ~single],
            color=colour,
            linewidth=1.4,
            linestyles="-" if used else (0, (3, 2)),
        )
        top.plot(
            (first + 14)[pick & single],
            levels["value"][pick & single],
            color=colour,
            marker="s",
            markersize=6,
            linestyle="",
        )
    _coverage(below, published)
    date_axis(below, path["month"])
    style.unit_axis(top, "y", unit)
    names = [
        ("— path", style.BLUE),
        ("■ one month", style.PLUM),
        ("— average of a total", style.PLUM),
    ]
    if not published["used"].all():
        names.append(("– – set aside", style.ORANGE))
    texts.axis_titles(top, y=y_label, marks=names)
    for when, label in events:
        texts.reference_line(top, pd.Timestamp(str(when)), label, axis="x", colour=style.SOFT)
        texts.reference_line(below, pd.Timestamp(str(when)), "", axis="x", colour=style.SOFT)
    top.margins(x=0.01)
    return fig


def _coverage(ax: Axes, published: pd.DataFrame) -> None:
    """Draw one thin bar a number over the months it covers: levels, then changes on the year."""
    ordered = published.assign(change=published["value"].isna()).sort_values(
        ["change", "start", "end"]
    )
    first, last = _span(ordered["start"], ordered["end"])
    rows = np.arange(len(ordered))
    colours = np.where(ordered["change"], style.TEAL, style.PLUM)
    ax.barh(rows, last - first, left=first, height=0.7, color=colours, linewidth=0)
    ax.set_yticks([])
    ax.grid(visible=False)
    ax.set_ylim(len(ordered) - 0.3, -0.7)
    names = [("Months each figure covers:", style.INK), ("levels", style.PLUM)]
    if ordered["change"].any():
        names.append(("changes on the year before", style.TEAL))
    texts.label_row(ax, names)
