"""Funnel plots: which units differ from a target by more than chance, at any level of evidence.

Limits are exact (binomial for proportions, Poisson for ratios of counts), so the share of units
that a funnel flags when nothing is going on is the share it promises. Where units differ for many
small reasons that nobody measured, the limits can be widened by an additive random effect whose
size is estimated from winsorised or truncated z-scores, corrected for what trimming takes away.

Sources: Spiegelhalter, Statistics in Medicine 2005; 24:1185 (funnels, interpolated exact limits);
Spiegelhalter, Quality and Safety in Health Care 2005; 14:347 (over-dispersion); DerSimonian and
Laird, Controlled Clinical Trials 1986; 7:177 (the between-unit variance).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from policy_methods.checks import (
    LARGEST,
    aligned,
    between_spread,
    check_confidence,
    choice,
    listed,
    number,
    numbers,
    standard_errors,
    unit_labels,
    whole,
)
from policy_methods.errors import ParameterError
from policy_methods.results import Result
from policy_methods.shares import holm

Kind = Literal["proportion", "ratio", "normal"]
Overdispersion = Literal["winsorised", "truncated"]
Convention = Literal["published", "test"]
Floats = NDArray[np.float64]

_LARGE_SHARE = 0.05
_MOST_CASES = 1e12

__all__ = ["FunnelResult", "funnel", "funnel_normal", "trimming_factor"]


@dataclass(frozen=True)
class FunnelResult(Result):
    """Units against a target, with limits for any precision.

    Parameters
    ----------
    points : pandas.DataFrame
        One row a unit, in the order given: ``unit``, ``group``, ``events``, ``denominator`` (for a
        normal funnel ``value`` and ``se`` only), ``value``, ``target``, ``se`` (standard error at
        the target), ``z``, ``z_adjusted`` (with the between-unit variance), and for each level,
        say 95%: ``lower_95``, ``upper_95``, ``outside_95`` (bool) and ``unadjusted_outside_95``.
    kind : str
        "proportion", "ratio" or "normal".
    levels : tuple of float
        Levels of the limits.
    target : float
        Pooled target (or the one given).
    targets : dict of str to float
        Target of each group of peers; one entry ``"all"`` without groups.
    overdispersion : str or None
        What was asked for.
    trim : float
        Share trimmed at each end of the z-scores.
    phi : float
        Over-dispersion factor, 1 on average when units differ by chance only; NaN is never given:
        without a correction it is the plain mean square of the z-scores.
    phi_critical : float
        Two standard deviations above 1 under the null: the correction applies only above it.
    tau2 : float
        Between-unit variance on the scale of ``value`` (0 where phi is not above its critical
        value, or none was asked for).
    """

    points: pd.DataFrame
    kind: Kind
    levels: tuple[float, ...]
    target: float
    targets: dict[str, float]
    overdispersion: Overdispersion | None
    trim: float
    phi: float
    phi_critical: float
    tau2: float

    def limits(
        self, grid: ArrayLike, *, group: str | None = None, convention: Convention = "published"
    ) -> pd.DataFrame:
        """Return the limits along a grid of denominators.

        Parameters
        ----------
        grid : array_like of float, shape (m,)
            Denominators (expected counts for ratios, standard errors for a normal funnel).
        group : str, optional
            Group of peers whose target to use; the pooled target by default.
        convention : str
            For ratios, "published" gives the exact Poisson confidence limits around a count equal
            to its expectation, as NHS funnel packages draw them; "test" gives the limits that
            decide ``outside`` (exact mid-p). The two differ by one or two events. For the other
            kinds they are the same.

        Returns
        -------
        pandas.DataFrame
            ``denominator`` and, for each level, ``lower_<level>`` and ``upper_<level>``.

        Raises
        ------
        ParameterError
            For a grid that isn't positive and finite, an unknown group or convention.

        Examples
        --------
        >>> table = funnel([15, 30], [15, 30], kind="ratio").limits([15])
        >>> round(float(table["lower_95"].iloc[0]), 7), round(float(table["upper_95"].iloc[0]), 6)
        (0.5596924, 1.649348)
        """
        choice("convention", convention, get_args(Convention))
        if group is not None:
            choice("group", group, tuple(self.targets))
        size = _units("grid", grid)
        if (size < 1 / LARGEST).any():
            raise ParameterError("grid", f"must be above 0, at least {1 / LARGEST:g}, throughout")
        _countable("grid", self.kind, size)
        target = self.target if group is None else self.targets[group]
        aims = np.full(size.shape, target)
        out = {"denominator": size}
        for level in self.levels:
            exact = _exact_limits(self.kind, size, aims, level, convention)
            lower, upper = _possible(self.kind, *_widened(self.kind, size, aims, exact, self.tau2))
            out[f"lower_{_tag(level)}"], out[f"upper_{_tag(level)}"] = lower, upper
        return pd.DataFrame(out)

    @property
    def overdispersed(self) -> bool:
        """Whether the units differ by more than chance explains (phi above its critical value)."""
        return self.phi > self.phi_critical

    def outliers(self) -> pd.DataFrame:
        """Return the units outside any limit, by type of evidence, the furthest out first.

        Returns
        -------
        pandas.DataFrame
            The rows of ``points`` with ``direction`` ("above" or "below"), ``level`` (the highest
            level at which the unit is outside the limits, 0 where only the limits without
            allowance for over-dispersion exclude it), ``level_unadjusted`` and ``evidence`` in
            words.
        """
        table = self.points.assign(level=0.0, level_unadjusted=0.0)
        for level in sorted(self.levels):
            table.loc[table[f"outside_{_tag(level)}"], "level"] = level
            table.loc[table[f"unadjusted_outside_{_tag(level)}"], "level_unadjusted"] = level
        table = table[(table["level"] > 0) | (table["level_unadjusted"] > 0)].copy()
        table["direction"] = np.where(table["value"] > table["target"], "above", "below")
        words = [
            f"outside the {_tag(level)}% limits"
            if level
            else f"outside the {_tag(plain)}% limits only without allowance for over-dispersion"
            for level, plain in zip(table["level"], table["level_unadjusted"], strict=True)
        ]
        table["evidence"] = pd.Series(words, index=table.index, dtype=str)
        order = table["z_adjusted"].abs().sort_values(ascending=False).index
        return table.loc[order].reset_index(drop=True)

    def sides(self, confidence: float) -> NDArray[np.int64]:
        """Return 1 for units above their target, -1 for those below, 0 for those that may be on it.

        All are looked at together: by Holm's method the chance of a side for any unit without
        cause is at most 1 - ``confidence``, where the spread between units is as estimated.

        Parameters
        ----------
        confidence : float
            Level of the family of tests.

        Examples
        --------
        >>> funnel_normal([0.1, -0.1, 5.0], [1.0, 1.0, 1.0], target=0.0).sides(0.95)
        array([0, 0, 1])
        """
        z = self.points["z_adjusted"].to_numpy(dtype=float)
        adjusted = holm(2 * stats.norm.sf(np.abs(z)))
        sides: NDArray[np.int64] = np.where(
            adjusted < 1 - check_confidence(confidence), np.sign(z), 0
        ).astype(np.int64)
        return sides

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of ``points``."""
        return self.points.copy()


