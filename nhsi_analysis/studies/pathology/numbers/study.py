"""The whole case in one call."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.studies.pathology.numbers import chances, evaluation, geography, model, registers
from nhsi_analysis.studies.pathology.settings import Settings
from notebook_reports.evidence.words import money
from policy_methods.results import Result


@dataclass(frozen=True, slots=True)
class Study(Result):
    """Everything the report says about pathology networks.

    Parameters
    ----------
    sizes : dict of str to (float, float)
        Lowest and highest published tests, services, cost and networks.
    targets, published, reports : Targets, Published, Reports
        Savings by hub, what is known of unit cost, savings reported.
    chances, case : Chances, Case
        The chance set by set, and the simulation of the report's own assumptions.
    evaluation, geography : Evaluation, Geography
        The independent evaluation; sites and hubs.
    followed : DataFrame
        What is known about the trust and network followed: item, value; empty without either.
    """

    settings: Settings
    sizes: dict[str, registers.Range]
    targets: registers.Targets
    published: chances.Published
    reports: chances.Reports
    chances: chances.Chances
    case: model.Case
    evaluation: evaluation.Evaluation
    geography: geography.Geography
    followed: pd.DataFrame


def build(settings: Settings) -> Study:
    """Work out the case for pathology networks; a table that lacks a number raises DataError."""
    named, sizes = registers.targets(settings), registers.sizes()
    where = geography.examine(settings, named.table)
    uncertain = model.inputs(settings, sizes)
    known, told = chances.published(sizes), chances.reports(settings)
    return Study(
        settings=settings,
        sizes=sizes,
        targets=named,
        published=known,
        reports=told,
        chances=chances.examine(settings, uncertain, known, told),
        case=model.examine(settings, uncertain, where.by_number),
        evaluation=evaluation.examine(settings.confidence),
        geography=where,
        followed=_followed(settings, named, where),
    )


def _followed(
    settings: Settings, named: registers.Targets, where: geography.Geography
) -> pd.DataFrame:
    rows: list[tuple[str, str]] = []
    if settings.trust:
        trust = str(datasets.load("trusts").set_index("org_code")["org_name"][settings.trust])
        members = datasets.load("pathology_memberships")
        same = members["trust"].map(geography.plain_name) == geography.plain_name(trust)
        own = where.sites[where.sites["org_code"] == settings.trust].sort_values("km")
        rows += [
            ("Trust", trust),
            ("Its network", "; ".join(members.loc[same, "network"]) or "not named here"),
            ("Its sites", f"{len(own) or 'none'} among the acute hospital sites"),
        ]
        places = zip(own["site_name"], own["hub"], own["km"], strict=True)
        rows += [(f"{site}: best hub", f"{hub}, about {km:.0f} km") for site, hub, km in places]
    if settings.network:
        row = named.table[named.table["network"] == settings.network]
        rows.append(("Network", settings.network))
        for item, columns in {
            "Saving published in 2017": ["target_gbp_m"],
            "Later or local figure": ["local_low_gbp_m", "local_high_gbp_m"],
        }.items():
            ends = dict.fromkeys(money(v, 1) for v in row[columns].to_numpy().ravel() if v >= 0)
            rows.append((item, " to ".join(ends) or "none"))
        hubs = where.matched[where.matched["network"] == settings.network]
        found = zip(hubs["hub_trust"], hubs["site_name"].fillna("no site in the data"), strict=True)
        rows += [(f"Hub {name}", site) for name, site in found]
    return pd.DataFrame(rows, columns=["item", "value"])
