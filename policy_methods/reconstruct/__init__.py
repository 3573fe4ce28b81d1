"""A monthly path through published totals, as uncertain as they leave it."""

from policy_methods.reconstruct.counterfactual import Counterfactual
from policy_methods.reconstruct.path import Reconstruction, reconstruct

__all__ = ["Counterfactual", "Reconstruction", "reconstruct"]
