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

from notebook_reports.charts import style, texts
from notebook_reports.charts.labels import Room
from notebook_reports.errors import ParameterError

Floats = npt.NDArray[np.float64]

_EARTH_RADIUS_KM = 6371.0088
_CENTRAL_MERIDIAN = -2.0
_ORIGIN_LATITUDE = 49.0
_SCALE = 0.9996
_LARGE = 30.0
"""Area from which points must not be covered by names."""

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
    x, y = project(outline["longitude"], outline["latitude"])
    shape = float(np.ptp(y) / np.ptp(x))
    fig, ax = style.new_figure(
        height=0.8 + shape * (style.NARROW - 0.12) if style.narrow() else height
    )
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
    ax.margins(0.01)
    _scale_bar(ax, outline)
    texts.label_row(ax, [(f"{_GLYPHS.get(la.marker, '●')} {la.label}", la.colour) for la in layers])
    if labels is not None and len(labels):
        _name(ax, labels, layers)
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


def _name(ax: Axes, names: pd.DataFrame, layers: Sequence[Layer]) -> None:
    """Write each name at the best free place around its point, or not at all."""
    room = Room(ax, beyond=True)
    for layer in layers:
        at = project(layer.points["longitude"], layer.points["latitude"])
        here = room.boxes(*at, width=layer.size**0.5)
        if layer.size >= _LARGE:
            room.taken = np.vstack([room.taken, here])
        else:
            room.marks = np.vstack([room.marks, here])
    room.lines = room.boxes(*ax.lines[0].get_data())
    bold = names["bold"] if "bold" in names else pd.Series(data=False, index=names.index)
    x, y = project(names["longitude"], names["latitude"])
    for px, py, words, heavy in zip(x, y, names["text"], bold, strict=True):
        room.name(px, py, str(words), distances=(6, 10, 16), bold=bool(heavy), ground=True)
