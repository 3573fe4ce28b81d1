"""Whether trusts' years hang together, and what followed the lowest margins."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtr

from nhsi_analysis.studies.finances.numbers.study import Study
from policy_methods.panel import OrderOverTime, Rebound, order_over_time

FEWEST_TRUSTS, FEWEST_YEARS = 50, 4
"""Trusts and years below which the model of their order isn't fitted."""


class Turned(NamedTuple):
    """What followed the lowest tenth of margins of a year.

    ``rebound`` against regression to the mean; its ``table`` with ``margin`` (of the year) and
    ``newest``; ``spread``, one standard deviation between trusts as a share of income: half the
    distance from the 16th to the 84th of 100 later margins; how many did ``better`` in the newest
    year, and had no deficit (``surplus``).
    """

    rebound: Rebound
    table: pd.DataFrame
    spread: float
    better: int
    surplus: int


def order(study: Study) -> OrderOverTime | None:
    """Return how trusts' order hangs together; None of too few years or trusts."""
    few = study.margins.notna().sum().min() < FEWEST_TRUSTS or len(study.years) < FEWEST_YEARS
    return None if few else order_over_time(study.margins)


def turned(study: Study) -> Turned | None:
    """Hold what followed the lowest margins against regression to the mean; None if it can't be."""
    found, at = order(study), study.years.index(study.year)
    if found is None or study.year == study.newest:
        return None
    rebound = found.rebound(at, confidence=study.settings.confidence)
    low, high = np.nanquantile(study.margins.iloc[:, at + 1 :].to_numpy(), ndtr([-1, 1]))
    columns = {"margin": study.margins[study.year], "newest": study.margins[study.newest]}
    table = rebound.table.assign(**columns).rename_axis("org_code")
    better = int((table["newest"] > table["margin"]).sum())
    return Turned(rebound, table, float(high - low) / 2, better, int((table["newest"] >= 0).sum()))
