"""Rank confidence sets: against published values, by hand, by simulation, by invariants."""

from __future__ import annotations

import math
import tracemalloc
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate
from scipy.special import ndtr, ndtri

from policy_methods.errors import ParameterError
from policy_methods.ranking import (
    boundary_doubt,
    expected_ranks,
    joint_rank_region,
    rank_confidence_sets,
    rank_set_coverage,
)
from policy_methods.ranking.quadrature import MarginalCritical, studentised_range


@pytest.fixture(scope="module")
def made_up() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(11)
    se = np.exp(rng.uniform(-1.5, 0.5, 40)) * 0.3
    return rng.normal(0, 0.6, 40) + se * rng.standard_normal(40), se


def test_marginal_sets_match_the_reference_exactly(reference_dir: Path) -> None:
    ref = pd.read_csv(reference_dir / "rank_sets_51.csv")
    sets = rank_confidence_sets(ref["estimate"], ref["se"])
    assert sets.rank.tolist() == ref["rank"].tolist()
    assert sets.lower.tolist() == ref["marginal_lower"].tolist()
    assert sets.upper.tolist() == ref["marginal_upper"].tolist()
    assert sets.critical_value_error == 0
    assert sets.draws is None


def test_simultaneous_sets_match_the_reference_within_the_error_of_c(reference_dir: Path) -> None:
    ref = pd.read_csv(reference_dir / "rank_sets_51.csv")
    sets = rank_confidence_sets(ref["estimate"], ref["se"], kind="simultaneous", draws=200_000)
    assert np.abs(sets.lower - ref["simultaneous_lower"]).max() <= 1
    assert np.abs(sets.upper - ref["simultaneous_upper"]).max() <= 1
    assert 0 < sets.critical_value_error < 0.01


def test_equal_errors_use_the_studentised_range(reference_dir: Path) -> None:
    for row in pd.read_csv(reference_dir / "qtukey.csv").itertuples():
        assert studentised_range(int(row.p), 0.95) == pytest.approx(row.critical_value, abs=1e-6)
    sets = rank_confidence_sets(
        np.arange(10.0), np.full(10, 2.5), kind="simultaneous", stepdown=False
    )
    assert sets.critical_value == pytest.approx(3.16368375, abs=1e-6)
    assert sets.critical_value_error == 0


def test_two_units_are_one_test() -> None:
    # One difference, two directions: the largest of both is the absolute value.
    c = float(ndtri(0.975))
    gap = c * math.hypot(0.3, 0.4)
    near = rank_confidence_sets([0.999 * gap, 0.0], [0.3, 0.4])
    apart = rank_confidence_sets([1.001 * gap, 0.0], [0.3, 0.4], stepdown=False)
    assert near.critical_value == pytest.approx([c, c], abs=1e-8)
    assert (near.lower.tolist(), near.upper.tolist()) == ([1, 1], [2, 2])
    assert (apart.lower.tolist(), apart.upper.tolist()) == ([1, 2], [1, 2])


def brute_probability(se: np.ndarray, i: int, c: float, better: np.ndarray, worse: np.ndarray):
    others = np.flatnonzero(better | worse)
    sigma = np.hypot(se[i], se[others])

    def density(z: float) -> float:
        high = ndtr((se[i] * z + c * sigma) / se[others])
        low = ndtr((se[i] * z - c * sigma) / se[others])
        chance = np.where(better[others], high, 1.0) - np.where(worse[others], low, 0.0)
        return math.exp(-z * z / 2) / math.sqrt(2 * math.pi) * float(np.prod(chance))

    edges = np.linspace(-9, 9, 73)
    return sum(integrate.quad(density, a, b, epsabs=1e-12)[0] for a, b in pairwise(edges))


@pytest.mark.parametrize("spread", [0.0, 0.4, 1.5, 3.0])
def test_quadrature_agrees_with_adaptive_integration(spread: float) -> None:
    rng = np.random.default_rng(3)
    se = np.exp(rng.uniform(-spread, spread, 45))
    others = ~np.eye(45, dtype=bool)
    better, worse = others & (rng.random((45, 45)) < 0.8), others & (rng.random((45, 45)) < 0.6)
    units = np.array([int(se.argmin()), int(se.argmax()), 20])
    solver = MarginalCritical(se)
    c = solver.solve(units, better[units], worse[units], 0.95)
    for k, i in enumerate(units):
        exact = brute_probability(se, int(i), float(c[k]), better[i], worse[i])
        assert exact == pytest.approx(0.95, abs=2e-7)


