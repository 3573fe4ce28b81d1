"""Economies of scale: what joining units into hub-and-spoke networks saves, and what it needs.

Unit cost follows a log-log curve in volume, flat above an optional plateau. Work is of two kinds:
a share that can move to the hub, where it is done at the merged volume, and the rest, which stays
in an essential services unit at each spoke.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import brentq

from policy_methods.checks import LARGEST, Floats, number, numbers, whole
from policy_methods.errors import ParameterError

__all__ = [
    "GREEN_BOOK_RATE",
    "GREEN_BOOK_YEARS",
    "Programme",
    "Saving",
    "break_even_elasticity",
    "discount_factors",
    "equal_networks",
    "hub_and_spoke",
    "programme",
    "relative_unit_cost",
]

GREEN_BOOK_RATE = 0.035
"""Social time preference rate of HM Treasury's Green Book for years 0 to 30."""

GREEN_BOOK_YEARS = 30
"""Years for which that rate holds before it steps down."""

_MOST_ELASTIC = -5.0


@dataclass(frozen=True, slots=True)
class Saving:
    """Yearly saving of moving work to hubs, in its parts.

    Parameters
    ----------
    baseline_cost : ndarray
        Yearly cost before, in the unit of `unit_cost` × volume.
    scale_saving : ndarray
        Saved because the moved work is done at a larger volume.
    essential_cost : ndarray
        Added because the work that stays at spokes costs more.
    transport_cost : ndarray
        Added to carry the moved work from spokes to hubs.
    moved_volume : ndarray
        Work that leaves spokes.
    """

    baseline_cost: Floats
    scale_saving: Floats
    essential_cost: Floats
    transport_cost: Floats
    moved_volume: Floats

    @property
    def net_saving(self) -> Floats:
        """Scale saving less essential services and transport."""
        return self.scale_saving - self.essential_cost - self.transport_cost

    @property
    def net_share(self) -> Floats:
        """Net saving as a share of the cost before."""
        return self.net_saving / self.baseline_cost

    def to_frame(self) -> pd.DataFrame:
        """Return one row a case, one column a part."""
        parts = ("baseline_cost", "scale_saving", "essential_cost", "transport_cost")
        columns = {name: np.ravel(getattr(self, name)) for name in (*parts, "moved_volume")}
        return pd.DataFrame({**columns, "net_saving": np.ravel(self.net_saving)})


def relative_unit_cost(
    volume: npt.ArrayLike,
    base_volume: npt.ArrayLike,
    elasticity: npt.ArrayLike,
    *,
    plateau: npt.ArrayLike | None = None,
) -> Floats:
    """Find the unit cost at one volume for each unit of cost at another, on a log-log curve.

    Parameters
    ----------
    volume, base_volume : array-like
        Volumes, above 0, in the same unit.
    elasticity : array-like
        Proportional change of unit cost for a proportional change of volume; 0 or negative.
    plateau : array-like, optional
        Volume above which unit cost stops falling; infinity or None for none.

    Returns
    -------
    ndarray
        (min(volume, plateau) / min(base, plateau)) ** elasticity, broadcast.

    Raises
    ------
    ParameterError
        Volumes not above 0, an elasticity above 0, a plateau not above 0.

    Examples
    --------
    >>> float(relative_unit_cost(4, 1, -0.5))
    0.5
    >>> float(relative_unit_cost(4, 2, -0.5, plateau=2))
    1.0
    """
    after, before = _positive("volume", volume), _positive("base_volume", base_volume)
    slope = _elasticity(elasticity)
    flat = np.asarray(np.inf if plateau is None else plateau)
    if flat.dtype.kind == "f":  # infinity says that there is none
        flat = np.where(flat == np.inf, LARGEST, flat)
    flat = _positive("plateau", flat)
    _fit_together(volume=after, base_volume=before, elasticity=slope, plateau=flat)
    ratio = np.minimum(after, flat) / np.minimum(before, flat)
    return np.asarray(ratio**slope, dtype=float)


def _fit_together(**arrays: Floats) -> None:
    """Refuse arrays whose shapes don't broadcast, or that hold nothing."""
    try:
        empty = 0 in np.broadcast_shapes(*(array.shape for array in arrays.values()))
    except ValueError:
        empty = True
    if empty:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise ParameterError(
            next(iter(arrays)), f"and the others must be of one length or single numbers: {shapes}"
        )


