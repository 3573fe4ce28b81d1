"""The sections of the ratings report: words, figures, tables and headline numbers."""

from nhsi_analysis.studies.ratings.sections.answer import (
    answer,
    more_than_chance,
    other_tests_of_the_shift,
)
from nhsi_analysis.studies.ratings.sections.moves import (
    every_trust_that_moved,
    followed,
    groups,
    key_questions,
    key_questions_two_by_two,
    who_moved,
)
from nhsi_analysis.studies.ratings.sections.published import published
from nhsi_analysis.studies.ratings.sections.selection import (
    age_of_the_ratings,
    inspected_again,
    where_the_moves_point,
)

__all__ = [
    "age_of_the_ratings",
    "answer",
    "every_trust_that_moved",
    "followed",
    "groups",
    "inspected_again",
    "key_questions",
    "key_questions_two_by_two",
    "more_than_chance",
    "other_tests_of_the_shift",
    "published",
    "where_the_moves_point",
    "who_moved",
]
