"""Today's league: what is published of the Oversight Framework of 2025/26."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd

from nhsi_analysis import datasets
from policy_methods.results import Result

OUT: Final = pd.Timestamp("2025-12-31")
"""Second-quarter segments were published in December 2025."""


@dataclass(frozen=True)
class Framework(Result):
    """Published changes of segment, and scores that trusts of several segments share.

    Trusts that ``changed`` segment: with a change of score ``above`` the publisher's threshold,
    ``below`` it, ``overridden`` by a rule on deficits; ``hidden`` ones are above it in their old
    segment. Of ``scored`` trusts in the partial list ``shared`` have a score of another segment.
    ``ranked`` acute trusts are in the league.
    """

    changed: int
    above: int
    overridden: int
    below: int
    hidden: int
    scored: int
    shared: int
    ranked: int


def framework() -> Framework:
    """Read what is published of the Oversight Framework's second quarter of 2025/26."""
    facts = datasets.load("nof_q2_2025_26_change_facts").set_index("measure")["value"]
    both = datasets.load("nof_2025_26_partial")
    both = both.dropna(subset=["average_metric_score", "adjusted_segment"])
    both = both.drop_duplicates(["table", "trust"]).assign(
        score=lambda d: d["average_metric_score"].round(1)
    )
    spread = both.groupby(["table", "score"])["adjusted_segment"].transform("nunique")

    def fact(words: str) -> int:
        return int(float(facts[facts.index.str.contains(words, regex=False)].iloc[0]))

    return Framework(
        changed=fact("trusts that changed segment"),
        above=fact("with a significant change in average metric score"),
        overridden=fact("a financial override was applied or removed"),
        below=fact("segment change below the threshold"),
        hidden=fact("significant score change without a segment change"),
        scored=len(both),
        shared=int((spread > 1).sum()),
        ranked=int(str(facts["trusts in the tables (acute/non-acute/ambulance)"]).split("/")[0]),
    )
