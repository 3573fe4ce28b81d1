"""How often a turnaround is called, in worlds without any and in worlds with some."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from nhsi_analysis.studies.finances import Settings, build
from policy_methods.panel import order_over_time

Draw = Callable[[np.random.Generator, int, int], np.ndarray]
LEVEL = 0.95
SIMULATIONS = 400
TURNED = 3
"""Trusts of the lowest tenth that turn round, where some do."""


def _fading(rng: np.random.Generator, units: int, years: int, carried: float) -> np.ndarray:
    found = rng.standard_normal((units, years))
    for year in range(1, years):
        found[:, year] *= (1 - carried**2) ** 0.5
        found[:, year] += carried * found[:, year - 1]
    return found


def _worlds() -> dict[str, Draw]:
    """Return what draws margins without turnarounds, by the name of the world."""
    study = build(Settings())
    fit = order_over_time(study.margins)
    lasting, fading, once = (share**0.5 for share in (fit.lasting, fit.fading, fit.once))

    def as_fitted(rng: np.random.Generator, units: int, years: int) -> np.ndarray:
        level, noise = rng.standard_normal((units, 1)), rng.standard_normal((units, years))
        walk = _fading(rng, units, years, fit.carried)
        return np.asarray(lasting * level + fading * walk + once * noise)

    return {
        "as fitted to the accounts": as_fitted,
        "own level and one-year noise": lambda rng, units, years: (
            (rng.standard_normal((units, 1)) + rng.standard_normal((units, years))) / 2**0.5
        ),
        # Student's t with 2 degrees of freedom: land sold, buildings valued anew.
        "one-off results that lie far out": lambda rng, units, years: (
            as_fitted(rng, units, years) + 0.5 * rng.standard_t(2, (units, years))
        ),
        "levels that drift": lambda rng, units, years: (
            rng.standard_normal((units, 1))
            + 0.5 * rng.standard_normal((units, years)).cumsum(axis=1)
        ),
    }


def run(*, seed: int, simulations: int = SIMULATIONS) -> pd.DataFrame:
    """Draw margins, let none, some or all of the lowest tenth turn round, and judge as the report.

    Parameters
    ----------
    seed : int
        Seed of the worlds.
    simulations : int
        Draws of each world.

    Returns
    -------
    pandas.DataFrame
        ``world``, ``turned`` (trusts that turn round), ``by`` (standard deviations they rise from
        the next year on), ``any_false`` (share of draws in which a trust that didn't turn round is
        called one that did), ``alone`` (share of trusts that didn't and would seem to have, each
        looked at alone), ``found`` (share of those that did and are called so) and ``group`` (share
        of draws in which the lowest tenth as a whole is said to have risen), ``simulations``.
    """
    held, rng, rows = build(Settings()), np.random.default_rng(seed), []
    units, years = held.margins.shape
    at, worlds = list(held.margins.columns).index(held.year), _worlds()
    first = next(iter(worlds))
    cases = [(name, 0, 0.0) for name in worlds]
    cases += [(first, TURNED, by) for by in (1.0, 2.0, 3.0)]
    cases += [("one-off results that lie far out", TURNED, 2.0), (first, units, 1.0)]
    for world, turned, by in cases:
        found = [
            _once(rng, worlds[world](rng, units, years), at, turned, by) for _ in range(simulations)
        ]
        rows.append({"world": world, "turned": turned, "by": by, **pd.DataFrame(found).mean()})
    return pd.DataFrame(rows).assign(simulations=simulations)


def _once(
    rng: np.random.Generator, margins: np.ndarray, at: int, turned: int, by: float
) -> dict[str, float]:
    """Judge one draw as the report does."""
    lowest = np.argsort(margins[:, at])[: round(0.1 * len(margins))]
    true = rng.permutation(lowest)[:turned]
    margins[true, at + 1 :] += by
    found = order_over_time(pd.DataFrame(margins)).rebound(at, confidence=LEVEL)
    real = found.table.index.isin(true)
    called = (found.table["adjusted"] < 1 - LEVEL).to_numpy()
    alone = (found.table["chance"] < 1 - LEVEL).to_numpy()
    return {
        "any_false": float(called[~real].any()),
        "alone": float(alone[~real].mean()) if (~real).any() else np.nan,
        "found": float(called[real].mean()) if real.any() else np.nan,
        "group": float(found.ends[0] > 0),
    }
