from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from matplotlib.figure import Figure
from sample_report import NAME

from nhsi_analysis import report
from notebook_reports.charts import style
from notebook_reports.errors import ParameterError
from notebook_reports.evidence import Answer, Estimate
from notebook_reports.report import blocks, markup
from notebook_reports.report.reading import read_blocks, title_of

Bundles = list[dict[str, Any]]


def figure_arguments(frame: pd.DataFrame, **changed: Any) -> dict[str, Any]:
    return {
        "key": "shares",
        "title": "Other trusts do better",
        "subtitle": "Share rated good, England, 2018",
        "source": "Own sums",
        "alt": "Other trusts reach 50%, acute trusts 40%.",
        "data": frame,
        **changed,
    }


def test_finding_keeps_every_part_of_its_estimate(shown: Bundles) -> None:
    estimate = Estimate(0.448, 0.385, 0.513, "share", 226, "trusts rated good", 0.95)
    report.finding("good_share", estimate)
    block = shown[0][blocks.MIME["finding"]]
    assert block["key"] == "good_share"
    assert (block["value"], block["low"], block["high"]) == (0.448, 0.385, 0.513)
    assert block["text"] == "44.8%"
    said = BeautifulSoup(shown[0]["text/html"], "html.parser").get_text()
    assert said == "44.8% trusts rated good (38.5% to 51.3%)"
    assert json.loads(json.dumps(block, allow_nan=False)) == block


def test_finding_without_a_number_is_still_valid_json(shown: Bundles) -> None:
    report.finding("gap", Estimate(float("nan"), label="not known"))
    block = shown[0][blocks.MIME["finding"]]
    assert block["value"] is None
    assert block["text"] == "not available"
    json.dumps(block, allow_nan=False)


def test_finding_without_a_card_shows_none(shown: Bundles) -> None:
    report.finding("quiet", Estimate(3.0, label="kept"), card=False)
    assert shown[0][blocks.MIME["finding"]]["card"] is False
    assert shown[0]["text/html"] == ""


@pytest.mark.parametrize("key", ["", "Good share", "2018", "a-b", "Ä", "../x"])
def test_a_key_that_names_no_file_is_refused(key: str) -> None:
    with pytest.raises(ParameterError, match="'key' must be lower-case"):
        report.finding(key, Estimate(1.0, label="one"))


def test_a_bare_number_is_no_finding() -> None:
    with pytest.raises(ParameterError, match="must be an Estimate"):
        report.finding("one", 1.0)  # type: ignore[arg-type]


def test_a_finding_needs_words() -> None:
    with pytest.raises(ParameterError, match="'label'"):
        report.finding("one", Estimate(1.0))


def test_figure_puts_its_words_on_the_page_and_not_into_the_picture(
    shown: Bundles, chart: Figure, table: pd.DataFrame
) -> None:
    report.figure(chart, note="How to read it.", **figure_arguments(table))
    soup = BeautifulSoup(shown[0]["text/html"], "html.parser")
    assert soup.img["alt"] == "Other trusts reach 50%, acute trusts 40%."
    assert "reach 50%" not in soup.get_text(), "it is read once"
    words = (
        "Figure 1. Other trusts do better",
        "Share rated good, England, 2018",
        "How to read it.",
        "Source: Own sums.",
    )
    assert all(part in soup.figure.get_text() for part in words)
    drawn = BeautifulSoup(shown[0][blocks.MIME["figure"]]["svg"], "html.parser").get_text()
    assert "Acute" in drawn, "text in the picture stays text"
    assert not any(part in drawn for part in words)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"title": ""}, "title"),
        ({"subtitle": "  "}, "subtitle"),
        ({"source": ""}, "source"),
        ({"source": []}, "source"),
        ({"source": ["Own sums", ""]}, "source"),
        ({"alt": ""}, "alt"),
        ({"alt": "No description has been provided for this image"}, "alt"),
        ({"alt": "Image"}, "alt"),
        ({"alt": "Figure 3"}, "alt"),
        ({"alt": "chart."}, "alt"),
        ({"alt": "Other trusts do better."}, "alt"),
        ({"data": pd.DataFrame()}, "data"),
        ({"data": pd.DataFrame({"a": []})}, "data"),
        ({"data": None}, "data"),
        ({"data": pd.DataFrame([[1, 2]], columns=["a", "a"])}, "data"),
    ],
)
def test_a_figure_with_a_part_missing_is_refused(
    chart: Figure, table: pd.DataFrame, changed: dict[str, Any], named: str
) -> None:
    with pytest.raises(ParameterError, match=f"'{named}'"):
        report.figure(chart, **figure_arguments(table, **changed))


