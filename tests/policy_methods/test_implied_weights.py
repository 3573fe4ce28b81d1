"""Weights that a published composite implies: by hand, recovered, and where trusts differ."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from policy_methods.composite import (
    implied_weights,
    metric_ratios,
    spearman_interval,
    weights_by_group,
)
from policy_methods.errors import ParameterError

NAMES = list("abcde")


def made_up(count: int, seed: int, numbers: np.ndarray) -> tuple[pd.DataFrame, pd.Series]:
    """Return rounded parts and wholes of units with known numbers of metrics."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(1, 4, (count, len(NAMES)))
    own = numbers / numbers.sum(axis=-1, keepdims=True)
    whole = pd.Series((own * x).sum(axis=1).round(2))
    return pd.DataFrame(x.round(2), columns=NAMES), whole


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 8), min_size=5, max_size=5), st.integers(0, 10**6))
def test_one_set_of_numbers_is_found_again(numbers: list[int], seed: int):
    counts = np.array(numbers)
    parts, whole = made_up(100, seed, counts)
    found = implied_weights(parts, whole, draws=0)
    assert np.allclose(found.weights, counts / counts.sum(), atol=0.003)
    assert found.total == pytest.approx(1, abs=0.01)
    assert found.within.mean() > 0.95
    if counts.sum() <= 20:
        ratio = counts // np.gcd.reduce(counts)
        first = metric_ratios(parts, whole).iloc[0]
        assert first["units"] >= 99
        assert np.abs(first[NAMES] / first[NAMES].sum() - ratio / ratio.sum()).max() < 0.02


def test_a_part_without_weight_gets_none_and_never_less():
    parts = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0, 1.5], "b": [4.0, 1.0, 2.0, 2.0, 3.5]})
    found = implied_weights(parts, parts["a"] - 0.01 * parts["b"])
    assert found.weights["b"] == 0
    assert found.weights["a"] == 1
    assert (found.low >= 0).all()


def test_units_of_two_kinds_are_told_apart_and_left_unexplained():
    numbers = np.array([[8, 3, 2, 2, 2]] * 60 + [[3, 2, 2, 4, 3]] * 40)
    parts, whole = made_up(100, 1, numbers)
    found = implied_weights(parts, whole)
    assert found.within.mean() < 0.3
    ratios = metric_ratios(parts, whole)
    assert sorted(map(tuple, ratios[NAMES].to_numpy()[:2].tolist())) == sorted(
        [(8, 3, 2, 2, 2), (3, 2, 2, 4, 3)]
    )
    kinds = pd.Series(["one"] * 60 + ["other"] * 40)
    by, chance = weights_by_group(parts, whole, kinds)
    assert chance == pytest.approx(1 / 200)
    assert by["units"].tolist() == [60, 40]
    assert np.allclose(by.loc["one", NAMES].astype(float), numbers[0] / 17, atol=0.005)


def test_kinds_at_random_are_seldom_told_apart():
    parts, whole = made_up(100, 2, np.array([8, 3, 2, 2, 2]))
    chances = []
    for seed in range(40):
        kinds = pd.Series(np.random.default_rng(seed).integers(0, 3, 100))
        chances.append(weights_by_group(parts, whole, kinds, draws=39, seed=seed)[1])
    assert np.mean(np.array(chances) <= 0.05) <= 0.15


def test_what_lacks_a_part_is_left_out():
    parts, whole = made_up(50, 3, np.array([8, 3, 2, 2, 2]))
    found = implied_weights(parts, whole, draws=0)
    parts.loc[0, "a"] = np.nan
    again = implied_weights(parts, whole, draws=0)
    assert len(again.residual) == len(found.residual) - 1
    assert np.allclose(again.weights, found.weights, atol=0.002)


@pytest.mark.parametrize(
    ("change", "name"),
    [({"rounding": -1}, "rounding"), ({"draws": -1}, "draws"), ({"confidence": 1}, "confidence")],
)
def test_settings_that_make_no_sense_are_refused(change: dict[str, float], name: str):
    parts, whole = made_up(50, 3, np.array([8, 3, 2, 2, 2]))
    with pytest.raises(ParameterError, match=name):
        implied_weights(parts, whole, **change)


def test_too_few_units_are_refused():
    parts, whole = made_up(5, 3, np.array([8, 3, 2, 2, 2]))
    with pytest.raises(ParameterError, match="more units with every part"):
        metric_ratios(parts, whole)


def test_the_interval_of_a_rank_correlation():
    rng = np.random.default_rng(4)
    first = rng.normal(size=60)
    second = first + rng.normal(size=60)
    rho, low, high = spearman_interval(first, second)
    assert rho == pytest.approx(spearmanr(first, second).statistic)
    # by hand: atanh(rho) ± 1.96 sqrt((1 + rho²/2) / 57)
    half = 1.959964 * np.sqrt((1 + rho**2 / 2) / 57)
    assert (low, high) == pytest.approx(tuple(np.tanh(np.arctanh(rho) + half * np.array([-1, 1]))))


def test_intervals_of_rank_correlations_hold_the_truth_about_as_often_as_said():
    rng = np.random.default_rng(5)
    truth = 6 / np.pi * np.arcsin(0.6 / 2)  # of a normal pair correlated at 0.6
    held = 0
    for _ in range(400):
        x, e = rng.normal(size=(2, 129))
        _, low, high = spearman_interval(x, 0.6 * x + 0.8 * e)
        held += low <= truth <= high
    assert 0.92 <= held / 400 <= 0.98
