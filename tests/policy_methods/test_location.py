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
from policy_methods.location_bounds import Problem, improve, lagrangian
from policy_methods.location_capacity import bound, suits


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
def test_hundred_nodes_five_sites_is_proven_in_under_ten_seconds(seed: int) -> None:
    cost = pmed_graph(100, 200, seed)
    result = p_median(cost, 5)
    assert result.gap == 0
    assert result.seconds < 10
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


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_fixed_costs_choose_the_number_of_sites(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cost, fixed = rng.uniform(0, 10, (8, 6)), rng.uniform(0, 15, 6)
    best = min(
        cost[:, list(s)].min(axis=1).sum() + fixed[list(s)].sum()
        for p in range(1, 7)
        for s in combinations(range(6), p)
    )
    result = p_median(cost, None, fixed_cost=fixed)
    assert result.objective == pytest.approx(best, abs=1e-9)


def test_fixed_costs_may_be_one_number_and_p_may_go_with_them() -> None:
    cost = [[0, 4, 9], [4, 0, 5], [9, 5, 0]]
    assert p_median(cost, None, fixed_cost=100).open.size == 1
    assert p_median(cost, None, fixed_cost=0).open.size == 3
    assert p_median(cost, 1, fixed_cost=[50, 50, 1]).open.tolist() == [2]


@pytest.mark.parametrize("seed", range(2))
def test_capacitated_fifty_nodes_hold_their_capacities(seed: int) -> None:
    """As Osman & Christofides (1994): demand 1 to 20, five sites of 120, rounded-down distance."""
    rng = np.random.default_rng(seed)
    xy, demand = rng.uniform(0, 100, (50, 2)), rng.integers(1, 21, 50)
    cost = np.floor(np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)))
    result = p_median(cost, 5, capacity=120, demand=demand)
    load = np.bincount(result.assignment, weights=demand, minlength=50)
    assert result.gap == 0
    assert result.seconds < 10
    assert (load <= 120).all()
    assert set(np.flatnonzero(load)) <= set(result.open)
    assert result.objective == cost[np.arange(50), result.assignment].sum()
    split = p_median(cost, 5, capacity=120, demand=demand, single_source=False)
    free = p_median(cost, 5)
    assert free.objective <= split.objective <= result.objective


def test_split_demand_is_cheaper_than_single_source_by_hand() -> None:
    """Three points of demand 2 and two sites of 3: one point has to be split in half."""
    cost = [[0, 10], [0, 10], [10, 0]]
    kwargs = {"capacity": 3, "demand": [2, 2, 2], "fixed_cost": 0}
    split = p_median(cost, None, **kwargs)
    assert split.objective == pytest.approx(5)
    assert split.shares.toarray().sum(axis=1) == pytest.approx([1, 1, 1])
    with pytest.raises(InfeasibleError, match="capacities"):
        p_median(cost, None, single_source=True, **kwargs)


@pytest.mark.parametrize("single", [True, False])
def test_capacitated_fixed_charge_equals_enumeration(single: bool) -> None:
    rng = np.random.default_rng(5)
    cost, demand = rng.uniform(0, 30, (5, 3)), np.array([2.0, 3, 2, 1, 2])
    fixed, capacity = np.array([9.0, 12, 7]), np.array([6.0, 7, 6])
    best = np.inf
    for choice in np.ndindex(*([3] * 5)):
        load = np.bincount(choice, weights=demand, minlength=3)
        if (load <= capacity).all():
            used = np.unique(choice)
            best = min(best, cost[np.arange(5), choice].sum() + fixed[used].sum())
    result = p_median(
        cost, None, capacity=capacity, demand=demand, fixed_cost=fixed, single_source=single
    )
    if single:
        assert result.objective == pytest.approx(best)
    else:
        assert result.objective <= best + 1e-9
    assert (demand @ result.shares.toarray() <= capacity + 1e-6).all()


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


def test_capacity_refusals_name_the_reason() -> None:
    cost = np.array([[0.0, 1], [1, 0], [2, 2]])
    with pytest.raises(InfeasibleError, match="smaller than the demand of: 2"):
        p_median(cost, 2, capacity=10, demand=[1, 1, 11])
    with pytest.raises(InfeasibleError, match="any 1 sites adds to at most 10"):
        p_median(cost, 1, capacity=10, demand=[5, 5, 5])


