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
    sections.who_moved,
    sections.followed,
    sections.more_than_chance,
    sections.inspected_again,
    sections.groups,
    sections.key_questions,
    sections.age_of_the_ratings,
    sections.published,
    sections.every_trust_that_moved,
    sections.other_tests_of_the_shift,
    sections.key_questions_two_by_two,
    sections.where_the_moves_point,
)
"""The sections of the report, in the order of the notebook."""
