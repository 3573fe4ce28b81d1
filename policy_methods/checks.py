"""What every method asks of its arguments: each rule in one place, each refusal one sentence."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from policy_methods.errors import ParameterError

__all__ = [
    "CONFIDENCE",
    "LARGEST",
    "Floats",
    "Seed",
    "aligned",
    "between_spread",
    "check_confidence",
    "choice",
    "date",
    "date_index",
    "flag",
    "generator",
    "listed",
    "month",
    "monthly_dates",
    "named",
    "number",
    "numbers",
    "standard_errors",
    "unit_labels",
    "whole",
]

Floats = NDArray[np.float64]
Seed = int | np.random.Generator

_ISO_DATE = re.compile(r"\d{4}-\d{2}(-\d{2}([T ].+)?)?")

CONFIDENCE = (0.5, 0.999)
"""Least and greatest level of confidence, the same for every method."""
LARGEST = 1e50
"""Largest size of a number: its sixth power still is one, and methods take fourth powers."""


def numbers(
    name: str,
    values: ArrayLike | None,
    *,
    ndim: int | None = 1,
    least: float | None = None,
    missing: bool = False,
) -> Floats:
    """Return an array of numbers that arithmetic can't drive out of range.

    Parameters
    ----------
    name : str
        The parameter, for the message.
    values : array-like
        Numbers; text, dates and truth in place of numbers are refused, even where they convert.
    ndim : int or None
        Dimensions wanted; None for any.
    least : float, optional
        Smallest value allowed.
    missing : bool
        Whether NaN may stand for a missing value.

    Returns
    -------
    numpy.ndarray of float

    Raises
    ------
    ParameterError
        For anything but finite numbers of at most 1e50 in size, or another shape.
    """
    try:
        raw = np.asarray(values)
        text = raw.dtype.kind in "USMmc" or (
            raw.dtype.kind == "O" and any(isinstance(v, str | bytes) for v in raw.flat)
        )
        array = np.empty(0) if text else np.asarray(raw, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        text = True
    if text:
        raise ParameterError(name, "must be numbers only, not text, dates or None")
    if ndim is not None and array.ndim != ndim:
        shape = {1: "one dimension", 2: "two dimensions"}.get(ndim, f"{ndim} dimensions")
        raise ParameterError(name, f"must have {shape}", value=array.shape)
    bad = ~np.isfinite(array) & ~(np.isnan(array) & missing)
    if bad.any():
        where = np.argwhere(bad)[0].tolist()
        raise ParameterError(
            name,
            f"must be finite numbers, none missing; {int(bad.sum())} "
            f"{'is' if bad.sum() == 1 else 'are'} not, first at position "
            f"{', '.join(map(str, where)) or 0}",
        )
    size = np.abs(array[~np.isnan(array)])
    if size.size and size.max() > LARGEST:
        raise ParameterError(
            name, f"must be at most {LARGEST:g} in size: use a larger unit", value=float(size.max())
        )
    if least is not None and size.size and np.nanmin(array) < least:
        rule = "must not be negative" if least == 0 else f"must be at least {least:g}"
        raise ParameterError(name, rule, value=float(np.nanmin(array)))
    return array


def standard_errors(name: str, values: ArrayLike | None, n: int, *, zero: bool = True) -> Floats:
    """Return n standard errors whose squares and weights stay inside the range of numbers.

    Parameters
    ----------
    name : str
        The parameter, for the message.
    values : array-like, shape (n,), or one number for all
        Standard errors.
    n : int
        How many are wanted.
    zero : bool
        Whether an exactly known value may have 0.

    Returns
    -------
    numpy.ndarray of float, shape (n,)

    Raises
    ------
    ParameterError
        For another number of them, negative ones, and ones (other than 0) under 1e-50: the weight
        1/se² of such a unit would swallow every other.
    """
    errors = numbers(name, values, ndim=None)
    errors = np.full(n, float(errors)) if errors.ndim == 0 else errors
    if errors.shape != (n,):
        raise ParameterError(name, f"must have one value for each of {n} units", value=errors.shape)
    if (errors < 0).any():
        raise ParameterError(name, "must not be negative", value=float(errors.min()))
    if not zero and (errors == 0).any():
        raise ParameterError(name, "must be above 0", value=0.0)
    small = (errors > 0) & (errors < 1 / LARGEST)
    if small.any():
        exact = "0 for an exactly known value or " if zero else ""
        raise ParameterError(
            name, f"must be {exact}at least {1 / LARGEST:g}", value=float(errors[small][0])
        )
    return errors


def number(
    name: str, value: object, *, least: float = -LARGEST, most: float = LARGEST, rule: str = ""
) -> float:
    """Return one number from `least` to `most`, or refuse it by `rule` (or by these bounds)."""
    try:
        plain = isinstance(value, int | float | np.integer | np.floating)
        found = float(value) if plain and not isinstance(value, bool) else np.nan  # type: ignore[arg-type]  # a number
    except OverflowError:
        found = np.nan
    if not least <= found <= most:
        raise ParameterError(
            name, rule or f"must be a number from {least:g} to {most:g}", value=value
        )
    return found


def whole(name: str, value: object, least: int, most: int | None = None) -> int:
    """Return a whole number of at least `least` (and at most `most`), or refuse it."""
    span = f"of at least {least}" if most is None else f"from {least} to {most}"
    rule = f"must be a whole number {span}"
    found = number(name, value, least=least, most=LARGEST if most is None else most, rule=rule)
    if found % 1:
        raise ParameterError(name, rule, value=value)
    return int(found)


def check_confidence(confidence: object, name: str = "confidence") -> float:
    """Return a level of confidence that can be used.

    Parameters
    ----------
    confidence : float
        Level.
    name : str
        What to call it in the message.

    Returns
    -------
    float
        The level.

    Raises
    ------
    ParameterError
        If the level is not a number within :data:`CONFIDENCE`.
    """
    least, most = CONFIDENCE
    return number(name, confidence, least=least, most=most)


def choice(name: str, value: object, allowed: Sequence[str]) -> None:
    """Raise unless the value is one of the allowed words."""
    if not isinstance(value, str) or value not in allowed:
        raise ParameterError(name, "is unknown", value=value, allowed=allowed)


def listed(name: str, values: Any, what: str) -> list[Any]:
    """Return the members of a list, or say that a list of `what` is wanted; text is none."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise ParameterError(name, f"must be a list of {what}", value=values)
    return list(values)


