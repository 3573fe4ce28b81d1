"""The table of published numbers as linear constraints on a monthly series, and its conflicts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from policy_methods.checks import LARGEST, month
from policy_methods.errors import ParameterError
from policy_methods.results import Result

Floats = npt.NDArray[np.float64]

KINDS = ("sum", "month", "mean", "change", "growth", "share")
LEVELS = ("sum", "month", "mean", "share")
MARGIN = 1e-3
"""Share of an interval's width by which numbers must overlap before they are held to agree."""


@dataclass(frozen=True, slots=True)
class Published(Result):
    """One published number as a constraint.

    Parameters
    ----------
    name, kind
        As in the table.
    value, lower, upper : float
        The number and the ends of its rounding interval, in its own unit.
    over, base : array of shape (T,)
        Weights of the months summed (or averaged), and of the months compared with (else noughts).
    weight : float
        Cost of setting the number aside in a conflict.
    """

    name: str
    kind: str
    value: float
    lower: float
    upper: float
    over: Floats
    base: Floats
    weight: float

    def rows(self) -> tuple[Floats, Floats, Floats]:
        """Return the inequality rows (k, T) with their lower and upper bounds (k,)."""
        if self.kind == "growth":
            rows = np.vstack(
                [self.over - (1 + self.lower) * self.base, self.over - (1 + self.upper) * self.base]
            )
            return rows, np.array([0.0, -np.inf]), np.array([np.inf, 0.0])
        row = self.over - self.base
        return row[None, :], np.array([self.lower]), np.array([self.upper])

    def of(self, path: Floats) -> Floats:
        """Return what the number would be on a path of shape (..., T), in the number's own unit."""
        top = path @ self.over
        if self.kind == "growth":
            return np.asarray(top / (path @ self.base) - 1)
        return np.asarray(top - path @ self.base)

    @property
    def exact(self) -> bool:
        """Whether the number was published without rounding."""
        return self.kind != "growth" and self.lower == self.upper

    @property
    def touches(self) -> npt.NDArray[np.bool_]:
        """Months the number says something about."""
        return np.asarray((self.over != 0) | (self.base != 0))


def month_index(start: Any, end: Any) -> pd.DatetimeIndex:
    """Return the first days of the months from `start` to `end`, both included."""
    first, last = month("start", start), month("end", end)
    if last < first:
        raise ParameterError("end", f"must not be before the start, {first}", value=str(last))
    return pd.period_range(first, last, freq="M").to_timestamp().rename("month")


def read_published(table: Any, months: pd.DatetimeIndex) -> list[Published]:
    """Turn the documented table of constraints into numbers; see :func:`reconstruct`."""
    needed = {"name", "kind", "start", "value"}
    if not isinstance(table, pd.DataFrame) or not needed <= set(table.columns):
        raise ParameterError("constraints", "must be a table", allowed=sorted(needed))
    if table.empty:
        raise ParameterError("constraints", "must hold at least one number")
    if "half_width" not in table and not {"lower", "upper"} <= set(table.columns):
        raise ParameterError("constraints", "must have half_width, or lower and upper")
    duplicated = table["name"].astype(str)[table["name"].duplicated()].tolist()
    if duplicated:
        raise ParameterError("constraints", "must name each number once", value=duplicated[0])
    return [_read(row, months) for row in table.to_dict("records")]


def _number(row: dict[Any, Any], column: str, default: float = math.nan) -> float:
    value = row.get(column, default)
    try:
        return default if pd.isna(value) else float(value)
    except (ValueError, TypeError):
        raise ParameterError(
            "constraints", f"needs a number in {column} of {row['name']!r}", value=value
        ) from None


def _window(row: dict[Any, Any], months: pd.DatetimeIndex) -> npt.NDArray[np.int64]:
    """Positions, in months from the first, of the months the number covers."""
    end = row.get("end")
    if pd.api.types.is_scalar(end) and pd.isna(end):
        end = row["start"]
    try:
        first, last = month("start", row["start"]), month("end", end)
    except ParameterError as error:
        rule = f"needs dates for {row['name']!r}: its {error.name} {error.rule}"
        raise ParameterError("constraints", rule, value=error.value) from None
    origin = months[0].to_period("M")
    return np.arange((first - origin).n, (last - origin).n + 1)


