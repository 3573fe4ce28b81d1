"""The record by year: what was published under each definition, kept apart, and who disagrees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from nhsi_analysis.answers.published import is_actual
from nhsi_analysis.studies.agency.numbers import published
from nhsi_analysis.studies.agency.numbers.scope import Scope
from nhsi_analysis.studies.agency.settings import DEFINITIONS, NATIONAL, NURSING, Definition
from nhsi_analysis.years import year_bounds
from notebook_reports.evidence import Estimate

SPEND = "agency spend"
PAIRS = "range over published pairs"
"""Kind of an interval from every pair of the figures published on two years."""
_GROUPS = {
    "nursing": ("agency nurse spend",),
    "medical": ("medical agency bill", "medical locum spend"),
    "admin and estates": (SPEND,),
    "bank": ("bank staff spend",),
}


def _finest(rows: pd.DataFrame) -> pd.Series:
    return rows.iloc[int((rows["high"] - rows["low"]).to_numpy().argmin())]


def _hull(rows: pd.DataFrame, unit: str, label: str) -> Estimate | None:
    """Return the finest number of several with the range from the lowest to the highest."""
    if rows.empty:
        return None
    kind = "rounding range" if len(rows) == 1 else "range of published figures"
    low, high = float(rows["low"].min()), float(rows["high"].max())
    return Estimate(
        float(_finest(rows)["mid"]), low, high, unit=unit, n=len(rows), label=label, kind=kind
    )


def _yearly(register: pd.DataFrame) -> pd.DataFrame:
    """Return the rows on whole financial years, with the year."""
    begin, end = register["period_start"], register["period_end"]
    whole = begin.dt.month.eq(4) & (end - begin).dt.days.between(363, 366)
    rows: pd.DataFrame = register[whole]
    return rows.assign(year=begin[whole].map(published.financial_year))


def _levels(register: pd.DataFrame, chosen: Definition) -> pd.DataFrame:
    """Return the rows that state a definition's spending in a whole year."""
    rows = _yearly(register)
    return rows[
        is_actual(rows["basis"])
        & rows["staff_group"].eq("nursing" if chosen is NURSING else "all")
        & rows["unit"].str.startswith("GBP")
        & rows["measure"].isin(chosen.measures)
        & rows["provider_type"].isin(chosen.providers)
    ]


def levels(register: pd.DataFrame, chosen: Definition) -> dict[str, Estimate]:
    """Return a definition's spending by financial year in GBP m: the finest, with all its rivals.

    Parameters
    ----------
    register : DataFrame
        As :func:`published.read_register` gives it.
    chosen : Definition
    """
    found = {}
    for year, rows in _levels(register, chosen).groupby("year"):
        level = _hull(rows, "GBP m", f"{chosen.words} in {year}")
        if level is not None:
            found[str(year)] = level
    return found


@dataclass(frozen=True, slots=True)
class Fall:
    """How far spending fell between two published years.

    Parameters
    ----------
    share : Estimate
        The fall as a share, negative for a rise: by the finest figures, with the range over every
        pair of published ones.
    first, last : str
        The financial years.
    before, after : Estimate
        Spending in them, GBP m in the chosen prices.
    """

    share: Estimate
    first: str
    last: str
    before: Estimate
    after: Estimate


def fall(scope: Scope) -> Fall | None:
    """Return the fall since 2015/16 (or the first year) to the last year published on.

    None with fewer than two years.
    """
    found = {
        year: level
        for year, level in levels(scope.register, scope.settings.definition).items()
        if scope.settings.first_year <= year <= scope.settings.last_year
    }
    if len(found) < 2:
        return None
    last = max(found)
    first = "2015/16" if "2015/16" in found and last > "2015/16" else min(found)
    before, after = (_in_prices(found[year], year, scope.deflator) for year in (first, last))
    ends = (1 - _high(after) / _low(before), 1 - _low(after) / _high(before))
    share = Estimate(
        1 - after.value / before.value,
        *ends,
        unit="share",
        n=(before.n or 0) * (after.n or 0),
        label=f"fall in {scope.what} from {first} to {last}",
        kind=PAIRS,
        decimals=0,
        as_at=f"{year_bounds(last)[1]:%Y-%m-%d}",
    )
    return Fall(share, first, last, before, after)


