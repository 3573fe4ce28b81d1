"""What a shift in CQC ratings means: the same trusts at two moments, and what chance does alone.

Start with :func:`compare`; every other function takes its result.
"""

from nhsi_analysis.studies.ratings.moves import (
    RatingShift,
    by_group,
    compare,
    followed_trust,
    splits,
    trusts_that_moved,
)
from nhsi_analysis.studies.ratings.published import (
    PublishedShift,
    TargetChance,
    not_yet,
    published_shift,
    target_chance,
)
from nhsi_analysis.studies.ratings.scope import KEY_QUESTIONS, RATINGS, REGIONS, TRUST_TYPES
from nhsi_analysis.studies.ratings.selection import (
    Projection,
    RatingAges,
    Reinspection,
    project,
    rating_ages,
    reinspection,
)

__all__ = [
    "KEY_QUESTIONS",
    "RATINGS",
    "REGIONS",
    "TRUST_TYPES",
    "Projection",
    "PublishedShift",
    "RatingAges",
    "RatingShift",
    "Reinspection",
    "TargetChance",
    "by_group",
    "compare",
    "followed_trust",
    "not_yet",
    "project",
    "published_shift",
    "rating_ages",
    "reinspection",
    "splits",
    "target_chance",
    "trusts_that_moved",
]
