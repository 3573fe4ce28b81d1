"""Dates mean one thing in every method: year first, without a zone, a month by any of its days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from outcomes import FIGURES, outcome

from policy_methods.forecast import forecast
from policy_methods.reconstruct import reconstruct
from policy_methods.segmented import placebo, segmented, sensitivity
from policy_methods.spc import xmr

MONTHS = pd.date_range("2015-04-01", periods=48, freq="MS")
STEP = np.random.default_rng(2).normal(10, 0.3, 48) + 5 * (np.arange(48) >= 24)


def fit(breaks: list[Any], dates: Any = MONTHS) -> Any:
    return segmented(STEP, dates, breaks=breaks, season="none", errors="ols")


def level(found: Any) -> tuple[str, float]:
    row = found.coefficients.iloc[2]
    return str(row["term"]), float(row["estimate"])


TAKES: dict[str, Callable[[Any], object]] = {
    "break": lambda when: fit([when]),
    "until": lambda when: fit([MONTHS[24]]).cumulative(when),
    "rebase": lambda when: xmr(STEP, MONTHS, rebase=[when]),
    "a reason for a rebase": lambda when: xmr(STEP, MONTHS, rebase={when: "new form"}),
    "before": lambda when: placebo(STEP, MONTHS, before=when, season="none", errors="ols"),
    "sensitivity's break": lambda when: sensitivity(STEP, MONTHS, breaks=[when], errors=["ols"]),
    "sensitivity's end": lambda when: sensitivity(
        STEP, MONTHS, breaks=[MONTHS[24]], errors=["ols"], until=when
    ),
    "a figure's start": lambda when: reconstruct(
        FIGURES.assign(start=[when, when], end=None, kind="month", value=[3600.0, 3600.0]),
        "2015-04",
        "2019-03",
        draws=200,
    ),
    "a figure's end": lambda when: reconstruct(
        FIGURES.assign(end=[when, None]), "2015-04", "2019-03", draws=200
    ),
    "a path's end": lambda when: reconstruct(FIGURES, "2015-04", when, draws=200),
    "a total's end": lambda when: reconstruct(FIGURES, "2015-04", "2017-12", draws=200).total(
        "2015-04", when
    ),
}


@pytest.mark.parametrize("case", TAKES)
@pytest.mark.parametrize("text", ["01/04/2017", "04/01/2017", "1 April 2017", "2017/04/01", "2017"])
def test_text_that_is_not_year_first_is_refused_in_words(case: str, text: str) -> None:
    said = outcome(lambda: TAKES[case](text))
    assert said.startswith("parameter ")
    assert "write 2017-04-01" in said


@pytest.mark.parametrize("case", TAKES)
def test_a_date_with_a_zone_is_refused_without_a_warning(case: str) -> None:
    said = outcome(lambda: TAKES[case](pd.Timestamp("2017-04-01", tz="Europe/London")))
    assert said.startswith("parameter ")
    assert "without a time zone" in said


@pytest.mark.parametrize(
    "dated",
    [
        lambda days: xmr(STEP, days, rebase=[days[24]]),
        lambda days: fit([days[24]], days),
        lambda days: placebo(STEP, days, before=days[24], season="none", errors="ols"),
        lambda days: forecast(STEP, days, horizon=2),
    ],
)
def test_series_dates_with_a_zone_are_refused_without_a_warning(
    dated: Callable[[Any], object],
) -> None:
    said = outcome(lambda: dated(MONTHS.tz_localize("Europe/London")))
    assert said.startswith("parameter 'dates' must be dates without a time zone")


@pytest.mark.parametrize("texts", [["01/04/2015", "01/05/2015"], ["2015", "2016"]])
def test_series_dates_as_text_are_year_first(texts: list[str]) -> None:
    assert "write 2017-04-01" in outcome(lambda: xmr([1.0, 2.0], texts))


@pytest.mark.parametrize(
    "when",
    [
        "2017-04-01",
        "2017-04",
        "2017-04-18",
        "2017-04-01T13:00",
        date(2017, 4, 30),
        datetime(2017, 4, 1, 13),
        np.datetime64("2017-04"),
        pd.Timestamp("2017-04-23 09:00"),
        pd.Period("2017-04", "M"),
        pd.Period("2017-04-18", "D"),
    ],
)
def test_a_break_means_its_month_whichever_day_is_given(when: Any) -> None:
    expected = fit([MONTHS[24]])
    try:
        found = fit([when])
    except Exception as error:
        pytest.fail(f"ended in {type(error).__name__}: {error}")
    assert level(found) == level(expected)
    assert found.cumulative(when) == expected.cumulative(MONTHS[24])
    before = placebo(STEP, MONTHS, before=when, season="none", errors="ols").dates
    assert before["date"].max() == MONTHS[24 - 8]
    grid = sensitivity(STEP, MONTHS, breaks=[when], shifts=[0], errors=["ols"], until=when)
    assert grid.iloc[0]["value"] == pytest.approx(expected.cumulative(MONTHS[24])[0])


@pytest.mark.parametrize(
    "days",
    [
        MONTHS + pd.Timedelta("13h"),
        MONTHS + pd.offsets.MonthEnd(1),
        MONTHS + pd.offsets.MonthEnd(1) + pd.Timedelta("23h"),
        MONTHS.to_period("M"),
    ],
)
def test_breaks_given_as_the_dates_of_the_series_fall_on_them(days: Any) -> None:
    try:
        found = fit([days[24]], days)
        chart = xmr(STEP, days, rebase=[days[24]])
    except Exception as error:
        pytest.fail(f"ended in {type(error).__name__}: {error}")
    assert found.design.breaks == (24,)
    assert level(found)[1] == pytest.approx(level(fit([MONTHS[24]]))[1])
    assert np.flatnonzero(np.diff(chart.points["segment"])).tolist() == [23]


@pytest.mark.parametrize("when", [pd.Period("2017", "Y"), pd.Period("2017Q2", "Q")])
def test_a_period_of_several_months_is_no_month(when: pd.Period) -> None:
    assert "one month" in outcome(lambda: fit([when]))
    assert "one month" in outcome(lambda: reconstruct(FIGURES, "2015-04", when, draws=200))


@pytest.mark.parametrize("rule", ["BMS", "BME", "WOM-1MON"])
def test_days_of_work_are_no_calendar_months(rule: str) -> None:
    days = pd.date_range("2015-01-01", periods=48, freq=rule)
    said = outcome(lambda: forecast(STEP, days, horizon=3, families=["structural"], origins=0))
    assert said.startswith("parameter 'dates' must all be first days of months")
    assert outcome(lambda: fit([days[24]], days)).startswith("parameter 'dates' must all be first")


def test_without_dates_the_checks_take_positions_as_the_regression_does() -> None:
    try:
        grid = sensitivity(STEP, None, breaks=[24], shifts=[-30, 0], errors=["ols"], until=30)
    except Exception as error:
        pytest.fail(f"ended in {type(error).__name__}: {error}")
    main = segmented(STEP, breaks=[24], season="none", errors="ols")
    assert grid["shift"].unique().tolist() == [0]
    assert grid.set_index("season").loc["none", "value"] == main.cumulative(30)[0]
