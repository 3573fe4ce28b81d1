"""Financial years, April to March, written as "2017/18"."""

from __future__ import annotations

import re
from typing import Final

import pandas as pd

from nhsi_analysis.errors import ParameterError

FINANCIAL_YEAR: Final = r"^20[0-9]{2}/[0-9]{2}$"


def written(first: int) -> str:
    """Write the financial year that starts in a calendar year: 2017 is "2017/18"."""
    return f"{first}/{(first + 1) % 100:02d}"


def of(day: pd.Timestamp) -> str:
    """Return the financial year of a day: 31 March 2016 is in "2015/16"."""
    return written(day.year - (day.month < 4))


def first_year(year: str, name: str = "financial_year") -> int:
    """Return the calendar year a financial year starts in.

    Parameters
    ----------
    year : str
        Two years that follow each other, such as "2017/18".
    name : str
        Parameter to name in an error.

    Returns
    -------
    int

    Raises
    ------
    ParameterError
        When it is not written so.

    Examples
    --------
    >>> first_year("2017/18"), first_year("1999/00")
    (2017, 1999)
    """
    found = re.fullmatch(r"([0-9]{4})/[0-9]{2}", str(year))
    if found is None or written(int(found[1])) != year:
        raise ParameterError(name, 'must be a financial year such as "2017/18"', value=year)
    return int(found[1])


def last_day(year: str) -> pd.Timestamp:
    """Return 31 March of the second year of "2017/18"."""
    return pd.Timestamp(first_year(year) + 1, 3, 31)


def consecutive(years: pd.Series) -> pd.Series:
    """Say which texts such as "2016/17" name two years that follow each other."""
    first = pd.to_numeric(years.str[:4], errors="coerce")
    second = pd.to_numeric(years.str[5:7], errors="coerce")
    follows: pd.Series = (first + 1) % 100 == second
    return follows


def year_bounds(year: str, name: str = "financial_year") -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the first and last day of a financial year written as "2015/16"."""
    first = first_year(year, name)
    return pd.Timestamp(first, 4, 1), pd.Timestamp(first + 1, 3, 31)
