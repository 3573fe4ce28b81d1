"""What changed between two packs: conclusions first, then findings, then the rows of the data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from notebook_reports.errors import PackError
from notebook_reports.evidence.words import count, day
from notebook_reports.packs.changes import Change, Conclusion, reworded, same_number
from notebook_reports.packs.data import DataChange, differing
from notebook_reports.packs.imprint import Imprint, Neighbour
from notebook_reports.packs.job import say
from notebook_reports.packs.manifest import FORMAT, Record, version_of
from notebook_reports.packs.shell import render_page
from notebook_reports.packs.templates import render


class _Shape(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")


class _FindingShape(_Shape):
    key: str
    text: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: float | None = None
    confidence: float | None = None
    said: str = ""


class _ReportShape(_Shape):
    id: str
    title: str
    status: str
    parameters: dict[str, Any]
    findings: list[_FindingShape]
    lede: str = ""


class _GitShape(_Shape):
    commit: str
    dirty: bool


class _TableShape(_Shape):
    name: str
    title: str
    key: list[str]


class _ManifestShape(_Shape):
    """What of a manifest is compared."""

    title: str
    quarter: str | None = None
    finished: str
    reports: list[_ReportShape]
    data: dict[str, str]
    tables: dict[str, _TableShape] = {}
    versions: dict[str, str]
    git: _GitShape


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs between two packs.

    Parameters
    ----------
    old, new : dict
        Their manifests.
    conclusions : tuple of Conclusion
        Reports both have made whose first words, verdict, or side of a line is another.
    restated : tuple of Conclusion
        Reports that say the same first, with other dates or numbers.
    findings : tuple of Change
        Findings that differ in reports both have made.
    unchanged : int
        Findings that are the same.
    data : tuple of DataChange
        Data files that differ.
    appeared, vanished : tuple of dict
        Reports only one of them has.
    status : tuple of (dict, dict)
        Reports that succeeded in one and not in the other, old and new.
    parameters : tuple of (dict, str, str, str)
        New report, parameter, old value, new value.
    context : tuple of (str, str, str)
        Commit and versions that differ: what, old, new.
    """

    old: dict[str, Any]
    new: dict[str, Any]
    conclusions: tuple[Conclusion, ...]
    restated: tuple[Conclusion, ...]
    findings: tuple[Change, ...]
    unchanged: int
    data: tuple[DataChange, ...]
    appeared: tuple[Record, ...]
    vanished: tuple[Record, ...]
    status: tuple[tuple[Record, Record], ...]
    parameters: tuple[tuple[Record, str, str, str], ...]
    context: tuple[tuple[str, str, str], ...]

    @property
    def names(self) -> tuple[str, str]:
        """The two packs by quarter and commit, and by when they were made where those are alike."""
        old, new = (_named(manifest) for manifest in (self.old, self.new))
        if old == new:
            return f"{old}, made {_moment(self.old)}", f"{new}, made {_moment(self.new)}"
        return old, new

    @property
    def other_findings(self) -> tuple[Change, ...]:
        """Findings that changed without crossing a line."""
        return tuple(change for change in self.findings if not change.crossed)

    @property
    def summary(self) -> str:
        """How much changed, in a sentence."""
        made = [
            {record["id"] for record in manifest["reports"] if record["status"] == "done"}
            for manifest in (self.old, self.new)
        ]
        others, said = len(self.conclusions), len(self.restated)
        found = count(len(self.findings) + self.unchanged, "finding")
        files = "the data files are the same"
        if self.data:
            rows = sum(len(change.rows.rows) for change in self.data if change.rows)
            verb = "differs" if len(self.data) == 1 else "differ"
            files = f"{count(len(self.data), 'data file')} {verb}"
            files += f", by {count(rows, 'row')}" if rows else ""
        reports = count(len(made[0] & made[1]), "report")
        other = "have another conclusion" if others > 1 else "has another conclusion"
        alike = f", {said} the same words with other numbers" if said else ""
        broken = sum(after["status"] == "failed" for _, after in self.status)
        have = "has" if broken == 1 else "have"
        failed = f"; {count(broken, 'report')} made before {have} failed" if broken else ""
        return (
            f"{others or 'none'} of {reports} in both {other}{alike}{failed}; "
            f"{len(self.findings) or 'none'} of {found} changed; {files}"
        )

    def lines(self) -> Iterator[str]:
        """Yield the comparison as text, a line each."""
        yield f"{self.new['title']}: from {self.names[0]}, to {self.names[1]}"
        yield f"conclusions: {len(self.conclusions)} changed"
        for found in (*self.conclusions, *self.restated):
            other = "" if found.changed else " (the same words, other numbers)"
            yield f"  {found.report}: {found.title}{other}"
            if found.old != found.new:
                yield f"    then: {found.old}"
                yield f"    now: {found.new}"
            yield from (f"    {_line(change)}" for change in found.lines)
        yield f"findings: {len(self.findings)} changed, {self.unchanged} unchanged"
        yield from (f"  {change.report} {_line(change)}" for change in self.other_findings)
        yield f"data files: {len(self.data)} differ"
        for data in self.data:
            yield f"  {data.file}: {data.said}"
            if data.rows is not None:
                yield from (f"    {row}" for row in data.rows.listed)
                if data.rows.more:
                    yield f"    {data.rows.more}"
        yield f"reports: {len(self.appeared)} appeared, {len(self.vanished)} vanished"
        yield from (f"  appeared  {record['id']}" for record in self.appeared)
        yield from (f"  vanished  {record['id']}" for record in self.vanished)
        for before_, after_ in self.status:
            yield f"  {after_['id']}: {before_['status']} -> {after_['status']}"
        for record, name, before, after in self.parameters:
            yield f"  {record['id']}: parameter {name} {before!r} -> {after!r}"
        for what, before, after in self.context:
            yield f"{what}: {before} -> {after}"


