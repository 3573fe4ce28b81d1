"""Ids of reports: safe file names, stable from run to run, and no two the same."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from notebook_reports.errors import PackError
from notebook_reports.packs.imprint import Neighbour
from notebook_reports.packs.job import Job, say
from notebook_reports.packs.spec import SAFE_ID, PackSpec
from notebook_reports.packs.text import one_line

INDEX = "../index.html"
"""Way from a report's page to the pack's."""

_LONGEST_ID = 120


@dataclass(frozen=True, slots=True)
class Draft:
    """A report before it is known whether it is chosen and what its id will be.

    ``named`` says that its author wrote the id, ``problem`` what is wrong with its values.
    """

    job: Job
    place: str
    written: str
    named: bool
    problem: str


def id_of(stem: str, explicit: dict[str, Any]) -> str:
    """Build an id from the stem and the values that set this report apart."""
    parts = [_slug(stem), *(_slug(say(value)) for value in explicit.values())]
    text = "-".join(part for part in parts if part)
    if len(text) > _LONGEST_ID:
        return _extended(text, explicit)
    return text if SAFE_ID.fullmatch(text) else _extended(text or "report", [stem, explicit])


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_]+", "-", plain).strip("-_")


def _extended(id_: str, what: Any) -> str:
    """Return an id with a digest of what sets its report apart from others."""
    return f"{id_[: _LONGEST_ID - 9]}-{hashlib.sha256(as_json(what).encode()).hexdigest()[:8]}"


def as_json(value: Any) -> str:
    """Write a value as JSON, to compare it with others."""
    # Values that will be refused where they are used may be of any type of TOML.
    return json.dumps(value, sort_keys=True, default=str)


def distinct(spec: PackSpec, drafts: list[Draft]) -> list[Draft]:
    """Drop repeats of the same report; give different reports different ids.

    Ids that differ only in case count as the same: some file systems can't hold both. Those that
    the author wrote stay as they are.
    """
    unique: dict[str, Draft] = {}
    for draft in drafts:
        job = draft.job
        mark = [str(job.notebook), job.parameters, job.title, draft.named and job.id, draft.problem]
        unique.setdefault(as_json(mark), draft)
    kept = list(unique.values())
    alike: dict[str, list[Draft]] = {}
    for draft in kept:
        alike.setdefault(draft.job.id.casefold(), []).append(draft)
    for group in alike.values():
        first, *others = sorted(group, key=lambda draft: not draft.named)
        if first.named and others:
            raise PackError(_id_twice(spec, first, others[0]))
    # Reports that differ in their titles only count as one here: the first keeps the bare id.
    bare = {
        as_json([str(d.job.notebook), d.job.parameters]): d.job.id.casefold() for d in kept[::-1]
    }
    counts = Counter(bare.values())
    alone = [draft.named or counts[draft.job.id.casefold()] <= 1 for draft in kept]
    ids: dict[int, str] = {}
    taken: set[str] = set()
    for number in sorted(range(len(kept)), key=lambda n: (not kept[n].named, not alone[n])):
        ids[number] = next(
            id_ for id_ in _ids(kept[number], alone=alone[number]) if id_.casefold() not in taken
        )
        taken.add(ids[number].casefold())
    pages = [Neighbour("", f"{ids[n]}.html", draft.job.title) for n, draft in enumerate(kept)]
    return [
        replace(
            draft,
            job=replace(
                draft.job,
                id=ids[number],
                position=f"Report {number + 1} of {len(kept)}",
                others=(
                    *(replace(p, relation="Previous report") for p in pages[:number][-1:]),
                    *(replace(p, relation="Next report") for p in pages[number + 1 :][:1]),
                    Neighbour("All reports", INDEX, spec.title),
                ),
            ),
        )
        for number, draft in enumerate(kept)
    ]


def _ids(draft: Draft, *, alone: bool) -> Iterator[str]:
    """Yield the ids a report may have, the one it should have first."""
    job = draft.job
    if alone:
        yield job.id
    yield _extended(job.id, job.parameters)
    for number in itertools.count():
        yield _extended(job.id, [draft.written, job.parameters, job.title, number])


def _id_twice(spec: PackSpec, one: Draft, other: Draft) -> str:
    both = " and ".join(f"{d.place} ({one_line(d.job.title, 60)})" for d in (one, other))
    return (
        f"{spec.file}: id {one.job.id!r} is that of two reports, {both}: write another id for one"
    )
