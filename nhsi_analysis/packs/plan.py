"""From a specification to the list of reports, checked in full before anything runs."""

from __future__ import annotations

import fnmatch
import hashlib
import itertools
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nhsi_analysis import paths
from nhsi_analysis.errors import PackError, ParameterError
from nhsi_analysis.packs import tables
from nhsi_analysis.packs.job import Job, say
from nhsi_analysis.packs.notebook import Notebook, find_notebook, read_notebook
from nhsi_analysis.packs.parameters import ParameterList, unknown_parameter
from nhsi_analysis.packs.spec import PackSpec, ReportSpec, Section, quarter_end

CELL_SECONDS = 300.0
REPORT_SECONDS = 900.0
_LONGEST_ID = 120


@dataclass(frozen=True, slots=True)
class Plan:
    """Every report of a pack.

    Parameters
    ----------
    title, description : str
        Of the pack.
    jobs : tuple of Job
        The reports in order.
    """

    title: str
    description: str
    jobs: tuple[Job, ...]

    def only(self, patterns: Sequence[str]) -> frozenset[str]:
        """Return the ids that any of some patterns selects.

        Parameters
        ----------
        patterns : sequence of str
            Each the beginning of a report's id ("04"), a shell pattern over ids, or part of a
            title; none selects all.

        Raises
        ------
        PackError
            A pattern selects none.
        """
        found = frozenset(job.id for job in self.jobs) if not patterns else frozenset[str]()
        for pattern in patterns:
            low = pattern.lower()
            matching = frozenset(
                job.id
                for job in self.jobs
                if job.id.lower().startswith(low)
                or fnmatch.fnmatch(job.id.lower(), low)
                or low in job.title.lower()
            )
            if not matching:
                shown = ", ".join(job.id for job in self.jobs[:12])
                more = f" and {len(self.jobs) - 12} more" if len(self.jobs) > 12 else ""
                raise PackError(f"--only {pattern!r} selects no report. Reports: {shown}{more}")
            found |= matching
        return found


def build_plan(
    spec: PackSpec,
    *,
    folder: Path | None = None,
    sets: Mapping[str, str] | None = None,
    quarter: str | None = None,
) -> Plan:
    """List a pack's reports, with every name, type, range and code checked.

    Parameters
    ----------
    spec : PackSpec
        The specification.
    folder : Path, optional
        Folder of the specification: notebooks are looked for there, then in notebooks/.
    sets : mapping of str to str, optional
        Values that override the pack's, as typed on the command line. Where a matrix varies
        the parameter, the reports with that value are kept.
    quarter : str, optional
        Financial quarter that sets ``as_at`` in every notebook that declares it.

    Returns
    -------
    Plan
        The reports.

    Raises
    ------
    PackError
        A notebook, parameter, table or column is unknown.
    ParameterError
        A value has the wrong type or breaks its rule.
    """
    folders = [*([folder] if folder else []), paths.notebooks_dir()]
    found = {
        report.notebook: read_notebook(find_notebook(report.notebook, folders))
        for section in spec.all_sections
        for report in section.reports
    }
    sets = dict(sets or {})
    quarter = quarter or spec.quarter
    _check_inherited(spec, found)
    _check_sets(sets, quarter, [n.parameters for n in found.values()])
    jobs: list[Job] = []
    for section in spec.all_sections:
        for report in section.reports:
            jobs += _jobs(spec, section, report, found[report.notebook], sets, quarter)
    if not jobs:
        raise PackError(_nothing_left(sets))
    return Plan(spec.title, spec.description, tuple(_distinct(jobs)))


def _check_inherited(spec: PackSpec, found: dict[str, Notebook]) -> None:
    """Refuse a parameter of the pack or a section that no notebook under it declares."""
    for name in spec.parameters:
        _declared_somewhere(name, [n.parameters for n in found.values()])
    for section in spec.all_sections:
        below = [found[report.notebook].parameters for report in section.reports]
        for name in section.parameters:
            _declared_somewhere(name, below)
        for report, parameters in zip(section.reports, below, strict=True):
            matrix = report.for_each
            for name in [*report.parameters, *(matrix.columns if matrix else ())]:
                parameters.get(name)
            for name in matrix.values if matrix else ():
                parameters.get(name)


def _check_sets(sets: Mapping[str, str], quarter: str | None, known: list[ParameterList]) -> None:
    for name in sets:
        _declared_somewhere(name, known)
    if quarter is not None:
        quarter_end(quarter)
        if "as_at" in sets:
            raise PackError("give either --quarter or --set as_at=..., not both")
        _declared_somewhere("as_at", known)


def _declared_somewhere(name: str, known: Sequence[ParameterList]) -> None:
    if not any(name in parameters for parameters in known):
        unique = {parameters.notebook: parameters for parameters in known}
        raise PackError(unknown_parameter(name, list(unique.values())))


