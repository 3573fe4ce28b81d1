"""What a published number can stand for, and when it was published.

* **Rounding.** Half the unit of a number's last digit: £3.6bn is 3.55 to 3.65. Whole millions that
  end in 0 or 00 are taken as rounded to the nearest 10 or 100; billions to at least 0.1. Words
  narrow or widen it: "over" and "just over" mean the upper half, "almost" the lower half, an
  approximate actual has twice the width.
* **Publication.** The date in the title of the source; a month means its last day, a year its
  last day. A row whose title has no date has none.
"""

from __future__ import annotations

import calendar
import re

import pandas as pd

from notebook_reports.evidence import format_published, words

_MONTHS = {name.lower(): i for i, name in enumerate(calendar.month_abbr) if name}
_DATE = re.compile(
    r"(?:(\d{1,2})\s+)?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+(\d{4})",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\([^)]*?\b(20\d\d)\b(?!/)[^)]*\)")


def published_on(title: str) -> pd.Timestamp:
    """Return the date of publication stated in a source's title; NaT where there is none.

    Examples
    --------
    >>> published_on("Temporary fix (2 Nov 2016)").date().isoformat()
    '2016-11-02'
    >>> published_on("Agency controls (Feb-Mar 2017)").date().isoformat()
    '2017-03-31'
    """
    return max(_dates(title), default=pd.NaT)  # type: ignore[return-value]


def published_in(title: str) -> str:
    """Return the month of publication stated in a source's title; empty where there is none.

    Examples
    --------
    >>> published_in("Temporary fix (2 Nov 2016)"), published_in("Pathology networks")
    ('November 2016', '')
    """
    return f"{max(found):%B %Y}" if (found := _dates(title)) else ""


def _dates(title: str) -> list[pd.Timestamp]:
    found = []
    for day, name, year in _DATE.findall(title):
        month = _MONTHS[name.lower()]
        last = calendar.monthrange(int(year), month)[1]
        found.append(pd.Timestamp(int(year), month, int(day) if day else last))
    years = [int(year) for year in _YEAR.findall(title)]
    return found or [pd.Timestamp(year, 12, 31) for year in years]


def half_unit(value: float, unit: str) -> float:
    """Return half the unit a published value was rounded to, in the value's own unit.

    Examples
    --------
    >>> half_unit(3.6, "GBP bn"), half_unit(3.632, "GBP bn"), half_unit(250, "GBP m")
    (0.05, 0.0005, 5.0)
    """
    digits = f"{value:.10f}".rstrip("0").partition(".")[2]
    places = len(digits)
    if unit.startswith("GBP bn"):
        places = max(places, 1)
    elif places == 0 and unit.startswith(("GBP m", "GBP million")):
        whole = round(abs(value))
        return 50.0 if whole % 100 == 0 else 5.0 if whole % 10 == 0 else 0.5
    return float(round(0.5 * 10.0**-places, 12))


def interval(value: float, unit: str, basis: str = "", note: str = "") -> tuple[float, float]:
    """Return the ends of the interval a published value stands for, in the value's own unit."""
    half = half_unit(value, unit)
    words = f"{unit} {note}".lower()
    if re.search(r"\((over|more than|just over)\)|'just over|'over ", words):
        return value, value + half
    if re.search(r"\(almost\)|'just under|'almost", words):
        return value - half, value
    if basis.startswith("approx") or "(roughly)" in words or "(around)" in words:
        half *= 2
    return value - half, value + half


def is_actual(basis: pd.Series) -> pd.Series:
    """Tell which rows state what was spent, as against plans, forecasts and estimates."""
    return basis.str.startswith(("actual", "approx actual", "as quoted"))


def as_printed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows of a register of figures as readers see them, each as it was printed.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``period_start``, ``period_end``, ``measure``, ``value``, ``unit``, ``basis``,
        ``publisher``.

    Returns
    -------
    pandas.DataFrame
        "Period" (in months), "What", "Figure", "Basis" and "Published by".
    """
    days = zip(rows["period_start"], rows["period_end"], strict=True)
    told = zip(rows["value"].astype(float), rows["unit"], strict=True)
    return pd.DataFrame(
        {
            "Period": [" to ".join(dict.fromkeys(f"{day:%b %Y}" for day in pair)) for pair in days],
            "What": rows["measure"].map(words.capital).tolist(),
            "Figure": [format_published(value, str(unit)) for value, unit in told],
            "Basis": rows["basis"].map(words.capital).tolist(),
            "Published by": rows["publisher"].str.partition(" (via")[0].tolist(),
        }
    )
