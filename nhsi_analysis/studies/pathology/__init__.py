"""Whether pathology networks could save what was asked, and where their hubs would go."""

from __future__ import annotations

from collections.abc import Callable

from nhsi_analysis.studies.pathology import sections
from nhsi_analysis.studies.pathology.numbers.study import Study, build
from nhsi_analysis.studies.pathology.settings import Settings
from notebook_reports.evidence import Section

__all__ = ["SECTIONS", "Settings", "Study", "build", "sections"]

SECTIONS: tuple[Callable[[Study], Section], ...] = (
    sections.answer,
    sections.chance,
    sections.delivery,
    sections.evaluation,
    sections.targets,
    sections.hubs,
    sections.followed,
    sections.sets,
    sections.progress,
    sections.otherwise,
    sections.asked,
    sections.assumptions,
    sections.drivers,
)
"""The sections of the report, in the order of the notebook."""
