"""Bounds that shrink a location problem before a solver sees it.

A vertex-substitution heuristic gives an upper bound, subgradient optimisation of the Lagrangian
(assignment constraints relaxed) a lower one; their difference proves which sites and which
assignments can't be part of a better solution.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int_]
Booleans = npt.NDArray[np.bool_]

_ROUNDS = 600
SLACK = 1e-7
"""Relative rounding error allowed in comparing bounds."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A location problem in arrays, already checked.

    Parameters
    ----------
    cost : ndarray, shape (n, m)
        Unweighted cost of serving each point from each site.
    allowed : ndarray of bool, shape (n, m)
        Whether the site may serve the point.
    weights, demand : ndarray, shape (n,)
        What a point's cost counts for; what it takes of a capacity.
    fixed : ndarray, shape (m,)
        Cost of opening a site.
    p : int or None
        Number of sites to open.
    must_open : ndarray of int
        Sites open whatever the cost.
    capacity : ndarray, shape (m,), or None
        Most demand a site can serve.
    point_names, site_names : tuple of str
        Labels for messages.
    """

    cost: Floats
    allowed: Booleans
    weights: Floats
    fixed: Floats
    p: int | None
    must_open: Integers
    capacity: Floats | None
    demand: Floats
    point_names: tuple[str, ...]
    site_names: tuple[str, ...]

    def weighted(self, forbidden: float) -> Floats:
        """Return the weighted cost, `forbidden` where a site may not serve a point."""
        finite = np.where(self.allowed, self.cost, 0.0)
        return np.where(self.allowed, finite * self.weights[:, None], forbidden)

    def value(self, opened: Integers) -> float:
        """Return the total cost of serving everyone from the cheapest open site."""
        nearest = self.weighted(np.inf)[:, opened].min(axis=1)
        return float(nearest.sum() + self.fixed[opened].sum())

    @property
    def whole(self) -> bool:
        """Whether every cost is a whole number, so that the optimum is one too."""
        cost = self.weighted(0.0)
        return bool((cost == np.round(cost)).all() and (self.fixed == np.round(self.fixed)).all())


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the bounds prove.

    Parameters
    ----------
    open : ndarray of int
        Best sites found.
    upper, lower : float
        Their cost, and the proven lower bound.
    closed : bool
        Whether the two meet: the sites found are optimal.
    keep_open : ndarray of bool, shape (m,)
        Sites that a better solution may open.
    keep_serve : ndarray of bool, shape (n, m)
        Assignments that a better solution may use.
    fixed_open : ndarray of int
        Sites that every better solution opens.
    """

    open: Integers
    upper: float
    lower: float
    closed: bool
    keep_open: Booleans
    keep_serve: Booleans
    fixed_open: Integers


def improve(problem: Problem, start: Integers | None = None) -> tuple[Integers, float]:
    """Improve a set of open sites by the best swap until none helps.

    Parameters
    ----------
    problem : Problem
        Without capacities.
    start : ndarray of int, optional
        Sites to begin from; greedy addition by default.

    Returns
    -------
    tuple of (ndarray of int, float)
        Sites, and their total cost: infinite where some point is out of reach.

    Notes
    -----
    Teitz & Bart (1968), Operations Research 16:955, with the vectorised evaluation of all swaps of
    Whitaker (1983), INFOR 21:95. Points out of reach carry a cost above any feasible total, so
    that swaps first repair reach.
    """
    reachable = problem.weighted(0.0)
    cost = problem.weighted(float(reachable.max(axis=1).sum() + problem.fixed.sum()) + 1.0)
    opened = _greedy(problem, cost) if start is None else np.asarray(start)
    while True:
        move = _best_move(problem, cost, opened)
        if move is None:
            break
        opened = move
    opened = np.sort(opened)
    return opened, problem.value(opened)


