"""The audit of every quantitative claim that the project answers to.

Each claim has a checker that computes a number and its range from the tables; the verdict follows
from holding the two against each other. No verdict is written anywhere.
"""

from __future__ import annotations

from collections.abc import Callable

from nhsi_analysis.studies.claims import sections
from nhsi_analysis.studies.claims.numbers.study import Audit, audit
from nhsi_analysis.studies.claims.settings import Settings
from notebook_reports.evidence import Section

__all__ = ["SECTIONS", "Settings", "build", "sections"]

SECTIONS: tuple[Callable[[Audit], Section], ...] = (
    sections.answer,
    sections.by_topic,
    sections.refuted,
    sections.disputed,
    sections.computed,
    sections.register,
)
"""The sections of the report, in the order of the notebook."""


def build(settings: Settings) -> Audit:
    """Put every claim to its checker.

    Raises
    ------
    ParameterError
        If no claim is left by the date.
    DataError
        If a claim that others are held against is missing from the register.

    Examples
    --------
    >>> build(Settings(topics=["league"])).table.loc[0, "verdict"]
    'reproduced'
    """
    return audit(settings)
