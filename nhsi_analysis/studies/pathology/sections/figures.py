"""The case's pictures, each with its words."""

from __future__ import annotations

import re

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.studies.pathology.numbers.geography import Geography
from nhsi_analysis.studies.pathology.numbers.labels import MODEL, PAPER, input_value, slope
from nhsi_analysis.studies.pathology.numbers.study import Study
from notebook_reports.charts import maps, style
from notebook_reports.charts.bars import bars
from notebook_reports.charts.intervals import dot_interval
from notebook_reports.charts.lines import lines
from notebook_reports.charts.scale import saving_curve
from notebook_reports.charts.tornado import tornado as draw_tornado
from notebook_reports.evidence import Figure
from notebook_reports.evidence.words import count, level, money

_MAP_CREDIT = (
    "Outline: contains Ordnance Survey data © Crown copyright and database right 2014; contains "
    "National Statistics data © Crown copyright and database right 2014; simplified by way of "
    "UK-GeoJSON (CC BY 4.0). Transverse Mercator, central meridian 2° W."
)


def targets(study: Study) -> Figure:
    """Draw published savings by hub, and what was never allocated."""
    targets = study.targets
    focus = [
        "No named hub (unallocated)",
        *([study.settings.network] if study.settings.network else []),
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
    return Figure(
        picture=fig,
        key="targets",
        title=f"{money(targets.unallocated, 1)} of {money(targets.national)} a year was never "
        "given to a named hub",
        subtitle="Published savings targets by hub and the rest of the national target, "
        "England, GBP m a year by 2020/21",
        source="pathology_networks",
        alt=f"Bars: {largest['network']} has the largest published target, "
        f"{money(largest['target_gbp_m'], 1)}; the bar without a named hub is "
        f"{money(targets.unallocated, 1)}, more than "
        f"{targets.unallocated / largest['target_gbp_m']:.0f} times as long.",
        data=targets.bars,
        note="Published figures, not estimates: they have no interval. West of England's was "
        "said by its board not to have been validated.",
    )


def curve(study: Study) -> Figure:
    """Draw the saving by elasticity."""
    case, s = study.case, study.settings
    marks = [(s.elasticity, f"most likely {slope(s.elasticity)}")]
    if case.break_even is not None:
        marks.append((case.break_even, f"needed {slope(case.break_even)}"))
        title = (
            f"{money(s.target_gbp_m)} needs a cost curve with an elasticity of "
            f"{slope(case.break_even)}"
        )
    else:
        title = f"No cost curve tried reaches {money(s.target_gbp_m)}"
    last = case.curve.iloc[0]
    return Figure(
        picture=saving_curve(
            case.curve,
            unit="GBP m",
            x_label="Elasticity of unit cost to volume (steeper to the right)",
            y_label="Saving a year once complete",
            target=(s.target_gbp_m, "target"),
            marks=marks,
        ),
        key="cost_curve",
        title=title,
        subtitle=f"Net saving a year once complete by elasticity, {s.networks} networks, "
        "England, GBP m",
        source=MODEL,
        alt=f"The saving rises with the steepness of the cost curve, from "
        f"{money(case.curve.iloc[-1]['central'])} at an elasticity of 0 to "
        f"{money(last['central'])} at {slope(last['elasticity'])}; without a plateau it ends at "
        f"{money(last['no_plateau'])}.",
        data=case.curve,
        note=f"Lines: other inputs at their most likely values. Band: the middle "
        f"{level(s.confidence)} of the simulation over the other inputs.",
    )


def years(study: Study) -> Figure:
    """Draw the simulated saving by year against the target."""
    case, s = study.case, study.settings
    table = case.by_year.assign(
        date=[pd.Timestamp(year, 3, 31) for year in case.by_year["year_end"]]
    )
    due = table.iloc[s.target_index]
    return Figure(
        picture=lines(
            table,
            x="date",
            series={"median": "median"},
            bands={"median": ("low", "high")},
            unit="GBP m",
            y_label="Saving a year",
            events=[(due["date"], f"due {s.target_year}")],
            reference=(s.target_gbp_m, "target"),
        ),
        key="saving_by_year",
        title=f"In {s.target_year} the median saving is {money(due['median'])}, against "
        f"{money(s.target_gbp_m)} wanted",
        subtitle="Simulated saving a year by financial year ending in March, England, GBP m",
        source=MODEL,
        alt=f"The median grows to {money(table['median'].max())} a year and the band's upper end "
        f"to {money(table['high'].max())}; in {s.target_year} the band runs from "
        f"{money(due['low'])} to {money(due['high'])}.",
        data=case.by_year,
        note=f"Band: the middle {level(s.confidence)} of {s.draws:,} draws. It is the range under "
        "the declared assumptions, not a forecast.",
    )


def tornado(study: Study) -> Figure:
    """Draw what moves the saving in the target year."""
    table, ends = _tornado(study)
    s = study.settings
    first = table.iloc[0]
    return Figure(
        picture=draw_tornado(
            table,
            unit="GBP m",
            x_label=f"Saving in {s.target_year}",
            ends=ends,
            reference=(s.target_gbp_m, f"target {money(s.target_gbp_m)}"),
        ),
        key="tornado",
        title=f"{first['label']} moves the saving most; no single input reaches the target"
        if table[["output_low", "output_high"]].to_numpy().max() < s.target_gbp_m
        else f"{first['label']} moves the saving most",
        subtitle=f"Saving in {s.target_year} with one input at its 5% or 95% point and the "
        "others at their most likely, England, GBP m",
        source=MODEL,
        alt=f"{first['label']} swings the saving from "
        f"{money(min(first['output_low'], first['output_high']))} to "
        f"{money(max(first['output_low'], first['output_high']))}; the last bar, "
        f"{table.iloc[-1]['label'].lower()}, by {money(table.iloc[-1]['swing'])}.",
        data=table,
        note="Words at the bars' ends are the input's values. Transition cost is left out where "
        "it does not touch the yearly saving.",
    )


def worth(study: Study) -> Figure:
    """Draw the value of perfect information."""
    table = _worth(study)
    top = table.iloc[0]
    # A choice that nothing could change has bars of length 0: the figure then shows just that.
    return Figure(
        picture=bars(
            table,
            group="label",
            unit="GBP m",
            x_label="Expected gain from knowing it before choosing",
            emphasise=[str(top["label"])],
        ),
        key="value_of_information",
        title=f"The figure most worth collecting: {top['label'].lower()}"
        if top["value"] > 0.5
        else "No figure is worth collecting for this choice",
        subtitle="Expected value of perfect information on one input, net present value, GBP m",
        source=MODEL,
        alt=f"Knowing the {top['label'].lower()} would be worth {money(top['value'])}, knowing "
        f"everything {money(table.iloc[-1]['value'])}.",
        data=table,
        note=f"Monte Carlo error at most {money(table['error'].max(), 1)}. An input counts as "
        "nought where shuffling its draws gives as much.",
    )


def delivery(study: Study) -> Figure:
    """Draw savings reported against the path needed."""
    found = study.delivery
    last = found.savings.iloc[-1]
    return Figure(
        picture=lines(
            found.savings,
            x="date",
            series={"delivered": "reported", "needed": "needed"},
            unit="GBP m",
            y_label="Yearly saving reached",
            from_zero=True,
            markers=True,
            height=3.6,
        ),
        key="delivery",
        title=f"By {last['date']:%B %Y} {money(last['delivered'], 1)} was reported or forecast, "
        f"where {money(last['needed'], 1)} was needed",
        subtitle="Savings reported and a straight path to the target, England, GBP m",
        source="pathology_figures",
        alt=f"Reported savings rise to {money(last['delivered'], 1)}, the needed path to "
        f"{money(last['needed'], 1)}.",
        data=found.savings,
        note="The last point adds the forecast for 2018/19 to what was reported by September "
        "2018. The source says neither whether the two overlap nor whether they recur; they are "
        "read as the yearly saving reached. No interval: published figures.",
    )


def evaluation(study: Study) -> Figure:
    """Draw the evaluation's gap under each set of assumptions."""
    found = study.evaluation
    through = int(((found.scenarios["gap_low"] <= 0) & (found.scenarios["gap_high"] >= 0)).sum())
    return Figure(
        picture=dot_interval(
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
        key="evaluation",
        title=f"Under {through} of {len(found.scenarios)} sets of assumptions the gap could be "
        "nothing"
        if through
        else "The gap stays above nothing under every set of assumptions",
        subtitle="Difference of mean savings, 2010 to 2015, England, GBP m a laboratory",
        source=PAPER,
        alt=f"The published gap is {found.gap}; recomputed gaps run from "
        f"{money(found.scenarios['gap'].min(), 2)} to {money(found.scenarios['gap'].max(), 2)}.",
        data=found.scenarios,
        note=f"{level(found.confidence)} confidence intervals by Welch's formula, with the "
        "published standard deviations throughout.",
    )


def activity(study: Study) -> Figure:
    """Draw the gap by the activity uplift assumed."""
    curve = study.evaluation.curve
    first, last = curve.iloc[0], curve.iloc[-1]
    return Figure(
        picture=lines(
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
        key="activity_uplift",
        title=f"The activity uplift alone moves the published gap from "
        f"{money(first['published'], 1)} to {money(last['published'], 1)}",
        subtitle="Difference of mean savings by activity uplift and price factor, England, "
        "GBP m a laboratory",
        source=[PAPER, "gdp_deflator_quarterly"],
        alt=f"All three lines rise with the uplift; at none the gap is "
        f"{money(first['published'], 1)} as published and {money(first['deflator'], 1)} with the "
        "GDP deflator.",
        data=curve,
        note=f"Band: {level(study.evaluation.confidence)} confidence interval of the published "
        "factors' line. The uplift is worth more to consolidated laboratories because their "
        "budgets are larger.",
    )


def hub_map(study: Study) -> Figure:
    """Map the best hubs, the published ones and the sites."""
    where = study.geography
    best = where.hubs(where.best)
    published = where.sites[where.sites["site_code"].isin(where.matched["site_code"])]
    layers = [
        maps.Layer(where.sites, "hospital site", style.MUTED, "o", 9),
        maps.Layer(best, "best hub", style.BLUE, "o", 70),
        maps.Layer(published, "hub published in 2017", style.ORANGE, "^", 44),
    ]
    busiest = best.sort_values("sites_served").iloc[-1]
    data = where.sites[["site_code", "site_name", "org_code", "latitude", "longitude", "hub", "km"]]
    return Figure(
        picture=maps.point_map(
            datasets.load("england_outline"),
            layers,
            links=_links(where),
            labels=map_labels(where, study.settings.trust),
        ),
        key="hub_map",
        title=f"Hospitals would be {where.travel.text} by road from the best "
        f"{count(len(best), 'hub')}, on average",
        subtitle=f"{len(where.sites)} sites of acute trusts, {count(len(best), 'hub')} with the "
        "least travel, and hubs published in 2017, England, September 2018",
        source=["hospital_sites", "trusts", "trust_finance", "england_outline"],
        alt=f"Lines join each hospital site to its best hub. {busiest['site_name']} serves "
        f"most, {count(int(busiest['sites_served']), 'site')}; the longest line is "
        f"{where.best.cost.max():.0f} km by road. {where.shared} published hub trusts hold a best "
        "hub.",
        data=data,
        note=f"Road distance is the great circle times {where.settings.road_factor:g}, an "
        f"assumption. {_MAP_CREDIT}",
    )


def _tornado(study: Study) -> tuple[pd.DataFrame, dict[str, tuple[str, str]]]:
    """Return the inputs that move the target year's saving, and the words for their ends."""
    table = study.case.tornado
    table = table[table["swing"] > 0.05] if (table["swing"] > 0.05).any() else table
    ends = {
        str(row.label): (
            input_value(str(row.input), float(row.input_low)),  # type: ignore[arg-type]
            input_value(str(row.input), float(row.input_high)),  # type: ignore[arg-type]
        )
        for row in table.itertuples()
    }
    return table, ends


def _worth(study: Study) -> pd.DataFrame:
    """Return the value of perfect information by input, largest first, and on everything."""
    table = study.case.information.to_frame()
    labels = study.case.declared.set_index("input")["label"]
    table["label"] = table["input"].map(labels).fillna("Everything at once")
    return table[["label", "value", "error", "floor"]]


def _links(where: Geography) -> pd.DataFrame:
    """Return a line from every site to its best hub: longitude, latitude and where to."""
    hub = where.hubs(where.best)[["site_code", "longitude", "latitude"]]
    ends = hub.rename(columns={"longitude": "to_longitude", "latitude": "to_latitude"})
    return where.sites.merge(
        ends, left_on="hub_code", right_on="site_code", validate="many_to_one"
    )[["longitude", "latitude", "to_longitude", "to_latitude"]]


def map_labels(where: Geography, trust: str) -> pd.DataFrame:
    """Return the names written on the map, the followed trust's sites first, then busy hubs."""
    own = where.sites[where.sites["org_code"] == trust].assign(bold=True)
    best = where.hubs(where.best).sort_values("sites_served", ascending=False).assign(bold=False)
    best = best[~best["site_code"].isin(own["site_code"])]
    table = pd.concat([own, best], ignore_index=True)
    table["text"] = [short_name(name) for name in table["site_name"]]
    return table[["longitude", "latitude", "text", "bold"]]


def short_name(name: str) -> str:
    """Shorten a hospital's name for a map.

    Examples
    --------
    >>> short_name("The Royal Liverpool University Hospital")
    'Royal Liverpool'
    """
    last = name.rsplit(" - ", 1)[-1] if " NHS Trust - " in name else name.split(" - ", 1)[0]
    words = re.sub(r"\([^)]*\)|\b(The|Hospitals?|Campus)\b", " ", last).split()
    plainer = [w for w in words if w not in {"University", "General"}]
    # "University College" and "Northern General" would lose their name.
    return " ".join(plainer if len(plainer) > 1 else words).strip(" ,") or name
