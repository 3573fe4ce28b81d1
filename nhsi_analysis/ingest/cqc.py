"""CQC 'Latest ratings' files, .ods or .xlsx, of 2018 and of today."""

from __future__ import annotations

import re
from typing import Final

import pandas as pd

from nhsi_analysis.errors import DataError
from nhsi_analysis.ingest.kinds import Found, Job, Kind
from nhsi_analysis.ingest.reading import (
    TRUST_CODE,
    Exclusions,
    is_formula,
    known_codes,
    label,
    listed,
    tidy,
    to_date,
    whole_code,
)
from nhsi_analysis.ingest.sources import Sheet, Source
from nhsi_analysis.schemas.vocabulary import KEY_QUESTIONS, RATINGS

HEADINGS: Final = (
    "Provider ID",
    "Service / Population Group",
    "Domain",
    "Key Question",
    "Latest Rating",
    "Publication Date",
)
LIKE_A_TRUST_CODE: Final = re.compile(r"\W*[RT]\W*[A-Z0-9]\W*[A-Z0-9]")
NOT_RATED: Final = {""} | listed(
    "no published rating, not rated, not formally rated, inspected but not rated, "
    "insufficient evidence to rate, under appeal, suspended"
)


def _fits(source: Source) -> bool:
    """Say whether a workbook holds CQC ratings, by its sheets or else by a header."""
    if source.has_sheet("Providers") or source.has_sheet("Locations"):
        return True
    return any(
        "latest rating" in map(label, row)
        for name in source.sheet_names[:4]
        for row in source.top(name)
    )


def _read(job: Job) -> Found:
    """Read a snapshot of the ratings of NHS trusts.

    The sheet 'Providers' holds the ratings of whole trusts and of their services; 'Locations',
    where there is one, is counted, so that trusts rated only by location are named. A file
    without a date is as at the first of the month after its last publication.
    """
    source = job.source
    job.progress("opening the workbook", 0, 0)
    sheet = source.sheet("Providers", HEADINGS)
    frame, inherited = _providers(job, sheet)
    snapshot, how = _snapshot(job, frame)
    frame = _settle(frame, snapshot, job.excluded)
    recognised = [
        f"CQC ratings as at {snapshot.date()} ({how})",
        f"sheet 'Providers', header in row {sheet.header_row}: {sheet.height:,} rows, "
        f"{frame['org_code'].nunique():,} NHS trusts",
    ]
    if inherited:
        recognised.append(f"{inherited:,} ratings are inherited from a predecessor, and kept")
    if source.has_sheet("Locations"):
        recognised.append(_locations(job, set(frame["org_code"])))
    frame.insert(0, "snapshot", snapshot)
    return Found(frame.drop(columns="row"), snapshot, tuple(recognised))


def _providers(job: Job, sheet: Sheet) -> tuple[pd.DataFrame, int]:
    excluded, known = job.excluded, known_codes()
    code_at, service_at = sheet.column("Provider ID"), sheet.column("Service / Population Group")
    question_at = sheet.column("Domain", "Key Question")
    rating_at, date_at = sheet.column("Latest Rating"), sheet.column("Publication Date")
    name_at, type_at = sheet.optional("Provider Name"), sheet.optional("Provider Type")
    ods_at = sheet.optional("Provider ODS Code", "ODS Code")
    inherited_at = sheet.optional("Inherited Rating (Y/N)", "Inherited Rating")
    if sheet.height == 0:
        raise DataError(sheet.file, "has a header but no rows", row=sheet.header_row)
    ratings = {r.casefold(): r for r in RATINGS}
    questions = {q.casefold().replace("-", " "): q for q in KEY_QUESTIONS}
    kept: list[tuple[int, str, str, str, str, pd.Timestamp]] = []
    trust_rows = inherited = 0
    unread: dict[str, int] = {"Latest Rating": 0, "Publication Date": 0, "Domain": 0}
    for number, row in job.rows(sheet, "reading providers"):
        code = whole_code(row[code_at])
        if not (TRUST_CODE.match(code) or code in known):
            written, code = code, whole_code(row[ods_at]) if ods_at is not None else ""
            if not TRUST_CODE.match(code):
                # Under merged cells the rows after the first have no code of their own.
                if (not written or written.isdecimal()) and label(row[rating_at]):
                    excluded.add("rows have a rating but no provider's code", f"row {number}")
                elif LIKE_A_TRUST_CODE.match(written) and label(row[rating_at]):
                    excluded.add(
                        "rows have a code that isn't a trust's, though it begins like one",
                        f"{written} (row {number})",
                    )
                elif written:
                    excluded.add("rows are of providers that are no NHS trusts", written)
                continue
        trust_rows += 1
        place = f"{code} (row {number})"
        texts = [row[service_at], *([row[name_at]] if name_at is not None else [])]
        if any(map(is_formula, texts)):
            excluded.add("rows hold text a spreadsheet would run as a formula", place)
            continue
        if type_at is not None and "nhs" not in label(row[type_at]):
            excluded.add(f"rows are of provider type {tidy(row[type_at])!r}", place)
            continue
        question = questions.get(label(row[question_at]).replace("-", " "))
        word = label(row[rating_at])
        published = to_date(row[date_at])
        if question is None:
            unread["Domain"] += 1
            excluded.add(f"rows have the unknown key question {tidy(row[question_at])!r}", place)
        elif word in NOT_RATED:
            excluded.add("rows carry no rating", place)
        elif word not in ratings:
            unread["Latest Rating"] += 1
            excluded.add(f"rows have the unknown rating {tidy(row[rating_at])!r}", place)
        elif published is None:
            unread["Publication Date"] += 1
            excluded.add(
                f"rows have a publication date in an unknown form ({tidy(row[date_at])!r})", place
            )
        else:
            if inherited_at is not None and label(row[inherited_at]) in ("y", "yes"):
                inherited += 1
            kept.append((number, code, tidy(row[service_at]), question, ratings[word], published))
    if trust_rows == 0:
        raise DataError(
            sheet.file,
            "no row is of an NHS trust, whose code is three letters and digits from R or T",
            column="Provider ID",
        )
    worst = max(unread, key=lambda name: unread[name])
    if 2 * unread[worst] > trust_rows:
        raise DataError(
            sheet.file,
            f"{unread[worst]:,} of {trust_rows:,} rows of trusts can't be read: "
            + excluded.lines()[0],
            column="Domain or Key Question" if worst == "Domain" else worst,
            remedy="Check whether columns were swapped, or their form changed",
        )
    columns = ["row", "org_code", "service", "key_question", "rating", "publication_date"]
    return pd.DataFrame(kept, columns=columns), inherited


