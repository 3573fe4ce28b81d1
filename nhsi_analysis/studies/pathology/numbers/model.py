"""The decision model: declared inputs, simulated saving, its drivers, what is worth knowing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm

from nhsi_analysis.studies.pathology.numbers.labels import slope
from nhsi_analysis.studies.pathology.numbers.registers import published_numbers, reading
from nhsi_analysis.studies.pathology.settings import (
    FIRST_YEAR,
    Settings,
    financial_year,
    spread,
)
from notebook_reports.evidence import Estimate, format_value
from notebook_reports.evidence.words import count
from policy_methods.information import InformationValue, value_of_information
from policy_methods.scale import break_even_elasticity, equal_networks, programme
from policy_methods.simulate import (
    ASSUMPTION,
    Distribution,
    Simulation,
    declared,
    simulate,
    sobol,
    tornado,
)

Floats = npt.NDArray[np.float64]

_NO_PLATEAU = 1e9
_SOBOL_DRAWS = 1024


def inputs(
    settings: Settings, ranges: Mapping[str, tuple[float, float]]
) -> dict[str, Distribution]:
    """Declare the distribution of every uncertain input, with its source.

    Parameters
    ----------
    settings : Settings
        Most likely values and ranges.
    ranges : mapping of str to (float, float)
        Published rivals of "tests" (bn), "services" and "cost" (GBP bn).

    Returns
    -------
    dict of str to Distribution
    """

    def triangular(mode: float, ends: tuple[float, ...], **about: str) -> Distribution:
        return Distribution("triangular", spread(mode, ends), **about)

    def source_of(fields: tuple[str, str], source: str) -> str:
        """Credit a source with the values it supports, not with those set instead of them."""
        default = Settings()
        kept = all(_same(getattr(settings, name), getattr(default, name)) for name in fields)
        return source if kept else f"{ASSUMPTION}: set by parameter"

    def published(mode: float, key: str, **about: str) -> Distribution:
        if not settings.vary_baseline:
            return Distribution("fixed", (mode,), **about)
        return triangular(mode, ranges[key], **about)

    register = "rival published values (pathology_figures)"
    plateau = (
        triangular(
            settings.plateau_m_tests,
            tuple(settings.plateau_range),
            source=source_of(
                ("plateau_m_tests", "plateau_range"),
                "assumption between Keele benchmarking 2011 (flat above 5m biochemistry tests) "
                "and the largest network published (60m tests)",
            ),
            unit="m tests",
            label="Plateau of the cost curve",
        )
        if settings.plateau_m_tests > 0
        else Distribution("fixed", (_NO_PLATEAU,), label="Plateau of the cost curve (none)")
    )
    return {
        "elasticity": triangular(
            settings.elasticity,
            tuple(settings.elasticity_range),
            source=ASSUMPTION,
            label="Elasticity of unit cost",
        ),
        "share_moved": triangular(
            settings.share_consolidated,
            tuple(settings.share_range),
            source=source_of(
                ("share_consolidated", "share_range"),
                "assumption; lowest at the primary-care share of tests (GPonline 2012: 35% to 45%)",
            ),
            unit="share",
            label="Share of tests moved",
        ),
        "plateau": plateau,
        "essential_premium": triangular(
            settings.essential_premium,
            tuple(settings.essential_range),
            source=ASSUMPTION,
            unit="share",
            label="Essential services premium",
        ),
        "transport": triangular(
            settings.transport_gbp_per_test,
            tuple(settings.transport_range),
            source=ASSUMPTION,
            unit="GBP a test",
            label="Transport cost",
        ),
        "transition": triangular(
            settings.transition_gbp_m,
            tuple(settings.transition_range),
            source=source_of(
                ("transition_gbp_m", "transition_range"),
                "published costs of hubs: GBP 5m (Taunton), 10m (Black Country), 31m "
                "(Lancashire) (pathology_figures)",
            ),
            unit="GBP m a network",
            label="Transition cost",
        ),
        "ramp_years": triangular(
            settings.ramp_years,
            tuple(settings.ramp_range),
            source=source_of(
                ("ramp_years", "ramp_range"),
                "3 years planned (HFMA 2017) to maturity asked for by 2025 (HSJ 2022); most "
                "likely value an assumption",
            ),
            unit="years",
            label="Years to full delivery",
        ),
        "tests_bn": published(
            settings.tests_bn, "tests", source=register, unit="bn a year", label="Tests"
        ),
        "services": published(
            float(settings.services), "services", source=register, label="Services joined"
        ),
        "cost_gbp_bn": published(
            settings.cost_gbp_bn, "cost", source=register, unit="GBP bn", label="Cost before"
        ),
    }


def _same(value: float | Sequence[float], other: float | Sequence[float]) -> bool:
    return bool(np.array_equal(np.asarray(value), np.asarray(other)))


def run(
    x: Mapping[str, Floats],
    *,
    networks: int,
    years: int,
    rate: float,
    transport_scale: float = 1.0,
) -> dict[str, Floats]:
    """Work out one plan for any number of draws.

    Parameters
    ----------
    x : mapping of str to ndarray
        The inputs named in :func:`inputs`.
    networks : int
        Number of networks.
    years : int
        Years looked at, year 0 included.
    rate : float
        Discount rate.
    transport_scale : float
        Transport cost for one of the settings' plan: other numbers of hubs mean other distances.

    Returns
    -------
    dict of str to ndarray
        GBP m: net_saving and its parts, npv, and delivered_0 … by year.
    """
    saving = equal_networks(
        units=x["services"],
        networks=networks,
        volume=x["tests_bn"] * 1e3,
        cost=x["cost_gbp_bn"] * 1e3,
        elasticity=x["elasticity"],
        share_moved=x["share_moved"],
        essential_premium=x["essential_premium"],
        transport_per_unit=x["transport"] * transport_scale,
        plateau=x["plateau"],
    )
    flows = programme(
        saving.net_saving,
        transition_cost=x["transition"] * networks,
        ramp_years=x["ramp_years"],
        years=years,
        rate=rate,
    )
    return {
        "net_saving": saving.net_saving,
        "scale_saving": saving.scale_saving,
        "essential_cost": saving.essential_cost,
        "transport_cost": saving.transport_cost,
        "npv": flows.npv,
        **{f"delivered_{year}": flows.delivered[..., year] for year in range(years)},
    }


def evidence(settings: Settings) -> pd.DataFrame:
    """Set published falls of cost beside the elasticity each would imply.

    Parameters
    ----------
    settings : Settings
        Services joined by a network, where the source doesn't say how much volume grew.

    Returns
    -------
    DataFrame
        Columns evidence, fall_low, fall_high (shares of unit cost), volume_ratio,
        elasticity_low, elasticity_high (steeper last), publisher.
    """
    table = published_numbers()
    joined = settings.services / settings.networks

    def percent(measure: str, scope: str = "England") -> float:
        return reading(table, measure, scope) / 100

    lost = percent(
        "unit cost increase if outreach volume (over half of total) lost",
        "US three-hospital system",
    )
    half = lost / (1 + lost)
    network = percent("fall in average cost per test in trusts using network model")
    carter = tuple(percent(f"saving achievable by consolidation, {e}") for e in ("low", "high"))
    target = percent("target saving as share of spend")
    rows = [
        ("NHSI's own target", target, target, joined, "HSJ 2017"),
        ("Carter review: consolidation", *carter, joined, "HSJ Local 2013"),
        ("Trusts using the network model", network, network, joined, "HFMA 2019"),
        ("US hospitals losing half their volume", half, half, 2.0, "Chi Solutions"),
        ("Keele benchmarking, above the plateau", 0.0, 0.0, joined, "JISCMail 2011"),
    ]
    found = pd.DataFrame(
        rows, columns=["evidence", "fall_low", "fall_high", "volume_ratio", "publisher"]
    )
    for end in ("low", "high"):
        # With one service a network no volume is joined, and no fall of cost implies a slope.
        slope = np.log1p(-found[f"fall_{end}"]) / np.log(found["volume_ratio"])
        found[f"elasticity_{end}"] = slope.where(found["volume_ratio"] > 1) + 0.0
    return found


@dataclass(frozen=True, slots=True)
class Case:
    """The simulated case for networks.

    Parameters
    ----------
    settings : Settings
        What it was run with.
    declared : DataFrame
        Every input, its distribution and its source.
    simulation : Simulation
        Draws.
    by_year : DataFrame
        One row a financial year: year, year_end, probability of reaching the target, its Monte
        Carlo error, median, low, high (GBP m).
    tornado, sobol : DataFrame
        What drives the saving in the target year.
    options : DataFrame
        One row an option: option, networks, mean NPV, its Monte Carlo error, probability that it
        is the best, mean yearly saving.
    information : InformationValue
        What knowing an input is worth to the choice between the options.
    break_even : float or None
        Elasticity at which the central case saves the target once complete.
    curve : DataFrame
        Saving once complete by elasticity: elasticity, central, low and high over the other
        inputs, no_plateau.
    """

    settings: Settings
    declared: pd.DataFrame
    simulation: Simulation
    by_year: pd.DataFrame
    tornado: pd.DataFrame
    sobol: pd.DataFrame
    options: pd.DataFrame
    information: InformationValue
    break_even: float | None
    curve: pd.DataFrame

    @property
    def in_target_year(self) -> Estimate:
        """Saving in the target year, GBP m."""
        output = f"delivered_{self.settings.target_index}"
        return self._interval(output, f"a year saved in {self.settings.target_year}")

    @property
    def complete(self) -> Estimate:
        """Yearly saving once every network is in place, GBP m."""
        return self._interval("net_saving", "a year once every network is in place")

    @property
    def npv(self) -> Estimate:
        """Net present value over the horizon, GBP m."""
        return self._interval("npv", f"net present value over {self.settings.horizon_years} years")

    def _interval(self, output: str, label: str) -> Estimate:
        middle, low, high = self.simulation.quantiles(output, self.settings.confidence)
        return Estimate(
            middle,
            low,
            high,
            unit="GBP m",
            n=len(self.simulation.outputs),
            label=label,
            confidence=self.settings.confidence,
            kind="simulation interval",
        )

    @property
    def probability(self) -> Estimate:
        """Probability of the target by the target year, with its Monte Carlo interval."""
        return self._chance(f"delivered_{self.settings.target_index}", "by " + self._year)

    @property
    def probability_ever(self) -> Estimate:
        """Probability that the saving reaches the target once complete."""
        return self._chance("net_saving", "once every network is in place")

    @property
    def _year(self) -> str:
        return self.settings.target_year

    def _chance(self, output: str, when: str) -> Estimate:
        value, error = self.simulation.probability(output, self.settings.target_gbp_m)
        z = float(norm.ppf(0.5 + self.settings.confidence / 2))
        return Estimate(
            value,
            max(value - z * error, 0.0),
            min(value + z * error, 1.0),
            unit="share",
            n=len(self.simulation.outputs),
            label=f"chance of saving {format_value(self.settings.target_gbp_m, 'GBP m')} a year "
            f"{when}",
            confidence=self.settings.confidence,
            kind="Monte Carlo interval",
        )

    @property
    def drivers(self) -> str:
        """The inputs that account for most of the variance, in words."""
        top = self.sobol.head(3)
        if top["total"].max() <= 0:
            return "nothing, for it is the same in every draw"
        first, *others = (f"the {_lower(label)}" for label in top["label"])
        share = max(float(top["total"].iloc[0]), 0.0)
        return f"{first} ({share:.0%} of the variance), then {' and '.join(others)}"

    @property
    def worth_knowing(self) -> str:
        """What is worth finding out before choosing, in words."""
        info, table = self.information, self.information.by_input
        best = f"On average the best option is {info.best}"
        if info.perfect < 0.5:
            return (
                f"{best}, and it stays best whatever the inputs turn out to be: knowing them "
                "better would not change the choice."
            )
        everything = (
            f"{best}. Knowing everything before choosing would be worth "
            f"{format_value(info.perfect, 'GBP m')} (Monte Carlo error "
            f"{format_value(info.perfect_error, 'GBP m', 1)}); "
        )
        first, second = table.iloc[0], table.iloc[1]
        if first["value"] == 0:
            return f"{everything}what knowing any one figure is worth can't be told from nothing."
        labels = self.declared.set_index("input")["label"].map(_lower)
        most = f"the {labels[first['input']]}"
        if first["value"] - second["value"] < 2 * (first["error"] + second["error"]):
            most += f" and, as far as the draws can tell, equally the {labels[second['input']]}"
        worth = format_value(first["value"], "GBP m")
        return f"{everything}the single figure most worth collecting is {most}, at {worth}."

    @property
    def sentence(self) -> str:
        """The Monte Carlo in words."""
        late = self.by_year[self.by_year["probability"] >= 0.5]
        when = (
            f"An even chance is reached in {late['year'].iloc[0]}."
            if len(late)
            else "The chance stays under one half in every year of the horizon."
        )
        return (
            f"In {self.in_target_year.n:,} draws the saving in {self._year} is "
            f"{self.in_target_year}, and once every network is in place {self.complete}. The "
            f"chance of the target is {self.probability} by {self._year} and "
            f"{self.probability_ever} in the end. {when}"
        )

    @property
    def break_even_sentence(self) -> str:
        """What the cost curve has to be, in words."""
        k = self.settings.services / self.settings.networks
        target = format_value(self.settings.target_gbp_m, "GBP m")
        if self.break_even is None:
            return f"No elasticity as steep as −5 reaches {target} with the central inputs."
        halved = 1 - 2.0**self.break_even
        return (
            f"With every other input at its most likely value {target} a year needs an elasticity "
            f"of {slope(self.break_even)}: doubling a laboratory's volume would have to cut its "
            f"unit cost by {halved:.1%}. The most likely value assumed is "
            f"{slope(self.settings.elasticity)}, and each network joins {k:.1f} services."
        )


def _lower(label: str) -> str:
    return label[:1].lower() + label[1:]


def examine(
    settings: Settings,
    ranges: Mapping[str, tuple[float, float]],
    distance: Mapping[int, float],
) -> Case:
    """Simulate the case and say what drives it.

    Parameters
    ----------
    settings : Settings
        The parameters.
    ranges : mapping
        Published rivals, see :func:`inputs`.
    distance : mapping of int to float
        Mean travel to the hub, km, by number of hubs: scales transport cost between options.

    Returns
    -------
    Case
    """
    uncertain = inputs(settings, ranges)
    years = settings.horizon_years + 1
    plan = partial(run, networks=settings.networks, years=years, rate=settings.discount_rate)
    simulation = simulate(plan, uncertain, draws=settings.draws, seed=settings.seed)
    output = f"delivered_{settings.target_index}"
    needed = _break_even(settings, uncertain)
    options, information = _options(settings, uncertain, simulation, distance)
    return Case(
        settings=settings,
        declared=declared(uncertain),
        simulation=simulation,
        by_year=_by_year(settings, simulation),
        tornado=tornado(plan, uncertain, output),
        sobol=_sobol(plan, uncertain, output, simulation, settings.seed),
        options=options,
        information=information,
        break_even=needed,
        curve=_curve(settings, uncertain, plan, simulation, needed),
    )


def _sobol(
    plan: partial[dict[str, Floats]],
    uncertain: Mapping[str, Distribution],
    output: str,
    simulation: Simulation,
    seed: int,
) -> pd.DataFrame:
    """Find Sobol' indices; a saving that never varies has no variance to share out."""
    values = simulation.outputs[output]
    if values.max() - values.min() > 1e-9:
        return sobol(plan, uncertain, output, base_draws=_SOBOL_DRAWS, seed=seed)
    labels = [d.label or name for name, d in uncertain.items()]
    columns = ["first_order", "first_error", "total", "total_error"]
    return pd.DataFrame({"input": list(uncertain), "label": labels}).assign(
        **dict.fromkeys(columns, 0.0)
    )


