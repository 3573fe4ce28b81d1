"""Today's league, the NHS Oversight Framework: a trust's place in it, and what it hangs on.

The framework averages the scores of metrics, cuts the averages into segments, puts trusts in
deficit no higher than segment 3, and ranks by segment, then score. No error of a score is known
here, so the doubt is of choice: other weights of the five domains, a domain left out, another mean.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from nhsi_analysis import as_at, datasets, years
from policy_methods.composite import ImpliedWeights, implied_weights
from policy_methods.results import Result

TABLE: Final = "oversight_framework"
DOMAINS: Final = {
    "access": "Access to services",
    "effectiveness": "Effectiveness and experience",
    "finance": "Finance and productivity",
    "safety": "Patient safety",
    "people": "People and workforce",
}
SCORES: Final = [f"{name}_score" for name in DOMAINS]
LEVEL: Final = 0.9
MOST: Final = 0.5
"""Share of draws that a range over choices holds."""
CONCENTRATION: Final = 20.0
"""Total of the Dirichlet distribution of weights around the implied ones."""
HELD: Final = 3
"""Segment that a trust in deficit can't be above."""


@dataclass(frozen=True)
class Framework(Result):
    """The acute league of a quarter.

    Parameters
    ----------
    quarter, end : str, pandas.Timestamp
        The quarter as published, such as "2025/26 Q3", and its last day.
    table : pandas.DataFrame
        Acute trusts by ``org_code`` in published order, with the columns of the data and:
        ``outturn_pct`` (plan and variance), ``deficit``; ``place`` and ``last``, those places among
        these trusts that it shares by segment and score, ``score_place`` by score alone; ``earned``
        (segment by score, the worse of two where the cut isn't known so well); ``held`` (in a worse
        segment than earned); ``gap``, the least change of score that surely takes it into another
        segment (one in deficit crosses the cuts above segment 3 in vain);
        ``low`` to ``high``, its places over choices by the published rule, ``score_low`` to
        ``score_high`` by score alone; ``kept``, share of draws in which it keeps its segment.
    cuts : list of tuple of float
        For each cut between segments the worst score known above it and the best below it.
    weights : ImpliedWeights
        Weights of the domains, without intervals.
    spread : pandas.DataFrame
        ``low`` and ``high`` end of the weights drawn, by domain.
    moved, shift : numpy.ndarray, float
        Trusts that each draw puts into another segment; mean places it moves a trust.
    """

    quarter: str
    end: pd.Timestamp
    table: pd.DataFrame
    cuts: list[tuple[float, float]]
    weights: ImpliedWeights
    spread: pd.DataFrame
    moved: np.ndarray
    shift: float

    def order(self, score: np.ndarray, *, held: bool = True) -> tuple[np.ndarray, np.ndarray]:
        """Return segments and places by other scores, shape (draws, n), lower being better.

        As many trusts earn each segment as by the published score; a trust in deficit is put no
        higher than segment 3, unless ``held`` is false. Equal scores share the best place.
        """
        sizes = self.table["earned"].value_counts().sort_index()
        rank = _places(score)
        segment = np.searchsorted(np.cumsum(sizes), rank) + 1
        segment = np.asarray(sizes.index)[np.minimum(segment, len(sizes)) - 1]
        if held:
            segment = np.where(self.table["deficit"], np.maximum(segment, HELD), segment)
        return segment, _places(segment * 1e6 + rank)


@datasets.remembered
def latest(
    until: pd.Timestamp = as_at.OPEN_END, *, draws: int = 1000, seed: int = 0
) -> Framework | None:
    """Return the newest quarter published by a day; None where there is none.

    A quarter counts once scores by domain of most of its acute trusts are held: a league table
    comes without them, and its metrics may be read later.

    Parameters
    ----------
    until : pandas.Timestamp
        Last day whose publications count.
    draws, seed : int
        Other choices drawn, and the seed of the draws.

    Examples
    --------
    >>> latest().cuts
    [(2.06, 2.13), (2.35, 2.36), (2.69, 2.71)]
    """
    table = datasets.load(TABLE)
    acute = table[table["trust_type"] == "Acute"]
    whole = acute[SCORES].notna().all(axis=1).groupby(acute["quarter"]).agg(["sum", "mean"])
    held = whole.index[(whole["mean"] > MOST) & (whole["sum"] > 2 * len(SCORES))]
    ends = {str(quarter): quarter_end(str(quarter)) for quarter in held}
    out = as_at.published(TABLE, pd.Series(ends))
    known = [quarter for quarter in ends if out[quarter] <= until]
    if not known:
        return None
    newest = max(known, key=lambda quarter: ends[quarter])
    return _framework(newest, draws, seed)


