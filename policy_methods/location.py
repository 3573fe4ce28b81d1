"""Where facilities should stand: p-median and fixed-charge location, solved to proven optimality.

The model is the strong ("disaggregated") formulation of Balinski (1965) and ReVelle & Swain
(1970): binary y_j opens site j, x_ij is the share of demand point i served from j, every point is
served once and x_ij <= y_j. Lagrangian bounds shrink the problem first
(:mod:`policy_methods.location_bounds`); what is left goes to HiGHS through
:func:`scipy.optimize.milp`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from policy_methods.checks import listed, number, numbers, whole
from policy_methods.errors import ParameterError
from policy_methods.location_bounds import Floats, Integers, Problem, improve, lagrangian
from policy_methods.location_capacity import bound as bound_knapsacks
from policy_methods.location_capacity import suits
from policy_methods.location_milp import (
    TOLERANCE,
    InfeasibleError,
    cover,
    fill,
    named,
    solve,
    total_cost,
)

_EARTH_RADIUS_KM = 6371.0088

__all__ = ["InfeasibleError", "Location", "fewest_sites", "great_circle_km", "p_median"]


@dataclass(frozen=True, slots=True)
class Location:
    """Sites opened and who is served from where.

    Parameters
    ----------
    objective : float
        Total weighted cost, fixed costs included.
    open : ndarray of int, shape (number open,)
        Columns of the cost matrix that are open, ascending.
    assignment : ndarray of int, shape (n,)
        Column that serves each demand point (the one with the largest share where split).
    gap : float
        (objective − lower bound) / objective: 0 where the optimum is proven.
    seconds : float
        Time taken.
    lower_bound : float
        Proven lower bound of the objective.
    shares : scipy.sparse.csr_array, shape (n, m)
        Share of each point's demand served from each site; rows add to 1.
    cost : ndarray of float, shape (n,)
        Unweighted cost of serving each point.
    point_names, site_names : tuple of str
        Labels of the rows and columns.
    """

    objective: float
    open: Integers
    assignment: Integers
    gap: float
    seconds: float
    lower_bound: float
    shares: sparse.csr_array
    cost: Floats
    point_names: tuple[str, ...]
    site_names: tuple[str, ...]

    @property
    def proven(self) -> bool:
        """Whether the optimum is proven."""
        return self.gap <= TOLERANCE

    def to_frame(self) -> pd.DataFrame:
        """Return one row a demand point: point, site, share from that site, cost."""
        rows = np.arange(self.assignment.size)
        return pd.DataFrame(
            {
                "point": self.point_names,
                "site": [self.site_names[j] for j in self.assignment],
                "share": np.asarray(self.shares[rows, self.assignment]).ravel(),
                "cost": self.cost,
            }
        )


def great_circle_km(
    latitude: npt.ArrayLike,
    longitude: npt.ArrayLike,
    to_latitude: npt.ArrayLike,
    to_longitude: npt.ArrayLike,
    *,
    road_factor: float = 1.0,
) -> Floats:
    """Distance over a sphere from each point to each other point, times a road factor.

    Parameters
    ----------
    latitude, longitude : array-like, shape (n,)
        Degrees, WGS 84.
    to_latitude, to_longitude : array-like, shape (m,)
        Degrees, WGS 84.
    road_factor : float
        Road distance for one of straight line; 1 gives the great circle.

    Returns
    -------
    ndarray, shape (n, m)
        Kilometres. Haversine formula on the mean Earth radius of 6,371.0088 km.

    Raises
    ------
    ParameterError
        Missing or impossible coordinates, road factor under 1.

    Examples
    --------
    >>> float(great_circle_km([51.0], [0.0], [52.0], [0.0])[0, 0].round(2))
    111.2
    """
    number("road_factor", road_factor, least=1, rule="must be at least 1")
    lat1, lat2 = _degrees("latitude", latitude, 90), _degrees("to_latitude", to_latitude, 90)
    lon1 = _degrees("longitude", longitude, 180)
    lon2 = _degrees("to_longitude", to_longitude, 180)
    if lat1.size != lon1.size or lat2.size != lon2.size:
        raise ParameterError("longitude", "must have as many values as the latitude")
    half = (
        np.sin((lat2[None, :] - lat1[:, None]) / 2) ** 2
        + np.cos(lat1)[:, None]
        * np.cos(lat2)[None, :]
        * np.sin((lon2[None, :] - lon1[:, None]) / 2) ** 2
    )
    arc = 2 * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return np.asarray(road_factor * _EARTH_RADIUS_KM * arc, dtype=float)


def _degrees(name: str, values: npt.ArrayLike, limit: float) -> Floats:
    array = np.atleast_1d(numbers(name, values, ndim=None))
    if array.ndim != 1 or (np.abs(array) > limit).any():
        raise ParameterError(name, f"must be degrees from −{limit:g} to {limit:g}, none missing")
    return np.asarray(np.radians(array), dtype=float)


def p_median(
    cost: npt.ArrayLike | pd.DataFrame,
    p: int | None,
    *,
    weights: npt.ArrayLike | None = None,
    capacity: npt.ArrayLike | None = None,
    demand: npt.ArrayLike | None = None,
    fixed_cost: npt.ArrayLike | None = None,
    max_cost: float | None = None,
    single_source: bool | None = None,
    must_open: Sequence[int] = (),
    time_limit: float = 60.0,
) -> Location:
    """Choose the sites to open so that serving every demand point costs least.

    Parameters
    ----------
    cost : array-like or DataFrame, shape (n, m)
        Cost of serving demand point i wholly from site j, such as its distance; not negative.
        A DataFrame's index and columns name the points and sites in messages.
    p : int or None
        Number of sites to open; None lets the fixed costs choose.
    weights : array-like, shape (n,), optional
        What a point's cost counts for; 1 by default.
    capacity : float or array-like, shape (m,), optional
        Most demand a site can serve; none by default.
    demand : array-like, shape (n,), optional
        What a point takes of a capacity; the weights, or 1, by default.
    fixed_cost : float or array-like, shape (m,), optional
        Cost of opening a site, added to the objective; 0 by default, needed where `p` is None.
    max_cost : float, optional
        Largest `cost` (before weights) at which a point may be served: a travel limit.
    single_source : bool, optional
        Whether a point must be served from one site. It only matters with capacities. By default
        as each problem is defined in the literature: True for a given `p` (the capacitated
        p-median), False where fixed costs choose (the capacitated fixed-charge problem).
    must_open : sequence of int
        Sites that are open whatever the cost.
    time_limit : float
        Seconds allowed to the solver; the gap left then is reported.

    Returns
    -------
    Location
        Sites, assignment, objective, gap and time.

    Raises
    ------
    ParameterError
        An argument of the wrong shape, sign or range, named.
    InfeasibleError
        No solution exists: names the points that can't be served and, where more sites would
        help, how many.

    Notes
    -----
    ReVelle & Swain (1970), Geographical Analysis 2:30; Beasley (1985), European Journal of
    Operational Research 21:270 for the Lagrangian bound.

    Examples
    --------
    >>> result = p_median([[0, 4, 9], [4, 0, 5], [9, 5, 0]], 2)
    >>> result.objective, result.open.tolist(), result.gap
    (4.0, [1, 2], 0.0)
    """
    start = time.perf_counter()
    problem, single = _checked(
        cost, p, weights, capacity, demand, fixed_cost, max_cost, single_source, must_open
    )
    _check_time(time_limit)
    _require_feasible(problem, max_cost, single)
    if problem.capacity is None:
        opened, shares, bound = _solve_uncapacitated(problem, max_cost, time_limit)
    else:
        opened, shares, bound = _solve_capacitated(problem, single, max_cost, time_limit)
    objective = total_cost(problem, shares, opened)
    bound = min(bound, objective)
    gap = (objective - bound) / abs(objective) if objective else 0.0
    unweighted = shares.multiply(np.where(problem.allowed, problem.cost, 0.0)).sum(axis=1)
    return Location(
        objective=objective,
        open=opened,
        assignment=np.asarray(shares.argmax(axis=1)).ravel().astype(int),
        gap=0.0 if gap <= TOLERANCE else gap,
        seconds=time.perf_counter() - start,
        lower_bound=bound,
        shares=shares,
        cost=np.asarray(unweighted, dtype=float).ravel(),
        point_names=problem.point_names,
        site_names=problem.site_names,
    )


def fewest_sites(
    cost: npt.ArrayLike | pd.DataFrame, max_cost: float, *, time_limit: float = 60.0
) -> int:
    """Find the fewest sites that put every demand point within a limit (set covering).

    Parameters
    ----------
    cost : array-like or DataFrame, shape (n, m)
        As in :func:`p_median`.
    max_cost : float
        Largest cost at which a point may be served.
    time_limit : float
        Seconds allowed to the solver.

    Returns
    -------
    int
        Number of sites.

    Raises
    ------
    ParameterError
        An argument out of range, named.
    InfeasibleError
        Some point has no site within the limit: names it.

    Notes
    -----
    Toregas, Swain, ReVelle & Bergman (1971), Operations Research 19:1363.

    Examples
    --------
    >>> fewest_sites([[0, 4, 9], [4, 0, 5], [9, 5, 0]], 5)
    1
    """
    problem, single = _checked(cost, None, None, None, None, 0.0, max_cost, None, ())
    _check_time(time_limit)
    _require_feasible(problem, max_cost, single)
    return int(cover(problem, max_cost, time_limit).size)


def _check_time(limit: float) -> None:
    number("time_limit", limit, least=1e-6, rule="must be above 0 seconds")


def _vector(name: str, values: npt.ArrayLike, size: int) -> Floats:
    array = numbers(name, values, ndim=None, least=0)
    array = np.full(size, float(array)) if array.ndim == 0 else array
    if array.shape != (size,):
        raise ParameterError(name, f"must hold {size} values", value=array.shape)
    return array


def _checked(
    cost: npt.ArrayLike | pd.DataFrame,
    p: int | None,
    weights: npt.ArrayLike | None,
    capacity: npt.ArrayLike | None,
    demand: npt.ArrayLike | None,
    fixed_cost: npt.ArrayLike | None,
    max_cost: float | None,
    single_source: bool | None,
    must_open: Sequence[int],
) -> tuple[Problem, bool]:
    """Check every argument; return the problem in arrays and whether points are single-sourced."""
    raw = np.asarray(cost)
    # infinity forbids a site to a point, so it is set aside while the numbers are checked
    barred = raw == np.inf if raw.dtype.kind == "f" else np.zeros(raw.shape, dtype=bool)
    matrix = numbers(
        "cost", np.where(barred, 0.0, raw) if barred.any() else raw, ndim=None, least=0
    )
    matrix = np.where(barred, np.inf, matrix)
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise ParameterError(
            "cost", "must be a matrix of demand points × sites", value=matrix.shape
        )
    points, sites = matrix.shape
    rows, columns = (
        (cost.index, cost.columns) if isinstance(cost, pd.DataFrame) else map(range, matrix.shape)
    )
    if p is None:
        if fixed_cost is None:
            raise ParameterError("fixed_cost", "is needed where p is None, to choose how many open")
    else:
        p = whole("p", p, 1, sites)
    if max_cost is not None:
        number("max_cost", max_cost, least=0, most=np.inf, rule="must not be negative")
    numbered = listed("must_open", must_open, "sites")
    forced = np.unique([whole("must_open", j, 0, sites - 1) for j in numbered]).astype(int)
    if p is not None and forced.size > p:
        raise ParameterError("must_open", f"names {forced.size} sites, more than p = {p}")
    weight = np.ones(points) if weights is None else _vector("weights", weights, points)
    problem = Problem(
        cost=matrix,
        allowed=np.isfinite(matrix) & (matrix <= (np.inf if max_cost is None else max_cost)),
        weights=weight,
        fixed=np.zeros(sites) if fixed_cost is None else _vector("fixed_cost", fixed_cost, sites),
        p=p,
        must_open=forced,
        capacity=None if capacity is None else _vector("capacity", capacity, sites),
        demand=weight if demand is None else _vector("demand", demand, points),
        point_names=tuple(str(c) for c in rows),
        site_names=tuple(str(c) for c in columns),
    )
    return problem, (p is not None) if single_source is None else single_source


def _require_feasible(problem: Problem, max_cost: float | None, single: bool) -> None:
    """Raise before solving where no solution can exist, naming who can't be served."""
    unreachable = np.flatnonzero(~problem.allowed.any(axis=1))
    if unreachable.size:
        text, names = named(problem, unreachable)
        limit = "at any finite cost" if max_cost is None else f"within {max_cost:g}"
        raise InfeasibleError("max_cost", f"leaves no site {limit} of: {text}", unserved=names)
    if problem.capacity is None:
        return
    reach = np.where(problem.allowed, problem.capacity[None, :], 0.0)
    most = reach.max(axis=1) if single else reach.sum(axis=1)
    too_big = np.flatnonzero(problem.demand > most * (1 + TOLERANCE))
    if too_big.size:
        text, names = named(problem, too_big)
        raise InfeasibleError("capacity", f"is smaller than the demand of: {text}", unserved=names)
    others = np.delete(problem.capacity, problem.must_open)
    free = others.size if problem.p is None else problem.p - problem.must_open.size
    largest = problem.capacity[problem.must_open].sum() + np.sort(others)[::-1][:free].sum()
    if problem.demand.sum() > largest * (1 + TOLERANCE):
        count = "all sites" if problem.p is None else f"any {problem.p} sites"
        raise InfeasibleError(
            "capacity",
            f"of {count} adds to at most {largest:g}, under the demand of {problem.demand.sum():g}",
        )


