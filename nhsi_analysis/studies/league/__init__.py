"""How much of a league position is signal: a stand-in for 2016, or an analyst's own table."""

from __future__ import annotations

from collections.abc import Callable

from nhsi_analysis.studies.league import sections
from nhsi_analysis.studies.league.numbers.study import Study, build
from nhsi_analysis.studies.league.settings import Settings
from notebook_reports.evidence import Section

__all__ = ["SECTIONS", "Settings", "Study", "build", "sections"]

SECTIONS: tuple[Callable[[Study], Section], ...] = (
    sections.answer,
    sections.ranks,
    sections.categories,
    sections.verdict,
    sections.choices,
    sections.types,
    sections.inspectors,
    sections.years,
    sections.today,
    sections.other_weights,
    sections.stand_in,
    sections.sensitivity,
    sections.fairer,
    sections.coverage,
)
"""The sections of the report, in the order of the notebook."""
