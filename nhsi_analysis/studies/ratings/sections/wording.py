"""What the ratings report calls its trusts, its rating, its dates, and what chance does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from nhsi_analysis.answers.trusts import held as trusts_held
from nhsi_analysis.studies.ratings.numbers.study import Study
from nhsi_analysis.studies.ratings.settings import ALL, Settings
from notebook_reports.evidence import Units, format_value, words

SOURCE = "cqc_trust_ratings"
SELDOM = 0.05
"""Chance below which a finding is said to be more than chance usually brings."""

LOOKS = {
    "region": ("region", "regions"),
    "trust_type": ("kind of trust", "kinds of trust"),
    "key_question": ("rating", "ratings"),
}


def trusts(settings: Settings, count: int) -> str:
    """Count the trusts covered: "2 ambulance trusts in London", "the one acute trust in London"."""
    kind = "" if settings.trust_type == ALL else f"{settings.trust_type.lower()} "
    place = "England" if settings.region == ALL else settings.region
    article = "the " if settings.region not in (ALL, "London") else ""
    said = f"{words.count(count, f'{kind}trust')} in {article}{place}"
    return said if count != 1 else f"the one {said.removeprefix('1 ')}"


def group(settings: Settings) -> str:
    """Name the trusts covered: "mental health trusts in London"."""
    return trusts(settings, 2).removeprefix("2 ")


def rating(settings: Settings) -> str:
    """Name the rating compared: "overall rating", "rating for safe"."""
    if settings.key_question == "Overall":
        return "overall rating"
    return f"rating for {settings.key_question.lower()}"


def before(study: Study) -> str:
    """Write the day of the earlier position."""
    return words.day(study.dates.before)


def after(study: Study) -> str:
    """Write the day of the later position."""
    return words.day(study.dates.after)


def held(study: Study, rows: pd.DataFrame, say: Callable[[str, dict[str, Any]], str]) -> Units:
    """Return the trusts that a figure holds, each with what the figure says of it."""
    names = study.grid.drop_duplicates("org_code").set_index("org_code")["org_name"]
    return trusts_held(names, rows, say)


def subject(study: Study) -> str:
    """Name rating, trusts and dates, as a subtitle has them."""
    days = after(study) if study.dates.days == 0 else f"{before(study)} and {after(study)}"
    return f"{rating(study.settings)}, {group(study.settings)}, {days}"


def chance(pvalue: float) -> str:
    """Write how often chance does as much: "8%"."""
    return format_value(pvalue, "probability")


def looked_at(study: Study) -> str:
    """Say among how many looks this one was: "4 regions"; empty if nothing was picked."""
    kinds = [words.count(n, *LOOKS[kind]) for kind, n in study.looks.kinds.items()]
    return f"{study.looks.count} looks like this one" if len(kinds) > 1 else "".join(kinds)


def allowing(study: Study) -> str:
    """Say what a chance allows for where one of several groups or ratings was picked."""
    many = looked_at(study)
    return f"allowing for {many if len(study.looks.kinds) > 1 else f'a look at each of {many}'}"


def age(years: float) -> str:
    """Write an age: months below two years."""
    if years < 2:
        months = round(12 * years)
        return words.count(months, "month") if months else "less than a month"
    return format_value(years, "years", 1)