def funnel(
    events: ArrayLike,
    denominator: ArrayLike,
    *,
    kind: Literal["proportion", "ratio"] = "proportion",
    levels: Sequence[float] = (0.95, 0.998),
    overdispersion: Overdispersion | None = None,
    trim: float = 0.1,
    target: float | None = None,
    units: Sequence[str] | None = None,
    groups: Sequence[str] | None = None,
) -> FunnelResult:
    """Compare units' proportions or ratios with a target, with exact limits.

    A unit is outside a limit when its exact mid-p value (binomial or Poisson) falls in the tail:
    with discrete counts that is what keeps the share of false alarms at the level stated; the
    inverse of the linearly interpolated distribution function plus half an event says the same as
    a line. With an over-dispersion correction every limit moves away from the target by the factor
    sqrt(1 + tau2/se²), which keeps the skewness of the exact limits and equals them at tau2 = 0.

    The correction is applied only where phi is more than two standard deviations above 1 under
    the null (Spiegelhalter's rule): correcting for chance excesses would make the limits too wide.

    Parameters
    ----------
    events : array_like of float, shape (n,)
        Events of each unit (whole numbers, or a share times its base). Where it is a Series, the
        other inputs that are one are brought into its order by label.
    denominator : array_like of float, shape (n,)
        Cases for a proportion; expected events, or exposure, for a ratio.
    kind : str
        "proportion" (binomial) or "ratio" (Poisson).
    levels : sequence of float
        Levels of the limits, each 0.5 to 0.999.
    overdispersion : str, optional
        "winsorised" or "truncated" to allow for it, None for exact limits alone.
    trim : float
        Share winsorised or truncated at each end, from 0 to below 0.5.
    target : float, optional
        What the units are held against; by default all events over all denominators.
    units : sequence of str, optional
        Names of the units, each once; their positions by default.
    groups : sequence of str, optional
        Peers: each unit is held against the pooled value of its own group instead of ``target``.

    Returns
    -------
    FunnelResult

    Raises
    ------
    ParameterError
        For text, NaN, negative or zero denominators, negative events, more events than cases in a
        proportion, unequal lengths, other labels, a unit named twice, a target with no variation,
        and values out of range.

    Examples
    --------
    >>> result = funnel([30, 12, 11, 9], [100, 110, 95, 90])
    >>> result.points["outside_95"].tolist()
    [True, False, False, False]
    """
    choice("kind", kind, ("proportion", "ratio"))
    denominator, units, groups = aligned(
        "events", events, denominator=denominator, units=units, groups=groups
    )
    counts, sizes = _units("events", events), _units("denominator", denominator)
    if sizes.size != counts.size:
        raise ParameterError("denominator", f"must have {counts.size} values", value=sizes.size)
    if (counts < 0).any():
        raise ParameterError("events", "must not be negative", value=float(counts.min()))
    if (sizes < 1 / LARGEST).any():
        rule = f"must be above 0, at least {1 / LARGEST:g}"
        raise ParameterError("denominator", rule, value=float(sizes.min()))
    _countable("denominator", kind, sizes)
    if kind == "proportion" and (counts > sizes).any():
        first = int(np.argmax(counts > sizes))
        raise ParameterError(
            "events", f"must not exceed the denominator (unit {first})", value=float(counts[first])
        )
    pooled = float(counts.sum() / sizes.sum()) if target is None else number("target", target)
    labels = _labels("groups", groups, counts.size, default="all")
    targets = {"all": pooled}
    if groups is not None:
        targets = {
            str(name): float(counts[labels == name].sum() / sizes[labels == name].sum())
            for name in pd.unique(labels)
        }
    top = 1.0 if kind == "proportion" else math.inf
    for aim in (pooled, *targets.values()):
        if not 1 / LARGEST <= aim < top:
            raise ParameterError(
                "events" if target is None else "target",
                "leave nothing to compare: the target must lie strictly between 0 and "
                + ("1" if kind == "proportion" else "infinity"),
                value=aim,
            )
    columns = {
        "unit": _labels("units", units, counts.size),
        "group": labels,
        "events": counts,
        "denominator": sizes,
        "value": counts / sizes,
        "target": np.array([targets[g] for g in labels]),
    }
    total = pd.Series(sizes).groupby(labels).transform("sum").to_numpy(dtype=float)
    own = np.zeros_like(sizes) if target is not None and groups is None else sizes / total
    return _finish(kind, columns, sizes, own, pooled, targets, levels, overdispersion, trim)


