"""How sure the ranks are: ranges of ranks, the worst case, chances of categories."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd

from nhsi_analysis.answers.differences import Difference, Score, difference
from nhsi_analysis.as_at import survey_published
from nhsi_analysis.studies.league.numbers.table import CRITIC, League, stand_in
from nhsi_analysis.studies.league.settings import ALL
from notebook_reports.evidence import words
from policy_methods.ranking import (
    PosteriorRanks,
    boundary_doubt,
    expected_ranks,
    posterior_ranks,
    rank_confidence_sets,
)
from policy_methods.results import Result

CORRELATIONS: Final = (0.0, 0.5, 1.0)
_CHECKS: Final = (2015, 2016, 2017)
_SIDES: Final = ("above", "doubtful", "below")


@dataclass(frozen=True)
class Place(Result):
    """The place ``asked``, or a trust's own: who holds it, and the ends of their ranges.

    A tie shares places ``first`` to ``last``; ``lower`` to ``upper`` are the likely ranks of
    whichever of those who share it, ``worst_lower`` to ``worst_upper`` reach over all of them.
    """

    codes: tuple[str, ...]
    asked: int
    first: int
    last: int
    lower: int
    upper: int
    worst_lower: int
    worst_upper: int


@dataclass(frozen=True)
class Certainty(Result):
    """What sampling error and rounding allow to be said about each rank.

    Parameters
    ----------
    model, wrong : PosteriorRanks, float
        Likely ranks by the two-level model; expected units in a category not truly earned.
    counts, worst : dict of str to int
        Units above the line, not to be placed, below it: by likely ranks and in the worst case.
    table : pandas.DataFrame
        Units in order of position with ``lower``, ``upper``, ``worst_lower``, ``worst_upper``,
        ``side``, ``chance_above`` and the chance of each category under its name.
    followed, neighbours : Place, Difference
        The place followed; the last unit above the line less the first below it, shrunken.
    """

    model: PosteriorRanks
    counts: dict[str, int]
    worst: dict[str, int]
    wrong: float
    table: pd.DataFrame
    followed: Place
    neighbours: Difference


def certainty(league: League, nodes: int = 128) -> Certainty:
    """Work out how sure the ranks of a league are, by so many nodes of its model."""
    units, settings = league.units, league.settings
    model = _model(league, units["se"], nodes)
    worst = rank_confidence_sets(
        units["score"],
        units["se"].to_numpy(),
        confidence=settings.confidence,
        higher_is_better=settings.higher_is_better,
    )
    chances = model.chances(league.sizes)
    own = np.repeat(np.arange(len(league.sizes)), league.sizes)
    table = units.assign(
        lower=model.lower,
        upper=model.upper,
        worst_lower=worst.lower,
        worst_upper=worst.upper,
        chance_above=model.within(league.cut),
        **{name: chances[:, k] for k, name in enumerate(league.categories)},
    )
    # A range that crosses the line leaves its unit on neither side.
    side = np.select([table["upper"] <= league.cut, table["lower"] > league.cut], [0, 2], 1)
    table["side"] = np.array(_SIDES, dtype=object)[side]
    return Certainty(
        model=model,
        counts={name: int((side == k).sum()) for k, name in enumerate(_SIDES)},
        worst=boundary_doubt(worst, league.cut).counts,
        wrong=float(league.count - chances[np.arange(league.count), own].sum()),
        table=table,
        followed=_followed(league, table, model),
        neighbours=_neighbours(league),
    )


def _neighbours(league: League) -> Difference:
    units, up = league.units, league.settings.higher_is_better
    model = expected_ranks(units["score"], units["se"].to_numpy(), higher_is_better=up)
    last, first = (
        Score(
            f"the {league.one} in {words.ordinal(at + 1)} place",
            float(model.shrunken[at]),
            float(model.shrunken_se[at]),
            league.unit,
        )
        for at in (league.cut - 1, league.cut)
    )
    level, decimals = league.settings.confidence, 1 if league.unit else 2
    return difference(last, first, confidence=level, higher_is_better=up, decimals=decimals)


def _model(league: League, error: pd.Series, nodes: int = 128) -> PosteriorRanks:
    return posterior_ranks(
        league.units["score"],
        error.to_numpy(),
        confidence=league.settings.confidence,
        higher_is_better=league.settings.higher_is_better,
        nodes=nodes,
    )


def _followed(league: League, table: pd.DataFrame, model: PosteriorRanks) -> Place:
    code = league.settings.trust
    if code:
        held = table.loc[[code]]
        at = int(held["position"].iloc[0])
    else:
        at = CRITIC if league.as_published else league.cut + 1
        row = table.iloc[at - 1]
        # Whoever shares the place shares it: which of them comes first is the alphabet's.
        held = table[table["first"] == row["first"]]
    lower, upper = model.shared(table.index.get_indexer(held.index).tolist())
    return Place(
        codes=tuple(str(c) for c in held.index),
        asked=at,
        first=int(held["first"].iloc[0]),
        last=int(held["last"].iloc[0]),
        lower=lower,
        upper=upper,
        worst_lower=int(held["worst_lower"].min()),
        worst_upper=int(held["worst_upper"].max()),
    )


def sensitivity(league: League, sure: Certainty) -> pd.DataFrame:
    """Answer again with other correlations of errors, and from other surveys.

    Rows of ``what`` ("correlation", or "survey" for a stand-in of all trusts from 2015 to 2017) and
    its ``value``, ``units``, how many are ``doubtful``, mean ``width`` of the likely ranks.
    """
    here = (league.count, sure.counts["doubtful"], float(sure.model.width.mean()))
    rows: list[tuple[str, float, int, int, float]] = []
    for rho in sorted({*CORRELATIONS, league.correlation}) if len(league.weights) > 1 else ():
        same = rho == league.correlation
        rows.append(("correlation", rho, *(here if same else _doubtful(league, league.error(rho)))))
    for year in _CHECKS if league.year in _CHECKS and league.settings.trust_type == ALL else ():
        if survey_published(pd.Series([year])).iloc[0] <= league.settings.until:
            again = stand_in(replace(league.settings, survey_year=year, trust=""))
            same = year == league.year
            rows.append(("survey", year, *(here if same else _doubtful(again, again.units["se"]))))
    return pd.DataFrame(rows, columns=["what", "value", "units", "doubtful", "width"])


def _doubtful(league: League, error: pd.Series) -> tuple[int, int, float]:
    model = _model(league, error)
    crossing = (model.lower <= league.cut) & (model.upper > league.cut)
    return league.count, int(crossing.sum()), float(model.width.mean())
