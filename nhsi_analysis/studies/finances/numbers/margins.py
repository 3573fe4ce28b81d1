"""Margins of a year: how they spread, who carries the deficit, and how groups differ."""

from __future__ import annotations

import pandas as pd

from nhsi_analysis.answers import finances
from nhsi_analysis.studies.finances.numbers.study import UNKNOWN, Study
from nhsi_analysis.studies.finances.settings import ALL
from notebook_reports.evidence.words import FEWEST_FOR_PERCENT
from policy_methods.shares import group_differences, holm


def by_year(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row a year: sums in GBP m; of codes with income, counts and margins' quantiles."""
    grouped, margin = rows.groupby("financial_year"), rows.groupby("financial_year")["margin"]
    position = grouped["position_gbp_m"]
    return pd.DataFrame(
        {
            "codes": margin.count(),
            "position_gbp_m": position.sum(),
            "income_gbp_m": grouped["income_gbp_m"].sum(),
            "in_deficit": margin.agg(lambda each: int((each < 0).sum())),
            "unusual": margin.agg(lambda each: int((each.abs() > finances.UNUSUAL).sum())),
            **{f"q{q}": margin.quantile(q / 100) for q in (10, 25, 50, 75, 90)},
        }
    ).reset_index()


def deficits(study: Study) -> pd.DataFrame:
    """Return the sums of all trusts' accounts beside the sector's published deficits, by year.

    As :func:`by_year`, with ``size`` (the result as a share of income), ``reported`` (below nought
    for a deficit, missing where none is held), ``gap`` (accounts less reported) and ``expected``
    (plans and forecasts in words, missing where none is held).
    """
    found, told = by_year(study.everything), finances.outturns(study.until)
    said = pd.DataFrame({"reported": -told["deficit"], "expected": finances.expected(study.until)})
    found = found.merge(said, "left", left_on="financial_year", right_index=True)
    gap = found["position_gbp_m"] - found["reported"]
    return found.assign(gap=gap, size=found["position_gbp_m"].abs() / found["income_gbp_m"])


def deepest(study: Study) -> tuple[int, int, float] | None:
    """Return how many of all deficits of the year are the deepest, and their share; None of few."""
    position = study.of_year(study.rows)["position_gbp_m"]
    red = position[position < 0]
    many = 20 if len(red) >= 2 * FEWEST_FOR_PERCENT else 10
    share = float(red.nsmallest(many).sum() / red.sum())
    return (many, len(red), share) if len(red) >= FEWEST_FOR_PERCENT else None


def groups(study: Study) -> pd.DataFrame:
    """Return counts by kind of trust and by income, each group's difference, and its chance.

    ``difference`` is of the share in deficit from all others of its sort, with ``low``, ``high``
    and ``pvalue``, ``adjusted`` by Holm over all groups with one; missing where a side has fewer
    than 20 trusts.
    """
    rows, found = study.of_year(study.rows), []
    if study.settings.trust_type in (ALL, "Acute"):
        found.append(rows["kind"].where(rows["kind"] != UNKNOWN))
    if len(rows) >= FEWEST_FOR_PERCENT:
        size = [f"{each} quarter by income" for each in ("Smallest", "Second", "Third", "Largest")]
        found.append(pd.qcut(rows["income_gbp_m"].rank(method="first"), 4, labels=size))
    if not found:
        return pd.DataFrame()
    rows, tables = rows.assign(red=rows["position_gbp_m"] < 0), []
    told = {"trusts": ("red", "size"), "in_deficit": ("red", "sum"), "median": ("margin", "median")}
    for part in found:
        table = rows.groupby(part, observed=True).agg(**told)
        level, least = study.settings.confidence, FEWEST_FOR_PERCENT
        apart = group_differences(table["in_deficit"], table["trusts"], level, least=least).table
        apart = apart[["difference", "low", "high", "pvalue"]]
        tables.append(table.rename_axis("group").reset_index().join(apart))
    every = pd.concat(tables, ignore_index=True)
    seen = every["pvalue"].notna()
    every.loc[seen, "adjusted"] = holm(every.loc[seen, "pvalue"])
    return every
