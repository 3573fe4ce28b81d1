"""Stability from year to year against what sampling error alone would give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nhsi_analysis.as_at import survey_published
from nhsi_analysis.studies.league.survey import survey
from nhsi_analysis.studies.league.table import League, Section, scale_quotas
from notebook_reports.charts import intervals, ranks
from notebook_reports.evidence import Estimate
from policy_methods.composite import spearman
from policy_methods.ranking import expected_ranks

_SIMULATIONS = 1000


@dataclass(frozen=True)
class Pair:
    """Two surveys of the same trusts.

    Attributes
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
    rng = np.random.default_rng(league.seed)
    truth = model.mean + np.sqrt(model.tau2) * rng.standard_normal((_SIMULATIONS, len(codes)))
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
    level = league.confidence
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
        first,
        second,
        question,
        table,
        Estimate(spearman(x, y), n=n, decimals=2, label=f"rank correlation {words}"),
        Estimate(
            float((band_x != band_y).mean()), unit="share", n=n, decimals=0,
            label=f"of trusts changed category, {words}",
        ),
        _range(rho, level, n, f"rank correlation from sampling error alone, {words}", "", 2),
        _range(churn, level, n, f"change category from sampling error alone, {words}", "share", 0),
        Estimate(
            100 * float((y - x)[last].mean()), unit="pp", n=int(last.sum()),
            label=f"mean change of the last category, {words}",
        ),
        _range(100 * back, level, n, f"the same from sampling error alone, {words}", "pp", 1),
    )  # fmt: skip


def _places(scores: np.ndarray) -> np.ndarray:
    """Positions along the last axis, 1 the highest; ties in the order given."""
    order = np.argsort(-scores, axis=-1, kind="stable")
    return np.argsort(order, axis=-1, kind="stable") + 1


def _range(
    values: np.ndarray, level: float, n: int, label: str, unit: str, decimals: int
) -> Estimate:
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(
        float(values.mean()), float(low), float(high), unit=unit, n=n, label=label,
        confidence=level, kind="range of simulations", decimals=decimals,
    )  # fmt: skip


def stability_section(league: League) -> Section:
    """Compare 2016 with 2017 and 2021 with 2024.

    Parameters
    ----------
    league : League
        The table; an analyst's own table has one occasion, so only words come back.

    Returns
    -------
    Section
        Observed agreement beside what sampling error alone would give.
    """
    if not league.replica:
        return Section(
            "This table holds one occasion, so how ranks move from year to year can't be shown:"
            " give the years one table each and compare the two reports."
        )
    old = [q for q in league.indicators.columns if q.startswith(("q7", "q8")) and q != "q7h"]
    new = [q for q in league.indicators.columns if q in {"q3f", "q6a", "q7h"}]
    wanted = [(2016, 2017, old[0] if old else "q8d"), (2021, 2024, new[0] if new else "q3f")]
    out = survey_published(pd.Series([second for _, second, _ in wanted])) <= league.as_at
    pairs = [compare_years(league, *w) for w, there in zip(wanted, out, strict=True) if there]
    if not pairs:
        return Section("No pair of surveys had been published by the date asked for.")
    lines, findings = [], {}
    for pair in pairs:
        tag = f"{pair.first}_{pair.second}"
        findings[f"churn_{tag}"] = pair.churn
        findings[f"churn_by_chance_{tag}"] = pair.chance_churn
        findings[f"rank_correlation_{tag}"] = pair.correlation
        lines.append(
            f"**{pair.first} to {pair.second}** ({pair.question},"
            f" {len(pair.table)} trusts in both): rank correlation {pair.correlation.text}, where"
            f" sampling error alone would leave {pair.chance_correlation}; {pair.churn.text} of"
            f" trusts changed category, where sampling error alone would move"
            f" {pair.chance_churn}. The last category of {pair.first} changed by"
            f" {pair.regression.text} on average; of that, sampling error alone brings back"
            f" {pair.chance_regression}."
        )
    shown = pairs[-1] if new else pairs[0]
    rows = pd.DataFrame(
        [
            {
                "years": f"{p.first} to {p.second}",
                "series": series,
                "value": e.value,
                "low": e.low,
                "high": e.high,
            }
            for p in pairs
            for series, e in (("observed", p.churn), ("sampling error alone", p.chance_churn))
        ]
    )
    order = {"same": 2, "better category": 0, "worse category": 1}
    points = shown.table.sort_values("moved", key=lambda s: s.map(order), kind="stable")
    figures = [
        {
            "fig": intervals.dot_interval(
                rows, group="years", series="series", unit="share",
                x_label="Share of trusts in another category in the second year",
            ),
            "key": "churn",
            "title": f"{pairs[0].churn.text} of trusts changed category in a year;"
            f" {pairs[0].chance_churn.text} would by chance",
            "subtitle": "Share of trusts in another category of the replica league in the second"
            " year; NHS trusts in England in both surveys",
            "source": ["staff_survey_items", "staff_survey_2021_2024"],
            "alt": "; ".join(
                f"{p.first} to {p.second}: {p.churn.text} observed, {p.chance_churn} from sampling"
                " error alone"
                for p in pairs
            )
            + ".",
            "data": rows,
            "note": f"The range holds {league.level} of {_SIMULATIONS:,} simulations in which no"
            " trust truly changes.",
        },
        {
            "fig": ranks.two_occasions(
                points, first="first", second="second", group="moved",
                labels=(f"Share in {shown.first}", f"Share in {shown.second}"),
            ),
            "key": "two_years",
            "title": f"The extremes of {shown.first} moved towards the middle by {shown.second}"
            if shown.regression.value > 0
            else f"The last category of {shown.first} did not recover by {shown.second}",
            "subtitle": f"Share who agree ({shown.question}) in two surveys,"
            f" {len(shown.table)} NHS trusts in England",
            "source": "staff_survey_2021_2024" if shown.first >= 2020 else "staff_survey_items",
            "alt": f"Dots around the line of no change: {int((points['moved'] == 'same').sum())}"
            f" trusts kept their category, {int((points['moved'] == 'better category').sum())} rose"
            f" and {int((points['moved'] == 'worse category').sum())} fell.",
            "data": points,
        },
    ]  # fmt: skip
    return Section("\n\n".join(lines), findings, figures, frames={"pairs": rows})
