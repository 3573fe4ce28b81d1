"""Reconstruction: hand cases, closed forms, conflicts by name, coverage in simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from policy_methods.errors import ParameterError
from policy_methods.reconstruct import Reconstruction, reconstruct
from policy_methods.reconstruct import prior as prior_module
from policy_methods.reconstruct.prior import draw_paths, grid, log_likelihood, make_prior

MONTHS = pd.date_range("2014-04-01", periods=48, freq="MS")


def table(*rows: tuple[Any, ...]) -> pd.DataFrame:
    columns = ["name", "kind", "start", "end", "value", "half_width"]
    return pd.DataFrame(rows, columns=columns)


def rounded(value: float, unit: float) -> float:
    return round(value / unit) * unit


def publish(path: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Publish a known path as the registers do: years, year to date, changes, a few months."""
    rows: list[tuple[Any, ...]] = []

    def add(kind: str, first: int, last: int, unit: float) -> None:
        value = path[first : last + 1].sum()
        if kind != "sum":
            before = path[first - 12 : last - 11].sum()
            value = value - before if kind == "change" else value / before - 1
        name = f"{kind} {len(rows)}"
        rows.append((name, kind, MONTHS[first], MONTHS[last], rounded(value, unit), unit / 2))

    for year in range(4):
        add("sum", 12 * year, 12 * year + 11, float(rng.choice([10, 100])))
        for last in (2, 5, 8):
            if rng.random() < 0.6:
                add("sum", 12 * year, 12 * year + last, 100)
            if year and rng.random() < 0.5:
                add("change", 12 * year, 12 * year + last, 1)
            if year and rng.random() < 0.3:
                add("growth", 12 * year, 12 * year + last, 0.01)
    for month in rng.choice(48, 6, replace=False):
        add("sum", int(month), int(month), 1)
    return table(*rows)


def truth(kind: int, rng: np.random.Generator) -> np.ndarray:
    """Draw a monthly path: smooth, broken, autocorrelated or stepped, with a season."""
    t = np.arange(48)
    wave = np.sin(2 * np.pi * t / 12 + rng.uniform(0, 6))
    if kind == 0:
        growth = np.exp(np.cumsum(rng.normal(0, 0.012, 48)))
        return np.asarray(300 * growth * (1 + 0.05 * wave) + rng.normal(0, 6, 48))
    if kind == 1:
        bend = 0.08 * np.maximum(t - 18, 0) ** 1.5
        return np.asarray(250 + 2 * t - bend + 12 * wave + rng.normal(0, 8, 48))
    if kind == 2:
        noise = np.zeros(48)
        for i in range(1, 48):
            noise[i] = 0.6 * noise[i - 1] + rng.normal(0, 8)
        return np.asarray(300 + t - 2.4 * np.maximum(t - 20, 0) + 15 * wave + noise)
    step = 300 + 40 * (t < 20) - 2 * t + rng.normal(0, 12, 12)[t % 12]
    return np.asarray(step + rng.normal(0, 10, 48))


def assert_holds_all(path: Reconstruction) -> None:
    used = path.numbers[path.numbers["used"]]
    assert used["within"].all()
    assert (used["fitted_low"] >= used["lower"] - 1e-6).all()
    assert (used["fitted_high"] <= used["upper"] + 1e-6).all()


def test_exact_months_are_given_back_exactly() -> None:
    values = np.round(np.linspace(280, 330, 12), 1)
    rows = [(f"m{i}", "month", MONTHS[i], None, v, 0.0) for i, v in enumerate(values)]
    path = reconstruct(table(*rows), MONTHS[0], MONTHS[11], draws=200)
    assert path.mean == pytest.approx(values, abs=1e-6)
    assert (path.high - path.low).max() < 1e-6
    assert path.numbers["binding"].all()


def test_a_gap_of_one_month_follows_from_the_total() -> None:
    rows = [(f"m{i}", "sum", MONTHS[i], None, 300.0 + i, 0.0) for i in range(11)]
    total = sum(300.0 + i for i in range(11)) + 250.0
    path = reconstruct(
        table(*rows, ("year", "sum", MONTHS[0], MONTHS[11], total, 0.0)), MONTHS[0], MONTHS[11]
    )
    assert path.mean[11] == pytest.approx(250, abs=1e-5)
    assert path.high[11] - path.low[11] < 1e-5


