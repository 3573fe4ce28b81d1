"""What a shift in CQC ratings means, and what chance does alone."""

from __future__ import annotations

from collections.abc import Callable

from nhsi_analysis.studies.ratings import sections
from nhsi_analysis.studies.ratings.numbers.study import Study, build
from nhsi_analysis.studies.ratings.settings import Settings
from notebook_reports.evidence import Section

__all__ = ["SECTIONS", "Settings", "Study", "build", "sections"]

SECTIONS: tuple[Callable[[Study], Section], ...] = (
    sections.answer,
    sections.published,
    sections.groups,
    sections.who_moved,
    sections.inspected_again,
    sections.more_than_chance,
    sections.age_of_the_ratings,
    sections.target,
    sections.where_the_moves_point,
    sections.key_questions,
)
"""The sections of the report, in the order of the notebook."""
