"""What the notebook says and shows, a function a section."""

from nhsi_analysis.studies.league.sections.certainty import answer, categories, coverage, ranks
from nhsi_analysis.studies.league.sections.comparisons import inspectors, types, years
from nhsi_analysis.studies.league.sections.conclusions import fairer, verdict
from nhsi_analysis.studies.league.sections.context import published, stand_in, today
from nhsi_analysis.studies.league.sections.weights import choices, other_weights, sliders

__all__ = [
    "answer",
    "categories",
    "choices",
    "coverage",
    "fairer",
    "inspectors",
    "other_weights",
    "published",
    "ranks",
    "sliders",
    "stand_in",
    "today",
    "types",
    "verdict",
    "years",
]
