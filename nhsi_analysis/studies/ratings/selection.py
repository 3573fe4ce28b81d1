"""Who was inspected again, how old ratings are, and where the moves would lead."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.answers.shares import share
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.ratings.moves import GOOD, RatingShift
from nhsi_analysis.studies.ratings.scope import RATINGS, day, plural
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
    sentence : str
        The reading.
    """

    table: pd.DataFrame
    net_all: Estimate
    net_reinspected: Estimate | None
    net_standardised: Estimate | None
    sentence: str


def reinspection(shift: RatingShift) -> Reinspection:
    """Compare the trusts inspected again with all of them.

    Parameters
    ----------
    shift : RatingShift
        A comparison.

    Returns
    -------
    Reinspection
        Counts by starting rating, and the net change of all, of those inspected again, and of
        those standardised to the starting ratings of all.
    """
    everyone, again = shift.pair.counts, shift.reinspected.counts
    rows = []
    for level, rating in reversed(list(enumerate(RATINGS))):
        trusts, seen = int(everyone[level].sum()), again[level]
        if trusts:
            estimate = share(int(seen.sum()), trusts, confidence=shift.scope.confidence)
            row = {"rating": rating, "trusts": trusts, "reinspected": int(seen.sum())}
            row |= {"share": estimate, "up": int(seen[level + 1 :].sum())}
            rows.append(row | {"same": int(seen[level]), "down": int(seen[:level].sum())})
    table = pd.DataFrame(rows)
    if shift.reinspected.n == 0:
        words = f"None of the {plural(shift.pair.n)} was inspected again, so no rating could move."
        return Reinspection(table, shift.net, None, None, words)
    effect = shift.reinspected.effect_size(shift.scope.confidence)
    standard = standardised_change(again, everyone.sum(axis=1), confidence=shift.scope.confidence)
    net_again, net_standard = (
        Estimate(
            100 * found.value,
            100 * found.low,
            100 * found.high,
            unit="pp",
            n=shift.reinspected.n,
            label=label,
            confidence=shift.scope.confidence,
            kind=kind,
        )
        for found, label, kind in (
            (effect, "net share that moved up, re-inspected trusts", "confidence interval"),
            (standard, "the same, at all trusts' starting ratings", "credible interval"),
        )
    )
    words = _selection_words(shift, net_again, net_standard, standard.covered)
    return Reinspection(table, shift.net, net_again, net_standard, words)


