"""The case's pictures, each with its words."""

from __future__ import annotations

import re
from functools import partial
from statistics import mean
from typing import Any

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.answers.trusts import held
from nhsi_analysis.studies.pathology.numbers.chances import ADDED, ASSUMED
from nhsi_analysis.studies.pathology.numbers.geography import Geography
from nhsi_analysis.studies.pathology.numbers.study import Study
from nhsi_analysis.studies.pathology.sections import names
from nhsi_analysis.years import last_day
from notebook_reports.charts import maps, style
from notebook_reports.charts.bars import bars
from notebook_reports.charts.intervals import dot_interval
from notebook_reports.charts.lines import lines
from notebook_reports.evidence import Figure
from notebook_reports.evidence.words import capital, count, level, listed, money

_MAP_CREDIT = (
    "Outline: contains Ordnance Survey data © Crown copyright and database right 2014; contains "
    "National Statistics data © Crown copyright and database right 2014; simplified by way of "
    "UK-GeoJSON (CC BY 4.0)."
)
_AHEAD = 4


def targets(study: Study) -> Figure:
    """Draw published savings by hub."""
    found, known, network = study.targets, study.targets.known, study.settings.network
    known = known.assign(asked=[money(m, 1) if m else "£0" for m in known["target_gbp_m"]])
    most, least = known.iloc[0], known.iloc[-1]
    hubs = study.geography.matched.merge(known[["network", "asked"]])
    hubs = hubs.dropna(subset="org_code").drop_duplicates("org_code").set_index("org_code")
    return Figure(
        picture=bars(
            known,
            group="network",
            value="target_gbp_m",
            unit="GBP m",
            decimals=1,
            x_label="Saving a year asked for",
            emphasise=[network] if network in set(known["network"]) else [],
            units=hubs["network"],
        ),
        key="targets",
        title=f"Named hubs were asked for {found.allocated} of {money(found.national)} a year",
        subtitle="Savings published for hubs in September 2017, England, £m a year by 2020/21",
        source="pathology_networks",
        alt=f"{most['network']} has most, {most['asked']}; {least['network']} has least, "
        f"{least['asked']}.",
        data=known[["network", "hubs", "target_gbp_m"]],
        units=held(
            hubs["hub_trust"],
            hubs,
            lambda name, hub: (
                f"In September 2017 {name} was named a hub; its network, {hub['network']}, was "
                f"asked for {hub['asked']} a year by 2020/21."
            ),
        ),
    )


def chances(study: Study) -> Figure:
    """Draw the chance of the target by what is supposed about unit cost."""
    s, found = study.settings, study.chances
    by = found.table.groupby("curve", sort=False)["chance"]
    shown = by.agg(low="min", high="max").reset_index()
    shown["value"] = found.table.loc[found.table["build_up"] == ASSUMED, "chance"].array
    shown["curve"] = [
        f"{capital(names.CURVES[str(curve)])}: {names.chances(each)}" for curve, each in by
    ]
    curves, target = found.curves["chance"], money(s.target_gbp_m)
    above = names.cheaper(study)
    higher = f", {names.bound(above['chance'])} if tests got cheaper" if len(above) else ""
    return Figure(
        picture=dot_interval(
            shown,
            group="curve",
            unit="probability",
            x_label=f"Chance of {target} a year by {s.target_year}",
            show_values=False,
        ),
        key="chance_by_supposition",
        title=f"Chance {names.bound(curves)} by cost curves{higher}",
        subtitle=f"Simulated chance of saving {target} a year by {s.target_year}, by what is "
        "supposed about the cost of a test, England",
        source=names.MODEL,
        alt=f"{'; '.join(shown['curve'])}.",
        data=found.table[["curve", "build_up", "chance", "complete", "median"]].replace(
            {"curve": names.CURVES}
        ),
        note=f"Dot: build-up in {names.build_up(study, ASSUMED)}, as assumed; line: from there to "
        f"{study.published.years:g} years, as planned. What was delivered isn't considered here.",
    )


def years(study: Study) -> Figure:
    """Draw the simulated saving by year with what was reported."""
    s, told = study.settings, study.reports
    apart, added = min(told.delivered, told.further), told.readings[ADDED][0]
    table = study.case.by_year.iloc[: min(s.target_index + _AHEAD, s.horizon_years) + 1]
    # Two points of one year, drawn as an upright line between the two readings.
    table = pd.concat([table, table.iloc[[told.index]]]).sort_values("year_end", kind="stable")
    table = table.reset_index(drop=True)
    table.loc[[told.index, told.index + 1], "reported"] = [apart, added]
    dates = [pd.Timestamp(year, 3, 31) for year in table["year_end"]]
    seen = {
        year: table.loc[table["year"] == year, ["median", "low", "high"]].iloc[0].map(names.tens)
        for year in (told.year, s.target_year)
    }
    bands = [f"from {at['low']} to {at['high']} in {year}" for year, at in seen.items()]
    said = names.ends(money(apart), money(added))
    return Figure(
        picture=lines(
            table.assign(date=dates),
            x="date",
            series={"median": "simulated", "reported": "reported"},
            bands={"median": ("low", "high")},
            unit="GBP m",
            y_label="Saving a year",
            events=[(last_day(s.target_year), "due")],
            reference=(s.target_gbp_m, "target"),
            markers=True,
        ),
        key="saving_by_year",
        title=f"For {told.year} {said} was reported and "
        f"{names.ends(*seen[told.year][['low', 'high']])} simulated",
        subtitle="Saving a year by financial year ending in March, by this report's own "
        "assumptions, England, £m",
        source=names.MODEL,
        alt=f"The band reaches {listed(bands)}; the reports stand at {said}.",
        data=table,
        note=f"Band: the middle {level(s.confidence)} of {s.draws:,} draws, before the reports are "
        "considered. Upright line: the reports read as one saving and added up.",
    )


