"""Which data files differ between two packs, and by which rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from notebook_reports.packs import kept
from notebook_reports.packs.rows import Difference, differences, read_rows

Pack = tuple[Mapping[str, Any], Path]
"""A manifest, and the folder it lies in."""


@dataclass(frozen=True, slots=True)
class DataChange:
    """One data file that differs.

    Parameters
    ----------
    path : str
        The file, as the new pack names it if it read it.
    title : str
        What the table is called; its file's name where that isn't known.
    what : str
        "changed", or which pack alone read it, or what it stands in place of.
    rows : Difference or None
        The rows that differ; None where they can't be told.
    why : str
        Why they can't be told, where somebody may ask.
    """

    path: str
    title: str
    what: str
    rows: Difference | None = None
    why: str = ""

    @property
    def file(self) -> str:
        """What the file is called: no more than its name where it isn't in the data folder."""
        return self.path if self.path.startswith("data/") else PurePosixPath(self.path).name

    @property
    def said(self) -> str:
        """How the file differs, in words."""
        more = self.rows.said if self.rows else self.why
        return f"{self.what}: {more}" if more else self.what

    def csv_name(self, page: str) -> str:
        """Return the name of the CSV file of its rows, beside a page."""
        name = self.path.removeprefix("data/").removesuffix(".csv").replace("/", "-")
        return f"{Path(page).stem}-{name}.csv"


def differing(old: Pack, new: Pack) -> Iterator[DataChange]:
    """Yield the data files that differ; a table read from another file than before is one.

    Parameters
    ----------
    old, new : (dict, Path)
        The two packs. Rows are told where both hold a copy of the table
        (:mod:`notebook_reports.packs.kept`).
    """
    was, is_ = (pack[0]["data"] for pack in (old, new))
    old_tables, new_tables = (pack[0].get("tables", {}) for pack in (old, new))
    moved = _moved(old_tables, new_tables)
    for path in sorted({*was, *is_} - ({*moved.values()} - {*is_})):
        table = new_tables.get(path) or old_tables.get(path) or {}
        title = table.get("title") or PurePosixPath(path).name
        before = moved.get(path, path)
        if path not in is_:
            yield DataChange(path, title, "read only by the old pack")
        elif before not in was:
            yield DataChange(path, title, "read only by the new pack")
        elif before != path or was[path] != is_[path]:
            what = "changed" if before == path else f"stands in place of {before}"
            rows, why = _rows((old[1], before, was[before]), (new[1], path, is_[path]), table)
            yield DataChange(path, title, what, rows, why)


def _moved(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    """Return the old file of each table that another file holds now, by the new one."""
    files: dict[str, tuple[list[str], list[str]]] = {}
    for side, tables in enumerate((old, new)):
        for path, table in tables.items():
            files.setdefault(table["name"], ([], []))[side].append(path)
    single = [(was[0], now[0]) for was, now in files.values() if len(was) == len(now) == 1]
    return {now: was for was, now in single if now != was}


def _rows(
    old: tuple[Path, str, str], new: tuple[Path, str, str], table: Mapping[str, Any]
) -> tuple[Difference | None, str]:
    """Return the rows that differ, or why they can't be told where both files are tables."""
    if not (old[1].endswith(kept.TABLES) and new[1].endswith(kept.TABLES)):
        return None, ""
    read = []
    for which, (folder, path, digest) in (("earlier", old), ("later", new)):
        content = kept.read(folder, path, digest)
        if content is None:
            return None, f"the {which} pack holds no copy of it, so its rows can't be told"
        try:
            read.append(read_rows(path, content))
        except ValueError:
            return None, "it can't be read as a table"
    return differences(read[0], read[1], table.get("key", ())), ""
