"""The staff survey as indicators of a league: shares who agree, their errors, who was asked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.errors import ParameterError
from policy_methods.results import Result

QUESTIONS: Final = {
    "q7a": "immediate manager encourages teamwork",
    "q7b": "immediate manager can be counted on",
    "q7c": "immediate manager gives clear feedback",
    "q7d": "immediate manager asks for opinions before decisions",
    "q7e": "immediate manager is supportive in a personal crisis",
    "q7f": "immediate manager takes an interest in health and well-being",
    "q7g": "immediate manager values the work",
    "q8a": "knows who the senior managers are",
    "q8b": "communication between senior management and staff is effective",
    "q8c": "senior managers try to involve staff in important decisions",
    "q8d": "senior managers act on staff feedback",
    "q3f": "able to make improvements happen in their area of work",
    "q6a": "their role makes a difference to patients",
    "q7h": "feels valued by their team",
}
"""Survey questions, in words that follow 'agree that' or stand alone."""

NEAREST: Final = {
    1: ("q8d", "Something follows from what staff say; nothing on fairness or on errors"),
    2: ("q8b", "Staff and senior managers reach each other; nothing on unsafe practice"),
    3: ("q8c", "Staff have a say in changes: the closest of the three"),
}
"""Of each survey component that the launch named, by its number, the question most like it and
why. Chosen by their wording, before any agreement with known positions was looked at."""

UNKNOWN_TYPE: Final = "Type not known"
_TYPES: Final = {
    "Acute and Acute & Community Trusts": "Acute",
    "Acute Specialist Trusts": "Acute specialist",
    "Ambulance Trusts": "Ambulance",
    "Community Trusts": "Community",
}


@dataclass(frozen=True)
class Answers(Result):
    """Answers to questions of one survey, trusts (with an answer to each) by questions.

    ``share`` of people who agree, its binomial standard ``error``, the ``base`` of people who
    answered, the standard deviation of what ``rounding`` did to a share, the ``table``, and how
    many trusts are ``unbased``: held without how many answered, and left out.
    """

    share: pd.DataFrame
    error: pd.DataFrame
    base: pd.DataFrame
    rounding: float
    table: str
    unbased: int = 0


def default_questions(year: int) -> tuple[str, ...]:
    """Return the questions of a year that are most like the league's survey components."""
    if year >= 2020:
        return ("q3f",)
    return tuple(sorted(question for question, _ in NEAREST.values()))


def survey(year: int, questions: Sequence[str]) -> Answers:
    """Return the answers to questions of one survey.

    Raises
    ------
    ParameterError
        For a year or question that the tables don't hold.
    """
    table = "staff_survey_2021_2024" if year >= 2020 else "staff_survey_items"
    frame = datasets.load(table)
    both = ("staff_survey_items", "staff_survey_2021_2024")
    years = sorted({year for name in both for year in datasets.load(name)["survey_year"]})
    part = frame[frame["survey_year"] == year]
    if part.empty:
        raise ParameterError(
            "survey_year", "has no survey in the tables", value=year, allowed=years
        )
    known = sorted(part["question"].unique())
    unknown = [q for q in questions if q not in known]
    if unknown or not len(questions) or len(set(questions)) < len(questions):
        raise ParameterError(
            "indicators",
            f"must be different questions of the {year} survey",
            value=", ".join(unknown) or list(questions),
            allowed=known,
        )
    part = part[part["question"].isin(list(questions))]
    based = part[part["respondents"].notna()]
    if based.empty:
        raise ParameterError(
            "survey_year", "is held without how many answered: no doubt can be told", value=year
        )
    unbased = part["org_code"].nunique() - based["org_code"].nunique()
    part, rounded = based, 0
    if table == "staff_survey_items":
        # Agree and strongly agree are published apart, and rounded apart.
        columns = part[["agree_pct", "strongly_agree_pct"]]
        rounded = 2 if (columns == columns.round()).to_numpy().all() else 0
        part = part.assign(agree_pct=columns.sum(axis=1))
    part = _whole_trusts(part)
    agree = _wide(part, "agree_pct", questions).dropna()
    base = _wide(part, "respondents", questions).reindex(agree.index)
    share = (agree / 100).clip(0, 1)
    return Answers(share, binomial_error(share, base), base, rounding(rounded), table, unbased)


