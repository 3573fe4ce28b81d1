"""Read a raw table strictly: the first thing wrong stops with file, row, column and rule."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from pandera.errors import SchemaErrors

from nhsi_analysis.datasets.catalogue import Table
from nhsi_analysis.errors import DataError
from nhsi_analysis.schemas.models import MODELS

RESTORE: Final = "Restore the file from the repository, or correct the cell"
WHOLE_NUMBER: Final = r"[+-]?[0-9]{1,18}"
DECIMAL: Final = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
ISO_DATE: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"


def decode(content: bytes, file: str) -> str:
    """Decode UTF-8, or say in which row another encoding shows.

    Parameters
    ----------
    content : bytes
        The file.
    file : str
        Its name in an error.

    Returns
    -------
    str

    Raises
    ------
    DataError
        When the file is empty or is not UTF-8.
    """
    if not content.strip():
        raise DataError(file, "is empty", remedy="Restore the file from the repository")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            file,
            "must be encoded in UTF-8",
            row=content.count(b"\n", 0, error.start) + 1,
            value=content[error.start : error.start + 1],
            remedy="Save the file as UTF-8",
        ) from None


def read_csv(content: bytes, file: str, columns: Sequence[str]) -> tuple[pd.DataFrame, np.ndarray]:
    """Read a comma-separated table as text.

    Parameters
    ----------
    content : bytes
        The file.
    file : str
        Its name in an error.
    columns : sequence of str
        The columns it must have, in any order.

    Returns
    -------
    tuple of DataFrame and ndarray
        The cells as text in the order of `columns`, and the line of the file each row ends at.

    Raises
    ------
    DataError
        When a column is missing, unknown or repeated, or a row has too few or too many cells.
    """
    reader = csv.reader(io.StringIO(decode(content, file), newline=""), strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        header = next(reader)
        check_header(header, columns, file)
        for cells in reader:
            if len(cells) != len(header):
                raise DataError(
                    file,
                    f"must have {len(header)} cells, as the header has; it has {len(cells)}",
                    row=reader.line_num,
                    remedy="The file may be cut off; restore it from the repository",
                )
            rows.append(cells)
            lines.append(reader.line_num)
    except csv.Error as error:
        raise DataError(
            file, f"must be comma-separated text: {error}", row=reader.line_num, remedy=RESTORE
        ) from None
    return pd.DataFrame(rows, columns=header, dtype=str)[list(columns)], np.asarray(
        lines, dtype=int
    )


def check_header(
    header: Sequence[str], columns: Sequence[str], file: str, optional: Collection[str] = ()
) -> None:
    """Compare the columns of a file with those its table has.

    Parameters
    ----------
    header, columns : sequence of str
        The columns found and the columns expected.
    file : str
        Name of the file in an error.
    optional : collection of str
        Columns that may be absent.

    Raises
    ------
    DataError
        Naming the first column that is missing, unknown or repeated.
    """
    missing = [c for c in columns if c not in header and c not in optional]
    extra = [c for c in header if c not in columns]
    repeated = [c for i, c in enumerate(header) if c in header[:i]]
    if missing:
        found = f"; not expected: {', '.join(map(repr, extra))}" if extra else ""
        raise DataError(file, f"column is missing{found}", row=1, column=missing[0], remedy=RESTORE)
    if extra:
        raise DataError(
            file, "column is not part of the table", row=1, column=extra[0], remedy=RESTORE
        )
    if repeated:
        raise DataError(file, "column appears twice", row=1, column=repeated[0], remedy=RESTORE)


def typed(text: pd.DataFrame, lines: np.ndarray, schema: Any, file: str) -> pd.DataFrame:
    """Turn text into the types of a table.

    Parameters
    ----------
    text : DataFrame
        Cells as text; an empty cell is a missing value.
    lines : ndarray of int
        Row of the file each row came from.
    schema : pandera.DataFrameSchema
        The table's schema.
    file : str
        Name of the file in an error.

    Returns
    -------
    DataFrame

    Raises
    ------
    DataError
        Naming the first cell that is empty where it must not be, or not of the column's type.
    """
    columns: dict[str, pd.Series] = {}
    for name in text.columns:
        column, cells = schema.columns[name], text[name]
        empty = cells == ""
        if not column.nullable and empty.any():
            at = int(np.argmax(empty))
            raise DataError(
                file, "must not be empty", row=int(lines[at]), column=name, remedy=RESTORE
            )
        values, good, rule = _convert(cells, empty, str(column.dtype))
        wrong = ~(good | empty).to_numpy(dtype=bool)
        if wrong.any():
            at = int(np.argmax(wrong))
            raise DataError(
                file,
                rule + _and_others(int(wrong.sum())),
                row=int(lines[at]),
                column=name,
                value=cells.iloc[at],
                remedy=RESTORE,
            )
        columns[name] = values
    return pd.DataFrame(columns)


def _convert(cells: pd.Series, empty: pd.Series, dtype: str) -> tuple[pd.Series, pd.Series, str]:
    """Return the values, which of them are good, and the rule they keep."""
    if dtype.startswith("int"):
        good = cells.str.fullmatch(WHOLE_NUMBER)
        return pd.to_numeric(cells.where(good, "0")).astype("int64"), good, "must be a whole number"
    if dtype.startswith("float"):
        # pandas would also take "inf", hexadecimals and spaces for numbers.
        written = cells.where(cells.str.fullmatch(DECIMAL))
        values = pd.to_numeric(written, errors="coerce").astype("float64")
        finite = pd.Series(np.isfinite(values.to_numpy()), index=cells.index)
        return values, finite, "must be a number"
    if dtype.startswith("bool"):
        words = cells.map({"True": True, "False": False})
        return words.astype("boolean"), words.notna(), "must be True or False"
    if dtype.startswith("datetime"):
        whole = cells.str.fullmatch(ISO_DATE)
        dates = pd.to_datetime(cells.where(whole), format="%Y-%m-%d", errors="coerce")
        return dates, dates.notna(), "must be a date as YYYY-MM-DD"
    return cells.mask(empty), ~empty, "must be text"


def read_geojson(content: bytes, file: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Read outlines into a table of corners.

    Parameters
    ----------
    content : bytes
        A GeoJSON feature collection of polygons, each feature with a property 'name'.
    file : str
        Its name in an error.

    Returns
    -------
    tuple of DataFrame and ndarray
        name, part, ring, longitude, latitude, a corner a row; and the number of each corner.

    Raises
    ------
    DataError
        When the file is cut off or is not such a collection.
    """
    source = decode(content, file)
    try:
        collection = json.loads(source)
    except json.JSONDecodeError as error:
        raise DataError(
            file,
            f"must be complete GeoJSON: {error.msg} at character {error.pos + 1}",
            row=error.lineno,
            remedy="The file may be cut off; restore it from the repository",
        ) from None
    corners: list[tuple[str, int, int, float, float]] = []
    try:
        for feature in collection["features"]:
            name, geometry = feature["properties"]["name"], feature["geometry"]
            several = geometry["type"] == "MultiPolygon"
            parts = geometry["coordinates"] if several else [geometry["coordinates"]]
            for p, part in enumerate(parts):
                for r, ring in enumerate(part):
                    corners += [(name, p, r, float(x), float(y)) for x, y in ring]
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            file,
            "must be a collection of features with 'properties.name' and polygons of "
            f"longitude and latitude: {error!r}",
            row=f"feature {len({c[0] for c in corners}) + 1}",
            remedy=RESTORE,
        ) from None
    table = pd.DataFrame(corners, columns=["name", "part", "ring", "longitude", "latitude"])
    return table, np.arange(1, len(table) + 1)


