"""What each claim is put to. No verdict is written here: they follow from the data.

Claims on which nothing is published are put to :func:`.lookups.sought`, which looks through every
register for them, and to :mod:`.bounds` that follow from what is known: an impossible number is
refuted even where the right one isn't published.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nhsi_analysis.studies.claims.numbers.checks import (
    improvement,
    league,
    money,
    operations,
    organisation,
    pathology,
    ratings,
)
from nhsi_analysis.studies.claims.numbers.checks.lookups import Checker


def checkers(winter: Sequence[int]) -> Mapping[str, Checker]:
    """Return the checker of each claim by its number.

    Parameters
    ----------
    winter : sequence of int
        Months that count as winter in the claim on A&E patients within four hours.
    """
    topics = (league, pathology, ratings, money, improvement, operations, organisation)
    found = {claim: check for topic in topics for claim, check in topic.CHECKERS.items()}
    return found | {"C040": operations.more_within_four_hours(tuple(winter))}
