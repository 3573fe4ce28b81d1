"""The smooth prior of a monthly path, its marginal likelihood, and exact draws within intervals.

All in units of a typical month, so the grid of hyper-parameters has no unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy.special import log_ndtr, ndtri_exp

from policy_methods.results import Result

Floats = npt.NDArray[np.float64]

NAMES = ("slope", "level", "season", "irregular")
GRID: dict[str, tuple[float, ...]] = {
    "slope": (0.0003, 0.001, 0.003, 0.008, 0.02),
    "level": (0.003, 0.008, 0.018, 0.04),
    "season": (0.006, 0.016, 0.035, 0.08, 0.18),
    "irregular": (0.004, 0.012, 0.03, 0.06, 0.12),
}
"""Standard deviations tried, as shares of a typical month; equally likely beforehand."""
LEVEL_SD, SLOPE_SD = 3.0, 0.1
"""Vague beginnings: the level around a typical month, the slope a month around nought."""
STEP_SD, BEND_SD = 1.0, 0.1
"""Vague changes at a break: of the level, and of the slope a month."""


@dataclass(frozen=True, slots=True)
class Prior(Result):
    """Basis of the path: path = mean + sum over parts of sd x basis @ standard normals.

    With breaks, the T months are followed by the F months from the first break on as they would
    have come without any (they share the past and the season, and move on by themselves); with a
    season, twelve rows of it by calendar month come last. N = T + F + 12 is the number of rows.

    Parameters
    ----------
    mean : array of shape (N,)
        1 for months, 0 for the season.
    fixed : array of shape (N, 2 + 2 x breaks)
        Vague level and slope, and their vague changes at each break, already scaled.
    parts : dict of str to array of shape (N, k)
        Integrated random walk (slope), random walk (level), seasonal pattern, irregular.
    """

    mean: Floats
    fixed: Floats
    parts: dict[str, Floats]

    def basis(self, sds: dict[str, float]) -> Floats:
        """Return the basis of shape (T, K) at the given standard deviations."""
        return np.hstack([self.fixed, *(sds[k] * part for k, part in self.parts.items())])


def make_prior(
    calendar_month: npt.NDArray[np.int64], season: bool, breaks: Sequence[int] = ()
) -> Prior:
    """Build the basis for months numbered 1 to 12 in time order; breaks by position, in order."""
    n = calendar_month.size
    cut = breaks[0] if breaks else n
    t = np.arange(n)
    steps = np.tril(np.ones((n, n)))
    start = np.column_stack([np.full(n, LEVEL_SD), SLOPE_SD * (t - t.mean())])
    changes = [
        column for b in breaks for column in (STEP_SD * (t >= b), BEND_SD * np.maximum(t - b, 0))
    ]
    fixed = np.column_stack([start, *changes])
    unbroken = np.column_stack([start, *np.zeros((2 * len(breaks), n))])[cut:]
    parts = {
        "slope": _apart((steps @ steps)[:, :-1] if n > 1 else np.zeros((n, 0)), cut),
        "level": _apart(steps[:, 1:], cut, first=1),
        "irregular": _apart(np.eye(n), cut),
    }
    rows = 2 * n - cut
    if season:
        # a pattern that adds to nought over the year, each month with unit standard deviation
        pattern = (np.eye(12) - 1 / 12) * np.sqrt(12 / 11)
        by_month = pattern[calendar_month - 1]
        parts["season"] = np.vstack([by_month, by_month[cut:], pattern])
        others = {k: np.vstack([v, np.zeros((12, v.shape[1]))]) for k, v in parts.items()}
        parts = others | {"season": parts["season"]}
    last = np.zeros((12 if season else 0, fixed.shape[1]))
    mean = np.concatenate([np.ones(rows), last[:, 0]])
    return Prior(mean, np.vstack([fixed, unbroken, last]), parts)


def _apart(walk: Floats, cut: int, first: int = 0) -> Floats:
    """Add the months from a cut on under shocks of their own; column j is felt from first + j."""
    before = np.arange(walk.shape[1]) + first < cut
    later = walk[:, ~before]
    actual = np.hstack([walk, np.zeros_like(later)])
    without = np.hstack([np.where(before, walk[cut:], 0.0), later[cut:]])
    return np.vstack([actual, without])


def grid(prior: Prior) -> list[dict[str, float]]:
    """Return every combination of the standard deviations of the prior's parts."""
    names = [k for k in NAMES if k in prior.parts]
    return [dict(zip(names, v, strict=True)) for v in product(*(GRID[k] for k in names))]


