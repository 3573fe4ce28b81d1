"""Where facilities should stand: p-median and set covering, solved to proven optimality.

The p-median is the strong ("disaggregated") formulation of Balinski (1965) and ReVelle & Swain
(1970), solved by HiGHS through :func:`scipy.optimize.milp`: binary y_j opens site j, x_ij is the
share of demand point i served from j, every point is served once and x_ij <= y_j.

HiGHS is given only the sites nearest to each point, and for the rest one arc at the cost of the
nearest site left out, open or not. That relaxes the problem, so a solution that uses no such arc
is optimal; where one is used, the point gets twice as many sites and the problem is solved again
(compare García, Labbé & Marín 2011). Five problems of 376 points and 128 sites took 1.0 s of
processor together, 5.3 s with all arcs at once, and 0.8 s behind Lagrangian bounds, whose 350
lines the difference is not worth. With 2 to 5 sites among hundreds the bounds would tell: there
the solver takes seconds, not tenths.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp

from policy_methods.checks import Floats, listed, number, numbers, whole
from policy_methods.errors import ParameterError
from policy_methods.results import Result

Integers = npt.NDArray[np.int_]

_EARTH_RADIUS_KM = 6371.0088
_TOLERANCE = 1e-7

__all__ = ["InfeasibleError", "Location", "fewest_sites", "great_circle_km", "p_median"]


class InfeasibleError(ParameterError):
    """No choice of sites meets the limits.

    Parameters
    ----------
    name : str
        The parameter whose limit can't be met.
    rule : str
        Why, and what would be needed.
    unserved : sequence of str
        Demand points that can't be served.
    needed : int, optional
        Fewest open sites that would meet the limits, where that is the remedy.
    """

    def __init__(
        self, name: str, rule: str, *, unserved: Sequence[str] = (), needed: int | None = None
    ) -> None:
        self.unserved, self.needed = tuple(unserved), needed
        super().__init__(name, rule)


@dataclass(frozen=True, slots=True)
class Location(Result):
    """Sites opened and who is served from where.

    Parameters
    ----------
    objective : float
        Total weighted cost.
    open : ndarray of int, shape (p,)
        Columns of the cost matrix that are open, ascending.
    assignment : ndarray of int, shape (n,)
        Column that serves each demand point: the cheapest open one.
    gap : float
        (objective − lower bound) / objective: 0 where the optimum is proven.
    cost : ndarray of float, shape (n,)
        Unweighted cost of serving each point.
    point_names, site_names : tuple of str
        Labels of the rows and columns.
    """

    objective: float
    open: Integers
    assignment: Integers
    gap: float
    cost: Floats
    point_names: tuple[str, ...]
    site_names: tuple[str, ...]

    @property
    def proven(self) -> bool:
        """Whether the optimum is proven."""
        return self.gap == 0

    def to_frame(self) -> pd.DataFrame:
        """Return one row a demand point: point, site, cost."""
        sites = [self.site_names[j] for j in self.assignment]
        return pd.DataFrame({"point": self.point_names, "site": sites, "cost": self.cost})


@dataclass(frozen=True, slots=True)
class _Costs(Result):
    """A checked matrix of costs: infinite where a site may not serve a point."""

    matrix: Floats
    limit: float
    point_names: tuple[str, ...]
    site_names: tuple[str, ...]

    def named(self, points: Integers, limit: int = 12) -> tuple[str, list[str]]:
        """Name some demand points: as text, cut after `limit`, and all of them."""
        names = [self.point_names[i] for i in points]
        more = f" and {len(names) - limit} more" if len(names) > limit else ""
        return ", ".join(names[:limit]) + more, names


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
    p: int,
    *,
    weights: npt.ArrayLike | None = None,
    max_cost: float | None = None,
    must_open: Sequence[int] = (),
    time_limit: float = 60.0,
) -> Location:
    """Choose the p sites to open so that serving every demand point costs least.

    Parameters
    ----------
    cost : array-like or DataFrame, shape (n, m)
        Cost of serving demand point i from site j, such as its distance; not negative, infinite
        where j may not serve i. A DataFrame's index and columns name the points and sites.
    p : int
        Number of sites to open.
    weights : array-like, shape (n,), or one number, optional
        What a point's cost counts for; 1 by default.
    max_cost : float, optional
        Largest `cost` (before weights) at which a point may be served: a travel limit.
    must_open : sequence of int
        Sites that are open whatever the cost.
    time_limit : float
        Seconds allowed to the solver; the gap left then is reported.

    Returns
    -------
    Location
        Sites, assignment, objective and gap.

    Raises
    ------
    ParameterError
        An argument of the wrong shape, sign or range, named.
    InfeasibleError
        No solution exists: names the points that can't be served and, where more sites would
        help, how many.

    Notes
    -----
    ReVelle & Swain (1970), Geographical Analysis 2:30; García, Labbé & Marín (2011), INFORMS
    Journal on Computing 23:546.

    Examples
    --------
    >>> result = p_median([[0, 3, 9], [4, 0, 5], [9, 5, 0]], 2)
    >>> result.objective, result.open.tolist(), result.gap
    (3.0, [1, 2], 0.0)
    """
    costs = _checked(cost, max_cost)
    points, sites = costs.matrix.shape
    p = whole("p", p, 1, sites)
    numbered = listed("must_open", must_open, "sites")
    forced = np.unique([whole("must_open", j, 0, sites - 1) for j in numbered]).astype(int)
    if forced.size > p:
        raise ParameterError("must_open", f"names {forced.size} sites, more than p = {p}")
    weight = np.ones(1) if weights is None else numbers("weights", weights, ndim=None, least=0)
    if weight.shape not in ((), (1,), (points,)):
        raise ParameterError("weights", f"must hold {points} values", value=weight.shape)
    weight = np.broadcast_to(weight, points)
    stop = time.perf_counter() + _seconds(time_limit)
    opened, bound = (
        _one(costs, weight, forced) if p == 1 else _nearest_first(costs, weight, p, forced, stop)
    )
    if opened is None:
        # The set cover says who can't be served; where it finds p sites, those serve everyone.
        opened = _cover(costs, p, forced, max(stop - time.perf_counter(), 1.0))
    reach = costs.matrix[:, opened]
    unweighted = reach.min(axis=1)
    objective = float((weight * unweighted).sum())
    gap = max(objective - bound, 0.0) / objective if objective else 0.0
    return Location(
        objective=objective,
        open=opened,
        assignment=opened[reach.argmin(axis=1)],
        gap=0.0 if gap <= _TOLERANCE else gap,
        cost=unweighted,
        point_names=costs.point_names,
        site_names=costs.site_names,
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
    costs = _checked(cost, max_cost)
    return int(_cover(costs, None, np.empty(0, int), _seconds(time_limit)).size)


def _seconds(limit: float) -> float:
    return number("time_limit", limit, least=1e-6, rule="must be above 0 seconds")


def _checked(cost: npt.ArrayLike | pd.DataFrame, max_cost: float | None) -> _Costs:
    """Check costs and limit, and that every point has a site within it."""
    raw = np.asarray(cost)
    # infinity forbids a site to a point, so it is set aside while the numbers are checked
    barred = raw == np.inf if raw.dtype.kind == "f" else np.zeros(raw.shape, dtype=bool)
    matrix = numbers(
        "cost", np.where(barred, 0.0, raw) if barred.any() else raw, ndim=None, least=0
    )
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise ParameterError(
            "cost", "must be a matrix of demand points × sites", value=matrix.shape
        )
    limit = np.inf
    if max_cost is not None:
        limit = number("max_cost", max_cost, least=0, most=np.inf, rule="must not be negative")
    rows, columns = (
        (cost.index, cost.columns) if isinstance(cost, pd.DataFrame) else map(range, matrix.shape)
    )
    costs = _Costs(
        np.where(barred | (matrix > limit), np.inf, matrix),
        limit,
        tuple(str(c) for c in rows),
        tuple(str(c) for c in columns),
    )
    unreachable = np.flatnonzero(np.isinf(costs.matrix).all(axis=1))
    if unreachable.size:
        text, names = costs.named(unreachable)
        within = "at any finite cost" if np.isinf(limit) else f"within {limit:g}"
        raise InfeasibleError("max_cost", f"leaves no site {within} of: {text}", unserved=names)
    return costs


def _one(costs: _Costs, weight: Floats, forced: Integers) -> tuple[Integers | None, float]:
    """Return the best single site, if one reaches every point: the case slowest for a solver."""
    able = np.flatnonzero(np.isfinite(costs.matrix).all(axis=0))
    able = np.intersect1d(able, forced) if forced.size else able
    if not able.size:
        return None, 0.0
    total = weight @ costs.matrix[:, able]
    return able[[int(total.argmin())]], float(total.min())


def _nearest_first(
    costs: _Costs, weight: Floats, p: int, forced: Integers, stop: float
) -> tuple[Integers | None, float]:
    """Return the best sites found, None where they leave a point unserved, and a lower bound."""
    points, sites = costs.matrix.shape
    order = costs.matrix.argsort(axis=1, kind="stable")
    ranked = np.take_along_axis(costs.matrix, order, axis=1)
    reachable = np.isfinite(ranked).sum(axis=1)
    price = np.where(np.isfinite(ranked), ranked, 0.0) * weight[:, None]
    # the solver's tolerances are absolute: bring every problem to one size
    scale = price.max() / 1000 or 1.0
    known = np.minimum(-(-2 * sites // p), reachable)
    best, least, bound = None, np.inf, 0.0
    while (left := stop - time.perf_counter()) > 0:
        i, rank = np.nonzero(np.arange(sites) < known[:, None])
        far = np.flatnonzero(known < reachable)
        # variables: a site each, an arc to each near site, an arc to beyond where there is more
        n, arc = sites + i.size + far.size, np.arange(i.size)
        one = np.ones(n)
        serve = one[sites:], (np.concatenate([i, far]), np.arange(sites, n))
        linked = np.tile(arc, 2), np.concatenate([sites + arc, order[i, rank]])
        link = np.repeat([1.0, -1.0], i.size), linked
        count = one[:sites], (np.zeros(sites, int), np.arange(sites))
        found = _highs(
            np.concatenate([np.zeros(sites), price[i, rank], price[far, known[far]]]) / scale,
            np.arange(n) < sites,
            np.isin(np.arange(n), forced),
            [
                LinearConstraint(sparse.csr_array(serve, shape=(points, n)), 1, 1),
                LinearConstraint(sparse.csr_array(link, shape=(i.size, n)), -np.inf, 0),
                LinearConstraint(sparse.csr_array(count, shape=(1, n)), p, p),
            ],
            left,
        )
        if found.x is None:
            break
        bound = max(bound, float(found.mip_dual_bound) * scale)
        opened = np.flatnonzero(found.x[:sites] > 0.5)
        nearest = costs.matrix[:, opened].min(axis=1)
        if np.isfinite(nearest).all() and weight @ nearest < least:
            best, least = opened, float(weight @ nearest)
        farther = far[found.x[sites + i.size :] > _TOLERANCE]
        if found.status != 0 or not farther.size or least <= bound:
            break
        known[farther] = np.minimum(2 * known[farther], reachable[farther])
    return best, bound


def _cover(costs: _Costs, p: int | None, forced: Integers, time_limit: float) -> Integers:
    """Find the fewest sites that reach every point, filled up to p of them where p is given."""
    reached = sparse.csr_array(np.isfinite(costs.matrix).astype(float))
    points, sites = costs.matrix.shape
    everyone, open_now = np.ones(sites), np.isin(np.arange(sites), forced)
    found = _highs(everyone, everyone, open_now, [LinearConstraint(reached, 1, np.inf)], time_limit)
    if found.x is None:
        raise ParameterError(
            "time_limit", "ran out before any solution was found", value=time_limit
        )
    opened = np.flatnonzero(found.x > 0.5)
    if p is None or opened.size <= p:
        spare = np.setdiff1d(np.arange(sites), opened)[: (p or 0) - opened.size]
        return np.union1d(opened, spare) if p else opened
    needed = int(np.ceil(found.mip_dual_bound - 1e-6))
    # Name the points that stay unserved when the p sites reach as many as they can.
    missed = np.ones(points)
    most = _highs(
        np.concatenate([0 * everyone, missed]),
        np.ones(sites + points),
        np.concatenate([open_now, 0 * missed]),
        [
            LinearConstraint(sparse.hstack([reached, sparse.eye_array(points)]), 1, np.inf),
            LinearConstraint(np.concatenate([everyone, 0 * missed])[None, :], 0, p),
        ],
        time_limit,
    )
    text, names = costs.named(np.flatnonzero([] if most.x is None else most.x[sites:] > 0.5))
    limit = "" if np.isinf(costs.limit) else f"of {costs.limit:g} "
    raise InfeasibleError(
        "max_cost",
        f"{limit}can't be met with {p} sites: at least {needed} are needed; "
        f"the best {p} leave unserved: {text}",
        unserved=names,
        needed=needed,
    )


def _highs(
    objective: Floats,
    integrality: npt.NDArray[Any],
    lower: npt.NDArray[Any],
    constraints: list[LinearConstraint],
    time_limit: float,
) -> OptimizeResult:
    """Minimise over variables from `lower` to 1, to a proven optimum if the time allows."""
    return milp(
        objective,
        integrality=integrality.astype(int),
        bounds=Bounds(lower.astype(float), 1),
        constraints=constraints,
        options={"time_limit": time_limit, "mip_rel_gap": 0.0},
    )