@pytest.mark.parametrize("kind", ["marginal", "simultaneous"])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_permuting_shifting_and_scaling_change_nothing(kind: str, data: st.DataObject) -> None:
    p = data.draw(st.integers(3, 14))
    x = np.array(data.draw(st.lists(st.integers(-50, 50), min_size=p, max_size=p)), float)
    se = np.array(data.draw(st.lists(st.integers(0, 30), min_size=p, max_size=p)), float)
    order = np.array(data.draw(st.permutations(range(p))))
    shift = data.draw(st.sampled_from([-1000.0, 0.0, 64.0]))
    scale = data.draw(st.sampled_from([0.25, 1.0, 1024.0]))
    plain = rank_confidence_sets(x, se, kind=kind, draws=2000)
    moved = rank_confidence_sets(scale * (x + shift), scale * se, kind=kind, draws=2000)
    assert np.all(plain.lower <= plain.rank)
    assert np.all(plain.rank <= plain.upper)
    assert moved.lower.tolist() == plain.lower.tolist()
    assert moved.upper.tolist() == plain.upper.tolist()
    turned = rank_confidence_sets(-x, se, kind=kind, higher_is_better=False, draws=2000)
    assert turned.lower.tolist() == plain.lower.tolist()
    if kind == "marginal":  # simulated critical values see other draws in another order
        mixed = rank_confidence_sets(x[order], se[order])
        assert mixed.rank.tolist() == plain.rank[order].tolist()
        assert mixed.lower.tolist() == plain.lower[order].tolist()
        assert mixed.upper.tolist() == plain.upper[order].tolist()


def test_permuting_the_simultaneous_kind_moves_c_within_its_error(made_up) -> None:
    x, se = made_up
    order = np.random.default_rng(5).permutation(len(x))
    plain = rank_confidence_sets(x, se, kind="simultaneous", stepdown=False)
    mixed = rank_confidence_sets(x[order], se[order], kind="simultaneous", stepdown=False)
    error = math.hypot(plain.critical_value_error, mixed.critical_value_error)
    assert abs(plain.critical_value - mixed.critical_value) < 4 * error
    assert np.abs(mixed.lower - plain.lower[order]).max() <= 1


def test_step_down_and_one_side_only_narrow(made_up) -> None:
    x, se = made_up
    for kind in ("marginal", "simultaneous"):
        two = rank_confidence_sets(x, se, kind=kind)
        single = rank_confidence_sets(x, se, kind=kind, stepdown=False)
        low = rank_confidence_sets(x, se, kind=kind, sides="lower")
        up = rank_confidence_sets(x, se, kind=kind, sides="upper")
        assert np.all(single.lower <= two.lower)
        assert np.all(single.upper >= two.upper)
        assert np.all(low.lower >= two.lower)
        assert set(low.upper) == {len(x)}
        assert np.all(up.upper <= two.upper)
        assert set(up.lower) == {1}
    wide = rank_confidence_sets(x, se, kind="simultaneous")
    assert np.all(wide.lower <= rank_confidence_sets(x, se).lower)


def test_a_diagonal_covariance_is_independence_and_a_full_one_is_simulated(made_up) -> None:
    x, se = made_up
    exact = rank_confidence_sets(x, se)
    diagonal = rank_confidence_sets(x, covariance=np.diag(se**2))
    assert diagonal.lower.tolist() == exact.lower.tolist()
    assert diagonal.draws is None
    tiny = np.diag(se**2) + 1e-12 * (1 - np.eye(len(x)))
    for kind in ("marginal", "simultaneous"):
        free = rank_confidence_sets(x, se, kind=kind)
        full = rank_confidence_sets(x, covariance=tiny, kind=kind, draws=20_000)
        assert full.draws == 20_000
        assert np.max(np.abs(full.critical_value - free.critical_value)) < 0.08
        assert np.abs(full.lower - free.lower).max() <= 2