def _single(**given: float | None) -> None:
    """Refuse lists where one number is wanted."""
    for name, value in given.items():
        if np.ndim(value) != 0:  # type: ignore[arg-type]  # a list is what is looked for
            raise ParameterError(name, "must be a single number", value=value)


def _positive(name: str, value: npt.ArrayLike) -> Floats:
    array = numbers(name, value, ndim=None)
    if (array < 1 / LARGEST).any():
        rule = f"must be above 0, at least {1 / LARGEST:g}"
        raise ParameterError(name, rule, value=value if array.ndim == 0 else None)
    return array


def _not_negative(name: str, value: npt.ArrayLike) -> Floats:
    return numbers(name, value, ndim=None, least=0)


def _elasticity(value: npt.ArrayLike) -> Floats:
    array = numbers("elasticity", value, ndim=None)
    if (array > 0).any() or (array < _MOST_ELASTIC).any():
        raise ParameterError(
            "elasticity",
            f"must be 0 or negative, down to {_MOST_ELASTIC:g}: unit cost falls as volume grows",
            value=value if array.ndim == 0 else None,
        )
    return array


def _share(name: str, value: npt.ArrayLike) -> Floats:
    array = numbers(name, value, ndim=None)
    if (array < 0).any() or (array > 1).any():
        raise ParameterError(name, "must be from 0 to 1", value=value if array.ndim == 0 else None)
    return array


def hub_and_spoke(
    volumes: npt.ArrayLike,
    *,
    unit_cost: float,
    elasticity: float,
    share_moved: float = 1.0,
    hub: int | None = 0,
    essential_premium: float = 0.0,
    transport_per_unit: float = 0.0,
    plateau: float | None = None,
) -> Saving:
    """Work out the saving of one network of units of any size.

    Parameters
    ----------
    volumes : array-like, shape (k,)
        Yearly volume of each unit.
    unit_cost : float
        Cost of one item at the mean volume of the network's units.
    elasticity : float
        Of unit cost to volume; 0 or negative.
    share_moved : float
        Share of every unit's work that is done at the hub afterwards.
    hub : int or None
        Which unit is the hub; None for a new site, to which every unit is a spoke.
    essential_premium : float
        Rise of the unit cost of the work that stays at a spoke, as a share.
    transport_per_unit : float
        Cost of carrying one item from a spoke to the hub.
    plateau : float, optional
        Volume above which unit cost stops falling.

    Returns
    -------
    Saving
        The parts, each a single number.

    Raises
    ------
    ParameterError
        An argument out of range, named.

    Notes
    -----
    For k equal units at elasticity e without other costs, the moved work saves 1 − k**e of its
    cost. The curve is applied to whole-unit volumes: the moved work was done at the scale of its
    own unit and is done at the scale of the network.

    Examples
    --------
    >>> saving = hub_and_spoke([10, 10, 10, 10], unit_cost=2, elasticity=-0.5)
    >>> float(saving.net_saving), float(saving.net_share)
    (40.0, 0.5)
    """
    _single(
        unit_cost=unit_cost,
        elasticity=elasticity,
        share_moved=share_moved,
        essential_premium=essential_premium,
        transport_per_unit=transport_per_unit,
        plateau=plateau,
    )
    size = np.atleast_1d(_positive("volumes", volumes))
    if size.ndim != 1 or size.size == 0:
        raise ParameterError("volumes", "must be one number a unit")
    hub = None if hub is None else whole("hub", hub, 0, size.size - 1)
    cost = _not_negative("unit_cost", unit_cost)
    share = _share("share_moved", share_moved)
    premium = _not_negative("essential_premium", essential_premium)
    carriage = _not_negative("transport_per_unit", transport_per_unit)
    before = cost * relative_unit_cost(size, size.mean(), elasticity, plateau=plateau)
    after = cost * relative_unit_cost(size.sum(), size.mean(), elasticity, plateau=plateau)
    spoke = np.ones(size.size, dtype=bool)
    if hub is not None:
        spoke[hub] = False
    moved = share * size[spoke].sum()
    stays = (1 - share) * (size * before)[spoke].sum()
    return Saving(
        baseline_cost=np.asarray((size * before).sum()),
        scale_saving=np.asarray(share * (size * (before - after)).sum()),
        essential_cost=np.asarray(premium * stays),
        transport_cost=np.asarray(carriage * moved),
        moved_volume=np.asarray(moved),
    )


