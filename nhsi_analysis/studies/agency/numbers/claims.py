"""The published claims on agency spending, each recomputed with its range and given a verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.as_at import parse
from nhsi_analysis.studies.agency.numbers import published
from nhsi_analysis.studies.agency.numbers.effects import Effect
from nhsi_analysis.studies.agency.settings import NATIONAL
from nhsi_analysis.years import year_bounds
from notebook_reports.evidence import Estimate, words
from policy_methods.reconstruct import Reconstruction

Interval = tuple[float, float]
VERDICTS = ("holds", "partly holds", "doesn't hold", "can't be told")
YEARS = ("2015/16", "2016/17", "2017/18")


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim beside what the published numbers say.

    Parameters
    ----------
    key, words, source : str
        Stable name; the claim in words; who made it.
    claimed : Estimate
        With the interval its rounding stands for.
    recomputed : Estimate
        Ours, with its interval.
    widest : Estimate
        The range over every rival number or way of counting.
    verdict : str
        One of VERDICTS.
    until : Timestamp, optional
        Month by which a saving was claimed; None for a claim that is no saving.
    """

    key: str
    words: str
    source: str
    claimed: Estimate
    recomputed: Estimate
    widest: Estimate
    verdict: str
    until: pd.Timestamp | None = None


def verdict(claimed: Interval, found: Interval, widest: Interval) -> str:
    """Judge a claim from three intervals.

    "holds": the claim's rounding interval meets ours. "partly holds": it meets only the widest
    range, or ours points the same way and is within a half of it. "can't be told": our interval
    holds nought and is wider than twice the claim. Otherwise "doesn't hold".

    Examples
    --------
    >>> verdict((32.8, 33.8), (33.6, 33.8), (31, 36))
    'holds'
    >>> verdict((515, 525), (527.5, 528.5), (450, 600))
    'partly holds'
    """
    size = abs(sum(claimed) / 2)
    if found[0] <= 0 <= found[1] and found[1] - found[0] > 2 * size:
        return "can't be told"
    if claimed[0] <= found[1] and found[0] <= claimed[1]:
        return "holds"
    middle = sum(found) / 2
    meets = claimed[0] <= widest[1] and widest[0] <= claimed[1]
    same_way = middle * sum(claimed) > 0 and abs(middle - sum(claimed) / 2) <= size / 2
    return "partly holds" if meets or same_way else "doesn't hold"


def _judged(
    key: str, said: str, source: str, claimed: Estimate, recomputed: Estimate, wide: Interval
) -> Claim:
    """Return a claim with its verdict; the widest range holds our interval at least."""
    made, found = _ends(claimed), _ends(recomputed)
    widest = (min(wide[0], found[0]), max(wide[1], found[1]))
    return Claim(
        key=key,
        words=said,
        source=source,
        claimed=claimed,
        recomputed=recomputed,
        widest=Estimate(
            sum(widest) / 2,
            *widest,
            unit=claimed.unit,
            label="every published figure",
            kind="range",
        ),
        verdict=verdict(made, found, widest),
    )


def _ends(estimate: Estimate) -> Interval:
    return float(estimate.low or 0), float(estimate.high or 0)


def _claimed(value: float, ends: Interval, unit: str) -> Estimate:
    return Estimate(value, *ends, unit=unit, label="claimed", kind="rounding range")


@dataclass(frozen=True, slots=True)
class _Years:
    """Three years' spending on the path, and as published.

    Parameters
    ----------
    sums : dict of str to array
        A total by draw.
    hulls : dict of str to Interval
        Lowest and highest published national level, whatever its rounding.
    confidence : float
    """

    sums: dict[str, np.ndarray]
    hulls: dict[str, Interval]
    confidence: float

    def estimate(self, draws: np.ndarray, unit: str) -> Estimate:
        tails = [(1 - self.confidence) / 2, (1 + self.confidence) / 2]
        low, high = (float(q) for q in pd.Series(draws).quantile(tails))
        return Estimate(
            float(draws.mean()),
            low,
            high,
            unit=unit,
            label="recomputed",
            confidence=self.confidence,
            kind="credible interval",
        )


def _years(register: pd.DataFrame, path: Reconstruction) -> _Years:
    levels = register[
        register["measure"].eq("agency spend")
        & published.is_actual(register["basis"])
        & register["staff_group"].eq("all")
        & register["provider_type"].isin(NATIONAL)
    ]
    sums, hulls = {}, {}
    for year in YEARS:
        begin, finish = year_bounds(year)
        rows = levels[levels["period_start"].eq(begin) & levels["period_end"].eq(finish)]
        sums[year] = path.draws[:, path.between(begin, finish)].sum(axis=1)
        hulls[year] = float(rows["low"].min()), float(rows["high"].max())
    return _Years(sums, hulls, path.confidence)


def _down_a_third(row: Mapping[Any, Any], years: _Years, register: pd.DataFrame) -> Claim:
    share = float(row["value"]) / 100
    before, after = years.hulls["2015/16"], years.hulls["2017/18"]
    return _judged(
        key="down_a_third",
        said="Agency spending fell by a third from 2015/16 to 2017/18",
        source=str(row["source"]),
        claimed=_claimed(share, (share - 0.005, share + 0.005), "share"),
        recomputed=years.estimate(1 - years.sums["2017/18"] / years.sums["2015/16"], "share"),
        wide=(1 - after[1] / before[0], 1 - after[0] / before[1]),
    )