def _selection_words(
    shift: RatingShift, net_again: Estimate, net_standard: Estimate, covered: float
) -> str:
    low_all, low_again = (int(p.counts[:2].sum()) for p in (shift.pair, shift.reinspected))
    share_all = share(low_all, shift.pair.n, confidence=shift.scope.confidence)
    share_again = share(low_again, shift.reinspected.n, confidence=shift.scope.confidence)
    words = (
        f"Of the trusts inspected again {share_again} stood below good, against {share_all.text} "
        f"of all. Among them the net share that moved up was {net_again}; among all trusts it was "
        f"{shift.net}, because a trust that was not visited can't move. Had the visits been spread "
        f"over starting ratings as the trusts are, the same moves would have made it {net_standard}"
    )
    if covered < 1:
        words += f" (over the {covered:.0%} of trusts whose starting rating was visited at all)"
    gap = net_again.value - net_standard.value
    size = "larger" if gap > 0 else "smaller"
    if abs(gap) < 1:
        return words + ". Here the choice of whom to visit changes little."
    return words + (
        f". On these figures the choice of whom to visit makes improvement look {size} than it is, "
        "by how much is uncertain."
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
    sentence : str
        The reading.
    """

    trusts: pd.DataFrame
    table: pd.DataFrame
    sentence: str

    @property
    def limits(self) -> dict[str, float]:
        """Longest return interval in years by rating."""
        known = self.table.dropna(subset=["limit_years"])
        return dict(zip(known["rating"], known["limit_years"], strict=True))


def rating_ages(shift: RatingShift) -> RatingAges:
    """Return how long before the later date each rating was published.

    Parameters
    ----------
    shift : RatingShift
        A comparison.

    Returns
    -------
    RatingAges
        Ages and the share older than CQC's longest return interval for that rating.
    """
    scope = shift.scope
    years = (scope.after_date - shift.table["published_after"]).dt.days / 365.25
    trusts = pd.DataFrame(
        {"org_code": shift.table["org_code"], "rating": shift.table["rating_after"], "years": years}
    )
    limits = return_intervals(scope.after_date)
    rows = []
    for rating in reversed(RATINGS):
        ages = trusts.loc[trusts["rating"] == rating, "years"]
        if ages.empty:
            continue
        limit = limits.get(rating)
        older = int((ages > limit).sum()) if limit is not None else None
        found = None if older is None else share(older, len(ages), confidence=scope.confidence)
        row = {"rating": rating, "trusts": len(ages), "median_years": float(ages.median())}
        row |= {"oldest_years": float(ages.max()), "limit_years": limit}
        rows.append(row | {"older": older, "older_share": found})
    table = pd.DataFrame(rows)
    middle, oldest = round(365.25 * years.median()), float(365.25 * years.max())
    words = (
        f"Half of the ratings held on {day(scope.after_date)} were more than {_months(middle)} "
        f"old; the oldest was {oldest / 365.25:.1f} years old."
    )
    if limits:
        older = int(table["older"].sum())
        part = share(older, len(trusts), confidence=scope.confidence)
        words += (
            f" {older:,} of {plural(len(trusts))}, {part}, held a rating older than the longest "
            "return interval that CQC announced in October 2017 for core services of that rating. "
            "The rule came into force for inspections after that date, so this shows how far the "
            "old ratings reach back, not a breach."
        )
    else:
        words += " CQC had not announced return intervals by that day."
    return RatingAges(trusts.sort_values("years", ignore_index=True), table, words)


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
    sentence : str
        The reading.
    """

    chain: MarkovProjection
    path: pd.DataFrame
    sentence: str


def project(shift: RatingShift, years: float = 5.0, *, seed: int = 20180903) -> Projection:
    """Project the ratings forward as a Markov chain whose step is the time between the dates.

    Parameters
    ----------
    shift : RatingShift
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
    scope = shift.scope
    if not 0 < years <= 20:
        raise ParameterError("years", "must be above 0 and at most 20", value=years)
    if scope.days == 0:
        raise ParameterError("as_at", "leaves no time between the two positions", value=scope.as_at)
    steps = min(200, max(1, math.ceil(years / scope.years)))
    chain = markov_projection(
        shift.pair.matrix,
        steps=steps,
        combine={COMBINED: GOOD},
        confidence=scope.confidence,
        seed=np.random.default_rng(seed),
    )
    span = pd.to_timedelta(chain.path["step"] * scope.days, unit="D")
    path = chain.path.assign(date=scope.after_date + span, years=chain.path["step"] * scope.years)
    there = _estimate(path[path["step"] == steps], scope.confidence)
    now = _estimate(path[path["step"] == 0], scope.confidence)
    ever = _estimate(chain.long_run, scope.confidence)
    words = (
        f"If every {_months(scope.days)} repeated these moves, the share rated good or outstanding "
        f"would go from {now.text} to {there} after {steps * scope.years:.1f} years and settle "
        f"at {ever}. This rests on {plural(shift.pair.up + shift.pair.down, 'move')} and supposes "
        "that each trust's chance of a move depends on its present rating alone and never changes; "
        "it says where the moves point, not what will happen."
    )
    columns = ["step", "date", "years", "category", "share", "low", "high"]
    return Projection(chain, path[columns], words)


def _estimate(rows: pd.DataFrame, confidence: float) -> Estimate:
    """Return the share rated good or outstanding among the rows of one step."""
    ends = rows.loc[rows["category"] == COMBINED, ["share", "low", "high"]].to_numpy(dtype=float)
    value, low, high = ends[0].tolist()
    kind = "credible interval"
    return Estimate(value, low, high, unit="share", confidence=confidence, kind=kind)


def _months(days: int) -> str:
    return plural(days, "day") if days < 45 else plural(round(days / 30.44), "month")
