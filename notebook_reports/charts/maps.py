"""Maps on an outline: points in layers, lines that link them, labels that don't overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from notebook_reports.charts import style
from notebook_reports.errors import ParameterError

Floats = npt.NDArray[np.float64]

_EARTH_RADIUS_KM = 6371.0088
_CENTRAL_MERIDIAN = -2.0
_ORIGIN_LATITUDE = 49.0
_SCALE = 0.9996
_WAYS = ((1, 0), (-1, 0), (0, 1), (0, -1), (0.8, 0.8), (-0.8, 0.8), (0.8, -0.8), (-0.8, -0.8))
_GLYPHS = {"o": "●", "s": "■", "^": "▲", "D": "◆"}


@dataclass(frozen=True, slots=True)
class Layer:
    """Points drawn alike.

    Parameters
    ----------
    points : DataFrame
        Columns longitude and latitude, degrees.
    label : str
        What they are, for the row of names above the map.
    colour : str
        Fill.
    marker : str
        "o", "s", "^" or "D": layers differ by shape, not by colour alone.
    size : float
        Area in square points.
    unit : str
        Column of the codes of the units that the points are of, where a reader may look for one.
    """

    points: pd.DataFrame
    label: str
    colour: str
    marker: str = "o"
    size: float = 60.0
    unit: str = ""


def project(longitude: npt.ArrayLike, latitude: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Project degrees to kilometres: transverse Mercator on a sphere, meridian 2° west.

    Parameters
    ----------
    longitude, latitude : array-like
        Degrees, WGS 84.

    Returns
    -------
    tuple of ndarray
        Kilometres east of 2° W and north of 49° N; the British National Grid's meridian and scale,
        without its ellipsoid, so good to a few kilometres over England.

    Examples
    --------
    >>> x, y = project([-2.0], [49.0])
    >>> float(x[0]), float(y[0])
    (0.0, 0.0)
    """
    lam = np.radians(np.asarray(longitude, dtype=float) - _CENTRAL_MERIDIAN)
    phi = np.radians(np.asarray(latitude, dtype=float))
    x = np.arctanh(np.cos(phi) * np.sin(lam))
    y = np.arctan2(np.tan(phi), np.cos(lam)) - np.radians(_ORIGIN_LATITUDE)
    return _SCALE * _EARTH_RADIUS_KM * x, _SCALE * _EARTH_RADIUS_KM * y


@style.chart
def point_map(
    outline: pd.DataFrame,
    layers: Sequence[Layer],
    *,
    links: pd.DataFrame | None = None,
    labels: pd.DataFrame | None = None,
    height: float = 7.6,
) -> Figure:
    """Draw layers of points over an outline.

    Parameters
    ----------
    outline : DataFrame
        One row a corner: part, ring, longitude, latitude, in order.
    layers : sequence of Layer
        At most four, the first at the bottom.
    links : DataFrame, optional
        Lines drawn under the points: longitude, latitude, to_longitude, to_latitude.
    labels : DataFrame, optional
        longitude, latitude, text, and bold if wanted; most important first. A label that finds no
        free place is left out.
    height : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ParameterError
        No outline, no point or more than four layers.
    """
    if outline.empty:
        raise ParameterError("outline", "must have at least one corner")
    if not 1 <= len(layers) <= len(style.MARKERS):
        raise ParameterError("layers", "must be one to four", value=len(layers))
    if all(layer.points.empty for layer in layers):
        raise ParameterError("layers", "must hold at least one point")
    fig, ax = style.new_figure(height=height)
    ax.set_aspect("equal")
    ax.set_axis_off()
    for _, part in outline.groupby(["part", "ring"], sort=False):
        x, y = project(part["longitude"], part["latitude"])
        ax.fill(x, y, facecolor=style.NAMED["wash"], edgecolor=style.MUTED, linewidth=0.8)
    if links is not None and len(links):
        start = np.column_stack(project(links["longitude"], links["latitude"]))
        end = np.column_stack(project(links["to_longitude"], links["to_latitude"]))
        segments = [np.array(pair) for pair in zip(start, end, strict=True)]
        ax.add_collection(LineCollection(segments, colors=style.GREY, linewidths=0.7))
    marks: list[tuple[float, float, float]] = []
    for order, layer in enumerate(layers):
        x, y = project(layer.points["longitude"], layer.points["latitude"])
        ax.scatter(
            x,
            y,
            s=layer.size,
            c=layer.colour,
            marker=layer.marker,
            edgecolors="white",
            linewidths=0.6,
            zorder=3 + order,
        )
        if layer.unit:
            style.place(ax, layer.points[layer.unit], x, y)
        if layer.size >= 30:
            marks += [(float(a), float(b), layer.size) for a, b in zip(x, y, strict=True)]
    ax.margins(0.01)
    _scale_bar(ax, outline)
    style.label_row(ax, [(f"{_GLYPHS.get(la.marker, '●')} {la.label}", la.colour) for la in layers])
    if labels is not None and len(labels):
        _place(fig, ax, labels, marks)
    return fig


def _scale_bar(ax: Axes, outline: pd.DataFrame) -> None:
    """Draw 100 km in the sea at the lower right of the outline."""
    x, y = project(outline["longitude"], outline["latitude"])
    right, bottom = float(x.max()), float(y.min())
    ax.plot([right - 100, right], [bottom, bottom], color=style.INK, linewidth=1.6)
    ax.annotate(
        "100 km",
        (right - 50, bottom),
        xytext=(0, 4),
        textcoords="offset points",
        ha="center",
        va="bottom",
        color=style.SOFT,
    )


def _place(
    fig: Figure, ax: Axes, labels: pd.DataFrame, marks: list[tuple[float, float, float]]
) -> None:
    """Write each label at the first free place around its point, or not at all."""
    fig.draw_without_rendering()
    pixels = fig.dpi / 72
    taken = [t.get_window_extent() for t in ax.texts]
    taken += [_mark_box(ax, x, y, np.sqrt(size) * pixels) for x, y, size in marks]
    frame = fig.bbox.padded(-2)
    bold = labels["bold"] if "bold" in labels else pd.Series(data=False, index=labels.index)
    x, y = project(labels["longitude"], labels["latitude"])
    for px, py, words, heavy in zip(x, y, labels["text"], bold, strict=True):
        text = style.label_end(ax, px, py, str(words), bold=bool(heavy))
        text.set_fontsize(9.5)
        for distance in (6, 10, 16):
            for dx, dy in _WAYS:
                text.set_horizontalalignment("left" if dx > 0 else "right" if dx else "center")
                text.set_verticalalignment("center" if dy == 0 else "bottom" if dy > 0 else "top")
                text.xyann = (dx * distance, dy * distance)
                box = text.get_window_extent()
                own = _mark_box(ax, px, py, 2)
                if _free(box, taken, frame, own):
                    taken.append(box.padded(1))
                    break
            else:
                continue
            break
        else:
            text.remove()


def _mark_box(ax: Axes, x: float, y: float, width: float) -> Bbox:
    centre = ax.transData.transform((x, y))
    return Bbox.from_bounds(centre[0] - width / 2, centre[1] - width / 2, width, width)


def _free(box: Bbox, taken: Sequence[Bbox], frame: Bbox, own: Bbox) -> bool:
    inside = frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1
    return inside and not box.overlaps(own) and not any(box.overlaps(other) for other in taken)
