"""How near implied weights, ratios of metrics and ranges over choices come to what is true."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from nhsi_analysis.answers import oversight
from policy_methods.composite import implied_weights, metric_ratios

SIMULATIONS = 200
DRAWS = 200
LEVEL = 0.95

_FOUND = np.array([[4, 2, 1, 1, 1], [8, 3, 2, 2, 2], [7, 3, 2, 2, 2]])
_WORLDS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "the same for all trusts": lambda rng, n: np.tile([8, 4, 2, 2, 2], (n, 1)),
    "three sets at random": lambda rng, n: _FOUND[rng.integers(3, size=n)],
    "a tenth quite unlike": lambda rng, n: np.where(
        rng.random((n, 1)) < 0.1, [3, 2, 2, 4, 3], [8, 3, 2, 2, 2]
    ),
    "its own for each trust": lambda rng, n: np.column_stack(
        [rng.integers(6, 11, n), rng.integers(2, 5, n), rng.integers(1, 4, (3, n)).T]
    ),
}


def run(*, seed: int, simulations: int = SIMULATIONS) -> pd.DataFrame:
    """Make leagues up by known numbers of metrics, and infer them as the report does.

    Parameters
    ----------
    seed : int
        Seed of trusts, numbers of metrics and choices.
    simulations : int
        Leagues of each world.

    Returns
    -------
    pandas.DataFrame
        ``world``, ``what`` and its ``value``: "error", mean distance of a weight from the average
        over trusts; "interval", how often its interval holds that; "rebuilt", trusts whose average
        the ratios found rebuild; "range", places by the trusts' own numbers of metrics, over
        choices drawn anew, within the ranges that are made of one set of weights. And
        ``simulations``.
    """
    league = oversight.latest()
    assert league is not None
    known = league.table[oversight.SCORES].dropna().to_numpy()
    rng = np.random.default_rng(seed)
    rows = []
    for world, numbers in _WORLDS.items():
        found = pd.DataFrame([_once(rng, known, numbers) for _ in range(simulations)]).mean()
        rows += [
            {"world": world, "what": what, "value": value, "simulations": simulations}
            for what, value in found.items()
        ]
    return pd.DataFrame(rows)


def _once(
    rng: np.random.Generator,
    known: np.ndarray,
    numbers: Callable[[np.random.Generator, int], np.ndarray],
) -> dict[str, float]:
    count = len(known)
    # Domains' scores like the framework's, of trusts drawn anew and moved a little.
    x = known[rng.integers(count, size=count)] + rng.uniform(-0.1, 0.1, known.shape)
    metrics = numbers(rng, count)
    own = metrics / metrics.sum(axis=1, keepdims=True)
    whole = pd.Series((own * x).sum(axis=1).round(2))
    parts = pd.DataFrame(x.round(2), columns=oversight.SCORES)
    fit = implied_weights(parts, whole, confidence=LEVEL, seed=rng, draws=200)
    truth = own.mean(axis=0)
    _, used, geometric = oversight.choices(fit.weights.to_numpy(), DRAWS, int(rng.integers(2**31)))
    ours = np.argsort(np.argsort(oversight.combine(parts.to_numpy(), used, geometric)))
    tails = [(1 - oversight.LEVEL) / 2, (1 + oversight.LEVEL) / 2]
    low, high = np.quantile(ours, tails, axis=0, method="inverted_cdf")
    _, again, mean = oversight.choices(fit.weights.to_numpy(), DRAWS, int(rng.integers(2**31)))
    # Each trust's own weights, changed by the same factors for all.
    theirs = own[None] * (again / fit.weights.to_numpy())[:, None]
    theirs = theirs / theirs.sum(axis=2, keepdims=True)
    score = np.where(
        mean[:, None], np.exp((theirs * np.log(x)).sum(axis=2)), (theirs * x).sum(axis=2)
    )
    places = np.argsort(np.argsort(score))
    return {
        "error": float(np.abs(fit.weights.to_numpy() - truth).mean()),
        "interval": float(((fit.low <= truth) & (truth <= fit.high)).mean()),
        "rebuilt": float(metric_ratios(parts, whole)["units"].sum() / count),
        "range": float(((low <= places) & (places <= high)).mean()),
    }
