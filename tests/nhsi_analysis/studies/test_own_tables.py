"""Analysts' own tables: read right however they were written, or refused with file and place."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from nhsi_analysis.errors import DataError, ReportError
from nhsi_analysis.ingest.own_accounts import COLUMNS
from nhsi_analysis.studies import league
from nhsi_analysis.studies.agency.numbers import trusts
from nhsi_analysis.studies.agency.sections.trust import reading
from nhsi_analysis.studies.league import Settings, Study, sections
from nhsi_analysis.studies.league.numbers.table import League

CODES = ("RR8", "RJ1", "RA2", "RA3", "RA4", "RA7", "RAE", "5E1", "007", "RAL")
Write = Callable[[str | bytes], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to(content: str | bytes) -> str:
        path = tmp_path / "mine.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return to


def trial(path: str, **options: Any) -> Study:
    return league.build(Settings(league_csv=path, draws=1000, **{"quotas": [1, 1], **options}))


def build(path: str, **options: Any) -> League:
    return trial(path, **options).table


def notes(path: str) -> str:
    """Return what the page says of how the table was read."""
    return sections.stand_in(trial(path)).words[0]


REFUSED = {
    "cells beyond the header": (
        "org_code,score,n\nRR8,45,50,100\nRJ1,50,60,100\nRA2,55,60,100",
        "row 2: must have 3 cells, as the header has; it has 4",
    ),
    "cells beyond the header in one row": (
        "org_code,score,n\nRR8,45,50\nRJ1,50,60,100\nRA2,55,60",
        "row 3: must have 3 cells",
    ),
    "an index without heading": (
        ",org_code,a,b,n\n9,RR8,45,50,99\n8,RJ1,50,60,99\n7,RA2,50,70,99",
        "row 1, column '1': has no heading, though row 2 has a value",
    ),
    "an index named by pandas": (
        "Unnamed: 0,org_code,a,b,n\n9,RR8,45,50,99\n8,RJ1,50,60,99\n7,RA2,50,70,99",
        "row 1, column '1': has no heading",
    ),
    "a repeated heading": (
        "org_code,score,Score,n\nRR8,45,1,50\nRJ1,50,2,60\nRA2,55,3,60",
        "row 1, column 'score': heading stands over columns 2 and 3",
    ),
    "a percentage among shares": (
        "org_code,score,n\nRR8,0.45,50\nRJ1,52.0,60\nRA2,0.55,60\nRA3,0.5,60",
        "row 3, column 'score': must be on the scale of the other rows, .* shares",
    ),
    "a hundred among shares": (
        "org_code,score,n\nRR8,0.45,50\nRJ1,0.5,60\nRA2,100,60\nRA3,0.5,60",
        "row 4, column 'score': must be on the scale",
    ),
    "a share among percentages": (
        "org_code,score,n\n\nRR8,45,50\nRJ1,52,60\nRA2,0.55,60\nRA3,50,60",
        "row 5, column 'score': must be on the scale of the other rows, .* percentages",
    ),
    "a percent sign in some rows": (
        "org_code,score,n\nRR8,45%,50\nRJ1,52,60\nRA2,55%,60",
        "row 3, column 'score': must be written with a percent sign",
    ),
    "codes that differ by case": (
        "org_code,score,n\nrr8,45,50\nRJ1,52,60\nRR8,55,60",
        "row 4, column 'org_code': each code must appear once; row 2 has it too, as 'rr8'",
    ),
    "codes that differ by a zero-width space": (
        "org_code,score,n\nRR8,45,50\nRJ1,52,60\nRR\u200b8,55,60",
        "row 4, column 'org_code': each code must appear once",
    ),
    "a code with NUL": (
        "org_code,score,n\nR\x00G,45,50\nRJ1,52,60\nRA2,55,60",
        "neither a workbook nor text",
    ),
    "a decimal comma": (
        'org_code,score,n\nRR8,"45,1",50\nRJ1,52,60\nRA2,55,60',
        "row 2, column 'score': must be a number",
    ),
    "commas of unknown meaning": (
        "org_code;score;n\nRR8;45;1,050\nRJ1;52;60\nRA2;55;60",
        "row 2, column 'n': must be a number without commas",
    ),
    "a quote never closed": (
        'org_code,score,n,org_name\nRR8,45,50,"Leeds\nRJ1,52,60,b\nRA2,55,60,c\nRA3,5,60,d',
        "row 5: can't be read as separated text",
    ),
    "bases as percentages": (
        "org_code,score,n\nRR8,45%,50%\nRJ1,52%,60%\nRA2,55%,60%",
        "row 2, column 'n': must be a count, not a percentage",
    ),
    "errors on another scale": (
        "org_code,score,se\nRR8,45%,0.01\nRJ1,52%,0.02\nRA2,55%,0.01",
        "row 2, column 'se': must be written with a percent sign",
    ),
    "a mark in the only indicator": (
        "org_code,score,n\nRR8,45,50\nRJ1,[c],60\nRA2,55,60",
        r"row 3, column 'score': must not be empty \(found '\[c\]'\)",
    ),
    "a bad value below blank lines": (
        "org_code,score,n\n\n\nRR8,45,50\nRJ1,high,60\nRA2,55,60",
        "row 5, column 'score': must be a number",
    ),
    "no header": ("RR8,45,50\nRJ1,52,60\nRA2,55,60", "row 1: has no column org_code .*semicolons"),
    "a workbook": ("PK\x03\x04", "is a workbook, not text. Save the sheet as CSV"),
    "a mark and nothing else": ("\ufeff", "is empty"),
    "no code but a mark": (
        "org_code,score,n\nRR8,45,50\nN/A,52,60\nRA2,55,60\nRA3,55,60",
        "row 3, column 'org_code': must be the code of an organisation",
    ),
    "a dash for a code": (
        "org_code,score,n\nQ1,45,50\n-,52,60\nQ2,55,60\nQ3,55,60",
        "row 3, column 'org_code': must be the code of an organisation",
    ),
    "a footnote": (
        "org_code,score,n\nRR8,45,50\nRA2,55,60\nRA3,55,60\n1 = best,1,2",
        "row 5, column 'org_code': must be the code of an organisation, as in the other rows",
    ),
    "a code with a space in it": (
        "org_code,score,n\nRR8,45,50\nRA2,55,60\nRA3,55,60\nRA 4,51,2",
        "row 5, column 'org_code': must be the code of an organisation, as in the other rows",
    ),
    "nothing but totals": ("org_code,score,n\nTotal,45,50\nEngland,55,60", "no rows but totals"),
    "points that part thousands": (
        "org_code;score;n\nRR8;45;1.410\nRJ1;52;2.060\nRA2;55;3.060",
        "row 2, column 'n': must be a number whose point .*save the table separated by commas",
    ),
    "scores whose points may part thousands": (
        "org_code;score;se\nRR8;45.123;1\nRJ1;52.456;2\nRA2;55.789;1",
        "row 2, column 'score': must be a number whose point",
    ),
    "a base that is no whole number": (
        "org_code,score,n\nRR8,45,50\nRJ1,52,1.41\nRA2,55,60",
        "row 3, column 'n': must be a whole number",
    ),
    "a decimal comma before three decimals": (
        'org_code,score,n\nRR8,69.2,50\nRJ1,"71,212",60\nRA2,55,60',
        "row 3, column 'score': must be a number without commas",
    ),
    "decimal commas between tabs": (
        "org_code\tscore\tse\nRR8\t45,123\t1\nRJ1\t52,456\t2\nRA2\t55,789\t1",
        "row 2, column 'score': must be a number without commas",
    ),
    "decimal commas in an error": (
        'org_code,score,se\nRR8,69.2,"1,234"\nRJ1,71,1\nRA2,55,2',
        "row 2, column 'se': must be a number without commas",
    ),
    "decimal commas in indicators": (
        "org_code;a;b;n\nRR8;45,1;7;50\nRJ1;52,4;8;60\nRA2;55,7;9;70",
        "row 2, column 'a': must be a number without commas",
    ),
    "a share among percentages with errors": (
        "org_code,score,se\nRR8,45,1\nRJ1,52,2\nRA2,0.55,1\nRA3,50,2",
        "row 4, column 'score': must be on the scale of the other rows",
    ),
    "a percentage among shares with errors": (
        "org_code,score,se\nRR8,0.45,0.01\nRJ1,52,0.02\nRA2,0.55,0.01\nRA3,0.5,0.02",
        "row 3, column 'score': must be on the scale of the other rows",
    ),
    "an error as a share among percentages": (
        "org_code,score,se\nRR8,45,1.1\nRJ1,52,0.9\nRA2,55,0.012\nRA3,50,1.2",
        "row 4, column 'se': must be on the scale of the other rows",
    ),
    "an indicator's error as a percentage among shares": (
        "org_code,a,a_se,b,b_se\nRR8,0.45,1.1,4,1\nRJ1,0.5,0.01,5,1\nRA2,0.55,0.012,6,1",
        "row 2, column 'a_se': must be on the scale of the other rows",
    ),
    "only an index": (
        "org_code,index,n\nRR8,7,50\nRJ1,8,60\nRA2,9,70",
        "neither a column score .*'indicators'",
    ),
    "an unheard-of base": (
        "org_code,score,n\nRR8,45,50\nRJ1,52,1e10\nRA2,55,60",
        "row 3, column 'n': must be a whole number of at most 1,000,000,000",
    ),
    "an unheard-of error": (
        "org_code,score,se\nRR8,45,50\nRJ1,52,1e308\nRA2,55,60",
        "row 3, column 'se': must be a number of at most 1e",
    ),
    "a mark that stands for nothing": (
        "org_code,a,b,n\nRR8,45,50,50\nRJ1,52,miss,60\nRA2,55,60,60",
        r"row 3, column 'b': must be a number .*one of: blank, \*, -, \[c\]",
    ),
    "a score outside its interval": (
        "org_code,score,low,high\nRR8,2.1,2.0,2.2\nRJ1,2.5,2.6,2.9\nRA2,2.8,2.7,2.9",
        "row 3, column 'score': must not lie outside low to high",
    ),
    "a level in whole numbers": (
        "org_code,score,low,high,level\nRR8,2.1,2.0,2.2,95\nRJ1,2.5,2.4,2.9,95\nRA2,3,2,4,95",
        "row 2, column 'level': must be a share from 0.5 to 0.999",
    ),
    "bytes that are no text": ("o\x00r\x00", "save a table of your own as CSV in UTF-8"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_told_is_refused_with_its_place(case: str, write: Write) -> None:
    text, says = REFUSED[case]
    with pytest.raises(DataError, match=rf"^mine\.csv.*{says}") as caught:
        build(write(text))
    assert "\n" not in str(caught.value)


THREE = [("RR8", 45.0, 50), ("RJ1", 52.0, 60), ("RA2", 55.0, 1050)]
READ = {
    "semicolons": ("org_code;score;n\nRR8;45;50\nRJ1;52;60\nRA2;55;1050", "by semicolons"),
    "tabs": ("org_code\tscore\tn\nRR8\t45\t50\nRJ1\t52\t60\nRA2\t55\t1050", "by tabs"),
    "percent signs": ("org_code,score,n\nRR8,45%,50\nRJ1,52.0%,60\nRA2,55%,1050", "percentages"),
    "thousands": ('org_code,score,n\nRR8,45,50\nRJ1,52,60\nRA2,55,"1,050"', "such as 1,050"),
    "Windows-1252": (
        "org_code,org_name,score,n\nRR8,Caf\xe9,45,50\nRJ1,b,52,60\nRA2,c,55,1050".encode("cp1252"),
        "read as Windows-1252",
    ),
    "a preamble": (
        "Results\n\norg_code,score,n\nRR8,45,50\nRJ1,52,60\nRA2,55,1050",
        "The header is in row 3; rows 1 and 2 above it are left out",
    ),
    "totals": (
        "org_code,score,n\nRR8,45,50\nEngland,51,999\nRJ1,52,60\nRA2,55,1050\nAll,51,999",
        "2 rows are totals, left out: England (row 3), All (row 6)",
    ),
    "a total without code": (
        "org_code,org_name,score,n\nRR8,a,45,50\nRJ1,b,52,60\nRA2,c,55,1050\n,England,51,999",
        "1 row is a total and left out: England (row 5)",
    ),
    "small letters and spaces": (
        "Org_Code,Score,N\nrr8 ,45,50\n RJ1,52,60\nRA2,55,1050",
        "read as percentages (0 to 100)",
    ),
    "an empty column": ("org_code,score,n,\nRR8,45,50,\nRJ1,52,60,\nRA2,55,1050,", "percentages"),
    "an index by pandas' other names": (
        "org_code,score,n,level_0,...1\nRR8,45,50,1,1\nRJ1,52,60,5,3\nRA2,55,1050,7,9",
        "Not used: the columns level_0, ...1.",
    ),
    "a row of column numbers": (
        "org_code,score,n\n1,2,3\nRR8,45,50\nRJ1,52,60\nRA2,55,1050",
        "Row 2 numbers the columns and is left out.",
    ),
    "a row of column numbers in brackets": (
        "org_code,score,n\n(1),(2),(3)\nRR8,45,50\nRJ1,52,60\nRA2,55,1050",
        "Row 2 numbers the columns and is left out.",
    ),
    "codes a spreadsheet kept as text": (
        'org_code,score,n\n"=""RR8""",45,50\n\'RJ1,52,60\nRA2,55,1050',
        "percentages",
    ),
    "a space before the percent sign": (
        "org_code,score,n\nRR8,45 %,50\nRJ1,52.0\xa0%,60\nRA2,55 %,1050",
        "percentages",
    ),
    "UTF-16": ("org_code,score,n\nRR8,45,50\nRJ1,52,60\nRA2,55,1050".encode("utf-16"), "as UTF-16"),
    "regions below the trusts": (
        "org_code,org_name,score,n\nRR8,a,45,50\nRJ1,b,52,60\nRA2,c,55,1050\n"
        "Y56,London,50,99\nR00,North West,50,99",
        "2 rows are totals, left out: Y56 (row 5), North West (row 6)",
    ),
    "a trust called All": (
        "org_code,org_name,score,n\nRR8,All,45,50\nRJ1,England,52,60\nRA2,Total,55,1050",
        "percentages",
    ),
    "shares": ("org_code,score,n\nRR8,0.45,50\nRJ1,0.52,60\nRA2,0.55,1050", "shares (0 to 1)"),
}


