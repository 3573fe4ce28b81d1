"""How often report 02 claims a saving, and how often its range holds the truth, in six worlds."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context

import numpy as np
import numpy.typing as npt
import pandas as pd

from nhsi_analysis.studies.agency import Settings
from nhsi_analysis.studies.agency.numbers import path, scope
from nhsi_analysis.studies.agency.numbers.saving import CLAIMED, Saving, saving
from policy_methods.reconstruct import reconstruct
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
"""Months before the controls from which the flattening world has stopped growing."""
BILLION = 1000.0
"""What NHS Improvement said was saved by the last of the claimed dates, GBP m."""
DRAWS, SWEEPS = 200, 8
CHUNK = 50


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
    billion = int(shared.months.searchsorted(CLAIMED[-1])) + 1 - cut

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


def every_month(truth: Floats, shared: Setting) -> pd.DataFrame:
    """Return the truth as a table of figures, one exact figure a month."""
    months = shared.months
    return pd.DataFrame(
        {"name": months.astype(str), "kind": "month", "start": months, "end": months}
    ).assign(value=truth, half_width=0.0)


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
    wanted = [name for name in worlds(setting()) if not only or name in only]
    parts = [
        (name, sees, start, min(start + CHUNK, many), seed)
        for name in wanted
        for sees, many in (runs or RUNS).items()
        for start in range(0, many, CHUNK)
    ]
    # matrices are small: more threads than processes would only wait for one another
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    if len(parts) > 24:
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
            found = pd.concat(pool.map(_some, *zip(*parts, strict=True)), ignore_index=True)
    else:
        found = pd.concat((_some(*part) for part in parts), ignore_index=True)
    return _summary(found)


def _some(name: str, sees: str, start: int, stop: int, seed: int) -> pd.DataFrame:
    """Return the runs of one world from a position up to another, one row a run and date."""
    shared = setting()
    made = worlds(shared)
    place = list(made).index(name)
    sources = (np.random.default_rng([seed, place, i]) for i in range(start, stop))
    found = pd.concat(_once(made[name], sees, shared, rng) for rng in sources)
    slope, level = wandering(shared).get(name, (0.0, 0.0))
    return found.assign(world=name, slope_sd=slope, level_sd=level, sees=sees)


def _once(world: World, sees: str, shared: Setting, rng: np.random.Generator) -> pd.DataFrame:
    """Return one row a date: by, effect, claimed, covered …, of one run."""
    truth, effect = world(rng)
    figures = (publish if sees == "published figures" else every_month)(truth, shared)
    chosen = shared.scope
    found = saving(
        reconstruct(
            figures,
            chosen.start,
            chosen.end,
            breaks=chosen.breaks,
            draws=DRAWS,
            sweeps=SWEEPS,
            seed=rng,
        )
    )
    if not isinstance(found, Saving):
        raise AssertionError(found.reason)
    line = found.shapes[found.shapes["shape"] == "line all"].set_index("by")
    rows = []
    for when in CLAIMED:
        whole, one, old = found.by(when), found.structural[when], line.loc[when]
        stop = int(shared.months.searchsorted(when)) + 1
        true = float(effect[:stop].sum())
        rows.append(
            {
                "by": when,
                "effect": true,
                "claimed": found.claimed(when),
                "covered": (whole.low or 0) <= true <= (whole.high or 0),
                "width": (whole.high or 0) - (whole.low or 0),
                "covered_structural": (one.low or 0) <= true <= (one.high or 0),
                "claimed_line": old["low"] > 0,
                "covered_line": old["low"] <= true <= old["high"],
            }
        )
    return pd.DataFrame(rows)


def _summary(found: pd.DataFrame) -> pd.DataFrame:
    """Return one row a date with shares of runs and their standard errors."""
    groups = found.groupby(["world", "slope_sd", "level_sd", "sees", "by"], sort=False)
    table = groups.agg(runs=("effect", "size"), effect=("effect", "mean"))
    for name in ("claimed", "covered", "covered_structural", "claimed_line", "covered_line"):
        share = groups[name].mean()
        table[name] = share
        table[f"{name}_se"] = np.sqrt(share * (1 - share) / table["runs"])
    return table.assign(width=groups["width"].median()).reset_index()
