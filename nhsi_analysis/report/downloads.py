"""The data behind a figure or table as CSV and as a description of its columns."""

from __future__ import annotations

import csv
import io
from typing import Any

from nhsi_analysis.report.blocks import Block

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(value: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula.

    Text that begins like a formula gets an apostrophe in front; numbers stay numbers.
    """
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return "'" + value
    return value


def csv_text(data: Block) -> str:
    """Write typed rows as CSV: one header row, empty for missing, no formula can run."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([safe_cell(c["name"]) for c in data["columns"]])
    for row in data["rows"]:
        writer.writerow(["" if v is None else _text(v) for v in row])
    return buffer.getvalue()


def _text(value: Any) -> Any:
    """Write true and false as words; leave numbers as they are."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return safe_cell(value)
