"""What is remembered of tables: never stale, never different, always with its provenance."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nhsi_analysis import datasets, paths, project
from nhsi_analysis.answers.finances import accounts
from nhsi_analysis.answers.trusts import became, kinds
from nhsi_analysis.datasets import catalogue, memo, store
from nhsi_analysis.errors import DataError, ParameterError
from nhsi_analysis.studies import profile

with (paths.raw_dir() / "trusts.csv").open(encoding="utf-8", newline="") as register:
    TRUSTS = [row["org_code"] for row in csv.DictReader(register)]


@pytest.fixture
def data_copy(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(root / "data" / "raw", tmp_path / "data" / "raw")
    monkeypatch.setenv("NHSI_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def parts(value: Any) -> Any:
    """Take a study apart into what can be compared."""
    if isinstance(value, pd.DataFrame | pd.Series):
        return value.to_csv(), [str(kind) for kind in getattr(value, "dtypes", [])]
    if is_dataclass(value):
        return [parts(getattr(value, field.name)) for field in fields(value)]
    return repr(value)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(TRUSTS), st.sampled_from(["", "2018-06-30", "2023-05-01"]))
def test_a_profile_is_the_same_with_and_without_memory(trust: str, as_at: str) -> None:
    asked = profile.Settings(trust=trust, as_at=as_at)
    profile.build(asked)
    datasets.clear_reads()
    warm, warm_reads = parts(profile.build(asked)), datasets.reads()
    memo.forget()
    datasets.clear_reads()
    assert parts(profile.build(asked)) == warm
    assert datasets.reads() == warm_reads
    assert len(warm_reads) > 8


def test_a_table_that_changes_is_worked_out_anew(data_copy: Path) -> None:
    path = data_copy / "raw" / "trust_finance.csv"
    text = path.read_text()
    before = accounts()["position_gbp_m"].sum()
    header, first, *rest = text.splitlines(keepends=True)
    at = header.rstrip("\n").split(",").index("financial_position_gbp_000")
    cells = first.rstrip("\n").split(",")
    cells[at] = str(float(cells[at]) + 1000)
    path.write_text(header + ",".join(cells) + "\n" + "".join(rest))
    assert accounts()["position_gbp_m"].sum() == pytest.approx(before + 1)
    path.write_text(text)
    assert accounts()["position_gbp_m"].sum() == before


def test_a_change_within_the_same_size_and_time_is_noticed(data_copy: Path) -> None:
    path = data_copy / "raw" / "gdp_deflator_quarterly.csv"
    old = path.stat().st_mtime_ns - 10 * catalogue._SETTLED_NS
    os.utime(path, ns=(old, old))
    before = [catalogue.digest_of(path) for _ in range(2)]
    path.write_text(path.read_text().replace("73.3", "80.5"))
    os.utime(path, ns=(old, old))
    assert catalogue.digest_of(path) not in before


def test_a_table_read_in_counts_at_once(data_copy: Path) -> None:
    assert kinds()["RL4"] == "non-specialist acute trusts"
    rows = datasets.load("trusts").assign(specialist=True)
    said = dict.fromkeys(("title", "publisher", "date", "kind"), "a new register")
    stamp = said | {"name": "trusts", "sha256": "0" * 64, "remarks": [], "files": []}
    stamp |= {"read_at": "2030-01-01", "reader_version": store.reader_version()}
    path = data_copy / "processed" / "trusts.2030-01-01.parquet"
    store.write(path, rows, stamp)
    assert kinds()["RL4"] == "specialist acute trusts"
    store.write(path, rows.assign(specialist=False), stamp)  # the same stamp, another table
    assert kinds()["RL4"] == "non-specialist acute trusts"
    path.unlink()
    assert kinds()["RL4"] == "non-specialist acute trusts"


def test_each_folder_and_each_day_has_its_own(
    data_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = data_copy / "raw" / "trust_successions.csv"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("RC1,")))
    package = data_copy / "raw" / "datapackage.json"
    gone = sum(line.startswith("RC1,") for line in lines)
    assert gone == 1
    package.write_text(
        package.read_text().replace(f'"rows": {len(lines) - 1}', f'"rows": {len(lines) - 1 - gone}')
    )
    day = pd.Timestamp("2020-04-01")
    assert became("RC1", day) is None
    monkeypatch.delenv("NHSI_DATA")
    assert became("RC1", day) is not None
    assert became("RC1", pd.Timestamp("2019-04-01")) is None


def test_an_unknown_trust_is_refused_as_ever() -> None:
    profile.build(profile.Settings())
    with pytest.raises(ParameterError, match="trust"):
        profile.Settings(trust="XXX")


def test_what_a_caller_does_to_an_answer_stays_with_the_caller() -> None:
    before = accounts().copy()
    mine = accounts()
    mine["margin"] = 0
    mine.attrs["mine"] = True
    pd.testing.assert_frame_equal(accounts(), before)


def test_only_so_many_answers_are_kept_and_only_those_of_tables() -> None:
    asked: list[int] = []

    @datasets.remembered
    def trusts(n: int) -> int:
        asked.append(n)
        return n + len(datasets.load("trusts"))

    @datasets.remembered
    def nothing(n: int) -> int:
        asked.append(n)
        return n

    assert [trusts(1), trusts(1), trusts(n=1)] == [236] * 3
    assert asked == [1, 1]
    for n in range(2, memo._MOST + 2):
        trusts(n)
    asked.clear()
    assert trusts(memo._MOST) == 235 + memo._MOST
    assert trusts(1) == 236
    assert asked == [1]
    asked.clear()
    assert [nothing(3), nothing(3)] == [3, 3]
    assert asked == [3, 3]


def test_an_answer_within_an_answer_rests_on_the_tables_of_both(data_copy: Path) -> None:
    @datasets.remembered
    def inner() -> int:
        return len(datasets.load("trusts"))

    @datasets.remembered
    def outer() -> int:
        return inner() + len(datasets.load("claims"))

    inner()
    outer()
    datasets.clear_reads()
    outer()
    assert [read["name"] for read in datasets.reads()] == ["trusts", "claims"]
    path = data_copy / "raw" / "trusts.csv"
    first = outer()
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(DataError, match="rows"):
        outer()
    assert first == 235 + len(datasets.load("claims"))


def test_the_files_of_an_answer_are_opened_each_time() -> None:
    code = """
