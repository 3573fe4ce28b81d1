"""The period a table covers, in the words of its title."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pandas as pd

from notebook_reports.evidence import words

# How a period is written, and which number it has among its like: those that follow are a run.
_FORMS: Final[dict[str, tuple[Callable[[Any], str], Callable[[Any], int]]]] = {
    "month": (lambda m: f"{m:%B %Y}", lambda m: 12 * m.year + m.month),
    "survey_year": (str, int),
    "financial_year": (str, lambda y: int(y[:4])),
    "quarter": (lambda q: f"quarter {q[-1]} of {q[:7]}", lambda q: 4 * int(q[:4]) + int(q[-1])),
}
SEVERAL: Final = 3
UNDATED: Final = ("trusts", "hospital_sites")
"""Tables without a period of their own, which are as at a day."""


def period(name: str, table: pd.DataFrame, date: str) -> str:
    """Write the period of a table; nothing where its title has none.

    Parameters
    ----------
    name : str
        Name of the table.
    table : DataFrame
        Its rows.
    date : str
        Day it is as at, an ISO date.

    Examples
    --------
    >>> period("rtt_monthly", pd.DataFrame({"month": pd.to_datetime(["2024-08-01"])}), "")
    'August 2024'
    """
    if name in UNDATED:
        return f"{pd.Timestamp(date):%B %Y}"
    if "snapshot" in table:
        days = [f"{day:%B %Y}" for day in sorted(table["snapshot"].unique())]
        return words.listed(days) if len(days) <= SEVERAL else f"{days[0]} to {days[-1]}"
    column = next((c for c in _FORMS if c in table), None)
    if column is None:
        return ""
    write, number = _FORMS[column]
    runs: list[list[Any]] = []
    for value in sorted(table[column].unique()):
        if runs and number(value) == number(runs[-1][-1]) + 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    said = [
        [f"{write(run[0])} to {write(run[-1])}"] if len(run) > 2 else [write(v) for v in run]
        for run in runs
    ]
    return words.listed(name for names in said for name in names)


def retitled(title: str, name: str, shipped: pd.DataFrame, now: pd.DataFrame, date: str) -> str:
    """Return a shipped table's title with the period of the table as it is now.

    Parameters
    ----------
    title, name : str
        Title of the shipped table, and its name.
    shipped, now : DataFrame
        The shipped table, with its provenance, and the one now used.
    date : str
        Day that is as at.
    """
    then = period(name, shipped, shipped.attrs["provenance"]["date"])
    return title.replace(then, period(name, now, date)) if then else title
