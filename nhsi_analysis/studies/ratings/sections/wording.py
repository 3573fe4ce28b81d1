"""What the ratings report calls its trusts, its rating and its dates."""

from __future__ import annotations

import pandas as pd

from nhsi_analysis.studies.ratings.numbers.study import Study
from nhsi_analysis.studies.ratings.settings import ALL, Settings
from notebook_reports.evidence import words

SOURCE = "cqc_trust_ratings"


def trusts(settings: Settings, count: int) -> str:
    """Count the trusts covered: "1 ambulance trust in London"."""
    kind = "" if settings.trust_type == ALL else f"{settings.trust_type.lower()} "
    place = "England" if settings.region == ALL else settings.region
    article = "the " if settings.region not in (ALL, "London") else ""
    return f"{words.count(count, f'{kind}trust')} in {article}{place}"


def group(settings: Settings) -> str:
    """Name the trusts covered: "mental health trusts in London"."""
    return trusts(settings, 2).removeprefix("2 ")


def rating(settings: Settings) -> str:
    """Name the rating compared: "overall rating", "rating for safe"."""
    if settings.key_question == "Overall":
        return "overall rating"
    return f"rating for {settings.key_question.lower()}"


def a_rating(settings: Settings) -> str:
    """Name the rating with its article: "an overall rating", "a rating for safe"."""
    return f"{'an' if settings.key_question == 'Overall' else 'a'} {rating(settings)}"


def dates(study: Study) -> str:
    """Write the two dates, or the one that both are."""
    after = words.day(study.dates.after)
    return after if study.dates.days == 0 else f"{words.day(study.dates.before)} and {after}"


def spread(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return a copy with an Estimate column as value, low and high."""
    found = table.reset_index(drop=True)
    ends = ("value", "low", "high")
    return found.assign(**{end: [getattr(e, end) for e in found[column]] for end in ends})