def _below_year_before(row: Mapping[Any, Any], years: _Years, register: pd.DataFrame) -> Claim:
    value = float(row["value"])
    ends = published.interval(value, str(row["unit"]).replace("million", "m"))
    before, after = years.hulls["2016/17"], years.hulls["2017/18"]
    return _judged(
        key="below_year_before",
        said=f"Agency spending in 2017/18 was {words.money(value)} below 2016/17",
        source=str(row["source"]),
        claimed=_claimed(value, ends, "GBP m"),
        recomputed=years.estimate(years.sums["2016/17"] - years.sums["2017/18"], "GBP m"),
        wide=(before[0] - after[1], before[1] - after[0]),
    )


def _below_plan(row: Mapping[Any, Any], years: _Years, register: pd.DataFrame) -> Claim | None:
    value = float(row["value"])
    gap = register[register["measure"].eq("agency spend relative to plan/ceiling")]
    money, share = gap[gap["unit"].eq("GBP m")], gap[gap["unit"].eq("per cent")]
    if money.empty:
        return None
    own, part = money.iloc[0], share.iloc[0]
    # what the gap in per cent and the path's total imply, without the gap in money
    total = float(years.sums["2017/18"].mean())
    implied = [total * -s / (1 + s) for s in (part["low"], part["high"])]
    return _judged(
        key="below_plan",
        said=f"Agency spending in 2017/18 was {words.money(value)} under plan",
        source=str(row["source"]),
        claimed=_claimed(value, published.interval(value, "GBP m"), "GBP m"),
        recomputed=Estimate(
            -float(own["mid"]),
            -float(own["high"]),
            -float(own["low"]),
            unit="GBP m",
            label="recomputed",
            kind="rounding range",
        ),
        wide=(min(implied), max(implied)),
    )


_JUDGES: dict[str, Callable[[Mapping[Any, Any], _Years, pd.DataFrame], Claim | None]] = {
    "since 2015/16": _down_a_third,
    "year before": _below_year_before,
    "below plan": _below_plan,
}
"""What the measure of a claim holds, and what judges it."""


def highlights(register: pd.DataFrame, path: Reconstruction, as_at: str) -> list[Claim]:
    """Recompute NHS Improvement's three claims of 2017/18: a third, 520m, 90m.

    An empty list where the claims or the numbers they need were not known at the day.
    """
    if parse(as_at) < year_bounds("2017/18")[1]:
        return []
    table = datasets.load("claims")
    table = table[table["topic"].eq("agency") & table["period"].eq("2017/18")]
    if path.months[0] > pd.Timestamp(2015, 4, 1) or path.months[-1] < pd.Timestamp(2018, 3, 1):
        return []
    years = _years(register, path)
    claims = []
    for row in table.to_dict("records"):
        judge = next((j for held, j in _JUDGES.items() if held in str(row["measure"])), None)
        claim = judge(row, years, register) if judge is not None else None
        if claim is not None:
            claims.append(claim)
    return claims


def saving_claims(register: pd.DataFrame, found: Effect | None) -> list[Claim]:
    """Hold NHS Improvement's own estimates of the saving since October 2015 against ours.

    The claims are in cash; ours counts against the trend before (interval) and, for the widest
    range, against spending frozen at its level before and over the grid of choices.
    """
    since = pd.Timestamp(2015, 10, 1)
    # a saving counted from another date is another quantity
    if found is None or found.frozen["month"].iloc[0] > since + pd.DateOffset(months=2):
        return []
    rows = register[
        register["measure"].str.startswith("estimated")
        & register["period_start"].eq(since)
        & register["unit"].str.startswith("GBP")
        & register["basis"].eq("estimate")
    ].sort_values("period_end")
    months = found.fit.design.dates
    claims = []
    for row in rows.to_dict("records"):
        when = row["period_end"].to_period("M").to_timestamp()
        if months[0] <= when <= months[-1]:
            claims.append(_saved_by(row, when, found))
    return claims


def _saved_by(row: Mapping[Any, Any], when: pd.Timestamp, found: Effect) -> Claim:
    ours, frozen = found.saving_by(when), found.frozen_by(when)
    note = row["note"] if pd.notna(row["note"]) else ""
    low, high = published.interval(row["value"], row["unit"], row["basis"], note)
    factor = 1000 if row["unit"].startswith("GBP bn") else 1
    claimed = _claimed(float(row["mid"]), (low * factor, high * factor), "GBP m")
    level = _ends(frozen)
    claim = _judged(
        key=f"saved_by_{when:%Y_%m}",
        said=f"The controls had saved {words.money(row['mid'])} by {when:%B %Y}",
        source=f"{row['publisher']}, {row['source_title']}",
        claimed=claimed,
        recomputed=replace(ours, label="recomputed"),
        wide=level,
    )
    # a saving that only the steeper of two counterfactuals gives depends on a belief
    alone = not (low * factor <= level[1] and level[0] <= high * factor)
    told = "partly holds" if claim.verdict == "holds" and alone else claim.verdict
    return replace(claim, verdict=told, until=when)
