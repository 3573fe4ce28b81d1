"""Funnel plots: units by size against limits around a target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from notebook_reports.charts import labels, layout, style, texts
from notebook_reports.errors import ParameterError
from notebook_reports.evidence import format_value


class Funnel(Protocol):
    """What is drawn of a funnel: units, a target, and the limits around it."""

    @property
    def points(self) -> pd.DataFrame:
        """One row a unit: unit, value, denominator (se for a normal funnel), z_adjusted.

        And for each level, say 95%, whether the unit lies outside: outside_95.
        """

    @property
    def kind(self) -> str:
        """Whether units are placed by standard error ("normal") or by denominator."""

    @property
    def levels(self) -> Sequence[float]:
        """Levels of the limits, such as 0.95."""

    @property
    def target(self) -> float:
        """What the limits lie around."""

    @property
    def targets(self) -> Mapping[str, float]:
        """Target of each group; a chart takes one."""

    def limits(self, grid: np.ndarray, *, convention: Literal["test"]) -> pd.DataFrame:
        """Return lower_95 and upper_95 (and so on) at each size: those that decide outside_95."""


_DASHES = tuple(zip(style.DASHES[1:], ("– –", "···", "–··–"), strict=True))


@style.chart
def funnel_chart(
    result: Funnel,
    *,
    unit: str = "share",
    decimals: int | None = None,
    x_label: str = "",
    y_label: str = "",
    names: dict[str, str] | None = None,
    follow: Sequence[str] = (),
    label_at_most: int = 6,
    height: float = 5.0,
    centre: str = "average",
) -> Figure:
    """Draw a funnel; name the units followed and the furthest outliers, where there is room.

    The limits drawn are those that decide who is outside. Units outside the widest limits have
    another colour and shape than those inside.

    Parameters
    ----------
    result : Funnel
        A funnel without groups.
    unit, decimals : str, int
        How values are written: see :func:`notebook_reports.evidence.format_value`.
    x_label, y_label : str
        What the axes measure.
    names : dict of str to str, optional
        Names to write for units; by default the units themselves.
    follow : sequence of str
        Units to mark and name whatever their value.
    label_at_most : int
        How many outliers to name besides.
    height : float
        Height in inches.
    centre : str
        What the limits lie around, in a word: "target" where one was set.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ParameterError
        If the result has several targets, or a unit to follow is not in it.
    """
    if len(result.targets) > 1:
        raise ParameterError("result", "must have one target: draw each group's funnel apart")
    points = result.points
    unknown = [unit_ for unit_ in follow if unit_ not in set(points["unit"])]
    if unknown:
        raise ParameterError("follow", "is not among the units", value=", ".join(unknown))
    size = points["se" if result.kind == "normal" else "denominator"].to_numpy(dtype=float)
    values = points["value"].to_numpy(dtype=float)
    fig, ax = style.new_figure(height=min(height, 4.6) if style.narrow() else height)
    ax.grid(visible=True, axis="y")
    edge = 1.04 * size.max()
    grid = np.geomspace(max(size.min() * 0.8, edge / 1e4), edge, 300)
    limits = result.limits(grid, convention="test")
    ax.axhline(result.target, color=style.INK, linewidth=1.2)
    target = f"{centre} {format_value(result.target, unit, decimals)}"
    ends = [(edge, result.target, target, style.INK)]
    strokes = [(f"— {target}", style.INK)]
    for level, (dashes, stroke) in zip(sorted(result.levels), _DASHES, strict=False):
        tag = f"{level * 100:.10g}"
        strokes.append((f"{stroke} {tag}% limits", style.SOFT))
        for side in ("lower", "upper"):
            line = limits[f"{side}_{tag}"]
            ax.plot(grid, line, color=style.SOFT, linewidth=1.2, linestyle=dashes)
            ends.append((edge, float(line.iloc[-1]), f"{tag}% limit", style.SOFT))
    widest = f"outside_{max(result.levels) * 100:.10g}"
    outside = points[widest].to_numpy(dtype=bool)
    ax.scatter(size[~outside], values[~outside], s=20, color=style.MUTED, linewidths=0, zorder=3)
    ax.scatter(
        size[outside], values[outside], s=30, color=style.BLUE, marker="D", linewidths=0, zorder=4
    )
    chosen = points["unit"].isin(list(follow)).to_numpy()
    ax.scatter(
        size[chosen],
        values[chosen],
        s=95,
        facecolors="none",
        edgecolors=style.ORANGE,
        linewidths=2,
        zorder=5,
    )
    style.place(ax, points["unit"], size, values)
    low, high = values.min(), values.max()
    pad = 0.08 * max(high - low, 1e-9)
    near = limits[grid >= size.min()]
    tag = f"{max(result.levels) * 100:.10g}"
    ax.set_ylim(
        max(min(low, near[f"lower_{tag}"].min()) - pad, low - 6 * pad),
        min(max(high, near[f"upper_{tag}"].max()) + pad, high + 6 * pad),
    )
    # A funnel that begins far from nought needs no empty axis before it.
    ax.set_xlim(grid[0] if grid[0] > 0.1 * edge else 0, edge)
    style.unit_axis(ax, "y", unit, decimals)
    if result.kind == "normal":
        # standard errors are in the unit of the values, and small
        style.unit_axis(ax, "x", unit, 1 if unit == "share" else decimals)
    else:
        style.unit_axis(ax, "x", "")
    share = f"{outside.sum()} of {len(points)} outside the {tag}% limits"
    texts.axis_titles(
        ax,
        x=x_label,
        y=y_label,
        marks=[
            (f"◆ {share}", style.BLUE),
            ("● inside", style.MUTED),
            *([("○ followed", style.ORANGE)] if len(follow) else []),
            *(strokes if style.narrow() else []),
        ],
    )
    if not style.narrow():
        # A limit may leave the axes at the sides; the room for its label isn't sought above them.
        bottom, top = ax.get_ylim()
        texts.label_ends(ax, [(x, min(max(y, bottom), top), *rest) for x, y, *rest in ends])
    ranked = points["z_adjusted"].abs().sort_values(ascending=False).index
    wanted = [*np.flatnonzero(chosen), *[i for i in ranked if outside[i]][:label_at_most]]
    room = labels.Room(ax)
    room.marks = room.boxes(size, values)
    drawn = [(grid, np.full(len(grid), result.target)), *(li.get_data() for li in ax.lines[1:])]
    room.lines = np.vstack([room.boxes(*line) for line in drawn])
    across, letters = room.frame[1] - room.frame[0], mpl.rcParams["font.size"]
    widths = [0.45 * across, 0.3 * across] if style.narrow() else [np.inf]
    for i in dict.fromkeys(wanted):
        name = (names or {}).get(str(points["unit"].iloc[i]), str(points["unit"].iloc[i]))
        # A unit followed must be named, whatever its name covers.
        most = None if chosen[i] else 1
        for width in widths:
            text = layout.wrapped(name, width, letters)
            if room.name(size[i], values[i], text, most=most, ground=True):
                break
    return fig
