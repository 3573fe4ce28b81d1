"""Files that say a thing twice, or nothing, or in other ways: read right, counted or refused."""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from made_up import LOCATIONS, PROVIDERS, Rows, location, provider

from bench.workbooks import write_xlsx
from nhsi_analysis import ingest
from nhsi_analysis.errors import DataError, ReportError

Maker = Callable[..., Path]
TEXT_KINDS = (
    "ae-by-provider",
    "ae-monthly",
    "hospitals",
    "ods-successions",
    "ods-trusts",
    "oversight-framework",
    "oversight-metrics",
    "rtt-waiting-lists",
)


@pytest.mark.parametrize("kind", [None, *TEXT_KINDS])
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xef\xbb\xbf", "is empty"),
        (b"\xef\xbb\xbf\r\n \n", "is empty"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (gzip.compress(b"\xef\xbb\xbf", mtime=0), "is empty"),
        (
            b",,,\n,,\n",
            "has no header|no row has|not recognised|is missing|no succession|no English trust",
        ),
    ],
    ids=["mark", "mark and blanks", "packed nothing", "packed mark", "empty cells"],
)
def test_a_file_of_nothing_is_refused(
    kind: str | None, content: bytes, says: str, tmp_path: Path
) -> None:
    path = tmp_path / "etrust_2026-09-01.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=rf"^etrust_2026-09-01\.csv[^\n]*({says})"):
        ingest.read(path, kind=kind)


@pytest.mark.parametrize(
    "column", ["Provider ID", "Latest Rating", "Publication Date", "Provider Name", "Domain"]
)
def test_a_heading_that_stands_twice_is_refused(column: str, cqc_file: Maker) -> None:
    path = cqc_file([[*provider("R1A"), "Inadequate"]], header=[*PROVIDERS, f" {column.upper()}"])
    with pytest.raises(DataError, match="appears 2 times") as caught:
        ingest.read(path)
    assert (caught.value.row, caught.value.column) == (1, column)
    assert "sheet 'Providers'" in caught.value.file


def test_a_heading_that_no_one_reads_may_stand_twice(cqc_file: Maker) -> None:
    path = cqc_file([[*provider("R1A"), "x"]], header=[*PROVIDERS, "Brand Name"])
    assert len(ingest.read(path).frame) == 1


@pytest.mark.parametrize("code", ["", " \u200b", 7])
def test_ratings_under_a_merged_code_are_counted(code: str | int, cqc_file: Maker) -> None:
    second = ["" if code == "" else code, "", *provider("R1A", question="Safe")[2:]]
    empty = [""] * len(PROVIDERS)
    done = ingest.read(cqc_file([provider("R1A"), second, empty, provider("1-123")]))
    assert done.excluded.counts == {
        "rows have a rating but no provider's code": 1,
        "rows are of providers that are no NHS trusts": 1,
    }
    assert "row 3" in done.excluded.lines()[0]
    assert "left out" in " ".join(done.summary())


@pytest.mark.parametrize("code", ["R1A01", "R 1A", "R1A*"])
def test_ratings_under_a_code_like_a_trusts_are_counted(code: str, cqc_file: Maker) -> None:
    done = ingest.read(cqc_file([provider("RAL"), provider(code), provider("1-123")]))
    reason = "rows have a code that isn't a trust's, though it begins like one"
    assert done.excluded.counts == {reason: 1, "rows are of providers that are no NHS trusts": 1}
    assert f"{code} (row 3)" in done.excluded.lines()[0]


@pytest.mark.parametrize("code", ["'R1A", '="R1A"'])
def test_a_code_kept_as_text_is_read(code: str, cqc_file: Maker) -> None:
    done = ingest.read(cqc_file([provider("RAL"), provider(code)]))
    assert done.frame["org_code"].tolist() == ["R1A", "RAL"]
    assert done.excluded.total == 0


def test_locations_without_a_code_are_counted(cqc_file: Maker) -> None:
    merged = location("R1A02", "")
    line = ingest.read(cqc_file([provider("R1A")], places=[location("R1A01", "r1a "), merged]))
    assert "1 of NHS trusts" in line.recognised[-1]
    assert "1 rows have no provider's code" in line.recognised[-1]


def test_a_workbook_only_another_program_reads_is_not_called_damaged(
    cqc_file: Maker, tmp_path: Path
) -> None:
    path = cqc_file([provider("R1A")])
    spaced = tmp_path / "spaced" / path.name
    spaced.parent.mkdir()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(spaced, "w") as target:
        for entry in source.namelist():
            content = source.read(entry)
            if entry == "content.xml":
                content = content.replace(b"<table:table-cell", b"\n<table:table-cell")
            target.writestr(entry, content)
    with pytest.raises(DataError) as caught:
        ingest.read(spaced)
    assert "Open it in a spreadsheet and save it again" in str(caught.value)
    assert "damaged" not in str(caught.value)