def equal_networks(
    *,
    units: npt.ArrayLike,
    networks: npt.ArrayLike,
    volume: npt.ArrayLike,
    cost: npt.ArrayLike,
    elasticity: npt.ArrayLike,
    share_moved: npt.ArrayLike,
    essential_premium: npt.ArrayLike = 0.0,
    transport_per_unit: npt.ArrayLike = 0.0,
    plateau: npt.ArrayLike | None = None,
) -> Saving:
    """Work out the saving of equal units in equal networks, for many cases at once.

    Parameters
    ----------
    units : array-like
        Number of units now.
    networks : array-like
        Number of networks, each with one hub; at most the units.
    volume : array-like
        Yearly volume of all units together.
    cost : array-like
        Yearly cost of all units together; the saving is in its unit.
    elasticity, share_moved, essential_premium, plateau : array-like
        As in :func:`hub_and_spoke`.
    transport_per_unit : array-like
        Cost of carrying one item, in the unit of `cost` for one of `volume`.

    Returns
    -------
    Saving
        Arrays of the broadcast shape.

    Raises
    ------
    ParameterError
        An argument out of range, named.

    Examples
    --------
    >>> result = equal_networks(
    ...     units=8, networks=2, volume=80, cost=160, elasticity=-0.5, share_moved=0.5
    ... )
    >>> float(result.net_saving)
    40.0
    """
    count, hubs = _positive("units", units), _positive("networks", networks)
    _fit_together(units=count, networks=hubs)
    if (hubs > count).any():
        raise ParameterError("networks", "must not be more than the units to be joined")
    total, spent = _positive("volume", volume), _not_negative("cost", cost)
    share = _share("share_moved", share_moved)
    premium = _not_negative("essential_premium", essential_premium)
    carriage = _not_negative("transport_per_unit", transport_per_unit)
    _fit_together(
        units=count,
        networks=hubs,
        volume=total,
        cost=spent,
        share_moved=share,
        essential_premium=premium,
        transport_per_unit=carriage,
    )
    ratio = relative_unit_cost(total / hubs, total / count, elasticity, plateau=plateau)
    at_spokes = 1 - hubs / count
    moved = share * total * at_spokes
    parts = np.broadcast_arrays(
        spent,
        share * spent * (1 - ratio),
        premium * (1 - share) * spent * at_spokes,
        carriage * moved,
        moved,
    )
    return Saving(*(np.asarray(part, dtype=float) for part in parts))


def break_even_elasticity(
    target: float,
    *,
    units: float,
    networks: float,
    volume: float,
    cost: float,
    share_moved: float,
    essential_premium: float = 0.0,
    transport_per_unit: float = 0.0,
    plateau: float | None = None,
) -> float | None:
    """Find the elasticity at which the net yearly saving equals a target.

    Parameters
    ----------
    target : float
        Saving wanted, in the unit of `cost`.
    units, networks, volume, cost, share_moved, essential_premium, transport_per_unit, plateau
        As in :func:`equal_networks`.

    Returns
    -------
    float or None
        The elasticity; None where none as steep as −5 reaches the target.

    Raises
    ------
    ParameterError
        An argument out of range, named.

    Notes
    -----
    Without a plateau the closed form is ln(1 − needed) / ln(units / networks), with `needed` the
    target and the added costs as a share of the cost that moves.

    Examples
    --------
    >>> break_even_elasticity(50, units=4, networks=1, volume=1, cost=100, share_moved=1)
    -0.5
    """
    target = number("target", target, least=0, rule="must not be negative")
    _single(
        units=units,
        networks=networks,
        volume=volume,
        cost=cost,
        share_moved=share_moved,
        essential_premium=essential_premium,
        transport_per_unit=transport_per_unit,
        plateau=plateau,
    )

    def excess(slope: float) -> float:
        saving = equal_networks(
            units=units,
            networks=networks,
            volume=volume,
            cost=cost,
            elasticity=slope,
            share_moved=share_moved,
            essential_premium=essential_premium,
            transport_per_unit=transport_per_unit,
            plateau=plateau,
        )
        return float(saving.net_saving) - target

    if excess(0.0) >= 0:
        return 0.0
    if excess(_MOST_ELASTIC) < 0:
        return None
    return round(float(brentq(excess, _MOST_ELASTIC, 0.0, xtol=1e-13)), 12)


