"""A league on trial with all that is worked out about it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from nhsi_analysis.studies.league.numbers.agreement import Agreement, agree
from nhsi_analysis.studies.league.numbers.certainty import Certainty, certainty, sensitivity
from nhsi_analysis.studies.league.numbers.choices import Choices, vary
from nhsi_analysis.studies.league.numbers.own import from_csv
from nhsi_analysis.studies.league.numbers.peers import Peers, compare_types
from nhsi_analysis.studies.league.numbers.table import League, stand_in
from nhsi_analysis.studies.league.numbers.today import Today, build_today
from nhsi_analysis.studies.league.settings import Settings
from policy_methods.results import Result


@dataclass(frozen=True)
class Study(Result):
    """The league on trial; what is worked out about it is worked out once, when first asked for.

    Parameters
    ----------
    settings : Settings
        As asked for.
    """

    settings: Settings

    @cached_property
    def today(self) -> Today | None:
        """Today's league; None where another is on trial, which ``table`` holds."""
        return build_today(self.settings) if self.settings.today else None

    @cached_property
    def table(self) -> League:
        """The stand-in for 2016, or an analyst's own table."""
        return from_csv(self.settings) if self.settings.league_csv else stand_in(self.settings)

    @cached_property
    def certainty(self) -> Certainty:
        """How sure the ranks are."""
        return certainty(self.table)

    @cached_property
    def sensitivity(self) -> pd.DataFrame:
        """The answer by other correlations of errors and from other surveys."""
        return sensitivity(self.table, self.certainty)

    @cached_property
    def choices(self) -> Choices | None:
        """What the arbitrary choices do; None for a table with a single indicator."""
        return vary(self.table)

    @cached_property
    def peers(self) -> Peers | None:
        """How types fare; None where too few types are known."""
        return compare_types(self.table)

    @cached_property
    def agreement(self) -> Agreement | None:
        """The league beside the inspectors' ratings; None for an own table without a date."""
        return agree(self.table)


def build(settings: Settings) -> Study:
    """Build the league on trial: the stand-in, today's, or the table in ``league_csv``.

    Raises
    ------
    ParameterError
        For parameters that make no sense.
    DataError
        For an own table that breaks a rule.

    Examples
    --------
    >>> build(Settings(league="today")).today.league.quarter
    '2025/26 Q3'
    """
    study = Study(settings)
    _ = study.today or study.table  # what is wrong stops before anything is shown
    return study
