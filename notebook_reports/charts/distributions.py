"""How a total is shared out, and how the draws of a simulation lie about a target."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from notebook_reports.charts import style
from notebook_reports.charts.frames import require
from notebook_reports.errors import ParameterError
from notebook_reports.evidence import format_value

_BINS = 40


@style.use()
def cumulative_shares(
    table: pd.DataFrame,
    *,
    x: str,
    parts: Mapping[str, str],
    x_label: str = "",
    y_label: str = "",
) -> Figure:
    """Draw which share of several totals the units up to each position hold together.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a unit.
    x : str
        Column of positions, such as the order of size.
    parts : mapping of str to str
        Columns of what each unit has of a total, at most four, and their labels.
    x_label, y_label : str
        What the axes measure.

    Returns
    -------
    matplotlib.figure.Figure
        A step a unit; each line is named at its end.

    Raises
    ------
    ParameterError
        If a column is missing, the table is empty, there are not one to four parts, or one has a
        unit below zero or no total.
    """
    require(table, [x, *parts])
    if not 1 <= len(parts) <= len(style.SERIES):
        raise ParameterError("parts", "must be one to four", value=len(parts))
    amounts = table[list(parts)].astype(float)
    if (amounts < 0).any(axis=None) or not (amounts.sum() > 0).all():
        raise ParameterError("table", "must have parts of at least 0 that add up to more than 0")
    fig, ax = style.new_figure()
    for i, part in enumerate(parts):
        sns.ecdfplot(
            table, x=x, weights=part, color=style.SERIES[i], linestyle=style.DASHES[i], ax=ax
        )
    if pd.api.types.is_integer_dtype(table[x]):
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set(xlabel="", ylabel="")
    ax.margins(x=0.05)
    ax.set_ylim(0, 1.05)
    style.unit_axis(ax, "y", "share")
    style.axis_titles(ax, x=x_label, y=y_label)
    # All lines end at 100%: the first, usually the steepest, is named uppermost.
    named = list(zip(parts.values(), style.SERIES, strict=False))[::-1]
    style.label_ends(ax, [(table[x].max(), 1.0, label, colour) for label, colour in named])
    return fig


@style.use()
def simulated(
    draws: ArrayLike,
    *,
    target: tuple[float, str],
    names: tuple[str, str] = ("reach it", "don't"),
    unit: str = "",
    decimals: int | None = None,
    x_label: str = "",
    height: float = 3.8,
) -> Figure:
    """Draw how often a simulation gave each value, parted at a target.

    Parameters
    ----------
    draws : array-like of float, shape (n,)
        One value a draw, such as a saving or a delay.
    target : tuple of float and str
        The value on trial and its label; draws of at least it are blue.
    names : tuple of two str
        What draws at the target or above and those below it do; written with their shares.
    unit, decimals : str, int
        How values are written: see :func:`notebook_reports.evidence.format_value`.
    x_label : str
        What was simulated.
    height : float
        Height in inches.

    Returns
    -------
    matplotlib.figure.Figure
        Bars whose areas are shares of the draws, the target being one of their edges, and the
        smoothed density as a line.

    Raises
    ------
    ParameterError
        If there is no draw or one isn't finite.
    """
    values = np.asarray(draws, dtype=float)
    if values.size == 0 or not np.isfinite(values).all():
        raise ParameterError("draws", "must be at least one finite number", value=values.size)
    reached = values >= target[0]
    width = float(np.ptp(values)) / _BINS or 1.0
    first = np.floor((values.min() - target[0]) / width)
    last = np.floor((values.max() - target[0]) / width) + 1
    fig, ax = style.new_figure(height=height)
    sns.histplot(
        x=values,
        hue=reached,
        hue_order=[True, False],
        palette=[style.BLUE, style.GREY],
        stat="density",
        multiple="stack",
        bins=list(target[0] + width * np.arange(first, last + 1)),
        alpha=1,
        edgecolor=style.WHITE,
        legend=False,
        ax=ax,
    )
    if np.ptp(values) > 0:
        sns.kdeplot(x=values, color=style.INK, linewidth=1.4, cut=0, ax=ax)
    # Heights are densities, whose numbers say nothing to a reader: areas are what counts.
    ax.set(xlabel="", ylabel="", yticks=[])
    style.unit_axis(ax, "x", unit, decimals)
    style.axis_titles(ax, x=x_label)
    style.reference_line(ax, target[0], "", axis="x")
    shares = [format_value(share, "share") for share in (reached.mean(), 1 - reached.mean())]
    style.label_row(
        ax,
        [
            (f"■ {shares[0]} of draws {names[0]}", style.BLUE),
            (f"■ {shares[1]} {names[1]}", style.GREY),
            ("— smoothed", style.INK),
            (f"┆ {target[1]}", style.INK),
        ],
    )
    return fig
