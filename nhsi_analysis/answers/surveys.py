"""What staff say in the NHS Staff Survey: its questions in words, and trusts' shares."""

from __future__ import annotations

from typing import Final

import pandas as pd

from nhsi_analysis import as_at, datasets
from nhsi_analysis.errors import ParameterError
from notebook_reports.evidence import words

OLDER: Final = {
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
"""Questions of the surveys of 2012 to 2018, as follows "agree that"."""
NEWER: Final = {
    "q3f": "they can make improvements happen",
    "q6a": "their role makes a difference to patients",
    "q7h": "they feel valued by their team",
}
"""Questions of the surveys from 2021, likewise."""
TABLES: Final = {"older": "staff_survey_items", "newer": "staff_survey_2021_2024"}
_SURVEYED_AS: Final = {"R1F1": "R1F"}
"""Isle of Wight is surveyed by sector; that of its hospital is the one its peers are like."""


def of_trusts(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with a trust that is surveyed by sector under the trust's own code."""
    return table.assign(org_code=table["org_code"].replace(_SURVEYED_AS))


def table_of(question: str) -> str:
    """Return the table that holds a question.

    Raises
    ------
    ParameterError
        No survey held has it; those that are near are suggested.
    """
    known = {**dict.fromkeys(OLDER, TABLES["older"]), **dict.fromkeys(NEWER, TABLES["newer"])}
    if question not in known:
        near = words.near(question, known)
        raise ParameterError(
            "question", "must be one of the surveys'", value=question, allowed=known, near=near
        )
    return known[question]


def agreeing(question: str, until: pd.Timestamp = as_at.OPEN_END) -> pd.DataFrame:
    """Return the shares of staff who agree with a question, in the surveys out by a day.

    Parameters
    ----------
    question : str
        One of :data:`OLDER` or :data:`NEWER`.
    until : pandas.Timestamp
        Last day whose publications count.

    Returns
    -------
    pandas.DataFrame
        One row a trust and ``year``, in order of year, with the columns of the table but its
        percentages: ``share`` who agree or strongly agree, from 0 to 1. Without those that nobody
        answered; ``respondents`` are missing where it isn't known how many did.

    Examples
    --------
    >>> found = agreeing("q8d").query("year == 2018").set_index("org_code")
    >>> found.loc["RL4", ["share", "respondents"]].round(3).tolist()
    [0.367, 3094.0]
    """
    table = table_of(question)
    rows = datasets.load(table).rename(columns={"survey_year": "year"})
    rows.attrs = {}
    out = as_at.survey_published(rows["year"]) <= until
    rows = of_trusts(rows[out & (rows["question"] == question) & (rows["respondents"] != 0)])
    percent = rows["agree_pct"] + (rows["strongly_agree_pct"] if table == TABLES["older"] else 0)
    rows = rows.drop(columns=rows.filter(like="_pct").columns)
    return rows.assign(share=(percent / 100).clip(0, 1)).sort_values("year", kind="stable")
