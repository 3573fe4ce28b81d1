"""The league as it was published in March 2016, and how the stand-in lines up with it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.studies.league.numbers.survey import NEAREST, QUESTIONS
from nhsi_analysis.studies.league.numbers.table import CATEGORIES, League
from policy_methods.composite import spearman
from policy_methods.results import Result

OUT = pd.Timestamp("2016-03-09")
"""The day the league came out."""

_DROP = re.compile(r"\b(the|nhs|foundation|trust|ft|hospitals?|university)\b")
# Renamed since the league; the register of 2018 knows them by their new names.
_RENAMED = {"Tameside Hospital NHS FT": "RMP"}
_FEWEST = 5


def league_register() -> pd.DataFrame:
    """Return the register of what was published of the league, one fact a row."""
    return datasets.load("league_figures")


def published_counts() -> dict[str, int]:
    """Return the published number of trusts in each category, best first."""
    facts = league_register()
    facts = facts[(facts["kind"] == "count") & (facts["measure"] == "trusts in category")]
    value = dict(zip(facts["category"], facts["value"].astype(int), strict=True))
    return {name: value[name] for name in CATEGORIES}


def known_positions() -> pd.DataFrame:
    """Return the trusts whose position or category is known.

    Returns
    -------
    pandas.DataFrame
        One row a trust: ``trust``, ``rank`` (missing where only the category is known),
        ``category`` and ``org_code`` (missing where no trust of the register has that name).
    """
    facts = league_register()
    facts = facts[facts["kind"] == "position"].copy()
    facts["rank"] = pd.to_numeric(facts["rank"], errors="coerce")
    facts = facts.drop_duplicates("trust")
    trusts = datasets.load("trusts").dropna(subset="org_name")
    codes = dict(zip(trusts["org_name"].map(_key), trusts["org_code"], strict=True))
    facts["org_code"] = [_RENAMED.get(t) or codes.get(_key(t)) for t in facts["trust"]]
    return facts[["trust", "rank", "category", "org_code"]].reset_index(drop=True)


def _key(name: str) -> str:
    """Reduce a trust's name to the words that tell it apart."""
    plain = _DROP.sub(" ", name.lower().replace("&", " and ").replace("'", ""))
    return " ".join(re.sub(r"[^a-z ]", " ", plain).split())


@dataclass(frozen=True)
class Likeness(Result):
    """How a stand-in resembles the league that it stands in for.

    ``mapping`` has each survey component that the launch named, the statement most like it, and
    why (empty where the stand-in is made of others); ``known`` the trusts of known position or
    category with their places; ``correlation`` is of the ``ranked`` of these, None below five.
    """

    mapping: pd.DataFrame
    known: pd.DataFrame
    ranked: int
    correlation: float | None


def line_up(league: League) -> Likeness:
    """Line a stand-in up with what is known of the league."""
    known = known_positions().join(league.units[["first", "last"]], on="org_code")
    found = known.dropna(subset="first").astype({"first": int, "last": int})
    ranked = found.dropna(subset="rank")
    chosen = {question for question, _ in NEAREST.values()} == set(league.indicators.columns)
    return Likeness(
        mapping=_mapping() if chosen else pd.DataFrame(),
        known=found.sort_values(["rank", "trust"]),
        ranked=len(ranked),
        correlation=(
            spearman(ranked["rank"], (ranked["first"] + ranked["last"]) / 2)
            if len(ranked) >= _FEWEST
            else None
        ),
    )


def _mapping() -> pd.DataFrame:
    facts = league_register().set_index("measure")["value"]
    rows = [
        (facts[f"staff-survey component {number}"], QUESTIONS[question], why)
        for number, (question, why) in NEAREST.items()
    ]
    columns = ["Component named at the launch", "Statement that stands in for it", "How alike"]
    return pd.DataFrame(rows, columns=columns)
