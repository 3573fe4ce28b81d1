"""The sections of the finances report: words, figures, tables and headline numbers."""

from nhsi_analysis.studies.finances.sections.answer import answer
from nhsi_analysis.studies.finances.sections.margins import followed, groups, margins
from nhsi_analysis.studies.finances.sections.sector import claims, deficit, every_figure, today
from nhsi_analysis.studies.finances.sections.turnarounds import persistence, tested, turnarounds

__all__ = [
    "answer",
    "claims",
    "deficit",
    "every_figure",
    "followed",
    "groups",
    "margins",
    "persistence",
    "tested",
    "today",
    "turnarounds",
]
