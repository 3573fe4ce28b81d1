"""What is left of a location problem after the bounds, as mixed-integer programs for HiGHS."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp

from policy_methods.errors import ParameterError
from policy_methods.location_bounds import Booleans, Floats, Integers, Problem

TOLERANCE = 1e-9


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


def named(problem: Problem, rows: npt.ArrayLike, limit: int = 12) -> tuple[str, list[str]]:
    """Name some demand points.

    Parameters
    ----------
    problem : Problem
        Holds the names.
    rows : array-like of int
        The points.
    limit : int
        Most names to write out.

    Returns
    -------
    tuple of (str, list of str)
        The names as text, cut after `limit`, and all of them.
    """
    names = [problem.point_names[i] for i in np.atleast_1d(np.asarray(rows, dtype=int))]
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more, names


def total_cost(problem: Problem, shares: sparse.csr_array, opened: Integers) -> float:
    """Add up the weighted cost of serving everyone and the fixed costs.

    Parameters
    ----------
    problem : Problem
        The problem.
    shares : csr_array, shape (n, m)
        Who is served from where.
    opened : ndarray of int
        Sites open.

    Returns
    -------
    float
    """
    served = float(shares.multiply(problem.weighted(0.0)).sum())
    return served + float(problem.fixed[opened].sum())


def fill(problem: Problem, opened: Integers) -> Integers:
    """Open unused sites, cheapest first, where exactly p must be open.

    Parameters
    ----------
    problem : Problem
        The problem.
    opened : ndarray of int
        Sites in use.

    Returns
    -------
    ndarray of int
        Sites open, ascending.
    """
    short = 0 if problem.p is None else problem.p - opened.size
    if short <= 0:
        return opened
    closed = np.setdiff1d(np.arange(problem.fixed.size), opened)
    cheapest = closed[np.argsort(problem.fixed[closed], kind="stable")[:short]]
    return np.sort(np.concatenate([opened, cheapest]))


def cover(problem: Problem, max_cost: float | None, time_limit: float) -> Integers:
    """Find the fewest sites that reach every point (set covering).

    Parameters
    ----------
    problem : Problem
        Without capacities.
    max_cost : float or None
        The limit behind what is allowed, for the message.
    time_limit : float
        Seconds allowed to the solver.

    Returns
    -------
    ndarray of int
        A feasible set of sites: p of them where p is given.

    Raises
    ------
    InfeasibleError
        More than p sites are needed: says how many, and whom the best p would leave unserved.
    """
    sites = problem.fixed.size
    lower = np.zeros(sites)
    lower[problem.must_open] = 1
    reach = LinearConstraint(sparse.csr_array(problem.allowed.astype(float)), 1, np.inf)
    everyone = np.ones(sites)
    solution = _highs(everyone, np.ones(sites, int), lower, [reach], time_limit)
    if solution.x is None:
        raise ParameterError("time_limit", "ran out before any feasible solution was found")
    opened = np.flatnonzero(solution.x > 0.5)
    if problem.p is None or opened.size <= problem.p:
        return fill(problem, opened)
    needed = int(np.ceil(solution.mip_dual_bound - 1e-6))
    limit = "" if max_cost is None else f"of {max_cost:g} "
    # Name the points that stay unserved when the p sites reach as many as they can.
    points = problem.weights.size
    reached = sparse.csr_array(problem.allowed.astype(float))
    rows = sparse.hstack([reached, sparse.eye_array(points)])
    count = sparse.csr_array(np.concatenate([everyone, np.zeros(points)])[None, :])
    most = _highs(
        np.concatenate([np.zeros(sites), np.ones(points)]),
        np.ones(sites + points, int),
        np.concatenate([lower, np.zeros(points)]),
        [LinearConstraint(rows, 1, np.inf), LinearConstraint(count, 0, problem.p)],
        time_limit,
    )
    missed = np.flatnonzero(np.asarray([]) if most.x is None else most.x[sites:] > 0.5)
    text, names = named(problem, missed)
    raise InfeasibleError(
        "max_cost",
        f"{limit}can't be met with {problem.p} sites: at least {needed} are needed; "
        f"the best {problem.p} leave unserved: {text}",
        unserved=names,
        needed=needed,
    )


def solve(
    problem: Problem,
    keep_open: Booleans,
    keep_serve: Booleans,
    fixed_open: Integers,
    plain: bool,
    single: bool,
    time_limit: float,
) -> tuple[sparse.csr_array | None, float]:
    """Solve what is left of a problem with HiGHS.

    Parameters
    ----------
    problem : Problem
        The problem; capacities are held where it has them.
    keep_open : ndarray of bool, shape (m,)
        Sites still in play.
    keep_serve : ndarray of bool, shape (n, m)
        Assignments still in play.
    fixed_open : ndarray of int
        Sites that are open.
    plain : bool
        Without capacities x needs no integrality: with y binary an optimal x is whole.
    single : bool
        Whether each point has one source.
    time_limit : float
        Seconds allowed.

    Returns
    -------
    tuple of (csr_array of shape (n, m) or None, float)
        Shares, None where infeasible; lower bound of the objective.
    """
    # Variables: the kept y_j, then the kept x_ij in row order.
    sites = np.flatnonzero(keep_open)
    column = np.full(problem.fixed.size, -1)
    column[sites] = np.arange(sites.size)
    i, j = np.nonzero(keep_serve & keep_open[None, :])
    n, m, arcs = problem.weights.size, sites.size, i.size
    lower = np.zeros(m + arcs)
    lower[column[fixed_open]] = 1
    arc = np.arange(arcs)
    one = np.ones(arcs)
    served = sparse.csr_array((one, (i, m + arc)), shape=(n, m + arcs))
    linked = sparse.csr_array(
        (np.concatenate([one, -one]), (np.tile(arc, 2), np.concatenate([m + arc, column[j]]))),
        shape=(arcs, m + arcs),
    )
    constraints = [LinearConstraint(served, 1, 1), LinearConstraint(linked, -np.inf, 0)]
    if problem.p is not None:
        count = sparse.csr_array((np.ones(m), (np.zeros(m, int), np.arange(m))), (1, m + arcs))
        constraints.append(LinearConstraint(count, problem.p, problem.p))
    if problem.capacity is not None:
        site = np.arange(m)
        entries = np.concatenate([problem.demand[i], -problem.capacity[sites]])
        places = (np.concatenate([column[j], site]), np.concatenate([m + arc, site]))
        load = sparse.csr_array((entries, places), shape=(m, m + arcs))
        constraints.append(LinearConstraint(load, -np.inf, 0))
    objective = np.concatenate([problem.fixed[sites], problem.weights[i] * problem.cost[i, j]])
    whole = int(single and not plain)
    integrality = np.concatenate([np.ones(m, int), np.full(arcs, whole)])
    result = _highs(objective, integrality, lower, constraints, time_limit)
    if result.x is None:
        if result.status == 1:
            raise ParameterError(
                "time_limit", "ran out before any solution was found", value=time_limit
            )
        return None, np.inf
    share = np.clip(result.x[m:], 0, 1)
    if plain or single:
        share = np.round(share)
    share[share < TOLERANCE] = 0
    shares = sparse.csr_array((share, (i, j)), shape=problem.cost.shape)
    shares.eliminate_zeros()
    bound = result.fun if result.status == 0 else result.mip_dual_bound
    return shares, float(bound)


def _highs(
    objective: Floats,
    integrality: Integers,
    lower: Floats,
    constraints: list[LinearConstraint],
    time_limit: float,
) -> OptimizeResult:
    """Minimise over variables from `lower` to 1, to a proven optimum if the time allows."""
    return milp(
        objective,
        integrality=integrality,
        bounds=Bounds(lower, 1),
        constraints=constraints,
        options={"time_limit": time_limit, "mip_rel_gap": 0.0},
    )
