"""The case's figures and tables, each as the arguments of a report call."""

from __future__ import annotations

from typing import Any

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.studies.pathology import tables
from nhsi_analysis.studies.pathology.analysis import Pathology
from nhsi_analysis.studies.pathology.settings import count
from notebook_reports.charts import maps, style
from notebook_reports.charts.bars import bars
from notebook_reports.charts.intervals import dot_interval
from notebook_reports.charts.lines import lines
from notebook_reports.charts.scale import saving_curve
from notebook_reports.charts.tornado import tornado
from notebook_reports.evidence import format_value

Exhibit = dict[str, Any]

_REGISTERS = ["pathology_figures", "pathology_networks"]
_MODEL = "Simulation of this report on pathology_figures"
_PAPER = "BMC Health Services Research 2018, 18:862, by way of pathology_figures"
_MAP_CREDIT = (
    "Outline: contains Ordnance Survey data © Crown copyright and database right 2014; contains "
    "National Statistics data © Crown copyright and database right 2014; simplified by way of "
    "UK-GeoJSON (CC BY 4.0). Transverse Mercator, central meridian 2° W."
)


def _gbp(value: float, decimals: int | None = None) -> str:
    return format_value(value, "GBP m", decimals)


def baseline_table(result: Pathology) -> Exhibit:
    """List every published size of the service."""
    return {
        "df": tables.baseline(result),
        "key": "baseline",
        "caption": "What has been published about the size of pathology in England",
        "source": "pathology_figures",
        "note": "CONFLICT marks a figure with a published rival; both are kept.",
    }


def targets_figure(result: Pathology) -> Exhibit:
    """Draw published savings by hub, and what was never allocated."""
    targets = result.targets
    focus = [
        "No named hub (unallocated)",
        *([result.settings.network] if result.settings.network else []),
    ]
    largest = targets.known.iloc[0]
    fig = bars(
        targets.bars,
        group="network",
        value="target_gbp_m",
        unit="GBP m",
        decimals=1,
        x_label="Saving a year by 2020/21",
        emphasise=focus,
    )
    return {
        "fig": fig,
        "key": "targets",
        "title": f"{_gbp(targets.unallocated, 1)} of {_gbp(targets.national)} a year was never "
        "given to a named hub",
        "subtitle": "Published savings targets by hub and the rest of the national target, "
        "England, GBP m a year by 2020/21",
        "source": "pathology_networks",
        "alt": f"Bars: {largest['network']} has the largest published target, "
        f"{_gbp(largest['target_gbp_m'], 1)}; the bar without a named hub is "
        f"{_gbp(targets.unallocated, 1)}, more than "
        f"{targets.unallocated / largest['target_gbp_m']:.0f} times as long.",
        "data": targets.bars,
        "note": "Published figures, not estimates: they have no interval. West of England's was "
        "said by its board not to have been validated.",
    }


def targets_table(result: Pathology) -> Exhibit:
    """List published savings by hub."""
    return {
        "df": tables.targets(result),
        "key": "targets_by_hub",
        "caption": "Savings targets published for hubs in September 2017",
        "source": "pathology_networks",
        "formats": {"Saving a year by 2020/21 (GBP m)": lambda v: _plain(v, 1)},
        "note": "Where no figure was published none is shown, and none is spread over hubs.",
    }


def plans_table(result: Pathology) -> Exhibit:
    """List local or later figures beside the national ones."""
    df = tables.plans(result)
    return {
        "df": df,
        "key": "local_plans",
        "caption": "National targets beside later or local figures for the same network",
        "source": _REGISTERS,
        "formats": {c: lambda v: _plain(v, 1) for c in df.columns if c.endswith("(GBP m)")},
    }


def evidence_table(result: Pathology) -> Exhibit:
    """List the elasticity that published falls of cost imply."""
    return {
        "df": tables.evidence(result),
        "key": "evidence",
        "caption": "Published falls of unit cost and the elasticity each implies",
        "source": "pathology_figures",
        "formats": {"Volume, times": lambda v: _plain(v, 1)},
        "note": "Where a source doesn't say how much volume was joined, the services of an average "
        "network are supposed to be joined and all of their work moved.",
    }


