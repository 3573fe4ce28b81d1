"""A figure's data as the table that lies folded under it on a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from notebook_reports import project
from notebook_reports.evidence.numbers import format_value, shared_decimals
from notebook_reports.evidence.words import capital, day
from notebook_reports.report.blocks import NOT_AVAILABLE, Block

MOST_ROWS = 400
"""Rows that a page shows of a figure's data; its CSV holds all."""

_NUMBERS = {"integer", "number"}
_UNITS = {" gbp m": " (£m)", " gbp bn": " (£bn)", " gbp": " (£)", " pct": " (%)"}
_UNIT = re.compile(f"(?:{'|'.join(_UNITS)})$")


def heading(name: str) -> str:
    """Return what a column of data is called at the head of a table for readers.

    Parameters
    ----------
    name : str
        As the data have it; what the project has words for is called by them.

    Examples
    --------
    >>> heading("staff_costs"), heading("spend_gbp_m"), heading("Good or better")
    ('Staff costs', 'Spend (£m)', 'Good or better')
    """
    said = project.current().headings.get(name) or capital(name.replace("_", " "))
    return _UNIT.sub(lambda unit: _UNITS[unit[0]], said)


def table_of(block: Block) -> Block:
    """Return a figure's data as a table: columns in words, numbers and dates as readers know them.

    Parameters
    ----------
    block : dict
        A figure block.

    Returns
    -------
    dict
        What a table block has of header, cells and order; its caption is the figure's subtitle.
    """
    columns, rows = block["data"]["columns"], block["data"]["rows"]
    shown = rows[:MOST_ROWS]
    more = f"; the first {MOST_ROWS} of {len(rows):,} rows" if len(rows) > MOST_ROWS else ""
    kept = [[row[i] for row in shown] for i in range(len(columns))]
    cells = [_cells(c["name"], c["type"], kept[i]) for i, c in enumerate(columns)]
    return {
        "caption": block["subtitle"] + more,
        "row_header": 0,
        "header": [heading(column["name"]) for column in columns],
        "numeric": [column["type"] in _NUMBERS for column in columns],
        "cells": [list(row) for row in zip(*cells, strict=True)],
        "order": [kept[i] if c["type"] == "date" else None for i, c in enumerate(columns)],
    }


def _cells(name: str, kind: str, values: Sequence[Any]) -> list[str]:
    """Write a column."""
    places = 0
    if kind in _NUMBERS:
        places = shared_decimals([value for value in values if value is not None])

    def write(value: Any) -> str:
        if value is None:
            return NOT_AVAILABLE
        if isinstance(value, bool):
            return "Yes" if value else "No"
        if kind == "date":
            on = date.fromisoformat(value[:10])
            return f"{on:%B %Y}" if "month" in name else day(on)
        if kind not in _NUMBERS:
            return str(value)
        # A year is no count of thousands.
        return str(value) if "year" in name and not places else format_value(value, "", places)

    return [write(value) for value in values]
