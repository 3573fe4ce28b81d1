"""Fairness between types: ranks within peers and after adjusting for type."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nhsi_analysis.studies.league.numbers.survey import UNKNOWN_TYPE
from nhsi_analysis.studies.league.numbers.table import League
from notebook_reports.evidence import Estimate
from policy_methods.ranking import expected_ranks, rank_confidence_sets

_FEWEST = 5


@dataclass(frozen=True)
class AmongPeers:
    """A unit ranked among those of its own type.

    Parameters
    ----------
    count : int
        Units of its type.
    rank, lower, upper : int
        Its rank among them and the set of ranks that the data allow.
    """

    count: int
    rank: int
    lower: int
    upper: int


@dataclass(frozen=True)
class Peers:
    """How types fare in one ranking, and ranks when each is compared with its own type.

    Parameters
    ----------
    types : pandas.DataFrame
        Indexed by type, the best first: ``units``, ``mean`` score, ``above`` (share of units above
        the line).
    counts : pandas.DataFrame
        Types by categories, in the same order.
    units : pandas.DataFrame
        Units of these types: ``place`` among them, ``adjusted_position``, ``changed_category``,
        ``crossed_line``.
    left_out : int
        Units without a known type, or of a rare one.
    changed_category, crossed_line : Estimate
        Units that change category or cross the line once type is allowed for.
    largest : str
        The type with most units.
    rankability, rankability_within : float
        Share of the spread between scores that is real: over all types, within the largest.
    followed : AmongPeers or None
        The followed unit among its peers; None where its type is left out.
    """

    types: pd.DataFrame
    counts: pd.DataFrame
    units: pd.DataFrame
    left_out: int
    changed_category: Estimate
    crossed_line: Estimate
    largest: str
    rankability: float
    rankability_within: float
    followed: AmongPeers | None


def compare_types(league: League) -> Peers | None:
    """Rank within and across types.

    Parameters
    ----------
    league : League
        The table; types with fewer than five units are left out and counted.

    Returns
    -------
    Peers or None
        None where fewer than two types have five units.
    """
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
    counts = counts.reindex(index=order, columns=list(league.categories), fill_value=0)
    adjusted = part["score"] - part["trust_type"].map(mean) + part["score"].mean()
    # Both orders are cut by the same quotas over the same units.
    plain = part["position"].rank(method="first").astype(int)
    again = pd.Series(
        np.lexsort((part.index.to_numpy(), -league.sign * adjusted.to_numpy())).argsort() + 1,
        index=part.index,
    )
    bands = np.cumsum(league.sizes)
    moved = np.searchsorted(bands, plain) != np.searchsorted(bands, again)
    crossed = (plain <= league.cut) != (again <= league.cut)
    above = (part["position"] <= league.cut).groupby(part["trust_type"]).mean()
    largest = str(size.idxmax())
    inside = part[part["trust_type"] == largest]
    return Peers(
        types=pd.DataFrame({"units": size, "mean": mean, "above": above}).loc[order],
        counts=counts,
        units=part.assign(
            place=plain, adjusted_position=again, changed_category=moved, crossed_line=crossed
        ),
        left_out=len(units) - len(part),
        changed_category=Estimate(
            int(moved.sum()),
            n=len(part),
            label=f"{league.noun} change category once type is allowed for",
        ),
        crossed_line=Estimate(
            int(crossed.sum()),
            n=len(part),
            label=f"{league.noun} cross the line once type is allowed for",
        ),
        largest=largest,
        rankability=expected_ranks(part["score"], part["se"].to_numpy()).rankability,
        rankability_within=expected_ranks(inside["score"], inside["se"].to_numpy()).rankability,
        followed=_among_peers(league, part),
    )


def _among_peers(league: League, part: pd.DataFrame) -> AmongPeers | None:
    code = league.follow
    if code not in part.index:
        return None
    same = part[part["trust_type"] == part["trust_type"][code]]
    sets = rank_confidence_sets(
        same["score"],
        same["se"].to_numpy(),
        confidence=league.settings.confidence,
        higher_is_better=league.settings.higher_is_better,
    )
    k = same.index.get_loc(code)
    return AmongPeers(len(same), int(sets.rank[k]), int(sets.lower[k]), int(sets.upper[k]))
