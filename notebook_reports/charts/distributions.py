"""How the draws of a simulation lie about a target."""

from __future__ import annotations

import numpy as np
import seaborn as sns
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from notebook_reports.charts import style, texts
from notebook_reports.errors import ParameterError
from notebook_reports.evidence import format_value

_BINS = 40


@style.chart
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
    texts.axis_titles(ax, x=x_label)
    texts.reference_line(ax, target[0], "", axis="x")
    shares = [format_value(share, "share") for share in (reached.mean(), 1 - reached.mean())]
    texts.label_row(
        ax,
        [
            (f"■ {shares[0]} of draws {names[0]}", style.BLUE),
            (f"■ {shares[1]} {names[1]}", style.GREY),
            ("— smoothed", style.INK),
            (f"┆ {target[1]}", style.INK),
        ],
    )
    return fig
