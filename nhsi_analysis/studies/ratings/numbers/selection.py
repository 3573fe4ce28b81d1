"""Who was inspected again, how old ratings are, and where the moves would lead."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.studies.ratings.numbers.positions import RATINGS
from nhsi_analysis.studies.ratings.numbers.study import FEWEST, GOOD, Study
from notebook_reports.evidence import Estimate
from policy_methods.markov import markov_projection, standardised_change

VISITED = 5
"""Fewest inspected trusts of a starting rating whose moves may stand for the others."""


@dataclass(frozen=True, eq=False)
class Reinspection:
    """Who was inspected again, and what that selection does to 'improvement'.

    Parameters
    ----------
    table : DataFrame
        One row a rating before, best first: rating, trusts, reinspected, up, same, down.
    low_all, low_reinspected : int
        Trusts that stood below good, of all and of those inspected again.
    standardised : Estimate or None
        Net share that would have moved up if the visits had been spread over starting ratings as
        the trusts are, in percentage points: its middle and its bounds over starting ratings with
        hardly a visit. None where too few trusts were inspected again.
    unknown : tuple of str
        Starting ratings with hardly a visit, lowest first.
    """

    table: pd.DataFrame
    low_all: int
    low_reinspected: int
    standardised: Estimate | None
    unknown: tuple[str, ...]


def reinspection(study: Study) -> Reinspection:
    """Compare the trusts inspected again with all of them.

    Parameters
    ----------
    study : Study
        A comparison.

    Returns
    -------
    Reinspection
        Counts by starting rating, and the net change standardised to the starting ratings of all.
    """
    everyone, again = study.pair.counts, study.reinspected.counts
    rows = []
    for level, rating in reversed(list(enumerate(RATINGS))):
        trusts, seen = int(everyone[level].sum()), again[level]
        if trusts:
            row = {"rating": rating, "trusts": trusts, "reinspected": int(seen.sum())}
            row |= {"up": int(seen[level + 1 :].sum())}
            rows.append(row | {"same": int(seen[level]), "down": int(seen[:level].sum())})
    standard, unknown = None, ()
    if study.reinspected.n >= FEWEST:
        found = standardised_change(again, everyone.sum(axis=1), least=VISITED)
        unknown = tuple(RATINGS[level] for level in found.unknown)
        standard = Estimate(
            50 * (found.low + found.high),
            100 * found.low,
            100 * found.high,
            unit="pp",
            n=study.reinspected.n,
            kind="bounds",
            label="net share that would have moved up with visits spread as trusts are",
        )
    below = RATINGS.index("Good")
    return Reinspection(
        pd.DataFrame(rows),
        low_all=int(everyone[:below].sum()),
        low_reinspected=int(again[:below].sum()),
        standardised=standard,
        unknown=unknown,
    )


@dataclass(frozen=True, eq=False)
class RatingAges:
    """How old the ratings held at the later date are.

    Parameters
    ----------
    trusts : DataFrame
        One row a trust: org_code, rating, years.
    table : DataFrame
        One row a rating, best first: rating, trusts, median_years, oldest_years, limit_years (CQC's
        longest return interval) and older; both missing before the intervals were announced.
    """

    trusts: pd.DataFrame
    table: pd.DataFrame

    @property
    def limits(self) -> dict[str, float]:
        """Longest return interval in years by rating."""
        known = self.table.dropna(subset=["limit_years"])
        return dict(zip(known["rating"], known["limit_years"], strict=True))


def rating_ages(study: Study) -> RatingAges:
    """Return how long before the later date each rating was published.

    Parameters
    ----------
    study : Study
        A comparison.

    Returns
    -------
    RatingAges
        Ages, and how many exceed CQC's longest return interval for that rating.
    """
    years = (study.dates.after - study.table["published_after"]).dt.days / 365.25
    trusts = pd.DataFrame(
        {"org_code": study.table["org_code"], "rating": study.table["rating_after"], "years": years}
    )
    limits = return_intervals(study.dates.after)
    rows = []
    for rating in reversed(RATINGS):
        ages = trusts.loc[trusts["rating"] == rating, "years"]
        if ages.empty:
            continue
        limit = limits.get(rating)
        row = {"rating": rating, "trusts": len(ages), "median_years": float(ages.median())}
        row |= {"oldest_years": float(ages.max()), "limit_years": limit}
        rows.append(row | {"older": None if limit is None else int((ages > limit).sum())})
    return RatingAges(trusts.sort_values("years", ignore_index=True), pd.DataFrame(rows))


def return_intervals(on: pd.Timestamp) -> dict[str, float]:
    """Return CQC's longest return interval in years by rating, as announced by a day.

    Parameters
    ----------
    on : Timestamp
        The day.

    Returns
    -------
    dict of str to float
        Empty before the announcement.
    """
    figures = datasets.load("cqc_figures")
    rows = figures[figures["measure"] == "maximum re-inspection interval"]
    rows = rows[pd.to_datetime(rows["as_of"]) <= on]
    return {
        rating.capitalize(): float(value)
        for rating, value in zip(rows["rating"], rows["value"], strict=True)
    }


PRIORS = (0.01, 0.05, 0.25, 1.0)
"""Weights that a projection gives to each move beforehand; a quarter is the usual one."""


@dataclass(frozen=True)
class Projection:
    """What share the moves between the two dates would lead to if they went on.

    Parameters
    ----------
    steps : int
        How often the time between the dates is repeated.
    until : Timestamp
        The day that is reached.
    ends : dict of float to Estimate
        Share rated good or outstanding on that day, by the weight given to each move beforehand.
    """

    steps: int
    until: pd.Timestamp
    ends: dict[float, Estimate]


def project(study: Study, years: float = 5.0, *, seed: int = 20180903) -> Projection | None:
    """Project the ratings forward as a Markov chain whose step is the time between the dates.

    Parameters
    ----------
    study : Study
        A comparison.
    years : float
        How far at least.
    seed : int
        For the draws.

    Returns
    -------
    Projection or None
        None where fewer than 20 trusts moved, which is too few to project.
    """
    dates, confidence = study.dates, study.settings.confidence
    if study.moves < FEWEST:
        return None
    steps = math.ceil(years / dates.years)
    ends = {}
    for prior in PRIORS:
        combine = {"above": GOOD}
        path = markov_projection(
            study.pair.matrix,
            steps=steps,
            combine=combine,
            prior=prior,
            confidence=confidence,
            seed=seed,
        ).path.set_index(["step", "category"])
        row = path.loc[(steps, "above")]
        ends[prior] = Estimate(
            *(float(row[end]) for end in ("share", "low", "high")),
            unit="share",
            n=study.moves,
            confidence=confidence,
            kind="credible interval",
            decimals=0,
        )
    return Projection(steps, dates.after + pd.Timedelta(days=steps * dates.days), ends)
