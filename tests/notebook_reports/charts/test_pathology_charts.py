"""Maps, tornado and cost curves: what is drawn is what is given, and no label lies on another."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection

from notebook_reports.charts import check, style
from notebook_reports.charts.maps import Layer, point_map, project
from notebook_reports.charts.scale import saving_curve
from notebook_reports.charts.tornado import tornado
from notebook_reports.errors import ParameterError
from policy_methods.location import great_circle_km

OUTLINE = pd.DataFrame(
    {"part": 0, "ring": 0, "longitude": [-4.0, 1, 1, -4], "latitude": [50.5, 50.5, 55, 55]}
)
CURVE = pd.DataFrame(
    {
        "elasticity": [-0.4, -0.2, 0.0],
        "central": [300.0, 180, -20],
        "no_plateau": [400.0, 220, -20],
        "low": [100.0, 40, -60],
        "high": [600.0, 300, 0],
    }
)
SWINGS = pd.DataFrame(
    {
        "label": ["Elasticity", "Transport"],
        "input_low": [-0.2, 0.02],
        "input_high": [-0.04, 0.09],
        "output_low": [116.0, 70],
        "output_high": [-3.0, 50],
        "central": 59.0,
    }
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


def test_tornado_bars_run_from_the_centre_to_each_end() -> None:
    fig = tornado(SWINGS, unit="GBP m", ends={"Elasticity": ("steep", "flat")})
    bars = [p for p in fig.axes[0].patches if p.get_width()]
    assert sorted(p.get_x() + p.get_width() for p in bars) == [-3, 50, 70, 116]
    words = {t.get_text() for t in fig.axes[0].texts}
    assert {"steep", "flat", "0.02", "0.09"} <= words
    assert check.problems(fig) == []


def test_tornado_names_its_reference() -> None:
    fig = tornado(SWINGS, reference=(200.0, "target"))
    assert "┆ target" in {t.get_text() for t in fig.axes[0].texts}
    assert fig.axes[0].get_xlim()[1] > 200
    with pytest.raises(ParameterError, match="no column central"):
        tornado(SWINGS.drop(columns="central"))
    with pytest.raises(ParameterError, match="at least one row"):
        tornado(SWINGS.iloc[:0])


@pytest.mark.parametrize("needed", [-0.21, -0.13, -0.12])
def test_cost_curve_marks_what_is_assumed_and_needed(needed: float) -> None:
    fig = saving_curve(
        CURVE,
        unit="GBP m",
        x_label="Elasticity",
        y_label="Saving",
        target=(200.0, "target"),
        marks=[(-0.12, "most likely"), (needed, "needed"), (-3.0, "off the chart")],
    )
    words = {t.get_text() for t in fig.axes[0].texts}
    assert {"most likely", "needed", "central", "no plateau", "target"} <= words
    assert "off the chart" not in words
    assert check.problems(fig) == []


def test_cost_curve_refuses_what_it_cannot_draw() -> None:
    labels = {"unit": "", "x_label": "x", "y_label": "y", "target": (1.0, "t")}
    with pytest.raises(ParameterError, match="no column high"):
        saving_curve(CURVE.drop(columns="high"), **labels)
    with pytest.raises(ParameterError, match="at least 2 rows"):
        saving_curve(CURVE.head(1), **labels)
