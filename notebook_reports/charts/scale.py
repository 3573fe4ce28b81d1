"""A saving by the steepness of the cost curve, with what is assumed and what is needed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from nhsi_analysis import datasets
from notebook_reports.charts import gallery, style
from notebook_reports.errors import ParameterError
from policy_methods.scale import equal_networks


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
    needed = ["elasticity", "central", "no_plateau", "low", "high"]
    missing = [c for c in needed if c not in table]
    if missing:
        raise ParameterError("table", f"has no column {', '.join(missing)}", allowed=table.columns)
    if len(table) < 2:
        raise ParameterError("table", "must have at least two rows", value=len(table))
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


@gallery.example(saving_curve)
def _example() -> gallery.Example:
    """Draw the saving of the pathology plan of 2017 by elasticity, two thirds of tests moved."""
    table = datasets.load("pathology_figures").query("scope == 'England' and period == '2017-09'")
    published = pd.to_numeric(table.set_index("measure")["value"], errors="coerce")
    slopes = np.linspace(-0.3, 0.0, 31)

    def saving(share: float, plateau: float) -> pd.Series:
        result = equal_networks(
            units=published["hospitals providing pathology services"],
            networks=published["proposed networks"],
            volume=published["tests per year"],
            cost=published["pathology spend"] * 1000,
            elasticity=slopes,
            share_moved=share,
            plateau=plateau,
        )
        return pd.Series(result.net_saving)

    curve = pd.DataFrame(
        {
            "elasticity": slopes,
            "central": saving(0.67, 0.03),
            "no_plateau": saving(0.67, np.inf),
            "low": saving(0.5, 0.03),
            "high": saving(0.8, 0.03),
        }
    )
    target = float(published["target saving"])
    needed = float(np.interp(target, curve["central"][::-1], slopes[::-1]))
    return gallery.Example(
        title=f"£{target:.0f}m needs an elasticity of −{-needed:.2f}, before any added cost",
        subtitle="Saving a year by elasticity of unit cost, England, plan of 2017, GBP m",
        source="pathology_figures",
        alt=f"The saving rises from nothing to £{curve['central'].max():.0f}m at −0.30.",
        data=curve,
        figure=saving_curve(
            curve,
            unit="GBP m",
            x_label="Elasticity of unit cost",
            y_label="Saving a year",
            target=(target, "target"),
            marks=[(needed, "needed")],
        ),
        note="Band: half to four fifths of tests moved. Plateau of 30m tests a laboratory.",
    )
