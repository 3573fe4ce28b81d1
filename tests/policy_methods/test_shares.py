"""Shares: Wilson intervals against published values, coverage, and implied counts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, fisher_exact

from policy_methods.checks import check_confidence
from policy_methods.errors import ParameterError
from policy_methods.shares import (
    group_differences,
    holm,
    implied_counts,
    paired_shares,
    wilson,
)
from policy_methods.transitions import paired_ordinal_table


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


def test_group_differences_give_newcombes_published_interval() -> None:
    # Newcombe 1998, Statistics in Medicine 17:873, table II, method 10: 56/70 and 48/80.
    found = group_differences([56, 48], [70, 80]).table
    one, other = found.to_dict("records")
    assert [one["low"], one["high"]] == pytest.approx([0.0524, 0.3339], abs=5e-5)
    assert [other["low"], other["high"]] == pytest.approx([-0.3339, -0.0524], abs=5e-5)
    expected = float(fisher_exact([[56, 14], [48, 32]]).pvalue)
    assert [one["pvalue"], other["pvalue"]] == pytest.approx([expected, expected])
    two = group_differences([56, 48], [70, 80]).pvalue
    assert two == pytest.approx(one["pvalue"])


def test_small_groups_take_part_in_the_overall_test_only() -> None:
    found = group_differences([77, 7, 13, 36], [146, 10, 18, 52], least=20)
    assert found.table["pvalue"].notna().tolist() == [True, False, False, True]
    assert found.table.loc[0, "others"] == 7 + 13 + 36
    assert found.pvalue == pytest.approx(0.096, abs=0.01)
    again = group_differences([77, 7, 13, 36], [146, 10, 18, 52], least=20)
    assert again.pvalue == found.pvalue
    assert group_differences([20, 30, 9], [20, 30, 9]).pvalue == 1.0
    with pytest.raises(ParameterError, match="two groups"):
        group_differences([1], [2])


def test_the_overall_test_of_groups_keeps_its_size() -> None:
    rng = np.random.default_rng(5)
    totals = np.array([30, 12, 8, 20])
    rejected = [
        group_differences(rng.binomial(totals, 0.6), totals, seed=rng).pvalue < 0.05
        for _ in range(120)
    ]
    assert np.mean(rejected) < 0.05 + 2 * np.sqrt(0.05 * 0.95 / 120)


def test_differences_of_groups_keep_their_level() -> None:
    rng = np.random.default_rng(3)
    totals, shares = np.array([52, 174]), np.array([0.7, 0.55])
    covered = []
    for _ in range(200):
        row = group_differences(rng.binomial(totals, shares), totals, seed=rng).table.iloc[0]
        covered.append(row["low"] <= shares[0] - shares[1] <= row["high"])
    assert np.mean(covered) == pytest.approx(0.95, abs=2 * np.sqrt(0.95 * 0.05 / 200))


def test_holm_by_hand() -> None:
    assert holm([0.021484375, 0.125, 0.5, 0.7265625]) == pytest.approx([0.0859375, 0.375, 1.0, 1.0])
    assert holm([0.3]) == pytest.approx([0.3])
    with pytest.raises(ParameterError, match="pvalues"):
        holm([0.5, 1.5])


def test_a_paired_difference_has_the_interval_of_moves_up_and_down() -> None:
    # That it inverts the score test is held where moves are tested.
    held = pd.DataFrame(
        {"a": [True] * 12 + [False] * 2 + [True] * 36, "b": [False] * 12 + [True] * 38}
    )
    row = paired_shares(held).table.iloc[0]
    assert (row["first_only"], row["second_only"], row["difference"]) == (12, 2, 0.2)
    moves = paired_ordinal_table([[18, 12], [2, 18]]).effect_size()
    assert (row["low"], row["high"]) == (moves.low, moves.high)
    assert row["pvalue"] == pytest.approx(2 * binom.cdf(2, 14, 0.5))


def test_paired_shares_of_three_are_adjusted_and_tested_at_once() -> None:
    held = pd.DataFrame({"a": [True] * 9 + [False], "b": [False] * 10, "c": [False] * 10})
    found = paired_shares(held)
    assert found.n == 10
    # By hand: Cochran's Q is 18 on 2 degrees of freedom.
    assert found.pvalue == pytest.approx(np.exp(-9))
    assert found.table["adjusted"].tolist() == pytest.approx([3 / 2**8, 3 / 2**8, 1.0])
    alike = paired_shares(held[["b", "c"]])
    assert (alike.pvalue, alike.table.loc[0, "pvalue"]) == (1.0, 1.0)
    for wrong in (held.iloc[:0], held[["a"]], held.astype(int)):
        with pytest.raises(ParameterError, match="held"):
            paired_shares(wrong)
