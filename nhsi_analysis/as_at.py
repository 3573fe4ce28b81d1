"""What was known on a date: when numbers were published, and reading a register's loose dates.

A report with an ``as_at`` date uses nothing that was published, or only dated, after it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import pandas as pd

from nhsi_analysis import years
from nhsi_analysis.errors import ParameterError

OPEN_END: Final = pd.Timestamp("2199-12-31")
"""Stands for "everything there is"."""

_LAG: Final = {
    # NHS England published a month's A&E numbers on the second Thursday of the next month.
    "ae_monthly": pd.DateOffset(days=14),
    "ae_trust_monthly": pd.DateOffset(days=14),
    # Waiting lists follow a month later, on a second Thursday too.
    "rtt_monthly": pd.DateOffset(months=1, days=14),
    # A quarter of the Oversight Framework follows in the next one.
    "oversight_framework": pd.DateOffset(months=3),
    # Accounts are laid before Parliament by the summer recess.
    "trust_finance": pd.DateOffset(months=4),
    # The consolidation schedules followed in the winter after the year.
    "trust_temporary_staffing": pd.DateOffset(months=10),
}


def parse(as_at: str, name: str = "as_at") -> pd.Timestamp:
    """Return the last day whose publications count.

    Parameters
    ----------
    as_at : str
        ISO date such as "2018-03-31"; empty for everything there is.
    name : str
        Parameter to name in an error.

    Raises
    ------
    ParameterError
        If it is not an ISO date.
    """
    if as_at == "":
        return OPEN_END
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(as_at)):
        raise ParameterError(name, 'must be an ISO date such as "2018-03-31"', value=as_at)
    try:
        return pd.Timestamp(as_at)
    except ValueError:
        raise ParameterError(name, "is not a day of the calendar", value=as_at) from None


def published(table: str, period_end: pd.Series) -> pd.Series:
    """Return when the numbers of periods of a table were out, from the last days of the periods."""
    dates: pd.Series = period_end + _LAG[table]
    return dates


def survey_published(survey_year: pd.Series) -> pd.Series:
    """Return when the NHS Staff Survey of each year counts as out.

    Fieldwork is in the autumn; results appear in February or March of the next year.
    """
    return survey_year.map({y: pd.Timestamp(f"{int(y) + 1}-03-31") for y in survey_year.unique()})


def financial_year_end(financial_year: pd.Series) -> pd.Series:
    """Return 31 March of the second year of texts such as "2017/18"."""
    return financial_year.map({year: years.last_day(year) for year in financial_year.unique()})


def period_end(text: object) -> pd.Timestamp:
    """Return the last day of a period as loosely as a register writes it.

    A day stands for itself, a month for its last day, a year for 31 December, a financial year for
    its 31 March; of several the latest counts. A text without a year is taken as known from the
    start, since nothing dates it later.

    Examples
    --------
    >>> [period_end(t).date().isoformat() for t in ("2017-09", "winter 2017/18", "2018-02/03")]
    ['2017-09-30', '2018-03-31', '2018-03-31']
    """
    if isinstance(text, pd.Timestamp):
        return text
    found = []
    rest = str(text)
    for pattern, last_day in _FORMS:
        found += [last_day(*match.groups()) for match in re.finditer(pattern, rest)]
        rest = re.sub(pattern, " ", rest)
    return max(found, default=pd.Timestamp("1900-01-01"))


def _month_end(year: str, month: str) -> pd.Timestamp:
    return pd.Timestamp(f"{year}-{month}-01") + pd.offsets.MonthEnd(0)


def _second_year(year: str, second: str) -> pd.Timestamp:
    """Read "2017-18" as calendar years, "2018-11" as a month."""
    if 1 <= int(second) <= 12 and int(second) != (int(year) + 1) % 100:
        return _month_end(year, second)
    return pd.Timestamp(f"{year[:2]}{second}-12-31")


_YEAR = r"\b((?:19|20)\d{2})"
_FORMS: Final[tuple[tuple[str, Callable[..., pd.Timestamp]], ...]] = (
    (_YEAR + r"-(\d{2})-(\d{2})\b", lambda y, m, d: pd.Timestamp(f"{y}-{m}-{d}")),
    (_YEAR + r"-\d{2}/(\d{2})\b", _month_end),
    (_YEAR + r"/(\d{2})\b", lambda y, _: pd.Timestamp(f"{int(y) + 1}-03-31")),
    (_YEAR + r"-(\d{2})\b", _second_year),
    (_YEAR + r"(?!\d)", lambda y: pd.Timestamp(f"{y}-12-31")),
)
