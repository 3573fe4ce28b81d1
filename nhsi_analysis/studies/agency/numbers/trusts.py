"""Trust-level spending on agency and external bank staff: shares, their spread and change."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.answers.trusts import short_trust
from nhsi_analysis.as_at import financial_year_end, parse, published
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.ingest.own_accounts import COLUMNS, PLACEHOLDER_SHARE, read_own_accounts
from nhsi_analysis.years import year_bounds
from notebook_reports.evidence import words
from policy_methods.results import Result

NAME = "trust_temporary_staffing"
LABEL = "agency and external bank"
FIRST_PUBLISHED = pd.Timestamp(2023, 3, 31)
"""End of the first year in the shipped table: before it, the table need not be read."""
SAME_TRUST = 0.2
"""Trusts whose staff costs moved further between two years aren't compared: they merged, or one of
the years is a part of one."""


@dataclass(frozen=True, slots=True)
class Trusts(Result):
    """Trusts' spending on agency and external bank staff.

    Parameters
    ----------
    table : DataFrame
        One row a trust and year: financial_year, org_code, org_name, sector, region, spend_gbp_m,
        staff_gbp_m, share (of staff costs). Placeholders are left out.
    excluded, years : DataFrame, tuple of str
        The placeholders: financial_year, org_code, org_name, spend_gbp_m; the years in order.
    own, follow, notes : str, str, tuple of str
        Name of the analyst's file, if it is one, and what was taken for what in it; trust followed.
    """

    table: pd.DataFrame
    excluded: pd.DataFrame
    years: tuple[str, ...]
    own: str
    follow: str
    notes: tuple[str, ...] = ()

    def totals(self) -> pd.DataFrame:
        """Return one row a year: trusts, spend (GBP m), share of staff costs, median trust."""
        years = self.table.groupby("financial_year")
        sums = years[["spend_gbp_m", "staff_gbp_m"]].sum()
        return pd.DataFrame(
            {
                "trusts": years.size(),
                "spend_gbp_m": sums["spend_gbp_m"],
                "share": sums["spend_gbp_m"] / sums["staff_gbp_m"],
                "median_share": years["share"].median(),
            }
        ).reset_index()

    def by(self, column: str) -> pd.DataFrame:
        """Return the latest year by sector or region.

        Columns: the group, trusts, spend_gbp_m, value (share, total over total), low, high
        (middle half of its trusts' shares).
        """
        groups = self.table[self.table["financial_year"] == self.years[-1]].groupby(column)
        sums = groups[["spend_gbp_m", "staff_gbp_m"]].sum()
        table = pd.DataFrame(
            {
                "trusts": groups.size(),
                "spend_gbp_m": sums["spend_gbp_m"],
                "value": sums["spend_gbp_m"] / sums["staff_gbp_m"],
                "low": groups["share"].quantile(0.25),
                "high": groups["share"].quantile(0.75),
            }
        )
        return table.sort_values("value", ascending=False).reset_index()

    def changes(self) -> pd.DataFrame:
        """Return the trusts of the last two years, the largest change of share first.

        Columns: org_code, org_name, sector, region, before, after (shares of staff costs), change
        (of the share), spend_before, spend_after (GBP m), alike (whether staff costs moved by no
        more than SAME_TRUST), merger (what joined the trust or what it joined in these years;
        empty where nothing is recorded). Empty with one year.
        """
        if len(self.years) < 2:
            return pd.DataFrame(columns=["org_code", "org_name", "change", "alike", "merger"])
        first, last = (self.table[self.table["financial_year"] == y] for y in self.years[-2:])
        both = last.merge(first, on="org_code", suffixes=("", "_before"), validate="one_to_one")
        found = both[["org_code", "org_name", "sector", "region"]].assign(
            before=both["share_before"],
            after=both["share"],
            change=both["share"] - both["share_before"],
            spend_before=both["spend_gbp_m_before"],
            spend_after=both["spend_gbp_m"],
            alike=(both["staff_gbp_m"] / both["staff_gbp_m_before"] - 1).abs() <= SAME_TRUST,
            merger=both["org_code"].map(self._mergers()).fillna(""),
        )
        return found.sort_values("change", key=abs, ascending=False, ignore_index=True)

    def in_one_year(self) -> pd.DataFrame:
        """Return the trusts of the last two years that the other lacks.

        Columns: financial_year, org_code, org_name, spend_gbp_m, merger.
        """
        last = self.table[self.table["financial_year"].isin(self.years[-2:])]
        alone = last[~last["org_code"].duplicated(keep=False)]
        columns = ["financial_year", "org_code", "org_name", "spend_gbp_m"]
        return alone[columns].assign(merger=alone["org_code"].map(self._mergers()).fillna(""))

    def _mergers(self) -> dict[str, str]:
        """Return what the register of successions says of trusts during the last two years."""
        rows = datasets.load("trust_successions")
        when = pd.to_datetime(rows["effective_date"])
        begin = year_bounds(self.years[-2])[0] if len(self.years) > 1 else when.max()
        rows = rows[when.between(begin, year_bounds(self.years[-1])[1], inclusive="right")]
        found = {}
        for row in rows.to_dict("records"):
            month = f"{pd.Timestamp(row['effective_date']):%B %Y}"
            found[row["org_code"]] = f"joined {short_trust(row['successor_name'])} in {month}"
            found[row["successor_code"]] = f"joined by {short_trust(row['org_name'])} in {month}"
        return found

    def followed(self) -> pd.DataFrame:
        """Return the followed trust's rows with its rank by share; empty where none is followed.

        Columns: financial_year, org_name, spend_gbp_m, share, rank (1 = lowest share), trusts.
        """
        years = self.table.groupby("financial_year")["share"]
        ranked = self.table.assign(
            rank=years.rank(method="min").astype(int), trusts=years.transform("size")
        )
        columns = ["financial_year", "org_name", "spend_gbp_m", "share", "rank", "trusts"]
        return ranked.loc[ranked["org_code"] == self.follow, columns].reset_index(drop=True)


def read(tac_csv: str = "", trust: str = "", as_at: str = "", region: str = "") -> Trusts | None:
    """Return trusts' spending from the shipped table, or an analyst's own; None if none is left.

    Parameters
    ----------
    tac_csv, trust, region : str
        An analyst's own table, as ``read_own_accounts`` takes it; code to follow; only a region's.
    as_at : str
        ISO date: years that end later are left out.

    Raises
    ------
    DataError
        If the analyst's file breaks a rule, naming row and column.
    ParameterError
        If the trust or the region is in no year of the table; near codes are suggested.
    """
    own = bool(tac_csv)
    if not own and not trust and parse(as_at) < FIRST_PUBLISHED:
        return None
    table, notes = (
        read_own_accounts(Path(tac_csv)) if own else (datasets.load(NAME)[[*COLUMNS]], ())
    )
    if region:
        known = sorted(table["region"].unique())
        table = table[table["region"] == region]
        if table.empty:
            raise ParameterError("region", "has no trust in the table", value=region, allowed=known)
    names = dict(zip(table["org_code"], table["org_name"], strict=True))
    if trust and trust not in names:
        near = words.near_units(trust, names)
        raise ParameterError("trust", "is not in the table of trusts", value=trust, near=near)
    table = table.assign(
        spend_gbp_m=table["agency_plus_external_bank_gbp"].astype(float) / 1e6,
        staff_gbp_m=table["staff_costs_gbp"].astype(float) / 1e6,
    )
    table["share"] = table["spend_gbp_m"] / table["staff_gbp_m"]
    year_end = financial_year_end(table["financial_year"])
    # an analyst's own amounts are known when the year is over, the shipped ones once published
    table = table[(year_end if own else published(NAME, year_end)) <= parse(as_at)]
    table = table.drop(columns=["agency_plus_external_bank_gbp", "staff_costs_gbp"])
    table = table.sort_values(["financial_year", "org_code"], ignore_index=True)
    placeholder = table["share"] < PLACEHOLDER_SHARE
    if placeholder.all():
        return None
    excluded = ["financial_year", "org_code", "org_name", "spend_gbp_m"]
    return Trusts(
        table=table[~placeholder].reset_index(drop=True),
        excluded=table.loc[placeholder, excluded],
        years=tuple(sorted(table.loc[~placeholder, "financial_year"].unique())),
        own=Path(tac_csv).name if own else "",
        follow=trust,
        notes=notes,
    )
