"""What a trust's staff say, with the uncertainty of each share, beside its peers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from nhsi_analysis import as_at
from nhsi_analysis.answers.differences import Difference, Score, Share, difference, median_score
from nhsi_analysis.studies.profile.numbers.peers import Identity, beside_peers, keyed, load, row
from notebook_reports.evidence import Estimate
from policy_methods.ranking import expected_ranks
from policy_methods.shares import wilson

ITEMS = {
    "q7a": "manager encourages teamwork",
    "q7b": "manager can be counted on",
    "q7c": "manager gives clear feedback",
    "q7d": "manager asks their opinion first",
    "q7e": "manager supports in a crisis",
    "q7f": "manager cares for their health",
    "q7g": "manager values their work",
    "q8a": "they know the senior managers",
    "q8b": "senior managers communicate",
    "q8c": "senior managers involve staff",
    "q8d": "senior managers act on feedback",
}
LATER = {
    "q3f": "able to make improvements happen",
    "q6a": "their role makes a difference",
    "q7h": "valued by their team",
}
FOLLOWED = "q3f"
"""The one of these that was a component of the league of 2016: chosen before any was looked at."""
_DRAWS = 4000


@dataclass(frozen=True)
class Survey:
    """A trust's answers beside its peers'.

    Parameters
    ----------
    item : str
        Question of the older survey that is ranked.
    year : int
        Year of the older survey.
    confidence : float
        Level of intervals.
    items : pandas.DataFrame
        One row a question of the older survey: ``question``, ``words``, ``respondents``, ``share``
        (agreeing or strongly agreeing), ``low``, ``high``, ``peer_median``, ``peer_low``,
        ``peer_high`` (the middle half of peers) and ``peers``. Empty where there are no results.
    rank : Estimate or None
        Rank of the trust on ``item`` among itself and its peers, 1 the best, with its interval
        under a two-level model.
    later : pandas.DataFrame
        One row a question and year from 2021: ``question``, ``words``, ``year``, ``respondents``,
        ``share``, ``low``, ``high``, ``peer_median``, ``peer_low``, ``peer_high``, ``peers``.
    against : Difference or None
        The trust less the median of its peers on the statement followed, in the newest year.
    name, group : str
        What the trust is called in the newest year, and its benchmark group.
    """

    item: str
    year: int
    confidence: float
    items: pd.DataFrame
    rank: Estimate | None
    later: pd.DataFrame
    against: Difference | None
    name: str
    group: str

    @property
    def headline(self) -> Estimate | None:
        """Share agreeing with the statement followed, in the newest survey."""
        if self.later.empty:
            return None
        label = f"of staff felt {LATER[FOLLOWED]}, survey of {{year}}"
        return self._share(self.followed, label)

    @property
    def older(self) -> Estimate | None:
        """Share agreeing with the item ranked, in the older survey."""
        if self.items.empty:
            return None
        now = self.items[self.items["question"] == self.item].assign(year=self.year)
        return self._share(now, f"of staff agreed that {clause(self.item)}, survey of {{year}}")

    @cached_property
    def followed(self) -> pd.DataFrame:
        """The rows of the statement followed, one a year."""
        return self.later[self.later["question"] == FOLLOWED].reset_index(drop=True)

    @property
    def change(self) -> Difference:
        """The newest year less the oldest on the statement followed."""
        first, last = (
            Share(str(year), round(share * n), int(n))
            for year, share, n in self.followed[["year", "share", "respondents"]]
            .iloc[[0, -1]]
            .itertuples(index=False)
        )
        return difference(last, first, confidence=self.confidence)

    @property
    def rounded(self) -> bool:
        """Whether the older survey's percentages were published rounded to whole ones."""
        return bool(np.allclose(self.items["share"] * 100, (self.items["share"] * 100).round()))

    def _share(self, rows: pd.DataFrame, label: str) -> Estimate:
        last = row(rows)
        return Estimate(
            value=float(last["share"]),
            low=float(last["low"]),
            high=float(last["high"]),
            unit="share",
            n=int(last["respondents"]),
            label=label.format(year=last["year"]),
            confidence=self.confidence,
        )


