"""Forecasts of a monthly series by several families of models, back-tested, as simulated paths."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from statsmodels.tools.sm_exceptions import ConvergenceWarning
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.statespace.sarimax import SARIMAX
from statsmodels.tsa.statespace.structural import UnobservedComponents

from policy_methods.checks import (
    check_confidence,
    choice,
    generator,
    listed,
    monthly_dates,
    numbers,
    whole,
)
from policy_methods.errors import ParameterError
from policy_methods.results import Result

__all__ = [
    "FAMILIES",
    "SEASONAL_FROM",
    "Floats",
    "Forecast",
    "forecast",
]

Floats = npt.NDArray[np.float64]

FAMILIES = {
    "ets": "exponential smoothing (damped trend)",
    "sarimax": "seasonal ARIMA (0,1,1)(0,1,1)",
    "structural": "structural (local linear trend)",
}
SEASONAL_FROM = 36
"""Months from which the models take a season; fewer can't tell it from the trend."""


@dataclass(frozen=True, slots=True)
class Forecast(Result):
    """Simulated futures of a monthly series.

    Parameters
    ----------
    months : DatetimeIndex of length horizon
    paths : array of shape (r, horizon)
        Simulated futures, all families in equal parts.
    source : int array of shape (r,)
        Row of `y` (the draw of the past) each future continues.
    family : str array of shape (r,)
    backtest : DataFrame
        One row a family: family, label, origins, mean_absolute_error, coverage (share of held-out
        months inside the interval), unconverged (fits that stopped early).
    confidence : float
    """

    months: pd.DatetimeIndex
    paths: Floats
    source: npt.NDArray[np.int64]
    family: npt.NDArray[np.str_]
    backtest: pd.DataFrame
    confidence: float

    def to_frame(self) -> pd.DataFrame:
        """Return one row a family (and "all") and month: family, month, mean, low, high."""
        tails = [(1 - self.confidence) / 2, (1 + self.confidence) / 2]
        parts = []
        for name in ("all", *dict.fromkeys(self.family.tolist())):
            paths = self.paths if name == "all" else self.paths[self.family == name]
            low, high = np.quantile(paths, tails, axis=0)
            parts.append(
                pd.DataFrame(
                    {
                        "family": name,
                        "month": self.months,
                        "mean": paths.mean(axis=0),
                        "low": low,
                        "high": high,
                    }
                )
            )
        return pd.concat(parts, ignore_index=True)


def _fit(family: str, y: Floats) -> tuple[Any, bool]:
    """Fit one model; also whether it converged."""
    seasonal = y.size >= SEASONAL_FROM
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if family == "ets":
            model = ETSModel(
                y,
                trend="add",
                damped_trend=True,
                seasonal="add" if seasonal else None,
                seasonal_periods=12 if seasonal else None,
                # estimating twelve starting seasons takes ten times as long and changes little
                initialization_method="heuristic",
            )
            result = model.fit(disp=False, maxiter=200)
        elif family == "sarimax":
            model = SARIMAX(
                y, order=(0, 1, 1), seasonal_order=(0, 1, 1, 12) if seasonal else (0, 0, 0, 0)
            )
            result = model.fit(disp=False, maxiter=60)
        else:
            model = UnobservedComponents(
                y, level="lltrend", seasonal=12 if seasonal else None, stochastic_seasonal=False
            )
            result = model.fit(disp=False, maxiter=60)
    stopped = any(issubclass(w.category, ConvergenceWarning) for w in caught)
    return result, not stopped


