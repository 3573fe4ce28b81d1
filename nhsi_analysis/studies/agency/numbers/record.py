"""The record by year: what was published under each definition, kept apart."""

from __future__ import annotations

import re

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.studies.agency.numbers import published
from nhsi_analysis.studies.agency.settings import DEFINITIONS, NATIONAL
from notebook_reports.evidence import Estimate, format_published

_SHARES = ("agency share of total pay",)
_GROUP_MEASURES = {
    "nursing": r"agency nurse spend$",
    "medical": r"medical (agency bill|locum spend)$",
    "admin and estates": r"agency spend$",
    "bank": r"bank staff spend$",
}


def _hull(rows: pd.DataFrame, unit: str, label: str) -> Estimate | None:
    """Return the finest number of several with the range from the lowest to the highest."""
    if rows.empty:
        return None
    finest = int((rows["high"] - rows["low"]).to_numpy().argmin())
    kind = "rounding range" if len(rows) == 1 else "range of published figures"
    return Estimate(
        float(rows["mid"].iloc[finest]),
        float(rows["low"].min()),
        float(rows["high"].max()),
        unit=unit,
        n=len(rows),
        label=label,
        kind=kind,
        decimals=2 if unit == "share" else None,
    )


def by_year(register: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
    """Return one row a financial year: levels under each definition, share of pay, plan, ceiling.

    Columns: financial_year, agency, agency_and_contract (Estimates in GBP m: the finest published
    number with the range of all of them), share_of_pay (Estimate), plan_or_ceiling (Estimate in
    GBP m), forecast (range of forecasts published during the year), published (how many).
    """
    years = register[
        register["staff_group"].eq("all")
        & register["period_start"].ge(first)
        & register["period_end"].le(last)
        & register["period_start"].dt.month.eq(4)
        & (register["period_end"] - register["period_start"]).dt.days.between(363, 366)
    ].copy()
    years["year"] = years["period_start"].map(published.financial_year)
    actual = published.is_actual(years["basis"])
    national = years["provider_type"].isin(NATIONAL)
    money = years["unit"].str.startswith("GBP")
    contract = DEFINITIONS["agency and contract"]
    rows = []
    for year, here in years.groupby("year"):
        a, n, m = (mask.loc[here.index] for mask in (actual, national, money))
        level = here[a & n & m & here["measure"].eq("agency spend")]
        wider = here[
            a
            & m
            & here["measure"].isin(contract.measures)
            & here["provider_type"].isin(contract.providers)
        ]
        plan = here[
            m
            & n
            & here["basis"].isin(["plan", "ceiling"])
            & here["measure"].isin(["agency spend", "agency ceiling"])
        ]
        ahead = here[
            n & m & here["measure"].eq("agency spend") & here["basis"].str.contains("forecast")
        ]
        rows.append(
            {
                "financial_year": year,
                "agency": _hull(level, "GBP m", f"agency spending in {year}"),
                "agency_and_contract": _hull(wider, "GBP m", f"agency and contract in {year}"),
                "share_of_pay": _hull(
                    here[a & n & here["measure"].isin(_SHARES)], "share", f"share of pay in {year}"
                ),
                "plan_or_ceiling": _hull(plan, "GBP m", f"plan or ceiling for {year}")
                or _implied_ceiling(here),
                "forecast": _hull(ahead, "GBP m", f"forecasts for {year}"),
                "published": len(here),
            }
        )
    return pd.DataFrame(rows)


def _implied_ceiling(here: pd.DataFrame) -> Estimate | None:
    """Return the ceiling implied by a gap published both in money and per cent."""
    gap = here[here["measure"].eq("agency spend relative to plan/ceiling")]
    money, share = gap[gap["unit"].eq("GBP m")], gap[gap["unit"].eq("per cent")]
    if money.empty or share.empty:
        return None
    corners = [
        float(money[a].iloc[0]) / float(share[b].iloc[0])
        for a in ("low", "high")
        for b in ("low", "high")
    ]
    middle = float(money["mid"].iloc[0]) / float(share["mid"].iloc[0])
    return Estimate(
        middle,
        min(corners),
        max(corners),
        unit="GBP m",
        n=1,
        label="ceiling implied by the gap to it",
        kind="rounding range",
    )


def staff_groups(register: pd.DataFrame) -> pd.DataFrame:
    """Return what is published by staff group, and on bank staff: one number a row.

    Columns: group, financial_year, spend (Estimate, GBP m), basis, providers, source. Groups come
    from different sources with different providers and must not be added up.
    """
    parts = []
    for group, pattern in _GROUP_MEASURES.items():
        rows = register[
            register["staff_group"].eq(group)
            & register["measure"].str.fullmatch(pattern.rstrip("$"))
            & register["unit"].str.startswith("GBP")
            & ~register["provider_type"].str.contains("responding|grossed")
            & register["register"].eq("agency_annual")
        ]
        parts.append(rows.assign(group=group))
    table = pd.concat(parts, ignore_index=True)
    table["financial_year"] = table["period_start"].map(published.financial_year)
    table["spend"] = pd.Series(
        [
            published.reading(row, f"{row['group']} {row['financial_year']}")
            for row in table.to_dict("records")
        ],
        dtype=object,
    )
    table = table.rename(columns={"provider_type": "providers", "source_title": "source"})
    columns = ["group", "financial_year", "spend", "basis", "providers", "source"]
    return table.sort_values(["group", "period_start"])[columns].reset_index(drop=True)


def bank_shift(register: pd.DataFrame) -> pd.DataFrame:
    """Return bank and agency side by side for the years that have both as spent.

    Columns: financial_year, bank, agency (Estimates, GBP m), bank_share (of the two together,
    Estimate), source.
    """
    rows = register[
        register["staff_group"].eq("bank")
        & register["measure"].eq("bank staff spend")
        & register["basis"].isin(["actual", "FOI (Labour)"])
    ]
    levels = register[
        register["measure"].eq("agency spend")
        & register["staff_group"].eq("all")
        & (published.is_actual(register["basis"]) | register["basis"].eq("FOI (Labour)"))
    ]
    keys = ["period_start", "period_end"]
    found = []
    for row in rows.sort_values("period_start").to_dict("records"):
        match = levels[(levels[keys] == [row["period_start"], row["period_end"]]).all(axis=1)]
        if match.empty:
            continue
        agency = match.iloc[int((match["high"] - match["low"]).to_numpy().argmin())]
        year = published.financial_year(row["period_start"])
        share = Estimate(
            row["mid"] / (row["mid"] + agency["mid"]),
            row["low"] / (row["low"] + agency["high"]),
            row["high"] / (row["high"] + agency["low"]),
            unit="share",
            n=1,
            label=f"bank share of bank and agency spending, {year}",
            kind="rounding range",
        )
        found.append(
            {
                "financial_year": year,
                "bank": published.reading(row, f"bank spending in {year}"),
                "agency": published.reading(agency, f"agency spending in {year}"),
                "bank_share": share,
                "source": row["source_title"],
            }
        )
    columns = ["financial_year", "bank", "agency", "bank_share", "source"]
    return pd.DataFrame(found, columns=columns)


def noted_conflicts(register: pd.DataFrame) -> pd.DataFrame:
    """Return the rows whose note holds CONFLICT: period, measure, number, source, note."""
    rows = register[register["note"].fillna("").str.contains("CONFLICT")]
    return pd.DataFrame(
        {
            "period": [
                published.financial_year(r["period_start"])
                if (r["period_end"] - r["period_start"]).days > 360
                else f"{r['period_start']:%b %Y} to {r['period_end']:%b %Y}"
                for r in rows.to_dict("records")
            ],
            "measure": rows["measure"].tolist(),
            "number": [
                format_published(v, u) for v, u in zip(rows["value"], rows["unit"], strict=True)
            ],
            "source": rows["source_title"].tolist(),
            "note": [re.sub(r"\s+", " ", n) for n in rows["note"]],
        }
    )


def shares_of_pay(as_at: str) -> pd.DataFrame:
    """Return the shares of pay in the register that gives periods in words, as published."""
    table = published.known_at(datasets.load("agency_national_more"), as_at, ())
    shares = table[table["measure"].str.contains("share of (?:total )?pay|pay bill", regex=True)]
    return shares[["period", "measure", "value", "unit", "source_title"]].reset_index(drop=True)