def test_every_kind_of_figure_is_held() -> None:
    rows = [
        ("year 1", "sum", MONTHS[0], MONTHS[11], 3600.0, 50.0),
        ("May", "month", MONTHS[1], None, 310.0, 0.5),
        ("autumn", "mean", MONTHS[5], MONTHS[7], 290.0, 5.0),
        ("change", "change", MONTHS[12], MONTHS[17], -312.0, 0.5),
        ("growth", "growth", MONTHS[12], MONTHS[21], -0.185, 0.0005),
        ("share", "share", MONTHS[12], MONTHS[23], 0.058, 0.0005),
    ]
    frame = table(*rows).assign(total=[None] * 5 + [50_600.0])
    path = reconstruct(frame, MONTHS[0], MONTHS[23])
    assert_holds_all(path)
    assert path.mean[5:8].mean() == pytest.approx(290, abs=5)
    assert path.mean[12:18].sum() - path.mean[:6].sum() == pytest.approx(-312, abs=0.5)
    assert path.mean[12:22].sum() / path.mean[:10].sum() == pytest.approx(0.815, abs=0.0005)
    assert path.mean[12:].sum() / 50_600 == pytest.approx(0.058, abs=0.0005)
    assert path.informing[1] == 4  # year, May, change and growth look back on it
    assert path.total(MONTHS[12], MONTHS[23])[0] == pytest.approx(path.mean[12:].sum())


def test_near_zero_width_at_an_exact_month_and_wide_where_nothing_is_published() -> None:
    rng = np.random.default_rng(5)
    path = truth(1, rng)
    rows = [(f"m{i}", "month", MONTHS[i], None, rounded(path[i], 1), 0.5) for i in range(12)]
    rows.append(("exact", "month", MONTHS[20], None, path[20], 0.0))
    rows.append(("year 2", "sum", MONTHS[12], MONTHS[23], rounded(path[12:24].sum(), 100), 50.0))
    found = reconstruct(table(*rows), MONTHS[0], MONTHS[47])
    width = found.high - found.low
    assert width[20] < 1e-6
    assert width[:12].max() <= 1.0 + 1e-9
    assert width[12:20].mean() > 10 * width[:12].mean()
    assert width[40:].mean() > 2 * width[12:20].mean()
    assert found.informing[40:].max() == 0


def test_conflict_is_named_and_the_rest_is_held() -> None:
    rows = [
        ("audited year", "sum", MONTHS[0], MONTHS[11], 3632.0, 0.5),
        ("press year", "sum", MONTHS[0], MONTHS[11], 3700.0, 50.0),
        ("first half", "sum", MONTHS[0], MONTHS[5], 1900.0, 50.0),
    ]
    path = reconstruct(table(*rows), MONTHS[0], MONTHS[11])
    assert path.conflicts["number"].tolist() == ["press year"]
    assert path.conflicts["conflicts_with"].tolist() == ["audited year"]
    assert path.conflicts["gap"].iloc[0] == pytest.approx(3650 - 3632.5, abs=0.2)
    assert_holds_all(path)
    assert not path.numbers.set_index("name").loc["press year", "within"]


def test_conflict_of_three_names_all_three() -> None:
    rows = [
        ("year", "sum", MONTHS[0], MONTHS[11], 3600.0, 5.0),
        ("first half", "sum", MONTHS[0], MONTHS[5], 1900.0, 5.0),
        ("second half", "sum", MONTHS[6], MONTHS[11], 1800.0, 5.0),
        ("May", "month", MONTHS[1], None, 300.0, 0.5),
    ]
    path = reconstruct(table(*rows), MONTHS[0], MONTHS[11])
    row = path.conflicts.iloc[0]
    assert {row["number"], *row["conflicts_with"].split("; ")} == {
        "year",
        "first half",
        "second half",
    }
    assert row["gap"] == pytest.approx(85, abs=1)


