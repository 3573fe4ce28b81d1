"""Layouts of current releases: made-up files with other numbers give their own right answers."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import (
    AE_BOOKED,
    BY_PROVIDER,
    DEPARTMENTS,
    OVERSIGHT,
    RTT,
    Rows,
    ae_booked,
    by_provider,
    overseen,
    waiting,
)

from bench.workbooks import Cell, write_ods, write_xlsx
from nhsi_analysis import datasets, ingest
from nhsi_analysis.datasets.periods import period
from nhsi_analysis.errors import DataError, ReportError
from nhsi_analysis.ingest import benchmark

CODES = ["R1A", "RAL", "RJ1", "RL4", "G6V2S"]
FEW = settings(max_examples=25, deadline=None, derandomize=True)


def write_csv(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def read_text(name: str, rows: Sequence[Sequence[object]]) -> ingest.Reading:
    with tempfile.TemporaryDirectory() as folder:
        return ingest.read(write_csv(Path(folder) / name, rows))


# A&E ----------------------------------------------------------------------------------------

COUNTS = st.tuples(
    *[st.integers(0, 9_000)] * 6, *[st.integers(0, 9_000)] * 6, *[st.integers(0, 900)] * 3
)


@FEW
@given(units=st.dictionaries(st.sampled_from(CODES), COUNTS, min_size=1))
def test_booked_appointments_are_part_of_each_department(units: dict[str, tuple[int, ...]]) -> None:
    sound = {
        code: (*counts[:6], *map(min, counts[6:12], counts[:6]), *counts[12:])
        for code, counts in units.items()
    }
    want, skipped = [], 0
    for code, counts in sound.items():
        for k, kind in enumerate(DEPARTMENTS):
            attended, over = counts[k] + counts[3 + k], counts[6 + k] + counts[9 + k]
            if attended:
                want.append((code, kind, attended, over, counts[12 + k]))
            skipped += attended == 0 and counts[12 + k] > 0
    rows = [AE_BOOKED, *(ae_booked(code, counts) for code, counts in sound.items())]
    if not want:
        with pytest.raises(DataError, match="no row could be read"):
            read_text("April-2026.csv", rows)
        return
    reading = read_text("April-2026.csv", rows)
    columns = ["org_code", "department_type", "attendances", "breaches", "admissions"]
    assert sorted(reading.frame[columns].itertuples(index=False, name=None)) == sorted(want)
    reason = "departments have emergency admissions but no attendances"
    assert reading.excluded.counts.get(reason, 0) == reading.excluded.total == skipped
    booked = sum(sum(c[3:6]) for c in sound.values())
    assert f"booked appointments added: {booked:,} attendances" in " ".join(reading.recognised)


def test_a_blank_booked_count_is_none_and_a_wrong_one_leaves_the_department_out() -> None:
    counts: list[Cell] = [9, 0, 4, "", "", "", 1, 0, 0, "", "", "", 0, 0, 0]
    other = [*counts[:3], "x", *counts[4:]]
    rows: Rows = [
        [*["MSitAE-APRIL-2026", code, "", code], *c, 0]
        for code, c in (("R1A", counts), ("RAL", other))
    ]
    reading = read_text("April-2026.csv", [AE_BOOKED, *rows])
    assert reading.frame["attendances"].tolist() == [9, 4, 4]
    assert reading.excluded.counts == {"departments have a count that is no number": 1}


def test_headings_with_underscores_are_read_alike() -> None:
    rows = [AE_BOOKED, ae_booked("R1A", (9, 0, 4, 1, 0, 0, 2, 0, 0, 1, 0, 0, 5, 0, 0))]
    plain = read_text("April-2026.csv", rows).frame
    again = read_text("April-2026.csv", [[c.replace(" ", "_") for c in AE_BOOKED], rows[1]]).frame
    pd.testing.assert_frame_equal(plain, again)


TRIPLE = st.tuples(*[st.integers(0, 9_000)] * 3)
PREAMBLE: Rows = [
    [],
    ["Title:", "A&E Attendances and Emergency Admissions"],
    ["Period:", "March 2026"],
    [],
    ["", "", "", "A&E attendances", "", "", "", "A&E attendances less than 4 hours"],
]


@FEW
@given(
    units=st.dictionaries(st.sampled_from(CODES), st.tuples(TRIPLE, TRIPLE, TRIPLE), min_size=1),
    form=st.sampled_from(["csv", "xlsx", "ods"]),
)
def test_the_table_by_provider_is_read_in_every_form(
    units: dict[str, tuple[tuple[int, ...], ...]], form: str
) -> None:
    sound = {
        code: (attended, tuple(map(min, over, attended)), admitted)
        for code, (attended, over, admitted) in units.items()
    }
    want = sorted(
        (code, kind, a, o, m)
        for code, measures in sound.items()
        for kind, a, o, m in zip(DEPARTMENTS, *measures, strict=True)
        if a
    )
    rows: Rows = [
        *PREAMBLE,
        list[Cell](BY_PROVIDER),
        ["-", "-", "England", *[9] * 17],
        [],
        *(by_provider(code, *measures) for code, measures in sound.items()),
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"AE-by-provider.{form}"
        writer = {"xlsx": write_xlsx, "ods": write_ods}.get(form)
        if writer is None:
            write_csv(path, rows)
        else:
            writer(path, {"Notes": [["About"]], "Provider Level Data": rows})
        if not want:
            with pytest.raises(DataError, match="no row could be read"):
                ingest.read(path)
            return
        reading = ingest.read(path)
    assert (reading.kind, reading.table, reading.date) == (
        "ae-by-provider",
        "ae_monthly",
        "2026-03-01",
    )
    columns = ["org_code", "department_type", "attendances", "breaches", "admissions"]
    assert sorted(reading.frame[columns].itertuples(index=False, name=None)) == want
    assert reading.excluded.counts["rows are totals"] == 1


def test_the_sheet_of_providers_is_read_not_that_of_systems(tmp_path: Path) -> None:
    system = by_provider("QE1", (90, 0, 0), (10, 0, 0), (1, 0, 0))
    trust = by_provider("R1A", (9, 0, 0), (1, 0, 0), (1, 0, 0))
    sheets = {
        "System Level Data": [BY_PROVIDER, system],
        "Provider Level Data": [BY_PROVIDER, trust],
    }
    reading = ingest.read(write_xlsx(tmp_path / "March-2026.xlsx", sheets))
    assert reading.frame[["org_code", "attendances"]].values.tolist() == [["R1A", 9]]


def test_the_table_by_provider_of_another_month_or_of_several_is_refused(tmp_path: Path) -> None:
    row = by_provider("R1A", (9, 0, 0), (1, 0, 0), (1, 0, 0))
    path = write_csv(tmp_path / "provider.csv", [*PREAMBLE, BY_PROVIDER, row])
    with pytest.raises(DataError, match="is of another month than 2026-04-30"):
        ingest.read(path, date="2026-04-30")
    write_csv(path, [["Period:", "Quarter 1 2025-26 (April to June)"], BY_PROVIDER, row])
    with pytest.raises(DataError, match="is of more than a month"):
        ingest.read(path)
    named = write_csv(tmp_path / "whole-year.csv", [BY_PROVIDER, row])
    with pytest.raises(DataError, match=r"more than a month\. Give the files"):
        ingest.read(named)
    write_csv(path, [[c for c in BY_PROVIDER if "> 4" not in c], [*row[:14], *row[15:]]])
    with pytest.raises(DataError, match="has no department of type 1 before the column"):
        ingest.read(path, date="2026-03-01")
    write_csv(path, [BY_PROVIDER, row])
    with pytest.raises(DataError, match="has no date in its name"):
        ingest.read(path)


# Waiting lists ------------------------------------------------------------------------------

WEEKS = st.dictionaries(st.sampled_from([0, 5, 17, 18, 19, 104]), st.integers(1, 500), min_size=1)


@FEW
@given(
    lists=st.dictionaries(
        st.tuples(st.sampled_from(CODES), st.sampled_from(["QOP", "QHM"])), WEEKS, min_size=1
    ),
    whole=st.booleans(),
)
def test_waiting_lists_are_summed_over_commissioners_once(
    lists: dict[tuple[str, str], dict[int, int]], whole: bool
) -> None:
    rows: Rows = [["Referral to treatment"], [], list[Cell](RTT)]
    want: dict[str, list[int]] = {}
    for (code, commissioner), weeks in lists.items():
        rows += [waiting(code, weeks, function=f, commissioner=commissioner) for f in ("C_110",)]
        rows += [waiting(code, weeks, commissioner=commissioner)] if whole else []
        sums = want.setdefault(code, [0, 0])
        sums[0] += sum(weeks.values())
        sums[1] += sum(n for week, n in weeks.items() if week < 18)
    rows += [waiting("R1A", {3: 7}, part="Part_1A"), waiting("NT333", {3: 7})]
    reading = read_text("20250731-RTT-July-2025-full-extract.csv", rows)
    found = reading.frame.set_index("org_code")[["incomplete", "within_18_weeks"]]
    assert found.T.to_dict("list") == want
    assert set(reading.frame["month"]) == {pd.Timestamp("2025-07-01")}
    counts = reading.excluded.counts
    assert counts["rows are of other parts than incomplete pathways"] == 1
    assert counts["rows are not of an NHS trust"] == 1
    assert counts.get("lists by function are in the total beside them", 0) == whole * len(want)
    assert "1 providers are no NHS trusts" in " ".join(reading.recognised)


def test_a_list_with_a_row_that_cannot_be_read_is_left_out() -> None:
    suppressed = waiting("R1A", {3: 50}, commissioner="QHM")
    suppressed[RTT.index("Gt 03 To 04 Weeks SUM 1")] = "*"
    rows = [RTT, waiting("R1A", {3: 7}), suppressed, waiting("RAL", {3: 9, 30: 1})]
    reading = read_text("RTT-July-2025.csv", rows)
    assert reading.frame[["org_code", "incomplete"]].values.tolist() == [["RAL", 10]]
    assert reading.excluded.examples == {
        "rows have counts that can't be": ["R1A (row 3)"],
        "lists lack rows that can't be read": ["R1A July 2025"],
    }


def test_the_workbook_by_provider_gives_the_same_lists(tmp_path: Path) -> None:
    head = ["Region Code", "Provider Code", "Provider Name", "Treatment Function Code"]
    head += [">0-1", "52 plus", "Total number of incomplete pathways", "Total within 18 weeks"]
    rows: Rows = [
        [],
        ["", "Period:", "July 2025"],
        ["Provider Level Data"],
        list[Cell](head),
        ["Y60", "R1A", "Trust R1A", "C_110", 1, 2, 70, 50],
        ["Y60", "R1A", "Trust R1A", "C_999", 1, 2, 100, 60],
        ["Y60", "NT333", "A Clinic", "C_999", 1, 2, 100, 60],
        ["Y60", "RAL", "Trust RAL", "C_999", 1, 2, 10, 11],
        ["Notes: some trusts did not report"],
    ]
    sheets = {"National": [["About"]], "Provider": rows, "IS Provider": rows}
    path = write_xlsx(tmp_path / "Incomplete-Provider-Jul25.xlsx", sheets)
    done = ingest.ingest(path)
    assert done.reading.frame.iloc[:, :].to_dict("records") == [
        {
            "month": pd.Timestamp("2025-07-01"),
            "org_code": "R1A",
            "org_name": "Trust R1A",
            "incomplete": 100,
            "within_18_weeks": 60,
        }
    ]
    assert done.reading.excluded.counts == {
        "rows are not of an NHS trust": 1,
        "rows have counts that can't be": 1,
        "lists by function are in the total beside them": 1,
    }
    rows[1] = ["", "Period:", "Summer"]
    with pytest.raises(DataError, match="has a period that is no month"):
        ingest.read(write_xlsx(path, sheets))


def test_a_month_read_later_makes_the_table_newer(tmp_path: Path) -> None:
    rows = [RTT, waiting("R1A", {3: 7, 30: 3}, period="RTT-August-2025")]
    ingest.ingest(write_csv(tmp_path / "rtt.csv", rows))
    found = datasets.overview().set_index("table").loc["rtt_monthly"]
    assert found["title"].endswith("by NHS trust, August 2024 to August 2025")
    assert found["date"] == "2025-10-14"
    assert datasets.describe("rtt_monthly").title == found["title"]


# Oversight Framework ------------------------------------------------------------------------


@FEW
@given(
    scores=st.dictionaries(st.sampled_from(CODES), st.integers(100, 400), min_size=1),
    low=st.integers(1, 60),
    form=st.sampled_from(["csv", "xlsx"]),
)
def test_a_league_table_with_its_likely_ranges_is_read(
    scores: dict[str, int], low: int, form: str
) -> None:
    rows = [
        overseen(c, s / 100, k, likely=("1.50 - 2.75", f"{low} \N{EN DASH} {low + 9}"))
        for k, (c, s) in enumerate(scores.items(), start=1)
    ]
    table: Rows = [list[Cell](OVERSIGHT), *rows]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"league.{form}"
        if form == "csv":
            write_csv(path, table)
        else:
            write_xlsx(path, {"League": table})
        reading = ingest.read(path)
    frame = reading.frame.set_index("org_code")
    assert frame["average_score"].mul(100).round().to_dict() == scores
    assert frame["rank"].tolist() == list(range(1, len(scores) + 1))
    ends = frame[["score_low", "score_high", "rank_low", "rank_high"]].drop_duplicates()
    assert ends.to_numpy().tolist() == [[1.5, 2.75, low, low + 9]]
    assert set(frame["quarter"]) == {"2025/26 Q4"}
    assert set(frame["region"]) == {"London"}
    assert set(frame["trust_type"]) == {"Acute"}
    assert reading.date == "2026-03-31"


def test_quarters_form_a_history_and_what_is_held_stays(tmp_path: Path) -> None:
    shipped = datasets.load("oversight_framework", source="shipped").set_index("org_code")
    rows = [OVERSIGHT, overseen("R0A", 2.5, 7, quarter="Q3 2025/26", deficit="Yes")]
    ingest.ingest(write_csv(tmp_path / "q3.csv", rows))
    table = datasets.load("oversight_framework").set_index("org_code")
    assert (table["trust_type"] == "Acute").sum() == 1
    assert (table["trust_type"] != "Acute").sum() == (shipped["trust_type"] != "Acute").sum()
    assert table.loc["R0A", "average_score"] == 2.5
    assert table.loc["R0A", "access_score"] == shipped.loc["R0A", "access_score"]
    assert table.loc["R0A", "in_deficit"] is True or bool(table.loc["R0A", "in_deficit"])
    later = [OVERSIGHT, overseen("R0A", 2.25, 3, quarter="2026-27 Q1", kind="Acute")]
    done = ingest.ingest(write_csv(tmp_path / "q1.csv", later))
    table = datasets.load("oversight_framework")
    assert sorted(table["quarter"].unique()) == ["2025/26 Q3", "2026/27 Q1"]
    title = table.attrs["provenance"]["title"]
    assert "quarter 3 of 2025/26 and quarter 1 of 2026/27" in title
    assert title.endswith("with data read from q3.csv and q1.csv")
    assert done.path.name.startswith("oversight_framework.2026-06-30.")


def test_metrics_join_the_league_table_of_their_quarter(tmp_path: Path) -> None:
    head = ["Quarter", "Trust_code", "Trust_name", "Metric_ID", "Units", "Value"]
    rows = [
        ["Q3 2025/26", "R0A", "a", "OF4000", "score", "1.25"],
        ["Q3 2025/26", "R0A", "a", "OF0048", "count", "120"],
        ["Q3 2025/26", "R0A", "a", "OF0048", "rate", "0.9"],
        ["Q3 2025/26", "R0A", "a", "OF1001", "score", "2"],
        ["Q3 2025/26", "RL4", "a", "OF4002", "score", "*"],
        ["Q2 2025/26", "R0A", "a", "OF4002", "score", "3"],
    ]
    done = ingest.ingest(write_csv(tmp_path / "trust-data.csv", [head, *rows]))
    shipped = datasets.load("oversight_framework", source="shipped").set_index("org_code")
    table = datasets.load("oversight_framework").set_index("org_code")
    assert table.loc["R0A", ["access_score", "ecoli_ratio"]].tolist() == [1.25, 0.9]
    same = shipped.columns.difference(["access_score", "ecoli_ratio"])
    pd.testing.assert_frame_equal(table.loc[shipped.index, same], shipped[same])
    assert done.reading.excluded.counts == {
        "rows are of metrics the table does not have": 2,
        "values are suppressed or blank": 1,
        "rows are of trusts and quarters without a league table held": 1,
    }
    path = write_csv(tmp_path / "trust-data.csv", [head, rows[-1]])
    with pytest.raises(DataError, match="Read the league table of the quarter first"):
        ingest.read(path)


def test_trusts_of_a_league_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    rows = [
        OVERSIGHT,
        overseen("R1A", 2.5, 1, kind="Non-acute hospital trust"),
        overseen("RAL", 2.5, 1, kind="Ambulance trust", likely=("n/a", "-")),
        overseen("RJ1", 7.5, 2),
        overseen("RL4", 2.5, 3, kind="Hospice"),
        overseen("RTH", 2.5, 3, quarter="soon"),
        overseen("R1A", 2.5, 1),
        overseen("", 2.5, 1),
    ]
    reading = ingest.read(write_csv(tmp_path / "league.csv", rows))
    assert reading.frame["trust_type"].tolist() == ["Mental health and community", "Ambulance"]
    assert reading.frame["rank_low"].isna().tolist() == [False, True]
    assert reading.excluded.counts == {
        "trusts have no score, segment or rank": 1,
        "trusts have an unknown type or region": 1,
        "rows have no quarter such as 'Q3 2025/26'": 1,
        "trusts appear twice": 1,
        "rows have no organisation code": 1,
    }


@pytest.mark.parametrize(
    "dash", ["-", " - ", "\N{EN DASH}", " \N{EM DASH} ", "\N{MINUS SIGN}", " to "]
)
def test_ranges_are_read_however_their_ends_are_parted(tmp_path: Path, dash: str) -> None:
    row = overseen("R1A", 2.5, 12, likely=(f"2.01{dash}2.9", f"8{dash}19"))
    row[OVERSIGHT.index("Rank")] = "=12"
    found = ingest.read(write_csv(tmp_path / "league.csv", [OVERSIGHT, row])).frame.iloc[0]
    ends = ["rank", "rank_low", "rank_high", "score_low", "score_high"]
    assert found[ends].tolist() == [12, 8, 19, 2.01, 2.9]


def test_ranges_that_cannot_be_read_are_counted_and_the_trust_is_kept(tmp_path: Path) -> None:
    rows = [
        OVERSIGHT,
        overseen("R1A", 2.5, 12, likely=("2.9 - 2.1", "8 - 19")),
        overseen("RAL", 2.5, 13, likely=("", "up to 19")),
    ]
    reading = ingest.read(write_csv(tmp_path / "league.csv", rows))
    assert reading.frame["rank"].tolist() == [12, 13]
    assert reading.excluded.counts == {"likely ranges are not two numbers, the lower first": 2}
    assert "RAL (row 3) 'up to 19'" in reading.excluded.lines()[0]


def test_what_is_off_its_scale_is_counted_where_it_stands(tmp_path: Path) -> None:
    rows = [
        [*OVERSIGHT, "Access to services score", "Access to services segment"],
        [*overseen("R1A", 2.5, 1, deficit="Y"), 2.25, 5],
        [*overseen("RAL", 2.5, 2, deficit="planned"), 9.2, "*"],
        [*overseen("RJ1", 2.5, 3), 2.25, 4],
    ]
    rows[3][OVERSIGHT.index("Segment")] = "2.5"
    reading = ingest.read(write_csv(tmp_path / "league.csv", rows))
    found = reading.frame[["org_name", "access_score", "access_segment", "in_deficit"]]
    assert found.astype(object).where(found.notna(), None).values.tolist() == [
        ["Trust R1A", 2.25, 5, True],
        ["Trust RAL", None, None, None],
    ]
    assert reading.excluded.examples == {
        "scores of domains are not from 1 to 4, or segments from 1 to 5": [
            "RAL (row 3) access score"
        ],
        "deficits are neither yes nor no": ["RAL (row 3) 'planned'"],
        "trusts have no score, segment or rank": ["RJ1 (row 4)"],
    }
    head = ["Reporting_date", "Trust_code", "Metric_ID", "Value"]
    metrics = [head, ["Q3 2025/26", "RL4", "OF4000", 22], ["Q3 2025/26", "RL4", "OF0020", -1]]
    path = write_csv(tmp_path / "metrics.csv", metrics)
    with pytest.raises(DataError, match=r"must be at least 0|found -1\.0") as caught:
        ingest.ingest(path)
    assert "np." not in str(caught.value)


# Staff survey -------------------------------------------------------------------------------


def benchmark_file(
    folder: Path, shares: dict[str, list[Cell]], *, bases: bool = False, name: str = "NSS.xlsx"
) -> Path:
    """Write a benchmark workbook: q3f of two years and q6a of one, and People Promise scores."""
    head: list[Cell] = ["org_id", "org_name", "org_type_reporting_name"]
    head += ["q3f_2024", "q3f_2025", "q6a_2025", "q25e_2025"]
    head += [
        f"{item.upper()}_2025" if "pp" in item else f"{item}_2025" for item in benchmark.SCORES
    ]
    head += ["q3f_n_2025"] if bases else []
    rows: Rows = [
        [code, f"Trust {code}", "Acute & Acute Community Trusts", *cells]
        for code, cells in shares.items()
    ]
    sheets = {"Notes": [["About"]], "Acute&Acute Community Trusts": [head, *rows]}
    return write_xlsx(folder / name, sheets)


PROMISE: list[Cell] = [7.25, 5.5, 6.5, 6.25, 6, 5.25, 5, 8, 5.5, 6, 6.75, 6.5, 5.75]


@FEW
@given(
    shares=st.dictionaries(
        st.sampled_from(CODES), st.tuples(*[st.integers(1, 99)] * 4), min_size=1
    ),
    percent=st.booleans(),
)
def test_shares_of_the_benchmark_workbook_are_percentages(
    shares: dict[str, tuple[int, ...]], percent: bool
) -> None:
    scale = 1 if percent else 100
    cells = {c: [*(v / scale for v in values), *PROMISE] for c, values in shares.items()}
    with tempfile.TemporaryDirectory() as folder:
        path = benchmark_file(Path(folder), cells)
        if percent and all(v == 1 for values in shares.values() for v in values):
            return
        reading = ingest.read(path)
    found = reading.frame.set_index(["org_code", "survey_year", "question"])
    for code, (before, now, made, _) in shares.items():
        assert found.loc[(code, 2024, "q3f"), "agree_pct"] == pytest.approx(before)
        assert found.loc[(code, 2025, "q3f"), "agree_pct"] == pytest.approx(now)
        assert found.loc[(code, 2025, "q6a"), "agree_pct"] == pytest.approx(made)
    assert len(found) == 3 * len(shares)
    assert found.loc[found.index.get_level_values(1) == 2025, "respondents"].isna().all()
    assert set(found["benchmarking_group"]) == {"Acute and Acute & Community Trusts"}
    reason = "columns are of items the table does not have"
    assert reading.excluded.counts == {reason: 1 + len(benchmark.SCORES)}


def test_a_base_is_read_or_that_of_the_same_result_kept(tmp_path: Path) -> None:
    held = datasets.load("staff_survey_2021_2024").set_index(
        ["org_code", "survey_year", "question"]
    )
    same = held.loc[("RL4", 2024, "q3f")]
    cells: dict[str, list[Cell]] = {
        "RL4": [round(same["agree_pct"], 1), 55.5, 80, 1, *PROMISE, 321],
        "RTH": [3, 44.4, 81, 1, *PROMISE, "<11"],
        "QOP": [3, 44.4, 81, 1, *PROMISE, 400],
        "RAL": ["*", 50, 70, 1, *PROMISE, 20.5],
    }
    done = ingest.ingest(benchmark_file(tmp_path, cells, bases=True))
    table = datasets.load("staff_survey_2021_2024").set_index(held.index.names)["respondents"]
    assert table[("RL4", 2024, "q3f")] == same["respondents"]
    assert table[("RL4", 2025, "q3f")] == 321
    assert table[[("RTH", 2024, "q3f"), ("RTH", 2025, "q3f"), ("RL4", 2025, "q6a")]].isna().all()
    assert table[("R0A", 2024, "q3f")] == held.loc[("R0A", 2024, "q3f"), "respondents"]
    counts = done.reading.excluded.counts
    assert counts["rows are not of a trust"] == 1
    assert counts["results are suppressed or blank"] == 1
    assert counts["results have a base that is no count"] == 1
    said = " ".join(done.reading.recognised)
    assert "1 results have the base held already" in said
    assert "no interval can be given for them" in said
    assert "--as staff-survey-promise" in said
    title = datasets.overview().set_index("table").loc["staff_survey_2021_2024", "title"]
    assert title.endswith("2021 to 2025")


def test_scales_that_cannot_be_told_are_refused(tmp_path: Path) -> None:
    path = benchmark_file(tmp_path, {"RL4": [0, 1, 1, 1, *PROMISE]})
    with pytest.raises(DataError, match="may be shares of 1 or percentages"):
        ingest.read(path)
    path = benchmark_file(tmp_path, {"RL4": [0.5, 0.6, 0.6, 1, *PROMISE], "RTH": [55] * 17})
    with pytest.raises(DataError, match="must be on the scale of the other results"):
        ingest.read(path)


def test_a_question_that_stands_twice_is_refused(tmp_path: Path) -> None:
    sheets = {"Acute": [["org_id", "q3f_2025", "Q3f_2025"], ["R1A", 0.5, 0.6]]}
    with pytest.raises(DataError, match="'q3f_2025': heading appears twice"):
        ingest.read(write_xlsx(tmp_path / "benchmark.xlsx", sheets))


def test_promise_scores_of_the_same_workbook_are_read_on_demand(tmp_path: Path) -> None:
    cells: dict[str, list[Cell]] = {
        "RL4": [50, 51, 80, 1, *PROMISE],
        "RTH": [50, 51, 80, 1, *PROMISE[:-1], ""],
    }
    done = ingest.ingest(benchmark_file(tmp_path, cells), kind="staff-survey-promise")
    table = datasets.load("staff_survey_promise").set_index("org_code")
    assert table.loc["RL4", [*benchmark.SCORES.values()]].tolist() == PROMISE
    assert len(table) == len(datasets.load("staff_survey_promise", source="shipped"))
    assert done.reading.excluded.counts["results lack one of the scores"] == 1
    path = benchmark_file(tmp_path, {"RL4": [50, 51, 80, 1, *[0.5] * 13]})
    with pytest.raises(DataError, match="on the scale from 0 to 10"):
        ingest.read(path, kind="staff-survey-promise")


# Files of all these layouts -----------------------------------------------------------------

SOUND: dict[str, Rows] = {
    "ae-by-provider": [
        ["Period:", "March 2026"],
        list[Cell](BY_PROVIDER),
        by_provider("R1A", (9, 8, 7), (1, 2, 3), (4, 5, 6)),
        by_provider("RAL", (9, 8, 7), (1, 2, 3), (4, 5, 6)),
    ],
    "rtt-waiting-lists": [list[Cell](RTT), waiting("R1A", {3: 7, 30: 3}), waiting("RAL", {0: 1})],
    "oversight-framework": [list[Cell](OVERSIGHT), overseen("R1A", 2.5, 1), overseen("RAL", 3, 2)],
}
ODD = st.sampled_from(["", " ", "-", "x", "1,5", "1e999", "nan", "=1+1", "-3", "1.5", "9" * 30])


@pytest.mark.parametrize("kind", SOUND)
@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.data())
def test_an_odd_cell_is_counted_or_refused_and_never_a_traceback(
    kind: str, data: st.DataObject
) -> None:
    rows = [list(row) for row in SOUND[kind]]
    row = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.integers(0, len(rows[row]) - 1))
    rows[row][column] = data.draw(st.one_of(ODD, st.dates(), st.floats(allow_nan=False)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file_2026-03.xlsx"
        if data.draw(st.booleans()):
            write_csv(path.with_suffix(".csv"), rows)
            path = path.with_suffix(".csv")
        else:
            write_xlsx(path, {"Sheet": rows})
        try:
            said = ingest.ingest(path, kind=kind, to=Path(folder)).reading.files[0]
        except ReportError as error:
            said = str(error)
    assert "\n" not in said


# Titles and sources -------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted({kind.table for kind in ingest.KINDS.values()}))
def test_the_title_of_a_shipped_table_has_its_period_in_the_words_used_later(name: str) -> None:
    table = datasets.load(name, source="shipped")
    found = table.attrs["provenance"]
    assert period(name, table, found["date"]) in found["title"]


@given(months=st.sets(st.integers(0, 40), min_size=1))
def test_a_period_names_every_month_and_no_other(months: set[int]) -> None:
    first = pd.Timestamp("2016-04-01")
    days = [first + pd.DateOffset(months=m) for m in sorted(months)]
    said = period("ae_monthly", pd.DataFrame({"month": days}), "")
    parts = said.replace(" and ", ", ").split(", ")
    named: set[pd.Timestamp] = set()
    for part in parts:
        ends = [pd.Timestamp(f"1 {end}") for end in part.split(" to ")]
        named |= set(pd.date_range(ends[0], ends[-1], freq="MS"))
    assert named == set(days)


def test_sources_name_every_file_that_supplies_rows(tmp_path: Path) -> None:
    counts = (9, 0, 4, 1, 0, 0, 2, 0, 0, 1, 0, 0, 5, 0, 0)

    def month(name: str, said: str) -> ingest.Ingested:
        rows = [AE_BOOKED, ae_booked("R1A", counts, f"MSitAE-{said}")]
        return ingest.ingest(write_csv(tmp_path / f"{name}.csv", rows))

    month("april", "APRIL-2026")
    month("may", "MAY-2026")
    month("june", "JUNE-2026")
    found = datasets.load("ae_monthly").attrs["provenance"]
    assert (
        "April 2025 to June 2026, with data read from april.csv, may.csv and june.csv"
        in (found["title"])
    )
    assert found["date"] == "2026-07-14"
    assert found["files"] == ["april.csv", "may.csv", "june.csv"]
    counts = (8, *counts[1:])
    again = month("may-again", "MAY-2026")
    assert again.notes[0].endswith("rows, 2 of which it replaces")
    found = datasets.load("ae_monthly").attrs["provenance"]
    assert found["files"] == ["april.csv", "june.csv", "may-again.csv"]
    assert found["date"] == "2026-07-14"
    assert sum(c.startswith("Read from") for c in found["caveats"]) == 3
    month("july", "JULY-2026")
    assert (
        "4 files, april.csv to july.csv" in datasets.load("ae_monthly").attrs["provenance"]["title"]
    )


def test_a_kind_of_another_form_is_told(tmp_path: Path) -> None:
    book = write_xlsx(tmp_path / "book.xlsx", {"Sheet1": [["Period", "Org Code"], [1, 2]]})
    with pytest.raises(DataError, match="is a workbook; a file of kind ae-monthly is text"):
        ingest.read(book, kind="ae-monthly")


# Cases kept beside the repository -----------------------------------------------------------


@pytest.fixture
def cases(shared_dir: Path) -> Path:
    folder = shared_dir / "cases" / "files"
    if not folder.is_dir():
        pytest.skip(f"no made-up publishers' files at {folder}")
    return folder


def test_ae_cases(cases: Path) -> None:
    frame = ingest.read(cases / "ae_booked_2025-08.csv").frame
    sums = frame.groupby("org_code")[["attendances", "breaches"]].sum()
    assert sums.T.to_dict("list") == {"RL4": [16_500, 4_200], "RTH": [13_000, 3_050]}
    within = 1 - sums["breaches"].sum() / sums["attendances"].sum()
    assert round(100 * within, 1) == 75.4
    done = ingest.ingest(cases / "ae_by_provider_2026-03.csv")
    sums = done.reading.frame.groupby("org_code")[["attendances", "breaches"]].sum()
    assert sums.T.to_dict("list") == {"RL4": [16_500, 4_200]}
    assert datasets.load("ae_monthly")["admissions"].isna().sum() == 2


def test_ods_cases(cases: Path) -> None:
    reading = ingest.read(cases / "etr_2026-06-30.csv")
    assert "22 English trusts" in " ".join(reading.recognised)
    assert reading.excluded.counts == {"trusts are in Wales": 1}
    assert "Z9Z9Z" in set(reading.frame["org_code"])
    first = ingest.read(cases / "etr_wales_first_2026-06-30.csv")
    assert (first.kind, first.excluded.counts) == ("ods-trusts", {"trusts are in Wales": 1})


def test_accounts_cases(cases: Path) -> None:
    names = ("tac_2021-22_old_headings.xlsx", "tac_2022-23_new_headings.xlsx")
    old, new = (ingest.read(cases / name).frame for name in names)
    assert (len(old), old["agency_gbp"].sum()) == (2, 6_000_000)
    same = [c for c in old if c != "financial_year"]
    pd.testing.assert_frame_equal(old[same], new[same])


def test_survey_case(cases: Path) -> None:
    path = next(cases.glob("NSS-Benchmark*.xlsx"))
    ingest.ingest(path)
    table = datasets.load("staff_survey_2021_2024")
    four = table["org_code"].isin(["RL4", "RTH", "RX6", "RX7"]) & (table["survey_year"] == 2024)
    found = table[four].groupby("question")["agree_pct"]
    assert found.agg(["min", "max"]).round(6).to_numpy().tolist() == [
        [56, 56],
        [71, 71],
        [48, 48],
    ]
    assert table.loc[four, "respondents"].isna().all()
