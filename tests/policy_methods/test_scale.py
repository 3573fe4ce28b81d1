"""Scale: closed forms by hand, refusals, discounting."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_methods.errors import ParameterError
from policy_methods.scale import (
    break_even_elasticity,
    discount_factors,
    equal_networks,
    hub_and_spoke,
    programme,
    relative_unit_cost,
)

SYSTEM = {"units": 105, "networks": 29, "volume": 1120.0, "cost": 2200.0, "share_moved": 0.6}


def test_elasticity_zero_saves_nothing() -> None:
    assert hub_and_spoke([3, 5, 9], unit_cost=2, elasticity=0).net_saving == 0
    assert equal_networks(**SYSTEM, elasticity=0).net_saving == 0


@given(st.integers(2, 12), st.floats(-1, -0.01), st.floats(0.05, 0.99))
def test_one_network_and_equal_networks_agree(k: int, e: float, share: float) -> None:
    saving = hub_and_spoke(
        [7.0] * k, unit_cost=3, elasticity=e, share_moved=share, transport_per_unit=0.1
    )
    system = equal_networks(
        units=k,
        networks=1,
        volume=7 * k,
        cost=21 * k,
        elasticity=e,
        share_moved=share,
        transport_per_unit=0.1,
    )
    for part in ("hub_saving", "spoke_cost", "transport_cost", "moved_volume"):
        assert getattr(system, part) == pytest.approx(float(getattr(saving, part)))


@given(st.integers(2, 12), st.floats(-1, -0.01))
def test_merging_all_of_k_equal_units_saves_one_minus_k_to_the_e(k: int, e: float) -> None:
    saving = hub_and_spoke([7.0] * k, unit_cost=3, elasticity=e)
    assert saving.net_saving == pytest.approx(21 * k * (1 - k**e))
    assert saving.spoke_cost == 0


def test_hub_and_spokes_stand_on_one_curve() -> None:
    """Six units of 10 at GBP 1 in two networks, three quarters moved, elasticity −0.5.

    Each hub does 10 + 2 × 7.5 = 25 at 1 / sqrt(2.5), each of four spokes keeps 2.5 at
    sqrt(4) = 2. Cost after: 2 × 25 / sqrt(2.5) + 4 × 2.5 × 2.
    """
    found = equal_networks(
        units=6,
        networks=2,
        volume=60,
        cost=60,
        elasticity=-0.5,
        share_moved=0.75,
        transport_per_unit=0.1,
    )
    assert found.hub_saving == pytest.approx(50 - 50 / math.sqrt(2.5))
    assert found.spoke_cost == pytest.approx(4 * 2.5 * 2 - 10)
    assert found.moved_volume == pytest.approx(30)
    after = 50 / math.sqrt(2.5) + 20 + 3
    assert found.net_saving == pytest.approx(60 - after)


def test_a_steeper_curve_can_save_less_because_spokes_lose_scale() -> None:
    found = equal_networks(**SYSTEM, elasticity=[-0.1, -0.5, -1.5]).net_saving
    assert found[0] < found[1]
    assert found[2] < found[0]


def test_no_spokes_saves_and_costs_nothing() -> None:
    alone = hub_and_spoke([10], unit_cost=2, elasticity=-0.3, transport_per_unit=9)
    assert alone.net_saving == 0
    assert alone.transport_cost == 0
    assert alone.spoke_cost == 0
    system = equal_networks(
        units=29,
        networks=29,
        volume=1,
        cost=1,
        elasticity=-0.5,
        share_moved=1,
        transport_per_unit=5,
    )
    assert system.net_saving == 0


def test_new_hub_makes_every_unit_a_spoke() -> None:
    """Four units of 10 at GBP 2: 80 before; half moves to a new site at elasticity −0.5.

    The new site does 20 at 2 / sqrt(2), each unit keeps 5 at 2 × sqrt(2); 20 are carried at 0.1.
    With a hub among the four, it does 10 + 15 = 25 at 2 / sqrt(2.5), and three keep 5 each.
    """
    kwargs = {"unit_cost": 2, "elasticity": -0.5, "share_moved": 0.5, "transport_per_unit": 0.1}
    root = math.sqrt(2)
    new = hub_and_spoke([10] * 4, hub=None, **kwargs)
    assert new.hub_saving == pytest.approx(40 - 40 / root)
    assert new.spoke_cost == pytest.approx(40 * root - 40)
    assert new.transport_cost == pytest.approx(2)
    among = hub_and_spoke([10] * 4, hub=2, **kwargs)
    after = 50 / math.sqrt(2.5) + 30 * root + 1.5
    assert among.net_saving == pytest.approx(80 - after)
    assert among.net_share == pytest.approx((80 - after) / 80)


def test_unequal_units_by_hand() -> None:
    """Units of 4 and 16 (mean 10) at elasticity −0.5 and GBP 1 at 10.

    Unit cost at 4: sqrt(10/4), at 16: sqrt(10/16), merged at 20: sqrt(1/2).
    """
    before = 4 * math.sqrt(2.5) + 16 * math.sqrt(0.625)
    after = 20 * math.sqrt(0.5)
    saving = hub_and_spoke([4, 16], hub=1, unit_cost=1, elasticity=-0.5)
    assert saving.baseline_cost == pytest.approx(before)
    assert saving.net_saving == pytest.approx(before - after)
    assert saving.moved_volume == pytest.approx(4)


def test_plateau_reached_before_or_while_merging() -> None:
    """Four units of 10: a plateau of 10 saves nothing, one of 20 what merging two would save."""
    kwargs = {"unit_cost": 1, "elasticity": -0.5}
    assert hub_and_spoke([10] * 4, plateau=10, **kwargs).net_saving == 0
    assert hub_and_spoke([10] * 4, plateau=5, **kwargs).net_saving == 0
    at_twenty = hub_and_spoke([10] * 4, plateau=20, **kwargs)
    assert at_twenty.net_share == pytest.approx(1 - 2**-0.5)
    assert hub_and_spoke([10] * 4, plateau=40, **kwargs).net_share == pytest.approx(0.5)
    assert relative_unit_cost(8, 2, -1, plateau=np.inf) == pytest.approx(0.25)


def test_arrays_broadcast_and_add_up() -> None:
    result = equal_networks(**SYSTEM, elasticity=np.array([0, -0.1, -0.2]), transport_per_unit=0.05)
    frame = result.to_frame()
    assert len(frame) == 3
    assert (frame["net_saving"].diff().dropna() > 0).all()
    assert frame["net_saving"].to_numpy() == pytest.approx(
        frame["hub_saving"] - frame["spoke_cost"] - frame["transport_cost"]
    )


@given(st.floats(1, 400))
def test_break_even_matches_its_closed_form_where_all_moves(target: float) -> None:
    """ln(1 − needed) / ln(units / networks)."""
    whole = {**SYSTEM, "share_moved": 1.0}
    expected = math.log(1 - target / 2200) / math.log(105 / 29)
    found = break_even_elasticity(target, **whole)
    assert found == pytest.approx(expected, abs=1e-9)
    assert equal_networks(**whole, elasticity=found).net_saving == pytest.approx(target, rel=1e-6)


def test_break_even_is_the_flattest_of_two_curves_that_would_do() -> None:
    found = break_even_elasticity(100, **SYSTEM)
    assert found is not None
    assert -0.2 < found < -0.1
    assert equal_networks(**SYSTEM, elasticity=found).net_saving == pytest.approx(100, rel=1e-6)
    assert equal_networks(**SYSTEM, elasticity=found / 2).net_saving < 100


def test_break_even_at_its_ends() -> None:
    assert break_even_elasticity(0, **SYSTEM) == 0
    assert break_even_elasticity(230, **SYSTEM) is None
    assert break_even_elasticity(100, **SYSTEM, plateau=1) is None


def test_discounting_by_hand() -> None:
    assert discount_factors(3, 0.1) == pytest.approx([1, 1 / 1.1, 1 / 1.21])
    assert discount_factors(31)[30] == pytest.approx(1.035**-30)
    flows = programme(121, transition_cost=100, ramp_years=1, years=3, rate=0.1)
    assert flows.delivered == pytest.approx([0, 121, 121])
    assert flows.transition == pytest.approx([100, 0, 0])
    assert flows.npv == pytest.approx(-100 + 110 + 100)
    assert flows.payback_year == 1
    assert flows.to_frame()["delivered"].tolist() == [0, 121, 121]


def test_ramp_reaches_the_whole_saving_and_transition_is_spent_once() -> None:
    flows = programme(
        [90.0, -5.0], transition_cost=[30.0, 10], ramp_years=[3.0, 4.5], years=8, rate=0
    )
    assert flows.delivered[0] == pytest.approx([0, 30, 60, 90, 90, 90, 90, 90])
    assert flows.transition.sum(axis=-1) == pytest.approx([30, 10])
    assert flows.payback_year.tolist() == [1, np.inf]
    assert programme(5, transition_cost=0, ramp_years=2, years=4).payback_year == 0


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"elasticity": 0.1}, "elasticity"),
        ({"elasticity": float("nan")}, "elasticity"),
        ({"share_moved": 1.2}, "share_moved"),
        ({"share_moved": -0.1}, "share_moved"),
        ({"networks": 0}, "networks"),
        ({"networks": 106}, "networks"),
        ({"cost": -1}, "cost"),
        ({"volume": 0}, "volume"),
        ({"transport_per_unit": -1}, "transport_per_unit"),
        ({"plateau": 0}, "plateau"),
    ],
)
def test_nonsense_is_refused_by_name(change: dict[str, float], name: str) -> None:
    with pytest.raises(ParameterError) as refused:
        equal_networks(**{**SYSTEM, "elasticity": -0.1, **change})
    assert refused.value.name == name


def test_nonsense_elsewhere_is_refused() -> None:
    with pytest.raises(ParameterError, match="hub"):
        hub_and_spoke([1, 2], unit_cost=1, elasticity=0, hub=2)
    with pytest.raises(ParameterError, match="volumes"):
        hub_and_spoke([1, 0], unit_cost=1, elasticity=0)
    with pytest.raises(ParameterError, match="horizon"):
        discount_factors(0)
    with pytest.raises(ParameterError, match="horizon"):
        discount_factors(40)
    with pytest.raises(ParameterError, match="discount_rate"):
        discount_factors(5, -0.01)
    with pytest.raises(ParameterError, match="transition_cost"):
        programme(1, transition_cost=-1, ramp_years=1, years=2)
    with pytest.raises(ParameterError, match="ramp_years"):
        programme(1, transition_cost=1, ramp_years=0, years=2)
    with pytest.raises(ParameterError, match="target"):
        break_even_elasticity(-1, **SYSTEM)
