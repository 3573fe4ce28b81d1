"""What an analyst may change about the pathology case, checked before anything is computed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields

from nhsi_analysis import years
from nhsi_analysis.errors import ParameterError
from policy_methods.scale import GREEN_BOOK_RATE, GREEN_BOOK_YEARS

FIRST_YEAR = 2017
"""The programme was announced in September 2017: year 0 is the financial year 2017/18."""

HUB_RULES = ("main", "general", "all")
"""Sites that may be a hub: a trust's main site, general hospitals by name, any acute site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every parameter of the pathology report; nonsense raises ParameterError.

    Parameters
    ----------
    networks : int
        Number of networks, each with one hub.
    target_gbp_m, target_year : float, str
        Yearly saving wanted, and the financial year by which ("2020/21").
    elasticity, elasticity_range : float, sequence of float
        Elasticity of unit cost to volume (0 or negative): most likely, and lowest and highest.
        Every such range is widened to take in the most likely value, so that either can be
        changed alone.
    share_consolidated, share_range : float, sequence of float
        Share of tests done at the hub.
    essential_premium, essential_range : float, sequence of float
        Rise of unit cost of the tests that stay at a spoke, as a share.
    transport_gbp_per_test, transport_range : float, sequence of float
        Cost of carrying a test to the hub, GBP.
    transition_gbp_m, transition_range : float, sequence of float
        One-off cost of a network, GBP m.
    plateau_m_tests, plateau_range : float, sequence of float
        Yearly tests of a laboratory, millions, above which unit cost stops falling; 0 for none.
    ramp_years, ramp_range : float, sequence of float
        Years until the whole saving is delivered.
    tests_bn, services, cost_gbp_bn : float, int, float
        Tests a year, services to be joined and yearly cost before.
    vary_baseline : bool
        Draw those three from the range of the published rivals, too.
    discount_rate, horizon_years : float, int
        For present values.
    alternative_networks : sequence of int
        Other numbers of networks to choose between.
    travel_limit_km, road_factor : float
        Longest road distance from a hospital to its hub, and road for one of straight line.
    hub_sites : str
        "main", "general" or "all".
    draws, seed, confidence : int, int, float
        Of the Monte Carlo.
    trust, network : str
        Followed through the report; empty for none.
    """

    networks: int = 29
    target_gbp_m: float = 200.0
    target_year: str = "2020/21"
    elasticity: float = -0.12
    elasticity_range: Sequence[float] = (-0.24, 0.0)
    share_consolidated: float = 0.6
    share_range: Sequence[float] = (0.4, 0.8)
    essential_premium: float = 0.05
    essential_range: Sequence[float] = (0.0, 0.1)
    transport_gbp_per_test: float = 0.05
    transport_range: Sequence[float] = (0.02, 0.1)
    transition_gbp_m: float = 10.0
    transition_range: Sequence[float] = (5.0, 31.0)
    plateau_m_tests: float = 30.0
    plateau_range: Sequence[float] = (10.0, 60.0)
    ramp_years: float = 5.0
    ramp_range: Sequence[float] = (3.0, 8.0)
    tests_bn: float = 1.12
    services: int = 105
    cost_gbp_bn: float = 2.2
    vary_baseline: bool = True
    discount_rate: float = GREEN_BOOK_RATE
    horizon_years: int = 20
    alternative_networks: Sequence[int] = (15, 58)
    travel_limit_km: float = 120.0
    road_factor: float = 1.3
    hub_sites: str = "main"
    draws: int = 20_000
    seed: int = 1
    confidence: float = 0.95
    trust: str = ""
    network: str = ""
    target_index: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        whole = {"networks": 1, "services": 1, "draws": 1000, "seed": 0, "horizon_years": 1}
        for name, least in whole.items():
            _whole(name, getattr(self, name), least)
        if self.horizon_years > GREEN_BOOK_YEARS:
            rule = f"must be at most {GREEN_BOOK_YEARS}, while the Green Book's rate holds"
            raise ParameterError("horizon_years", rule, value=self.horizon_years)
        if self.networks > self.services:
            rule = f"must not be more than the {self.services} services to be joined"
            raise ParameterError("networks", rule, value=self.networks)
        _number("target_gbp_m", self.target_gbp_m, above=0)
        _number("elasticity", self.elasticity, low=-5, high=0, why="unit cost falls with volume")
        _number("share_consolidated", self.share_consolidated, low=0, high=1)
        _number("essential_premium", self.essential_premium, low=0)
        _number("transport_gbp_per_test", self.transport_gbp_per_test, low=0)
        _number("transition_gbp_m", self.transition_gbp_m, low=0)
        _number("plateau_m_tests", self.plateau_m_tests, low=0)
        _number("ramp_years", self.ramp_years, above=0)
        _number("tests_bn", self.tests_bn, above=0)
        _number("cost_gbp_bn", self.cost_gbp_bn, above=0)
        _number("discount_rate", self.discount_rate, low=0, high=0.5)
        _number("travel_limit_km", self.travel_limit_km, above=0)
        _number("road_factor", self.road_factor, low=1)
        _number("confidence", self.confidence, low=0.5, high=0.999)
        _range("elasticity_range", self.elasticity_range, low=-5, high=0)
        _range("share_range", self.share_range, low=0, high=1)
        _range("ramp_range", self.ramp_range, above=0)
        for name in ("essential_range", "transport_range", "transition_range"):
            _range(name, getattr(self, name), low=0)
        _range("plateau_range", self.plateau_range, above=0)
        if (
            not isinstance(self.alternative_networks, (list, tuple))
            or not self.alternative_networks
        ):
            raise ParameterError("alternative_networks", "must list at least one number")
        for value in self.alternative_networks:
            _whole("alternative_networks", value, 1)
            if value > self.services:
                rule = f"must not be more than the {self.services} services to be joined"
                raise ParameterError("alternative_networks", rule, value=value)
        if self.hub_sites not in HUB_RULES:
            raise ParameterError(
                "hub_sites", "is not known", value=self.hub_sites, allowed=HUB_RULES
            )
        object.__setattr__(self, "target_index", self._year_index())

    def _year_index(self) -> int:
        index = years.first_year(self.target_year, "target_year") - FIRST_YEAR
        if not 1 <= index <= self.horizon_years:
            last = financial_year(self.horizon_years)
            rule = f"must be from {financial_year(1)} to {last}, the end of the horizon"
            raise ParameterError("target_year", rule, value=self.target_year)
        return index


def names() -> list[str]:
    """Return the names of the parameters, in order."""
    return [f.name for f in fields(Settings) if f.init]


def financial_year(index: int) -> str:
    """Write year `index` of the programme as a financial year: 0 is "2017/18"."""
    return years.written(FIRST_YEAR + index)


def count(number: int, noun: str) -> str:
    """Write a number with its noun: "1 hub", "29 hubs"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def spread(most_likely: float, ends: Sequence[float]) -> tuple[float, float, float]:
    """Return lowest, most likely and highest, the ends widened to take in the most likely.

    Examples
    --------
    >>> spread(-0.3, [-0.24, 0.0])
    (-0.3, -0.3, 0.0)
    """
    low, high = (float(e) for e in ends)
    return min(low, most_likely), float(most_likely), max(high, most_likely)


