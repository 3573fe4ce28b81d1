from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nhsi_analysis import datasets
from nhsi_analysis.answers import emergency, emergency_claims
from nhsi_analysis.answers.emergency import BY_DEPARTMENT, BY_TRUST, Piece, attended, pieces, shares
from nhsi_analysis.answers.verdicts import Verdict
from nhsi_analysis.datasets.memo import forget

RAW = datasets.load("ae_monthly")


def months_from(first: str, number: int) -> pd.DatetimeIndex:
    return pd.date_range(first, periods=number, freq="MS")


def rows_of(code: str, months: pd.DatetimeIndex, breaches: list[float] | float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "month": months,
            "org_code": code,
            "department_type": "1",
            "attendances": 100,
            "breaches": breaches,
            "admissions": 10,
        }
    )


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch):
    """Put rows in place of the table by department, and nothing in that by trust."""

    def put(*parts: pd.DataFrame) -> None:
        held = {
            BY_DEPARTMENT: pd.concat(parts, ignore_index=True),
            BY_TRUST: parts[0].iloc[:0],
            "trust_successions": datasets.load("trust_successions"),
        }
        forget()
        monkeypatch.setattr(emergency.datasets, "load", lambda name: held[name].copy())

    return put


def test_pieces_are_unbroken_and_none_stands_twice() -> None:
    found = pieces()
    assert [piece.label for piece in found] == [
        "April 2016 to March 2019, all organisations",
        "April 2021 to January 2025, NHS trusts only",
        "April 2025 to March 2026, all organisations",
    ]
    for piece in found:
        months = sorted(piece.rows["month"].unique())
        assert list(months) == list(pd.date_range(months[0], months[-1], freq="MS"))


def test_two_months_of_the_table_by_trust_are_copies_and_left_out() -> None:
    raw = datasets.load(BY_TRUST).set_index(["month", "org_code"]).sort_index()
    for month in pd.to_datetime(emergency.COPIED[BY_TRUST]):
        pd.testing.assert_frame_equal(raw.loc[month], raw.loc[month - pd.DateOffset(years=1)])
    # West Hertfordshire in March 2024 as the press had it: 17,289 attendances, 13,513 in time
    true = raw.loc[(pd.Timestamp("2024-03-01"), "RWG")]
    assert (true["attendances"], true["attendances"] - true["breaches"]) == (17_289, 13_513)


def test_the_published_figures_of_england_are_met() -> None:
    months = pieces()[-1].monthly().set_index("month")
    august, january = months.loc["2025-08-01"], months.loc["2026-01-01"]
    assert (round(august["attendances"] / 1e6, 2), round(100 * august["share"], 1)) == (2.27, 75.9)
    assert round(100 * january["share"], 1) == 72.5


def test_nothing_later_than_the_day_is_used() -> None:
    assert pieces(pd.Timestamp("2016-05-13")) == ()
    assert pieces(pd.Timestamp("2019-04-14"))[-1].last == pd.Timestamp("2019-03-01")
    assert [p.label for p in pieces(pd.Timestamp("2025-06-15"))][1:] == [
        "April 2021 to January 2025, NHS trusts only",
        "April 2025 to May 2025, all organisations",
    ]


def test_three_months_after_a_gap_are_three_months_without_a_chart(table) -> None:
    """The case of July to September 2025 read in beside the shipped table of 2016 to 2019."""
    table(
        rows_of("RL4", months_from("2016-04-01", 36), 10),
        rows_of("RL4", months_from("2025-07-01", 3), [20, 25, 30]),
        rows_of("RTH", months_from("2025-07-01", 3), 10),
    )
    found = attended("RL4", ["RTH"])
    assert found.span == "3 of the 12 months to September 2025"
    assert found.year["share"].iloc[0] == pytest.approx(0.75)
    assert (found.year["place"].iloc[0], found.year["peers"].iloc[0]) == (2, 1)
    assert found.chart is None
    assert list(found.months["month"]) == list(months_from("2025-07-01", 3))


@pytest.mark.parametrize(("after", "charted"), [(11, False), (12, True)])
def test_limits_rest_on_twelve_months_in_a_row(table, after: int, charted: bool) -> None:
    first, second = months_from("2017-01-01", 10), months_from("2017-12-01", after)
    table(
        rows_of("RL4", first.append(second), list(np.arange(10.0 + after) % 5)),
        rows_of("RTH", months_from("2017-01-01", 24), 1),
    )
    found = attended("RL4", [])
    assert found.reported == 10 + after
    assert len(found.months) == 11 + after
    assert list(found.run["month"]) == list(second)
    assert (found.chart is not None) is charted
    if found.chart is not None:
        assert found.chart.points["upper"].max() <= 1


