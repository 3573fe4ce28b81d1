"""Tornado charts: how far each input alone moves an output."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from notebook_reports.charts import style
from notebook_reports.charts.frames import require
from notebook_reports.evidence import format_value


@style.use()
def tornado(
    table: pd.DataFrame,
    *,
    unit: str = "",
    x_label: str = "",
    ends: Mapping[str, tuple[str, str]] | None = None,
    names: tuple[str, str] = ("input at its low end", "input at its high end"),
    reference: tuple[float, str] | None = None,
) -> Figure:
    """Draw one bar an input from the central output to its value at either end of the input.

    Parameters
    ----------
    table : DataFrame
        Widest swing first: label, input_low, input_high, output_low, output_high, central.
    unit : str
        How the output is written: see :func:`notebook_reports.evidence.format_value`.
    x_label : str
        What the output is.
    ends : mapping of str to (str, str), optional
        For a label, the words for the input's low and high end, written at the bar's ends; by
        default their numbers.
    names : tuple of str
        Words for the two colours.
    reference : tuple of float and str, optional
        A vertical line and its label, such as a target.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ParameterError
        A column is missing or the table is empty.
    """
    require(table, ["label", "input_low", "input_high", "output_low", "output_high", "central"])
    fig, ax = style.new_figure(height=max(2.2, 1.15 + 0.4 * len(table)))
    at = np.arange(len(table), dtype=float)
    central = float(table["central"].iloc[0])
    for end, colour in (("low", style.BLUE), ("high", style.ORANGE)):
        values = table[f"output_{end}"].to_numpy(dtype=float)
        ax.barh(at, values - central, left=central, height=0.62, color=colour, edgecolor="white")
        for y, row in zip(at, table.to_dict("records"), strict=True):
            value = float(row[f"output_{end}"])
            other = float(row["output_high" if end == "low" else "output_low"])
            leftmost = value < other or (value == other and end == "low")
            words = (ends or {}).get(str(row["label"]))
            text = words[end == "high"] if words else f"{row[f'input_{end}']:g}"
            style.label_end(
                ax,
                value,
                y,
                text.replace("-", "−"),
                offset=(-5, 0) if leftmost else (5, 0),
                ha="right" if leftmost else "left",
            )
    ax.axvline(central, color=style.INK, linewidth=1)
    ax.set_yticks(at, table["label"].astype(str).tolist())
    ax.set_ylim(len(table) - 0.5, -0.6)
    ax.grid(visible=True, axis="x")
    ax.grid(visible=False, axis="y")
    ax.spines["bottom"].set_visible(False)
    both = table[["output_low", "output_high"]].to_numpy(dtype=float)
    reach = [both.min(), both.max(), *([reference[0]] if reference else [])]
    # Room for the words at the bars' ends.
    margin = 0.22 * (max(reach) - min(reach) or 1.0)
    ax.set_xlim(min(reach) - margin, max(reach) + margin)
    # A narrow range needs decimals, or neighbouring ticks read the same.
    width = max(reach) - min(reach)
    decimals = 0 if width > 8 else 1 if width > 0.8 else 2
    style.unit_axis(ax, "x", unit, decimals)
    style.axis_titles(ax, x=x_label)
    named = [(f"| all at their most likely: {format_value(central, unit, decimals)}", style.INK)]
    if reference is not None:
        style.reference_line(ax, reference[0], "", axis="x")
        named.append((f"┆ {reference[1]}", style.INK))
    style.label_row(
        ax,
        [
            (f"■ {names[0]}", style.BLUE),
            (f"■ {names[1]}", style.ORANGE),
            *named,
        ],
    )
    return fig
