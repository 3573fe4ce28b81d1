"""Markov projection: limits, hand-computed chains, invariants, coverage."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import beta

from policy_methods.errors import ParameterError
from policy_methods.markov import markov_projection, standardised_change


def test_many_counts_give_the_chain_itself() -> None:
    counts = np.array([[9, 1], [3, 7]]) * 1_000_000
    found = markov_projection(counts, start=[0, 1], steps=2, draws=200)
    assert found.path["share"].to_numpy() == pytest.approx([0, 1, 0.3, 0.7, 0.48, 0.52], abs=1e-3)


def test_one_step_of_a_row_has_the_dirichlet_interval() -> None:
    # Starting all in one row, one step is that row's posterior: here a Beta(8.5, 2.5).
    found = markov_projection([[8, 2], [0, 0]], start=[5, 0], steps=1, draws=40_000, seed=2)
    row = found.path.query("step == 1 and category == 1").iloc[0]
    assert row["share"] == pytest.approx(8.5 / 11, abs=0.003)
    assert [row["low"], row["high"]] == pytest.approx(beta(8.5, 2.5).interval(0.95), abs=0.01)
    assert found.monte_carlo_error < 0.003


def test_nobody_ever_left_and_a_single_category() -> None:
    still = markov_projection(np.diag([10, 0, 0, 10]), steps=3)
    assert not still.to_frame().isna().any(axis=None)
    one = markov_projection([[4]], steps=2)
    assert one.path["share"].tolist() == [1.0, 1.0, 1.0]


def test_labels_come_from_the_frame_and_the_seed_settles_it() -> None:
    table = pd.DataFrame([[3, 1], [1, 5]], index=["low", "high"], columns=["low", "high"])
    one, two = markov_projection(table, seed=5), markov_projection(table, seed=5)
    pd.testing.assert_frame_equal(one.to_frame(), two.to_frame())
    assert one.path["category"].unique().tolist() == ["low", "high"]


@settings(max_examples=25, deadline=None)
@given(hnp.arrays(np.int64, (3, 3), elements=st.integers(0, 40)))
def test_shares_are_shares(counts: np.ndarray) -> None:
    found = markov_projection(counts, start=[1, 1, 1], steps=3, draws=150)
    totals = found.path.groupby("step")["share"].sum()
    assert totals.to_numpy() == pytest.approx(np.ones(4))
    assert (found.path["low"] <= found.path["high"] + 1e-12).all()
    assert found.path["low"].min() >= 0
    assert found.path["high"].max() <= 1


def test_intervals_cover_the_true_next_share() -> None:
    truth = np.array([[0.7, 0.3, 0.0], [0.1, 0.8, 0.1], [0.0, 0.2, 0.8]])
    start = np.array([30, 60, 30])
    target = (start / start.sum()) @ truth
    rng = np.random.default_rng(11)
    covered = np.zeros(3)
    for _ in range(200):
        counts = np.array([rng.multinomial(n, p) for n, p in zip(start, truth, strict=True)])
        path = markov_projection(counts, start, 1, draws=400, seed=rng).path.query("step == 1")
        covered += (path["low"].to_numpy() <= target) & (target <= path["high"].to_numpy())
    assert covered / 200 == pytest.approx(np.full(3, 0.95), abs=0.05)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"counts": [[1, 2]]}, "counts"),
        ({"counts": [[-1]]}, "counts"),
        ({"counts": [[0, 0], [0, 0]]}, "start"),
        ({"counts": [[1]], "start": [1, 2]}, "start"),
        ({"counts": [[1]], "steps": 0}, "steps"),
        ({"counts": [[1]], "draws": 10}, "draws"),
        ({"counts": [[1]], "prior": 0.0}, "prior"),
        ({"counts": [[1]], "confidence": 1.2}, "confidence"),
    ],
)
def test_bad_arguments_are_named(arguments: dict[str, object], named: str) -> None:
    with pytest.raises(ParameterError, match=named):
        markov_projection(**arguments)  # type: ignore[arg-type] # wrong values are the point


def test_combined_categories_add_up() -> None:
    found = markov_projection([[8, 2, 0], [1, 9, 1], [0, 1, 5]], steps=2, combine={"upper": [2, 3]})
    share = found.path.query("step == 2").set_index("category")["share"]
    assert share["upper"] == pytest.approx(share[2] + share[3])
    with pytest.raises(ParameterError, match="combine"):
        markov_projection([[1]], combine={"upper": ["x"]})


def test_standardised_change_by_hand() -> None:
    # Selected: 3 of 4 low ones rose, 2 of 20 high ones fell; the population is 40 and 60.
    found = standardised_change([[1, 3], [2, 18]], [40, 60])
    assert found.low == found.high == pytest.approx(0.4 * 0.75 - 0.6 * 0.1)
    assert found.unknown == ()
    assert found.to_frame().loc[0, "low"] == found.low


def test_standardised_change_is_bounded_by_what_was_hardly_seen() -> None:
    # The lower half, not seen at all, may stay or rise; it can't fall.
    found = standardised_change([[0, 0], [5, 5]], [50, 50])
    assert (found.low, found.high, found.unknown) == (-0.25, 0.25, (0,))
    # One seen and fallen has fallen; the others may or may not.
    seen = standardised_change([[0, 0], [1, 0]], [0, 10], least=2)
    assert (seen.low, seen.high, seen.unknown) == (-1.0, -0.1, (1,))
    with pytest.raises(ParameterError, match="units selected"):
        standardised_change([[0, 0], [5, 5]], [0, 9])
    # Ratings of 2018/19: 1 of 18 outstanding trusts was visited, and stayed; the others decide.
    again = [[1, 3, 1, 0], [2, 22, 11, 0], [0, 6, 24, 3], [0, 0, 0, 1]]
    rated = standardised_change(again, [8, 91, 109, 18], least=5)
    by_hand = 8 * 4 / 5 + 91 * (11 - 2) / 35 + 109 * (3 - 6) / 33
    assert [rated.low, rated.high] == pytest.approx([(by_hand - 17) / 226, by_hand / 226])
    assert [round(100 * rated.low, 1), round(100 * rated.high, 1)] == [1.3, 8.8]
    with pytest.raises(ParameterError, match="population"):
        standardised_change([[0, 0], [5, 5]], [0, 0])
    with pytest.raises(ParameterError, match="population"):
        standardised_change([[1]], [1, 2])
    with pytest.raises(ParameterError, match="counts"):
        standardised_change([[1, 2]], [1])


def test_standardising_to_the_selected_changes_nothing() -> None:
    table = np.array([[4, 3, 1], [2, 22, 11], [0, 6, 24]])
    found = standardised_change(table, table.sum(axis=1))
    assert found.low == found.high == pytest.approx((15 - 8) / table.sum())
