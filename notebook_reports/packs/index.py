"""index.html: every report of a pack with its findings, failures first.

Reports of one notebook and group stand in a table of their own: nothing sorts or ranks reports
together that can't be compared.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from notebook_reports.evidence.estimates import LEVELLED
from notebook_reports.evidence.words import capital, day, level
from notebook_reports.packs.imprint import Imprint
from notebook_reports.packs.manifest import Record, version_of
from notebook_reports.packs.shell import render_page
from notebook_reports.packs.templates import render
from notebook_reports.report import markup

UNFOLDED = 20
"""Reports of one notebook up to which they are all shown at once."""

SEARCHED = 12
"""Reports from which on a page can be searched."""

_MOST_CHOICES = 40


@dataclass(frozen=True, slots=True)
class Column:
    """A finding of many reports.

    Parameters
    ----------
    key : str
        Its key.
    head, rest : str
        What the labels share up to their first comma, and what most of them add.
    words : bool
        Whether all its values are words, such as grades.
    """

    key: str
    head: str
    rest: str
    words: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """A finding in a table: what is read, what is sorted by.

    Parameters
    ----------
    text, interval : str
        The value and its range in words, which stands in brackets.
    beyond : str
        What its own label adds to the column's head: "published 2 September 2014".
    value : float or None
        What is sorted by.
    """

    text: str
    interval: str
    beyond: str
    value: float | None

    @property
    def order(self) -> str:
        """What the page's script sorts by; empty where there is no number."""
        return "" if self.value is None else f"{self.value:.12g}"


@dataclass(frozen=True, slots=True)
class Row:
    """A report, its findings in the order of the table's columns, what it is filtered by."""

    record: Record
    cells: tuple[Cell | None, ...]
    of: dict[str, str]

    @property
    def cards(self) -> list[Markup]:
        """Its findings as cards, for a report that stands alone."""
        own = [card | {"key": f"{self.record['id']}-{card['key']}"} for card in _cards(self.record)]
        return [Markup(markup.finding(card, tag="li")) for card in own]


@dataclass(frozen=True, slots=True)
class Table:
    """Reports that can be compared with each other, by name.

    Parameters
    ----------
    title : str
        Name of their group; empty where the notebook has none.
    facets : tuple of str
        What they can be filtered by and their names don't say.
    columns : tuple of Column
        Their findings.
    rows : tuple of Row
        One a report.
    """

    title: str
    facets: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @property
    def counts(self) -> list[str]:
        """How many reports have each word of a column of words, the highest grade first."""
        said = []
        for place, column in enumerate(self.columns):
            if column.words:
                cells = [row.cells[place] for row in self.rows]
                held = sorted((c for c in cells if c), key=lambda c: -(c.value or 0))
                parts = [f"{n} {words}" for words, n in Counter(c.text for c in held).items()]
                parts += [f"{cells.count(None)} no figure"] if None in cells else []
                said.append(f"{column.head}: {', '.join(parts)}")
        return said


@dataclass(frozen=True, slots=True)
class Block:
    """The reports of one notebook in a section.

    Parameters
    ----------
    question : str
        Title of the notebook.
    ranges : str
        What ranges are that don't name themselves: "95% confidence interval".
    tables : tuple of Table
        One a group.
    """

    question: str
    ranges: str
    tables: tuple[Table, ...]

    @property
    def single(self) -> Record | None:
        """The only report, if it is alone."""
        first = self.tables[0].rows
        return first[0].record if len(self.tables) == len(first) == 1 else None

    @property
    def folded(self) -> bool:
        """Whether its tables are too long to be shown at once."""
        return sum(len(table.rows) for table in self.tables) > UNFOLDED


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the pack: its heading and its reports, notebook by notebook."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """What the page can be filtered by: a name for the address, a label, the values."""

    name: str
    label: str
    values: tuple[str, ...]


def index_page(manifest: dict[str, Any]) -> str:
    """Return the page of a pack.

    Parameters
    ----------
    manifest : dict
        The pack's manifest.

    Returns
    -------
    str
        HTML, in one file.
    """
    records: list[Record] = manifest["reports"]
    status = {s: [r for r in records if r["status"] == s] for s in ("failed", "not run", "done")}
    shown = parts(status["done"])
    main = render(
        "index.html",
        pack=manifest,
        made=day(dt.datetime.fromisoformat(manifest["finished"]).date()),
        failed=status["failed"],
        waiting=status["not run"],
        parts=shown,
        choices=choices(shown),
        searched=len(status["done"]) >= SEARCHED,
    )
    title, days = str(manifest["title"]), {record.get("as_at", "") for record in status["done"]}
    return render_page(
        title=title,
        pack_title=title,
        imprint=Imprint.of(manifest),
        as_at=days.pop() if len(days) == 1 else "",
        version=version_of(manifest),
        main=main,
        wide=True,
    )


def parts(records: Sequence[Record]) -> list[Part]:
    """Arrange finished reports by section, notebook and group; within a group by name.

    Parameters
    ----------
    records : sequence of dict
        Reports that succeeded.
    """
    found = []
    for section, members in _by(records, "section"):
        blocks = tuple(_block(own) for _, own in _by(members, "notebook"))
        alone = blocks[0].question if len(blocks) == 1 else "Reports"
        found.append(Part(section or alone, blocks))
    return found


def choices(shown: Iterable[Part]) -> list[Choice]:
    """List what the page can be filtered by: facets by their names, words by their order."""
    tables = [t for part in shown for block in part.blocks for t in block.tables]
    facets = dict.fromkeys(f for t in tables for row in t.rows for f in row.record["facets"])
    words = {c.key: c.head for t in tables for c in t.columns if c.words}
    found = []
    for name, label in {**words, **{f: capital(f.replace("_", " ")) for f in facets}}.items():
        values = {
            row.of[name]: _rank(row, table, name)
            for table in tables
            for row in table.rows
            if name in row.of
        }
        if 1 < len(values) <= _MOST_CHOICES:
            found.append(Choice(name, label, tuple(sorted(values, key=lambda v: (values[v], v)))))
    return found


def _rank(row: Row, table: Table, name: str) -> float:
    """Return a grade's place in the order of grades; 0 for what has none."""
    for column, cell in zip(table.columns, row.cells, strict=True):
        if column.key == name and cell and name not in row.record["facets"]:
            return cell.value or 0.0
    return 0.0


