"""Value of information: what knowing an uncertain input before deciding would be worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.interpolate import BSpline
from scipy.linalg import orth

from policy_methods.checks import Floats, numbers
from policy_methods.errors import ParameterError
from policy_methods.results import Result

__all__ = [
    "InformationValue",
    "value_of_information",
]

_GROUPS = 12
_KNOTS = 5
_PERMUTATIONS = 19


@dataclass(frozen=True, slots=True)
class InformationValue(Result):
    """Best option as things stand, and the value of knowing more before choosing.

    Parameters
    ----------
    best : str
        Option with the highest mean net benefit.
    expected : Series
        Mean net benefit by option.
    perfect : float
        Expected value of perfect information on everything (EVPI).
    perfect_error : float
        Its Monte Carlo standard error.
    by_input : DataFrame
        One row an input, most valuable first: input, value (EVPPI; 0 where the estimate isn't above
        its floor), error (Monte Carlo standard error), floor (what the estimate would reach by
        overfitting alone if the input were worth nothing; 0 where nothing was estimated).
    """

    best: str
    expected: pd.Series
    perfect: float
    perfect_error: float
    by_input: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return the value by input, with a last row for everything at once."""
        everything = {
            "input": "everything",
            "value": self.perfect,
            "error": self.perfect_error,
            "floor": 0.0,
        }
        return pd.concat([self.by_input, pd.DataFrame([everything])], ignore_index=True)


def value_of_information(net_benefit: pd.DataFrame, inputs: pd.DataFrame) -> InformationValue:
    """Value of perfect information on each input of a choice between options.

    Parameters
    ----------
    net_benefit : DataFrame, shape (draws, options)
        Net benefit of each option in each draw, with common random numbers.
    inputs : DataFrame, shape (draws, inputs)
        The draws of the inputs.

    Returns
    -------
    InformationValue
        EVPI and, input by input, EVPPI, in the unit of the net benefit.

    Raises
    ------
    ParameterError
        Fewer than two options, tables of different lengths, missing values, too few draws.

    Notes
    -----
    EVPPI = E[max_d E(NB_d | x)] − max_d E(NB_d). The inner expectation is a regression of each
    option's net benefit, relative to the best one, on a cubic spline of the input (Strong, Oakley
    & Brennan 2014, Medical Decision Making 34:311), or the mean by value for an input with few
    values.

    A regression that follows the noise finds a gain where there is none, so the estimate is biased
    upwards, most where two options are close, and by more than its Monte Carlo error. The floor
    says how far that goes: it is the largest estimate over 19 random permutations of the draws,
    which cut every tie between the input and the net benefit, so an input worth nothing passes it
    in one case of 20 (a permutation test: Phipson & Smyth 2010, Statistical Applications in
    Genetics and Molecular Biology 9:39). An estimate that isn't above it counts as 0; one above it
    keeps what is left of the bias, which is less than the floor. The permutations have a seed of
    their own, so the same draws give the same floor.
    """
    tables: tuple[tuple[str, object], ...] = (("net_benefit", net_benefit), ("inputs", inputs))
    for name, table in tables:
        if not isinstance(table, pd.DataFrame) or table.shape[1] == 0:
            raise ParameterError(name, "must be a DataFrame with a column or more")
    if net_benefit.shape[1] < 2:
        raise ParameterError("net_benefit", "must hold at least two options")
    if len(net_benefit) != len(inputs):
        raise ParameterError("inputs", "must have as many draws as the net benefit")
    if len(net_benefit) < 100:
        raise ParameterError("net_benefit", "must hold at least 100 draws", value=len(net_benefit))
    benefit = numbers("net_benefit", net_benefit.to_numpy(), ndim=2)
    drawn = numbers("inputs", inputs.to_numpy(), ndim=2)
    means = benefit.mean(axis=0)
    best = int(means.argmax())
    relative = np.ascontiguousarray((benefit - benefit[:, [best]]).T)
    everything, everything_error = _gain(relative)
    rows = []
    for k, name in enumerate(inputs.columns):
        basis = _basis(drawn[:, k])
        value, error = _gain(relative @ basis @ basis.T)
        floor = _floor(basis, relative) if value > 0 else 0.0
        worth = value if value > floor else 0.0
        rows.append({"input": name, "value": worth, "error": error, "floor": floor})
    table = pd.DataFrame(rows).sort_values("value", ascending=False, kind="stable")
    return InformationValue(
        best=str(net_benefit.columns[best]),
        expected=pd.Series(means, index=net_benefit.columns),
        perfect=everything,
        perfect_error=everything_error,
        by_input=table.reset_index(drop=True),
    )


def _gain(relative: Floats) -> tuple[float, float]:
    """Mean gain of choosing draw by draw, and its standard error; never negative.

    One row an option, one column a draw.
    """
    most = relative.max(axis=0)
    gain = float(most.mean() - relative.mean(axis=1).max())
    return max(gain, 0.0), float(most.std(ddof=1) / np.sqrt(most.size))


def _basis(x: Floats) -> Floats:
    """Orthonormal basis, shape (draws, k), of the functions of x that the regression may take."""
    values, group = np.unique(x, return_inverse=True)
    if values.size == 1:
        return np.zeros((x.size, 1))
    if values.size <= _GROUPS:
        return np.eye(values.size)[group] / np.sqrt(np.bincount(group))
    inner = np.unique(np.quantile(x, np.linspace(0, 1, _KNOTS + 2)[1:-1]))
    inner = inner[(inner > values[0]) & (inner < values[-1])]
    knots = np.concatenate([[values[0]] * 4, inner, [values[-1]] * 4])
    return np.asarray(orth(BSpline.design_matrix(x, knots, 3).toarray()))


def _floor(basis: Floats, relative: Floats) -> float:
    """Largest gain found where permuted draws have nothing to do with the input."""
    rng = np.random.default_rng(0)
    orders = (rng.permutation(len(basis)) for _ in range(_PERMUTATIONS))
    return max(_gain(relative[:, order] @ basis @ basis.T)[0] for order in orders)
