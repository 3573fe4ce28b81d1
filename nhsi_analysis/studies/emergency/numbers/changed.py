"""Which trusts changed from one winter to the next by more than trusts usually do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from policy_methods.funnel import FunnelResult, funnel_normal
from policy_methods.shares import holm

Floats = npt.NDArray[np.float64]

WIDE = 0.998
"""Level of the outer limits drawn."""
FEWEST = 20
"""Trusts below which no spread of trusts is estimated."""
ALIKE = 0.2
"""How far a trust's attendances may have moved against the median trust's to be compared."""


@dataclass(frozen=True, eq=False)
class Changed:
    """Trusts' changes between two winters, held against each other.

    Parameters
    ----------
    table : pandas.DataFrame
        Indexed by code: ``share_before``, ``share_after``, ``change``, ``noise`` (standard error
        of the change from the trust's own months), ``z`` (in spreads of trusts), ``adjusted``
        (Holm's chance over all trusts), ``side``: "improved", "worsened" or "" by the level;
        ``alone`` (whether the trust's own noise, were months independent, wouldn't do as much) and
        ``given_start`` (the same as ``side`` after allowing for where the trust began).
    funnel : FunnelResult
        The changes by their noise, with the spread between trusts in the limits.
    slope : float
        Change that goes with a share higher by one in the winter before: below 0 if trusts that
        began low tended to rise.
    apart : pandas.DataFrame
        Trusts that aren't compared, since they count other departments than a year before: their
        attendances moved by more than :data:`ALIKE` against the median trust's.
    """

    table: pd.DataFrame
    funnel: FunnelResult
    slope: float
    apart: pd.DataFrame

    def of(self, side: str) -> pd.DataFrame:
        """Return the trusts that improved or worsened, the largest change first."""
        rows = self.table[self.table["side"] == side]
        return rows.loc[rows["change"].abs().sort_values(ascending=False).index]


def noise_of(months: Floats, size: int) -> Floats:
    """Return the standard error of a difference of two means of some months.

    Parameters
    ----------
    months : array, shape (trusts, months)
        Shares less that of all trusts in the month; NaN where none was reported.
    size : int
        Months in each mean.

    Notes
    -----
    A month's standard deviation is the mean moving range over 1.128, as in an XmR chart. It treats
    months as independent, which they aren't; the spread between trusts takes up what that misses.
    """
    ranges = np.abs(np.diff(months, axis=1))
    found: Floats = np.nanmean(ranges, axis=1) / 1.128 * np.sqrt(2 / size)
    return found


def sides(
    change: Floats, noise: Floats, confidence: float
) -> tuple[FunnelResult, Floats, npt.NDArray[np.int64]]:
    """Hold changes against their average and the spread between trusts.

    Returns
    -------
    tuple
        The funnel; Holm's chances; 1 for trusts that improved, -1 for those that worsened, 0 for
        the others.
    """
    found = funnel_normal(change, noise, levels=(confidence, WIDE), overdispersion="winsorised")
    z = found.points["z_adjusted"].to_numpy(dtype=float)
    adjusted = holm(2 * stats.norm.sf(np.abs(z)))
    told = np.where(adjusted < 1 - confidence, np.sign(z), 0).astype(np.int64)
    return found, adjusted, told


def changed(
    trusts: pd.DataFrame, months: pd.DataFrame, size: int, confidence: float
) -> Changed | None:
    """Find the outliers of the spread of trusts' changes; None with fewer than 20 alike.

    Parameters
    ----------
    trusts : pandas.DataFrame
        Indexed by code, as :func:`winters.by_organisation` makes it.
    months : pandas.DataFrame
        Months of the same trusts: ``org_code``, ``month``, ``attendances``, ``breaches``,
        ``share``.
    size : int
        Months of each winter.
    confidence : float
        Level of the family of tests.
    """
    growth = trusts["attendances_after"] / trusts["attendances_before"]
    alike = (growth / growth.median() - 1).abs() <= ALIKE
    trusts, apart = trusts[alike], trusts[~alike].assign(growth=growth[~alike] - 1)
    if len(trusts) < FEWEST:
        return None
    months = months[months["org_code"].isin(trusts.index)]
    total = months.groupby("month")[["attendances", "breaches"]].sum()
    wide = months.pivot_table(index="org_code", columns="month", values="share")
    own = wide.loc[trusts.index] - (1 - total["breaches"] / total["attendances"])
    noise = noise_of(own.to_numpy(), size)
    change = trusts["change"].to_numpy(dtype=float)
    found, adjusted, told = sides(change, noise, confidence)
    names = np.array(["worsened", "", "improved"], dtype=object)
    fit = stats.linregress(trusts["share_before"], change)
    beyond = change - fit.intercept - fit.slope * trusts["share_before"].to_numpy()
    alone = holm(2 * stats.norm.sf(np.abs(change - found.target) / noise)) < 1 - confidence
    table = trusts.assign(
        noise=noise,
        z=found.points["z_adjusted"].to_numpy(),
        adjusted=adjusted,
        side=names[told + 1],
        alone=alone,
        given_start=names[sides(beyond, noise, confidence)[2] + 1],
    )
    named = found.points.assign(unit=trusts.index.to_numpy())
    result = FunnelResult(**{**vars(found), "points": named})
    return Changed(table, result, float(fit.slope), apart)
