"""Importance weights against the conjugate answer, and the signs of disagreement."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from policy_methods.conditioning import hold_to
from policy_methods.errors import ParameterError


def test_normal_draws_held_to_two_measurements_have_their_conjugate_answer() -> None:
    """Prior N(0, 2), measured 1 and 3 with error 2: precision 3/4, mean (1 + 3) / 4 / (3/4)."""
    draws = np.random.default_rng(3).normal(0, 2, 200_000)
    held = hold_to(draws, [1.0, 3.0], 2.0)
    mean, sd = 4 / 3, np.sqrt(4 / 3)
    assert held.weights.sum() == pytest.approx(1)
    assert held.weights @ draws == pytest.approx(mean, abs=0.02)
    assert held.miss == pytest.approx((mean - 2) / 2, abs=0.02)
    chance, error = held.probability(draws >= 2)
    assert chance == pytest.approx(norm.sf((2 - mean) / sd), abs=4 * error)
    assert 0.0005 < error < 0.005
    assert len(held.to_frame()) == len(draws)


def test_the_error_of_a_weighted_chance_is_that_of_repeated_simulations() -> None:
    rng = np.random.default_rng(5)
    found = []
    for _ in range(300):
        draws = rng.normal(0, 1, 400)
        found.append(hold_to(draws, [1.0], 0.7).probability(draws >= 1))
    chances, errors = np.array(found).T
    assert errors.mean() == pytest.approx(chances.std(), rel=0.15)


def test_equal_weights_keep_every_draw_and_a_far_record_few() -> None:
    draws = np.linspace(-1, 1, 1000)
    assert hold_to(draws, [0.0], 1e6).effective == pytest.approx(1000, rel=1e-3)
    far = hold_to(draws, [50.0], 0.5)
    assert far.effective < 20
    assert far.miss < -90


def test_nonsense_is_refused() -> None:
    with pytest.raises(ParameterError, match="error"):
        hold_to([1.0], [1.0], 0.0)
    with pytest.raises(ParameterError, match="measured"):
        hold_to([1.0], [], 1.0)
    with pytest.raises(ParameterError, match="missing"):
        hold_to([1.0, np.nan], [1.0], 1.0)
    with pytest.raises(ParameterError, match="reached"):
        hold_to([1.0, 2.0], [1.0], 1.0).probability([True])
