"""The months after an intervention as they would have come without it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import ndtr

from policy_methods.checks import numbers, whole
from policy_methods.errors import ParameterError
from policy_methods.results import Result

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Counterfactual(Result):
    """The path's own prior carried on from the eve of the first break; F months follow it.

    A structural time-series model's counterfactual (Brodersen and others 2015, Annals of Applied
    Statistics 9:247): it shares the path's past and season, its level and slope wander on by
    themselves, and what followed the breaks says only how much they wander.

    Parameters
    ----------
    since : int
        Position of the first break among the path's months.
    draws : array of shape (n_draws, F)
        Joint draws, row by row with the path's.
    season : array of shape (n_draws, T)
        Seasonal part of each draw of the path; noughts where the prior has none.
    expected : array of shape (n_draws, F)
        What counterfactual less path is expected to be, given each draw's prior and the values
        that the published numbers took in it.
    covariance : array of shape (n_priors, F, F)
        Of counterfactual less path about that, for each prior drawn.
    drawn : int array of shape (n_draws,)
        The prior of each draw.
    levels_before : int
        Levels used (sums, months, means, shares) that lie wholly before the first break.
    confidence : float
        Level of the intervals.
    """

    since: int
    draws: Floats
    season: Floats
    expected: Floats
    covariance: Floats
    drawn: npt.NDArray[np.int64]
    levels_before: int
    confidence: float

    def less_path(
        self, months: int, weights: npt.ArrayLike | None = None
    ) -> tuple[float, float, float]:
        """Return mean, low and high of counterfactual less path, added up over the first months.

        Each draw stands for a normal distribution of what it leaves open, so that the ends hardly
        depend on the seed.

        Parameters
        ----------
        months : int
            How many, from the first break on.
        weights : array of shape (F,), optional
            Factor of each month, such as one to other prices.

        Raises
        ------
        ParameterError
            If there aren't as many months, or a weight for each.
        """
        span = self.expected.shape[1]
        months = whole("months", months, 1, span)
        factor = np.ones(span) if weights is None else numbers("weights", weights)
        if factor.shape != (span,):
            raise ParameterError("weights", f"must be one for each of {span} months")
        over = np.where(np.arange(span) < months, factor, 0.0)
        middle = self.expected @ over
        spread = np.sqrt(np.maximum(np.einsum("i,gij,j->g", over, self.covariance, over), 0))
        # a floor, for a difference that the numbers settle
        sd = np.maximum(spread, 1e-9 * max(float(np.abs(middle).max()), 1e-9))[self.drawn]
        reach = (float((middle - 9 * sd).min()), float((middle + 9 * sd).max()))
        low, high = (
            float(brentq(lambda x, q=q: np.mean(ndtr((x - middle) / sd)) - q, *reach))
            for q in ((1 - self.confidence) / 2, (1 + self.confidence) / 2)
        )
        return float(middle.mean()), low, high