def _jobs(
    spec: PackSpec,
    section: Section,
    report: ReportSpec,
    notebook: Notebook,
    sets: Mapping[str, str],
    quarter: str | None,
) -> Iterator[Job]:
    declared = notebook.parameters
    given: dict[str, Any] = {}
    for level in (spec.parameters, section.parameters, report.parameters):
        given |= {name: value for name, value in level.items() if name in declared}
    if quarter is not None and "as_at" in declared:
        given["as_at"] = quarter_end(quarter)
    chosen = {n: declared.get(n).from_text(text) for n, text in sets.items() if n in declared}
    for cell, facets, row in _matrix(report):
        if any(name in chosen and chosen[name] != value for name, value in cell.items()):
            continue
        values = given | cell | chosen
        checked = {n: _checked(notebook, n, value) for n, value in values.items()}
        explicit = {n: v for n, v in checked.items() if n in cell or n in report.parameters}
        yield Job(
            pack=spec.title,
            position="",
            id=report.id if report.id and not cell else _id(report.id or notebook.name, explicit),
            title=_label(report, notebook, explicit | row, cell),
            section=section.title,
            question=notebook.title,
            notebook=notebook.path,
            given=checked,
            parameters=declared.defaults | checked,
            facets=facets,
            cell_seconds=_limit("cell_seconds", report, section, spec) or CELL_SECONDS,
            report_seconds=_limit("report_seconds", report, section, spec) or REPORT_SECONDS,
            retries=spec.retries,
            imports=notebook.imports,
            notebook_sha256=notebook.sha256,
        )


def _checked(notebook: Notebook, name: str, value: Any) -> Any:
    try:
        return notebook.parameters.get(name).check(value, tables.values)
    except ParameterError as error:
        raise PackError(f"{error}\n\n{notebook.parameters.listing()}") from None


def _limit(name: str, *levels: ReportSpec | Section | PackSpec) -> float | None:
    return next((getattr(level, name) for level in levels if getattr(level, name)), None)


def _matrix(report: ReportSpec) -> Iterator[tuple[dict[str, Any], dict[str, str], dict[str, str]]]:
    """Yield each cell of a report's matrix: parameters, facets, and the row it came from."""
    matrix = report.for_each
    if matrix is None:
        yield {}, {}, {}
        return
    rows: list[dict[str, str]] = [{}]
    if matrix.table:
        wanted = {
            *matrix.columns.values(),
            *matrix.where,
            *matrix.where_in,
            *matrix.facets.values(),
        }
        wanted |= set(re.findall(r"\{(\w+)\}", report.label)) - {*matrix.columns, *matrix.values}
        allowed = {
            column: tables.values(*place.split(".")) for column, place in matrix.where_in.items()
        }
        rows = [
            row
            for row in tables.rows(matrix.table, sorted(wanted))
            if all(row[column] in keep for column, keep in matrix.where.items())
            and all(row[column] in keep for column, keep in allowed.items())
            and all(row[column] for column in matrix.columns.values())
        ]
    seen: set[tuple[Any, ...]] = set()
    for row, *values in itertools.product(rows, *matrix.values.values()):
        cell = {name: row[column] for name, column in matrix.columns.items()}
        cell |= dict(zip(matrix.values, values, strict=True))
        mark = tuple(json.dumps(value, sort_keys=True) for value in cell.values())
        if mark not in seen:
            seen.add(mark)
            yield cell, {n: row[c] for n, c in matrix.facets.items()}, row


def _label(
    report: ReportSpec, notebook: Notebook, words: dict[str, Any], cell: dict[str, Any]
) -> str:
    if report.label:
        try:
            return report.label.format_map({name: say(value) for name, value in words.items()})
        except (KeyError, IndexError, ValueError) as error:
            raise PackError(
                f"label {report.label!r} of {notebook.name} names {error}; it may name: "
                f"{', '.join(sorted(words)) or 'nothing'}"
            ) from None
    what = ", ".join(say(value) for value in cell.values())
    return f"{notebook.title} {what}" if what else notebook.title


def _id(stem: str, explicit: dict[str, Any]) -> str:
    """Build an id from the stem and the values that set this report apart."""
    parts = [_slug(stem), *(_slug(say(value)) for value in explicit.values())]
    text = "-".join(part for part in parts if part)
    return text if len(text) <= _LONGEST_ID else f"{text[: _LONGEST_ID - 9]}-{_digest(explicit)}"


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_]+", "-", plain).strip("-_")


def _digest(values: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:8]


def _distinct(jobs: list[Job]) -> list[Job]:
    """Drop repeats of the same report; give different reports different ids.

    Ids that differ only in case count as the same: some file systems can't hold both.
    """
    unique: dict[str, Job] = {}
    for job in jobs:
        unique.setdefault(json.dumps([str(job.notebook), job.parameters], sort_keys=True), job)
    counts = Counter(job.id.casefold() for job in unique.values())
    return [
        replace(
            job,
            id=f"{job.id[: _LONGEST_ID - 9]}-{_digest(job.parameters)}"
            if counts[job.id.casefold()] > 1
            else job.id,
            position=f"Report {number} of {len(unique)}",
        )
        for number, job in enumerate(unique.values(), start=1)
    ]


def _nothing_left(sets: Mapping[str, str]) -> str:
    given = ", ".join(f"{name}={value}" for name, value in sets.items())
    return (
        f"no report of the pack has {given}: the matrix holds no such value"
        if sets
        else "the pack holds no report: its filters keep no row"
    )