def validate(
    table: pd.DataFrame, lines: np.ndarray, schema: Any, file: str, remedy: str = RESTORE
) -> pd.DataFrame:
    """Check a typed table against its model.

    Parameters
    ----------
    table : DataFrame
        Index 0, 1, 2, …
    lines : ndarray of int
        Row of the file each row came from.
    schema : pandera.DataFrameSchema
        The table's schema.
    file : str
        Name of the file in an error.
    remedy : str
        What the error tells the reader to do.

    Returns
    -------
    DataFrame
        The table, unchanged.

    Raises
    ------
    DataError
        Naming row, column and rule of the first row that breaks one.
    """
    if schema.unique:
        keys = _tidied(table[schema.unique])
        repeats = keys.duplicated().to_numpy()
        if repeats.any():
            at = int(np.argmax(repeats))
            # By groups, for a key may have empty cells, which equal nothing.
            groups = keys.groupby(schema.unique, dropna=False, sort=False).ngroup().to_numpy()
            first = lines[int(np.argmax(groups == groups[at]))]
            raise DataError(
                file,
                f"repeats row {first}: {', '.join(schema.unique)} must be "
                "unique together" + _and_others(int(repeats.sum())),
                row=int(lines[at]),
                column=schema.unique[-1],
                value=" · ".join(str(v) for v in table.loc[at, schema.unique].dropna()),
                remedy=remedy,
            )
    try:
        schema.validate(table, lazy=True)
    except SchemaErrors as errors:
        raise _explain(errors.failure_cases, table, lines, schema, file, remedy) from None
    return table


