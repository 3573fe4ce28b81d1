"""Uncertainty made visible: declared input distributions, Monte Carlo, tornado and Sobol' indices.

Every input is drawn by inverse transform from its own stream, named after it: the same seed gives
the same numbers whatever other inputs there are and however many processes share the work, and
scenarios share their random numbers.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from SALib.analyze import sobol as sobol_analysis
from SALib.sample import sobol as sobol_sample
from scipy import stats

from policy_methods.checks import Floats, check_confidence, listed, number, numbers, whole
from policy_methods.errors import ParameterError
from policy_methods.results import Result

__all__ = [
    "ASSUMPTION",
    "Distribution",
    "Inputs",
    "Model",
    "Simulation",
    "declared",
    "draw",
    "simulate",
    "sobol",
    "tornado",
]

Model = Callable[[Mapping[str, Floats]], Mapping[str, Floats]]

ASSUMPTION = "assumption"
"""What an input's source says where nothing published supports it."""

_BLOCK = 4096
_KINDS: dict[str, tuple[str, ...]] = {
    "fixed": ("value",),
    "uniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "normal": ("mean", "sd"),
    "discrete": (),
}


@dataclass(frozen=True, slots=True)
class Distribution(Result):
    """What is declared about one uncertain input.

    Parameters
    ----------
    kind : str
        "fixed" (value), "uniform" (low, high), "triangular" (low, mode, high), "normal"
        (mean, sd) or "discrete" (equally likely values).
    parameters : tuple of float
        In the order given above.
    source : str
        Where it comes from, or "assumption".
    unit, label : str
        For tables.

    Raises
    ------
    ParameterError
        Unknown kind, wrong number or order of parameters.

    Examples
    --------
    >>> Distribution("triangular", (0, 1, 2)).central
    1.0
    >>> Distribution("uniform", (0, 4)).ppf([0.25]).tolist()
    [1.0]
    """

    kind: str
    parameters: tuple[float, ...]
    source: str = ASSUMPTION
    unit: str = ""
    label: str = ""

    def __post_init__(self) -> None:
        name = self.label or "distribution"
        if self.kind not in _KINDS:
            raise ParameterError(name, "has no such kind", value=self.kind, allowed=_KINDS)
        needed, given = _KINDS[self.kind], listed(name, self.parameters, "numbers")
        if not given or (needed and len(given) != len(needed)):
            wanted = ", ".join(needed) or "at least one value"
            raise ParameterError(name, f"({self.kind}) needs {wanted}", value=given)
        numbers(name, given)
        ordered = self.kind in {"uniform", "triangular"}
        if ordered and given != sorted(given):
            raise ParameterError(name, f"must have {' <= '.join(needed)}", value=given)
        if self.kind == "normal" and given[1] < 0:
            raise ParameterError(name, "must have sd at least 0", value=given)

    @property
    def fixed(self) -> bool:
        """Whether only one value is possible."""
        if self.kind == "normal":
            return self.parameters[1] == 0
        return len(set(self.parameters)) == 1

    @property
    def central(self) -> float:
        """The mode of a triangular, the median of the others."""
        if self.kind == "triangular":
            return float(self.parameters[1])
        return float(self.ppf(0.5))

    def ppf(self, share: npt.ArrayLike) -> Floats:
        """Return the value below which each share of the probability lies.

        Parameters
        ----------
        share : array-like
            Shares from 0 to 1.

        Returns
        -------
        ndarray
            Values, same shape.
        """
        u = numbers("share", share, ndim=None)
        if ((u < 0) | (u > 1)).any():
            raise ParameterError("share", "must be from 0 to 1")
        p = self.parameters
        if self.fixed:
            return np.full(u.shape, float(p[0]), dtype=float)
        if self.kind == "uniform":
            return np.asarray(p[0] + u * (p[1] - p[0]), dtype=float)
        if self.kind == "triangular":
            width = p[2] - p[0]
            shape = (p[1] - p[0]) / width
            return np.asarray(stats.triang.ppf(u, shape, loc=p[0], scale=width), dtype=float)
        if self.kind == "normal":
            return np.asarray(stats.norm.ppf(u, p[0], p[1]), dtype=float)
        place = np.minimum((u * len(p)).astype(int), len(p) - 1)
        return np.asarray(np.asarray(p, dtype=float)[place])

    @property
    def words(self) -> str:
        """The distribution in words: "triangular 0.1, 0.5, 0.9"."""
        numbers = ", ".join(f"{v:g}" for v in self.parameters).replace("-", "−")
        return f"{self.kind} {numbers}"


