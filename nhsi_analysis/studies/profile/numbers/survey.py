"""What a trust's staff say about openness, with the uncertainty of each share and of its rank."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nhsi_analysis import as_at
from nhsi_analysis.studies.profile.numbers.peers import Identity, beside_peers, keyed, load, row
from notebook_reports.evidence import Estimate
from policy_methods.ranking import rank_confidence_sets
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
    "q7h": "valued by my team",
}


@dataclass(frozen=True)
class Survey:
    """A trust's answers beside its peers'.

    Parameters
    ----------
    item : str
        Question followed through the years and ranked.
    year : int
        Survey year of the items.
    confidence : float
        Level of intervals and rank set.
    items : pandas.DataFrame
        One row a question: ``question``, ``words``, ``respondents``, ``share`` (agreeing or
        strongly agreeing), ``low``, ``high``, ``peer_median``, ``peer_low``, ``peer_high`` (the
        middle half of peers) and ``peers``. Empty where the trust has no results that year.
    trend : pandas.DataFrame
        One row a year with data for ``item``: ``year``, ``share``, ``low``, ``high``,
        ``peer_median``, ``peers``.
    later : pandas.DataFrame
        One row a question and year from 2021: ``question``, ``words``, ``year``, ``respondents``,
        ``share``, ``low``, ``high``, ``peer_median``, ``peers``.
    later_name : str
        What the trust is called by then; empty where nothing changed.
    rank : Estimate or None
        Rank of the trust on ``item`` among itself and its peers, 1 the best, with its set.
    """

    item: str
    year: int
    confidence: float
    items: pd.DataFrame
    trend: pd.DataFrame
    later: pd.DataFrame
    later_name: str
    rank: Estimate | None

    @property
    def headline(self) -> Estimate | None:
        """Share agreeing with the item followed."""
        if self.items.empty:
            return None
        now = keyed(self.items, "question", self.item)
        return Estimate(
            value=float(now["share"]),
            low=float(now["low"]),
            high=float(now["high"]),
            unit="share",
            n=int(now["respondents"]),
            label=f"of staff agree that {clause(self.item)} ({self.item}, {self.year})",
            confidence=self.confidence,
        )

    @property
    def rounded(self) -> bool:
        """Whether the year's percentages were published rounded to whole ones."""
        return bool(np.allclose(self.items["share"] * 100, (self.items["share"] * 100).round()))


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
        Survey year, 2012 to 2018.
    item : str
        Question to follow and rank, q7a to q8d.
    confidence : float
        Level of intervals and rank set.
    """
    rows = who.group(load("staff_survey_items"))
    rows = rows[as_at.survey_published(rows["survey_year"]) <= until]
    rows = rows[rows["respondents"] > 0]
    share = (rows["agree_pct"] + rows["strongly_agree_pct"]) / 100
    rows = rows.assign(share=share.clip(0, 1))
    now = rows[rows["survey_year"] == year]
    items = _with_intervals(who, now, "question", confidence)
    if not items.empty:
        items.insert(1, "words", items["question"].map(ITEMS))
        if item not in set(items["question"]):
            items = items.iloc[:0]
    trend = _with_intervals(who, rows[rows["question"] == item], "survey_year", confidence)
    trend = trend.rename(columns={"survey_year": "year"})
    rank = _rank(who, now[now["question"] == item], confidence) if len(items) else None
    later, name = _later(who, until, confidence)
    return Survey(item, year, confidence, items, trend, later, name, rank)


def _with_intervals(who: Identity, rows: pd.DataFrame, by: str, confidence: float) -> pd.DataFrame:
    """Put a trust's shares, with intervals, beside the quartiles of its peers'."""
    table = beside_peers(who, rows, by, "share", ["respondents"])
    share, answers = table["share"], table["respondents"]
    low = high = share
    if len(table):
        counted = wilson(np.rint(share * answers).astype(int), answers, confidence)
        # Percentages are rounded in some years; the published share stays, the interval is its own.
        low, high = share.clip(upper=counted.low), share.clip(lower=counted.high)
    table.insert(3, "low", low)
    table.insert(4, "high", high)
    return table


def _rank(who: Identity, rows: pd.DataFrame, confidence: float) -> Estimate | None:
    """Rank the trust among its peers on one item, with its exact marginal confidence set."""
    if len(rows) < 3:
        return None
    estimates = rows.set_index("org_code")["share"]
    base = rows["respondents"].to_numpy(dtype=float)
    # Half an answer either way keeps the error of a share of 0 or 1 above nought.
    smoothed = (estimates.to_numpy() * base + 0.5) / (base + 1)
    se = np.sqrt(smoothed * (1 - smoothed) / base)
    table = rank_confidence_sets(estimates, se, kind="marginal", confidence=confidence).to_frame()
    own = row(table, int(np.flatnonzero(estimates.index == who.code)[0]))
    return Estimate(
        value=float(own["rank"]),
        low=float(own["lower"]),
        high=float(own["upper"]),
        n=len(rows),
        label=f"rank of {len(rows)} {who.kind} on that item, 1 the best",
        confidence=confidence,
        kind="confidence set",
    )


def _later(who: Identity, until: pd.Timestamp, confidence: float) -> tuple[pd.DataFrame, str]:
    """Collect the surveys from 2021, beside the benchmarking group, and the name by then."""
    rows = load("staff_survey_2021_2024")
    rows = rows[as_at.survey_published(rows["survey_year"]) <= until]
    group = rows.loc[rows["org_code"] == who.code, "benchmarking_group"]
    if group.empty:
        return pd.DataFrame(), ""
    name = who.later_name(rows, "survey_year")
    rows = rows[(rows["benchmarking_group"] == group.iloc[-1]) | (rows["org_code"] == who.code)]
    rows = rows[rows["respondents"] > 0].assign(share=rows["agree_pct"] / 100)
    parts = []
    for question, words in LATER.items():
        part = _with_intervals(who, rows[rows["question"] == question], "survey_year", confidence)
        parts.append(part.assign(question=question, words=words))
    table = pd.concat(parts, ignore_index=True).rename(columns={"survey_year": "year"})
    columns = ["question", "words", "year", "respondents", "share", "low", "high", "peer_median"]
    return table[[*columns, "peers"]], name
