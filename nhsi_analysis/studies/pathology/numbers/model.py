"""The decision model: declared inputs, simulated saving, its drivers, what is worth knowing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from nhsi_analysis.studies.pathology.settings import FIRST_YEAR, Settings, financial_year, spread
from notebook_reports.evidence import Estimate
from notebook_reports.evidence.words import count
from policy_methods.information import InformationValue, value_of_information
from policy_methods.results import Result
from policy_methods.scale import break_even_elasticity, equal_networks, programme
from policy_methods.simulate import ASSUMPTION, Distribution, Simulation, declared, simulate, sobol

Floats = npt.NDArray[np.float64]

_NO_PLATEAU = 1e9
_SOBOL_DRAWS = 1024
_WIDE = 50.0

_SHARE = "assumption; lowest at the primary-care share of tests (GPonline 2012: 35% to 45%)"
_FLAT = "assumption between 5m biochemistry tests (Keele 2011) and the largest network (60m tests)"
_HUBS = "published costs of hubs: £5m (Taunton), £10m (Black Country), £31m (Lancashire)"
_RAMP = "3 years planned (HFMA 2017) to maturity asked for by 2025 (HSJ 2022); middle an assumption"
_INPUTS = {
    "elasticity": ("elasticity", "Elasticity of unit cost", "", ASSUMPTION),
    "share": ("share_consolidated", "Share of tests moved", "share", _SHARE),
    "plateau": ("plateau_m_tests", "Plateau of the cost curve", "m tests", _FLAT),
    "transport": ("transport_gbp_per_test", "Transport cost", "GBP a test", ASSUMPTION),
    "transition": ("transition_gbp_m", "Transition cost", "GBP m a network", _HUBS),
    "ramp": ("ramp_years", "Years to full delivery", "years", _RAMP),
}
"""Setting of the most likely value, label, unit, source; the range is a setting of its name."""

_BASELINE = {
    "tests_bn": ("tests", "Tests", "bn a year"),
    "services": ("services", "Services joined", ""),
    "cost_gbp_bn": ("cost", "Cost before", "GBP bn"),
}
"""Published range, label, unit."""


def inputs(
    settings: Settings, ranges: Mapping[str, tuple[float, float]]
) -> dict[str, Distribution]:
    """Declare the distribution of every uncertain input, with its source.

    Parameters
    ----------
    ranges : mapping of str to (float, float)
        Published rivals of "tests" (bn), "services" and "cost" (GBP bn).
    """
    given, usual = settings.to_dict(), Settings().to_dict()
    found = {}
    for name, (middle, label, unit, source) in _INPUTS.items():
        ends = f"{name}_range"
        # A source is credited with the values it supports, not with those set instead of them.
        kept = given[middle] == usual[middle] and given[ends] == usual[ends]
        by = source if kept or source == ASSUMPTION else f"{ASSUMPTION}: set by parameter"
        points = spread(given[middle], given[ends])
        found[name] = Distribution("triangular", points, by, unit, label)
    if settings.plateau_m_tests == 0:
        found["plateau"] = Distribution("fixed", (_NO_PLATEAU,), label="Plateau of the cost curve")
    for name, (key, label, unit) in _BASELINE.items():
        points = spread(given[name], ranges[key] if settings.vary_baseline else (given[name],) * 2)
        found[name] = Distribution("triangular", points, "rival published values", unit, label)
    return found


def run(
    x: Mapping[str, Floats],
    *,
    networks: int,
    years: int,
    rate: float,
    transport_scale: float = 1.0,
    fall: float | None = None,
) -> dict[str, Floats]:
    """Work out one plan for any number of draws.

    Parameters
    ----------
    x : mapping of str to ndarray
        The inputs named in :func:`inputs`.
    networks, years, rate : int, int, float
        Number of networks; years looked at, year 0 included; discount rate.
    transport_scale, fall : float, float or None
        Transport cost for one of the settings' plan: other numbers of hubs mean other distances; a
        fall of unit cost for every test, instead of a cost curve and transport.

    Returns
    -------
    dict of str to ndarray
        GBP m: net_saving, npv, and delivered_0 … by year.
    """
    saving = equal_networks(
        units=x["services"],
        networks=networks,
        volume=x["tests_bn"] * 1e3,
        cost=x["cost_gbp_bn"] * 1e3,
        elasticity=x["elasticity"],
        share_moved=x["share"],
        transport_per_unit=x["transport"] * transport_scale,
        plateau=x["plateau"],
    ).net_saving
    saving = saving if fall is None else x["cost_gbp_bn"] * 1e3 * fall
    flows = programme(
        saving,
        transition_cost=x["transition"] * networks,
        ramp_years=x["ramp"],
        years=years,
        rate=rate,
    )
    by_year = {f"delivered_{year}": flows.delivered[..., year] for year in range(years)}
    return {"net_saving": saving, "npv": flows.npv, **by_year}


@dataclass(frozen=True, slots=True)
class Case(Result):
    """The simulated case for networks, by the report's own assumptions.

    Parameters
    ----------
    settings, simulation : Settings, Simulation
        What it was run with, and its draws.
    declared, sobol : DataFrame
        Every input, its distribution and its source; what drives the saving in the target year.
    by_year : DataFrame
        One row a financial year: year, year_end, median, low, high (GBP m).
    options, information : DataFrame, InformationValue
        One row a number of networks: option, npv_gbp_m (mean); what knowing an input is worth to
        the choice between them.
    break_even, steepest_worth_having : float or None, (float, float)
        Elasticity at which the central case saves the target once complete; that at which it saves
        most, and that saving, GBP m a year.
    """

    settings: Settings
    declared: pd.DataFrame
    simulation: Simulation
    by_year: pd.DataFrame
    sobol: pd.DataFrame
    options: pd.DataFrame
    information: InformationValue
    break_even: float | None
    steepest_worth_having: tuple[float, float]

    def saving(self, output: str, label: str) -> Estimate:
        """Return the median and range of an output, GBP m, to the ten where they are wide."""
        found = self.simulation.quantiles(output, self.settings.confidence)
        wide = found[2] - found[1] > _WIDE
        middle, low, high = (10.0 * round(v / 10) if wide else v for v in found)
        kind = "simulation range"
        return Estimate(middle, low, high, "GBP m", len(self.simulation.outputs), label, kind=kind)


def examine(
    settings: Settings, uncertain: Mapping[str, Distribution], distance: Mapping[int, float]
) -> Case:
    """Simulate the report's own assumptions and say what drives the saving.

    Parameters
    ----------
    uncertain : mapping of str to Distribution
        From :func:`inputs`.
    distance : mapping of int to float
        Mean travel to the hub, km, by number of hubs: scales transport cost between options.
    """
    years, level = settings.horizon_years + 1, settings.confidence
    output = f"delivered_{settings.target_index}"
    plan = partial(run, networks=settings.networks, years=years, rate=settings.discount_rate)
    simulation = simulate(plan, uncertain, draws=settings.draws, seed=settings.seed)
    by_year = [
        (financial_year(k), FIRST_YEAR + 1 + k, *simulation.quantiles(f"delivered_{k}", level))
        for k in range(years)
    ]
    if np.ptp(simulation.outputs[output]) > 1e-9:
        shares = sobol(plan, uncertain, output, base_draws=_SOBOL_DRAWS, seed=settings.seed)
    else:  # a saving that never varies has no variance to share out
        none = dict.fromkeys(("first_order", "total", "total_error"), 0.0)
        shares = declared(uncertain)[["input", "label"]].assign(**none)
    values = _options(settings, plan, simulation, distance)
    options = pd.DataFrame({"option": values.columns, "npv_gbp_m": values.mean().to_numpy()})
    middle = {name: d.central for name, d in uncertain.items()}
    slopes = np.linspace(-2, 0, 201)
    central = {name: np.full(slopes.size, value) for name, value in middle.items()}
    savings = plan(central | {"elasticity": slopes})["net_saving"]
    return Case(
        settings=settings,
        declared=declared(uncertain),
        simulation=simulation,
        by_year=pd.DataFrame(by_year, columns=["year", "year_end", "median", "low", "high"]),
        sobol=shares,
        options=options,
        information=value_of_information(values, simulation.inputs),
        break_even=break_even_elasticity(
            settings.target_gbp_m,
            units=middle["services"],
            networks=settings.networks,
            volume=middle["tests_bn"] * 1e3,
            cost=middle["cost_gbp_bn"] * 1e3,
            share_moved=middle["share"],
            transport_per_unit=middle["transport"],
            plateau=middle["plateau"],
        ),
        steepest_worth_having=(float(slopes[savings.argmax()]), float(savings.max())),
    )


def _options(
    settings: Settings,
    plan: partial[dict[str, Floats]],
    simulation: Simulation,
    distance: Mapping[int, float],
) -> pd.DataFrame:
    """Return the net present value of numbers of networks, and of none, on the same draws."""
    base = distance[settings.networks]
    drawn = {name: simulation.inputs[name].to_numpy() for name in simulation.inputs}
    benefit: dict[str, Floats] = {"no networks": np.zeros(settings.draws)}
    for number in sorted({settings.networks, *settings.alternative_networks}):
        scale = distance[number] / base if base > 0 else 1.0
        found = plan(drawn, networks=number, transport_scale=scale)
        benefit[count(number, "network")] = found["npv"]
    return pd.DataFrame(benefit)
