"""The league against the inspectors' ratings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd

from nhsi_analysis import as_at, datasets
from nhsi_analysis.schemas.vocabulary import RATINGS
from nhsi_analysis.studies.league.numbers.table import League
from policy_methods.composite import spearman
from policy_methods.results import Result

FEWEST: Final = 20
YEARS: Final = 3
"""Years beyond which ratings and a league say nothing of each other."""
_GOOD = RATINGS.index("Good")


@dataclass(frozen=True)
class Agreement(Result):
    """A league beside the overall ratings of the same units.

    Parameters
    ----------
    day, snapshot : pandas.Timestamp, pandas.Timestamp or None
        Day of the league's data, and of the list of ratings; None where none had been taken by the
        date asked for.
    rated, counts : pandas.DataFrame
        The league's units that are rated, with ``rating``, ``published`` and ``at_odds`` (above
        the line and rated below good, or below it and rated good or better); categories by ratings.
    earlier, best, worst : int
        Ratings published by the end of the survey; first category below good; last good or better.
    expected, correlation : float
        Units that would be at odds if place and rating had nothing to do with each other; rank
        correlation of the two, 0 where fewer than :data:`FEWEST` are rated.
    """

    day: pd.Timestamp
    snapshot: pd.Timestamp | None
    rated: pd.DataFrame
    counts: pd.DataFrame
    earlier: int
    best: int
    worst: int
    expected: float
    correlation: float

    @property
    def apart(self) -> int:
        """Years between the two, rounded."""
        return years_apart(self.day, self.snapshot or self.day)

    @property
    def compared(self) -> bool:
        """Whether ratings are near enough in time, and enough units are rated, to compare."""
        return len(self.rated) >= FEWEST and self.apart <= YEARS

    @property
    def at_odds(self) -> int:
        """Units whose place and rating fall on different sides."""
        return int(self.rated["at_odds"].sum())


def years_apart(first: pd.Timestamp, second: pd.Timestamp) -> int:
    """Return the years between two days, rounded."""
    return round(abs((first - second).days) / 365.25)


def agree(league: League) -> Agreement | None:
    """Hold a league against the CQC's overall ratings.

    A stand-in is held against the list nearest to the end of its survey's year, an own table
    against the newest list by its own day; None where it has none.
    """
    settings = league.settings
    if not (league.stand_in or settings.league_date):
        return None
    ratings = datasets.load("cqc_trust_ratings")
    overall = ratings[(ratings["service"] == "Overall") & (ratings["key_question"] == "Overall")]
    known = overall[overall["snapshot"] <= settings.until]
    if league.stand_in:
        day = pd.Timestamp(f"{league.year}-12-31")
        lists = sorted(known["snapshot"].unique(), key=lambda s: abs(s - day))
    else:
        day = as_at.parse(settings.league_date, "league_date")
        lists = sorted(known.loc[known["snapshot"] <= day, "snapshot"].unique(), reverse=True)
    snapshot = lists[0] if lists else None
    known = known[known["snapshot"] == snapshot].drop_duplicates("org_code").set_index("org_code")
    rated = league.units.join(
        known[["rating", "publication_date"]].rename(columns={"publication_date": "published"}),
        how="inner",
    )
    rated = rated[rated["rating"].isin(RATINGS)]
    level = rated["rating"].map({r: k for k, r in enumerate(RATINGS)}).astype(int)
    above, good = rated["position"] <= league.cut, level >= _GOOD
    counts = pd.crosstab(rated["category"], rated["rating"])
    n = max(len(rated), 1)
    first, last = (rated["category"] == league.categories[k] for k in (0, -1))
    return Agreement(
        day=day,
        snapshot=snapshot,
        rated=rated.assign(at_odds=above != good),
        counts=counts.reindex(index=list(league.categories), columns=RATINGS[::-1], fill_value=0),
        earlier=int((rated["published"] <= day).sum()),
        best=int((first & ~good).sum()),
        worst=int((last & good).sum()),
        expected=float((above.sum() * (~good).sum() + (~above).sum() * good.sum()) / n),
        correlation=spearman(league.sign * rated["score"], level) if len(rated) >= FEWEST else 0.0,
    )
