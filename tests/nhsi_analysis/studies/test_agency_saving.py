"""The agency saving: hand cases of every shape, what is printed and claimed, simulations."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bench.evidence import agency as worlds
from nhsi_analysis.answers import simulations
from nhsi_analysis.studies.agency import Settings
from nhsi_analysis.studies.agency.numbers import path, scope
from nhsi_analysis.studies.agency.numbers.saving import (
    CLAIMED,
    FADING,
    SHAPES,
    NoSaving,
    Saving,
    against,
    saving,
)
from notebook_reports.evidence import Estimate
from policy_methods.reconstruct import Reconstruction, reconstruct

T = np.arange(69)
LINE = 200 + 4.0 * T
CUT, AHEAD = 30, 17
NO_SEASON = np.zeros((1, 69))


def by_hand(expected: np.ndarray, values: np.ndarray) -> float:
    return float((expected - values[CUT : CUT + AHEAD]).sum())


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("level 6", np.full(AHEAD, LINE[24:30].mean())),
        ("level 12", np.full(AHEAD, LINE[18:30].mean())),
        ("damped", LINE[29] + 4 * np.cumsum(FADING ** np.arange(1, AHEAD + 1))),
        *((shape, LINE[CUT : CUT + AHEAD]) for shape in SHAPES if shape.startswith("line")),
        ("quadratic", LINE[CUT : CUT + AHEAD]),
    ],
)
def test_shapes_on_a_line_without_noise(shape: str, expected: np.ndarray) -> None:
    values = LINE - 30.0 * (T >= CUT)
    saved, noise, _ = against(shape, values[None], NO_SEASON, CUT, np.array([1, AHEAD]))
    assert saved[0, 1] == pytest.approx(by_hand(expected, values))
    assert saved[0, 0] == pytest.approx(expected[0] - values[CUT])
    if not shape.startswith("level"):
        assert noise == pytest.approx(0, abs=1e-15)


def test_growth_by_a_constant_share_is_the_logarithms_line() -> None:
    growth = 200 * 1.01**T
    values = np.where(CUT <= T, 250.0, growth)
    season = np.tile([3.0, -3.0, 0.0], 23)[None]
    saved, _, free = against("log-linear", values[None] + season, season, CUT, np.array([AHEAD]))
    assert saved[0, 0] == pytest.approx(by_hand(growth[CUT : CUT + AHEAD], values))
    assert free == CUT - 2


def test_months_own_noise_is_that_of_a_mean_carried_on() -> None:
    values = LINE[0] + np.random.default_rng(1).normal(0, 10, 69)
    _, noise, free = against("level 12", values[None], NO_SEASON, CUT, np.array([AHEAD]))
    variance = values[18:30].var(ddof=1)
    assert noise[0, 0] == pytest.approx(variance * (AHEAD**2 / 12 + AHEAD))
    assert free == 11


def made(values: np.ndarray, *breaks: str, first: str = "2013-04-01") -> Reconstruction:
    months = pd.date_range(first, periods=len(values), freq="MS")
    table = pd.DataFrame(
        {"name": months.astype(str), "kind": "month", "start": months, "end": months}
    )
    table = table.assign(value=values, half_width=0.0)
    return reconstruct(table, months[0], months[-1], breaks=breaks, draws=200)


@pytest.fixture(scope="module")
def found() -> Saving:
    noise = np.random.default_rng(2).normal(0, 8, 69)
    result = saving(made(LINE + noise - 150.0 * (T >= CUT), "2015-10-01"))
    assert isinstance(result, Saving)
    return result


def test_a_large_saving_off_a_line_is_found_and_claimed(found: Saving) -> None:
    assert found.since == pd.Timestamp(2015, 10, 1)
    assert found.dates == (*CLAIMED, pd.Timestamp(2018, 12, 1))
    for when, months in zip(CLAIMED, (5, 13, 17), strict=True):
        one, whole = found.structural[when], found.by(when)
        assert one.low is not None
        assert one.high is not None
        assert one.low < 150 * months < one.high
        values = found.shapes.loc[found.shapes["by"] == when, "value"]
        assert (whole.low, whole.high) == (min(one.low, values.min()), max(one.high, values.max()))
        assert whole.confidence is None
        assert found.claimed(when)
        row = found.monthly.set_index("month").loc[when]
        assert row[["saving", "saving_low", "saving_high"]].tolist() == [
            one.value,
            one.low,
            one.high,
        ]
    assert (found.shapes["low"] < found.shapes["value"]).all()
    assert found.shapes.groupby("by").size().tolist() == [len(SHAPES)] * 4


def test_nothing_is_claimed_where_one_guess_sees_no_saving(found: Saving) -> None:
    when = CLAIMED[-1]
    least = found.shapes["shape"].eq("level 12") & found.shapes["by"].eq(when)
    doubted = found.shapes.assign(value=found.shapes["value"].where(~least, -1.0))
    other = Saving(found.since, found.dates, found.structural, doubted, found.monthly)
    assert not other.claimed(when)
    assert other.claimed(CLAIMED[0])


def test_a_claim_falls_between_two_shapes() -> None:
    when = CLAIMED[-1]
    shapes = pd.DataFrame({"shape": ["line all", "level 6"], "by": when, "value": [900.0, 300.0]})
    structural = {when: Estimate(500.0, -100.0, 1200.0, unit="GBP m")}
    result = Saving(pd.Timestamp(2015, 10, 1), (when,), structural, shapes, pd.DataFrame())
    between, above, outside = (result.place(v, when) for v in (600, 1000, 1300))
    assert (between.inside, between.under, between.over) == (True, "level 6", "line all")
    assert (above.inside, above.under, above.over) == (True, "line all", None)
    assert (outside.inside, outside.over) == (False, None)
    assert result.place(-50, when).under is None


def test_other_prices_are_a_factor() -> None:
    made_of = made(LINE - 60.0 * (T >= CUT), "2015-10-01")
    cash, double = saving(made_of), saving(made_of, deflator=pd.Series(np.full(69, 2.0)))
    assert isinstance(cash, Saving)
    assert isinstance(double, Saving)
    columns = ["value", "low", "high"]
    assert double.shapes[columns].to_numpy() == pytest.approx(2 * cash.shapes[columns].to_numpy())
    assert double.structural[CLAIMED[0]].high == pytest.approx(
        2 * (cash.structural[CLAIMED[0]].high or 0)
    )


@pytest.mark.parametrize(
    ("path_of", "reason"),
    [
        (lambda: made(LINE), "no control"),
        (lambda: made(LINE[:30], "2014-03-01"), "too few months before"),
        (
            lambda: reconstruct(
                pd.DataFrame(
                    {
                        "name": ["three years", "a month"],
                        "kind": "sum",
                        "start": ["2013-04", "2014-01"],
                        "end": ["2016-03", "2014-01"],
                        "value": [7200.0, 200.0],
                        "half_width": 50.0,
                    }
                ),
                "2013-04",
                "2016-03",
                breaks=["2015-04"],
                draws=200,
            ),
            "too few figures before",
        ),
    ],
)
def test_what_cant_be_estimated_says_why(
    path_of: Callable[[], Reconstruction], reason: str
) -> None:
    assert saving(path_of()) == NoSaving(reason)  # type: ignore[arg-type]


def test_short_series_have_the_shapes_they_can_carry() -> None:
    few = saving(made(LINE[:40], "2014-07-01"))
    assert isinstance(few, Saving)
    assert few.shapes["shape"].unique().tolist() == ["level 6", "level 12", "damped", "line 12"]
    assert few.dates == (pd.Timestamp(2016, 2, 1), pd.Timestamp(2016, 7, 1))
    below = saving(made(LINE - 190, "2015-10-01"))
    assert isinstance(below, Saving)
    assert "log-linear" in set(below.shapes["shape"])
    negative = saving(made(LINE - 260, "2015-10-01"))
    assert isinstance(negative, Saving)
    assert "log-linear" not in set(negative.shapes["shape"])


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"breaks": ["2016-07-01"]},
        {"breaks": ["2015-10-01", "2016-07-01"], "first_year": "2013/14"},
        {"price_basis": "real"},
        {"first_year": "2014/15", "last_year": "2016/17"},
    ],
)
def test_the_registers_give_a_saving_for_other_dates_and_years(asked: dict[str, object]) -> None:
    chosen = scope.choose(Settings(**asked))  # type: ignore[arg-type]
    result = saving(path.rebuild(chosen), deflator=chosen.deflator)
    assert isinstance(result, Saving)
    assert result.since == chosen.breaks[0]
    for when in result.dates:
        whole = result.by(when)
        assert whole.low is not None
        assert whole.high is not None
        assert np.isfinite([whole.low, whole.high]).all()
        assert whole.low <= whole.value <= whole.high


def test_a_figure_that_two_publishers_print_is_one_figure_before_the_controls() -> None:
    chosen = scope.choose(Settings(breaks=["2014-07-01", "2016-04-01"]))
    assert saving(path.rebuild(chosen)) == NoSaving("too few figures before")


def test_the_published_range_holds_the_regulators_billion_and_isnt_claimed() -> None:
    chosen = scope.choose(Settings())
    result = saving(path.rebuild(chosen))
    assert isinstance(result, Saving)
    when = CLAIMED[-1]
    values = result.shapes[result.shapes["by"] == when].set_index("shape")["value"]
    # a referee's values on the path as it was, season left in: 694, 1,307, 1,837, 2,102, 2,484
    assert 500 < values["level 12"] < values["level 6"] < 1000
    assert 1200 < values["line 12"] < values["line 24"] < values["quadratic"] < 2600
    assert not result.claimed(when)
    place = result.place(1000, when)
    assert (place.inside, place.under, place.over) == (True, "level 6", "damped")


@pytest.mark.parametrize("seed", [3, 4])
def test_seeds_hardly_move_the_ends(seed: int) -> None:
    ends = []
    for s in (seed, seed + 10):
        result = saving(path.rebuild(scope.choose(Settings(seed=s))))
        assert isinstance(result, Saving)
        one = result.structural[CLAIMED[-1]]
        ends.append((one.low or 0, one.high or 0))
    assert ends[0] == pytest.approx(ends[1], abs=120)


def test_true_months_in_closed_form_are_what_the_study_estimates() -> None:
    shared = worlds.setting()
    world = worlds.worlds(shared)["wandering as fitted now, no effect"]
    truth, _ = world(np.random.default_rng(5))
    months = shared.months
    table = pd.DataFrame(
        {"name": months.astype(str), "kind": "month", "start": months, "end": months}
    )
    result = saving(
        reconstruct(
            table.assign(value=truth, half_width=0.0),
            months[0],
            months[-1],
            breaks=shared.scope.breaks,
            draws=2000,
        )
    )
    assert isinstance(result, Saving)
    closed = worlds.judge_months(truth[None])
    for i, when in enumerate(CLAIMED):
        one = result.structural[when]
        width = (one.high or 0) - (one.low or 0)
        assert closed["low"][0, i] == pytest.approx(one.low, abs=0.02 * width)
        assert closed["high"][0, i] == pytest.approx(one.high, abs=0.02 * width)
    last = result.shapes[result.shapes["by"] == CLAIMED[-1]].set_index("shape")["value"]
    for shape, value in last.items():
        assert closed[str(shape)][0, 2] == pytest.approx(value, abs=25)


def test_published_again_the_registers_path_gives_the_registers_intervals() -> None:
    shared = worlds.setting()
    truth = path.rebuild(shared.scope).mean
    table = worlds.publish(truth, shared)
    width = table["upper"] - table["lower"]
    was = shared.scope.constraints
    assert width.to_numpy() == pytest.approx((was["upper"] - was["lower"]).to_numpy())
    of = np.array([number.of(truth) for number in shared.numbers])
    assert ((table["lower"] - 1e-9 <= of) & (of <= table["upper"] + 1e-9)).all()
    assert table["value"].between(table["lower"] - 1e-9, table["upper"] + 1e-9).all()


def stored() -> pd.DataFrame:
    return simulations.stored("agency").table


def test_claims_are_rare_without_an_effect_and_usual_with_it() -> None:
    table = stored()
    last = table[table["by"] == f"{CLAIMED[-1]:%Y-%m-%d}"]
    assert last.groupby("sees")["runs"].min().to_dict() == worlds.RUNS
    without = last["world"].str.endswith("no effect")
    assert without.sum() == 8
    allowed = 0.05 + 2 * np.sqrt(0.05 * 0.95 / last["runs"])
    assert (last["claimed"] <= allowed)[without].all()
    assert (last.loc[last["world"] == "line, fall as published", "claimed"] > 0.5).all()
    assert (table["covered"] >= 0.9).all()


@pytest.mark.slow
def test_a_part_of_the_simulations_comes_out_as_stored() -> None:
    names = ["line, fall as published", "flattening, no effect"]
    runs = {"true months": 200, "published figures": 20}
    again = worlds.run(runs, seed=7, only=names).assign(by=lambda t: t["by"].astype(str))
    keys = ["world", "sees", "by"]
    both = again.merge(stored(), on=keys, suffixes=("", "_stored"), validate="one_to_one")
    assert len(both) == 12
    for share in ("claimed", "covered", "covered_structural", "covered_line"):
        for row in both.to_dict("records"):
            hits = round(row[share] * row["runs"])
            pooled = (hits + row[f"{share}_stored"] * row["runs_stored"]) / (
                row["runs"] + row["runs_stored"]
            )
            assert stats.binomtest(hits, row["runs"], pooled).pvalue > 1e-4, (row, share)
