"""The sections of the ratings report: words, figures, tables and headline numbers."""

from nhsi_analysis.studies.ratings.sections.moves import (
    answer,
    groups,
    key_questions,
    more_than_chance,
    who_moved,
)
from nhsi_analysis.studies.ratings.sections.published import published, target
from nhsi_analysis.studies.ratings.sections.selection import (
    age_of_the_ratings,
    inspected_again,
    where_the_moves_point,
)

__all__ = [
    "age_of_the_ratings",
    "answer",
    "groups",
    "inspected_again",
    "key_questions",
    "more_than_chance",
    "published",
    "target",
    "where_the_moves_point",
    "who_moved",
]
