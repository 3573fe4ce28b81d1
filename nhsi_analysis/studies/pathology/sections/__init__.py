"""The report on pathology networks, section by section."""

from nhsi_analysis.studies.pathology.sections.appendix import (
    asked,
    assumptions,
    drivers,
    otherwise,
    progress,
    sets,
)
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
    "asked",
    "assumptions",
    "chance",
    "delivery",
    "drivers",
    "evaluation",
    "followed",
    "hubs",
    "otherwise",
    "progress",
    "sets",
    "targets",
]
