"""Forecasts: coverage on a known process, agreement with statsmodels, doubt carried forward."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from outcomes import outcome
from statsmodels.tsa.statespace.sarimax import SARIMAX

from policy_methods.errors import ParameterError
from policy_methods.forecast import forecast

DATES = pd.date_range("2015-04-01", periods=30, freq="MS")


def walk(rng: np.random.Generator, n: int = 30) -> np.ndarray:
    return np.asarray(300 + np.cumsum(rng.normal(0, 4, n)) + rng.normal(0, 3, n))


def test_one_series_agrees_with_the_sarimax_interval() -> None:
    y = walk(np.random.default_rng(1))
    ours = forecast(y, DATES, horizon=3, families=["sarimax"], repeats=8000, seed=2)
    theirs = SARIMAX(y, order=(0, 1, 1)).fit(disp=False).get_forecast(3)
    table = ours.to_frame().query("family == 'sarimax'")
    error = theirs.se_mean
    assert np.abs(table["mean"] - theirs.predicted_mean).max() < 0.06 * error.max()
    assert np.abs(table[["low", "high"]] - theirs.conf_int()).to_numpy().max() < 0.1 * error.max()


def test_intervals_cover_a_random_walk() -> None:
    rng = np.random.default_rng(3)
    hits = []
    for _ in range(40):
        y = walk(rng, 33)
        made = forecast(
            y[:30], DATES, horizon=3, families=["sarimax"], repeats=400, origins=0, seed=rng
        ).to_frame()
        all_of = made[made["family"] == "all"]
        hits.append((all_of["low"].to_numpy() <= y[30:]) & (y[30:] <= all_of["high"].to_numpy()))
    assert 0.85 <= np.mean(hits) <= 1


def test_every_family_is_backtested_and_mixed() -> None:
    made = forecast(walk(np.random.default_rng(4)), DATES, horizon=4, seed=1)
    assert made.backtest["family"].tolist() == ["ets", "sarimax", "structural"]
    assert made.backtest["mean_absolute_error"].between(0.5, 40).all()
    assert made.backtest["coverage"].between(0, 1).all()
    assert made.months[0] == pd.Timestamp("2017-10-01")
    assert np.bincount(np.unique(made.family, return_inverse=True)[1]).std() == 0
    assert made.to_frame()["low"].le(made.to_frame()["high"]).all()


def test_the_doubt_about_the_past_widens_the_future() -> None:
    rng = np.random.default_rng(5)
    y = walk(rng)
    draws = y + np.where(np.arange(30) > 24, 1.0, 0.0) * rng.normal(0, 25, (80, 1))
    sure = forecast(y, DATES, horizon=3, families=["sarimax"], repeats=200, origins=0)
    unsure = forecast(draws, DATES, horizon=3, families=["sarimax"], repeats=25, origins=0)
    assert unsure.paths.std() > 1.5 * sure.paths.std()
    ends = pd.Series(unsure.paths[:, 0]).groupby(unsure.source).mean()
    assert np.corrcoef(ends, draws[ends.index, -1])[0, 1] > 0.9


def test_the_same_seed_gives_the_same_future() -> None:
    y = walk(np.random.default_rng(6))
    first, second = (
        forecast(y, DATES, horizon=2, families=["ets"], origins=1, seed=9) for _ in range(2)
    )
    assert (first.paths == second.paths).all()


@pytest.mark.parametrize(
    ("kwargs", "name"),
    [
        ({"horizon": 0}, "horizon"),
        ({"families": ["prophet"]}, "families"),
        ({"families": []}, "families"),
        ({"confidence": 95}, "confidence"),
        ({"dates": DATES[:5]}, "dates"),
    ],
)
def test_bad_arguments(kwargs: dict[str, object], name: str) -> None:
    full = {"dates": DATES, "horizon": 3, **kwargs}
    y = walk(np.random.default_rng(7))
    with pytest.raises(ParameterError, match=f"'{name}'"):
        forecast(y, full.pop("dates"), **full)  # type: ignore[arg-type]


def test_short_or_gappy_series_stop() -> None:
    y = walk(np.random.default_rng(8))
    with pytest.raises(ParameterError, match="24 months"):
        forecast(y[:12], DATES[:12], horizon=3)
    y[3] = np.nan
    with pytest.raises(ParameterError, match="missing"):
        forecast(y, DATES, horizon=3)


ENDS = pd.date_range("2015-01-31", periods=48, freq="ME")
MONTHLY = 100 + np.random.default_rng(3).normal(size=48).cumsum()


def ahead(dates: object) -> list[str]:
    found = forecast(
        MONTHLY, dates, horizon=3, families=["structural"], origins=0, draws=1, repeats=4
    )
    return [f"{month:%Y-%m-%d}" for month in found.months]


@pytest.mark.parametrize(
    ("dates", "months"),
    [
        (ENDS, ["2019-01-31", "2019-02-28", "2019-03-31"]),
        (ENDS.astype(str).tolist(), ["2019-01-31", "2019-02-28", "2019-03-31"]),
        (ENDS - pd.offsets.MonthBegin(1), ["2019-01-01", "2019-02-01", "2019-03-01"]),
        (
            pd.period_range("2015-01", periods=48, freq="M"),
            ["2019-01-01", "2019-02-01", "2019-03-01"],
        ),
        (ENDS + pd.Timedelta("23:59:00"), ["2019-01-31", "2019-02-28", "2019-03-31"]),
    ],
)
def test_forecasts_follow_the_months_given_on_the_days_given(
    dates: object, months: list[str]
) -> None:
    try:
        assert ahead(dates) == months
    except (ValueError, TypeError) as error:
        pytest.fail(f"refused: {error}")


@pytest.mark.parametrize(
    "dates",
    [
        pd.DatetimeIndex([*ENDS[:20], *pd.date_range(ENDS[21], periods=28, freq="ME")]),  # a gap
        pd.DatetimeIndex([*ENDS[:20], *ENDS[19:47]]),  # a month twice
        ENDS[::-1],
        pd.date_range("2015-03-31", periods=48, freq="QE"),
        pd.date_range("2015-01-01", periods=48, freq="D"),
        ENDS - pd.Timedelta("10D"),
        range(48),
        [*ENDS[:47], pd.NaT],
    ],
)
def test_dates_that_are_not_consecutive_months_stop(dates: object) -> None:
    assert outcome(lambda: ahead(dates)).startswith("parameter 'dates'")
