"""One trust on one page: who it is, its ratings, its staff, A&E and money, beside its peers."""

from __future__ import annotations

from dataclasses import dataclass

from nhsi_analysis import as_at as dates
from nhsi_analysis.studies.profile.emergency import Emergency, attend
from nhsi_analysis.studies.profile.identity import Identity, identify
from nhsi_analysis.studies.profile.money import Money, account
from nhsi_analysis.studies.profile.ratings import Ratings, rate
from nhsi_analysis.studies.profile.survey import Survey, answer
from notebook_reports.evidence import Estimate
from policy_methods.checks import check_confidence

__all__ = ["Emergency", "Identity", "Money", "Profile", "Ratings", "Survey", "profile"]


@dataclass(frozen=True)
class Profile:
    """What is known of one trust.

    Parameters
    ----------
    who : Identity
        The trust and its peers.
    ratings : Ratings
        CQC ratings.
    survey : Survey
        Staff survey.
    emergency : Emergency
        A&E performance.
    money : Money
        Accounts and temporary staff.
    """

    who: Identity
    ratings: Ratings
    survey: Survey
    emergency: Emergency
    money: Money

    @property
    def findings(self) -> dict[str, Estimate]:
        """The headline numbers that exist for the trust, by key."""
        found: dict[str, Estimate] = {}
        if self.ratings.has_data:
            found["peers_rated_higher"] = self.ratings.headline
        if self.survey.has_data:
            found["openness_share"] = self.survey.headline
            if self.survey.rank is not None:
                found["openness_rank"] = self.survey.rank
        if self.emergency.has_data:
            found["ae_within_four_hours"] = self.emergency.headline
        if self.money.has_data:
            found["surplus_share"] = self.money.headline
        if self.money.has_staffing:
            found["agency_share"] = self.money.staffing_headline
        return found

    @property
    def missing(self) -> tuple[str, ...]:
        """What there is no data on."""
        parts = {
            "CQC ratings": self.ratings.has_data,
            f"the staff survey of {self.survey.year}": self.survey.has_data,
            "A&E performance": self.emergency.has_data,
            "accounts": self.money.has_data,
            "agency spending": self.money.has_staffing,
        }
        return tuple(name for name, known in parts.items() if not known)

    @property
    def lede(self) -> str:
        """The finding in two sentences, and what is missing in a third."""
        parts = []
        if self.ratings.has_data:
            better = self.ratings.overall["peers rated higher"]
            parts.append(
                f"CQC rates {self.who.name} **{self.ratings.overall['rating']}**; "
                f"{better or 'none'} of {self.ratings.peers} peers ({self.who.kind}) "
                "are rated higher."
            )
        if self.survey.has_data:
            parts.append(self.survey.sentence)
        elif self.money.has_data:
            parts.append(self.money.sentence)
        parts = parts or [f"Nothing is known of {self.who.name} by that date."]
        if self.missing:
            parts.append(f"No data on {_listed(self.missing)}.")
        return " ".join(parts)


def profile(
    trust: str,
    *,
    as_at: str = "",
    survey_year: int = 2017,
    item: str = "q8d",
    confidence: float = 0.95,
) -> Profile:
    """Collect what is known of one trust, beside its peers.

    Parameters
    ----------
    trust : str
        ODS code.
    as_at : str
        ISO date; nothing published later is used. Empty for everything there is.
    survey_year : int
        Staff survey year, 2012 to 2018.
    item : str
        Survey question to follow and rank, q7a to q8d.
    confidence : float
        Level of intervals and of the rank's confidence set, from 0.5 to 0.999.

    Returns
    -------
    Profile

    Raises
    ------
    ParameterError
        If the trust is unknown (near ones are suggested) or another value is out of range.

    Examples
    --------
    >>> profile("RL4").who.name
    'Royal Wolverhampton NHS Trust'
    """
    until = dates.parse(as_at)
    level = check_confidence(confidence)
    who = identify(trust)
    survey = answer(who, until, year=survey_year, item=item, confidence=level)
    return Profile(who, rate(who, until), survey, attend(who, until), account(who, until))


def _listed(names: tuple[str, ...]) -> str:
    """Join names with commas and a last "or"."""
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
