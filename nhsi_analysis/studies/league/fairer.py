"""What would be fairer: a funnel, and bands that show who can't be told."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nhsi_analysis.studies.league.certainty import Certainty
from nhsi_analysis.studies.league.table import League, Section
from notebook_reports.charts.funnel import funnel_chart
from notebook_reports.evidence import Estimate
from policy_methods.funnel import FunnelResult, funnel, funnel_normal

_LEVELS = (0.95, 0.998)
_FEWEST = 3
_WIDENED = {True: "n over-dispersed", False: ""}


def league_funnel(league: League) -> FunnelResult:
    """Hold every unit against the average, allowing for over-dispersion.

    Parameters
    ----------
    league : League
        The table; shares with bases get exact binomial limits, other scores normal ones.

    Returns
    -------
    FunnelResult
        Points, limits and outliers by level of evidence.
    """
    units = league.units
    if league.unit == "share" and units["n"].notna().all():
        base = units["n"].to_numpy(float)
        events = np.round(units["score"].to_numpy(float) * base)
        return funnel(
            events, base, levels=_LEVELS, overdispersion="winsorised", units=list(units.index)
        )
    # An exactly known score has no place on an axis of precision.
    positive = units[units["se"] > 0]
    return funnel_normal(
        positive["score"].to_numpy(float),
        positive["se"].to_numpy(float),
        levels=_LEVELS,
        overdispersion="winsorised",
        units=list(positive.index),
    )


def _why(result: FunnelResult, plain: int) -> str:
    """Say what the spread of the units allows to be said of those outside; ends in mid-sentence."""
    phi = f"over-dispersion factor {result.phi:.1f}"
    if not result.overdispersed:
        return (
            f". Together they differ no more than chance explains ({phi}, not above"
            f" {result.phi_critical:.1f}), so the limits stay as they are and"
        )
    reasons = (
        ", because they truly differ for many reasons at once"
        if plain
        else ", though together they differ by more than chance explains"
    )
    return f"{reasons}. Allowing for that spread ({phi}),"


def fairer_section(sure: Certainty) -> Section:
    """Show the funnel and the bands that the data support."""
    league = sure.league
    if (league.units["se"] > 0).sum() < _FEWEST:
        return Section("Nearly all scores are known exactly, so there is no funnel to draw.")
    result = league_funnel(league)
    points = result.points
    plain = int(points["unadjusted_outside_99.8"].sum())
    beyond = points["outside_99.8"].to_numpy(bool)
    side = np.sign(points["value"] - points["target"]) * (1 if league.higher_is_better else -1)
    high, low = int((beyond & (side > 0)).sum()), int((beyond & (side < 0)).sum())
    counts, wide = sure.doubt.counts, result.overdispersed
    bands = pd.DataFrame(
        {
            "Band": ["clearly above the line", "can't be told", "clearly below the line"],
            league.noun.capitalize(): [counts["above"], counts["doubtful"], counts["below"]],
            "Beyond the 99.8% limits of the funnel": [high, len(points) - high - low, low],
        }
    )
    reading = (
        f"A funnel asks another question: who differs from the average by more than chance? With"
        f" limits for sampling error alone {plain} of {len(points)} {league.noun} lie outside the"
        f" 99.8% limits{_why(result, plain)} {high + low} stand out: {high} better"
        f" and {low} worse. Three bands say what the ranking knows: {counts['above']} clearly above"
        f" the line, {counts['below']} clearly below it, and {counts['doubtful']} that can't"
        " be told."
    )
    findings = {
        "funnel_outside": Estimate(
            high + low, n=len(points),
            label=f"{league.noun} outside the 99.8% limits of a{_WIDENED[wide]} funnel",
        )
    }  # fmt: skip
    figures = [
        {
            "fig": funnel_chart(
                result,
                unit=league.unit,
                x_label="Answers behind the score"
                if result.kind == "proportion"
                else "Standard error of the score",
                follow=[c for c in (league.follow,) if c in set(points["unit"])],
                names={str(c): league.label(str(c)) for c in league.units.index},
                label_at_most=4,
            ),
            "key": "funnel",
            "title": f"{high + low} of {len(points)} {league.noun} stand out from the "
            + (f"spread of {league.noun}" if wide else "average"),
            "subtitle": f"Funnel plot with 95% and 99.8% limits; {league.subtitle}",
            "source": league.source,
            "alt": f"A funnel of limits around the average: {high} {league.noun} lie beyond the"
            f" outer limit on the better side, {low} on the worse one, the rest between.",
            "data": points,
            "note": "Limits are widened by an additive random effect estimated from winsorised"
            " z-scores."
            if wide
            else "Limits are for sampling error alone: no spread beyond it was found.",
        }
    ]
    tables = [
        {
            "df": bands,
            "key": "bands",
            "caption": "Bands that the data support, beside the funnel",
            "source": league.source,
        }
    ]
    return Section(reading, findings, figures, tables, {"funnel": points})