def _snapshot(job: Job, frame: pd.DataFrame) -> tuple[pd.Timestamp, str]:
    source = job.source
    if frame.empty:
        raise DataError(
            source.name, "no rating of an NHS trust could be read", column="Latest Rating"
        )
    last = frame["publication_date"].max()
    snapshot = job.dated()
    how = "the date in the file's name" if job.date is None else "the date given"
    if snapshot is None:
        first_of_next: pd.Timestamp = (last + pd.offsets.MonthBegin(1)).normalize()
        return first_of_next, f"inferred from the last publication, {last.date()}"
    if (frame["publication_date"] > snapshot).mean() > 0.5:
        raise DataError(
            source.name,
            f"most ratings were published after {snapshot.date()}, {how}",
            column="Publication Date",
            remedy="Give the date of the file with --date",
        )
    return snapshot, how


def _settle(frame: pd.DataFrame, snapshot: pd.Timestamp, excluded: Exclusions) -> pd.DataFrame:
    """Leave one rating a trust, service, key question and date; for the whole trust, the latest."""
    rating_of = ["org_code", "service", "key_question"]
    on_date = [*rating_of, "publication_date"]

    def leave_out(frame: pd.DataFrame, rows: pd.Series, reason: str) -> pd.DataFrame:
        for row in frame[rows].itertuples():
            excluded.add(
                reason, f"{row.org_code} {row.service}, {row.key_question} (row {row.row})"
            )
        return frame[~rows]

    late = frame["publication_date"] > snapshot
    frame = leave_out(frame, late, "rows were published after the date of the file")
    again = frame.duplicated([*on_date, "rating"])
    frame = leave_out(frame, again, "rows repeat another row")
    rivals = frame.duplicated(on_date, keep=False)
    frame = leave_out(frame, rivals, "rows give different ratings on one date")
    newest_first = frame.sort_values("publication_date", ascending=False, kind="stable")
    older = newest_first.duplicated(rating_of).reindex(frame.index) & (
        frame["service"] == "Overall"
    )
    frame = leave_out(frame, older, "rows are older ratings of a whole trust beside a newer one")
    return frame.sort_values(["org_code", "service", "key_question", "publication_date"])


def _locations(job: Job, trusts: set[str]) -> str:
    sheet = job.source.sheet("Locations", ("Location ID", "Provider ID", "Latest Rating"))
    code_at = sheet.column("Provider ID")
    inherited_at = sheet.optional("Inherited Rating (Y/N)", "Inherited Rating")
    of_trusts = inherited = unnamed = 0
    only_here: set[str] = set()
    for _, row in job.rows(sheet, "reading locations"):
        code = whole_code(row[code_at])
        if not TRUST_CODE.match(code):
            unnamed += not code and any(map(label, row))
            continue
        of_trusts += 1
        inherited += inherited_at is not None and label(row[inherited_at]) in ("y", "yes")
        if code not in trusts:
            only_here.add(code)
    found = (
        f"sheet 'Locations': {sheet.height:,} rows, {of_trusts:,} of NHS trusts "
        f"({inherited:,} inherited), counted only"
    )
    if unnamed:
        found += f"; {unnamed:,} rows have no provider's code"
    if only_here:
        found += f"; trusts rated by location only: {', '.join(sorted(only_here))}"
    return found


KIND: Final = Kind(
    name="cqc-ratings",
    table="cqc_trust_ratings",
    publisher="Care Quality Commission",
    looks_for="sheet 'Providers' with the columns 'Provider ID' and 'Latest Rating'",
    workbook=True,
    fits=_fits,
    reader=_read,
    replaces=("snapshot",),
    headings=HEADINGS,
)
