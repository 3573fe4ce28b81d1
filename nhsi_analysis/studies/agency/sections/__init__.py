"""The sections of the report, in the order of reading: all its words, pictures and tables."""

from nhsi_analysis.studies.agency.sections.answer import answer, claims_judged
from nhsi_analysis.studies.agency.sections.controls import fragility, what_the_controls_did
from nhsi_analysis.studies.agency.sections.series import (
    disagreements,
    month_to_month,
    monthly_path,
    record_by_year,
)
from nhsi_analysis.studies.agency.sections.staff import staff_groups
from nhsi_analysis.studies.agency.sections.trust import trust_by_trust
from nhsi_analysis.studies.agency.sections.year import year_end

__all__ = [
    "answer",
    "claims_judged",
    "disagreements",
    "fragility",
    "month_to_month",
    "monthly_path",
    "record_by_year",
    "staff_groups",
    "trust_by_trust",
    "what_the_controls_did",
    "year_end",
]