def _by_year(settings: Settings, simulation: Simulation) -> pd.DataFrame:
    rows = []
    for index in range(settings.horizon_years + 1):
        output = f"delivered_{index}"
        chance, error = simulation.probability(output, settings.target_gbp_m)
        middle, low, high = simulation.quantiles(output, settings.confidence)
        rows.append(
            {
                "year": financial_year(index),
                "year_end": FIRST_YEAR + 1 + index,
                "probability": chance,
                "monte_carlo_error": error,
                "median": middle,
                "low": low,
                "high": high,
            }
        )
    return pd.DataFrame(rows)


def _options(
    settings: Settings,
    uncertain: Mapping[str, Distribution],
    simulation: Simulation,
    distance: Mapping[int, float],
) -> tuple[pd.DataFrame, InformationValue]:
    """Compare numbers of networks, and none, on the same draws."""
    base = distance[settings.networks]
    benefit: dict[str, Floats] = {"no networks": np.zeros(settings.draws)}
    saving: dict[str, float] = {"no networks": 0.0}
    for number in sorted({settings.networks, *settings.alternative_networks}):
        name = count(number, "network")
        drawn = {k: simulation.inputs[k].to_numpy() for k in uncertain}
        result = run(
            drawn,
            networks=number,
            years=settings.horizon_years + 1,
            rate=settings.discount_rate,
            transport_scale=distance[number] / base if base > 0 else 1.0,
        )
        benefit[name] = result["npv"]
        saving[name] = float(result["net_saving"].mean())
    table = pd.DataFrame(benefit)
    best = table.to_numpy().argmax(axis=1)
    options = pd.DataFrame(
        {
            "option": table.columns,
            "npv_gbp_m": table.mean().to_numpy(),
            "monte_carlo_error": table.std(ddof=1).to_numpy() / np.sqrt(len(table)),
            "probability_best": [float((best == k).mean()) for k in range(table.shape[1])],
            "saving_gbp_m": [saving[name] for name in table.columns],
        }
    )
    return options, value_of_information(table, simulation.inputs)


