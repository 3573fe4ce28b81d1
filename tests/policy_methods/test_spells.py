"""Years in a state, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from outcomes import outcome

from policy_methods.spells import spells, yearly_steps

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


def test_it_refuses_what_is_no_state() -> None:
    assert "in the state" in outcome(lambda: yearly_steps(pd.DataFrame([[0.5, 1.0]])))
    assert "in the state" in outcome(lambda: spells(pd.DataFrame([[2.0, 1.0]])))