import sys
from nhsi_analysis.studies.profile import Settings, build
build(Settings())
opened = set()
sys.addaudithook(lambda event, given: opened.add(str(given[0])) if event == "open" else None)
build(Settings(trust="RX9"))
print(*sorted(path.rsplit("/", 1)[-1] for path in opened if path.endswith(".csv")))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {
        f"{read['name']}.csv" for read in _reads_of(profile.Settings(trust="RX9"))
    }


def _reads_of(asked: profile.Settings) -> list[dict[str, Any]]:
    datasets.clear_reads()
    profile.build(asked)
    return datasets.reads()


def test_a_rehearsal_leaves_answers_but_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in datasets.names():
        datasets.load(name)
    memo.forget()
    datasets.clear_reads()
    monkeypatch.setattr(project, "_rehearsed_with", None)
    project.PROJECT.rehearse()
    assert datasets.reads() == []
    assert sum(map(len, memo._kept)) > 10
    memo.forget()
    project.PROJECT.rehearse()  # nothing has changed
    assert sum(map(len, memo._kept)) == 0


def test_a_rehearsal_checks_no_table(data_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project, "_rehearsed_with", None)
    with pytest.raises(DataError, match="has no checked copy"):
        project.PROJECT.rehearse()
    assert datasets.reads() == []
    assert not (data_copy / "processed").exists()
