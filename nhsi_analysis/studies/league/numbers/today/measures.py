"""Today's league beside other measures of the same trusts, and beside the inspectors."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from nhsi_analysis import as_at, datasets
from nhsi_analysis.answers import emergency
from nhsi_analysis.answers.oversight import Framework
from nhsi_analysis.schemas.vocabulary import RATINGS
from nhsi_analysis.studies.league.numbers.agreement import FEWEST, YEARS, years_apart
from policy_methods.composite import spearman_interval
from policy_methods.results import Result


def measures(league: Framework, until: pd.Timestamp, confidence: float) -> pd.DataFrame:
    """Correlate the order by score with other measures, each turned so that high is good.

    Returns
    -------
    pandas.DataFrame
        ``measure`` with its period, ``metric`` (whether the framework scores it itself),
        ``trusts``, ``rho``, ``low``, ``high``; one of fewer than twenty trusts is left out.
    """
    first, last = league.end - pd.DateOffset(months=3, days=-1), league.end
    rows = []
    for name, metric, values in (
        _emergency(first, last, until),
        _waiting(last, until),
        *_survey(league, until),
    ):
        both = league.table[["average_score"]].join(values.rename("value"), how="inner").dropna()
        if len(both) >= FEWEST:
            # A low score is good.
            found = spearman_interval(-both["average_score"], both["value"], confidence)
            rows.append((f"{name}{' (a metric)' * metric}", metric, len(both), *found))
    columns = ["measure", "metric", "trusts", "rho", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


_Measure = tuple[str, bool, pd.Series]


def _emergency(first: pd.Timestamp, last: pd.Timestamp, until: pd.Timestamp) -> _Measure:
    """Return shares within four hours in A&E in the months of the quarter."""
    name = f"A&E within four hours, {first:%B} to {last:%B %Y}"
    for piece in emergency.pieces(until):
        if piece.first <= first and piece.last >= last.replace(day=1):
            rows = piece.rows[piece.rows["month"].between(first, last)].dropna(subset="breaches")
            both = rows.groupby("org_code")[["attendances", "breaches"]].sum()
            share = 1 - both["breaches"] / both["attendances"].where(both["attendances"] > 0)
            return name, True, share
    return name, True, pd.Series(dtype=float)


def _waiting(last: pd.Timestamp, until: pd.Timestamp) -> _Measure:
    """Return shares of waiting lists within 18 weeks in the newest month by the quarter's end."""
    table = datasets.load("rtt_monthly")
    ends = table["month"] + pd.offsets.MonthEnd(0)
    table = table[(as_at.published("rtt_monthly", ends) <= until) & (ends <= last)]
    table = table[table["month"] == table["month"].max()].set_index("org_code")
    month = f", {table['month'].max():%B %Y}" if len(table) else ""
    share = table["within_18_weeks"] / table["incomplete"].where(table["incomplete"] > 0)
    return f"Waits within 18 weeks{month}", True, share


def _survey(league: Framework, until: pd.Timestamp) -> list[_Measure]:
    """Return scores of staff surveys: that the framework holds, and the newest survey's."""
    year = int(datasets.load("staff_survey_promise")["survey_year"].max())
    promise = datasets.load("staff_survey_promise").set_index("org_code")
    promise = promise[promise["survey_year"] == year]
    if as_at.survey_published(pd.Series([year])).iloc[0] > until:
        promise = promise.iloc[:0]
    held = league.table["raising_concerns_score"]
    return [
        ("Raising concerns, as the league holds it", True, held),
        (f"Raising concerns, staff survey of {year}", False, promise["raising_concerns"]),
        (f"Staff morale, staff survey of {year}", False, promise["morale"]),
    ]


@dataclass(frozen=True)
class Inspected(Result):
    """The list of ratings nearest to the quarter, and how the league agrees with it.

    Parameters
    ----------
    snapshot : pandas.Timestamp or None
        Day of the list; None where none had been taken.
    apart, rated : int
        Years between it and the quarter's end; trusts of the league with an overall rating in it.
    correlation : float or None
        Rank correlation of score and rating, better with better; None where it is too far from the
        quarter, or too few are rated.
    """

    snapshot: pd.Timestamp | None
    apart: int
    rated: int
    correlation: float | None


def inspected(league: Framework, until: pd.Timestamp) -> Inspected:
    """Hold the league against the list of ratings nearest to the quarter, if it is near enough."""
    ratings = datasets.load("cqc_trust_ratings")
    overall = ratings[(ratings["service"] == "Overall") & (ratings["key_question"] == "Overall")]
    overall = overall[(overall["snapshot"] <= until) & overall["rating"].isin(RATINGS)]
    if overall.empty:
        return Inspected(None, 0, 0, None)
    snapshot = min(overall["snapshot"].unique(), key=lambda day: abs(day - league.end))
    rows = overall[overall["snapshot"] == snapshot].drop_duplicates("org_code")
    level = rows.set_index("org_code")["rating"].map({r: k for k, r in enumerate(RATINGS)})
    both = league.table[["average_score"]].join(level.astype(float), how="inner")
    apart = years_apart(league.end, snapshot)
    compared = apart <= YEARS and len(both) >= FEWEST
    rho = spearman_interval(-both["average_score"], both["rating"])[0] if compared else None
    return Inspected(snapshot, apart, len(both), rho)