def test_a_hospital_without_a_code_is_counted(tmp_path: Path) -> None:
    header = [
        "OrganisationCode",
        "OrganisationName",
        "ParentODSCode",
        "Sector",
        "Postcode",
        "Latitude",
        "Longitude",
    ]
    rows = [[code, "A", "R1A", "NHS Sector", "WR4 9RW", "52.1", "-2.1"] for code in ("R1A01", "")]
    path = tmp_path / "Hospital_2026-09.csv"
    path.write_text("\n".join("\N{NOT SIGN}".join(row) for row in [header, *rows]))
    reading = ingest.read(path)
    assert reading.frame["site_code"].tolist() == ["R1A01"]
    assert reading.excluded.counts == {"sites have no code": 1}


# Staff survey -------------------------------------------------------------------------------

QUESTION = ["", "", "", "q7h. I feel valued by my team"]
ANSWERS = [
    "Org code",
    "Organisation name",
    "Benchmarking group",
    "% Agree or strongly agree",
    "Base",
]


def survey(
    folder: Path, rows: Rows, above: list[str] = QUESTION, head: list[str] = ANSWERS
) -> Path:
    return write_xlsx(folder / "NSS25.xlsx", {"YOUR TEAM": [above, head, *rows]})


def test_two_years_side_by_side_are_refused(tmp_path: Path) -> None:
    row = ["R1A", "a", "Acute", 66.4, 990, 61.2, 900]
    path = survey(tmp_path, [row], head=[*ANSWERS, "% Agree or strongly agree", "Base"])
    with pytest.raises(DataError, match=r"YOUR TEAM.*question q7h has 2 columns of the answer"):
        ingest.read(path)


@pytest.mark.parametrize("odd", [0.52, 61.2])
def test_a_survey_of_two_scales_is_refused(odd: float, tmp_path: Path) -> None:
    usual = 61.2 if odd < 1 else 0.52
    rows: Rows = [[c, c, "Acute", odd if c == "RAL" else usual, 99] for c in ("R1A", "RAL", "RJ1")]
    with pytest.raises(DataError, match=r"NSS25.*q7h of RAL must be on the scale") as caught:
        ingest.read(survey(tmp_path, rows))
    assert caught.value.value == odd


def test_survey_results_without_a_code_are_counted(tmp_path: Path) -> None:
    rows: Rows = [
        ["R1A", "a", "Acute", 61.2, 99],
        ["", "b", "Acute", 50.0, 99],
        ["", "a note", "", "", ""],
    ]
    found = ingest.read(survey(tmp_path, rows)).excluded
    assert found.counts == {"rows have results but no organisation code": 1}


# Files of all kinds --------------------------------------------------------------------------

KINDS = ("Type 1", "Type 2", "Other A&E Department")
AE = [
    "Period",
    "Org Code",
    "Org name",
    *(f"A&E attendances {kind}" for kind in KINDS),
    *(f"Attendances over 4hrs {kind}" for kind in KINDS),
    *(f"Emergency admissions via A&E - {kind}" for kind in KINDS),
]
COUNTS = st.tuples(
    *[st.integers(1, 20_000)] * 3, *[st.integers(0, 1)] * 3, *[st.integers(0, 3_000)] * 3
)
UNITS = st.dictionaries(
    st.sampled_from(["R1A", "RAL", "RJ1", "5E1", "007", "NLX01"]), COUNTS, min_size=1, max_size=5
)


@st.composite
def months(draw: st.DrawFn) -> tuple[dict[str, tuple[int, ...]], list[list[str]]]:
    """Return the counts of each organisation, and the rows of a file that says them."""
    units = draw(UNITS)
    grouped, low = draw(st.booleans()), draw(st.booleans())
    rows = [AE]
    for code, counts in units.items():
        shown = [f"{c:,}" if grouped else str(c) for c in counts]
        name = f" {code.lower()}\u200b" if low else code
        rows.append(["MSitAE-APRIL-2026", name, "A Trust, London", *shown])
    order = draw(st.permutations(range(len(AE))))
    return units, [[row[k] for k in order] for row in rows]


