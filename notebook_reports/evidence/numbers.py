"""Numbers in house style."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from statistics import median

_DECIMALS = {
    "share": 1,
    "pp": 1,
    "GBP": 2,
    "GBP m": 0,
    "GBP bn": 2,
    "probability": 0,
    "per cent": 1,
}


def format_value(value: float | None, unit: str = "", decimals: int | None = None) -> str:
    """Write one number in house style.

    Parameters
    ----------
    value : float or None
        The number in its natural unit; shares and probabilities are 0 to 1.
    unit : str
        "share" and "probability" are written as percentages, "pp" as percentage points,
        "GBP", "GBP m", "GBP bn" with the pound sign; any other unit follows the number.
    decimals : int, optional
        Decimal places; by default one for shares, none for counts.

    Returns
    -------
    str
        For example ``"44.8%"``, ``"£1,020m"``, ``"160 trusts"``; "not available" for None or NaN.

    Examples
    --------
    >>> format_value(0.448, "share")
    '44.8%'
    >>> format_value(-1234.5, "GBP m")
    '−£1,234m'
    """
    if value is None or math.isnan(value):
        return "not available"
    places = _DECIMALS.get(unit) if decimals is None else decimals
    if places is None:
        places = 0 if float(value).is_integer() else 1
    scaled = value * 100 if unit in {"share", "probability"} else value
    number = f"{abs(scaled):,.{places}f}" if math.isfinite(scaled) else "infinity"
    sign = "−" if scaled < 0 and any(c in "123456789i" for c in number) else ""
    if unit in {"share", "probability", "per cent"}:
        if unit == "probability" and 0 < value < 1 and number in {"0", "100"}:
            return "less than 1%" if number == "0" else "more than 99%"
        return f"{sign}{number}%"
    if unit == "pp":
        word = "point" if number == "1" else "points"
        return f"{sign}{number} percentage {word}"
    if unit.startswith("GBP"):
        suffix = {"GBP": "", "GBP m": "m", "GBP bn": "bn"}.get(unit, unit.removeprefix("GBP"))
        return f"{sign}£{number}{suffix}"
    return f"{sign}{number} {unit}".rstrip()


def shared_decimals(numbers: Sequence[float]) -> int:
    """Choose decimals that all numbers of a column share: none for whole ones, else one to three.

    Parameters
    ----------
    numbers : sequence of float
        The column's finite numbers.

    Examples
    --------
    >>> [shared_decimals(column) for column in ([3.0, 4.0], [12.5, 30.0], [1.5, 2.0], [0.25, 0.5])]
    [0, 1, 2, 3]
    """
    if all(float(number).is_integer() for number in numbers):
        return 0
    middle = median(map(abs, numbers))
    return 1 if middle >= 10 else 2 if middle >= 1 else 3


_PUBLISHED = re.compile(r"(GBP|£)(?:\s*(bn|billion|m|million)\b|(?!\w))(.*)")


def format_published(value: float, unit: str) -> str:
    """Write a published number with its own decimals and the words of its unit.

    Parameters
    ----------
    value : float
        The number.
    unit : str
        As a register writes it: "GBP bn (over)", "GBP m per year", "per cent", "trusts".

    Returns
    -------
    str
        For example ``"£3.7bn (over)"``.

    Examples
    --------
    >>> format_published(480, "GBP m per year")
    '£480m per year'
    >>> format_published(750, "GBP per day")
    '£750 per day'
    >>> format_published(7.5, "per cent")
    '7.5%'
    """
    decimals = len(f"{value:.10f}".rstrip("0").partition(".")[2])
    money = _PUBLISHED.fullmatch(unit.strip())
    if money:
        short = {"billion": " bn", "bn": " bn", "million": " m", "m": " m"}
        return format_value(value, "GBP" + short.get(money[2] or "", ""), decimals) + money[3]
    share = re.fullmatch(r"(?:per cent|%)(| .*)", unit.strip())
    if share:
        return format_value(value, "per cent", decimals) + share[1]
    return format_value(value, unit.strip(), decimals)
