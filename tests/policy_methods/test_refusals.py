"""Every method answers rightly or refuses in one sentence: no foreign traceback, no silent NaN."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from outcomes import FIGURES, outcome

from policy_methods.composite import composite, composite_uncertainty, spearman
from policy_methods.forecast import forecast
from policy_methods.funnel import funnel, funnel_normal, trimming_factor
from policy_methods.information import value_of_information
from policy_methods.location import great_circle_km, p_median
from policy_methods.markov import markov_projection, standardised_change
from policy_methods.ranking import (
    category_probabilities,
    expected_ranks,
    joint_rank_region,
    rank_confidence_sets,
    rank_set_coverage,
)
from policy_methods.reconstruct import reconstruct
from policy_methods.scale import break_even_elasticity, hub_and_spoke, programme
from policy_methods.segmented import placebo, segmented, sensitivity
from policy_methods.shares import implied_counts, wilson
from policy_methods.simulate import Distribution, draw, simulate, sobol, tornado
from policy_methods.spc import xmr, xmr_false_alarm
from policy_methods.transitions import paired_ordinal, paired_ordinal_table

NAN, INF = math.nan, math.inf
DATES = pd.date_range("2015-01-01", periods=36, freq="MS")
SERIES = 100 + np.random.default_rng(0).normal(size=36).cumsum()
THREE = [1.0, 2.0, 3.0]
UNIFORM = {"a": Distribution("uniform", (0, 1))}
GAIN = pd.DataFrame({"x": SERIES.tolist() * 3, "y": 0.0})


def same(cases: Any) -> Any:
    return {"y": cases["a"]}


def numbers_in(answer: Any) -> np.ndarray:
    frame = answer.to_frame() if hasattr(answer, "to_frame") else answer
    return pd.DataFrame(frame).select_dtypes("number").to_numpy(dtype=float)


REFUSED: dict[str, Callable[[], object]] = {
    "funnel: a level without a tail": lambda: funnel([1, 2], [9, 9], levels=[1 - 1e-16]),
    "funnel: names that are no list": lambda: funnel([1, 2], [9, 9], units=5),  # type: ignore[arg-type]
    "funnel: a target too near nought": lambda: funnel([1, 2], [9, 9], target=1e-320),
    "funnel: more cases than can be counted": lambda: funnel([1, 2], [1e40, 9]),
    "trimming: no units": lambda: trimming_factor(0, trim=0.1, method="winsorised"),
    "trimming: half a unit": lambda: trimming_factor(NAN, trim=0.1, method="truncated"),  # type: ignore[arg-type]
    "ranks: tiny errors": lambda: rank_confidence_sets(THREE, [1e-300, 1.0, 1.0]),
    "ranks: a level that rounds to certainty": lambda: rank_confidence_sets(
        THREE, 1.0, confidence=0.9999
    ),
    "ranks: a level below one half": lambda: rank_confidence_sets(THREE, 1.0, confidence=0.3),
    "shares: a level beyond the rule": lambda: wilson(1, 3, 0.9995),
    "ranks: truth as a list": lambda: rank_confidence_sets(THREE, 1.0, stepdown=np.array([1, 2])),  # type: ignore[arg-type]
    "ranks: a seed that is none": lambda: rank_confidence_sets(
        THREE, [1.0, 1.0, 2.0], kind="simultaneous", draws=200, seed=-1
    ),
    "ranks: a vast covariance": lambda: rank_confidence_sets(THREE, covariance=np.eye(3) * 1e200),
    "expected ranks: huge errors": lambda: expected_ranks(THREE, [1e200, 1.0, 1.0]),
    "expected ranks: huge values": lambda: expected_ranks([1e200, 1.0, 1.0], 1.0),
    "expected ranks: no such unit": lambda: expected_ranks(THREE, 1.0).probability_better(0, 9),
    "categories: text": lambda: category_probabilities(THREE, 1.0, ["a", "b"]),  # type: ignore[list-item]
    "categories: missing": lambda: category_probabilities(THREE, 1.0, [NAN, 1]),  # type: ignore[list-item]
    "categories: no list": lambda: category_probabilities(THREE, 1.0, 3),  # type: ignore[arg-type]
    "coverage: text": lambda: rank_set_coverage(THREE, 1.0, simulations="many"),  # type: ignore[arg-type]
    "coverage: half a unit": lambda: rank_set_coverage(THREE, 1.0, simulations=20, units_each=1.5),  # type: ignore[arg-type]
    "region: tiny errors": lambda: joint_rank_region(THREE, 1e-300),
    "composite: directions that are no mapping": lambda: composite(
        GAIN.assign(y=SERIES.tolist() * 3),
        directions=[1, 1],  # type: ignore[arg-type]
    ),
    "composite: weights as text": lambda: composite(GAIN, weights={"x": "a", "y": 1}),  # type: ignore[dict-item]
    "composite: draws as text": lambda: composite_uncertainty(GAIN, draws="many"),  # type: ignore[arg-type]
    "correlation: lengths": lambda: spearman([1, 2], THREE),
    "correlation: missing": lambda: spearman([1, 2, NAN], THREE),
    "voi: text": lambda: value_of_information(GAIN.assign(x="a"), GAIN),
    "change: missing counts": lambda: standardised_change([[1, NAN], [2, 3]], [4, 6]),
    "change: negative counts": lambda: standardised_change([[-1, 2], [2, 3]], [4, 6]),
    "change: negative population": lambda: standardised_change([[1, 2], [2, 3]], [-40, 60]),
    "change: missing population": lambda: standardised_change([[1, 2], [2, 3]], [NAN, 60]),
    "change: unbounded population": lambda: standardised_change([[1, 2], [2, 3]], [INF, 60]),
    "change: unbounded counts": lambda: standardised_change([[1, INF], [2, 3]], [4, 6]),
    "markov: groups that are no mapping": lambda: markov_projection([[1, 2], [2, 3]], combine=[1]),  # type: ignore[arg-type]
    "markov: a seed that is none": lambda: markov_projection([[1, 2], [2, 3]], seed=-1),
    "pairs: no order": lambda: paired_ordinal([object(), object()], [1, 2]),
    "pairs: too many to count": lambda: paired_ordinal_table([[0, 1e40], [1, 0]]),
    "shares: text": lambda: wilson(["a"], [3]),
    "shares: lengths": lambda: wilson([1, 2], [3, 4, 5]),
    "shares: totals": lambda: implied_counts({"a": 50}, 3),  # type: ignore[arg-type]
    "scale: shapes": lambda: hub_and_spoke(THREE, unit_cost=[1, 2], elasticity=-0.2),  # type: ignore[arg-type]
    "scale: a steep curve": lambda: hub_and_spoke([1, 1e40], unit_cost=1, elasticity=-1e6),
    "scale: a list": lambda: break_even_elasticity(
        5,
        units=[4, 5],
        networks=1,
        volume=1,
        cost=9,
        share_moved=1,  # type: ignore[arg-type]
    ),
    "scale: nothing": lambda: programme([], transition_cost=1, ramp_years=1, years=2),
    "scale: missing": lambda: programme(NAN, transition_cost=1, ramp_years=1, years=2),
    "simulate: a number as parameters": lambda: Distribution("uniform", 3),  # type: ignore[arg-type]
    "simulate: text": lambda: Distribution("fixed", ("a",)),  # type: ignore[arg-type]
    "simulate: draws as text": lambda: draw(UNIFORM, "many"),  # type: ignore[arg-type]
    "simulate: no such output": lambda: simulate(same, UNIFORM, draws=9).quantiles("z"),
    "simulate: a level": lambda: simulate(same, UNIFORM, draws=9).quantiles("y", 95),
    "simulate: a text model": lambda: simulate(
        lambda c: {"y": np.full(c["a"].size, "a")},  # type: ignore[dict-item]
        UNIFORM,
        draws=9,
    ),
    "tornado: no such output": lambda: tornado(same, UNIFORM, "z"),
    "tornado: nothing": lambda: tornado(same, {}, "y"),
    "sobol: missing": lambda: sobol(lambda c: {"y": c["a"] * NAN}, UNIFORM, "y", base_draws=8),
    "sobol: draws as text": lambda: sobol(same, UNIFORM, "y", base_draws="a"),  # type: ignore[arg-type]
    "xmr: bare numbers as dates": lambda: xmr(SERIES, range(36)),
    "xmr: a single rebase": lambda: xmr(SERIES, rebase=3),  # type: ignore[arg-type]
    "xmr: a constant baseline": lambda: xmr([5] * 12 + [6, 7, 5], fix_after=12),
    "xmr: points as text": lambda: xmr(SERIES, fix_after="a"),  # type: ignore[arg-type]
    "false alarms: text": lambda: xmr_false_alarm("a"),  # type: ignore[arg-type]
    "forecast: no draws": lambda: forecast(SERIES, DATES, horizon=2, draws=0),
    "forecast: no fits": lambda: forecast(SERIES, DATES, horizon=2, fits=0),
    "forecast: text": lambda: forecast(["a"] * 36, DATES, horizon=2),
    "forecast: a text horizon": lambda: forecast(SERIES, DATES, horizon="a"),  # type: ignore[arg-type]
    "segmented: lags beyond the series": lambda: segmented(
        SERIES, DATES, breaks=["2016-07-01"], errors="newey-west", lags=40
    ),
    "segmented: as many lags as values": lambda: segmented(
        SERIES, DATES, breaks=["2016-07-01"], errors="newey-west", lags=36
    ),
    "segmented: a number as breaks": lambda: segmented(SERIES, breaks=12),  # type: ignore[arg-type]
    "segmented: a missing date": lambda: segmented(SERIES, DATES, breaks=["2016-07-01"]).cumulative(
        pd.NaT
    ),
    "placebo: a level": lambda: placebo(SERIES, DATES, confidence="a"),
    "sensitivity: no dates": lambda: sensitivity(SERIES, None, breaks=["2016-07-01"]),
    "sensitivity: a bare season": lambda: sensitivity(
        SERIES,
        DATES,
        breaks=["2016-07-01"],
        seasons="none",  # type: ignore[arg-type]
    ),
    "location: text": lambda: p_median([["a", "b"], ["c", "d"]], 1),
    "location: text as number": lambda: p_median([[0, 1], [1, 0]], "a"),  # type: ignore[arg-type]
    "location: text as weights": lambda: p_median([[0, 1], [1, 0]], 1, weights=["a", "b"]),
    "distance: text": lambda: great_circle_km(["a"], [0.0], [1.0], [1.0]),
    "reconstruct: a missing start": lambda: reconstruct(FIGURES, None, "2016-03"),
    "reconstruct: draws as text": lambda: reconstruct(FIGURES, "2015-04", "2016-03", draws="many"),  # type: ignore[arg-type]
    "reconstruct: a missing month": lambda: reconstruct(
        FIGURES.assign(start=None), "2015-04", "2016-03"
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_can_not_be_answered_is_refused_in_one_sentence(case: str) -> None:
    words = outcome(REFUSED[case])
    assert words.startswith("parameter ")
    assert "\n" not in words


SPREADS = [1e-49, 1e-20, 1e-6, 1.0, 1e6, 1e20, 1e49]


@pytest.mark.parametrize("scale", SPREADS)
def test_standard_errors_of_any_size_give_numbers(scale: float) -> None:
    x = np.array([1.0, 2.0, 4.0, 3.0]) * min(scale, 1e40)
    se = np.array([0.3, 0.4, 0.5, 0.6]) * scale
    answers = [
        funnel_normal(x, se, overdispersion="winsorised"),
        *(expected_ranks(x, se, tau2=how) for how in ("REML", "DL", "PM")),
        rank_confidence_sets(x, se),
        joint_rank_region(x, se),
        category_probabilities(x, se, [1, 3], draws=200),
    ]
    assert all(np.isfinite(numbers_in(answer)).all() for answer in answers)


def test_one_unit_far_surer_than_the_rest_leaves_the_variance_between_units_finite() -> None:
    x, se = [1.0, 5.0, 9.0, 3.0], [1e-40, 1.0, 1.0, 1.0]
    # By hand: the sure unit sets the mean, so Q is the others' distance from it, 16 + 64 + 4, and
    # the divisor W - (sum of squared weights) / W tends to twice the sum of the others' weights.
    try:
        found = expected_ranks(x, se, tau2="DL")
        wide = funnel_normal(x, se, overdispersion="truncated", trim=0.0)
    except RuntimeWarning as error:
        pytest.fail(f"ended in a warning: {error}")
    assert found.tau2 == pytest.approx((84 - 3) / 6, rel=1e-9)
    assert wide.tau2 == pytest.approx((84 - 3) / 6, rel=1e-9)
