"""A monthly path through published totals.

Many series are published only as cumulative totals, a few months, changes on the year and shares,
each rounded. Every such number is a linear constraint on a latent monthly series with a smooth
prior (local linear trend, fixed season, irregular); the path returned holds every number that
doesn't conflict with another within its rounding, and is as uncertain as the numbers leave it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import lsq_linear
from scipy.special import logsumexp

from policy_methods.checks import check_confidence, generator, listed, month, whole
from policy_methods.errors import ParameterError
from policy_methods.reconstruct.counterfactual import Counterfactual
from policy_methods.reconstruct.prior import (
    Prior,
    draw_paths,
    grid,
    log_likelihood,
    make_prior,
)
from policy_methods.reconstruct.published import (
    LEVELS,
    Published,
    centre,
    find_conflicts,
    month_index,
    read_published,
    stack,
)
from policy_methods.results import Result

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reconstruction(Result):
    """A path through published numbers.

    Parameters
    ----------
    months : DatetimeIndex of length T
        First days of the months.
    mean, low, high : arrays of shape (T,)
        Posterior mean and the ends of the interval, in the unit of a monthly sum.
    draws : array of shape (n_draws, T)
        Joint draws; each holds every number used within its interval.
    informing : int array of shape (T,)
        Numbers used that cover each month.
    numbers : DataFrame
        One row a number: name, kind, value, lower, upper, fitted (on the mean path), fitted_low,
        fitted_high (interval of the draws), used, within, binding (its interval holds the most
        probable path back; always so for an exact number).
    conflicts : DataFrame
        One row a number set aside: number, conflicts_with (names joined by '; '), gap.
    hyperparameters : DataFrame
        One row a part of the prior: part, likeliest (by marginal likelihood), mean, low, high of
        its standard deviation, in the unit of a monthly sum.
    confidence : float
        Level of the intervals.
    notes : tuple of str
        What a reader must know: months in which the path, or its interval, is below nought though
        no published level is.
    counterfactual : Counterfactual or None
        The path without its breaks; None where it has none.
    """

    months: pd.DatetimeIndex
    mean: Floats
    low: Floats
    high: Floats
    draws: Floats
    informing: npt.NDArray[np.int64]
    numbers: pd.DataFrame
    conflicts: pd.DataFrame
    hyperparameters: pd.DataFrame
    confidence: float
    notes: tuple[str, ...]
    counterfactual: Counterfactual | None

    def to_frame(self) -> pd.DataFrame:
        """Return one row a month: month, mean, low, high, width, informing."""
        return pd.DataFrame(
            {
                "month": self.months,
                "mean": self.mean,
                "low": self.low,
                "high": self.high,
                "width": self.high - self.low,
                "informing": self.informing,
            }
        )

    def between(self, start: Any, end: Any) -> npt.NDArray[np.bool_]:
        """Mark the months from `start` to `end`, both included."""
        wanted = month_index(start, end)
        if wanted[0] < self.months[0] or wanted[-1] > self.months[-1]:
            raise ParameterError("start", "and 'end' must lie inside the path", value=(start, end))
        return np.asarray(self.months.isin(wanted))

    def total(self, start: Any, end: Any) -> tuple[float, float, float]:
        """Return mean, low and high of the sum over the months from `start` to `end`."""
        inside = self.between(start, end)
        sums = self.draws[:, inside].sum(axis=1)
        low, high = np.quantile(sums, _tails(self.confidence))
        return float(self.mean[inside].sum()), float(low), float(high)


def _tails(confidence: float) -> list[float]:
    return [(1 - confidence) / 2, (1 + confidence) / 2]


def reconstruct(
    constraints: pd.DataFrame,
    start: Any,
    end: Any,
    *,
    confidence: float = 0.95,
    draws: int = 1000,
    season: bool = True,
    breaks: Sequence[Any] = (),
    seed: int | np.random.Generator = 0,
    sweeps: int = 15,
) -> Reconstruction:
    """Reconstruct a monthly series from published numbers.

    Parameters
    ----------
    constraints : DataFrame
        One row a published number, in one unit of money (or count) throughout:

        ========== ===================================================================
        name       what the number is called, once each
        kind       "sum" of the months from start to end; "month", one month's value;
                   "mean" of a month over the period; "change" of the sum on the same
                   months a year before; "growth", the same as a share (0.2 is 20% up);
                   "share", the sum over a known total
        start, end first and last month (any day in them); end may be empty for one month
        value      the number
        half_width half the unit it was rounded to (50 for a number to the nearest 100);
                   0 for an exact number
        lower,     ends of its interval, where not value ± half_width (optional)
        upper
        total      the known total of a share (optional otherwise)
        weight     cost of setting it aside in a conflict, 1 by default (optional)
        ========== ===================================================================
    start, end : date-like
        First and last month of the path; numbers must not reach outside (changes also need the
        year before).
    confidence : float
        Level of the intervals, 0.5 to 0.999.
    draws : int
        Joint draws, at least 200.
    season : bool
        Whether a fixed seasonal pattern is part of the prior (only from 24 months on).
    breaks : sequence of date-like
        Months from which level and slope may have changed by any amount, such as those of an
        intervention; :class:`Counterfactual` carries on what comes before the first.
    seed : int or Generator
    sweeps : int
        Passes of the sampler; more for very many wide numbers.

    Returns
    -------
    Reconstruction

    Raises
    ------
    ParameterError
        If the table breaks a rule above, or holds no level to start from.

    Notes
    -----
    The standard deviations of the prior's parts are averaged over by their marginal likelihood
    (each rounding taken as normal with the interval's variance for this step only), so that an
    interval knows they are uncertain. Given them, draws are exact: a normal prior truncated to
    the numbers' intervals. The prior knows no floor: where no published level is negative but the
    path or its interval is, a note says in which months. Numbers that can't all hold are found by
    linear programming; the smallest (lightest) set is set aside and named. Compare Denton (1971),
    Chow and Lin (1971); Harvey, Forecasting, Structural Time Series Models and the Kalman Filter
    (1989).

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {"name": ["year", "May"], "kind": ["sum", "month"], "start": ["2015-04", "2015-05"],
    ...      "end": ["2016-03", None], "value": [3600.0, 310.0], "half_width": [50.0, 0.0]})
    >>> path = reconstruct(table, "2015-04", "2016-03", draws=200)
    >>> round(float(path.mean[1]), 6), bool(3550 <= path.mean.sum() <= 3650)
    (310.0, True)
    """
    confidence = check_confidence(confidence)
    draws, sweeps = whole("draws", draws, 200), whole("sweeps", sweeps, 1)
    rng = generator(seed)
    months = month_index(start, end)
    numbers = read_published(constraints, months)
    levels = [abs(f.value) / f.over.sum() for f in numbers if f.kind in LEVELS]
    scale = float(np.median(levels)) if levels else 0.0
    if scale <= 0:
        raise ParameterError(
            "constraints", "must hold at least one level (sum, month, mean, share)"
        )

    aside, conflicts = find_conflicts(numbers, scale)
    used = [f for i, f in enumerate(numbers) if i not in aside]
    inside = centre(used, scale)
    rows, low, high, sd, fit = _normalise(used, inside, scale)
    equal = low == high

    cuts = _positions(breaks, months)
    seasonal = season and len(months) >= 24
    prior = make_prior(months.month.to_numpy().astype(np.int64), seasonal, cuts)
    # what no number is about, at the end
    more = prior.mean.size - len(months)
    rows, fit = np.pad(rows, ((0, 0), (0, more))), (np.pad(fit[0], ((0, 0), (0, more))), *fit[1:])
    points = grid(prior)
    score = log_likelihood(prior, points, *fit)
    weight = np.exp(score - logsumexp(score))
    groups = max(1, draws // 4)
    # systematic resampling: each point of the grid gets its share of the draws to within one
    chosen = np.searchsorted(np.cumsum(weight), (np.arange(groups) + rng.random()) / groups)
    chosen = np.minimum(chosen, len(points) - 1)
    bases = {i: prior.basis(points[i]) for i in set(chosen.tolist())}
    paths, expected, rest = draw_paths(
        [bases[i] for i in chosen.tolist()],
        prior.mean,
        -(-draws // groups),
        (rows[equal], low[equal]),
        (rows[~equal], low[~equal], high[~equal]),
        sd[~equal],
        np.concatenate([inside / scale, prior.mean[len(months) :]]),
        rng,
        sweeps,
    )
    keep = rng.permutation(len(paths))[:draws]
    paths, expected = paths[keep] * scale, expected * scale
    everything, paths = paths, paths[:, : len(months)]
    mean = expected.mean(axis=0)[: len(months)]
    ends = np.quantile(paths, _tails(confidence), axis=0)
    without = None
    if cuts:
        n, last = len(months), 2 * len(months) - cuts[0]
        ahead = [(r[n:last] - r[cuts[0] : n]) * scale for r in rest]
        without = Counterfactual(
            since=cuts[0],
            draws=everything[:, n:last],
            season=everything[:, last:][:, months.month - 1] if seasonal else 0 * paths,
            expected=(expected[:, n:last] - expected[:, cuts[0] : n])[keep],
            covariance=np.stack([a @ a.T for a in ahead]),
            drawn=keep // (len(expected) // groups),
            levels_before=sum(f.kind in LEVELS and not f.touches[cuts[0] :].any() for f in used),
            confidence=confidence,
        )
    binding = _binding(used, prior, points[int(score.argmax())], rows, low, high)
    return Reconstruction(
        months,
        mean,
        ends[0],
        ends[1],
        paths,
        np.sum([f.touches for f in used], axis=0).astype(np.int64),
        _report(numbers, aside, mean, paths, binding, confidence),
        conflicts,
        _hyperparameters(points, score, weight, scale, confidence),
        confidence,
        _below_nought(numbers, months, mean, ends[0]),
        without,
    )


def _positions(breaks: Sequence[Any], months: pd.DatetimeIndex) -> list[int]:
    """Return the positions of the breaks' months, in order."""
    first = months[0].to_period("M")
    cuts = sorted({(month("breaks", b) - first).n for b in listed("breaks", breaks, "dates")})
    if cuts and not 0 < cuts[0] <= cuts[-1] < len(months):
        rule = f"must lie inside the series, after {months[0]:%B %Y} and by {months[-1]:%B %Y}"
        raise ParameterError("breaks", rule, value=[str(b) for b in breaks])
    return cuts


