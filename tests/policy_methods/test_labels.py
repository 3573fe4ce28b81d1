"""Labelled inputs are paired by label or refused, and a unit's label stands for one unit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from outcomes import outcome

from policy_methods.composite import (
    composite,
    composite_uncertainty,
    leave_one_out,
    spearman,
)
from policy_methods.funnel import funnel, funnel_normal
from policy_methods.ranking import (
    category_probabilities,
    expected_ranks,
    joint_rank_region,
    rank_confidence_sets,
)
from policy_methods.shares import wilson

NAMES = list("abcd")
X = pd.Series([1.0, 2.0, 9.0, 4.0], index=NAMES)
SE = pd.Series([5.0, 0.01, 0.02, 0.3], index=NAMES)
COVARIANCE = pd.DataFrame(np.diag(SE**2) + 1e-5 * np.eye(4)[::-1], index=NAMES, columns=NAMES)
TABLE = pd.DataFrame({"x": X, "y": X[::-1].to_numpy(), "z": [3.0, 1.0, 2.0, 5.0]})
ERRORS = pd.DataFrame(
    [[0.1, 0.2, 0.3], [1.0, 2.0, 3.0], [0.0, 0.5, 0.9], [2.0, 0.0, 0.0]], NAMES, list("xyz")
)
EVENTS, BASES = X * 10, pd.Series([100.0, 200.0, 110.0, 400.0], index=NAMES)
WEIGHTS = pd.Series({"x": 1.0, "y": 5.0, "z": 2.0})

PAIRED: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "sets": (lambda se: rank_confidence_sets(X, se).to_frame(), SE),
    "sets by covariance": (lambda c: rank_confidence_sets(X, covariance=c).to_frame(), COVARIANCE),
    "region": (lambda se: joint_rank_region(X, se).to_frame(), SE),
    "expected ranks": (lambda se: expected_ranks(X, se).to_frame(), SE),
    "categories": (lambda se: category_probabilities(X, se, [1, 3], draws=200).to_frame(), SE),
    "funnel": (lambda base: funnel(EVENTS, base).points, BASES),
    "ratios": (lambda base: funnel(EVENTS, base, kind="ratio").points, BASES),
    "funnel's names": (
        lambda units: funnel(EVENTS, BASES, units=units).points,
        pd.Series(["A", "B", "C", "D"], index=NAMES),
    ),
    "funnel's peers": (
        lambda groups: funnel(EVENTS, BASES, groups=groups).points,
        pd.Series(["A", "B", "A", "B"], index=NAMES),
    ),
    "normal funnel": (lambda se: funnel_normal(X, se).points, SE),
    "correlation": (lambda other: pd.Series([spearman(X, other)]), EVENTS),
    "shares": (lambda total: wilson(EVENTS, total).to_frame(), BASES),
    "errors of indicators": (
        lambda se: composite_uncertainty(TABLE, se=se, draws=50).to_frame(),
        ERRORS,
    ),
    "weights of indicators": (lambda w: composite(TABLE, weights=w).to_frame(), WEIGHTS),
    "weights, one left out": (lambda w: leave_one_out(TABLE, weights=w), WEIGHTS),
}
BY_INDICATOR = {"weights of indicators", "weights, one left out"}


def turned(values: Any) -> Any:
    back = values.iloc[::-1]
    return back.iloc[:, ::-1] if isinstance(values, pd.DataFrame) else back


@pytest.mark.parametrize("case", PAIRED)
def test_inputs_in_another_order_are_paired_by_label(case: str) -> None:
    call, values = PAIRED[case]
    pd.testing.assert_frame_equal(pd.DataFrame(call(turned(values))), pd.DataFrame(call(values)))


@pytest.mark.parametrize("case", PAIRED)
def test_inputs_of_other_labels_are_refused_and_lists_are_taken_in_order(case: str) -> None:
    call, values = PAIRED[case]
    other = values.rename(index={values.index[0]: "w"})
    said = outcome(lambda: call(other))
    assert "the same labels" in said or ("not in the table" in said and case in BY_INDICATOR)
    pd.testing.assert_frame_equal(pd.DataFrame(call(values.to_numpy())), pd.DataFrame(call(values)))


TWICE = ["a", "b", "b", "d"]
REPEATED: dict[str, Callable[[], Any]] = {
    "composite": lambda: composite(TABLE.set_axis(TWICE)),
    "composite's uncertainty": lambda: composite_uncertainty(TABLE.set_axis(TWICE), draws=50),
    "one left out": lambda: leave_one_out(TABLE.set_axis(TWICE)),
    "sets": lambda: rank_confidence_sets(X.set_axis(TWICE), 1.0),
    "region": lambda: joint_rank_region(X.set_axis(TWICE), 1.0),
    "expected ranks": lambda: expected_ranks(X.set_axis(TWICE), 1.0),
    "categories": lambda: category_probabilities(X.set_axis(TWICE), 1.0, [1, 3], draws=200),
    "funnel": lambda: funnel(EVENTS, BASES, units=TWICE),
    "normal funnel": lambda: funnel_normal(X, SE, units=TWICE),
}


@pytest.mark.parametrize("case", REPEATED)
def test_a_label_of_two_units_is_refused(case: str) -> None:
    said = outcome(REPEATED[case])
    assert "must name each unit once" in said
    assert "'b'" in said
