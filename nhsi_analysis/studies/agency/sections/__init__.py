"""The sections of the report, in the order of reading: all its words, pictures and tables."""

from nhsi_analysis.studies.agency.sections.answer import answer
from nhsi_analysis.studies.agency.sections.saving import claims_judged, saving
from nhsi_analysis.studies.agency.sections.series import (
    disagreements,
    figures_held,
    monthly_path,
    record_by_year,
    record_in_numbers,
)
from nhsi_analysis.studies.agency.sections.staff import bank_staff, rules, staff_groups
from nhsi_analysis.studies.agency.sections.trust import trust_by_trust
from nhsi_analysis.studies.agency.sections.year import models, year_end

__all__ = [
    "answer",
    "bank_staff",
    "claims_judged",
    "disagreements",
    "figures_held",
    "models",
    "monthly_path",
    "record_by_year",
    "record_in_numbers",
    "rules",
    "saving",
    "staff_groups",
    "trust_by_trust",
    "year_end",
]
