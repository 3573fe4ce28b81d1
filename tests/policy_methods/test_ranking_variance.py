"""The variance between units against a fine grid of its likelihood, for any standard errors."""

from __future__ import annotations

import numpy as np
import pytest

from policy_methods.ranking import category_probabilities, expected_ranks
from policy_methods.ranking.shrink import Tau2

CASES = {
    "one huge error": ([1.0, 2.0, 3.0, 9.0], [1.0, 1.0, 1.0, 1e8]),
    "one huge error, the rest apart": ([1.0, 4.0, 9.0, 2.0], [1.0, 1.0, 1.0, 1e8]),
    "a far unit of huge error": ([1.0, 2.0, 3.0, 1e7], [0.1, 0.1, 0.1, 1e7]),
    "two maxima": ([0.0, 0.02, 0.01, 5.0, -4.0], [0.01, 0.01, 0.01, 2.0, 2.0]),
    "one sure unit": ([0.0, 1.0, 2.0, 4.0], [1e-6, 0.5, 0.5, 0.5]),
    "one exactly known": ([0.0, 1.0, 2.0, 4.0], [0.0, 0.5, 0.5, 0.5]),
    "far from nought": ([1e6, 1e6 + 1, 1e6 + 3, 1e6 + 2], [1e-3, 0.5, 0.5, 0.5]),
    "nothing between them": ([1.0, 1.1, 0.9, 1.05], [0.5, 0.6, 0.4, 0.5]),
    "all alike": ([3.0, 5.0, 9.0, 4.0, 4.5], [1.0] * 5),
}


def restricted(tau2: np.ndarray, x: np.ndarray, se: np.ndarray) -> np.ndarray:
    """Restricted log-likelihood, by its textbook formula."""
    v = tau2[:, None] + se**2
    centre = (x / v).sum(axis=1, keepdims=True) / (1 / v).sum(axis=1, keepdims=True)
    fit = np.log(v) + (x - centre) ** 2 / v
    return np.asarray(-0.5 * (fit.sum(axis=1) + np.log((1 / v).sum(axis=1))))


@pytest.mark.parametrize("case", CASES)
def test_restricted_likelihood_has_its_highest_point_there(case: str) -> None:
    x, se = (np.array(part) for part in CASES[case])
    found = expected_ranks(x, se).tau2
    grid = np.concatenate([[1e-14], np.geomspace(1e-9, 4 * np.ptp(x) ** 2, 40_000)])
    at = x - x[se.argmin()]
    values = restricted(grid, at, se)
    best = float(grid[values.argmax()])
    assert found == pytest.approx(best, rel=2e-3, abs=2e-9)
    assert restricted(np.array([found + 1e-14]), at, se)[0] >= values.max() - 1e-9


# By hand, with errors of 0.1 and 2 for the sum of squares: REML takes the variance of the three,
# 1 - 0.01; the moment estimators hold 2 / (0.01 + tau2) and 2 / 0.01 against four units, less one.
@pytest.mark.parametrize(("how", "tau2"), [("REML", 0.99), ("PM", 2 / 3 - 0.01), ("DL", 0.985)])
@pytest.mark.parametrize("place", [9.0, 1e12])
def test_a_unit_that_nothing_is_known_of_doesnt_move_the_rest(
    how: Tau2, tau2: float, place: float
) -> None:
    found = expected_ranks([1.0, 2.0, 3.0, place], [0.1, 0.1, 0.1, 1e15], tau2=how)
    assert found.tau2 == pytest.approx(tau2, rel=1e-6)
    assert found.mean == pytest.approx(2.0)


def test_categories_go_by_the_sure_units_where_one_is_unknown() -> None:
    found = category_probabilities([1.0, 2.0, 3.0, 9.0], [1.0, 1.0, 1.0, 1e8], [1, 3])
    # By hand: no variance between them, so all share one true value and every place by lot.
    assert found.probability[:, 0] == pytest.approx(np.full(4, 0.25), abs=0.02)


def test_ties_are_drawn_by_lot_and_nothing_else_is() -> None:
    found = category_probabilities(
        [1.0, 1.05, 9.0, 3.0], [1e-3, 1e-3, 1e-3, 1e8], [1, 1, 2], tau2=None, draws=2000
    ).probability
    # By hand: 9 comes before 1.05 and 1.05 before 1 in every draw; the unknown one is anywhere.
    assert found[0, 0] == found[0, 1] == 0
    assert found[1, 0] == 0
    assert found[2, 2] == 0
    level = category_probabilities([1.0, 1.0, 0.5], 0.0, [1, 2], tau2=None, draws=2000).probability
    assert level[:, 0] == pytest.approx([0.5, 0.5, 0.0], abs=0.05)