def evaluation(study: Study) -> Figure:
    """Draw the evaluation's gap as a share of budget under each set of assumptions."""
    table, gap = study.evaluation.scenarios, study.evaluation.estimate("relative")
    through = int(((table["relative_low"] <= 0) & (table["relative_high"] >= 0)).sum())
    ends = (int(table["relative"].argmin()), int(table["relative"].argmax()))
    low, high = (study.evaluation.estimate("relative", row) for row in ends)
    return Figure(
        picture=dot_interval(
            table,
            group="scenario",
            value="relative",
            low="relative_low",
            high="relative_high",
            unit="share",
            decimals=1,
            x_label="Saved beyond single laboratories, share of budget",
            reference=(0.0, "no difference"),
            emphasise=[table["scenario"].iloc[0]],
        ),
        key="evaluation",
        title=f"In {through} of {len(table)} readings the difference could be nothing",
        subtitle="Saving of consolidated less single laboratories, share of budget, England, 2010 "
        "to 2015",
        source=names.PAPER,
        alt=f"As published {gap}; recomputed from {low.text} to {high.text}.",
        data=table,
        note="Published standard deviations throughout; budgets are taken as known, which makes "
        "the intervals too narrow.",
    )


def hub_map(study: Study) -> Figure:
    """Map the best hubs, the published ones and the sites."""
    where = study.geography
    best = where.hubs
    published = where.sites[where.sites["site_code"].isin(where.matched["site_code"])]
    busiest = best.sort_values("sites_served").iloc[-1]
    ends = best.set_index("site_code").loc[where.sites["hub_code"]]
    hubs, served = count(len(best), "hub"), count(int(busiest["sites_served"]), "site")
    average = where.mean_km(where.best)
    trusts = datasets.load("trusts").set_index("org_code")["org_name"]
    listed_on = datasets.load("hospital_sites").attrs["provenance"]["date"]
    seen = f"{pd.Timestamp(listed_on):%B %Y}"
    columns = ["site_code", "site_name", "org_code", "latitude", "longitude", "hub", "km"]
    return Figure(
        picture=maps.point_map(
            datasets.load("england_outline"),
            [
                maps.Layer(where.sites, "hospital site", style.MUTED, "o", 9, "org_code"),
                maps.Layer(best, "best hub", style.BLUE, "o", 70),
                maps.Layer(published, "hub published in 2017", style.ORANGE, "^", 44),
            ],
            links=where.sites[["longitude", "latitude"]].assign(
                to_longitude=ends["longitude"].array, to_latitude=ends["latitude"].array
            ),
            labels=map_labels(where, study.settings.trust),
            height=6.8,
        ),
        key="hub_map",
        title=f"Sites in the data would average {average:.0f} km from the {names.best(len(best))}",
        subtitle=f"{len(where.sites)} sites of acute trusts, {hubs} with the least travel, and "
        f"hubs published in 2017, England, {seen}",
        source=["hospital_sites", "trusts", "trust_finance", "england_outline"],
        alt=f"Lines join each site to its best hub. {busiest['site_name']} serves most, {served}; "
        f"the longest line is {where.best.cost.max():.0f} km.",
        data=where.sites[columns],
        note=f"Distances: great circle × {study.settings.road_factor:g}, an assumed road factor. "
        f"{_MAP_CREDIT}",
        units=held(trusts, where.sites.groupby("org_code").agg(list), partial(_sited, seen)),
    )


def _sited(seen: str, name: str, sites: dict[str, Any]) -> str:
    """Say how many sites a trust has on the map, and how far their hubs would be."""
    hubs, many, km = sorted({*sites["hub"]}), len(sites["km"]), mean(sites["km"])
    best = f"the model's best hub{'s' * (len(hubs) > 1)}, {listed(hubs, most=2)}"
    far = f"{'on average ' * (many > 1)}{km:.0f} km from" if km >= 0.5 else "at"
    return f"In {seen} {name} had {count(many, 'site')} in the data, {far} {best}."


def map_labels(where: Geography, trust: str) -> pd.DataFrame:
    """Return the names written on the map, the followed trust's sites first, then busy hubs."""
    own = where.sites[where.sites["org_code"] == trust].assign(bold=True)
    best = where.hubs.sort_values("sites_served", ascending=False).assign(bold=False)
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
