"""Charts that seaborn draws: that it does, on our own axes, exactly what it is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import seaborn as sns
from matplotlib.collections import PathCollection, QuadMesh

from notebook_reports.charts import check
from notebook_reports.charts.distributions import simulated
from notebook_reports.charts.heatmap import class_map, heatmap
from notebook_reports.charts.transitions import age_strips
from notebook_reports.errors import ParameterError

COUNTS = pd.DataFrame([[10, 2], [3, np.nan], [7, 1]], index=["x", "y", "z"], columns=["a", "b"])
GRADES = pd.DataFrame({"a": ["high", None], "b": ["low", "middle"]}, index=["x", "y"])
AGES = pd.DataFrame(
    {"kind": ["new", "old", "new", "old", "new"], "years": [0.5, 9.0, 2.5, 3.0, np.nan]}
)
DRAWS = np.random.default_rng(1).normal(10, 3, 2_000)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record which functions of seaborn draw, on whose axes."""
    seen: list[str] = []

    def recorded(name: str, draw: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, ax: Any, **options: Any) -> Any:
            seen.append(name)
            return draw(*args, ax=ax, **options)

        return call

    for name in ("heatmap", "stripplot", "histplot", "kdeplot"):
        monkeypatch.setattr(sns, name, recorded(name, getattr(sns, name)))
    return seen


def test_a_heat_map_fills_each_cell_by_its_number(calls: list[str]) -> None:
    fig = heatmap(COUNTS)
    (mesh,) = (c for c in fig.axes[0].collections if isinstance(c, QuadMesh))
    np.testing.assert_array_equal(
        np.ma.filled(mesh.get_array(), np.nan).reshape(COUNTS.shape), COUNTS
    )
    assert [t.get_text() for t in fig.axes[0].texts] == ["10", "2", "3", "7", "1"]
    assert calls == ["heatmap"]


def test_a_class_map_fills_each_cell_by_its_class(calls: list[str]) -> None:
    fig = class_map(GRADES, classes=["high", "middle", "low"])
    (mesh,) = (c for c in fig.axes[0].collections if isinstance(c, QuadMesh))
    assert np.ma.filled(mesh.get_array(), -1).ravel().tolist() == [0, 2, -1, 1]
    assert calls == ["heatmap"]


def test_strips_put_each_dot_at_its_age_in_its_group(calls: list[str]) -> None:
    fig = age_strips(AGES, group="kind", age="years", limits={"new": 1.0})
    strips = [c for c in fig.axes[0].collections if isinstance(c, PathCollection)]
    drawn = sorted(
        (round(y), x) for c in strips for x, y in np.asarray(c.get_offsets()) if np.isfinite(x)
    )
    assert drawn == [(0, 0.5), (0, 2.5), (1, 3.0), (1, 9.0)]
    assert calls == ["stripplot", "stripplot"]
    assert check.problems(fig) == []


def test_simulated_bars_are_shares_of_the_draws_parted_at_the_target(calls: list[str]) -> None:
    fig = simulated(DRAWS, target=(12.0, "wanted"), unit="GBP m", x_label="saving")
    ax = fig.axes[0]
    bars = [(p.get_x(), p.get_width(), p.get_height() * p.get_width()) for p in ax.patches]
    assert sum(area for _, _, area in bars) == pytest.approx(1)
    above = sum(area for x, _, area in bars if x > 12 - 1e-9)
    assert above == pytest.approx((DRAWS >= 12).mean())
    for left, width, _ in bars:
        inside = np.histogram(DRAWS, [left, left + width])[0][0] / len(DRAWS)
        both = sum(area for x, _, area in bars if x == pytest.approx(left))
        assert both == pytest.approx(inside)
    (curve,) = (line for line in ax.lines if len(line.get_xdata()) > 2)
    x, y = curve.get_data()
    assert (x.min(), x.max()) == pytest.approx((DRAWS.min(), DRAWS.max()))
    assert np.trapezoid(y, x) == pytest.approx(1, abs=0.01)
    assert calls == ["histplot", "kdeplot"]
    assert check.problems(fig) == []


@pytest.mark.parametrize("draws", [[3.0], [3.0, 3.0, 3.0], [1.0, 9.0]])
def test_few_draws_are_drawn_as_well(draws: list[float]) -> None:
    fig = simulated(draws, target=(5.0, "wanted"))
    area = sum(p.get_width() * p.get_height() for p in fig.axes[0].patches)
    assert area == pytest.approx(1)
    assert check.problems(fig) == []


def test_mistakes_are_named() -> None:
    with pytest.raises(ParameterError, match="finite"):
        simulated([1.0, np.nan], target=(1.0, "wanted"))


def test_nothing_outside_the_figure_changes() -> None:
    assert mpl.rcParams["backend"]  # chosen by the first who asks
    settings, chance = mpl.rcParams.copy(), np.random.get_state()  # noqa: NPY002  # must not move
    heatmap(COUNTS)
    age_strips(AGES, group="kind", age="years")
    simulated(DRAWS, target=(12.0, "wanted"))
    assert plt.get_fignums() == []
    assert mpl.rcParams == settings
    np.testing.assert_equal(np.random.get_state(), chance)  # noqa: NPY002
