"""What a run leaves for machines: a record a report, manifest.json, results.csv, results.json."""

from __future__ import annotations

import csv
import io
import json
import os
import platform
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, entry_points, version
from pathlib import Path
from typing import Any

from notebook_reports import checkout, project
from notebook_reports.packs import keys
from notebook_reports.packs.files import write_atomic, write_json
from notebook_reports.packs.imprint import Imprint, version_line
from notebook_reports.packs.job import Job
from notebook_reports.packs.outcome import Outcome
from notebook_reports.packs.text import one_line

FORMAT = 1
"""Version of the manifest's shape."""

Record = dict[str, Any]
"""What is known of one report, as kept in records/ID.json and listed in manifest.json."""

FINDING_FIELDS = ("key", "label", "value", "low", "high", "unit", "n", "confidence", "kind")


def now() -> str:
    """Return the time in UTC, as ISO text."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def planned(job: Job) -> Record:
    """Return the record of a report that hasn't run."""
    return {
        "id": job.id,
        "title": job.title,
        "section": job.section,
        "group": job.group,
        "notebook": job.notebook.stem,
        "question": job.question,
        "given": job.given,
        "parameters": job.parameters,
        "facets": job.facets,
        "status": "not run",
        "failure": None,
        "kernel": "",
        "note": "",
        "attempts": 0,
        "seconds": {},
        "lede": "",
        "as_at": "",
        "findings": [],
        "tables": [],
        "reads": {},
        "unseen": [],
        "files": {},
        "basis": {},
        "finished": "",
    }


def recorded(job: Job, outcome: Outcome, attempts: int, basis: dict[str, Any]) -> Record:
    """Return the record of a report that ran."""
    failure = outcome.failure
    return planned(job) | {
        "status": "failed" if failure else "done",
        "failure": failure
        and {
            "kind": failure.kind,
            "message": one_line(failure.message),
            "cell": failure.cell,
        },
        "kernel": outcome.kernel,
        "note": outcome.note,
        "attempts": attempts,
        "seconds": {name: round(value, 3) for name, value in outcome.seconds.items()},
        "lede": outcome.lede,
        "as_at": outcome.as_at,
        "findings": outcome.findings,
        "tables": outcome.tables,
        "reads": keys.reads(outcome.tables, outcome.read),
        "unseen": outcome.unseen,
        "files": {name: keys.digest(content) for name, content in outcome.files.items()},
        "basis": basis,
        "finished": now(),
    }


def record_path(out: Path, report: str) -> Path:
    """Return where a report's record is."""
    return out / "records" / f"{report}.json"


def read_records(out: Path, reports: list[str]) -> dict[str, Record]:
    """Read the records there are; one that can't be read counts as none."""
    found = {}
    for report in reports:
        try:
            record = json.loads(record_path(out, report).read_bytes())
        except (OSError, ValueError):
            continue
        if isinstance(record, dict) and record.get("id") == report and "unseen" in record:
            found[report] = record
    return found


def build(
    *,
    title: str,
    description: str,
    imprint: Imprint,
    status: str,
    started: str,
    records: list[Record],
    run: dict[str, Any],
) -> dict[str, Any]:
    """Return the manifest of a pack.

    Parameters
    ----------
    title, description : str
        Of the pack.
    imprint : Imprint
        Who speaks.
    status : str
        "running", "interrupted", "failed" or "complete".
    started : str
        When this run began.
    records : list of dict
        Every report of the plan, in its order.
    run : dict
        How it was run: options, seconds, kernels.

    Returns
    -------
    dict
        Plain data for manifest.json.
    """
    counts = {s: sum(r["status"] == s for r in records) for s in ("done", "failed", "not run")}
    data = {
        path: digest
        for record in records
        for path, digest in record["reads"].items()
        if digest and keys.is_data(path)
    }
    return {
        "format": FORMAT,
        "title": title,
        "description": description,
        **imprint.to_dict(),
        "status": status,
        "started": started,
        "finished": now(),
        "counts": counts,
        "run": run,
        "git": _git(),
        "machine": {"cores": os.cpu_count(), "system": platform.platform(terse=True)},
        "versions": versions(),
        "data": dict(sorted(data.items())),
        "tables": _tables(records, data),
        "reports": records,
    }


def _tables(records: list[Record], data: dict[str, str]) -> dict[str, Any]:
    """Say of the data files that are tables of the project which, and what names a row of each."""
    found = {table.get("path", ""): table for record in records for table in record["tables"]}
    return {
        path: {
            "name": found[path]["name"],
            "title": found[path].get("title", ""),
            "key": project.current().key(found[path]["name"]),
        }
        for path in sorted(data.keys() & found.keys())
    }


def write_results(out: Path, records: list[Record], imprint: Imprint) -> None:
    """Write every report's findings as results.csv and results.json, each with who says so."""
    said = imprint.to_dict()
    rows = [
        {
            "report": record["id"],
            "title": record["title"],
            "section": record["section"],
            "notebook": record["notebook"],
            "status": record["status"],
            **{f"facet_{name}": value for name, value in record["facets"].items()},
            **{name: finding.get(name) for name in FINDING_FIELDS},
            "text": finding.get("text", ""),
            "interval_text": finding.get("interval_text", ""),
            "as_at": record["as_at"],
            **{name: said[name] for name in ("quarter", "publication", "publisher")},
        }
        for record in records
        for finding in record["findings"] or [{}]
    ]
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    # The mark lets spreadsheet programs see that it is UTF-8.
    write_atomic(out / "results.csv", "\ufeff" + text.getvalue())
    write_json(out / "results.json", rows)


def version_of(manifest: dict[str, Any]) -> str:
    """Say in one line what made a pack and when."""
    served, git = project.current(), manifest["git"]
    mark = checkout.mark(git["commit"], git["dirty"])
    return version_line(served.name, served.version, mark, manifest["finished"])


def version_now() -> str:
    """Say in one line what makes a page of this moment that has no provenance."""
    return version_of({"git": _git(), "finished": now()})


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Return the versions of Python, this package and the packages it depends on."""
    found = {"python": platform.python_version()}
    # Whatever distribution brings this package is the one that brings its engine.
    own = [e.dist for e in entry_points(group="papermill.engine", name="warm") if e.dist]
    found |= {dist.name: dist.version for dist in own}
    for requirement in [text for dist in own for text in dist.requires or ()]:
        name = requirement.split(";")[0].split("[")[0].split(">")[0].split("=")[0].strip()
        if "extra ==" not in requirement:
            try:
                found[name] = version(name)
            except PackageNotFoundError:
                found[name] = "not installed"
    return found


def _git() -> dict[str, Any]:
    commit, dirty = checkout.commit()
    return {"commit": commit, "dirty": dirty}
