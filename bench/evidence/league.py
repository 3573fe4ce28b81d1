"""How often the likely ranks, the sides of the line and the worst case are right."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from nhsi_analysis.studies.league import Settings, build
from policy_methods.ranking import expected_ranks, posterior_ranks, rank_confidence_sets

MODEL = "the model's own"
CASES = (
    (MODEL, 40),
    (MODEL, 235),
    (MODEL, 500),
    ("a few far out", 235),
    ("two groups", 235),
    ("nearly equal", 235),
)
"""World of the true scores, and units in a league: the model's normal one, and wrong ones."""
SIMULATIONS = 200
LEVEL = 0.95

_WORLDS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    MODEL: lambda rng, count: rng.standard_normal(count),
    # Student's t with 3 degrees of freedom, with a standard deviation of 1.
    "a few far out": lambda rng, count: rng.standard_t(3, count) / 3**0.5,
    # Three in four stand two of their own standard deviations above the others.
    "two groups": lambda rng, count: (
        (rng.standard_normal(count) + 2 * (rng.random(count) < 0.75)) / (1 + 4 * 0.1875) ** 0.5
    ),
    # A tenth of the spread: errors hide the order.
    "nearly equal": lambda rng, count: 0.1 * rng.standard_normal(count),
}


def run(
    *,
    seed: int,
    cases: tuple[tuple[str, int], ...] = CASES,
    simulations: int = SIMULATIONS,
) -> pd.DataFrame:
    """Draw true scores, and answer anew each time as the report does.

    Parameters
    ----------
    seed : int
        Seed of the truths, the errors and the choice of standard errors.
    cases : tuple of (str, int)
        Worlds and units in a league.
    simulations : int
        Leagues of each case.

    Returns
    -------
    pandas.DataFrame
        ``world``, ``units``, ``what`` ("range": likely ranks hold the true rank; "side": placed
        units whose true side is as said; "worst": worst-case sets hold it), ``held`` with its
        standard ``error`` over simulations, since units of one share a truth, ``stated`` (what the
        model itself said on average; the level for the worst case) and ``simulations``. A league
        without a placed unit counts for no side.
    """
    units = build(Settings()).table.units
    se = units["se"].to_numpy()
    spread = expected_ranks(units["score"], se).tau2 ** 0.5
    rng = np.random.default_rng(seed)
    rows = []
    for world, count in cases:
        found = pd.DataFrame(
            [_once(rng, spread * _WORLDS[world](rng, count), se) for _ in range(simulations)]
        )
        for what in ("range", "side", "worst"):
            stated = found[f"{what}_stated"].mean() if f"{what}_stated" in found else LEVEL
            rows.append(
                {
                    "world": world,
                    "units": count,
                    "what": what,
                    "held": found[what].mean(),
                    "error": found[what].sem(),
                    "stated": stated,
                    "simulations": simulations,
                }
            )
    return pd.DataFrame(rows)


def _once(rng: np.random.Generator, truth: np.ndarray, errors: np.ndarray) -> dict[str, float]:
    count = len(truth)
    cut = round(count * 120 / 230)
    se = rng.choice(errors, count, replace=count > len(errors))
    estimate = truth + se * rng.standard_normal(count)
    rank = np.argsort(np.argsort(-truth)) + 1
    model = posterior_ranks(estimate, se, confidence=LEVEL)
    above, below = model.upper <= cut, model.lower > cut
    chance, placed = model.within(cut), int((above | below).sum())
    right = (above & (rank <= cut)) | (below & (rank > cut))
    said = chance[above].sum() + (1 - chance[below]).sum()
    worst = rank_confidence_sets(estimate, se, confidence=LEVEL)
    return {
        "range": float(((model.lower <= rank) & (rank <= model.upper)).mean()),
        "range_stated": float(model.held.mean()),
        "side": float(right.sum() / placed) if placed else np.nan,
        "side_stated": float(said / placed) if placed else np.nan,
        "worst": float(((worst.lower <= rank) & (rank <= worst.upper)).mean()),
    }
