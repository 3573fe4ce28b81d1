"""The claims on agency spending that two reports judge."""

from __future__ import annotations

import pytest

from nhsi_analysis.answers import agency_claims
from nhsi_analysis.answers.agency_claims import below_plan, fall_on_year_before, fall_since_2015
from nhsi_analysis.answers.verdicts import Grade, Verdict, family, independent, judge


def test_a_fall_has_the_finest_pair_as_value_and_every_pair_as_range() -> None:
    third = fall_since_2015()
    assert third.found is not None
    assert third.found.value == pytest.approx(1 - 2.4 / 3.632)
    assert third.found.low == pytest.approx(1 - 2.45 / 3.55)
    assert third.found.high == pytest.approx(1 - 2.35 / 3.75)
    assert (third.verdict, third.grade) == (Verdict.ROUNDING, Grade.DATA)
    year = fall_on_year_before()
    assert year.found is not None
    assert (year.found.value, year.found.low, year.found.high) == pytest.approx((535, 450, 600))
    assert (year.verdict, year.grade) == (Verdict.ROUNDING, Grade.DATA)
    assert year.reason.endswith("is £528m")


def test_a_figure_of_the_regulator_quoted_by_the_press_checks_nothing() -> None:
    judged = below_plan()
    assert judged.found is not None
    assert judged.found.text == "£93m"
    assert (judged.verdict, judged.grade) == (Verdict.UNTOLD, Grade.QUOTED)
    assert "regulator's own" in judged.reason


@pytest.mark.parametrize("judging", agency_claims.CLAIMS.values())
def test_what_was_not_published_by_a_day_is_not_used(judging) -> None:  # type: ignore[no-untyped-def]
    judged = judging("2018-04-30", 0.0)
    assert judged.found is None
    assert judged.verdict is Verdict.UNTOLD
    assert judging("2018-09-30", 0.0).found is not None


def test_a_tolerance_widens_the_claim() -> None:
    assert fall_on_year_before(tolerance=0.05).verdict is Verdict.HOLDS


def test_verdicts_follow_from_the_numbers() -> None:
    assert judge((515, 525), 520, (500, 540)) is Verdict.HOLDS
    assert judge((515, 525), 530, (524, 540)) is Verdict.ROUNDING
    assert judge((515, 525), 530, (526, 540)) is Verdict.FAILS


def test_who_repeats_others_is_independent_of_nobody() -> None:
    highlights, encyclopaedia = (
        "NHS Improvement: 2017/18 highlights",
        "encyclopaedia article 'NHS Improvement'",
    )
    assert family(highlights) == family(encyclopaedia) == family("Monitor and NHS TDA (GOV.UK)")
    assert not independent(highlights, ["HSJ", "Nursing Times", "NHS Improvement (via docslib)"])
    assert independent(encyclopaedia, ["HSJ", "TheyWorkForYou (DH written answer)"])
    assert not independent(highlights, [])
