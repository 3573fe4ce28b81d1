"""The sections of the A&E report: words, figures, tables and headline numbers."""

from nhsi_analysis.studies.emergency.sections.answer import answer, claims
from nhsi_analysis.studies.emergency.sections.england import charts_of_months, england
from nhsi_analysis.studies.emergency.sections.places import every_trust, followed, regions
from nhsi_analysis.studies.emergency.sections.winters import how_often_right, who_changed, winters

__all__ = [
    "answer",
    "charts_of_months",
    "claims",
    "england",
    "every_trust",
    "followed",
    "how_often_right",
    "regions",
    "who_changed",
    "winters",
]
