"""Fairness between types: ranks within peers and after adjusting for type."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nhsi_analysis.studies.league.survey import UNKNOWN_TYPE
from nhsi_analysis.studies.league.table import League, Section, ordinal
from notebook_reports.charts import bars
from notebook_reports.evidence import Estimate, format_value
from policy_methods.ranking import expected_ranks, rank_confidence_sets

_FEWEST = 5


def peers_section(league: League) -> Section:
    """Show how types fare, and what happens to ranks within peers and adjusted for type.

    Parameters
    ----------
    league : League
        The table; types with fewer than five units are left out and counted.

    Returns
    -------
    Section
        Categories by type, adjusted ranks, the followed unit among its peers.
    """
    units = league.units
    known = units[units["trust_type"] != UNKNOWN_TYPE]
    size = known.groupby("trust_type").size()
    types = [str(t) for t in size[size >= _FEWEST].index]
    if len(types) < 2:
        return Section(
            "Types are not known for enough units of this table to compare them: add a column"
            " trust_type with at least two types of five units."
        )
    part = units[units["trust_type"].isin(types)]
    left_out = len(units) - len(part)
    counts = (
        part.groupby(["trust_type", "category"]).size().unstack(fill_value=0)  # noqa: PD010
        .reindex(columns=list(league.categories), fill_value=0)
    )  # fmt: skip
    mean = part.groupby("trust_type")["score"].mean()
    order = mean.sort_values(ascending=not league.higher_is_better).index
    counts, mean = counts.loc[order], mean.loc[order]
    adjusted = part["score"] - part["trust_type"].map(mean) + part["score"].mean()
    sign = -1 if league.higher_is_better else 1
    place = np.lexsort((part.index.to_numpy(), sign * adjusted.to_numpy()))
    order_again = np.empty(len(part), dtype=np.int64)
    order_again[place] = np.arange(1, len(part) + 1)
    again = pd.Series(order_again, index=part.index)
    # Both orders are cut by the same quotas over the same units.
    plain = part["position"].rank(method="first").astype(int)
    bands = np.cumsum(league.sizes)
    moved = np.searchsorted(bands, plain) != np.searchsorted(bands, again)
    crossed = (plain <= league.cut) != (again <= league.cut)
    rows = pd.DataFrame(
        {
            "Type": order,
            league.noun.capitalize(): [int(size[t]) for t in order],
            "Mean score": mean.to_numpy(),
            f"{league.sides[0].capitalize()} (share)": [
                float((part.loc[part["trust_type"] == t, "position"] <= league.cut).mean())
                for t in order
            ],
        }
    )
    top = str(order[0])
    upper = rows[rows.columns[3]].to_numpy(float)
    top_share, bottom_share = float(upper[0]), float(upper[-1])
    pooled = expected_ranks(part["score"], part["se"].to_numpy()).rankability
    largest = str(size[types].idxmax())
    inside = part[part["trust_type"] == largest]
    within = expected_ranks(inside["score"], inside["se"].to_numpy()).rankability
    flatters = ": pooling types flatters the table" if pooled > within else ""
    reading = (
        f"{top} {league.noun} do best: {format_value(top_share, 'share', 0)} of them are"
        f" {league.sides[0]}, against {format_value(bottom_share, 'share', 0)} of"
        f" {str(order[-1]).lower()} ones. Whether that is culture or kind of work, a single ranking"
        f" can't say. Compared with the mean of their own type, {int(moved.sum())} of {len(part)}"
        f" {league.noun} change category and {int(crossed.sum())} cross the line. Rankability"
        f" is {format_value(pooled, 'share')} over all types and {format_value(within, 'share')}"
        f" among {largest.lower()} {league.noun} alone{flatters}."
        f" {_follow_words(league, part, again)}"
        + (f" {left_out} without a known type, or of a rare one, are left out." if left_out else "")
    )
    findings = {
        "changed_category_adjusted_for_type": Estimate(
            int(moved.sum()), n=len(part),
            label=f"{league.noun} change category once type is allowed for",
        ),
        "crossed_line_adjusted_for_type": Estimate(
            int(crossed.sum()), n=len(part),
            label=f"{league.noun} cross the line once type is allowed for",
        ),
    }  # fmt: skip
    figures = []
    if len(league.categories) <= 4:
        chart = counts.reset_index()
        figures.append(
            {
                "fig": bars.stacked_shares(
                    chart, group="trust_type", parts=list(league.categories)
                ),
                "key": "categories_by_type",
                "title": f"{top} {league.noun} fill the upper categories",
                "subtitle": f"Share of each type in each category; {league.subtitle}",
                "source": [*league.source, "trusts"] if league.replica else league.source,
                "alt": "; ".join(
                    f"{t}: {int(counts.loc[t, league.categories[0]])} of {int(size[t])} in the best"
                    f" category, {int(counts.loc[t, league.categories[-1]])} in the worst"
                    for t in order
                )
                + ".",
                "data": chart,
                "note": "A difference between types is not by itself a difference in openness.",
            }
        )
    tables = [
        {
            "df": rows,
            "key": "types",
            "caption": "Scores by type",
            "source": league.source,
            "formats": {"Mean score": league.unit, rows.columns[3]: "share"},
        }
    ]
    frame = part.assign(adjusted_position=again, changed_category=moved, crossed_line=crossed)
    return Section(reading, findings, figures, tables, {"peers": frame})


def _follow_words(league: League, part: pd.DataFrame, again: pd.Series) -> str:
    """Place the followed unit among its peers."""
    code = league.follow
    if code not in part.index:
        return ""
    same = part[part["trust_type"] == part["trust_type"][code]]
    sets = rank_confidence_sets(
        same["score"],
        same["se"].to_numpy(),
        confidence=league.confidence,
        higher_is_better=league.higher_is_better,
    )
    k = same.index.get_loc(code)
    return (
        f"{league.label(code)} moves from {ordinal(int(part['position'][code]))} to"
        f" {ordinal(int(again[code]))} of {len(part)} when adjusted for type; among its"
        f" {len(same)} peers it ranks {ordinal(int(sets.rank[k]))}, and the data allow"
        f" {sets.lower[k]} to {sets.upper[k]}."
    )
