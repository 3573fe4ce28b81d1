"""What a trust's staff say, with the uncertainty of each share, beside its peers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nhsi_analysis import as_at
from nhsi_analysis.answers.differences import Difference, Score, Share, difference, median_score
from nhsi_analysis.studies.profile.numbers.peers import Identity, beside_peers, load, row
from notebook_reports.evidence import Estimate
from policy_methods.ranking import expected_ranks
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
LATER = {
    "q3f": "able to make improvements happen",
    "q6a": "that their role makes a difference",
    "q7h": "valued by their team",
}
FOLLOWED = "q3f"
"""The one of these that was a component of the league of 2016: chosen before any was looked at."""


@dataclass(frozen=True)
class Survey:
    """A trust's answers, each table as :func:`beside_peers` makes them, with ``low`` and ``high``.

    Parameters
    ----------
    later : pandas.DataFrame
        By ``year`` from 2021: ``respondents`` and ``share``, who agree, with each ``question``.
    against : Difference or None
        The trust less the median of its peers on the question followed, in the newest year.
    group, name : str
        Its benchmark group there, and what it is called.
    older : pandas.DataFrame
        Up to one row, the item of the older survey: ``year``, ``respondents``, ``share``.
    rank : Estimate or None
        Its place on that among itself and its peers, 1 the best, under a two-level model.
    item : str
        The item of the older survey.
    confidence : float
        Level of intervals.
    """

    later: pd.DataFrame
    against: Difference | None
    group: str
    name: str
    older: pd.DataFrame
    rank: Estimate | None
    item: str
    confidence: float

    @property
    def followed(self) -> pd.DataFrame:
        """The rows of the question followed, one a year."""
        return self.later[self.later["question"] == FOLLOWED]

    @property
    def headline(self) -> Estimate | None:
        """Share who agree with the question followed, in the newest survey."""
        return self._share(self.followed, f"of staff felt {LATER[FOLLOWED]}")

    @property
    def older_headline(self) -> Estimate | None:
        """Share who agree with the item of the older survey."""
        return self._share(self.older, f"of staff agreed that {ITEMS[self.item]}")

    @property
    def change(self) -> Difference:
        """The newest year less the oldest on the question followed."""
        first, last = (row(self.followed, position) for position in (0, -1))
        counts = (
            Share(str(year["year"]), round(year["share"] * year["respondents"]), year["respondents"])
            for year in (last, first)
        )
        return difference(*counts, confidence=self.confidence)

    def _share(self, rows: pd.DataFrame, label: str) -> Estimate | None:
        if rows.empty:
            return None
        last = row(rows)
        return Estimate(
            value=float(last["share"]),
            low=float(last["low"]),
            high=float(last["high"]),
            unit="share",
            n=int(last["respondents"]),
            label=f"{label}, survey of {last['year']}",
            confidence=self.confidence,
        )


def answer(
    who: Identity, until: pd.Timestamp, *, year: int, item: str, confidence: float
) -> Survey:
    """Collect a trust's staff-survey results published by a date.

    Parameters
    ----------
    who : Identity
        The trust and its peers.
    until : pandas.Timestamp
        Last publication date that counts.
    year : int
        Year of the older survey, 2012 to 2018.
    item : str
        Question of it, q7a to q8d.
    confidence : float
        Level of intervals.
    """
    rows = _published("staff_survey_items", until)
    rows = who.group(rows[(rows["year"] == year) & (rows["question"] == item)])
    rows = rows.assign(share=((rows["agree_pct"] + rows["strongly_agree_pct"]) / 100).clip(0, 1))
    older = _with_intervals(who, rows, confidence)
    rank = None if older.empty or len(rows) < 3 else _rank(who, rows, confidence)

    rows = _published("staff_survey_2021_2024", until).sort_values("year")
    rows, group, name = who.alike(rows, "benchmarking_group")
    rows = rows.assign(share=rows["agree_pct"] / 100)
    asked = {question: rows[rows["question"] == question] for question in LATER}
    later = pd.concat(
        _with_intervals(who, part, confidence).assign(question=question)
        for question, part in asked.items()
    )
    against = _against(who, asked[FOLLOWED], confidence)
    return Survey(later, against, group, name, older, rank, item, confidence)


def _published(table: str, until: pd.Timestamp) -> pd.DataFrame:
    """Return the rows of a survey's table that were out by a day and rest on answers."""
    rows = load(table).rename(columns={"survey_year": "year"})
    return rows[(as_at.survey_published(rows["year"]) <= until) & (rows["respondents"] > 0)]


def _with_intervals(who: Identity, rows: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Put a trust's shares, with intervals, beside its peers'."""
    table = beside_peers(who.code, rows, "year", "share", ["respondents"])
    share, answers = table["share"], table["respondents"]
    low = high = share
    if len(table):
        counted = wilson(np.rint(share * answers).astype(int), answers, confidence)
        # Percentages are rounded in some years; the published share stays, the interval is its own.
        low, high = share.clip(upper=counted.low), share.clip(lower=counted.high)
    return table.assign(low=low, high=high)


def _standard_errors(rows: pd.DataFrame) -> pd.Series:
    """Return the standard errors of shares; half an answer either way keeps them above nought."""
    smoothed = (rows["share"] * rows["respondents"] + 0.5) / (rows["respondents"] + 1)
    variance = smoothed * (1 - smoothed) / rows["respondents"]
    if np.allclose(rows["share"] * 100, (rows["share"] * 100).round()):
        variance += 2 / 12 / 100**2  # published as the sum of two whole percentages
    return variance**0.5


def _against(who: Identity, rows: pd.DataFrame, confidence: float) -> Difference | None:
    """Compare the trust with the median of its peers in its newest year."""
    own = rows["org_code"] == who.code
    rows = rows[rows["year"] == rows.loc[own, "year"].max()]
    share, se, own = rows["share"], _standard_errors(rows), rows["org_code"] == who.code
    if own.sum() == 0 or own.all():
        return None
    middle = median_score("the median of its benchmark group", share[~own], se[~own], "share")
    trust = Score("it", float(share[own].iloc[0]), float(se[own].iloc[0]), "share")
    return difference(trust, middle, confidence=confidence)


def _rank(who: Identity, rows: pd.DataFrame, confidence: float) -> Estimate:
    """Place the trust among its peers, ties as ties, with its posterior range."""
    model = expected_ranks(rows["share"], _standard_errors(rows))
    own = int(np.flatnonzero(rows["org_code"] == who.code)[0])
    noise = np.random.default_rng(0).standard_normal((4000, len(rows)))
    truth = model.shrunken + model.shrunken_se * noise
    tail = (1 - confidence) / 2
    low, high = np.quantile(1 + (truth > truth[:, [own]]).sum(axis=1), [tail, 1 - tail])
    first, last = model.rank[own], model.rank[own] + (model.rank == model.rank[own]).sum() - 1
    place = f"{first}" if first == last else f"tied {first} to {last}"
    return Estimate(
        value=float(first),
        low=float(low),
        high=float(high),
        n=len(rows),
        said=f"{place} of {len(rows)}",
        label=f"place among {who.kind} on that",
        confidence=confidence,
        kind="credible interval",
    )
