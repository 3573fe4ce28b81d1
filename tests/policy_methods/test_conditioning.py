"""Importance weights against the conjugate answer, and the signs of disagreement."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from policy_methods.conditioning import hold_to
from policy_methods.errors import ParameterError


def test_normal_draws_held_to_a_measurement_have_their_conjugate_answer() -> None:
    """Prior N(0, 2), measured 2 with error √2: precision 3/4, mean 2 / 2 / (3/4)."""
    draws = np.random.default_rng(3).normal(0, 2, 200_000)
    held = hold_to(draws, 2.0, np.sqrt(2))
    mean, sd = 4 / 3, np.sqrt(4 / 3)
    assert held.weights.sum() == pytest.approx(1)
    assert held.weights @ draws == pytest.approx(mean, abs=0.02)
    assert held.tail == pytest.approx(2 * norm.sf(2 / np.sqrt(4 + 2)), abs=0.01)
    chance, error = held.probability(draws >= 2)
    assert chance == pytest.approx(norm.sf((2 - mean) / sd), abs=4 * error)
    assert 0.0005 < error < 0.005
    assert len(held.to_frame()) == len(draws)


def test_the_error_of_a_weighted_chance_is_that_of_repeated_simulations() -> None:
    rng = np.random.default_rng(5)
    found = []
    for _ in range(300):
        draws = rng.normal(0, 1, 400)
        found.append(hold_to(draws, 1.0, 0.7).probability(draws >= 1))
    chances, errors = np.array(found).T
    assert errors.mean() == pytest.approx(chances.std(), rel=0.15)


def test_equal_weights_keep_every_draw_and_a_far_record_few() -> None:
    draws = np.linspace(-1, 1, 1000)
    assert hold_to(draws, 0.0, 1e6).effective == pytest.approx(1000, rel=1e-3)
    far = hold_to(draws, 50.0, 0.5)
    assert far.effective < 20
    assert far.tail < 1e-9


def test_nonsense_is_refused() -> None:
    with pytest.raises(ParameterError, match="error"):
        hold_to([1.0], 1.0, 0.0)
    with pytest.raises(ParameterError, match="predicted"):
        hold_to([], 1.0, 1.0)
    with pytest.raises(ParameterError, match="missing"):
        hold_to([1.0, np.nan], 1.0, 1.0)
    with pytest.raises(ParameterError, match="reached"):
        hold_to([1.0, 2.0], 1.0, 1.0).probability([True])


def test_rejection_sampling_gives_the_same_chance() -> None:
    """Draws kept with the likelihood's probability, from another seed and a skewed simulation."""
    predicted = np.random.default_rng(11).gamma(2, 10, 200_000)
    chance, error = hold_to(predicted, 40.0, 8.0).probability(predicted >= 45)
    rng = np.random.default_rng(12)
    other = rng.gamma(2, 10, 400_000)
    kept = other[rng.random(other.size) < np.exp(-0.5 * ((other - 40.0) / 8.0) ** 2)]
    share = (kept >= 45).mean()
    assert chance == pytest.approx(share, abs=4 * np.hypot(error, (share / kept.size) ** 0.5))
