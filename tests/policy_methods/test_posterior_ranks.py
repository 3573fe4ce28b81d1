"""Ranges of ranks under a two-level model: against simulation, in odd cases, at their level."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from policy_methods.composite import weighted_error
from policy_methods.errors import ParameterError
from policy_methods.ranking import posterior_ranks, scale_quotas, tied_places


def drawn(x: np.ndarray, se: np.ndarray, draws: int = 40_000) -> np.ndarray:
    """Simulate the chance of each rank, with the spread between units on a plain grid."""
    rng = np.random.default_rng(0)
    tau = np.linspace(1e-6, 12 * x.std(), 4000)
    weight = 1 / (tau[:, None] ** 2 + se**2)
    total = weight.sum(axis=1)
    mean = (weight * x).sum(axis=1) / total
    log = np.log(weight).sum(axis=1) - np.log(total)
    log -= (weight * (x - mean[:, None]) ** 2).sum(axis=1)
    chance = np.exp((log - log.max()) / 2)
    at = rng.choice(len(tau), draws, p=chance / chance.sum())
    centre = mean[at] + rng.standard_normal(draws) / np.sqrt(total[at])
    kept = tau[at, None] ** 2 * weight[at]
    truth = centre[:, None] + kept * (x - centre[:, None])
    truth += np.sqrt(kept) * se * rng.standard_normal(truth.shape)
    order = np.argsort(-truth, axis=1)
    p = len(x)
    return np.bincount((order * p + np.arange(p)).ravel(), minlength=p * p).reshape(p, p) / draws


@pytest.mark.parametrize(
    ("count", "noise", "near"), [(6, 0.5, 0.02), (40, 0.2, 0.01), (90, 1, 0.03)]
)
def test_chances_are_those_of_a_simulation(count: int, noise: float, near: float) -> None:
    rng = np.random.default_rng(count)
    se = noise * np.exp(rng.uniform(-0.5, 0.5, count))
    x = rng.standard_normal(count) + se * rng.standard_normal(count)
    found = posterior_ranks(x, se)
    off = np.abs(np.cumsum(found.distribution, axis=1) - np.cumsum(drawn(x, se), axis=1))
    assert off.max() < near
    assert off.mean() < near / 4


def test_a_range_is_right_on_average_in_its_own_world() -> None:
    rng = np.random.default_rng(4)
    held, stated = [], []
    for _ in range(60):
        se = 0.3 * np.exp(rng.uniform(-0.5, 0.5, 30))
        truth = rng.standard_normal(30)
        found = posterior_ranks(truth + se * rng.standard_normal(30), se, nodes=64)
        rank = np.argsort(np.argsort(-truth)) + 1
        held.append(((found.lower <= rank) & (rank <= found.upper)).mean())
        stated.append(found.held.mean())
    error = np.std(held, ddof=1) / np.sqrt(60)
    assert abs(np.mean(held) - np.mean(stated)) < 3 * error
    assert np.mean(stated) == pytest.approx(0.95, abs=0.02)


def test_whichever_of_several_units_has_a_range_between_theirs() -> None:
    found = posterior_ranks([3.0, 1.0, 1.0, 0.5, 0.2], [0.1, 0.1, 0.9, 0.4, 0.4])
    assert found.shared([1]) == (found.lower[1], found.upper[1])
    lower, upper = found.shared([1, 2])
    assert min(found.lower[1:3]) <= lower <= max(found.lower[1:3])
    assert min(found.upper[1:3]) <= upper <= max(found.upper[1:3])
    sums = np.cumsum(found.distribution[[1, 2]].mean(axis=0))
    assert sums[upper - 1] - (sums[lower - 2] if lower > 1 else 0) >= 0.9


def test_what_is_known_exactly_keeps_its_rank_and_ties_share() -> None:
    exact = posterior_ranks([3.0, 1.0, 2.0], 0.0)
    assert exact.lower.tolist() == exact.upper.tolist() == [1, 3, 2]
    tied = posterior_ranks([3.0, 1.0, 1.0, 1.0], 0.0)
    assert tied.upper.tolist() == [1, 4, 4, 4]
    assert posterior_ranks([1.0, 1.0, 1.0], 0.0).lower.tolist() == [1, 1, 1]
    mixed = posterior_ranks(pd.Series([3.0, 1.0, 2.0], index=list("abc")), [0.1, 0, 0.1])
    assert mixed.to_frame()["lower"].to_dict() == {"a": 1, "b": 3, "c": 2}


def test_direction_turns_ranks() -> None:
    x, se = [3.0, 1.0, 2.0, 0.5], [0.4, 0.3, 0.6, 0.5]
    up = posterior_ranks(x, se)
    down = posterior_ranks(np.negative(x), se, higher_is_better=False)
    assert np.array_equal(up.distribution, down.distribution)


def test_chances_add_up_and_categories_are_sums_of_them() -> None:
    found = posterior_ranks([0.4, 0.1, 0.9, 0.3, 0.2], 0.2)
    assert found.distribution.sum(axis=1) == pytest.approx(1)
    assert found.distribution.sum(axis=0) == pytest.approx(1, abs=0.03)
    chances = found.chances([2, 3])
    assert chances[:, 0] == pytest.approx(found.within(2))
    assert 0 < found.rankability < 1
    assert (found.width >= 1).all()
    for sizes in ([2, 2], [0, 5], [2.5, 2.5]):
        with pytest.raises(ParameterError, match="sizes"):
            found.chances(sizes)


def test_few_units_are_less_sure_than_with_the_spread_plugged_in() -> None:
    widths = [posterior_ranks(np.arange(p) * 0.4, 0.3).width.mean() / p for p in (4, 40)]
    assert widths[0] > widths[1]
    levels = [posterior_ranks(np.arange(20) * 0.1, 0.3, confidence=c) for c in (0.5, 0.8, 0.99)]
    assert all(a.width.sum() < b.width.sum() for a, b in pairwise(levels))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (([1.0, 2.0], 0.1), "at least 3"),
        (([1.0, 2.0, np.nan], 0.1), "estimate"),
        (([1.0, 2.0, 3.0], -0.1), "se"),
    ],
)
def test_bad_arguments_are_refused(arguments: tuple, says: str) -> None:
    with pytest.raises(ParameterError, match=says):
        posterior_ranks(*arguments)


def test_bad_options_are_refused() -> None:
    for name, value in (("confidence", 1.0), ("nodes", 8), ("higher_is_better", "yes")):
        with pytest.raises(ParameterError, match=name):
            posterior_ranks([1.0, 2.0, 3.0], 0.1, **{name: value})


def test_quotas_keep_their_cuts_near_their_sum_and_scale_elsewhere() -> None:
    quotas = (18, 102, 78, 32)
    assert scale_quotas(quotas, 230) == quotas
    assert scale_quotas(quotas, 235) == (18, 102, 78, 37)
    assert sum(scale_quotas(quotas, 148)) == 148
    assert scale_quotas(quotas, 3) == (0, 1, 1, 1)
    assert scale_quotas((1, 1), 9) == (5, 4)
    for wrong in ((0, 0), (-1, 3), (1.5, 2)):
        with pytest.raises(ParameterError, match="quotas"):
            scale_quotas(wrong, 9)


def test_ties_share_their_places() -> None:
    third = (0.1 + 0.2) / 3
    first, last = tied_places([0.1, third, 0.2, 0.1])
    assert (first.tolist(), last.tolist()) == ([2, 2, 1, 2], [4, 4, 1, 4])
    assert tied_places([1.0, 1.0])[0].tolist() == [1, 1]
    with pytest.raises(ParameterError, match="score"):
        tied_places([1.0, np.nan])


def test_errors_of_a_sum_by_hand() -> None:
    part = pd.DataFrame({"a": [0.25, 1.0], "b": [0.75, 0.0]})
    error = pd.DataFrame({"a": [0.4, 0.4], "b": [0.2, np.nan]})
    rounding = pd.Series({"a": 0.1, "b": 0.0})
    found = weighted_error(part, error, rounding, 0.5)
    expected = 0.1**2 + 0.15**2 + 2 * 0.5 * 0.1 * 0.15 + (0.25 * 0.1) ** 2
    assert found[0] == pytest.approx(np.sqrt(expected))
    assert found[1] == pytest.approx(np.hypot(0.4, 0.1))
    with pytest.raises(ParameterError, match="correlation"):
        weighted_error(part, error, rounding, 1.2)


def test_units_asked_for_rank_among_all_as_they_do_with_all() -> None:
    rng = np.random.default_rng(5)
    se = rng.uniform(0.2, 1.5, 60)
    x = rng.normal(0, 1, 60) + rng.normal(0, se)
    x[7] = x[8]
    names = pd.Series(x, index=[f"u{i}" for i in range(60)])
    everyone = posterior_ranks(names, se, nodes=64)
    for own in ([0], [7, 59, 3], list(range(60))):
        some = posterior_ranks(names, se, nodes=64, of=own)
        assert some.distribution == pytest.approx(everyone.distribution[own], abs=1e-6)
        assert some.rank.tolist() == everyone.rank[own].tolist()
        assert some.lower.tolist() == everyone.lower[own].tolist()
        assert some.upper.tolist() == everyone.upper[own].tolist()
        assert some.index.tolist() == everyone.index[own].tolist()
        assert some.within(12) == pytest.approx(everyone.within(12)[own], abs=1e-6)
        assert len(some.to_frame()) == len(own)
