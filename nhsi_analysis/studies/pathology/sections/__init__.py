"""The report on pathology networks, section by section."""

from nhsi_analysis.studies.pathology.sections.case import (
    answer,
    baseline,
    caveat,
    cost_curve,
    delivery,
    drivers,
    evaluation,
    followed,
    hubs,
    plans,
    simulation,
    targets,
    verdict,
    worth_collecting,
)

__all__ = [
    "answer",
    "baseline",
    "caveat",
    "cost_curve",
    "delivery",
    "drivers",
    "evaluation",
    "followed",
    "hubs",
    "plans",
    "simulation",
    "targets",
    "verdict",
    "worth_collecting",
]