def funnel_normal(
    value: ArrayLike,
    se: ArrayLike,
    *,
    levels: Sequence[float] = (0.95, 0.998),
    overdispersion: Overdispersion | None = None,
    trim: float = 0.1,
    target: float | None = None,
    units: Sequence[str] | None = None,
) -> FunnelResult:
    """Compare continuous estimates of known standard error with a target.

    For measures that are not counts (a share of money, a mean): limits are target ± z × se, with
    ``limits(grid)`` over standard errors. Everything else is as in :func:`funnel`.

    Parameters
    ----------
    value, se : array_like of float, shape (n,)
        Estimates and their standard errors, paired by label where both are Series.
    levels, overdispersion, trim, units
        See :func:`funnel`.
    target : float, optional
        By default the inverse-variance weighted mean.

    Returns
    -------
    FunnelResult

    Raises
    ------
    ParameterError
        For text, NaN, a standard error not above 0, unequal lengths, other labels, a unit named
        twice, values out of range.
    """
    se, units = aligned("value", value, se=se, units=units)
    values = _units("value", value)
    errors = standard_errors("se", np.atleast_1d(np.asarray(se)), values.size, zero=False)
    pooled = (
        float(np.average(values, weights=errors**-2))
        if target is None
        else number("target", target)
    )
    columns = {
        "unit": _labels("units", units, values.size),
        "group": _labels("groups", None, values.size, default="all"),
        "value": values,
        "target": np.full(values.shape, pooled),
    }
    own = np.zeros_like(errors) if target is not None else errors**-2 / (errors**-2).sum()
    targets = {"all": pooled}
    return _finish("normal", columns, errors, own, pooled, targets, levels, overdispersion, trim)


