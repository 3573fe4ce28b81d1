"""Read a raw table strictly: the first thing wrong stops with file, row, column and rule."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from pandera.errors import SchemaErrors

from nhsi_analysis.datasets.catalogue import RESTORE as RESTORE_FILE
from nhsi_analysis.datasets.catalogue import Table
from nhsi_analysis.errors import DataError
from nhsi_analysis.schemas.models import MODELS
from policy_methods.results import Result

RESTORE: Final = f"{RESTORE_FILE}, or correct the cell"
CUT_OFF: Final = "The file may be cut off; restore it from the repository"
WHOLE_NUMBER: Final = r"[+-]?[0-9]{1,18}"
DECIMAL: Final = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
ISO_DATE: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"


@dataclass(frozen=True)
class Rows(Result):
    """A table, each row with the one of its file it came from.

    Parameters
    ----------
    frame : DataFrame
        Index 0, 1, 2, …
    lines : ndarray of int, shape (n,)
        Row of the file, the header being row 1.
    file : str
        Name of the file in an error.
    remedy : str
        What an error tells its reader to do.
    """

    frame: pd.DataFrame
    lines: np.ndarray
    file: str
    remedy: str = RESTORE

    @property
    def last(self) -> int:
        """Row of the file of the last row."""
        return int(self.lines[-1]) if len(self.lines) else 1

    def error(self, rule: str, at: int, column: str, value: object = None) -> DataError:
        """Return the error about a rule that the row at a position breaks first."""
        row = int(self.lines[at])
        value = value.item() if isinstance(value, np.generic) else value
        return DataError(self.file, rule, row=row, column=column, value=value, remedy=self.remedy)


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
    if table.name not in MODELS:
        raise DataError(
            table.file,
            "has an entry in datapackage.json, but no model says its rules",
            remedy=f"Give {table.name!r} one in nhsi_analysis/schemas/models.py",
        )
    schema = MODELS[table.name].to_schema()
    if table.path.suffix == ".geojson":
        rows = _read_geojson(content, table.file)
    else:
        # Optional columns are for tables read in from newer files; a shipped table is complete.
        required = [n for n, c in schema.columns.items() if c.required]
        text = _read_csv(content, table.file, required)
        # Cut within its last cell a file can pass for whole; but a shipped one ends its last line.
        size = int(table.descriptor["bytes"])
        if len(content) < size and not content.endswith(b"\n"):
            raise DataError(
                table.file,
                f"must be {size:,} bytes, as datapackage.json records; it has "
                f"{len(content):,} and its last line has no end",
                row=text.last,
                column=str(text.frame.columns[-1]),
                remedy="The file is cut off; restore it from the repository (or end its last "
                "line, if it was changed on purpose)",
            )
        rows = _typed(text, schema)
    recorded = table.shape
    if len(rows.frame) < int(recorded["rows"]):
        raise DataError(
            table.file,
            f"must have {recorded['rows']:,} rows of data, as datapackage.json records; it has "
            f"{len(rows.frame):,}",
            row=rows.last,
            remedy="The file is cut off; restore it from the repository (or, if rows were taken "
            "out on purpose, correct 'rows' in datapackage.json)",
        )
    if not schema.unique:
        _check_repeats(rows, int(recorded["repeats"]))
    return validate(rows, schema)


def validate_ingested(table: pd.DataFrame, name: str, file: str) -> pd.DataFrame:
    """Check a table read in from a publisher's file against its model.

    The DataError names row (the columns' names being row 1), column and rule.
    """
    schema = MODELS[name].to_schema()
    optional = [n for n, column in schema.columns.items() if not column.required]
    _check_header(list(map(str, table.columns)), list(schema.columns), file, optional)
    lines = np.arange(2, len(table) + 2)
    return validate(Rows(table, lines, file, "Ingest the publisher's file again"), schema)


def _decode(content: bytes, file: str) -> str:
    """Decode UTF-8, or say in which row another encoding shows."""
    if not content.strip():
        raise DataError(file, "is empty", remedy=RESTORE_FILE)
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


def _read_csv(content: bytes, file: str, columns: Sequence[str]) -> Rows:
    """Read a comma-separated table as text, its columns in the order asked for."""
    reader = csv.reader(io.StringIO(_decode(content, file), newline=""), strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        header = next(reader)
        _check_header(header, columns, file)
        for cells in reader:
            if len(cells) != len(header):
                raise DataError(
                    file,
                    f"must have {len(header)} cells, as the header has; it has {len(cells)}",
                    row=reader.line_num,
                    remedy=CUT_OFF,
                )
            rows.append(cells)
            lines.append(reader.line_num)
    except csv.Error as error:
        rule = f"must be comma-separated text: {error}"
        raise DataError(file, rule, row=reader.line_num, remedy=RESTORE) from None
    frame = pd.DataFrame(rows, columns=header, dtype=str)[list(columns)]
    return Rows(frame, np.asarray(lines, dtype=int), file)


def _check_header(
    header: Sequence[str], columns: Sequence[str], file: str, optional: Collection[str] = ()
) -> None:
    """Name the first column that is missing, unknown or repeated."""
    missing = [c for c in columns if c not in header and c not in optional]
    extra = [c for c in header if c not in columns]
    repeated = [c for i, c in enumerate(header) if c in header[:i]]
    found = f"; not expected: {', '.join(map(repr, extra))}" if extra else ""
    for names, rule in (
        (missing, f"column is missing{found}"),
        (extra, "column is not part of the table"),
        (repeated, "column appears twice"),
    ):
        if names:
            raise DataError(file, rule, row=1, column=names[0], remedy=RESTORE)


def _typed(text: Rows, schema: Any) -> Rows:
    """Turn text into the types of a table, an empty cell being a missing value."""
    columns: dict[str, pd.Series] = {}
    for name in text.frame.columns:
        column, cells = schema.columns[name], text.frame[name]
        empty = cells == ""
        if not column.nullable and empty.any():
            raise text.error("must not be empty", int(np.argmax(empty)), name)
        values, good, rule = _convert(cells, empty, str(column.dtype))
        wrong = ~(good | empty).to_numpy(dtype=bool)
        if wrong.any():
            at = int(np.argmax(wrong))
            raise text.error(rule + _and_others(int(wrong.sum())), at, name, cells.iloc[at])
        columns[name] = values
    return replace(text, frame=pd.DataFrame(columns))


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


def _read_geojson(content: bytes, file: str) -> Rows:
    """Read a GeoJSON collection of named polygons into a table, a corner a row."""
    source = _decode(content, file)
    try:
        collection = json.loads(source)
    except json.JSONDecodeError as error:
        rule = f"must be complete GeoJSON: {error.msg} at character {error.pos + 1}"
        raise DataError(file, rule, row=error.lineno, remedy=CUT_OFF) from None
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
    frame = pd.DataFrame(corners, columns=["name", "part", "ring", "longitude", "latitude"])
    return Rows(frame, np.arange(1, len(frame) + 1), file)


def validate(rows: Rows, schema: Any) -> pd.DataFrame:
    """Check a typed table against its pandera schema, and return it unchanged.

    The DataError names row, column and rule of the first row that breaks one.
    """
    table = rows.frame
    if schema.unique:
        keys = _tidied(table[schema.unique])
        repeats = keys.duplicated().to_numpy()
        if repeats.any():
            at = int(np.argmax(repeats))
            # By groups, for a key may have empty cells, which equal nothing.
            groups = keys.groupby(schema.unique, dropna=False, sort=False).ngroup().to_numpy()
            first = rows.lines[int(np.argmax(groups == groups[at]))]
            raise rows.error(
                f"repeats row {first}: {', '.join(schema.unique)} must be unique together"
                + _and_others(int(repeats.sum())),
                at,
                schema.unique[-1],
                " · ".join(str(v) for v in table.loc[at, schema.unique].dropna()),
            )
    try:
        schema.validate(table, lazy=True)
    except SchemaErrors as errors:
        raise _explain(errors.failure_cases, rows, schema) from None
    return table


def _check_repeats(rows: Rows, expected: int) -> None:
    """Compare the rows that repeat another one with those recorded for a table without a key."""
    repeats = _tidied(rows.frame).duplicated().to_numpy()
    if repeats.sum() != expected:
        raise DataError(
            rows.file,
            f"must have {expected:,} rows that repeat another one, as datapackage.json records; it "
            f"has {repeats.sum():,}",
            row=int(rows.lines[np.flatnonzero(repeats)[-1]]) if repeats.any() else None,
            remedy=RESTORE,
        )


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


def _explain(cases: pd.DataFrame, rows: Rows, schema: Any) -> DataError:
    """Turn pandera's failure cases into one error about the first row concerned."""
    located = cases.dropna(subset=["index"])
    if located.empty:
        case = cases.iloc[0]
        column = None if pd.isna(case["column"]) else str(case["column"])
        return DataError(rows.file, str(case["check"]), column=column, remedy=rows.remedy)
    # Where a value is impossible by itself, that says more than a rule across columns.
    single = (located["schema_context"] != "Column").rename("across")
    first = located.assign(across=single).sort_values(["index", "across"], kind="stable")
    case = first.iloc[0]
    at, rule = int(case["index"]), str(case["check"])
    same = located[located["check"] == case["check"]]
    if case["schema_context"] == "Column":
        name = str(case["column"])
        rule = in_words(schema.columns[name].checks[int(case["check_number"])])
        others = same[same["column"] == name]
    else:
        name, _, rule = rule.partition(": ")
        others = same.drop_duplicates("index")
    value = rows.frame.loc[at, name]
    shown = value.date().isoformat() if isinstance(value, pd.Timestamp) else value
    return rows.error(rule + _and_others(len(others)), at, name, shown)


def _and_others(count: int) -> str:
    return f"; {count:,} rows break this rule" if count > 1 else ""


def in_words(check: Any) -> str:
    """Put a pandera check of a column into words that follow the column's name."""
    limits: Mapping[str, Any] = check.statistics or {}
    for name, bound, of_date, of_number in (
        ("greater_than_or_equal_to", "min_value", "later", "more"),
        ("less_than_or_equal_to", "max_value", "earlier", "less"),
    ):
        if check.name == name:
            value = limits[bound]
            if isinstance(value, pd.Timestamp):
                return f"must be {value.date().isoformat()} or {of_date}"
            return f"must be {value:.12g} or {of_number}"
    if check.name == "isin":
        return "must be one of " + ", ".join(map(str, limits["allowed_values"]))
    if check.name == "str_matches":
        return f"must have the form {limits['pattern']}"
    if check.name == "str_length":
        return "must not be empty"
    return str(check.error)
