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

PRIORS = (0.01, 0.05, 0.25, 1.0)
"""Weights, in trusts, that a projection gives each move beforehand; a quarter is the usual one."""


@dataclass(frozen=True, eq=False)
class Reinspection:
    """Who was inspected again, and what that selection does to 'improvement'.

    Parameters
    ----------
    table : DataFrame
        One row a rating before, best first: rating, trusts, reinspected, up, same, down.
    standardised : Estimate or None
        Net rise in percentage points had every starting rating been visited alike, with its bounds
        over starting ratings with hardly a visit; None where fewer than 20 were inspected again.
    unknown : tuple of str
        Starting ratings with hardly a visit, lowest first.
    """

    table: pd.DataFrame
    standardised: Estimate | None
    unknown: tuple[str, ...]


def reinspection(study: Study) -> Reinspection:
    """Compare the trusts inspected again with all of them, by starting rating.

    Parameters
    ----------
    study : Study
        A comparison.
    """
    everyone, again = study.pair.counts, study.reinspected.counts
    rows = []
    for level, rating in reversed(list(enumerate(RATINGS))):
        seen = [int(count) for count in again[level]]
        moves = (sum(seen), sum(seen[level + 1 :]), seen[level], sum(seen[:level]))
        if everyone[level].sum():
            rows.append((rating, int(everyone[level].sum()), *moves))
    columns = ["rating", "trusts", "reinspected", "up", "same", "down"]
    table = pd.DataFrame(rows, columns=columns)
    if study.reinspected.n < FEWEST:
        return Reinspection(table, None, ())
    found = standardised_change(again, everyone.sum(axis=1), least=VISITED)
    standardised = Estimate(
        50 * (found.low + found.high),
        100 * found.low,
        100 * found.high,
        unit="points",
        n=study.reinspected.n,
        kind="bounds",
        label="net rise had every starting rating been visited alike",
        decimals=0,
    )
    return Reinspection(table, standardised, tuple(RATINGS[level] for level in found.unknown))


@dataclass(frozen=True, eq=False)
class RatingAges:
    """How old the ratings held at the later date are.

    Parameters
    ----------
    trusts : DataFrame
        One row a trust: org_code, rating, years.
    table : DataFrame
        One row a rating, best first: rating, trusts, median_years, older (than its limit).
    limits : dict of str to float
        CQC's longest return interval in years by rating; empty before it was announced.
    """

    trusts: pd.DataFrame
    table: pd.DataFrame
    limits: dict[str, float]


def rating_ages(study: Study) -> RatingAges:
    """Return how long before the later date each rating was published.

    Parameters
    ----------
    study : Study
        A comparison.
    """
    years = (study.dates.after - study.table["published_after"]).dt.days / 365.25
    trusts = study.table[["org_code", "rating_after"]].set_axis(["org_code", "rating"], axis=1)
    trusts = trusts.assign(years=years).sort_values("years", ignore_index=True)
    figures = datasets.load("cqc_figures")
    told = figures[figures["measure"] == "maximum re-inspection interval"]
    told = told[pd.to_datetime(told["as_of"]) <= study.dates.after]
    limits = dict(zip(told["rating"].str.capitalize(), told["value"].astype(float), strict=True))
    rows = []
    for rating in reversed(RATINGS):
        ages = trusts.loc[trusts["rating"] == rating, "years"]
        if len(ages):
            older = int((ages > limits.get(rating, math.inf)).sum())
            rows.append((rating, len(ages), float(ages.median()), older))
    table = pd.DataFrame(rows, columns=["rating", "trusts", "median_years", "older"])
    return RatingAges(trusts, table, limits)


def project(study: Study, years: float = 5.0) -> tuple[pd.Timestamp, dict[float, Estimate]] | None:
    """Repeat the moves as a Markov chain whose step is the time between the dates.

    Parameters
    ----------
    study : Study
        A comparison.
    years : float
        How far at least.

    Returns
    -------
    tuple of Timestamp and dict of float to Estimate, or None
        The day reached and the share good or outstanding on it, by the weight given to each move
        beforehand. None where fewer than 20 trusts moved, which is too few to project.
    """
    dates, confidence = study.dates, study.settings.confidence
    if study.moves < FEWEST:
        return None
    steps = math.ceil(365.25 * years / dates.days)
    ends = {}
    for prior in PRIORS:
        path = markov_projection(
            study.pair.matrix,
            steps=steps,
            combine={"above": GOOD},
            prior=prior,
            confidence=confidence,
            seed=20180903,
        ).path
        last = path[(path["step"] == steps) & (path["category"] == "above")]
        share, low, high = last[["share", "low", "high"]].to_numpy(dtype=float)[0].tolist()
        ends[prior] = Estimate(
            share, low, high, "share", confidence=confidence, kind="credible interval", decimals=0
        )
    return dates.after + pd.Timedelta(days=steps * dates.days), ends