def written(rows: list[list[str]], draw: Callable[..., object]) -> bytes:
    text = io.StringIO(newline="")
    end = draw(st.sampled_from(["\n", "\r\n"]))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    csv.writer(text, lineterminator=end, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    content = text.getvalue().encode(draw(st.sampled_from(["utf-8", "utf-8-sig"])))  # type: ignore[arg-type]
    return gzip.compress(content, 1, mtime=0) if draw(st.booleans()) else content


def read(content: bytes, kind: str | None = None) -> ingest.Reading:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "month_2026-04.csv"
        path.write_bytes(content)
        return ingest.read(path, kind=kind)


def expected(units: dict[str, tuple[int, ...]]) -> list[tuple[str, str, int, int, int]]:
    return sorted(
        (code, kind, counts[k], counts[3 + k], counts[6 + k])
        for code, counts in units.items()
        for k, kind in enumerate(("1", "2", "other"))
    )


def found(reading: ingest.Reading) -> list[tuple[str, str, int, int, int]]:
    columns = ["org_code", "department_type", "attendances", "breaches", "admissions"]
    assert set(reading.frame["month"]) == {pd.Timestamp("2026-04-01")}
    return sorted(reading.frame[columns].itertuples(index=False, name=None))


MANY = settings(
    max_examples=220, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


@MANY
@given(month=months(), data=st.data())
def test_a_month_says_the_same_however_it_is_written(
    month: tuple[dict[str, tuple[int, ...]], list[list[str]]], data: st.DataObject
) -> None:
    units, rows = month
    reading = read(written(rows, data.draw))
    assert found(reading) == expected(units)
    assert reading.excluded.total == 0


LEFT_OUT = ("12,5", "1e999", "nan", "-3", "[x]", "", "1.5")
REFUSED = ("a heading twice", "a cell too many", "a cell too few")


@MANY
@given(
    month=months(),
    data=st.data(),
    fault=st.sampled_from([*LEFT_OUT, *REFUSED]),
    at=st.integers(0, 4),
)
def test_a_fault_in_a_month_is_counted_or_refused_with_its_row(
    month: tuple[dict[str, tuple[int, ...]], list[list[str]]],
    data: st.DataObject,
    fault: str,
    at: int,
) -> None:
    units, rows = month
    at = at % len(units) + 1
    rows = [list(row) for row in rows]
    event(fault)
    if fault in LEFT_OUT:
        rows[at][rows[0].index("A&E attendances Type 1")] = fault
        reading = read(written(rows, data.draw))
        code = list(units)[at - 1]
        assert found(reading) == [r for r in expected(units) if r[:2] != (code, "1")]
        assert reading.excluded.counts == {"departments have a count that is no number": 1}
        assert f"(row {at + 1})" in reading.excluded.lines()[0]
        return
    row = at + 1
    if fault == "a heading twice":
        row = 1
        for k, cells in enumerate(rows):
            cells.append("A&E attendances Type 1" if k == 0 else "1")
    elif fault == "a cell too many":
        rows[at].insert(0, "1")
    else:
        rows[at].pop()
    with pytest.raises(DataError, match=r"^month_2026-04\.csv, row ") as caught:
        read(written(rows, data.draw))
    assert caught.value.row == row


@MANY
@given(
    month=months(),
    kind=st.sampled_from([None, *TEXT_KINDS]),
    at=st.integers(0, 600),
    junk=st.one_of(st.binary(max_size=5), st.sampled_from([b'"', b",", b"\n", b"9" * 30])),
    data=st.data(),
)
def test_no_bytes_at_any_place_end_in_a_traceback(
    month: tuple[dict[str, tuple[int, ...]], list[list[str]]],
    kind: str | None,
    at: int,
    junk: bytes,
    data: st.DataObject,
) -> None:
    content = written(month[1], data.draw)
    try:
        reading = read(content[:at] + junk + content[at + len(junk) :], kind)
    except ReportError as error:
        said = str(error)
    else:
        said = reading.files[0]
        assert len(reading.frame) <= 3 * (len(month[1]) - 1)
    assert said.startswith("month_2026-04.csv")
    assert "\n" not in said


def test_a_number_too_large_is_one_error(tmp_path: Path) -> None:
    path = tmp_path / "April-2026.csv"
    row = ["MSitAE-APRIL-2026", "R1A", "a", "9" * 30, *["0"] * 8]
    path.write_text("\n".join([",".join(AE), ",".join(row)]))
    with pytest.raises(DataError, match=r"April-2026\.csv, column 'attendances': .* too large"):
        ingest.ingest(path)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    codes=st.lists(
        st.sampled_from(["R1A", " ral", "RJ1\u200b", "1-123", "", 7]), min_size=1, max_size=12
    ),
    order=st.permutations(range(len(PROVIDERS))),
)
def test_every_rating_is_in_the_table_or_counted(codes: list[str | int], order: list[int]) -> None:
    rows = [[PROVIDERS[k] for k in order]]
    of_trusts = 0
    for k, code in enumerate(codes):
        row = provider("1-9" if code in ("", 7) else str(code), service=f"Service {k}")
        row[3] = "NHS Healthcare Organisation"
        row[:2] = [code, ""]
        rows.append([row[j] for j in order])
        of_trusts += code in ("R1A", " ral", "RJ1\u200b")
    places = [LOCATIONS, location("R1A01", "R1A")]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "2026-09-01.xlsx"
        write_xlsx(path, {"Providers": rows, "Locations": places})  # type: ignore[dict-item]
        if not of_trusts:
            with pytest.raises(DataError, match="no row is of an NHS trust"):
                ingest.read(path)
            return
        reading = ingest.read(path)
    assert len(reading.frame) == of_trusts
    assert set(reading.frame["org_code"]) <= {"R1A", "RAL", "RJ1"}
    assert len(reading.frame) + reading.excluded.total == len(codes)
