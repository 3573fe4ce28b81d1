"""Fairness between types: ranks in one table, and after allowing for type."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nhsi_analysis.studies.league.numbers.survey import UNKNOWN_TYPE
from nhsi_analysis.studies.league.numbers.table import League
from policy_methods.ranking import tied_places
from policy_methods.results import Result

_FEWEST = 5


@dataclass(frozen=True)
class Peers(Result):
    """How types fare in one ranking, and ranks when each is compared with its own type.

    ``types`` has ``units``, ``mean`` score and units ``above`` the line of each type, the best
    first; ``counts`` types by categories; ``units`` those of known types with their places
    ``adjusted_first`` to ``adjusted_last``, several in a tie. ``changed_category`` and
    ``crossed_line`` count what allowing for type does; ``left_out`` units without a known type, or
    of a rare one.
    """

    types: pd.DataFrame
    counts: pd.DataFrame
    units: pd.DataFrame
    left_out: int
    changed_category: int
    crossed_line: int


def compare_types(league: League) -> Peers | None:
    """Rank within and across types of five units or more; None for fewer than two of them."""
    units = league.units
    known = units[units["trust_type"] != UNKNOWN_TYPE]
    size = known.groupby("trust_type").size()
    size = size[size >= _FEWEST]
    if len(size) < 2:
        return None
    part = units[units["trust_type"].isin(size.index)]
    mean = part.groupby("trust_type")["score"].mean()
    order = mean.sort_values(ascending=league.sign < 0).index
    counts = pd.crosstab(part["trust_type"], part["category"])
    adjusted = part["score"] - part["trust_type"].map(mean)
    first, last = tied_places(league.sign * adjusted.to_numpy())
    # Both orders are cut by the same quotas over the same units.
    plain = part["position"].rank(method="first").astype(int)
    again = pd.Series(
        np.lexsort((part.index.to_numpy(), -league.sign * adjusted.to_numpy())).argsort() + 1,
        index=part.index,
    )
    bands = np.cumsum(league.sizes)
    moved = np.searchsorted(bands, plain) != np.searchsorted(bands, again)
    above = (part["position"] <= league.cut).groupby(part["trust_type"]).sum()
    return Peers(
        types=pd.DataFrame({"units": size, "mean": mean, "above": above}).loc[order],
        counts=counts.reindex(index=order, columns=list(league.categories), fill_value=0),
        units=part.assign(adjusted_first=first, adjusted_last=last),
        left_out=len(units) - len(part),
        changed_category=int(moved.sum()),
        crossed_line=int(((plain <= league.cut) != (again <= league.cut)).sum()),
    )
