"""What the arbitrary choices behind a league do to its ranks, and its ranks by other weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from nhsi_analysis.studies.league.numbers.table import League
from notebook_reports.evidence import Estimate
from policy_methods.composite import composite_uncertainty
from policy_methods.results import Result

SOBOL: Final = 128
LEVEL: Final = 0.9
_CONCENTRATION = 20.0
_NAMES: Final = {
    "normalisation": "the scale that indicators are put on",
    "aggregation": "the mean that joins them",
    "weights": "their weights",
    "indicator set": "which indicator is left out",
}


def of_draws(values: np.ndarray, level: float, what: str, *, label: str) -> Estimate:
    """Return the mean of simulated counts with the range that holds `level` of them."""
    low, high = (float(end) for end in np.quantile(values, [(1 - level) / 2, (1 + level) / 2]))
    kind = f"range of {100 * level:g}% of {what}"
    return Estimate(float(values.mean()), low, high, "", None, label, level, kind, decimals=0)


@dataclass(frozen=True)
class Choices(Result):
    """Ranks when scale, mean, weights and indicators are drawn together, the scores as they are.

    ``table`` has units in order with the ``lower`` and ``upper`` end of their ranks, of which
    ``crossing`` cross the line. ``mean_shift`` and ``changed_category`` are places a rank moves
    from the league's own and units in another category. The choice named ``first`` takes part in
    ``share`` of the variance of the mean shift (the total Sobol' index).
    """

    table: pd.DataFrame
    crossing: int
    mean_shift: float
    changed_category: Estimate
    first: str
    share: float


def vary(league: League) -> Choices | None:
    """Draw all choices together and rank anew; None for a table with a single indicator."""
    kept = [name for name, weight in league.weights.items() if weight]
    if len(kept) < 2:
        return None
    data = league.indicators[kept]
    found = composite_uncertainty(
        data,
        weights={name: league.weights[name] for name in kept},
        directions=dict.fromkeys(kept, league.sign),
        concentration=_CONCENTRATION,
        missing="reweight",
        draws=league.settings.draws,
        seed=league.settings.seed,
        confidence=LEVEL,
        sobol_draws=SOBOL,
    )
    sobol = pd.DataFrame(found.sobol).sort_values("total", ascending=False)
    own = league.units["position"].reindex(data.index).to_numpy()
    frame = found.to_frame().assign(position=own, org_name=league.units["org_name"])
    table = frame.rename(columns={"low": "lower", "high": "upper"}).astype(
        {"lower": int, "upper": int}
    )
    bands = np.searchsorted(np.cumsum(league.sizes), np.arange(1, league.count + 1))
    moved = (bands[found.ranks - 1] != bands[own - 1]).sum(axis=1)
    return Choices(
        table=table.sort_values("position")[["org_name", "position", "lower", "upper"]],
        crossing=int(((table["lower"] <= league.cut) & (table["upper"] > league.cut)).sum()),
        mean_shift=float(np.abs(found.ranks - own).mean()),
        changed_category=of_draws(
            moved,
            LEVEL,
            "draws",
            label=f"of {league.count} {league.noun} in {league.where} change category by other "
            "choices of weights, scale and indicators",
        ),
        first=_NAMES[str(sobol["input"].iloc[0])],
        share=float(np.clip(sobol["total"].iloc[0], 0, 1)),
    )
