"""What the notebook says and shows, a function a section: of today's league, or of another."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from nhsi_analysis.studies.league.numbers.study import Study
from nhsi_analysis.studies.league.numbers.today import Today
from nhsi_analysis.studies.league.sections import answer as of_answer
from nhsi_analysis.studies.league.sections import appendix, comparisons
from nhsi_analysis.studies.league.sections import verdict as of_verdict
from nhsi_analysis.studies.league.sections.today import answer as new
from nhsi_analysis.studies.league.sections.today import evidence, others
from nhsi_analysis.studies.league.sections.weights import other_weights as weighted
from nhsi_analysis.studies.league.sections.weights import sliders as sliders
from notebook_reports.evidence import Section

_Old = Callable[[Study], Section]
_New = Callable[[Today], Section]


def _either(old: _Old, today: _New | None = None) -> _Old:
    """Return what speaks of the league on trial: nothing on today's where there is nothing."""

    @wraps(old)
    def section(study: Study) -> Section:
        if study.today is None:
            return old(study)
        return today(study.today) if today else Section(old.__name__, [])

    return section


def _only(today: _New, title: str) -> _Old:
    """Return what speaks of today's league only."""

    @wraps(today)
    def section(study: Study) -> Section:
        return today(study.today) if study.today else Section(title, [])

    return section


answer = _either(of_answer.answer, new.answer)
ranks = _either(of_answer.ranks)
categories = _either(of_answer.categories)
implied_weights = _only(evidence.implied_weights, new.WEIGHTS)
held_back = _only(evidence.held_back, new.HELD)
near_a_cut = _only(evidence.near_a_cut, new.NEAR)
verdict = _either(of_verdict.verdict, others.verdict)
choices = _either(comparisons.choices, evidence.choices)
types = _either(comparisons.types)
inspectors = _either(comparisons.inspectors)
measures = _only(others.measures, others.MEASURES)
published_ranges = _only(others.published_ranges, others.RANGES)
years = _either(comparisons.years)
todays_league = _either(of_verdict.todays_league)
other_weights = _either(weighted)
method = _either(appendix.method, others.method)
stand_in = _either(appendix.stand_in, others.data)
sensitivity = _either(appendix.sensitivity)
fairer = _either(appendix.fairer)
coverage = _either(appendix.coverage, others.coverage)
