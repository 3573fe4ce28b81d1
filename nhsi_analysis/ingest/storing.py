"""Add what was read to the table until now, check the whole, and write it with its provenance."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from nhsi_analysis import as_at, datasets
from nhsi_analysis.datasets import catalogue, reader, store
from nhsi_analysis.datasets.catalogue import display_path
from nhsi_analysis.datasets.periods import retitled
from nhsi_analysis.errors import DataError
from nhsi_analysis.ingest import cqc
from nhsi_analysis.ingest.reading import Reading
from nhsi_analysis.paths import processed_dir
from nhsi_analysis.schemas.models import MODELS
from notebook_reports import __version__
from notebook_reports.evidence import words

SHOWN_FILES: Final = 3
CORRECT: Final = "Correct the file or leave the row out"


@dataclass(frozen=True)
class Ingested:
    """A table made from a publisher's file, and stored.

    Parameters
    ----------
    reading : Reading
        What was read and left out.
    path : Path
        The Parquet file.
    rows : int
        Rows of the table, those it had before among them.
    notes : tuple of str
        How the table relates to what it was.
    """

    reading: Reading
    path: Path
    rows: int
    notes: tuple[str, ...]

    def summary(self) -> list[str]:
        """Return the account a person reads."""
        return [
            *self.reading.summary(),
            *self.notes,
            f"written: {display_path(self.path)} ({self.rows:,} rows)",
        ]


def store_reading(reading: Reading, to: Path | None = None) -> Ingested:
    """Store what was read as the table it feeds, in data/processed or another folder.

    A DataError says when the table breaks a rule or the folder can't be written; nothing is left
    behind.
    """
    current = datasets.load(reading.table)
    base = current.attrs["provenance"]
    table = _added(current, reading)
    schema = MODELS[reading.table].to_schema()
    source = reading.files[0] if len(reading.files) == 1 else f"{len(reading.files)} files"
    made = f"table {reading.table} made of {source}"
    table = _in_types(table, schema, made)
    lines = np.arange(2, len(table) + 2)
    reader.validate(reader.Rows(table, lines, made, CORRECT), schema)
    replaced = len(current) + len(reading.frame) - len(table)
    gone = f", {replaced:,} of which it replaces" if replaced else ""
    notes = [f"added to {base['path']}, {base['rows']:,} rows{gone}"] if reading.replaces else []
    notes += _matches(current, reading)
    digest = hashlib.sha256("".join(reading.sha256).encode()).hexdigest()
    sha256 = reading.sha256[0] if len(reading.sha256) == 1 else digest
    path = (to or processed_dir()) / f"{reading.table}.{reading.date}.{sha256[:12]}.parquet"
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    left_out = [f"Left out of {source}: {line}." for line in reading.excluded.lines()]
    parts = _parts(reading)
    parts[-1]["remarks"] = [
        f"Read from {source} on {now[:10]}.",
        *left_out,
        *(f"{n}." for n in notes[1:]),
    ]
    date = _as_at(reading, current)
    shipped = datasets.load(reading.table, source="shipped")
    files = [file for part in parts for file in part["files"]]
    title = retitled(
        str(catalogue.table(reading.table).descriptor["title"]), reading.table, shipped, table, date
    )
    stamp = {
        "name": reading.table,
        "title": f"{title}{store.ADDED}{_named(files)}",
        "publisher": reading.publisher,
        "date": date,
        "sha256": sha256,
        "rows": len(table),
        "kind": reading.kind,
        "files": files,
        "file_sha256": [sha for part in parts for sha in part["file_sha256"]],
        "parts": parts,
        "read_at": now,
        "reader_version": store.reader_version(),
        "package_version": __version__,
        "built_on": {k: base[k] for k in ("path", "sha256", "origin")},
        "remarks": [remark for part in parts for remark in part["remarks"]],
    }
    try:
        store.write(path, table, stamp)
    except OSError as error:
        raise DataError(
            str(path.parent.name), f"can't be written: {error.strerror or error}"
        ) from None
    return Ingested(reading, path, len(table), tuple(notes))


def _parts(reading: Reading) -> list[dict[str, Any]]:
    """Return which files the rows of the table are from, the file now read last.

    A file that was read before stays while one of its rows does.
    """
    keys = reading.frame[list(reading.replaces)].astype(str).drop_duplicates()
    new: dict[str, Any] = {
        "files": list(reading.files),
        "file_sha256": list(reading.sha256),
        "keys": keys.to_numpy().tolist(),
    }
    if not reading.replaces:
        return [new]
    parts, now = [], {tuple(key) for key in new["keys"]}
    for _, stamp in store.ingested(reading.table)[:1]:
        for part in stamp.get("parts", ()):
            kept = [key for key in part["keys"] if tuple(key) not in now]
            parts += [part | {"keys": kept}] if kept else []
    return [*parts, new]


def _named(files: list[str]) -> str:
    """Name files; the first and last of many, which the remarks name all."""
    if len(files) <= SHOWN_FILES:
        return words.listed(files)
    return f"{len(files)} files, {files[0]} to {files[-1]}"


def _as_at(reading: Reading, current: pd.DataFrame) -> str:
    """Return the day the table is as at: a history is as at its newest part, whenever read."""
    if not reading.replaces:
        return reading.date
    days = [str(current.attrs["provenance"]["date"]), reading.date]
    if "month" in current and reading.frame["month"].max() > current["month"].max():
        last = pd.Series([reading.frame["month"].max() + pd.offsets.MonthEnd(0)])
        days.append(as_at.published(reading.table, last).iloc[0].date().isoformat())
    return max(days)


def _added(current: pd.DataFrame, reading: Reading) -> pd.DataFrame:
    if not reading.replaces:
        return reading.frame
    keys = list(reading.replaces)
    new = pd.MultiIndex.from_frame(reading.frame[keys].astype(str))
    kept = current[~pd.MultiIndex.from_frame(current[keys].astype(str)).isin(new)]
    return pd.concat([kept, reading.frame], ignore_index=True)


def _in_types(table: pd.DataFrame, schema: object, made: str) -> pd.DataFrame:
    """Give the columns the types and order the shipped table has."""
    columns = schema.columns  # type: ignore[attr-defined]  # pandera's schema, typed loosely
    present = [c for c in columns if c in table]
    typed = table[present].reset_index(drop=True)
    for name in present:
        dtype = str(columns[name].dtype)
        wanted = "str" if dtype.startswith("str") else dtype.replace("[ns]", "[us]")
        try:
            typed[name] = typed[name].astype(wanted)
        except OverflowError:
            raise DataError(
                made,
                "holds a number too large to be kept",
                column=name,
                value=max(typed[name], key=abs),
                remedy=CORRECT,
            ) from None
    typed.attrs = {}
    return typed


def _matches(current: pd.DataFrame, reading: Reading) -> list[str]:
    """Say how the trusts of a new snapshot match those of the one before."""
    if reading.table != cqc.KIND.table:
        return []
    first = reading.frame["snapshot"].min()
    before = current[current["snapshot"] < first]
    if before.empty:
        return []
    last = before[before["snapshot"] == before["snapshot"].max()]
    newest = reading.frame[reading.frame["snapshot"] == reading.frame["snapshot"].max()]
    matched = datasets.match_trusts(
        last["org_code"],
        newest["org_code"],
        datasets.load("trust_successions"),
        as_at=newest["snapshot"].max(),
    )
    since = last["snapshot"].max().date()
    return [f"since the snapshot of {since}: {matched.sentence().removesuffix('.')}"]