def _simulate(
    family: str, fitted: Any, y: Floats, horizon: int, repeats: int, rng: np.random.Generator
) -> Floats:
    """Simulate futures of `y` under a fitted model; shape (repeats, horizon)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # start-value notices for a model that is already fitted
        if family == "ets":
            model = fitted.model
            again = ETSModel(
                y,
                trend="add",
                damped_trend=True,
                seasonal=model.seasonal,
                seasonal_periods=model.seasonal_periods if model.seasonal else None,
                initialization_method="heuristic",
            ).smooth(fitted.params)
            drawn = again.simulate(horizon, anchor="end", repetitions=repeats, rng=rng)
            return np.asarray(drawn, dtype=float).reshape(horizon, repeats).T
        return _ahead(fitted.model.clone(y).filter(fitted.params), horizon, repeats, rng)


def _ahead(fitted: Any, horizon: int, repeats: int, rng: np.random.Generator) -> Floats:
    """Draw futures of a state space model from its state at the end, all of them at once.

    statsmodels' own ``simulate`` takes them one by one and starts the model anew for each.
    """
    space = fitted.model.ssm
    move, shocks, seen = space["transition"], space["selection"], space["design"][0]
    state = rng.multivariate_normal(
        fitted.predicted_state[:, -1], fitted.predicted_state_cov[:, :, -1], repeats, method="svd"
    )
    noise = np.sqrt(float(space["obs_cov"][0, 0]))
    spread = np.linalg.cholesky(space["state_cov"] + 1e-12 * np.eye(shocks.shape[1]))
    paths = np.empty((repeats, horizon))
    for step in range(horizon):
        paths[:, step] = state @ seen + noise * rng.standard_normal(repeats)
        drawn = rng.standard_normal((repeats, shocks.shape[1])) @ spread.T
        state = state @ move.T + drawn @ shocks.T
    return paths


def forecast(
    y: npt.ArrayLike,
    dates: Any,
    *,
    horizon: int,
    families: Sequence[str] = ("ets", "sarimax", "structural"),
    confidence: float = 0.95,
    origins: int = 4,
    draws: int = 40,
    fits: int = 3,
    repeats: int = 25,
    seed: int | np.random.Generator = 0,
) -> Forecast:
    """Forecast a monthly series and back-test the models on it.

    Parameters
    ----------
    y : array of shape (n,) or (m, n)
        The series, or draws of it; the futures then continue `draws` of them, evenly taken, so
        the doubt about the past reaches the forecast.
    dates : array of n dates
        First days of consecutive months, or last days of them; the forecast keeps to these.
    horizon : int
        Months ahead, 1 to 36.
    families : sequence of {"ets", "sarimax", "structural"}
        Models of statsmodels: ETS, SARIMAX, UnobservedComponents.
    confidence : float
    origins : int
        Rolling origins of the back-test, spread over the last third of the series; 0 for none.
    draws, fits, repeats : int
        Draws continued; of those, how many the parameters are estimated on; futures for each.
    seed : int or Generator

    Returns
    -------
    Forecast

    Raises
    ------
    ParameterError
        If a family is unknown, the series too short (24 months) or not of finite numbers, the
        dates not those of consecutive months in order, or a number out of its range.
    """
    values = np.atleast_2d(numbers("y", y, ndim=None))
    if values.ndim != 2 or values.shape[1] < 24:
        raise ParameterError(
            "y", "must have at least 24 months: a series, or draws of one", value=values.shape
        )
    index = monthly_dates("dates", dates, values.shape[1])
    horizon = whole("horizon", horizon, 1, 36)
    if not listed("families", families, "families"):
        raise ParameterError("families", "must name at least one", allowed=FAMILIES)
    for name in families:
        choice("families", name, tuple(FAMILIES))
    confidence = check_confidence(confidence)
    draws, fits = whole("draws", draws, 1), whole("fits", fits, 1)
    repeats, origins = whole("repeats", repeats, 1), whole("origins", origins, 0)
    rng = generator(seed)
    picked = np.unique(np.linspace(0, len(values) - 1, min(draws, len(values))).round().astype(int))
    groups = np.array_split(picked, min(fits, len(picked)))
    paths, source, family, table = [], [], [], []
    for name in families:
        error, inside, bad, tried = _backtest(name, values[picked[0]], origins, confidence, rng)
        for group in groups:
            fitted, converged = _fit(name, values[group[0]])
            bad += not converged
            for row in group:
                paths.append(_simulate(name, fitted, values[row], horizon, repeats, rng))
                source += [int(row)] * repeats
                family += [name] * repeats
        table.append((name, FAMILIES[name], tried, error, inside, bad))
    columns = ["family", "label", "origins", "mean_absolute_error", "coverage", "unconverged"]
    step = "MS" if index[0].day == 1 else "ME"
    months = pd.date_range(index[-1], periods=horizon + 1, freq=step)[1:].rename("month")
    return Forecast(
        months,
        np.vstack(paths),
        np.array(source),
        np.array(family),
        pd.DataFrame(table, columns=columns),
        confidence,
    )


def _backtest(
    name: str, y: Floats, origins: int, confidence: float, rng: np.random.Generator
) -> tuple[float, float, int, int]:
    """Forecast up to six held-out months from several origins; error, coverage, unconverged, n."""
    first = max(24, y.size * 2 // 3)
    last = y.size - 3
    if origins < 1 or last < first:
        return float("nan"), float("nan"), 0, 0
    errors, inside, bad = [], [], 0
    cuts = np.unique(np.linspace(first, last, origins).round().astype(int))
    for cut in cuts:
        ahead = min(6, y.size - cut)
        fitted, converged = _fit(name, y[:cut])
        bad += not converged
        futures = _simulate(name, fitted, y[:cut], ahead, 400, rng)
        low, high = np.quantile(futures, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
        truth = y[cut : cut + ahead]
        errors.append(np.abs(futures.mean(axis=0) - truth))
        inside.append((low <= truth) & (truth <= high))
    return (
        float(np.concatenate(errors).mean()),
        float(np.concatenate(inside).mean()),
        bad,
        len(cuts),
    )