def _assign(problem: Problem, opened: Integers) -> sparse.csr_array:
    """Serve every point wholly from its cheapest open site."""
    reachable = np.where(problem.allowed[:, opened], problem.cost[:, opened], np.inf)
    nearest = opened[reachable.argmin(axis=1)]
    rows = np.arange(nearest.size)
    return sparse.csr_array((np.ones(nearest.size), (rows, nearest)), shape=problem.cost.shape)


def _solve_uncapacitated(
    problem: Problem, max_cost: float | None, time_limit: float
) -> tuple[Integers, sparse.csr_array, float]:
    start, total = improve(problem)
    if not np.isfinite(total):
        start, total = improve(problem, cover(problem, max_cost, time_limit))
    bounds = lagrangian(problem, start, total)
    best, upper = bounds.open, bounds.upper
    if bounds.closed:
        return best, _assign(problem, best), upper
    solved, bound = solve(
        problem, bounds.keep_open, bounds.keep_serve, bounds.fixed_open, True, False, time_limit
    )
    if solved is None:
        # Every solution that the bounds left in was cut off: nothing beats the one in hand.
        return best, _assign(problem, best), upper
    opened = np.unique(np.concatenate([solved.nonzero()[1], bounds.fixed_open]))
    opened = fill(problem, opened)
    if problem.value(opened) < upper:
        best, upper = opened, problem.value(opened)
    return best, _assign(problem, best), min(max(bound, bounds.lower), upper)


