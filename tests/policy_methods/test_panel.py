"""Regression to the mean: the order of units over years, and what lies beyond it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from outcomes import outcome
from scipy.special import ndtri
from scipy.stats import norm

from policy_methods.panel import normal_scores, order_over_time


def made_up(lasting: float, carried: float, *, units: int = 3000, years: int = 8) -> pd.DataFrame:
    """Draw a level of each unit, an autoregression that starts at rest, and no noise besides."""
    rng = np.random.default_rng(7)
    fading = rng.standard_normal((units, years))
    for year in range(1, years):
        fading[:, year] *= (1 - carried**2) ** 0.5
        fading[:, year] += carried * fading[:, year - 1]
    level = rng.standard_normal((units, 1))
    return pd.DataFrame(lasting**0.5 * level + (1 - lasting) ** 0.5 * fading)


def test_scores_are_places_alone() -> None:
    table = pd.DataFrame({"a": [1.0, 2.0, 4.0, np.nan], "b": [-9.0, 5.0, 5.0, 1e9]})
    scores = normal_scores(table)
    assert scores["a"].tolist()[:3] == pytest.approx(ndtri([1 / 6, 1 / 2, 5 / 6]).tolist())
    assert np.isnan(scores["a"][3])
    assert scores["b"].tolist() == pytest.approx(ndtri([1 / 8, 1 / 2, 1 / 2, 7 / 8]).tolist())


@settings(max_examples=25, deadline=None)
@given(st.floats(0.1, 100), st.floats(-50, 50), st.integers(0, 10))
def test_another_scale_in_a_year_changes_nothing(scale: float, shift: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.integers(-20, 20, (30, 5)).astype(float))
    moved = table.copy()
    moved[2] = moved[2] * scale + shift
    pd.testing.assert_frame_equal(normal_scores(table), normal_scores(moved))


@pytest.mark.parametrize(("lasting", "carried"), [(0.4, 0.6), (0.0, 0.8), (0.7, 0.0)])
def test_shares_that_made_the_scores_are_found(lasting: float, carried: float) -> None:
    found = order_over_time(made_up(lasting, carried))
    assert found.lasting == pytest.approx(lasting, abs=0.08)
    assert found.lasting + found.fading + found.once == pytest.approx(1)
    implied = lasting + (1 - lasting) * carried ** found.lags["apart"]
    assert found.lags["fitted"].to_numpy() == pytest.approx(implied.to_numpy(), abs=0.04)


def test_what_follows_is_the_conditional_mean_of_what_went_before() -> None:
    """Two years of one level and noise, half each: the third is a third of their sum."""
    rng = np.random.default_rng(1)
    level = rng.standard_normal((4000, 1))
    found = order_over_time(pd.DataFrame(level + rng.standard_normal((4000, 6))))
    later = found.later(1)
    thirds = found.scores.iloc[:, :2].sum(axis=1) / 3
    assert later["expected"].to_numpy() == pytest.approx(thirds.to_numpy(), abs=0.12)
    assert later["beyond"].std() == pytest.approx(1, abs=0.05)
    assert later["beyond"].mean() == pytest.approx(0, abs=0.05)


def test_a_worst_tenth_comes_back_as_far_as_its_past_says_and_no_further() -> None:
    found = order_over_time(made_up(0.4, 0.6, units=5000)).later(4)
    worst = found[found["now"] < ndtri(0.1)]
    shared = np.mean([0.4 + 0.6 * 0.6**apart for apart in (1, 2, 3)])
    assert worst["after"].mean() == pytest.approx(shared * worst["now"].mean(), rel=0.04)
    assert worst["beyond"].mean() == pytest.approx(0, abs=0.1)
    assert (worst["beyond"] > 1.645).mean() == pytest.approx(0.05, abs=0.025)


def test_a_unit_with_gaps_is_judged_by_the_years_it_has() -> None:
    table = made_up(0.5, 0.5, units=300)
    table.iloc[0, 2], table.iloc[1, 4], table.iloc[2, 5:] = np.nan, np.nan, np.nan
    found = order_over_time(table).later(4)
    assert 0 in found.index
    assert not {1, 2} & set(found.index)
    assert list(found.index) == sorted(found.index)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (np.ones((20, 3)), "four years"),
        (np.full((20, 5), np.nan), "ten units"),
        (np.full((20, 5), np.inf), "finite"),
    ],
)
def test_it_refuses_what_it_cannot_part(table: np.ndarray, says: str) -> None:
    assert says in outcome(lambda: order_over_time(pd.DataFrame(table)))


def test_no_year_follows_the_last() -> None:
    found = order_over_time(made_up(0.5, 0.5, units=100, years=5))
    assert "year" in outcome(lambda: found.later(4))


def test_the_lowest_are_held_against_their_past_and_adjusted_for_all() -> None:
    table = made_up(0.4, 0.6, units=200)
    table.loc[table[4].nsmallest(3).index, [5, 6, 7]] += 6
    found = order_over_time(table)
    rebound = found.rebound(4)
    later = found.later(4)
    assert list(rebound.table.index) == list(table[4].nsmallest(20).index)
    assert rebound.beyond == 3
    assert (rebound.table["adjusted"] >= rebound.table["chance"]).all()
    row, unit = rebound.table.iloc[5], later.loc[rebound.table.index[5]]
    assert row["chance"] == pytest.approx(norm.sf((unit["after"] - unit["expected"]) / unit["sd"]))
    assert row["high"] == pytest.approx(100 * norm.cdf(unit["expected"] + 1.959964 * unit["sd"]))
    gap = later["after"] - later["expected"]
    assert rebound.shift == pytest.approx(gap[rebound.table.index].mean())
    assert rebound.error == pytest.approx(gap.std() / 20**0.5)
    low, high = rebound.ends
    assert (low + high) / 2 == pytest.approx(rebound.shift)
    assert "lowest" in outcome(lambda: found.rebound(4, lowest=0.001))
