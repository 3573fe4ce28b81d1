"""What the agency controls did to spending, from published numbers only."""

from __future__ import annotations

from collections.abc import Callable

from nhsi_analysis.studies.agency import sections
from nhsi_analysis.studies.agency.numbers.study import Study, build
from nhsi_analysis.studies.agency.settings import Settings
from notebook_reports.evidence import Section

__all__ = ["SECTIONS", "Settings", "Study", "build", "sections"]

SECTIONS: tuple[Callable[[Study], Section], ...] = (
    sections.answer,
    sections.saving,
    sections.claims_judged,
    sections.record_by_year,
    sections.monthly_path,
    sections.year_end,
    sections.trust_by_trust,
    sections.worlds,
    sections.figures_held,
    sections.disagreements,
    sections.rules,
)
"""The sections of the report, in the order of the notebook."""