@pytest.mark.parametrize("case", READ)
def test_what_can_be_told_is_read_right_and_said_on_the_page(case: str, write: Write) -> None:
    content, says = READ[case]
    path = write(content)
    said = notes(path)
    assert says in said
    own = build(path)
    for code, percent, base in THREE:
        assert own.units.loc[code, "score"] == pytest.approx(percent / 100, rel=1e-15)
        assert own.units.loc[code, "n"] == base
    assert own.count == 3


@pytest.mark.parametrize(("level", "z"), [("", 1.959964), (",0.9", 1.644854), (",90%", 1.644854)])
def test_an_interval_tells_of_its_error(level: str, z: float, write: Write) -> None:
    name = ",level" if level else ""
    rows = "".join(
        f"\n{code},{score},{score - half},{score + half}{level}"
        for code, score, half in (("RR8", 2.5, 0.2), ("RJ1", 2.75, 0.1), ("RA2", 3.0, 0.3))
    )
    path = write(f"org_code,score,low,high{name}{rows}")
    own = build(path)
    assert own.units.loc["RR8", "se"] == pytest.approx(0.2 / z, rel=1e-6)
    assert own.units.loc["RA2", "se"] == pytest.approx(0.3 / z, rel=1e-6)
    said = notes(path)
    assert "Errors are taken from low and high" in said
    assert "Not used" not in said


