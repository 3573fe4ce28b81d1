"""Margins of a year: how they spread, who carries the deficit, and how groups differ."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nhsi_analysis import datasets, years
from nhsi_analysis.answers import finances
from nhsi_analysis.studies.finances.numbers.study import UNKNOWN, Study
from nhsi_analysis.studies.finances.settings import ALL
from notebook_reports.evidence.words import FEWEST_FOR_PERCENT
from policy_methods.shares import group_differences, holm

SIZES = ("smallest quarter", "second quarter", "third quarter", "largest quarter")


def by_year(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row a year: codes, sums in GBP m, trusts in deficit and quantiles of margins."""
    grouped, margin = rows.groupby("financial_year"), rows.groupby("financial_year")["margin"]
    position = grouped["position_gbp_m"]
    return pd.DataFrame(
        {
            "codes": grouped.size(),
            "trusts": margin.count(),
            "position_gbp_m": position.sum(),
            "income_gbp_m": grouped["income_gbp_m"].sum(),
            "in_deficit": position.agg(lambda each: int((each < 0).sum())),
            "deficits_gbp_m": -position.agg(lambda each: each[each < 0].sum()),
            "unusual": margin.agg(lambda each: int((each.abs() > finances.UNUSUAL).sum())),
            **{f"q{q}": margin.quantile(q / 100) for q in (10, 25, 50, 75, 90)},
        }
    ).reset_index()


def real_terms(found: pd.DataFrame) -> pd.Series:
    """Return the positions by year in prices of the newest one, by the GDP deflator's year means.

    Missing where the deflator doesn't hold all four quarters of a year.
    """
    index = datasets.load("gdp_deflator_quarterly")
    year = index["quarter_start"].map(years.of)
    grouped = index.groupby(year)["gdp_deflator_2022_100"]
    price = found["financial_year"].map(grouped.mean()[grouped.size() == 4])
    real: pd.Series = found["position_gbp_m"] * price.iloc[-1] / price
    return real


def concentration(rows: pd.DataFrame, year: str) -> pd.DataFrame:
    """Return the share of all deficits of a year that its deepest ones make up, by their number."""
    position = rows.loc[rows["financial_year"] == year, "position_gbp_m"]
    deficits = np.sort(position[position < 0].to_numpy())
    return pd.DataFrame(
        {"deepest": np.arange(1, len(deficits) + 1), year: deficits.cumsum() / deficits.sum()}
    )


def grouped(study: Study) -> pd.DataFrame:
    """Return the trusts of the year with the groups they count in: ``kind``, ``group``."""
    rows = study.of_year(study.rows)
    size = pd.qcut(rows["income_gbp_m"].rank(method="first"), len(SIZES), labels=list(SIZES))
    enough = len(rows) >= FEWEST_FOR_PERCENT
    parts = [rows.assign(kind="Income", group=size.astype(str))] if enough else []
    if study.settings.trust_type in (ALL, "Acute"):
        parts.insert(0, rows.assign(kind="Kind of trust", group=rows["kind"]))
    return pd.concat(parts, ignore_index=True) if parts else rows.iloc[:0].assign(kind="", group="")


def groups(study: Study) -> pd.DataFrame:
    """Return counts by kind of trust and by income, each group's difference, and its chance.

    Returns
    -------
    DataFrame
        ``kind``, ``group``, ``trusts``, ``in_deficit``, ``position_gbp_m``, ``median``;
        ``difference`` of the share in deficit from all others of its kind together, with ``low``,
        ``high`` and the ``chance`` of so uneven counts, ``adjusted`` by Holm over all groups with
        one; missing where a side has fewer than 20 trusts.
    """
    rows = grouped(study)
    rows = rows[rows["group"] != UNKNOWN]
    if rows.empty:
        return pd.DataFrame()
    order = rows["group"].map({size: i for i, size in enumerate(SIZES)}).fillna(-1)
    found = (
        rows.assign(order=order, red=rows["position_gbp_m"] < 0)
        .groupby(["kind", "order", "group"], sort=True)
        .agg(
            trusts=("red", "size"),
            in_deficit=("red", "sum"),
            position_gbp_m=("position_gbp_m", "sum"),
            median=("margin", "median"),
        )
        .reset_index()
        .sort_values(["kind", "order"], ascending=[False, True], ignore_index=True)
    )
    apart = []
    for _, part in found.groupby("kind", sort=False):
        if len(part) > 1:
            compared = group_differences(
                part["in_deficit"],
                part["trusts"],
                study.settings.confidence,
                least=FEWEST_FOR_PERCENT,
            )
            wanted = compared.table[["difference", "low", "high", "pvalue"]]
            apart.append(wanted.set_index(part.index))
    found = found.drop(columns="order").join(pd.concat(apart)) if apart else found
    tested = found["pvalue"].notna()
    found.loc[tested, "adjusted"] = holm(found.loc[tested, "pvalue"]) if tested.any() else np.nan
    return found.rename(columns={"pvalue": "chance"})


def deepest(shares: pd.DataFrame) -> tuple[int, float]:
    """Return a number of the deepest deficits and their share: 20, or 10 of fewer than 40."""
    many = 20 if len(shares) >= 40 else 10
    return many, float(shares.iloc[:, 1].to_numpy()[many - 1])