def test_intervals_that_only_touch_are_a_conflict_and_weight_decides() -> None:
    rows = [
        ("3.6bn", "sum", MONTHS[0], MONTHS[11], 3600.0, 50.0),
        ("3.7bn", "sum", MONTHS[0], MONTHS[11], 3700.0, 50.0),
    ]
    frame = table(*rows)
    light = reconstruct(frame.assign(weight=[0.5, 1.0]), MONTHS[0], MONTHS[11])
    assert light.conflicts["number"].tolist() == ["3.6bn"]
    heavy = reconstruct(frame.assign(weight=[1.0, 0.5]), MONTHS[0], MONTHS[11])
    assert heavy.conflicts["number"].tolist() == ["3.7bn"]


def test_binding_marks_the_interval_that_holds_the_path_back() -> None:
    rows = [(f"y{k}", "sum", MONTHS[12 * k], MONTHS[12 * k + 11], 3600.0, 50.0) for k in range(3)]
    # the level around it is 300 a month, so an interval up to 296 binds and a wide one doesn't
    rows.append(("tight", "month", MONTHS[18], None, 290.0, 6.0))
    rows.append(("loose", "month", MONTHS[6], None, 290.0, 60.0))
    binding = reconstruct(table(*rows), MONTHS[0], MONTHS[35]).numbers.set_index("name")["binding"]
    assert binding["tight"]
    assert not binding["loose"]


def test_draws_agree_with_the_closed_form_of_a_truncated_normal() -> None:
    basis = np.array([[2.0]])
    rng = np.random.default_rng(0)
    within = (np.array([[1.0]]), np.array([4.0]), np.array([7.0]))
    paths, _, _ = draw_paths(
        [basis] * 200,
        np.ones(1),
        50,
        (np.zeros((0, 1)), np.zeros(0)),
        within,
        np.array([0.9]),
        np.array([5.0]),
        rng,
        10,
    )
    exact = stats.truncnorm(1.5, 3.0, loc=1, scale=2)
    assert paths.mean() == pytest.approx(exact.mean(), abs=4 * exact.std() / 100)
    assert paths.std() == pytest.approx(exact.std(), rel=0.05)


def test_draws_agree_with_rejection_sampling_in_several_dimensions() -> None:
    rng = np.random.default_rng(1)
    basis = rng.normal(size=(4, 6)) * 0.3
    rows = np.array([[1.0, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0]])
    low, high = np.array([3.7, 1.9, 0.6]), np.array([4.6, 2.6, 1.4])
    free = 1 + rng.standard_normal((400_000, 6)) @ basis.T
    seen = free @ rows.T
    kept = free[((seen > low) & (seen < high)).all(axis=1)]
    paths, _, _ = draw_paths(
        [basis] * 300,
        np.ones(4),
        40,
        (np.zeros((0, 4)), np.zeros(0)),
        (rows, low, high),
        (high - low) / 3,
        np.array([1.0, 1.1, 1.0, 1.0]),
        rng,
        15,
    )
    error = kept.std(axis=0) / np.sqrt(6000)
    assert (np.abs(paths.mean(axis=0) - kept.mean(axis=0)) < 4 * error).all()
    assert np.cov(paths.T) == pytest.approx(np.cov(kept.T), abs=0.05 * np.cov(kept.T).max())


def test_equalities_agree_with_gaussian_conditioning() -> None:
    prior = make_prior(MONTHS[:24].month.to_numpy(), True)
    basis = prior.basis({"slope": 0.003, "level": 0.01, "season": 0.05, "irregular": 0.02})
    rows = np.vstack([np.repeat([1.0, 0.0], 12), np.eye(24)[3], np.eye(24)[20]])
    rows = np.pad(rows, ((0, 0), (0, 12)))
    values = np.array([12.6, 1.1, 0.9])
    cov = basis @ basis.T
    gain = cov @ rows.T @ np.linalg.inv(rows @ cov @ rows.T)
    mean = prior.mean + gain @ (values - rows @ prior.mean)
    none = (np.zeros((0, 36)), np.zeros(0), np.zeros(0))
    paths, expected, _ = draw_paths(
        [basis],
        prior.mean,
        4000,
        (rows, values),
        none,
        np.zeros(0),
        prior.mean,
        np.random.default_rng(2),
        1,
    )
    assert expected[0] == pytest.approx(mean, abs=1e-7)
    spread = np.sqrt(np.maximum(np.diag(cov - gain @ rows @ cov), 0))
    assert paths.std(axis=0) == pytest.approx(spread, abs=0.04 * spread.max())


