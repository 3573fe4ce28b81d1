"""index.html: every report of a pack with its findings, failures first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from notebook_reports.evidence.estimates import LEVELLED
from notebook_reports.evidence.words import level
from notebook_reports.packs.imprint import Imprint
from notebook_reports.packs.manifest import Record, version_of
from notebook_reports.packs.shell import render_page
from notebook_reports.packs.templates import render


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
    """A report and its findings in the order of the table's columns."""

    record: Record
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The reports of one notebook.

    Parameters
    ----------
    notebook : str
        Its name.
    title : str
        Caption of the table.
    facets : tuple of str
        What the rows can be filtered by.
    labels : tuple of str
        Labels of the findings, which go on after the number: "of 77 claims reproduced".
    intervals : str
        What the ranges in brackets are unless they name themselves, said once.
    rows : tuple of Row
        One a report that succeeded.
    """

    notebook: str
    title: str
    facets: tuple[str, ...]
    labels: tuple[str, ...]
    intervals: str
    rows: tuple[Row, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The labels as column heads, which stand alone."""
        return tuple(label[:1].upper() + label[1:] for label in self.labels)

    @property
    def single(self) -> bool:
        """Whether there is one report: its findings are then rows."""
        return len(self.rows) == 1


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
    main = render(
        "index.html",
        pack=manifest,
        failed=status["failed"],
        waiting=status["not run"],
        groups=groups(status["done"]),
        sections=_sections(status["done"]),
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


def groups(records: Sequence[Record]) -> list[Group]:
    """Arrange finished reports by notebook, findings as columns.

    Parameters
    ----------
    records : sequence of dict
        Reports that succeeded.
    """
    found: dict[str, list[Record]] = {}
    for record in records:
        if record["findings"]:
            found.setdefault(record["notebook"], []).append(record)
    return [_group(notebook, members) for notebook, members in found.items()]


def _group(notebook: str, members: list[Record]) -> Group:
    shown = [[f for f in record["findings"] if f.get("card", True)] for record in members]
    labels: dict[str, str] = {}
    for findings in shown:
        for finding in findings:
            labels.setdefault(finding["key"], finding["label"])
    if len(members) > 1:
        for key in labels:
            own = [f["label"] for findings in shown for f in findings if f["key"] == key]
            labels[key] = _head(own) or key.replace("_", " ")
    facets = tuple(dict.fromkeys(name for record in members for name in record["facets"]))
    rows = tuple(
        Row(record, tuple(_cell(findings, key, head) for key, head in labels.items()))
        for record, findings in zip(members, shown, strict=True)
    )
    return Group(
        notebook=notebook,
        title=members[0]["title"] if len(members) == 1 else members[0]["question"],
        facets=facets,
        labels=tuple(labels.values()),
        intervals=_intervals(shown),
        rows=rows,
    )


def _head(labels: list[str]) -> str:
    """Return what labels share up to their first comma, and the rest that most of them add.

    Empty where they share nothing: a label may carry its report's own words.
    """
    shared = {label.partition(", ")[0] for label in labels}
    if len(shared) > 1:
        return ""
    label, times = Counter(labels).most_common(1)[0]
    return label if 2 * times > len(labels) else shared.pop()


def _intervals(shown: list[list[dict[str, Any]]]) -> str:
    """Say what ranges are that don't name themselves: "95% confidence interval"."""
    kinds = {
        (f"{level(finding['confidence'])} " if finding.get("confidence") else "") + finding["kind"]
        for findings in shown
        for finding in findings
        if finding.get("interval_text") and finding["kind"] in LEVELLED
    }
    return ", ".join(sorted(kinds))


def _cell(findings: list[dict[str, Any]], key: str, head: str) -> Cell | None:
    for finding in findings:
        if finding["key"] == key:
            label = finding["label"]
            same = label == head or not label.startswith(head.partition(", ")[0])
            beyond = "" if same else label.partition(", ")[2]
            interval = str(finding.get("interval_text") or "")
            return Cell(finding["text"], interval, beyond, finding.get("value"))
    return None


def _sections(records: Sequence[Record]) -> list[tuple[str, list[Record]]]:
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(record["section"] or "Reports", []).append(record)
    return list(found.items())