def trimming_factor(n: int, *, trim: float, method: Overdispersion) -> float:
    """Return the mean of the trimmed mean square of n standard normal z-scores.

    Exact for every n and share: the expected squares of the normal order statistics that trimming
    removes (truncated) or replaces (winsorised) are integrated numerically. For large n and 10% at
    each end it tends to 0.4377 (truncated) and 0.6787 (winsorised).

    Parameters
    ----------
    n : int
        Number of z-scores, at least 1.
    trim : float
        Share trimmed at each end, from 0 to below 0.5; floor(trim × n) scores are trimmed.
    method : str
        "winsorised" or "truncated".

    Returns
    -------
    float

    Raises
    ------
    ParameterError
        For a share or method that is not allowed.

    Examples
    --------
    >>> round(trimming_factor(100_000, trim=0.1, method="winsorised"), 4)
    0.6787
    """
    trim, n = _check_trim(trim), whole("n", n, 1)
    choice("overdispersion", method, get_args(Overdispersion))
    cut = math.floor(trim * n)
    if cut == 0:
        return 1.0
    # Trapezoid nodes: the whole line, and closely around where the tail is cut, which is a narrow
    # place when n is large. The integrands are smooth and vanish at both ends.
    cut_share = stats.beta(cut + 1, n - cut)
    near = np.asarray(stats.norm.ppf([cut_share.ppf(1e-17), cut_share.isf(1e-17)]))
    x = np.union1d(np.linspace(-12.0, 12.0, 2401), np.linspace(near[0], near[1], 2401))
    # The densities of the lowest `cut` order statistics add up to n times the normal density times
    # the chance that fewer than `cut` of the other n - 1 lie below x.
    fewer = special.bdtr(cut - 1, n - 1, stats.norm.cdf(x))
    removed = float(np.trapezoid(x**2 * n * stats.norm.pdf(x) * fewer, x))
    kept = n - 2 * removed
    if method == "truncated":
        return kept / (n - 2 * cut)
    # Density of order statistic number cut + 1, which replaces those below it.
    density = cut_share.pdf(stats.norm.cdf(x)) * stats.norm.pdf(x)
    replaced = float(np.trapezoid(x**2 * density, x))
    return (kept + 2 * cut * replaced) / n


def _finish(
    kind: Kind,
    columns: dict[str, NDArray[np.object_] | Floats],
    sizes: Floats,
    own: Floats,
    pooled: float,
    targets: dict[str, float],
    levels: Sequence[float],
    overdispersion: Overdispersion | None,
    trim: float,
) -> FunnelResult:
    """Put z-scores, over-dispersion and limits to units whose targets are known.

    ``own`` is each unit's share in its own target: a unit that helps to set the target lies closer
    to it, by the factor sqrt(1 - own), and is tested accordingly.
    """
    unit_labels("units", columns["unit"])
    checked, trim = _check_levels(levels), _check_trim(trim)
    points = pd.DataFrame(columns)
    aims = points["target"].to_numpy(dtype=float)
    values = points["value"].to_numpy(dtype=float)
    se = _standard_error(kind, sizes, aims)
    z = (values - aims) / se
    if overdispersion is None:
        phi, critical, tau2 = float(np.mean(z**2)), 1 + 2 * math.sqrt(2 / z.size), 0.0
    else:
        phi, critical, tau2 = _dispersion(z, se, overdispersion, trim)
    points["se"], points["z"], points["z_adjusted"] = (
        se,
        z,
        (values - aims) / np.hypot(se, math.sqrt(tau2)),
    )
    mid_p = _within_total(kind, points, own)
    plain = {}
    for level in checked:
        tag = _tag(level)
        exact = _exact_limits(kind, sizes, aims, level, "test")
        lower, upper = _widened(kind, sizes, aims, exact, tau2)
        # Distances are stretched, not limits shrunk: a lone unit on its target stays on it.
        reach = aims + (values - aims) / np.sqrt(np.maximum(1 - own, 1e-9))
        rare = np.minimum(mid_p, 1 - mid_p) < (1 - level) / 2
        points[f"outside_{tag}"] = rare & ((reach < lower) | (reach > upper))
        plain[f"unadjusted_outside_{tag}"] = rare & ((reach < exact[0]) | (reach > exact[1]))
        if kind == "ratio":
            lower, upper = _widened(
                kind, sizes, aims, _exact_limits(kind, sizes, aims, level, "published"), tau2
            )
        points[f"lower_{tag}"], points[f"upper_{tag}"] = _possible(kind, lower, upper)
    points = points.assign(**plain)
    return FunnelResult(
        points, kind, checked, pooled, targets, overdispersion, trim, phi, critical, tau2
    )


