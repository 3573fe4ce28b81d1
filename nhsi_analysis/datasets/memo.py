"""What follows from tables alone is worked out once for each state of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

import pandas as pd

from nhsi_analysis.datasets import loading

P = ParamSpec("P")
R = TypeVar("R")

_MOST: Final = 32
"""Answers kept of a function: one for each date, year or item that was asked about."""

_kept: list[dict[Any, Any]] = []


def forget() -> None:
    """Forget everything that is remembered."""
    for kept in _kept:
        kept.clear()


def remembered(function: Callable[P, R]) -> Callable[P, R]:
    """Keep what a function returns for as long as every table that it loaded is what it was.

    A call that finds an answer kept loads these tables all the same: it is how
    :func:`~nhsi_analysis.datasets.reads` comes to list them, how a pack sees their files read, and
    how a table that has changed, or lies in another folder, is told from the one before. Kernels
    forked from a process share what it has kept.

    Parameters
    ----------
    function : callable
        What it returns must follow from its arguments, which can be hashed, and from tables that
        it loads. A frame or series is lent as a copy that costs nothing; what else it returns
        must not be changed.
    """
    kept: dict[Any, tuple[dict[loading.Asked, loading.State], R]] = {}
    _kept.append(kept)

    @wraps(function)
    def asked(*args: P.args, **named: P.kwargs) -> R:
        key = (args, tuple(sorted(named.items())))
        if key not in kept or any(loading.state(*t) != was for t, was in kept[key][0].items()):
            with loading.followed() as read:
                found = function(*args, **named)
            kept.pop(key, None)
            if len(kept) == _MOST:
                del kept[next(iter(kept))]
            if not read:  # it follows from something else
                return found
            kept[key] = read, found
        lent: R = _lent(kept[key][1])
        return lent

    return asked


def _lent(found: Any) -> Any:
    return found.copy(deep=False) if isinstance(found, pd.DataFrame | pd.Series) else found