def _solve_capacitated(
    problem: Problem, single: bool, max_cost: float | None, time_limit: float
) -> tuple[Integers, sparse.csr_array, float]:
    started = time.perf_counter()
    keep_open, keep_serve = np.ones(problem.fixed.size, dtype=bool), problem.allowed
    fixed_open, lower, known = problem.must_open, -np.inf, None
    if single and suits(problem):
        bounds, owner = bound_knapsacks(problem)
        keep_open, keep_serve, fixed_open = bounds.keep_open, bounds.keep_serve, bounds.fixed_open
        lower = bounds.lower
        if owner is not None:
            places = (np.arange(owner.size), owner)
            known = sparse.csr_array((np.ones(owner.size), places), shape=problem.cost.shape)
            if bounds.closed:
                return bounds.open, known, bounds.upper
    left = max(time_limit - (time.perf_counter() - started), 1.0)
    try:
        solved, bound = solve(problem, keep_open, keep_serve, fixed_open, False, single, left)
    except ParameterError:
        if known is None:
            raise
        return bounds.open, known, lower
    if known is not None:
        # What the bounds cut off is no better than the assignment in hand.
        if solved is None:
            return bounds.open, known, bounds.upper
        opened = fill(problem, np.union1d(solved.nonzero()[1], fixed_open))
        bound = max(lower, min(bound, bounds.upper))
        if total_cost(problem, solved, opened) >= bounds.upper:
            return bounds.open, known, bound
    if solved is None:
        limit = "" if max_cost is None else f" and a limit of {max_cost:g}"
        number = "" if problem.p is None else f"{problem.p} sites, "
        raise InfeasibleError(
            "capacity", f"can't be met: no assignment exists with {number}these capacities{limit}"
        )
    return fill(problem, np.union1d(solved.nonzero()[1], problem.must_open)), solved, bound
