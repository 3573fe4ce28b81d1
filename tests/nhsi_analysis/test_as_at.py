"""Loose dates of registers and publication dates."""

from __future__ import annotations

import pandas as pd
import pytest

from nhsi_analysis import as_at
from nhsi_analysis.errors import ParameterError


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2018-03-31", "2018-03-31"),
        ("2017-09", "2017-09-30"),
        ("2017/18", "2018-03-31"),
        ("winter 2017/18", "2018-03-31"),
        ("12 months to 2018-02", "2018-02-28"),
        ("2018-02/03", "2018-03-31"),
        ("2017-09 to 2018-03", "2018-03-31"),
        ("undated (2018-20)", "2020-12-31"),
        ("2010 vs 2015", "2015-12-31"),
        ("2017-06 to summer 2019", "2019-12-31"),
        ("2025/26 Q1 to Q2", "2026-03-31"),
        ("undated", "1900-01-01"),
        (pd.Timestamp("2016-03-09"), "2016-03-09"),
    ],
)
def test_last_day_of_a_loose_period(text: object, day: str) -> None:
    assert as_at.period_end(text) == pd.Timestamp(day)


def test_publication_follows_the_period() -> None:
    ends = as_at.financial_year_end(pd.Series(["2016/17", "2017/18"]))
    assert ends.dt.date.astype(str).tolist() == ["2017-03-31", "2018-03-31"]
    out = as_at.published("trust_finance", ends)
    assert out.dt.date.astype(str).tolist() == ["2017-07-31", "2018-07-31"]
    years = as_at.survey_published(pd.Series([2017]))
    assert years.iloc[0] == pd.Timestamp("2018-03-31")


def test_dates_given_are_checked() -> None:
    assert as_at.parse("") == as_at.OPEN_END
    for wrong in ("2018", "31/03/2018", "2018-02-30"):
        with pytest.raises(ParameterError, match="as_at"):
            as_at.parse(wrong)
