"""How a trust was rated by key question and how that changed, beside its peers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.schemas.vocabulary import RATINGS
from nhsi_analysis.studies.profile.numbers.peers import Identity, load
from notebook_reports.evidence import Estimate, words

QUESTIONS = ("Overall", "Safe", "Effective", "Caring", "Responsive", "Well-led")


@dataclass(frozen=True)
class Ratings:
    """Ratings of a trust by key question.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a key question, the overall rating first: ``key_question``, ``rating``,
        ``published`` (date), ``before`` (the rating it replaced between the two lists; missing
        where it was not re-rated), and how many peers were rated ``lower``, the ``same`` and
        ``higher``. Empty without an overall rating.
    seen, newest : pandas.Timestamp, bool
        The day ratings are looked at, and whether it is that of the newest list.
    """

    table: pd.DataFrame
    seen: pd.Timestamp
    newest: bool

    @cached_property
    def headline(self) -> Estimate | None:
        """The overall rating: its place from 1, inadequate, to 4, outstanding."""
        if self.table.empty:
            return None
        rating, published = self.table[["rating", "published"]].iloc[0]
        return Estimate(
            value=1.0 + RATINGS.index(rating),
            said=rating,
            unit="grade, from 1, inadequate, to 4, outstanding",
            label=f"CQC's rating on {words.day(self.seen)}, published {words.day(published)}",
            as_at=f"{self.seen:%Y-%m-%d}",
        )


def rate(who: Identity, until: pd.Timestamp) -> Ratings:
    """Collect a trust's ratings and its peers' published by the day ``until``."""
    rated, levels, last = _rated(until)
    own = rated[rated["org_code"] == who.code].set_index("key_question").reindex(QUESTIONS)
    own = own.dropna(subset=["level"])
    peers = levels[levels.index.isin(who.peers)][own.index].to_numpy()
    rerated = own["publication_date"] != own["publication_date_first"]
    table = own.rename(columns={"publication_date": "published"})[["rating", "published"]]
    table = table.assign(before=own["rating_first"].where(rerated))
    level = own["level"].to_numpy()
    for name, side in (("lower", np.less), ("same", np.equal), ("higher", np.greater)):
        table[name] = side(peers, level).sum(axis=0)
    rated_overall = "Overall" in table.index
    table = table.reset_index() if rated_overall else table[:0]
    return Ratings(table, min(until, last), until >= last)


@datasets.remembered
def _rated(until: pd.Timestamp) -> tuple[pd.DataFrame, pd.DataFrame, pd.Timestamp]:
    """Return the newest ratings of all trusts beside their first ones, and the newest list's day.

    Between them stand the levels of the newest from 0, a row a trust, a column a key question.
    """
    rows = load("cqc_trust_ratings")
    last = rows["snapshot"].max()
    rows = rows[(rows["service"] == "Overall") & (rows["publication_date"] <= until)]
    order = {name: place for place, name in enumerate(RATINGS)}
    rows = rows.assign(level=rows["rating"].map(order).astype(float)).dropna(subset=["level"])
    rows = rows.sort_values(["publication_date", "snapshot"])
    keys = ["org_code", "key_question"]
    now, first = (rows.drop_duplicates(keys, keep=keep) for keep in ("last", "first"))
    now = now.merge(first, on=keys, suffixes=("", "_first"))
    levels = now.set_index(keys)["level"].unstack()  # noqa: PD010  # one value a place, none to add
    return now, levels.reindex(columns=QUESTIONS), last
