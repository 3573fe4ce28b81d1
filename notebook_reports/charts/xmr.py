"""XmR charts: months, mean, limits, and the points that signal a special cause."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from notebook_reports.charts import style, texts
from notebook_reports.charts.lines import date_axis
from notebook_reports.errors import ParameterError
from notebook_reports.evidence import format_value


class ControlChart(Protocol):
    """What is drawn of an XmR chart."""

    @property
    def points(self) -> pd.DataFrame:
        """One row a date or position, its index.

        Columns: value, mean, lower, upper, segment (from 0) and direction ("" for no signal, or
        "improvement", "concern", "neutral").
        """

    @property
    def target(self) -> float | None:
        """A value wanted, if there is one."""


_SIGNALS = {
    "improvement": (style.BLUE, "^", "improvement"),
    "concern": (style.ORANGE, "D", "concern"),
    "neutral": (style.PLUM, "s", "special cause"),
}


@style.chart
def xmr_chart(
    result: ControlChart,
    *,
    unit: str = "",
    decimals: int | None = None,
    y_label: str = "",
    target: str = "",
    height: float = 3.9,
) -> Figure:
    """Draw an XmR chart with its limits named at their ends and its signals by colour and shape.

    Parameters
    ----------
    result : ControlChart
        Points with their mean, limits and signals.
    unit, decimals : str, int
        How values are written: see :func:`notebook_reports.evidence.format_value`.
    y_label : str
        What is measured.
    target : str
        Label of the target's line; empty leaves it out.
    height : float
        Height in inches.

    Returns
    -------
    matplotlib.figure.Figure
        Dotted vertical lines mark where new limits start.

    Raises
    ------
    ParameterError
        If a target's label is given for a result without a target.
    """
    if target and result.target is None:
        raise ParameterError("target", "is a label for a target that the result doesn't have")
    fig, ax = style.new_figure(height=height)
    points = result.points
    position = points.index.to_series()
    ax.plot(position, points["value"], color=style.MUTED, linewidth=1.2, zorder=2)
    for number, part in points.groupby("segment"):
        x = part.index
        if number:
            # new limits from here on; the reasons are in the summary and the page's text
            ax.axvline(x[0], color=style.SOFT, linewidth=0.9, linestyle=(0, (1, 2)), zorder=0)
        ax.plot(x, part["mean"], color=style.INK, linewidth=1.2, zorder=1)
        for side in ("lower", "upper"):
            ax.plot(x, part[side], color=style.SOFT, linewidth=1.2, linestyle=(0, (4, 3)), zorder=1)
    plain = points["direction"] == ""
    ax.scatter(
        position[plain], points.loc[plain, "value"], s=22, color=style.MUTED, zorder=3, linewidths=0
    )
    drawn = []
    for direction, (colour, marker, word) in _SIGNALS.items():
        part = points[points["direction"] == direction]
        if part.empty:
            continue
        ax.scatter(
            part.index, part["value"], s=42, color=colour, marker=marker, zorder=4, linewidths=0
        )
        drawn.append((f"{'▲◆■'['^Ds'.index(marker)]} special cause: {word}", colour))
    if isinstance(points.index, pd.DatetimeIndex):
        date_axis(ax, position)
    style.unit_axis(ax, "y", unit, decimals)
    ax.margins(x=0.02, y=0.08)
    last = points.iloc[-1]
    ends = [
        (points.index[-1], float(last[side]), f"{word} {format_value(last[side], unit)}", colour)
        for side, word, colour in (
            ("upper", "limit", style.SOFT),
            ("mean", "mean", style.INK),
            ("lower", "limit", style.SOFT),
        )
    ]
    if target and result.target is not None:
        span = [points.index[0], points.index[-1]]
        ax.plot(span, [result.target] * 2, color=style.PLUM, lw=1.2, linestyle=(0, (1.5, 1.5)))
        ends.append((points.index[-1], result.target, target, style.PLUM))
    texts.axis_titles(ax, y=y_label, marks=drawn)
    texts.label_ends(ax, _distinct(ends))
    return fig


def _distinct(
    ends: list[tuple[object, float, str, str]],
) -> list[tuple[object, float, str, str]]:
    """Leave out labels at one height: a constant series has one line for mean and limits."""
    heights = np.array([end[1] for end in ends])
    keep = [i for i in range(len(ends)) if not np.isclose(heights[:i], heights[i]).any()]
    return [ends[i] for i in keep]