def test_a_common_error_cancels_out_of_every_difference(made_up) -> None:
    x, se = made_up
    full = rank_confidence_sets(
        x, covariance=np.diag(se**2) + 4.0, kind="simultaneous", draws=20_000
    )
    free = rank_confidence_sets(x, se, kind="simultaneous", draws=20_000)
    assert np.abs(full.lower - free.lower).max() <= 1
    assert np.abs(full.upper - free.upper).max() <= 1


def test_perfectly_correlated_units_are_ranked_for_certain() -> None:
    sets = rank_confidence_sets([3.0, 1.0, 2.0], covariance=np.ones((3, 3)))
    assert sets.lower.tolist() == sets.upper.tolist() == [1, 3, 2]
    assert np.all(sets.critical_value == 0)


def test_exactly_known_units() -> None:
    certain = rank_confidence_sets([3.0, 1.0, 2.0], 0.0)
    assert certain.lower.tolist() == certain.upper.tolist() == [1, 3, 2]
    assert certain.critical_value.tolist() == [0, 0, 0]
    mixed = rank_confidence_sets([3.0, 1.0, 2.0, 2.9], [0, 0, 0, 0.1])
    assert mixed.lower.tolist() == [1, 4, 3, 1]
    assert mixed.upper.tolist() == [2, 4, 3, 2]


def test_equal_scores_share_the_best_rank_and_span_the_table() -> None:
    sets = rank_confidence_sets(np.ones(6), 0.1)
    assert sets.rank.tolist() == [1] * 6
    assert sets.lower.tolist() == [1] * 6
    assert sets.upper.tolist() == [6] * 6
    assert sets.width.tolist() == [6] * 6
    assert rank_confidence_sets([2.0, 5.0, 5.0, 1.0], 0.1).rank.tolist() == [3, 1, 1, 4]


def test_the_same_seed_gives_the_same_sets_and_the_frame_keeps_the_names(made_up) -> None:
    x, se = made_up
    named = pd.Series(x, index=[f"R{k:02d}" for k in range(len(x))])
    first = rank_confidence_sets(named, se, kind="simultaneous", seed=4, draws=5000).to_frame()
    again = rank_confidence_sets(named, se, kind="simultaneous", seed=4, draws=5000).to_frame()
    pd.testing.assert_frame_equal(first, again)
    assert first.index.tolist() == named.index.tolist()
    assert first.columns.tolist() == [
        "estimate",
        "se",
        "rank",
        "lower",
        "upper",
        "critical_value",
    ]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"estimate": [1.0], "se": [0.1]}, "at least 2 units"),
        ({"estimate": [1.0, np.nan], "se": [0.1, 0.1]}, "estimate.*finite"),
        ({"estimate": [1.0, 2.0], "se": [0.1, -0.1]}, "se.*not be negative"),
        ({"estimate": [1.0, 2.0], "se": [0.1, np.inf]}, "se.*finite"),
        ({"estimate": [1.0, 2.0], "se": [0.1]}, "one value for each"),
        ({"estimate": [1.0, 2.0]}, "one of the two"),
        ({"estimate": ["a", "b"], "se": 0.1}, "must be numbers"),
        ({"estimate": [[1.0, 2.0]], "se": 0.1}, "one dimension"),
        ({"estimate": [1.0, 2.0], "se": 0.1, "covariance": np.eye(2)}, "one of the two"),
        ({"estimate": [1.0, 2.0], "covariance": np.eye(3)}, "shape"),
        ({"estimate": [1.0, 2.0], "covariance": [[1, 2], [2, 1]]}, "negative eigenvalue"),
        ({"estimate": [1.0, 2.0], "covariance": [[1, 0.5], [0.2, 1]]}, "symmetric"),
        ({"estimate": [1.0, 2.0], "se": 0.1, "confidence": 1.0}, "confidence"),
        ({"estimate": [1.0, 2.0], "se": 0.1, "confidence": 0.2}, "confidence"),
        ({"estimate": [1.0, 2.0], "se": 0.1, "kind": "joint"}, "kind.*marginal"),
        ({"estimate": [1.0, 2.0], "se": 0.1, "sides": "both"}, "sides"),
        ({"estimate": [1.0, 2.0], "se": 0.1, "draws": 0}, "draws"),
    ],
)
def test_bad_arguments_are_named(arguments: dict, says: str) -> None:
    with pytest.raises(ParameterError, match=says):
        rank_confidence_sets(**arguments)


