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
    assert str(estimate) == "3.9% (95% confidence interval 3.7% to 4.1%)"


def test_the_unit_is_said_once_in_an_interval():
    estimate = Estimate(121, 43, 198, unit="places", kind="range")
    assert str(estimate) == "121 places (range 43 to 198 places)"


def test_an_estimate_without_interval_is_its_value():
    assert str(Estimate(230, unit="trusts")) == "230 trusts"
