"""Two packs from two versions of a table: exactly what changed is named."""

from __future__ import annotations

import copy
import csv
import gzip
import json

import pytest

from nhsi_analysis import cli
from notebook_reports.errors import PackError
from notebook_reports.packs import kept
from notebook_reports.packs.changes import Change, Conclusion, reworded
from notebook_reports.packs.compare import compare, compare_page
from notebook_reports.packs.files import write_atomic
from notebook_reports.packs.keys import digest


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
        "count": "no interval: a count changed by 1",
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
    assert {change.path: change.what for change in found.data} == {
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
    assert (
        "none of 2 reports in both has another conclusion; 1 report made before has failed; "
        "8 of 10 findings changed; 3 data files differ."
    ) in page
    assert "<script>alert" not in page


def test_a_pack_with_itself_differs_in_nothing(packs):
    found = compare(packs[0], packs[0] / "manifest.json")
    assert found.findings == found.data == found.appeared == found.vanished == found.context == ()
    assert "No finding changed." in compare_page(found)


def chance(value: float, *interval: float) -> dict:
    return finding("x", value, *interval) | {"unit": "probability"}


def test_where_peers_lie_is_no_interval_of_a_number():
    old, new = (finding("x", v, 0.5, 1.5) | {"kind": "peers"} for v in (1.0, 1.1))
    assert Change("r", "R", "x", "x", old, new).verdict == "no interval: the number changed"
    new |= {"low": -0.5}
    assert Change("r", "R", "x", "x", old, new).crossed == ()


def test_a_whole_number_of_pounds_or_a_share_is_no_count():
    for unit, verdict in (
        ("", "no interval: a count changed by 1"),
        ("of 9 trusts", "no interval: a count changed by 1"),
        ("GBP m", "no interval: the number changed"),
        ("share", "no interval: the number changed"),
    ):
        old, new = (finding("x", value) | {"unit": unit} for value in (0.0, 1.0))
        assert Change("r", "R", "x", "x", old, new).verdict == verdict


def test_a_number_that_stands_at_a_later_date_has_not_changed(packs):
    manifest = json.loads((packs[0] / "manifest.json").read_text())
    for date, folder in zip(("3 September 2018", "1 March 2019"), packs, strict=True):
        manifest["reports"][0]["findings"][0]["label"] = f"trusts rated good on {date}"
        (folder / "manifest.json").write_text(json.dumps(manifest))
    assert compare(*packs).findings == ()


def verdict(value: float, said: str) -> dict:
    return finding("x", value) | {"text": said, "said": said}


@pytest.mark.parametrize(
    ("old", "new", "crossed"),
    [
        (chance(0.04), chance(0.06), "now above 5%"),
        (chance(0.05), chance(0.04), "now below 5%"),
        (chance(0.06), chance(0.07), ""),
        # An exact chance of 1 is a test's that found nothing; 0.93 is no other conclusion.
        (chance(1.0), chance(0.93), ""),
        (chance(0.97, 0.9, 0.99), chance(0.93, 0.8, 0.98), "now below 95%"),
        (finding("x", 4.6, 0.0, 9.2), finding("x", 4.1, -0.6, 8.8), ""),
        (finding("x", 4.6, 0.1, 9.2), finding("x", 4.1, -0.6, 8.8), "the interval now holds 0"),
        (finding("x", -4.0, -9, 0), finding("x", -5.0, -9, -1), "the interval no longer holds 0"),
        (finding("x", -4.0), finding("x", 2.0), "changed sign"),
        (finding("x", 0.0), finding("x", 2.0), ""),
        (verdict(1, "Good"), verdict(2, "Poor"), "another verdict"),
        (verdict(3, "3 of 9"), verdict(4, "4 of 9"), ""),
        (finding("x", None), finding("x", -1.0), ""),
        (None, chance(0.04), ""),
    ],
)
def test_a_line_between_two_conclusions_is_told_when_it_is_crossed(old, new, crossed):
    assert ", ".join(Change("r", "R", "x", "x", old, new).crossed) == crossed


@pytest.mark.parametrize(
    ("old", "new", "other"),
    [
        ("On 1 March 2019, 1 trust was rated.", "On 3 June 2020, 12 trusts were rated.", False),
        ("18 rose and none fell (less than 1%).", "1,024 rose and 2 fell (3.5%).", False),
        ("It cost £230m by 2017-03-31.", "It cost £1.2bn by May 2018.", False),
        ("They may have risen by 3 points.", "They have risen by 3 points.", True),
        ("18 of 226 trusts moved up.", "18 of 226 trusts moved down.", True),
        ("RJ1 stands 14th.", "RJ1 stands 101st.", False),
        ("", "Now it says something.", True),
    ],
)
def test_other_words_are_told_from_other_numbers(old, new, other):
    assert reworded(old, new) is other


def test_what_differs_between_two_sentences_is_marked_and_nothing_is_lost():
    found = Conclusion("r", "R", "8 fell, by 8%  of the time", "9 fell, by 12% of the time", ())
    assert found.pieces("old") == [
        *(("8", True), ("fell, by", False), ("8%", True), ("of the time", False)),
    ]
    assert [text for text, other in found.pieces("new") if other] == ["9", "12%"]


RATINGS = """snapshot,code,service,rating
2019-03-01,RJ1,Overall,{}
2019-03-01,RJ1,Maternity,Good
"""
KEY = ["snapshot", "code", "service"]


@pytest.fixture(name="quarters")
def _quarters(tmp_path):
    """Return two packs of one commit, named by quarter, with a table in which one row differs."""
    path = "data/raw/ratings.csv"
    for quarter, rating, lede in (
        ("Quarter 3 of 2018/19", "Good", "8% of the time, so chance can't be ruled out."),
        ("Quarter 4 of 2018/19", "Requires improvement", "Chance alone often does it."),
    ):
        content = RATINGS.format(rating).encode()
        fallen = 8 + (rating != "Good")
        made = copy.deepcopy(OLD) | {
            "quarter": quarter,
            "data": {path: digest(content)},
            "tables": {path: {"name": "ratings", "title": "Ratings", "key": KEY}},
            "reports": [
                report("last", finding("fell", fallen)) | {"lede": f"{fallen} fell."},
                report("04", finding("fell", fallen)) | {"lede": lede},
            ],
        }
        folder = tmp_path / quarter[8]
        write_atomic(folder / "manifest.json", json.dumps(made))
        write_atomic(folder / kept.place(path, digest(content)), gzip.compress(content))
    return tmp_path / "3", tmp_path / "4"


def test_conclusions_stand_first_then_findings_then_the_rows_that_differ(
    quarters, capsys, monkeypatch
):
    old, new = quarters
    monkeypatch.setattr("sys.argv", ["nhsi", "compare", str(old), str(new)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 0
    packs = "rom Quarter 3 of 2018/19, commit aaaaaaa, to Quarter 4 of 2018/19, commit aaaaaaa"
    printed = [
        packs,
        "conclusions: 1 changed",
        "  04: Title of 04\n    then: 8% of the time, so",
        "    now: Chance alone often does it.",
        "  last: Title of last (the same words, other numbers)",
        "findings: 2 changed",
        "  last fell: 8 -> 9: no interval: a count changed by 1",
        "data files: 1 differ",
        "  data/raw/ratings.csv: changed: 1 row changed",
        "    RJ1, Overall, snapshot 1 March 2019: rating Good -> Requires improvement",
        "reports: 0 appeared",
    ]
    written = [
        packs,
        "1 of 2 reports in both has another conclusion, 1 the same words with other numbers",
        *("Conclusions that changed", "Title of 04", "Chance alone often does it."),
        *("The same words, other numbers", "Title of last", "<strong>9</strong> fell."),
        *("Findings that changed", "no interval: a count changed by 1"),
        *("Rows of data that differ", ">Ratings</h3>", 'href="compare-raw-ratings.csv"'),
        *("RJ1, Overall, snapshot 1 March 2019", "rating Good", "rating Requires improvement"),
    ]
    text, page = capsys.readouterr().out, (new / "compare.html").read_text()
    for told, parts in ((text, printed), (page, written)):
        places = [told.find(part) for part in parts]
        assert -1 not in places, parts[places.index(-1)]
        assert places == sorted(places)
    assert "within the intervals" not in page + text
    with (new / "compare-raw-ratings.csv").open(encoding="utf-8-sig") as file:
        assert list(csv.reader(file)) == [
            ["change", "snapshot", "code", "service", "rating"],
            ["changed from", "2019-03-01", "RJ1", "Overall", "Good"],
            ["changed to", "2019-03-01", "RJ1", "Overall", "Requires improvement"],
        ]


def test_packs_of_one_quarter_and_commit_are_told_apart_by_when_they_were_made(quarters):
    names = compare(quarters[0], quarters[0]).names
    assert names[0] == "Quarter 3 of 2018/19, commit aaaaaaa, made 1 October 2018 at 00:00"


def test_a_copy_that_is_gone_or_was_changed_is_said_and_tells_nothing(quarters):
    (copied,) = (quarters[0] / "records" / "data").iterdir()
    copied.write_bytes(gzip.compress(RATINGS.format("Poor").encode()))
    for _ in range(2):
        (data,) = compare(*quarters).data
        assert data.rows is None
        assert data.said == (
            "changed: the earlier pack holds no copy of it, so its rows can't be told"
        )
        copied.unlink(missing_ok=True)


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