def curve_figure(result: Pathology) -> Exhibit:
    """Draw the saving by elasticity."""
    case, s = result.case, result.settings
    marks = [(s.elasticity, f"most likely {_signed(s.elasticity)}")]
    if case.break_even is not None:
        marks.append((case.break_even, f"needed {_signed(case.break_even)}"))
        title = (
            f"{_gbp(s.target_gbp_m)} needs a cost curve with an elasticity of "
            f"{_signed(case.break_even)}"
        )
    else:
        title = f"No cost curve tried reaches {_gbp(s.target_gbp_m)}"
    last = case.curve.iloc[0]
    return {
        "fig": saving_curve(
            case.curve,
            unit="GBP m",
            x_label="Elasticity of unit cost to volume (steeper to the right)",
            y_label="Saving a year once complete",
            target=(s.target_gbp_m, "target"),
            marks=marks,
        ),
        "key": "cost_curve",
        "title": title,
        "subtitle": f"Net saving a year once complete by elasticity, {s.networks} networks, "
        "England, GBP m",
        "source": _MODEL,
        "alt": f"The saving rises with the steepness of the cost curve, from "
        f"{_gbp(case.curve.iloc[-1]['central'])} at an elasticity of 0 to {_gbp(last['central'])} "
        f"at {_signed(last['elasticity'])}; without a plateau it ends at "
        f"{_gbp(last['no_plateau'])}.",
        "data": case.curve,
        "note": f"Lines: other inputs at their most likely values. Band: the middle "
        f"{s.confidence:.0%} of the simulation over the other inputs.",
    }


def assumptions_table(result: Pathology) -> Exhibit:
    """List every declared distribution with its source."""
    return {
        "df": tables.assumptions(result),
        "key": "assumptions",
        "caption": "Every distribution the simulation draws from, with its source",
        "source": ["Parameters of this report", "pathology_figures"],
        "note": "Inputs are drawn independently. 'Assumption' means that nothing published "
        "supports the figure: change it in the parameters.",
    }


def years_figure(result: Pathology) -> Exhibit:
    """Draw the simulated saving by year against the target."""
    case, s = result.case, result.settings
    table = case.by_year.assign(
        date=[pd.Timestamp(year, 3, 31) for year in case.by_year["year_end"]]
    )
    due = table.iloc[s.target_index]
    return {
        "fig": lines(
            table,
            x="date",
            series={"median": "median"},
            bands={"median": ("low", "high")},
            unit="GBP m",
            y_label="Saving a year",
            events=[(due["date"], f"due {s.target_year}")],
            reference=(s.target_gbp_m, "target"),
        ),
        "key": "saving_by_year",
        "title": f"In {s.target_year} the median saving is {_gbp(due['median'])}, against "
        f"{_gbp(s.target_gbp_m)} wanted",
        "subtitle": "Simulated saving a year by financial year ending in March, England, GBP m",
        "source": _MODEL,
        "alt": f"The median grows to {_gbp(table['median'].max())} a year and the band's upper end "
        f"to {_gbp(table['high'].max())}; in {s.target_year} the band runs from "
        f"{_gbp(due['low'])} to {_gbp(due['high'])}.",
        "data": case.by_year,
        "note": f"Band: the middle {s.confidence:.0%} of {s.draws:,} draws. It is the range under "
        "the declared assumptions, not a forecast.",
    }


def years_table(result: Pathology) -> Exhibit:
    """List the chance of the target by year."""
    pounds = {
        column: lambda v: _plain(v, 0)
        for column in ("Median saving (GBP m)", "Low (GBP m)", "High (GBP m)")
    }
    return {
        "df": tables.years(result),
        "key": "chance_by_year",
        "caption": f"Chance of saving {_gbp(result.settings.target_gbp_m)} a year, by year",
        "source": _MODEL,
        "formats": {"Chance of the target": "share", "Monte Carlo error": "share", **pounds},
        "note": "Monte Carlo error: standard error of the chance from the number of draws.",
    }


