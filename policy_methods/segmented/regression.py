"""Segmented regression of an interrupted time series: counterfactual and cumulative effect.

One series without a control can't tell an intervention from anything else that happened then; the
checks in :mod:`policy_methods.segmented.fragility` say how fragile an estimate is.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import statsmodels.api as sm
from scipy import stats
from scipy.optimize import linprog
from statsmodels.stats.diagnostic import acorr_breusch_godfrey
from statsmodels.stats.stattools import durbin_watson
from statsmodels.tools.sm_exceptions import SingularMatrixWarning

from policy_methods.checks import (
    check_confidence,
    choice,
    flag,
    listed,
    month,
    monthly_dates,
    number,
    numbers,
    whole,
)
from policy_methods.errors import ParameterError
from policy_methods.results import Result

Floats = npt.NDArray[np.float64]
Errors = Literal["ar1", "glsar", "newey-west", "ols"]
Season = Literal["harmonics", "months", "none"]

ERRORS: tuple[Errors, ...] = ("ar1", "glsar", "newey-west", "ols")
SEASONS = ("harmonics", "months", "none")
RHO = np.linspace(-0.9, 0.98, 48)
"""Autocorrelations averaged over by the AR(1) model."""
_MOST_COUNTED = 1e12


@dataclass(frozen=True, slots=True)
class Design(Result):
    """The regression's columns.

    Parameters
    ----------
    dates : Index of length n
    x, x0 : arrays of shape (n, k)
        Columns, and the same with every break switched off (the counterfactual).
    terms : tuple of str
        const, trend, then for each break level and slope (named by date), then the season.
    breaks : tuple of int
        Position of the first observation after each break.
    """

    dates: pd.Index[Any]
    x: Floats
    x0: Floats
    terms: tuple[str, ...]
    breaks: tuple[int, ...]

    @property
    def switched(self) -> npt.NDArray[np.bool_]:
        """Columns that a break switches on."""
        return np.array([t.startswith(("level ", "slope ")) for t in self.terms])


@dataclass(frozen=True, slots=True)
class Segmented(Result):
    """A fitted segmented regression.

    Parameters
    ----------
    design : Design
    observed, fitted : arrays of shape (n,)
        The series (mean of the draws where draws were given) and the regression through it.
    coefficients : DataFrame
        term, estimate, se, low, high, p. On the log scale for counts.
    covariance : array of shape (k, k)
        Of the coefficients, the spread between draws included.
    df : float
        Degrees of freedom of the intervals; infinite for counts.
    rho : float
        Lag-1 autocorrelation of the errors by the model; nan where it has none, or no errors.
    dispersion : float
        Pearson dispersion of counts; nan for a continuous series or an exact fit.
    from_draws : float
        Share of the variance of the last cumulative effect that comes from the draws: how much
        of the doubt is about the path itself. 0 for one series.
    diagnostics : DataFrame
        check, statistic, p, reading: Durbin-Watson and Breusch-Godfrey on ordinary residuals;
        Newey-West lags where they are more than a quarter of the values.
    errors, family, confidence, exposure
        As given to :func:`segmented`.
    """

    design: Design
    observed: Floats
    fitted: Floats
    coefficients: pd.DataFrame
    covariance: Floats
    df: float
    rho: float
    dispersion: float
    from_draws: float
    diagnostics: pd.DataFrame
    errors: str
    family: str
    confidence: float
    exposure: Floats

    @property
    def _quantile(self) -> float:
        return float(stats.t.ppf((1 + self.confidence) / 2, self.df))

    def _means(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Fitted and counterfactual means (n,) and their gradients (n, k)."""
        b = self.coefficients["estimate"].to_numpy()
        d = self.design
        if self.family == "gaussian":
            return d.x @ b, d.x0 @ b, d.x, d.x0
        mu, mu0 = self.exposure * np.exp(d.x @ b), self.exposure * np.exp(d.x0 @ b)
        return mu, mu0, mu[:, None] * d.x, mu0[:, None] * d.x0

    def to_frame(self) -> pd.DataFrame:
        """Return one row a date.

        Columns: date, observed, fitted, counterfactual (no break), counterfactual_low and _high,
        effect (fitted less counterfactual) with _low and _high, cumulative (effect added up from
        the first break) with _low and _high. Intervals are for the regression's mean.
        """
        mu, mu0, grad, grad0 = self._means()
        table = {"date": self.design.dates, "observed": self.observed, "fitted": mu}
        difference = grad - grad0
        for name, value, gradient in (
            ("counterfactual", mu0, grad0),
            ("effect", mu - mu0, difference),
            ("cumulative", np.cumsum(mu - mu0), np.cumsum(difference, axis=0)),
        ):
            half = self._quantile * self._spread(gradient)
            table |= {name: value, f"{name}_low": value - half, f"{name}_high": value + half}
        return pd.DataFrame(table)

    def _spread(self, gradient: Floats) -> Floats:
        variance = np.einsum("ij,jk,ik->i", gradient, self.covariance, gradient)
        return np.asarray(np.sqrt(np.maximum(variance, 0)))

    def cumulative(self, until: Any = None) -> tuple[float, float, float, float]:
        """Return value, low, high and standard error of the effect added up to `until`.

        Without `until`, to the end of the series.
        """
        inside = self._until(until)
        mu, mu0, grad, grad0 = self._means()
        value = float((mu - mu0)[inside].sum())
        error = float(self._spread((grad - grad0)[inside].sum(axis=0)[None, :])[0])
        return value, value - self._quantile * error, value + self._quantile * error, error

    def _until(self, until: Any) -> npt.NDArray[np.bool_]:
        dates = self.design.dates
        if until is None:
            return np.ones(len(dates), dtype=bool)
        if isinstance(dates, pd.DatetimeIndex):
            inside = np.asarray(dates.to_period("M") <= month("until", until))
        else:
            inside = np.asarray(dates <= number("until", until))
        if not inside.any():
            raise ParameterError("until", "must not be before the series", value=until)
        return inside

    def change(self) -> tuple[float, float]:
        """Return F and p of the joint test that no break changed anything.

        Where the regression fits the series exactly, F is infinite if a break changed anything and
        0 if none did.
        """
        on = self.design.switched
        b = self.coefficients["estimate"].to_numpy()[on]
        if not self.covariance.any():  # an exact fit: what changed did so for certain
            return (math.inf, 0.0) if b.any() else (0.0, 1.0)
        f = float(b @ np.linalg.solve(self.covariance[np.ix_(on, on)], b)) / on.sum()
        if math.isinf(self.df):
            return f, float(stats.chi2.sf(f * on.sum(), on.sum()))
        return f, float(stats.f.sf(f, on.sum(), self.df))

    def minimum_detectable(self, until: Any = None, *, power: float = 0.8) -> float:
        """Return the smallest true cumulative effect that would be shown with the given power.

        At the result's confidence, two-sided; same unit as the cumulative effect.
        """
        number("power", power, least=0.5, most=1 - 1e-12, rule="must be from 0.5 to below 1")
        error = self.cumulative(until)[3]
        return (self._quantile + float(stats.t.ppf(power, self.df))) * error