def test_a_trust_that_ended_has_no_later_month(table) -> None:
    table(rows_of("RY1", months_from("2017-04-01", 24), 1))
    ended = pd.Timestamp("2018-04-01")
    assert attended("RY1", [], ended=ended).months["month"].max() == pd.Timestamp("2018-03-01")


def test_a_trust_without_a_major_department_is_told_from_one_that_may_have_one() -> None:
    assert attended("RL4", []).major
    assert not attended("RYY", []).major
    assert attended("RYA", []).headline is None


def test_a_trust_that_was_taken_over_counts_with_its_successor() -> None:
    piece = pieces()[1]
    joined = piece.joined()
    assert {"RA4", "RBZ"} <= set(piece.rows["org_code"])
    assert not {"RA4", "RBZ"} & set(joined.rows["org_code"])
    assert joined.rows["attendances"].sum() == piece.rows["attendances"].sum()


def test_only_those_that_reported_each_month_are_kept() -> None:
    months = months_from("2020-01-01", 2)
    rows = pd.concat(
        [
            rows_of("AAA", months, 1),
            rows_of("BBB", months[:1], 1),
            rows_of("CCC", months, [1, np.nan]),
            rows_of("DDD", months, 1).assign(attendances=[100, 0]),
        ]
    )
    assert set(Piece(BY_TRUST, rows).reporting(months).rows["org_code"]) == {"AAA"}
    assert set(Piece(BY_TRUST, rows).reporting(months[:1]).rows["org_code"]) == {
        "AAA", "BBB", "CCC", "DDD",
    }  # fmt: skip


ROWS = st.tuples(st.sampled_from("AB"), st.integers(0, 9), st.integers(0, 9))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ROWS, min_size=1, max_size=12))
def test_a_share_is_what_is_left_of_all_attendances(rows: list[tuple[str, int, int]]) -> None:
    frame = pd.DataFrame(rows, columns=["org_code", "breaches", "more"])
    frame["attendances"] = frame["breaches"] + frame["more"]
    found = shares(frame, "org_code")
    assert found["share"].between(0, 1).all()
    total = frame["attendances"].sum()
    assert found["attendances"].sum() == total
    assert (found["share"] * found["attendances"]).sum() == pytest.approx(frame["more"].sum())


def test_claims_are_judged_by_hand() -> None:
    england = RAW.groupby("month")[["attendances", "breaches"]].sum()
    now, before = england.loc["2017-04":"2018-02"], england.loc["2016-04":"2017-02"]
    grown = now["attendances"].sum() / before["attendances"].sum() - 1
    found = emergency_claims.attendances()
    assert found.found is not None
    assert (found.found.value, found.verdict) == (pytest.approx(grown), Verdict.PARTLY)
    assert found.part == "that attendances grew, by about 2%"
    within = england["attendances"] - england["breaches"]
    more = within.loc["2017-12":"2018-02"].sum() - within.loc["2016-12":"2017-02"].sum()
    winter = emergency_claims.more_within_four_hours()
    assert winter.found is not None
    assert (winter.found.value, winter.verdict) == (more, Verdict.UNTOLD)
    assert emergency_claims.admissions().found is None


def test_claims_are_open_before_their_months_were_published() -> None:
    day = pd.Timestamp("2018-01-31")
    for judge in emergency_claims.CLAIMS.values():
        found = judge(day)
        assert (found.verdict, found.found) == (Verdict.UNTOLD, None)
    assert emergency_claims.attendances(pd.Timestamp("2010-01-01")).found is None


def test_two_runs_of_months_are_of_those_that_reported_in_each() -> None:
    piece = pieces()[0]
    now, then = (pd.to_datetime([f"{year}-12-01", f"{year}-11-01"]) for year in (2018, 2017))
    found = piece.between([*then], [*now])
    rows = piece.rows[piece.rows["attendances"] > 0]
    months = rows[rows["month"].isin([*then, *now])].groupby("org_code")["month"].nunique()
    assert set(found.index) == set(months.index[months == 4])
    rows = rows[(rows["org_code"] == "RL4") & rows["month"].isin(now)]
    assert found.loc["RL4", "attendances_after"] == rows["attendances"].sum()


def test_a_month_is_set_beside_that_of_a_year_before() -> None:
    found = pieces()[0].year_on_year()
    assert [*found.index] == [*pd.date_range("2017-04-01", "2019-03-01", freq="MS")]
