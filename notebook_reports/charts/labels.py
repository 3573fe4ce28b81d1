"""Names beside points, each where it covers least, or nowhere."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text
from numpy.typing import ArrayLike

from notebook_reports.charts import layout, style, texts

Way = tuple[float, float]
"""Direction from a point to its name, right and up."""

AROUND: tuple[Way, ...] = (
    *((1, 0), (-1, 0), (0, 1), (0, -1)),
    *((0.8, 0.8), (-0.8, 0.8), (0.8, -0.8), (-0.8, -0.8)),
)


class Room:
    """What a figure has left for names, in points from its lower left corner.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The panel, with everything but the names; it is laid out now.
    beyond : bool
        Whether names may leave the panel, as they may on a map, but not the figure.
    """

    def __init__(self, ax: Axes, *, beyond: bool = False) -> None:
        figure = ax.get_figure(root=True)
        assert isinstance(figure, Figure)
        engine = figure.get_layout_engine()
        if engine is not None:
            engine.execute(figure)
        ax.apply_aspect()
        self.ax, self._points = ax, 72 / figure.dpi
        whole = figure.bbox if beyond else ax.get_window_extent()
        self.frame = np.array([whole.x0, whole.x1, whole.y0, whole.y1]) * self._points
        if beyond:
            self.frame += np.array([2, -2, 2, -2])
        self.taken = np.array([self._own(text) for text in ax.texts]).reshape(-1, 4)
        self.marks = np.empty((0, 4))
        self.lines = np.empty((0, 4))

    def _own(self, text: Text) -> np.ndarray:
        """Return the box of a text that the panel already has."""
        at, (left, right, low, high) = layout.placed(self.ax, text)
        x, y = self.ax.transAxes.transform(at) * self._points
        return np.array([x + left, x + right, y + low, y + high])

    def points(self, x: ArrayLike, y: ArrayLike) -> np.ndarray:
        """Return data coordinates in points, shape (n, 2)."""
        data = np.column_stack([np.ravel(x), np.ravel(y)]).astype(float)
        return np.asarray(self.ax.transData.transform(data)) * self._points

    def boxes(
        self, x: ArrayLike, y: ArrayLike, *, y2: ArrayLike | None = None, width: float = 0.0
    ) -> np.ndarray:
        """Return left, right, bottom and top of marks in points, shape (n, 4).

        Parameters
        ----------
        x, y : array-like, shape (n,)
            Middles of the marks in data coordinates.
        y2 : array-like, shape (n,), optional
            The other ends of vertical lines that begin at ``y``.
        width : float
            Width and height of a mark in points.
        """
        one = self.points(x, y)
        other = one if y2 is None else self.points(x, y2)
        low, high = np.minimum(one, other) - width / 2, np.maximum(one, other) + width / 2
        return np.column_stack([low[:, 0], high[:, 0], low[:, 1], high[:, 1]])

    def name(
        self,
        x: float,
        y: float,
        text: str,
        *,
        distances: Sequence[float] = (7, 12),
        ways: Sequence[Way] = AROUND,
        colour: str = style.INK,
        bold: bool = False,
        most: int | None = None,
        ground: bool = False,
    ) -> bool:
        """Write a name beside a point where it covers fewest marks and lines.

        Parameters
        ----------
        x, y : float
            The point in data coordinates.
        text : str
            The name.
        distances : sequence of float
            Distances from the point to try, in points.
        ways : sequence of (right, up)
            Directions to try, the best first.
        colour : str
            Colour of the mark.
        bold : bool
            For what the message is about.
        most : int, optional
            Marks that the name may cover; by default any number.
        ground : bool
            Part the name from what it lies over.

        Returns
        -------
        bool
            Whether a place was found.
        """
        label = texts.label_end(self.ax, x, y, text, colour=colour, bold=bold)
        label.set(multialignment="left", in_layout=False, zorder=6)
        if ground:
            label.set_bbox({"facecolor": style.WHITE, "alpha": 0.8, "pad": 1, "linewidth": 0})
        best: tuple[float, Way, float] | None = None
        for further, distance in enumerate(distances):
            for order, way in enumerate(ways):
                cost = self._cost(self._box(label, way, distance), most)
                if cost is None:
                    continue
                # A name far from its point, or askew, could be taken for another's.
                cost += further + order / len(ways)
                if best is None or cost < best[0]:
                    best = (cost, way, distance)
        if best is None:
            label.remove()
            return False
        box = self._box(label, *best[1:])
        self.taken = np.vstack([self.taken, box + np.array([-2, 2, -1, 1])])
        return True

    def _box(self, label: Annotation, way: Way, distance: float) -> np.ndarray:
        """Move a label to one side of its point and return its box."""
        right, up = way
        label.set_horizontalalignment("left" if right > 0 else "right" if right else "center")
        label.set_verticalalignment("center" if up == 0 else "bottom" if up > 0 else "top")
        label.xyann = (right * distance, up * distance)
        x, y = self.points(*label.xy)[0] + np.array(label.xyann)
        left, right, low, high = layout.box(label)
        return np.array([x + left, x + right, y + low, y + high])

    def _cost(self, box: np.ndarray, most: int | None) -> float | None:
        """Return how much a name in a box would cover; None if it can't stand there."""
        if (box[[0, 2]] < self.frame[[0, 2]]).any() or (box[[1, 3]] > self.frame[[1, 3]]).any():
            return None
        if _touching(self.taken, box):
            return None
        covered = _touching(self.marks, box)
        if most is not None and covered > most:
            return None
        return covered + 0.5 * bool(_touching(self.lines, box))


def _touching(marks: np.ndarray, box: np.ndarray) -> int:
    """Count the marks that a box touches."""
    left, right, low, high = marks.T
    return int(((left < box[1]) & (box[0] < right) & (low < box[3]) & (box[2] < high)).sum())