def _below_nought(
    numbers: list[Published], months: pd.DatetimeIndex, mean: Floats, low: Floats
) -> tuple[str, ...]:
    """Say in which months money or counts that are never negative came out so."""
    if any(f.value < 0 for f in numbers if f.kind in LEVELS):
        return ()
    notes = []
    for what, values in (("path", mean), ("path's interval", low)):
        below = months[values < -1e-9 * np.abs(mean).max()]
        if len(below):
            many = "1 month" if len(below) == 1 else f"{len(below)} months"
            notes.append(
                f"The {what} falls below nought in {many} ({', '.join(f'{m:%B %Y}' for m in below)}"
                "), though no published level does: the prior knows no floor."
            )
    return tuple(notes)


def _normalise(
    used: list[Published], inside: Floats, scale: float
) -> tuple[Floats, Floats, Floats, Floats, tuple[Floats, Floats, Floats]]:
    """Bring rows and bounds to the size of a month; also the rows as normal observations."""
    rows, low, high = stack(used)
    size = np.abs(rows).max(axis=1)
    sds, fit_rows, fit_y, fit_sd = [], [], [], []
    for f in used:
        row = f.over - f.base
        middle, half = (f.lower + f.upper) / 2, (f.upper - f.lower) / 2
        if f.kind == "growth":
            compared = max(float(inside @ f.base), 0.3 * scale * float(f.base.sum()))
            row = f.over - (1 + middle) * f.base
            middle, half = 0.0, half * compared
        largest = float(np.abs(row).max())
        spread = half / np.sqrt(3) / (largest * scale)
        sds += [spread] * len(f.rows()[0])
        fit_rows.append(row / largest)
        fit_y.append(middle / (largest * scale))
        fit_sd.append(spread)
    unit = size * scale
    return (
        rows / size[:, None],
        low / unit,
        high / unit,
        np.array(sds),
        (np.array(fit_rows), np.array(fit_y), np.array(fit_sd)),
    )


