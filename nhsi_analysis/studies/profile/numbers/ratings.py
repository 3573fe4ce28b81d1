"""How a trust is rated by key question and how that changed, beside its peers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from nhsi_analysis.schemas.vocabulary import RATINGS
from nhsi_analysis.studies.profile.numbers.peers import Identity, keyed, load
from notebook_reports.evidence import Estimate, words

QUESTIONS = ("Overall", "Safe", "Effective", "Caring", "Responsive", "Well-led")
PARTS = ("peers rated lower", "peers rated the same", "peers rated higher")


@dataclass(frozen=True)
class Ratings:
    """Ratings of a trust by key question.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a key question: ``key_question``, ``before`` and ``rating`` (text), ``moved`` (1 up,
        -1 down, 0 re-rated the same, missing where not re-rated between the lists), ``published``
        (date of the rating), and how many peers are rated lower, the same and higher. Empty without
        ratings.
    seen : pandas.Timestamp
        The day ratings are looked at: ``as_at``, or the latest list.
    newest : bool
        Whether that day is that of the latest list.
    hidden : int
        Peers whose rating of that day is hidden by a later one.
    """

    table: pd.DataFrame
    seen: pd.Timestamp
    newest: bool
    hidden: int

    @cached_property
    def overall(self) -> dict[str, Any]:
        """The row of the overall rating."""
        return keyed(self.table, "key_question", "Overall")

    @property
    def headline(self) -> Estimate | None:
        """The overall rating: its place from 1, inadequate, to 4, outstanding."""
        if self.table.empty:
            return None
        published = words.day(self.overall["published"])
        return Estimate(
            value=1.0 + RATINGS.index(self.overall["rating"]),
            said=self.overall["rating"],
            label=f"CQC's rating on {words.day(self.seen)}, published {published}",
            as_at=f"{self.seen:%Y-%m-%d}",
        )


def rate(who: Identity, until: pd.Timestamp) -> Ratings:
    """Collect a trust's ratings and its peers' published by a date.

    Parameters
    ----------
    who : Identity
        The trust and its peers.
    until : pandas.Timestamp
        Last publication date that counts.
    """
    rows = who.group(load("cqc_trust_ratings"))
    rows = rows[rows["service"] == "Overall"]
    newest = load("cqc_trust_ratings")["snapshot"].max()
    seen = min(until, newest)
    known = rows[rows["publication_date"] <= until].copy()
    known["level"] = known["rating"].map({name: i for i, name in enumerate(RATINGS)}).astype(float)
    known = known.dropna(subset=["level"]).sort_values(["publication_date", "snapshot"])
    pairs = known.groupby(["org_code", "key_question"], sort=False)
    latest, first = pairs.last().reset_index(), pairs.first().reset_index()
    level = latest.pivot_table(index="org_code", columns="key_question", values="level")
    if who.code not in level.index or np.isnan(float(level.loc[[who.code], "Overall"].iloc[0])):
        return Ratings(pd.DataFrame(), seen, seen == newest, 0)
    was, now = (
        rated[rated["org_code"] == who.code].set_index("key_question").to_dict("index")
        for rated in (first, latest)
    )
    peers = level.drop(index=who.code)
    records = []
    for question in QUESTIONS:
        if question not in now:
            continue
        mine, others = now[question]["level"], peers[question].to_numpy()
        counts = ((others < mine).sum(), (others == mine).sum(), (others > mine).sum())
        records.append(
            {
                "key_question": question,
                "before": was[question]["rating"],
                "rating": now[question]["rating"],
                "moved": _moved(was[question], now[question]),
                "published": now[question]["publication_date"],
                **dict(zip(PARTS, map(int, counts), strict=True)),
            }
        )
    hidden = len(set(rows["org_code"]) - set(level.index))
    return Ratings(pd.DataFrame(records), seen, seen == newest, hidden)


def _moved(before: Mapping[Any, Any], now: Mapping[Any, Any]) -> float:
    """Return which way a rating moved between the lists, NaN where it was not re-rated."""
    if now["publication_date"] == before["publication_date"]:
        return np.nan
    return float(np.sign(now["level"] - before["level"]))
