"""How often trusts are said to have changed between winters that didn't, and that did."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from policy_methods.changes import held_against
from policy_methods.funnel import funnel_normal
from policy_methods.spc import moving_sigma

TRUSTS, MONTHS, SIZE = 116, 36, 3
MONTHLY = 0.03
"""Standard deviation of a trust's month about its own level."""
SPREAD = 0.035
"""Standard deviation of trusts' changes in the worlds where all change a little."""
MOVED = 5
"""Trusts that change besides, where some do."""
SHIFTS = (0.0, 0.1, 0.15)
SIMULATIONS = 200
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class World:
    """What months are like: their likeness to the month before, and who changes by how much."""

    name: str
    alike: float
    spread: float = 0.0
    tails: float = np.inf


WORLDS = (
    World("no trust changes, months independent", 0.0),
    World("no trust changes, months alike", 0.7),
    World("every trust changes a little, months alike", 0.7, SPREAD),
    World("a few change a lot, months alike", 0.7, SPREAD, 3.0),
)


def run(*, seed: int, simulations: int = SIMULATIONS) -> pd.DataFrame:
    """Draw months of trusts with a shock that all share, and look for who changed.

    Parameters
    ----------
    seed : int
        Seed of the shocks, the months and the changes.
    simulations : int
        Runs of each world and shift.

    Returns
    -------
    pandas.DataFrame
        ``world``, ``shift`` (of five trusts besides, as a share), ``alone`` and ``spread``: the
        share of runs in which another trust is said to have changed, against its own months'
        noise alone and against the spread between trusts; ``found``: the share of the five that
        the second finds, missing without a shift; ``error``: the largest standard error of the
        two; ``simulations``.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for world in WORLDS:
        for shift in SHIFTS:
            told = np.array([_one(rng, world, shift) for _ in range(simulations)])
            alone, spread, found = told.mean(axis=0)
            worst = max(alone * (1 - alone), spread * (1 - spread))
            rows.append(
                {
                    "world": world.name,
                    "shift": shift,
                    "alone": alone,
                    "spread": spread,
                    "found": found if shift else np.nan,
                    "error": (worst / simulations) ** 0.5,
                    "simulations": simulations,
                }
            )
    return pd.DataFrame(rows)


def _one(rng: np.random.Generator, world: World, shift: float) -> tuple[bool, bool, float]:
    """Return whether either way says of another trust that it changed, and the share found."""
    noise = rng.normal(0, MONTHLY, (TRUSTS, MONTHS))
    for month in range(1, MONTHS):
        fresh = (1 - world.alike**2) ** 0.5
        noise[:, month] = world.alike * noise[:, month - 1] + fresh * noise[:, month]
    drawn = rng.standard_normal(TRUSTS)
    if np.isfinite(world.tails):
        drawn = rng.standard_t(world.tails, TRUSTS) / (world.tails / (world.tails - 2)) ** 0.5
    change = world.spread * drawn + shift * (np.arange(TRUSTS) < MOVED)
    shock = rng.normal(0, 0.02, MONTHS)
    months = 0.7 + noise + shock
    months[:, -SIZE - 9 :] += change[:, None]
    own = months - months.mean(axis=0)
    seen = months[:, -SIZE:].mean(axis=1) - months[:, -SIZE - 12 : -12].mean(axis=1)
    spread = moving_sigma(own) * (2 / SIZE) ** 0.5
    told = held_against(pd.Series(seen), pd.Series(spread), LEVEL).sides(LEVEL)
    alone = funnel_normal(seen, spread).sides(LEVEL) != 0
    still = np.arange(TRUSTS) >= (MOVED if shift else 0)
    return (
        bool(alone[still].any()),
        bool((told != 0)[still].any()),
        float((told[:MOVED] > 0).mean()),
    )
