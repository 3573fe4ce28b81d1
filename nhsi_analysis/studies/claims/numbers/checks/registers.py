"""The tables as they were on a date, and looking a number up in a register."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from nhsi_analysis import as_at, datasets
from nhsi_analysis.answers.published import interval, is_actual, published_in, published_on
from nhsi_analysis.studies.claims.numbers.checks.model import Claim, Evidence, scale_of, written
from policy_methods.results import Result

REGISTERS = {
    "nhsi_context": "period_end",
    "league_figures": "as_of",
    "cqc_figures": "as_of",
    "agency_annual": "period_end",
    "agency_quarterly": "period_end",
    "agency_monthly": "period_end",
    "agency_national_more": "period",
    "pathology_figures": "period",
    "pathology_programme_facts": "date",
    "sof_special_measures_facts": "date",
}
"""Registers of published numbers, with the column that dates a row."""

_UNDATED = as_at.period_end("")

EVERY_REGISTER = "every register"
"""Name of all registers as one table."""


@dataclass(frozen=True)
class Tables(Result):
    """Access to the tables with nothing published after a day.

    Parameters
    ----------
    until : pandas.Timestamp
        Last day that counts.
    """

    until: pd.Timestamp

    def __getitem__(self, name: str) -> pd.DataFrame:
        """Return a table, without the rows dated later."""
        if name not in self._read:
            self._read[name] = self._known(name)
        return self._read[name]

    @cached_property
    def _read(self) -> dict[str, pd.DataFrame]:
        return {}

    def _known(self, name: str) -> pd.DataFrame:
        if name == EVERY_REGISTER:
            columns = ["measure", "value", "unit", "publisher", "source_title"]
            return pd.concat([self[register][columns] for register in REGISTERS])
        table = datasets.load(name)
        table.attrs = {}
        if self.until == as_at.OPEN_END:
            return table
        if name in REGISTERS:
            dates = table[REGISTERS[name]].map(as_at.period_end, na_action="ignore")
            out = pd.to_datetime(table["source_title"].map(published_on))
            # what neither its period nor its page dates may be of any day
            dated = (dates > _UNDATED) | out.notna()
            return table[dated & ~(dates > self.until) & ~(out > self.until)]
        if name == "pathology_networks":
            return table[table["as_of"].map(as_at.period_end) <= self.until]
        if name == "ae_monthly":
            ends = table["month"] + pd.offsets.MonthEnd(0)
            return table[as_at.published(name, ends) <= self.until]
        if name == "trust_successions":
            return table[table["effective_date"] <= self.until]
        if name == "trust_finance":
            ends = as_at.financial_year_end(table["financial_year"])
            return table[as_at.published(name, ends) <= self.until]
        if name == "cqc_trust_ratings":
            return table[table["snapshot"] <= self.until]
        if name == "trusts":
            return table if self.until >= self.trusts_as_at else table.iloc[:0]
        return table

    @property
    def trusts_as_at(self) -> pd.Timestamp:
        """The end of the month that the list of trusts is of."""
        dated = datasets.load("trusts").attrs["provenance"]["date"]
        return pd.Timestamp(dated) + pd.offsets.MonthEnd(0)

    @property
    def newest(self) -> pd.Timestamp:
        """The newest day that a page bears or that a figure of what happened runs to."""
        days = [self[EVERY_REGISTER]["source_title"].map(published_on)]
        for name, column in REGISTERS.items():
            if "basis" in (table := self[name]):
                days.append(table.loc[is_actual(table["basis"]), column].map(as_at.period_end))
        return pd.Timestamp(max(pd.concat(days).dropna()))

    def rows(self, name: str, where: Mapping[str, str]) -> pd.DataFrame:
        """Return the rows of a register in which every pattern is found in its column.

        Patterns are regular expressions; case is ignored, and dates are matched as ISO text.
        """
        table = self[name]
        keep = pd.Series(True, index=table.index)
        for column, pattern in where.items():
            text = table[column].astype("string").fillna("")
            keep &= text.str.contains(f"(?i){pattern}").to_numpy(dtype=bool)
        found = table[keep]
        found = found.assign(number=pd.to_numeric(found["value"], errors="coerce"))
        return found[found["number"].notna()]

    def accounts(self, financial_year: str) -> pd.DataFrame:
        """Return the trusts' accounts of a year in GBP million: position, cost."""
        table = self["trust_finance"]
        rows = table[table["financial_year"] == financial_year]
        return pd.DataFrame(
            {
                "position": rows["financial_position_gbp_000"] / 1000,
                "cost": rows["operating_cost_gbp_000"].abs() / 1000,
            }
        )


def as_evidence(claim: Claim, row: Mapping[str, object]) -> Evidence | None:
    """Turn a register's row into evidence in the claim's unit; None if the units don't agree."""
    unit = str(row["unit"])
    kind, scale = scale_of(unit)
    wanted, base = scale_of(claim.unit)
    if kind != wanted:
        return None
    value = float(str(row["number"]))
    # a fall given as a negative change is held against a claim of its size
    low, high = sorted(abs(end) for end in interval(value, unit)) if value else (0.0, 0.0)
    factor = scale / base
    month = published_in(str(row["source_title"]))
    # where a copy of the page was found is no reader's concern
    said = f"{str(row['publisher']).partition(' (via')[0]} gives {written(abs(value), unit)}"
    return Evidence(
        abs(value) * factor,
        low * factor,
        high * factor,
        f"{said} ({month or 'undated'})",
        (str(row["publisher"]),),
        computed=False,
        counts=re.sub(r", (low|high|implied)\b", "", str(row["measure"])),
    )
