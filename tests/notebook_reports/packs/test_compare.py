"""Two packs from two versions of a table: exactly what changed is named."""

from __future__ import annotations

import copy
import json

import pytest

from nhsi_analysis import cli
from notebook_reports.errors import PackError
from notebook_reports.packs.compare import compare, compare_page


def finding(key: str, value: float | None, low: float | None = None, high: float | None = None):
    interval = "" if low is None else f"95% confidence interval {low} to {high}"
    return {
        "key": key,
        "label": f"the {key}",
        "value": value,
        "low": low,
        "high": high,
        "n": 9,
        "unit": "",
        "text": "not available" if value is None else f"{value:g}",
        "interval_text": interval,
        "confidence": 0.95,
        "kind": "confidence interval",
    }


def report(id_: str, *findings: dict, status: str = "done", **parameters: object) -> dict:
    failure = None if status == "done" else {"kind": "error", "message": "broke", "cell": 1}
    return {
        "id": id_,
        "title": f"Title of {id_}",
        "status": status,
        "failure": failure,
        "parameters": parameters,
        "findings": list(findings),
    }


OLD = {
    "format": 1,
    "title": "Pack",
    "finished": "2018-10-01T00:00:00+00:00",
    "git": {"commit": "a" * 40, "dirty": False},
    "versions": {"pandas": "2.0", "numpy": "2.0"},
    "data": {"data/raw/a.csv": "1", "data/raw/b.csv": "1", "data/raw/gone.csv": "1"},
    "reports": [
        report("same", finding("x", 1.0, 0.5, 1.5), year=1),
        report(
            "moved",
            *(finding("far", 1.0, 0.5, 1.5), finding("near", 1.0, 0.5, 1.5)),
            *(finding("count", 3), finding("kept", 2.0), finding("lost", 4.0)),
            *(finding("one", 1.0, 0.9, 1.1), finding("wider", 1.0, 0.5, 1.5)),
            finding("unknown", None),
        ),
        report("broke", finding("x", 1.0)),
        report("vanished", finding("x", 1.0)),
    ],
}


@pytest.fixture(name="packs")
def _packs(tmp_path):
    new = copy.deepcopy(OLD)
    new["finished"] = "2019-01-01T00:00:00+00:00"
    new["git"]["commit"] = "b" * 40
    new["versions"]["pandas"] = "3.0"
    new["data"] = {"data/raw/a.csv": "1", "data/raw/b.csv": "2", "data/raw/fresh.csv": "1"}
    new["reports"][0]["parameters"]["year"] = 2
    new["reports"][1]["findings"] = [
        *(finding("far", 2.0, 1.6, 2.4), finding("near", 1.1, 0.6, 1.6)),
        *(finding("count", 4), finding("kept", 2.0 + 1e-15), finding("gained", 5.0)),
        *(finding("one", 1.2, 0.8, 1.6), finding("wider", 1.0, 0.4, 1.6)),
        finding("unknown", 7.0),
    ]
    new["reports"][2:] = [
        report("broke", status="failed"),
        report("<script>alert(1)</script>", finding("x", 1.0)),
    ]
    for name, content in (("old", OLD), ("new", new)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text(json.dumps(content))
    return tmp_path / "old", tmp_path / "new"


def test_exactly_what_changed_is_named(packs):
    found = compare(*packs)
    assert {c.key: c.verdict for c in found.findings} == {
        "far": "exceeds both intervals",
        "near": "within the intervals",
        "count": "changed; it has no interval",
        "gained": "appeared",
        "lost": "vanished",
        "one": "exceeds one of the two intervals",
        "wider": "same value, other interval or words",
        "unknown": "available in one only",
    }
    assert found.unchanged == 2
    assert [r["id"] for r in found.appeared] == ["<script>alert(1)</script>"]
    assert [r["id"] for r in found.vanished] == ["vanished"]
    assert [(a["status"], b["status"]) for a, b in found.status] == [("done", "failed")]
    assert [(r["id"], *rest) for r, *rest in found.parameters] == [("same", "year", "1", "2")]
    assert dict(found.data) == {
        "data/raw/b.csv": "changed",
        "data/raw/fresh.csv": "read only by the new pack",
        "data/raw/gone.csv": "read only by the old pack",
    }
    assert [what for what, *_ in found.context] == ["commit", "pandas"]


def test_the_comparison_is_printed_and_written_with_both_intervals(packs):
    found = compare(*packs)
    text = "\n".join(found.lines())
    assert (
        "moved far: 1 (95% confidence interval 0.5 to 1.5) -> "
        "2 (95% confidence interval 1.6 to 2.4): exceeds both intervals"
    ) in text
    page = compare_page(found)
    assert "exceeds both intervals" in page
    assert "8 of 10 findings changed" in page
    assert "<script>alert" not in page


def test_a_pack_with_itself_differs_in_nothing(packs):
    found = compare(packs[0], packs[0] / "manifest.json")
    assert found.findings == found.data == found.appeared == found.vanished == found.context == ()
    assert "No finding changed." in compare_page(found)


@pytest.mark.parametrize("content", [None, "no json", "{}"])
def test_what_is_no_pack_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(PackError, match=r"manifest\.json"):
        compare(tmp_path, tmp_path)


def test_a_folder_where_the_page_should_go_is_one_clear_message(packs, capsys, monkeypatch):
    old, new = packs
    (new / "compare.html" / "within").mkdir(parents=True)
    monkeypatch.setattr("sys.argv", ["nhsi", "compare", str(old), str(new)])
    message = ""
    try:
        cli.main()
    except (SystemExit, OSError) as error:
        message = f"{type(error).__name__} {error}: {capsys.readouterr().err}"
    assert message == f"SystemExit 2: nhsi: can't write {new / 'compare.html'}: Is a directory\n"
