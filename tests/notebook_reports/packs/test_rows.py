"""Rows of a table that differ: by its key, or whole; and the copies that a pack keeps of them."""

from __future__ import annotations

import gzip
import io

import pandas as pd
import pytest

from notebook_reports.packs import kept, keys
from notebook_reports.packs.rows import MOST, differences, read_rows


def between(old: str, new: str, *key: str) -> tuple[str, list[str]]:
    tables = [read_rows("x.csv", text.encode()) for text in (old, new)]
    found = differences(*tables, key)
    return found.said, [str(row) for row in found.rows]


def test_rows_are_matched_by_their_key_wherever_they_stand():
    old = "year,code,x,url\n2018,A,1,u\n2018,B,2,u\n2018,C,3,u\n"
    new = "year,code,x,url\n2018,D,4,u\n2018,B,2,u\n2018,A,9,u\n"
    assert between(old, new, "year", "code", "url") == (
        "1 row changed, 1 row removed, 1 row added",
        ["A, year 2018: x 1 -> 9", "C, year 2018: removed (x 3)", "D, year 2018: added (x 4)"],
    )


def test_a_row_is_named_by_as_much_of_its_key_as_it_takes():
    old = "code,day,x\nA,2019-03-01,1\nB,2019-03-01,1\nB,2019-04-01,1\n"
    said, rows = between(old, old.replace(",1\n", ",2\n"), "code", "day")
    assert said == "3 rows changed"
    assert rows == ["A: x 1 -> 2", "B, day 1 March 2019: x 1 -> 2", "B, day 1 April 2019: x 1 -> 2"]


def test_a_part_of_the_table_that_is_all_new_is_named():
    old = "day,code,x\n2018-09-03,A,1\n2018-09-03,B,1\n"
    newer = "2019-03-01,A,1\n2019-03-01,B,2\n"
    said = "2 rows added, all of day 1 March 2019"
    assert between(old, old + newer, "day", "code")[0] == said
    assert between(old, old + newer + "2018-09-03,C,2\n", "day", "code")[0] == "3 rows added"


@pytest.mark.parametrize("key", [(), ("code",), ("code", "unknown")])
def test_without_a_key_that_names_each_row_whole_rows_are_compared(key):
    old = "code,x\nA,1\nA,1\nB,\n"
    assert between(old, "code,x\nA,1\nA,2\nB,\n", *key) == (
        "1 row removed, 1 row added",
        ["A, x 1: removed", "A, x 2: added"],
    )


def test_a_number_written_otherwise_is_no_change_and_a_code_is_no_number():
    old, new = "code,x\n007,3.50\n", "code,x\n007,3.5\n"
    assert between(old, new, "code") == ("no row differs, only how the file writes them", [])
    assert between(old, "code,x\n7,3.50\n", "code")[0] == "1 row removed, 1 row added"


def test_columns_that_come_and_go_are_named_and_the_rest_compared():
    assert between("code,x,old_one\nA,1,2\n", "code,x,new_one\nA,,2\n", "code") == (
        "1 row changed, column removed: old one, column added: new one",
        ["A: x 1 -> empty"],
    )


def test_a_table_read_in_from_a_newer_file_is_compared_with_the_one_it_replaces():
    text = "code,day,share,whole,known\nA,2019-03-01,0.5,3,True\nB,,,4,\n"
    frame = pd.DataFrame(
        {
            "code": ["A", "B"],
            "day": pd.to_datetime(["2019-03-01", None]),
            "share": [0.5, None],
            "whole": [3.0, 5.0],
            "known": pd.array([True, None], dtype="boolean"),
        }
    )
    file = io.BytesIO()
    frame.to_parquet(file)
    newer = read_rows("data/processed/x.2019.parquet", file.getvalue())
    found = differences(read_rows("x.csv", text.encode()), newer, ["code"])
    assert [str(row) for row in found.rows] == ["B: whole 4 -> 5"]


def test_a_page_lists_the_first_rows_and_the_file_has_all():
    old = "code,x\n" + "".join(f"{i:03}A,1\n" for i in range(MOST + 7))
    tables = [read_rows("x.csv", text.encode()) for text in (old, old.replace(",1", ",2"))]
    found = differences(*tables, ["code"])
    assert (len(found.listed), found.more) == (MOST, "and 7 more")
    assert len(found.csv().splitlines()) == 1 + 2 * (MOST + 7)


@pytest.mark.parametrize(
    "content",
    [b"", b"a,a\n1,2\n", b"a,b\n1\n", b'a\n"1', b"a\n\xff", b"a\n" + b"1" * 200_000],
)
@pytest.mark.parametrize("name", ["x.csv", "x.parquet"])
def test_what_is_no_table_is_refused(name, content):
    with pytest.raises(ValueError, match=r"\w"):
        read_rows(name, content)


@pytest.fixture(name="data")
def _data(tmp_path, monkeypatch):
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("NHSI_DATA", str(folder))
    return folder


def test_a_pack_keeps_each_table_it_read_once_and_no_longer_than_it_needs_it(tmp_path, data):
    out = tmp_path / "out"
    (data / "a.csv").write_text("x\n1\n")
    (data / "b.csv").write_text("x\n2\n")
    (tmp_path / "own.csv").write_text("x\n3\n")
    (data / "c.json").write_text("{}")
    found = {f"data/{p.name}": keys.digest(p.read_bytes()) for p in data.iterdir()}
    found |= {str(tmp_path / "own.csv"): keys.digest(b"x\n3\n"), "data/gone.csv": "0" * 64}
    kept.keep(out, found)
    copies = {path.name.partition("-")[0]: path for path in (out / "records/data").iterdir()}
    assert sorted(copies) == ["a", "b"]
    assert kept.read(out, "data/a.csv", found["data/a.csv"]) == b"x\n1\n"
    before = copies["a"].stat().st_mtime_ns
    (data / "b.csv").write_text("x\n4\n")
    kept.keep(out, {path: found[path] for path in ("data/a.csv", "data/b.csv")})
    assert copies["a"].stat().st_mtime_ns == before
    # What a report read is kept though the file has changed since.
    assert kept.read(out, "data/b.csv", found["data/b.csv"]) == b"x\n2\n"
    kept.keep(out, {"data/a.csv": found["data/a.csv"], "data/b.csv": keys.digest(b"other")})
    assert [path.name for path in (out / "records/data").iterdir()] == [copies["a"].name]


def test_a_copy_is_trusted_only_if_it_is_what_was_read(tmp_path):
    digest = keys.digest(b"x\n1\n")
    place = tmp_path / kept.place("data/a.csv", digest)
    place.parent.mkdir(parents=True)
    for content in (b"", b"no gzip", gzip.compress(b"x\n2\n"), gzip.compress(b"x\n1\n")[:-9]):
        place.write_bytes(content)
        assert kept.read(tmp_path, "data/a.csv", digest) is None
    assert kept.read(tmp_path, "data/a.csv", "../" * 5) is None


def test_a_table_too_large_is_not_kept(tmp_path, data, monkeypatch):
    monkeypatch.setattr(kept, "MOST", 3)
    (data / "a.csv").write_text("x\n1\n")
    kept.keep(tmp_path / "out", {"data/a.csv": keys.digest(b"x\n1\n")})
    assert not (tmp_path / "out").exists()