def compare(old: Path, new: Path) -> Comparison:
    """Compare two packs.

    Parameters
    ----------
    old, new : Path
        Their folders, or their manifest.json.

    Returns
    -------
    Comparison
        What differs. Rows of data are told where both packs hold a copy of the table
        (:mod:`notebook_reports.packs.kept`).

    Raises
    ------
    PackError
        One of them isn't a pack.
    """
    before, after = read_pack(old), read_pack(new)
    old_reports = {record["id"]: record for record in before["reports"]}
    new_reports = {record["id"]: record for record in after["reports"]}
    both = [(old_reports[i], new_reports[i]) for i in new_reports if i in old_reports]
    made = [(a, b) for a, b in both if a["status"] == b["status"] == "done"]
    changes, unchanged = _findings(made)
    said = list(_conclusions(made, changes))
    return Comparison(
        old=before,
        new=after,
        conclusions=tuple(found for found in said if found.changed),
        restated=tuple(found for found in said if not found.changed),
        findings=tuple(changes),
        unchanged=unchanged,
        data=tuple(differing((before, _folder(old)), (after, _folder(new)))),
        appeared=tuple(r for i, r in new_reports.items() if i not in old_reports),
        vanished=tuple(r for i, r in old_reports.items() if i not in new_reports),
        status=tuple((a, b) for a, b in both if a["status"] != b["status"]),
        parameters=tuple(_parameters(both)),
        context=tuple(_context(before, after)),
    )


def compare_page(
    comparison: Comparison, reports: str = "reports/", name: str = "compare.html"
) -> str:
    """Return a comparison as a page.

    Parameters
    ----------
    comparison : Comparison
        What differs.
    reports : str
        Way from the page to the new pack's report pages.
    name : str
        Name of the page; those of the files beside it begin with it.
    """
    main = render("compare.html", comparison=comparison, reports=reports, page=name)
    title = str(comparison.new["title"])
    return render_page(
        title=f"What changed: {title}",
        pack_title=title,
        imprint=Imprint.of(comparison.new),
        version=version_of(comparison.new),
        others=[Neighbour("All reports", f"{reports.removesuffix('reports/')}index.html", title)],
        main=main,
    )


