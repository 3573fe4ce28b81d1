"""Trust-level spending on agency and external bank staff: shares, spread, change, a funnel."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from nhsi_analysis import datasets
from nhsi_analysis.as_at import financial_year_end, parse, published
from nhsi_analysis.errors import DataError, ParameterError
from nhsi_analysis.years import FINANCIAL_YEAR, consecutive
from notebook_reports.evidence import Estimate, words
from policy_methods.funnel import FunnelResult, funnel_normal

NAME = "trust_temporary_staffing"
LABEL = "agency and external bank"
CAPPED_MEAN = float(stats.chi2.cdf(stats.chi2.ppf(0.95, 1), 3) + 0.05 * stats.chi2.ppf(0.95, 1))
"""Mean of a squared normal capped at its 95th percentile, by which capping is put right."""
COLUMNS = {
    "financial_year": "financial year such as 2022/23",
    "org_code": "ODS code, text",
    "org_name": "name",
    "sector": "type of trust",
    "region": "region",
    "agency_plus_external_bank_gbp": "pounds",
    "staff_costs_gbp": "pounds",
}
"""Columns an analyst's own table must have; others are ignored."""
FIRST_PUBLISHED = pd.Timestamp(2023, 3, 31)
"""End of the first year in the shipped table: before it, the table need not be read."""
PLACEHOLDER_SHARE = 1e-4
"""Spending below this share of staff costs is taken as a placeholder, not an amount spent."""

TINY_SHARE = 1e-3
"""No trust in the shipped table spends less; a share below may be an amount in thousands."""
STAFF_COSTS = (5e6, 1e10)
"""Staff costs of a trust in pounds: the shipped table has £21m to £1.7bn."""
OFF_BY = 50
"""A trust's amounts differ less between years: a slip of units is of a hundred or more."""
IN_POUNDS = "Give every amount in pounds, not in pence, thousands or millions"