def log_likelihood(
    prior: Prior, points: list[dict[str, float]], rows: Floats, y: Floats, sd: Floats
) -> Floats:
    """Return the log marginal likelihood of numbers y = rows @ path + noise at each grid point."""
    seen = {k: rows @ part for k, part in prior.parts.items()}
    outer = {k: s @ s.T for k, s in seen.items()}
    base = (rows @ prior.fixed) @ (rows @ prior.fixed).T + np.diag(sd**2 + 1e-12)
    names = list(prior.parts)
    weights = np.array([[p[k] ** 2 for k in names] for p in points])
    cov = base + np.tensordot(weights, np.stack([outer[k] for k in names]), axes=1)
    # with y as one more row, the factor's last row is the root's inverse times y: one
    # factorisation does, and the corner only keeps the matrix positive
    bordered = np.full((len(points), y.size + 1, y.size + 1), 1e100)
    bordered[:, :-1, :-1] = cov
    bordered[:, -1, :-1] = y - rows @ prior.mean
    root = np.linalg.cholesky(bordered)
    z = root[:, -1, :-1]
    logdet = np.log(np.diagonal(root, axis1=1, axis2=2)[:, :-1]).sum(axis=1)
    return np.asarray(-0.5 * (z**2).sum(axis=1) - logdet)


def _truncated(low: Floats, high: Floats, u: Floats) -> Floats:
    """Draw standard normals between low and high by inversion, in logs so that tails hold."""
    flip = low + high > 0
    a, b = np.where(flip, -high, low), np.where(flip, -low, high)
    log_a, log_b = log_ndtr(a), log_ndtr(b)
    with np.errstate(divide="ignore"):
        z = ndtri_exp(log_b + np.log(u + (1 - u) * np.exp(log_a - log_b)))
    z = np.clip(z, a, b)
    return np.asarray(np.where(flip, -z, z))


def draw_paths(
    bases: list[Floats],
    mean: Floats,
    each: int,
    equal: tuple[Floats, Floats],
    within: tuple[Floats, Floats, Floats],
    sd: Floats,
    start: Floats,
    rng: np.random.Generator,
    sweeps: int,
) -> tuple[Floats, Floats, list[Floats]]:
    """Draw paths that hold the equalities and lie within the intervals.

    Every path is the exact conditional of a normal prior truncated to a polytope. The numbers'
    own values are moved by Gibbs sampling along the axes of the untruncated posterior, many
    chains side by side; the part of the path that no number sees is drawn afresh.

    Parameters
    ----------
    bases : list of arrays of shape (T, K)
        A basis for each draw of the hyper-parameters.
    mean : array of shape (T,)
        What the paths vary around.
    each : int
        Paths for each basis.
    equal : rows (e, T) and values (e,)
    within : rows (m, T), lower and upper bounds (m,)
    sd : array of shape (m,)
        Spread of each interval, for the axes to move along.
    start : array of shape (T,)
        A path inside every interval.
    rng : Generator
    sweeps : int
        Passes over all axes.

    Returns
    -------
    paths, expected : arrays of shape (len(bases) * each, T)
        Draws, and the expectation of the path given the numbers' drawn values.
    rest : list of arrays of shape (T, K)
        For each basis, the part of it that no number sees: what draws vary by about that.
    """
    rows, low, high = within
    split: list[tuple[Floats, ...]] = []
    for i, basis in enumerate(bases):
        # a prior drawn again is not worked out again
        again = i > 0 and basis is bases[i - 1]
        split.append(split[-1] if again else _split(basis, mean, equal, rows, start))
    gains, starts, back, rest, centres = (list(part) for part in zip(*split, strict=True))
    rank = max(g.shape[1] for g in gains)
    chains = len(bases)
    gain = np.zeros((chains, rows.shape[0], rank))
    w = np.zeros((chains, each, rank))
    for i, (g, w0) in enumerate(zip(gains, starts, strict=True)):
        gain[i, :, : g.shape[1]] = g
        w[i, :, : g.shape[1]] = w0
    if rank:
        w = _gibbs(w, gain, np.stack(centres) @ rows.T, low, high, sd, rng, sweeps)
    paths, expected = [], []
    for i in range(chains):
        told = centres[i] + w[i, :, : back[i].shape[1]] @ back[i].T
        noise = rng.standard_normal((each, rest[i].shape[1])) @ rest[i].T
        expected.append(told)
        paths.append(told + noise)
    return np.concatenate(paths), np.concatenate(expected), rest


