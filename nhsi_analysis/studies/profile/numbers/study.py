"""All that is known of one trust."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from nhsi_analysis.answers.emergency import Attended, attended
from nhsi_analysis.answers.oversight import Place, place
from nhsi_analysis.studies.profile.numbers.money import Money, account
from nhsi_analysis.studies.profile.numbers.peers import THEN, Identity, identify
from nhsi_analysis.studies.profile.numbers.ratings import Ratings, rate
from nhsi_analysis.studies.profile.numbers.survey import Survey, answer
from nhsi_analysis.studies.profile.numbers.waiting import Waiting, wait
from nhsi_analysis.studies.profile.settings import Settings
from notebook_reports.evidence import Estimate, words
from policy_methods.results import Result


@dataclass(frozen=True)
class Study(Result):
    """What is known of one trust: what it was asked with, and what each module here found.

    ``then`` has its peers of up to 2019: a trust may have been of another kind.
    """

    settings: Settings
    who: Identity
    then: Identity
    oversight: Place | None
    ratings: Ratings
    survey: Survey
    emergency: Attended
    waiting: Waiting
    money: Money

    @property
    def name(self) -> str:
        """Its name in the newest survey held, or else in the register."""
        return self.who.name if self.survey.able.empty else self.survey.name

    @property
    def rank(self) -> Estimate | None:
        """Its rank in today's league, as published."""
        if self.oversight is None:
            return None
        rank, league = self.oversight.rank, self.oversight.league.lower()
        said = f"{words.ordinal(rank)}, segment {self.oversight.segment}"
        label = f"in NHS England's league of {league} trusts, {quarter(self.oversight.quarter)}"
        return Estimate(rank, said=said, label=label)

    @cached_property
    def findings(self) -> dict[str, Estimate]:
        """The headline numbers that exist for the trust, by key."""
        numbers = {
            "oversight_rank": self.rank,
            "cqc_rating": self.ratings.headline,
            "improvement_share": self.survey.headline,
            "ae_within_four_hours": self.emergency.headline,
            "within_18_weeks": self.waiting.headline,
            "agency_share": self.money.staffing_headline,
            "surplus_share": self.money.headline,
            "openness_share": self.survey.older_headline,
            "openness_rank": self.survey.rank,
        }
        return {key: number for key, number in numbers.items() if number is not None}


def quarter(published: str) -> str:
    """Name a quarter as readers do.

    Examples
    --------
    >>> quarter("2025/26 Q3")
    'quarter 3 of 2025/26'
    """
    year, _, number = published.partition(" Q")
    return f"quarter {number} of {year}"


def build(settings: Settings) -> Study:
    """Collect what is known of one trust, beside its peers.

    Examples
    --------
    >>> build(Settings(trust="RL4")).who.name
    'Royal Wolverhampton NHS Trust'
    """
    until = settings.until
    who, then = (identify(settings.trust, day) for day in (until, min(until, THEN)))
    survey = answer(who, then, until, settings.survey_year, settings.item, settings.confidence)
    ended = None if who.succession is None else who.succession.since
    return Study(
        settings,
        who,
        then,
        place(who.code, until) if ended is None else None,
        rate(then, until),
        survey,
        attended(who.code, who.peers, until, ended),
        wait(who, until),
        account(who, until),
    )
