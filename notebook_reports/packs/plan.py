"""From a specification to the list of reports, checked in full before anything runs."""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from notebook_reports import project
from notebook_reports.errors import PackError, ParameterError, ReportError, shown
from notebook_reports.packs.ids import Draft, as_json, distinct, id_of
from notebook_reports.packs.imprint import Imprint
from notebook_reports.packs.job import Job, say
from notebook_reports.packs.notebook import (
    Notebook,
    find_notebook,
    list_notebooks,
    meant,
    read_notebook,
)
from notebook_reports.packs.spec import (
    ForEach,
    PackSpec,
    ReportSpec,
    Section,
    label_names,
    quarter_end,
)
from notebook_reports.packs.text import one_line
from notebook_reports.parameters import tables
from notebook_reports.parameters.declared import ParameterList, unknown_parameter
from notebook_reports.parameters.values import split

CELL_SECONDS = 300.0
REPORT_SECONDS = 900.0
_MOST_LISTED = 8


@dataclass(frozen=True, slots=True)
class Plan:
    """Every report of a pack.

    Parameters
    ----------
    title, description : str
        Of the pack.
    jobs : tuple of Job
        The reports in order.
    imprint : Imprint
        Who speaks.
    """

    title: str
    description: str
    jobs: tuple[Job, ...]
    imprint: Imprint

    def only(self, patterns: Sequence[str]) -> frozenset[str]:
        """Return the ids that any of some patterns selects.

        Parameters
        ----------
        patterns : sequence of str
            Each a report's id, the beginning of ids or of their notebooks' ("04"), a shell pattern
            over these, or words of them and their titles; none selects all.

        Raises
        ------
        PackError
            A pattern selects none; the message lists what there is, the nearest first.
        """
        chosen = {job.id for job in self.jobs} if not patterns else set[str]()
        for pattern in patterns:
            found = _meant(self.jobs, pattern)
            if not found:
                raise PackError(_none_is_meant(pattern, self.jobs))
            chosen |= found
        return frozenset(chosen)


def build_plan(
    spec: PackSpec,
    *,
    folder: Path | None = None,
    sets: Mapping[str, str] | None = None,
    quarter: str | None = None,
    only: Sequence[str] = (),
    each: Mapping[str, str] | None = None,
) -> Plan:
    """List a pack's reports, with every name, type, range and code of those chosen checked.

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
    only : sequence of str, optional
        Patterns of the reports to be run, as for :meth:`Plan.only`. The others are listed too,
        but a value that one of them can't take is left out there and is no error. A pattern that
        means one notebook of the project, and no report, adds that notebook to the pack.
    each : mapping of str to str, optional
        Values, parted by commas, by parameter: of each report that ``only`` selects one is made
        for every value, or for their product, as a matrix of the specification would; a matrix
        of its own gives way to it, and no other report stays in the plan.

    Returns
    -------
    Plan
        The reports. Two are the same one only if they have notebook, parameters, title and
        written id in common; no two ids are the same, even where a file system ignores case.

    Raises
    ------
    PackError
        A notebook, parameter, table or column is unknown; a value has the wrong type or breaks
        its rule; an id is written twice.
    """
    folders = [*([folder] if folder else []), project.current().notebooks()]
    found: dict[str, Notebook] = {}
    for _, report, place in _reports(spec):
        with _placed(f"{spec.file}, {place}.notebook"):
            found[report.notebook] = read_notebook(find_notebook(report.notebook, folders))
    sets, each = dict(sets or {}), dict(each or {})
    _check_inherited(spec, found)
    named = _named(spec, sets, quarter, each)
    drafts = _drafts(spec, found, sets, quarter)
    for pattern in only:
        jobs = [draft.job for draft in drafts]
        if not _meant(jobs, pattern):
            added = _beyond(pattern, jobs)
            found[added.name] = added
            extra = Section(title="", reports=[ReportSpec(notebook=added.name)])
            spec = spec.model_copy(update={"sections": [*spec.sections, extra]})
            drafts = _drafts(spec, found, sets, quarter)
    chosen = {id for pattern in only for id in _meant([draft.job for draft in drafts], pattern)}
    selected = [draft for draft in drafts if not only or draft.job.id in chosen]
    for option, name in named:
        if not any(name in draft.job.parameters for draft in selected):
            takers = [draft.job.id for draft in drafts if name in draft.job.parameters]
            if takers:
                raise PackError(
                    f"{option}: no report that --only selects has the parameter {name}; those "
                    f"that have it: {_some(takers)}"
                )
            _declared_somewhere(name, [found[d.written].parameters for d in selected], option)
    if each:
        spec = _multiplied(spec, {draft.place for draft in selected}, found, each)
        drafts = selected = _drafts(spec, found, sets, quarter)
    for draft in selected:
        if draft.problem:
            raise PackError(draft.problem)
    imprint = spec.imprint(quarter)
    made = tuple(replace(draft.job, imprint=imprint) for draft in drafts)
    return Plan(spec.title, spec.description, made, imprint)


