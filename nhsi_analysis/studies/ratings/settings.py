"""What may be asked about the ratings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from notebook_reports import parameters

ALL = "All"


@dataclass(frozen=True)
class Settings(parameters.Settings):
    """The parameters of the notebook, checked when they are made."""

    before: Annotated[str, "Earlier snapshot, empty for the one just before the later", "date"] = ""
    after: Annotated[str, "Later snapshot, empty for the newest in the table", "date"] = ""
    key_question: Annotated[str, "Rating compared", "value of: cqc_trust_ratings.key_question"] = (
        "Overall"
    )
    trust_type: Annotated[
        str, "Kind of trust", "one of: All, Acute, Ambulance, Community, Mental health"
    ] = ALL
    region: Annotated[str, "NHS region", "one of: All, London, Midlands and East, North, South"] = (
        ALL
    )
    confidence: Annotated[float, "Level of every interval", "from 0.5 to 0.999"] = 0.95
    as_at: Annotated[str, "Use nothing published after this day, empty for everything", "date"] = ""
    trust: Annotated[
        str, "ODS code of a trust to follow, empty for none", "value of: trusts.org_code"
    ] = ""
    ratings_source: Annotated[
        str, "Ratings table: empty for the newest, shipped, or an ingested file"
    ] = ""