def _break_even(settings: Settings, uncertain: Mapping[str, Distribution]) -> float | None:
    middle = {name: d.central for name, d in uncertain.items()}
    return break_even_elasticity(
        settings.target_gbp_m,
        units=middle["services"],
        networks=settings.networks,
        volume=middle["tests_bn"] * 1e3,
        cost=middle["cost_gbp_bn"] * 1e3,
        share_moved=middle["share_moved"],
        essential_premium=middle["essential_premium"],
        transport_per_unit=middle["transport"],
        plateau=middle["plateau"],
    )


def _curve(
    settings: Settings,
    uncertain: Mapping[str, Distribution],
    plan: partial[dict[str, Floats]],
    simulation: Simulation,
    break_even: float | None,
) -> pd.DataFrame:
    """Find the saving once complete by elasticity, the other inputs central or drawn."""
    # Far enough to the steep side to show what is assumed and, within reason, what is needed.
    assumed = spread(settings.elasticity, settings.elasticity_range)[0]
    low = min(-0.4, 1.25 * assumed, max(1.25 * (break_even or 0.0), -1.0))
    drawn = {k: simulation.inputs[k].to_numpy()[:2000] for k in uncertain}
    tail = (1 - settings.confidence) / 2
    rows = []
    for elasticity in np.linspace(low, 0, 41):
        central = {k: np.array([d.central]) for k, d in uncertain.items()}
        central["elasticity"] = np.array([elasticity])
        free = {**central, "plateau": np.array([_NO_PLATEAU])}
        spreading = {**drawn, "elasticity": np.full(drawn["elasticity"].size, elasticity)}
        ends = np.quantile(plan(spreading)["net_saving"], [tail, 1 - tail])
        rows.append(
            {
                "elasticity": float(elasticity),
                "central": float(plan(central)["net_saving"][0]),
                "no_plateau": float(plan(free)["net_saving"][0]),
                "low": float(ends[0]),
                "high": float(ends[1]),
            }
        )
    return pd.DataFrame(rows)