def _drafts(
    spec: PackSpec, found: Mapping[str, Notebook], sets: Mapping[str, str], quarter: str | None
) -> list[Draft]:
    """Return every report of a specification, with its id."""
    by = "--quarter" if quarter else f"{spec.file}, quarter"
    drafts = [
        draft
        for section, report, place in _reports(spec)
        for draft in _Source(spec, section, report, place, found[report.notebook]).drafts(
            sets, quarter or spec.ends, by
        )
    ]
    if not drafts:
        raise PackError(_nothing_left(sets))
    return distinct(spec, drafts)


def _meant(jobs: Sequence[Job], pattern: str) -> set[str]:
    """Return the ids of the reports that a pattern means."""
    called = {j.id: ([j.id, j.notebook.stem], f"{j.title} {j.question}") for j in jobs}
    return set(meant(pattern, called))


def _beyond(pattern: str, jobs: Sequence[Job]) -> Notebook:
    """Return the one notebook of the project that a pattern means, which is in no report."""
    folder = project.current().notebooks()
    books = list_notebooks(folder)[0] if folder.is_dir() else []
    found = [book for book in books if book.meant_by(pattern)]
    if len(found) > 1:
        listed = _some([book.name for book in found])
        raise PackError(
            f"--only {shown(pattern)} selects no report, and of the notebooks several: {listed}"
        )
    if not found:
        raise PackError(_none_is_meant(pattern, jobs))
    return found[0]


def _none_is_meant(pattern: str, jobs: Sequence[Job]) -> str:
    """Say what there is where a pattern means nothing, the nearest first."""

    def likeness(job: Job) -> float:
        parts = re.split(r"[\W_]+", f"{job.id} {job.title}".casefold())
        return max(SequenceMatcher(None, pattern.casefold(), part).ratio() for part in parts)

    nearest = sorted(jobs, key=likeness, reverse=True)
    lines = [one_line(f"{job.id}: {job.title}", 100) for job in nearest[:_MOST_LISTED]]
    if len(jobs) > _MOST_LISTED:
        lines.append(f"and {len(jobs) - _MOST_LISTED} more, which --dry-run lists")
    return f"--only {shown(pattern)} selects no report. Reports:\n  " + "\n  ".join(lines)


def _multiplied(
    spec: PackSpec, places: set[str], found: Mapping[str, Notebook], each: Mapping[str, str]
) -> PackSpec:
    """Return a specification of some reports alone, each over the values of ``--each``."""
    sections: dict[str, tuple[Section, list[ReportSpec]]] = {}
    seen: set[str] = set()
    for section, report, place in _reports(spec):
        declared = found[report.notebook].parameters
        mark = as_json([report.notebook, report.parameters, section.parameters])
        if place not in places or mark in seen:
            continue
        seen.add(mark)
        values = {name: _values(name, text, declared) for name, text in each.items()}
        values = {name: known for name, known in values.items() if known}
        label = "" if report.for_each else report.label
        untold = ", ".join(f"{{{name}}}" for name in values if name not in label_names(label))
        changed = {
            "id": None if values else report.id,
            "label": f"{label}: {untold}" if label and untold else label,
            "group": "" if report.for_each else report.group,
            "for_each": ForEach(values=values) if values else None,
        }
        within = place.rpartition("reports.")[0]
        sections.setdefault(within, (section, []))[1].append(report.model_copy(update=changed))
    kept = [part.model_copy(update={"reports": reports}) for part, reports in sections.values()]
    # What the pack says of itself is said of its own reports.
    return spec.model_copy(update={"description": "", "reports": [], "sections": kept})


def _values(name: str, text: str, declared: ParameterList) -> list[Any]:
    """Read and check the values of a parameter; none where the notebook hasn't got it."""
    if name not in declared:
        return []
    parameter = declared.get(name)
    try:
        parts = split(text) or [""]
        return [parameter.check(parameter.from_text(part), tables.values) for part in parts]
    except (ReportError, ValueError) as error:
        raise PackError(f"--each: {error}\n\n{declared.listing()}") from None


@contextlib.contextmanager
def _placed(where: str) -> Iterator[None]:
    """Say in an error where in the specification it is."""
    try:
        yield
    except PackError as error:
        raise PackError(f"{where}: {error}") from None