def test_an_error_counts_before_an_interval(write: Write) -> None:
    text = "org_code,score,se,low,high\nRR8,2,1,0,9\nRJ1,3,1,0,9\nRA2,4,1,0,9"
    assert set(build(write(text)).units["se"]) == {1.0}


TOTALS = [
    "Subtotal",
    "Sub-total",
    "Total:",
    "Grand Total:",
    "England (total)",
    "England*",
    "England¹",
    "All England",
    "NHS England",
    "England mean",
    "Overall",
    "Median",
    "Sum",
    "London total",
    "North West average",
    "Acute total",
    "All NHS trusts",
    "Y56",
    "ENG",
    "Region total",
    "Lower quartile",
    "All acute providers",
    "E92000001",
    "South East",
]


@pytest.mark.parametrize("total", TOTALS)
def test_no_total_passes_for_a_unit(total: str, write: Write) -> None:
    own = build(write(f"org_code,score,n\nRR8,45,50\nRJ1,52,60\nRA2,55,1050\n{total},50,999"))
    assert own.units.index.tolist() == ["RA2", "RJ1", "RR8"]
    assert any(f"1 row is a total and left out: {total} (row 5)" in note for note in own.notes)


def test_regions_are_the_units_of_a_table_of_regions(write: Write) -> None:
    rows = "org_code,score,n\nLondon,45,50\nNorth West,52,60\nSouth East,55,1050\nEngland,50,999"
    own = build(write(rows))
    assert own.count == 3
    assert any("England (row 5)" in note for note in own.notes)


