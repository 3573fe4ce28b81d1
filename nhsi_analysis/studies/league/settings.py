"""What may be asked about the league."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Final

import pandas as pd

from nhsi_analysis import as_at as publication
from nhsi_analysis.errors import ParameterError
from notebook_reports import parameters

SURVEY_DEFAULT: Final = ("q8d",)
"""The notebook's own choice for the survey: it says nothing of a table of the reader's."""


@dataclass(frozen=True)
class Settings(parameters.Settings):
    """The parameters of the notebook, checked when they are made."""

    survey_year: Annotated[
        int, "Staff survey of 2012 to 2018 or 2021 to 2024", "from 2012 to 2024"
    ] = 2017
    indicators: Annotated[
        list[str],
        "Questions q7a to q8d (to 2018) or q3f, q6a, q7h (from 2021), or columns of league_csv",
    ] = field(default_factory=lambda: list(SURVEY_DEFAULT))
    weights: Annotated[dict[str, float] | None, "Weight of each indicator, None for equal ones"] = (
        None
    )
    quotas: Annotated[list[int], "Units in each category, best first", "at least 1"] = field(
        default_factory=lambda: [18, 102, 78, 32]
    )
    trust: Annotated[
        str, "Code of a unit to follow, empty for the place of the league's best-known critic"
    ] = ""
    confidence: Annotated[float, "Level of every interval", "from 0.5 to 0.999"] = 0.95
    draws: Annotated[int, "Draws of every simulation", "from 1000 to 1000000"] = 20_000
    seed: Annotated[int, "Seed of every simulation", "at least 0"] = 0
    league_csv: Annotated[
        str,
        "Your own table instead: org_code, score, and se or n, or several indicators with n",
        "file",
    ] = ""
    higher_is_better: Annotated[bool, "Direction of the scores of your own table"] = True
    as_at: Annotated[str, "Use nothing published after this day, empty for everything", "date"] = ""

    def check(self) -> None:
        """Refuse quotas that part nothing.

        Raises
        ------
        ParameterError
            For fewer than two quotas.
        """
        if len(self.quotas) < 2:
            raise ParameterError(
                "quotas", "must be two or more whole numbers of at least 1", value=self.quotas
            )

    @property
    def until(self) -> pd.Timestamp:
        """Last day whose publications count."""
        return publication.parse(self.as_at)
