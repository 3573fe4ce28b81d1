"""What is known of one trust, and how sure it is, beside its peers."""

from __future__ import annotations

from collections.abc import Callable

from nhsi_analysis.studies.profile import sections
from nhsi_analysis.studies.profile.numbers.study import Study, build
from nhsi_analysis.studies.profile.settings import Settings
from notebook_reports.evidence import Section

__all__ = ["SECTIONS", "Settings", "Study", "build", "sections"]

SECTIONS: tuple[Callable[[Study], Section], ...] = (
    sections.answer,
    sections.oversight,
    sections.ratings,
    sections.survey,
    sections.emergency,
    sections.waiting,
    sections.money,
    sections.older,
)
"""The sections of the report, in the order of the notebook."""