Inputs = Mapping[str, Distribution]


def declared(inputs: Inputs) -> pd.DataFrame:
    """List every input with its distribution and source.

    Parameters
    ----------
    inputs : mapping of str to Distribution
        The inputs.

    Returns
    -------
    DataFrame
        Columns input, label, unit, distribution, low (5%), central, high (95%), source.
    """
    rows = [
        {
            "input": name,
            "label": d.label or name,
            "unit": d.unit,
            "distribution": d.words,
            "low": float(d.ppf(0.05)),
            "central": d.central,
            "high": float(d.ppf(0.95)),
            "source": d.source,
        }
        for name, d in inputs.items()
    ]
    return pd.DataFrame(rows)


def draw(inputs: Inputs, draws: int, seed: int | np.random.Generator = 0) -> dict[str, Floats]:
    """Draw every input independently, each from its own stream.

    Parameters
    ----------
    inputs : mapping of str to Distribution
        The inputs.
    draws : int
        Number of draws, at least 2.
    seed : int or Generator
        Seed; a Generator gives one.

    Returns
    -------
    dict of str to ndarray, shape (draws,)
        The draws. An input's numbers depend on the seed, its name and its distribution only.

    Raises
    ------
    ParameterError
        No inputs, too few draws, a negative seed.

    Examples
    --------
    >>> both = draw({"a": Distribution("uniform", (0, 1)), "b": Distribution("fixed", (2,))}, 3)
    >>> both["b"].tolist()
    [2.0, 2.0, 2.0]
    """
    if not inputs:
        raise ParameterError("inputs", "must name at least one distribution")
    draws = whole("draws", draws, 2)
    root = _seed(seed)
    drawn = {}
    for name, distribution in inputs.items():
        stream = np.random.SeedSequence(root, spawn_key=(zlib.crc32(name.encode()),))
        drawn[name] = distribution.ppf(np.random.default_rng(stream).random(draws))
    return drawn


def _seed(seed: int | np.random.Generator) -> int:
    if isinstance(seed, np.random.Generator):
        return int(seed.integers(2**63))
    return whole("seed", seed, 0)


@dataclass(frozen=True, slots=True)
class Simulation(Result):
    """Draws of the inputs and what the model made of them.

    Parameters
    ----------
    inputs, outputs : DataFrame
        One row a draw.
    """

    inputs: pd.DataFrame
    outputs: pd.DataFrame

    def probability(self, output: str, at_least: float) -> tuple[float, float]:
        """Share of draws in which an output reaches a value.

        Parameters
        ----------
        output : str
            Name of the output.
        at_least : float
            The value.

        Returns
        -------
        tuple of float
            The probability and its Monte Carlo standard error (of a proportion with one success
            and one failure added, so that it is not 0 where every draw agrees).
        """
        reached = self._values(output) >= number("at_least", at_least)
        n = reached.size
        smoothed = (reached.sum() + 1) / (n + 2)
        return float(reached.mean()), float(np.sqrt(smoothed * (1 - smoothed) / n))

    def quantiles(self, output: str, confidence: float = 0.95) -> tuple[float, float, float]:
        """Median and central interval of an output.

        Parameters
        ----------
        output : str
            Name of the output.
        confidence : float
            Probability inside the interval.

        Returns
        -------
        tuple of float
            Median, low, high.
        """
        tail = (1 - check_confidence(confidence)) / 2
        values = self._values(output)
        middle, low, high = np.quantile(values, [0.5, tail, 1 - tail])
        return float(middle), float(low), float(high)

    def _values(self, output: str) -> Floats:
        if output not in self.outputs:
            raise ParameterError("output", "is unknown", value=output, allowed=self.outputs)
        return self.outputs[output].to_numpy(dtype=float)

    def to_frame(self, confidence: float = 0.95) -> pd.DataFrame:
        """Summarise each output: mean, its Monte Carlo error, median, interval, standard deviation.

        Parameters
        ----------
        confidence : float
            Probability inside the interval.

        Returns
        -------
        DataFrame
            One row an output.
        """
        rows = []
        for name in self.outputs.columns:
            values = self.outputs[name].to_numpy()
            middle, low, high = self.quantiles(name, confidence)
            sd = float(values.std(ddof=1))
            rows.append(
                {
                    "output": name,
                    "mean": float(values.mean()),
                    "monte_carlo_error": sd / float(np.sqrt(values.size)),
                    "median": middle,
                    "low": low,
                    "high": high,
                    "sd": sd,
                }
            )
        return pd.DataFrame(rows)


