"""Value of information: what knowing an uncertain input before deciding would be worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.interpolate import BSpline

from nhsi_analysis.errors import ParameterError

Floats = npt.NDArray[np.float64]

_GROUPS = 12
_KNOTS = 5


@dataclass(frozen=True, slots=True)
class InformationValue:
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
        One row an input, most valuable first: input, value (EVPPI), error.
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
    values. The estimate is biased upwards by less than its error at the sizes used.
    """
    if net_benefit.shape[1] < 2:
        raise ParameterError("net_benefit", "must hold at least two options")
    if len(net_benefit) != len(inputs):
        raise ParameterError("inputs", "must have as many draws as the net benefit")
    if len(net_benefit) < 100:
        raise ParameterError("net_benefit", "must hold at least 100 draws", value=len(net_benefit))
    benefit = net_benefit.to_numpy(dtype=float)
    if not np.isfinite(benefit).all() or not np.isfinite(inputs.to_numpy(dtype=float)).all():
        raise ParameterError("net_benefit", "and inputs must not be missing or infinite")
    means = benefit.mean(axis=0)
    best = int(means.argmax())
    relative = benefit - benefit[:, [best]]
    everything, everything_error = _gain(relative)
    rows = []
    for name in inputs.columns:
        fitted = _conditional(inputs[name].to_numpy(dtype=float), relative)
        value, error = _gain(fitted)
        rows.append({"input": name, "value": value, "error": error})
    table = pd.DataFrame(rows).sort_values("value", ascending=False, kind="stable")
    return InformationValue(
        best=str(net_benefit.columns[best]),
        expected=pd.Series(means, index=net_benefit.columns),
        perfect=everything,
        perfect_error=everything_error,
        by_input=table.reset_index(drop=True),
    )


def _gain(relative: Floats) -> tuple[float, float]:
    """Mean gain of choosing draw by draw, and its standard error; never negative."""
    most = relative.max(axis=1)
    gain = float(most.mean() - relative.mean(axis=0).max())
    return max(gain, 0.0), float(most.std(ddof=1) / np.sqrt(most.size))


def _conditional(x: Floats, relative: Floats) -> Floats:
    """Return the expected value of each column given x."""
    values, group = np.unique(x, return_inverse=True)
    if values.size == 1:
        return np.broadcast_to(relative.mean(axis=0), relative.shape)
    if values.size <= _GROUPS:
        totals = np.zeros((values.size, relative.shape[1]))
        np.add.at(totals, group, relative)
        return np.asarray((totals / np.bincount(group)[:, None])[group])
    inner = np.unique(np.quantile(x, np.linspace(0, 1, _KNOTS + 2)[1:-1]))
    inner = inner[(inner > values[0]) & (inner < values[-1])]
    knots = np.concatenate([[values[0]] * 4, inner, [values[-1]] * 4])
    basis = BSpline.design_matrix(x, knots, 3).toarray()
    coefficients = np.linalg.lstsq(basis, relative, rcond=None)[0]
    return np.asarray(basis @ coefficients)
