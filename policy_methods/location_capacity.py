"""Bounds for single-source location with capacities, where every site's share is a knapsack.

Relaxing 'every point is served once' leaves, for each site, a 0-1 knapsack: which points to serve
within its capacity. With whole demands it is solved exactly by dynamic programming for all sites
at once, which bounds the optimum tighter than the linear relaxation does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policy_methods.errors import ParameterError
from policy_methods.location_bounds import (
    SLACK,
    Booleans,
    Bounds,
    Floats,
    Integers,
    Problem,
    choose,
    improve,
    met,
    penalties,
)
from policy_methods.location_milp import solve, total_cost

_ROUNDS = 400
_TRIALS = 12
_TRIAL_SECONDS = 3.0
_LARGEST_TABLE = 4_000_000


def suits(problem: Problem) -> bool:
    """Tell whether the knapsacks can be solved exactly: whole demands, tables of moderate size.

    Parameters
    ----------
    problem : Problem
        With capacities.
    """
    if problem.capacity is None:
        return False
    whole = bool((problem.demand == np.round(problem.demand)).all())
    size = problem.fixed.size * (float(problem.capacity.max()) + 1)
    return whole and size * 8 <= _LARGEST_TABLE


@dataclass(slots=True)
class _Search:
    """The best assignment found so far."""

    problem: Problem
    opened: Integers
    owner: Integers
    upper: float
    tried: set[tuple[int, ...]]

    def try_sites(self, sites: Integers) -> None:
        """Find the best assignment to a set of sites, if it was not tried before."""
        key = tuple(sites.tolist())
        assert self.problem.capacity is not None
        enough = self.problem.capacity[sites].sum() >= self.problem.demand.sum()
        if key in self.tried or not enough:
            return
        self.tried.add(key)
        mask = np.zeros(self.problem.fixed.size, dtype=bool)
        mask[sites] = True
        try:
            shares, _ = solve(
                self.problem, mask, self.problem.allowed, sites, False, True, _TRIAL_SECONDS
            )
        except ParameterError:
            # Out of time without an assignment: a trial lost, not an answer.
            return
        if shares is None:
            return
        value = total_cost(self.problem, shares, sites)
        if value < self.upper:
            self.upper, self.opened = value, sites
            self.owner = np.asarray(shares.argmax(axis=1)).ravel().astype(int)

    def recentre(self) -> None:
        """Move each site to the best place for the points it serves, and assign again."""
        cost = self.problem.weighted(float("inf"))
        while self.owner.size:
            before = self.upper
            moved = [
                j if j in self.problem.must_open else self._centre(cost, self.owner == j)
                for j in self.opened
            ]
            if len(set(moved)) == len(moved):
                self.try_sites(np.sort(np.asarray(moved)))
            if self.upper >= before:
                return

    def _centre(self, cost: Floats, served: Booleans) -> int:
        assert self.problem.capacity is not None
        roomy = self.problem.capacity >= self.problem.demand[served].sum()
        total = np.where(roomy, cost[served].sum(axis=0) + self.problem.fixed, np.inf)
        return int(total.argmin())


def bound(problem: Problem) -> tuple[Bounds, Integers | None]:
    """Bound the optimum from both sides and fix what can't be in a better solution.

    Parameters
    ----------
    problem : Problem
        With capacities for which :func:`suits` holds.

    Returns
    -------
    tuple of (Bounds, ndarray of int or None)
        The bounds, and the best assignment found: the site of each point.

    Notes
    -----
    Subgradient steps as in :func:`policy_methods.location_bounds.lagrangian`; sets of sites
    that the relaxation picks are completed by an exact assignment. Compare Pirkul (1987),
    Computers & Operations Research 14:299.
    """
    cost = problem.weighted(np.inf)
    start, _ = improve(problem)
    search = _Search(problem, start, np.empty(0, int), np.inf, set())
    search.try_sites(np.sort(start))
    finite = np.where(np.isfinite(cost), cost, 0.0)
    # Until a solution is known the steps aim at the dearest way to serve everyone.
    ceiling = float(finite.max(axis=1).sum() + np.sort(problem.fixed)[::-1].sum())
    multipliers = cost[:, start].min(axis=1)
    multipliers = np.where(np.isfinite(multipliers), multipliers, finite.max(axis=1))
    lower, best = -np.inf, multipliers
    scale, stale = 2.0, 0
    seen: dict[tuple[int, ...], float] = {}
    for _ in range(_ROUNDS):
        reduced, _ = _knapsacks(problem, cost, multipliers)
        chosen = choose(problem, reduced)
        value = float(multipliers.sum() + reduced[chosen].sum())
        if value > lower + 1e-9 * abs(value):
            lower, best, stale = value, multipliers, 0
        else:
            stale += 1
            if stale >= 20:
                scale, stale = scale / 2, 0
        seen[tuple(chosen.tolist())] = max(value, seen.get(tuple(chosen.tolist()), -np.inf))
        if met(lower, search.upper, problem.whole) or scale < 1e-4:
            break
        served = _served(problem, cost, multipliers, chosen)
        direction = 1.0 - served
        norm = float((direction**2).sum())
        if norm == 0:
            break
        target = min(search.upper, ceiling)
        step = scale * (1.005 * target - value) / norm
        multipliers = np.maximum(multipliers + step * direction, 0)
    for sites in sorted(seen, key=lambda sites: -seen[sites])[:_TRIALS]:
        if met(lower, search.upper, problem.whole):
            break
        search.try_sites(np.asarray(sites, dtype=int))
    search.recentre()
    owner = search.owner if search.owner.size else None
    return _fixings(problem, cost, best, search, lower), owner


def _knapsacks(problem: Problem, cost: Floats, multipliers: Floats) -> tuple[Floats, Floats]:
    """Return each site's reduced cost and its table of values by capacity."""
    assert problem.capacity is not None
    sites = problem.fixed.size
    room = np.floor(problem.capacity).astype(int)
    table = np.zeros((sites, int(room.max()) + 1))
    for i, size in enumerate(problem.demand.astype(int)):
        gain = cost[i] - multipliers[i]
        useful = np.flatnonzero(gain < 0)
        if useful.size and size < table.shape[1]:
            with_it = table[useful, : table.shape[1] - size] + gain[useful, None]
            table[useful, size:] = np.minimum(table[useful, size:], with_it)
    return problem.fixed + table[np.arange(sites), room], table