def tornado_figure(result: Pathology) -> Exhibit:
    """Draw what moves the saving in the target year."""
    table, ends = tables.tornado(result)
    s = result.settings
    first = table.iloc[0]
    return {
        "fig": tornado(
            table,
            unit="GBP m",
            x_label=f"Saving in {s.target_year}",
            ends=ends,
            reference=(s.target_gbp_m, f"target {_gbp(s.target_gbp_m)}"),
        ),
        "key": "tornado",
        "title": f"{first['label']} moves the saving most; no single input reaches the target"
        if table[["output_low", "output_high"]].to_numpy().max() < s.target_gbp_m
        else f"{first['label']} moves the saving most",
        "subtitle": f"Saving in {s.target_year} with one input at its 5% or 95% point and the "
        "others at their most likely, England, GBP m",
        "source": _MODEL,
        "alt": f"{first['label']} swings the saving from "
        f"{_gbp(min(first['output_low'], first['output_high']))} to "
        f"{_gbp(max(first['output_low'], first['output_high']))}; the last bar, "
        f"{table.iloc[-1]['label'].lower()}, by {_gbp(table.iloc[-1]['swing'])}.",
        "data": table,
        "note": "Words at the bars' ends are the input's values. Transition cost is left out where "
        "it does not touch the yearly saving.",
    }


def drivers_table(result: Pathology) -> Exhibit:
    """List Sobol' indices and the worth of knowing an input."""
    shares = [
        "Share of variance alone",
        "± of that",
        "Share with interactions",
        "± of that share",
    ]
    return {
        "df": tables.drivers(result),
        "key": "drivers",
        "caption": f"What the variance of the saving in {result.settings.target_year} comes from",
        "source": _MODEL,
        "formats": {
            **dict.fromkeys(shares, _percent),
            "Worth of knowing it (GBP m)": lambda v: _plain(v, 0),
        },
        "note": "Sobol' indices with the half-width of their bootstrap interval. Worth: expected "
        "value of perfect information for the choice between the options below.",
    }


def options_table(result: Pathology) -> Exhibit:
    """List the options compared on the same draws."""
    pounds = ("Mean saving a year (GBP m)", "Mean net present value (GBP m)")
    return {
        "df": tables.options(result),
        "key": "options",
        "caption": "Numbers of networks compared on the same draws",
        "source": _MODEL,
        "formats": {
            **{column: lambda v: _plain(v, 0) for column in pounds},
            "Monte Carlo error (GBP m)": lambda v: _plain(v, 1),
            "Chance that it is the best": "share",
        },
        "note": f"Net present value over {result.settings.horizon_years} years at "
        f"{result.settings.discount_rate:.1%}. Transport cost follows the mean distance to the "
        "best hubs for each number.",
    }


def worth_figure(result: Pathology) -> Exhibit:
    """Draw the value of perfect information."""
    table = tables.worth(result)
    top = table.iloc[0]
    # A choice that nothing could change has bars of length 0: the figure then shows just that.
    return {
        "fig": bars(
            table,
            group="label",
            unit="GBP m",
            x_label="Expected gain from knowing it before choosing",
            emphasise=[str(top["label"])],
        ),
        "key": "value_of_information",
        "title": f"The figure most worth collecting: {top['label'].lower()}"
        if top["value"] > 0.5
        else "No figure is worth collecting for this choice",
        "subtitle": "Expected value of perfect information on one input, net present value, GBP m",
        "source": _MODEL,
        "alt": f"Knowing the {top['label'].lower()} would be worth {_gbp(top['value'])}, knowing "
        f"everything {_gbp(table.iloc[-1]['value'])}.",
        "data": table,
        "note": f"Monte Carlo error at most {_gbp(table['error'].max(), 1)}. An input counts as "
        "nought where shuffling its draws gives as much.",
    }


