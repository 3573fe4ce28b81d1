"""The whole case in one call."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.studies.pathology.numbers import (
    delivery,
    evaluation,
    geography,
    model,
    registers,
)
from nhsi_analysis.studies.pathology.settings import Settings
from notebook_reports.evidence import format_value


@dataclass(frozen=True, slots=True)
class Study:
    """Everything the report says about pathology networks.

    Parameters
    ----------
    settings : Settings
        What was asked.
    baseline : Baseline
        Size of the service and its rivals.
    targets : Targets
        Published savings by hub.
    evidence : DataFrame
        Published falls of cost and the elasticity they imply.
    case : Case
        The simulation.
    delivery : Delivery
        What was reported against the path.
    evaluation : Evaluation
        The independent evaluation.
    geography : Geography
        Sites and hubs.
    followed : DataFrame
        What is known about the trust and network followed: item, value; empty without either.
    """

    settings: Settings
    baseline: registers.Baseline
    targets: registers.Targets
    evidence: pd.DataFrame
    case: model.Case
    delivery: delivery.Delivery
    evaluation: evaluation.Evaluation
    geography: geography.Geography
    followed: pd.DataFrame


def build(settings: Settings) -> Study:
    """Work out the case for pathology networks.

    Parameters
    ----------
    settings : Settings
        What is asked.

    Raises
    ------
    DataError
        A table that breaks its schema or lacks a number needed.
    """
    named = registers.targets(settings)
    base = registers.baseline()
    where = geography.examine(settings, named.table)
    distance = dict(zip(where.by_number["hubs"], where.by_number["mean_km"], strict=True))
    return Study(
        settings=settings,
        baseline=base,
        targets=named,
        evidence=model.evidence(settings),
        case=model.examine(settings, base.ranges, distance),
        delivery=delivery.examine(settings),
        evaluation=evaluation.examine(settings.confidence),
        geography=where,
        followed=_followed(settings, named, where),
    )


def _followed(
    settings: Settings,
    named: registers.Targets,
    where: geography.Geography,
) -> pd.DataFrame:
    rows: list[tuple[str, str]] = []
    if settings.trust:
        trust = str(datasets.load("trusts").set_index("org_code")["org_name"][settings.trust])
        rows.append(("Trust", f"{trust} ({settings.trust})"))
        members = datasets.load("pathology_memberships")
        same = members["trust"].map(geography.plain_name) == geography.plain_name(trust)
        networks = members.loc[same, "network"] + " (" + members.loc[same, "role"].fillna("") + ")"
        rows.append(("Network by register", "; ".join(networks) or "not in the register"))
        own = where.sites[where.sites["org_code"] == settings.trust]
        if own.empty:
            rows.append(("Sites", "none among the acute hospital sites"))
        for site in own.sort_values("km").itertuples():
            rows.append((f"{site.site_name}: best hub", f"{site.hub}, {site.km:.0f} km by road"))
    if settings.network:
        rows.append(("Network", settings.network))
        own_target = named.table[named.table["network"] == settings.network]["target_gbp_m"]
        known = own_target.dropna()
        rows.append(
            (
                "Saving published in 2017",
                format_value(float(known.iloc[0]), "GBP m", 1) if len(known) else "none",
            )
        )
        plan = named.plans[named.plans["network"] == settings.network]
        if len(plan):
            low, high = plan[["local_low_gbp_m", "local_high_gbp_m"]].iloc[0]
            ends = f"£{low:g}m" if low == high else f"£{low:g}m to £{high:g}m"
            rows.append(("Local or later figure", ends))
        hubs = where.matched[where.matched["network"] == settings.network]
        for trust_name, site_name, how in hubs[["hub_trust", "site_name", "how"]].itertuples(
            index=False
        ):
            place = site_name if isinstance(site_name, str) else "no site matched"
            rows.append((f"Hub {trust_name}", f"{place} ({how})"))
    return pd.DataFrame(rows, columns=["item", "value"])
