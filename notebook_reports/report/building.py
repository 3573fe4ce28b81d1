"""From numbers, charts and tables to the blocks of a report, checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from notebook_reports.errors import ParameterError
from notebook_reports.evidence import (
    Answer,
    Estimate,
    Figure,
    Finding,
    Format,
    Table,
    Words,
    format_value,
    shared_decimals,
)
from notebook_reports.evidence.words import day
from notebook_reports.report import blocks


def plain(value: Any) -> Any:
    """Turn a value into what JSON holds: text, number, true or false, None for missing."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime):
        at_midnight = value.time() == datetime.min.time()
        return value.date().isoformat() if at_midnight else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        return [plain(v) for v in value]
    return str(value)


def finding(shown: Finding) -> blocks.Block:
    """Build a headline number."""
    estimate = shown.estimate
    if not isinstance(estimate, Estimate):
        raise ParameterError("estimate", "must be an Estimate", value=type(estimate).__name__)
    words = blocks.check_text("label", shown.label or estimate.label)
    return {
        "key": blocks.check_key(shown.key),
        "card": bool(shown.card),
        **{name: plain(value) for name, value in estimate.to_dict().items()},
        "label": words,
        "leads_to": shown.leads_to,
    }


def _columns(data: pd.DataFrame) -> pd.DataFrame:
    """Make a meaningful index a column and check what is left."""
    if not isinstance(data, pd.DataFrame):
        raise ParameterError("data", "must be a DataFrame", value=type(data).__name__)
    named = any(name is not None for name in data.index.names)
    frame = data.reset_index() if named else data.reset_index(drop=True)
    labels: list[Any] = list(frame.columns)
    frame.columns = [
        " ".join(str(part) for part in c if str(part)) if isinstance(c, tuple) else str(c)
        for c in labels
    ]
    if frame.empty:
        raise ParameterError("data", "must have at least one row and one column")
    twice = sorted(frame.columns[frame.columns.duplicated()].unique())
    if twice:
        raise ParameterError("data", f"has more than one column named {', '.join(twice)}")
    return frame


def _type(column: pd.Series) -> str:
    """Name a column's type as table descriptions do."""
    if pd.api.types.is_bool_dtype(column):
        return "boolean"
    if pd.api.types.is_integer_dtype(column):
        return "integer"
    if pd.api.types.is_float_dtype(column):
        return "number"
    if pd.api.types.is_datetime64_any_dtype(column):
        return "date"
    kinds = {type(v) for v in column.dropna()}
    if kinds and all(issubclass(k, bool | np.bool_) for k in kinds):
        return "boolean"
    if kinds and all(issubclass(k, int | np.integer) for k in kinds):
        return "integer"
    if kinds and all(issubclass(k, int | float | np.number) for k in kinds):
        return "number"
    return "date" if kinds and all(issubclass(k, date) for k in kinds) else "string"


def records(data: pd.DataFrame) -> blocks.Block:
    """Turn a table into typed columns and rows of plain values.

    Estimates become a number and, where they have one, the two ends of their interval.
    """
    frame = _columns(data)
    parts: dict[str, pd.Series] = {}
    for name in frame.columns:
        column = frame[name]
        if any(isinstance(v, Estimate) for v in column):
            parts[name] = column.map(lambda e: e.value if isinstance(e, Estimate) else None)
            for end in ("low", "high"):
                limits = column.map(lambda e, end=end: getattr(e, end, None))
                if limits.notna().any():
                    parts[f"{name} {end}"] = limits
        else:
            parts[name] = column
    columns = [{"name": name, "type": _type(column)} for name, column in parts.items()]
    cells = [[plain(v) for v in column] for column in parts.values()]
    return {"columns": columns, "rows": [list(row) for row in zip(*cells, strict=True)]}


def figure(shown: Figure) -> blocks.Block:
    """Build a figure, its ``svg`` and the places of its units still to be drawn."""
    units = shown.units
    return {
        "key": blocks.check_key(shown.key),
        "title": blocks.check_text("title", shown.title),
        "subtitle": blocks.check_text("subtitle", shown.subtitle),
        "source": blocks.check_source(shown.source),
        "alt": blocks.check_alt(shown.alt, shown.title),
        "note": shown.note.strip(),
        "svg": "",
        "narrow": "",
        "units": units and {"kind": units.kind, "names": {**units.names}, "said": {**units.said}},
        "data": records(shown.data),
    }


def _format_cells(column: pd.Series, form: Format | None) -> list[str]:
    """Write a column's cells as text, with the same decimals all the way down."""
    if callable(form):
        return [str(form(v)) for v in column]
    kind = _type(column)
    fixed = form in {"share", "pp", "probability", "per cent", "GBP", "GBP m", "GBP bn"}
    places = None
    if not fixed and kind in {"number", "integer"}:
        places = shared_decimals(pd.to_numeric(column).dropna().tolist())

    def write(value: Any) -> str:
        if isinstance(value, Estimate):
            return str(value)
        if value is None or value is pd.NaT or value is pd.NA:
            return blocks.NOT_AVAILABLE
        if isinstance(value, bool | np.bool_):
            return "Yes" if value else "No"
        if isinstance(value, int | float | np.number):
            return format_value(float(value), form or "", places)
        if isinstance(value, date):
            return day(value)
        return str(value)

    return [write(v) for v in column]


def table(shown: Table) -> blocks.Block:
    """Build a table."""
    data = records(shown.data)
    frame = _columns(shown.data)
    formats, row_header = shown.formats, shown.row_header
    unknown = [c for c in formats if c not in frame.columns]
    if unknown:
        raise ParameterError(
            "formats", f"names no column {', '.join(unknown)}", allowed=frame.columns
        )
    if not 0 <= row_header < len(frame.columns):
        raise ParameterError(
            "row_header", f"must be from 0 to {len(frame.columns) - 1}", value=row_header
        )
    cells: list[list[str]] = []
    order: list[list[Any] | None] = []
    numeric: list[bool] = []
    for name in frame.columns:
        column = frame[name]
        cells.append(_format_cells(column, formats.get(name)))
        kind = _type(column)
        estimates = any(isinstance(v, Estimate) for v in column)
        numeric.append(kind in {"number", "integer"} or estimates)
        if isinstance(column.dtype, pd.CategoricalDtype) and column.cat.ordered:
            order.append([int(code) if code >= 0 else None for code in column.cat.codes])
        elif estimates:
            order.append([plain(getattr(v, "value", None)) for v in column])
        elif kind == "string":
            order.append(None)
        else:
            order.append([plain(v) for v in column])
    return {
        "key": blocks.check_key(shown.key),
        "caption": blocks.check_text("caption", shown.caption),
        "source": blocks.check_source(shown.source),
        "note": shown.note.strip(),
        "row_header": row_header,
        "header": list(frame.columns),
        "numeric": numeric,
        "cells": [list(row) for row in zip(*cells, strict=True)],
        "order": order,
        "data": data,
    }


def text(words: Words) -> blocks.Block:
    """Build computed prose."""
    return {"role": "text", "markdown": blocks.check_text("markdown", words.markdown)}


def answer(said: Answer) -> blocks.Block:
    """Build what a report says first."""
    beside = {name: text.strip() for name, text in asdict(said).items() if name != "lede"}
    return {"role": "lede", "markdown": blocks.check_text("lede", said.lede), **beside}


def nothing() -> blocks.Block:
    """Build what stands for a section that has nothing to say in this run."""
    return {"role": "nothing", "markdown": ""}
