"""How often report 02 claims a saving, and how often its range holds the truth, in six worlds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from scipy.special import logsumexp, ndtr

from nhsi_analysis.studies.agency import Settings
from nhsi_analysis.studies.agency.numbers import path, scope
from nhsi_analysis.studies.agency.numbers.saving import CLAIMED, SHAPES, Saving, against, saving
from policy_methods.reconstruct import reconstruct
from policy_methods.reconstruct.prior import grid, make_prior
from policy_methods.reconstruct.published import Published, read_published

Floats = npt.NDArray[np.float64]
World = Callable[[np.random.Generator], tuple[Floats, Floats]]

RUNS = {"true months": 1000, "published figures": 200}
"""Runs of a world: of the estimator on every month of the truth, and of the whole pipeline, which
sees the truth only through the register's windows and roundings."""
REFEREE = (1.79, 5.15)
"""Wandering of slope and level, GBP m a month, of the path fitted as if there had been no controls:
the world in which the first report's interval held 42% of truths."""
LEAST = 30.0
"""Truths that fall below this, GBP m a month, by the end of the fourth year are drawn again, and
held there afterwards: spending is never negative."""
FLAT = 8
"""Months before the controls from which the flattening world has stopped growing: of 1 to 18, those
that mislead most often."""
BILLION = 1000.0
"""What NHS Improvement said was saved by the last of the claimed dates, GBP m."""
DRAWS, SWEEPS = 200, 8


@dataclass(frozen=True, slots=True)
class Setting:
    """What every world shares.

    Parameters
    ----------
    scope : Scope
    numbers : list of Published
        The register's figures as rows on the months.
    line : array of shape (T,)
        The straight line through the totals of 2013/14 and 2014/15, carried on.
    fallen : array of shape (T,)
        The path without its season.
    cut : int
        Position of the first control.
    sds : dict of str to float
        Posterior means of the path's prior: slope, level, season, irregular.
    """

    scope: scope.Scope
    numbers: list[Published]
    line: Floats
    fallen: Floats
    cut: int
    sds: dict[str, float]

    @property
    def months(self) -> pd.DatetimeIndex:
        """Months of a world."""
        return pd.date_range(self.scope.start, self.scope.end, freq="MS", name="month")

    @property
    def stops(self) -> npt.NDArray[np.int64]:
        """Months under control by each of the claimed dates."""
        return np.asarray(self.months.searchsorted(list(CLAIMED)) + 1 - self.cut)

    def noise(self, rng: np.random.Generator) -> Floats:
        """Draw a season that adds to nought over the year, and each month's own movement."""
        season = rng.normal(0, self.sds["season"], 12)
        season -= season.mean()
        return season[self.months.month - 1] + rng.normal(0, self.sds["irregular"], len(self.line))


@cache
def setting() -> Setting:
    """Read what the worlds are made from off the registers."""
    chosen = scope.choose(Settings())
    found = path.rebuild(chosen)
    without = found.counterfactual
    if without is None:
        raise AssertionError("the registers' main controls are outside the years")
    first, second = (found.total(f"{y}-04", f"{y + 1}-03")[0] / 12 for y in (2013, 2014))
    t = np.arange(len(found.months), dtype=float)
    return Setting(
        scope=chosen,
        numbers=read_published(chosen.constraints, found.months),
        line=first + (second - first) / 12 * (t - 5.5),
        fallen=found.mean - without.season.mean(axis=0),
        cut=without.since,
        sds=dict(zip(found.hyperparameters["part"], found.hyperparameters["mean"], strict=True)),
    )


def wandering(shared: Setting) -> dict[str, tuple[float, float]]:
    """Return the worlds that wander, with the standard deviations of slope and level."""
    return {
        "wandering as first fitted, no effect": REFEREE,
        "wandering as fitted now, no effect": (shared.sds["slope"], shared.sds["level"]),
    }


def worlds(shared: Setting) -> dict[str, World]:
    """Return the worlds: each draws a truth by month and the saving in it, both of shape (T,)."""
    line, cut = shared.line, shared.cut
    after = np.arange(len(line)) >= cut
    none = np.zeros(len(line))
    billion = shared.stops[-1]

    def saved(effect: Floats, trend: Floats = line) -> World:
        return lambda rng: (trend - effect + shared.noise(rng), effect)

    def free(slope: float, level: float) -> World:
        def draw(rng: np.random.Generator) -> tuple[Floats, Floats]:
            while True:
                rate = line[1] - line[0] + np.cumsum(rng.normal(0, slope, len(line)))
                trend = line[0] + np.cumsum(rate + rng.normal(0, level, len(line)))
                truth = trend + shared.noise(rng)
                if (truth[:48] > LEAST).all():
                    return np.maximum(truth, LEAST), none

        return draw

    return {
        "line, no effect": saved(none),
        "line, fall as published": saved(np.where(after, line - shared.fallen, 0)),
        "line, a billion saved": saved(np.where(after, BILLION / billion, 0)),
        **{name: free(*sds) for name, sds in wandering(shared).items()},
        "flattening, no effect": saved(none, np.minimum(line, line[cut - FLAT])),
    }


