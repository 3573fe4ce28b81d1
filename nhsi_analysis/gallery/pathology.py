"""Networks of laboratories: where hubs would lie and what their saving hangs on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from nhsi_analysis import datasets
from notebook_reports.charts import gallery, style
from notebook_reports.charts.distributions import simulated
from notebook_reports.charts.maps import Layer, point_map
from notebook_reports.charts.scale import saving_curve
from notebook_reports.charts.tornado import tornado
from policy_methods.location import great_circle_km, p_median
from policy_methods.scale import equal_networks
from policy_methods.simulate import Distribution, simulate
from policy_methods.simulate import tornado as swings


@gallery.example(point_map)
def _map_example() -> gallery.Example:
    """Map the acute hospital sites and the ten of them that are nearest to all."""
    acute = datasets.load("trusts").query("trust_type == 'Acute'")["org_code"]
    sites = datasets.load("hospital_sites")
    sites = sites[sites["org_code"].isin(acute)].reset_index(drop=True)
    places = (sites["latitude"], sites["longitude"])
    found = p_median(great_circle_km(*places, *places), 10)
    hubs = sites.iloc[found.open]
    ends = sites.iloc[found.assignment][["longitude", "latitude"]].reset_index(drop=True)
    links = sites[["longitude", "latitude"]].join(ends.add_prefix("to_"))
    figure = point_map(
        datasets.load("england_outline"),
        [Layer(sites, "site", style.MUTED, "o", 9), Layer(hubs, "hub", style.BLUE)],
        links=links,
        labels=hubs.assign(text=hubs["site_name"].str.split(" - ").str[0]),
    )
    return gallery.Example(
        title=f"Ten hubs would be {found.objective / len(sites):.0f} km from the hospitals, "
        "on average",
        subtitle=f"Straight line from {len(sites)} sites of acute trusts, England, September 2018",
        source="hospital_sites",
        alt=f"Lines join each site to the nearest of ten hubs; the longest is "
        f"{found.cost.max():.0f} km.",
        data=sites,
        figure=figure,
        note="Contains Ordnance Survey data © Crown copyright and database right 2014.",
    )


@gallery.example(saving_curve)
def _saving_curve_example() -> gallery.Example:
    """Draw the saving of the pathology plan of 2017 by elasticity, two thirds of tests moved."""
    table = datasets.load("pathology_figures").query("scope == 'England' and period == '2017-09'")
    published = pd.to_numeric(table.set_index("measure")["value"], errors="coerce")
    slopes = np.linspace(-0.3, 0.0, 31)

    def saving(share: float, plateau: float) -> pd.Series:
        result = equal_networks(
            units=published["hospitals providing pathology services"],
            networks=published["proposed networks"],
            volume=published["tests per year"],
            cost=published["pathology spend"] * 1000,
            elasticity=slopes,
            share_moved=share,
            plateau=plateau,
        )
        return pd.Series(result.net_saving)

    curve = pd.DataFrame(
        {
            "elasticity": slopes,
            "central": saving(0.67, 0.03),
            "no_plateau": saving(0.67, np.inf),
            "low": saving(0.5, 0.03),
            "high": saving(0.8, 0.03),
        }
    )
    target = float(published["target saving"])
    needed = float(np.interp(target, curve["central"][::-1], slopes[::-1]))
    return gallery.Example(
        title=f"£{target:.0f}m needs an elasticity of −{-needed:.2f}, before any added cost",
        subtitle="Saving a year by elasticity of unit cost, England, plan of 2017, GBP m",
        source="pathology_figures",
        alt=f"The saving rises from nothing to £{curve['central'].max():.0f}m at −0.30.",
        data=curve,
        figure=saving_curve(
            curve,
            unit="GBP m",
            x_label="Elasticity of unit cost",
            y_label="Saving a year",
            target=(target, "target"),
            marks=[(needed, "needed")],
        ),
        note="Band: half to four fifths of tests moved. Plateau of 30m tests a laboratory.",
    )


def _gap(inputs: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
    """Work out the difference of mean savings from the evaluation's budgets, GBP m."""
    gap = [
        (inputs[f"budget of {group}"] * inputs["price factor"]) * sign / count
        for group, sign, count in (("hubs", 1, 56), ("single laboratories", -1, 57))
    ]
    return {"gap": np.asarray(sum(gap))}


def _budgets() -> dict[str, Distribution]:
    """Return the evaluation's budgets within 5% and the price factor between published ones."""
    register = datasets.load("pathology_figures").query("period == '2010'")
    value = pd.to_numeric(register.set_index("measure")["value"], errors="coerce") / 1e6
    inputs = {
        f"budget of {words}": Distribution(
            "uniform", (0.95 * amount, 1.05 * amount), label=f"budget of {words}"
        )
        for words, amount in (
            ("hubs", value["total pathology budget, consolidated"]),
            ("single laboratories", value["total pathology budget, non-consolidated"]),
        )
    }
    return inputs | {"price factor": Distribution("uniform", (1.08, 1.17), label="price factor")}


@gallery.example(tornado)
def _tornado_example() -> gallery.Example:
    """Draw how the uplifted budgets of the pathology evaluation hang on their inputs."""
    table = swings(_gap, _budgets(), "gap")
    widest = table.iloc[0]
    return gallery.Example(
        title=f"The {widest['label']} moves the difference most",
        subtitle="Mean budget of hubs less single laboratories at 2015 prices, England, GBP m",
        source="pathology_figures",
        alt=f"The {widest['label']} swings the difference by £{widest['swing']:.1f}m.",
        data=table,
        figure=tornado(
            table.assign(**table[["input_low", "input_high"]].round(2)),
            unit="GBP m",
            x_label="Difference",
        ),
        note="Budgets within 5%, price factor between two published ones; one input at a time.",
    )


@gallery.example(simulated)
def _simulated_example() -> gallery.Example:
    """Draw the difference of those budgets with all inputs drawn together."""
    inputs = _budgets()
    draws = simulate(_gap, inputs, draws=5_000).outputs["gap"]
    middle = float(swings(_gap, inputs, "gap")["central"].iloc[0])
    more = float((draws >= middle).mean())
    return gallery.Example(
        title=f"In {more:.0%} of draws the difference is larger than at the middle of every input",
        subtitle="Mean budget of hubs less single laboratories at 2015 prices, England, GBP m",
        source="pathology_figures",
        alt=f"One hump from £{draws.min():.1f}m to £{draws.max():.1f}m, parted at £{middle:.1f}m.",
        data=draws.to_frame(),
        figure=simulated(
            draws,
            target=(middle, "inputs at their middle"),
            names=("larger", "smaller"),
            unit="GBP m",
            x_label="Difference",
        ),
        note="Budgets within 5%, price factor between two published ones, drawn independently.",
    )
