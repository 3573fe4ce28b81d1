"""Which data files differ between two packs, and by which rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
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
    def said(self) -> str:
        """How the file differs, in words."""
        more = self.rows.said if self.rows else self.why
        return f"{self.what}: {more}" if more else self.what

    def csv_name(self, page: str) -> str:
        """Return the name of the CSV file of its rows, beside a page."""
        return f"{Path(page).stem}-{PurePosixPath(self.path).stem}.csv"


def differing(old: Pack, new: Pack) -> Iterator[DataChange]:
    """Yield the data files that differ; a table read from another file than before is one.

    Parameters
    ----------
    old, new : (dict, Path)
        The two packs. Rows are told where both hold a copy of the table
        (:mod:`notebook_reports.packs.kept`).
    """
    was, is_ = (pack[0]["data"] for pack in (old, new))
    tables = {**old[0].get("tables", {}), **new[0].get("tables", {})}
    moved = _moved(tables, was.keys() - is_.keys(), is_.keys() - was.keys())
    for path in sorted({*was, *is_} - {*moved.values()}):
        table = tables.get(path, {})
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


def _moved(tables: Mapping[str, Any], old: Set[str], new: Set[str]) -> dict[str, str]:
    """Return the old file of each table that another file alone holds now, by the new one."""

    def holding(name: str, paths: Set[str]) -> list[str]:
        return [path for path in paths & tables.keys() if tables[path]["name"] == name]

    names = {tables[path]["name"] for path in new & tables.keys()}
    pairs = [(holding(name, new), holding(name, old)) for name in names]
    return {now[0]: was[0] for now, was in pairs if len(now) == len(was) == 1}


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
