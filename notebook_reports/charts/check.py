"""What can be told about a chart without an eye: overlapping or cut text, empty axes, colours.

Used by the tests of every chart type and by figures in strict mode (``NHSI_STRICT=1``).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import Collection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from notebook_reports.charts import layout, style

MOST_SERIES = 4
_TOLERANCE = 1.5
"""Pixels that two labels' boxes may share: boxes have a margin that ink doesn't fill."""


def problems(fig: Figure) -> list[str]:
    """List what is wrong with a chart.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        The chart.

    Returns
    -------
    list of str
        One sentence a fault: text that overlaps, is cut off or isn't horizontal, an empty
        axis, more than four series. Empty when nothing was found.
    """
    with style.drawing(fig), layout.rendering(fig, io.StringIO()) as renderer:
        fig.draw(renderer)
        # Of a label with a leader, only the words: the leader is no text.
        boxes = [(t, Text.get_window_extent(t, renderer)) for t in visible_texts(fig)]
        return [
            *_cut(fig, boxes),
            *_overlaps(boxes),
            *_turned(boxes),
            *(f"axes {i + 1} is empty" for i, ax in enumerate(fig.axes) if _is_empty(ax)),
            *(
                f"axes {i + 1} has {count} series, more than {MOST_SERIES}"
                for i, ax in enumerate(fig.axes)
                if (count := series_count(ax)) > MOST_SERIES
            ),
        ]


def forms(fig: Figure) -> dict[str, Figure]:
    """Return a chart as it is drawn for a page and, where it can be drawn so, for a phone."""
    again = getattr(fig, "again", None)
    return {"wide": fig} | ({"narrow": again()} if again else {})


def visible_texts(fig: Figure) -> list[Text]:
    """Return the texts that are drawn, among them only the tick labels inside the view."""
    # First, as house axes make their ticks only when they are asked for.
    shown = {label for ax in fig.axes if ax.get_visible() for label in _shown_labels(ax)}
    ticks = {
        label for ax in fig.axes for axis in (ax.xaxis, ax.yaxis) for label in _all_labels(axis)
    }
    hidden_axes = {text for ax in fig.axes if not ax.get_visible() for text in ax.findobj(Text)}
    switched_off = {
        text
        for ax in fig.axes
        if not ax.axison
        for text in (ax.xaxis.label, ax.yaxis.label, *_shown_labels(ax))
    }
    found: list[Any] = fig.findobj(Text)
    return [
        t
        for t in found
        if t.get_visible()
        and t.get_text().strip()
        and (t not in ticks or t in shown)
        and t not in hidden_axes
        and t not in switched_off
    ]


def _all_labels(axis: object) -> Iterator[Text]:
    """Return both labels of every tick an axis ever made."""
    for tick in (*axis.majorTicks, *axis.minorTicks):  # type: ignore[attr-defined]  # both axes
        yield tick.label1
        yield tick.label2


def _shown_labels(ax: Axes) -> Iterator[Text]:
    """Return the tick labels inside the view of an axes."""
    for axis in (ax.xaxis, ax.yaxis):
        low, high = sorted(axis.get_view_interval())
        slack = (high - low) * 1e-6
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            if low - slack <= tick.get_loc() <= high + slack:
                yield from (x for x in (tick.label1, tick.label2) if x.get_visible())


def _short(text: Text) -> str:
    """Quote a text, shortened."""
    words = " ".join(text.get_text().split())
    return repr(words if len(words) <= 40 else words[:37] + "…")


def _cut(fig: Figure, boxes: list[tuple[Text, Bbox]]) -> Iterator[str]:
    """Find text that reaches beyond the figure's edge."""
    edge = fig.bbox
    for text, box in boxes:
        if (
            box.x0 < edge.x0 - _TOLERANCE
            or box.y0 < edge.y0 - _TOLERANCE
            or box.x1 > edge.x1 + _TOLERANCE
            or box.y1 > edge.y1 + _TOLERANCE
        ):
            yield f"the text {_short(text)} is cut off at the figure's edge"


def _overlaps(boxes: list[tuple[Text, Bbox]]) -> Iterator[str]:
    """Find pairs of texts that lie on each other."""
    for (a, box_a), (b, box_b) in combinations(boxes, 2):
        width = min(box_a.x1, box_b.x1) - max(box_a.x0, box_b.x0)
        height = min(box_a.y1, box_b.y1) - max(box_a.y0, box_b.y0)
        if width > _TOLERANCE and height > 2 * _TOLERANCE:
            yield f"the texts {_short(a)} and {_short(b)} overlap"


def _turned(boxes: list[tuple[Text, Bbox]]) -> Iterator[str]:
    """Find text that isn't horizontal."""
    for text, _ in boxes:
        if text.get_rotation() % 360 != 0:
            yield f"the text {_short(text)} isn't horizontal"


def _is_empty(ax: Axes) -> bool:
    """Tell whether visible axes draw neither data nor text of their own."""
    return bool(ax.get_visible() and not ax.has_data() and not ax.texts)


def _is_hue(colour: object) -> bool:
    """Tell whether a colour is one a reader would tell series by: not grey, black or white."""
    rgb = to_rgb(colour)  # type: ignore[arg-type]  # whatever an artist returns is a colour
    return max(rgb) - min(rgb) > 0.12


def series_count(ax: Axes) -> int:
    """Count the colours that lines and bars tell series by, greys left out.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes to look at; heat maps and maps, whose cells are a scale, count their lines only.
    """
    colours = {
        to_hex(line.get_color())
        for line in ax.lines
        if line.get_linestyle() not in {"None", "none", " ", ""} and _is_hue(line.get_color())
    }
    for collection in ax.collections:
        colours |= _scatter_colours(collection)
    return len(colours)


def _scatter_colours(collection: Collection) -> set[str]:
    """Return the hues of a collection that isn't a colour scale."""
    if collection.get_array() is not None:
        return set()
    faces = np.atleast_2d(np.asarray(collection.get_facecolor()))
    faces = faces if faces.size else np.atleast_2d(np.asarray(collection.get_edgecolor()))
    return {to_hex(c[:3]) for c in faces if len(c) == 4 and c[3] > 0 and _is_hue(c[:3])}
