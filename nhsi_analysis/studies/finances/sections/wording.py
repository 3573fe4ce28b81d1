"""What the finances report calls its trusts, amounts and sources."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from nhsi_analysis import years
from nhsi_analysis.answers.trusts import held as trusts_held
from nhsi_analysis.answers.trusts import short_trust
from nhsi_analysis.studies.finances.numbers.study import Study
from nhsi_analysis.studies.finances.settings import ALL
from notebook_reports.evidence import Units, words

ACCOUNTS, FIGURES = "trust_finance", "nhsi_context"
MARGIN = "Surplus (deficit below zero) as a share of operating income"
SELDOM = 0.05
"""Chance below which a finding is said to be more than chance usually brings."""


def group(study: Study) -> str:
    """Name the trusts covered: "ambulance trusts in England"."""
    kind = study.settings.trust_type
    return f"{'' if kind == ALL else f'{kind.lower()} '}trusts in England"


def span(study: Study) -> str:
    """Write the years held: "2010/11 to 2018/19"."""
    return " to ".join(dict.fromkeys([study.years[0], study.newest]))


def result(millions: float) -> str:
    """Write a result in words: "a deficit of £858m"."""
    return f"a {'deficit' if millions < 0 else 'surplus'} of {words.money(abs(millions))}"


def size(margin: float) -> str:
    """Write a margin in words: "a deficit of 1.2%"."""
    return f"a {'deficit' if margin < 0 else 'surplus'} of {words.percent(abs(margin))}"


def quarter(text: str) -> str:
    """Write "2025/26 Q3" in words."""
    year, _, number = text.partition(" Q")
    return f"quarter {number} of {year}"


def name(study: Study, code: str) -> str:
    """Name a trust in short, by its code where the register has no name."""
    return short_trust(str(study.names.get(code, code)))


def held(study: Study, rows: pd.DataFrame, say: Callable[[str, dict[str, Any]], str]) -> Units:
    """Return the trusts that a figure holds, each with what the figure says of it."""
    return trusts_held(study.names, rows, say)


def ending(values: pd.Series) -> pd.Series:
    """Return the calendar years that financial years end in."""
    return values.map(lambda year: years.last_day(year).year)
