"""What a trust's staff say, with the uncertainty of each share, beside its peers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.special import ndtri

from nhsi_analysis import as_at, datasets
from nhsi_analysis.answers.differences import Difference, Score, Share, difference, median_score
from nhsi_analysis.answers.peers import Ints, Numbers, newest
from nhsi_analysis.answers.ranks import place
from nhsi_analysis.answers.shares import rounding_variance, standard_errors
from nhsi_analysis.studies.profile.numbers.peers import Identity, load
from notebook_reports.evidence import Estimate
from policy_methods.shares import wilson

ITEMS = {
    "q7a": "their manager encourages teamwork",
    "q7b": "their manager can be counted on",
    "q7c": "their manager gives clear feedback",
    "q7d": "their manager asks their opinion first",
    "q7e": "their manager supports in a crisis",
    "q7f": "their manager cares for their health",
    "q7g": "their manager values their work",
    "q8a": "they know the senior managers",
    "q8b": "senior managers communicate",
    "q8c": "senior managers involve staff",
    "q8d": "senior managers act on feedback",
}
ABLE = "able to make improvements happen"
_ABLE = "q3f"


@dataclass(frozen=True)
class Survey:
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
        label = f"of staff agreed that {ITEMS[self.item]}, survey of {{}}"
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
    held = _item(until, year, item)
    asked = held.rows_of(then.code), held.rows_of(*then.peers)
    older, rank = _beside_peers(held, *asked, confidence), None
    if len(older) and sum(map(len, asked)) > 2:
        shares = held.rows.iloc[np.sort(np.concatenate(asked))].set_index("org_code")
        se = standard_errors(shares["share"], shares["respondents"])
        label = f"place among {then.kind} on that"
        rank = place(shares["share"], se, who.code, confidence=confidence, label=label)

    held = _able(until)
    own, others, group, name = who.alike(held, "benchmarking_group")
    able = _beside_peers(held, own, others, confidence)
    against = _against(who, held, own, others, name, confidence)
    concerns = who.beside(_scores(until))
    return Survey(able, against, group, name, concerns, older, rank, item, confidence)


@datasets.remembered
def _item(until: pd.Timestamp, year: int, item: str) -> Numbers:
    """Return the shares who agreed with an item of the older survey."""
    rows = _published("staff_survey_items", until)
    rows = rows[(rows["year"] == year) & (rows["question"] == item)]
    share = ((rows["agree_pct"] + rows["strongly_agree_pct"]) / 100).clip(0, 1)
    return Numbers.of(rows.assign(share=share), "year", "share", ["respondents"])


@datasets.remembered
def _able(until: pd.Timestamp) -> Numbers:
    """Return the shares who felt able to make improvements."""
    rows = _published("staff_survey_2021_2024", until).sort_values("year")
    rows = rows[rows["question"] == _ABLE]
    rows = rows.assign(share=rows["agree_pct"] / 100)
    return Numbers.of(rows, "year", "share", ["respondents"])


@datasets.remembered
def _scores(until: pd.Timestamp) -> Numbers:
    """Return the scores for raising concerns."""
    return Numbers.of(_out("staff_survey_promise", until), "year", "raising_concerns")


def _out(table: str, until: pd.Timestamp) -> pd.DataFrame:
    """Return the rows of a survey's table that were out by a day."""
    rows = load(table).rename(columns={"survey_year": "year"})
    return rows[as_at.survey_published(rows["year"]) <= until]


def _published(table: str, until: pd.Timestamp) -> pd.DataFrame:
    """Return the rows of a survey's table that were out by a day, but those nobody answered."""
    rows = _out(table, until)
    return rows[rows["respondents"] != 0]


def _beside_peers(held: Numbers, own: Ints, others: Ints, confidence: float) -> pd.DataFrame:
    """Put a trust's shares, with intervals where it is known how many answered, by its peers'."""
    table = held.beside(own, others)
    if table.empty:
        return table
    share, known = table["share"].to_numpy(), table["respondents"].notna()
    answers = table["respondents"].fillna(1).to_numpy(dtype=int)
    counted = wilson(np.rint(share * answers).astype(int), answers, confidence)
    rounding = float(ndtri((1 + confidence) / 2)) * rounding_variance(table["share"]) ** 0.5
    low, high = (np.hypot(share - end, rounding) for end in (counted.low, counted.high))
    ends = {"low": np.maximum(share - low, 0), "high": np.minimum(share + high, 1)}
    return table.assign(**{end: np.where(known, at, np.nan) for end, at in ends.items()})


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
