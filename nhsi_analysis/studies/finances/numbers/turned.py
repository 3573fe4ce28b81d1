"""Whether trusts' years hang together, and what followed the lowest margins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr

from nhsi_analysis.studies.finances.numbers.study import Study
from policy_methods.panel import OrderOverTime, Rebound, order_over_time


@dataclass(frozen=True, eq=False)
class Turned:
    """What followed the lowest tenth of margins of a year.

    Parameters
    ----------
    rebound : Rebound
        Against regression to the mean.
    table : DataFrame
        Its table with ``margin`` (of the year), ``later`` (mean of the later years) and ``newest``.
    spread : float
        One standard deviation between trusts as a share of income: half the distance from the 16th
        to the 84th of 100 margins of the later years.
    first : str
        The year after.
    """

    rebound: Rebound
    table: pd.DataFrame
    spread: float
    first: str

    @property
    def better(self) -> int:
        """How many had a smaller deficit, or none, in the newest year."""
        return int((self.table["newest"] > self.table["margin"]).sum())

    @property
    def surplus(self) -> int:
        """How many had no deficit in the newest year."""
        return int((self.table["newest"] >= 0).sum())


FEWEST_TRUSTS, FEWEST_YEARS = 50, 4
"""Trusts and years below which the model of their order isn't fitted."""


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
    after = study.margins.iloc[:, at + 1 :]
    low, high = np.nanquantile(after.to_numpy(), ndtr([-1, 1]))
    columns = {"margin": study.margins[study.year], "later": after.mean(axis=1)}
    table = rebound.table.assign(**columns, newest=after.iloc[:, -1]).rename_axis("org_code")
    return Turned(rebound, table, float(high - low) / 2, str(after.columns[0]))
