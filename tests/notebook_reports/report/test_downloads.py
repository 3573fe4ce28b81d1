from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebook_reports.report import building
from notebook_reports.report.downloads import csv_text, description, download_files, safe_cell
from notebook_reports.report.reading import read_blocks


def test_every_figure_and_table_gets_its_files(sample: Any) -> None:
    written = set(download_files(sample))
    keys = {"shares", "share_bars", "types", "long_table"}
    assert {f"data/{k}.csv" for k in keys} <= written
    assert {f"data/{k}.csv-metadata.json" for k in keys} <= written
    assert {"figures/shares.svg", "figures/share_bars.svg", "workbook.ods"} <= written


def test_csv_reads_back_as_the_data(sample: Any) -> None:
    files = download_files(sample)
    frame = pd.read_csv(io.BytesIO(files["data/types.csv"]), parse_dates=["As at"])
    assert list(frame.columns) == ["Trust type", "Share", "low", "high", "Trusts", "As at"]
    assert frame["Share"].tolist()[:3] == [0.4, 0.45, 0.5]
    assert frame["Share"].isna().sum() == 1
    assert frame["Trusts"].tolist() == [1300, 50, 20, 10]


def test_description_names_every_column_of_its_csv(sample: Any) -> None:
    files = download_files(sample)
    for name in [n for n in files if n.endswith(".csv")]:
        about = json.loads(files[f"{name}-metadata.json"])
        header = next(csv.reader(io.StringIO(files[name].decode())))
        assert [c["titles"] for c in about["tableSchema"]["columns"]] == header
        assert about["url"] == Path(name).name
        assert about["dc:title"]
        assert about["dc:source"]
    kinds = [
        c["datatype"]
        for c in json.loads(files["data/types.csv-metadata.json"])["tableSchema"]["columns"]
    ]
    assert kinds == ["string", "number", "number", "number", "integer", "date"]


def test_no_text_can_run_as_a_formula(sample: Any) -> None:
    rows = csv.reader(io.StringIO(download_files(sample)["data/types.csv"].decode()))
    assert "'=HYPERLINK()" in [row[0] for row in rows]


@given(st.text(max_size=20))
def test_safe_cells_never_begin_like_a_formula(text: str) -> None:
    safe = safe_cell(text)
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert safe.removeprefix("'") in {text, text.removeprefix("'")}


@pytest.mark.parametrize("value", [-3, 0.5, True, None])
def test_numbers_are_never_quoted(value: object) -> None:
    assert safe_cell(value) is value


def test_missing_values_are_empty_in_csv() -> None:
    data = building.records(pd.DataFrame({"a": [1.0, None], "b": ["x", None], "c": [True, False]}))
    assert csv_text(data) == "a,b,c\n1.0,x,true\n,,false\n"


def test_standalone_svg_carries_title_and_description(sample: Any) -> None:
    root = ElementTree.fromstring(download_files(sample)["figures/shares.svg"])
    space = "{http://www.w3.org/2000/svg}"
    assert root.findtext(f"{space}title") == "Community trusts do best: shares"
    assert root.findtext(f"{space}desc", "").startswith("Community trusts reach 50%")


OPEN = {"name": "a", "licence": "An open licence", "licence_page": "https://example.org/open"}
MIXED = {"name": "b", "licence": "An open licence (X); other rows: own terms", "licence_page": ""}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ([OPEN, {**OPEN, "name": "c"}], {"dc:license": {"@id": "https://example.org/open"}}),
        ([OPEN, MIXED], {"dc:rights": [f"{t['name']}: {t['licence']}" for t in (OPEN, MIXED)]}),
        ([OPEN, "A newspaper, 2017"], {"dc:rights": ["a: An open licence"]}),
        (["A newspaper, 2017"], {}),
    ],
)
def test_a_licence_is_that_of_all_sources_or_told_for_each(
    sample: Any, source: list[Any], said: dict[str, Any]
) -> None:
    block = next(block for kind, block in read_blocks(sample) if kind == "table")
    told = description({**block, "source": source})
    assert {name: told[name] for name in told if name in {"dc:license", "dc:rights"}} == said
