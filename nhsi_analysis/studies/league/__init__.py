"""The league table on trial: how much of a rank is signal.

A league is a replica of the 2016 'Learning from Mistakes' league from the staff survey, or an
analyst's own table.
"""

from __future__ import annotations

from collections.abc import Callable

from nhsi_analysis.studies.league import sections
from nhsi_analysis.studies.league.numbers.own import from_csv
from nhsi_analysis.studies.league.numbers.study import Study
from nhsi_analysis.studies.league.numbers.table import replica
from nhsi_analysis.studies.league.settings import Settings
from notebook_reports.evidence import Section

__all__ = ["SECTIONS", "Settings", "Study", "build", "sections"]

SECTIONS: tuple[Callable[[Study], Section], ...] = (
    sections.answer,
    sections.ranks,
    sections.published,
    sections.stand_in,
    sections.categories,
    sections.choices,
    sections.other_weights,
    sections.types,
    sections.inspectors,
    sections.years,
    sections.fairer,
    sections.verdict,
    sections.today,
    sections.coverage,
)
"""Those of the notebook, in its order."""


def build(settings: Settings) -> Study:
    """Build the league that the report puts on trial.

    Parameters
    ----------
    settings : Settings
        The replica's, or an own table's in ``league_csv``, which takes the replica's place.

    Returns
    -------
    Study
        The replica, or the own table.

    Raises
    ------
    ParameterError
        For parameters that make no sense.
    DataError
        For an own table that breaks a rule.
    """
    return Study(from_csv(settings) if settings.league_csv else replica(settings))
