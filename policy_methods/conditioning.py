"""A simulation held to what was measured: importance weights on its draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from policy_methods.checks import Floats, number, numbers
from policy_methods.errors import ParameterError

__all__ = ["Held", "hold_to"]


@dataclass(frozen=True, slots=True)
class Held:
    """Draws weighted by how well each agrees with what was measured.

    Parameters
    ----------
    weights : ndarray, shape (draws,)
        Weights, which add to 1.
    miss : float
        Weighted mean of the prediction less the mean of the measurements, in standard errors of a
        single measurement: how far the draws stay from the record even after weighting.
    """

    weights: Floats
    miss: float

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


def hold_to(predicted: npt.ArrayLike, measured: Sequence[float], error: float) -> Held:
    """Weight the draws of a simulation by the likelihood of measurements of one quantity.

    Parameters
    ----------
    predicted : array-like, shape (draws,)
        What each draw gives for the quantity.
    measured : sequence of float
        Measurements of it, in the same unit.
    error : float
        Standard error of each measurement, above 0; errors are normal and independent.

    Returns
    -------
    Held

    Raises
    ------
    ParameterError
        No draws, no measurement, missing values, an error not above 0.

    Notes
    -----
    Self-normalised importance sampling with the simulation as proposal (Owen 2013, Monte Carlo
    theory, methods and examples, chapter 9); effective sample size by Kish (1965). A small one, or
    a large miss, says that the record lies where the simulation has next to no draws: the two
    disagree, and the weighted draws are no answer.

    Examples
    --------
    >>> held = hold_to([0.0, 10.0, 20.0], [10.0], 1.0)
    >>> round(held.effective, 3), round(held.miss, 3)
    (1.0, 0.0)
    """
    draws = numbers("predicted", predicted, ndim=1)
    readings = numbers("measured", measured, ndim=1)
    if not draws.size or not readings.size:
        raise ParameterError("predicted" if not draws.size else "measured", "must hold a number")
    spread = number("error", error, least=1e-9, rule="must be above 0")
    logs = -0.5 * (((draws[:, None] - readings) / spread) ** 2).sum(axis=1)
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    return Held(weights, float(weights @ draws - readings.mean()) / spread)