def _tidied(cells: pd.DataFrame) -> pd.DataFrame:
    """Return cells with single spaces in their text, none as missing: they make no other row."""
    text = cells.select_dtypes(["object", "string"])
    return cells.assign(
        **{
            str(name): column.map(
                lambda cell: " ".join(str(cell).split()) or None, na_action="ignore"
            )
            for name, column in text.items()
        }
    )


def _explain(
    cases: pd.DataFrame,
    table: pd.DataFrame,
    lines: np.ndarray,
    schema: Any,
    file: str,
    remedy: str,
) -> DataError:
    """Turn pandera's failure cases into one error about the first row concerned."""
    located = cases.dropna(subset=["index"])
    if located.empty:
        case = cases.iloc[0]
        column = None if pd.isna(case["column"]) else str(case["column"])
        return DataError(file, str(case["check"]), column=column, remedy=remedy)
    # Where a value is impossible by itself, that says more than a rule across columns.
    single = (located["schema_context"] != "Column").rename("across")
    first = located.assign(across=single).sort_values(["index", "across"], kind="stable")
    case = first.iloc[0]
    row, rule = int(case["index"]), str(case["check"])
    if case["schema_context"] == "Column":
        name = str(case["column"])
        rule = in_words(schema.columns[name].checks[int(case["check_number"])])
        others = located[(located["column"] == name) & (located["check"] == case["check"])]
    else:
        name, _, rule = rule.partition(": ")
        others = located[(located["check"] == case["check"])].drop_duplicates("index")
    value = table.loc[row, name]
    return DataError(
        file,
        rule + _and_others(len(others)),
        row=int(lines[row]),
        column=name,
        value=value.date().isoformat() if isinstance(value, pd.Timestamp) else value,
        remedy=remedy,
    )


def _and_others(count: int) -> str:
    return f"; {count:,} rows break this rule" if count > 1 else ""