def publish(truth: Floats, shared: Setting) -> pd.DataFrame:
    """Return the register's table with its figures on another truth, rounded as it rounds."""
    rows = [_rounded(number, float(number.of(truth))) for number in shared.numbers]
    values = pd.DataFrame(rows, columns=["value", "lower", "upper"])
    return shared.scope.constraints.assign(**values)


def _rounded(number: Published, truth: float) -> tuple[float, float, float]:
    unit = number.upper - number.lower
    if number.lower < number.value < number.upper:
        value = round(truth / unit) * unit
        return value, value - unit / 2, value + unit / 2
    # "almost" and "more than" name the end that they round to
    low = float(np.floor(truth / unit)) * unit
    return (low if number.value == number.lower else low + unit), low, low + unit


@dataclass(frozen=True, slots=True)
class Exact:
    """What :func:`reconstruct` makes of a series of which every month is known, in closed form.

    For each of P points of the prior's grid, in months of a typical size; z stands for the
    standard normals that the months come to.

    Parameters
    ----------
    whiten : array of shape (P, T, T)
        From the months, less 1, to z.
    logdet : array of shape (P,)
    saved, season : arrays of shape (P, 3, T) and (P, 12, T)
        From z to the saving expected by each date, and to the season by calendar month.
    spread : array of shape (P, 3)
        Standard deviation of the saving about that.
    """

    whiten: Floats
    logdet: Floats
    saved: Floats
    season: Floats
    spread: Floats

    def score(self, truths: Floats) -> Floats:
        """Return each point's log marginal likelihood for truths (R, T): shape (P, R)."""
        points = zip(self.whiten, self.logdet, strict=True)
        return np.stack([-0.5 * (((truths - 1) @ w.T) ** 2).sum(axis=1) - d for w, d in points])


@cache
def exact() -> Exact:
    """Work out every point of the prior for the worlds' months."""
    shared = setting()
    n, cut = len(shared.line), shared.cut
    months = shared.months
    breaks = [int(months.searchsorted(b)) for b in shared.scope.breaks]
    prior = make_prior(months.month.to_numpy().astype(np.int64), True, breaks)
    adds = np.zeros((len(CLAIMED), prior.mean.size))
    for row, stop in zip(adds, shared.stops, strict=True):
        row[n : n + stop], row[cut : cut + stop] = 1, -1
    parts = []
    for point in grid(prior):
        basis = prior.basis(point)
        root = np.linalg.cholesky(basis[:n] @ basis[:n].T + 1e-12 * np.eye(n))
        whiten = np.linalg.inv(root)
        known = basis @ basis[:n].T @ whiten.T
        ahead, told = adds @ basis, adds @ known
        left = (ahead**2).sum(axis=1) - (told**2).sum(axis=1)
        spread = np.sqrt(np.maximum(left, 0))
        parts.append((whiten, np.log(np.diag(root)).sum(), told, known[-12:], spread))
    return Exact(*(np.array(part) for part in zip(*parts, strict=True)))


def judge_months(truths: Floats) -> dict[str, Floats]:
    """Judge truths of shape (R, T) of which every month is known.

    Returns the structural interval's low and high, and value, low and high of each shape, each of
    shape (R, dates): what :func:`saving` gives for as many draws as one likes.
    """
    shared, known = setting(), exact()
    scale = np.median(truths, axis=1)
    size = truths / scale[:, None]
    score = known.score(size)
    weight = np.exp(score - logsumexp(score, axis=0))
    kept = np.flatnonzero(weight.max(axis=1) > 1e-7)
    weight = weight[kept] / weight[kept].sum(axis=0)
    middle = np.empty((len(kept), len(truths), len(CLAIMED)))
    season = np.zeros((len(truths), 12))
    for i, (p, share) in enumerate(zip(kept, weight, strict=True)):
        z = (size - 1) @ known.whiten[p].T
        middle[i] = z @ known.saved[p].T
        season += share[:, None] * (z @ known.season[p].T)
    spread = known.spread[kept][:, None, :]
    ends = [_quantile(middle, spread, weight, q) * scale[:, None] for q in (0.025, 0.975)]
    by_month = (season * scale[:, None])[:, shared.months.month - 1]
    found = {"low": ends[0], "high": ends[1]}
    for shape in SHAPES:
        with np.errstate(invalid="ignore"):  # a logarithm of what isn't above nought
            saved, noise, free = against(shape, truths, by_month, shared.cut, shared.stops)
        half = stats.t.ppf(0.975, free) * np.sqrt(noise)
        found |= {shape: saved, f"{shape} low": saved - half, f"{shape} high": saved + half}
    return found


