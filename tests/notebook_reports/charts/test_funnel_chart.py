"""Funnel and XmR charts: what is named, what is not, and no faults."""

from __future__ import annotations

import numpy as np
import pytest

from notebook_reports.charts import check
from notebook_reports.charts.funnel import funnel_chart
from notebook_reports.charts.xmr import xmr_chart
from notebook_reports.errors import ParameterError
from policy_methods.funnel import funnel, funnel_normal
from policy_methods.spc import xmr


def test_only_followed_units_and_outliers_are_named() -> None:
    rng = np.random.default_rng(3)
    sizes = rng.integers(200, 4000, 230)
    events = rng.binomial(sizes, 0.3)
    events[7] = int(0.5 * sizes[7])
    units = [f"unit {i}" for i in range(230)]
    result = funnel(events, sizes, units=units)
    fig = funnel_chart(result, x_label="answers", y_label="share", follow=["unit 3"])
    named = {t.get_text() for t in fig.axes[0].texts if t.get_text().startswith("unit ")}
    assert {"unit 3", "unit 7"} <= named
    assert len(named) <= 7
    assert check.problems(fig) == []


def test_crowded_outliers_never_overlap() -> None:
    sizes = np.full(40, 1000)
    events = np.r_[np.full(20, 200), np.full(20, 400)]
    fig = funnel_chart(funnel(events, sizes), label_at_most=20)
    assert check.problems(fig) == []


@pytest.mark.parametrize(("smallest", "begins"), [(0.01, 0.0), (0.5, 0.4)])
def test_a_funnel_far_from_nought_has_no_empty_axis(smallest: float, begins: float) -> None:
    fig = funnel_chart(funnel_normal([1.0, 1.2, 1.1], [smallest, 0.7, 1.0]))
    assert fig.axes[0].get_xlim()[0] == pytest.approx(begins)


def test_normal_funnels_and_faults() -> None:
    fig = funnel_chart(funnel_normal([1.0, 1.2, 3.0], [0.1, 0.2, 0.1]), unit="", x_label="se")
    assert check.problems(fig) == []
    with pytest.raises(ParameterError, match="follow"):
        funnel_chart(funnel([1, 2], [5, 5]), follow=["x"])
    with pytest.raises(ParameterError, match="one target"):
        funnel_chart(funnel([1, 2], [5, 5], groups=["a", "b"]))


def test_xmr_charts_without_signals_target_or_variation() -> None:
    assert check.problems(xmr_chart(xmr([5.0] * 14), unit="", y_label="beds")) == []
    assert check.problems(xmr_chart(xmr([5, 6, 5, 7, 6, 5, 6, 5, 12, 6, 5, 6]))) == []
    signals = xmr_chart(xmr([5, 6, 5, 7, 6, 5, 6, 5, 40, 6, 5, 6]), y_label="beds")
    assert signals.axes[0].texts[0].get_text() == "Beds", "as where there is no signal"
    with pytest.raises(ParameterError, match="target"):
        xmr_chart(xmr([5, 6, 5, 7]), target="standard")
