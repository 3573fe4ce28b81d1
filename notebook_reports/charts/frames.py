"""What every chart asks of the table that it draws."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from notebook_reports.charts import style
from notebook_reports.errors import ParameterError


def require(
    table: pd.DataFrame, columns: Iterable[str], *, name: str = "table", rows: int = 1
) -> None:
    """Refuse a table that lacks a column or has too few rows.

    Parameters
    ----------
    table : pandas.DataFrame
        The table handed to the chart.
    columns : iterable of str
        What it must have.
    name : str
        The parameter's name, for the message.
    rows : int
        Fewest rows.

    Raises
    ------
    ParameterError
        It names the columns that are missing and those that are there.
    """
    missing = [column for column in columns if column not in table]
    if missing:
        raise ParameterError(name, f"has no column {', '.join(missing)}", allowed=table.columns)
    if len(table) < rows:
        least = "one row" if rows == 1 else f"{rows} rows"
        raise ParameterError(name, f"must have at least {least}", value=len(table))


def require_classes(table: pd.DataFrame, classes: Sequence[str]) -> None:
    """Refuse a table that is empty or holds another class, and more classes than have a colour.

    Parameters
    ----------
    table : pandas.DataFrame
        The table handed to the chart; a cell may be missing.
    classes : sequence of str
        What its cells may hold.

    Raises
    ------
    ParameterError
        It names the first class that is unknown.
    """
    if table.empty:
        raise ParameterError("table", "must have at least one row and column")
    if not 1 <= len(classes) <= len(style.ORDERED):
        raise ParameterError("classes", "must be one to four", value=len(classes))
    unknown = table.to_numpy()[~table.isin(list(classes)).to_numpy() & table.notna().to_numpy()]
    if len(unknown):
        raise ParameterError("table", "holds an unknown class", value=unknown[0], allowed=classes)


def place_rows(
    ax: Axes,
    units: pd.Series,
    names: Sequence[str],
    at: np.ndarray,
    left: ArrayLike,
    right: ArrayLike,
) -> None:
    """Record the row that each unit counts in, from its left to its right end.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes of the rows.
    units : pandas.Series of str
        Name of the row, by the unit's code; one that isn't drawn has no place.
    names : sequence of str, n of them
        The rows.
    at, left, right : array-like, shape (n,)
        Where each row stands and from where to where it reaches.
    """
    ends = pd.DataFrame({"at": at, "left": left, "right": right}, index=list(names))
    own = ends.reindex(units)
    style.place(ax, units.index, own["left"], own["at"] - 0.33, own["right"], own["at"] + 0.33)
