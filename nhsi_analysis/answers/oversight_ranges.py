"""Likely ranges of rank in the Oversight Framework, as published, beside those its scores allow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from policy_methods.ranking import posterior_ranks, rank_confidence_sets
from policy_methods.results import Result

_RANGES = ["score_low", "score_high", "rank_low", "rank_high"]
_LEVEL = 0.95


@dataclass(frozen=True)
class Likely(Result):
    """Published ranges of rank beside ours, both by score alone.

    Parameters
    ----------
    table : pandas.DataFrame
        Trusts with all four ends: ``rank_low`` to ``rank_high`` as published, ``lower`` to
        ``upper`` by the two-level model, ``worst_lower`` to ``worst_upper`` of the confidence sets.
    published, ours, worst : float
        Mean width of each, in places.
    inside : int
        Trusts whose published range lies within the worst case.
    """

    table: pd.DataFrame
    published: float
    ours: float
    worst: float
    inside: int


def likely(table: pd.DataFrame, confidence: float) -> Likely | None:
    """Rank scores with errors taken from their published likely ranges, read as 95% intervals.

    None where fewer than three trusts have ranges. Published ranks count trusts that the table may
    lack, so ours are ranks among those here.
    """
    if not set(_RANGES) <= set(table):
        return None
    part = table.dropna(subset=_RANGES)
    se = ((part["score_high"] - part["score_low"]) / (2 * norm.isf((1 - _LEVEL) / 2))).to_numpy()
    if len(part) < 3 or not (se > 0).all():
        return None
    # The lowest score is the best.
    model = posterior_ranks(-part["average_score"], se, confidence=confidence)
    worst = rank_confidence_sets(-part["average_score"], se, confidence=confidence)
    found = part.assign(
        lower=model.lower, upper=model.upper, worst_lower=worst.lower, worst_upper=worst.upper
    )
    inside = (found["worst_lower"] <= found["rank_low"]) & (
        found["rank_high"] <= found["worst_upper"]
    )
    return Likely(
        table=found,
        published=float((found["rank_high"] - found["rank_low"] + 1).mean()),
        ours=float(model.width.mean()),
        worst=float(np.mean(worst.upper - worst.lower + 1)),
        inside=int(inside.sum()),
    )