def _served(problem: Problem, cost: Floats, multipliers: Floats, chosen: Integers) -> Floats:
    """Count how often the chosen sites' knapsacks serve each point."""
    assert problem.capacity is not None
    room = np.floor(problem.capacity[chosen]).astype(int)
    width = int(room.max()) + 1 if room.size else 1
    points = problem.demand.size
    table = np.zeros((chosen.size, width))
    taken = np.zeros((points, chosen.size, width), dtype=bool)
    sizes = problem.demand.astype(int)
    for i, size in enumerate(sizes):
        gain = (cost[i, chosen] - multipliers[i])[:, None]
        if size >= width or not (gain < 0).any():
            continue
        with_it = table[:, : width - size] + gain
        better = with_it < table[:, size:] - 1e-12
        taken[i, :, size:] = better
        table[:, size:] = np.where(better, with_it, table[:, size:])
    counts = np.zeros(points)
    left = room.copy()
    places = np.arange(chosen.size)
    for i in range(points - 1, -1, -1):
        used = taken[i, places, left]
        counts[i] = used.sum()
        left = left - np.where(used, sizes[i], 0)
    return counts


def _fixings(
    problem: Problem, cost: Floats, multipliers: Floats, search: _Search, lower: float
) -> Bounds:
    assert problem.capacity is not None
    reduced, table = _knapsacks(problem, cost, multipliers)
    chosen = np.zeros(reduced.size, dtype=bool)
    chosen[choose(problem, reduced)] = True
    opening, closing = penalties(problem, reduced, chosen)
    upper = search.upper
    margin = upper - lower + SLACK * max(1.0, abs(upper)) if np.isfinite(upper) else np.inf
    room = np.floor(problem.capacity).astype(int)
    left = room[None, :] - problem.demand.astype(int)[:, None]
    fits = left >= 0
    rest = table[np.arange(reduced.size)[None, :], np.maximum(left, 0)]
    # Serving i from j leaves the other points the rest of the capacity.
    forced = problem.fixed[None, :] + (cost - multipliers[:, None]) + rest
    serving = np.maximum(forced - reduced[None, :], 0) + opening[None, :]
    keep: Booleans = problem.allowed & fits & (serving <= margin)
    return Bounds(
        open=np.sort(search.opened),
        upper=upper,
        lower=lower,
        closed=np.isfinite(upper) and met(lower, upper, problem.whole),
        keep_open=opening <= margin,
        keep_serve=keep,
        fixed_open=np.union1d(problem.must_open, np.flatnonzero(closing > margin)),
    )
