"""What may be asked of the audit of claims."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import pandas as pd

from nhsi_analysis import as_at as dates
from nhsi_analysis.answers.emergency_claims import ORDER
from nhsi_analysis.errors import ParameterError
from notebook_reports import parameters


@dataclass(frozen=True)
class Settings(parameters.Settings):
    """The parameters of the notebook, checked when they are made."""

    topics: Annotated[list[str], "Topics to audit, empty for all", "value of: claims.topic"] = (
        field(default_factory=list)
    )
    as_at: Annotated[str, "Leave out claims and figures dated later; empty for none", "date"] = ""
    tolerance: Annotated[float, "Relative tolerance besides rounding", "from 0 to 0.5"] = 0.0
    winter: Annotated[list[int], "Months that count as winter", "one of: 10, 11, 12, 1, 2, 3"] = (
        field(default_factory=lambda: [12, 1, 2])
    )

    def check(self) -> None:
        """Refuse months of winter that are none, out of order or named twice."""
        if not self.winter:
            raise ParameterError("winter", "must name a month at least", value=self.winter)
        if self.winter != sorted(set(self.winter), key=ORDER.index):
            raise ParameterError("winter", "must be in order, each once", value=self.winter)

    @property
    def until(self) -> pd.Timestamp:
        """Last day whose claims and numbers count."""
        return dates.parse(self.as_at)
