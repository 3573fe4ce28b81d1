"""XmR charts: months, mean, limits, and the points that signal a special cause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from notebook_reports import evidence
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


class ToldChart(ControlChart, Protocol):
    """What is told of an XmR chart besides."""

    @property
    def summary(self) -> pd.DataFrame:
        """Its state, the last row that of today: mean, lower, upper, flagged, variation, assurance.

        ``points`` has the ``rule`` by which each stands out.
        """

    @property
    def autocorrelation(self) -> float:
        """Likeness of neighbouring values, a correlation."""

    @property
    def autocorrelated(self) -> bool:
        """Whether they are more alike than chance would have them."""


_SIGNALS = {
    "improvement": (style.BLUE, "^", "improvement"),
    "concern": (style.ORANGE, "D", "concern"),
    "neutral": (style.PLUM, "s", "special cause"),
}


VARIATION = {
    "common cause": "● common cause: within what its months usually do",
    "improvement": "▲ special cause, improving: it stands out as better",
    "concern": "◆ special cause, concerning: it stands out as worse",
}
"""The variation icons of Making Data Count, as marks and words on the latest month."""
ASSURANCE = {
    "consistently fails": "F: without a change it will consistently be missed",
    "consistently passes": "P: without a change it will consistently be met",
    "hit or miss": "?: it lies within the limits, met or missed by chance",
}
"""Its assurance icons, as marks and words on a target."""


def told(now: Mapping[Any, Any], unit: str, target: str) -> str:
    """Say what an XmR chart finds of its latest month and of its target.

    Parameters
    ----------
    now : mapping
        Its state today: ``lower``, ``upper``, ``variation``, ``assurance``.
    unit : str
        How values are written.
    target : str
        What is wanted: "the standard".

    Examples
    --------
    >>> now = {"lower": 0.7, "upper": 0.8, "variation": "concern", "assurance": "hit or miss"}
    >>> told(now, "share", "the standard").partition(". ")[0]
    'On a control chart the limits are 70.0% and 80.0%'
    """
    low, high = (format_value(now[end], unit) for end in ("lower", "upper"))
    return (
        f"On a control chart the limits are {low} and {high}. The latest month is "
        f"{VARIATION[now['variation']]}. "
        f"As to {target}, {ASSURANCE[now['assurance']]}."
    )


def as_rows(charts: Mapping[str, ToldChart]) -> pd.DataFrame:
    """Return the state today of XmR charts, one row a chart, under heads in words.

    Parameters
    ----------
    charts : mapping of str to ToldChart
        By what each is of.
    """
    rows = []
    for name, chart in charts.items():
        now = chart.summary.iloc[-1]
        row = {"Months": name, "Average": now["mean"]}
        row |= {"Lower": now["lower"], "Upper": now["upper"]}
        row["Stood out"] = f"{int(now['flagged'])} of {len(chart.points)}"
        row |= {"Latest month": VARIATION[now["variation"]]}
        row |= {"Standard": ASSURANCE[now["assurance"]]}
        rows.append(row | {"Neighbours alike": chart.autocorrelation})
    return pd.DataFrame(rows)


def told_figure(
    chart: ToldChart,
    months: pd.DataFrame,
    *,
    key: str,
    whom: str,
    what: str,
    y_label: str,
    target: str,
    source: str,
) -> evidence.Figure:
    """Draw an XmR chart of monthly shares with its title, alternative text, data and note.

    Parameters
    ----------
    chart : ToldChart
        Not adjusted for the season.
    months : pandas.DataFrame
        Its data: ``month`` and ``share``.
    key, source : str
        Of the figure.
    whom : str
        Whose months they are.
    what : str
        What the share is of, as a subtitle has it.
    y_label, target : str
        As :func:`xmr_chart` has them.
    """
    now, flagged = chart.summary.iloc[-1], int((chart.points["rule"] != "").sum())
    mean, low, high = (format_value(float(now[n]), "share") for n in ("mean", "lower", "upper"))
    first, last = (f"{months['month'].iloc[end]:%B %Y}" for end in (0, -1))
    alike = " Neighbouring months are alike, so more stand out than chance alone would give."
    return evidence.Figure(
        xmr_chart(chart, unit="share", y_label=y_label, target=target),
        key=key,
        title=f"{whom}: {mean} on average; {flagged or 'none'} of {len(months)} months stood out",
        subtitle=f"{what}, {whom}, {first} to {last}",
        source=source,
        alt=f"Months around their average of {mean}, between limits of {low} and {high}; the "
        f"latest is {format_value(float(months['share'].iloc[-1]), 'share')}.",
        data=months.assign(
            **chart.points[["mean", "lower", "upper", "rule"]].set_axis(months.index)
        ),
        note="Limits are the average and 2.66 times the mean change from month to month. Not "
        f"adjusted for the season.{alike if chart.autocorrelated else ''}",
    )


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