def simulate(
    model: Model,
    inputs: Inputs,
    *,
    draws: int = 10_000,
    seed: int | np.random.Generator = 0,
    processes: int = 1,
) -> Simulation:
    """Run a model on draws of its inputs.

    Parameters
    ----------
    model : callable
        Takes a mapping of input names to arrays, returns a mapping of output names to arrays of
        the same length; what it is given are copies. With more than one process it must be
        importable (not a lambda).
    inputs : mapping of str to Distribution
        The inputs.
    draws : int
        Number of draws.
    seed : int or Generator
        Seed.
    processes : int
        Processes that share the work; the numbers don't depend on it.

    Returns
    -------
    Simulation
        Draws and outputs.

    Raises
    ------
    ParameterError
        An argument out of range; a model that returns no mapping, or whose output is missing or of
        another length.
    """
    processes, draws = whole("processes", processes, 1), whole("draws", draws, 2)
    drawn = draw(inputs, draws, seed)
    starts = range(0, draws, _BLOCK)
    # Copies, as a model may change what it is given.
    blocks = [
        {name: values[start : start + _BLOCK].copy() for name, values in drawn.items()}
        for start in starts
    ]
    if processes == 1 or len(blocks) == 1:
        parts = [model(block) for block in blocks]
    else:
        # Spawned, not forked: a forked child of a threaded notebook kernel can hang.
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            parts = list(pool.map(model, blocks))
    names = [_named(part) for part in parts]
    if any(set(each) != set(names[0]) for each in names):
        raise ParameterError("model", "must return the same outputs in every call")
    outputs = {
        name: np.concatenate(
            [
                _column(part, name, min(_BLOCK, draws - start))
                for part, start in zip(parts, starts, strict=True)
            ]
        )
        for name in names[0]
    }
    return Simulation(pd.DataFrame(drawn), pd.DataFrame(outputs))


def _named(outputs: object) -> list[Any]:
    """Names of a model's outputs, or a refusal of what a model must not return."""
    if not isinstance(outputs, Mapping | pd.DataFrame) or not len(list(outputs)):
        rule = "must return a mapping of output names to arrays"
        raise ParameterError("model", rule, value=repr(outputs))
    return list(outputs)


def _column(outputs: Mapping[str, Floats], name: str, n: int) -> Floats:
    """Return one of a model's outputs, which must be n finite numbers."""
    try:
        values = np.atleast_1d(np.asarray(outputs[name]))
    except ValueError:  # lists of unlike lengths
        values = np.empty(0)
    if values.shape != (n,) or values.dtype.kind not in "fiub" or not np.isfinite(values).all():
        raise ParameterError(f"model output {name}", "must be one finite number a draw")
    return values


def tornado(
    model: Model, inputs: Inputs, output: str, *, low: float = 0.05, high: float = 0.95
) -> pd.DataFrame:
    """Swing of an output as each input alone goes from a low to a high quantile.

    Parameters
    ----------
    model : callable
        As in :func:`simulate`.
    inputs : mapping of str to Distribution
        The inputs; the others stay at their central value.
    output : str
        The output looked at.
    low, high : float
        Quantiles of the input.

    Returns
    -------
    DataFrame
        One row an input, widest swing first: input, label, input_low, input_high, output_low,
        output_high (output at the input's low and high), central, swing (absolute).

    Raises
    ------
    ParameterError
        Quantiles out of order.
    """
    if not 0 < number("low", low) < number("high", high) < 1:
        raise ParameterError("low", "must be above 0 and below high, which must be below 1")
    if not inputs:
        raise ParameterError("inputs", "must name at least one distribution")
    names = list(inputs)
    central = np.array([inputs[name].central for name in names])
    ends = np.array([[inputs[n].ppf(low), inputs[n].ppf(high)] for n in names], dtype=float)
    cases = np.tile(central, (2 * len(names) + 1, 1))
    for k in range(len(names)):
        cases[2 * k, k], cases[2 * k + 1, k] = ends[k]
    values = _outcome(model, {n: cases[:, k] for k, n in enumerate(names)}, output)
    table = pd.DataFrame(
        {
            "input": names,
            "label": [inputs[n].label or n for n in names],
            "input_low": ends[:, 0],
            "input_high": ends[:, 1],
            "output_low": values[0:-1:2],
            "output_high": values[1:-1:2],
            "central": values[-1],
        }
    )
    table["swing"] = (table["output_high"] - table["output_low"]).abs()
    return table.sort_values("swing", ascending=False, kind="stable").reset_index(drop=True)


