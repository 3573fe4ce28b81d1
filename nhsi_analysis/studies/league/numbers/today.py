"""Today's league: the Oversight Framework of 2025/26 beside what these methods would say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

from nhsi_analysis import datasets
from nhsi_analysis.studies.league.numbers.table import League
from notebook_reports.evidence import Estimate
from policy_methods.ranking import expected_ranks

_SIMULATIONS = 1000
SEGMENTS = 4
# Second-quarter segments were published in December 2025.
OUT = pd.Timestamp("2025-12-31")


@dataclass(frozen=True)
class Framework:
    """Published changes of segment, and what chance alone does to quartile segments.

    Parameters
    ----------
    facts : pandas.DataFrame
        What was published of changes and rules.
    changed, hidden : int
        Trusts that changed segment; that changed significantly without.
    unproven : int
        Changes below the publisher's own threshold of significance.
    quiet : Estimate
        Their share.
    moved, proven : Estimate
        Share that changes segment by chance; share of these with a clear difference in score.
    scored, shared : int
        Trusts with score and segment in the partial list; those that share their score with a
        trust in another segment.
    overlap : pandas.DataFrame
        Scores by segment in that list.
    """

    facts: pd.DataFrame
    changed: int
    hidden: int
    unproven: int
    quiet: Estimate
    moved: Estimate
    proven: Estimate
    scored: int
    shared: int
    overlap: pd.DataFrame


def framework(league: League) -> Framework:
    """Set what is published of the Oversight Framework beside a league drawn again.

    Parameters
    ----------
    league : League
        Lends its scores, errors and seed to the simulation.
    """
    facts = datasets.load("nof_q2_2025_26_change_facts")
    changed = _fact(facts, "trusts that changed segment")
    unproven = _fact(facts, "segment change below the threshold")
    moved, proven = _by_chance(league)
    shared, scored, overlap = _overlap()
    return Framework(
        facts=facts,
        changed=changed,
        hidden=_fact(facts, "significant score change without a segment change"),
        unproven=unproven,
        # All changes are counted, so this share has no sampling interval.
        quiet=Estimate(
            unproven / changed,
            unit="share",
            n=changed,
            decimals=0,
            label="of segment changes were below NHS England's own threshold of significance",
        ),
        moved=moved,
        proven=proven,
        scored=scored,
        shared=shared,
        overlap=overlap,
    )


def _fact(facts: pd.DataFrame, words: str) -> int:
    """Read one published number by words of its description."""
    hit = facts[facts["measure"].str.contains(words, regex=False)]
    return int(float(hit["value"].iloc[0]))


def _by_chance(league: League) -> tuple[Estimate, Estimate]:
    """Find how many change quartile segment by chance, and how many of these clearly."""
    error = league.units["se"].to_numpy(float)
    model = expected_ranks(league.units["score"].to_numpy(float), error)
    rng = np.random.default_rng(league.settings.seed)
    shape = (_SIMULATIONS, league.count)
    truth = model.mean + np.sqrt(model.tau2) * rng.standard_normal(shape)
    one = truth + error * rng.standard_normal(shape)
    two = truth + error * rng.standard_normal(shape)
    segments = [
        np.argsort(np.argsort(x, axis=1), axis=1) * SEGMENTS // league.count for x in (one, two)
    ]
    changed = segments[0] != segments[1]
    # The usual test of a difference between two independent occasions.
    limit = ndtri((1 + league.settings.confidence) / 2) * np.sqrt(2) * error
    clear = changed & (np.abs(one - two) > limit)
    moved = changed.mean(axis=1)
    proven = clear.sum(axis=1) / np.maximum(changed.sum(axis=1), 1)
    tail = (1 - league.settings.confidence) / 2
    estimates = []
    for values, label in (
        (moved, "change segment when nothing has changed but the sample"),
        (proven, "of segment changes by chance come with a clear difference in score"),
    ):
        low, high = np.quantile(values, [tail, 1 - tail])
        estimates.append(
            Estimate(
                float(values.mean()),
                float(low),
                float(high),
                unit="share",
                n=league.count,
                label=label,
                confidence=league.settings.confidence,
                kind="range of simulations",
                decimals=0,
            )
        )
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
