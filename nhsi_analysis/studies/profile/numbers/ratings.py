"""How a trust was rated by key question and how that changed, beside its peers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.answers.ratings import rated
from nhsi_analysis.answers.surveys import of_trusts
from nhsi_analysis.schemas.vocabulary import RATINGS
from nhsi_analysis.studies.profile.numbers.peers import Identity
from notebook_reports.evidence import Estimate, words
from policy_methods.results import Result

QUESTIONS = ("Overall", "Safe", "Effective", "Caring", "Responsive", "Well-led")


@dataclass(frozen=True)
class Ratings(Result):
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
    tables, levels, last = _rated(until)
    table = tables.get(who.code, pd.DataFrame())
    if "Overall" in table.index:
        peers = levels.reindex(index=who.peers, columns=table.index).to_numpy()
        own = levels.loc[who.code].reindex(table.index).to_numpy()
        sides = {"lower": peers < own, "same": peers == own, "higher": peers > own}
        table = table.assign(**{side: found.sum(axis=0) for side, found in sides.items()})
    else:
        table = table[:0]
    return Ratings(table.reset_index(), min(until, last), until >= last)


@datasets.remembered
def _rated(until: pd.Timestamp) -> tuple[dict[str, pd.DataFrame], pd.DataFrame, pd.Timestamp]:
    """Return the newest ratings of each trust, the levels of all, and the newest list's day.

    Levels count from 0; a row a trust, a column a key question.
    """
    rows, last = rated(until)
    rows = of_trusts(rows)
    keys = ["org_code", "key_question"]
    now, first = (rows.drop_duplicates(keys, keep=keep) for keep in ("last", "first"))
    now = now.merge(first, on=keys, suffixes=("", "_first"))
    levels = now.set_index(keys)["level"].unstack()  # noqa: PD010  # one value a place, none to add
    rerated = now["publication_date"] != now["publication_date_first"]
    now = now.assign(before=now["rating_first"].where(rerated), published=now["publication_date"])
    now = now[now["key_question"].isin(QUESTIONS)].set_index("key_question")
    now = now.sort_index(key=lambda names: names.map(QUESTIONS.index))
    shown = now.groupby("org_code")[["rating", "published", "before"]]
    return {str(code): table for code, table in shown}, levels, last