def _outcome(model: Model, cases: Mapping[str, Floats], output: str) -> Floats:
    """Run the model and return one finite number a case of one of its outputs."""
    n = len(next(iter(cases.values())))
    outputs = model(cases)
    names = _named(outputs)
    if output not in names:
        raise ParameterError("output", "is unknown", value=output, allowed=names)
    return np.asarray(_column(outputs, output, n), dtype=float)


def sobol(
    model: Model,
    inputs: Inputs,
    output: str,
    *,
    base_draws: int = 1024,
    seed: int | np.random.Generator = 0,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Share of an output's variance that each input accounts for.

    Parameters
    ----------
    model : callable
        As in :func:`simulate`.
    inputs : mapping of str to Distribution
        The inputs, taken as independent.
    output : str
        The output looked at.
    base_draws : int
        Size of Sobol's sequence, a power of 2; the model runs (inputs + 2) times that often.
    seed : int or Generator
        Seed of the scrambling and of the intervals' bootstrap.
    confidence : float
        Level of the intervals.

    Returns
    -------
    DataFrame
        One row an input, largest total first: input, label, first_order, first_error, total,
        total_error (half-widths of the bootstrap intervals). Inputs that can't vary have 0.

    Raises
    ------
    ParameterError
        `base_draws` not a power of 2; an output that does not vary.

    Notes
    -----
    Saltelli et al. (2010), Computer Physics Communications 181:259, as implemented in SALib.
    """
    base_draws, confidence = whole("base_draws", base_draws, 1), check_confidence(confidence)
    if base_draws < 8 or base_draws & base_draws - 1:
        raise ParameterError("base_draws", "must be a power of 2, at least 8", value=base_draws)
    varying = [name for name in inputs if not inputs[name].fixed]
    if not varying:
        raise ParameterError("inputs", "must hold at least one input that can vary")
    root = _seed(seed) % 2**32
    problem: dict[str, Any] = {
        "num_vars": len(varying),
        "names": varying,
        "bounds": [[0.0, 1.0]] * len(varying),
    }
    uniform = sobol_sample.sample(problem, base_draws, calc_second_order=False, seed=root)
    # Scrambled points can fall on 0 exactly, where a normal's quantile is infinite.
    uniform = np.clip(uniform, 1e-12, 1 - 1e-12)
    cases = {
        name: inputs[name].ppf(uniform[:, varying.index(name)])
        if name in varying
        else np.full(uniform.shape[0], inputs[name].central)
        for name in inputs
    }
    values = _outcome(model, cases, output)
    if float(np.ptp(values)) <= 1e-12 * max(1.0, float(np.abs(values).max())):
        raise ParameterError("output", "does not vary, so no share of its variance exists")
    found = sobol_analysis.analyze(
        problem, values, calc_second_order=False, conf_level=confidence, seed=root
    )
    index = {name: k for k, name in enumerate(varying)}
    rows = [
        {
            "input": name,
            "label": inputs[name].label or name,
            "first_order": float(found["S1"][index[name]]) if name in index else 0.0,
            "first_error": float(found["S1_conf"][index[name]]) if name in index else 0.0,
            "total": float(found["ST"][index[name]]) if name in index else 0.0,
            "total_error": float(found["ST_conf"][index[name]]) if name in index else 0.0,
        }
        for name in inputs
    ]
    table = pd.DataFrame(rows).sort_values("total", ascending=False, kind="stable")
    return table.reset_index(drop=True)
