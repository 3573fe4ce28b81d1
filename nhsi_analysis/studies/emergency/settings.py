"""What may be asked about A&E."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pandas as pd

from nhsi_analysis import as_at as dates
from notebook_reports import parameters


@dataclass(frozen=True)
class Settings(parameters.Settings):
    """The parameters of the notebook, checked when they are made."""

    trust: Annotated[
        str, "ODS code of a trust to follow, empty for none", "value of: trusts.org_code"
    ] = ""
    region: Annotated[
        str, "Region to follow, empty for none", "value of: oversight_framework.region"
    ] = ""
    winter: Annotated[
        str, "Winter whose trusts are compared with the winter before, empty for the newest"
    ] = ""
    confidence: Annotated[float, "Level of limits and tests", "from 0.5 to 0.999"] = 0.95
    as_at: Annotated[str, "Use nothing published after this day, empty for everything", "date"] = ""

    @property
    def until(self) -> pd.Timestamp:
        """Last day whose publications count."""
        return dates.parse(self.as_at)