def in_words(check: Any) -> str:
    """Put a pandera check into words.

    Parameters
    ----------
    check : pandera.Check
        A check of one column.

    Returns
    -------
    str
        The rule, to follow the column's name.
    """
    limits: Mapping[str, Any] = check.statistics or {}
    if check.name == "greater_than_or_equal_to":
        return (
            f"must be {_plain(limits['min_value'])} or later"
            if isinstance(limits["min_value"], pd.Timestamp)
            else f"must be {_plain(limits['min_value'])} or more"
        )
    if check.name == "less_than_or_equal_to":
        return (
            f"must be {_plain(limits['max_value'])} or earlier"
            if isinstance(limits["max_value"], pd.Timestamp)
            else f"must be {_plain(limits['max_value'])} or less"
        )
    if check.name == "isin":
        return "must be one of " + ", ".join(map(str, limits["allowed_values"]))
    if check.name == "str_matches":
        return f"must have the form {limits['pattern']}"
    if check.name == "str_length":
        return "must not be empty"
    return str(check.error)


def _plain(bound: object) -> str:
    return bound.date().isoformat() if isinstance(bound, pd.Timestamp) else f"{bound:.12g}"


def read_raw(table: Table, content: bytes) -> pd.DataFrame:
    """Read and check one shipped table.

    Parameters
    ----------
    table : Table
        Its descriptor records how many rows it has, and how many of them repeat another one where
        it has no key.
    content : bytes
        What its file holds.

    Returns
    -------
    DataFrame

    Raises
    ------
    DataError
        Naming file, row, column and rule of the first thing wrong.
    """
    file, schema = table.file, MODELS[table.name].to_schema()
    if table.path.suffix == ".geojson":
        frame, lines = read_geojson(content, file)
    else:
        # Optional columns are for tables read in from newer files; a shipped table is complete.
        required = [n for n, c in schema.columns.items() if c.required]
        text, lines = read_csv(content, file, required)
        # Cut within its last cell a file can pass for whole; but a shipped one ends its last line.
        size = int(table.descriptor["bytes"])
        if len(content) < size and not content.endswith(b"\n"):
            raise DataError(
                file,
                f"must be {size:,} bytes, as datapackage.json records; it has "
                f"{len(content):,} and its last line has no end",
                row=int(lines[-1]) if len(lines) else 1,
                column=str(text.columns[-1]),
                remedy="The file is cut off; restore it from the repository (or end its last "
                "line, if it was changed on purpose)",
            )
        frame = typed(text, lines, schema, file)
    recorded = table.shape
    if len(frame) < int(recorded["rows"]):
        raise DataError(
            file,
            f"must have {recorded['rows']:,} rows of data, as datapackage.json records; it has "
            f"{len(frame):,}",
            row=int(lines[-1]) if len(lines) else 1,
            remedy="The file is cut off; restore it from the repository (or, if rows were taken "
            "out on purpose, correct 'rows' in datapackage.json)",
        )
    if not schema.unique:
        _check_repeats(frame, lines, int(recorded["repeats"]), file)
    return validate(frame, lines, schema, file)


def _check_repeats(table: pd.DataFrame, lines: np.ndarray, expected: int, file: str) -> None:
    """Compare the rows that repeat another one with those recorded for a table without a key."""
    repeats = _tidied(table).duplicated().to_numpy()
    if repeats.sum() != expected:
        raise DataError(
            file,
            f"must have {expected:,} rows that repeat another one, as datapackage.json records; it "
            f"has {repeats.sum():,}",
            row=int(lines[np.flatnonzero(repeats)[-1]]) if repeats.any() else None,
            remedy=RESTORE,
        )


def validate_ingested(table: pd.DataFrame, name: str, file: str) -> pd.DataFrame:
    """Check a table read in from a publisher's file against its model.

    Parameters
    ----------
    table : DataFrame
        The table.
    name : str
        Its name.
    file : str
        Name of its file in an error.

    Returns
    -------
    DataFrame
        The table, unchanged.

    Raises
    ------
    DataError
        Naming row (the columns' names being row 1), column and rule.
    """
    schema = MODELS[name].to_schema()
    optional = [n for n, column in schema.columns.items() if not column.required]
    check_header(list(map(str, table.columns)), list(schema.columns), file, optional)
    rows = np.arange(2, len(table) + 2)
    return validate(table, rows, schema, file, "Ingest the publisher's file again")
