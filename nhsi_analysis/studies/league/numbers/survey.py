"""The staff survey as indicators of a league: shares who agree, their errors, who was asked."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.errors import ParameterError

QUESTIONS = {
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

LATER = ("q3f", "q6a", "q7h")
"""Those of the surveys from 2021 on."""

_TYPES = {
    "Acute and Acute & Community Trusts": "Acute",
    "Acute Specialist Trusts": "Acute specialist",
    "Ambulance Trusts": "Ambulance",
    "Community Trusts": "Community",
}
UNKNOWN_TYPE = "Type not known"


def survey(
    year: int, questions: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, str]:
    """Return shares who agree, their standard errors and bases, trusts by questions.

    Parameters
    ----------
    year : int
        Survey year.
    questions : sequence of str
        Questions of that survey.

    Returns
    -------
    tuple
        Three DataFrames indexed by org_code (trusts with every question answered) and the name
        of the table they come from.

    Raises
    ------
    ParameterError
        For a year or question that the tables don't hold.
    """
    table = "staff_survey_2021_2024" if year >= 2020 else "staff_survey_items"
    frame = datasets.load(table)
    years = sorted({*datasets.load("staff_survey_items")["survey_year"]} | {2021, 2022, 2023, 2024})
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
    if table == "staff_survey_items":
        part = part.assign(agree_pct=part["agree_pct"] + part["strongly_agree_pct"])
    agree = _wide(part, "agree_pct", questions).dropna()
    bases = _wide(part, "respondents", questions).reindex(agree.index)
    share = (agree / 100).clip(0, 1)
    return share, binomial_error(share, bases), bases, table


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


def family(year: int, chosen: Sequence[str]) -> tuple[str, ...]:
    """Return the questions that could as well have been chosen: the block they belong to."""
    if len(chosen) > 1:
        return tuple(chosen)
    if year >= 2020:
        return LATER
    block = chosen[0][:2]
    return tuple(q for q in QUESTIONS if q.startswith(block) and q not in LATER)


def measure_words(indicators: Sequence[str], year: int) -> str:
    """Say what a league of these questions measures."""
    if len(indicators) == 1:
        asked = QUESTIONS[indicators[0]]
        return f"share of staff who agree: {asked} (NHS Staff Survey {year}, {indicators[0]})"
    return f"mean standard score of {', '.join(indicators)} (NHS Staff Survey {year})"


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
    people["trust_type"] = people["trust_type"].where(people["trust_type"].notna(), UNKNOWN_TYPE)
    return people
