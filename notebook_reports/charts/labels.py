"""Names beside points, each where it covers least, or nowhere."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from numpy.typing import ArrayLike

from notebook_reports.charts import layout, style

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
        self.taken = np.empty((0, 4))
        self.marks = np.empty((0, 2))
        self.lines = np.empty((0, 2))

    def points(self, x: ArrayLike, y: ArrayLike) -> np.ndarray:
        """Return data coordinates in points, shape (n, 2)."""
        data = np.column_stack([np.ravel(x), np.ravel(y)]).astype(float)
        return np.asarray(self.ax.transData.transform(data)) * self._points

    def take(self, centres: np.ndarray, widths: ArrayLike) -> None:
        """Keep squares around marks, of these widths in points, free of names."""
        half = np.broadcast_to(np.asarray(widths, dtype=float) / 2, len(centres))
        x, y = centres.T
        self.taken = np.vstack(
            [self.taken, np.column_stack([x - half, x + half, y - half, y + half])]
        )

    def name(
        self,
        x: float,
        y: float,
        text: str,
        *,
        distances: Sequence[float] = (7, 12),
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
        label = style.label_end(self.ax, x, y, text, bold=bold)
        label.set(multialignment="left", in_layout=False, zorder=6)
        if ground:
            label.set_bbox({"facecolor": style.WHITE, "alpha": 0.8, "pad": 1, "linewidth": 0})
        best: tuple[float, Way, float] | None = None
        for further, distance in enumerate(distances):
            for order, way in enumerate(AROUND):
                cost = self._cost(self._box(label, way, distance), most)
                if cost is None:
                    continue
                # A name far from its point, or askew, could be taken for another's.
                cost += further + order / len(AROUND)
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
        left, right, low, high = box
        if (box[[0, 2]] < self.frame[[0, 2]]).any() or (box[[1, 3]] > self.frame[[1, 3]]).any():
            return None
        x0, x1, y0, y1 = self.taken.T
        if ((x0 < right) & (left < x1) & (y0 < high) & (low < y1)).any():
            return None
        covered = _inside(self.marks, box)
        if most is not None and covered > most:
            return None
        return covered + 0.5 * bool(_inside(self.lines, box))


def _inside(points: np.ndarray, box: np.ndarray) -> int:
    """Count the points in a box."""
    x, y = points.T
    return int(((x > box[0]) & (x < box[1]) & (y > box[2]) & (y < box[3])).sum())
