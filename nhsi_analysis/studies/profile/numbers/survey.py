"""What a trust's staff say, with the uncertainty of each share, beside its peers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from nhsi_analysis import as_at, datasets
from nhsi_analysis.answers.differences import Difference, Score, Share, difference, median_score
from nhsi_analysis.answers.peers import Ints, Numbers, newest
from nhsi_analysis.answers.ranks import place
from nhsi_analysis.answers.shares import rounding_variance, standard_errors, with_intervals
from nhsi_analysis.answers.surveys import OLDER, agreeing
from nhsi_analysis.studies.profile.numbers.peers import Identity, load
from notebook_reports.evidence import Estimate
from policy_methods.results import Result

ABLE = "able to make improvements happen"
_ABLE = "q3f"


@dataclass(frozen=True)
class Survey(Result):
    """A trust's answers, each table as :func:`beside_peers` makes them, with ``low`` and ``high``.

    Parameters
    ----------
    able, against : pandas.DataFrame, Difference or None
        By ``year`` from 2021: ``respondents`` and ``share``, who feel able to make improvements
        happen; and the newest less the median of peers.
    group, name : str
        Its benchmark group there, and what it is called.
    concerns : pandas.DataFrame
        By ``year`` from 2025: ``raising_concerns``, a score of 0 to 10, which has no base.
    older, rank : pandas.DataFrame, Estimate or None
        Up to one row, ``item`` of the older survey: ``year``, ``respondents``, ``share``; and the
        trust's place on it.
    item, confidence : str, float
        As asked.
    """

    able: pd.DataFrame
    against: Difference | None
    group: str
    name: str
    concerns: pd.DataFrame
    older: pd.DataFrame
    rank: Estimate | None
    item: str
    confidence: float

    @cached_property
    def headline(self) -> Estimate | None:
        """Share who feel able to make improvements, in the newest survey."""
        label = "of staff felt able to make improvements, survey of {}"
        return newest(self.able, "share", label, self.confidence)

    @cached_property
    def older_headline(self) -> Estimate | None:
        """Share who agree with the item of the older survey."""
        label = f"of staff agreed that {OLDER[self.item]}, survey of {{}}"
        return newest(self.older, "share", label, self.confidence, self.decimals)

    @cached_property
    def decimals(self) -> int:
        """Decimal places that the percentages of the older survey bear."""
        return 0 if rounding_variance(self.older["share"]) else 1

    @cached_property
    def change(self) -> Difference | None:
        """The newest year less the oldest on improvements; None without how many answered."""
        if self.able["respondents"].iloc[[-1, 0]].isna().any():
            return None
        last, first = (
            Share(str(year), round(share * answers), int(answers))
            for year, share, answers in self.able[["year", "share", "respondents"]]
            .iloc[[-1, 0]]
            .itertuples(index=False)
        )
        return difference(last, first, confidence=self.confidence)


def answer(
    who: Identity, then: Identity, until: pd.Timestamp, year: int, item: str, confidence: float
) -> Survey:
    """Collect a trust's staff-survey results published by a date, beside its peers of the time."""
    held = _agreeing(item, until, year)
    asked = held.rows_of(then.code), held.rows_of(*then.peers)
    older, rank = _beside_peers(held, *asked, confidence), None
    if len(older) and sum(map(len, asked)) > 2:
        shares = held.rows.iloc[np.sort(np.concatenate(asked))].set_index("org_code")
        se = standard_errors(shares["share"], shares["respondents"])
        label = f"place among {then.kind} on that"
        rank = place(shares["share"], se, who.code, confidence=confidence, label=label)

    held = _agreeing(_ABLE, until)
    own, others, group, name = who.alike(held, "benchmarking_group")
    able = _beside_peers(held, own, others, confidence)
    against = _against(who, held, own, others, name, confidence)
    concerns = who.beside(_scores(until))
    return Survey(able, against, group, name, concerns, older, rank, item, confidence)


@datasets.remembered
def _agreeing(question: str, until: pd.Timestamp, year: int | None = None) -> Numbers:
    """Return the shares who agree with a question, of one year or all."""
    rows = agreeing(question, until)
    rows = rows if year is None else rows[rows["year"] == year]
    return Numbers.of(rows, "year", "share", ["respondents"])


@datasets.remembered
def _scores(until: pd.Timestamp) -> Numbers:
    """Return the scores for raising concerns."""
    rows = load("staff_survey_promise").rename(columns={"survey_year": "year"})
    rows = rows[as_at.survey_published(rows["year"]) <= until]
    return Numbers.of(rows, "year", "raising_concerns")


def _beside_peers(held: Numbers, own: Ints, others: Ints, confidence: float) -> pd.DataFrame:
    """Put a trust's shares, with intervals where it is known how many answered, by its peers'."""
    table = held.beside(own, others)
    return table if table.empty else with_intervals(table, confidence)


def _against(
    who: Identity, held: Numbers, own: Ints, others: Ints, name: str, confidence: float
) -> Difference | None:
    """Compare the trust with the median of its peers in its newest year."""
    others = others[held.group[others] == held.group[own].max(initial=-1)]
    rows = held.rows.iloc[[*own[-1:], *others]]
    share, se = rows["share"], standard_errors(rows["share"], rows["respondents"])
    if not len(others) or se.isna().any():
        return None
    sector = name.removeprefix(who.name).strip(" ()")  # Isle of Wight's, "acute sector"
    part = f"its {sector}'s" if name.startswith(who.name) and sector else "its"
    what = f"{part} share of staff who felt able to make improvements"
    trust = Score(what, float(share.iloc[0]), float(se.iloc[0]), "share")
    middle = median_score("its peers' median", share.iloc[1:], se.iloc[1:], "share")
    return difference(trust, middle, confidence=confidence)