def test_a_figure_that_draws_nothing_is_refused(table: pd.DataFrame) -> None:
    with pytest.raises(ParameterError, match="no axes"):
        report.figure(Figure(), **figure_arguments(table))
    with pytest.raises(ParameterError, match="must be a matplotlib Figure"):
        report.figure("picture", **figure_arguments(table))  # type: ignore[arg-type]


def test_strict_mode_refuses_labels_on_each_other(
    table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, shown: Bundles
) -> None:
    fig, ax = style.new_figure()
    ax.plot([0, 1], [0, 1])
    ax.text(0.5, 0.5, "one label")
    ax.text(0.5, 0.5, "another label")
    report.figure(fig, **figure_arguments(table))
    assert len(shown) == 1
    monkeypatch.setenv("NHSI_STRICT", "1")
    with pytest.raises(ParameterError, match="'one label' and 'another label' overlap"):
        report.figure(fig, **figure_arguments(table))


def test_a_source_that_is_a_table_is_written_out(
    shown: Bundles, chart: Figure, table: pd.DataFrame
) -> None:
    report.figure(chart, **figure_arguments(table, source=["cqc_trust_ratings", "Own sums"]))
    source = shown[0][blocks.MIME["figure"]]["source"]
    assert source[0]["publisher"] == "Care Quality Commission"
    assert source[1] == "Own sums"
    assert f"Source: {source[0]['title']}; Own sums." in shown[0]["text/html"]


def test_table_is_real_and_says_the_same_decimals_down_a_column(shown: Bundles) -> None:
    frame = pd.DataFrame(
        {
            "Trust": ["RA1", "RB2", "RC3"],
            "Share": [0.4, 0.5, np.nan],
            "Spend": [1234.5, 20.0, 3.25],
            "Trusts": [1000, 2, 3],
            "Good": [True, False, True],
            "Interval": [Estimate(0.4, 0.3, 0.5, "share", confidence=0.95)] * 3,
        }
    )
    report.table(frame, key="t", caption="A caption", source="Own sums", formats={"Share": "share"})
    soup = BeautifulSoup(shown[0]["text/html"], "html.parser")
    assert soup.caption.get_text() == "Table 1. A caption"
    assert [th["scope"] for th in soup.thead.find_all("th")] == ["col"] * 6
    assert [th.get_text() for th in soup.tbody.find_all("th", scope="row")] == ["RA1", "RB2", "RC3"]
    cells = [
        [c.get_text() for c in row.find_all(["th", "td"])] for row in soup.tbody.find_all("tr")
    ]
    assert cells[0] == ["RA1", "40.0%", "1,234.5", "1,000", "Yes", "40.0% (30.0% to 50.0%)"]
    assert cells[1][2] == "20.0"
    assert cells[2][1] == "not available"
    data = shown[0][blocks.MIME["table"]]["data"]
    assert [c["name"] for c in data["columns"]][-3:] == [
        "Interval",
        "Interval low",
        "Interval high",
    ]
    assert data["rows"][2][1] is None


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"caption": ""}, "caption"),
        ({"source": ""}, "source"),
        ({"formats": {"nothing": "share"}}, "formats"),
        ({"row_header": 9}, "row_header"),
        ({"key": "A b"}, "key"),
    ],
)
def test_a_table_with_a_part_missing_is_refused(
    table: pd.DataFrame, changed: dict[str, Any], named: str
) -> None:
    arguments: dict[str, Any] = {"key": "t", "caption": "A caption", "source": "Own sums"}
    with pytest.raises(ParameterError, match=f"'{named}'"):
        report.table(table, **{**arguments, **changed})


def test_a_named_index_becomes_a_column_and_a_nameless_one_goes(shown: Bundles) -> None:
    frame = pd.DataFrame({"n": [1, 2]}, index=pd.Index(["RA1", "RB2"], name="Trust"))
    report.table(frame, key="named", caption="Named", source="Own sums")
    report.table(frame.rename_axis(None), key="nameless", caption="Nameless", source="Own sums")
    headers = [bundle[blocks.MIME["table"]]["header"] for bundle in shown]
    assert headers == [["Trust", "n"], ["n"]]


