"""Tornado charts: how far each input alone moves an output."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from nhsi_analysis import datasets
from notebook_reports.charts import gallery, style
from notebook_reports.errors import ParameterError
from notebook_reports.evidence import format_value
from policy_methods.simulate import Distribution
from policy_methods.simulate import tornado as swings


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
        Widest swing first: label, input_low, input_high, output_low, output_high, central; as
        from :func:`policy_methods.simulate.tornado`.
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
    needed = ["label", "input_low", "input_high", "output_low", "output_high", "central"]
    missing = [c for c in needed if c not in table]
    if missing:
        raise ParameterError("table", f"has no column {', '.join(missing)}", allowed=table.columns)
    if table.empty:
        raise ParameterError("table", "must have at least one row")
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


def _gap(inputs: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
    """Work out the difference of mean savings from the evaluation's budgets, GBP m."""
    gap = [
        (inputs[f"budget of {group}"] * inputs["price factor"]) * sign / count
        for group, sign, count in (("hubs", 1, 56), ("single laboratories", -1, 57))
    ]
    return {"gap": np.asarray(sum(gap))}


@gallery.example(tornado)
def _example() -> gallery.Example:
    """Draw how the uplifted budgets of the pathology evaluation hang on their inputs."""
    register = datasets.load("pathology_figures").query("period == '2010'")
    value = pd.to_numeric(register.set_index("measure")["value"], errors="coerce") / 1e6
    inputs = {
        f"budget of {words}": Distribution(
            "uniform", (0.95 * amount, 1.05 * amount), label=f"budget of {words}"
        )
        for words, amount in (
            ("hubs", value["total pathology budget, consolidated"]),
            ("single laboratories", value["total pathology budget, non-consolidated"]),
        )
    }
    inputs["price factor"] = Distribution("uniform", (1.08, 1.17), label="price factor")
    table = swings(_gap, inputs, "gap")
    widest = table.iloc[0]
    return gallery.Example(
        title=f"The {widest['label']} moves the difference most",
        subtitle="Mean budget of hubs less single laboratories at 2015 prices, England, GBP m",
        source="pathology_figures",
        alt=f"The {widest['label']} swings the difference by £{widest['swing']:.1f}m.",
        data=table,
        figure=tornado(
            table.assign(**table[["input_low", "input_high"]].round(2)),
            unit="GBP m",
            x_label="Difference",
        ),
        note="Budgets within 5%, price factor between two published ones; one input at a time.",
    )
