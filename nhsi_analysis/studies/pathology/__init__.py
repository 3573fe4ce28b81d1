"""Notebook 03: whether pathology networks can save what was asked of them."""

from nhsi_analysis.studies.pathology import sections
from nhsi_analysis.studies.pathology.numbers.study import Study
from nhsi_analysis.studies.pathology.numbers.study import examine as build
from nhsi_analysis.studies.pathology.settings import Settings

__all__ = ["SECTIONS", "Settings", "Study", "build"]

SECTIONS = (
    sections.answer,
    sections.baseline,
    sections.targets,
    sections.plans,
    sections.followed,
    sections.cost_curve,
    sections.simulation,
    sections.drivers,
    sections.worth_collecting,
    sections.delivery,
    sections.evaluation,
    sections.hubs,
    sections.verdict,
    sections.caveat,
)
"""The sections of the report, in its order."""
