from __future__ import annotations

import math

import pytest

from notebook_reports.evidence import Estimate, format_value


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "text"),
    [
        (0.448, "share", None, "44.8%"),
        (0.391, "share", 0, "39%"),
        (-1234.4, "GBP m", None, "−£1,234m"),
        (2.2, "GBP bn", 1, "£2.2bn"),
        (160, "trusts", None, "160 trusts"),
        (121.53, "places", None, "121.5 places"),
        (5.7, "pp", None, "5.7 percentage points"),
        (-0.0001, "share", None, "0.0%"),
        (0.001, "probability", None, "less than 1%"),
        (0.9999, "probability", None, "more than 99%"),
        (1.0, "probability", None, "100%"),
        (math.nan, "share", None, "not available"),
        (None, "GBP m", None, "not available"),
    ],
)
def test_format_value(value, unit, decimals, text):
    assert format_value(value, unit, decimals) == text


def test_an_estimate_says_its_interval_in_words():
    estimate = Estimate(0.039, 0.037, 0.041, unit="share", confidence=0.95)
    assert str(estimate) == "3.9% (3.7% to 4.1%)"


def test_the_unit_is_said_once_in_an_interval():
    estimate = Estimate(121, 43, 198, unit="places", kind="range")
    assert str(estimate) == "121 places (range 43 to 198 places)"


def test_an_estimate_without_interval_is_its_value():
    assert str(Estimate(230, unit="trusts")) == "230 trusts"


@pytest.mark.parametrize(
    ("value", "low", "high", "unit", "said"),
    [
        (0.337, 0.3367, 0.3379, "share", ""),
        (528, 527.9, 528.2, "GBP m", ""),
        (0.337, 0.31, 0.373, "share", "31.0% to 37.3%"),
        (1000, 997.5, 1002.5, "", "997.5 to 1,002.5"),
        (1000, 997.6, 1002.5, "", ""),
        (0.02, 0.0196, 0.0204, "share", ""),
        (0.0, -3.0, 2.0, "GBP m", "−£3m to £2m"),
    ],
)
def test_an_interval_that_tells_only_of_arithmetic_is_not_written(value, low, high, unit, said):
    estimate = Estimate(value, low, high, unit=unit, confidence=0.95)
    assert estimate.interval_text == said
    assert (estimate.low, estimate.high) == (low, high)


def test_a_kind_without_a_level_is_named():
    found = Estimate(0.09, 0.02, 0.18, "probability", kind="range over assumption sets")
    assert found.interval_text == "range over assumption sets 2% to 18%"
