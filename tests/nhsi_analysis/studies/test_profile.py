"""The trust profile: every trust, missing data, dates, and numbers by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from nhsi_analysis import datasets
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.profile import Profile, profile
from nhsi_analysis.studies.profile.identity import identify
from notebook_reports.charts import check


def figures(page: Profile) -> list[dict[str, object]]:
    """Every figure the notebook would draw."""
    drawn = []
    if page.ratings.has_data:
        drawn.append(page.ratings.figure())
    if page.survey.has_data:
        drawn.append(page.survey.items_figure())
    if page.survey.has_trend:
        drawn.append(page.survey.trend_figure())
    if page.emergency.has_data:
        drawn.append(page.emergency.figure())
    if page.money.has_data:
        drawn.append(page.money.figure())
    return drawn


def texts(page: Profile) -> list[str]:
    """Every sentence the notebook would write."""
    return [
        page.lede,
        page.ratings.reading,
        page.survey.reading,
        page.survey.trend_sentence,
        page.survey.later_sentence,
        page.emergency.reading,
        page.money.reading,
        page.money.staffing_sentence,
    ]


@pytest.mark.slow
def test_every_rated_trust_has_a_page() -> None:
    codes = sorted(datasets.load("cqc_trust_ratings")["org_code"].unique())
    assert len(codes) == 226
    for code in codes:
        page = profile(code)
        assert page.ratings.has_data, code
        for text in texts(page):
            assert text.strip(), code
            assert "nan" not in text.lower().replace("finan", ""), (code, text)
        for key, estimate in page.findings.items():
            assert np.isfinite(estimate.value), (code, key)
            assert estimate.low is None or np.isfinite(estimate.low), (code, key)


@pytest.mark.parametrize("code", ["RL4", "RX8", "RYA", "RV3", "R1F", "RY1", "R0A"])
def test_figures_are_drawn_without_faults(code: str) -> None:
    page = profile(code)
    assert page.money.has_data
    for figure in figures(page):
        assert check.problems(figure["fig"]) == [], (code, figure["key"])  # type: ignore[arg-type]
        assert len(str(figure["title"])) < 160


def test_numbers_by_hand() -> None:
    page = profile("RL4", confidence=0.9)
    rows = datasets.load("staff_survey_items").query(
        "org_code == 'RL4' and survey_year == 2017 and question == 'q8d'"
    )
    share = float((rows["agree_pct"] + rows["strongly_agree_pct"]).iloc[0]) / 100
    n = int(rows["respondents"].iloc[0])
    interval = stats.binomtest(round(share * n), n).proportion_ci(0.9, "wilson")
    headline = page.survey.headline
    assert (headline.value, headline.n) == (pytest.approx(share), n)
    assert (headline.low, headline.high) == (
        pytest.approx(interval.low, abs=1e-6),
        pytest.approx(interval.high, abs=1e-6),
    )
    peers = rows_of_peers(page)
    assert page.survey.rank is not None
    assert page.survey.rank.value == 1 + (peers > share + 1e-12).sum()
    assert page.survey.rank.low is not None
    assert page.survey.rank.high is not None
    assert page.survey.rank.low <= page.survey.rank.value <= page.survey.rank.high

    months = datasets.load("ae_monthly").query("org_code == 'RL4'")
    last = months[months["month"] >= "2018-04-01"]
    expected = 1 - last["breaches"].sum() / last["attendances"].sum()
    assert page.emergency.headline.value == pytest.approx(expected)

    accounts = datasets.load("trust_finance").query(
        "org_code == 'RL4' and financial_year == '2018/19'"
    )
    margin = accounts["financial_position_gbp_000"] / accounts["operating_income_gbp_000"]
    assert page.money.headline.value == pytest.approx(float(margin.iloc[0]))


def rows_of_peers(page: Profile) -> pd.Series:
    """Return the peers' shares on q8d in 2017, straight from the table."""
    rows = datasets.load("staff_survey_items").query("survey_year == 2017 and question == 'q8d'")
    rows = rows[rows["org_code"].isin(page.who.peers)]
    shares: pd.Series = (rows["agree_pct"] + rows["strongly_agree_pct"]) / 100
    return shares