def _line(change: Change) -> str:
    return (
        f"{change.key}: {change.side('old')} -> {change.side('new')}: "
        f"{', '.join(change.crossed) or change.verdict}"
    )


def _named(manifest: dict[str, Any]) -> str:
    quarter = manifest.get("quarter") or f"the pack of {_moment(manifest)}"
    return f"{quarter}, commit {_commit(manifest)}"


def _moment(manifest: dict[str, Any]) -> str:
    """Write the day and time a pack was finished."""
    finished = str(manifest["finished"])
    try:
        return f"{day(date.fromisoformat(finished[:10]))} at {finished[11:16]}"
    except ValueError:
        return finished


def _folder(path: Path) -> Path:
    return path if path.is_dir() else path.parent


def read_pack(path: Path) -> dict[str, Any]:
    """Read the manifest of a pack.

    Parameters
    ----------
    path : Path
        Its folder, or the manifest itself.

    Raises
    ------
    PackError
        There is none, or it isn't whole.
    """
    file = path / "manifest.json" if path.is_dir() else path
    try:
        manifest = json.loads(file.read_bytes())
    except OSError:
        raise PackError(f"{path} holds no pack: there is no {file}") from None
    except (ValueError, RecursionError):
        raise PackError(f"{file} is not a manifest: it is not JSON") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise PackError(f"{file} is not a manifest of format {FORMAT}")
    try:
        _ManifestShape.model_validate(manifest)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise PackError(f"{file} is not a whole manifest: {place}: {first['msg']}") from None
    return manifest


def _findings(pairs: list[tuple[Record, Record]]) -> tuple[list[Change], int]:
    changes: list[Change] = []
    unchanged = 0
    for before, after in pairs:
        old = {finding["key"]: finding for finding in before["findings"]}
        new = {finding["key"]: finding for finding in after["findings"]}
        for key in dict.fromkeys([*new, *old]):
            a, b = old.get(key), new.get(key)
            if a is not None and b is not None and _alike(a, b):
                unchanged += 1
                continue
            label = str((b or a or {}).get("label", key))
            changes.append(Change(after["id"], after["title"], key, label, a, b))
    return changes, unchanged


def _alike(a: dict[str, Any], b: dict[str, Any]) -> bool:
    numbers = ("value", "low", "high", "n", "confidence")
    words = ("text", "interval_text", "unit", "kind")
    return (
        all(same_number(a.get(name), b.get(name)) for name in numbers)
        and all(a.get(name) == b.get(name) for name in words)
        # The label of a number that stands moves on with the date of the data.
        and not reworded(str(a.get("label", "")), str(b.get("label", "")))
    )


def _conclusions(pairs: list[tuple[Record, Record]], changes: list[Change]) -> Iterator[Conclusion]:
    for before, after in pairs:
        old, new = (str(record.get("lede", "")) for record in (before, after))
        lines = tuple(c for c in changes if c.report == after["id"] and c.crossed)
        if lines or old != new:
            yield Conclusion(after["id"], after["title"], old, new, lines)


def _parameters(pairs: list[tuple[Record, Record]]) -> Iterator[tuple[Record, str, str, str]]:
    for before, after in pairs:
        for name in dict.fromkeys([*after["parameters"], *before["parameters"]]):
            a, b = (record["parameters"].get(name) for record in (before, after))
            if a != b:
                yield after, name, say(a), say(b)


def _context(old: dict[str, Any], new: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    a, b = (_commit(manifest) for manifest in (old, new))
    if a != b:
        yield "commit", a, b
    for name in sorted({*old["versions"], *new["versions"]}):
        a, b = (manifest["versions"].get(name, "none") for manifest in (old, new))
        if a != b:
            yield name, a, b


def _commit(manifest: dict[str, Any]) -> str:
    git = manifest["git"]
    if not git["commit"]:
        return "not known"
    return str(git["commit"][:7]) + (" with later changes" if git["dirty"] else "")
