"""The trust profile: every trust, missing data, dates, and numbers by hand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from nhsi_analysis import datasets
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.profile import SECTIONS, Settings, build, sections
from nhsi_analysis.studies.profile.numbers.peers import identify
from nhsi_analysis.studies.profile.numbers.study import Study
from notebook_reports.charts import check
from notebook_reports.evidence import Answer, Estimate, Figure, Words, words

NOW = pd.Timestamp("2199-12-31")


def profile(trust: str, **others: Any) -> Study:
    return build(Settings(trust=trust, **others))


def figures(page: Study) -> list[Figure]:
    """Every figure the notebook draws."""
    return [figure for section in SECTIONS for figure in section(page).figures]


def said_first(page: Study) -> Answer:
    part = sections.answer(page).parts[0]
    assert isinstance(part, Answer)
    return part


def texts(page: Study) -> list[str]:
    """Every sentence the notebook writes."""
    first = said_first(page)
    found = [first.lede, first.sure, first.as_at, first.follows, first.changes, first.ranges]
    return found + [text for section in SECTIONS for text in section(page).words]


def known(estimate: Estimate | None) -> Estimate:
    assert estimate is not None
    return estimate


@pytest.mark.slow
def test_every_rated_trust_has_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    # What is drawn is tested below; for 226 trusts it would take minutes.
    for name in list(vars(sections)):
        if name.endswith("_figure"):
            monkeypatch.setattr(sections, name, lambda *_, **__: Words("a figure"))
    codes = sorted(datasets.load("cqc_trust_ratings")["org_code"].unique())
    assert len(codes) == 226
    for code in codes:
        page = profile(code)
        assert len(page.ratings.table), code
        assert said_first(page).faults() == [], (code, said_first(page).lede)
        assert page.who.name in said_first(page).lede
        for text in texts(page):
            assert text.strip(), code
            assert "nan" not in text.lower().replace("finan", ""), (code, text)
            assert "not available" not in text, (code, text)
        for key, estimate in page.findings.items():
            assert np.isfinite(estimate.value), (code, key)
            assert estimate.low is None or np.isfinite(estimate.low), (code, key)


@pytest.mark.parametrize("code", ["RL4", "RX8", "RYA", "RV3", "R1F", "RY1", "R0A", "RYY"])
def test_figures_are_drawn_without_faults(code: str) -> None:
    page = profile(code)
    assert len(page.money.margin)
    for figure in figures(page):
        assert check.problems(figure.picture) == [], (code, figure.key)
        assert words.words_in(figure.title) <= 15


def test_numbers_by_hand() -> None:
    page = profile("RL4", confidence=0.9)
    rows = datasets.load("staff_survey_items").query(
        "org_code == 'RL4' and survey_year == 2017 and question == 'q8d'"
    )
    share = float((rows["agree_pct"] + rows["strongly_agree_pct"]).iloc[0]) / 100
    n = int(rows["respondents"].iloc[0])
    interval = stats.binomtest(round(share * n), n).proportion_ci(0.9, "wilson")
    older = known(page.survey.older_headline)
    assert (older.value, older.n) == (pytest.approx(share), n)
    # each of two percentages is rounded: a variance of 1/12 of a point squared
    rounding = stats.norm.ppf(0.95) * (2 / 12) ** 0.5 / 100
    assert (older.low, older.high) == (
        pytest.approx(share - np.hypot(share - interval.low, rounding), abs=1e-6),
        pytest.approx(share + np.hypot(interval.high - share, rounding), abs=1e-6),
    )
    peers = rows_of_peers(page)
    rank = known(page.survey.rank)
    assert rank.value == 1 + (peers > share + 1e-12).sum()
    assert rank.low is not None
    assert rank.high is not None
    assert rank.low <= rank.value <= rank.high
    now = page.survey.older.iloc[0]
    assert now["peer_median"] == pytest.approx(peers.median())
    assert (now["peer_low"], now["peer_high"]) == (
        pytest.approx(peers.quantile(0.25)),
        pytest.approx(peers.quantile(0.75)),
    )

    months = datasets.load("ae_monthly").query("org_code == 'RL4'")
    last = months[months["month"] >= "2025-04-01"]
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


def test_the_newest_survey_by_hand() -> None:
    page = profile("RV3")
    table = datasets.load("staff_survey_2021_2024").query("question == 'q3f'")
    now = table[table["survey_year"] == 2024]
    own = now[now["org_code"] == "RV3"].iloc[0]
    group = now[(now["benchmarking_group"] == own["benchmarking_group"])]
    median = group.loc[group["org_code"] != "RV3", "agree_pct"].median()
    assert page.survey.against is not None
    gap = page.survey.against.estimate
    assert gap.value == pytest.approx(own["agree_pct"] - median)
    p, n = own["agree_pct"] / 100, own["respondents"]
    alone = 1.96 * 100 * (p * (1 - p) / n) ** 0.5
    assert gap.high is not None
    # the median's own doubt widens it a little
    assert alone < gap.high - gap.value < 1.15 * alone
    headline = known(page.survey.headline)
    assert (headline.value, headline.n) == (pytest.approx(p), n)
    first = table[(table["survey_year"] == 2021) & (table["org_code"] == "RV3")].iloc[0]
    change = page.survey.change.estimate
    assert change.value == pytest.approx(own["agree_pct"] - first["agree_pct"], abs=0.05)


def test_peers_are_of_the_same_kind() -> None:
    trusts = datasets.load("trusts").set_index("org_code")
    who = identify("RX8", NOW)
    assert who.kind == "ambulance trusts"
    assert set(trusts.loc[list(who.peers), "trust_type"]) == {"Ambulance"}
    assert "RX8" not in who.peers
    assert identify("RGM", NOW).kind == "specialist acute trusts"
    # a hospital of an island's only trust, and one without a type: both run a major department
    for code in ("R1F", "R0A"):
        assert identify(code, NOW).kind == "non-specialist acute trusts"
        assert code in identify("RL4", NOW).peers
        assert code not in identify("RYY", NOW).peers
    page = profile("R1F")
    assert page.survey.name == "Isle of Wight NHS Trust (acute sector)"
    assert "its acute sector's share of staff who felt able" in sections.survey(page).words[0]


def test_a_trust_that_ended_says_what_became_of_it() -> None:
    page = profile("RC1")
    assert said_first(page).lede.endswith(
        "It has been part of Bedfordshire Hospitals NHS Foundation Trust since 1 April 2020."
    )
    assert "cqc.org.uk" not in said_first(page).follows
    before = profile("RC1", as_at="2019-12-31")
    assert before.who.succession is None
    assert "cqc.org.uk/provider/RC1" in said_first(before).follows
    assert "divided" in said_first(profile("RW6")).lede
    assert ", later called North Cumbria Integrated Care," in said_first(profile("RNN")).lede
    before_today = profile("RNN", as_at="2025-12-31")
    assert "By 2024 it was called North Cumbria" in said_first(before_today).lede


def test_a_trust_that_took_a_hospital_over_has_the_peers_of_each_time() -> None:
    # its first major A&E department came in October 2019
    page = profile("RNN")
    assert (page.who.kind, page.then.kind) == (
        "non-specialist acute trusts",
        "mental health trusts",
    )
    for section in (sections.ratings(page), sections.money(page), sections.older(page)):
        assert "other mental health trusts" in " ".join(section.words)
    for section in (sections.waiting(page), sections.survey(page), sections.oversight(page)):
        told = section.words[-1]
        assert "North Cumbria Integrated Care NHS Foundation Trust" in told
        assert "mental health" not in told
    assert "other non-specialist acute trusts" in sections.waiting(page).words[0]


def test_nothing_later_than_its_end_is_told_of_a_trust() -> None:
    # another body has the code of the first since April 2020; the second's units reported on
    kept = profile("RYK")
    assert kept.survey.able.empty
    assert kept.money.staffing.empty
    assert profile("RY1").emergency.months["month"].max() == pd.Timestamp("2018-03-01")
    # surveyed in the autumn in which it ended
    assert profile("R1C").survey.able["year"].max() == 2024
    assert "until 1 October 2017" in sections.money(profile("RW3", as_at="2018-10-01")).words[-1]


def test_peers_reported_the_same_months() -> None:
    page = profile("R0A", as_at="2018-10-01")
    rows = datasets.load("ae_monthly")
    rows = rows[rows["month"].between("2017-10-01", "2018-08-01") & (rows["attendances"] > 0)]
    sums = rows.groupby(["org_code", "month"])[["attendances", "breaches"]].sum()
    peers = sums[sums.index.get_level_values(0).isin(page.who.peers)].groupby("org_code")
    full = peers.sum()[peers.size() == 11]
    year = page.emergency.year.iloc[-1]
    assert (year["reported"], year["peers"]) == (11, len(full))
    assert year["peer_median"] == pytest.approx(
        (1 - full["breaches"] / full["attendances"]).median()
    )
    assert "11 of the 12 months to August 2018" in page.emergency.span
    (text,) = sections.emergency(page).words
    assert "in none of 11 months reported. That is too few for limits." in text
    assert "years held" not in sections.money(page).words[-1]
    assert not sections.money(page).figures


def test_what_follows_names_what_it_looked_at() -> None:
    # its survey share lies outside the middle half of peers, these two measures don't
    said = said_first(profile("RYX")).follows
    assert said.startswith(
        "On A&E, agency staff and its surplus or deficit it lies in the middle half of its peers."
    )
    follows = said_first(profile("RJ1")).follows
    assert "as half of all trusts do on any one measure: " in follows
    assert re.search(r"\((above|below) it\)", follows)
    assert "survey" not in said_first(profile("RYY", as_at="2018-10-01", survey_year=2015)).ranges


def test_every_headline_is_dated_by_its_data() -> None:
    page = profile("RYY", as_at="2025-12-31")
    assert said_first(page).lede.startswith(
        "On 1 March 2019, the newest list this page holds, CQC rated Kent Community Health NHS "
        "Foundation Trust **Good** (published 2 September 2014). In the 2024 staff survey"
    )
    assert known(page.ratings.headline).text == "Good"
    assert all(
        any(c.isdigit() for c in e.label) for k, e in page.findings.items() if "rank" not in k
    )


def test_months_are_counted_and_gaps_stay_gaps() -> None:
    page = profile("RYY", as_at="2019-12-31")
    months = page.emergency.months
    assert (len(months), page.emergency.reported) == (36, 34)
    # November and December 2017 are missing: limits rest on the months after them
    assert page.emergency.run["month"].iloc[0] == pd.Timestamp("2018-01-01")
    assert page.emergency.chart is not None
    assert len(page.emergency.chart.points) == len(page.emergency.run) == 15
    section = sections.emergency(page)
    (text,) = section.words
    assert "of the 15 since January 2018, with none missing, do" in text
    assert "January 2018 to March 2019" in section.figures[0].subtitle
    assert "in 34 of 34 months reported" in text
    assert "no major department" in text
    short = profile("RYY", as_at="2017-02-01").emergency
    assert short.chart is None
    assert "9 of the 12 months" in short.span
    assert not sections.emergency(profile("RYY", as_at="2017-02-01")).figures


def test_limits_of_a_share_are_the_same_in_text_chart_and_alt() -> None:
    page = profile("RYY")
    assert page.emergency.chart is not None
    assert page.emergency.chart.points["upper"].max() == 1
    (figure,) = sections.emergency(page).figures
    assert "limits of 99.2% and 100.0%" in figure.alt
    assert figure.data["upper"].max() == 1
    drawn = {text.get_text() for axes in figure.picture.axes for text in axes.texts}
    assert "limit 100.0%" in drawn


def test_large_results_are_said_to_be_unusual() -> None:
    said = [sections.money(profile(code)).words[-1] for code in ("RTK", "R1F", "RL4")]
    assert ["one-off" in text for text in said] == [True, True, False]
    assert "a deficit of 17.1% of income" in said[1]


def test_nothing_later_than_the_date_is_used() -> None:
    page = profile("RL4", as_at="2018-03-31", survey_year=2017)
    assert page.emergency.months["month"].max() == pd.Timestamp("2018-02-01")
    # its rating of that day is hidden by that of June 2018
    assert page.ratings.table.empty
    assert (profile("RV3", as_at="2018-03-31").ratings.table["published"] < "2018-04-01").all()
    assert page.survey.older["year"].max() == 2017
    assert page.survey.able.empty
    assert page.money.margin["financial_year"].max() == "2016/17"
    assert page.money.staffing.empty
    early = profile("RL4", as_at="2010-01-01")
    said = said_first(early)
    assert (
        said.lede == "By 1 January 2010 this page holds nothing on Royal Wolverhampton NHS Trust."
    )
    assert said.as_at == (
        "1 January 2010; nothing on CQC ratings, the staff surveys since 2021, A&E, waiting lists, "
        "agency staff or its accounts."
    )
    assert not early.findings
    assert all(text.strip() for text in texts(early))
    assert figures(early) == []


def test_what_is_missing_is_said_once_and_its_section_left_out() -> None:
    ambulance = profile("RYA")
    # £10 in the accounts is a placeholder
    assert said_first(ambulance).as_at.endswith("; nothing on A&E, waiting lists or agency staff.")
    assert not sections.emergency(ambulance).parts
    assert len(sections.money(ambulance).words) == 1
    assert not sections.older(profile("RX8", survey_year=2018)).parts


def test_levels_are_said_once_and_never_rounded() -> None:
    page = profile("RL4", confidence=0.999)
    said = [*texts(page), *(figure.note for figure in figures(page))]
    assert sum("99.9%" in text for text in said if "confidence" in text) == 1
    assert not any("100% confidence" in text for text in said)


@pytest.mark.parametrize(
    ("arguments", "parameter", "words"),
    [
        ({"trust": "RL"}, "trust", "RL"),
        ({"trust": "rl4"}, "trust", "RL4"),
        ({"trust": "Wolverhampton"}, "trust", "RL4"),
        ({"trust": ""}, "trust", "a value of column org_code"),
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
    before = known(profile("RL4").ratings.headline).text
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
    assert known(profile("RL4").ratings.headline).text == "Outstanding"