@dataclass(frozen=True, slots=True)
class Place(Result):
    """A trust's place in its league.

    Parameters
    ----------
    league, quarter, end
        "Acute" or another; the quarter as published and its last day.
    rank, score, segment : int, float, int
        As published.
    count, place, last, low, high : int or None
        Acute trusts at hand, the places among them that it shares, and their range over choices.
    earned, gap : int or None, float or None
        Segment by score alone, and the least change of score that surely changes the segment.
    deficit : bool
        Whether plan and variance add up to a deficit, or it was published as in one.
    """

    league: str
    quarter: str
    end: pd.Timestamp
    rank: int
    score: float
    segment: int
    deficit: bool
    count: int | None = None
    place: int | None = None
    last: int | None = None
    low: int | None = None
    high: int | None = None
    earned: int | None = None
    gap: float | None = None

    @property
    def held(self) -> bool:
        """Whether it stands in a worse segment than its score earns."""
        return self.earned is not None and self.segment > self.earned


_OF_FRAMEWORK: Final = ("place", "last", "low", "high", "earned")
_OF_PLACE: Final = (
    *("trust_type", "rank", "average_score", "segment", "deficit", "gap"),
    *_OF_FRAMEWORK,
)


def place(trust: str, until: pd.Timestamp = as_at.OPEN_END) -> Place | None:
    """Return a trust's place in the newest quarter published by a day; None where it isn't there.

    Only the acute league is near enough to complete for places among its trusts and their doubt.

    Parameters
    ----------
    trust : str
        ODS code.
    until : pandas.Timestamp
        Last day whose publications count.

    Examples
    --------
    >>> found = place("RWH")
    >>> found.rank, found.segment, found.earned, found.place, found.count
    (21, 2, 2, 17, 129)
    """
    found = latest(until)
    if found is None:
        return None
    rows = found.table if trust in found.table.index else _others(found.quarter)
    if trust not in rows.index:
        return None
    at = rows.index.get_loc(trust)
    row: dict[str, Any] = {name: rows[name].iloc[at] for name in _OF_PLACE if name in rows}
    more = {}
    if rows is found.table:
        more = {name: int(row[name]) for name in _OF_FRAMEWORK}
        more["count"] = len(rows)
    return Place(
        league=str(row["trust_type"]),
        quarter=found.quarter,
        end=found.end,
        rank=int(row["rank"]),
        score=float(row["average_score"]),
        segment=int(row["segment"]),
        deficit=bool(row["deficit"]),
        gap=float(row["gap"]) if "gap" in row else None,
        **more,
    )


def quarter_end(quarter: str) -> pd.Timestamp:
    """Return the last day of a quarter of a financial year.

    Examples
    --------
    >>> quarter_end("2025/26 Q3").date().isoformat()
    '2025-12-31'
    """
    year, _, number = quarter.partition(" Q")
    return pd.Timestamp(years.first_year(year, "quarter"), 4, 1) + pd.DateOffset(
        months=3 * int(number), days=-1
    )


def _others(quarter: str) -> pd.DataFrame:
    """Return the trusts of a quarter that are in other leagues."""
    table = datasets.load(TABLE)
    table = table[(table["quarter"] == quarter) & (table["trust_type"] != "Acute")]
    return _outturn(table.set_index("org_code"))


