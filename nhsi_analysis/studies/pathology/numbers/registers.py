"""The published numbers on pathology networks, read from the registers with their rivals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.errors import DataError, ParameterError
from nhsi_analysis.studies.pathology.settings import Settings
from notebook_reports.evidence import Estimate, format_value

_BASELINE = {
    "tests": ("tests a year", "bn", {"tests per year"}),
    "services": (
        "services to be joined",
        "",
        {
            "hospitals providing pathology services",
            "individual pathology units to be brought into networks",
            "acute and specialist hospitals whose units join networks",
        },
    ),
    "cost": (
        "cost a year",
        "GBP bn",
        {
            "pathology spend",
            "pathology service cost",
            "pathology cost per year",
            "annual cost of pathology, low",
            "annual cost of pathology, high",
        },
    ),
    "networks": (
        "networks",
        "",
        {
            "proposed networks",
            "proposed hub and spoke networks under NHSE National Pathology Transformation "
            "Programme",
        },
    ),
}


def published_numbers() -> pd.DataFrame:
    """Return the register of pathology numbers with a numeric column `number` (NaN for text)."""
    table = datasets.load("pathology_figures")
    return table.assign(number=pd.to_numeric(table["value"], errors="coerce"))


def reading(table: pd.DataFrame, measure: str, scope: str = "England", period: str = "") -> float:
    """Return one published number.

    Parameters
    ----------
    table : DataFrame
        As from :func:`figures`.
    measure, scope, period : str
        What the row must say; an empty period takes any.

    Raises
    ------
    DataError
        No such row, or more than one value.
    """
    rows = table[(table["measure"] == measure) & (table["scope"] == scope)]
    if period:
        rows = rows[rows["period"] == period]
    values = rows["number"].dropna().unique()
    if len(values) != 1:
        rule = f"must hold one value of {measure!r} for {scope!r} {period}".rstrip()
        raise DataError("pathology_figures", rule, value=list(values))
    return float(values[0])


@dataclass(frozen=True, slots=True)
class Baseline:
    """Published sizes of the service, every rival kept.

    Parameters
    ----------
    table : DataFrame
        One row a published value: what, value, unit, period, publisher, source, note.
    ranges : dict of str to (float, float)
        Lowest and highest published value of "tests" (bn), "services", "cost" (GBP bn) and
        "networks".
    """

    table: pd.DataFrame
    ranges: dict[str, tuple[float, float]]

    @property
    def sentence(self) -> str:
        """The conflicts in words."""
        tests, services, cost = (self.ranges[k] for k in ("tests", "services", "cost"))
        return (
            f"Published sources don't agree on the size of the service: {tests[0]:g} to "
            f"{tests[1]:g} billion tests a year, {services[0]:g} to {services[1]:g} services to be "
            f"joined, and £{cost[0]:g}bn to £{cost[1]:g}bn a year, the higher costs with a wider "
            "scope. None is preferred here: the simulation draws from the whole range unless "
            "told not to."
        )


def baseline() -> Baseline:
    """Collect what has been published about tests, services, cost and number of networks.

    Returns
    -------
    Baseline

    Raises
    ------
    DataError
        The register lacks one of them.
    """
    table = published_numbers()
    england = table[table["scope"] == "England"]
    parts, ranges = [], {}
    for key, (what, unit, measures) in _BASELINE.items():
        rows = england[england["measure"].isin(measures)].dropna(subset=["number"])
        if rows.empty:
            raise DataError("pathology_figures", f"must hold a figure on {what}")
        values = rows["number"]
        ranges[key] = (float(values.min()), float(values.max()))
        parts.append(
            pd.DataFrame(
                {
                    "what": what,
                    "value": [_plain(v, unit) for v in values],
                    "measure": rows["measure"],
                    "period": rows["period"],
                    "publisher": rows["publisher"],
                    "note": rows["note"].fillna(""),
                }
            )
        )
    return Baseline(pd.concat(parts, ignore_index=True), ranges)


def _plain(value: float, unit: str) -> str:
    return f"£{value:g}bn" if unit == "GBP bn" else f"{value:g} {unit}".strip()


@dataclass(frozen=True, slots=True)
class Targets:
    """Savings published for named hubs, and what was never given to one.

    Parameters
    ----------
    table : DataFrame
        One row a network named in 2017, largest first: network, region, hubs, target_gbp_m (NaN
        where none was published), share_of_target, note.
    national : float
        The national target, GBP m a year.
    plans : DataFrame
        Networks with a local plan beside the national number.
    """

    table: pd.DataFrame
    national: float
    plans: pd.DataFrame

    @property
    def known(self) -> pd.DataFrame:
        """Networks with a published number, zero included."""
        return self.table.dropna(subset=["target_gbp_m"])

    @property
    def allocated(self) -> float:
        """Sum of the published numbers, GBP m."""
        return float(self.known["target_gbp_m"].sum())

    @property
    def unvalidated(self) -> float:
        """Part of it said not to have been validated, GBP m."""
        flagged = self.known["note"].str.contains("not to have been validated", na=False)
        return float(self.known.loc[flagged, "target_gbp_m"].sum())

    @property
    def share(self) -> Estimate:
        """Share of the national target ever published for a named hub."""
        return Estimate(
            min(self.allocated / self.national, 1.0),
            unit="share",
            n=len(self.known),
            label=f"of the {format_value(self.national, 'GBP m')} target was ever published for "
            "a named hub",
        )

    @property
    def unallocated(self) -> float:
        """What has no published allocation, GBP m; never spread over hubs."""
        return max(self.national - self.allocated, 0.0)

    @property
    def concentration(self) -> dict[str, float]:
        """Share of the five largest, and the number of equal hubs that would be as concentrated."""
        values = np.sort(self.known["target_gbp_m"].to_numpy())[::-1]
        shares = values / values.sum()
        return {"top_five": float(shares[:5].sum()), "effective": float(1 / (shares**2).sum())}

    @property
    def bars(self) -> pd.DataFrame:
        """One row a hub with a number, and last what was never allocated."""
        rows = self.known[["network", "target_gbp_m"]]
        rest = pd.DataFrame(
            {"network": ["No named hub (unallocated)"], "target_gbp_m": [self.unallocated]}
        )
        return pd.concat([rows, rest], ignore_index=True)

    @property
    def plans_sentence(self) -> str:
        """Local numbers against national ones in words."""
        if self.plans.empty:
            return "No local figure stands beside a national one in the registers."
        low, high = self.plans["local_low_gbp_m"].sum(), self.plans["local_high_gbp_m"].sum()
        above = self.plans[self.plans["local_low_gbp_m"] > self.plans["target_gbp_m"]]["network"]
        below = self.plans[self.plans["local_high_gbp_m"] < self.plans["target_gbp_m"]]["network"]
        sides = [
            f"{way} for {' and '.join(names)}"
            for way, names in (("above it", above), ("below it", below))
            if len(names)
        ]
        return (
            f"For {len(self.plans)} networks with a national target of "
            f"{format_value(self.plans['target_gbp_m'].sum(), 'GBP m', 1)} together, local figures "
            f"add to between {format_value(low, 'GBP m', 1)} and "
            f"{format_value(high, 'GBP m', 1)}"
            + (f": {', '.join(sides)}, and around it elsewhere." if sides else ".")
        )

    @property
    def sentence(self) -> str:
        """Allocation and concentration in words."""
        missing = self.table[self.table["target_gbp_m"].isna()]["network"]
        none = f" For {', '.join(missing)} no figure was published." if len(missing) else ""
        flagged = (
            f", of which {format_value(self.unvalidated, 'GBP m', 1)} was said not to have been "
            "validated"
            if self.unvalidated
            else ""
        )
        few = self.concentration
        return (
            f"{len(self.known)} named hubs carry {format_value(self.allocated, 'GBP m', 1)} a year"
            f"{flagged}; {format_value(self.unallocated, 'GBP m', 1)} has no published allocation "
            f"and is left blank here. The five largest hold {few['top_five']:.0%} of what was "
            f"allocated: as concentrated as {few['effective']:.1f} equal hubs.{none}"
        )


def targets(settings: Settings) -> Targets:
    """Collect the savings published in 2017 by hub, and the local plans beside them.

    Parameters
    ----------
    settings : Settings
        Its target and the network followed.

    Returns
    -------
    Targets

    Raises
    ------
    ParameterError
        The network followed isn't in the register.
    """
    register = datasets.load("pathology_networks")
    named = register[register["as_of"].str.startswith("2017-09") & register["hub_trusts"].notna()]
    table = pd.DataFrame(
        {
            "network": named["network_name"],
            "region": named["region"],
            "hubs": named["hub_trusts"],
            "target_gbp_m": named["savings_target_gbp_m"],
            "note": named["note"].fillna(""),
        }
    )
    table["share_of_target"] = table["target_gbp_m"] / settings.target_gbp_m
    table = table.sort_values("target_gbp_m", ascending=False, kind="stable", na_position="last")
    table = table.reset_index(drop=True)
    if settings.network and settings.network not in set(register["network_name"].dropna()):
        raise ParameterError(
            "network",
            "is not a name in the register of networks",
            value=settings.network,
            allowed=table["network"],
        )
    return Targets(table, settings.target_gbp_m, _plans(register, table))


def _plans(register: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Set every later or local number for a network beside the one of 2017."""
    later = register[
        ~register["as_of"].str.startswith("2017-09") & register["savings_target_gbp_m"].notna()
    ]
    numbers = published_numbers()
    saving = numbers["measure"].str.contains("saving|cost reduction") & numbers[
        "unit"
    ].str.fullmatch("GBP m(?: per year)?")
    rows = []
    for name, target in zip(table["network"], table["target_gbp_m"], strict=True):
        if not np.isfinite(target):
            continue
        own = later[later["network_name"].str.contains(name, regex=False)]
        local = numbers[saving & (numbers["scope"] == name)].dropna(subset=["number"])
        values = [*own["savings_target_gbp_m"], *local["number"]]
        if values:
            rows.append(
                {
                    "network": name,
                    "target_gbp_m": float(target),
                    "local_low_gbp_m": float(min(values)),
                    "local_high_gbp_m": float(max(values)),
                    "published_by": ", ".join(
                        sorted({*own["publisher"].dropna(), *local["publisher"].dropna()})
                    ),
                }
            )
    return pd.DataFrame(rows)
