"""Stability from year to year against what sampling error alone would give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nhsi_analysis.as_at import survey_published
from nhsi_analysis.studies.league.numbers.survey import LATER, survey
from nhsi_analysis.studies.league.numbers.table import League, of_draws, scale_quotas
from notebook_reports.evidence import Estimate
from policy_methods.composite import spearman
from policy_methods.ranking import expected_ranks

SIMULATIONS = 1000


@dataclass(frozen=True)
class Pair:
    """Two surveys of the same trusts.

    Parameters
    ----------
    first, second : int
        The years.
    question : str
        What was asked.
    table : pandas.DataFrame
        Shares, positions, categories (0 the best) of both years and whether it changed.
    correlation, churn : Estimate
        Rank correlation; share of trusts in another category in the second year.
    chance_correlation, chance_churn : Estimate
        The same if nothing changed and only the sample of staff were drawn again.
    regression : Estimate
        Mean change in share of the first year's last category.
    chance_regression : Estimate
        The same from sampling error alone.
    """

    first: int
    second: int
    question: str
    table: pd.DataFrame
    correlation: Estimate
    churn: Estimate
    chance_correlation: Estimate
    chance_churn: Estimate
    regression: Estimate
    chance_regression: Estimate


def compare_years(league: League, first: int, second: int, question: str) -> Pair:
    """Compare a question's league in two years with what sampling error alone would give.

    Parameters
    ----------
    league : League
        Lends quotas, confidence and seed.
    first, second : int
        Survey years.
    question : str
        Question asked in both.

    Returns
    -------
    Pair
        Observed and simulated agreement.
    """
    a, error_a, _, _ = survey(first, [question])
    b, error_b, _, _ = survey(second, [question])
    codes = a.index.intersection(b.index).sort_values()
    x, y = a.loc[codes, question].to_numpy(float), b.loc[codes, question].to_numpy(float)
    se_x = error_a.loc[codes, question].to_numpy(float)
    se_y = error_b.loc[codes, question].to_numpy(float)
    bands = np.cumsum(scale_quotas(league.sizes, len(codes)))
    place_x, place_y = _places(x), _places(y)
    band_x, band_y = np.searchsorted(bands, place_x), np.searchsorted(bands, place_y)
    last = band_x == len(bands) - 1
    model = expected_ranks(x, se_x)
    rng = np.random.default_rng(league.settings.seed)
    truth = model.mean + np.sqrt(model.tau2) * rng.standard_normal((SIMULATIONS, len(codes)))
    one = truth + se_x * rng.standard_normal(truth.shape)
    two = truth + se_y * rng.standard_normal(truth.shape)
    places_one, places_two = _places(one), _places(two)
    again_one, again_two = np.searchsorted(bands, places_one), np.searchsorted(bands, places_two)
    gap = (places_one - places_two).astype(float)
    n = len(codes)
    rho = 1 - 6 * (gap**2).sum(axis=1) / (n * (n**2 - 1))
    churn = (again_one != again_two).mean(axis=1)
    low_end = again_one == len(bands) - 1
    back = ((two - one) * low_end).sum(axis=1) / low_end.sum(axis=1)
    level = league.settings.confidence
    table = pd.DataFrame(
        {
            "first": x,
            "second": y,
            "position_first": place_x,
            "position_second": place_y,
            "category_first": band_x + 1,
            "category_second": band_y + 1,
            "moved": np.select(
                [band_y < band_x, band_y > band_x], ["better category", "worse category"], "same"
            ),
        },
        index=codes,
    )
    years = f"{first} to {second}"
    words = f"{years}, {question}"
    return Pair(
        first=first,
        second=second,
        question=question,
        table=table,
        correlation=Estimate(spearman(x, y), n=n, decimals=2, label=f"rank correlation {words}"),
        churn=Estimate(
            float((band_x != band_y).mean()),
            unit="share",
            n=n,
            decimals=0,
            label=f"of trusts changed category, {words}",
        ),
        chance_correlation=of_draws(
            rho,
            level=level,
            kind="range of simulations",
            n=n,
            decimals=2,
            label=f"rank correlation from sampling error alone, {words}",
        ),
        chance_churn=of_draws(
            churn,
            level=level,
            kind="range of simulations",
            n=n,
            unit="share",
            decimals=0,
            label=f"change category from sampling error alone, {words}",
        ),
        regression=Estimate(
            100 * float((y - x)[last].mean()),
            unit="pp",
            n=int(last.sum()),
            label=f"mean change of the last category, {words}",
        ),
        chance_regression=of_draws(
            100 * back,
            level=level,
            kind="range of simulations",
            n=n,
            unit="pp",
            decimals=1,
            label=f"the same from sampling error alone, {words}",
        ),
    )


def _places(scores: np.ndarray) -> np.ndarray:
    """Positions along the last axis, 1 the highest; ties in the order given."""
    order = np.argsort(-scores, axis=-1, kind="stable")
    return np.argsort(order, axis=-1, kind="stable") + 1


def pairs(league: League) -> list[Pair]:
    """Compare 2016 with 2017 and 2021 with 2024, as far as they had been published.

    Parameters
    ----------
    league : League
        Lends its question, where the surveys have it.
    """
    asked = list(league.indicators.columns)
    old = [q for q in asked if q.startswith(("q7", "q8")) and q not in LATER]
    new = [q for q in asked if q in LATER]
    wanted = [(2016, 2017, old[0] if old else "q8d"), (2021, 2024, new[0] if new else "q3f")]
    out = survey_published(pd.Series([last for _, last, _ in wanted])) <= league.settings.until
    return [compare_years(league, *w) for w, there in zip(wanted, out, strict=True) if there]
