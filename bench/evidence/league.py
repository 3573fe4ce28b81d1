"""How often the ranges of ranks, the sides of the line and the worst case are right."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nhsi_analysis.studies.league import Settings, build
from policy_methods.ranking import expected_ranks, posterior_ranks, rank_confidence_sets

SIZES = (40, 235, 500)
SIMULATIONS = 200
LEVEL = 0.95


def run(
    *, seed: int, sizes: tuple[int, ...] = SIZES, simulations: int = SIMULATIONS
) -> pd.DataFrame:
    """Draw true scores from the report's two-level model, and answer anew each time.

    Parameters
    ----------
    seed : int
        Seed of the truths, the errors and the choice of standard errors.
    sizes : tuple of int
        Units in a league.
    simulations : int
        Leagues of each size.

    Returns
    -------
    pandas.DataFrame
        ``units``, ``what`` ("range": ranges that hold the true rank; "side": placed units whose
        true side is as said; "worst": worst-case sets that hold it), ``held`` with its standard
        ``error`` over simulations, since units of one share a truth, ``stated`` (what the model
        itself said on average; the level for the worst case) and ``simulations``.
    """
    units = build(Settings()).table.units
    se = units["se"].to_numpy()
    model = expected_ranks(units["score"], se)
    rng = np.random.default_rng(seed)
    rows = []
    for count in sizes:
        cut = round(count * 120 / 230)
        found = pd.DataFrame(
            [_once(rng, model.mean, model.tau2**0.5, se, count, cut) for _ in range(simulations)]
        )
        for what in ("range", "side", "worst"):
            stated = found[f"{what}_stated"].mean() if f"{what}_stated" in found else LEVEL
            rows.append(
                {
                    "units": count,
                    "what": what,
                    "held": found[what].mean(),
                    "error": found[what].std(ddof=1) / simulations**0.5,
                    "stated": stated,
                    "simulations": simulations,
                }
            )
    return pd.DataFrame(rows)


def _once(
    rng: np.random.Generator, mean: float, spread: float, errors: np.ndarray, count: int, cut: int
) -> dict[str, float]:
    se = rng.choice(errors, count, replace=count > len(errors))
    truth = rng.normal(mean, spread, count)
    estimate = truth + se * rng.standard_normal(count)
    rank = np.argsort(np.argsort(-truth)) + 1
    model = posterior_ranks(estimate, se, confidence=LEVEL)
    above, below = model.upper <= cut, model.lower > cut
    chance = model.within(cut)
    placed = max(int((above | below).sum()), 1)
    worst = rank_confidence_sets(estimate, se, confidence=LEVEL)
    right = (above & (rank <= cut)) | (below & (rank > cut))
    return {
        "range": float(((model.lower <= rank) & (rank <= model.upper)).mean()),
        "range_stated": float(model.held.mean()),
        "side": float(right.sum() / placed),
        "side_stated": float((chance[above].sum() + (1 - chance[below]).sum()) / placed),
        "worst": float(((worst.lower <= rank) & (rank <= worst.upper)).mean()),
    }
