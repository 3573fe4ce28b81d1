"""What every method asks of its arguments: each rule in one place, each refusal one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from nhsi_analysis.errors import ParameterError

Floats = NDArray[np.float64]
Seed = int | np.random.Generator

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
        Level, above 0 and below 1 by more than rounding error.
    name : str
        What to call it in the message.

    Returns
    -------
    float
        The level.

    Raises
    ------
    ParameterError
        If the level is not a number above 0 and below 1.
    """
    rule = "must be a number above 0 and below 1, at most 1 - 1e-12"
    return number(name, confidence, least=1e-12, most=1 - 1e-12, rule=rule)


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


def between_spread(weight: Floats) -> float:
    """Sum of weights less the sum of their squares over it, however much one outweighs the rest.

    The divisor of DerSimonian and Laird's variance between units.
    """
    rest = weight.sum() - weight
    largest = int(weight.argmax())
    rest[largest] = np.delete(weight, largest).sum()
    return float((weight * rest).sum() / weight.sum())


def generator(seed: Any) -> np.random.Generator:
    """Return the Generator that a seed stands for, or refuse the seed."""
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError):
        rule = "must be a whole number of at least 0 or a Generator"
        raise ParameterError("seed", rule, value=seed) from None


def date_index(name: str, dates: Any, n: int) -> pd.DatetimeIndex:
    """Return n dates in order, each once.

    Parameters
    ----------
    name : str
        The parameter, for the message.
    dates : array-like of n dates
        Dates, ISO texts or a PeriodIndex, whose first days stand for its periods.
    n : int
        How many are wanted.

    Returns
    -------
    DatetimeIndex

    Raises
    ------
    ParameterError
        For another number of them, what isn't a date (a bare number isn't), missing dates,
        dates out of order or given twice.
    """
    try:
        index = pd.Index(dates)
        if pd.api.types.is_numeric_dtype(index):
            raise TypeError("bare numbers")
        if isinstance(index, pd.PeriodIndex):
            index = index.to_timestamp()
        elif not isinstance(index, pd.DatetimeIndex):
            index = pd.DatetimeIndex(pd.to_datetime(index, format="ISO8601"))
    except (ValueError, TypeError, OverflowError):
        raise ParameterError(name, "must be dates, or texts such as 2015-04-01") from None
    if len(index) != n:
        raise ParameterError(name, f"must have one date a value: {n}", value=len(index))
    if index.isna().any():
        raise ParameterError(name, "must not be missing")
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
    index = date_index(name, dates, n).tz_localize(None).normalize()
    month = index.year * 12 + index.month
    jump = np.flatnonzero(np.diff(month) != 1)
    if jump.size:
        earlier, later = (f"{index[i]:%Y-%m-%d}" for i in (jump[0], jump[0] + 1))
        raise ParameterError(
            name,
            f"must be consecutive months, none left out or repeated: {later} follows {earlier}",
        )
    if not (index.is_month_start.all() or index.is_month_end.all()):
        raise ParameterError(name, "must all be first days of months or all last days of months")
    return index