@pytest.mark.parametrize("kind", ["marginal", "simultaneous"])
def test_simulated_coverage_is_at_least_nominal(kind: str) -> None:
    rng = np.random.default_rng(8)
    truth, se = rng.normal(0, 0.5, 30), np.exp(rng.uniform(-1, 1, 30)) * 0.3
    result = rank_set_coverage(truth, se, kind=kind, simulations=300, confidence=0.9, seed=1)
    assert result.coverage >= 0.9 - 3 * result.error
    assert result.error < 0.02


def test_coverage_is_near_nominal_where_every_true_value_is_equal() -> None:
    # Nothing may be claimed, so the level is used up: this is where a wrong c would show.
    result = rank_set_coverage(
        np.zeros(15), 1.0, kind="simultaneous", simulations=1500, confidence=0.9, seed=2
    )
    assert result.coverage == pytest.approx(0.9, abs=4 * result.error)


def test_the_closed_form_region_by_hand() -> None:
    z = float(ndtri(1 - (1 - 0.95 ** (1 / 3)) / 2))
    x, se = np.array([0.0, 1.0, 1.0 + 2.01 * z]), np.ones(3)
    region = joint_rank_region(x, se)
    assert region.critical_value == pytest.approx(z)
    assert region.lower.tolist() == [2, 2, 1]
    assert region.upper.tolist() == [3, 3, 1]
    assert region.to_frame().shape == (3, 3)


def test_the_closed_form_region_holds_the_simultaneous_sets(made_up) -> None:
    x, se = made_up
    region = joint_rank_region(x, se)
    sets = rank_confidence_sets(x, se, kind="simultaneous")
    assert np.all(region.lower <= sets.lower)
    assert np.all(region.upper >= sets.upper)


def test_doubt_about_a_cut(made_up) -> None:
    x, se = made_up
    sets = rank_confidence_sets(x, se)
    doubt = boundary_doubt(sets, 10)
    assert sum(doubt.counts.values()) == len(x)
    assert np.all(sets.upper[doubt.above] <= 10)
    assert np.all(sets.lower[doubt.below] > 10)
    assert doubt.counts["doubtful"] == np.sum((sets.lower <= 10) & (sets.upper > 10))
    assert doubt.to_frame()["side"].value_counts()["can't be told"] == doubt.counts["doubtful"]
    with pytest.raises(ParameterError, match=r"cut.*from 1 to 39"):
        boundary_doubt(sets, 40)


def test_many_units_need_memory_for_a_block_of_them_only() -> None:
    rng = np.random.default_rng(12)
    p = 3000
    x, se = rng.normal(size=p), np.full(p, 0.02)
    peaks = []
    for work in (
        lambda: rank_confidence_sets(x, se, stepdown=False),
        lambda: expected_ranks(x, se, tau2="DL"),
        lambda: joint_rank_region(x, se),
    ):
        tracemalloc.start()
        work()
        peaks.append(tracemalloc.get_traced_memory()[1] / 1e6)
        tracemalloc.stop()
    # 9 million comparisons of 8 bytes are 72 MB, and several tables of them were held at once.
    assert max(peaks) < 200
    assert min(peaks) < 100


def test_blocks_give_the_sets_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(13)
    x, se = rng.normal(size=40), rng.uniform(0.1, 0.6, 40)
    whole = [f(x, se).to_frame() for f in (rank_confidence_sets, expected_ranks, joint_rank_region)]
    monkeypatch.setattr("policy_methods.ranking.inputs._CELLS", 7 * 40, raising=False)
    parts = [f(x, se).to_frame() for f in (rank_confidence_sets, expected_ranks, joint_rank_region)]
    for one, other in zip(whole, parts, strict=True):
        pd.testing.assert_frame_equal(one, other, rtol=1e-12)