def _by(records: Iterable[Record], key: str) -> list[tuple[str, list[Record]]]:
    """Gather records that have something in common, in the order of the first of each."""
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(record.get(key, ""), []).append(record)
    return list(found.items())


def _natural(text: str) -> list[Hashable]:
    """Return what sorts names as people do: "Report 9" before "Report 10"."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", text.casefold())]


def _block(members: list[Record]) -> Block:
    groups = sorted(_by(members, "group"), key=lambda group: _natural(group[0]))
    # Every table has the same order of columns; one is of words in all of them or in none.
    texts: dict[str, list[str]] = {}
    for finding in (f for record in members for f in _cards(record)):
        texts.setdefault(finding["key"], []).append(finding["text"])
    words = {key: not re.search(r"\d", "".join(own)) for key, own in texts.items()}
    kinds = {
        (f"{level(finding['confidence'])} " if finding.get("confidence") else "") + finding["kind"]
        for record in members
        for finding in _cards(record)
        if finding.get("interval_text") and finding["kind"] in LEVELLED
    }
    return Block(
        question=members[0]["question"],
        ranges=", ".join(sorted(kinds)),
        tables=tuple(_table(title, own, words) for title, own in groups),
    )


def _cards(record: Record) -> list[dict[str, Any]]:
    """Return the findings of a report that its own page shows as cards."""
    return [finding for finding in record["findings"] if finding.get("card", True)]


def _table(title: str, members: list[Record], words: dict[str, bool]) -> Table:
    labels: dict[str, list[str]] = {key: [] for key in words}
    for finding in (f for record in members for f in _cards(record)):
        labels[finding["key"]].append(finding["label"])
    columns = tuple(_column(key, own, words[key]) for key, own in labels.items() if own)
    rows = []
    for record in sorted(members, key=lambda record: _natural(record["title"])):
        found = {finding["key"]: finding for finding in _cards(record)}
        cells = tuple(_cell(found[c.key], c) if c.key in found else None for c in columns)
        of = {key: card["text"] for key, card in found.items() if words[key]}
        of |= {name: value or "Not known" for name, value in record["facets"].items()}
        rows.append(Row(record, cells, of))
    names = dict.fromkeys(name for row in rows for name in row.record["facets"])
    facets = tuple(name for name in names if not _named(name, title, rows))
    return Table(title, facets, columns, tuple(rows))


def _named(facet: str, title: str, rows: list[Row]) -> bool:
    """Say whether the names of a table and its rows say a facet already."""
    return all(row.of.get(facet, "") in f"{title} {row.record['title']}" for row in rows)


def _column(key: str, labels: list[str], words: bool) -> Column:
    """Return the head over labels: what most of them share up to a comma, and what they add.

    A label may carry its report's own words. Where most do, the head is the finding's key.
    """
    clause, times = Counter(label.partition(", ")[0] for label in labels).most_common(1)[0]
    if 2 * times <= len(labels):
        return Column(key, capital(key.replace("_", " ")), "", words)
    label, times = Counter(labels).most_common(1)[0]
    rest = label.partition(", ")[2] if 2 * times > len(labels) else ""
    # "44.8%, of staff who agree" goes on from its number; over a column the noun comes first.
    return Column(key, capital(re.sub(r"^of (?=\D)", "", clause)), rest, words)


def _cell(finding: dict[str, Any], column: Column) -> Cell:
    """Return a finding with what its label says that the column's head doesn't."""
    clause, _, rest = finding["label"].partition(", ")
    shared = capital(re.sub(r"^of (?=\D)", "", clause)) == column.head
    beyond = ("" if rest == column.rest else rest) if shared else finding["label"]
    interval = str(finding.get("interval_text") or "")
    return Cell(finding["text"], interval, beyond, finding.get("value"))
