"""Two-level model: tau², rankability, expected ranks and category chances."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from statsmodels.stats.meta_analysis import combine_effects

from policy_methods.errors import ParameterError
from policy_methods.ranking import category_probabilities, expected_ranks


@pytest.fixture(scope="module")
def table() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(21)
    se = rng.uniform(0.1, 0.6, 25)
    return rng.normal(2, 0.4, 25) + se * rng.standard_normal(25), se


def test_moment_estimators_agree_with_statsmodels(table) -> None:
    x, se = table
    by_hand = {"DL": "chi2", "PM": "iterated"}
    for name, method in by_hand.items():
        expected = combine_effects(x, se**2, method_re=method, atol=1e-14).tau2
        assert expected_ranks(x, se, tau2=name).tau2 == pytest.approx(expected, rel=1e-5)


def test_reml_maximises_the_restricted_likelihood(table) -> None:
    x, se = table

    def minus_log_likelihood(tau2: float) -> float:
        weight = 1 / (tau2 + se**2)
        centre = np.sum(weight * x) / weight.sum()
        squares = np.sum(weight * (x - centre) ** 2)
        return float(-np.log(weight).sum() + np.log(weight.sum()) + squares) / 2

    best = minimize_scalar(
        minus_log_likelihood, bounds=(0, 2), method="bounded", options={"xatol": 1e-10}
    )
    assert expected_ranks(x, se).tau2 == pytest.approx(best.x, abs=1e-6)


def test_equal_errors_in_closed_form() -> None:
    x = np.array([1.0, 2.0, 4.0, 9.0])
    result = expected_ranks(x, 1.0)
    tau2 = np.var(x, ddof=1) - 1
    assert result.tau2 == pytest.approx(tau2)
    assert result.rankability == pytest.approx(tau2 / (tau2 + 1))
    assert result.shrunken == pytest.approx(4 + tau2 / (tau2 + 1) * (x - 4))
    assert result.expected_rank.sum() == pytest.approx(10)
    assert result.percentile == pytest.approx(100 * (result.expected_rank - 0.5) / 4)
    assert result.rank.tolist() == [4, 3, 2, 1]


def test_nothing_to_rank_puts_everyone_in_the_middle() -> None:
    x = np.array([0.1, 0.0, -0.1, 0.05])
    for method in ("REML", "DL", "PM"):
        result = expected_ranks(x, 5.0, tau2=method)
        assert result.tau2 == 0
        assert result.rankability == 0
        assert result.expected_rank == pytest.approx(np.full(4, 2.5))
    chances = category_probabilities(x, 5.0, [1, 3], draws=20_000)
    assert chances.probability[:, 0] == pytest.approx(np.full(4, 0.25), abs=0.02)


def test_certain_values_keep_their_ranks_and_direction_turns_them() -> None:
    for method in ("REML", "PM"):
        result = expected_ranks([3.0, 1.0, 2.0], 0.0, tau2=method)
        assert result.expected_rank == pytest.approx([1, 3, 2])
        assert result.rankability == 1
    turned = expected_ranks([3.0, 1.0, 2.0], 0.0, higher_is_better=False)
    assert turned.expected_rank == pytest.approx([3, 1, 2])
    assert turned.shrunken == pytest.approx([3, 1, 2])
    assert turned.probability_better(1, 0) == 1
    assert turned.to_frame()["rank"].tolist() == [3, 1, 2]


def test_category_chances_add_up_and_match_the_normal_distribution() -> None:
    x, se = np.array([1.0, 0.0, -9.0]), np.array([0.6, 0.8, 0.1])
    result = category_probabilities(x, se, [1, 1, 1], tau2=None, draws=50_000, seed=3)
    assert result.probability.sum(axis=0) == pytest.approx([1, 1, 1])
    assert result.probability.sum(axis=1) == pytest.approx([1, 1, 1])
    # The first beats the second with chance Φ(1 / hypot(0.6, 0.8)) = Φ(1).
    assert result.probability[0, 0] == pytest.approx(0.841345, abs=4 * result.monte_carlo_error)
    assert result.wrong == pytest.approx(2 * (1 - 0.841345), abs=0.02)
    assert result.to_frame().columns.tolist() == ["category", "p1", "p2", "p3"]


@pytest.mark.parametrize(
    ("sizes", "says"),
    [([1, 1], "add up to the 3"), ([0, 3], "at least 1"), ([1.5, 1.5], "whole numbers")],
)
def test_bad_sizes(sizes: list, says: str) -> None:
    with pytest.raises(ParameterError, match=says):
        category_probabilities([1.0, 2.0, 3.0], 0.1, sizes)


def test_bad_arguments() -> None:
    with pytest.raises(ParameterError, match=r"tau2.*unknown.*REML, DL, PM"):
        expected_ranks([1.0, 2.0, 3.0], 0.1, tau2="ML")
    with pytest.raises(ParameterError, match="at least 3 units"):
        expected_ranks([1.0, 2.0], 0.1)
    with pytest.raises(ParameterError, match="above zero"):
        expected_ranks([1.0, 2.0, 3.0], 0.0, tau2="DL")
