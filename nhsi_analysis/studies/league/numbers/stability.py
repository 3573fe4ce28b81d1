"""Stability from year to year against what sampling error alone would give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nhsi_analysis.as_at import survey_published
from nhsi_analysis.studies.league.numbers.choices import of_draws
from nhsi_analysis.studies.league.numbers.survey import survey
from nhsi_analysis.studies.league.numbers.table import League
from notebook_reports.evidence import Estimate
from policy_methods.composite import weighted_error
from policy_methods.ranking import expected_ranks, scale_quotas


@dataclass(frozen=True)
class Pair:
    """The stand-in in two surveys, the trusts that both hold.

    Parameters
    ----------
    first, second : int
        The years.
    table : pandas.DataFrame
        Scores and bands of both years: ``first``, ``second``, ``band_first``, ``band_second``.
    churn : int
        Trusts in another category in the second year.
    chance_churn : Estimate
        The share of them if nothing changed and only the staff asked were drawn again.
    """

    first: int
    second: int
    table: pd.DataFrame
    churn: int
    chance_churn: Estimate


def next_year(league: League) -> Pair | None:
    """Compare a stand-in with itself a survey later, and with what sampling error alone would do.

    Parameters
    ----------
    league : League
        The surveys of 2016 and 2017, or those of 2023 and 2024 for one of the later years.

    Returns
    -------
    Pair or None
        None for an own table, and where the second survey wasn't out by the date asked for.
    """
    if league.year is None:
        return None
    first, second = (2016, 2017) if league.year < 2020 else (2023, 2024)
    if survey_published(pd.Series([second])).iloc[0] > league.settings.until:
        return None
    (x, error_x), (y, error_y) = (_scores(league, year) for year in (first, second))
    codes = x.index.intersection(y.index)
    if league.settings.trust_type != "All":
        codes = codes.intersection(league.units.index)
    codes = codes.sort_values()
    x, y = x.loc[codes].to_numpy(), y.loc[codes].to_numpy()
    se_x, se_y = error_x.loc[codes].to_numpy(), error_y.loc[codes].to_numpy()
    bands = np.cumsum(scale_quotas(league.sizes, len(codes)))
    band_x, band_y = (np.searchsorted(bands, _places(scores)) for scores in (x, y))
    model = expected_ranks(x, se_x)
    rng = np.random.default_rng(league.settings.seed)
    truth = model.mean + np.sqrt(model.tau2) * rng.standard_normal((league.settings.draws, len(codes)))
    one = truth + se_x * rng.standard_normal(truth.shape)
    two = truth + se_y * rng.standard_normal(truth.shape)
    again_one, again_two = (np.searchsorted(bands, _places(scores)) for scores in (one, two))
    return Pair(
        first=first,
        second=second,
        table=pd.DataFrame(
            {"first": x, "second": y, "band_first": band_x + 1, "band_second": band_y + 1},
            index=codes,
        ),
        churn=int((band_x != band_y).sum()),
        chance_churn=of_draws(
            (again_one != again_two).mean(axis=1),
            level=league.settings.confidence,
            kind="range of simulations",
            n=len(codes),
            unit="share",
            decimals=0,
            label="change category from sampling error and rounding alone",
        ),
    )


def _scores(league: League, year: int) -> tuple[pd.Series, pd.Series]:
    answers = survey(year, list(league.weights))
    weights = pd.Series(league.weights)
    part = answers.share.notna() * weights
    rounding = pd.Series(answers.rounding, index=answers.share.columns)
    error = weighted_error(part, answers.error, rounding, league.correlation)
    return (answers.share * weights).sum(axis=1), error


def _places(scores: np.ndarray) -> np.ndarray:
    """Positions along the last axis, 1 the highest; ties in the order given."""
    order = np.argsort(-scores, axis=-1, kind="stable")
    return np.argsort(order, axis=-1, kind="stable") + 1
