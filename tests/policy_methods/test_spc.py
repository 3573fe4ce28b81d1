"""XmR charts: the worked example, each rule alone, the awkward series, speed and false alarms."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_methods.errors import ParameterError
from policy_methods.spc import xmr, xmr_false_alarm

EXAMPLE = [1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]
# values that set the limits: mean 10, mean moving range 2, so limits 4.68 and 15.32, near 13.547
BASE = [9.0, 11.0] * 10


def rules_after(extra: list[float], **kwargs: object) -> list[str]:
    """Return the rules of points that follow a base which alone sets the limits."""
    chart = xmr([*BASE, *extra], fix_after=len(BASE), **kwargs)  # type: ignore[arg-type]
    assert chart.points["rule"].iloc[: len(BASE)].eq("").all()
    return chart.points["rule"].iloc[len(BASE) :].tolist()


def test_worked_example_screened() -> None:
    row = xmr(EXAMPLE).summary.iloc[0]
    assert row[["lower", "mean", "upper"]].tolist() == pytest.approx(
        [-0.7155556, 1.944444, 4.604444], abs=1e-6
    )
    assert row["lower"] == pytest.approx(35 / 18 - 2.66, abs=1e-12)
    assert row["screened"] == 2


def test_worked_example_unscreened() -> None:
    row = xmr(EXAMPLE, screen=False).summary.iloc[0]
    assert row[["lower", "mean", "upper"]].tolist() == pytest.approx(
        [-3.062614, 1.944444, 6.951503], abs=1e-6
    )


def test_worked_example_from_the_reference_file(reference_dir: Path) -> None:
    table = pd.read_csv(reference_dir / "xmr_short.csv")
    chart = xmr(table["data"], table["date"])
    assert chart.points["lower"].iloc[0] == pytest.approx(-0.7155556, abs=1e-7)
    assert chart.points["upper"].iloc[0] == pytest.approx(4.604444, abs=5e-7)
    assert chart.points["rule"].tolist() == [""] * 4 + ["outside"] + [""] * 13


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ([15.33], ["outside"]),
        ([15.31], [""]),
        ([4.67], ["outside"]),
        ([4.69], [""]),
        # seven rising across the mean, never near a limit
        ([7.0, 8.0, 9.0, 10.5, 11.0, 12.0, 13.0], ["trend"] * 7),
        ([8.0, 9.0, 9.5, 10.5, 11.0, 12.0, 12.0], [""] * 7),
        ([13.0, 12.0, 11.0, 9.5, 9.0, 8.0, 7.0], ["trend"] * 7),
        # two of three beyond 13.547, the third above the mean and not flagged
        ([13.6, 11.0, 13.7], ["two_in_three", "", "two_in_three"]),
        ([13.6, 9.0, 13.7], [""] * 3),
        ([13.6, 11.0, 13.5], [""] * 3),
        ([6.4, 6.3, 9.5], ["two_in_three", "two_in_three", ""]),
        # seven above the mean (the base ends on 11, so a point below comes first)
        ([9.0, 11, 12, 11, 12, 11, 12, 11], ["", *["shift"] * 7]),
        ([9.0, 11, 12, 11, 12, 11, 12, 9.0], [""] * 8),
        ([9.0, 11, 12, 11, 10.0, 11, 12, 11, 12], [""] * 9),  # a tie on the mean breaks the run
    ],
)
def test_each_rule_alone(extra: list[float], expected: list[str]) -> None:
    assert rules_after(extra) == expected


def test_a_point_outside_counts_towards_two_in_three() -> None:
    assert rules_after([16.0, 13.6, 11.0]) == ["outside", "two_in_three", ""]


def test_precedence_outside_then_trend_then_two_in_three_then_shift() -> None:
    rules = rules_after([9.0, 9.5, 10.5, 11.0, 12.0, 15.0, 16.0])
    assert rules == ["trend"] * 6 + ["outside"]
    rules = rules_after([9.0, 11, 12, 11, 14, 14, 12, 11])
    assert rules == ["", *["shift"] * 3, "two_in_three", "two_in_three", *["shift"] * 2]


def test_run_length_of_six() -> None:
    six = [9.0, 11, 12, 11, 12, 11, 12, 9.0]
    assert rules_after(six, run_length=6) == ["", *["shift"] * 6, ""]
    rising = [8.0, 9.0, 9.5, 10.5, 11.0, 12.0, 12.0]
    assert rules_after(rising, run_length=6) == [*["trend"] * 6, ""]


@pytest.mark.parametrize(
    ("improvement", "expected"),
    [("up", "improvement"), ("down", "concern"), ("neutral", "neutral")],
)
def test_direction(improvement: str, expected: str) -> None:
    chart = xmr([*BASE, 16.0], fix_after=20, improvement=improvement)  # type: ignore[arg-type]
    assert chart.points["direction"].tolist() == [""] * 20 + [expected]
    assert chart.variation == ("special cause, neutral" if expected == "neutral" else expected)


def test_shared_turning_point_takes_the_later_trend() -> None:
    series = [7.0, 8, 9, 9.5, 10.5, 11, 12, 11.5, 11, 10.5, 9.5, 9, 8]
    chart = xmr([*BASE, *series], fix_after=20, improvement="up")
    found = chart.points["direction"].iloc[20:].tolist()
    assert found == ["improvement"] * 6 + ["concern"] * 7


@pytest.mark.parametrize(
    ("improvement", "target", "expected"),
    [
        ("up", 3.0, "consistently passes"),
        ("up", 17.0, "consistently fails"),
        ("down", 3.0, "consistently fails"),
        ("down", 17.0, "consistently passes"),
        ("down", 10.0, "hit or miss"),
        ("neutral", 3.0, ""),
        ("up", None, ""),
    ],
)
def test_assurance(improvement: str, target: float | None, expected: str) -> None:
    assert xmr(BASE, improvement=improvement, target=target).assurance == expected  # type: ignore[arg-type]


def test_rebase_restarts_limits_and_rules_and_keeps_the_reason() -> None:
    dates = pd.date_range("2015-04-01", periods=40, freq="MS")
    values = [*BASE, *(v + 50 for v in BASE)]
    chart = xmr(values, dates, rebase={"2016-12-01": "controls"}, improvement="down")
    assert chart.summary["mean"].tolist() == [10, 60]
    assert chart.summary["reason"].tolist() == ["", "controls"]
    assert chart.points["rule"].eq("").all()
    assert chart.points.loc["2016-12-01", "segment"] == 1
    assert xmr(values, dates).points["rule"].ne("").all()


def test_constant_series_says_so_and_flags_nothing() -> None:
    chart = xmr([0.1 + 0.2] * 30)
    assert chart.points["rule"].eq("").all()
    assert not chart.points.isna().any().any()
    assert any("constant" in note for note in chart.notes)
    assert chart.autocorrelation == 0


def test_missing_values_are_passed_over_and_counted() -> None:
    dates = pd.date_range("2015-04-01", periods=20, freq="MS")
    gappy = np.array(BASE)
    gappy[7] = np.nan
    chart = xmr(gappy, dates)
    dropped = xmr(np.delete(gappy, 7), dates.delete(7))
    assert chart.n_missing == dropped.n_missing == 1
    assert "1 missing value" in chart.notes[0]
    assert chart.summary["upper"].iloc[0] == dropped.summary["upper"].iloc[0]
    assert chart.points["rule"].iloc[7] == ""


def test_short_series_is_provisional() -> None:
    assert any("provisional" in note for note in xmr([1.0, 2.0, 1.5]).notes)


def test_autocorrelation_is_reported() -> None:
    rng = np.random.default_rng(3)
    series = np.zeros(80)
    for i in range(1, 80):
        series[i] = 0.8 * series[i - 1] + rng.normal()
    chart = xmr(series)
    assert chart.autocorrelated
    assert "too narrow" in chart.notes[-1]
    assert not xmr(rng.normal(size=80)).autocorrelated


def test_false_alarm_rate_matches_a_plain_loop() -> None:
    rng = np.random.default_rng(11)
    hits = [xmr(rng.normal(size=24)).points["rule"].ne("").any() for _ in range(600)]
    stated = xmr(BASE + [9.0, 11.0] * 2).false_alarm
    error = np.hypot(stated.standard_error, np.sqrt(0.18 * 0.82 / 600))
    assert abs(np.mean(hits) - stated.per_chart) < 3 * error


def test_more_points_mean_more_false_alarms() -> None:
    assert xmr_false_alarm(60).per_chart > xmr_false_alarm(24).per_chart > 0.1
    assert xmr_false_alarm(24, run_length=8).per_chart < xmr_false_alarm(24, run_length=6).per_chart


def test_230_series_of_60_months_take_under_600_ms() -> None:
    series = np.random.default_rng(0).normal(size=(230, 60))
    dates = pd.date_range("2015-04-01", periods=60, freq="MS")
    times = []
    for _ in range(5):
        # processor time: a busy machine is not a slow function
        start = time.process_time()
        for values in series:
            xmr(values, dates)
        times.append(time.process_time() - start)
    assert min(times) < 0.6


@given(
    st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=40),
    st.floats(0.1, 50),
    st.floats(-1e3, 1e3),
)
def test_scale_and_shift_change_nothing_but_the_axis(
    values: list[float], scale: float, shift: float
) -> None:
    rounded = np.round(values, 2)
    chart, other = xmr(rounded), xmr(rounded * scale + shift)
    assert other.points["upper"].to_numpy() == pytest.approx(
        chart.points["upper"].to_numpy() * scale + shift, rel=1e-6, abs=1e-6
    )


@given(st.lists(st.integers(-50, 50), min_size=3, max_size=40))
def test_mirror_image_swaps_the_directions(values: list[int]) -> None:
    chart = xmr(values, improvement="up")
    mirror = xmr([-v for v in values], improvement="down")
    assert chart.points["rule"].tolist() == mirror.points["rule"].tolist()
    assert chart.points["direction"].tolist() == mirror.points["direction"].tolist()


@pytest.mark.parametrize(
    ("kwargs", "name"),
    [
        ({"improvement": "higher"}, "improvement"),
        ({"run_length": 5}, "run_length"),
        ({"fix_after": 1}, "fix_after"),
        ({"fix_after": 99}, "fix_after"),
        ({"rebase": [99]}, "rebase"),
        ({"rebase": [19]}, "rebase"),
        ({"rebase": ["2016-01-01"]}, "rebase"),
        ({"dates": ["2016-01-01"]}, "dates"),
        ({"dates": ["x"] * 20}, "dates"),
        ({"dates": ["2016-01-01"] * 20}, "dates"),
        ({"target": float("nan")}, "target"),
    ],
)
def test_bad_arguments_stop_with_one_clear_error(kwargs: dict[str, object], name: str) -> None:
    with pytest.raises(ParameterError, match=f"'{name}'"):
        xmr(BASE, **kwargs)  # type: ignore[arg-type]


@pytest.mark.parametrize("values", [[1.0], [], ["a", "b"], [[1.0, 2.0]], [1.0, float("inf"), 2.0]])
def test_bad_values_stop_with_one_clear_error(values: list[object]) -> None:
    with pytest.raises(ParameterError, match="'values'"):
        xmr(values)  # type: ignore[arg-type]


RARE = [0] * 10 + [1] + [0] * 12 + [1] + [0] * 8


@pytest.mark.parametrize(("values", "events"), [([5] * 20 + [6], [20]), (RARE, [10, 23])])
def test_limits_never_fall_on_the_mean_of_values_that_vary(
    values: list[float], events: list[int]
) -> None:
    chart = xmr(values)
    summary = chart.summary.iloc[0]
    # By hand: nothing is screened out, so the limits use the mean of all moving ranges.
    half = 2.66 * np.abs(np.diff(values)).mean()
    assert summary["upper"] == pytest.approx(np.mean(values) + half)
    assert summary["lower"] == pytest.approx(np.mean(values) - half)
    assert np.flatnonzero(chart.points["rule"] != "").tolist() == events
    assert any("rare events need another kind of chart" in note for note in chart.notes)
    assert not any("constant" in note for note in chart.notes)


@pytest.mark.parametrize(
    ("values", "events"),
    [
        ([0] * 8 + [1] + [0] * 12 + [1] + [0] * 4 + [50, 0, 0], [26]),
        (([0] * 9 + [1]) * 2 + [0] * 5 + [20] + [0] * 4, [25]),
        (([0] * 9 + [2] + [0] * 6 + [1]) * 2, [9, 26]),
        ([7] * 9 + [8, 7, 9] + [7] * 12 + [40] + [7] * 5, [24]),
        ([100 - v for v in [0] * 8 + [1] + [0] * 12 + [1] + [0] * 4 + [50, 0, 0]], [26]),
    ],
)
@pytest.mark.parametrize("screen", [True, False])
def test_rare_events_are_flagged_where_they_stand_out_and_nothing_else_is(
    values: list[int], events: list[int], screen: bool
) -> None:
    chart = xmr(values, screen=screen)
    # By hand: no range is screened out, so the limits use the mean of them all.
    half = 2.66 * np.abs(np.diff(values)).mean()
    assert chart.summary["upper"].iloc[0] == pytest.approx(np.mean(values) + half)
    assert np.flatnonzero(chart.points["rule"] != "").tolist() == events
    assert any("a g or t chart" in note for note in chart.notes)


def test_a_shift_of_whole_numbers_with_many_ties_is_still_found() -> None:
    before, after = [3, 3, 4, 4, 3, 3, 2, 2] * 2, [4, 4, 5, 5, 4, 4, 3, 4] * 2
    chart = xmr(before + after)
    assert {"outside", "shift", "two_in_three"} & set(chart.points["rule"])
    assert any("the limits rest on few steps" in note for note in chart.notes)
    assert not any("rare events" in note for note in chart.notes)


@pytest.mark.parametrize("mean", [3, 8, 40, 300])
def test_counts_that_seldom_tie_keep_the_rules_of_the_chart(mean: int) -> None:
    rng = np.random.default_rng(mean)
    for _ in range(20):
        values = rng.poisson(mean, 36)
        values[20] += 8 * mean
        chart = xmr(values)
        ranges = np.abs(np.diff(values))
        kept = ranges[ranges <= 3.267 * ranges.mean()]
        assert chart.summary["moving_range"].iloc[0] == pytest.approx(kept.mean())
        assert not any("equal" in note for note in chart.notes)


def test_two_equal_neighbours_end_a_trend() -> None:
    level = [50, 57, 51, 58, 50, 57, 51, 58]
    tied = [*level, 56, 55, 54, 53, 53, 52, 51, 50]
    falling = [*level, 56, 55, 54, 53, 52, 51, 50, 49]
    assert "trend" not in set(xmr(tied).points["rule"])
    assert "trend" in set(xmr(falling).points["rule"])
