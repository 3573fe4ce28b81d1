"""Notebook 04: what a shift in CQC ratings means, and what chance does alone."""

from collections.abc import Callable

from nhsi_analysis.studies.ratings import sections
from nhsi_analysis.studies.ratings.numbers.moves import RatingShift, build
from nhsi_analysis.studies.ratings.settings import Settings
from notebook_reports.evidence import Section

__all__ = ["SECTIONS", "RatingShift", "Settings", "build", "sections"]

SECTIONS: tuple[Callable[[RatingShift], Section], ...] = (
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
