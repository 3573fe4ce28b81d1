"""NHS Staff Survey spreadsheets: headers of several rows, suppressed cells, bases."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from nhsi_analysis.errors import DataError
from nhsi_analysis.ingest import benchmark
from nhsi_analysis.ingest.benchmark import SURVEY_CODE
from nhsi_analysis.ingest.kinds import Found, Job, Kind
from nhsi_analysis.ingest.reading import (
    FORMULA_NAME,
    Exclusions,
    in_percent,
    is_formula,
    label,
    listed,
    tidy,
    to_number,
    whole_code,
)
from nhsi_analysis.ingest.sources import Row, Source

LOOKS_FOR: Final = "a sheet with a column 'Org code' and questions such as 'q7h' above its answers"
CODE_LABELS: Final = listed(
    "org code, ods code, organisation code, trust code, provider code, org id, organisation id"
)
NAME_LABELS: Final = listed("organisation name, trust name, org name, organisation, trust, name")
GROUP_LABELS: Final = listed("benchmarking group, benchmark group, organisation type, trust type")
BASE_LABELS: Final = listed("base, n, bases, respondents, number of respondents")
BASE_ENDS: Final = ("base", "respondents")
QUESTION: Final = re.compile(r"\bq\s?(\d{1,2})\s?([a-z])\b")


@dataclass(frozen=True)
class _Columns:
    """Where a sheet has what: code, name, group, and by question the answers and the base.

    Questions that are ``lacking`` one of these can't be read.
    """

    first_row: int
    code: int
    name: int | None
    group: int | None
    questions: dict[str, dict[str, list[int]]]
    lacking: tuple[str, ...]


def answer(text: str) -> str | None:
    """Say which part of a question's results a heading names.

    Returns
    -------
    str or None
        'base', 'both' (agree or strongly agree together), 'agree', 'strongly agree', or None.

    Examples
    --------
    >>> answer("% Agree or strongly agree"), answer("Strongly disagree"), answer("Base (n)")
    ('both', None, 'base')
    """
    words = label(re.sub(r"[%(),/&+-]", " ", text))
    if "disagree" in words:
        return None
    if (
        words in BASE_LABELS
        or words.startswith(("base", "unweighted"))
        or words.endswith(BASE_ENDS)
    ):
        return "base"
    if words.count("agree") == 2 or words in ("positive", "agree total", "total agree"):
        return "both"
    return words if words in ("agree", "strongly agree") else None


def _find(rows: list[Row]) -> _Columns | None:
    """Find the columns of a sheet from its first rows, or nothing where it is no such sheet."""
    header = next(
        (
            (r, c)
            for r, row in enumerate(rows)
            for c, v in enumerate(row)
            if label(v) in CODE_LABELS
        ),
        None,
    )
    if header is None:
        return None
    at, code = header
    first = next(
        (r for r in range(at + 1, len(rows)) if SURVEY_CODE.match(_code(rows[r], code))), None
    )
    if first is None:
        return None
    above = rows[:first]
    width = max(map(len, above))
    headings = [[label(row[c]) if c < len(row) else "" for row in above] for c in range(width)]

    def named(labels: frozenset[str]) -> int | None:
        return next((c for c, texts in enumerate(headings) if labels.intersection(texts)), None)

    questions: dict[str, dict[str, list[int]]] = {}
    question = ""
    for column, texts in enumerate(headings):
        # The question stands over the first of its columns; the cells beside it are merged.
        found = next((m for t in texts if (m := QUESTION.search(t))), None)
        if found:
            question = f"q{found[1]}{found[2]}"
        part = next((p for t in texts if (p := answer(QUESTION.sub(" ", t)))), None)
        if question and part:
            questions.setdefault(question, {}).setdefault(part, []).append(column)
    complete = {
        q: parts
        for q, parts in questions.items()
        if "base" in parts and ("both" in parts or {"agree", "strongly agree"} <= set(parts))
    }
    if not complete:
        return None
    lacking = tuple(q for q in questions if q not in complete)
    return _Columns(first, code, named(NAME_LABELS), named(GROUP_LABELS), complete, lacking)


def _code(row: Row, at: int) -> str:
    return whole_code(row[at]) if at < len(row) else ""


def _year(job: Job) -> int | None:
    """Return the year of the survey: the one given, or in the file's name or first rows."""
    source = job.source
    if job.date is not None:
        return job.date.year
    first = (str(c) for n in source.sheet_names[:3] for row in source.top(n)[:6] for c in row)
    for text in (source.name, *first):
        found = re.search(r"(?<!\d)(20[0-9]{2})(?!\d)", text)
        if found:
            return int(found[1])
        found = re.search(r"\b(?:nss|st|ss)[-_ ]?(\d{2})(?!\d)", text.casefold())
        if found:
            return 2000 + int(found[1])
    return None