def test_peers_are_of_the_same_kind() -> None:
    trusts = datasets.load("trusts").set_index("org_code")
    who = identify("RX8")
    assert who.kind == "ambulance trusts"
    assert set(trusts.loc[list(who.peers), "trust_type"]) == {"Ambulance"}
    assert "RX8" not in who.peers
    specialist = identify("RGM")
    assert specialist.kind == "specialist acute trusts"
    assert identify("R0A").kind == "trusts of all types"


def test_nothing_later_than_the_date_is_used() -> None:
    page = profile("RL4", as_at="2018-03-31", survey_year=2017)
    assert page.emergency.months["month"].max() == pd.Timestamp("2018-02-01")
    assert not page.ratings.has_data  # its rating of that day is hidden by that of June 2018
    assert (profile("RV3", as_at="2018-03-31").ratings.table["published"] < "2018-04-01").all()
    assert page.survey.trend["year"].max() == 2017
    assert page.survey.later.empty
    assert page.money.margin["financial_year"].max() == "2016/17"
    assert not page.money.has_staffing
    early = profile("RL4", as_at="2010-01-01")
    assert set(early.missing) == {
        "CQC ratings",
        "the staff survey of 2017",
        "A&E performance",
        "accounts",
        "agency spending",
    }
    assert not early.findings
    assert all(text.strip() for text in texts(early))


def test_missing_data_is_said() -> None:
    ambulance = profile("RYA")
    assert "A&E performance" in ambulance.missing
    assert "agency spending" in ambulance.missing  # £10 in the accounts is a placeholder
    assert "No data" in ambulance.emergency.reading
    assert "No data" in ambulance.lede
    assert "No data" in profile("RX8", survey_year=2018).survey.reading


@pytest.mark.parametrize(
    ("arguments", "parameter", "words"),
    [
        ({"trust": "RL"}, "trust", "RL"),
        ({"trust": "rl4"}, "trust", "RL4"),
        ({"trust": "Wolverhampton"}, "trust", "RL4"),
        ({"trust": ""}, "trust", "not the ODS code"),
        ({"trust": "RL4", "as_at": "2018-13-01"}, "as_at", "calendar"),
        ({"trust": "RL4", "as_at": "March 2018"}, "as_at", "ISO date"),
        ({"trust": "RL4", "survey_year": 2019}, "survey_year", "2012"),
        ({"trust": "RL4", "item": "q9"}, "item", "q8d"),
        ({"trust": "RL4", "confidence": 1.5}, "confidence", "below 1"),
    ],
)
def test_bad_arguments_are_named(arguments: dict[str, object], parameter: str, words: str) -> None:
    with pytest.raises(ParameterError, match=words) as caught:
        profile(**arguments)  # type: ignore[arg-type]
    assert caught.value.name == parameter


def test_a_changed_copy_changes_the_page(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = profile("RL4").ratings.overall["rating"]
    copy = tmp_path / "data" / "raw"
    copy.mkdir(parents=True)
    for file in (root / "data" / "raw").iterdir():
        (copy / file.name).symlink_to(file)
    table = pd.read_csv(root / "data" / "raw" / "cqc_trust_ratings.csv", dtype=str)
    own = (table["org_code"] == "RL4") & (table["service"] == "Overall")
    table.loc[own & (table["key_question"] == "Overall"), "rating"] = "Outstanding"
    (copy / "cqc_trust_ratings.csv").unlink()
    table.to_csv(copy / "cqc_trust_ratings.csv", index=False)
    monkeypatch.setenv("NHSI_DATA", str(tmp_path / "data"))
    assert before == "Good"
    assert profile("RL4").ratings.overall["rating"] == "Outstanding"
