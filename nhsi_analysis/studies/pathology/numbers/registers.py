"""The published numbers on pathology networks, read from the registers with their rivals."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.errors import DataError, ParameterError
from nhsi_analysis.studies.pathology.settings import Settings
from notebook_reports.evidence import Estimate
from policy_methods.results import Result

Range = tuple[float, float]

DELIVERED = "saving delivered by networks so far"
ON_TRACK = "share on track for 2020/21"

_SIZES = {
    "tests": "tests per year",
    "services": "hospitals providing pathology services|individual pathology units to be brought .*"
    "|acute and specialist hospitals whose units join networks",
    "cost": "pathology spend|pathology service cost|pathology cost per year"
    "|annual cost of pathology, (?:low|high)",
    "networks": "proposed networks|proposed hub and spoke networks under .*",
}
AGREED, SIGNED = "networks with formally agreed model", "trusts formally agreed"
ENGAGED = "share of organisations engaged in networking"
MODEL = "share of organisations with agreed local partnership model"
APART = "share of 2017 networks still largely trust-level"
FALL = "fall in average cost per test in trusts using network model"
_PROGRESS = (
    r"(?:networks (?:where|with|without|newly|that)|(?:acute )?trusts (?:formally|not) agreed"
    r"|share of (?:trusts|organisations|2017)|share on track|fall in average cost).*"
)


def published_numbers() -> pd.DataFrame:
    """Return the register of pathology numbers with a numeric column `number` (NaN for text)."""
    table = datasets.load("pathology_figures")
    return table.assign(number=pd.to_numeric(table["value"], errors="coerce"))


def row(table: pd.DataFrame, measure: str, scope: str = "England", period: str = "") -> pd.Series:
    """Return the row of one published number of :func:`published_numbers`, of any period if empty.

    Raises
    ------
    DataError
        No such row, or more than one value.
    """
    rows = table[(table["measure"] == measure) & (table["scope"] == scope)]
    rows = rows[rows["period"] == period] if period else rows
    rows = rows.dropna(subset=["number"])
    if len(set(rows["number"])) != 1:
        rule = f"must hold one value of {measure!r} for {scope!r} {period}".rstrip()
        raise DataError("pathology_figures", rule, value=list(rows["number"]))
    return rows.iloc[0]


def reading(table: pd.DataFrame, measure: str, scope: str = "England", period: str = "") -> float:
    """Return one published number; arguments and errors as in :func:`row`."""
    return float(row(table, measure, scope, period)["number"])


def sizes() -> dict[str, Range]:
    """Return the lowest and highest published size of the service.

    Returns
    -------
    dict of str to (float, float)
        "tests" (bn a year), "services", "cost" (GBP bn a year) and "networks".

    Raises
    ------
    DataError
        The register lacks one of them.
    """
    table = published_numbers()
    england = table[table["scope"] == "England"]
    ranges = {}
    for what, measures in _SIZES.items():
        values = england.loc[england["measure"].str.fullmatch(measures), "number"].dropna()
        if values.empty:
            raise DataError("pathology_figures", f"must hold a figure on {what}")
        ranges[what] = (float(values.min()), float(values.max()))
    return ranges


def progress() -> pd.DataFrame:
    """Return every national figure of the registers on the networks' progress, oldest first.

    Returns
    -------
    DataFrame
        Columns period, measure, value, unit, publisher.
    """
    figures, facts = published_numbers(), datasets.load("pathology_programme_facts")
    england = figures[figures["scope"].eq("England") & figures["measure"].str.fullmatch(_PROGRESS)]
    stages = facts[facts["measure"].str.startswith('networks "')].rename(columns={"date": "period"})
    both = pd.concat([england, stages.assign(measure=stages["measure"].str.replace('"', ""))])
    # "undated (2019-20)" goes where its years do.
    both = both.sort_values(
        "period", key=lambda p: p.str.extract(r"(20[\d-]+)", expand=False), kind="stable"
    )
    return both[["period", "measure", "value", "unit", "publisher"]].reset_index(drop=True)


@dataclass(frozen=True, slots=True)
class Targets(Result):
    """Savings published in September 2017 for named hubs, and what was given to none.

    Parameters
    ----------
    table : DataFrame
        One row a network named in 2017, largest first: network, hubs, target_gbp_m (NaN where none
        was published), unvalidated (bool), local_low_gbp_m and local_high_gbp_m (later or local
        figures; missing where there is none).
    national : float
        The national target of 2017, GBP m a year.
    """

    table: pd.DataFrame
    national: float

    @property
    def known(self) -> pd.DataFrame:
        """Networks with a published number, zero included."""
        return self.table.dropna(subset=["target_gbp_m"])

    @property
    def allocated(self) -> Estimate:
        """Sum of the published numbers."""
        return Estimate(float(self.known["target_gbp_m"].sum()), unit="GBP m", n=len(self.known))


def targets(settings: Settings) -> Targets:
    """Collect the savings published in 2017 by hub, and later or local figures beside them.

    Raises
    ------
    ParameterError
        The network followed isn't in the register.
    """
    register = datasets.load("pathology_networks").rename(
        columns={
            "network_name": "network",
            "hub_trusts": "hubs",
            "savings_target_gbp_m": "target_gbp_m",
        }
    )
    of_2017 = register["as_of"].str.startswith("2017-09")
    named = register[of_2017 & register["hubs"].notna()]
    table = named[["network", "hubs", "target_gbp_m"]].assign(
        unvalidated=named["note"].str.contains("not to have been validated", na=False)
    )
    table = table.sort_values("target_gbp_m", ascending=False, kind="stable", ignore_index=True)
    if settings.network and settings.network not in set(register["network"].dropna()):
        rule = "is not a name in the register of networks"
        raise ParameterError("network", rule, value=settings.network, allowed=table["network"])
    numbers, later = published_numbers(), register[~of_2017]
    yearly = numbers["unit"].str.fullmatch("GBP m(?: per year)?")
    local = numbers[yearly & numbers["measure"].str.contains("saving|cost reduction")]
    for place, name in table["network"].items():
        here = later["network"].str.contains(name, regex=False, na=False)
        both = [*later.loc[here, "target_gbp_m"], *local.loc[local["scope"] == name, "number"]]
        ends = pd.Series(both, dtype=float).agg(["min", "max"]).to_numpy()
        table.loc[place, ["local_low_gbp_m", "local_high_gbp_m"]] = ends
    return Targets(table, reading(numbers, "target saving"))
