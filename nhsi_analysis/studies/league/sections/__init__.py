"""What the notebook says and shows, a function a section."""

from nhsi_analysis.studies.league.sections.answer import answer, categories, ranks
from nhsi_analysis.studies.league.sections.appendix import coverage, fairer, sensitivity, stand_in
from nhsi_analysis.studies.league.sections.comparisons import choices, inspectors, types, years
from nhsi_analysis.studies.league.sections.verdict import today, verdict
from nhsi_analysis.studies.league.sections.weights import other_weights, sliders

__all__ = [
    "answer",
    "categories",
    "choices",
    "coverage",
    "fairer",
    "inspectors",
    "other_weights",
    "ranks",
    "sensitivity",
    "sliders",
    "stand_in",
    "today",
    "types",
    "verdict",
    "years",
]
