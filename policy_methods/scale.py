"""Economies of scale: what joining units into hub-and-spoke networks saves, and what it needs.

Unit cost follows one log-log curve in volume, flat above an optional plateau. A share of every
spoke's work moves to the hub. The hub then works at its own volume and what moved there, each
spoke at what it keeps, and every volume is priced on the same curve: scale gained at the hub is
scale lost at the spokes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import brentq

from policy_methods.checks import LARGEST, Floats, number, numbers, whole
from policy_methods.errors import ParameterError
from policy_methods.results import Result

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
class Saving(Result):
    """Yearly saving of moving work to hubs, in its parts.

    Parameters
    ----------
    baseline_cost : ndarray
        Yearly cost before, in the unit of `unit_cost` × volume.
    hub_saving : ndarray
        Saved on all the work done at hubs afterwards, their own and what moved there.
    spoke_cost : ndarray
        Added because what stays at spokes is done at a smaller volume.
    transport_cost : ndarray
        Added to carry the moved work from spokes to hubs.
    moved_volume : ndarray
        Work that leaves spokes.
    """

    baseline_cost: Floats
    hub_saving: Floats
    spoke_cost: Floats
    transport_cost: Floats
    moved_volume: Floats

    @property
    def net_saving(self) -> Floats:
        """Saving at hubs less the added cost of spokes and transport."""
        return self.hub_saving - self.spoke_cost - self.transport_cost

    @property
    def net_share(self) -> Floats:
        """Net saving as a share of the cost before."""
        return self.net_saving / self.baseline_cost

    def to_frame(self) -> pd.DataFrame:
        """Return one row a case, one column a part."""
        parts = ("baseline_cost", "hub_saving", "spoke_cost", "transport_cost", "moved_volume")
        columns = {name: np.ravel(getattr(self, name)) for name in parts}
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
        Share of every spoke's work that is done at the hub afterwards.
    hub : int or None
        Which unit is the hub; None for a new site, to which every unit is a spoke.
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
    For k equal units whose work is all done at the hub, the saving is 1 − k**e of the cost at
    elasticity e. Where a share stays, it is done at that share of the spoke's volume and costs
    more: a steeper curve then gains at the hub and loses at the spokes.

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
        transport_per_unit=transport_per_unit,
        plateau=plateau,
    )
    size = np.atleast_1d(_positive("volumes", volumes))
    if size.ndim != 1 or size.size == 0:
        raise ParameterError("volumes", "must be one number a unit")
    hub = None if hub is None else whole("hub", hub, 0, size.size - 1)
    cost = _not_negative("unit_cost", unit_cost)
    share = _share("share_moved", share_moved)
    carriage = _not_negative("transport_per_unit", transport_per_unit)
    before = cost * relative_unit_cost(size, size.mean(), elasticity, plateau=plateau)
    spoke = np.ones(size.size, dtype=bool)
    if hub is not None:
        spoke[hub] = False
    staying = np.where(spoke, (1 - share) * size, 0.0)
    at_hub, moved = (size - staying).sum(), (share * size[spoke]).sum()
    hub_cost = _cost(at_hub, size.mean(), cost, elasticity, plateau)
    spoke_costs = _cost(staying, size.mean(), cost, elasticity, plateau)
    return Saving(
        baseline_cost=np.asarray((size * before).sum()),
        hub_saving=np.asarray(((size - staying) * before).sum() - hub_cost),
        spoke_cost=np.asarray((spoke_costs - staying * before).sum()),
        transport_cost=np.asarray(carriage * moved),
        moved_volume=np.asarray(moved),
    )


def _cost(
    volume: Floats,
    base: npt.ArrayLike,
    price: Floats,
    elasticity: npt.ArrayLike,
    plateau: npt.ArrayLike | None,
) -> Floats:
    """Return the cost of a volume on the curve with `price` at `base`; nothing costs nothing."""
    some = np.where(volume > 0, volume, base)
    unit = price * relative_unit_cost(some, base, elasticity, plateau=plateau)
    return np.asarray(np.where(volume > 0, volume * unit, 0.0))


def equal_networks(
    *,
    units: npt.ArrayLike,
    networks: npt.ArrayLike,
    volume: npt.ArrayLike,
    cost: npt.ArrayLike,
    elasticity: npt.ArrayLike,
    share_moved: npt.ArrayLike,
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
    elasticity, share_moved, plateau : array-like
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
    ...     units=8, networks=2, volume=80, cost=160, elasticity=-0.5, share_moved=1
    ... )
    >>> float(result.net_saving)
    80.0
    """
    count, hubs = _positive("units", units), _positive("networks", networks)
    _fit_together(units=count, networks=hubs)
    if (hubs > count).any():
        raise ParameterError("networks", "must not be more than the units to be joined")
    total, spent = _positive("volume", volume), _not_negative("cost", cost)
    share = _share("share_moved", share_moved)
    carriage = _not_negative("transport_per_unit", transport_per_unit)
    _fit_together(
        units=count,
        networks=hubs,
        volume=total,
        cost=spent,
        share_moved=share,
        transport_per_unit=carriage,
    )
    own, spokes = total / count, count / hubs - 1
    at_hub, at_spoke = own * (1 + share * spokes), own * (1 - share)
    price = spent / total
    hub_cost = hubs * _cost(at_hub, own, price, elasticity, plateau)
    spoke_cost = hubs * spokes * _cost(at_spoke, own, price, elasticity, plateau)
    moved = share * total * (1 - hubs / count)
    parts = np.broadcast_arrays(
        spent,
        hubs * at_hub * price - hub_cost,
        spoke_cost - hubs * spokes * at_spoke * price,
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
    transport_per_unit: float = 0.0,
    plateau: float | None = None,
) -> float | None:
    """Find the flattest curve on which the net yearly saving equals a target.

    Parameters
    ----------
    target : float
        Saving wanted, in the unit of `cost`.
    units, networks, volume, cost, share_moved, transport_per_unit, plateau
        As in :func:`equal_networks`.

    Returns
    -------
    float or None
        The elasticity nearest 0; None where none down to −5 reaches the target.

    Raises
    ------
    ParameterError
        An argument out of range, named.

    Notes
    -----
    Where work stays at spokes the saving first grows and then falls as the curve steepens, so the
    interval is searched in steps of 0.01 for the first that reaches the target. Where all of it
    moves, without a plateau, the closed form is ln(1 − needed) / ln(units / networks), with
    `needed` the target and the transport as a share of the cost.

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
        transport_per_unit=transport_per_unit,
        plateau=plateau,
    )

    def excess(slope: npt.ArrayLike) -> Floats:
        saving = equal_networks(
            units=units,
            networks=networks,
            volume=volume,
            cost=cost,
            elasticity=slope,
            share_moved=share_moved,
            transport_per_unit=transport_per_unit,
            plateau=plateau,
        )
        return np.asarray(saving.net_saving - target)

    steps = np.linspace(0.0, _MOST_ELASTIC, 501)
    reached = np.flatnonzero(excess(steps) >= 0)
    if not reached.size:
        return None
    if reached[0] == 0:
        return 0.0
    steep, flat = steps[reached[0]], steps[reached[0] - 1]
    return round(float(brentq(lambda slope: float(excess(slope)), steep, flat, xtol=1e-13)), 12)


@dataclass(frozen=True, slots=True)
class Programme(Result):
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
