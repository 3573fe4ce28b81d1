"""What may be asked about one trust."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pandas as pd

from nhsi_analysis import as_at as dates
from notebook_reports import parameters


@dataclass(frozen=True)
class Settings(parameters.Settings):
    """The parameters of the notebook, checked when they are made."""

    trust: Annotated[str, "ODS code of the trust", "value of: trusts.org_code"] = "RL4"
    as_at: Annotated[str, "Use nothing published after this day; empty for everything", "date"] = ""
    survey_year: Annotated[int, "Older staff survey to place it in", "from 2012 to 2018"] = 2017
    item: Annotated[
        str, "Question in it", "one of: q7a, q7b, q7c, q7d, q7e, q7f, q7g, q8a, q8b, q8c, q8d"
    ] = "q8d"
    confidence: Annotated[float, "Level of intervals", "from 0.5 to 0.999"] = 0.95

    @property
    def until(self) -> pd.Timestamp:
        """Last day whose publications count."""
        return dates.parse(self.as_at)