def _greedy(problem: Problem, cost: Floats) -> Integers:
    opened: list[int] = problem.must_open.tolist()
    nearest = cost[:, opened].min(axis=1) if opened else np.full(cost.shape[0], cost.max() * 2 + 1)
    while problem.p is None or len(opened) < problem.p:
        gain = np.maximum(nearest[:, None] - cost, 0).sum(axis=0) - problem.fixed
        gain[opened] = -np.inf
        site = int(gain.argmax())
        if problem.p is None and opened and (len(opened) == cost.shape[1] or gain[site] <= 0):
            break
        opened.append(site)
        nearest = np.minimum(nearest, cost[:, site])
    return np.asarray(opened, dtype=int)


def _best_move(problem: Problem, cost: Floats, opened: Integers) -> Integers | None:
    """Return the sites after the best swap (or addition or removal, where p is free)."""
    points = np.arange(cost.shape[0])
    near = cost[:, opened]
    first = near.argmin(axis=1)
    d1 = near[points, first]
    near[points, first] = np.inf
    d2 = near.min(axis=1)
    gain = np.maximum(d1[:, None] - cost, 0).sum(axis=0) - problem.fixed
    gain[opened] = -np.inf
    best, move = 1e-9 * max(1.0, float(d1.sum())), None
    removable = np.flatnonzero(~np.isin(opened, problem.must_open))
    if problem.p is None and np.isfinite(gain).any() and gain.max() > best:
        best, move = float(gain.max()), np.append(opened, int(gain.argmax()))
    if opened.size == 1:
        swap = d1.sum() + problem.fixed[opened[0]] - cost.sum(axis=0) - problem.fixed
        if removable.size and swap.max() > best:
            move = np.asarray([int(swap.argmax())])
        return move
    owner = np.zeros((opened.size, cost.shape[0]))
    owner[first, points] = 1
    loss = owner @ (d2 - d1) - problem.fixed[opened]
    if problem.p is None and removable.size and (-loss[removable]).max() > best:
        worst = removable[int(loss[removable].argmin())]
        best, move = float(-loss[worst]), np.delete(opened, worst)
    regained = owner @ np.maximum(d2[:, None] - np.maximum(d1[:, None], cost), 0)
    net = (gain[None, :] - loss[:, None] + regained)[removable]
    if net.size and net.max() > best:
        out, into = np.unravel_index(int(net.argmax()), net.shape)
        move = opened.copy()
        move[removable[out]] = into
    return move


def lagrangian(problem: Problem, start: Integers, upper: float) -> Bounds:
    """Bound the optimum from below and fix what can't be in a better solution.

    Parameters
    ----------
    problem : Problem
        Without capacities.
    start : ndarray of int
        Feasible sites.
    upper : float
        Their cost.

    Returns
    -------
    Bounds
        Improved sites, both bounds, and what is left to decide.

    Notes
    -----
    Relaxing 'every point is served once' with multipliers λ leaves, for each site, the reduced
    cost ρ_j = f_j + Σ_i min(0, c_ij − λ_i); the bound is Σλ plus the sum of the p least (or of all
    negative) ρ. Opening another site, or assignment (i, j) with c_ij > λ_i, raises the bound by a
    known amount: where it passes the upper bound the choice is ruled out. Held & Karp (1971) step
    sizes; Beasley (1985), European Journal of Operational Research 21:270.
    """
    cost = problem.weighted(np.inf)
    multipliers = cost[:, start].min(axis=1)
    opened, lower, best_multipliers = start, -np.inf, multipliers
    scale, stale = 2.0, 0
    whole = problem.whole
    for _ in range(_ROUNDS):
        slack = np.minimum(cost - multipliers[:, None], 0)
        reduced = problem.fixed + slack.sum(axis=0)
        chosen = choose(problem, reduced)
        bound = float(multipliers.sum() + reduced[chosen].sum())
        if bound > lower + 1e-9 * abs(upper):
            lower, best_multipliers, stale = bound, multipliers, 0
        else:
            stale += 1
            if stale >= 25:
                scale, stale = scale / 2, 0
        if chosen.size:
            value = float(cost[:, chosen].min(axis=1).sum() + problem.fixed[chosen].sum())
            if value < upper:
                opened, upper = improve(problem, chosen)
        if met(lower, upper, whole) or scale < 1e-4:
            break
        direction = 1.0 - (slack[:, chosen] < 0).sum(axis=1)
        norm = float((direction**2).sum())
        if norm == 0:
            break
        step = scale * (1.005 * upper - bound) / norm
        multipliers = np.maximum(multipliers + step * direction, 0)
    return _fixings(problem, cost, best_multipliers, opened, lower, upper, whole)


