"""Who stands out from the spread of the units: a funnel."""

from __future__ import annotations

from typing import Final

import numpy as np

from nhsi_analysis.studies.league.numbers.table import League
from policy_methods.funnel import FunnelResult, funnel, funnel_normal

LEVELS: Final = (0.95, 0.998)
_FEWEST = 3


def league_funnel(league: League) -> FunnelResult | None:
    """Hold every unit against the average, allowing for over-dispersion.

    One share with its base gets exact binomial limits, other scores normal ones. None where nearly
    all scores are known exactly.
    """
    units = league.units
    if (units["se"] > 0).sum() < _FEWEST:
        return None
    single = league.unit == "share" and len(league.weights) == 1
    if single and units["n"].notna().all() and not league.rounding.any():
        base = units["n"].to_numpy(float)
        events = np.round(units["score"].to_numpy(float) * base)
        return funnel(
            events, base, levels=LEVELS, overdispersion="winsorised", units=list(units.index)
        )
    # An exactly known score has no place on an axis of precision.
    positive = units[units["se"] > 0]
    return funnel_normal(
        positive["score"].to_numpy(float),
        positive["se"].to_numpy(float),
        levels=LEVELS,
        overdispersion="winsorised",
        units=list(positive.index),
    )
