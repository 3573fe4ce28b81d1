"""Changes held against each other: by hand, under shocks that all share, with one far out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy_methods.changes import changes, held_against
from policy_methods.errors import ParameterError
from policy_methods.season import deseasonalised
from policy_methods.spc import moving_sigma


def drawn(seed: int, n: int = 60) -> tuple[pd.Series, pd.Series]:
    rng = np.random.default_rng(seed)
    return pd.Series(rng.normal(0, 0.03, n)), pd.Series(rng.uniform(0.01, 0.03, n))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-0.2, 0.2))
def test_a_shock_that_all_share_names_nobody_else(seed: int, shock: float) -> None:
    change, noise = drawn(seed)
    sides = held_against(change, noise).sides(0.95)
    assert (held_against(change + shock, noise).sides(0.95) == sides).all()
    centred = change - np.average(change, weights=noise**-2)
    assert (np.sign(centred[sides != 0]) == sides[sides != 0]).all()


def test_a_unit_far_out_is_named_and_fewer_than_20_are_refused() -> None:
    change = pd.Series(np.r_[np.linspace(-0.03, 0.03, 60), 0.4])
    noise = pd.Series(0.01, index=change.index)
    found = changes(0 * change, change, noise)
    assert found.table["side"].tolist() == [0] * 60 + [1]
    assert found.slope == 0
    assert found.to_frame() is not found.table
    with pytest.raises(ParameterError, match="20 units"):
        changes(change[:19], change[:19], noise[:19])
    with pytest.raises(ParameterError, match="in their order"):
        changes(change, change[::-1], noise)


def test_where_all_come_back_to_one_level_nothing_is_left_after_the_start() -> None:
    before, noise = drawn(1)
    rest = pd.Series(np.tile([-0.001, 0.001], 30))
    found = changes(before, 0.5 + rest, noise)
    assert found.slope == pytest.approx(-1, abs=0.02)
    assert not found.table["given_start"].any()


def test_alone_is_by_its_own_noise() -> None:
    change = pd.Series(np.tile([-0.05, 0.05], 20))
    found = changes(0 * change, change, pd.Series(0.001, index=change.index)).table
    assert found["alone"].all()
    assert not found["side"].any()


def test_sigma_is_that_of_an_xmr_chart() -> None:
    months = [[0.0, 0.03, 0.0, 0.03], [0.1, 0.1, 0.1, 0.2], [0.1, np.nan, 0.1, 0.3]]
    assert moving_sigma(months) == pytest.approx(np.array([0.03, 0.1 / 3, 0.2]) / 1.128)


def test_a_season_taken_out_is_the_same_in_all_years() -> None:
    rng = np.random.default_rng(3)
    season = np.tile(np.sin(np.arange(12)), 4)
    values = pd.Series(5 + season + rng.normal(0, 0.01, 48))
    effects = values - deseasonalised(values)
    assert effects[:12].to_numpy() == pytest.approx(effects[36:].to_numpy())
    assert effects.to_numpy() == pytest.approx(season - season[:12].mean(), abs=0.03)
    with pytest.raises(ParameterError, match="two periods"):
        deseasonalised(values[:23])
