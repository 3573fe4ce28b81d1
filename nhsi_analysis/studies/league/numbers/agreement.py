"""The league against the inspectors' ratings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2, norm
from statsmodels.discrete.discrete_model import Logit
from statsmodels.miscmodels.ordinal_model import OrderedModel

from nhsi_analysis import datasets
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.schemas.vocabulary import RATINGS
from nhsi_analysis.studies.league.numbers.table import League
from notebook_reports.evidence import Estimate
from policy_methods.checks import Floats, check_confidence, number, numbers, whole
from policy_methods.composite import spearman

FEWEST = 20
_SMALLEST_CLASS = 5


@dataclass(frozen=True)
class OrdinalFit:
    """Ordered logit of a rating on a score, and the test of its assumption.

    Parameters
    ----------
    odds_ratio, low, high : float
        Odds of a better rating for one standard deviation more in score.
    brant, brant_p : float
        Brant's test that one odds ratio serves every step of the scale.
    merged : str
        Class merged with the next because it is too small; "" for none.
    by_step : pandas.DataFrame
        Odds ratio of each step by itself: ``step``, ``odds_ratio``, ``low``, ``high``.
    """

    odds_ratio: float
    low: float
    high: float
    brant: float
    brant_p: float
    merged: str
    by_step: pd.DataFrame


@dataclass(frozen=True)
class Agreement:
    """A league beside the overall ratings of the same units.

    Parameters
    ----------
    snapshot : pandas.Timestamp or None
        Day of the ratings; None where none had been taken by the date asked for.
    rated : pandas.DataFrame
        The league's units that are rated, with ``rating``.
    counts : pandas.DataFrame
        Categories by ratings.
    best, worst : pandas.DataFrame
        Units of the first category rated below good, of the last rated good or better.
    correlation : Estimate or None
        Rank correlation; None where fewer than :data:`FEWEST` units are rated, and with it all
        that follows.
    fit : OrdinalFit or None
        The ordered logit; None where it has no estimate.
    separated : str
        The step of the scale that the scores tell apart, see :func:`separated_step`.
    """

    snapshot: pd.Timestamp | None
    rated: pd.DataFrame
    counts: pd.DataFrame
    best: pd.DataFrame
    worst: pd.DataFrame
    correlation: Estimate | None
    fit: OrdinalFit | None
    separated: str


def agree(league: League) -> Agreement:
    """Hold a league against the CQC's overall ratings.

    Parameters
    ----------
    league : League
        The table; ratings of the first snapshot, if no later than its ``as_at``, are used.
    """
    ratings = datasets.load("cqc_trust_ratings")
    overall = ratings[(ratings["service"] == "Overall") & (ratings["key_question"] == "Overall")]
    overall = overall[overall["snapshot"] <= league.settings.until]
    snapshot = None if overall.empty else overall["snapshot"].min()
    overall = overall[overall["snapshot"] == snapshot].drop_duplicates("org_code")
    both = league.units.join(overall.set_index("org_code")["rating"], how="inner")
    both = both[both["rating"].isin(RATINGS)]
    level = both["rating"].map({r: k for k, r in enumerate(RATINGS)}).to_numpy(int)
    score = league.sign * both["score"].to_numpy(float)
    counts = pd.crosstab(both["category"], both["rating"])
    correlation, fit, separated = None, None, ""
    if len(both) >= FEWEST:
        confidence = league.settings.confidence
        rho = spearman(score, level)
        low, high = spearman_interval(rho, len(both), confidence)
        correlation = Estimate(
            rho,
            low,
            high,
            n=len(both),
            decimals=2,
            confidence=confidence,
            label="rank correlation of league score and CQC rating",
        )
        fit, separated = ordered_fit(score, level, confidence), separated_step(score, level)
    return Agreement(
        snapshot=snapshot,
        rated=both,
        counts=counts.reindex(index=list(league.categories), columns=RATINGS[::-1], fill_value=0),
        best=both[(both["category"] == league.categories[0]) & (level <= 1)],
        worst=both[(both["category"] == league.categories[-1]) & (level >= 2)],
        correlation=correlation,
        fit=fit,
        separated=separated,
    )


def spearman_interval(rho: float, n: int, confidence: float) -> tuple[float, float]:
    """Find the interval of a rank correlation (Bonett and Wright, Psychometrika 2000).

    Parameters
    ----------
    rho : float
        Rank correlation.
    n : int
        Pairs, at least four.
    confidence : float
        Level.

    Returns
    -------
    tuple of float
        Ends of the interval.

    Raises
    ------
    ParameterError
        For fewer than four pairs, which have no interval, and numbers out of range.
    """
    rho, n = number("rho", rho, least=-1, most=1), whole("n", n, 4)
    confidence = check_confidence(confidence)
    half = norm.ppf((1 + confidence) / 2) * np.sqrt((1 + rho**2 / 2) / (n - 3))
    centre = np.arctanh(np.clip(rho, -0.999999, 0.999999))
    return float(np.tanh(centre - half)), float(np.tanh(centre + half))


def ordered_fit(score: np.ndarray, level: np.ndarray, confidence: float) -> OrdinalFit | None:
    """Fit an ordered logit and test that its odds are proportional (Brant, Biometrics 1990).

    Parameters
    ----------
    score : numpy.ndarray, shape (n,)
        Scores, higher better.
    level : numpy.ndarray of int, shape (n,)
        Ratings from 0, the worst; a class of fewer than five is merged with its neighbour.
    confidence : float
        Level of the intervals.

    Returns
    -------
    OrdinalFit or None
        None where fewer than three classes are left, or the scores of those above and below a
        step don't overlap (:func:`separated_step`).

    Raises
    ------
    ParameterError
        For missing numbers, lists of different lengths and levels that are no ratings.
    """
    confidence = check_confidence(confidence)
    score, level, names, merged = _classes(score, level)
    if len(names) < 3 or np.ptp(score) == 0 or _separated(score, level) is not None:
        return None
    x = (score - score.mean()) / score.std(ddof=1)
    z = norm.ppf((1 + confidence) / 2)
    ordered = OrderedModel(level, x[:, None], distr="logit").fit(method="bfgs", disp=False)
    slope, error = float(ordered.params[0]), float(ordered.bse[0])
    design = np.column_stack([np.ones_like(x), x])
    steps = [
        Logit((level > j).astype(float), design).fit(disp=False) for j in range(len(names) - 1)
    ]
    chance = np.array([step.predict(design) for step in steps])
    inverse = [np.linalg.inv((design.T * (p * (1 - p))) @ design) for p in chance]
    size = len(steps)
    covariance = np.empty((size, size))
    for j in range(size):
        for k in range(j, size):
            # Being above the higher step implies being above the lower one.
            middle = (design.T * (chance[k] - chance[j] * chance[k])) @ design
            covariance[j, k] = covariance[k, j] = (inverse[j] @ middle @ inverse[k])[1, 1]
    slopes = np.array([float(step.params[1]) for step in steps])
    contrast = np.column_stack([np.ones(size - 1), -np.eye(size - 1)])
    gap = contrast @ slopes
    brant = float(gap @ np.linalg.solve(contrast @ covariance @ contrast.T, gap))
    spread = np.sqrt(np.diag(covariance))
    by_step = pd.DataFrame(
        {
            "step": [f"{names[j + 1]} or better" for j in range(size)],
            "odds_ratio": np.exp(slopes),
            "low": np.exp(slopes - z * spread),
            "high": np.exp(slopes + z * spread),
        }
    )
    return OrdinalFit(
        odds_ratio=float(np.exp(slope)),
        low=float(np.exp(slope - z * error)),
        high=float(np.exp(slope + z * error)),
        brant=brant,
        brant_p=float(chi2.sf(brant, size - 1)),
        merged=", ".join(merged),
        by_step=by_step,
    )


def separated_step(score: np.ndarray, level: np.ndarray) -> str:
    """Name the first step of the scale whose two sides don't overlap in score.

    Its odds ratio has no finite estimate (Albert & Anderson 1984, Biometrika 71:1).

    Parameters
    ----------
    score, level : numpy.ndarray, shape (n,)
        As in :func:`ordered_fit`.

    Returns
    -------
    str
        The step in words; "" where every step overlaps.
    """
    score, level, names, _ = _classes(score, level)
    step = _separated(score, level)
    return "" if step is None else f"{names[step + 1].lower()} or better"


def _separated(score: Floats, level: NDArray[np.int64]) -> int | None:
    for step in range(level.max()):
        under, over = score[level <= step], score[level > step]
        if under.max() <= over.min() or over.max() <= under.min():
            return step
    return None


def _classes(
    score: np.ndarray, level: np.ndarray
) -> tuple[Floats, NDArray[np.int64], list[str], list[str]]:
    """Return checked scores, levels from 0 of the classes left, their names, and those merged."""
    score, given = numbers("score", score), numbers("level", level)
    if not len(score) or len(score) != len(given) or not np.isin(given, range(len(RATINGS))).all():
        raise ParameterError(
            "level", f"must be a whole number from 0 to {len(RATINGS) - 1} for each score"
        )
    left, merged = given.astype(np.int64), []
    for name, worst in ((RATINGS[0], True), (RATINGS[-1], False)):
        end = left.min() if worst else left.max()
        if (left == end).sum() < _SMALLEST_CLASS:
            left[left == end] += 1 if worst else -1
            merged.append(name)
    classes = np.unique(left)
    names = [RATINGS[k] for k in classes]
    return score, np.searchsorted(classes, left).astype(np.int64), names, merged