SEVERAL = "org_code,Safe,Caring,{},n\nRR8,45,50,{},50\nRJ1,52,61,{},60\nRA2,55,52,{},70"


def test_indicators_are_named_in_any_case(write: Write) -> None:
    path = write(SEVERAL.format("other", 1, 9, 4))
    own = build(path, indicators=["safe", "CARING "], weights={"safe": 3, "caring": 1})
    assert own.indicators.columns.tolist() == ["Safe", "Caring"]
    assert own.weights == {"Safe": 0.75, "Caring": 0.25}


@pytest.mark.parametrize("wanted", [["saef"], ["saef", "caring"], ["q8a"]])
def test_an_indicator_that_is_not_there_is_refused(wanted: list[str], write: Write) -> None:
    with pytest.raises(DataError, match=f"no column for the indicator {wanted[0]}") as caught:
        build(write(SEVERAL.format("other", 1, 9, 4)), indicators=wanted)
    assert ("Safe is near" in str(caught.value)) == (wanted[0] == "saef")


@pytest.mark.parametrize(
    "name",
    [
        "index",
        "level_0",
        "X",
        "...1",
        "Column1",
        "rank",
        "Safe_lower",
        "caring_Upper",
        "a_no",
        "a_low",
        "a_high",
        "a_se",
        "se",
        "Year",
    ],
)
def test_an_index_rank_or_limit_is_no_indicator(name: str, write: Write) -> None:
    own = build(write(SEVERAL.format(name, 41, 9, 24)))
    assert own.indicators.columns.tolist() == ["Safe", "Caring"]
    assert f"Not used: the column {name}." in own.notes


def test_a_count_of_the_rows_is_no_indicator(write: Write) -> None:
    own = build(write(SEVERAL.format("S.No.", 1, 2, 3)))
    assert own.indicators.columns.tolist() == ["Safe", "Caring"]
    assert "Not used: the column S.No.." in own.notes


