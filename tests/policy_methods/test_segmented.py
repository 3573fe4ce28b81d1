"""Segmented regression: fits by hand, recovery and level in simulation, placebo, grid."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.stats.diagnostic import acorr_breusch_godfrey
from statsmodels.stats.stattools import durbin_watson

from policy_methods.errors import ParameterError
from policy_methods.reconstruct import reconstruct
from policy_methods.segmented import ERRORS, placebo, segmented, sensitivity
from policy_methods.segmented.regression import make_design

DATES = pd.date_range("2013-04-01", periods=60, freq="MS")
BREAKS = ["2015-10-01", "2017-04-01"]


def noise(n: int, rho: float, rng: np.random.Generator) -> np.ndarray:
    shocks = rng.normal(size=n + 40)
    out = np.zeros(n + 40)
    for i in range(1, n + 40):
        out[i] = rho * out[i - 1] + shocks[i]
    return out[40:]


def series(rng: np.random.Generator, rho: float = 0.4) -> np.ndarray:
    t = np.arange(60.0)
    wave = 2 * np.sin(2 * np.pi * (DATES.month.to_numpy() - 1) / 12)
    first = -4 * (t >= 30) - 0.1 * np.maximum(t - 30, 0)
    return np.asarray(50 + 0.2 * t + wave + first + 3.0 * (t >= 48) + noise(60, rho, rng))


def by_hand() -> np.ndarray:
    """Write the columns out again, independently."""
    t = np.arange(60.0)
    m = DATES.month.to_numpy() - 1
    columns = [np.ones(60), t]
    for cut in (30, 48):
        columns += [1.0 * (t >= cut), np.where(t >= cut, t - cut, 0)]
    for h in (1, 2):
        columns += [np.cos(2 * np.pi * h * m / 12), np.sin(2 * np.pi * h * m / 12)]
    return np.column_stack(columns)


def test_design_is_the_one_written_by_hand() -> None:
    design = make_design(60, DATES, BREAKS)
    assert design.x == pytest.approx(by_hand())
    assert design.terms[2:6] == (
        "level 2015-10-01",
        "slope 2015-10-01",
        "level 2017-04-01",
        "slope 2017-04-01",
    )
    assert (design.x0[:, 2:6] == 0).all()


def test_newey_west_agrees_with_statsmodels() -> None:
    y = series(np.random.default_rng(1))
    ours = segmented(y, DATES, breaks=BREAKS, errors="newey-west", lags=3)
    theirs = sm.OLS(y, by_hand()).fit(
        cov_type="HAC", cov_kwds={"maxlags": 3, "use_correction": True}, use_t=True
    )
    table = ours.coefficients
    assert table["estimate"].to_numpy() == pytest.approx(theirs.params, rel=1e-9)
    assert table["se"].to_numpy() == pytest.approx(theirs.bse, rel=1e-9)
    assert table[["low", "high"]].to_numpy() == pytest.approx(theirs.conf_int(), rel=1e-9)
    assert table["p"].to_numpy() == pytest.approx(theirs.pvalues, rel=1e-6)


def test_glsar_agrees_with_statsmodels() -> None:
    y = series(np.random.default_rng(2))
    ours = segmented(y, DATES, breaks=BREAKS, errors="glsar")
    model = sm.GLSAR(y, by_hand(), rho=1)
    theirs = model.iterative_fit(maxiter=50)
    assert ours.coefficients["estimate"].to_numpy() == pytest.approx(theirs.params, rel=1e-9)
    assert ours.coefficients["se"].to_numpy() == pytest.approx(theirs.bse, rel=1e-9)
    assert ours.rho == pytest.approx(float(model.rho[0]), rel=1e-9)


def test_ols_diagnostics_and_joint_test_agree_with_statsmodels() -> None:
    y = series(np.random.default_rng(3))
    ours = segmented(y, DATES, breaks=BREAKS, errors="ols")
    theirs = sm.OLS(y, by_hand()).fit()
    assert ours.coefficients["se"].to_numpy() == pytest.approx(theirs.bse, rel=1e-9)
    joint = theirs.f_test(np.eye(10)[2:6])
    assert ours.change() == pytest.approx((float(joint.fvalue), float(joint.pvalue)), rel=1e-6)
    table = ours.diagnostics
    assert table["statistic"].iloc[0] == pytest.approx(durbin_watson(theirs.resid))
    expected = acorr_breusch_godfrey(theirs, nlags=12, result_object=False)
    assert table["statistic"].iloc[1] == pytest.approx(expected[0])
    assert table["p"].iloc[1] == pytest.approx(expected[1])


def test_quasi_poisson_agrees_with_statsmodels() -> None:
    rng = np.random.default_rng(4)
    at_risk = np.linspace(9e3, 1.1e4, 60)
    mu = at_risk * 0.05 * np.exp(-0.12 * (np.arange(60) >= 30))
    y = rng.negative_binomial(mu / 2, 1 / 3)
    ours = segmented(
        y,
        DATES,
        breaks=["2015-10-01"],
        family="quasi-poisson",
        errors="ols",
        slope=False,
        exposure=at_risk,
    )
    x = by_hand()[:, [0, 1, 2, 6, 7, 8, 9]]
    theirs = sm.GLM(y, x, family=sm.families.Poisson(), exposure=at_risk).fit(scale="X2")
    assert ours.coefficients["estimate"].to_numpy() == pytest.approx(theirs.params, rel=1e-8)
    assert ours.coefficients[["low", "high"]].to_numpy() == pytest.approx(
        theirs.conf_int(), rel=1e-7
    )
    assert ours.dispersion == pytest.approx(theirs.scale)
    assert ours.fitted == pytest.approx(theirs.mu)
    level = ours.coefficients.set_index("term").loc["level 2015-10-01", "estimate"]
    frame = ours.to_frame()
    assert (frame["fitted"] / frame["counterfactual"])[30:].to_numpy() == pytest.approx(
        np.exp(level)
    )


def test_cumulative_effect_of_counts_has_the_delta_method_error() -> None:
    rng = np.random.default_rng(5)
    y = rng.poisson(400 * np.exp(-0.1 * (np.arange(60) >= 30)))
    fit = segmented(y, DATES, breaks=["2015-10-01"], family="quasi-poisson", errors="ols")
    value, low, high, error = fit.cumulative()
    drawn = rng.multivariate_normal(fit.coefficients["estimate"], fit.covariance, 20_000)
    sums = (np.exp(drawn @ fit.design.x.T) - np.exp(drawn @ fit.design.x0.T)).sum(axis=1)
    assert error == pytest.approx(sums.std(), rel=0.05)
    assert low < -0.1 * 400 * 30 * 0.95 < high
    assert value == pytest.approx(fit.to_frame()["cumulative"].iloc[-1])


def test_counterfactual_and_cumulative_effect_by_hand() -> None:
    t = np.arange(40.0)
    y = 10 + 0.5 * t - 3 * (t >= 20) - 0.25 * np.maximum(t - 20, 0)
    fit = segmented(y, breaks=[20], season="none")
    frame = fit.to_frame()
    assert frame["counterfactual"].to_numpy() == pytest.approx(10 + 0.5 * t)
    assert fit.cumulative(19)[0] == pytest.approx(0)
    assert fit.cumulative(21)[0] == pytest.approx(-3 - 3.25)
    assert fit.cumulative()[0] == pytest.approx(-3 * 20 - 0.25 * 190)
    assert fit.diagnostics["reading"].iloc[0].startswith("the series fits exactly")


@pytest.mark.slow
@pytest.mark.parametrize("rho", [0.0, 0.5])
def test_level_slope_and_cumulative_effect_are_covered_under_ar1(rho: float) -> None:
    rng = np.random.default_rng(10)
    t = np.arange(60.0)
    hits = []
    for _ in range(300):
        fit = segmented(series(rng, rho), DATES, breaks=BREAKS, harmonics=1)
        table = fit.coefficients.set_index("term")
        truth = {"level 2015-10-01": -4, "slope 2015-10-01": -0.1, "level 2017-04-01": 3}
        effect = -4 * (t >= 30) - 0.1 * np.maximum(t - 30, 0) + 3 * (t >= 48)
        _, low, high, _ = fit.cumulative()
        hits.append(
            [table.loc[k, "low"] <= v <= table.loc[k, "high"] for k, v in truth.items()]
            + [low <= effect.sum() <= high]
        )
    assert np.mean(hits, axis=0) == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / 300))


@pytest.mark.slow
def test_placebo_dates_reject_at_the_stated_level_and_newey_west_does_not() -> None:
    rng = np.random.default_rng(11)
    ours, newey = [], []
    for _ in range(120):
        y = 50 + 0.1 * np.arange(36) + noise(36, 0.4, rng)
        dates = DATES[:36]
        ours.append(placebo(y, dates, margin=14, season="none").share_rejected)
        newey.append(
            placebo(y, dates, margin=17, season="none", errors="newey-west").share_rejected
        )
    assert np.mean(ours) == pytest.approx(0.05, abs=3 * np.std(ours) / np.sqrt(120) + 0.01)
    assert np.mean(newey) > 0.1  # why it is not the default


def test_placebo_uses_only_what_comes_before() -> None:
    y = series(np.random.default_rng(12))
    checked = placebo(y, DATES, before="2015-10-01", margin=10)
    changed = y.copy()
    changed[30:] += 100
    again = placebo(changed, DATES, before="2015-10-01", margin=10)
    assert checked.dates.equals(again.dates)
    assert checked.dates["date"].max() <= pd.Timestamp("2014-12-01")
    assert len(checked.to_frame()) == 11


def test_sensitivity_holds_the_main_estimate_and_leaves_out_impossible_shifts() -> None:
    y = series(np.random.default_rng(13))
    grid = sensitivity(y, DATES, breaks=["2015-10-01"], shifts=(-40, 0, 1), until="2017-03-01")
    assert set(grid["shift"]) == {0, 1}
    assert len(grid) == 2 * 3 * 4
    main = segmented(y, DATES, breaks=["2015-10-01"]).cumulative("2017-03-01")
    row = grid.query("shift == 0 and season == '2 harmonics' and errors == 'ar1'").iloc[0]
    assert row[["value", "low", "high"]].tolist() == pytest.approx(main[:3])


def test_minimum_detectable_effect_is_found_with_the_stated_power() -> None:
    rng = np.random.default_rng(14)
    t = np.arange(48)
    x = segmented(rng.normal(size=48), breaks=[24], season="none", slope=False, errors="ols")
    # the standard error is known: take the design's, with unit variance
    design = x.design.x
    error = np.sqrt(np.linalg.inv(design.T @ design)[2, 2]) * 24
    scale = x.minimum_detectable(power=0.8) / x.cumulative()[3] * error / 24
    found = []
    for _ in range(400):
        y = rng.normal(size=48) + scale * (t >= 24)
        fit = segmented(y, breaks=[24], season="none", slope=False, errors="ols")
        found.append(fit.coefficients["p"].iloc[2] < 0.05)
    assert np.mean(found) == pytest.approx(0.8, abs=0.06)


def test_draws_widen_the_interval_by_rubins_rules() -> None:
    rng = np.random.default_rng(15)
    y = series(rng)
    draws = y + rng.normal(0, 2, (60, 60))
    one, many = (segmented(v, DATES, breaks=BREAKS, errors="ols") for v in (y, draws))
    fits = [segmented(d, DATES, breaks=BREAKS, errors="ols") for d in draws]
    betas = np.array([f.coefficients["estimate"] for f in fits])
    within = np.mean([f.covariance for f in fits], axis=0)
    assert many.covariance == pytest.approx(within + (1 + 1 / 60) * np.cov(betas.T))
    assert 0 < many.from_draws < 1
    assert one.from_draws == 0


def test_the_doubt_of_a_reconstructed_path_reaches_the_effect() -> None:
    rng = np.random.default_rng(16)
    truth = 6 * series(rng)
    rows = [
        (
            f"quarter {q}",
            "sum",
            DATES[3 * q],
            DATES[3 * q + 2],
            round(truth[3 * q : 3 * q + 3].sum()),
        )
        for q in range(20)
    ]
    table = pd.DataFrame(rows, columns=["name", "kind", "start", "end", "value"])
    path = reconstruct(table.assign(half_width=0.5), DATES[0], DATES[-1], draws=200)
    with_doubt = segmented(path.draws, path.months, breaks=BREAKS, harmonics=1)
    assert with_doubt.from_draws > 0.005
    _, low, high, _ = with_doubt.cumulative()
    t = np.arange(60)
    effect = -4 * (t >= 30) - 0.1 * np.maximum(t - 30, 0) + 3 * (t >= 48)
    assert low <= 6 * effect.sum() <= high


@pytest.mark.parametrize(
    ("kwargs", "name"),
    [
        ({"breaks": ["2012-01-01"]}, "breaks"),
        ({"breaks": ["2018-04-01"]}, "breaks"),
        ({"breaks": []}, "breaks"),
        ({"breaks": "2015-10-01"}, "breaks"),
        ({"breaks": ["not a date"]}, "breaks"),
        ({"breaks": ["2015-10-01", "2015-10-01"]}, "breaks"),
        ({"breaks": ["2015-10-01", "2015-11-01"]}, "breaks"),
        ({"season": "monthly"}, "season"),
        ({"harmonics": 9}, "harmonics"),
        ({"errors": "robust"}, "errors"),
        ({"family": "poisson"}, "family"),
        ({"family": "quasi-poisson"}, "errors"),
        ({"confidence": 95}, "confidence"),
        ({"lags": -1}, "lags"),
        ({"exposure": [1.0]}, "exposure"),
        ({"dates": DATES[:3]}, "dates"),
    ],
)
def test_bad_arguments_stop_with_one_clear_error(kwargs: dict[str, Any], name: str) -> None:
    full: dict[str, Any] = {"dates": DATES, "breaks": ["2015-10-01"], **kwargs}
    with pytest.raises(ParameterError, match=f"'{name}'"):
        segmented(np.arange(60.0) + np.tile([0.1, 0.3, -0.2], 20), full.pop("dates"), **full)


def test_other_bad_arguments() -> None:
    y = series(np.random.default_rng(0))
    with pytest.raises(ParameterError, match="missing values"):
        segmented(np.where(np.arange(60) == 3, np.nan, y), DATES, breaks=BREAKS)
    with pytest.raises(ParameterError, match="more than"):
        segmented(y[:9], DATES[:9], breaks=["2013-09-01"])
    with pytest.raises(ParameterError, match="'margin'"):
        placebo(y[:12], DATES[:12])
    with pytest.raises(ParameterError, match="'shifts'"):
        sensitivity(y, DATES, breaks=BREAKS, shifts=(99,))
    fit = segmented(y, DATES, breaks=BREAKS)
    with pytest.raises(ParameterError, match="'until'"):
        fit.cumulative("2010-01-01")
    with pytest.raises(ParameterError, match="'power'"):
        fit.minimum_detectable(power=80)


def stopped(*given: Any, **options: Any) -> str:
    try:
        segmented(*given, **options)
    except ParameterError as error:
        return str(error)
    except Exception as error:
        pytest.fail(f"ended in {type(error).__name__}")
    pytest.fail("answered")


@pytest.mark.parametrize(
    "dates",
    [
        DATES.delete([20, 21, 22, 23]).append(pd.date_range("2018-04-01", periods=4, freq="MS")),
        pd.date_range("2013-03-31", periods=60, freq="QE"),
        pd.date_range("2013-04-01", periods=60, freq="D"),
        DATES + pd.Timedelta("14D"),
    ],
)
def test_dates_that_are_not_consecutive_months_stop(dates: pd.DatetimeIndex) -> None:
    y = np.random.default_rng(1).normal(size=60)
    assert "'dates'" in stopped(y, dates, breaks=[dates[30]])


def test_last_days_of_months_mean_the_same_months_as_first_days() -> None:
    y = series(np.random.default_rng(5))
    ends = DATES + pd.offsets.MonthEnd(0)
    first = segmented(y, DATES, breaks=["2015-10-01"], harmonics=1)
    last = segmented(y, ends, breaks=["2015-10-01"], harmonics=1)
    assert last.coefficients["estimate"].tolist() == first.coefficients["estimate"].tolist()
    assert last.to_frame()["date"].tolist() == list(ends)
    for until in ("2016-03-01", "2016-03-31", "2016-03"):
        assert last.cumulative(until) == first.cumulative("2016-03-01")


def test_many_newey_west_lags_are_told() -> None:
    y = np.random.default_rng(2).normal(size=60)
    few, many = (
        segmented(y, DATES, breaks=BREAKS, errors="newey-west", lags=lags).diagnostics
        for lags in (15, 16)
    )
    assert not few["check"].str.contains("Newey-West").any()
    row = many.set_index("check")
    assert "Newey-West, 16 lags" in row.index
    assert "quarter" in row.loc["Newey-West, 16 lags", "reading"]


@pytest.mark.parametrize("errors", ERRORS)
def test_an_exact_fit_is_certain_of_what_changed_and_of_what_did_not(errors: str) -> None:
    flat, step = np.full(60, 5.0), np.r_[np.full(30, 5.0), np.full(30, 7.0)]
    try:
        still = segmented(flat, DATES, breaks=[DATES[30]], season="none", errors=errors)
        moved = segmented(step, DATES, breaks=[DATES[30]], season="none", errors=errors)
    except Warning as error:
        pytest.fail(f"ended in a warning: {error}")
    assert still.change() == (0.0, 1.0)
    assert moved.change() == (math.inf, 0.0)
    assert moved.coefficients["p"].round(6).tolist() == [0, 1, 0, 1]
    assert moved.cumulative()[:3] == pytest.approx((60, 60, 60))


ZERO, SOME = np.zeros(30), np.random.default_rng(8).poisson(5, 30)


@pytest.mark.parametrize(
    "y",
    [
        np.zeros(60),
        np.r_[ZERO, SOME],
        np.r_[SOME, ZERO],
        np.r_[ZERO[1:], 1, SOME],  # one count at the end of a stretch of noughts: the slope
    ],
)
def test_noughts_without_a_finite_estimate_stop(y: np.ndarray) -> None:
    words = stopped(
        y, DATES, breaks=[DATES[30]], season="none", family="quasi-poisson", errors="ols"
    )
    assert "log link" in words


def test_scattered_noughts_are_estimated() -> None:
    y = np.random.default_rng(9).poisson(1.0, 60)
    fit = segmented(
        y,
        DATES,
        breaks=[DATES[30]],
        season="none",
        slope=False,
        family="quasi-poisson",
        errors="ols",
    )
    # By hand: with a level alone each stretch keeps its own total, here through the trend's score.
    assert fit.fitted[:30].sum() == pytest.approx(y[:30].sum())
    assert fit.fitted[30:].sum() == pytest.approx(y[30:].sum())


@pytest.mark.parametrize("errors", ["ar1", "glsar", "newey-west", "ols"])
@pytest.mark.parametrize("far", [1e8, 1e11])
def test_the_distance_of_a_series_from_nought_changes_no_effect(errors: str, far: float) -> None:
    near = np.random.default_rng(6).normal(size=60) + 5.0 * (np.arange(60) >= 30)
    here, there = (
        segmented(y, DATES, breaks=[DATES[30]], season="none", errors=errors)  # type: ignore[arg-type]
        for y in (near, far + near)
    )
    for column in ("estimate", "se", "p"):
        ours, theirs = (f.coefficients[column].to_numpy()[1:] for f in (there, here))
        assert ours == pytest.approx(theirs, rel=1e-3, abs=1e-5)
    assert there.change()[0] == pytest.approx(here.change()[0], rel=1e-3)
    assert there.diagnostics["reading"].tolist() == here.diagnostics["reading"].tolist()


def test_a_step_far_from_nought_is_exact_where_nothing_else_moves() -> None:
    y = 1e11 + 5.0 * (np.arange(60) >= 30)
    found = segmented(y, DATES, breaks=[DATES[30]], season="none")
    assert found.coefficients["estimate"].tolist() == pytest.approx([1e11, 0.0, 5.0, 0.0], abs=1e-3)
    assert found.coefficients["p"].tolist()[1:] == [1.0, 0.0, 1.0]
