"""Exact critical values of the largest studentised difference, by quadrature."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq
from scipy.special import erfc, ndtr, ndtri

from policy_methods.checks import Floats
from policy_methods.ranking.inputs import Bools, Ints

_FINE = np.polynomial.legendre.leggauss(18)
_ROUGH = np.polynomial.legendre.leggauss(10)
_FINE_NODES, _FINE_WEIGHTS = np.polynomial.legendre.leggauss(200)
_TOP = 8.6  # the normal density beyond is below 1e-16 of its peak
_PANEL_RATIO = 6.0  # widest ratio of standard errors that one interpolation panel spans
_PANEL_NODES = 14
_CHUNK = 60_000  # numbers an array holds; arrays that fit the cache are several times faster
_TINY = 1e-300
_ITERATIONS = 60


class MarginalCritical:
    """Critical values of one unit's comparisons with the others, many units at once.

    Given the unit's own normal deviate the comparisons are independent, so the distribution of
    their maximum is a one-dimensional integral of a product of normal probabilities. The log of
    each factor is a smooth function of the other unit's standard error: it is evaluated at
    Chebyshev nodes of the log standard error and interpolated, which makes the cost proportional
    to the number of units and not to the number of pairs.

    Parameters
    ----------
    se : numpy.ndarray, shape (p,)
        Standard errors, zero or more.
    """

    def __init__(self, se: Floats) -> None:
        self.se = se / se.max() if se.max() > 0 else se
        self.known = self.se == 0
        self.grid, self.spread = _interpolation(self.se)

    def solve(
        self,
        units: Ints,
        better: Bools,
        worse: Bools,
        confidence: float,
        *,
        start: Floats | None = None,
        tolerance: float = 1e-10,
    ) -> Floats:
        """Critical value of each unit: P(largest open comparison ≤ c) = confidence.

        Parameters
        ----------
        units : numpy.ndarray of int, shape (m,)
            The units.
        better, worse : numpy.ndarray of bool, shape (m, p)
            Which others may still be shown better, or worse, than the unit; two exactly known
            units are never compared.
        confidence : float
            Level.
        start : numpy.ndarray, shape (m,), optional
            Values known to be no smaller than the answer.
        tolerance : float
            Last step of the iteration, in units of the critical value.

        Returns
        -------
        numpy.ndarray, shape (m,)
            Critical values; zero where nothing is left to compare.
        """
        result = self.bound(better, worse, confidence)
        todo = np.flatnonzero(better.sum(axis=1) + worse.sum(axis=1) > 1)
        low, high = np.full(len(todo), float(ndtri(confidence))), result[todo].copy()
        if start is not None:
            high = np.clip(start[todo], low, high)

        def gap(rows: Ints, c: Floats) -> Floats:
            at = todo[rows]
            return self.gap(units[at], better[at], worse[at], c, confidence)

        # log(-log P) is almost a straight line in c, close to that of independent comparisons,
        # whose slope starts the secant.
        rows = np.arange(len(todo))
        previous, value_previous = high.copy(), gap(rows, high)
        point = np.clip(previous + value_previous / hazard(high), low, high)
        rows = rows[np.abs(point - previous) >= tolerance]
        value = value_previous.copy()
        value[rows] = gap(rows, point[rows])
        for _ in range(_ITERATIONS):
            above = value[rows] <= 0
            low[rows] = np.where(above, low[rows], np.maximum(low[rows], point[rows]))
            high[rows] = np.where(above, np.minimum(high[rows], point[rows]), high[rows])
            run = value[rows] - value_previous[rows]
            flat = run == 0
            move = value[rows] * (point - previous)[rows] / np.where(flat, 1.0, run)
            proposal = np.where(flat, point[rows], point[rows] - move)
            inside = (proposal >= low[rows]) & (proposal <= high[rows])
            proposal = np.where(inside, proposal, (low[rows] + high[rows]) / 2)
            step = np.abs(proposal - point[rows])
            previous[rows], value_previous[rows] = point[rows], value[rows]
            point[rows] = proposal
            rows = rows[step >= tolerance]
            if not len(rows):
                break
            value[rows] = gap(rows, point[rows])
        result[todo] = point
        return result

    @staticmethod
    def bound(better: Bools, worse: Bools, confidence: float) -> Floats:
        """Bound the critical values from above (Bonferroni); zero where nothing is open."""
        counts = better.sum(axis=1) + worse.sum(axis=1)
        return np.where(counts > 0, -ndtri((1 - confidence) / np.maximum(counts, 1)), 0.0)

    def gap(
        self,
        units: Ints,
        better: Bools,
        worse: Bools,
        c: Floats,
        confidence: float,
        *,
        rough: bool = False,
    ) -> Floats:
        """Say how far c is from the critical value: log(-log P) less its target, falling in c.

        Arguments as in :meth:`probability`; ``rough`` is good to about 0.0005.
        """
        chance = np.clip(self.probability(units, better, worse, c, rough=rough), _TINY, 1 - 1e-16)
        return np.asarray(np.log(-np.log(chance)) - math.log(-math.log(confidence)))

    def probability(
        self, units: Ints, better: Bools, worse: Bools, c: Floats, *, rough: bool = False
    ) -> Floats:
        """Chance that no open comparison exceeds c.

        Parameters
        ----------
        units : numpy.ndarray of int, shape (m,)
            The units.
        better, worse : numpy.ndarray of bool, shape (m, p)
            As in :meth:`solve`.
        c : numpy.ndarray, shape (m,)
            Critical values, zero or more.
        rough : bool
            Fewer nodes.

        Returns
        -------
        numpy.ndarray, shape (m,)
            Probabilities.
        """
        rule = _ROUGH if rough else _FINE
        step = max(1, _CHUNK // (max(len(self.grid), 1) * len(rule[0]) * 3))
        slices = [slice(k, k + step) for k in range(0, len(units), step)]
        # Weights of the grid for comparisons open both ways, upwards only and downwards only.
        counts = [
            open_.astype(np.float64) @ self.spread
            for open_ in (better & worse, better & ~worse, worse & ~better)
        ]
        parts = [
            self._probability(units[k], better[k], worse[k], c[k], rule, [n[k] for n in counts])
            for k in slices
        ]
        return np.concatenate(parts) if parts else np.empty(0)

    def _probability(
        self,
        units: Ints,
        better: Bools,
        worse: Bools,
        c: Floats,
        rule: tuple[Floats, Floats],
        counts: list[Floats],
    ) -> Floats:
        own = self.se[units]
        z, weight = self._nodes(own, better | worse, c, rule)
        # The same nodes serve z and -z, where "better" and "worse" change places.
        above, below = np.zeros_like(z), np.zeros_like(z)
        if len(self.grid):
            ratio = own[:, None] / self.grid
            reach = (c[:, None] * np.hypot(1.0, ratio))[:, None, :]
            drift = z[:, :, None] * ratio[:, None, :]
            over = erfc((drift + reach) * math.sqrt(0.5)) / 2
            under = erfc((drift - reach) * math.sqrt(0.5)) / 2
            both, one, other = counts
            shared = _sum(np.log(np.maximum(under - over, _TINY)), both)
            if one.any() or other.any():
                near, far = np.log(np.maximum(under, _TINY)), np.log(1 - over)
                above = shared + _sum(far, one) + _sum(near, other)
                below = shared + _sum(near, one) + _sum(far, other)
            else:
                above = below = shared
        # An exactly known unit is shown better, or worse, as soon as the deviate passes c.
        past = z > c[:, None]
        blocked_above = past & np.any(worse & self.known, axis=1)[:, None]
        blocked_below = past & np.any(better & self.known, axis=1)[:, None]
        product = np.where(blocked_above, 0.0, np.exp(np.minimum(above, 0.0)))
        product += np.where(blocked_below, 0.0, np.exp(np.minimum(below, 0.0)))
        return np.asarray(np.sum(weight * product, axis=1))

    def _nodes(
        self, own: Floats, open_: Bools, c: Floats, rule: tuple[Floats, Floats]
    ) -> tuple[Floats, Floats]:
        """Nodes and weights, shape (m, q), in panels around where the product falls."""
        smallest = np.where(open_ & ~self.known, self.se, np.inf).min(axis=1)
        finite = np.isfinite(smallest) & (own > 0)
        ratio = np.where(finite, smallest / np.where(own > 0, own, 1.0), 1.0)
        # A comparison with an error ratio r drops out near z = c·sqrt(1 + r²), over a width r.
        fall = np.minimum(c * np.hypot(1.0, ratio), _TOP - 0.5)
        width = np.minimum(6 * ratio, 0.3 * fall)
        end = np.minimum(fall + 6 * ratio, _TOP)
        edges = [np.zeros_like(c), fall - width, end, np.full_like(c, _TOP)]
        if self.known.any():
            edges.append(np.minimum(c, _TOP))
        ordered = np.sort(np.stack(edges, axis=1), axis=1)
        half = np.diff(ordered, axis=1)[:, :, None] / 2
        z = ordered[:, :-1, None] + half * (1 + rule[0])
        weight = half * rule[1] * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
        return z.reshape(len(c), -1), weight.reshape(len(c), -1)


def _sum(log_factor: Floats, counts: Floats) -> Floats:
    """Sum the log factors, shape (m, q, n), by the weights of the grid, shape (m, n)."""
    return np.asarray(np.einsum("mqn,mn->mq", log_factor, counts))


def _interpolation(se: Floats) -> tuple[Floats, Floats]:
    """Grid of standard errors (n,) and weights (p, n) that carry grid values to units."""
    positive = se > 0
    values = np.unique(se[positive])
    if not len(values):
        return np.empty(0), np.zeros((len(se), 0))
    panels = max(1, math.ceil(math.log(values[-1] / values[0]) / math.log(_PANEL_RATIO)))
    if len(values) <= panels * _PANEL_NODES:
        return values, np.where(positive[:, None], se[:, None] == values, 0).astype(np.float64)
    logs = np.log(np.where(positive, se, values[0]))
    edges = np.linspace(math.log(values[0]), math.log(values[-1]), panels + 1)
    panel = np.clip(np.searchsorted(edges, logs, side="right") - 1, 0, panels - 1)
    turn = (2 * np.arange(_PANEL_NODES) + 1) * math.pi / (2 * _PANEL_NODES)
    unit_nodes = np.cos(turn)
    barycentric = np.sin(turn) * (-1.0) ** np.arange(_PANEL_NODES)
    grid, spread = np.empty(panels * _PANEL_NODES), np.zeros((len(se), panels * _PANEL_NODES))
    for k in range(panels):
        columns = slice(k * _PANEL_NODES, (k + 1) * _PANEL_NODES)
        middle, half = (edges[k] + edges[k + 1]) / 2, (edges[k + 1] - edges[k]) / 2
        grid[columns] = np.exp(middle + half * unit_nodes)
        rows = positive & (panel == k)
        distance = (logs[rows, None] - middle) / half - unit_nodes
        hit = np.abs(distance) < 1e-13
        term = barycentric / np.where(hit, 1.0, distance)
        lagrange = term / term.sum(axis=1, keepdims=True)
        spread[rows, columns] = np.where(hit.any(axis=1, keepdims=True), hit, lagrange)
    return grid, spread


def hazard(c: Floats) -> Floats:
    """Slope of log(-log P) in c, with its sign turned, for independent comparisons."""
    return np.asarray(np.exp(-(c**2) / 2) / math.sqrt(2 * math.pi) / ndtr(-c))


def studentised_range(p: int, confidence: float) -> float:
    """Quantile of the largest studentised difference of p equally precise normal estimates.

    Parameters
    ----------
    p : int
        Units, two or more.
    confidence : float
        Level.

    Returns
    -------
    float
        The studentised range with infinite degrees of freedom, divided by the root of two.

    Examples
    --------
    >>> round(studentised_range(10, 0.95), 5)
    3.16368
    """
    z = _TOP * _FINE_NODES
    density = _TOP * _FINE_WEIGHTS * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)

    def gap(c: float) -> float:
        inner = ndtr(z + c * math.sqrt(2)) - ndtr(z)
        return float(p * np.sum(density * inner ** (p - 1)) - confidence)

    return float(brentq(gap, 1e-6, 12.0, xtol=1e-13, rtol=1e-14))
