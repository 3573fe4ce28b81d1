"""What may be asked about the league."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Final

import pandas as pd

from nhsi_analysis import as_at as publication
from nhsi_analysis.errors import ParameterError
from notebook_reports import parameters

ALL: Final = "All"


@dataclass(frozen=True)
class Settings(parameters.Settings):
    """The parameters of the notebook, checked when they are made.

    Errors of a unit's indicators count as independent where each has its own base or standard
    error, and correlate at 0.7 in the survey, at 0.5 elsewhere. Quotas are the league's for the
    survey, and four equal bands for an own table.
    """

    league: Annotated[
        str, "A stand-in for the league of 2016, or today's league", "one of: 2016, today"
    ] = "2016"
    survey_year: Annotated[
        int, "Staff survey of 2012 to 2018 or 2021 to 2024", "from 2012 to 2024"
    ] = 2016
    indicators: Annotated[
        list[str], "Questions or columns of league_csv, empty for those most like the league"
    ] = field(default_factory=list)
    weights: Annotated[dict[str, float] | None, "Weight of each indicator, None for equal ones"] = (
        None
    )
    error_correlation: Annotated[
        float | None, "Correlation of one unit's errors, None: usual", "from 0 to 1"
    ] = None
    trust_type: Annotated[
        str, "Trusts", "one of: All, Acute, Acute specialist, Ambulance, Community, Mental health"
    ] = ALL
    quotas: Annotated[
        list[int], "Units in each category, best first, empty for the usual", "at least 1"
    ] = field(default_factory=list)
    categories: Annotated[
        list[str], "Names of your own table's categories, best first, empty for numbers"
    ] = field(default_factory=list)
    trust: Annotated[str, "Code of a unit to follow, empty for a place beside the line"] = ""
    confidence: Annotated[float, "Level of every interval", "from 0.5 to 0.999"] = 0.95
    draws: Annotated[int, "Draws of every simulation", "from 500 to 100000"] = 1000
    seed: Annotated[int, "Seed of every simulation", "at least 0"] = 0
    league_csv: Annotated[
        str,
        "Your own table instead: org_code, score, and se, n or low and high; or indicators",
        "file",
    ] = ""
    higher_is_better: Annotated[bool, "Direction of the scores of your own table"] = True
    league_date: Annotated[
        str, "Day of the data of your own table, needed to hold it against CQC ratings", "date"
    ] = ""
    as_at: Annotated[str, "Use nothing published after this day, empty for everything", "date"] = ""

    def check(self) -> None:
        """Refuse quotas that part nothing, names that fit no quotas, and two leagues at once.

        Raises
        ------
        ParameterError
            For a single quota, names of categories of another number, or today's league beside an
            own table.
        """
        if self.today and self.league_csv:
            raise ParameterError("league_csv", "must be empty for today's league")
        if len(self.quotas) == 1:
            raise ParameterError(
                "quotas", "must be two or more whole numbers of at least 1", value=self.quotas
            )
        if self.categories and len(set(self.categories)) != (len(self.quotas) or 4):
            raise ParameterError(
                "categories",
                f"must be {len(self.quotas) or 4} different names, one for each quota",
                value=self.categories,
            )

    @property
    def today(self) -> bool:
        """Whether today's league is on trial."""
        return self.league == "today"

    @property
    def until(self) -> pd.Timestamp:
        """Last day whose publications count."""
        return publication.parse(self.as_at)