def least_correlation(questions: Sequence[str]) -> float | None:
    """Return the least correlation of one trust's errors that fits changes from 2012 to 2013.

    Most of these changes are error, and their true part can't correlate at more than 1. None where
    a question wasn't asked in both years.
    """
    asked = datasets.load("staff_survey_items")
    if not set(questions) <= set(asked.loc[asked["survey_year"] == 2012, "question"]):
        return None
    one, two = survey(2012, questions), survey(2013, questions)
    change = (two.share - one.share).dropna()
    variance = (one.error**2 + two.error**2).reindex(change.index).mean()
    error = float((variance / change.var()).mean())
    together = float(change.corr().to_numpy()[np.triu_indices(len(questions), 1)].mean())
    return max(0.0, 1 - (1 - together) / error)


def rounding(figures: int) -> float:
    """Return the standard deviation of a sum of shares, each rounded to a whole per cent."""
    return 0.01 * math.sqrt(figures / 12)


def _whole_trusts(part: pd.DataFrame) -> pd.DataFrame:
    """Add up the parts of a trust that the survey reports apart, by a code of one letter more."""
    known = set(datasets.load("trusts")["org_code"])
    parent = part["org_code"].str[:3]
    apart = (part["org_code"].str.len() == 4) & parent.isin(known)
    if not apart.any():
        return part
    pieces = part[apart].assign(org_code=parent[apart])
    pieces["agree_pct"] *= pieces["respondents"]
    key = ["org_code", "question"]
    whole = pieces.groupby(key, as_index=False)[["agree_pct", "respondents"]].sum()
    whole["agree_pct"] /= whole["respondents"]
    return pd.concat([part[~apart], whole])


def _wide(part: pd.DataFrame, value: str, questions: Sequence[str]) -> pd.DataFrame:
    """Trusts by questions."""
    table = part.set_index(["org_code", "question"])[value].astype(float).unstack()  # noqa: PD010
    return pd.DataFrame(
        {q: table[q] for q in questions}, index=pd.Index(table.index, name="org_code")
    )


def binomial_error(share: pd.DataFrame, base: pd.DataFrame) -> pd.DataFrame:
    """Binomial standard errors; at 0% and 100% those of two more answers on either side."""
    edge = (share <= 0) | (share >= 1)
    value = share.where(~edge, (share * base + 2) / (base + 4))
    return (value * (1 - value) / base) ** 0.5


def describe(codes: pd.Index, year: int) -> pd.DataFrame:
    """Names and types of trusts."""
    trusts = datasets.load("trusts").set_index("org_code").reindex(codes)
    kind = trusts["trust_type"].astype(object)
    special = trusts["specialist"].fillna(False).astype(bool) & (kind == "Acute")
    kind = kind.where(~special, "Acute specialist")
    people = pd.DataFrame({"org_name": trusts["org_name"], "trust_type": kind})
    if year >= 2020:
        later = datasets.load("staff_survey_2021_2024")
        later = later[later["survey_year"] == year].drop_duplicates("org_code")
        later = later.set_index("org_code").reindex(codes)
        group = later["benchmarking_group"]
        people = pd.DataFrame(
            {
                "org_name": later["org_name"],
                "trust_type": group.map(_TYPES).where(group.isin(_TYPES), "Mental health"),
            }
        )
    # The survey has trusts that have merged since: the register of mergers knows their names.
    merged = datasets.load("trust_successions").drop_duplicates("org_code").set_index("org_code")
    people["org_name"] = people["org_name"].fillna(merged["org_name"].reindex(codes))
    people["trust_type"] = people["trust_type"].where(people["trust_type"].notna(), UNKNOWN_TYPE)
    return people
