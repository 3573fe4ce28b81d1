"""Reading tables and single rows as plain values, and writing dates in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from nhsi_analysis import datasets


def load(name: str) -> pd.DataFrame:
    """Return a table without its provenance, which pandas would copy at every step.

    The provenance is listed all the same: :func:`nhsi_analysis.datasets.reads` keeps it.
    """
    table = datasets.load(name)
    table.attrs = {}
    return table


def row(table: pd.DataFrame, position: int = -1) -> dict[str, Any]:
    """Return a row as a dict of column to value; the last by default."""
    return {str(name): table.iloc[position, i] for i, name in enumerate(table.columns)}


def keyed(table: pd.DataFrame, column: str, value: object) -> dict[str, Any]:
    """Return the first row whose ``column`` holds ``value``."""
    return row(table, int(np.flatnonzero(table[column] == value)[0]))


def by_then(name: str, later: pd.Series) -> str:
    """Say under which name a code reports later, where a merger or renaming changed it.

    Parameters
    ----------
    name : str
        Name of September 2018.
    later : Series of str
        Names in the later rows, the latest last.

    Returns
    -------
    str
        Such as ", by then University Hospitals Sussex NHS Foundation Trust,"; empty if unchanged.
    """
    new = "" if later.empty else str(later.iloc[-1])
    same = new.casefold().removeprefix("the ") == name.casefold().removeprefix("the ")
    return "" if not new or same else f", by then {new},"


def day(date: pd.Timestamp | None) -> str:
    """Write a date in words: "27 June 2018"; "not stated" for none."""
    return "not stated" if date is None else f"{date.day} {date:%B %Y}"
