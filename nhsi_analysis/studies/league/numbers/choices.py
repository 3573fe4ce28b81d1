"""What the arbitrary choices behind a league do to its ranks, and its ranks by other weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.league.numbers.survey import survey
from nhsi_analysis.studies.league.numbers.table import League, of_draws
from notebook_reports.evidence import Estimate
from policy_methods.composite import composite_uncertainty, leave_one_out
from policy_methods.ranking import boundary_doubt, rank_confidence_sets

DRAWS = 1000
SOBOL = 128
LEVEL = 0.9
_CONCENTRATION = 20.0


@dataclass(frozen=True)
class Choices:
    """Ranks when scale, mean, weights, indicators and sampling error are drawn together.

    Parameters
    ----------
    names : list of str
        Indicators that the choices are among.
    table : pandas.DataFrame
        Units by their nominal rank: ``org_name``, ``rank``, ``lower``, ``upper``, ``position``.
    crossing : int
        Units whose range crosses the line.
    mean_shift, changed_category : Estimate
        Places a rank moves; share of units in another category than nominally.
    sobol : pandas.DataFrame
        Each choice's share of the variance of the mean shift, the largest first.
    left_out : pandas.DataFrame
        What leaving out one indicator does.
    """

    names: list[str]
    table: pd.DataFrame
    crossing: int
    mean_shift: Estimate
    changed_category: Estimate
    sobol: pd.DataFrame
    left_out: pd.DataFrame


def vary(league: League) -> Choices | None:
    """Draw all choices together and rank anew.

    Parameters
    ----------
    league : League
        Its indicators; where it has only one, the block of questions that it was chosen from.

    Returns
    -------
    Choices or None
        None for a table with a single indicator.
    """
    data, error, names = candidates(league)
    if data.shape[1] < 2:
        return None
    weights = {n: league.weights.get(n, 1.0) for n in names} if len(league.weights) > 1 else None
    directions = dict.fromkeys(names, league.sign)
    found = composite_uncertainty(
        data,
        se=error,
        weights=weights,
        directions=directions,
        concentration=_CONCENTRATION,
        missing="reweight",
        draws=DRAWS,
        seed=league.settings.seed,
        confidence=LEVEL,
        sobol_draws=SOBOL,
    )
    table = found.to_frame().sort_values("rank", kind="stable")
    table["position"] = np.arange(1, len(table) + 1)
    table = table.rename(columns={"low": "lower", "high": "upper"}).astype(
        {"lower": int, "upper": int}
    )
    table.insert(0, "org_name", league.units["org_name"].reindex(table.index))
    bands = np.searchsorted(np.cumsum(league.sizes), np.arange(1, league.count + 1))
    nominal = bands[np.clip(found.nominal.rank.to_numpy() - 1, 0, league.count - 1)]
    moved = (bands[found.ranks - 1] != nominal).mean(axis=1)
    return Choices(
        names=names,
        table=table,
        crossing=int(((table["lower"] <= league.cut) & (table["upper"] > league.cut)).sum()),
        mean_shift=of_draws(
            found.mean_shift,
            level=LEVEL,
            kind="of draws",
            n=league.count,
            unit="places",
            decimals=1,
            label="mean shift of a rank when the arbitrary choices are made anew",
        ),
        changed_category=of_draws(
            moved,
            level=LEVEL,
            kind="of draws",
            n=league.count,
            unit="share",
            decimals=0,
            label=f"of {league.noun} change category when the choices are made anew",
        ),
        sobol=pd.DataFrame(found.sobol),
        left_out=leave_one_out(data, weights=weights, directions=directions, missing="reweight"),
    )


def candidates(league: League) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Return the indicators a league could be made of, their errors and their names.

    Parameters
    ----------
    league : League
        Its own indicators, or the block of questions that its single one was chosen from.
    """
    if league.year is None or tuple(league.indicators.columns) == league.family:
        return league.indicators, league.indicator_se, list(league.indicators.columns)
    share, error, _, _ = survey(league.year, league.family)
    codes = league.units.index.intersection(share.index)
    return share.loc[codes], error.loc[codes], list(league.family)


@dataclass(frozen=True)
class View:
    """A league by one set of weights.

    Parameters
    ----------
    table : pandas.DataFrame
        Indexed by code, in order: ``org_name``, ``score``, ``se``, ``position``, ``lower``,
        ``upper``.
    shares : dict of str to float
        Weight of each indicator that has any, of 1.
    cut : int
        Last position above the line.
    doubtful : int
        Units that can't be told from the line.
    follow : str
        Code of the unit to follow.
    """

    table: pd.DataFrame
    shares: dict[str, float]
    cut: int
    doubtful: int
    follow: str


class Explorer:
    """Weights to choose and a unit to follow.

    Parameters
    ----------
    league : League
        The table; its indicators, or the block of questions that its one was chosen from.
    """

    def __init__(self, league: League) -> None:
        self.league = league
        self.data, self.errors, self.names = candidates(league)
        self.scaled = league.unit == "share"
        self.weights = {n: league.weights.get(n, 0.0) for n in self.names}

    def view(self, weights: Mapping[str, float] | None = None, follow: str = "") -> View:
        """Rank by other weights.

        Parameters
        ----------
        weights : mapping, optional
            Weight of each indicator; the league's own without.
        follow : str
            Code to follow; the league's own when empty.

        Returns
        -------
        View
            The league by these weights.

        Raises
        ------
        ParameterError
            For weights that are all zero or name no indicator, or an unknown code.
        """
        given = dict(self.weights if weights is None else weights)
        code = follow or self.league.follow
        share = np.array([given.get(n, 0.0) for n in self.names])
        if set(given) - set(self.names) or np.any(share < 0) or share.sum() <= 0:
            raise ParameterError(
                "weights", "must be zero or more, not all zero", value=given, allowed=self.names
            )
        if code not in self.data.index:
            raise ParameterError("follow", "isn't in this league table", value=code)
        share = share / share.sum()
        table = self._table(share)
        cut = min(self.league.cut, len(table) - 1)
        sets = rank_confidence_sets(
            table["score"],
            table["se"].to_numpy(),
            confidence=self.league.settings.confidence,
            higher_is_better=self.league.settings.higher_is_better,
        )
        return View(
            table=table.assign(lower=sets.lower, upper=sets.upper),
            shares={n: w for n, w in zip(self.names, share.tolist(), strict=True) if w > 0},
            cut=cut,
            doubtful=boundary_doubt(sets, cut).counts["doubtful"],
            follow=code,
        )

    def _table(self, share: np.ndarray) -> pd.DataFrame:
        data, errors = self.data, self.errors
        if not self.scaled and len(self.names) > 1:
            spread = data.std(ddof=1).replace(0, np.inf)
            data, errors = (data - data.mean()) / spread, errors / spread
        there = data.notna().to_numpy() * share
        total = there.sum(axis=1)
        if np.any(total == 0):
            raise ParameterError("weights", "leave a unit whose only values have no weight")
        part = there / total[:, None]
        # The same people answer every question: adding errors is an upper bound.
        table = pd.DataFrame(
            {
                "org_name": self.league.units["org_name"].reindex(data.index),
                "score": np.nansum(data.to_numpy() * part, axis=1),
                "se": np.nansum(errors.to_numpy() * part, axis=1),
            },
            index=data.index,
        )
        scores = -self.league.sign * table["score"].to_numpy()
        table = table.iloc[np.lexsort((table.index.to_numpy(), scores))]
        return table.assign(position=np.arange(1, len(table) + 1))
