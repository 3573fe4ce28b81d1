"""Maps: what is drawn is what is given, and no label lies on another."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection

from notebook_reports.charts import check, style
from notebook_reports.charts.maps import Layer, point_map, project
from notebook_reports.errors import ParameterError
from policy_methods.location import great_circle_km

OUTLINE = pd.DataFrame(
    {"part": 0, "ring": 0, "longitude": [-4.0, 1, 1, -4], "latitude": [50.5, 50.5, 55, 55]}
)


def points(count: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {"longitude": rng.uniform(-3.5, 0.5, count), "latitude": rng.uniform(51, 54.5, count)}
    )


def test_projection_keeps_distances_over_england() -> None:
    """Within half a per cent of the great circle from Penzance to Berwick and across Kent."""
    for a, b in [((50.12, -5.54), (55.77, -2.0)), ((51.28, 1.08), (51.45, -2.59))]:
        (x, y) = project([a[1], b[1]], [a[0], b[0]])
        flat = float(np.hypot(x[1] - x[0], y[1] - y[0]))
        assert flat == pytest.approx(
            great_circle_km([a[0]], [a[1]], [b[0]], [b[1]])[0, 0], rel=0.005
        )


def test_map_draws_every_point_and_no_two_labels_overlap() -> None:
    sites = points(40)
    labels = sites.assign(text=[f"Hospital number {k}" for k in range(40)], bold=False)
    fig = point_map(
        OUTLINE,
        [Layer(sites, "site", style.MUTED, "o", 9), Layer(sites.head(5), "hub", style.BLUE)],
        labels=labels,
        links=sites.assign(to_longitude=-1.0, to_latitude=52.0),
    )
    drawn = [c for c in fig.axes[0].collections if isinstance(c, PathCollection)]
    assert [len(c.get_offsets()) for c in drawn] == [40, 5]
    words = [t.get_text() for t in fig.axes[0].texts]
    assert "100 km" in words
    assert "● hub" in words
    assert sum(w.startswith("Hospital number") for w in words) >= 10
    assert "Hospital number 0" in words
    assert check.problems(fig) == []


def test_map_refuses_nothing_to_draw() -> None:
    layer = Layer(points(2), "site", style.BLUE)
    with pytest.raises(ParameterError, match="outline"):
        point_map(OUTLINE.iloc[:0], [layer])
    with pytest.raises(ParameterError, match="layers"):
        point_map(OUTLINE, [])
    with pytest.raises(ParameterError, match="layers"):
        point_map(OUTLINE, [Layer(points(0), "site", style.BLUE)])