@dataclass(frozen=True, slots=True)
class Programme:
    """A saving that builds up, what it costs to get there, and what both are worth today.

    Parameters
    ----------
    delivered : ndarray, shape (..., years)
        Saving of each year, before transition cost.
    transition : ndarray, shape (..., years)
        Transition cost of each year.
    discount : ndarray, shape (years,)
        Discount factor of each year; 1 in year 0.
    """

    delivered: Floats
    transition: Floats
    discount: Floats

    @property
    def npv(self) -> Floats:
        """Net present value over the horizon."""
        return np.asarray(((self.delivered - self.transition) * self.discount).sum(axis=-1))

    @property
    def payback_year(self) -> Floats:
        """First year whose cumulative discounted flow is not negative; infinity if none is."""
        total = np.cumsum((self.delivered - self.transition) * self.discount, axis=-1)
        # A programme is paid back once it stays paid back, not while nothing has been spent yet.
        under = total < -1e-12
        last = np.where(under.any(axis=-1), total.shape[-1] - under[..., ::-1].argmax(axis=-1), 0)
        return np.where(last >= total.shape[-1], np.inf, last).astype(float)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a year: mean saving, transition cost, discount factor."""
        years = np.arange(self.discount.size)
        return pd.DataFrame(
            {
                "year": years,
                "delivered": self.delivered.reshape(-1, years.size).mean(axis=0),
                "transition": self.transition.reshape(-1, years.size).mean(axis=0),
                "discount": self.discount,
            }
        )


def discount_factors(years: int, rate: float = GREEN_BOOK_RATE) -> Floats:
    """Discount factor of each year, year 0 first.

    Parameters
    ----------
    years : int
        Number of years, from 1 to 31: the Green Book's rate steps down after year 30.
    rate : float
        Yearly rate; the Green Book's 3.5% by default.

    Returns
    -------
    ndarray, shape (years,)
        1 / (1 + rate) ** year.

    Raises
    ------
    ParameterError
        Years or rate out of range.

    Examples
    --------
    >>> discount_factors(2).round(4).tolist()
    [1.0, 0.9662]
    """
    years = whole("horizon", years, 1, GREEN_BOOK_YEARS + 1)
    number("discount_rate", rate, least=0, most=1 - 1e-12, rule="must be from 0 to under 1")
    return np.asarray((1 + rate) ** -np.arange(years, dtype=float))


def programme(
    net_saving: npt.ArrayLike,
    *,
    transition_cost: npt.ArrayLike,
    ramp_years: npt.ArrayLike,
    years: int,
    rate: float = GREEN_BOOK_RATE,
) -> Programme:
    """Spread a yearly saving and a one-off transition cost over a horizon.

    Parameters
    ----------
    net_saving : array-like
        Yearly saving once everything is in place.
    transition_cost : array-like
        One-off cost, spent as the networks form.
    ramp_years : array-like
        Years from the start until the whole saving is delivered; the share grows in a straight
        line from 0 in year 0.
    years : int
        Years looked at, year 0 included.
    rate : float
        Discount rate.

    Returns
    -------
    Programme
        Flows with a last axis of years.

    Raises
    ------
    ParameterError
        An argument out of range, named.

    Examples
    --------
    >>> flows = programme(100, transition_cost=60, ramp_years=2, years=4, rate=0)
    >>> flows.delivered.tolist(), flows.transition.tolist(), float(flows.npv)
    ([0.0, 50.0, 100.0, 100.0], [30.0, 30.0, 0.0, 0.0], 190.0)
    """
    factors = discount_factors(years, rate)
    saving = numbers("net_saving", net_saving, ndim=None)[..., None]
    spent = _not_negative("transition_cost", transition_cost)[..., None]
    ramp = _positive("ramp_years", ramp_years)[..., None]
    _fit_together(net_saving=saving, transition_cost=spent, ramp_years=ramp)
    year = np.arange(factors.size, dtype=float)
    formed = np.clip(year / ramp, 0, 1)
    built = np.clip((year + 1) / ramp, 0, 1)
    delivered, transition = np.broadcast_arrays(saving * formed, spent * (built - formed))
    return Programme(np.asarray(delivered), np.asarray(transition), factors)