def test_an_error_for_one_of_two_indicators_is_named(write: Write) -> None:
    own = build(write(SEVERAL.format("Safe_se", 1, 2, 1)))
    assert own.indicator_se.loc["RR8", "Safe"] == pytest.approx(np.sqrt(0.45 * 0.55 / 50))
    assert "Not used: the column Safe_se." in own.notes


def test_bases_of_indicators_are_found_in_any_case(write: Write) -> None:
    own = build(write(SEVERAL.format("SAFE_N", 500, 600, 700)))
    assert own.indicator_se.loc["RR8", "Safe"] == pytest.approx(np.sqrt(0.45 * 0.55 / 500))
    assert not any("Not used" in note for note in own.notes)


def test_unlike_scores_and_sizes_are_no_other_scale(write: Write) -> None:
    rows = "org_code,score,se\nRR8,0.4,0.02\nRJ1,2.5,0.5\nRA2,9,0.6\nRA3,1,0.4"
    assert build(write(rows)).count == 4


def test_a_small_table_says_that_ratings_are_too_few(write: Write) -> None:
    path = write("org_code,score,n\nRR8,45,50\nRJ1,52,60\nRA2,55,1050")
    said = sections.inspectors(trial(path, league_date="2019-06-30")).words[0]
    assert said == "On 1 March 2019, 3 of 3 organisations had a CQC rating: too few to compare."
    assert sections.inspectors(trial(path)).parts == []
    assert sections.verdict(trial(path)).parts == []


@pytest.mark.filterwarnings("error::UserWarning")
@pytest.mark.parametrize("base", [2, 3])
def test_a_funnel_of_very_few_answers_has_room(base: int, write: Write) -> None:
    scores = np.random.default_rng(0).uniform(40, 90, (9, 2)).round(1)
    codes = ("RR8", "RJ1", "RA2", "RA3", "RA4", "RA7", "RAE", "RAL", "RAN")
    rows = [f"{c},{a},{b},{base}" for c, (a, b) in zip(codes, scores, strict=True)]
    own = trial(write("\n".join(["org_code,safe,caring,n", *rows])))
    assert sections.fairer(own).figures


def test_an_own_table_is_cut_into_four_equal_bands_or_as_asked(write: Write) -> None:
    rows = [f"Q{k:02d},{30 + k / 3:.1f},400" for k in range(12)]
    path = write("\n".join(["org_code,score,n", *rows]))
    assert league.build(Settings(league_csv=path)).table.sizes == (3, 3, 3, 3)
    assert build(path, quotas=[2, 10]).sizes == (2, 10)


def test_one_per_cent_and_one_whole_are_told_by_the_other_rows(write: Write) -> None:
    text = "org_code,score,n\nRR8,{},50\nRJ1,{},60\nRA2,1,60"
    share = write(text.format("0.1", "0.3"))
    assert "score: read as shares (0 to 1)" in notes(share)
    assert build(share).units.loc["RA2", "score"] == 1
    percent = write(text.format("10", "30"))
    assert "score: read as percentages (0 to 100)" in notes(percent)
    assert build(percent).units.loc["RA2", "score"] == 0.01


def test_each_indicator_has_its_own_scale(write: Write) -> None:
    both = build(write("org_code,a,b,n\nRR8,0.45,44,50\nRJ1,0.6,56,60\nRA2,0.52,66,60"))
    expected = [np.sqrt(0.45 * 0.55 / 50), np.sqrt(0.44 * 0.56 / 50)]
    assert both.indicator_se.loc["RR8"].tolist() == pytest.approx(expected)
    assert both.indicators.loc["RR8"].tolist() == [0.45, 0.44]


def test_marks_of_missing_values_are_counted_in_a_note(write: Write) -> None:
    rows = [
        "org_code,a,b,n",
        "RR8,45,[x],50",
        "RJ1,60,40,60",
        "RA2,[z],50,60",
        "RA3,52,*,60",
        "RA4,50,-,60",
        "RA7,50,,60",
        "RAE,48,61.2%,60",
    ]
    with pytest.raises(DataError, match=r"row 8, column 'b': must be written with a percent sign"):
        build(write("\n".join(rows)))
    own = build(write("\n".join([*rows[:-1], "RAE,48,61.2,60"])))
    said = " ".join(own.notes)
    assert "Read as missing: 1 [z], 1 [x], 1 *, 1 -, 1 blank." in said
    assert "5 missing indicator values (RA2, RA3, RA4, RA7, RR8)" in said or "RR8, RA2" in said
    assert own.indicators["b"].isna().sum() == 4


def test_columns_without_use_are_named(write: Write) -> None:
    rows = "org_code,a,b,c,n\nRR8,45,[x],x,50\nRJ1,52,[x],y,60\nRA2,55,[x],z,60"
    assert "Not used: the columns b, c." in notes(write(rows))


