"""The published claims on agency spending, each recomputed with its range and given a verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.as_at import parse
from nhsi_analysis.studies.agency import figures
from nhsi_analysis.studies.agency.effects import Effect
from notebook_reports.evidence import Estimate, format_value
from policy_methods.reconstruct import Reconstruction

VERDICTS = ("holds", "partly holds", "doesn't hold", "can't be told")


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim beside what the figures say.

    Parameters
    ----------
    key, words, source : str
        Stable name; the claim in words; who made it.
    claimed : Estimate
        With the interval its rounding stands for.
    recomputed : Estimate
        Ours, with its interval.
    widest : Estimate
        The range over every rival figure or way of counting.
    verdict : str
        One of VERDICTS.
    because : str
        The reason, a clause without a full stop.
    """

    key: str
    words: str
    source: str
    claimed: Estimate
    recomputed: Estimate
    widest: Estimate
    verdict: str
    because: str


def verdict(
    claimed: tuple[float, float], found: tuple[float, float], widest: tuple[float, float]
) -> str:
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


def _hull(register: pd.DataFrame, year: str) -> tuple[float, float]:
    """Lowest and highest published national level of a year, whatever its rounding."""
    begin, finish = figures.year_bounds(year)
    rows = register[
        register["measure"].eq("agency spend")
        & figures.is_actual(register["basis"])
        & register["staff_group"].eq("all")
        & register["provider_type"].isin(figures.NATIONAL)
        & register["period_start"].eq(begin)
        & register["period_end"].eq(finish)
    ]
    return float(rows["low"].min()), float(rows["high"].max())


def highlights(register: pd.DataFrame, path: Reconstruction, as_at: str) -> list[Claim]:
    """Recompute NHS Improvement's three claims of 2017/18: a third, 520m, 90m.

    An empty list where the claims or the figures they need were not known at the day.
    """
    finish = figures.year_bounds("2017/18")[1]
    if parse(as_at) < finish:
        return []
    table = datasets.load("claims")
    table = table[table["topic"].eq("agency") & table["period"].eq("2017/18")]
    first, last = path.months[0], path.months[-1]
    if first > pd.Timestamp(2015, 4, 1) or last < pd.Timestamp(2018, 3, 1):
        return []
    sums = {
        year: path.draws[:, path.between(*figures.year_bounds(year))].sum(axis=1)
        for year in ("2015/16", "2016/17", "2017/18")
    }
    tails = [(1 - path.confidence) / 2, (1 + path.confidence) / 2]
    hulls = {year: _hull(register, year) for year in sums}
    claims = []
    for row in table.to_dict("records"):
        measure, value = str(row["measure"]), float(row["value"])
        if "since 2015/16" in measure:
            draws = 1 - sums["2017/18"] / sums["2015/16"]
            (a, b), (c, d) = hulls["2015/16"], hulls["2017/18"]
            made = (value / 100 - 0.005, value / 100 + 0.005)
            wide, unit, key = (1 - d / a, 1 - c / b), "share", "down_a_third"
            words = "Agency spending fell by a third from 2015/16 to 2017/18"
            because = "a third is read to the nearest percentage point"
        elif "year before" in measure:
            draws = sums["2016/17"] - sums["2017/18"]
            (a, b), (c, d) = hulls["2016/17"], hulls["2017/18"]
            made = figures.interval(value, str(row["unit"]).replace("million", "m"))
            wide, unit, key = (a - d, b - c), "GBP m", "below_year_before"
            words = f"Agency spending in 2017/18 was {format_value(value, 'GBP m')} below 2016/17"
            because = "a later publication of NHS Improvement gives the fall to the million"
        elif "below plan" in measure:
            gap = register[
                register["measure"].eq("agency spend relative to plan/ceiling")
                & register["unit"].eq("GBP m")
            ]
            if gap.empty:
                continue
            own = gap.iloc[0]
            share = register[
                register["measure"].eq("agency spend relative to plan/ceiling")
                & register["unit"].eq("per cent")
            ].iloc[0]
            made = figures.interval(value, "GBP m")
            # what the gap in per cent and the path's total imply, without the gap in money
            total = sums["2017/18"]
            implied = [float(total.mean()) * -s / (1 + s) for s in (share["low"], share["high"])]
            unit, key = "GBP m", "below_plan"
            words = f"Agency spending in 2017/18 was {format_value(value, 'GBP m')} under plan"
            because = (
                f"the gap was published as {format_value(-own['mid'], 'GBP m')} and "
                f"{format_value(-share['mid'], 'share')}; the plan itself only as these"
            )
            found = (-float(own["high"]), -float(own["low"]))
            claims.append(
                _claim(
                    key,
                    words,
                    str(row["source"]),
                    (value, *made),
                    (-float(own["mid"]), *found),
                    (min(implied), max(implied)),
                    unit,
                    None,
                    because,
                    "rounding range",
                )
            )
            continue
        else:
            continue
        low, high = (float(q) for q in pd.Series(draws).quantile(tails))
        shown = value / 100 if unit == "share" else value
        claims.append(
            _claim(
                key,
                words,
                str(row["source"]),
                (shown, *made),
                (float(draws.mean()), low, high),
                wide,
                unit,
                path.confidence,
                because,
                "credible interval",
            )
        )
    return claims


