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
from nhsi_analysis.studies.league.table import League, Section
from notebook_reports.charts import heatmap
from notebook_reports.evidence import Estimate, format_value
from policy_methods.checks import Floats, check_confidence, number, numbers, whole
from policy_methods.composite import spearman

_FEWEST = 20
_SMALLEST_CLASS = 5


@dataclass(frozen=True)
class OrdinalFit:
    """Ordered logit of a rating on a score, and the test of its assumption.

    Attributes
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


def agreement_section(league: League) -> Section:
    """Hold the league against the CQC's overall ratings of the same trusts.

    Parameters
    ----------
    league : League
        The table; ratings of no snapshot later than its ``as_at`` are used.

    Returns
    -------
    Section
        Rank correlation, ordered logit, contradictions by name; words only where fewer than 20
        units are rated.
    """
    ratings = datasets.load("cqc_trust_ratings")
    overall = ratings[(ratings["service"] == "Overall") & (ratings["key_question"] == "Overall")]
    overall = overall[overall["snapshot"] <= league.as_at]
    if overall.empty:
        return Section("No snapshot of ratings had been taken by the date asked for.")
    snapshot = overall["snapshot"].min()
    overall = overall[overall["snapshot"] == snapshot].drop_duplicates("org_code")
    both = league.units.join(overall.set_index("org_code")["rating"], how="inner")
    both = both[both["rating"].isin(RATINGS)]
    if len(both) < _FEWEST:
        return Section(
            f"The CQC's ratings cover {len(both)} of this table's {league.count} codes, too few to"
            " compare."
        )
    sign = 1 if league.higher_is_better else -1
    level = both["rating"].map({r: k for k, r in enumerate(RATINGS)}).to_numpy(int)
    score = sign * both["score"].to_numpy(float)
    rho = spearman(score, level)
    rho_low, rho_high = spearman_interval(rho, len(both), league.confidence)
    counts = pd.crosstab(both["category"], both["rating"])
    counts = counts.reindex(index=list(league.categories), columns=RATINGS[::-1], fill_value=0)
    best = both[(both["category"] == league.categories[0]) & (level <= 1)]
    worst = both[(both["category"] == league.categories[-1]) & (level >= 2)]
    date = f"{snapshot:%-d %B %Y}"
    fit = ordered_fit(score, level, league.confidence)
    findings = {
        "cqc_rank_correlation": Estimate(
            rho, rho_low, rho_high, n=len(both), decimals=2, confidence=league.confidence,
            label="rank correlation of league score and CQC rating",
        ),
        "cqc_contradictions": Estimate(
            len(best) + len(worst), n=len(both),
            label=f"{league.noun} whose league label contradicts their CQC rating",
        ),
    }  # fmt: skip
    if fit is not None:
        findings["cqc_odds_ratio"] = Estimate(
            fit.odds_ratio, fit.low, fit.high, n=len(both), decimals=2,
            confidence=league.confidence,
            label="odds ratio of a better rating for one standard deviation more in score",
        )  # fmt: skip
    reading = (
        f"Of {league.count} {league.noun}, {len(both)} had a CQC rating on {date}. The rank"
        f" correlation of league and ratings is {findings['cqc_rank_correlation']}. {len(best)} of"
        f" the {league.sizes[0]} called {league.categories[0]} {_were(best)} rated requires"
        f" improvement or inadequate, and {len(worst)} of the {league.sizes[-1]} in the last"
        f" category {_were(worst)} rated good or outstanding."
        f"{_fit_words(fit, separated_step(score, level), league)} The ratings are later than the"
        " survey, and inspectors look at more than culture: a contradiction shows that one label"
        " does not say all, not which is right."
    )
    clash = pd.concat([best, worst])
    figure = {
        "fig": heatmap.heatmap(counts, x_label="CQC overall rating", y_label="League category"),
        "key": "league_and_ratings",
        "title": (
            f"{len(clash)} {league.noun} carry a league label that their inspectors contradict"
        ),
        "subtitle": (
            f"{league.noun.capitalize()} by league category and CQC overall rating on {date};"
            f" {len(both)} in both"
        ),
        "source": [*league.source, "cqc_trust_ratings"],
        "alt": "; ".join(
            f"{name[:1].upper()}{name[1:]}: "
            + ", ".join(f"{int(counts.loc[name, r])} {r.lower()}" for r in RATINGS[::-1])
            for name in counts.index
        )
        + ".",
        "data": counts,
        "note": "Ratings are the latest at the snapshot; the survey is earlier.",
    }
    tables = [
        {
            "df": clash[["org_name", "position", "category", "rating"]]
            .rename_axis("Code")
            .rename(
                columns={
                    "org_name": "Name",
                    "position": "Position",
                    "category": "League category",
                    "rating": "CQC rating",
                }
            ),
            "key": "contradictions",
            "caption": "Where league and inspectors contradict each other",
            "source": [*league.source, "cqc_trust_ratings"],
        }
    ]
    return Section(
        reading, findings, [figure], tables if len(clash) else [], {"ratings": both, "by": counts}
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


def _fit_words(fit: OrdinalFit | None, step: str, league: League) -> str:
    if fit is None and step:
        return (
            f" No odds ratio is given: the scores of those rated {step} and of the rest don't"
            " overlap, so it has no finite value."
        )
    if fit is None:
        return ""
    holds = "isn't contradicted" if fit.brant_p > 1 - league.confidence else "is contradicted"
    steps = "; ".join(
        f"{step.lower()} {ratio:.1f}"
        for step, ratio in zip(
            fit.by_step["step"].astype(str), fit.by_step["odds_ratio"], strict=True
        )
    )
    merged = f" ({fit.merged} merged with the next class: too few)" if fit.merged else ""
    return (
        f" One standard deviation more in score multiplies the odds of a better rating by"
        f" {fit.odds_ratio:.2f} ({league.level} confidence interval {fit.low:.2f} to"
        f" {fit.high:.2f}){merged}. That one number for every step of the scale {holds} by Brant's"
        f" test (chi-squared {fit.brant:.1f}, p = {format_p(fit.brant_p)}); step by step the odds"
        f" ratios are: {steps}."
    )


def format_p(p: float) -> str:
    """Write a p-value: "0.03", "less than 0.001"."""
    return "less than 0.001" if p < 0.001 else format_value(p, "", 3 if p < 0.1 else 2)


def _were(rows: pd.DataFrame) -> str:
    return "was" if len(rows) == 1 else "were"