def named(name: str, values: Any, what: str) -> dict[Any, Any]:
    """Return a mapping as a dict, None as an empty one, or say that a mapping is wanted."""
    if values is not None and not isinstance(values, Mapping):
        raise ParameterError(name, f"must be a mapping of {what}", value=values)
    return dict(values or {})


def flag(name: str, value: object) -> bool:
    """Return a truth value, or refuse what is none."""
    if not isinstance(value, bool | np.bool_):
        raise ParameterError(name, "must be True or False", value=value)
    return bool(value)


def between_spread(weight: Floats) -> Floats:
    """Sum of weights less the sum of their squares over it, however much one outweighs the rest.

    The divisor of DerSimonian and Laird's variance between units, along the last axis.
    """
    total = weight.sum(axis=-1, keepdims=True)
    largest = np.arange(weight.shape[-1]) == weight.argmax(axis=-1)[..., None]
    rest = np.where(largest, 0.0, weight).sum(axis=-1, keepdims=True)
    products = weight * np.where(largest, rest, total - weight)
    return np.asarray(products.sum(axis=-1) / total[..., 0])


def generator(seed: Any) -> np.random.Generator:
    """Return the Generator that a seed stands for, or refuse the seed."""
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError):
        rule = "must be a whole number of at least 0 or a Generator"
        raise ParameterError("seed", rule, value=seed) from None


def unit_labels(name: str, labels: Any) -> pd.Index[Any]:
    """Return the names of units, or refuse names that stand for two units."""
    index: pd.Index[Any] = pd.Index(labels)
    if not index.is_unique:
        twice = index[index.duplicated()][0]
        raise ParameterError(name, "must name each unit once, each row its own", value=twice)
    return index


def aligned(name: str, first: Any, **others: Any) -> list[Any]:
    """Return other inputs in the order of the first one's labels.

    Parameters
    ----------
    name : str
        The first parameter, for the message.
    first : array-like
        What sets the order, where it is a Series or DataFrame.
    **others : array-like
        By parameter. Those without labels, and those numbered by rows as the first is but with
        other numbers, are taken to be in its order.

    Returns
    -------
    list
        The others.

    Raises
    ------
    ParameterError
        For other labels than the first one's.
    """
    found = []
    for other, values in others.items():
        labelled = all(isinstance(v, pd.Series | pd.DataFrame) for v in (first, values))
        if labelled and not first.index.equals(values.index):
            unique = first.index.is_unique and values.index.is_unique
            if unique and not len(first.index.symmetric_difference(values.index)):
                values = values.loc[first.index]
            elif not all(pd.api.types.is_integer_dtype(v.index) for v in (first, values)):
                rule = f"must have the same labels as {name}, each once, or none (a plain list)"
                raise ParameterError(other, rule)
        found.append(values)
    return found


