"""How sure the ranks are: sets, expected ranks, doubt about the line, chances of categories."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from nhsi_analysis.studies.league.numbers.table import League
from policy_methods.ranking import (
    BoundaryDoubt,
    CategoryProbabilities,
    ExpectedRanks,
    RankCoverage,
    RankSets,
    boundary_doubt,
    category_probabilities,
    expected_ranks,
    joint_rank_region,
    rank_confidence_sets,
    rank_set_coverage,
)

SIMULATIONS = 100
_UNITS_EACH = 4


@dataclass(frozen=True)
class Certainty:
    """What sampling error allows to be said about each rank.

    Parameters
    ----------
    league : League
        The table.
    sets, joint : RankSets
        Marginal and simultaneous sets.
    doubt, joint_doubt : BoundaryDoubt
        Who can't be told from the line, one at a time and all at once.
    expected : ExpectedRanks
        The two-level model.
    chances : CategoryProbabilities
        Chance of each category.
    table : pandas.DataFrame
        Units with all of it, in order of position.
    """

    league: League
    sets: RankSets
    joint: RankSets
    doubt: BoundaryDoubt
    joint_doubt: BoundaryDoubt
    expected: ExpectedRanks
    chances: CategoryProbabilities
    table: pd.DataFrame

    @property
    def followed(self) -> pd.Series:
        """Row of the unit that is followed."""
        return self.table[self.table.index == self.league.follow].iloc[0]


def certainty(league: League) -> Certainty:
    """Work out how sure the ranks of a league are.

    Parameters
    ----------
    league : League
        The table.

    Returns
    -------
    Certainty
        Sets, expected ranks and chances.
    """
    units = league.units
    settings, up = league.settings, league.settings.higher_is_better
    score, error = units["score"], units["se"].to_numpy()
    sets = rank_confidence_sets(score, error, confidence=settings.confidence, higher_is_better=up)
    joint = rank_confidence_sets(
        score,
        error,
        kind="simultaneous",
        confidence=settings.confidence,
        draws=settings.draws,
        seed=settings.seed,
        higher_is_better=up,
    )
    expected = expected_ranks(score, error, higher_is_better=up)
    chances = category_probabilities(
        score,
        error,
        league.sizes,
        draws=settings.draws,
        seed=settings.seed,
        higher_is_better=up,
    )
    doubt = boundary_doubt(sets, league.cut)
    table = units.assign(
        lower=sets.lower,
        upper=sets.upper,
        joint_lower=joint.lower,
        joint_upper=joint.upper,
        side=doubt.to_frame()["side"],
        shrunken=expected.shrunken,
        expected_rank=expected.expected_rank,
    )
    for k, name in enumerate(league.categories):
        table[f"chance: {name}"] = chances.probability[:, k]
    return Certainty(
        league=league,
        sets=sets,
        joint=joint,
        doubt=doubt,
        joint_doubt=boundary_doubt(joint, league.cut),
        expected=expected,
        chances=chances,
        table=table,
    )


def joint_region_width(league: League) -> float:
    """Return the mean width of the closed-form joint region of the ranks.

    Parameters
    ----------
    league : League
        The table.
    """
    region = joint_rank_region(
        league.units["score"],
        league.units["se"].to_numpy(),
        confidence=league.settings.confidence,
        higher_is_better=league.settings.higher_is_better,
    )
    return float((region.upper - region.lower + 1).mean())


def coverage(league: League) -> tuple[RankCoverage, RankCoverage]:
    """Simulate how often both kinds of set hold the true ranks, marginal first.

    Parameters
    ----------
    league : League
        Lends its own scores and errors.
    """
    marginal, simultaneous = (
        rank_set_coverage(
            league.sign * league.units["score"],
            league.units["se"].to_numpy(),
            kind=kind,
            confidence=league.settings.confidence,
            simulations=SIMULATIONS,
            units_each=_UNITS_EACH,
            draws=league.settings.draws,
            seed=league.settings.seed,
        )
        for kind in ("marginal", "simultaneous")
    )
    return marginal, simultaneous
