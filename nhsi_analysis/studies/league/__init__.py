"""The league table on trial: how much of a rank is signal.

A league is a replica of the 2016 'Learning from Mistakes' league from the staff survey, or an
analyst's own table. Each section of the report is a function of it that returns words, headline
numbers, figures and tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nhsi_analysis.studies.league.agreement import agreement_section
from nhsi_analysis.studies.league.certainty import (
    Certainty,
    categories_section,
    certainty,
    coverage_section,
    first_screen,
    ranks_section,
)
from nhsi_analysis.studies.league.choices import choices_section
from nhsi_analysis.studies.league.explore import Explorer
from nhsi_analysis.studies.league.fairer import fairer_section
from nhsi_analysis.studies.league.own import from_csv
from nhsi_analysis.studies.league.peers import peers_section
from nhsi_analysis.studies.league.published import published_section, replica_section
from nhsi_analysis.studies.league.stability import stability_section
from nhsi_analysis.studies.league.table import League, Section, replica
from nhsi_analysis.studies.league.today import today_section
from nhsi_analysis.studies.league.verdict import verdict_section

__all__ = [
    "Certainty",
    "Explorer",
    "League",
    "Section",
    "agreement_section",
    "build",
    "categories_section",
    "certainty",
    "choices_section",
    "coverage_section",
    "fairer_section",
    "first_screen",
    "from_csv",
    "peers_section",
    "published_section",
    "ranks_section",
    "replica",
    "replica_section",
    "stability_section",
    "today_section",
    "verdict_section",
]


def build(
    survey_year: int = 2017,
    indicators: Sequence[str] = ("q8d",),
    *,
    weights: Mapping[str, float] | None = None,
    quotas: Sequence[int] = (18, 102, 78, 32),
    trust: str = "",
    confidence: float = 0.95,
    draws: int = 20_000,
    seed: int = 0,
    league_csv: str = "",
    higher_is_better: bool = True,
    as_at: str = "",
) -> League:
    """Build the league that the report puts on trial.

    Parameters
    ----------
    survey_year, indicators, weights, quotas, trust, confidence, draws, seed, as_at
        As in :func:`nhsi_analysis.studies.league.table.replica`.
    league_csv : str
        An analyst's own table, which takes the replica's place: see
        :func:`nhsi_analysis.studies.league.own.from_csv`.
    higher_is_better : bool
        Direction of an own table's scores.

    Returns
    -------
    League
        The replica, or the own table.

    Raises
    ------
    ParameterError
        For parameters that make no sense.
    DataError
        For an own table that breaks a rule.
    """
    if league_csv:
        return from_csv(
            league_csv,
            indicators=indicators,
            weights=weights,
            quotas=quotas,
            trust=trust,
            confidence=confidence,
            draws=draws,
            seed=seed,
            higher_is_better=higher_is_better,
            as_at=as_at,
        )
    return replica(
        survey_year,
        indicators,
        weights=weights,
        quotas=quotas,
        trust=trust,
        confidence=confidence,
        draws=draws,
        seed=seed,
        as_at=as_at,
    )
