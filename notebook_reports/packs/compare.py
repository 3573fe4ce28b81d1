"""What changed between two packs: findings with their intervals, reports, data files."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from notebook_reports.errors import PackError
from notebook_reports.packs.imprint import Imprint
from notebook_reports.packs.job import say
from notebook_reports.packs.manifest import FORMAT, Record, version_of
from notebook_reports.packs.shell import render_page
from notebook_reports.packs.templates import render

_ALIKE = 1e-12
"""Relative difference below which two numbers are one: the last bits differ between machines."""


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


class _ReportShape(_Shape):
    id: str
    title: str
    status: str
    parameters: dict[str, Any]
    findings: list[_FindingShape]


class _GitShape(_Shape):
    commit: str
    dirty: bool


class _ManifestShape(_Shape):
    """What of a manifest is compared."""

    title: str
    finished: str
    reports: list[_ReportShape]
    data: dict[str, str]
    versions: dict[str, str]
    git: _GitShape


@dataclass(frozen=True, slots=True)
class Change:
    """One finding that differs.

    Parameters
    ----------
    report, title : str
        The report's id and title.
    key, label : str
        The finding.
    old, new : dict or None
        The finding in each pack; None where that pack's report doesn't have it.
    """

    report: str
    title: str
    key: str
    label: str
    old: dict[str, Any] | None
    new: dict[str, Any] | None

    @property
    def verdict(self) -> str:
        """Whether the change exceeds the intervals, in words."""
        if self.old is None:
            return "appeared"
        if self.new is None:
            return "vanished"
        before, after = self.old.get("value"), self.new.get("value")
        if before is None or after is None:
            return "available in one only"
        if _same(before, after):
            return "same value, other interval or words"
        known = [f for f in (self.old, self.new) if f.get("low") is not None]
        if not known:
            return "changed; it has no interval"
        outside = [
            other
            for own, other in ((self.old, after), (self.new, before))
            if own.get("low") is not None and not own["low"] <= other <= own["high"]
        ]
        if not outside:
            return "within the intervals"
        if len(outside) == len(known):
            return "exceeds both intervals" if len(known) == 2 else "exceeds the interval"
        return "exceeds one of the two intervals"

    def side(self, which: str) -> str:
        """Write the finding as "old" or "new" has it."""
        finding = self.old if which == "old" else self.new
        if finding is None:
            return "not there"
        interval = finding.get("interval_text")
        return f"{finding['text']} ({interval})" if interval else str(finding["text"])


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs between two packs.

    Parameters
    ----------
    old, new : dict
        Their manifests.
    appeared, vanished : tuple of dict
        Reports only one of them has.
    status : tuple of (dict, dict)
        Reports that succeeded in one and not in the other, old and new.
    parameters : tuple of (dict, str, str, str)
        New report, parameter, old value, new value.
    findings : tuple of Change
        Findings that differ in reports both have made.
    data : tuple of (str, str)
        Data files, each with "changed", "read only by the old pack" or "... new pack".
    context : tuple of (str, str, str)
        Commit and versions that differ: what, old, new.
    unchanged : int
        Findings that are the same.
    """

    old: dict[str, Any]
    new: dict[str, Any]
    appeared: tuple[Record, ...]
    vanished: tuple[Record, ...]
    status: tuple[tuple[Record, Record], ...]
    parameters: tuple[tuple[Record, str, str, str], ...]
    findings: tuple[Change, ...]
    data: tuple[tuple[str, str], ...]
    context: tuple[tuple[str, str, str], ...]
    unchanged: int

    def lines(self) -> Iterator[str]:
        """Yield the comparison as text, a line each."""
        yield f"{self.old['title']} ({self.old['finished']}) and {self.new['finished']}"
        yield f"data files: {len(self.data)} differ"
        yield from (f"  {path}: {what}" for path, what in self.data)
        for what, before, after in self.context:
            yield f"{what}: {before} -> {after}"
        yield f"reports: {len(self.appeared)} appeared, {len(self.vanished)} vanished"
        yield from (f"  appeared  {record['id']}" for record in self.appeared)
        yield from (f"  vanished  {record['id']}" for record in self.vanished)
        for before_, after_ in self.status:
            yield f"  {after_['id']}: {before_['status']} -> {after_['status']}"
        for record, name, before, after in self.parameters:
            yield f"  {record['id']}: parameter {name} {before!r} -> {after!r}"
        yield f"findings: {len(self.findings)} changed, {self.unchanged} unchanged"
        for change in self.findings:
            yield (
                f"  {change.report} {change.key}: {change.side('old')} -> {change.side('new')}: "
                f"{change.verdict}"
            )


def compare(old: Path, new: Path) -> Comparison:
    """Compare two packs.

    Parameters
    ----------
    old, new : Path
        Their folders, or their manifest.json.

    Returns
    -------
    Comparison
        What differs.

    Raises
    ------
    PackError
        One of them isn't a pack.
    """
    before, after = _read(old), _read(new)
    old_reports = {record["id"]: record for record in before["reports"]}
    new_reports = {record["id"]: record for record in after["reports"]}
    both = [(old_reports[i], new_reports[i]) for i in new_reports if i in old_reports]
    made = [(a, b) for a, b in both if a["status"] == b["status"] == "done"]
    changes, unchanged = _findings(made)
    return Comparison(
        old=before,
        new=after,
        appeared=tuple(r for i, r in new_reports.items() if i not in old_reports),
        vanished=tuple(r for i, r in old_reports.items() if i not in new_reports),
        status=tuple((a, b) for a, b in both if a["status"] != b["status"]),
        parameters=tuple(_parameters(both)),
        findings=tuple(changes),
        data=tuple(_data(before["data"], after["data"])),
        context=tuple(_context(before, after)),
        unchanged=unchanged,
    )


def compare_page(comparison: Comparison, reports: str = "reports/") -> str:
    """Return a comparison as a page.

    Parameters
    ----------
    comparison : Comparison
        What differs.
    reports : str
        Way from the page to the new pack's report pages.
    """
    main = render("compare.html", comparison=comparison, reports=reports)
    title = str(comparison.new["title"])
    return render_page(
        title=f"What changed: {title}",
        pack_title=title,
        imprint=Imprint.of(comparison.new),
        version=version_of(comparison.new),
        main=main,
    )


def _read(path: Path) -> dict[str, Any]:
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
    words = ("text", "interval_text", "label", "unit", "kind")
    return all(_same(a.get(name), b.get(name)) for name in numbers) and all(
        a.get(name) == b.get(name) for name in words
    )


def _same(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return a is b
    return math.isclose(a, b, rel_tol=_ALIKE, abs_tol=_ALIKE)


def _parameters(pairs: list[tuple[Record, Record]]) -> Iterator[tuple[Record, str, str, str]]:
    for before, after in pairs:
        for name in dict.fromkeys([*after["parameters"], *before["parameters"]]):
            a, b = (record["parameters"].get(name) for record in (before, after))
            if a != b:
                yield after, name, say(a), say(b)


def _data(old: dict[str, str], new: dict[str, str]) -> Iterator[tuple[str, str]]:
    for path in sorted({*old, *new}):
        if path not in old:
            yield path, "read only by the new pack"
        elif path not in new:
            yield path, "read only by the old pack"
        elif old[path] != new[path]:
            yield path, "changed"


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
    return str(git["commit"][:10]) + (" with changes" if git["dirty"] else "")