def _reports(spec: PackSpec) -> Iterator[tuple[Section, ReportSpec, str]]:
    """Yield every report with its section and its place in the file."""
    loose = bool(spec.reports)
    for number, section in enumerate(spec.all_sections, start=-loose):
        within = "" if number < 0 else f"sections.{number}."
        for place, report in enumerate(section.reports):
            yield section, report, f"{within}reports.{place}"


def _check_inherited(spec: PackSpec, found: dict[str, Notebook]) -> None:
    """Refuse a parameter that no notebook under its pack, section or report declares."""
    everywhere = [n.parameters for n in found.values()]
    for name in spec.parameters:
        _declared_somewhere(name, everywhere, f"{spec.file}, parameters")
    for number, section in enumerate(spec.sections):
        below = [found[report.notebook].parameters for report in section.reports]
        for name in section.parameters:
            _declared_somewhere(name, below, f"{spec.file}, sections.{number}.parameters")
    for _, report, place in _reports(spec):
        own = [found[report.notebook].parameters]
        for name in report.parameters:
            _declared_somewhere(name, own, f"{spec.file}, {place}.parameters")
        if report.for_each:
            for name in [*report.for_each.columns, *report.for_each.values]:
                _declared_somewhere(name, own, f"{spec.file}, {place}.for_each")
    if spec.ends is not None:
        _declared_somewhere("as_at", everywhere, f"{spec.file}, quarter")


