"""Readers from the publishers' own files to the shape of the tables.

A file is recognised by what it holds. :func:`ingest` reads it, adds it to the table until now,
checks the whole by the table's rules, and writes Parquet with its provenance into
``data/processed``, where :func:`nhsi_analysis.datasets.load` finds it. A file that is refused
leaves nothing behind.

Examples
--------
>>> from nhsi_analysis import ingest
>>> sorted(ingest.KINDS)[:3]
['ae-by-provider', 'ae-monthly', 'cqc-ratings']
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pandas as pd

from nhsi_analysis.errors import DataError, ParameterError
from nhsi_analysis.ingest import ae, benchmark, cqc, hospitals, ods, oversight, rtt, survey, tac
from nhsi_analysis.ingest.kinds import Kind
from nhsi_analysis.ingest.reading import Exclusions, Progress, Reading, heading, silent
from nhsi_analysis.ingest.sources import HEADER_WITHIN, Source, open_source
from nhsi_analysis.ingest.storing import Ingested, store_reading
from nhsi_analysis.ingest.text import tops
from notebook_reports.evidence.words import listed

__all__ = ["KINDS", "Ingested", "Kind", "Reading", "ingest", "read", "recognise"]

# The survey last, because it looks into every sheet.
_ALL = (
    cqc.KIND,
    tac.KIND,
    hospitals.KIND,
    ae.KIND,
    ae.PROVIDERS,
    rtt.KIND,
    oversight.KIND,
    oversight.METRICS_KIND,
    ods.TRUSTS,
    ods.SUCCESSIONS,
    survey.KIND,
    benchmark.PROMISE,
)
# Headings that a file of no kind must share with one to be near it.
FEWEST: Final = 2
KINDS: Final[Mapping[str, Kind]] = {kind.name: kind for kind in _ALL}


def recognise(source: Source) -> Kind:
    """Say of which kind an opened file is, by what it holds.

    Where it is of none, a DataError names the kind it is nearest to.
    """
    for kind in KINDS.values():
        if kind.recognises(source):
            return kind
    raise DataError(
        source.name, f"is not recognised: {_nearest(source)}", remedy="See 'nhsi data kinds'"
    )


def _nearest(source: Source) -> str:
    """Say which kind a file is nearest to, and the first thing in which it differs."""
    rows = [row for _, rows in tops(source) for row in rows]
    if not source.is_workbook:
        rows += [re.split("[;\t|¬]", line) for line in source.text.splitlines()[:HEADER_WITHIN]]
    there = {heading(str(cell).strip('"')) for row in rows for cell in row}
    shared = {k: [h for h in k.headings if heading(h) in there] for k in KINDS.values()}
    kind = max(shared, key=lambda k: len(shared[k]))
    if len(shared[kind]) < FEWEST:
        return "it has next to none of the headings that are looked for"
    said = f"nearest is {kind.name}, for it has {listed(map(repr, shared[kind]), most=3)}"
    try:
        kind.read(source)
    except DataError as error:
        if error.column is not None and "is missing" in error.rule:
            return f"{said}, but it lacks the column {error.column!r}"
        return f"{said}; but {error.rule.partition(';')[0]}"
    return said


def read(
    path: Path,
    *,
    kind: str | None = None,
    date: str | None = None,
    progress: Progress = silent,
) -> Reading:
    """Read a publisher's file, or a folder of monthly CQC files, without storing anything.

    Parameters
    ----------
    path : Path
        The file or folder.
    kind : str, optional
        One of :data:`KINDS`; recognised by content where none is given.
    date : str, optional
        ISO date of the data, where the file does not say.
    progress : callable
        Told the step, how much is done and how much there is.

    Returns
    -------
    Reading

    Raises
    ------
    DataError
        When a file can't be read or is not of the kind.
    ParameterError
        When the kind or the date is none.
    """
    if kind is not None and kind not in KINDS:
        raise ParameterError("as", "must be a kind of file", value=kind, allowed=KINDS)
    if date is not None and (len(date) != 10 or pd.isna(pd.to_datetime(date, errors="coerce"))):
        raise ParameterError("date", "must be a date as YYYY-MM-DD", value=date)
    day = None if date is None else pd.Timestamp(date)
    if not path.is_dir():
        source = open_source(path)
        chosen = KINDS[kind] if kind is not None else recognise(source)
        return chosen.read(source, day, progress)
    files = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
    if not files:
        raise DataError(path.name, "is a folder without files")
    if date is not None and len(files) > 1:
        raise ParameterError("date", "can't be given for a folder of several files", value=date)
    return _joined([read(p, kind=kind, date=date, progress=progress) for p in files])


def _joined(readings: list[Reading]) -> Reading:
    """Put the readings of a folder together into one history."""
    first, excluded = readings[0], Exclusions()
    for other in readings:
        if other.kind != first.kind or not other.replaces:
            raise DataError(
                other.files[0],
                f"is of kind {other.kind!r}, {first.files[0]} of kind {first.kind!r}; a folder "
                "must hold files of one kind that form a history",
            )
        for reason, count in other.excluded.counts.items():
            excluded.counts[reason] = excluded.counts.get(reason, 0) + count
            named = excluded.examples.setdefault(reason, [])
            named += [f"{e} of {other.files[0]}" for e in other.excluded.examples[reason]][:2]
    keys = list(first.replaces)
    seen: dict[tuple[object, ...], str] = {}
    for other in readings:
        for key in set(other.frame[keys].itertuples(index=False, name=None)):
            if key in seen:
                shown = ", ".join(f"{k} {str(v)[:10]}" for k, v in zip(keys, key, strict=True))
                raise DataError(
                    other.files[0],
                    f"covers {shown}, as {seen[key]} does",
                    remedy="Leave one of the two out of the folder",
                )
            seen[key] = other.files[0]
    return Reading(
        kind=first.kind,
        table=first.table,
        frame=pd.concat([r.frame for r in readings], ignore_index=True),
        files=tuple(f for r in readings for f in r.files),
        sha256=tuple(s for r in readings for s in r.sha256),
        publisher=first.publisher,
        date=max(r.date for r in readings),
        recognised=tuple(line for r in readings for line in r.recognised),
        excluded=excluded,
        replaces=first.replaces,
    )


def ingest(
    path: Path,
    *,
    kind: str | None = None,
    to: Path | None = None,
    date: str | None = None,
    progress: Progress = silent,
) -> Ingested:
    """Read a publisher's file and store the table it makes, whole or not at all.

    Parameters
    ----------
    path, kind, date, progress
        As for :func:`read`.
    to : Path, optional
        Folder to write to; data/processed where none is given, where
        :func:`nhsi_analysis.datasets.load` looks.

    Returns
    -------
    Ingested
        The reading, the file written and the table.

    Raises
    ------
    DataError
        When the file can't be read or the table it makes breaks a rule; nothing is written.
    ParameterError
        When the kind or the date is none.
    """
    return store_reading(read(path, kind=kind, date=date, progress=progress), to)
