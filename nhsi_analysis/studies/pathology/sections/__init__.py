"""The report on pathology networks, section by section."""

from nhsi_analysis.studies.pathology.sections.appendix import assumptions, drivers
from nhsi_analysis.studies.pathology.sections.main import (
    answer,
    chance,
    delivery,
    evaluation,
    followed,
    hubs,
    targets,
)

__all__ = [
    "answer",
    "assumptions",
    "chance",
    "delivery",
    "drivers",
    "evaluation",
    "followed",
    "hubs",
    "targets",
]