def test_marginal_likelihood_agrees_with_scipy() -> None:
    prior = make_prior(MONTHS[:24].month.to_numpy(), True)
    points = grid(prior)[::97]
    rng = np.random.default_rng(3)
    rows, y, sd = rng.normal(size=(5, 36)), rng.normal(size=5), np.full(5, 0.1)
    ours = log_likelihood(prior, points, rows, y, sd)
    theirs = []
    for point in points:
        seen = rows @ prior.basis(point)
        theirs.append(
            stats.multivariate_normal(rows @ prior.mean, seen @ seen.T + 0.01 * np.eye(5)).logpdf(y)
        )
    assert np.diff(ours) == pytest.approx(np.diff(theirs), abs=1e-6)


@pytest.mark.slow
def test_intervals_cover_at_the_stated_rate() -> None:
    rng = np.random.default_rng(2024)
    covered, totals = [], []
    for run in range(64):
        path = truth(run % 4, rng)
        found = reconstruct(publish(path, rng), MONTHS[0], MONTHS[-1], draws=400, seed=rng)
        assert_holds_all(found)
        covered.append(((found.low <= path) & (path <= found.high)).mean())
        _, low, high = found.total(MONTHS[6], MONTHS[18])
        totals.append(low <= path[6:19].sum() <= high)
    assert 0.93 <= np.mean(covered) <= 0.97
    assert np.mean(totals) >= 0.90


@pytest.mark.slow
def test_figures_held_out_are_covered_at_the_stated_rate() -> None:
    rng = np.random.default_rng(7)
    covered = []
    for run in range(24):
        path = truth(run % 4, rng)
        published = publish(path, rng)
        years = published.index[:1]  # at least one level must stay
        out = rng.choice(np.setdiff1d(published.index, years), len(published) // 3, replace=False)
        found = reconstruct(published.drop(index=out), MONTHS[0], MONTHS[-1], draws=400, seed=rng)
        assert_holds_all(found)
        for row in published.loc[out].to_dict("records"):
            first, last = (MONTHS.get_loc(row[k]) for k in ("start", "end"))
            both = np.vstack([path, found.draws])
            values = both[:, first : last + 1].sum(axis=1)
            if row["kind"] != "sum":
                before = both[:, first - 12 : last - 11].sum(axis=1)
                values = values - before if row["kind"] == "change" else values / before - 1
            # the number as it was before rounding, which is what the interval is for
            low, high = np.quantile(values[1:], [0.025, 0.975])
            covered.append(low <= values[0] <= high)
    assert len(covered) > 150
    assert 0.93 <= np.mean(covered) <= 0.985


def test_the_same_seed_gives_the_same_path() -> None:
    published = publish(truth(0, np.random.default_rng(1)), np.random.default_rng(1))
    first = reconstruct(published, MONTHS[0], MONTHS[-1], draws=200, seed=4)
    second = reconstruct(published, MONTHS[0], MONTHS[-1], draws=200, seed=4)
    assert (first.draws == second.draws).all()
    assert first.draws.shape == (200, 48)
    assert first.to_frame()["width"].gt(0).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.001, 1.0, 1e6]))
def test_every_figure_is_held_whatever_the_unit(seed: int, unit: float) -> None:
    rng = np.random.default_rng(seed)
    published = publish(truth(seed % 4, rng), rng)
    money = published["kind"].ne("growth")
    published.loc[money, ["value", "half_width"]] *= unit
    path = reconstruct(published, MONTHS[0], MONTHS[-1], draws=200)
    assert path.conflicts.empty
    used = path.numbers
    slack = 1e-6 * used["value"].abs()
    assert (used["fitted_low"] >= used["lower"] - slack).all()
    assert (used["fitted_high"] <= used["upper"] + slack).all()


