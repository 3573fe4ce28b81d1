"""The report on pathology networks, section by section."""

from nhsi_analysis.studies.pathology.sections.case import (
    baseline,
    caveat,
    cost_curve,
    delivery,
    drivers,
    evaluation,
    first_screen,
    followed,
    hubs,
    plans,
    simulation,
    targets,
    verdict,
    worth_collecting,
)

__all__ = [
    "baseline",
    "caveat",
    "cost_curve",
    "delivery",
    "drivers",
    "evaluation",
    "first_screen",
    "followed",
    "hubs",
    "plans",
    "simulation",
    "targets",
    "verdict",
    "worth_collecting",
]
