"""Segmented regression of an interrupted time series, and how fragile its estimate is."""

from policy_methods.segmented.fragility import Placebo, placebo, sensitivity
from policy_methods.segmented.regression import (
    ERRORS,
    Errors,
    Season,
    Segmented,
    segmented,
)

__all__ = [
    "ERRORS",
    "Errors",
    "Placebo",
    "Season",
    "Segmented",
    "placebo",
    "segmented",
    "sensitivity",
]