def _binding(
    used: list[Published],
    prior: Prior,
    likeliest: dict[str, float],
    rows: Floats,
    low: Floats,
    high: Floats,
) -> dict[str, bool]:
    """Which intervals hold back the most probable path at the likeliest hyper-parameters."""
    owners = np.repeat([f.name for f in used], [len(f.rows()[0]) for f in used])
    binds = {f.name: f.exact for f in used}
    equal = low == high
    # exact numbers enter as very narrow intervals, which the solver needs
    lower, upper = np.where(equal, low - 1e-9, low), np.where(equal, high + 1e-9, high)
    seen = rows @ prior.basis(likeliest)
    root = np.linalg.cholesky(seen @ seen.T + 1e-9 * np.eye(len(rows)))
    whiten = np.linalg.inv(root)
    found = lsq_linear(whiten, whiten @ (rows @ prior.mean), bounds=(lower, upper))
    for name in owners[found.active_mask != 0]:
        binds[str(name)] = True
    return binds


def _report(
    numbers: list[Published],
    aside: list[int],
    mean: Floats,
    paths: Floats,
    binding: dict[str, bool],
    confidence: float,
) -> pd.DataFrame:
    records = []
    for i, f in enumerate(numbers):
        fitted = float(f.of(mean))
        ends = np.quantile(f.of(paths), _tails(confidence))
        tiny = 1e-7 * max(abs(f.value), 1e-12)
        records.append(
            {
                "name": f.name,
                "kind": f.kind,
                "value": f.value,
                "lower": f.lower,
                "upper": f.upper,
                "fitted": fitted,
                "fitted_low": float(ends[0]),
                "fitted_high": float(ends[1]),
                "used": i not in aside,
                "within": f.lower - tiny <= fitted <= f.upper + tiny,
                "binding": binding.get(f.name, False),
            }
        )
    return pd.DataFrame(records)


def _hyperparameters(
    points: list[dict[str, float]], score: Floats, weight: Floats, scale: float, confidence: float
) -> pd.DataFrame:
    records = []
    for part in points[0]:
        values = np.array([p[part] for p in points])
        order = np.argsort(values, kind="stable")
        mass = np.cumsum(weight[order])
        ends = [float(values[order][np.searchsorted(mass, q)]) for q in _tails(confidence)]
        records.append(
            {
                "part": part,
                "likeliest": float(values[score.argmax()]) * scale,
                "mean": float(values @ weight) * scale,
                "low": ends[0] * scale,
                "high": ends[1] * scale,
            }
        )
    return pd.DataFrame(records)
