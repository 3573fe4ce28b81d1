"""A simulation held to what was measured: importance weights on its draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtr

from policy_methods.checks import Floats, number, numbers
from policy_methods.errors import ParameterError
from policy_methods.results import Result

__all__ = ["Held", "hold_to"]


@dataclass(frozen=True, slots=True)
class Held(Result):
    """Draws weighted by how well each agrees with what was measured.

    Parameters
    ----------
    weights : ndarray, shape (draws,)
        Weights, which add to 1.
    tail : float
        Chance, before any weighting, of a measurement at least as far out on either side: the
        prior predictive check. Near nought, simulation and record disagree.
    """

    weights: Floats
    tail: float

    @property
    def effective(self) -> float:
        """Effective sample size: how many equally weighted draws would be as precise."""
        return float(1 / (self.weights**2).sum())

    def probability(self, reached: npt.ArrayLike) -> tuple[float, float]:
        """Weighted share of draws for which something is true, and its simulation error.

        Parameters
        ----------
        reached : array-like of bool, shape (draws,)
            Whether it is true of each draw.

        Returns
        -------
        tuple of float
            The probability and its standard error.
        """
        hit = numbers("reached", np.asarray(reached, dtype=float), ndim=1)
        if hit.size != self.weights.size:
            raise ParameterError("reached", f"must hold {self.weights.size} draws", value=hit.size)
        share = float(self.weights @ hit)
        return share, float(np.sqrt(((self.weights * (hit - share)) ** 2).sum()))

    def to_frame(self) -> pd.DataFrame:
        """Return one row a draw: its weight."""
        return pd.DataFrame({"weight": self.weights})


def hold_to(predicted: npt.ArrayLike, measured: float, error: float) -> Held:
    """Weight the draws of a simulation by the likelihood of a measurement.

    Parameters
    ----------
    predicted : array-like, shape (draws,)
        What each draw gives for the quantity.
    measured : float
        The measurement, in the same unit.
    error : float
        Its standard error, above 0; errors are normal.

    Returns
    -------
    Held

    Raises
    ------
    ParameterError
        No draws, missing values, an error not above 0.

    Notes
    -----
    Self-normalised importance sampling with the simulation as proposal (Owen 2013, Monte Carlo
    theory, methods and examples, chapter 9); effective sample size by Kish (1965): a small one says
    that the weighted draws are too few for an answer. Whether simulation and record agree is
    another question, and the tail answers it (Box 1980, J R Stat Soc A 143:383).

    Examples
    --------
    >>> held = hold_to([0.0, 10.0, 20.0], 10.0, 1.0)
    >>> round(held.effective, 3), round(held.tail, 3)
    (1.0, 1.0)
    """
    draws = numbers("predicted", predicted, ndim=1)
    if not draws.size:
        raise ParameterError("predicted", "must hold a number")
    spread = number("error", error, least=1e-9, rule="must be above 0")
    away = (number("measured", measured) - draws) / spread
    weights = np.exp(0.5 * ((away**2).min() - away**2))
    below = float(ndtr(away).mean())
    return Held(weights / weights.sum(), 2 * min(below, 1 - below))