def _read(row: dict[Any, Any], months: pd.DatetimeIndex) -> Published:
    name, kind = str(row["name"]), str(row["kind"])
    if kind not in KINDS:
        raise ParameterError(
            "constraints", f"has an unknown kind for {name!r}", value=kind, allowed=KINDS
        )
    value = _number(row, "value")
    half = _number(row, "half_width")
    lower, upper = _number(row, "lower", value - half), _number(row, "upper", value + half)
    if not all(abs(end) <= LARGEST for end in (value, lower, upper)):
        raise ParameterError(
            "constraints",
            f"needs value and interval of {name!r} to be finite, at most {LARGEST:g} in size",
        )
    if lower > upper:
        raise ParameterError("constraints", f"has an interval upside down for {name!r}")
    window = _window(row, months)
    if not len(window):
        raise ParameterError("constraints", f"has an end before the start for {name!r}")
    if kind == "month" and len(window) > 1:
        raise ParameterError("constraints", f"gives a month more than one month: {name!r}")
    compared = window - 12 if kind in ("change", "growth") else window[:0]
    for part in (window, compared):
        if part.size and (part[0] < 0 or part[-1] >= len(months)):
            raise ParameterError(
                "constraints",
                f"reach outside the series: {name!r} needs months from "
                f"{(months[0] + pd.DateOffset(months=int(part[0]))):%B %Y} to "
                f"{(months[0] + pd.DateOffset(months=int(part[-1]))):%B %Y}",
            )
    over, base = np.zeros(len(months)), np.zeros(len(months))
    over[window] = 1 / len(window) if kind == "mean" else 1.0
    base[compared] = 1.0
    if kind == "share":
        total = _number(row, "total")
        if not total > 0:
            raise ParameterError("constraints", f"needs the known total of the share {name!r}")
        over /= total
    if kind == "growth" and (lower <= -1 or lower == upper):
        raise ParameterError("constraints", f"needs growth above -1 with a rounding for {name!r}")
    return Published(name, kind, value, lower, upper, over, base, _number(row, "weight", 1.0))


def _bounds(number: Published) -> tuple[Floats, Floats, Floats]:
    """Rows and bounds, drawn in so that intervals that only touch don't count as agreeing."""
    rows, low, high = number.rows()
    with np.errstate(invalid="ignore"):
        inset = np.where(np.isfinite(low + high), MARGIN * (high - low), 0.0)
    return rows, low + inset, high - inset


def stack(numbers: Sequence[Published]) -> tuple[Floats, Floats, Floats]:
    """Stack the rows and bounds of several numbers, as published."""
    parts = [number.rows() for number in numbers]
    return (
        np.vstack([p[0] for p in parts]),
        np.concatenate([p[1] for p in parts]),
        np.concatenate([p[2] for p in parts]),
    )


def _shortfall(numbers: Sequence[Published], scale: float, focus: int | None = None) -> float:
    """Least total distance, in units of `scale`, by which numbers must leave their intervals.

    With `focus`, only that number may leave; nan where even that can't make room.
    """
    parts = [_bounds(f) for f in numbers]
    owners = np.repeat(np.arange(len(numbers)), [len(p[0]) for p in parts])
    rows = np.vstack([p[0] for p in parts])
    low = np.concatenate([p[1] for p in parts]) / scale
    high = np.concatenate([p[2] for p in parts]) / scale
    # shares weigh months by 1/total: bring every row to the size of a month
    size = np.abs(rows).max(axis=1)
    rows, low, high = rows / size[:, None], low / size, high / size
    slack = np.zeros((len(rows), len(numbers)))
    slack[np.arange(len(rows)), owners] = 1
    free = np.ones(len(numbers)) if focus is None else np.eye(len(numbers))[focus]
    up, down = np.isfinite(high), np.isfinite(low)
    found = linprog(
        np.concatenate([np.zeros(rows.shape[1]), np.ones(len(numbers))]),
        A_ub=np.vstack([np.hstack([rows, -slack])[up], np.hstack([-rows, -slack])[down]]),
        b_ub=np.concatenate([high[up], -low[down]]),
        bounds=[(None, None)] * rows.shape[1] + [(0, None if f else 0) for f in free],
        method="highs",
    )
    return float(found.fun) if found.success and found.fun is not None else math.nan


