"""Shares: Wilson intervals against published values, coverage, and implied counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from policy_methods.checks import check_confidence
from policy_methods.errors import ParameterError
from policy_methods.shares import implied_counts, wilson


def test_wilson_gives_newcombes_published_intervals() -> None:
    # Newcombe 1998, Statistics in Medicine 17:857, table I, method 3.
    result = wilson([81, 15, 0, 1], [263, 148, 20, 29])
    assert result.low == pytest.approx([0.2553, 0.0624, 0.0000, 0.0061], abs=5e-5)
    assert result.high == pytest.approx([0.3662, 0.1605, 0.1611, 0.1718], abs=5e-5)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_interval_holds_the_share_and_mirrors(pair: tuple[int, int]) -> None:
    count, total = pair
    one, other = wilson(count, total), wilson(total - count, total)
    assert 0 <= one.low[0] <= one.value[0] <= one.high[0] <= 1
    assert one.low[0] == pytest.approx(1 - other.high[0], abs=1e-12)


def test_coverage_averages_its_level_over_shares() -> None:
    # Exact, not simulated: Wilson is calibrated on average over the share, for any n.
    total = 60
    result = wilson(np.arange(total + 1), total, 0.9)
    truth = np.linspace(0.02, 0.98, 193)[:, None]
    inside = (result.low <= truth) & (truth <= result.high)
    coverage = (binom.pmf(np.arange(total + 1), total, truth) * inside).sum(axis=1)
    assert coverage.mean() == pytest.approx(0.9, abs=0.012)


def test_frame_carries_the_index_given() -> None:
    frame = wilson([1, 2], [4, 4]).to_frame(index=["a", "b"])
    assert frame.index.tolist() == ["a", "b"]
    assert frame["share"].tolist() == [0.25, 0.5]


@pytest.mark.parametrize(
    ("count", "total", "named"),
    [(3, 2, "count"), (-1, 2, "count"), (0.5, 2, "count"), (0, 0, "total"), (1, np.nan, "total")],
)
def test_impossible_counts_are_refused_by_name(count: float, total: float, named: str) -> None:
    with pytest.raises(ParameterError, match=named):
        wilson(count, total)


@pytest.mark.parametrize("level", [0, 0.49, 0.9995, 1, 95, -0.5, True, "0.95", float("nan")])
def test_a_level_outside_its_range_is_refused(level: object) -> None:
    with pytest.raises(ParameterError, match="confidence"):
        check_confidence(level)  # type: ignore[arg-type] # wrong types are the point


def test_rounded_percentages_imply_counts() -> None:
    found = implied_counts({"good": 44.8, "outstanding": 6.5}, range(225, 241))
    assert found.to_dict("records") == [
        {"total": 230, "good": 103, "outstanding": 15},
        {"total": 232, "good": 104, "outstanding": 15},
    ]
    for row in found.itertuples():
        assert round(100 * row.good / row.total, 1) == 44.8
        assert round(100 * row.outstanding / row.total, 1) == 6.5


def test_impossible_percentages_imply_nothing() -> None:
    assert implied_counts({"a": 33.3}, [10]).empty
    assert implied_counts({"a": 60.0, "b": 60.0}, [10]).empty
    with pytest.raises(ParameterError, match="published"):
        implied_counts({}, [10])
    with pytest.raises(ParameterError, match="0 to 100"):
        implied_counts({"a": 101.0}, [10])


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_true_count_is_always_among_the_implied(pair: tuple[int, int]) -> None:
    count, total = pair
    found = implied_counts({"x": round(100 * count / total, 1)}, [total])
    assert count in set(found["x"])
