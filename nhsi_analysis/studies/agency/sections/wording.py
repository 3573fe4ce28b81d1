"""What several sections say or cite alike."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from nhsi_analysis.answers.agency_register import REGISTERS
from nhsi_analysis.studies.agency.numbers.saving import NoSaving, Reason
from nhsi_analysis.studies.agency.numbers.scope import Scope
from notebook_reports.evidence import Estimate, format_published, format_value, words

SOURCE = list(REGISTERS)
SAVING, RECORD, YEAR_END, TRUSTS = (
    "What the controls saved",
    "The record by year",
    "Where the year was heading",
    "Trust by trust",
)
"""Titles of the sections that cards lead to."""
MODEL = "free to wander"
"""What the structural counterfactual is called: the path's own model carried on."""
SHAPES = {
    "level 6": "6-month level",
    "level 12": "12-month level",
    "damped": "12-month fading line",
    "line 12": "12-month line",
    "line 18": "18-month line",
    "line 24": "24-month line",
    "line all": "line of all months",
    "log-linear": "growth in per cent",
    "quadratic": "parabola",
}
"""What spending might have gone on as, by the last months before the controls, in words."""
_WHY: dict[Reason, str] = {
    "no control": "No control known then falls inside these months with three on either side, so "
    "nothing can be said of a saving.",
    "too few months before": "No figure reaches back 12 months before the controls, so what would "
    "have come without them, and a saving, can't be estimated.",
    "too few figures before": "Fewer than two figures are published on the months before the "
    "controls, so what would have come without them, and a saving, can't be estimated.",
}


def money(millions: float, decimals: int = 1) -> str:
    """Write a published amount: £2.4bn from a billion on, £290m below."""
    if abs(millions) >= 1000:
        return format_value(millions / 1000, "GBP bn", decimals)
    return words.money(millions)


def exact(millions: float) -> str:
    """Write an amount with the digits it was published with: £1bn, £2.37bn, £290m."""
    billions = abs(millions) >= 1000
    return format_published(millions / (1000 if billions else 1), "GBP bn" if billions else "GBP m")


def rough(millions: float) -> str:
    """Write an estimated amount, to the nearest ten or hundred millions."""
    return money(millions) if abs(millions) >= 995 else words.money(round(millions, -1) + 0.0)


def between(estimate: Estimate) -> str:
    """Write the ends of a range of money."""
    return f"{rough(estimate.low or 0.0)} to {rough(estimate.high or 0.0)}"


def gained(estimate: Estimate) -> str:
    """Write the ends of a range of savings in words where it holds losses too."""
    low, high = estimate.low or 0.0, estimate.high or 0.0
    return f"{rough(-low)} lost to {rough(high)} saved" if low < 0 < high else between(estimate)


def in_billions(estimate: Estimate, decimals: int = 2) -> Estimate:
    """Return an amount in GBP bn if it has a billion or more, as it is otherwise."""
    if abs(estimate.value) < 1000:
        return estimate
    ends = (None if end is None else end / 1000 for end in (estimate.low, estimate.high))
    low, high = ends
    value = estimate.value / 1000
    return replace(estimate, value=value, low=low, high=high, unit="GBP bn", decimals=decimals)


def why_none(found: NoSaving) -> str:
    """Say why no saving can be estimated."""
    return _WHY[found.reason]


def span(scope: Scope) -> str:
    """Say from when to when the path runs."""
    return f"{scope.start:%B %Y} to {scope.end:%B %Y}"


def when(date: object) -> str:
    """Say when something was published, as exactly as its source does."""
    if not isinstance(date, pd.Timestamp):
        return "undated"
    return f"{date:%Y}" if (date.month, date.day) == (12, 31) else f"{date:%B %Y}"
