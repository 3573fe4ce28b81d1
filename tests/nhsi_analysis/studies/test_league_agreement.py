"""Agreement of a score with ratings: refused, or no odds, where there are none to give."""

from __future__ import annotations

import numpy as np
import pytest

from nhsi_analysis.studies.league.numbers.agreement import ordered_fit, spearman_interval
from policy_methods.errors import ParameterError


def test_what_can_not_be_answered_is_refused() -> None:
    with pytest.raises(ParameterError):
        spearman_interval(0.5, 3, 0.95)
    with pytest.raises(ParameterError):
        ordered_fit(np.r_[np.arange(59.0), np.nan], np.repeat([1, 2, 3], 20), 0.95)


def test_ratings_told_apart_by_the_score_have_no_finite_odds() -> None:
    score = np.arange(60.0)
    assert ordered_fit(score, np.repeat([1, 2, 3], 20), 0.95) is None
    mixed = np.r_[np.arange(40.0) % 7, np.arange(100.0, 120.0)]
    try:
        assert ordered_fit(mixed, np.repeat([1, 2, 3], 20), 0.95) is None
    except Warning as error:
        pytest.fail(f"ended in a warning: {error}")
