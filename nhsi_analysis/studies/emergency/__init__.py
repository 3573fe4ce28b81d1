"""Whether A&E meets the four-hour standard, and whether its winters get better."""

from __future__ import annotations

from collections.abc import Callable

from nhsi_analysis.studies.emergency import sections
from nhsi_analysis.studies.emergency.numbers.study import Study, build
from nhsi_analysis.studies.emergency.settings import Settings
from notebook_reports.evidence import Section

__all__ = ["SECTIONS", "Settings", "Study", "build", "sections"]

SECTIONS: tuple[Callable[[Study], Section], ...] = (
    sections.answer,
    sections.england,
    sections.regions,
    sections.winters,
    sections.who_changed,
    sections.followed,
    sections.claims,
    sections.how_often_right,
)
"""The sections of the report, in the order of the notebook."""
