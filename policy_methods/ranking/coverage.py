"""Simulated coverage of rank confidence sets: whether the level holds for data like these."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from policy_methods.checks import Seed, check_confidence, choice, generator, whole
from policy_methods.ranking.inputs import Kind, Units, check_units
from policy_methods.ranking.montecarlo import SimulatedCritical
from policy_methods.ranking.quadrature import MarginalCritical
from policy_methods.ranking.sets import marginal_sets, simulated_sets
from policy_methods.results import Result


@dataclass(frozen=True)
class RankCoverage(Result):
    """How often simulated sets held the true ranks.

    Parameters
    ----------
    coverage : float
        Share of sets (marginal) or of whole rankings (simultaneous) without a false statement.
    error : float
        Monte Carlo standard error of the share.
    confidence : float
        Nominal level.
    kind : str
        Marginal or simultaneous.
    simulations : int
        Simulated rankings.
    checked : int
        Sets, or rankings, looked at.
    """

    coverage: float
    error: float
    confidence: float
    kind: Kind
    simulations: int
    checked: int

    def to_frame(self) -> pd.DataFrame:
        """Return one row."""
        return pd.DataFrame([self.__dict__])


def rank_set_coverage(
    truth: ArrayLike,
    se: ArrayLike,
    *,
    kind: Kind = "marginal",
    confidence: float = 0.95,
    simulations: int = 200,
    units_each: int = 10,
    draws: int = 20_000,
    seed: Seed = 0,
) -> RankCoverage:
    """Simulate estimates around known true values and count the sets that hold the true ranks.

    Parameters
    ----------
    truth : array-like, shape (p,)
        True values.
    se : array-like, shape (p,), or one number for all
        Standard errors of the simulated estimates.
    kind : {"marginal", "simultaneous"}
        Which sets.
    confidence : float
        Nominal level.
    simulations : int
        Simulated rankings, at least 20.
    units_each : int
        Units drawn at random from each ranking, for the marginal kind.
    draws : int
        Draws for the critical values of the simultaneous kind.
    seed : int or numpy.random.Generator
        Source of randomness.

    Returns
    -------
    RankCoverage
        Coverage with its Monte Carlo error.

    Raises
    ------
    ParameterError
        For bad numbers.

    Examples
    --------
    >>> rank_set_coverage([0.0, 1.0, 2.0], 0.5, simulations=50).coverage >= 0.9
    True
    """
    choice("kind", kind, ("marginal", "simultaneous"))
    level, draws = check_confidence(confidence), whole("draws", draws, 100)
    simulations = whole("simulations", simulations, 20)
    units_each = whole("units_each", units_each, 1)
    units = check_units(truth, se)
    p = len(units.x)
    rng = generator(seed)
    best = units.rank
    last = p + 1 - Units(-units.x, units.se, None, units.index).rank
    quadrature = MarginalCritical(units.se)
    monte_carlo = SimulatedCritical(
        units, kind="simultaneous", confidence=level, draws=draws, seed=rng
    )
    hits = np.zeros(simulations)
    for k in range(simulations):
        noisy = Units(units.x + units.se * rng.standard_normal(p), units.se, None, units.index)
        if kind == "marginal":
            which = rng.choice(p, min(units_each, p), replace=False)
            better, worse, _ = marginal_sets(
                noisy, which, confidence=level, sides="two", stepdown=True, solver=quadrature
            )
        else:
            which = np.arange(p)
            better, worse, _, _, _ = simulated_sets(
                noisy, "simultaneous", level, "two", True, monte_carlo
            )
        # With ties in the truth both ends count: no unit may be called better or worse falsely.
        held = (1 + better <= best[which]) & (p - worse >= last[which])
        hits[k] = held.mean() if kind == "marginal" else held.all()
    share = float(hits.mean())
    # Sets of one ranking lean on the same errors, so the ranking is the unit of simulation.
    error = float(hits.std(ddof=1)) / math.sqrt(simulations)
    if error == 0:
        error = math.sqrt(level * (1 - level) / simulations)
    checked = simulations * (min(units_each, p) if kind == "marginal" else 1)
    return RankCoverage(share, error, level, kind, simulations, checked)
