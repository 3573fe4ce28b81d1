"""Which of the claims that the project answers to hold: each is put to its checker."""

from __future__ import annotations

from collections.abc import Callable

from nhsi_analysis.studies.claims import sections
from nhsi_analysis.studies.claims.numbers.study import Study, build
from nhsi_analysis.studies.claims.settings import Settings
from notebook_reports.evidence import Section

__all__ = ["SECTIONS", "Settings", "Study", "build", "sections"]

SECTIONS: tuple[Callable[[Study], Section], ...] = (
    sections.answer,
    sections.checked,
    sections.by_topic,
    sections.disputed,
    sections.unchecked,
    sections.independence,
)
"""The sections of the report, in the order of the notebook."""
