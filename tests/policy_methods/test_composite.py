"""Composite indicators: by hand for each scale and mean, choices drawn together, Sobol' shares."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy_methods.composite import (
    CHOICES,
    composite,
    composite_uncertainty,
    leave_one_out,
    spearman,
)
from policy_methods.errors import ParameterError
from policy_methods.simulate import Distribution, sobol

HAND = pd.DataFrame({"a": [2.0, 4.0, 6.0, 8.0], "b": [10.0, 5.0, 20.0, 5.0]}, index=list("wxyz"))


@pytest.mark.parametrize(
    ("how", "a", "b"),
    [
        ("zscore", np.array([-3, -1, 1, 3]) * 0.15**0.5, np.array([0, -5, 10, -5]) * 0.02**0.5),
        ("minmax", [0, 1 / 3, 2 / 3, 1], [1 / 3, 0, 1, 0]),
        ("percentile", [0, 1 / 3, 2 / 3, 1], [2 / 3, 1 / 6, 1, 1 / 6]),
        ("rank", [1, 2, 3, 4], [3, 1.5, 4, 1.5]),
        ("distance", [0.25, 0.5, 0.75, 1], [0.5, 0.25, 1, 0.25]),
    ],
)
def test_each_scale_by_hand(how: str, a, b) -> None:
    result = composite(HAND, normalise=how)
    assert result.normalised["a"].to_numpy() == pytest.approx(np.array(a))
    assert result.normalised["b"].to_numpy() == pytest.approx(np.array(b))
    assert result.score.to_numpy() == pytest.approx((np.array(a) + np.array(b)) / 2)
    assert result.score.index.tolist() == list("wxyz")


@pytest.mark.parametrize(
    ("how", "value"),
    [
        ("arithmetic", (3 * 0.5 + 0.25) / 4),
        ("geometric", (0.5**3 * 0.25) ** 0.25),
        ("harmonic", 4 / (3 / 0.5 + 1 / 0.25)),
    ],
)
def test_each_mean_by_hand(how: str, value: float) -> None:
    result = composite(HAND, normalise="distance", aggregate=how, weights={"a": 3, "b": 1})
    assert result.score["x"] == pytest.approx(value)
    assert result.weights.tolist() == [0.75, 0.25]


def test_direction_turns_an_indicator() -> None:
    down = composite(HAND, normalise="minmax", directions={"b": -1}).normalised["b"]
    assert down.to_numpy() == pytest.approx([2 / 3, 1, 0, 1])
    ratio = composite(HAND, normalise="distance", directions={"b": -1}).normalised["b"]
    assert ratio.to_numpy() == pytest.approx([0.5, 1, 0.25, 1])


def test_two_levels_by_hand() -> None:
    table = HAND.assign(c=[0.0, 1.0, 0.5, 1.0])
    result = composite(
        table,
        normalise="minmax",
        parents={"a": "one", "b": "one", "c": "two"},
        weights={"a": 1, "b": 1, "c": 1, "one": 3, "two": 1},
    )
    assert result.groups.loc["y", "one"] == pytest.approx((2 / 3 + 1) / 2)
    assert result.score["y"] == pytest.approx(0.75 * (2 / 3 + 1) / 2 + 0.25 * 0.5)
    assert result.weights.tolist() == pytest.approx([0.375, 0.375, 0.25])


def test_missing_values_stop_or_are_treated_as_stated() -> None:
    table = HAND.copy()
    table.loc["x", "b"] = np.nan
    with pytest.raises(ParameterError, match=r"1 missing values in b.*reweight"):
        composite(table)
    kept = composite(table, normalise="minmax", missing="reweight")
    assert kept.score["x"] == pytest.approx(1 / 3)
    filled = composite(table, normalise="minmax", missing="mean")
    assert filled.score["x"] == pytest.approx((1 / 3 + (1 / 3 + 1 + 0) / 3) / 2)
    grouped = composite(
        table, normalise="rank", missing="reweight", parents={"a": "one", "b": "two"}
    )
    assert grouped.score["x"] == pytest.approx(2)


def test_ties_share_the_best_rank_and_a_flat_indicator_changes_nothing() -> None:
    table = pd.DataFrame({"a": [1.0, 3.0, 3.0, 2.0], "flat": 7.0})
    for how in ("zscore", "minmax", "percentile", "rank", "distance"):
        assert composite(table, normalise=how).rank.tolist() == [4, 1, 1, 3]


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_affine_changes_of_unit_leave_the_ranking(data: st.DataObject) -> None:
    rows = data.draw(st.integers(3, 8))
    numbers = st.lists(st.integers(0, 40), min_size=rows, max_size=rows)
    table = pd.DataFrame({c: np.array(data.draw(numbers), float) for c in "abc"})
    how = data.draw(st.sampled_from(["zscore", "minmax", "percentile", "rank"]))
    plain = composite(table, normalise=how)
    moved = composite(8 * table + 16, normalise=how)
    assert moved.rank.tolist() == plain.rank.tolist()
    order = np.array(data.draw(st.permutations(range(rows))))
    mixed = composite(table.iloc[order], normalise=how)
    assert mixed.rank.tolist() == plain.rank.iloc[order].tolist()


def test_leaving_out_an_indicator_without_weight_moves_nobody() -> None:
    table = leave_one_out(HAND.assign(c=[4.0, 1, 2, 3]), weights=[1, 1, 0])
    row = table.set_index("left_out").loc["c"]
    assert (row["mean_shift"], row["max_shift"], row["spearman"]) == (0, 0, pytest.approx(1))


@pytest.fixture(scope="module")
def indicators() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    base = rng.normal(size=(60, 1))
    return pd.DataFrame(50 + base + rng.normal(size=(60, 4)), columns=list("abcd"))


def test_choices_are_drawn_together_and_the_seed_repeats_them(indicators: pd.DataFrame) -> None:
    first = composite_uncertainty(indicators, se=np.full((60, 4), 0.3), draws=400, seed=9)
    again = composite_uncertainty(indicators, se=np.full((60, 4), 0.3), draws=400, seed=9)
    assert np.array_equal(first.ranks, again.ranks)
    assert first.ranks.shape == (400, 60)
    assert first.drawn["normalisation"].nunique() == 4
    assert first.drawn["aggregation"].nunique() == 2
    assert set(first.drawn["left_out"]) == {"", "a", "b", "c", "d"}
    table = first.to_frame()
    assert (table["low"] <= table["median"]).all()
    assert (table["median"] <= table["high"]).all()
    assert first.nominal.rank.equals(composite(indicators).rank)


def test_without_any_choice_every_draw_is_the_nominal_ranking(indicators: pd.DataFrame) -> None:
    fixed = composite_uncertainty(
        indicators,
        normalise=["zscore"],
        aggregate=["arithmetic"],
        concentration=math.inf,
        leave_out=False,
        draws=50,
    )
    assert np.all(fixed.ranks == fixed.nominal.rank.to_numpy())
    assert np.all(fixed.mean_shift == 0)


def test_sampling_error_alone_moves_ranks_as_much_as_drawing_again(indicators) -> None:
    se = 0.5
    alone = composite_uncertainty(
        indicators[["a"]],
        se=np.full((60, 1), se),
        normalise=["zscore"],
        aggregate=["arithmetic"],
        draws=2000,
    )
    rng = np.random.default_rng(1)
    noisy = indicators["a"].to_numpy() + se * rng.standard_normal((2000, 60))
    direct = (-noisy).argsort(axis=1).argsort(axis=1) + 1
    at = alone.nominal.rank.to_numpy()
    assert alone.mean_shift.mean() == pytest.approx(np.abs(direct - at).mean(), rel=0.03)


def test_sobol_shares_by_choice(indicators: pd.DataFrame) -> None:
    result = composite_uncertainty(
        indicators, se=np.full((60, 4), 2.0), normalise=["zscore"], draws=50, sobol_draws=64
    )
    share = result.sobol.set_index("input")
    assert set(share.index) == set(CHOICES)
    assert share.loc["normalisation", "total"] == 0
    assert share["total"].between(-0.2, 1.6).all()


def test_ishigami_through_the_same_path() -> None:
    """Known indices of the Ishigami function (a = 7, b = 0.1): 0.3139, 0.4424, 0."""
    bounds = Distribution("uniform", (-math.pi, math.pi))

    def ishigami(x):
        wave = np.sin(x["x1"]) + 7 * np.sin(x["x2"]) ** 2
        return {"y": wave + 0.1 * x["x3"] ** 4 * np.sin(x["x1"])}

    table = sobol(ishigami, dict.fromkeys(("x1", "x2", "x3"), bounds), "y", base_draws=2048)
    share = table.set_index("input")
    first, total = share["first_order"], share["total"]
    assert first[["x1", "x2", "x3"]].tolist() == pytest.approx([0.3139, 0.4424, 0.0], abs=0.03)
    assert total[["x1", "x2", "x3"]].tolist() == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.03)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"normalise": "borda"}, r"normalise.*zscore"),
        ({"aggregate": "median"}, r"aggregate.*geometric"),
        ({"aggregate": "geometric"}, r"negative numbers.*minmax"),
        ({"weights": {"a": -1, "b": 2}}, "zero or more"),
        ({"weights": {"a": 0, "b": 0}}, "not all zero"),
        ({"weights": {"a": 1}}, "every indicator or none"),
        ({"weights": {"q": 1}}, "not in the table"),
        ({"weights": [1, 2, 3]}, "one number for each"),
        ({"directions": {"a": 2}}, "1 or -1"),
        ({"directions": {"q": 1}}, "not in the table"),
        ({"parents": {"a": "one"}}, "group of each"),
        ({"missing": "drop"}, r"missing.*reweight"),
        ({"rescale": (1.0, 0.0)}, "rising"),
    ],
)
def test_bad_arguments_are_named(change: dict, says: str) -> None:
    with pytest.raises(ParameterError, match=says):
        composite(HAND, **change)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (HAND.iloc[:2], "at least 3 units"),
        (HAND.assign(b="x"), "numbers only"),
        (HAND.assign(b=np.inf), "finite"),
        (HAND.assign(b=np.nan), "without any value"),
        (HAND.to_numpy(), "DataFrame"),
    ],
)
def test_bad_tables_are_named(data, says: str) -> None:
    with pytest.raises(ParameterError, match=says):
        composite(data, missing="reweight")


def test_distance_needs_positive_numbers() -> None:
    with pytest.raises(ParameterError, match="above zero"):
        composite(HAND - 4, normalise="distance")


def test_rank_correlation() -> None:
    assert spearman([1, 2, 3, 4], [1, 4, 2, 3]) == pytest.approx(0.4)
    assert spearman([1, 1, 1], [1, 2, 3]) == 0