def _low(estimate: Estimate) -> float:
    return estimate.value if estimate.low is None else estimate.low


def _high(estimate: Estimate) -> float:
    return estimate.value if estimate.high is None else estimate.high


def _in_prices(level: Estimate, year: str, deflator: pd.Series) -> Estimate:
    begin, end = year_bounds(year)
    factor = float(deflator.loc[begin:end].mean())
    ends = (_low(level) * factor, _high(level) * factor)
    return Estimate(level.value * factor, *ends, "GBP m", level.n, level.label, kind=level.kind)


def by_year(register: pd.DataFrame, first: str, last: str, *, nurses: bool = False) -> pd.DataFrame:
    """Return one row a financial year: levels under each definition, share of pay, plan, forecast.

    Columns: financial_year, agency, agency_and_contract, agency_nurses (Estimates in GBP m: the
    finest published number with the range of all of them), share_of_pay (Estimate),
    plan_or_ceiling (Estimate in GBP m), forecast (range of forecasts published during the year).
    With `nurses`, what was published on them alone.
    """
    chosen = [NURSING] if nurses else list(DEFINITIONS.values())
    kept = {one.name.replace(" ", "_"): levels(register, one) for one in chosen}
    years = _yearly(register[register["staff_group"].eq("nursing" if nurses else "all")])
    years = years[years["year"].between(first, last)]
    national = years["provider_type"].isin(NATIONAL)
    money = years["unit"].str.startswith("GBP")
    actual, spend = is_actual(years["basis"]), years["measure"].eq(SPEND)
    planned = years["measure"].isin([SPEND, "agency ceiling"])
    kinds = {
        "share_of_pay": ("share", actual & years["measure"].eq("agency share of total pay")),
        "plan_or_ceiling": ("GBP m", money & planned & years["basis"].isin(["plan", "ceiling"])),
        "forecast": ("GBP m", money & spend & years["basis"].str.contains("forecast")),
    }
    rows = []
    for year, here in years.groupby("year"):
        row: dict[str, Any] = {"financial_year": str(year)}
        row |= {name: by_year.get(str(year)) for name, by_year in kept.items()}
        for column, (unit, mask) in kinds.items():
            label = f"{column.replace('_', ' ')} in {year}"
            row[column] = _hull(here[(mask & national).loc[here.index]], unit, label)
        row["plan_or_ceiling"] = row["plan_or_ceiling"] or _implied_ceiling(here)
        rows.append(row)
    names = [one.name.replace(" ", "_") for one in (*DEFINITIONS.values(), NURSING)]
    return pd.DataFrame(rows, columns=["financial_year", *names, *kinds], dtype=object)


def _implied_ceiling(here: pd.DataFrame) -> Estimate | None:
    """Return the ceiling implied by a gap published both in money and per cent."""
    gap = here[here["measure"].eq("agency spend relative to plan/ceiling")]
    money, share = gap[gap["unit"].eq("GBP m")], gap[gap["unit"].eq("per cent")]
    if money.empty or share.empty:
        return None
    own, part = money.iloc[0], share.iloc[0]
    corners = [float(own[a]) / float(part[b]) for a in ("low", "high") for b in ("low", "high")]
    return Estimate(
        float(own["mid"]) / float(part["mid"]),
        min(corners),
        max(corners),
        unit="GBP m",
        n=1,
        label="ceiling implied by the gap to it",
        kind="rounding range",
    )