def test_codes_not_among_the_trusts_are_named(write: Write) -> None:
    text = "org_code,score,n\nRR8,45,50\nRJ1,52,60\nQQ1,55,60\nQQ2,56,60"
    said = notes(write(text))
    assert "2 of 4 codes are not in the project's table of trusts: QQ1, QQ2." in said
    assert "table of trusts" not in notes(write(text.replace("QQ1", "RA2").replace("QQ2", "RA3")))


def test_a_code_in_small_letters_has_its_name_and_can_be_followed(write: Write) -> None:
    own = build(write("org_code,score,n\nrr8,45,50\nRJ1,52,60\nRA2,55,60"), trust="rr8 ")
    assert own.label("RR8") == "Leeds Teaching Hospitals NHS Trust"
    assert own.settings.trust == "RR8"


def test_a_wide_table_stops_at_once(write: Write) -> None:
    wide = [f"c{k}" for k in range(20_000)]
    rows = [["org_code", "n", *wide]]
    rows += [[code, "50", *["45"] * len(wide)] for code in ("RR8", "RJ1", "RA2")]
    with pytest.raises(DataError, match=r"at most 100 columns .*found 20000.*'indicators'"):
        build(write("\n".join(map(",".join, rows))))


# Tables of all kinds -------------------------------------------------------------------------


@dataclass(frozen=True)
class Table:
    """A league table as it might be written: what it says, and how."""

    units: list[tuple[str, int, int]]
    """Code, score in thousandths, base."""
    scale: str = "percent"
    delimiter: str = ","
    end: str = "\n"
    encoding: str = "utf-8"
    quoting: int = csv.QUOTE_MINIMAL
    grouped: bool = False
    order: tuple[int, ...] = (0, 1, 2, 3)
    above: tuple[str, ...] = ()
    blanks: int = 0
    spoil: Callable[[list[list[str]], int], None] | None = None
    at: int = 0
    written: list[int] = field(default_factory=list)

    def score(self, thousandths: int) -> str:
        if self.scale == "share":
            return f"{thousandths / 1000:.3f}"
        return f"{thousandths / 10:.1f}" + ("%" if self.scale == "sign" else "")

    def content(self) -> bytes:
        """Write the file; lists in ``written`` the line of each unit."""
        rows = [["org_code", "org_name", "score", "n"]]
        for code, score, base in self.units:
            shown = f"{base:,}" if self.grouped else str(base)
            rows.append([code, f"Caf\xe9 {code}", self.score(score), shown])
        rows = [[row[k] for k in self.order] for row in rows]
        if self.spoil is not None:
            self.spoil(rows, self.at)
        text = io.StringIO(newline="")
        writer = csv.writer(
            text, delimiter=self.delimiter, lineterminator=self.end, quoting=self.quoting
        )
        text.write("".join(line + self.end for line in self.above))
        line = len(self.above)
        for k, row in enumerate(rows):
            writer.writerow(row)
            line += 1
            if k:
                self.written.append(line)
            if k == 1:
                text.write(self.end * self.blanks)
                line += self.blanks
        return text.getvalue().encode(self.encoding)

    def read(self) -> League:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "mine.csv"
            path.write_bytes(self.content())
            return build(str(path))


@st.composite
def tables(draw: st.DrawFn) -> Table:
    codes = draw(st.permutations(CODES))[: draw(st.integers(3, 7))]
    scores = draw(
        st.lists(st.integers(11, 999), min_size=len(codes), max_size=len(codes), unique=True)
    )
    bases = draw(st.lists(st.integers(1, 30_000), min_size=len(codes), max_size=len(codes)))
    return Table(
        list(zip(codes, scores, bases, strict=True)),
        scale=draw(st.sampled_from(["percent", "share", "sign"])),
        delimiter=draw(st.sampled_from(",;\t|")),
        end=draw(st.sampled_from(["\n", "\r\n", "\r"])),
        encoding=draw(st.sampled_from(["utf-8", "utf-8-sig", "cp1252"])),
        quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
        grouped=draw(st.booleans()),
        order=tuple(draw(st.permutations(range(4)))),
        above=tuple(draw(st.lists(st.sampled_from(["Results, 2025", "", "sep=;"]), max_size=3))),
        blanks=draw(st.integers(0, 2)),
    )


def commas_may_be_decimals(table: Table) -> bool:
    return table.grouped and table.delimiter == ";" and any(b >= 1000 for _, _, b in table.units)


