"""One trust on one page: who it is, its ratings, its staff, A&E and money, beside its peers."""

from __future__ import annotations

from collections.abc import Callable

from nhsi_analysis.studies.profile import sections
from nhsi_analysis.studies.profile.numbers.emergency import attend
from nhsi_analysis.studies.profile.numbers.money import account
from nhsi_analysis.studies.profile.numbers.peers import identify
from nhsi_analysis.studies.profile.numbers.ratings import rate
from nhsi_analysis.studies.profile.numbers.study import Profile
from nhsi_analysis.studies.profile.numbers.survey import answer
from nhsi_analysis.studies.profile.settings import Settings
from notebook_reports.evidence import Section

__all__ = ["SECTIONS", "Settings", "build", "sections"]

SECTIONS: tuple[Callable[[Profile], Section], ...] = (
    sections.answer,
    sections.identity,
    sections.ratings,
    sections.survey,
    sections.emergency,
    sections.money,
)
"""The sections of the report, in the order of the notebook."""


def build(settings: Settings) -> Profile:
    """Collect what is known of one trust, beside its peers.

    Examples
    --------
    >>> build(Settings(trust="RL4")).who.name
    'Royal Wolverhampton NHS Trust'
    """
    who, until = identify(settings.trust), settings.until
    survey = answer(
        who,
        until,
        year=settings.survey_year,
        item=settings.item,
        confidence=settings.confidence,
    )
    return Profile(settings, who, rate(who, until), survey, attend(who, until), account(who, until))
