"""The measurements: all of them are found, and those not made again keep their tables."""

from pathlib import Path

import pytest

from bench import __main__ as bench
from bench import start


def test_a_measurement_replaces_its_own_table_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = tmp_path / "RESULTS.md"
    results.write_text(bench.RESULTS.read_text(encoding="utf-8"), encoding="utf-8")
    before = dict(bench._TABLE.findall(results.read_text(encoding="utf-8")))
    assert {"agency", "ingest", "location", "packs", "parts", "ranking", "start"} <= set(
        bench.measurements()
    )
    monkeypatch.setattr(bench, "RESULTS", results)
    monkeypatch.setattr(start, "main", lambda: [{"case": "one", "seconds": 1.5}])
    assert bench.main(["start"]) == 0
    after = dict(bench._TABLE.findall(results.read_text(encoding="utf-8")))
    (title,) = [name for name, table in after.items() if "| one | 1.5 |" in table]
    assert before | {title: after[title]} == after
    assert all("Measured on " in table for table in after.values())
    assert bench.main(["nothing"]) == 2
