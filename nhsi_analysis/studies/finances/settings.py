"""What may be asked about providers' finances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from notebook_reports import parameters

ALL = "All"


@dataclass(frozen=True)
class Settings(parameters.Settings):
    """The parameters of the notebook, checked when they are made."""

    year: Annotated[
        str, "Year, empty for the deepest deficit", "value of: trust_finance.financial_year"
    ] = ""
    trust_type: Annotated[
        str, "Kind of trust", "one of: All, Acute, Ambulance, Community, Mental health"
    ] = ALL
    trust: Annotated[
        str, "ODS code of a trust to follow, empty for none", "value of: trusts.org_code"
    ] = ""
    confidence: Annotated[float, "Level of every interval", "from 0.5 to 0.999"] = 0.95
    as_at: Annotated[str, "Use nothing published after this day, empty for everything", "date"] = ""
