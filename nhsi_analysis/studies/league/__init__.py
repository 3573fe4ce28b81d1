"""How much of a league position is signal: a stand-in for 2016, today's, or an own table."""

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
    sections.held_back,
    sections.near_a_cut,
    sections.verdict,
    sections.implied_weights,
    sections.choices,
    sections.types,
    sections.inspectors,
    sections.measures,
    sections.published_ranges,
    sections.years,
    sections.todays_league,
    sections.other_weights,
    sections.method,
    sections.stand_in,
    sections.sensitivity,
    sections.fairer,
    sections.coverage,
)
"""The sections of the report, in the order of the notebook."""
