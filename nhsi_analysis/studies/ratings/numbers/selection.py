"""Who was inspected again, how old ratings are, and where the moves would lead."""

from __future__ import annotations

import math

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.studies.ratings.numbers.positions import RATINGS
from nhsi_analysis.studies.ratings.numbers.study import FEWEST, GOOD, Study
from notebook_reports.evidence import Estimate
from policy_methods.markov import StandardisedChange, markov_projection, standardised_change

VISITED = 5
"""Fewest inspected trusts of a starting rating whose moves may stand for the others."""

PRIORS = (0.01, 0.05, 0.25, 1.0)
"""Weights, in trusts, that a projection gives each move beforehand; a quarter is the usual one."""


def reinspection(study: Study) -> pd.DataFrame:
    """Return who was inspected again: rating before (best first), trusts, reinspected, moves."""
    everyone, again = study.pair.counts, study.reinspected.counts
    rows = []
    for level, rating in reversed(list(enumerate(RATINGS))):
        seen = [int(count) for count in again[level]]
        moves = (sum(seen), sum(seen[level + 1 :]), seen[level], sum(seen[:level]))
        if everyone[level].sum():
            rows.append((rating, int(everyone[level].sum()), *moves))
    return pd.DataFrame(rows, columns=["rating", "trusts", "reinspected", "up", "same", "down"])


def standardised(study: Study) -> StandardisedChange | None:
    """Return the net rise had all starting ratings been visited alike; None under 20 visits."""
    if study.reinspected.n < FEWEST:
        return None
    everyone = study.pair.counts.sum(axis=1)
    return standardised_change(study.reinspected.counts, everyone, least=VISITED)


def rating_ages(study: Study) -> pd.DataFrame:
    """Return one row a trust, youngest rating first: org_code, org_name, rating, years, limit.

    The limit is CQC's longest return interval for the rating, missing before it was announced.
    """
    figures = datasets.load("cqc_figures")
    told = figures[figures["measure"] == "maximum re-inspection interval"]
    told = told[pd.to_datetime(told["as_of"]) <= study.dates.after]
    limits = dict(zip(told["rating"].str.capitalize(), told["value"].astype(float), strict=True))
    ages = study.table[["org_code", "org_name", "rating_after"]]
    ages = ages.rename(columns={"rating_after": "rating"})
    ages["years"] = (study.dates.after - study.table["published_after"]).dt.days / 365.25
    ages["limit"] = ages["rating"].map(limits).astype(float)
    return ages.sort_values("years", ignore_index=True)


def project(study: Study, years: float = 5.0) -> tuple[pd.Timestamp, dict[float, Estimate]] | None:
    """Repeat the moves as a Markov chain for so many years at least; None with under 20 moves.

    Returns
    -------
    tuple of Timestamp and dict of float to Estimate, or None
        The day reached and the share good or outstanding, by the weight of each move beforehand.
    """
    if study.moves < FEWEST:
        return None
    steps, confidence = math.ceil(365.25 * years / study.dates.days), study.settings.confidence
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
    return study.dates.after + pd.Timedelta(days=steps * study.dates.days), ends
