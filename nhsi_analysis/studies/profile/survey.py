"""What a trust's staff say about openness, with the uncertainty of each share and of its rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nhsi_analysis import as_at
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.profile.identity import Identity
from nhsi_analysis.studies.profile.rows import by_then, keyed, load, row
from notebook_reports.charts import intervals, lines
from notebook_reports.evidence import Estimate, format_value
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
YEARS = range(2012, 2019)


@dataclass(frozen=True)
class Survey:
    """A trust's answers beside its peers'.

    Parameters
    ----------
    who : Identity
        The trust and its peers.
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
    later_name : str
        What the trust is called by then, in words; empty where nothing changed.
    later : pandas.DataFrame
        One row a question and year from 2021: ``question``, ``words``, ``year``, ``respondents``,
        ``share``, ``low``, ``high``, ``peer_median``, ``peers``.
    rank : Estimate or None
        Rank of the trust on ``item`` among itself and its peers, 1 the best, with its set.
    """

    who: Identity
    item: str
    year: int
    confidence: float
    items: pd.DataFrame
    trend: pd.DataFrame
    later: pd.DataFrame
    later_name: str
    rank: Estimate | None

    @property
    def has_data(self) -> bool:
        """Whether the trust has results for the year."""
        return not self.items.empty

    @property
    def headline(self) -> Estimate:
        """Share agreeing with the item followed."""
        now = keyed(self.items, "question", self.item)
        return Estimate(
            value=float(now["share"]),
            low=float(now["low"]),
            high=float(now["high"]),
            unit="share",
            n=int(now["respondents"]),
            label=f"of staff agree that {_clause(self.item)} ({self.item}, {self.year})",
            confidence=self.confidence,
        )

    @property
    def rounded(self) -> bool:
        """Whether the year's percentages were published rounded to whole ones."""
        return bool(np.allclose(self.items["share"] * 100, (self.items["share"] * 100).round()))

    @property
    def sentence(self) -> str:
        """The item followed and its rank in words."""
        if not self.has_data:
            years = ", ".join(map(str, self.trend["year"])) if len(self.trend) else "none"
            return (
                f"**No data**: the staff-survey table has no results of {self.who.name} for "
                f"{self.year} (years it has: {years})."
            )
        now = keyed(self.items, "question", self.item)
        words = (
            f"In {self.year}, {self.headline} of its staff agreed that {_clause(self.item)}; half "
            f"of its {int(now['peers'])} peers lie between {now['peer_low']:.1%} and "
            f"{now['peer_high']:.1%}."
        )
        if self.rank is not None:
            words += (
                f" Among {self.rank.n} {self.who.kind} that is rank {self.rank.text} "
                f"({self.rank.interval_text})."
            )
        return words

    @property
    def reading(self) -> str:
        """The sentence, with how many items stand out."""
        if not self.has_data:
            return self.sentence
        above = self.items[self.items["low"] > self.items["peer_high"]]["question"]
        below = self.items[self.items["high"] < self.items["peer_low"]]["question"]
        return (
            f"{self.sentence} Of {len(self.items)} items, the whole interval lies above the middle "
            f"half of peers for {_listed(above)}; below it for {_listed(below)}."
        )

    def items_figure(self) -> dict[str, Any]:
        """Return the arguments of ``report.figure`` for all items beside peers."""
        own = self.items.assign(
            series="this trust", value=self.items["share"], label=self.items["words"]
        )
        peers = self.items.assign(
            series="middle half of peers",
            value=self.items["peer_median"],
            low=self.items["peer_low"],
            high=self.items["peer_high"],
            label=self.items["words"],
        )
        higher = int((self.items["share"] > self.items["peer_median"]).sum())
        return {
            "fig": intervals.dot_interval(
                pd.concat([own, peers]),
                group="label",
                series="series",
                x_label="share agreeing or strongly agreeing",
            ),
            "key": "survey_items",
            "title": f"{higher} of {len(self.items)} items are above the median of peers",
            "subtitle": f"Share of staff agreeing or strongly agreeing, {self.who.name} and "
            f"{self.who.kind}, England, {self.year}",
            "source": "staff_survey_items",
            "alt": f"Dots with lines for {len(self.items)} questions, the trust beside its peers. "
            f"The trust's share is above the median of peers for {higher} of them.",
            "data": self.items,
            "note": f"Lines of the trust are {self.confidence:.0%} confidence intervals for the "
            "share among those who answered; lines of the peers span the middle half of them. "
            + ("Shares of this year are published as whole per cents. " if self.rounded else "")
            + "The publisher advises against comparing unweighted results between organisations.",
        }

    def trend_figure(self) -> dict[str, Any]:
        """Return the arguments of ``report.figure`` for the item through the years."""
        years = pd.DataFrame(
            {"year": range(self.trend["year"].min(), self.trend["year"].max() + 1)}
        )
        data = years.merge(self.trend, on="year", how="left")
        first, last = row(self.trend, 0), row(self.trend)
        change = (last["share"] - first["share"]) * 100
        return {
            "fig": lines.lines(
                data,
                x="year",
                series={"share": "this trust", "peer_median": "median of peers"},
                bands={"share": ("low", "high")},
                unit="share",
                markers=True,
                height=3.6,
                x_label="survey year",
                y_label=f"share agreeing ({self.item})",
            ),
            "key": "survey_trend",
            "title": f"From {first['year']:.0f} to {last['year']:.0f} the share that say "
            f"{_clause(self.item)} went from {first['share']:.1%} to {last['share']:.1%}",
            "subtitle": f"Share agreeing or strongly agreeing with {self.item}, {self.who.name} "
            f"and the median of {self.who.kind}, {first['year']:.0f}-{last['year']:.0f}",
            "source": "staff_survey_items",
            "alt": f"Two lines over {len(self.trend)} surveys. The trust's share changed by "
            f"{change:+.1f} percentage points; the median of its peers by "
            f"{(last['peer_median'] - first['peer_median']) * 100:+.1f}.",
            "data": self.trend,
            "note": f"The band is the {self.confidence:.0%} confidence interval. Peers are those "
            "with results in that year, so they change from year to year.",
        }

    @property
    def has_trend(self) -> bool:
        """Whether there are years enough for a line; two are said in words."""
        return len(self.trend) > 2

    @property
    def trend_sentence(self) -> str:
        """The change over the years there are, in words."""
        if len(self.trend) < 2:
            return f"**No trend**: {len(self.trend)} of the surveys in the table cover the trust."
        first, last = row(self.trend, 0), row(self.trend)
        own = (last["share"] - first["share"]) * 100
        peers = (last["peer_median"] - first["peer_median"]) * 100
        apart = first["high"] < last["low"] or last["high"] < first["low"]
        return (
            f"From {first['year']} to {last['year']} the share that agree that "
            f"{_clause(self.item)} went from {first['share']:.1%} ({first['low']:.1%} to "
            f"{first['high']:.1%}) to {last['share']:.1%} ({last['low']:.1%} to "
            f"{last['high']:.1%}), {format_value(own, 'pp')}, while the median of peers moved by "
            f"{format_value(peers, 'pp')}; the two {self.confidence:.0%} confidence intervals "
            f"{'do not overlap' if apart else 'overlap'}."
        )

    @property
    def has_later(self) -> bool:
        """Whether there are results from 2021 on."""
        return not self.later.empty

    @property
    def later_sentence(self) -> str:
        """Results from 2021 in words."""
        if not self.has_later:
            return (
                f"**No data**: the surveys of 2021 to 2024 in the tables have no results of "
                f"{self.who.name} by that date (it may have merged or been renamed)."
            )
        last = row(self.later[self.later["question"] == "q3f"])
        return (
            f"In {last['year']}, on the 2021 questionnaire, {last['share']:.1%} "
            f"({self.confidence:.0%} confidence interval {last['low']:.1%} to {last['high']:.1%}) "
            f"of the staff of {self.who.name}{self.later_name} said that they are "
            f"{LATER['q3f']}; the median of {last['peers']} trusts of its "
            f"benchmarking group was {last['peer_median']:.1%}."
        )

    def later_table(self) -> dict[str, Any]:
        """Return the arguments of ``report.table`` for the surveys from 2021."""
        names = {
            "words": "Statement",
            "year": "Year",
            "respondents": "Answers",
            "share": "Agree",
            "low": "Low",
            "high": "High",
            "peer_median": "Median of peers",
        }
        shares = ("Agree", "Low", "High", "Median of peers")
        return {
            "df": self.later[list(names)].rename(columns=names),
            "key": "survey_later",
            "caption": f"Three statements since 2021, {self.who.name} and its benchmarking group",
            "source": "staff_survey_2021_2024",
            "formats": dict.fromkeys(shares, "share") | {"Year": str},
            "note": f"Low and high are the ends of {self.confidence:.0%} confidence intervals.",
        }


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

    Returns
    -------
    Survey

    Raises
    ------
    ParameterError
        For a year or item that the table can't have.
    """
    if year not in YEARS:
        raise ParameterError("survey_year", "is not in the table", value=year, allowed=YEARS)
    if item not in ITEMS:
        raise ParameterError("item", "is not in the table", value=item, allowed=ITEMS)
    rows = load("staff_survey_items")
    rows = rows[rows["org_code"].isin([who.code, *who.peers])]
    rows = rows[as_at.survey_published(rows["survey_year"]) <= until]
    rows = rows[rows["respondents"] > 0]
    share = (rows["agree_pct"] + rows["strongly_agree_pct"]) / 100
    rows = rows.assign(share=share.clip(0, 1))
    now = rows[rows["survey_year"] == year]
    items = _beside_peers(who, now, "question", confidence)
    if not items.empty:
        items.insert(1, "words", items["question"].map(ITEMS))
        if item not in set(items["question"]):
            items = items.iloc[:0]
    trend = _beside_peers(who, rows[rows["question"] == item], "survey_year", confidence)
    trend = trend.rename(columns={"survey_year": "year"})
    rank = _rank(who, now[now["question"] == item], confidence) if len(items) else None
    later, name = _later(who, until, confidence)
    return Survey(who, item, year, confidence, items, trend, later, name, rank)


def _beside_peers(who: Identity, rows: pd.DataFrame, by: str, confidence: float) -> pd.DataFrame:
    """Put a trust's shares, with intervals, beside the quartiles of its peers'."""
    own = rows[rows["org_code"] == who.code].sort_values(by)
    columns = [by, "respondents", "share", "low", "high"]
    if own.empty:
        return pd.DataFrame(columns=[*columns, "peer_median", "peer_low", "peer_high", "peers"])
    counted = wilson(
        np.rint(own["share"] * own["respondents"]).astype(int), own["respondents"], confidence
    )
    # Percentages are rounded in some years; the published share stays, the interval is its own.
    own = own.assign(
        low=np.minimum(counted.low, own["share"]), high=np.maximum(counted.high, own["share"])
    )
    grouped = rows[rows["org_code"] != who.code].groupby(by)["share"]
    peers = pd.DataFrame(
        {
            "peer_median": grouped.median(),
            "peer_low": grouped.quantile(0.25),
            "peer_high": grouped.quantile(0.75),
            "peers": grouped.size(),
        }
    )
    merged = own[columns].merge(peers, left_on=by, right_index=True, how="left")
    return merged.assign(peers=merged["peers"].fillna(0).astype(int)).reset_index(drop=True)


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
    name = by_then(
        who.name, rows.loc[rows["org_code"] == who.code].sort_values("survey_year")["org_name"]
    )
    rows = rows[(rows["benchmarking_group"] == group.iloc[-1]) | (rows["org_code"] == who.code)]
    rows = rows[rows["respondents"] > 0].assign(share=rows["agree_pct"] / 100)
    parts = []
    for question, words in LATER.items():
        part = _beside_peers(who, rows[rows["question"] == question], "survey_year", confidence)
        parts.append(part.assign(question=question, words=words))
    table = pd.concat(parts, ignore_index=True).rename(columns={"survey_year": "year"})
    columns = ["question", "words", "year", "respondents", "share", "low", "high", "peer_median"]
    return table[[*columns, "peers"]], name


def _clause(item: str) -> str:
    """Turn an item's words into a clause after "that"."""
    words = ITEMS[item]
    return words if item.startswith("q8") else f"their {words}"


def _listed(questions: pd.Series) -> str:
    return ", ".join(f"'{ITEMS[q]}'" for q in questions) if len(questions) else "none"