def delivery_figure(result: Pathology) -> Exhibit:
    """Draw savings reported against the path needed."""
    found = result.delivery
    last = found.savings.iloc[-1]
    return {
        "fig": lines(
            found.savings,
            x="date",
            series={"delivered": "reported", "needed": "needed"},
            unit="GBP m",
            y_label="Yearly saving reached",
            from_zero=True,
            markers=True,
            height=3.6,
        ),
        "key": "delivery",
        "title": f"By {last['date']:%B %Y} {_gbp(last['delivered'], 1)} was reported or forecast, "
        f"where {_gbp(last['needed'], 1)} was needed",
        "subtitle": "Savings reported and a straight path to the target, England, GBP m",
        "source": "pathology_figures",
        "alt": f"Reported savings rise to {_gbp(last['delivered'], 1)}, the needed path to "
        f"{_gbp(last['needed'], 1)}.",
        "data": found.savings,
        "note": "The last point adds the forecast for 2018/19 to what was reported by September "
        "2018. The source says neither whether the two overlap nor whether they recur; they are "
        "read as the yearly saving reached. No interval: published figures.",
    }


def readings_table(result: Pathology) -> Exhibit:
    """List when the target would be met."""
    return {
        "df": tables.readings(result),
        "key": "pace",
        "caption": "When the target would be met at each published pace",
        "source": "pathology_figures",
    }


def evaluation_figure(result: Pathology) -> Exhibit:
    """Draw the evaluation's gap under each set of assumptions."""
    found = result.evaluation
    through = int(((found.scenarios["gap_low"] <= 0) & (found.scenarios["gap_high"] >= 0)).sum())
    return {
        "fig": dot_interval(
            found.scenarios,
            group="scenario",
            value="gap",
            low="gap_low",
            high="gap_high",
            unit="GBP m",
            decimals=1,
            x_label="More saved by a consolidated laboratory than by a single one",
            reference=(0.0, "no difference"),
            emphasise=["As published"],
        ),
        "key": "evaluation",
        "title": f"Under {through} of {len(found.scenarios)} sets of assumptions the gap could be "
        "nothing"
        if through
        else "The gap stays above nothing under every set of assumptions",
        "subtitle": "Difference of mean savings, 2010 to 2015, England, GBP m a laboratory",
        "source": _PAPER,
        "alt": f"The published gap is {found.gap}; recomputed gaps run from "
        f"{_gbp(found.scenarios['gap'].min(), 2)} to {_gbp(found.scenarios['gap'].max(), 2)}.",
        "data": found.scenarios,
        "note": f"{found.confidence:.0%} confidence intervals by Welch's formula, with the "
        "published standard deviations throughout.",
    }


def activity_figure(result: Pathology) -> Exhibit:
    """Draw the gap by the activity uplift assumed."""
    curve = result.evaluation.curve
    first, last = curve.iloc[0], curve.iloc[-1]
    return {
        "fig": lines(
            curve.assign(percent=curve["activity"] * 100),
            x="percent",
            series={
                "equal": "one factor",
                "published": "as published",
                "deflator": "GDP deflator",
            },
            bands={"published": ("published_low", "published_high")},
            unit="GBP m",
            decimals=1,
            x_label="Activity uplift assumed (per cent of the 2015 budget)",
            y_label="Gap a laboratory",
            from_zero=True,
            height=4.2,
        ),
        "key": "activity_uplift",
        "title": f"The activity uplift alone moves the published gap from "
        f"{_gbp(first['published'], 1)} to {_gbp(last['published'], 1)}",
        "subtitle": "Difference of mean savings by activity uplift and price factor, England, "
        "GBP m a laboratory",
        "source": [_PAPER, "gdp_deflator_quarterly"],
        "alt": f"All three lines rise with the uplift; at none the gap is "
        f"{_gbp(first['published'], 1)} as published and {_gbp(first['deflator'], 1)} with the "
        "GDP deflator.",
        "data": curve,
        "note": f"Band: {result.evaluation.confidence:.0%} confidence interval of the published "
        "factors' line. The uplift is worth more to consolidated laboratories because their "
        "budgets are larger.",
    }


