"""How deep the provider deficit was, and whether trusts turned round."""

from __future__ import annotations

from collections.abc import Callable

from nhsi_analysis.studies.finances import sections
from nhsi_analysis.studies.finances.numbers.study import Study, build
from nhsi_analysis.studies.finances.settings import Settings
from notebook_reports.evidence import Section

__all__ = ["SECTIONS", "Settings", "Study", "build", "sections"]

SECTIONS: tuple[Callable[[Study], Section], ...] = (
    sections.answer,
    sections.deficit,
    sections.claims,
    sections.margins,
    sections.groups,
    sections.persistence,
    sections.turnarounds,
    sections.followed,
    sections.today,
    sections.tested,
    sections.every_figure,
)
"""The sections of the report, in the order of the notebook."""