def _whole(name: str, value: object, least: int) -> None:
    ok = isinstance(value, int) and not isinstance(value, bool) and value >= least
    if not ok:
        raise ParameterError(name, f"must be a whole number, at least {least}", value=value)


def _number(
    name: str,
    value: object,
    *,
    low: float | None = None,
    high: float | None = None,
    above: float | None = None,
    why: str = "",
) -> None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    fine = (
        number
        and math.isfinite(float(value))  # type: ignore[arg-type]  # a number, as just checked
        and (low is None or value >= low)  # type: ignore[operator]
        and (high is None or value <= high)  # type: ignore[operator]
        and (above is None or value > above)  # type: ignore[operator]
    )
    if fine:
        return
    if above is not None:
        rule = f"must be a number above {above:g}"
    elif high is None:
        rule = f"must be a number, at least {low:g}"
    else:
        rule = f"must be a number from {low:g} to {high:g}".replace("-", "−")
    raise ParameterError(name, f"{rule}: {why}" if why else rule, value=value)


def _range(
    name: str,
    ends: Sequence[float],
    *,
    low: float | None = None,
    high: float | None = None,
    above: float | None = None,
) -> None:
    if not isinstance(ends, (list, tuple)) or len(ends) != 2:
        raise ParameterError(name, "must be two numbers, lowest and highest", value=ends)
    for end in ends:
        _number(name, end, low=low, high=high, above=above)
    if ends[0] > ends[1]:
        raise ParameterError(name, "must have its lowest first", value=ends)
