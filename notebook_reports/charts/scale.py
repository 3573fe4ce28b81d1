"""A saving by the steepness of the cost curve, with what is assumed and what is needed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from notebook_reports.charts import style
from notebook_reports.charts.frames import require


@style.use()
def saving_curve(
    table: pd.DataFrame,
    *,
    unit: str,
    x_label: str,
    y_label: str,
    target: tuple[float, str],
    marks: Sequence[tuple[float, str]] = (),
    labels: tuple[str, str] = ("central", "no plateau"),
) -> Figure:
    """Draw the saving by elasticity with the range of the other inputs.

    Parameters
    ----------
    table : DataFrame
        Columns elasticity (ascending), central, no_plateau, low, high.
    unit : str
        How the saving is written: see :func:`notebook_reports.evidence.format_value`.
    x_label, y_label : str
        What the axes measure.
    target : tuple of float and str
        Saving wanted and its label.
    marks : sequence of (float, str)
        Elasticities marked on the central line, with their words.
    labels : tuple of str
        Names of the two lines.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ParameterError
        A column is missing or there are fewer than two rows.
    """
    require(table, ["elasticity", "central", "no_plateau", "low", "high"], rows=2)
    fig, ax = style.new_figure(height=4.8)
    curve = table.sort_values("elasticity")
    x = curve["elasticity"]
    ax.fill_between(x, curve["low"], curve["high"], color=style.BLUE, alpha=0.16, linewidth=0)
    ax.plot(x, curve["central"], color=style.BLUE)
    ax.plot(x, curve["no_plateau"], color=style.ORANGE, linestyle=style.DASHES[1])
    ax.set_xlim(float(x.max()), float(x.min()))
    ax.axhline(0, color=style.INK, linewidth=1)
    style.unit_axis(ax, "y", unit)
    style.unit_axis(ax, "x", "", decimals=1 if float(x.max() - x.min()) > 0.5 else 2)
    style.axis_titles(ax, x=x_label, y=y_label)
    style.reference_line(ax, target[0], target[1])
    drawn = [m for m in sorted(marks, reverse=True) if float(x.min()) <= m[0] <= float(x.max())]
    heights = np.interp([m[0] for m in drawn], x, curve["central"])
    for (value, words), height in zip(drawn, heights, strict=True):
        ax.scatter([value], [height], s=52, color=style.BLUE, zorder=4, edgecolors="white")
        # The first below its mark and the others above theirs: near marks stay readable.
        below = words == marks[0][1]
        style.label_end(
            ax,
            value,
            float(height),
            words,
            offset=(8, -6) if below else (-8, 6),
            ha="left" if below else "right",
            va="top" if below else "bottom",
        )
    ends = [
        (float(x.min()), float(curve["central"].iloc[0]), labels[0], style.BLUE),
        (float(x.min()), float(curve["no_plateau"].iloc[0]), labels[1], style.ORANGE),
    ]
    style.label_ends(ax, ends)
    return fig
