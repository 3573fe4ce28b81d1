"""Stability from year to year against what fresh samples alone would give."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from nhsi_analysis.as_at import survey_published
from nhsi_analysis.studies.league.numbers.choices import of_draws
from nhsi_analysis.studies.league.numbers.table import League, stand_in
from notebook_reports.evidence import Estimate
from policy_methods.ranking import expected_ranks, scale_quotas
from policy_methods.results import Result


@dataclass(frozen=True)
class Pair(Result):
    """The stand-in in the surveys of two years, ``first`` and ``second``: trusts in both.

    ``table`` has scores and bands of both years; ``churn`` counts trusts in another category in
    the second, and ``chance_churn`` those if only the staff asked were drawn again.
    """

    first: int
    second: int
    table: pd.DataFrame
    churn: int
    chance_churn: Estimate


def next_year(league: League) -> Pair | None:
    """Compare a stand-in with itself a survey later, and with what fresh samples alone would do.

    The surveys are those of 2016 and 2017, or of 2023 and 2024 for a stand-in of the later years.
    None for an own table, and where the second survey wasn't out by the date asked for.
    """
    if league.year is None:
        return None
    first, second = (2016, 2017) if league.year < 2020 else (2023, 2024)
    if survey_published(pd.Series([second])).iloc[0] > league.settings.until:
        return None
    one, two = (
        stand_in(replace(league.settings, survey_year=year, trust="")).units
        for year in (first, second)
    )
    later = two[["score", "se"]].add_suffix("_second")
    both = one[["score", "se"]].join(later, how="inner")
    bands = np.cumsum(scale_quotas(league.sizes, len(both)))

    def categories(scores: np.ndarray) -> np.ndarray:
        order = np.argsort(-scores, axis=-1, kind="stable")
        return np.searchsorted(bands, np.argsort(order, axis=-1, kind="stable") + 1)

    table = pd.DataFrame({"first": both["score"], "second": both["score_second"]})
    for name in ("first", "second"):
        table[f"band_{name}"] = categories(table[name].to_numpy()) + 1
    model = expected_ranks(both["score"], both["se"].to_numpy())
    rng = np.random.default_rng(league.settings.seed)
    size = (league.settings.draws, len(both))
    truth = model.mean + np.sqrt(model.tau2) * rng.standard_normal(size)
    again = [
        categories(truth + both[error].to_numpy() * rng.standard_normal(size))
        for error in ("se", "se_second")
    ]
    return Pair(
        first=first,
        second=second,
        table=table,
        churn=int((table["band_first"] != table["band_second"]).sum()),
        chance_churn=of_draws(
            (again[0] != again[1]).sum(axis=1),
            league.settings.confidence,
            "simulations",
            label="trusts change category if only the staff asked are drawn again",
        ),
    )