def _agree(numbers: Sequence[Published], scale: float) -> bool:
    return _shortfall(numbers, scale) < 1e-7


def find_conflicts(numbers: Sequence[Published], scale: float) -> tuple[list[int], pd.DataFrame]:
    """Set aside the lightest set of numbers without which the others can all hold at once.

    Returns their positions, and a table with one row for each: number, conflicts_with (the other
    members of a smallest contradictory set, joined by '; '), gap (how far its interval is from
    what they allow, in the unit of a monthly sum).
    """
    columns = ["number", "conflicts_with", "gap"]
    if _agree(numbers, scale):
        return [], pd.DataFrame(columns=columns)
    parts = [_bounds(f) for f in numbers]
    owners = np.repeat(np.arange(len(numbers)), [len(p[0]) for p in parts])
    rows = np.vstack([p[0] for p in parts])
    size = np.abs(rows).max(axis=1)
    low = np.concatenate([p[1] for p in parts]) / scale / size
    high = np.concatenate([p[2] for p in parts]) / scale / size
    rows = rows / size[:, None]
    big = 10 * max(
        10.0, float(np.abs(np.concatenate([low, high])[np.isfinite([*low, *high])]).max())
    )
    aside = np.zeros((len(rows), len(numbers)))
    aside[np.arange(len(rows)), owners] = big
    widths = np.array([(f.upper - f.lower) / max(abs(f.value), 1e-12) for f in numbers])
    # between equals, the number with the coarser rounding goes
    cost = np.array([f.weight for f in numbers]) + 0.01 * (np.argsort(np.argsort(-widths)) + 1) / (
        len(numbers) + 1
    )
    months = rows.shape[1]
    found = milp(
        np.concatenate([np.zeros(months), cost]),
        constraints=[
            LinearConstraint(np.hstack([rows, -aside]), -np.inf, high),
            LinearConstraint(np.hstack([rows, aside]), low, np.inf),
        ],
        integrality=np.concatenate([np.zeros(months), np.ones(len(numbers))]),
        bounds=Bounds(
            np.repeat([-big, 0.0], [months, len(numbers)]),
            np.repeat([big, 1.0], [months, len(numbers)]),
        ),
    )
    if found.x is None:
        raise ParameterError(
            "constraints", "hold intervals too unlike in width for conflicts to be looked for"
        )
    solution = np.asarray(found.x)
    out = [i for i in range(len(numbers)) if solution[months + i] > 0.5]
    kept = [f for i, f in enumerate(numbers) if i not in out]
    records = []
    for i in out:
        rivals = list(kept)
        for number in kept:
            fewer = [r for r in rivals if r is not number]
            if not _agree([numbers[i], *fewer], scale):
                rivals = fewer
        gap = _shortfall([numbers[i], *kept], scale, focus=0) * scale
        records.append((numbers[i].name, "; ".join(r.name for r in rivals), gap))
    return out, pd.DataFrame(records, columns=columns)


def centre(numbers: Sequence[Published], scale: float) -> Floats:
    """Return a path that holds every number as far inside its interval as can be."""
    rows, low, high = stack(numbers)
    size = np.abs(rows).max(axis=1) * scale
    rows, low, high = rows * (scale / size)[:, None], low / size, high / size
    with np.errstate(invalid="ignore"):
        room = np.where(np.isfinite(low + high), (high - low) / 2, 1e-3)
    up, down = np.isfinite(high), np.isfinite(low)
    found = linprog(
        np.concatenate([np.zeros(rows.shape[1]), [-1.0]]),
        A_ub=np.vstack(
            [np.hstack([rows, room[:, None]])[up], np.hstack([-rows, room[:, None]])[down]]
        ),
        b_ub=np.concatenate([high[up], -low[down]]),
        bounds=[(None, None)] * rows.shape[1] + [(0, 1)],
        method="highs",
    )
    return np.asarray(found.x)[:-1] * scale
