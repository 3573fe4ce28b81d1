"""The report on pathology networks, section by section."""

from nhsi_analysis.studies.pathology.sections.appendix import (
    assumptions,
    cost_curve,
    drivers,
    placed,
    reexamined,
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
    "assumptions",
    "chance",
    "cost_curve",
    "delivery",
    "drivers",
    "evaluation",
    "followed",
    "hubs",
    "placed",
    "reexamined",
    "targets",
]