def make_design(
    n: int,
    dates: Any,
    breaks: Sequence[Any],
    *,
    season: Season = "harmonics",
    harmonics: int = 2,
    period: int = 12,
    slope: bool = True,
) -> Design:
    """Build the columns of a segmented regression; see :func:`segmented`."""
    index = series_index(dates, n)
    choice("season", season, SEASONS)
    period = whole("period", period, 2)
    if isinstance(index, pd.DatetimeIndex) and period != 12:
        raise ParameterError("period", "must be 12 where dates of months are given", value=period)
    if season == "harmonics":
        harmonics = whole("harmonics", harmonics, 1, period // 2)
    cuts = positions(breaks, index)
    t = np.arange(n, dtype=float)
    columns: list[Floats] = [np.ones(n), t]
    terms = ["const", "trend"]
    for cut in cuts:
        name = f"{index[cut]:%Y-%m-%d}" if isinstance(index, pd.DatetimeIndex) else str(index[cut])
        columns.append((t >= cut).astype(float))
        terms.append(f"level {name}")
        if slope:
            columns.append(np.maximum(t - cut, 0))
            terms.append(f"slope {name}")
    phase = index.month.to_numpy() - 1 if isinstance(index, pd.DatetimeIndex) else t.astype(int)
    if season == "harmonics":
        for h in range(1, harmonics + 1):
            angle = 2 * np.pi * h * phase / period
            columns.append(np.cos(angle))
            terms.append(f"cos {h}")
            if 2 * h != period:
                columns.append(np.sin(angle))
                terms.append(f"sin {h}")
    elif season == "months":
        for m in range(1, period):
            columns.append(np.asarray(phase % period == m, dtype=float))
            terms.append(f"month {m + 1}")
    x = np.column_stack(columns)
    if n <= x.shape[1] + 1:
        raise ParameterError("y", f"must have more than {x.shape[1] + 1} values", value=n)
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise ParameterError("breaks", "leave too few values between them to tell terms apart")
    x0 = x.copy()
    x0[:, [k.startswith(("level ", "slope ")) for k in terms]] = 0
    return Design(index, x, x0, tuple(terms), tuple(cuts))


def series_index(dates: Any, n: int) -> pd.Index[Any]:
    """Return dates of consecutive months, or positions from 0 where there are none."""
    if dates is None:
        return pd.RangeIndex(n, name="position")
    return monthly_dates("dates", dates, n).rename("date")


def place(name: str, when: Any, index: pd.Index[Any]) -> int:
    """Return the position of the first observation on or after a date's month (or a position).

    Outside the series it is below 0 or at least the series' length.
    """
    if isinstance(index, pd.DatetimeIndex):
        return int(month(name, when).ordinal - index[0].to_period("M").ordinal)
    return math.ceil(number(name, when))


def positions(breaks: Sequence[Any], index: pd.Index[Any]) -> list[int]:
    """Return the positions of the first observations after each break, in order."""
    wanted = listed("breaks", breaks, "dates")
    if not wanted:
        raise ParameterError("breaks", "must hold at least one date")
    cuts = [place("breaks", when, index) for when in wanted]
    for cut, when in zip(cuts, wanted, strict=True):
        if not 0 < cut < len(index):
            raise ParameterError(
                "breaks",
                f"must lie inside the series, after {index[0]} and by {index[-1]}",
                value=str(when),
            )
    if len(set(cuts)) < len(cuts):
        raise ParameterError("breaks", "must not fall on the same observation", value=wanted)
    return sorted(cuts)


def segmented(
    y: npt.ArrayLike,
    dates: Any = None,
    *,
    breaks: Sequence[Any],
    season: Season = "harmonics",
    harmonics: int = 2,
    period: int = 12,
    slope: bool = True,
    errors: Errors = "ar1",
    lags: int | None = None,
    family: Literal["gaussian", "quasi-poisson"] = "gaussian",
    exposure: npt.ArrayLike | None = None,
    confidence: float = 0.95,
    max_draws: int = 200,
) -> Segmented:
    """Fit changes in level and slope at known dates.

    Parameters
    ----------
    y : array of shape (n,) or (m, n)
        The series; or m joint draws of it (as from :mod:`policy_methods.reconstruct`), whose
        spread then reaches every interval by Rubin's rules.
    dates : array of n dates, optional
        First days of consecutive months, or last days of them. Without them positions from 0
        stand in, evenly spaced at any distance.
    breaks : sequence of dates (or positions)
        Each takes effect in its month, whichever day of it is given (or at the first position on
        or after it). The slope's change counts from there (0 at that observation).
    season : {"harmonics", "months", "none"}
        Sine and cosine pairs, a term a calendar month, or none.
    harmonics, period : int
        Number of pairs; observations a year (12 with dates).
    slope : bool
        Whether the slope may change as well as the level.
    errors : {"ar1", "glsar", "newey-west", "ols"}
        "ar1": generalised least squares averaged over the autocorrelation by its restricted
        likelihood, which keeps intervals honest in short series. "glsar": statsmodels' iterated
        GLSAR. "newey-west": ordinary least squares with HAC errors (small-sample corrected).
        "ols": independent errors. For counts: "newey-west" or "ols" (dispersion-scaled).
    lags : int, optional
        Newey-West lags, from 0 to below n; by default 4 (n/100)^(2/9), rounded down, at least 1.
        Above n/4 a row of the diagnostics says that the errors lean on few products.
    family : {"gaussian", "quasi-poisson"}
        Counts by quasi-Poisson have a log link and Pearson dispersion; they are refused where
        noughts leave a term without a finite estimate.
    exposure : array of shape (n,), optional
        Population at risk, for counts.
    confidence : float
    max_draws : int
        Draws used, evenly taken from those given.

    Returns
    -------
    Segmented

    Raises
    ------
    ParameterError
        If an argument breaks a rule, such as a break outside the series.

    Notes
    -----
    Lopez Bernal, Cummins and Gasparrini (2017), International Journal of Epidemiology 46:348.
    Rubin (1987) for combining draws. The AR(1) average is the posterior under a flat prior on the
    autocorrelation with the usual reference prior on the rest.

    Examples
    --------
    >>> y = np.r_[np.full(24, 10.0), np.full(24, 7.0)] + np.tile([0.1, -0.1], 24)
    >>> fit = segmented(y, breaks=[24], season="none")
    >>> round(float(fit.coefficients.set_index("term").loc["level 24", "estimate"]), 1)
    -3.0
    """
    values = _values(y)
    _check(errors, family, confidence, max_draws)
    slope = flag("slope", slope)
    design = make_design(
        values.shape[1],
        dates,
        breaks,
        season=season,
        harmonics=harmonics,
        period=period,
        slope=slope,
    )
    n, k = design.x.shape
    if len(values) > max_draws:
        picked = np.linspace(0, len(values) - 1, max_draws).round().astype(int)
        draws = values[picked]
    else:
        draws = values
    at_risk = _at_risk(exposure, n)
    lag = max(1, int(4 * (n / 100) ** (2 / 9))) if lags is None else whole("lags", lags, 0, n - 1)
    rho = dispersion = math.nan
    df: float = n - k
    counts = family == "quasi-poisson"
    # An exact fit leaves no error to any model of errors, whose estimates would be rounding.
    exact = None
    if not counts or (draws > 0).all():
        # of a rate near 1 the logarithm is near 0, yet its rounding that of the rate
        fitted_to = (np.log(draws / at_risk), 1.0) if counts else (draws, 0.0)
        exact = _exact_fit(*fitted_to, design.x)
    # Far from nought the regression's arithmetic would round off what it is about.
    centre = draws.mean(axis=1, keepdims=True)
    if counts and max(draws.max(), at_risk.max()) > _MOST_COUNTED:
        raise ParameterError("y", f"and exposure must be at most {_MOST_COUNTED:g} for counts")
    if counts:
        if (draws < 0).any() or errors not in ("newey-west", "ols"):
            rule = "must be counts" if (draws < 0).any() else "must be newey-west or ols for counts"
            raise ParameterError("y" if (draws < 0).any() else "errors", rule)
        df = math.inf
    if exact is not None:
        betas, covs = exact, np.zeros((len(draws), k, k))
    elif counts:
        _refuse_unbounded(draws, design)
        betas, covs, dispersion = _poisson(draws, design.x, at_risk, errors, lag)
    elif errors == "ar1":
        betas, covs, rho = _ar1(draws - centre, design.x)
    else:
        betas, covs, rho = _linear(draws - centre, design.x, errors, lag)
    if exact is None and not counts:
        betas[:, 0] += centre[:, 0]
    beta, within = betas.mean(axis=0), covs.mean(axis=0)
    between = np.cov(betas.T) * (1 + 1 / len(betas)) if len(betas) > 1 else np.zeros((k, k))
    covariance = within + between
    se = np.sqrt(np.maximum(np.diag(covariance), 0))
    observed = draws.mean(axis=0)
    fitted = design.x @ beta
    contrast = (design.x - design.x0).sum(axis=0)
    total = float(contrast @ covariance @ contrast)
    return Segmented(
        design,
        observed,
        fitted if family == "gaussian" else at_risk * np.exp(fitted),
        _coefficients(design.terms, beta, se, df, confidence),
        covariance,
        df,
        rho,
        dispersion,
        float(contrast @ between @ contrast) / total if total > 0 else 0.0,
        _diagnostics(
            observed,
            design.x,
            min(period, max(1, n // 5)),
            lag if errors == "newey-west" else None,
        ),
        errors,
        family,
        confidence,
        at_risk,
    )


def _at_risk(exposure: npt.ArrayLike | None, n: int) -> Floats:
    """Check the population at risk; 1 for each of n values where there is none."""
    at_risk = np.ones(n) if exposure is None else numbers("exposure", exposure)
    if at_risk.shape != (n,) or (at_risk < 1 / _MOST_COUNTED).any():
        rule = f"must be one number above 0, at least {1 / _MOST_COUNTED:g}, a value"
        raise ParameterError("exposure", rule)
    return at_risk


def _coefficients(
    terms: Sequence[str], beta: Floats, se: Floats, df: float, confidence: float
) -> pd.DataFrame:
    """Return one row a term with its interval and p-value."""
    half = float(stats.t.ppf((1 + confidence) / 2, df)) * se
    return pd.DataFrame(
        {
            "term": terms,
            "estimate": beta,
            "se": se,
            "low": beta - half,
            "high": beta + half,
            "p": 2 * stats.t.sf(_ratio(beta, se), df),
        }
    )


def _exact_fit(scale: Floats, least: float, x: Floats) -> Floats | None:
    """Coefficients where the regression goes through every value of every draw, else None."""
    centre = scale.mean(axis=1, keepdims=True)
    away = scale - centre
    betas = np.asarray(np.linalg.lstsq(x, away.T, rcond=None)[0].T)
    tiny = _rounding(scale, least)
    if np.abs(away - betas @ x.T).max() > tiny:
        return None
    betas = np.where(np.abs(betas) * np.abs(x).max(axis=0) <= 10 * tiny, 0.0, betas)
    betas[:, 0] += centre[:, 0]
    return betas


def _rounding(y: Floats, least: float = 0.0) -> float:
    """Residual that arithmetic alone can leave: a share of the variation, or the last digits."""
    away = np.abs(y - y.mean(axis=-1, keepdims=True)).max()
    return max(1e-10 * float(away), 8 * float(np.spacing(max(np.abs(y).max(), least))))


def _ratio(beta: Floats, se: Floats) -> Floats:
    """Size of each coefficient in standard errors: infinite where it is known exactly, 0 if 0."""
    known = np.where(beta == 0, 0.0, np.inf)
    return np.divide(np.abs(beta), se, out=known, where=se > 0)


def _values(y: npt.ArrayLike) -> Floats:
    values = np.atleast_2d(numbers("y", y, ndim=None, missing=True))
    if values.ndim != 2 or values.size == 0:
        raise ParameterError("y", "must be a series or draws of one", value=values.shape)
    if np.isnan(values).any():
        raise ParameterError("y", "must not have missing values: reconstruct them first")
    return values


def _check(errors: str, family: str, confidence: float, max_draws: int) -> None:
    choice("errors", errors, ERRORS)
    choice("family", family, ("gaussian", "quasi-poisson"))
    check_confidence(confidence)
    whole("max_draws", max_draws, 2)


def _ar1(draws: Floats, x: Floats) -> tuple[Floats, Floats, float]:
    """AR(1) by exact generalised least squares, averaged over rho; all draws at once."""
    n, k = x.shape
    m = len(draws)
    scores = np.empty((RHO.size, m))
    betas = np.empty((RHO.size, m, k))
    variances = np.empty((RHO.size, m))
    shapes = np.empty((RHO.size, k, k))
    for i, rho in enumerate(RHO):
        first = math.sqrt(1 - rho**2)
        xs = np.vstack([first * x[:1], x[1:] - rho * x[:-1]])
        ys = np.hstack([first * draws[:, :1], draws[:, 1:] - rho * draws[:, :-1]])
        q, r = np.linalg.qr(xs)
        inverse = np.linalg.inv(r)
        betas[i] = (ys @ q) @ inverse.T
        rss = ((ys - betas[i] @ xs.T) ** 2).sum(axis=1)
        # a draw the columns fit exactly has no error left to share out
        rss = np.maximum(rss, 1e-20 * (ys**2).sum(axis=1) + 1e-300)
        shapes[i] = inverse @ inverse.T
        variances[i] = rss / (n - k)
        scores[i] = (
            0.5 * math.log(1 - rho**2)
            - np.log(np.abs(np.diag(r))).sum()
            - 0.5 * (n - k) * np.log(rss)
        )
    weight = np.exp(scores - scores.max(axis=0))
    weight /= weight.sum(axis=0)
    mean = np.einsum("im,imk->mk", weight, betas)
    away = betas - mean
    cov = np.einsum("im,im,ikl->mkl", weight, variances, shapes)
    cov += np.einsum("im,imk,iml->mkl", weight, away, away)
    return mean, cov, float((weight * RHO[:, None]).sum(axis=0).mean())


def _linear(draws: Floats, x: Floats, errors: str, lag: int) -> tuple[Floats, Floats, float]:
    """Least squares by statsmodels, draw by draw."""
    betas, covs, rhos = [], [], []
    for y in draws:
        if errors == "glsar":
            model = sm.GLSAR(y, x, rho=1)
            fit = model.iterative_fit(maxiter=50)
            rhos.append(float(np.atleast_1d(model.rho)[0]))
        elif errors == "newey-west":
            fit = sm.OLS(y, x).fit(
                cov_type="HAC", cov_kwds={"maxlags": lag, "use_correction": True}, use_t=True
            )
        else:
            fit = sm.OLS(y, x).fit()
        betas.append(fit.params)
        covs.append(fit.cov_params())
    return np.array(betas), np.array(covs), float(np.mean(rhos)) if rhos else math.nan


def _refuse_unbounded(draws: Floats, design: Design) -> None:
    """Refuse counts whose zeros drive a coefficient to infinity.

    The likelihood has a maximum unless some change of the coefficients leaves the mean of every
    count above 0 as it is and lowers the mean of a count of 0 without end (Correia, Guimarães and
    Zylkin 2019, arXiv:1903.01633): a linear programme finds one if there is any.
    """
    for y in draws[(draws == 0).any(axis=1)]:
        zero = design.x[y == 0]
        scale = np.abs(design.x).max(axis=0)
        found = linprog(
            zero.sum(axis=0) / scale,
            A_ub=np.vstack([zero, -zero]) / scale,
            b_ub=np.repeat([0.0, 1.0], len(zero)),
            A_eq=design.x[y > 0] / scale,
            b_eq=np.zeros(int((y > 0).sum())),
            bounds=(None, None),
        )
        if found.fun is None or found.fun < -1e-6:
            raise ParameterError(
                "y",
                "has noughts that a log link can't fit, such as every count before or after a "
                "break: leave out the slope or the season, or use family='gaussian'",
            )


def _poisson(
    draws: Floats, x: Floats, exposure: Floats, errors: str, lag: int
) -> tuple[Floats, Floats, float]:
    """Quasi-Poisson regression by statsmodels, draw by draw."""
    betas, covs, scales = [], [], []
    for y in draws:
        model = sm.GLM(y, x, family=sm.families.Poisson(), exposure=exposure)
        fit = model.fit(scale="X2")
        scales.append(float(fit.scale))
        if errors == "newey-west":
            fit = model.fit(cov_type="HAC", cov_kwds={"maxlags": lag, "use_correction": True})
        betas.append(fit.params)
        covs.append(fit.cov_params())
    return np.array(betas), np.array(covs), float(np.mean(scales))


def _diagnostics(y: Floats, x: Floats, lags: int, newey_west: int | None) -> pd.DataFrame:
    """Test the ordinary residuals for autocorrelation."""
    fit = sm.OLS(y - y.mean(), x).fit()
    if np.abs(fit.resid).max() <= _rounding(y):
        rows = [
            ("Durbin-Watson", 2.0, math.nan, "the series fits exactly; nothing is left to test")
        ]
        return pd.DataFrame(rows, columns=["check", "statistic", "p", "reading"])
    watson = float(durbin_watson(fit.resid))
    side = "positive" if watson < 1.5 else "negative" if watson > 2.5 else "little"
    rows = [("Durbin-Watson", watson, math.nan, f"{side} autocorrelation at lag 1")]
    most = min(lags, len(y) - x.shape[1] - 2)
    if most >= 1:
        with warnings.catch_warnings():
            # lags of a residual with a single spike are collinear, which the test allows for
            warnings.simplefilter("ignore", SingularMatrixWarning)
            statistic, p, _, _ = acorr_breusch_godfrey(fit, nlags=most, result_object=False)
        found = "autocorrelation" if p < 0.05 else "no autocorrelation shown"
        rows.append((f"Breusch-Godfrey, {most} lags", float(statistic), float(p), found))
    if newey_west is not None and newey_west > len(y) / 4:
        found = f"more than a quarter of the {len(y)} values: the intervals may be too narrow"
        rows.append((f"Newey-West, {newey_west} lags", float(newey_west), math.nan, found))
    return pd.DataFrame(rows, columns=["check", "statistic", "p", "reading"])
