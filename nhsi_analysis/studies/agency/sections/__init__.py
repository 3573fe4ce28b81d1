"""The sections of the report, in the order of reading: all its words, pictures and tables."""

from nhsi_analysis.studies.agency.sections.answer import answer
from nhsi_analysis.studies.agency.sections.saving import claims_judged, saving, worlds
from nhsi_analysis.studies.agency.sections.series import (
    disagreements,
    figures_held,
    monthly_path,
    record_by_year,
    rules,
)
from nhsi_analysis.studies.agency.sections.trust import trust_by_trust
from nhsi_analysis.studies.agency.sections.year import year_end

__all__ = [
    "answer",
    "claims_judged",
    "disagreements",
    "figures_held",
    "monthly_path",
    "record_by_year",
    "rules",
    "saving",
    "trust_by_trust",
    "worlds",
    "year_end",
]
