"""Simulated critical values of the largest studentised difference, in bounded memory."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from policy_methods.checks import Floats, Seed, generator
from policy_methods.ranking.inputs import Bools, Ints, Kind, Units
from policy_methods.results import Result

_CHUNK = 2_000_000  # numbers held at once


@dataclass(frozen=True)
class Exceedances(Result):
    """Every simulated studentised difference above a floor, one a row, largest first.

    Parameters
    ----------
    draw : numpy.ndarray, shape (k,)
        The draw.
    side : numpy.ndarray, shape (k,)
        0 where the other unit looks better than the unit, 1 where it looks worse.
    unit, other : numpy.ndarray, shape (k,)
        The comparison.
    value : numpy.ndarray, shape (k,)
        The studentised difference.
    floor : float
        Everything above it is here.
    """

    draw: Ints
    side: Ints
    unit: Ints
    other: Ints
    value: Floats
    floor: float


class SimulatedCritical:
    """Critical values by simulation, kept consistent across the steps of a step-down.

    Only the upper tail of the maximum matters. With independent errors a studentised difference
    is at most the root of the sum of two squared normal deviates, so only units with a large
    deviate can take part in a large difference: those few are compared and the rest skipped,
    which keeps time and memory small and the answer the same.

    Parameters
    ----------
    units : Units
        Checked units.
    kind : {"marginal", "simultaneous"}
        Whether the maximum is over one unit's comparisons or over all.
    confidence : float
        Level.
    draws : int
        Simulated sets of errors.
    seed : int or numpy.random.Generator
        Source of randomness.
    """

    def __init__(
        self,
        units: Units,
        *,
        kind: Kind,
        confidence: float,
        draws: int,
        seed: Seed,
    ) -> None:
        self.se, self.sigma, self.covariance = units.se, units.difference_se, units.covariance
        self.kind, self.draws = kind, draws
        # Every pass over the draws must see the same numbers, so one key is fixed here.
        self.key = int(generator(seed).integers(2**63))
        self.tail = draws - math.ceil(confidence * draws) + 1
        self.margin = math.ceil(math.sqrt(draws * confidence * (1 - confidence)))
        self.first: Exceedances | None = None

    def solve(self, active: Bools) -> tuple[Floats, Floats]:
        """Critical value of each unit and its Monte Carlo standard error.

        Parameters
        ----------
        active : numpy.ndarray of bool, shape (2, p, p)
            Open comparisons: ``active[0, i, j]`` where j may still be shown better than i,
            ``active[1, i, j]`` where it may be shown worse.

        Returns
        -------
        tuple of numpy.ndarray, shape (p,) each
            The same value p times for the simultaneous kind; zero where nothing is compared.
        """
        p = len(self.se)
        everything = self.kind == "simultaneous"
        needed = np.atleast_1d(active.any() if everything else np.any(active, axis=(0, 2)))
        # The first pass keeps every comparison of a full table, so it serves again.
        if self.first is None:
            open_all = np.zeros_like(active)
            for side in (0, 1):
                open_all[side] = active[side].any()
            self.first = self._simulate(open_all, self._first_floor(open_all))
        seen = self.first
        found, value, error = self._quantiles(seen, active, len(needed))
        while np.any(~found & needed) and seen.floor > 0:
            seen = self._simulate(active, self._lower_floor(seen.floor))
            found, value, error = self._quantiles(seen, active, len(needed))
        value, error = np.where(needed, value, 0.0), np.where(needed, error, 0.0)
        return np.broadcast_to(value, p).copy(), np.broadcast_to(error, p).copy()

    def _first_floor(self, active: Bools) -> float:
        """Choose a floor that about five times the wanted tail should exceed."""
        tests = active.sum() if self.kind == "simultaneous" else active.sum(axis=(0, 2)).max()
        share = min(5 * self.tail / self.draws / max(int(tests), 1), 0.5)
        return max(float(-ndtri(share)), 0.0)

    @staticmethod
    def _lower_floor(floor: float) -> float:
        return floor - 0.4 if floor > 0.8 else 0.0

    def _quantiles(
        self, seen: Exceedances, active: Bools, groups: int
    ) -> tuple[Bools, Floats, Floats]:
        keep = active[seen.side, seen.unit, seen.other]
        draw, value = seen.draw[keep], seen.value[keep]
        group = seen.unit[keep] if groups > 1 else np.zeros(len(draw), dtype=np.int64)
        # Rows come largest first, so the first row of a draw holds its maximum.
        _, first = np.unique(group * self.draws + draw, return_index=True)
        first.sort()
        group, value = group[first], value[first]
        order = np.argsort(group, kind="stable")
        group, value = group[order], value[order]
        start = np.searchsorted(group, np.arange(groups))
        stop = np.searchsorted(group, np.arange(groups), side="right")
        found = stop - start >= self.tail + self.margin
        if not len(value):
            return found, np.zeros(groups), np.zeros(groups)
        last = len(value) - 1
        reached = stop - start >= self.tail
        at = np.minimum(start + self.tail - 1, last)
        above = np.clip(start + self.tail - 1 - self.margin, start, last)
        below = np.clip(start + self.tail - 1 + self.margin, start, np.maximum(stop - 1, 0))
        critical = np.where(reached, value[at], 0.0)
        error = np.where(reached, (value[above] - value[np.minimum(below, last)]) / 2, 0.0)
        return found, critical, error

    def _simulate(self, active: Bools, floor: float) -> Exceedances:
        rng = np.random.default_rng(self.key)
        p = len(self.se)
        either = np.asarray((active[0] | active[1] | active[0].T | active[1].T) & (self.sigma > 0))
        root = None if self.covariance is None else _root(self.covariance)
        step = max(1, _CHUNK // (p if root is None else p * p))
        pieces: list[tuple[Ints, Ints, Ints, Floats]] = []
        for start in range(0, self.draws, step):
            deviates = rng.standard_normal((min(step, self.draws - start), p))
            if root is None:
                found = self._independent(deviates, either, floor)
            else:
                found = self._correlated(deviates @ root.T, either, floor)
            pieces.extend((draw + start, high, low, value) for draw, high, low, value in found)
        if not pieces:
            empty = np.empty(0, dtype=np.int64)
            return Exceedances(empty, empty, empty, empty, np.empty(0), floor)
        draw, high, low, value = (np.concatenate(part) for part in zip(*pieces, strict=True))
        # One difference speaks about the lower unit (side 0) and about the higher one (side 1).
        side = np.repeat([0, 1], len(draw))
        draw, value = np.tile(draw, 2), np.tile(value, 2)
        unit, other = np.concatenate([low, high]), np.concatenate([high, low])
        keep = np.flatnonzero(active[side, unit, other])
        order = keep[np.argsort(-value[keep], kind="stable")]
        return Exceedances(draw[order], side[order], unit[order], other[order], value[order], floor)

    def _independent(
        self, deviates: Floats, either: Bools, floor: float
    ) -> list[tuple[Ints, Ints, Ints, Floats]]:
        large = np.abs(deviates) >= floor / math.sqrt(2)
        anchor_draw, anchor = np.nonzero(large)
        noise = deviates * self.se
        pieces = []
        step = max(1, _CHUNK // len(self.se))
        for k in range(0, len(anchor), step):
            rows, unit = anchor_draw[k : k + step], anchor[k : k + step]
            sigma = self.sigma[unit]
            with np.errstate(divide="ignore", invalid="ignore"):
                value = (noise[rows, unit][:, None] - noise[rows]) / sigma
            # A pair of two anchors is met twice: the one with the smaller number keeps it.
            keep = (np.abs(value) >= floor) & either[unit]
            keep &= ~(large[rows] & (np.arange(len(self.se)) < unit[:, None]))
            at, other = np.nonzero(keep)
            pieces.append(_oriented(rows[at], unit[at], other, value[at, other]))
        return pieces

    def _correlated(
        self, noise: Floats, either: Bools, floor: float
    ) -> list[tuple[Ints, Ints, Ints, Floats]]:
        first, second = np.nonzero(np.triu(either, 1))
        value = (noise[:, first] - noise[:, second]) / self.sigma[first, second]
        draw, pair = np.nonzero(np.abs(value) >= floor)
        return [_oriented(draw, first[pair], second[pair], value[draw, pair])]


def _oriented(
    draw: NDArray[np.int64], unit: NDArray[np.int64], other: NDArray[np.int64], value: Floats
) -> tuple[Ints, Ints, Ints, Floats]:
    """Return draw, higher unit, lower unit and the positive difference."""
    positive = value > 0
    return draw, np.where(positive, unit, other), np.where(positive, other, unit), np.abs(value)


def _root(covariance: Floats) -> Floats:
    """Return a square root of a covariance matrix that may be singular."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.clip(values, 0.0, None)))
