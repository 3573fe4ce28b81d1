"""What may be asked about the pathology case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

from nhsi_analysis import years
from nhsi_analysis.errors import ParameterError
from notebook_reports import parameters

FIRST_YEAR = 2017
"""The programme was announced in September 2017: year 0 is the financial year 2017/18."""


@dataclass(frozen=True, kw_only=True)
class Settings(parameters.Settings):
    """The parameters of the notebook, checked when they are made.

    A range runs from the lowest to the highest value and is widened to take in the most likely
    one, so that either can be changed alone.
    """

    networks: Annotated[int, "Number of networks, each with one hub", "at least 1"] = 29
    target_gbp_m: Annotated[float, "Saving wanted, GBP m a year", "above 0"] = 200.0
    target_year: Annotated[str, "Financial year by which it is wanted"] = "2020/21"
    elasticity: Annotated[
        float, "Most likely elasticity of unit cost to volume", "from -5 to 0"
    ] = -0.12
    elasticity_range: Annotated[list[float], "Its lowest and highest", "from -5 to 0"] = field(
        default_factory=lambda: [-0.24, 0.0]
    )
    share_consolidated: Annotated[
        float, "Most likely share of tests done at the hub", "from 0 to 1"
    ] = 0.6
    share_range: Annotated[list[float], "Its lowest and highest", "from 0 to 1"] = field(
        default_factory=lambda: [0.4, 0.8]
    )
    plateau_m_tests: Annotated[
        float, "Tests a laboratory (m) where cost stops falling, 0: none", "at least 0"
    ] = 30.0
    plateau_range: Annotated[list[float], "Its lowest and highest", "above 0"] = field(
        default_factory=lambda: [10.0, 60.0]
    )
    transport_gbp_per_test: Annotated[float, "Carrying a test to the hub, GBP", "at least 0"] = 0.05
    transport_range: Annotated[list[float], "Its lowest and highest", "at least 0"] = field(
        default_factory=lambda: [0.02, 0.1]
    )
    transition_gbp_m: Annotated[float, "One-off cost of a network, GBP m", "at least 0"] = 10.0
    transition_range: Annotated[list[float], "Its lowest and highest", "at least 0"] = field(
        default_factory=lambda: [5.0, 31.0]
    )
    ramp_years: Annotated[float, "Years until the whole saving is delivered", "above 0"] = 5.0
    ramp_range: Annotated[list[float], "Its lowest and highest", "above 0"] = field(
        default_factory=lambda: [3.0, 8.0]
    )
    delivery_error_gbp_m: Annotated[
        float, "Standard error given to a reported saving, GBP m", "above 0"
    ] = 10.0
    tests_bn: Annotated[float, "Tests a year, billions; 1.12 and 1.2 are published", "above 0"] = (
        1.12
    )
    services: Annotated[int, "Services to be joined; 105 and 122 are published", "at least 1"] = 105
    cost_gbp_bn: Annotated[float, "Cost a year before, GBP bn", "above 0"] = 2.2
    vary_baseline: Annotated[bool, "Draw tests, services and cost from their published range"] = (
        True
    )
    discount_rate: Annotated[
        float, "For present values; the Green Book's rate", "from 0 to 0.5"
    ] = 0.035
    horizon_years: Annotated[int, "Years looked at after 2017/18", "from 1 to 30"] = 20
    alternative_networks: Annotated[list[int], "Other numbers to choose between", "at least 1"] = (
        field(default_factory=lambda: [15, 58])
    )
    travel_limit_km: Annotated[
        float, "Longest road distance from a hospital to its hub", "above 0"
    ] = 120.0
    road_factor: Annotated[float, "Road distance for one of straight line", "at least 1"] = 1.3
    hub_sites: Annotated[str, "Sites that may be a hub", "one of: main, general, all"] = "main"
    draws: Annotated[int, "Draws of the simulation", "at least 1000"] = 20000
    seed: Annotated[int, "Seed of the simulation", "at least 0"] = 1
    confidence: Annotated[float, "Level of every interval", "from 0.5 to 0.999"] = 0.95
    trust: Annotated[
        str, "ODS code of a trust to follow, empty for none", "value of: trusts.org_code"
    ] = ""
    network: Annotated[
        str, "Network to follow, or empty", "value of: pathology_networks.network_name"
    ] = ""

    @property
    def target_index(self) -> int:
        """Year of the programme by which the saving is wanted; 0 is 2017/18."""
        return years.first_year(self.target_year, "target_year") - FIRST_YEAR

    def check(self) -> None:
        """Refuse ranges upside down, more networks than services, and years beyond the horizon."""
        for name in self.to_dict():
            ends = getattr(self, name)
            if name.endswith("_range") and len(ends) != 2:
                raise ParameterError(name, "must be two numbers, lowest and highest", value=ends)
            if name.endswith("_range") and ends[0] > ends[1]:
                raise ParameterError(name, "must have its lowest first", value=ends)
        if not self.alternative_networks:
            raise ParameterError("alternative_networks", "must list at least one number")
        for name, numbers in {
            "networks": [self.networks],
            "alternative_networks": self.alternative_networks,
        }.items():
            if max(numbers) > self.services:
                rule = f"must not be more than the {self.services} services to be joined"
                raise ParameterError(name, rule, value=max(numbers))
        if not 1 <= self.target_index <= self.horizon_years:
            last = financial_year(self.horizon_years)
            rule = f"must be from {financial_year(1)} to {last}, the end of the horizon"
            raise ParameterError("target_year", rule, value=self.target_year)


def financial_year(index: int) -> str:
    """Write year `index` of the programme as a financial year: 0 is "2017/18"."""
    return years.written(FIRST_YEAR + index)


def spread(most_likely: float, ends: Sequence[float]) -> tuple[float, float, float]:
    """Return lowest, most likely and highest, the ends widened to take in the most likely.

    Examples
    --------
    >>> spread(-0.3, [-0.24, 0.0])
    (-0.3, -0.3, 0.0)
    """
    low, high = (float(e) for e in ends)
    return min(low, most_likely), float(most_likely), max(high, most_likely)