def choose(problem: Problem, reduced: Floats) -> Integers:
    """Pick the sites of the relaxed problem: the p cheapest, or all that pay for themselves.

    Parameters
    ----------
    problem : Problem
        Its p and the sites that must open.
    reduced : ndarray, shape (m,)
        Reduced cost of each site.

    Returns
    -------
    ndarray of int
        Sites, ascending.
    """
    if problem.p is None:
        return np.union1d(np.flatnonzero(reduced < 0), problem.must_open)
    order = reduced.copy()
    order[problem.must_open] = -np.inf
    return np.sort(np.argpartition(order, problem.p - 1)[: problem.p])


def penalties(problem: Problem, reduced: Floats, chosen: Booleans) -> tuple[Floats, Floats]:
    """Find how much the bound rises when a choice of the relaxed problem is reversed.

    Parameters
    ----------
    problem : Problem
        Its p and the sites that must open.
    reduced : ndarray, shape (m,)
        Reduced cost of each site.
    chosen : ndarray of bool, shape (m,)
        As picked by :func:`choose`.

    Returns
    -------
    tuple of ndarray, shape (m,)
        Rise if the site is opened (0 for one chosen), and if it is closed (0 for one that is
        not chosen, infinite for one that must open).
    """
    forced = np.zeros(reduced.size, dtype=bool)
    forced[problem.must_open] = True
    if problem.p is None:
        opening = np.where(chosen, 0.0, np.maximum(reduced, 0))
        closing = -reduced
    else:
        free = reduced[chosen & ~forced]
        shut = reduced[~chosen]
        # Exactly p are open: one in means the dearest of the chosen out, and the reverse.
        opening = np.where(chosen, 0.0, reduced - (free.max() if free.size else -np.inf))
        closing = (shut.min() if shut.size else np.inf) - reduced
    return opening, np.where(forced, np.inf, np.where(chosen, closing, 0.0))


def met(lower: float, upper: float, whole: bool) -> bool:
    """Tell whether the bounds meet; with whole costs a gap under 1 closes.

    Parameters
    ----------
    lower, upper : float
        Bounds of the optimum.
    whole : bool
        Whether the optimum is a whole number.
    """
    margin = SLACK * max(1.0, abs(upper))
    return bool(np.ceil(lower - margin) >= upper) if whole else lower >= upper - margin * 1e-3


def _fixings(
    problem: Problem,
    cost: Floats,
    multipliers: Floats,
    opened: Integers,
    lower: float,
    upper: float,
    whole: bool,
) -> Bounds:
    reduced = problem.fixed + np.minimum(cost - multipliers[:, None], 0).sum(axis=0)
    chosen = np.zeros(reduced.size, dtype=bool)
    chosen[choose(problem, reduced)] = True
    opening, closing = penalties(problem, reduced, chosen)
    margin = upper - lower + SLACK * max(1.0, abs(upper))
    serving = np.maximum(cost - multipliers[:, None], 0) + opening[None, :]
    return Bounds(
        open=np.sort(opened),
        upper=upper,
        lower=lower,
        closed=met(lower, upper, whole),
        keep_open=opening <= margin,
        keep_serve=problem.allowed & (serving <= margin),
        fixed_open=np.union1d(problem.must_open, np.flatnonzero(closing > margin)),
    )