def _standard_error(kind: Kind, size: Floats, target: Floats) -> Floats:
    """Return the standard error of a value whose expectation is the target."""
    if kind == "proportion":
        return np.sqrt(target * (1 - target) / size)
    if kind == "ratio":
        return np.sqrt(target / size)
    return size


def _exact_limits(
    kind: Kind, size: Floats, target: Floats, level: float, convention: Convention
) -> tuple[Floats, Floats]:
    """Return lower and upper limits of the value when units differ by chance only."""
    tail = (1 - level) / 2
    if kind == "normal":
        width = stats.norm.ppf(1 - tail) * size
        return target - width, target + width
    if kind == "ratio" and convention == "published":
        expected = size * target
        lower = stats.chi2.ppf(tail, 2 * expected) / 2 / size
        return lower, stats.chi2.ppf(1 - tail, 2 * (expected + 1)) / 2 / size
    if kind == "ratio":
        shapes: tuple[Floats, ...] = (size * target,)
        law: stats.rv_discrete = stats.poisson
    else:
        # A grid may hold fractions of a case; the binomial is only defined for whole ones.
        shapes, law = (np.maximum(np.rint(size), 1), target), stats.binom
    return _interpolated(law, shapes, tail) / size, _interpolated(law, shapes, 1 - tail) / size


def _widened(
    kind: Kind, size: Floats, target: Floats, exact: tuple[Floats, Floats], tau2: float
) -> tuple[Floats, Floats]:
    """Move limits away from the target for the between-unit variance."""
    stretch = np.sqrt(1 + tau2 / _standard_error(kind, size, target) ** 2)
    return target + (exact[0] - target) * stretch, target + (exact[1] - target) * stretch


