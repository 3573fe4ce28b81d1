"""What the arbitrary choices behind a composite do to its ranking, all drawn together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from policy_methods.checks import (
    Floats,
    aligned,
    check_confidence,
    choice,
    flag,
    generator,
    listed,
    number,
    numbers,
    whole,
)
from policy_methods.composite.build import (
    Aggregate,
    Composite,
    Ints,
    Missing,
    Normalise,
    Plan,
    Weights,
    composite,
    ranks,
)
from policy_methods.errors import ParameterError
from policy_methods.results import Result
from policy_methods.simulate import Distribution, sobol

CHOICES = {
    "normalisation": "How indicators are put on one scale",
    "aggregation": "How they are combined",
    "weights": "How much each indicator weighs",
    "indicator set": "Which indicator is left out, if any",
    "sampling error": "Which people happened to be asked",
}
_RANGE = (0.01, 1.0)
_BLOCK = 250
_LOOSEST = 1e-6


@dataclass(frozen=True)
class CompositeUncertainty(Result):
    """Ranks over draws of every choice.

    Parameters
    ----------
    nominal : Composite
        The composite by the first of each list of choices and the given weights.
    ranks : numpy.ndarray of int, shape (draws, n)
        Rank of each unit in each draw.
    drawn : pandas.DataFrame
        What each draw chose: normalisation, aggregation, indicator left out ("" for none).
    sobol : pandas.DataFrame or None
        Share of the variance of the mean shift in rank by choice: ``first_order`` and ``total``
        with half-widths of their intervals; None unless asked for.
    confidence : float
        Level of the intervals of :meth:`to_frame`.
    """

    nominal: Composite
    ranks: Ints
    drawn: pd.DataFrame
    sobol: pd.DataFrame | None
    confidence: float

    @property
    def mean_shift(self) -> Floats:
        """Mean absolute shift from the nominal rank in each draw, shape (draws,)."""
        return np.asarray(np.abs(self.ranks - self.nominal.rank.to_numpy()).mean(axis=1))

    def to_frame(self) -> pd.DataFrame:
        """Return one row a unit: rank, median and interval of its ranks, mean shift."""
        tail = (1 - self.confidence) / 2
        low, middle, high = np.quantile(
            self.ranks, [tail, 0.5, 1 - tail], axis=0, method="inverted_cdf"
        )
        shift = np.abs(self.ranks - self.nominal.rank.to_numpy()).mean(axis=0)
        return pd.DataFrame(
            {
                "rank": self.nominal.rank,
                "median": middle,
                "low": low,
                "high": high,
                "mean_shift": shift,
            }
        )


def composite_uncertainty(
    data: pd.DataFrame,
    *,
    se: ArrayLike | pd.DataFrame | None = None,
    weights: Weights | None = None,
    directions: Mapping[str, int] | None = None,
    parents: Mapping[str, str] | None = None,
    normalise: Sequence[Normalise] = ("zscore", "minmax", "percentile", "rank"),
    aggregate: Sequence[Aggregate] = ("arithmetic", "geometric"),
    concentration: float = 20.0,
    leave_out: bool = True,
    missing: Missing = "error",
    draws: int = 1000,
    seed: int | np.random.Generator = 0,
    confidence: float = 0.9,
    sobol_draws: int = 0,
) -> CompositeUncertainty:
    """Draw every choice behind a composite together and rank anew each time.

    Parameters
    ----------
    data, weights, directions, parents, missing
        As in :func:`policy_methods.composite.composite`.
    se : array-like or DataFrame, shape (n, k), optional
        Standard errors of the indicators, which are drawn normal around the data; none without.
        A DataFrame is brought into the order of the data by its labels.
    normalise, aggregate : sequence of str
        Scales and means to choose from with equal chance; the first of each is the nominal one.
    concentration : float
        Weights are drawn from a Dirichlet distribution with this total around the given ones;
        20 lets each of four equal weights range from about 0.09 to 0.44. ``inf`` keeps them.
    leave_out : bool
        Leave out no indicator or any one of them, each with equal chance.
    draws : int
        Rankings, at least 50.
    seed : int or numpy.random.Generator
        Source of randomness.
    confidence : float
        Level of the intervals of ranks.
    sobol_draws : int
        Base size (a power of 2) of the design for Sobol' indices; 0 leaves them out.

    Returns
    -------
    CompositeUncertainty
        Ranks, choices and shares of variance.

    Raises
    ------
    ParameterError
        As in :func:`policy_methods.composite.composite`, and for draws, levels or standard
        errors that make no sense.

    Notes
    -----
    For geometric and harmonic means every scale is stretched onto 0.01 to 1, so that each pair of
    scale and mean is possible. Source: Saisana, Saltelli and Tarantola, JRSS A, 2005.

    Examples
    --------
    >>> table = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [2.0, 1.0, 4.0, 3.0]})
    >>> composite_uncertainty(table, draws=100).ranks.shape
    (100, 4)
    """
    for name, given, allowed in (
        ("normalise", normalise, get_args(Normalise)),
        ("aggregate", aggregate, get_args(Aggregate)),
    ):
        if not listed(name, given, "known choices"):
            raise ParameterError(name, "must be a list of known choices", allowed=allowed)
        for each in given:
            choice(name, each, allowed)
    draws = whole("draws", draws, 50)
    confidence = check_confidence(confidence)
    rule = f"must be above 0, at least {_LOOSEST:g}; infinity keeps the weights"
    concentration = number("concentration", concentration, least=_LOOSEST, most=np.inf, rule=rule)
    sobol_draws = whole("sobol_draws", sobol_draws, 0)
    leave_out = flag("leave_out", leave_out)
    plan = Plan.check(data, weights, directions, parents, missing)
    nominal = composite(
        data,
        weights=weights,
        directions=directions,
        parents=parents,
        normalise=normalise[0],
        aggregate=aggregate[0],
        missing=missing,
        rescale=None if aggregate[0] == "arithmetic" else _RANGE,
    )
    rng = generator(seed)
    model = _Model(
        plan, _errors(se, plan, data), normalise, aggregate, concentration, leave_out, draws, rng
    )
    # Every draw takes its own weights and its own errors: no two share a row of the banks.
    design = rng.random((draws, len(CHOICES)))
    for column in (2, 4):
        design[:, column] = (rng.permutation(draws) + 0.5) / draws
    found = model.ranks(design)
    share = None
    if sobol_draws:
        at = nominal.rank.to_numpy()

        def shift(cases: Mapping[str, Floats]) -> dict[str, Floats]:
            picks = np.column_stack([cases[name] for name in CHOICES])
            return {"shift": np.abs(model.ranks(picks) - at).mean(axis=1)}

        inputs = {
            name: Distribution("uniform", (0.0, 1.0), label=label)
            if name in model.varying
            else Distribution("fixed", (0.5,), label=label)
            for name, label in CHOICES.items()
        }
        share = sobol(shift, inputs, "shift", base_draws=sobol_draws, seed=rng)
    return CompositeUncertainty(nominal, found, model.describe(design), share, float(confidence))


class _Model:
    """Ranks as a function of five numbers between 0 and 1, one a choice."""

    def __init__(
        self,
        plan: Plan,
        errors: Floats,
        normalise: Sequence[Normalise],
        aggregate: Sequence[Aggregate],
        concentration: float,
        leave_out: bool,
        bank: int,
        rng: np.random.Generator,
    ) -> None:
        self.plan, self.errors = plan, errors
        self.normalise, self.aggregate = list(normalise), list(aggregate)
        k = len(plan.names)
        self.sets = k + 1 if leave_out and k > 1 and not plan.group_names else 1
        centre = plan.weights / plan.weights.sum()
        if np.isfinite(concentration):
            # A Dirichlet draw is a set of gamma draws divided by their sum; no weight stays none.
            shape = np.maximum(concentration * centre, 1e-12)
            self.weights = np.where(centre > 0, rng.gamma(shape, size=(bank, k)), 0.0) + 1e-12
        else:
            self.weights = np.broadcast_to(centre, (bank, k))
        self.noise = rng.standard_normal((bank, *plan.values.shape), dtype=np.float32)
        varies = (
            len(self.normalise) > 1,
            len(self.aggregate) > 1,
            bool(np.isfinite(concentration)) and k > 1,
            self.sets > 1,
            bool(np.any(errors > 0)),
        )
        self.varying = {name for name, v in zip(CHOICES, varies, strict=True) if v}

    @staticmethod
    def _pick(share: Floats, count: int) -> Ints:
        return np.minimum((share * count).astype(np.int64), count - 1)

    def ranks(self, design: Floats) -> Ints:
        """Rank the units for each row of the design, shape (draws, n)."""
        parts = [self._block(design[k : k + _BLOCK]) for k in range(0, len(design), _BLOCK)]
        return np.concatenate(parts)

    def _block(self, design: Floats) -> Ints:
        bank = len(self.weights)
        weights = self.weights[self._pick(design[:, 2], bank)].copy()
        left_out = self._pick(design[:, 3], self.sets) - 1
        dropped = np.flatnonzero(left_out >= 0)
        # Next to nothing, so that a unit with no other value keeps its place.
        weights[dropped, left_out[dropped]] = 1e-15
        values = np.broadcast_to(self.plan.values, (len(design), *self.plan.values.shape))
        if "sampling error" in self.varying:
            values = values + self.errors * self.noise[self._pick(design[:, 4], bank)]
        scale = self._pick(design[:, 0], len(self.normalise))
        mean = self._pick(design[:, 1], len(self.aggregate))
        score = np.empty(values.shape[:2])
        for s, m in {*zip(scale.tolist(), mean.tolist(), strict=True)}:
            rows = np.flatnonzero((scale == s) & (mean == m))
            how = self.aggregate[m]
            stretch = None if how == "arithmetic" else _RANGE
            scaled = self.plan.normalised(values[rows], self.normalise[s], stretch)
            score[rows], _ = self.plan.aggregated(scaled, weights[rows], how)
        return ranks(score)

    def describe(self, design: Floats) -> pd.DataFrame:
        """Say in words what each row of a design chose."""
        left_out = ["", *self.plan.names]
        return pd.DataFrame(
            {
                "normalisation": [
                    self.normalise[k] for k in self._pick(design[:, 0], len(self.normalise))
                ],
                "aggregation": [
                    self.aggregate[k] for k in self._pick(design[:, 1], len(self.aggregate))
                ],
                "left_out": [left_out[k] for k in self._pick(design[:, 3], self.sets)],
            }
        )


def _errors(se: Any, plan: Plan, data: pd.DataFrame) -> Floats:
    if se is None:
        return np.zeros_like(plan.values)
    if isinstance(se, pd.DataFrame):
        (rows,) = aligned("data", data, se=se)
        (across,) = aligned("data", data.T, se=rows.T)
        se = across.T
    errors = numbers("se", se, ndim=None, missing=True)
    if errors.shape != plan.values.shape:
        raise ParameterError("se", f"must have shape {plan.values.shape}", value=errors.shape)
    errors = np.where(np.isnan(plan.values), 0.0, errors)
    if not np.all(np.isfinite(errors)) or np.any(errors < 0):
        raise ParameterError("se", "must be numbers of zero or more for every value")
    return errors
