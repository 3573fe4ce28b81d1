"""The trust profile: every trust, missing data, dates, and numbers by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from nhsi_analysis import datasets
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.profile import SECTIONS, Settings, build, sections
from nhsi_analysis.studies.profile.numbers.peers import beside_peers, identify
from nhsi_analysis.studies.profile.numbers.study import Study
from notebook_reports.charts import check
from notebook_reports.evidence import Estimate, Figure, Words


def profile(trust: str, **others: Any) -> Study:
    return build(Settings(trust=trust, **others))


def figures(page: Study) -> list[Figure]:
    """Every figure the notebook draws."""
    return [figure for section in SECTIONS for figure in section(page).figures]


def texts(page: Study) -> list[str]:
    """Every sentence the notebook writes."""
    return [text for section in SECTIONS for text in section(page).words]


def known(estimate: Estimate | None) -> Estimate:
    assert estimate is not None
    return estimate


@pytest.mark.slow
def test_every_rated_trust_has_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    # What is drawn is tested below; for 226 trusts it would take minutes.
    for name in list(vars(sections)):
        if name.endswith("_figure"):
            monkeypatch.setattr(sections, name, lambda *study: Words("a figure"))
    codes = sorted(datasets.load("cqc_trust_ratings")["org_code"].unique())
    assert len(codes) == 226
    for code in codes:
        page = profile(code)
        assert len(page.ratings.table), code
        for text in texts(page):
            assert text.strip(), code
            assert "nan" not in text.lower().replace("finan", ""), (code, text)
        for key, estimate in page.findings.items():
            assert np.isfinite(estimate.value), (code, key)
            assert estimate.low is None or np.isfinite(estimate.low), (code, key)


@pytest.mark.parametrize("code", ["RL4", "RX8", "RYA", "RV3", "R1F", "RY1", "R0A"])
def test_figures_are_drawn_without_faults(code: str) -> None:
    page = profile(code)
    assert len(page.money.margin)
    for figure in figures(page):
        assert check.problems(figure.picture) == [], (code, figure.key)
        assert len(figure.title) < 160


def test_numbers_by_hand() -> None:
    page = profile("RL4", confidence=0.9)
    rows = datasets.load("staff_survey_items").query(
        "org_code == 'RL4' and survey_year == 2017 and question == 'q8d'"
    )
    share = float((rows["agree_pct"] + rows["strongly_agree_pct"]).iloc[0]) / 100
    n = int(rows["respondents"].iloc[0])
    interval = stats.binomtest(round(share * n), n).proportion_ci(0.9, "wilson")
    headline = known(page.survey.headline)
    assert (headline.value, headline.n) == (pytest.approx(share), n)
    assert (headline.low, headline.high) == (
        pytest.approx(interval.low, abs=1e-6),
        pytest.approx(interval.high, abs=1e-6),
    )
    peers = rows_of_peers(page)
    rank = known(page.survey.rank)
    assert rank.value == 1 + (peers > share + 1e-12).sum()
    assert rank.low is not None
    assert rank.high is not None
    assert rank.low <= rank.value <= rank.high
    now = page.survey.items.set_index("question").loc["q8d"]
    assert now["peer_median"] == pytest.approx(peers.median())
    assert (now["peer_low"], now["peer_high"]) == (
        pytest.approx(peers.quantile(0.25)),
        pytest.approx(peers.quantile(0.75)),
    )

    months = datasets.load("ae_monthly").query("org_code == 'RL4'")
    last = months[months["month"] >= "2018-04-01"]
    expected = 1 - last["breaches"].sum() / last["attendances"].sum()
    assert known(page.emergency.headline).value == pytest.approx(expected)

    accounts = datasets.load("trust_finance").query(
        "org_code == 'RL4' and financial_year == '2018/19'"
    )
    margin = accounts["financial_position_gbp_000"] / accounts["operating_income_gbp_000"]
    assert known(page.money.headline).value == pytest.approx(float(margin.iloc[0]))


def rows_of_peers(page: Study) -> pd.Series:
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


def test_a_trust_without_peers_stands_alone() -> None:
    rows = pd.DataFrame({"org_code": ["RL4"], "year": [2018], "beds": [7], "share": [0.5]})
    alone = beside_peers(identify("RL4"), rows, "year", "share", ["beds"])
    assert alone["peers"].tolist() == [0]
    assert alone["peer_median"].isna().all()
    assert beside_peers(identify("RX8"), rows, "year", "share", ["beds"]).empty


def test_nothing_later_than_the_date_is_used() -> None:
    page = profile("RL4", as_at="2018-03-31", survey_year=2017)
    assert page.emergency.months["month"].max() == pd.Timestamp("2018-02-01")
    # its rating of that day is hidden by that of June 2018
    assert page.ratings.table.empty
    assert (profile("RV3", as_at="2018-03-31").ratings.table["published"] < "2018-04-01").all()
    assert page.survey.trend["year"].max() == 2017
    assert page.survey.later.empty
    assert page.money.margin["financial_year"].max() == "2016/17"
    assert page.money.staffing.empty
    early = profile("RL4", as_at="2010-01-01")
    assert sections.answer(early).words == (
        "Nothing is known of Royal Wolverhampton NHS Trust by that date. No data on CQC ratings, "
        "the staff survey of 2017, A&E performance, accounts or agency spending.",
    )
    assert not early.findings
    assert all(text.strip() for text in texts(early))
    assert figures(early) == []


def test_missing_data_is_said() -> None:
    ambulance = profile("RYA")
    # £10 in the accounts is a placeholder
    assert "No data on A&E performance or agency spending" in sections.answer(ambulance).words[0]
    assert "No data" in sections.emergency(ambulance).words[0]
    assert "No data" in sections.money(ambulance).words[1]
    assert "No data" in sections.survey(profile("RX8", survey_year=2018)).words[0]


def test_levels_are_never_rounded() -> None:
    page = profile("RL4", confidence=0.999)
    said = [*texts(page), *(figure.note for figure in figures(page))]
    said += [table.note for table in sections.survey(page).tables]
    assert sum("99.9%" in text for text in said) == 7
    assert not any("100% confidence" in text for text in said)


@pytest.mark.parametrize(
    ("arguments", "parameter", "words"),
    [
        ({"trust": "RL"}, "trust", "RL"),
        ({"trust": "rl4"}, "trust", "RL4"),
        ({"trust": "Wolverhampton"}, "trust", "RL4"),
        ({"trust": ""}, "trust", "not the ODS code"),
        ({"trust": ["RL4"]}, "trust", "must be text, not a list"),
        ({"trust": "RL4", "as_at": "2018-13-01"}, "as_at", "a date such as 2018-09-03"),
        ({"trust": "RL4", "as_at": "March 2018"}, "as_at", "a date such as 2018-09-03"),
        ({"trust": "RL4", "survey_year": 2019}, "survey_year", "2012"),
        ({"trust": "RL4", "item": "q9"}, "item", "q8d"),
        ({"trust": "RL4", "confidence": 1.5}, "confidence", "from 0.5 to 0.999"),
        ({"trust": "RL4", "confidence": 0.9995}, "confidence", "from 0.5 to 0.999"),
    ],
)
def test_bad_arguments_are_named(arguments: dict[str, Any], parameter: str, words: str) -> None:
    with pytest.raises(ParameterError, match=words) as caught:
        Settings(**arguments)
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
