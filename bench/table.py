"""Rows of measurements as a Markdown table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """Return rows as a table; numbers are right-aligned."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    numeric = {
        n: all(isinstance(r.get(n, 0), int | float) or r[n] == "" for r in rows) for n in names
    }
    lines = [
        "| " + " | ".join(names) + " |",
        "|" + "|".join("--:" if numeric[name] else "---" for name in names) + "|",
    ]
    lines += ["| " + " | ".join(_cell(row.get(name, "")) for name in names) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    return f"{value:,.4g}" if isinstance(value, float) else str(value)