def date(name: str, value: Any) -> pd.Timestamp:
    """Return one date.

    Parameters
    ----------
    name : str
        The parameter, for the message.
    value : date-like
        ISO text (2017-04-01, or 2017-04 for the first day of a month), a date or datetime of
        Python, numpy or pandas, or a Period, whose first day stands for it.

    Returns
    -------
    Timestamp

    Raises
    ------
    ParameterError
        For any other text, since 01/04/2017 is one day in Britain and another in America; for
        what is no date, a missing one, and one with a time zone.
    """
    iso = isinstance(value, str | np.datetime64) and _ISO_DATE.fullmatch(str(value))
    found: Any = pd.NaT
    try:
        if isinstance(value, pd.Period):
            found = value.start_time
        elif iso or isinstance(value, datetime.date):
            found = pd.Timestamp(value)
    except (ValueError, OverflowError):
        pass
    if pd.isna(found):
        raise ParameterError(name, "must be a date, year first: write 2017-04-01", value=value)
    if found.tz is not None:
        raise ParameterError(name, "must be a date without a time zone", value=str(value))
    return pd.Timestamp(found)


def month(name: str, value: Any) -> pd.Period:
    """Return the month that a date lies in, whichever its day and time.

    Parameters
    ----------
    name : str
        The parameter, for the message.
    value : date-like
        As :func:`date` takes it.

    Returns
    -------
    Period

    Raises
    ------
    ParameterError
        As :func:`date`, and for a Period of more than one month.
    """
    found = date(name, value).to_period("M")
    if isinstance(value, pd.Period) and value.end_time.to_period("M") != found:
        raise ParameterError(name, "must lie in one month", value=str(value))
    return found


def date_index(name: str, dates: Any, n: int) -> pd.DatetimeIndex:
    """Return n dates in order, each once.

    Parameters
    ----------
    name : str
        The parameter, for the message.
    dates : array-like of n dates
        As :func:`date` takes each; of a PeriodIndex the first days stand for its periods.
    n : int
        How many are wanted.

    Returns
    -------
    DatetimeIndex

    Raises
    ------
    ParameterError
        For another number of them, what isn't a date (a bare number isn't), missing dates,
        dates with a time zone, out of order or given twice.
    """
    try:
        index = pd.Index(dates)
    except (ValueError, TypeError, OverflowError):
        raise ParameterError(name, "must be dates, or texts such as 2015-04-01") from None
    if index.hasnans:
        raise ParameterError(name, "must not be missing")
    if isinstance(index, pd.PeriodIndex):
        index = index.to_timestamp()
    elif not isinstance(index, pd.DatetimeIndex):
        index = pd.DatetimeIndex([date(name, value) for value in index])
    if index.tz is not None:
        raise ParameterError(name, "must be dates without a time zone", value=str(index.tz))
    if len(index) != n:
        raise ParameterError(name, f"must have one date a value: {n}", value=len(index))
    back = np.flatnonzero(index[1:] <= index[:-1])
    if back.size:
        earlier, later = (f"{index[i]:%Y-%m-%d}" for i in (back[0], back[0] + 1))
        raise ParameterError(name, f"must be in order, each once: {later} follows {earlier}")
    return index


def monthly_dates(name: str, dates: Any, n: int) -> pd.DatetimeIndex:
    """Return n consecutive months as dates, all their first or all their last days.

    Parameters
    ----------
    name : str
        The parameter, for the message.
    dates : array-like of n dates
        As :func:`date_index` takes them.
    n : int
        How many are wanted.

    Returns
    -------
    DatetimeIndex
        The dates as given, without a time of day.

    Raises
    ------
    ParameterError
        As :func:`date_index`, for a month left out or repeated, and for other days of the month.
    """
    index = date_index(name, dates, n).normalize()
    jump = np.flatnonzero(np.diff(index.year * 12 + index.month) != 1)
    if jump.size:
        earlier, later = (f"{index[i]:%Y-%m-%d}" for i in (jump[0], jump[0] + 1))
        raise ParameterError(
            name,
            f"must be consecutive months, none left out or repeated: {later} follows {earlier}",
        )
    # by the calendar: of dates made by working days, pandas calls the first such day a start
    if (index.day != 1).any() and (index.day != index.days_in_month).any():
        raise ParameterError(name, "must all be first days of months or all last days of months")
    return index
