"""The sections of the A&E report: words, figures, tables and headline numbers."""

from nhsi_analysis.studies.emergency.sections.answer import answer, claims
from nhsi_analysis.studies.emergency.sections.places import england, followed, regions
from nhsi_analysis.studies.emergency.sections.winters import how_often_right, who_changed, winters

__all__ = [
    "answer",
    "claims",
    "england",
    "followed",
    "how_often_right",
    "regions",
    "who_changed",
    "winters",
]
