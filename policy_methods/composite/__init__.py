"""Composite indicators and what the choices behind them do to a ranking."""

from policy_methods.composite.build import (
    Composite,
    composite,
    leave_one_out,
    spearman,
    spearman_interval,
)
from policy_methods.composite.errors import weighted_error
from policy_methods.composite.implied import (
    ImpliedWeights,
    implied_weights,
    metric_ratios,
    weights_by_group,
)
from policy_methods.composite.uncertainty import (
    CHOICES,
    CompositeUncertainty,
    composite_uncertainty,
)

__all__ = [
    "CHOICES",
    "Composite",
    "CompositeUncertainty",
    "ImpliedWeights",
    "composite",
    "composite_uncertainty",
    "implied_weights",
    "leave_one_out",
    "metric_ratios",
    "spearman",
    "spearman_interval",
    "weighted_error",
    "weights_by_group",
]