GOOD = ("year", "sum", MONTHS[0], MONTHS[11], 3600.0, 50.0)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (("a", "total", MONTHS[0], None, 1.0, 0.5), "unknown kind"),
        (("a", "sum", MONTHS[3], MONTHS[1], 1.0, 0.5), "end before the start"),
        (("a", "sum", MONTHS[0], MONTHS[30], 1.0, 0.5), "outside the series"),
        (("a", "change", MONTHS[0], MONTHS[3], 1.0, 0.5), "outside the series"),
        (("a", "month", MONTHS[0], MONTHS[3], 1.0, 0.5), "more than one month"),
        (("a", "share", MONTHS[0], MONTHS[3], 0.05, 0.005), "known total"),
        (("a", "growth", MONTHS[12], MONTHS[13], 0.05, 0.0), "growth"),
        (("a", "sum", MONTHS[0], None, None, 0.5), "finite"),
        (("a", "sum", MONTHS[0], None, "x", 0.5), "number"),
        (("a", "sum", MONTHS[0], None, 1.0, -0.5), "upside down"),
        (("a", "sum", "no date", None, 1.0, 0.5), "dates"),
        (("year", "sum", MONTHS[0], None, 1.0, 0.5), "once"),
    ],
)
def test_a_bad_table_stops_with_one_clear_error(bad: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        reconstruct(table(GOOD, bad), MONTHS[0], MONTHS[23])


def test_other_bad_arguments() -> None:
    frame = table(GOOD)
    with pytest.raises(ParameterError, match="'end'"):
        reconstruct(frame, MONTHS[11], MONTHS[0])
    with pytest.raises(ParameterError, match="'confidence'"):
        reconstruct(frame, MONTHS[0], MONTHS[11], confidence=95)
    with pytest.raises(ParameterError, match="'draws'"):
        reconstruct(frame, MONTHS[0], MONTHS[11], draws=1)
    change = table(("c", "change", MONTHS[12], MONTHS[13], 3.0, 0.5))
    with pytest.raises(ParameterError, match="level"):
        reconstruct(change, MONTHS[0], MONTHS[23])
    with pytest.raises(ParameterError, match="half_width"):
        reconstruct(frame.drop(columns="half_width"), MONTHS[0], MONTHS[11])
    with pytest.raises(ParameterError, match="at least one number"):
        reconstruct(frame.iloc[:0], MONTHS[0], MONTHS[11])
    with pytest.raises(ParameterError, match="inside the path"):
        reconstruct(frame, MONTHS[0], MONTHS[11]).total(MONTHS[0], MONTHS[20])


def told(rows: list[dict[str, object]]) -> tuple[str, ...]:
    table = pd.DataFrame(rows).assign(half_width=0.0)
    return tuple(getattr(reconstruct(table, "2015-04", "2016-03", draws=400), "notes", ()))


YEAR = {"name": "year", "kind": "sum", "start": "2015-04", "end": "2016-03", "value": 120.0}
MONTH = {"name": "July", "kind": "month", "start": "2015-07", "end": None, "value": 100.0}


def test_money_below_nought_is_told_by_month() -> None:
    path, interval = told([YEAR, MONTH])
    assert path.startswith("The path falls below nought in ")
    assert interval.startswith("The path's interval falls below nought in ")
    assert "July 2015" not in path


def test_nothing_is_told_of_a_path_above_nought_or_of_figures_below_it() -> None:
    steady = [{**MONTH, "name": str(m), "start": f"2015-{m:02d}", "value": 10.0} for m in (5, 9)]
    assert told([YEAR, *steady]) == ()
    below = told([YEAR, {**MONTH, "value": -100.0}])
    assert below == ()
    assert len(told([{**YEAR, "value": 1.0}, {**MONTH, "value": 50.0}])) == 2


ONE_POINT = {"slope": (0.003,), "level": (0.008,), "season": (0.03,), "irregular": (0.02,)}


def monthly(values: np.ndarray) -> pd.DataFrame:
    """Return a table of exact months."""
    months = MONTHS[: len(values)]
    return table(
        *((f"{m:%Y-%m}", "month", m, m, v, 0) for m, v in zip(months, values, strict=True))
    )


def test_what_would_have_come_is_the_normal_forecast_given_every_month(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(prior_module, "GRID", ONE_POINT)
    values = truth(1, np.random.default_rng(4))
    path = reconstruct(monthly(values), MONTHS[0], MONTHS[-1], breaks=[MONTHS[30]], draws=400)
    found = path.counterfactual
    assert found is not None
    # by hand: the prior's covariances, conditioned on the months
    prior = make_prior(MONTHS.month.to_numpy(), True, [30])
    basis = prior.basis({k: v[0] for k, v in ONE_POINT.items()})
    over = np.zeros(len(prior.mean))
    over[30:42], over[48:60] = -1, 1
    scale = float(np.median(values))
    cov = basis @ basis.T
    gain = np.linalg.solve(cov[:48, :48], cov[:48] @ over)
    mean = over @ prior.mean + gain @ (values / scale - 1)
    sd = np.sqrt(over @ cov @ over - gain @ cov[:48] @ over)
    value, low, high = found.less_path(12)
    assert value == pytest.approx(mean * scale, rel=1e-5)
    assert (low, high) == pytest.approx(stats.norm(mean * scale, sd * scale).interval(0.95), 1e-4)
    drawn = (found.draws[:, :12] - path.draws[:, 30:42]).sum(axis=1)
    assert drawn.mean() == pytest.approx(value, abs=4 * sd * scale / 20)
    assert drawn.std() == pytest.approx(sd * scale, rel=0.15)


def test_a_straight_line_goes_on_as_the_line_whatever_came_after() -> None:
    t = np.arange(48)
    after = np.where(t >= 30, 5.0 * (t - 29) + 20, 0)
    line = 200 + 3.0 * t
    for values in (line, line - after):
        path = reconstruct(monthly(values), MONTHS[0], MONTHS[-1], breaks=["2016-10"], draws=200)
        assert path.counterfactual is not None
        value, low, high = path.counterfactual.less_path(18)
        saved = float((line - values)[30:].sum())
        assert value == pytest.approx(saved, abs=25)
        assert low < saved < high
        assert path.mean == pytest.approx(values, abs=1e-6)


def test_what_would_have_come_is_in_the_unit_of_the_figures() -> None:
    published = publish(truth(1, np.random.default_rng(8)), np.random.default_rng(9))
    options: dict[str, Any] = {"breaks": ["2016-08"], "draws": 200, "seed": 3}
    small = reconstruct(published, MONTHS[0], MONTHS[-1], **options).counterfactual
    money = ~published["kind"].eq("growth")
    in_pence = published.copy()
    in_pence.loc[money, ["value", "half_width"]] *= 100
    large = reconstruct(in_pence, MONTHS[0], MONTHS[-1], **options).counterfactual
    assert small is not None
    assert large is not None
    assert large.less_path(9) == pytest.approx([100 * v for v in small.less_path(9)], rel=1e-3)
    assert small.less_path(9, np.full(20, 2.0)) == pytest.approx(
        [2 * v for v in small.less_path(9)], rel=1e-9
    )
    assert small.levels_before == sum(
        row.kind == "sum" and row.end < pd.Timestamp("2016-08-01") for row in published.itertuples()
    )


def test_breaks_and_sums_outside_are_refused() -> None:
    frame = table(*((f"y{y}", "sum", MONTHS[12 * y], MONTHS[12 * y + 11], 1200, 5) for y in (0, 1)))
    for breaks in ([MONTHS[0]], ["2016-04"], ["2020-01-01"]):
        with pytest.raises(ParameterError, match="'breaks' must lie inside the series"):
            reconstruct(frame, MONTHS[0], MONTHS[23], breaks=breaks)
    assert reconstruct(frame, MONTHS[0], MONTHS[23], draws=200).counterfactual is None
    found = reconstruct(frame, MONTHS[0], MONTHS[23], draws=200, breaks=["2015-10"]).counterfactual
    assert found is not None
    with pytest.raises(ParameterError, match="'months'"):
        found.less_path(7)
    with pytest.raises(ParameterError, match="'weights'"):
        found.less_path(6, [1.0])