@datasets.remembered
def _framework(quarter: str, draws: int, seed: int) -> Framework:
    """Work a quarter out."""
    table = datasets.load(TABLE)
    table = table[(table["quarter"] == quarter) & (table["trust_type"] == "Acute")]
    table.attrs = {}
    table = _outturn(table.set_index("org_code").sort_values(["segment", "average_score"]))
    table["org_name"] = _names(table["org_name"])
    cuts = _cuts(table)
    score = table["average_score"].to_numpy()
    earned = 1 + (score[:, None] > np.array(cuts)[:, 0]).sum(axis=1)
    first = _places(table["segment"].to_numpy() * 1e6 + score)
    apart = np.abs(score[:, None, None] - np.array(cuts)).max(axis=2)
    apart[table["deficit"].to_numpy(), : HELD - 1] = np.inf
    table = table.assign(
        earned=earned,
        held=table["segment"] > earned,
        place=first,
        last=first + pd.Series(first).groupby(first).transform("size").to_numpy() - 1,
        score_place=_places(score),
        gap=apart.min(axis=1).round(2),
    )
    weights = implied_weights(table[SCORES], table["average_score"], draws=0)
    bare = (pd.DataFrame(), np.empty(0), 0.0)
    found = Framework(quarter, quarter_end(quarter), table, cuts, weights, *bare)
    drawn, used, geometric = choices(weights.weights.to_numpy(), draws, seed)
    scores = combine(table[SCORES].to_numpy(), used, geometric)
    segment, places = found.order(scores)
    _, plain = found.order(scores, held=False)
    tails = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    for name, ranks, own in (("", places, "place"), ("score_", plain, "score_place")):
        low, high = np.quantile(ranks, tails, axis=0, method="inverted_cdf")
        # The published choice is one of the choices.
        table[f"{name}low"] = np.minimum(low, table[own]).astype(int)
        table[f"{name}high"] = np.maximum(high, table[own]).astype(int)
    same = segment == table["segment"].to_numpy()
    table["kept"] = same.mean(axis=0)
    ends = np.quantile(drawn, tails, axis=0)
    return replace(
        found,
        spread=pd.DataFrame(ends.T, index=SCORES, columns=["low", "high"]),
        moved=(~same).sum(axis=1),
        shift=float(np.abs(places - first).mean()),
    )


def _names(published: pd.Series) -> pd.Series:
    """Return names as trusts write them: the framework's are all in capitals."""
    staffing = datasets.load("trust_temporary_staffing").sort_values("financial_year")
    written = staffing.drop_duplicates("org_code", keep="last").set_index("org_code")["org_name"]
    known = {name.casefold(): name for name in datasets.load("trusts")["org_name"].dropna()}
    named = published.index.to_series().map(written).fillna(published)
    return named.map(lambda name: known.get(name.casefold(), name)).str.replace("’", "'")


def _outturn(table: pd.DataFrame) -> pd.DataFrame:
    """Add the outturn, plan and variance together, and who is in deficit."""
    outturn = (table["planned_surplus_pct"] + table["variance_to_plan_pct"]).round(2)
    deficit = outturn < 0
    if "in_deficit" in table:
        deficit = table["in_deficit"].astype("boolean").fillna(deficit).astype(bool)
    return table.assign(outturn_pct=outturn, deficit=deficit)


def _cuts(table: pd.DataFrame) -> list[tuple[float, float]]:
    """Bracket each cut by the scores of trusts that no rule on deficits can have moved."""
    score, segment = table["average_score"], table["segment"]
    cuts = []
    for k in range(1, min(int(segment.max()), 4)):
        above = score[segment <= k].max()
        below = score[(segment > k) & (score > above) & (~table["deficit"] | (segment > HELD))]
        cuts.append((float(above), float(below.min())))
    return cuts


def choices(
    weights: np.ndarray, draws: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw other choices: weights around those given, no domain or one left out, either mean.

    Returns
    -------
    tuple of numpy.ndarray
        Weights drawn, shape (draws, k); the same without the domain left out; whether each draw
        takes the geometric mean, shape (draws,).
    """
    rng = np.random.default_rng(seed)
    drawn = rng.dirichlet(CONCENTRATION * np.maximum(weights, 1e-3), size=draws)
    left_out = rng.integers(-1, len(weights), size=draws)
    geometric = rng.random(draws) < 0.5
    return drawn, np.where(np.arange(len(weights)) == left_out[:, None], 0.0, drawn), geometric


def combine(x: np.ndarray, weights: np.ndarray, geometric: np.ndarray) -> np.ndarray:
    """Return weighted means of domains, shape (draws, n): a missing one's weight falls to the rest.

    Parameters
    ----------
    x : numpy.ndarray, shape (n, k)
        Domains' scores.
    weights : numpy.ndarray, shape (draws, k)
        Weights in any scale.
    geometric : numpy.ndarray of bool, shape (draws,)
        Which draws take the geometric mean.
    """
    there = weights @ (~np.isnan(x)).T.astype(float)
    plain, logs = np.nan_to_num(x), np.nan_to_num(np.log(x))
    means: np.ndarray = np.where(
        geometric[:, None], np.exp(weights @ logs.T / there), weights @ plain.T / there
    )
    return means


def _places(score: np.ndarray) -> np.ndarray:
    """Return places along the last axis, 1 the lowest; scores equal to nine decimals share one."""
    ranked: np.ndarray = np.asarray(rankdata(np.round(score, 9), method="min", axis=-1), dtype=int)
    return ranked
