"""Years in a state, by hand, and whether they stand side by side by more than chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from outcomes import outcome
from scipy.stats import chi2 as law

from policy_methods.spells import side_by_side, spells, yearly_steps

N = np.nan
HELD = pd.DataFrame(
    [[0, 1, 1, 0, 1], [1, 1, 0, 0, 0], [0, 1, N, 1, 1], [0, 0, 0, 1, 1]],
    columns=range(2014, 2019),
    dtype=float,
)


def test_steps_by_hand() -> None:
    found = yearly_steps(HELD).set_index("before")
    assert found.loc[2014].tolist() == [2015, 1, 0, 2, 1]
    assert found.loc[2015].tolist() == [2016, 1, 1, 0, 1]
    assert found.loc[2017].tolist() == [2018, 2, 0, 1, 1]


def test_spells_count_only_where_their_first_year_and_the_next_are_seen() -> None:
    """Begun and seen: 2015 to 2016 (ended), 2015 (unknown after), 2017, 2018 (no next year)."""
    assert spells(HELD).to_numpy().tolist() == [[1, 2, 0], [2, 1, 1]]


states = st.lists(st.lists(st.sampled_from([0.0, 1.0, N]), min_size=6, max_size=6), min_size=1)


@given(states)
def test_every_pair_of_known_years_is_counted_once(rows: list[list[float]]) -> None:
    table = pd.DataFrame(rows)
    steps = yearly_steps(table)
    pairs = table.notna().to_numpy()
    assert steps.iloc[:, 2:].sum(axis=1).tolist() == (pairs[:, 1:] & pairs[:, :-1]).sum(0).tolist()
    lasted = spells(table)
    assert (lasted["ended"] <= lasted["lasted"]).all()
    assert lasted["lasted"].sum() <= steps[["stayed_in", "left"]].sum().sum()


def test_runs_of_four_years_by_hand() -> None:
    """Near: 1100 and 0011; parted: 1010 and 0101; all others tell nothing."""
    rows = [[1, 1, 0, 0]] * 4 + [[0, 0, 1, 1]] * 5 + [[1, 0, 1, 0], [0, 1, 0, 1], [1, 1, 1, 1]]
    found = side_by_side(pd.DataFrame(rows, dtype=float))
    assert found is not None
    assert (found.near, found.apart) == (9, 2)
    # Mantel-Haenszel of one table, without correction for continuity
    a, n, row, col = 5, 11, 6, 6
    variance = row * (n - row) * col * (n - col) / (n**2 * (n - 1))
    chi2 = (a - row * col / n) ** 2 / variance
    assert found.pvalue == pytest.approx(law.sf(chi2, 1))
    assert side_by_side(pd.DataFrame(rows[-1:] * 9, dtype=float)) is None


def test_independent_years_are_seldom_called_side_by_side() -> None:
    """Units of any level, in years of any level: 5% at 5%."""
    rng, called = np.random.default_rng(4), 0
    for _ in range(400):
        level, year = rng.normal(0, 1.5, (230, 1)), rng.normal(0, 1, 8)
        held = rng.random((230, 8)) < 1 / (1 + np.exp(-level - year))
        found = side_by_side(pd.DataFrame(held.astype(float)))
        called += found is not None and found.pvalue < 0.05
    assert called / 400 < 0.085


def test_a_state_that_breeds_itself_is_found() -> None:
    rng, held = np.random.default_rng(5), np.zeros((230, 8))
    level = rng.normal(-0.5, 1, 230)
    for year in range(1, 8):
        chance = 1 / (1 + np.exp(-level - 1.5 * held[:, year - 1]))
        held[:, year] = rng.random(230) < chance
    found = side_by_side(pd.DataFrame(held))
    assert found is not None
    assert found.near > found.apart
    assert found.pvalue < 0.05


def test_it_refuses_what_is_no_state() -> None:
    assert "in the state" in outcome(lambda: yearly_steps(pd.DataFrame([[0.5, 1.0]])))
    assert "in the state" in outcome(lambda: spells(pd.DataFrame([[2.0, 1.0]])))
