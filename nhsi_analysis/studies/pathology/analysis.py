"""The whole case in one call, and the sentences that put its parts together."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.pathology import delivery, evaluation, geography, model, registers
from nhsi_analysis.studies.pathology.settings import Settings, count, names
from notebook_reports.evidence import Estimate, format_value


@dataclass(frozen=True, slots=True)
class Pathology:
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

    @property
    def lede(self) -> str:
        """The finding in three sentences."""
        s, case = self.settings, self.case
        target = format_value(s.target_gbp_m, "GBP m")
        chance, ever = (_chance(p.value) for p in (case.probability, case.probability_ever))
        saves = "saves" if s.networks == 1 else "save"
        verdict = _in_words(case.probability.value)
        return (
            f"That {count(s.networks, 'network')} {saves} {target} a year by {s.target_year} is "
            f"{verdict}: {chance} under the assumptions below, and {ever} once every network is "
            f"in place. It hangs on {case.drivers}. Of the target {self.targets.share.text} was "
            "ever given to a named hub, and the independent evaluation supports about "
            f"{self.evaluation.supported} a year."
        )

    @property
    def allocated(self) -> Estimate:
        """Share of the target with a named hub."""
        return self.targets.share

    @property
    def caveat(self) -> str:
        """What the published plateau would mean, taken literally, in words."""
        table = registers.figures()
        uk = "UK (Keele benchmarking, n=46)"
        measure = "workload at which unit cost stops falling, "
        biochemistry, haematology = (
            registers.figure(table, measure + what, uk)
            for what in ("clinical biochemistry", "haematology")
        )
        average = self.settings.tests_bn * 1000 / self.settings.services
        return (
            f"The published plateau is informal and by discipline: flat above {biochemistry:g}m "
            f"biochemistry or {haematology:g}m haematology tests a year. An average laboratory "
            f"here does {average:.1f}m tests of all kinds, so taken literally little is left to "
            "save by scale."
        )

    @property
    def travel_cost(self) -> str:
        """What other choices of hubs would cost in transport, in words."""
        where = self.geography
        carried = float(self.case.simulation.outputs["transport_cost"].mean())
        ways = {
            "with every hospital within the limit": where.limited,
            "with the published hubs kept": where.published,
        }
        base = where.mean_km(where.best)
        parts = [
            f"{way} {format_value(carried * (where.mean_km(other) / base - 1), 'GBP m', 1)}"
            for way, other in ways.items()
            if other is not None and base > 0
        ]
        if not parts:
            return "No other choice of hubs could be priced."
        return (
            f"Transport costs {format_value(carried, 'GBP m')} a year on average in the "
            f"simulation. If it follows distance, other hubs would add to that: {'; '.join(parts)}."
        )

    @property
    def more_findings(self) -> dict[str, Estimate]:
        """Numbers kept as data without a card of their own."""
        return {
            "saving_once_complete": self.case.complete,
            "chance_once_complete": self.case.probability_ever,
            "saving_in_target_year": self.case.in_target_year,
            "net_present_value": self.case.npv,
            "published_gap": self.evaluation.gap,
            "relative_gap": self.evaluation.relative_gap,
            "mean_distance": self.geography.travel,
        }

    @property
    def verdict(self) -> str:
        """The answer, with what it rests on."""
        s, case = self.settings, self.case
        target = format_value(s.target_gbp_m, "GBP m")
        steeper = (
            f"no elasticity as steep as −5 gives {target}"
            if case.break_even is None
            else f"{target} needs an elasticity of {_signed(case.break_even)}, against a most "
            f"likely {_signed(s.elasticity)}"
        )
        supported = self.evaluation.supported
        reaches = (
            "does not reach"
            if supported.high is not None and supported.high < s.target_gbp_m
            else "reaches, at its upper end,"
        )
        limit = (
            "Geography is not the obstacle"
            if self.geography.limited is not None
            else "Geography is an obstacle, too"
        )
        return (
            f"A saving of {case.complete} a year once complete is what these assumptions give: "
            f"{steeper}. The independent evaluation's range {reaches} {target}. {limit}: the best "
            f"{count(s.networks, 'hub')} would be {self.geography.travel.text} from the hospitals "
            "on average. "
            f"{case.worth_knowing}"
        )


def _signed(value: float) -> str:
    return format_value(value, "", 2)


def _chance(value: float) -> str:
    """Write a simulated chance: no number of draws shows that something is impossible."""
    return format_value(min(max(value, 1e-9), 1 - 1e-9), "probability")


def _in_words(chance: float) -> str:
    """Say a probability on the scale of the Professional Head of Intelligence Assessment."""
    scale = [
        (0.05, "a remote chance"),
        (0.22, "highly unlikely"),
        (0.37, "unlikely"),
        (0.52, "a realistic possibility"),
        (0.77, "likely"),
        (0.92, "highly likely"),
    ]
    return next((words for end, words in scale if chance <= end), "almost certain")


def analyse(**parameters: Any) -> Pathology:
    """Work out the case for pathology networks.

    Parameters
    ----------
    **parameters
        The fields of :class:`~nhsi_analysis.studies.pathology.settings.Settings`, all optional.

    Returns
    -------
    Pathology

    Raises
    ------
    ParameterError
        An unknown parameter, or nonsense in one, before anything is computed.
    DataError
        A table that breaks its schema or lacks a figure needed.
    """
    unknown = sorted(set(parameters) - set(names()))
    if unknown:
        raise ParameterError(unknown[0], "is not a parameter of this report", allowed=names())
    settings = Settings(**parameters)
    trust = _trust(settings.trust)
    named = registers.targets(settings)
    base = registers.baseline()
    where = geography.examine(settings, named.table)
    distance = dict(zip(where.by_number["hubs"], where.by_number["mean_km"], strict=True))
    return Pathology(
        settings=settings,
        baseline=base,
        targets=named,
        evidence=model.evidence(settings),
        case=model.examine(settings, base.ranges, distance),
        delivery=delivery.examine(settings),
        evaluation=evaluation.examine(settings.confidence),
        geography=where,
        followed=_followed(settings, trust, named, where),
    )


def _trust(code: str) -> str:
    """Return the followed trust's name; empty for none."""
    if not code:
        return ""
    trusts = datasets.load("trusts").set_index("org_code")["org_name"]
    if code not in trusts.index:
        near = difflib.get_close_matches(code.upper(), list(trusts.index), n=5, cutoff=0.5)
        raise ParameterError("trust", "is not in the table of trusts", value=code, allowed=near)
    return str(trusts[code])


def _followed(
    settings: Settings,
    trust: str,
    named: registers.Targets,
    where: geography.Geography,
) -> pd.DataFrame:
    rows: list[tuple[str, str]] = []
    if trust:
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