def _claim(
    key: str,
    words: str,
    source: str,
    made: tuple[float, float, float],
    found: tuple[float, float, float],
    wide: tuple[float, float],
    unit: str,
    confidence: float | None,
    because: str,
    kind: str,
) -> Claim:
    widest = (min(wide[0], found[1]), max(wide[1], found[2]))
    return Claim(
        key,
        words,
        source,
        Estimate(*made, unit=unit, label="claimed", kind="rounding range"),
        Estimate(*found, unit=unit, label="recomputed", confidence=confidence, kind=kind),
        Estimate(sum(widest) / 2, *widest, unit=unit, label="every published figure", kind="range"),
        verdict(made[1:], found[1:], widest),
        because,
    )


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
    claims = []
    for row in rows.to_dict("records"):
        when = row["period_end"].to_period("M").to_timestamp()
        months = found.fit.design.dates
        if when > months[-1] or when < months[0]:
            continue
        ours, frozen = found.saving_by(when), found.frozen_by(when)
        ends = [e for x in (ours, frozen) for e in (x.low, x.high) if e is not None]
        low, high = figures.interval(
            row["value"], row["unit"], row["basis"], row["note"] if pd.notna(row["note"]) else ""
        )
        factor = 1000 if row["unit"].startswith("GBP bn") else 1
        made = _claim(
            f"saved_by_{when:%Y_%m}",
            f"The controls had saved {format_value(row['mid'], 'GBP m')} by {when:%B %Y}",
            f"{row['publisher']}, {row['source_title']}",
            (float(row["mid"]), low * factor, high * factor),
            (ours.value, float(ours.low or 0), float(ours.high or 0)),
            (min(ends), max(ends)),
            "GBP m",
            ours.confidence,
            f"against spending frozen at its earlier level the saving is {frozen}",
            "confidence interval",
        )
        # a saving that only the steeper of two counterfactuals gives depends on a belief
        alone = not (
            low * factor <= float(frozen.high or 0) and float(frozen.low or 0) <= high * factor
        )
        claims.append(
            replace(made, verdict="partly holds") if made.verdict == "holds" and alone else made
        )
    return claims


def to_frame(claims: list[Claim]) -> pd.DataFrame:
    """Return the claims as a table for a reader."""
    return pd.DataFrame(
        {
            "Claim": [c.words for c in claims],
            "Claimed": [c.claimed.text for c in claims],
            "Recomputed": pd.Series([c.recomputed for c in claims], dtype=object),
            "Widest range": [c.widest.interval_text.removeprefix("range ") for c in claims],
            "Verdict": [c.verdict for c in claims],
            "Source": [c.source.partition(",")[0] for c in claims],
        }
    )
