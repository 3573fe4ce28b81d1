"""Lines over time with bands of uncertainty and labels at their ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator

from notebook_reports.charts import style, texts
from notebook_reports.charts.frames import require
from notebook_reports.errors import ParameterError


@style.chart
def lines(
    table: pd.DataFrame,
    *,
    x: str,
    series: Mapping[str, str] | Sequence[str],
    bands: Mapping[str, tuple[str, str]] | None = None,
    unit: str = "",
    decimals: int | None = None,
    x_label: str = "",
    y_label: str = "",
    from_zero: bool = False,
    markers: bool = False,
    events: Sequence[tuple[object, str]] = (),
    reference: tuple[float, str] | None = None,
    height: float = 4.6,
) -> Figure:
    """Draw up to four series as lines, each named at its right end.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a point of ``x``, in order; gaps (NaN) break the line.
    x : str
        Column of dates or numbers.
    series : mapping of str to str, or sequence of str
        Columns to draw and their labels; a sequence labels each by its column.
    bands : mapping of str to (str, str), optional
        For a series' column, the columns of the low and high ends of its interval.
    unit, decimals : str, int
        How the vertical axis is written: see :func:`notebook_reports.evidence.format_value`.
    x_label, y_label : str
        What the axes measure.
    from_zero : bool
        Start the vertical axis at zero.
    markers : bool
        Mark each point, for short or gappy series.
    events : sequence of (x, label)
        Vertical lines at moments that matter.
    reference : tuple of float and str, optional
        A horizontal line and its label.
    height : float
        Height in inches.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ParameterError
        If a column is missing, the table is empty or there are more than four series.
    """
    labels = dict(series) if isinstance(series, Mapping) else {c: c for c in series}
    bands = bands or {}
    require(table, [x, *labels, *(c for pair in bands.values() for c in pair)])
    if not labels:
        raise ParameterError("series", "must name at least one column")
    if len(labels) > len(style.SERIES):
        raise ParameterError("series", "must be at most four", value=len(labels))
    if table[list(labels)].isna().all(axis=None):
        raise ParameterError("table", "must have at least one value to draw")
    fig, ax = style.new_figure(height=height)
    ends = _draw(ax, table, x, labels, bands, markers)
    _position_axis(ax, table[x])
    if unit:
        style.unit_axis(ax, "y", unit, decimals)
    if from_zero:
        negative = bool((table[list(labels)].min() < 0).any())
        ax.set_ylim(bottom=min(0.0, float(ax.get_ylim()[0])) if negative else 0.0)
    texts.axis_titles(ax, x=x_label, y=y_label)
    for moment, label in events:
        texts.reference_line(ax, moment, label, axis="x", colour=style.SOFT)
    if reference is not None:
        texts.reference_line(ax, reference[0], reference[1])
    texts.label_ends(ax, ends)
    return fig


def _draw(
    ax: Axes,
    table: pd.DataFrame,
    x: str,
    labels: Mapping[str, str],
    bands: Mapping[str, tuple[str, str]],
    markers: bool,
) -> list[tuple[object, float, str, str]]:
    """Draw the series over their bands and return the last point, label and colour of each."""
    position = table[x]
    ends: list[tuple[object, float, str, str]] = []
    for i, (column, label) in enumerate(labels.items()):
        colour = style.SERIES[i]
        values = table[column].astype(float)
        if column in bands:
            low, high = (table[c].astype(float) for c in bands[column])
            ax.fill_between(position, low, high, color=colour, alpha=0.2, linewidth=0)
        ax.plot(
            position,
            values,
            color=colour,
            linestyle=style.DASHES[i],
            marker=style.MARKERS[i] if markers or values.notna().sum() < 2 else "",
            markersize=5,
        )
        known = values.dropna()
        if not known.empty:
            last = known.index[-1]
            ends.append((position.loc[last], float(known.loc[last]), label, colour))
    return ends


def _position_axis(ax: Axes, position: pd.Series) -> None:
    """Write dates as dates and whole numbers as such."""
    whole = pd.api.types.is_integer_dtype(position)
    if isinstance(position.dtype, np.dtype) and position.dtype.kind == "M":
        date_axis(ax, position)
    elif whole and (span := int(position.max() - position.min())) < 40:
        # Years: the newest always keeps its name.
        step = -(-(span + 1) // (5 if style.narrow() else 10))
        ax.set_xticks(np.arange(position.max(), position.min() - 1, -step))
    elif whole:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    # A few whole years need room for their first label beside the vertical axis'.
    ax.margins(x=0.05 if whole else 0.01)


def date_axis(ax: Axes, dates: pd.Series) -> None:
    """Write a date axis in as few words as its span allows."""
    days = (dates.max() - dates.min()).days
    most = 4 if style.narrow() else 9
    # Beyond 42 months half-years no longer fit eight ticks.
    if days > 3.5 * 365 - 10:
        ax.xaxis.set_major_locator(mdates.YearLocator(base=max(1, days // (365 * most) + 1)))
        ax.xaxis.set_major_formatter(mdates.DateFormatter("%Y"))
    else:
        locator = mdates.AutoDateLocator(minticks=4, maxticks=8)
        # Fixed once: an automatic locator works its calendar out again at every layout and drawing.
        ticks = locator.tick_values(dates.min(), dates.max())[:: 1 + style.narrow()]
        ax.xaxis.set_major_locator(FixedLocator(list(ticks)))
        ax.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator, show_offset=False))
