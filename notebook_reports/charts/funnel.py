"""Funnel plots: units by size against limits around a target."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from nhsi_analysis import datasets
from notebook_reports.charts import gallery, style
from notebook_reports.errors import ParameterError
from notebook_reports.evidence import format_value
from policy_methods.funnel import FunnelResult, funnel

_DASHES = ("-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 1.5, 1.5, 1.5)))


@style.use()
def funnel_chart(
    result: FunnelResult,
    *,
    unit: str = "share",
    decimals: int | None = None,
    x_label: str = "",
    y_label: str = "",
    names: dict[str, str] | None = None,
    follow: Sequence[str] = (),
    label_at_most: int = 6,
    height: float = 5.0,
) -> Figure:
    """Draw a funnel; name the units followed and the furthest outliers, where there is room.

    The limits drawn are those that decide who is outside. Units outside the widest limits have
    another colour and shape than those inside.

    Parameters
    ----------
    result : FunnelResult
        Of :func:`policy_methods.funnel.funnel`, without groups.
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
    fig, ax = style.new_figure(height=height)
    ax.grid(visible=True, axis="y")
    edge = 1.04 * size.max()
    grid = np.geomspace(max(size.min() * 0.8, edge / 1e4), edge, 300)
    limits = result.limits(grid, convention="test")
    ax.axhline(result.target, color=style.INK, linewidth=1.2)
    target = f"target {format_value(result.target, unit, decimals)}"
    ends = [(edge, result.target, target, style.INK)]
    for level, dashes in zip(sorted(result.levels), _DASHES[1:], strict=False):
        tag = f"{level * 100:.10g}"
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
    low, high = values.min(), values.max()
    pad = 0.08 * max(high - low, 1e-9)
    near = limits[grid >= size.min()]
    tag = f"{max(result.levels) * 100:.10g}"
    ax.set_ylim(
        max(min(low, near[f"lower_{tag}"].min()) - pad, low - 6 * pad),
        min(max(high, near[f"upper_{tag}"].max()) + pad, high + 6 * pad),
    )
    ax.set_xlim(0, edge)
    style.unit_axis(ax, "y", unit, decimals)
    if result.kind == "normal":
        # standard errors are in the unit of the values, and small
        style.unit_axis(ax, "x", unit, 1 if unit == "share" else decimals)
    else:
        style.unit_axis(ax, "x", "")
    share = f"{outside.sum()} of {len(points)} outside the {tag}% limits"
    style.label_row(
        ax,
        [
            *([(y_label, style.INK)] if y_label else []),
            (f"◆ {share}", style.BLUE),
            ("● inside", style.MUTED),
            *([("○ followed", style.ORANGE)] if len(follow) else []),
        ],
    )
    style.axis_titles(ax, x=x_label)
    # A limit may leave the axes at the sides; the room for its label must not be sought above them.
    bottom, top = ax.get_ylim()
    style.label_ends(ax, [(x, min(max(y, bottom), top), *rest) for x, y, *rest in ends])
    ranked = points["z_adjusted"].abs().sort_values(ascending=False).index
    wanted = [*np.flatnonzero(chosen), *[i for i in ranked if outside[i]][:label_at_most]]
    labels = [(names or {}).get(str(unit_), str(unit_)) for unit_ in points["unit"]]
    _name(ax, size, values, labels, list(dict.fromkeys(wanted)), int(chosen.sum()))
    return fig


def _name(
    ax: Axes,
    size: np.ndarray,
    values: np.ndarray,
    labels: list[str],
    wanted: list[int],
    certain: int,
) -> None:
    """Write names beside points, in order of importance, leaving out those that would collide.

    The first ``certain`` names may lie over points, on a white ground: they must be there.
    """
    fig = ax.get_figure(root=True)
    if fig is None or not wanted:
        return
    fig.draw_without_rendering()
    frame = ax.get_window_extent()
    marks = ax.transData.transform(np.column_stack([size, values]))
    taken: list[Bbox] = []
    for place, i in enumerate(wanted):
        ground = {"facecolor": style.WHITE, "alpha": 0.8, "pad": 1, "linewidth": 0}
        for side, offset in (("left", (7, 0)), ("right", (-7, 0)), ("center", (0, 9))):
            text = ax.annotate(
                labels[i],
                (size[i], values[i]),
                xytext=offset,
                textcoords="offset points",
                ha=side,
                va="bottom" if side == "center" else "center",
                color=style.INK,
                bbox=ground if place < certain else None,
                zorder=6,
            )
            box = text.get_window_extent()
            padded = box.expanded(1.02, 1.1)
            inside = frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 <= frame.y1
            covered = sum(box.contains(x, y) for x, y in np.delete(marks, i, axis=0))
            free = covered <= 1 or place < certain
            if inside and free and not any(padded.overlaps(other) for other in taken):
                taken.append(padded)
                break
            text.remove()


@gallery.example(funnel_chart)
def _example() -> gallery.Example:
    """Draw trusts' shares of staff who say that senior managers act on feedback."""
    rows = datasets.load("staff_survey_items").query("question == 'q8d' and survey_year == 2017")
    share = (rows["agree_pct"] + rows["strongly_agree_pct"]) / 100
    names = datasets.load("trusts").set_index("org_code")["org_name"].to_dict()
    result = funnel(
        (share * rows["respondents"]).to_numpy(),
        rows["respondents"].to_numpy(),
        overdispersion="winsorised",
        units=list(rows["org_code"]),
    )
    outside = int(result.points["outside_99.8"].sum())
    plain = int(result.points["unadjusted_outside_99.8"].sum())
    return gallery.Example(
        title=f"{outside} of {len(rows)} trusts lie outside 99.8% limits that allow for "
        f"over-dispersion, {plain} without",
        subtitle="Share agreeing that senior managers act on feedback (q8d), England, 2017",
        source="staff_survey_items",
        alt=f"Funnel plot of {len(rows)} trusts by number of answers. The target is "
        f"{result.target:.1%}; most trusts lie inside limits widened for over-dispersion "
        f"(phi {result.phi:.0f}).",
        data=pd.DataFrame(result.to_frame()),
        figure=funnel_chart(
            result,
            x_label="answers",
            y_label="share agreeing",
            names={str(k): _short(str(v)) for k, v in names.items()},
        ),
    )


def _short(name: str) -> str:
    """Shorten a trust's name to what tells it apart."""
    return name.replace(" NHS Foundation Trust", "").replace(" NHS Trust", "")
