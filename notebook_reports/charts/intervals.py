"""Dots with intervals by group: the chart for comparing estimates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nhsi_analysis import datasets
from notebook_reports.charts import gallery, style
from notebook_reports.errors import ParameterError
from notebook_reports.evidence import format_value
from policy_methods.shares import wilson


@style.use()
def dot_interval(
    table: pd.DataFrame,
    *,
    group: str,
    value: str = "value",
    low: str = "low",
    high: str = "high",
    series: str | None = None,
    unit: str = "share",
    decimals: int | None = None,
    x_label: str = "",
    reference: tuple[float, str] | None = None,
    emphasise: Sequence[str] = (),
    show_values: bool = True,
) -> Figure:
    """Draw one row a group: a dot for the estimate and a line for its interval.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a group (and series), in the order to be drawn from top to bottom.
    group : str
        Column of the groups' names.
    value, low, high : str
        Columns of the estimate and the ends of its interval; missing ends draw the dot alone.
    series : str, optional
        Column that splits each group into up to four series, told apart by colour, marker
        and a label at the first group.
    unit, decimals : str, int
        How numbers are written: see :func:`notebook_reports.evidence.format_value`.
    x_label : str
        What the horizontal axis measures.
    reference : tuple of float and str, optional
        A vertical line and its label: an average, a target, no difference.
    emphasise : sequence of str
        Groups in the focus colour; the others turn grey. Only without ``series``.
    show_values : bool
        Write the estimates at the right edge (without ``series`` only).

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ParameterError
        If a column is missing, the table is empty or there are more than four series.
    """
    needed = [group, value, low, high] + ([series] if series else [])
    missing = [c for c in needed if c not in table]
    if missing:
        raise ParameterError("table", f"has no column {', '.join(missing)}", allowed=table.columns)
    if table.empty:
        raise ParameterError("table", "must have at least one row")
    groups = list(dict.fromkeys(table[group].astype(str)))
    names = list(dict.fromkeys(table[series].astype(str))) if series else [""]
    if len(names) > len(style.SERIES):
        raise ParameterError("series", "must have at most four values", value=len(names))
    row_height = 0.24 + 0.17 * len(names)
    fig, ax = style.new_figure(height=max(1.9, 0.95 + row_height * len(groups)))
    ax.grid(visible=True, axis="x")
    ax.grid(visible=False, axis="y")
    ax.spines["bottom"].set_visible(False)
    step = 0.8 / len(names)
    for s, name in enumerate(names):
        part = table[table[series].astype(str) == name] if series else table
        at = np.array([groups.index(g) for g in part[group].astype(str)], dtype=float)
        at += (s - (len(names) - 1) / 2) * step
        values = part[value].to_numpy(dtype=float)
        ends = part[[low, high]].to_numpy(dtype=float)
        colours = [style.SERIES[s]] * len(part)
        if emphasise and not series:
            colours = [
                style.BLUE if g in emphasise else style.MUTED for g in part[group].astype(str)
            ]
        drawn = np.isfinite(ends).all(axis=1)
        ax.hlines(
            at[drawn],
            ends[drawn, 0],
            ends[drawn, 1],
            colors=[c for c, d in zip(colours, drawn, strict=True) if d],
            linewidth=2.4,
        )
        ax.scatter(
            values, at, c=colours, marker=style.MARKERS[s], s=42, zorder=3, edgecolors="white"
        )
        if not series and show_values:
            for y, v, colour in zip(at, values, colours, strict=True):
                ax.annotate(
                    format_value(v, unit, decimals),
                    (1.0, y),
                    xycoords=ax.get_yaxis_transform(),
                    xytext=(8, 0),
                    textcoords="offset points",
                    va="center",
                    color=style.text_colour(colour) if emphasise else style.INK,
                    annotation_clip=False,
                )
    ax.set_yticks(range(len(groups)), groups)
    ax.set_ylim(len(groups) - 0.4, -0.6 if not series else -0.75)
    style.unit_axis(ax, "x", unit)
    ax.margins(x=0.06)
    style.axis_titles(ax, x=x_label)
    if reference is not None:
        style.reference_line(ax, reference[0], reference[1], axis="x")
    if series:
        _name_series(ax, table, names, series, value, high, step)
    return fig


def _name_series(
    ax: Axes,
    table: pd.DataFrame,
    names: list[str],
    series: str,
    value: str,
    high: str,
    step: float,
) -> None:
    """Write each series' name once, beside its mark in the first group."""
    for s, name in enumerate(names):
        row = table[table[series].astype(str) == name].iloc[0]
        edge = row[high] if pd.notna(row[high]) else row[value]
        style.label_end(
            ax,
            float(edge),
            (s - (len(names) - 1) / 2) * step,
            name,
            colour=style.SERIES[s],
            bold=True,
        )


@gallery.example(dot_interval)
def _example() -> gallery.Example:
    """Shares rated good or outstanding by type of trust at the two snapshots."""
    ratings = datasets.load("cqc_trust_ratings")
    types = datasets.load("trusts").set_index("org_code")["trust_type"]
    overall = ratings[(ratings["service"] == "Overall") & (ratings["key_question"] == "Overall")]
    overall = overall.assign(
        good=overall["rating"].isin(["Good", "Outstanding"]),
        trust_type=overall["org_code"].map(types),
        at=overall["snapshot"].dt.strftime("%B %Y"),
    )
    counts = overall.groupby(["trust_type", "snapshot", "at"], as_index=False)["good"].agg(
        ["sum", "size"]
    )
    counts = counts.sort_values(["trust_type", "snapshot"], ignore_index=True)
    shares = wilson(counts["sum"], counts["size"]).to_frame()
    table = pd.concat([counts[["trust_type", "at"]], shares], axis=1)
    ambulance = table[table["trust_type"] == "Ambulance"]
    return gallery.Example(
        title="Each type's shares moved by less than their uncertainty",
        subtitle="Trusts rated good or outstanding overall, England, September 2018 and March 2019",
        source="cqc_trust_ratings",
        alt=(
            f"Dots with intervals for {table['trust_type'].nunique()} types of trust, two each. "
            f"Those of ambulance trusts are the widest, about "
            f"{(ambulance['high'] - ambulance['low']).mean():.0%} across; every pair overlaps."
        ),
        data=table,
        figure=dot_interval(
            table,
            group="trust_type",
            value="share",
            series="at",
            x_label="Share of trusts rated good or outstanding",
        ),
        note="Lines are 95% Wilson intervals.",
    )