def _quantile(middle: Floats, spread: Floats, weight: Floats, q: float) -> Floats:
    """Return a quantile of mixtures of normals over the first axis, by halving."""
    low, high = (middle - 9 * spread).min(axis=0), (middle + 9 * spread).max(axis=0)
    for _ in range(45):
        x = (low + high) / 2
        under = np.einsum("prd,pr->rd", ndtr((x - middle) / spread), weight) < q
        low, high = np.where(under, x, low), np.where(under, high, x)
    return np.asarray((low + high) / 2)


def judge_figures(truth: Floats, rng: np.random.Generator) -> dict[str, Floats]:
    """Judge one truth by what would have been published of it; see :func:`judge_months`."""
    shared = setting()
    chosen = shared.scope
    path = reconstruct(
        publish(truth, shared),
        chosen.start,
        chosen.end,
        breaks=chosen.breaks,
        draws=DRAWS,
        sweeps=SWEEPS,
        seed=rng,
    )
    found = saving(path)
    if not isinstance(found, Saving):
        raise AssertionError(found.reason)
    ends = [(found.structural[d].low or 0.0, found.structural[d].high or 0.0) for d in CLAIMED]
    low, high = np.array(ends).T
    judged = {"low": low[None], "high": high[None]}
    for shape, rows in found.shapes[found.shapes["by"].isin(CLAIMED)].groupby("shape"):
        for column in ("value", "low", "high"):
            key = str(shape) if column == "value" else f"{shape} {column}"
            judged[key] = rows[column].to_numpy()[None]
    return judged


def run(
    runs: Mapping[str, int] | None = None, *, seed: int, only: Sequence[str] = ()
) -> pd.DataFrame:
    """Simulate every world.

    Parameters
    ----------
    runs : mapping of str to int, optional
        Runs of each way of seeing the truth; RUNS by default. A run's numbers depend on the seed,
        its world and its position alone.
    seed : int
    only : sequence of str
        Worlds wanted; all of them by default.

    Returns
    -------
    DataFrame
        One row a world, way of seeing it and date: world, slope_sd, level_sd (of its wandering,
        GBP m a month), sees, by, runs, effect (true saving on average, GBP m), claimed (share of
        runs in which the whole printed range is a saving) and covered (in which it holds the
        truth), each with its standard error _se, width (median, GBP m), covered_structural (the
        structural interval alone) with its error, claimed_line and covered_line (the interval of
        the straight line through all months before, as in the first report).
    """
    shared = setting()
    tables = []
    for place, (name, world) in enumerate(worlds(shared).items()):
        if only and name not in only:
            continue
        slope, level = wandering(shared).get(name, (0.0, 0.0))
        for sees, many in (runs or RUNS).items():
            sources = [np.random.default_rng([seed, place, i]) for i in range(many)]
            drawn = [world(rng) for rng in sources]
            truths = np.array([truth for truth, _ in drawn])
            if sees == "true months":
                judged = judge_months(truths)
            else:
                each = [judge_figures(*pair) for pair in zip(truths, sources, strict=True)]
                judged = {
                    key: np.concatenate([one.get(key, np.full((1, 3), np.nan)) for one in each])
                    for key in dict.fromkeys(key for one in each for key in one)
                }
            effect = np.array([effect for _, effect in drawn])[:, shared.cut :]
            saved = np.cumsum(effect, axis=1)[:, shared.stops - 1]
            found = _summary(judged, saved)
            tables.append(found.assign(world=name, slope_sd=slope, level_sd=level, sees=sees))
    first = ["world", "slope_sd", "level_sd", "sees"]
    table = pd.concat(tables, ignore_index=True)
    return table[first + [c for c in table if c not in first]]


def _summary(judged: Mapping[str, Floats], saved: Floats) -> pd.DataFrame:
    """Return one row a date with shares of runs and their standard errors."""
    values = np.stack([judged[shape] for shape in SHAPES if shape in judged])
    low = np.fmin(judged["low"], np.nanmin(values, axis=0))
    high = np.fmax(judged["high"], np.nanmax(values, axis=0))
    line = judged["line all low"], judged["line all high"]
    shares = {
        "claimed": low > 0,
        "covered": (low <= saved) & (saved <= high),
        "covered_structural": (judged["low"] <= saved) & (saved <= judged["high"]),
        "claimed_line": line[0] > 0,
        "covered_line": (line[0] <= saved) & (saved <= line[1]),
    }
    table = pd.DataFrame({"by": CLAIMED, "runs": len(saved), "effect": saved.mean(axis=0)})
    for name, held in shares.items():
        share = held.mean(axis=0)
        table[name] = share
        table[f"{name}_se"] = np.sqrt(share * (1 - share) / len(saved))
    return table.assign(width=np.median(high - low, axis=0))