def _read(job: Job) -> Found:
    """Read the share that agrees, with its base, by trust and question."""
    if benchmark.holds(job.source, "q"):
        return benchmark.read_questions(job)
    source, excluded = job.source, job.excluded
    year = _year(job)
    if year is None:
        raise DataError(
            source.name, "names no year", remedy="Give a day of the survey's year with --date"
        )
    cells: dict[tuple[str, str], dict[str, Any]] = {}
    used: list[str] = []
    for at, sheet in enumerate(source.sheet_names, start=1):
        columns = _find(source.top(sheet))
        if columns is not None:
            _refuse_repeated(source, sheet, columns)
            used.append(f"sheet {sheet!r}: questions {', '.join(columns.questions)}")
            for question in columns.lacking:
                excluded.add("questions lack an answer or a base", f"{question} (sheet {sheet})")
            _read_sheet(source, sheet, columns, year, cells, excluded)
        job.progress("reading sheets", at, len(source.sheet_names))
    if not used:
        raise DataError(
            source.name,
            f"no sheet is {LOOKS_FOR}, each with 'Agree', 'Strongly agree' and 'Base'; its sheets: "
            + ", ".join(map(repr, source.sheet_names[:12])),
            column="Org code",
            remedy="Check that this is the benchmark spreadsheet by organisation",
        )
    if not cells:
        raise DataError(source.name, "no result could be read: " + "; ".join(excluded.lines()[:2]))
    frame = pd.DataFrame(cells.values())
    shares = frame.set_index(["org_code", "question"])["agree_pct"]
    frame["agree_pct"] = in_percent(shares, source.name).to_numpy()
    over = ~frame["agree_pct"].between(0, 100)
    for row in frame[over].itertuples():
        excluded.add("results are not between 0 and 100", f"{row.org_code} {row.question}")
    frame = frame[~over].sort_values(["org_code", "question"])
    return Found(
        frame,
        pd.Timestamp(year, 11, 30),
        (f"NHS Staff Survey {year}", *used, f"{frame['org_code'].nunique():,} trusts"),
    )


def _refuse_repeated(source: Source, sheet: str, columns: _Columns) -> None:
    """Stop where a question has two columns of one answer, such as those of two years."""
    for question, parts in columns.questions.items():
        for part, found in parts.items():
            if len(found) > 1:
                raise DataError(
                    f"{source.name}, sheet {sheet!r}",
                    f"question {question} has {len(found)} columns of the answer {part!r}, so that "
                    "which is meant can't be told",
                    row=columns.first_row,
                    column=question,
                    remedy="Delete the columns of other years or groups",
                )


def _read_sheet(
    source: Source,
    sheet: str,
    columns: _Columns,
    year: int,
    cells: dict[tuple[str, str], dict[str, Any]],
    excluded: Exclusions,
) -> None:
    answers = [c for parts in columns.questions.values() for (c,) in parts.values()]
    for number, row in enumerate(source.cells(sheet)[columns.first_row :], columns.first_row + 1):
        code = _code(row, columns.code)
        place = f"{code} (sheet {sheet}, row {number})"
        if not SURVEY_CODE.match(code):
            if code:
                excluded.add("rows are not of a trust", place)
            elif any(to_number(row[c]) is not None for c in answers if c < len(row)):
                excluded.add("rows have results but no organisation code", place.strip())
            continue
        name = tidy(row[columns.name]) if columns.name is not None else code
        group = tidy(row[columns.group]) if columns.group is not None else sheet
        if is_formula(name) or is_formula(group):
            excluded.add(FORMULA_NAME, place)
            continue
        for question, parts in columns.questions.items():
            values = {part: to_number(row[c]) for part, (c,) in parts.items() if c < len(row)}
            base, both = values.get("base"), values.get("both")
            if both is None and values.get("agree") is not None:
                strongly = values.get("strongly agree")
                both = None if strongly is None else (values["agree"] or 0.0) + strongly
            if base is None or both is None:
                excluded.add("results are suppressed or blank", f"{code} {question}")
            elif base < 1 or base != int(base):
                excluded.add("results have a base that is no count", f"{code} {question}")
            elif (code, question) in cells:
                excluded.add("results appear twice", f"{code} {question}")
            else:
                cells[code, question] = {
                    "org_code": code,
                    "survey_year": year,
                    "org_name": name or code,
                    "benchmarking_group": group or sheet,
                    "question": question,
                    "respondents": int(base),
                    "agree_pct": both,
                }


KIND: Final = Kind(
    name="staff-survey",
    table=benchmark.TABLE,
    publisher=benchmark.PUBLISHER,
    looks_for=f"{LOOKS_FOR}; or with 'org_id' and columns such as 'q7h_2024'",
    workbook=True,
    fits=lambda source: (
        benchmark.holds(source, "q") or any(_find(source.top(n)) for n in source.sheet_names)
    ),
    reader=_read,
    replaces=("survey_year", "org_code", "question"),
    headings=("Org code", "org_id", "org_type_reporting_name", "Benchmarking group", "q3f_2024"),
)