def clause(item: str) -> str:
    """Turn an item's words into a clause after "that"."""
    words = ITEMS[item]
    return words if item.startswith("q8") else f"their {words}"


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
        Question of it to rank, q7a to q8d.
    confidence : float
        Level of intervals.
    """
    rows = _published("staff_survey_items", until)
    now = who.group(rows[rows["survey_year"] == year])
    share = (now["agree_pct"] + now["strongly_agree_pct"]) / 100
    now = now.assign(share=share.clip(0, 1))
    items = _with_intervals(who, now, "question", confidence)
    items.insert(1, "words", items["question"].map(ITEMS))
    if item not in set(items["question"]):
        items = items.iloc[:0]
    rank = _rank(who, now[now["question"] == item], confidence) if len(items) else None

    rows = _published("staff_survey_2021_2024", until).sort_values("survey_year")
    rows, group = who.alike(rows, "benchmarking_group")
    rows = rows.assign(share=rows["agree_pct"] / 100).rename(columns={"survey_year": "year"})
    later = pd.concat(
        _with_intervals(who, rows[rows["question"] == question], "year", confidence).assign(
            question=question, words=words
        )
        for question, words in LATER.items()
    )
    against = _against(who, rows[rows["question"] == FOLLOWED], confidence) if len(later) else None
    return Survey(item, year, confidence, items, rank, later, against, who.name_in(rows), group)


def _published(table: str, until: pd.Timestamp) -> pd.DataFrame:
    """Return the rows of a survey's table that were out by a day and rest on answers."""
    rows = load(table)
    out = as_at.survey_published(rows["survey_year"]) <= until
    return rows[out & (rows["respondents"] > 0)]


def _with_intervals(who: Identity, rows: pd.DataFrame, by: str, confidence: float) -> pd.DataFrame:
    """Put a trust's shares, with intervals, beside the quartiles of its peers'."""
    table = beside_peers(who.code, rows, by, "share", ["respondents"])
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
    return (smoothed * (1 - smoothed) / rows["respondents"]) ** 0.5


def _against(who: Identity, rows: pd.DataFrame, confidence: float) -> Difference | None:
    """Compare the trust with the median of its peers in its newest year."""
    own = rows["org_code"] == who.code
    rows = rows[rows["year"] == rows.loc[own, "year"].max()].assign(se=_standard_errors(rows))
    mine, peers = rows[rows["org_code"] == who.code], rows[rows["org_code"] != who.code]
    if peers.empty:
        return None
    trust = Score("it", float(mine["share"].iloc[0]), float(mine["se"].iloc[0]), "share")
    middle = median_score("the median of its benchmark group", peers["share"], peers["se"], "share")
    return difference(trust, middle, confidence=confidence)


def _rank(who: Identity, rows: pd.DataFrame, confidence: float) -> Estimate | None:
    """Rank the trust among its peers on one item, with its posterior interval."""
    if len(rows) < 3:
        return None
    share, variance = rows["share"].to_numpy(), _standard_errors(rows).to_numpy() ** 2
    if np.allclose(share * 100, (share * 100).round()):
        variance += 2 / 12 / 100**2  # each share is the sum of two whole percentages
    own = int(np.flatnonzero(rows["org_code"] == who.code)[0])
    model = expected_ranks(share, np.sqrt(variance))
    draws = np.random.default_rng(0).standard_normal((_DRAWS, len(rows)))
    truth = model.shrunken + model.shrunken_se * draws
    ranks = 1 + (truth > truth[:, [own]]).sum(axis=1)
    tail = (1 - confidence) / 2
    low, high = np.quantile(ranks, [tail, 1 - tail])
    first = 1 + int((share > share[own] + 1e-9).sum())
    last = first + int((np.abs(share - share[own]) <= 1e-9).sum()) - 1
    return Estimate(
        value=first,
        low=float(low),
        high=float(high),
        n=len(rows),
        said=f"{first} of {len(rows)}" if first == last else f"{first} to {last} of {len(rows)}",
        label=f"was its place among {who.kind} on that",
        confidence=confidence,
        kind="credible interval",
        decimals=0,
    )
