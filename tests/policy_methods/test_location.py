"""Location: optimal against enumeration and planted optima; limits hold; refusals name names."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import floyd_warshall

from policy_methods.errors import ParameterError
from policy_methods.location import (
    InfeasibleError,
    fewest_sites,
    great_circle_km,
    p_median,
)


def pmed_graph(nodes: int, edges: int, seed: int) -> np.ndarray:
    """Shortest paths of a random connected graph, edge lengths 1 to 100, as Beasley (1985)."""
    rng = np.random.default_rng(seed)
    length = np.zeros((nodes, nodes))
    for k in range(nodes - 1):
        length[k, k + 1] = length[k + 1, k] = rng.integers(1, 101)
    for _ in range(edges - nodes + 1):
        i, j = rng.choice(nodes, 2, replace=False)
        length[i, j] = length[j, i] = rng.integers(1, 101)
    return floyd_warshall(length)


def enumerate_best(cost: np.ndarray, p: int) -> float:
    return min(cost[:, list(s)].min(axis=1).sum() for s in combinations(range(cost.shape[1]), p))


@pytest.mark.parametrize("seed", range(3))
def test_hundred_nodes_three_sites_equals_full_enumeration(seed: int) -> None:
    cost = pmed_graph(100, 200, seed)
    best = np.inf
    for a in range(98):
        for b in range(a + 1, 99):
            two = np.minimum(cost[:, a], cost[:, b])
            best = min(best, np.minimum(two[:, None], cost[:, b + 1 :]).sum(axis=0).min())
    result = p_median(cost, 3)
    assert result.objective == best
    assert result.gap == 0
    assert result.proven


@pytest.mark.parametrize("seed", range(4))
def test_hundred_nodes_five_sites_is_proven_and_no_swap_helps(seed: int) -> None:
    cost = pmed_graph(100, 200, seed)
    result = p_median(cost, 5)
    assert result.gap == 0
    assert result.open.size == 5
    assert result.objective == cost[:, result.open].min(axis=1).sum()
    for out in range(5):
        others = np.delete(result.open, out)
        swapped = np.minimum(cost[:, others].min(axis=1)[:, None], cost).sum(axis=0)
        assert swapped.min() >= result.objective


def test_planted_stars_are_found() -> None:
    """Five far-apart stars: the centres are optimal, the objective is the sum of the arms."""
    rng = np.random.default_rng(2)
    arms = rng.integers(1, 20, size=(5, 19))
    cost = np.full((100, 100), 0.0)
    star, arm = np.divmod(np.arange(100), 20)
    out = np.where(arm == 0, 0, arms[star, arm - 1])
    cost = out[:, None] + out[None, :] + 1000 * np.abs(star[:, None] - star[None, :])
    np.fill_diagonal(cost, 0)
    result = p_median(cost, 5)
    assert result.open.tolist() == [0, 20, 40, 60, 80]
    assert result.objective == arms.sum()
    assert (result.assignment == 20 * star).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4), st.booleans())
def test_small_random_instances_equal_enumeration(seed: int, p: int, whole: bool) -> None:
    rng = np.random.default_rng(seed)
    cost = rng.uniform(0, 10, (9, 7))
    cost = np.round(cost) if whole else cost
    weights = rng.uniform(0, 3, 9)
    result = p_median(cost, p, weights=weights)
    assert result.objective == pytest.approx(enumerate_best(cost * weights[:, None], p), abs=1e-9)
    assert result.gap == 0
    assert result.open.size == p


def test_travel_limit_holds_and_costs_something() -> None:
    rng = np.random.default_rng(3)
    xy = rng.uniform(0, 100, (80, 2))
    cost = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    free = p_median(cost, 10)
    limit = float(free.cost.max()) * 0.9
    held = p_median(cost, 10, max_cost=limit)
    assert held.cost.max() <= limit
    assert held.objective >= free.objective
    assert held.gap == 0


def test_impossible_limits_name_who_cannot_be_served() -> None:
    frame = pd.DataFrame(
        [[0, 90], [5, 95], [200, 150]], index=["Town", "Village", "Island"], columns=["A", "B"]
    )
    with pytest.raises(InfeasibleError, match="Island") as refused:
        p_median(frame, 1, max_cost=100)
    assert refused.value.unserved == ("Island",)
    with pytest.raises(InfeasibleError, match="at least 2 are needed") as refused:
        p_median([[0, 9], [9, 0], [0, 9]], 1, max_cost=5)
    assert refused.value.needed == 2
    assert refused.value.unserved == ("1",)
    assert isinstance(refused.value, ParameterError)


@pytest.mark.parametrize(
    ("kwargs", "name"),
    [
        ({"p": 0}, "p"),
        ({"p": 4}, "p"),
        ({"p": 1.5}, "p"),
        ({"p": True}, "p"),
        ({"p": None}, "p"),
        ({"p": 1, "weights": [1, 1]}, "weights"),
        ({"p": 1, "weights": [1, -1, 1]}, "weights"),
        ({"p": 1, "max_cost": -1}, "max_cost"),
        ({"p": 1, "must_open": [0, 1]}, "must_open"),
        ({"p": 1, "must_open": [3]}, "must_open"),
        ({"p": 1, "time_limit": 0}, "time_limit"),
    ],
)
def test_nonsense_is_refused_by_name(kwargs: dict[str, object], name: str) -> None:
    p = kwargs.pop("p")
    with pytest.raises(ParameterError) as refused:
        p_median(np.ones((3, 3)), p, **kwargs)  # type: ignore[arg-type]  # nonsense on purpose
    assert refused.value.name == name


@pytest.mark.parametrize("cost", [[1, 2], [[1, -1]], [[np.nan, 1]], np.ones((0, 2))])
def test_nonsense_cost_is_refused(cost: object) -> None:
    with pytest.raises(ParameterError, match="'cost'"):
        p_median(cost, 1)  # type: ignore[arg-type]  # nonsense on purpose


def test_sites_that_must_open_are_open_and_the_rest_is_optimal() -> None:
    cost = pmed_graph(40, 80, 9)
    forced = p_median(cost, 3, must_open=[7])
    best = min(
        cost[:, [7, a, b]].min(axis=1).sum()
        for a, b in combinations(range(40), 2)
        if 7 not in (a, b)
    )
    assert 7 in forced.open
    assert forced.objective == best
    assert forced.objective >= p_median(cost, 3).objective


def test_frame_names_points_and_sites() -> None:
    frame = pd.DataFrame([[0, 3], [3, 0]], index=["a", "b"], columns=["x", "y"])
    table = p_median(frame, 2).to_frame()
    assert table["point"].tolist() == ["a", "b"]
    assert table["site"].tolist() == ["x", "y"]
    assert table["cost"].tolist() == [0, 0]


def test_great_circle_against_known_distances() -> None:
    """A quarter of a meridian is 10,007.56 km on the mean sphere; London to Edinburgh 534 km."""
    assert great_circle_km([0], [0], [90], [0])[0, 0] == pytest.approx(10007.557, abs=1e-3)
    london, edinburgh = (51.5074, -0.1278), (55.9533, -3.1883)
    km = great_circle_km([london[0]], [london[1]], [edinburgh[0]], [edinburgh[1]])[0, 0]
    assert km == pytest.approx(534, abs=1)
    road = great_circle_km(
        [london[0]], [london[1]], [edinburgh[0]], [edinburgh[1]], road_factor=1.3
    )
    assert road[0, 0] == pytest.approx(1.3 * km)


@pytest.mark.parametrize(
    ("args", "factor"),
    [(([91], [0]), 1.0), (([np.nan], [0]), 1.0), (([0, 1], [0]), 1.0), (([0], [0]), 0.9)],
)
def test_great_circle_refuses_nonsense(
    args: tuple[list[float], list[float]], factor: float
) -> None:
    with pytest.raises(ParameterError):
        great_circle_km(*args, [0], [0], road_factor=factor)


def test_costs_that_are_infinite_forbid_and_may_need_more_sites() -> None:
    far = np.inf
    with pytest.raises(InfeasibleError, match="at least 2 are needed"):
        p_median([[0, far], [far, 0]], 1)
    assert p_median([[0, far], [far, 0]], 2).objective == 0


def test_fewest_sites_cover_everyone() -> None:
    line = np.abs(np.arange(9)[:, None] - np.arange(9)[None, :]).astype(float)
    assert fewest_sites(line, 1) == 3
    assert fewest_sites(line, 4) == 1
    with pytest.raises(InfeasibleError, match="leaves no site"):
        fewest_sites(line[:, :2], 3)


def test_many_sites_far_apart_are_reached_by_solving_again() -> None:
    """All demand but one point's lies in one corner: that point is served from far beyond."""
    rng = np.random.default_rng(4)
    xy = np.vstack([rng.uniform(0, 1, (60, 2)), [[50.0, 50.0]]])
    cost = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    weights = np.append(np.full(60, 1000.0), 0.001)
    result = p_median(cost, 3, weights=weights)
    assert result.objective == pytest.approx(enumerate_best(cost * weights[:, None], 3))
    assert result.proven
    assert 60 not in result.open


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_the_unit_of_costs_does_not_matter(unit: float) -> None:
    cost = pmed_graph(60, 120, 5) + np.random.default_rng(5).uniform(0, 0.01, (60, 60))
    result = p_median(cost * unit, 4)
    assert result.open.tolist() == p_median(cost, 4).open.tolist()
    assert result.proven


def test_one_site_is_the_one_of_least_total_and_must_reach_everyone() -> None:
    cost = np.array([[0.0, 2, 9], [1, 2, 9], [np.inf, 2, 0]])
    assert p_median(cost, 1).open.tolist() == [1]
    assert p_median(cost, 1, must_open=[2]).objective == 18
    with pytest.raises(InfeasibleError, match="at least 2"):
        p_median(cost, 1, must_open=[0])


def test_points_of_no_weight_still_have_to_be_reached() -> None:
    cost = np.array([[0.0, 5, 5], [5, 0, 5], [np.inf, np.inf, 5]])
    result = p_median(cost, 2, weights=[1, 1, 0])
    assert 2 in result.open
    assert result.cost[2] == 5


def test_time_running_out_reports_the_gap_left() -> None:
    """A large problem stopped at once: the sites reach everyone, the gap is honest."""
    cost = pmed_graph(300, 600, 3)
    result = p_median(cost, 4, time_limit=0.01)
    assert result.open.size == 4
    assert result.objective == cost[:, result.open].min(axis=1).sum()
    assert 0 < result.gap <= 1
    assert not result.proven