def _split(
    basis: Floats, mean: Floats, equal: tuple[Floats, Floats], rows: Floats, start: Floats
) -> tuple[Floats, ...]:
    """Split a basis, held to the equalities, into what the rows see of a path and the rest.

    Returns what the rows see of the normals they see, those of the path started from, the path's
    basis in them, its basis in the rest, and the path's mean.
    """
    centre = mean
    if equal[0].size:
        u, s, vt = np.linalg.svd(equal[0] @ basis, full_matrices=False)
        keep = s > 1e-10 * s[0]
        known = vt[keep].T
        shift = (u[:, keep].T @ (equal[1] - equal[0] @ centre)) / s[keep]
        centre = centre + basis @ (known @ shift)
        basis = basis - (basis @ known) @ known.T
    u, s, vt = np.linalg.svd(rows @ basis, full_matrices=False)
    keep = s > 1e-9 * max(float(s[0]) if s.size else 0.0, 1e-9)
    seen = vt[keep].T
    back = basis @ seen
    began = (u[:, keep].T @ (rows @ (start - centre))) / s[keep]
    return u[:, keep] * s[keep], began, back, basis - back @ seen.T, centre


def _gibbs(
    w: Floats,
    gain: Floats,
    centre: Floats,
    low: Floats,
    high: Floats,
    sd: Floats,
    rng: np.random.Generator,
    sweeps: int,
) -> Floats:
    """Move standard normals w within low <= centre + gain @ w <= high, along posterior axes."""
    scaled = gain / sd[None, :, None]
    values, axes = np.linalg.eigh(np.eye(w.shape[2]) + scaled.transpose(0, 2, 1) @ scaled)
    steps = axes / np.sqrt(values)[:, None, :]
    moves = gain @ steps
    lengths = np.sqrt((steps**2).sum(axis=1))
    y = centre[:, None, :] + w @ gain.transpose(0, 2, 1)
    for _ in range(sweeps):
        for k in rng.permutation(w.shape[2]):
            d, gd, size = steps[:, None, :, k], moves[:, None, :, k], lengths[:, None, k]
            with np.errstate(divide="ignore", invalid="ignore"):
                a, b = (low - y) / gd, (high - y) / gd
            still = np.abs(gd) < 1e-14
            lower = np.where(still, -np.inf, np.minimum(a, b)).max(axis=2)
            upper = np.where(still, np.inf, np.maximum(a, b)).min(axis=2)
            middle = -(w * d).sum(axis=2) / size**2
            lower, upper = np.minimum(lower, 0.0), np.maximum(upper, 0.0)
            z = _truncated(
                (lower - middle) * size, (upper - middle) * size, rng.random(w.shape[:2])
            )
            t = np.clip(middle + z / size, lower, upper)
            w = w + t[:, :, None] * d
            y = y + t[:, :, None] * gd
        # keep rounding error from building up
        y = centre[:, None, :] + w @ gain.transpose(0, 2, 1)
    return w