def staff_groups(register: pd.DataFrame) -> pd.DataFrame:
    """Return what is published by staff group, and on bank staff: one number a row.

    Columns: group, financial_year, spend (Estimate, GBP m), publisher. Groups come from different
    sources with different providers and must not be added up.
    """
    parts = [
        register[
            register["staff_group"].eq(group)
            & register["measure"].isin(measures)
            & register["unit"].str.startswith("GBP")
            & ~register["provider_type"].str.contains("responding|grossed")
            & register["register"].eq("agency_annual")
        ].assign(group=group)
        for group, measures in _GROUPS.items()
    ]
    table = pd.concat(parts).sort_values(["group", "period_start"], ignore_index=True)
    return pd.DataFrame(
        {
            "group": table["group"],
            "financial_year": [published.financial_year(d) for d in table["period_start"]],
            "spend": pd.Series(
                [published.reading(row, row["group"]) for row in table.to_dict("records")],
                dtype=object,
            ),
            "publisher": table["publisher"],
        }
    )


def bank_shift(register: pd.DataFrame) -> pd.DataFrame:
    """Return bank and agency side by side for the years that have both as spent.

    Columns: financial_year, bank, agency (GBP m), bank_share (of the two together), publisher.
    """
    spent = is_actual(register["basis"]) | register["basis"].eq("FOI (Labour)")
    rows = register[spent & register["measure"].eq("bank staff spend")]
    agency = _yearly(register[spent & register["staff_group"].eq("all")])
    agency = agency[agency["measure"].eq(SPEND)]
    found = []
    for year, here in _yearly(rows).sort_values("period_start").groupby("year"):
        beside = agency[agency["year"] == year]
        if beside.empty:
            continue
        bank, other = _finest(here), float(_finest(beside)["mid"])
        found.append(
            {
                "financial_year": str(year),
                "bank": float(bank["mid"]),
                "agency": other,
                "bank_share": float(bank["mid"]) / (float(bank["mid"]) + other),
                "publisher": bank["publisher"],
            }
        )
    columns = ["financial_year", "bank", "agency", "bank_share", "publisher"]
    return pd.DataFrame(found, columns=columns)


def disagreements(register: pd.DataFrame) -> pd.DataFrame:
    """Return the figures on one thing that can't both be true within their rounding.

    Each is held against the finest published on the same quantity and year. Columns: quantity,
    financial_year, unit, value, publisher, published, rival, rival_publisher, rival_published,
    apart (between the two values).
    """
    years = _yearly(register)
    actual = is_actual(years["basis"]) & years["staff_group"].eq("all")
    shares = actual & years["measure"].eq("agency share of total pay")
    parts = {
        "agency spending": _levels(register, DEFINITIONS["agency"]),
        "agency and contract spending": _levels(register, DEFINITIONS["agency and contract"]),
        "agency share of pay": years[shares & years["provider_type"].isin(NATIONAL)],
    }
    found: list[dict[str, Any]] = []
    for quantity, rows in parts.items():
        for year, here in rows.groupby("year"):
            found += _rivals(here, {"quantity": quantity, "financial_year": str(year)})
    columns = ["quantity", "financial_year", "unit", "value", "publisher", "published"]
    columns += ["rival", "rival_publisher", "rival_published", "apart"]
    return pd.DataFrame(found, columns=columns)


def _rivals(here: pd.DataFrame, about: Mapping[str, str]) -> list[dict[str, Any]]:
    best = _finest(here)
    apart = here[(here["low"] > best["high"]) | (here["high"] < best["low"])]
    return [
        {
            **about,
            "unit": "GBP m" if row["unit"].startswith("GBP") else "share",
            "value": best["mid"],
            "publisher": best["publisher"],
            "published": best["published"],
            "rival": row["mid"],
            "rival_publisher": row["publisher"],
            "rival_published": row["published"],
            "apart": abs(row["mid"] - best["mid"]),
        }
        for row in apart.drop_duplicates(["mid", "publisher"]).to_dict("records")
    ]
