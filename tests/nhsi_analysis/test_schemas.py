"""Every table's rules, tried on broken copies of its file."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhsi_analysis import datasets
from nhsi_analysis.datasets import catalogue, reader
from nhsi_analysis.errors import DataError
from nhsi_analysis.schemas.models import MODELS

NAMES = datasets.names()
CSV_NAMES = [n for n in NAMES if catalogue.table(n).path.name.endswith(".csv")]
Rows = list[list[str]]


@pytest.fixture
def copy_of(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    def make(name: str) -> Path:
        raw = tmp_path / "data" / "raw"
        raw.mkdir(parents=True)
        shutil.copy(root / "data" / "raw" / "datapackage.json", raw)
        path = Path(shutil.copy(root / "data" / "raw" / catalogue.table(name).path.name, raw))
        monkeypatch.setenv("NHSI_DATA", str(tmp_path / "data"))
        return path

    return make


def rows_of(path: Path) -> Rows:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def write_rows(path: Path, rows: Rows) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")


@pytest.mark.parametrize("name", ["pathology_networks", "pathology_figures", "cqc_figures"])
def test_a_row_that_differs_by_spaces_is_a_repeat(
    name: str, copy_of: Callable[[str], Path]
) -> None:
    path = copy_of(name)
    rows = rows_of(path)
    key = MODELS[name].to_schema().unique
    at = next(rows[0].index(c) for c in key if not rows[1][rows[0].index(c)].isdecimal())
    again = list(rows[1])
    again[at] += " "
    write_rows(path, [*rows, again])
    error = broken(name)
    assert "repeats row 2" in str(error)
    assert error.row == len(rows) + 1


def broken(name: str) -> DataError:
    with pytest.raises(DataError) as caught:
        datasets.load(name)
    assert caught.value.file == f"data/raw/{catalogue.table(name).descriptor['path']}"
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("name", CSV_NAMES)
def test_a_missing_renamed_or_added_column_is_named(
    name: str, copy_of: Callable[[str], Path]
) -> None:
    path = copy_of(name)
    rows = rows_of(path)
    at = len(rows[0]) // 2
    write_rows(path, [r[:at] + r[at + 1 :] for r in rows])
    error = broken(name)
    assert (error.column, error.row) == (rows[0][at], 1)
    assert "missing" in error.rule

    write_rows(path, [["another" if c == rows[0][at] else c for c in rows[0]], *rows[1:]])
    error = broken(name)
    assert error.column == rows[0][at]
    assert "'another'" in error.rule

    write_rows(path, [[*rows[0], "another"], *([*r, "1"] for r in rows[1:])])
    error = broken(name)
    assert (error.column, error.rule) == ("another", "column is not part of the table")

    write_rows(path, [[*rows[0], rows[0][0]], *([*r, r[0]] for r in rows[1:])])
    assert broken(name).rule == "column appears twice"


@pytest.mark.parametrize("name", CSV_NAMES)
def test_columns_may_stand_in_any_order(name: str, copy_of: Callable[[str], Path]) -> None:
    path = copy_of(name)
    before = datasets.load(name)
    write_rows(path, [r[::-1] for r in rows_of(path)])
    pd.testing.assert_frame_equal(datasets.load(name), before)


@pytest.mark.parametrize("name", NAMES)
def test_a_truncated_or_empty_file_is_refused(name: str, copy_of: Callable[[str], Path]) -> None:
    path = copy_of(name)
    whole = path.read_bytes()
    for share in (0.97, 0.5, 0.02):
        path.write_bytes(whole[: int(len(whole) * share)])
        assert broken(name).row is not None
    path.write_bytes(whole[:-3])
    assert broken(name).row is not None
    path.write_bytes(whole[: whole.rstrip(b"\n").rfind(b"\n") + 1])
    broken(name)
    path.write_bytes(b"")
    assert broken(name).rule == "is empty"


@pytest.mark.parametrize("name", CSV_NAMES)
def test_another_encoding_is_located(name: str, copy_of: Callable[[str], Path]) -> None:
    path = copy_of(name)
    lines = path.read_bytes().split(b"\n")
    lines[4] = lines[4] + "é".encode("latin-1")
    path.write_bytes(b"\n".join(lines))
    error = broken(name)
    assert (error.row, error.rule) == (5, "must be encoded in UTF-8")


def test_a_table_saved_as_utf_16_is_refused(copy_of: Callable[[str], Path]) -> None:
    path = copy_of("trusts")
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-16")
    assert broken("trusts").rule == "must be encoded in UTF-8"


@pytest.mark.parametrize("name", CSV_NAMES)
def test_text_in_a_number_or_date_is_located(name: str, copy_of: Callable[[str], Path]) -> None:
    path = copy_of(name)
    rows = rows_of(path)
    columns = MODELS[name].to_schema().columns
    typed = [c for c in rows[0] if not str(columns[c].dtype).startswith("str")]
    for column in typed:
        at = rows[0].index(column)
        changed = [list(r) for r in rows]
        changed[3][at] = "n/a"
        write_rows(path, changed)
        error = broken(name)
        assert (error.row, error.column, error.value) == (4, column, "n/a")
    for column in (c for c in rows[0] if not columns[c].nullable):
        changed = [list(r) for r in rows]
        changed[5][rows[0].index(column)] = ""
        write_rows(path, changed)
        error = broken(name)
        assert (error.row, error.column, error.rule) == (6, column, "must not be empty")


IMPOSSIBLE = {
    "trusts": [
        ("region", "Midlands", "must be one of North, Midlands and East, London, South"),
        ("org_code", "r1a", "must have the form"),
        ("close_date", "1970-01-01", "must not be before open_date"),
    ],
    "trust_successions": [("share", "all", "must be one of whole, part")],
    "hospital_sites": [
        ("latitude", "60.1", "must be 55.9 or less"),
        ("longitude", "51.5", "must be 1.9 or less"),
    ],
    "staff_survey_items": [
        ("agree_pct", "104", "must be 100 or less"),
        ("strongly_agree_pct", "99", "must bring the answers to 100"),
        ("respondents", "0", "must be 1 or more"),
    ],
    "staff_survey_2021_2024": [
        ("agree_pct", "-0.1", "must be 0 or more"),
        ("question", "3f", "must have the form"),
    ],
    "cqc_trust_ratings": [
        ("rating", "Satisfactory", "must be one of Inadequate"),
        ("publication_date", "2019-07-01", "must not be after the snapshot"),
        ("snapshot", "1999-01-01", "must be 2013-10-01 or later"),
    ],
    "ae_monthly": [
        ("breaches", "999999", "must not be more than attendances"),
        ("month", "2016-04-02", "must be the first day of a month"),
        ("department_type", "3", "must be one of 1, 2, other"),
    ],
    "ae_trust_monthly": [
        ("breaches", "9999999", "must not be more than attendances"),
        ("month", "2021-04-02", "must be the first day of a month"),
    ],
    "rtt_monthly": [("within_18_weeks", "9999999", "must not be more than incomplete")],
    "oversight_framework": [
        ("average_score", "0.9", "must be 1 or more"),
        ("segment", "6", "must be 5 or less"),
        ("quarter", "Q3 2025/26", "must have the form"),
        ("trust_type", "Hospital", "must be one of Acute"),
    ],
    "staff_survey_promise": [("voice", "10.1", "must be 10 or less")],
    "trust_finance": [
        ("operating_cost_gbp_000", "12", "must be 0 or less"),
        ("financial_year", "2016/18", "must name two consecutive years"),
    ],
    "trust_temporary_staffing": [
        ("agency_plus_external_bank_gbp", "9000000000", "must not be more than staff_costs_gbp"),
        ("wte_nursing", "999999", "must not be more than wte_total"),
        ("region", "South", "must be one of East of England"),
    ],
    "gdp_deflator_quarterly": [
        ("gdp_deflator_2022_100", "0", "must be 0.1 or more"),
        ("quarter_start", "2008-02-01", "must be the first day of Jan"),
    ],
    "agency_annual": [("period_end", "1999-12-31", "must not be before period_start")],
    "agency_quarterly": [("period_end", "1999-12-31", "must not be before period_start")],
    "agency_monthly": [("source_url", "a page", "must have the form")],
    "agency_national_more": [("source_url", "a page", "must have the form")],
    "agency_controls": [("date_precision", "week", "must be one of day, month, year")],
    "pathology_networks": [("n_trusts", "0", "must be 1 or more")],
    "pathology_figures": [("source_url", "a page", "must have the form")],
    "pathology_memberships": [("source_url", "a page", "must have the form")],
    "pathology_programme_facts": [("source_url", "a page", "must have the form")],
    "cqc_figures": [("source_url", "a page", "must have the form")],
    "league_figures": [("rank", "231", "must be 230 or less")],
    "nhsi_context": [("period_end", "1999-12-31", "must not be before period_start")],
    "sof_special_measures_facts": [("source_url", "a page", "must have the form")],
    "staff_survey_safety_national_facts": [("survey_year", "1999", "must be 2003 or more")],
    "nof_2025_26_partial": [
        ("adjusted_segment", "6", "must be 5 or less"),
        ("average_metric_score", "4.01", "must be 4 or less"),
    ],
    "nof_q2_2025_26_change_facts": [("source_url", "a page", "must have the form")],
    "claims": [("claim_id", "17", "must have the form"), ("kind", "guess", "must be one of")],
}


@pytest.mark.parametrize("name", CSV_NAMES)
def test_an_impossible_value_is_located(name: str, copy_of: Callable[[str], Path]) -> None:
    path = copy_of(name)
    rows = rows_of(path)
    for column, value, rule in IMPOSSIBLE[name]:
        changed = [list(r) for r in rows]
        changed[7][rows[0].index(column)] = value
        write_rows(path, changed)
        error = broken(name)
        assert (error.row, error.column) == (8, column)
        assert error.rule.startswith(rule)
        assert str(error.value) == value or float(str(error.value)) == float(value)


@pytest.mark.parametrize("name", CSV_NAMES)
def test_a_repeated_row_is_named_with_the_one_it_repeats(
    name: str, copy_of: Callable[[str], Path]
) -> None:
    path = copy_of(name)
    rows = rows_of(path)
    for at in (1, 8, len(rows) - 1):
        write_rows(path, [*rows, rows[at]])
        error = broken(name)
        assert error.row == len(rows) + 1
        assert error.rule.startswith(f"repeats row {at + 1}: ")
    write_rows(path, [*rows, *rows[1:]])
    assert f"; {len(rows) - 1:,} rows break this rule" in broken(name).rule


@pytest.mark.parametrize("name", NAMES)
def test_a_table_has_a_key_that_holds_or_says_how_many_rows_repeat(name: str) -> None:
    found = catalogue.table(name).descriptor
    table = datasets.load(name, source="shipped")
    if found["format"] == "csv":
        key = found["schema"].get("primaryKey")
        assert key
        assert key == MODELS[name].to_schema().unique
        assert not table.duplicated(key).any()
        assert found["rows"] == len(table)
    else:
        # Only separated text is a table to Frictionless: of another file it could check neither.
        assert not {"rows", "schema"} & set(found)
        assert MODELS[name].to_schema().unique is None
        assert found["table"]["repeats"] == table.duplicated().sum()
        assert found["table"]["rows"] == len(table)


@pytest.mark.parametrize("name", ["england_outline", "england_regions4_approx"])
def test_a_doubled_outline_is_refused(name: str, copy_of: Callable[[str], Path]) -> None:
    path = copy_of(name)
    outline = json.loads(path.read_text())
    outline["features"] *= 2
    path.write_text(json.dumps(outline))
    error = broken(name)
    assert "rows that repeat another one, as datapackage.json records" in error.rule
    assert error.row is not None


def test_every_table_has_its_impossible_values() -> None:
    assert set(IMPOSSIBLE) == set(CSV_NAMES)


def test_the_whole_trust_has_one_rating_a_key_question(copy_of: Callable[[str], Path]) -> None:
    path = copy_of("cqc_trust_ratings")
    rows = rows_of(path)
    overall = next(r for r in rows if r[2] == "Overall")
    write_rows(path, [*rows, [*overall[:5], "2015-01-01"]])
    error = broken("cqc_trust_ratings")
    assert (error.row, error.column) == (len(rows) + 1, "rating")
    assert "only one of the whole trust" in error.rule


def test_the_known_repeats_of_services_are_kept() -> None:
    ratings = datasets.load("cqc_trust_ratings", source="shipped")
    key = ["snapshot", "org_code", "service", "key_question"]
    assert ratings.duplicated(key).sum() == 24
    assert set(ratings.loc[ratings.duplicated(key), "org_code"]) == {"RXE"}


def test_a_row_with_too_few_cells_is_located(copy_of: Callable[[str], Path]) -> None:
    path = copy_of("trusts")
    rows = rows_of(path)
    rows[6] = rows[6][:-1]
    write_rows(path, rows)
    assert broken("trusts").row == 7


def test_rows_are_counted_in_lines_of_the_file(copy_of: Callable[[str], Path]) -> None:
    path = copy_of("claims")
    rows = rows_of(path)
    rows[2][3] = "a measure\nof two lines"
    rows[8][4] = "many"
    write_rows(path, rows)
    assert broken("claims").row == 10


@pytest.mark.parametrize("name", ["england_outline", "england_regions4_approx"])
def test_a_broken_outline_is_located(name: str, copy_of: Callable[[str], Path]) -> None:
    path = copy_of(name)
    good = json.loads(path.read_text())
    bad = json.loads(path.read_text())
    bad["features"][0]["geometry"]["coordinates"][0][0][4] = [200.0, 51.0]
    path.write_text(json.dumps(bad))
    error = broken(name)
    assert (error.row, error.column, error.rule) == (5, "longitude", "must be 1.9 or less")
    del good["features"][0]["properties"]["name"]
    path.write_text(json.dumps(good))
    assert broken(name).row == "feature 1"


@pytest.mark.parametrize("name", NAMES)
def test_descriptor_and_model_say_the_same(name: str) -> None:
    schema = MODELS[name].to_schema()
    found = catalogue.table(name).descriptor
    required = {n: c for n, c in schema.columns.items() if c.required}
    fields = {f["name"]: f for f in found.get("table", found.get("schema"))["fields"]}
    assert set(fields) == set(required)
    words = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
    for column_name, column in required.items():
        field = fields[column_name]
        dtype = str(column.dtype)
        kinds = [w for k, w in words.items() if dtype.startswith(k)] or ["date"]
        assert field["type"] == kinds[0]
        assert field["description"] == column.description
        assert field.get("unit") == (column.metadata or {}).get("unit")
        limits = field["constraints"]
        assert limits["required"] is not column.nullable
        kept = {"minimum", "maximum", "enum", "pattern", "minLength"} & set(limits)
        assert len(kept) == len(column.checks)
        said = {", ".join(v) if isinstance(v, list) else str(v) for v in limits.values()}
        for check in column.checks:
            rule = reader.in_words(check)
            assert rule == "must not be empty" or any(limit in rule for limit in said)


def test_descriptor_records_every_file_and_nothing_else(root: Path) -> None:
    on_disk = {p.name for p in (root / "data" / "raw").iterdir()}
    recorded = {catalogue.table(n).path.name for n in NAMES}
    assert on_disk == recorded | {"datapackage.json", "README.md"}
    assert set(MODELS) == set(NAMES)
    for name in NAMES:
        found = catalogue.table(name).descriptor
        assert found["bytes"] == (root / "data" / "raw" / found["path"]).stat().st_size
        assert found["licenses"]


@settings(max_examples=40, deadline=None)
@given(
    at=st.integers(0, 68),
    value=st.one_of(
        st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x00"), min_size=1),
        st.sampled_from(["nan", "inf", "-inf", "1e999", "1,000", "£73", "73.3.1", "0x10", " 7"]),
    ).filter(lambda text: not re.fullmatch("[0-9.]+", text)),
)
def test_any_cell_that_is_no_number_is_found_where_it_is(at: int, value: str) -> None:
    with pytest.raises(DataError) as caught:
        read_deflator_with(at, value)
    assert (caught.value.row, caught.value.column) == (at + 2, "gdp_deflator_2022_100")


@settings(max_examples=40, deadline=None)
@given(at=st.integers(0, 68), value=st.floats(0.1, 1000))
def test_any_possible_number_is_read_as_it_stands(at: int, value: float) -> None:
    table = read_deflator_with(at, repr(value))
    assert table["gdp_deflator_2022_100"].iloc[at] == value


def read_deflator_with(at: int, value: str) -> pd.DataFrame:
    table = catalogue.table("gdp_deflator_quarterly")
    rows = rows_of(table.path)
    rows[at + 1][1] = value
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return reader.read_raw(table, text.getvalue().encode())
