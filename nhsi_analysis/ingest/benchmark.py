"""The NHS Staff Survey benchmark workbook: a sheet a group, a column for each question and year."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.errors import DataError
from nhsi_analysis.ingest.kinds import Found, Job, Kind
from nhsi_analysis.ingest.reading import (
    FORMULA_NAME,
    heading,
    in_percent,
    is_formula,
    known_codes,
    label,
    tidy,
    to_number,
    whole_code,
)
from nhsi_analysis.ingest.sources import Source

PUBLISHER: Final = "NHS England (NHS Staff Survey)"
TABLE: Final = "staff_survey_2021_2024"
# A result, or how many answered: q3f_2024, PP4_2_n_2024, theme_morale_2025.
COLUMN: Final = re.compile(r"(q\d{1,2}[a-z]|pp\d(?:_\d)?|theme_[a-z]+)(_n)?_(20\d\d)")
SURVEY_CODE: Final = re.compile(r"^(?:[RT][A-Z0-9]{2}\d?|G[A-Z0-9]{4})$")
SCORES: Final = {
    "pp1": "compassionate",
    "pp2": "recognised",
    "pp3": "voice",
    "pp3_2": "raising_concerns",
    "pp4": "safe",
    "pp4_1": "safety_climate",
    "pp4_2": "burnout",
    "pp4_3": "negative_experiences",
    "pp5": "learning",
    "pp6": "flexible",
    "pp7": "team",
    "theme_engagement": "engagement",
    "theme_morale": "morale",
}
# Shares that differ less are the same result, rounded or weighted anew: so is what they rest on.
SAME: Final = 0.5


@dataclass(frozen=True)
class _Columns:
    """Where a sheet has what: its header, the organisation, and results and bases by year."""

    header: int
    code: int
    name: int | None
    group: int | None
    results: dict[tuple[str, int], int]
    bases: dict[tuple[str, int], int]


def _find(source: Source, sheet: str) -> _Columns | None:
    for at, row in enumerate(source.top(sheet)):
        names = [heading(cell) for cell in row]
        found = [(COLUMN.fullmatch(label(cell)), place) for place, cell in enumerate(row)]
        if "orgid" not in names or not any(match for match, _ in found):
            continue
        places: dict[bool, dict[tuple[str, int], int]] = {True: {}, False: {}}
        for match, place in found:
            if match:
                key = (match[1], int(match[3]))
                if places[bool(match[2])].setdefault(key, place) != place:
                    raise DataError(
                        f"{source.name}, sheet {sheet!r}",
                        "heading appears twice, so that which column is meant can't be told",
                        row=at + 1,
                        column=match[0],
                        remedy="Rename or delete the column that is not meant",
                    )
        where = {name: place for place, name in enumerate(names)}
        group = where.get("orgtypereportingname")
        return _Columns(
            at, where["orgid"], where.get("orgname"), group, places[False], places[True]
        )
    return None


def holds(source: Source, items: str) -> bool:
    """Say whether a workbook has results of items that begin with some letters: "q", or "pp"."""
    found = (_find(source, sheet) for sheet in source.sheet_names)
    return any(c is not None and any(i.startswith(items) for i, _ in c.results) for c in found)


def _results(job: Job, wanted: Collection[str]) -> tuple[pd.DataFrame, list[str]]:
    """Return results, one a row, and the sheets they are on.

    Columns are org_code, org_name, group, sheet, year, item, value and base, which is NaN where
    the workbook has none.
    """
    rows: dict[tuple[str, int, str], tuple[object, ...]] = {}
    known, excluded, sheets = known_codes(), job.excluded, []
    for at, sheet in enumerate(job.source.sheet_names, start=1):
        columns = _find(job.source, sheet)
        job.progress("reading sheets", at, len(job.source.sheet_names))
        if columns is None:
            continue
        sheets.append(sheet)
        for item, year in columns.results:
            if item not in wanted:
                excluded.add("columns are of items the table does not have", f"{item}_{year}")
        body = job.source.cells(sheet)[columns.header + 1 :]
        for number, row in enumerate(body, start=columns.header + 2):
            org = whole_code(row[columns.code])
            name = tidy(row[columns.name]) if columns.name is not None else org
            group = tidy(row[columns.group]) if columns.group is not None else ""
            place = f"{org or 'no code'} (sheet {sheet}, row {number})"
            if not any(map(tidy, row)):
                continue
            if not SURVEY_CODE.match(org) and org not in known:
                excluded.add("rows are not of a trust", place)
                continue
            if is_formula(name) or is_formula(group):
                excluded.add(FORMULA_NAME, place)
                continue
            for (item, year), column in columns.results.items():
                value, base_at = to_number(row[column]), columns.bases.get((item, year))
                base = to_number(row[base_at]) if base_at is not None else None
                if item not in wanted:
                    continue
                if value is None:
                    excluded.add("results are suppressed or blank", f"{org} {item} {year}")
                elif base is not None and (base < 1 or base % 1):
                    excluded.add("results have a base that is no count", f"{org} {item} {year}")
                elif (org, year, item) in rows:
                    excluded.add("results appear twice", f"{org} {item} {year}")
                else:
                    rows[org, year, item] = (
                        org,
                        name or org,
                        group,
                        sheet,
                        year,
                        item,
                        value,
                        base,
                    )
    fields = ["org_code", "org_name", "group", "sheet", "year", "item", "value", "base"]
    frame = pd.DataFrame(rows.values(), columns=fields).astype({"base": float})
    if frame.empty:
        raise DataError(
            job.source.name,
            ": ".join(["no result of a trust could be read", *excluded.lines()[:1]]),
            column="org_id",
            remedy="Check that this is the benchmark workbook, with a sheet for each group",
        )
    return frame, sheets


def read_questions(job: Job) -> Found:
    """Read the shares that agree, of the questions the table holds.

    The workbook may have no bases: a result has the base of the table where its share is the same.
    """
    held = datasets.load(TABLE)
    questions = sorted(held["question"].unique())
    found, sheets = _results(job, questions)
    shares = found.set_index(["org_code", "year", "item"])["value"]
    found["agree_pct"] = in_percent(shares, job.source.name).to_numpy()
    over = ~found["agree_pct"].between(0, 100)
    for row in found[over].itertuples():
        job.excluded.add("results are not between 0 and 100", f"{row.org_code} {row.item}")
    groups = {_plain(group): group for group in held["benchmarking_group"].unique()}
    found["benchmarking_group"] = [
        groups.get(_plain(group)) or groups.get(_plain(sheet)) or group or sheet
        for group, sheet in zip(found["group"].tolist(), found["sheet"].tolist(), strict=True)
    ]
    frame = found[~over].rename(columns={"year": "survey_year", "item": "question"})
    key = ["org_code", "survey_year", "question"]
    before = held.set_index(key)[["agree_pct", "respondents"]].reindex(
        pd.MultiIndex.from_frame(frame[key])
    )
    same = (before["agree_pct"].to_numpy() - frame["agree_pct"]).abs() <= SAME
    frame["respondents"] = frame["base"].fillna(
        before["respondents"].where(same.to_numpy()).set_axis(frame.index)
    )
    carried = int((frame["respondents"].notna() & frame["base"].isna()).sum())
    without = int(frame["respondents"].isna().sum())
    years = sorted(frame["survey_year"].unique())
    said = [
        "NHS Staff Survey " + ", ".join(map(str, years)),
        f"sheets {', '.join(map(repr, sheets))}: questions {', '.join(questions)} of "
        f"{frame['org_code'].nunique():,} trusts",
    ]
    if carried:
        said.append(f"{carried:,} results have the base held already, for their share is the same")
    if without:
        said.append(f"{without:,} results have no base: no interval can be given for them")
    if holds(job.source, "pp"):
        said.append(f"its People Promise scores are read with --as {PROMISE.name}")
    frame = frame.sort_values(key)[[*held.columns]]
    return Found(frame, pd.Timestamp(int(years[-1]), 11, 30), tuple(said))


def _plain(group: str) -> str:
    """Return what tells a group from others: it is written in several ways."""
    spelt = group.replace("MH", "Mental Health").replace("LD", "Learning Disability")
    return re.sub(r"\band\b|[^a-z]", "", spelt.casefold())


def _read_scores(job: Job) -> Found:
    """Read the People Promise scores of the years that have them all."""
    found, sheets = _results(job, SCORES)
    wide = found.assign(score=found["item"].map(SCORES)).pivot_table(
        index=["year", "org_code"], columns="score", values="value"
    )
    lost = [item for item, score in SCORES.items() if score not in wide]
    if lost:
        raise DataError(
            job.source.name,
            f"has no scores {', '.join(lost)}",
            column=f"{lost[0]}_{found['year'].max()}",
            remedy="Check that this is the benchmark workbook, with its headings unchanged",
        )
    if (wide.max() <= 1).any() or (wide > 10).any(axis=None):
        raise DataError(job.source.name, "must have scores on the scale from 0 to 10")
    part = wide.isna().any(axis=1)
    for year, org in wide.index[part]:
        job.excluded.add("results lack one of the scores", f"{org} {year}")
    names = found.drop_duplicates(["year", "org_code"]).set_index(["year", "org_code"])["org_name"]
    frame = wide[~part].join(names).rename_axis(["survey_year", "org_code"]).reset_index()
    if frame.empty:
        raise DataError(job.source.name, "no trust has every score in a year")
    years = sorted(frame["survey_year"].unique())
    return Found(
        frame[["survey_year", "org_code", "org_name", *SCORES.values()]],
        pd.Timestamp(int(years[-1]), 11, 30),
        (
            "People Promise scores of " + ", ".join(map(str, years)),
            f"sheets {', '.join(map(repr, sheets))}: {frame['org_code'].nunique():,} trusts",
        ),
    )


PROMISE: Final = Kind(
    name="staff-survey-promise",
    table="staff_survey_promise",
    publisher=PUBLISHER,
    looks_for="a sheet with a column 'org_id' and People Promise scores such as 'PP3_2_2025'",
    workbook=True,
    fits=lambda source: holds(source, "pp"),
    reader=_read_scores,
    replaces=("survey_year", "org_code"),
    headings=("org_id", "org_name", "org_type_reporting_name", "PP1_2025", "theme_morale_2025"),
)