def _possible(kind: Kind, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """Clip limits to what a value can be: to draw them, never to decide who is outside."""
    if kind != "normal":
        lower = np.maximum(lower, 0.0)
    return lower, np.minimum(upper, 1.0) if kind == "proportion" else upper


def _within_total(kind: Kind, points: pd.DataFrame, own: Floats) -> Floats:
    """Return the mid-p value of each unit that makes up much of its own target; 0 for the others.

    A limit lies half an event below nought at the most, so a distance stretched by a large own
    share would pass it whatever the count. Given the total of its peers a unit's count is
    hypergeometric (proportion) or binomial (ratio), which settles whether it is rare.
    """
    mid_p = np.zeros_like(own)
    large = (own > _LARGE_SHARE) & (own < 1) if kind != "normal" else np.zeros(own.shape, bool)
    if large.any():
        totals = points.groupby("group")[["events", "denominator"]].transform("sum")
        count, size = (np.rint(points.loc[large, c]) for c in ("events", "denominator"))
        events, everybody = (np.rint(totals.loc[large, c]) for c in ("events", "denominator"))
        law = (
            stats.hypergeom(everybody, events, size)
            if kind == "proportion"
            else stats.binom(events, own[large])
        )
        mid_p[large] = law.cdf(count) - law.pmf(count) / 2
    return mid_p


def _interpolated(law: stats.rv_discrete, shapes: tuple[Floats, ...], p: float) -> Floats:
    """Invert a discrete distribution function, interpolated linearly between half-integers.

    A count below this value has a mid-p value (chance of fewer plus half the chance of as many)
    under p, and the other way round.
    """
    count = np.asarray(law.ppf(p, *shapes), dtype=float)
    excess = (law.cdf(count, *shapes) - p) / law.pmf(count, *shapes)
    return np.asarray(count - excess + 0.5, dtype=float)


def _dispersion(
    z: Floats, se: Floats, method: Overdispersion, trim: float
) -> tuple[float, float, float]:
    """Return phi, its critical value under the null, and the between-unit variance."""
    n = z.size
    if n < 3:
        raise ParameterError("overdispersion", "needs at least 3 units", value=n)
    factor = trimming_factor(n, trim=trim, method=method)
    cut = math.floor(trim * n)
    ordered = np.sort(z)
    if method == "truncated":
        raw = float(np.mean(ordered[cut : n - cut] ** 2))
    else:
        raw = float(np.mean(np.clip(ordered, ordered[cut], ordered[n - cut - 1]) ** 2))
    phi = raw / factor
    critical = 1 + 2 * math.sqrt(_influence_variance(trim, method) / n) / factor
    weight = se**-2
    tau2 = 0.0
    if phi > critical:
        tau2 = max(0.0, (n * phi - (n - 1)) / float(between_spread(weight)))
    return phi, critical, tau2


def _influence_variance(trim: float, method: Overdispersion) -> float:
    """Return the large-sample variance, times n, of the trimmed mean square of normal z-scores.

    By the influence function: a truncated mean has that of the winsorised variable over the share
    kept; a winsorised mean adds the effect of each tail's quantile.
    """
    if trim < 1e-12:
        return 2.0
    q = float(stats.norm.ppf(1 - trim))
    density = float(stats.norm.pdf(q))
    inside = 1 - 2 * trim - 2 * q * density  # ∫ x² over the middle
    fourth = 3 * inside - 2 * q**3 * density  # ∫ x⁴ over the middle
    mean = inside + 2 * trim * q**2
    if method == "truncated":
        return (fourth + 2 * trim * q**4 - mean**2) / (1 - 2 * trim) ** 2
    # Outside the quantiles the influence is shifted by `jump`, everywhere by -2 trim × jump.
    jump = 2 * trim * q / density
    second = fourth + 2 * trim * (q**2 + jump) ** 2
    return second - (mean + 2 * trim * jump) ** 2


def _units(name: str, values: ArrayLike) -> Floats:
    """Return one number a unit, at least one; a bare number is one unit."""
    array = np.atleast_1d(numbers(name, values, ndim=None))
    if array.ndim != 1 or array.size == 0:
        raise ParameterError(name, "must be one-dimensional and not empty", value=array.shape)
    return array


def _countable(name: str, kind: Kind, sizes: Floats) -> None:
    """Refuse more cases than the exact limits can be worked out for."""
    if kind != "normal" and (sizes > _MOST_CASES).any():
        rule = f"must be at most {_MOST_CASES:,.0f} cases"
        raise ParameterError(name, rule, value=float(sizes.max()))


def _labels(
    name: str, labels: Sequence[str] | None, n: int, default: str | None = None
) -> NDArray[np.object_]:
    """Return one text a unit."""
    if labels is None:
        texts = [str(i) for i in range(n)] if default is None else [default] * n
    else:
        texts = [str(label) for label in listed(name, labels, "texts")]
    if len(texts) != n:
        raise ParameterError(name, f"must have {n} values", value=len(texts))
    return np.array(texts, dtype=object)


def _check_levels(levels: Sequence[float]) -> tuple[float, ...]:
    wanted = listed("levels", levels, "numbers from 0.5 to 0.999")
    checked = tuple(check_confidence(level, "levels") for level in wanted)
    if not checked:
        raise ParameterError("levels", "must hold at least one level")
    return checked


def _check_trim(trim: float) -> float:
    most = math.nextafter(0.5, 0)
    return number("trim", trim, least=0, most=most, rule="must be from 0 to below 0.5")


def _tag(level: float) -> str:
    """Write a level for a column name: 0.998 is "99.8"."""
    return f"{level * 100:.10g}"