def test_ordered_categories_sort_by_their_order(shown: Bundles) -> None:
    ratings = pd.Categorical(["Good", "Outstanding"], ["Outstanding", "Good"], ordered=True)
    report.table(
        pd.DataFrame({"Trust": ["a", "b"], "Rating": ratings}),
        key="ratings",
        caption="Ratings",
        source="Own sums",
    )
    block = shown[0][blocks.MIME["table"]]
    cells = BeautifulSoup(markup.table(block), "html.parser").tbody.find_all("td")
    assert [c["data-v"] for c in cells] == ["1", "0"]


@pytest.mark.parametrize("call", [report.lede, report.text])
def test_markup_in_computed_prose_stays_text(shown: Bundles, call: Any) -> None:
    call(f"The trust **{NAME}** is good.")
    soup = BeautifulSoup(shown[0]["text/html"], "html.parser")
    assert soup.find("script") is None
    assert soup.find("strong").get_text() == NAME
    with pytest.raises(ParameterError, match=r"'(lede|markdown)'"):
        call(" ")


def test_no_name_can_break_out_of_figure_table_or_finding(
    shown: Bundles, chart: Figure, table: pd.DataFrame
) -> None:
    bad = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'"
    frame = pd.DataFrame({bad: [bad, "other"], "n": [1, 2]})
    report.figure(chart, note=bad, **figure_arguments(frame, title=bad, subtitle=bad, source=bad))
    report.table(frame, key="t", caption=bad, source=bad, note=bad)
    report.finding("one", Estimate(1.0, label=bad, unit=bad))
    for bundle in shown:
        soup = BeautifulSoup(bundle["text/html"], "html.parser")
        assert soup.find("script") is None
        assert all(image["src"].startswith("data:image/png") for image in soup.find_all("img"))
        assert bad in soup.get_text()


def test_an_executed_notebook_gives_every_block_back(sample: Any) -> None:
    kinds = [kind for kind, _ in read_blocks(sample)]
    assert " ".join(kinds) == (
        "text finding finding finding figure text figure table table provenance"
    )
    assert title_of(sample) == "Do types of trust differ?"


def test_provenance_lists_parameters_versions_and_tables(
    shown: Bundles, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nhsi_analysis import datasets

    monkeypatch.setenv("NHSI_COMMIT", "abc123")
    datasets.clear_reads()
    datasets.load("trusts")
    report.provenance({"trust": "RX1", "levels": [0.9, 0.95]})
    block = shown[0][blocks.MIME["provenance"]]
    assert block["parameters"] == {"trust": "RX1", "levels": [0.9, 0.95]}
    assert [t["name"] for t in block["tables"]] == ["trusts"]
    assert block["commit"] == "abc123"
    assert {"Python", "numpy", "pandas"} <= set(block["versions"])
    text = BeautifulSoup(shown[0]["text/html"], "html.parser").get_text()
    assert "trust = RX1" in text
    assert block["tables"][0]["sha256"][:12] in text


def test_an_answer_shows_what_stands_beside_it(shown: Bundles, monkeypatch: pytest.MonkeyPatch):
    beside = {"sure": f"Not **very** {NAME}.", "as_at": "1 March 2019", "changes": "A census."}
    report.show(Answer("Of **226 trusts** most are good.", ranges="At 95%.", **beside))
    block = shown[0][blocks.MIME["text"]]
    assert block["role"] == "lede"
    assert beside.items() <= block.items()
    soup = BeautifulSoup(shown[0]["text/html"], "html.parser")
    assert [p.get_text() for p in soup.find_all("p")[1:-1]] == [
        f"How sure: Not very {NAME}.",
        "As at: 1 March 2019",
        "What would change this: A census.",
    ]
    long = Answer("word " * 61)
    report.show(long)
    monkeypatch.setenv("NHSI_STRICT", "1")
    with pytest.raises(ParameterError, match="'lede' is too long: 61 words, at most 60"):
        report.show(long)


def test_a_script_prints_the_words_of_what_it_shows(
    capsys: pytest.CaptureFixture[str], chart: Figure, table: pd.DataFrame
) -> None:
    report.figure(chart, **figure_arguments(table))
    given = figure_arguments(table)
    assert capsys.readouterr().out.splitlines() == [given["title"], given["subtitle"], given["alt"]]
