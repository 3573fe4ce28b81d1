"""Horizontal bars from zero, with values at their ends and intervals where there are any."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from nhsi_analysis import datasets
from notebook_reports.charts import gallery, style
from notebook_reports.errors import ParameterError
from notebook_reports.evidence import format_value


@style.use()
def bars(
    table: pd.DataFrame,
    *,
    group: str,
    value: str = "value",
    low: str | None = None,
    high: str | None = None,
    unit: str = "",
    decimals: int | None = None,
    x_label: str = "",
    emphasise: Sequence[str] = (),
    reference: tuple[float, str] | None = None,
) -> Figure:
    """Draw one bar a group, from zero, in the order of the table from top to bottom.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a group.
    group, value : str
        Columns of names and lengths.
    low, high : str, optional
        Columns of the ends of an interval, drawn as a line over the bar's end.
    unit, decimals : str, int
        How values are written: see :func:`notebook_reports.evidence.format_value`.
    x_label : str
        What the bars measure.
    emphasise : sequence of str
        Groups in the focus colour; the others turn grey.
    reference : tuple of float and str, optional
        A vertical line and its label.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ParameterError
        If a column is missing, or the table is empty or has no value to draw.
    """
    if (low is None) != (high is None):
        raise ParameterError("low", "and 'high' must be given together")
    needed = [c for c in (group, value, low, high) if c is not None]
    missing = [c for c in needed if c not in table]
    if missing:
        raise ParameterError("table", f"has no column {', '.join(missing)}", allowed=table.columns)
    values = table[value].to_numpy(dtype=float) if len(table) else np.array([])
    if not np.isfinite(values).any():
        raise ParameterError("table", "must have at least one value to draw")
    names = table[group].astype(str).tolist()
    fig, ax = style.new_figure(height=max(1.7, 0.85 + 0.36 * len(table)))
    at = np.arange(len(table), dtype=float)
    colours = [style.BLUE if not emphasise or name in emphasise else style.MUTED for name in names]
    ax.barh(at, np.nan_to_num(values), color=colours, height=0.66)
    ends = values.copy()
    if low is not None and high is not None:
        limits = table[[low, high]].to_numpy(dtype=float)
        # A white line under the black one keeps the interval visible over the bar.
        for width, colour in ((4.2, style.WHITE), (1.8, style.INK)):
            ax.hlines(at, limits[:, 0], limits[:, 1], colors=colour, linewidth=width)
        ends = np.where(values < 0, np.fmin(limits[:, 0], values), np.fmax(limits[:, 1], values))
    for y, v, end in zip(at, values, ends, strict=True):
        negative = bool(v < 0)
        style.label_end(
            ax,
            float(end) if np.isfinite(end) else 0.0,
            y,
            format_value(v, unit, decimals),
            offset=(-6, 0) if negative else (6, 0),
            ha="right" if negative else "left",
        )
    ax.set_yticks(at, names)
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.grid(visible=True, axis="x")
    ax.grid(visible=False, axis="y")
    ax.spines["bottom"].set_visible(False)
    ax.axvline(0, color=style.INK, linewidth=1)
    if np.nanmin(values) >= 0:
        ax.set_xlim(left=0)
    else:
        # Room for the label left of the longest negative bar, beside the groups' names.
        left, right = ax.get_xlim()
        ax.set_xlim(left - 0.14 * (right - left), right)
    style.unit_axis(ax, "x", unit)
    style.axis_titles(ax, x=x_label)
    if reference is not None:
        style.reference_line(ax, reference[0], reference[1], axis="x")
    return fig


@style.use()
def stacked_shares(
    table: pd.DataFrame,
    *,
    group: str,
    parts: Sequence[str],
    labels: Sequence[str] | None = None,
    x_label: str = "",
    minimum_label: float = 0.045,
) -> Figure:
    """Draw one bar of 100% a group, split into at most four ordered parts.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a group; the columns ``parts`` hold counts.
    group : str
        Column of the groups' names.
    parts : sequence of str
        Columns of counts, in their order.
    labels : sequence of str, optional
        Names of the parts written above the first bar; by default the columns' names.
    x_label : str
        What the bars measure.
    minimum_label : float
        Smallest share whose percentage is written inside its part.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ParameterError
        If a column is missing, there are more than four parts, or a group has no count.
    """
    missing = [c for c in (group, *parts) if c not in table]
    if missing:
        raise ParameterError("table", f"has no column {', '.join(missing)}", allowed=table.columns)
    if not 1 <= len(parts) <= len(style.SERIES):
        raise ParameterError("parts", "must be one to four columns", value=len(parts))
    counts = table[list(parts)].to_numpy(dtype=float)
    totals = counts.sum(axis=1)
    if table.empty or (totals <= 0).any():
        raise ParameterError("table", "must have at least one row, each with a count above zero")
    shares = counts / totals[:, None]
    names = list(labels) if labels is not None else list(parts)
    colours = {1: [0], 2: [0, 1], 3: [0, 2, 1], 4: [0, 2, 1, 3]}[len(parts)]
    fig, ax = style.new_figure(height=max(1.8, 1.1 + 0.42 * len(table)))
    at = np.arange(len(table), dtype=float)
    left = np.zeros(len(table))
    for i in range(len(names)):
        colour = style.SERIES[colours[i]]
        # White edges part neighbours, so the split doesn't rest on colour.
        ax.barh(at, shares[:, i], left=left, color=colour, height=0.74, edgecolor="white",
                linewidth=1.5)  # fmt: skip
        for y, start, share in zip(at, left, shares[:, i], strict=True):
            if share >= minimum_label:
                ax.text(
                    start + share / 2,
                    y,
                    f"{share:.0%}",
                    ha="center",
                    va="center",
                    color=style.text_on(colour),
                )
        left = left + shares[:, i]
    style.label_row(ax, [(f"■ {n}", style.SERIES[c]) for n, c in zip(names, colours, strict=True)])
    ax.set_yticks(at, table[group].astype(str).tolist())
    ax.set_ylim(len(table) - 0.5, -0.5)
    ax.set_xlim(0, 1)
    ax.grid(visible=False)
    ax.spines["bottom"].set_visible(False)
    ax.set_xticks([])
    style.axis_titles(ax, x=x_label)
    return fig


@gallery.example(bars)
def _bars_example() -> gallery.Example:
    """Trusts by type."""
    counts = datasets.load("trusts")["trust_type"].value_counts().rename_axis("trust_type")
    table = counts.rename("trusts").reset_index()
    first = table.iloc[0]
    return gallery.Example(
        title=f"{first['trust_type']} trusts are the most common",
        subtitle="NHS trusts by type, England, 2018",
        source="trusts",
        alt=f"{len(table)} bars from zero; {first['trust_type']} trusts lead with {first.trusts}.",
        data=table,
        figure=bars(table, group="trust_type", value="trusts", x_label="Number of trusts"),
    )


@gallery.example(stacked_shares)
def _stacked_example() -> gallery.Example:
    """Ratings by key question."""
    ratings = datasets.load("cqc_trust_ratings")
    classes = ["Outstanding", "Good", "Requires improvement", "Inadequate"]
    chosen = ratings[(ratings["service"] == "Overall") & ratings["rating"].isin(classes)]
    chosen = chosen[chosen["snapshot"] == chosen["snapshot"].max()]
    table = pd.crosstab(chosen["key_question"], chosen["rating"])[classes].reset_index()
    safe = table.set_index("key_question").loc["Safe"]
    return gallery.Example(
        title="Safety is where trusts are rated lowest",
        subtitle="Ratings of trusts by key question, England, March 2019",
        source="cqc_trust_ratings",
        alt=(
            f"One bar of 100% a key question in four parts. For safe, "
            f"{safe['Requires improvement'] / safe.sum():.0%} of trusts require improvement."
        ),
        data=table,
        figure=stacked_shares(table, group="key_question", parts=classes),
    )