def _named(
    spec: PackSpec, sets: Mapping[str, str], quarter: str | None, each: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Return each option given with the parameter it sets; refuse two for the same."""
    named = [(f"--set {one_line(name, 40)}", name) for name in sets]
    named += [(f"--each {one_line(name, 40)}", name) for name in each]
    if quarter is not None:
        quarter_end(quarter)
        named.append(("--quarter", "as_at"))
    if "as_at" in {**sets, **each} and (quarter or spec.ends) is not None:
        raise PackError(
            "give either --quarter (or the pack's quarter) or --set as_at=..., not both"
        )
    for name in sets.keys() & each.keys():
        raise PackError(f"give either --set or --each for {shown(name)}, not both")
    return named


def _declared_somewhere(name: str, known: Sequence[ParameterList], where: str) -> None:
    if not any(name in parameters for parameters in known):
        unique = {parameters.notebook: parameters for parameters in known}
        raise PackError(f"{where}: {unknown_parameter(name, list(unique.values()))}")


@dataclass(frozen=True, slots=True)
class _Source:
    """A report of the specification, from which a matrix makes many."""

    spec: PackSpec
    section: Section
    report: ReportSpec
    place: str
    notebook: Notebook

    def drafts(self, sets: Mapping[str, str], quarter: str | None, by: str) -> Iterator[Draft]:
        """Yield its reports; ``by`` names the option or key that gave the quarter."""
        declared, report = self.notebook.parameters, self.report
        given = self._given()
        if quarter is not None and "as_at" in declared:
            given["as_at"] = (quarter_end(quarter), by)
        chosen, unread = self._read(sets)
        _, defaults = self._checked({p.name: (p.default, "its default") for p in declared})
        at = f"{self.spec.file}, {self.place}"
        with _placed(at):
            for cell, facets, row in _matrix(report):
                if any(name in chosen and chosen[name] != value for name, value in cell.items()):
                    continue
                values = given | {name: (value, f"{at}.for_each") for name, value in cell.items()}
                values |= {name: (value, "--set") for name, value in chosen.items()}
                checked, problem = self._checked(values)
                left = (fault for name, fault in defaults.items() if name not in values)
                explicit = {
                    name: checked.get(name, value)
                    for name, (value, _) in values.items()
                    if name in cell or name in report.parameters
                }
                named = bool(report.id) and not cell
                stem = report.id or self.notebook.name
                job = Job(
                    pack=self.spec.title,
                    position="",
                    id=stem if named else id_of(stem, explicit),
                    title=_title(report, self.notebook, explicit | row, cell),
                    section=self.section.title,
                    group=_written(report, "group", self.notebook, explicit | row),
                    question=self.notebook.title,
                    notebook=self.notebook.path,
                    given=checked,
                    parameters=declared.defaults | checked,
                    facets=facets,
                    cell_seconds=self._limit("cell_seconds") or CELL_SECONDS,
                    report_seconds=self._limit("report_seconds") or REPORT_SECONDS,
                    retries=self.spec.retries,
                    imports=self.notebook.imports,
                    notebook_sha256=self.notebook.sha256,
                )
                problems = (unread, *problem.values(), *left)
                yield Draft(
                    job, self.place, report.notebook, named, next(filter(None, problems), "")
                )

    def _given(self) -> dict[str, tuple[Any, str]]:
        """Return what the specification gives, each value with its place."""
        section = self.place.rpartition("reports.")[0]
        levels = (
            ("parameters", self.spec.parameters),
            (f"{section}parameters", self.section.parameters),
            (f"{self.place}.parameters", self.report.parameters),
        )
        return {
            name: (value, f"{self.spec.file}, {place}")
            for place, level in levels
            for name, value in level.items()
            if name in self.notebook.parameters
        }

    def _read(self, sets: Mapping[str, str]) -> tuple[dict[str, Any], str]:
        """Read the values of the command line; also say what can't be read."""
        read: dict[str, Any] = {}
        unread = ""
        for name, text in sets.items():
            if name in self.notebook.parameters:
                try:
                    read[name] = self.notebook.parameters.get(name).from_text(text)
                except ParameterError as error:
                    unread = unread or self._problem("--set", error)
        return read, unread

    def _checked(
        self, values: Mapping[str, tuple[Any, str]]
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the values that keep their rules, and what is wrong with the others."""
        checked: dict[str, Any] = {}
        problems: dict[str, str] = {}
        for name, (value, where) in values.items():
            try:
                checked[name] = self.notebook.parameters.get(name).check(value, tables.values)
            except ReportError as error:
                problems[name] = self._problem(where, error)
        return checked, problems

    def _problem(self, where: str, error: ReportError) -> str:
        return f"{where}: {error}\n\n{self.notebook.parameters.listing()}"

    def _limit(self, name: str) -> float | None:
        levels = (self.report, self.section, self.spec)
        return next((getattr(level, name) for level in levels if getattr(level, name)), None)


def _matrix(
    report: ReportSpec,
) -> Iterator[tuple[dict[str, Any], dict[str, str], dict[str, str]]]:
    """Yield each cell of a report's matrix: parameters, facets, and the row it came from."""
    matrix = report.for_each
    if matrix is None:
        yield {}, {}, {}
        return
    rows: list[dict[str, str]] = [{}]
    told: set[str] = set()
    if matrix.table:
        told = {*label_names(report.label), *label_names(report.group)}
        told -= {*matrix.columns, *matrix.values, *report.parameters}
        told |= set(matrix.facets.values())
        wanted = {*matrix.columns.values(), *matrix.where, *matrix.where_in, *told}
        allowed = {
            column: tables.values(*other.split(".")) for column, other in matrix.where_in.items()
        }
        rows = [
            row
            for row in tables.rows(matrix.table, sorted(wanted))
            if all(row[column] in keep for column, keep in matrix.where.items())
            and all(row[column] in keep for column, keep in allowed.items())
            and all(row[column] for column in matrix.columns.values())
        ]
    seen: dict[str, dict[str, str]] = {}
    for row, *values in itertools.product(rows, *matrix.values.values()):
        cell = {name: row[column] for name, column in matrix.columns.items()}
        cell |= dict(zip(matrix.values, values, strict=True))
        mark = as_json(list(cell.values()))
        for column in sorted(told):
            if mark in seen and seen[mark][column] != row[column]:
                raise PackError(
                    f"for_each: the label, group or a facet names column {column}, which differs "
                    f"between the rows of one report ({', '.join(say(v) for v in cell.values())}): "
                    f"{shown(seen[mark][column])} and {shown(row[column])}"
                )
        if mark not in seen:
            seen[mark] = row
            yield cell, {n: row[c] for n, c in matrix.facets.items()}, row


def _title(
    report: ReportSpec, notebook: Notebook, words: dict[str, Any], cell: dict[str, Any]
) -> str:
    if report.label:
        return _written(report, "label", notebook, words)
    what = ", ".join(say(value) for value in cell.values())
    return f"{notebook.title} {what}" if what else notebook.title


def _written(report: ReportSpec, key: str, notebook: Notebook, words: dict[str, Any]) -> str:
    """Return the label or the group of a report, with values in place of names."""
    template: str = getattr(report, key)
    try:
        return template.format_map({name: say(value) for name, value in words.items()})
    except KeyError as error:
        raise PackError(
            f"{key} {shown(template)} of {notebook.name} names {error}; it may name: "
            f"{', '.join(sorted(words)) or 'nothing'}"
        ) from None


def _some(words: Sequence[str]) -> str:
    """List the first few of many."""
    more = f" and {len(words) - _MOST_LISTED} more" if len(words) > _MOST_LISTED else ""
    return ", ".join(words[:_MOST_LISTED]) + more


def _nothing_left(sets: Mapping[str, str]) -> str:
    given = ", ".join(one_line(f"{name}={value}", 60) for name, value in sets.items())
    return (
        f"no report of the pack has {given}: the matrix holds no such value"
        if sets
        else "the pack holds no report: its filters keep no row"
    )
