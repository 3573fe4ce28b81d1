"""A place among others, ties as ties."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nhsi_analysis.answers.ranks import place


def test_ties_are_ties_and_the_range_holds_the_place() -> None:
    shares = pd.Series([0.5, 0.4, 0.4, 0.4, 0.3], list("ABCDE"))
    found = place(shares, shares * 0 + 0.02, "C", label="place among five")
    assert (found.text, found.value, found.n) == ("tied 2nd to 4th of 5", 2, 5)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= 2
    assert found.high >= 4
    sure = place(shares, shares * 0 + 1e-6, "A")
    assert (sure.text, sure.interval_text) == ("1st of 5", "")


def test_ranges_hold_true_places_about_as_often_as_they_promise() -> None:
    # 60 worlds of 30 units: a standard error of about 1 point.
    rng, held = np.random.default_rng(3), []
    for _ in range(60):
        truth = rng.normal(0, 1, 30)
        seen = pd.Series(truth + rng.normal(0, 0.7, 30))
        found = place(seen, seen * 0 + 0.7, 0, confidence=0.9)
        assert found.low is not None
        assert found.high is not None
        held.append(found.low <= 1 + (truth > truth[0]).sum() <= found.high)
    assert 0.8 <= np.mean(held) <= 1.0
