"""Loading, describing and caching the shipped tables."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nhsi_analysis import datasets
from nhsi_analysis.datasets import store
from nhsi_analysis.errors import DataError, ParameterError

NAMES = datasets.names()


@pytest.fixture
def data_copy(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(root / "data" / "raw", tmp_path / "data" / "raw")
    monkeypatch.setenv("NHSI_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.mark.parametrize("name", NAMES)
def test_load_gives_a_checked_table_with_its_provenance(name: str) -> None:
    table = datasets.load(name, source="shipped")
    found = table.attrs["provenance"]
    assert found["name"] == name
    assert found["rows"] == len(table) > 0
    assert found["origin"] == "shipped"
    assert found["modified"] is False
    assert len(found["sha256"]) == 64
    assert found["page"].startswith("https://")
    assert re.match("Open |Creative |Publishers' own terms", found["licence"])
    assert all(found[k] for k in ("title", "publisher", "date", "path", "caveats"))
    assert not Path(found["path"]).is_absolute()
    json.dumps(found)


def test_the_same_table_comes_from_file_and_from_cache(data_copy: Path) -> None:
    for name in ("trusts", "cqc_trust_ratings", "england_outline", "agency_annual"):
        first = datasets.load(name)
        assert (data_copy / "processed" / "cache" / f"{name}.parquet").is_file()
        again = datasets.load(name)
        pd.testing.assert_frame_equal(first, again)
        assert first.attrs == again.attrs


def test_a_changed_value_is_followed_and_said(data_copy: Path) -> None:
    before = datasets.load("gdp_deflator_quarterly")
    path = data_copy / "raw" / "gdp_deflator_quarterly.csv"
    path.write_text(path.read_text().replace("2008-01-01,73.3", "2008-01-01,80.5"))
    after = datasets.load("gdp_deflator_quarterly")
    assert before["gdp_deflator_2022_100"].iloc[0] == 73.3
    assert after["gdp_deflator_2022_100"].iloc[0] == 80.5
    assert after.attrs["provenance"]["modified"] is True
    assert after.attrs["provenance"]["sha256"] != before.attrs["provenance"]["sha256"]


def test_a_damaged_or_foreign_cache_is_not_trusted(data_copy: Path) -> None:
    good = datasets.load("trusts")
    cache = data_copy / "processed" / "cache" / "trusts.parquet"
    cache.write_bytes(cache.read_bytes()[: cache.stat().st_size // 2])
    pd.testing.assert_frame_equal(datasets.load("trusts"), good)
    store.write(cache, good.head(3), {"table": "trusts", "sha256": "0" * 64})
    assert len(datasets.load("trusts")) == len(good)
    damaged = bytearray(cache.read_bytes())
    damaged[len(damaged) // 3] ^= 0xFF
    cache.write_bytes(bytes(damaged))
    pd.testing.assert_frame_equal(datasets.load("trusts"), good)


def test_changed_reading_code_makes_the_cache_stale(
    data_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    datasets.load("trusts")
    cache = data_copy / "processed" / "cache" / "trusts.parquet"
    stamp = store.stamp_of(cache)
    assert stamp is not None
    monkeypatch.setattr(store, "reader_version", lambda: "another")
    datasets.load("trusts")
    assert store.stamp_of(cache) == {**stamp, "reader": "another"}


def test_an_unwritable_folder_is_no_hindrance(data_copy: Path) -> None:
    (data_copy / "processed").write_text("a file where the folder should be")
    assert len(datasets.load("trusts")) == 235


def test_processes_may_load_at_once(data_copy: Path) -> None:
    code = "from nhsi_analysis import datasets; print(len(datasets.load('trusts')))"
    environment = {**os.environ, "NHSI_DATA": str(data_copy)}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment
        )
        for _ in range(2)
    ]
    assert [p.communicate(timeout=120)[0].strip() for p in running] == ["235"] * 2
    assert [p.name for p in (data_copy / "processed" / "cache").iterdir()] == ["trusts.parquet"]


def test_a_cached_table_is_loaded_without_pandera(data_copy: Path) -> None:
    datasets.load("trusts")
    code = (
        "import sys; from nhsi_analysis import datasets; datasets.load('trusts');"
        "print('pandera' in sys.modules)"
    )
    environment = {**os.environ, "NHSI_DATA": str(data_copy)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout.strip() == "False"


def test_what_a_caller_does_to_a_table_stays_with_the_caller(data_copy: Path) -> None:
    original = datasets.load("trusts").copy()
    for _ in range(2):  # read from the file, then kept in memory
        mine = datasets.load("trusts")
        mine.loc[0, "org_name"] = "changed"
        mine["postcode"] = "nowhere"
        mine.attrs["provenance"] = {}
        with pytest.raises(ValueError, match="read-only"):
            mine["open_date"].to_numpy()[0] = np.datetime64("1900-01-01")
    again = datasets.load("trusts")
    pd.testing.assert_frame_equal(again, original, check_flags=False)
    assert again.attrs["provenance"]["rows"] == len(original)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the system has no /proc")
def test_reading_a_table_starts_no_thread(data_copy: Path) -> None:
    code = (
        "import os; from nhsi_analysis import datasets\n"
        "for name in ('ae_monthly', 'trusts'): datasets.load(name)\n"
        "print(len(os.listdir('/proc/self/task')))"
    )
    quiet = {"NHSI_DATA": str(data_copy), "JE_ARROW_MALLOC_CONF": "background_thread:false"}
    environment = {**os.environ, **quiet, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    for _ in range(2):  # the second time from the copies the first has kept
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            env=environment,
            check=True,
        )
    assert done.stdout.strip() == "1"


def test_reads_lists_each_table_once(data_copy: Path) -> None:
    datasets.clear_reads()
    datasets.load("trusts")
    datasets.load("claims")
    datasets.load("trusts")
    assert [r["name"] for r in datasets.reads()] == ["trusts", "claims"]
    datasets.clear_reads()
    assert datasets.reads() == []


def test_an_unknown_table_stops_with_the_list() -> None:
    with pytest.raises(ParameterError, match=r"cqc_trust_ratingz.*cqc_trust_ratings"):
        datasets.load("cqc_trust_ratingz")


def test_types_are_those_the_reports_rely_on() -> None:
    ratings = datasets.load("cqc_trust_ratings", source="shipped")
    assert str(ratings["snapshot"].dtype).startswith("datetime64")
    assert sorted(ratings["snapshot"].dt.strftime("%Y-%m-%d").unique()) == [
        "2018-09-03",
        "2019-03-01",
    ]
    assert pd.api.types.is_string_dtype(ratings["org_code"])
    assert ratings["org_code"].nunique() == 226
    ae = datasets.load("ae_monthly", source="shipped")
    assert set(ae["department_type"]) == {"1", "2", "other"}
    assert str(datasets.load("trusts", source="shipped")["specialist"].dtype) == "boolean"


def test_missing_file_or_descriptor_is_one_error(data_copy: Path) -> None:
    (data_copy / "raw" / "trusts.csv").unlink()
    with pytest.raises(DataError, match=r"data/raw/trusts\.csv: is missing"):
        datasets.load("trusts")
    (data_copy / "raw" / "datapackage.json").write_text('{"resources": [')
    with pytest.raises(DataError, match=r"datapackage\.json, row 1: must be JSON"):
        datasets.names()
    (data_copy / "raw" / "datapackage.json").unlink()
    with pytest.raises(DataError, match=r"datapackage\.json: is missing"):
        datasets.names()


def test_the_checksum_is_of_the_file_read_now(data_copy: Path) -> None:
    path = data_copy / "raw" / "claims.csv"
    for _ in range(2):
        read = datasets.load("claims").attrs["provenance"]["sha256"]
        assert read == hashlib.sha256(path.read_bytes()).hexdigest()
        with path.open("a") as file:
            file.write("C999,league,x,y,1,trusts,2016,count,,,a document\n")


def test_a_table_half_added_is_told_what_it_lacks(data_copy: Path) -> None:
    file, descriptor = data_copy / "raw" / "beds.csv", data_copy / "raw" / "datapackage.json"
    file.write_text("org_code,beds\nRR8,1200\n")
    [found] = [t for t in datasets.check()[0] if not t.ok]
    assert found.problem == (
        "data/raw/beds.csv: has no entry in datapackage.json. Describe it there"
    )
    package = json.loads(descriptor.read_text())
    entry = {**package["resources"][0], "name": "beds", "path": "beds.csv"}
    del entry["caveats"], entry["rows"]
    package["resources"].append(entry)
    descriptor.write_text(json.dumps(package))
    with pytest.raises(DataError, match="the entry of table 'beds' must have caveats, rows"):
        datasets.names()
    entry |= {"caveats": ["Made up."], "rows": 1}
    descriptor.write_text(json.dumps(package, indent=1))
    [found] = [t for t in datasets.check()[0] if not t.ok]
    assert "no model says its rules" in found.problem
    assert "nhsi_analysis/schemas/models.py" in found.problem
    file.unlink()
    package["resources"].pop()
    package["resources"][0]["bytes"] += 1
    descriptor.write_text(json.dumps(package, indent=2))
    [found] = [t for t in datasets.check()[0] if not t.ok]
    assert "bytes. Record that in datapackage.json" in found.problem


@pytest.mark.parametrize("name", NAMES)
def test_describe_tells_columns_units_and_caveats(name: str) -> None:
    found = datasets.describe(name)
    assert list(found.to_frame()["name"])
    assert found.to_frame()["description"].str.len().gt(0).all()
    shown = found._repr_markdown_()
    assert found.title in shown
    assert all(c in shown for c in found.caveats)


def test_successions_fit_the_accounts() -> None:
    successions = datasets.load("trust_successions", source="shipped").set_index("org_code")
    last = datasets.load("trust_finance", source="shipped").groupby("org_code")["financial_year"]
    ended = last.max().reindex(successions.index).dropna()
    day = successions["effective_date"].loc[ended.index]
    year_of_change = day.dt.year - (day.dt.month < 4)
    before = day[day < "2019-04-01"].index
    # The accounts of a trust stop in the year it ended, or the year after where its books were
    # kept open to be closed.
    gap = ended.str[:4].astype(int).loc[before] - year_of_change.loc[before]
    assert gap.between(-1, 2).all()
    assert len(before) > 25


def test_every_merged_trust_of_the_trusts_table_has_its_successor() -> None:
    trusts = datasets.load("trusts", source="shipped")
    closed = set(trusts.loc[trusts["close_date"].notna(), "org_code"])
    assert len(closed) == 5
    assert closed <= set(datasets.load("trust_successions", source="shipped")["org_code"])