@settings(
    max_examples=500, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
@given(table=tables(), totals=st.booleans(), low=st.booleans())
def test_a_table_says_the_same_however_it_is_written(table: Table, totals: bool, low: bool) -> None:
    units = [(f" {c.lower()}" if low else c, s, b) for c, s, b in table.units]
    if totals:
        units.insert(1, ("England", 500, 99))
    written = replace(table, units=units)
    if commas_may_be_decimals(table):
        with pytest.raises(DataError, match=r"^mine\.csv, row \d+, column 'n': .*without commas"):
            written.read()
        return
    own = written.read()
    score = {code: s / 1000 for code, s, _ in table.units}
    assert own.units.index.tolist() == sorted(score, key=lambda code: -score[code])
    for code, _, base in table.units:
        unit, share = own.units.loc[code], score[code]
        assert unit["score"] == pytest.approx(share, rel=1e-14)
        rounded = any("rounding is allowed for" in note for note in own.notes)
        variance = share * (1 - share) / base + rounded * 1e-4 / 12
        assert unit["se"] == pytest.approx(np.sqrt(variance), rel=1e-12)
        assert unit["n"] == base
        assert unit["org_name"] == f"Caf\xe9 {code}".replace(code, code.lower() if low else code)


def cell(heading: str, value: Callable[[str], str]) -> Callable[[list[list[str]], int], None]:
    """Return what changes one cell under a heading."""

    def change(rows: list[list[str]], at: int) -> None:
        column = rows[0].index(heading)
        rows[at][column] = value(rows[at][column])

    return change


def other_scale(text: str) -> str:
    if text.endswith("%"):
        return text.removesuffix("%")
    return f"{float(text) * 100:.1f}" if float(text) < 1 else f"{float(text) / 100:.3f}"


def twice(rows: list[list[str]], at: int) -> None:
    column = rows[0].index("org_code")
    other = at % (len(rows) - 1) + 1
    rows[max(at, other)][column] = rows[min(at, other)][column].lower() + "\u200b "


IN_ITS_ROW = {
    "another scale": cell("score", other_scale),
    "text for a score": cell("score", lambda _: "high"),
    "no score": cell("score", lambda _: "[x]"),
    "an infinite score": cell("score", lambda _: "1e999"),
    "a decimal comma": cell("score", lambda text: text.replace(".", ",")),
    "no base": cell("n", lambda _: ""),
    "a base of none": cell("n", lambda _: "0"),
    "a negative base": cell("n", lambda text: f"-{text}"),
    "a base in per cent": cell("n", lambda text: f"{text}%"),
    "no code": cell("org_code", lambda _: " "),
    "an invisible code": cell("org_code", lambda _: "\u200b"),
    "a cell too many": lambda rows, at: rows[at].append("1"),
    "a cell shifted in": lambda rows, at: rows[at].insert(0, "1"),
    "a cell too few": lambda rows, at: rows[at].pop() and None,
}
IN_THE_HEADER = {
    "a repeated heading": lambda rows, at: (
        [row.append("score" if row is rows[0] else "1") for row in rows] and None
    ),
    "no heading": lambda rows, at: (
        [row.insert(0, "" if row is rows[0] else "7") for row in rows] and None
    ),
}


@settings(
    max_examples=500, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
@given(
    table=tables(),
    fault=st.sampled_from([*IN_ITS_ROW, *IN_THE_HEADER, "twice"]),
    at=st.integers(0, 6),
)
def test_a_fault_is_refused_with_its_row(table: Table, fault: str, at: int) -> None:
    at = at % len(table.units) + 1
    spoil = {**IN_ITS_ROW, **IN_THE_HEADER, "twice": twice}[fault]
    encoding = "utf-8" if fault in ("an invisible code", "twice") else table.encoding
    # A hundredth of a percentage may fit the shares: of three rows the odd one can't be told.
    units = [(c, 20 + s if s < 980 else s, b) for c, s, b in table.units]
    broken = replace(table, units=units, spoil=spoil, at=at, grouped=False, encoding=encoding)
    event(fault)
    with pytest.raises(DataError) as caught:
        broken.read()
    error = caught.value
    assert str(error).startswith("mine.csv, row ")
    assert "\n" not in str(error)
    header = len(broken.above) + 1
    if fault in IN_THE_HEADER:
        assert error.row == header
    elif fault == "twice":
        other = at % len(units) + 1
        assert error.row == broken.written[max(at, other) - 1]
    else:
        assert error.row == broken.written[at - 1]


@settings(
    max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
@given(
    table=tables(),
    at=st.integers(0, 400),
    junk=st.one_of(st.binary(max_size=4), st.sampled_from([b'"', b",", b";", b"\n", b"%", b"\t"])),
    cut=st.integers(0, 6),
)
def test_no_bytes_at_any_place_end_in_a_traceback(
    table: Table, at: int, junk: bytes, cut: int
) -> None:
    content = table.content()
    content = content[:at] + junk + content[at + cut :]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mine.csv"
        path.write_bytes(content)
        try:
            own = build(str(path))
        except ReportError as error:
            said = str(error)
        else:
            said = " ".join(own.source)
            assert own.units["score"].between(0, 1).all()
            assert np.isfinite(own.units["se"]).all()
    assert "mine.csv" in said or said.startswith("parameter 'scores' are all equal")


# Trusts' own accounts -----------------------------------------------------------------------

HEAD = ",".join(COLUMNS)
ACCOUNTS = [
    "2018/19,RR8,a,Acute,London,5000000,100000000",
    "2018/19,RJ1,b,Acute,London,6000000,1e8",
]


def accounts(path: str) -> trusts.Trusts:
    found = trusts.read(path)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("\n".join([HEAD, *ACCOUNTS, f"{ACCOUNTS[0]},9"]), "row 4: must have 7 cells"),
        ("\n".join([f",{HEAD}", f"0,{ACCOUNTS[0]}"]), "row 1, column '1': has no heading"),
        ("\n".join([HEAD.replace("sector", "region"), *ACCOUNTS]), "'region': heading stands over"),
        ("\n".join([HEAD, *ACCOUNTS, ACCOUNTS[0].replace("RR8", "rr8 ")]), "row 4.*row 2 has it"),
        ("\n".join([HEAD, "", ACCOUNTS[0].replace("5000000", "5%")]), "row 3.*amount in pounds"),
        ("\n".join([HEAD, ACCOUNTS[0].replace("2018/19", "2018/20")]), "row 2.*financial year"),
        ("\n".join([HEAD, "", "", ACCOUNTS[0].replace("5000000", "[x]")]), "row 4.*in pounds"),
    ],
)
def test_own_accounts_that_cannot_be_told_are_refused(text: str, says: str, write: Write) -> None:
    with pytest.raises(DataError, match=rf"^mine\.csv.*{says}"):
        trusts.read(write(text))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("\n".join([HEAD, *ACCOUNTS]).replace(",", ";"), "by semicolons"),
        ("\n".join(["Accounts", HEAD, *ACCOUNTS]), "row 1 above it is left out"),
        ("\n".join([HEAD, *ACCOUNTS]).replace("5000000", '"£5,000,000"'), "parting thousands"),
        ("\n".join([HEAD, *ACCOUNTS]).replace(",a,", ",Caf\xe9,").encode("cp1252"), "Windows"),
        ("\n".join([HEAD, *ACCOUNTS, "2018/19,Total,,All,,11000000,2e8"]), "Total (row 4)"),
    ],
)
def test_own_accounts_are_read_right_and_it_is_said(
    content: str | bytes, says: str, write: Write
) -> None:
    found = accounts(write(content))
    assert found.totals().loc[0, ["trusts", "spend_gbp_m"]].tolist() == [2, 11.0]
    assert says in reading(found)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([ACCOUNTS[0].replace("5000000,100000000", "5000,100000")], "row 2.*'staff_costs.*pounds"),
        ([*ACCOUNTS, "2018/19,RA2,c,Acute,London,33,330000"], "row 4.*'staff_costs.*in pounds"),
        ([ACCOUNTS[0].replace("100000000", "1e11")], "row 2.*'staff_costs.*Give every amount in"),
        (
            [a.replace(",5000000,", ",5000,").replace(",6000000,", ",6000,") for a in ACCOUNTS],
            "row 2.*'agency_plus.*below 0.1%",
        ),
        ([*ACCOUNTS, "2019/20,RR8,a,Acute,London,50000,110000000"], "row 2.*'agency_.*other year"),
        ([*ACCOUNTS, "2019/20,RR8,a,Acute,London,5e6,9e9"], "row 4.*'staff_.*another year"),
        (
            [ACCOUNTS[0].replace("5000000,100000000", "20.000;800.000").replace(",", ";")],
            "row 2.*'agency_plus.*whose point",
        ),
    ],
)
def test_amounts_on_another_scale_are_refused(rows: list[str], says: str, write: Write) -> None:
    head = HEAD.replace(",", ";") if ";" in rows[0] else HEAD
    with pytest.raises(DataError, match=rf"^mine\.csv, {says}"):
        trusts.read(write("\n".join([head, *rows])))


@pytest.mark.parametrize(
    "row", ["R00,London total,All,London", "R00,Acute,All,London", "Y56,London,Acute,London"]
)
def test_no_subtotal_is_summed_as_a_trust(row: str, write: Write) -> None:
    found = accounts(write("\n".join([HEAD, *ACCOUNTS, f"2018/19,{row},11000000,2e8"])))
    assert found.totals().loc[0, ["trusts", "spend_gbp_m"]].tolist() == [2, 11.0]
    assert "1 row is a total and left out" in reading(found)


def test_codes_of_own_accounts_that_are_no_trusts_are_named(write: Write) -> None:
    found = accounts(write("\n".join([HEAD, *ACCOUNTS, "2018/19,R00,c,Acute,London,9e6,1e8"])))
    assert "1 of 3 codes is not in the project's table of trusts: R00." in found.notes


def test_spending_near_nothing_is_named(write: Write) -> None:
    rows = [HEAD, *ACCOUNTS, "2018/19,RA2,c,Acute,London,50000,1e8"]
    found = accounts(write("\n".join(rows)))
    assert "Spending below 0.1% of staff costs, kept: RA2 (row 4)." in found.notes
