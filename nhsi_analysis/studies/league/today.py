"""Today's league: the Oversight Framework of 2025/26 beside what these methods would say."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from nhsi_analysis import datasets
from nhsi_analysis.studies.league.table import League, Section
from notebook_reports.evidence import Estimate
from policy_methods.ranking import expected_ranks

_SIMULATIONS = 1000
_SEGMENTS = 4
# Second-quarter segments were published in December 2025.
_OUT = pd.Timestamp("2025-12-31")


def today_section(league: League) -> Section:
    """Set the published changes of segment beside what chance alone does to quartile segments.

    Parameters
    ----------
    league : League
        Lends its scores, errors and seed to the simulation.

    Returns
    -------
    Section
        Published facts, overlap of scores between segments, simulated changes by chance.
    """
    if league.as_at < _OUT:
        return Section("The Oversight Framework of 2025/26 came later than the date asked for.")
    facts = datasets.load("nof_q2_2025_26_change_facts")
    changed = _fact(facts, "trusts that changed segment")
    unproven = _fact(facts, "segment change below the threshold")
    hidden = _fact(facts, "significant score change without a segment change")
    # All changes are counted, so this share has no sampling interval.
    quiet = Estimate(
        unproven / changed,
        unit="share",
        n=changed,
        decimals=0,
        label="of segment changes were below NHS England's own threshold of significance",
    )
    moved, proven = _by_chance(league)
    overlap, scored, rows = _overlap()
    reading = (
        f"NHS England's note on the second quarter of 2025/26 says that {changed} trusts changed"
        f" segment and that {unproven} of these changes ({quiet}) were below its own threshold of"
        f" significance; {hidden} trusts changed significantly without changing segment. The"
        " segment"
        " is the headline, and most of its news was noise by its publisher's own rule.\n\n"
        f"What this method would have said: cut this table's {league.count} scores into"
        f" {_SEGMENTS} equal segments, draw the samples again with nothing truly changed, and"
        f" {moved} of {league.noun} change segment. Of those changes {proven} come with a"
        " difference"
        f" in score that is clear at the {league.level} level, so nearly all would be flagged"
        " as not"
        " shown. A rank or segment should carry the range that the data allow.\n\n"
        f"The published scores themselves overlap: of {scored} trusts for which both a score and a"
        f" segment are in our partial list, {overlap} share their score, as published, with a trust"
        " in another segment (a rule about deficits also moves segments). That list is heads and"
        " tails of tables and peer pages, not a sample."
    )
    findings = {
        "segment_changes_unproven": quiet,
        "segment_changes_by_chance": moved,
        "segment_scores_shared": Estimate(
            overlap, n=scored, label="trusts share a score with a trust in another segment"
        ),
    }
    tables = [
        {
            "df": facts[["measure", "value", "unit"]].rename(
                columns={"measure": "Published", "value": "Value", "unit": "Unit"}
            ),
            "key": "framework_changes",
            "caption": "The Oversight Framework 2025/26: what was published of changes and rules",
            "source": "nof_q2_2025_26_change_facts",
        },
        {
            "df": rows,
            "key": "framework_overlap",
            "caption": "Scores by segment in the partial list",
            "source": "nof_2025_26_partial",
            "note": "Average metric score: 1 best, 4 worst; mostly published to one decimal place.",
        },
    ]
    return Section(reading, findings, [], tables)


def _fact(facts: pd.DataFrame, words: str) -> int:
    """Read one published number by words of its description."""
    hit = facts[facts["measure"].str.contains(words, regex=False)]
    return int(float(hit["value"].iloc[0]))


def _by_chance(league: League) -> tuple[Estimate, Estimate]:
    """Find how many change quartile segment by chance, and how many of these clearly."""
    error = league.units["se"].to_numpy(float)
    model = expected_ranks(league.units["score"].to_numpy(float), error)
    rng = np.random.default_rng(league.seed)
    shape = (_SIMULATIONS, league.count)
    truth = model.mean + np.sqrt(model.tau2) * rng.standard_normal(shape)
    one = truth + error * rng.standard_normal(shape)
    two = truth + error * rng.standard_normal(shape)
    segments = [
        np.argsort(np.argsort(x, axis=1), axis=1) * _SEGMENTS // league.count for x in (one, two)
    ]
    changed = segments[0] != segments[1]
    # The usual test of a difference between two independent occasions.
    limit = ndtri((1 + league.confidence) / 2) * np.sqrt(2) * error
    clear = changed & (np.abs(one - two) > limit)
    moved = changed.mean(axis=1)
    proven = clear.sum(axis=1) / np.maximum(changed.sum(axis=1), 1)
    tail = (1 - league.confidence) / 2
    estimates = []
    for values, label in (
        (moved, "change segment when nothing has changed but the sample"),
        (proven, "of segment changes by chance come with a clear difference in score"),
    ):
        low, high = np.quantile(values, [tail, 1 - tail])
        estimates.append(
            Estimate(
                float(values.mean()), float(low), float(high), unit="share", n=league.count,
                label=label, confidence=league.confidence, kind="range of simulations", decimals=0,
            )
        )  # fmt: skip
    return estimates[0], estimates[1]


def _overlap() -> tuple[int, int, pd.DataFrame]:
    """Count trusts whose published score also occurs in another segment of the same table."""
    listed = datasets.load("nof_2025_26_partial")
    both = listed.dropna(subset=["average_metric_score", "adjusted_segment"])
    both = both.drop_duplicates(["table", "trust"]).assign(
        score=lambda d: d["average_metric_score"].round(1)
    )
    spread = both.groupby(["table", "score"])["adjusted_segment"].transform("nunique")
    rows = (
        both.groupby(["table", "adjusted_segment"])["average_metric_score"]
        .agg(["count", "min", "max"])
        .reset_index()
    )
    rows["adjusted_segment"] = rows["adjusted_segment"].astype(int)
    rows.columns = pd.Index(["Table", "Segment", "Trusts", "Best score", "Worst score"])
    return int((spread > 1).sum()), len(both), rows