def scenarios_table(result: Pathology) -> Exhibit:
    """List the recomputed gaps."""
    df = tables.scenarios(result)
    formats: dict[str, Any] = dict.fromkeys(df.columns[1:], lambda v: _plain(v, 2))
    formats |= {c: lambda v: _plain(v, 4) for c in df.columns if "factor" in c}
    formats["p"] = lambda v: _plain(v, 4) if v >= 0.0001 else "under 0.0001"
    formats |= {c: "share" for c in df.columns if c.startswith(("Share", "Gap as share"))}
    return {
        "df": df,
        "key": "evaluation_scenarios",
        "caption": "The evaluation's gap recomputed under each set of assumptions",
        "source": [_PAPER, "gdp_deflator_quarterly"],
        "formats": formats,
    }


def map_figure(result: Pathology) -> Exhibit:
    """Map the best hubs, the published ones and the sites."""
    where = result.geography
    best = where.hubs(where.best)
    published = where.sites[where.sites["site_code"].isin(where.matched["site_code"])]
    layers = [
        maps.Layer(where.sites, "hospital site", style.MUTED, "o", 9),
        maps.Layer(best, "best hub", style.BLUE, "o", 70),
        maps.Layer(published, "hub published in 2017", style.ORANGE, "^", 44),
    ]
    busiest = best.sort_values("sites_served").iloc[-1]
    data = where.sites[["site_code", "site_name", "org_code", "latitude", "longitude", "hub", "km"]]
    return {
        "fig": maps.point_map(
            datasets.load("england_outline"),
            layers,
            links=tables.links(where),
            labels=tables.map_labels(where, result.settings.trust),
        ),
        "key": "hub_map",
        "title": f"Hospitals would be {where.travel.text} by road from the best "
        f"{count(len(best), 'hub')}, on average",
        "subtitle": f"{len(where.sites)} sites of acute trusts, {count(len(best), 'hub')} with the "
        "least travel, and hubs published in 2017, England, September 2018",
        "source": ["hospital_sites", "trusts", "trust_finance", "england_outline"],
        "alt": f"Lines join each hospital site to its best hub. {busiest['site_name']} serves "
        f"most, {count(int(busiest['sites_served']), 'site')}; the longest line is "
        f"{where.best.cost.max():.0f} km by road. {where.shared} published hub trusts hold a best "
        "hub.",
        "data": data,
        "note": f"Road distance is the great circle times {where.settings.road_factor:g}, an "
        f"assumption. {_MAP_CREDIT}",
    }


def hubs_table(result: Pathology) -> Exhibit:
    """List the best hubs."""
    columns = ("Mean distance (km)", "Longest distance (km)")
    return {
        "df": tables.hubs(result),
        "key": "best_hubs",
        "caption": f"{count(result.settings.networks, 'hub')} with the least travel",
        "source": ["hospital_sites", "trusts"],
        "formats": {column: lambda v: _plain(v, 0) for column in columns},
    }


def matches_table(result: Pathology) -> Exhibit:
    """List how published hubs were matched to sites."""
    return {
        "df": tables.matches(result),
        "key": "hub_matches",
        "caption": "Published hub trusts and the hospital sites they were matched to",
        "source": ["pathology_networks", "hospital_sites", "trusts"],
        "note": "The register names trusts, not buildings: the site is the one at the trust's own "
        "postcode or, failing that, its most central general hospital.",
    }


def followed_table(result: Pathology) -> Exhibit:
    """List what is known about the trust or network followed."""
    return {
        "df": result.followed.rename(columns={"item": "What", "value": "Found"}),
        "key": "followed",
        "caption": "The trust or network followed",
        "source": ["pathology_memberships", "pathology_networks", "hospital_sites"],
    }


def _plain(value: float, decimals: int) -> str:
    return format_value(value, "", decimals)


def _percent(value: float) -> str:
    # Indices of inputs that do nothing are estimated a little below or above 0.
    return format_value(max(value, 0.0), "share", 0)


def _signed(value: float) -> str:
    return format_value(value, "", 2)