@pytest.mark.parametrize(
    ("kwargs", "name"),
    [
        ({"p": 0}, "p"),
        ({"p": 4}, "p"),
        ({"p": 1.5}, "p"),
        ({"p": True}, "p"),
        ({"p": None}, "fixed_cost"),
        ({"p": 1, "weights": [1, 1]}, "weights"),
        ({"p": 1, "weights": [1, -1, 1]}, "weights"),
        ({"p": 1, "max_cost": -1}, "max_cost"),
        ({"p": 1, "capacity": [-1, 1, 1]}, "capacity"),
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
    assert table["share"].tolist() == [1, 1]


@pytest.mark.parametrize("seed", range(5))
def test_bounds_enclose_the_optimum_and_keep_it(seed: int) -> None:
    """Nothing the bounds rule out is part of the optimum found by enumeration."""
    rng = np.random.default_rng(seed)
    cost = np.round(rng.uniform(0, 50, (14, 12)), 1)
    best = min(combinations(range(12), 3), key=lambda s: cost[:, list(s)].min(axis=1).sum())
    value = cost[:, list(best)].min(axis=1).sum()
    problem = Problem(
        cost, np.ones_like(cost, bool), np.ones(14), np.zeros(12), 3,
        np.array([], int), None, np.ones(14), ("",) * 14, ("",) * 12,
    )  # fmt: skip
    start, upper = improve(problem)
    bounds = lagrangian(problem, start, upper)
    assert bounds.lower <= value + 1e-9
    assert bounds.upper >= value - 1e-9
    assert bounds.keep_open[list(best)].all()
    assert set(bounds.fixed_open) <= set(best)


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


@pytest.mark.parametrize("seed", range(6))
def test_knapsack_bounds_enclose_the_optimum_and_keep_it(seed: int) -> None:
    """Single-source assignments of 7 points to 4 sites, enumerated: nothing optimal is cut off."""
    rng = np.random.default_rng(seed)
    cost, demand = rng.integers(0, 30, (7, 4)).astype(float), rng.integers(1, 6, 7).astype(float)
    capacity = np.full(4, np.ceil(demand.sum() * 0.55))
    found: list[tuple[float, tuple[int, ...]]] = []
    for choice in np.ndindex(*([4] * 7)):
        load = np.bincount(choice, weights=demand, minlength=4)
        if len(set(choice)) <= 2 and (load <= capacity).all():
            found.append((float(cost[np.arange(7), choice].sum()), choice))
    best = min(found)[0]
    problem = Problem(
        cost, np.ones_like(cost, bool), np.ones(7), np.zeros(4), 2,
        np.array([], int), capacity, demand, ("",) * 7, ("",) * 4,
    )  # fmt: skip
    assert suits(problem)
    bounds, owner = bound(problem)
    assert bounds.lower <= best + 1e-9
    assert bounds.upper >= best - 1e-9
    assert owner is not None
    assert (np.bincount(owner, weights=demand, minlength=4) <= capacity).all()
    if bounds.upper > best:
        better = [choice for value, choice in found if value == best]
        assert any(bounds.keep_serve[np.arange(7), list(c)].all() for c in better)
    assert p_median(cost, 2, capacity=capacity, demand=demand).objective == best


def test_fractional_demands_are_solved_without_knapsacks() -> None:
    rng = np.random.default_rng(1)
    cost, demand = rng.uniform(0, 9, (8, 5)), rng.uniform(0.5, 2.5, 8)
    result = p_median(cost, 3, capacity=demand.sum() / 2, demand=demand)
    load = np.bincount(result.assignment, weights=demand, minlength=5)
    assert (load <= demand.sum() / 2 + 1e-9).all()
    assert result.gap == 0


def test_time_running_out_reports_the_gap_left() -> None:
    """A tight instance stopped early: the solution is feasible, the gap honest."""
    rng = np.random.default_rng(10)
    xy, demand = rng.integers(0, 101, (50, 2)), rng.integers(1, 21, 50)
    cost = np.floor(np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)))
    result = p_median(cost, 5, capacity=120, demand=demand, time_limit=0.5)
    load = np.bincount(result.assignment, weights=demand, minlength=50)
    assert (load <= 120).all()
    assert result.lower_bound <= result.objective
    assert result.gap == pytest.approx(1 - result.lower_bound / result.objective)


def test_fewest_sites_cover_everyone() -> None:
    line = np.abs(np.arange(9)[:, None] - np.arange(9)[None, :]).astype(float)
    assert fewest_sites(line, 1) == 3
    assert fewest_sites(line, 4) == 1
    with pytest.raises(InfeasibleError, match="leaves no site"):
        fewest_sites(line[:, :2], 3)
