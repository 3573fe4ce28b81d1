"""Who was inspected again, how old ratings are, and where the moves would lead."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.answers.shares import share
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.ratings.numbers.positions import RATINGS
from nhsi_analysis.studies.ratings.numbers.study import GOOD, Study
from notebook_reports.evidence import Estimate
from policy_methods.markov import MarkovProjection, markov_projection, standardised_change

COMBINED = "Good or outstanding"


@dataclass(frozen=True, eq=False)
class Reinspection:
    """Who was inspected again, and what that selection does to 'improvement'.

    Parameters
    ----------
    table : DataFrame
        One row a rating before, best first: trusts, reinspected, share (Estimate), up, same, down.
    net_all, net_reinspected : Estimate
        Share that moved up less share that moved down, in percentage points, of all trusts and of
        those inspected again.
    net_standardised : Estimate or None
        The same if the trusts inspected again had the starting ratings of all; None if none was.
    covered : float
        Share of all trusts whose starting rating was visited at all.
    low_all, low_reinspected : Estimate
        Share that stood below good, of all trusts and of those inspected again; the latter is None
        if none was.
    """

    table: pd.DataFrame
    net_all: Estimate
    net_reinspected: Estimate | None
    net_standardised: Estimate | None
    covered: float
    low_all: Estimate
    low_reinspected: Estimate | None


def reinspection(study: Study) -> Reinspection:
    """Compare the trusts inspected again with all of them.

    Parameters
    ----------
    study : Study
        A comparison.

    Returns
    -------
    Reinspection
        Counts by starting rating, and the net change of all, of those inspected again, and of
        those standardised to the starting ratings of all.
    """
    everyone, again = study.pair.counts, study.reinspected.counts
    confidence = study.settings.confidence
    rows = []
    for level, rating in reversed(list(enumerate(RATINGS))):
        trusts, seen = int(everyone[level].sum()), again[level]
        if trusts:
            estimate = share(int(seen.sum()), trusts, confidence=confidence)
            row = {"rating": rating, "trusts": trusts, "reinspected": int(seen.sum())}
            row |= {"share": estimate, "up": int(seen[level + 1 :].sum())}
            rows.append(row | {"same": int(seen[level]), "down": int(seen[:level].sum())})
    table = pd.DataFrame(rows)
    low_all = share(int(everyone[:2].sum()), study.pair.n, confidence=confidence)
    if study.reinspected.n == 0:
        return Reinspection(table, study.net, None, None, 0.0, low_all, None)
    low_again = share(int(again[:2].sum()), study.reinspected.n, confidence=confidence)
    effect = study.reinspected.effect_size(confidence)
    standard = standardised_change(again, everyone.sum(axis=1), confidence=confidence)
    net_again, net_standard = (
        Estimate(
            100 * found.value,
            100 * found.low,
            100 * found.high,
            unit="pp",
            n=study.reinspected.n,
            label=label,
            confidence=confidence,
            kind=kind,
        )
        for found, label, kind in (
            (effect, "net share that moved up, re-inspected trusts", "confidence interval"),
            (standard, "the same, at all trusts' starting ratings", "credible interval"),
        )
    )
    return Reinspection(
        table, study.net, net_again, net_standard, standard.covered, low_all, low_again
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
        longest return interval, missing before it was published), older, older_share (Estimate).
    older : Estimate or None
        Share of all ratings older than their limit; None before it was published.
    """

    trusts: pd.DataFrame
    table: pd.DataFrame
    older: Estimate | None

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
        Ages and the share older than CQC's longest return interval for that rating.
    """
    confidence = study.settings.confidence
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
        older = int((ages > limit).sum()) if limit is not None else None
        found = None if older is None else share(older, len(ages), confidence=confidence)
        row = {"rating": rating, "trusts": len(ages), "median_years": float(ages.median())}
        row |= {"oldest_years": float(ages.max()), "limit_years": limit}
        rows.append(row | {"older": older, "older_share": found})
    table = pd.DataFrame(rows)
    beyond = (
        share(int(table["older"].sum()), len(trusts), confidence=confidence) if limits else None
    )
    return RatingAges(trusts.sort_values("years", ignore_index=True), table, beyond)


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


@dataclass(frozen=True, eq=False)
class Projection:
    """Where the moves between the two dates would lead if they went on.

    Parameters
    ----------
    chain : MarkovProjection
        Shares by step.
    path : DataFrame
        One row a step and rating: date, years, category, share, low, high.
    now, end, ever : Estimate
        Share rated good or outstanding at the later date, at the end of the path and in the long
        run.
    years : float
        How long the path is.
    """

    chain: MarkovProjection
    path: pd.DataFrame
    now: Estimate
    end: Estimate
    ever: Estimate
    years: float


def project(study: Study, years: float = 5.0, *, seed: int = 20180903) -> Projection:
    """Project the ratings forward as a Markov chain whose step is the time between the dates.

    Parameters
    ----------
    study : Study
        A comparison of two different days.
    years : float
        How far, above 0 and at most 20.
    seed : int
        For the draws.

    Returns
    -------
    Projection
        Path and long run with credible intervals.

    Raises
    ------
    ParameterError
        If `years` is out of range, or the two positions are of the same day.
    """
    dates, confidence = study.dates, study.settings.confidence
    if not 0 < years <= 20:
        raise ParameterError("years", "must be above 0 and at most 20", value=years)
    if dates.days == 0:
        rule = "leaves no time between the two positions"
        raise ParameterError("as_at", rule, value=study.settings.as_at)
    steps = min(200, max(1, math.ceil(years / dates.years)))
    chain = markov_projection(
        study.pair.matrix,
        steps=steps,
        combine={COMBINED: GOOD},
        confidence=confidence,
        seed=np.random.default_rng(seed),
    )
    span = pd.to_timedelta(chain.path["step"] * dates.days, unit="D")
    path = chain.path.assign(date=dates.after + span, years=chain.path["step"] * dates.years)
    columns = ["step", "date", "years", "category", "share", "low", "high"]
    return Projection(
        chain,
        path[columns],
        now=_estimate(path[path["step"] == 0], confidence),
        end=_estimate(path[path["step"] == steps], confidence),
        ever=_estimate(chain.long_run, confidence),
        years=steps * dates.years,
    )


def _estimate(rows: pd.DataFrame, confidence: float) -> Estimate:
    """Return the share rated good or outstanding among the rows of one step."""
    ends = rows.loc[rows["category"] == COMBINED, ["share", "low", "high"]].to_numpy(dtype=float)
    value, low, high = ends[0].tolist()
    kind = "credible interval"
    return Estimate(value, low, high, unit="share", confidence=confidence, kind=kind)