def _own(path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Read an analyst's own table, checked cell by cell; and what was taken for what."""
    # The readers take half a second to import: a report without an own table is spared it.
    from nhsi_analysis.ingest.own import read_own

    own = read_own(path, tuple(COLUMNS), key=("financial_year", "org_code"))
    missing = next((c for c in COLUMNS if c not in own.cells), None)
    if missing is not None:
        raise DataError(
            own.file,
            "column is missing",
            column=missing,
            remedy="A table of trusts' own figures has " + ", ".join(COLUMNS),
        )
    table = own.cells[list(COLUMNS)].copy()
    for column in COLUMNS:
        own.refuse("must not be empty", table[column] == "", column)
    years = table["financial_year"]
    wrong = ~(years.str.fullmatch(FINANCIAL_YEAR) & consecutive(years))
    own.refuse("must be a financial year such as 2022/23", wrong, "financial_year")
    spend, staff = "agency_plus_external_bank_gbp", "staff_costs_gbp"
    rule = "must be an amount in pounds, not negative"
    for column in (spend, staff):
        numbers = own.numbers(column, rule, thousands=True)
        wrong = numbers.values.isna() | (numbers.values < 0) | numbers.percent
        own.refuse(rule, wrong, column)
        table[column] = numbers.values
    own.refuse("must be above 0", table[staff] <= 0, staff)
    own.refuse("must not be more than staff_costs_gbp", table[spend] > table[staff], spend)
    low, high = STAFF_COSTS
    own.refuse(
        f"no trust has such staff costs: in pounds they are £{low / 1e6:,.0f}m to "
        f"£{high / 1e9:,.0f}bn a year",
        ~table[staff].between(low, high),
        staff,
        remedy=IN_POUNDS,
    )
    share = table[spend] / table[staff]
    spent = share >= PLACEHOLDER_SHARE
    for column, there in ((staff, share >= 0), (spend, spent)):
        least = table[column].where(there).groupby(table["org_code"]).transform("min")
        own.refuse(
            f"must be less than {OFF_BY} times what the trust has in another year",
            there & (table[column] >= OFF_BY * least),
            column,
            remedy=IN_POUNDS,
        )
    own.refuse(
        "must be on the scale of staff_costs_gbp: most rows are below 0.1% of them",
        (table[spend] > 0) & (share.median() < TINY_SHARE),
        spend,
        remedy=IN_POUNDS,
    )
    tiny = table[spent & (share < TINY_SHARE)]
    if tiny.empty:
        return table, own.notes
    named = ", ".join(f"{code} (row {row})" for row, code in tiny["org_code"].head(5).items())
    more = " and others" if len(tiny) > 5 else ""
    return table, (*own.notes, f"Spending below 0.1% of staff costs, kept: {named}{more}.")


@dataclass(frozen=True, slots=True)
class Trusts:
    """Trusts' spending on agency and external bank staff.

    Parameters
    ----------
    table : DataFrame
        One row a trust and year: financial_year, org_code, org_name, sector, region, spend_gbp_m,
        staff_gbp_m, share (of staff costs), placeholder (bool).
    excluded : DataFrame
        Placeholder rows, left out of everything else.
    years : tuple of str
    origin : str
        "the shipped table" or the name of the analyst's file.
    source : str
        What to cite under a chart.
    follow : str
        Trust to follow; empty for none.
    notes : tuple of str
        What was taken for what in the analyst's file, in sentences.
    """

    table: pd.DataFrame
    excluded: pd.DataFrame
    years: tuple[str, ...]
    origin: str
    source: str
    follow: str
    notes: tuple[str, ...] = ()

    @property
    def kept(self) -> pd.DataFrame:
        """Rows without the placeholders."""
        return self.table[~self.table["placeholder"]]

    def totals(self) -> pd.DataFrame:
        """Return one row a year: trusts, spend (GBP m), share of staff costs, median trust."""
        rows = []
        for year, here in self.kept.groupby("financial_year"):
            rows.append(
                {
                    "financial_year": year,
                    "trusts": len(here),
                    "spend_gbp_m": float(here["spend_gbp_m"].sum()),
                    "share": float(here["spend_gbp_m"].sum() / here["staff_gbp_m"].sum()),
                    "median_share": float(here["share"].median()),
                }
            )
        return pd.DataFrame(rows)

    def by(self, column: str) -> pd.DataFrame:
        """Return the latest year by sector or region.

        Columns: the group, trusts, spend_gbp_m, share (total over total), low, high (middle half
        of its trusts' shares).
        """
        here = self.kept[self.kept["financial_year"] == self.years[-1]]
        rows = []
        for group, part in here.groupby(column):
            quarter, three = part["share"].quantile([0.25, 0.75])
            rows.append(
                {
                    column: group,
                    "trusts": len(part),
                    "spend_gbp_m": float(part["spend_gbp_m"].sum()),
                    "share": float(part["spend_gbp_m"].sum() / part["staff_gbp_m"].sum()),
                    "low": float(quarter),
                    "high": float(three),
                }
            )
        return pd.DataFrame(rows).sort_values("share", ascending=False, ignore_index=True)

    def concentration(self) -> pd.DataFrame:
        """Return one row a trust, largest spender first, with cumulative shares.

        Columns: rank, org_code, org_name, spend_gbp_m, cumulative_spend_share,
        cumulative_staff_share.
        """
        here = self.kept[self.kept["financial_year"] == self.years[-1]]
        here = here.sort_values("spend_gbp_m", ascending=False, ignore_index=True)
        return here.assign(
            rank=np.arange(1, len(here) + 1),
            cumulative_spend_share=here["spend_gbp_m"].cumsum() / here["spend_gbp_m"].sum(),
            cumulative_staff_share=here["staff_gbp_m"].cumsum() / here["staff_gbp_m"].sum(),
        )[
            [
                "rank",
                "org_code",
                "org_name",
                "spend_gbp_m",
                "cumulative_spend_share",
                "cumulative_staff_share",
            ]
        ]

    def half_of_spending(self) -> Estimate:
        """Return how many trusts make half of the spending."""
        table = self.concentration()
        n = int((table["cumulative_spend_share"] < 0.5).sum()) + 1
        return Estimate(
            n, unit="trusts", n=len(table), label="trusts that make half of the spending"
        )

    def changes(self) -> pd.DataFrame:
        """Return trusts found in the last two years, the largest change first.

        Columns: org_code, org_name, sector, region, before, after, change (GBP m), share_change
        (of staff costs, as a share). Empty with one year.
        """
        columns = [
            "org_code",
            "org_name",
            "sector",
            "region",
            "before",
            "after",
            "change",
            "share_change",
        ]
        if len(self.years) < 2:
            return pd.DataFrame(columns=columns)
        first, last = (
            self.kept[self.kept["financial_year"] == year].set_index("org_code")
            for year in self.years[-2:]
        )
        both = last.join(first[["spend_gbp_m", "share"]].add_suffix("_before"), how="inner")
        both = both.assign(
            before=both["spend_gbp_m_before"],
            after=both["spend_gbp_m"],
            change=both["spend_gbp_m"] - both["spend_gbp_m_before"],
            share_change=both["share"] - both["share_before"],
        )
        order = both["change"].abs().sort_values(ascending=False).index
        return both.loc[order].reset_index()[columns]

    def funnel(self, confidence: float) -> FunnelResult | None:
        """Compare trusts' shares with the national one, allowing for the wobble between years.

        A share of money has no sampling error. What a single year says of a trust is blurred by
        its own movement from year to year: the variance of change between the two years, halved,
        falls with the size of the trust as a + b / staff costs (weighted least squares on squared
        change, capped at its 95th percentile and corrected for that). Limits at `confidence`
        and 99.8%. None with one year.
        """
        moved = self.changes()
        if len(moved) < 20:
            return None
        here = self.kept[self.kept["financial_year"] == self.years[-1]]
        here = here.sort_values("org_code", ignore_index=True)
        size = moved.merge(here[["org_code", "staff_gbp_m"]], on="org_code", validate="one_to_one")
        centred = moved["share_change"] - moved["share_change"].median()
        half = (centred**2 / 2).to_numpy()
        before = _variance(half, size["staff_gbp_m"].to_numpy(), np.full(len(half), half.mean()))
        # one wild trust must not set everyone's limits: cap what lies beyond its size's share
        ratio = half / before
        capped = np.minimum(ratio, np.quantile(ratio, 0.95)) * before / CAPPED_MEAN
        own = size["staff_gbp_m"].to_numpy()
        variance = _variance(capped, own, before, here["staff_gbp_m"].to_numpy())
        total = float(here["spend_gbp_m"].sum() / here["staff_gbp_m"].sum())
        levels = tuple(sorted({confidence, 0.998}))
        return funnel_normal(
            here["share"].to_numpy(),
            np.sqrt(variance),
            levels=levels,
            target=total,
            units=here["org_code"].tolist(),
        )

    def followed(self) -> pd.DataFrame:
        """Return the followed trust's rows with its rank by share; empty where none is followed.

        Columns: financial_year, org_name, spend_gbp_m, share, rank (1 = lowest share), trusts.
        """
        kept = self.kept
        ranked = kept.assign(
            rank=kept.groupby("financial_year")["share"].rank(method="min").astype(int),
            trusts=kept.groupby("financial_year")["share"].transform("size"),
        )
        rows = ranked[ranked["org_code"] == self.follow]
        columns = ["financial_year", "org_name", "spend_gbp_m", "share", "rank", "trusts"]
        return rows[columns].reset_index(drop=True)


def _variance(
    squares: np.ndarray, size: np.ndarray, prior: np.ndarray, at: np.ndarray | None = None
) -> np.ndarray:
    """Fit a variance a + b / size to squares, weighted by a prior fit; not below a tenth of it."""
    weight = 1 / prior
    x = np.column_stack([np.ones(len(size)), 1 / size])
    a, b = np.linalg.lstsq(x * weight[:, None], squares * weight, rcond=None)[0]
    fitted = a + b / (size if at is None else at)
    return np.asarray(np.maximum(fitted, squares.mean() / 10))


def read(tac_csv: str = "", trust: str = "", as_at: str = "") -> Trusts | None:
    """Return trusts' spending from the shipped table, or an analyst's own.

    Parameters
    ----------
    tac_csv : str
        Path of an analyst's own table (text, see :func:`nhsi_analysis.ingest.own.read_own`) with
        the columns in COLUMNS, amounts in pounds; empty for the shipped table.
    trust : str
        ODS code to follow; empty for none.
    as_at : str
        ISO date: years that end later are left out; None where nothing is left.

    Raises
    ------
    DataError
        If the analyst's file breaks a rule, naming row and column.
    ParameterError
        If the trust is in no year of the table; near codes are suggested.
    """
    own = bool(tac_csv)
    if not own and not trust and parse(as_at) < FIRST_PUBLISHED:
        return None
    table, notes = _own(Path(tac_csv)) if own else (datasets.load(NAME)[list(COLUMNS)], ())
    origin = Path(tac_csv).name if own else "the shipped table"
    table = table.assign(
        spend_gbp_m=table["agency_plus_external_bank_gbp"].astype(float) / 1e6,
        staff_gbp_m=table["staff_costs_gbp"].astype(float) / 1e6,
    )
    _check_trust(trust, table)
    table["share"] = table["spend_gbp_m"] / table["staff_gbp_m"]
    table["placeholder"] = table["share"] < PLACEHOLDER_SHARE
    year_end = financial_year_end(table["financial_year"])
    # an analyst's own amounts are known when the year is over, the shipped ones once published
    table = table[(year_end if own else published(NAME, year_end)) <= parse(as_at)]
    table = table.sort_values(["financial_year", "org_code"], ignore_index=True)
    if table["placeholder"].all():
        return None
    excluded = ["financial_year", "org_code", "org_name", "spend_gbp_m"]
    return Trusts(
        table=table.drop(columns=["agency_plus_external_bank_gbp", "staff_costs_gbp"]),
        excluded=table.loc[table["placeholder"], excluded],
        years=tuple(sorted(table.loc[~table["placeholder"], "financial_year"].unique())),
        origin=origin,
        source=f"{origin}, an analyst's own figures" if own else NAME,
        follow=trust,
        notes=notes,
    )


def _check_trust(trust: str, table: pd.DataFrame) -> None:
    codes = sorted(table["org_code"].unique())
    if trust and trust not in codes:
        near = words.near(trust, codes) or codes[:5]
        raise ParameterError("trust", "is not in the table of trusts", value=trust, allowed=near)
