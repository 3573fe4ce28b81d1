"""Two trusts beside each other, against pandas and statsmodels by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.text import Text
from statsmodels.stats.proportion import confint_proportions_2indep

from nhsi_analysis import answers, datasets, paths
from nhsi_analysis.answers.comparing import MEASURES
from nhsi_analysis.errors import DataError, ParameterError
from policy_methods.shares import newcombe


def raw(name: str) -> pd.DataFrame:
    return pd.read_csv(paths.raw_dir() / f"{name}.csv")


def test_a_question_of_the_survey_gives_newcombes_interval() -> None:
    rows = raw("staff_survey_items").query("survey_year == 2018 and question == 'q8d'")
    rows = rows.set_index("org_code").loc[["RL4", "RTK"]]
    share = (rows["agree_pct"] + rows["strongly_agree_pct"]) / 100
    n = rows["respondents"]
    counts = (share * n).round()
    low, high = confint_proportions_2indep(
        counts["RL4"], n["RL4"], counts["RTK"], n["RTK"], method="newcomb", compare="diff"
    )
    found = answers.compare("RL4", "RTK", "q8d", year=2018)
    gap = found.difference
    assert gap.value == pytest.approx(100 * (share["RL4"] - share["RTK"]))
    assert (gap.low, gap.high) == pytest.approx((100 * low, 100 * high), abs=1e-3)
    assert found.told is False
    assert found.sentence == (
        "In the survey of 2018, 36.7% of staff who answered agreed that senior managers act on "
        "feedback at Royal Wolverhampton and 35.3% at Ashford and St. Peter's Hospitals: a "
        "difference of 1.4 percentage points (95% confidence interval −1.5 to 4.3); which of them "
        "is higher can't be told."
    )
    assert "unweighted" in str(found)
    assert str(found) == repr(found)


def test_the_other_way_round_says_the_same() -> None:
    one, two = (answers.compare(*pair, "q3f") for pair in (("RL4", "RTK"), ("RTK", "RL4")))
    assert one.difference.value == pytest.approx(-two.difference.value)
    assert one.difference.low == pytest.approx(-two.difference.high)
    for found in (one, two):
        assert found.told is True
        assert found.sentence.endswith(
            "a difference of 5.7 percentage points (95% confidence interval 3.2 to 8.2), higher at "
            "Ashford and St. Peter's Hospitals."
        )


def test_rounded_percentages_widen_the_interval() -> None:
    rows = raw("staff_survey_items").query("survey_year == 2017 and question == 'q8d'")
    rows = rows.set_index("org_code").loc[["RL4", "RTK"]]
    counts = ((rows["agree_pct"] + rows["strongly_agree_pct"]) / 100 * rows["respondents"]).round()
    value, low, high = newcombe(
        int(counts.iloc[0]), int(rows["respondents"].iloc[0]),
        int(counts.iloc[1]), int(rows["respondents"].iloc[1]),
    )  # fmt: skip
    half = 1.959964 * np.sqrt(2 * 2 / 12) / 100  # of both shares two rounded parts
    found = answers.compare("RL4", "RTK", "q8d", year=2017).difference
    assert found.low == pytest.approx(found.value - 100 * np.hypot(value - low, half), abs=1e-6)
    assert found.high == pytest.approx(found.value + 100 * np.hypot(high - value, half), abs=1e-6)
    assert found.decimals == 0


def test_four_hours_are_of_the_same_twelve_months() -> None:
    rows = raw("ae_monthly")
    rows = rows[rows["org_code"].isin(["RL4", "RTK"])]
    months = pd.to_datetime(rows["month"])
    year = rows[(months >= "2018-04-01") & (months <= "2019-03-01")]
    sums = year.groupby("org_code")[["attendances", "breaches"]].sum()
    share = 1 - sums["breaches"] / sums["attendances"]
    found = answers.compare("RL4", "RTK", "four hours", year="2018/19")
    assert found.first.value == pytest.approx(share["RL4"])
    assert found.second.value == pytest.approx(share["RTK"])
    assert found.first.n == sums.loc["RL4", "attendances"]
    assert found.when == "In the 12 months to March 2019"
    assert found.difference.low is None
    assert found.told is None
    assert "complete counts" in found.note


def test_waits_accounts_and_agency_are_of_one_time() -> None:
    rows = raw("rtt_monthly").query("org_code in ['RL4', 'RTK'] and incomplete > 0")
    rows = rows[rows["month"].str.startswith("2025-03")].set_index("org_code")
    share = rows["within_18_weeks"] / rows["incomplete"]
    found = answers.compare("RL4", "RTK", "18 weeks", year="2024/25")
    assert found.difference.value == pytest.approx(100 * (share["RL4"] - share["RTK"]))
    assert found.when == "At the end of March 2025"

    rows = raw("trust_finance").query("financial_year == '2017/18'").set_index("org_code")
    margin = rows["financial_position_gbp_000"] / rows["operating_income_gbp_000"]
    found = answers.compare("RL4", "RTK", "surplus", year="2017/18")
    assert found.first.value == pytest.approx(margin["RL4"])
    assert found.second.value == pytest.approx(margin["RTK"])

    rows = raw("trust_temporary_staffing").query("financial_year == '2022/23'")
    rows = rows.set_index("org_code")
    spent = rows["agency_plus_external_bank_gbp"] / rows["staff_costs_gbp"]
    found = answers.compare("RL4", "RTK", "agency share", year="2022/23")
    assert found.difference.value == pytest.approx(100 * (spent["RL4"] - spent["RTK"]))


def test_ratings_are_told_as_ratings() -> None:
    found = answers.compare("RL4", "R1H", "rating")
    rows = raw("cqc_trust_ratings").query("service == 'Overall' and key_question == 'Overall'")
    rows = rows.sort_values(["publication_date", "snapshot"]).drop_duplicates(
        "org_code", keep="last"
    )
    ratings = rows.set_index("org_code")["rating"]
    assert (found.first.said, found.second.said) == (ratings["RL4"], ratings["R1H"])
    assert found.sentence.startswith("On 1 March 2019, CQC's overall rating was ")


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(
        ["RL4", "RTK", "R1F", "R1H", "RRE", "RYD", "RC9", "R0B", "RP7", "RBN", "RA2", "RM1"]
    ),
    st.sampled_from(["RLN", "RAJ", "RYR", "R1A", "RDR", "RQ3", "RX8", "R1K", "RBS"]),
    st.sampled_from(sorted(MEASURES)),
    st.sampled_from([0.5, 0.8, 0.95, 0.999]),
)
def test_trusts_that_change_places_are_mirrored(
    first: str, second: str, measure: str, level: float
) -> None:
    try:
        one = answers.compare(first, second, measure, confidence=level)
    except DataError:
        with pytest.raises(DataError):
            answers.compare(second, first, measure, confidence=level)
        return
    two = answers.compare(second, first, measure, confidence=level)
    ends = [
        (end.value, end.low or 0.0, end.high or 0.0) for end in (one.difference, two.difference)
    ]
    assert ends[0] == pytest.approx((-ends[1][0], -ends[1][2], -ends[1][1]), abs=1e-9)
    assert (one.first, one.second, one.told) == (two.second, two.first, two.told)
    said = one.sentence.partition(": a difference")[2]
    assert said == two.sentence.partition(": a difference")[2]
    assert ("can't be told" in said) == (one.told is False)
    holds = one.difference.low is not None and ends[0][1] <= 0 <= ends[0][2]
    assert holds == (one.told is False)


@pytest.mark.parametrize("measure", ["q8d", "q3f", "four hours", "18 weeks", "surplus", "rating"])
def test_the_order_of_rows_is_of_no_matter(measure: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before, load = answers.compare("RL4", "R1H", measure), datasets.load
    monkeypatch.setattr(datasets, "load", lambda name: load(name).sample(frac=1, random_state=3))
    assert answers.compare("RL4", "R1H", measure) == before


def test_trusts_are_called_what_they_were_called_then() -> None:
    rows = raw("staff_survey_2021_2024").query("survey_year == 2024").set_index("org_code")
    called = rows.loc["RC9", "org_name"].iloc[0]
    assert answers.compare("Luton", "RTK", "q3f").first.label == "Bedfordshire Hospitals"
    assert called.startswith("Bedfordshire Hospitals")
    assert answers.compare("Bedfordshire Hospitals", "RTK", "q8d").first.label == (
        "Luton and Dunstable University Hospital"
    )
    for measure in ("18 weeks", "agency share", "four hours"):
        assert answers.compare("RC9", "RTK", measure).first.label == "Bedfordshire Hospitals"
    for name in ("St Peter's", "St. Peter’s", "ashford and st peters"):
        assert answers.compare(name, "RC9", "q8d").first.label.startswith("Ashford")


def test_a_trust_that_ended_is_told_with_what_became_of_it() -> None:
    with pytest.raises(DataError, match=r"it went to Bedfordshire .* on 1 April 2020"):
        answers.compare("RC1", "RTK", "q3f")


def test_an_end_that_rounds_to_nought_is_said_to_leave_it_out() -> None:
    found = answers.compare("R0B", "RNA", "q3f", year=2024)
    assert 0 < (found.difference.low or 0) < 0.05
    assert found.told is True
    assert found.sentence.endswith(
        "(95% confidence interval 0.0 to 4.6), higher at South Tyneside and Sunderland, by an "
        "interval that only just leaves nought out."
    )


def test_a_difference_that_rounds_to_nought_is_told_as_no_one_s_lead() -> None:
    gap = answers.compare("RL4", "RTK", "18 weeks")
    close = replace(gap, difference=replace(gap.difference, value=0.04))
    assert close.sentence.endswith("a difference of 0.0 percentage points.")


def test_the_survey_says_whether_its_groups_may_be_compared() -> None:
    groups = raw("staff_survey_2021_2024").set_index("org_code")["benchmarking_group"]
    assert groups["RL4"].iloc[0] == groups["RTK"].iloc[0] != groups["RYD"].iloc[0]
    assert answers.compare("RL4", "RTK", "q3f").note.endswith(
        f"Both are in the group {groups['RL4'].iloc[0]}."
    )
    assert "two groups, which aren't to be compared" in answers.compare("RL4", "RYD", "q3f").note


def test_a_share_of_fewer_than_twenty_is_a_count() -> None:
    rows = raw("rtt_monthly").query("org_code == 'RP7' and month == '2025-02-01'").iloc[0]
    found = answers.compare("RL4", "RP7", "18 weeks", as_at="2025-04-20")
    assert found.second.text == f"{rows['within_18_weeks']} of {rows['incomplete']}" == "19 of 19"


def test_accounts_are_no_counts() -> None:
    for measure in ("surplus", "agency share"):
        note = answers.compare("RL4", "RTK", measure).note
        assert "from the accounts of a whole year" in note
        assert "complete count" not in note


def test_grades_are_drawn_in_letters_and_not_as_numbers() -> None:
    picture = answers.compare("RL4", "R1H", "rating").figure().picture
    texts = {text.get_text() for text in picture.findobj(Text)}
    assert {"G", "R", "Royal Wolverhampton", "Barts Health"} <= texts
    assert not any(text.replace(".", "").isdigit() for text in texts)


def test_a_year_may_be_written_as_a_word_or_come_from_a_table() -> None:
    whole = answers.compare("RL4", "RTK", "q8d", year=2018)
    for year in ("2018", np.int64(2018)):
        assert answers.compare("RL4", "RTK", "q8d", year=year) == whole  # type: ignore[arg-type]


def test_a_picture_s_title_says_when_nothing_can_be_told() -> None:
    title = answers.compare("RL4", "RTK", "q8d", year=2018).figure().title
    assert title == "36.7% and 35.3%: which is higher can't be told"


@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_answers_with_words_table_and_picture(measure: str) -> None:
    year = 2018 if measure in ("q7f", "q7g") else None
    found = answers.compare("Royal Wolverhampton", "RTK", measure, year=year)
    assert found.sentence.count("Royal Wolverhampton") >= 1
    assert len(repr(found)) < 800
    assert found.to_frame().index.tolist()[:2] == [found.first.label, found.second.label]
    drawn = found.figure()
    assert len(drawn.title) <= 70
    assert drawn.alt == found.sentence
    assert found.sentence in found._repr_html_().replace("&amp;", "&").replace("&#x27;", "'")


@pytest.mark.parametrize(
    ("first", "second", "measure", "year", "words"),
    [
        ("RL4", "RL4", "q8d", None, "another trust"),
        ("RL4", "rl4", "q8d", None, "another trust"),
        ("RL4", "Leeds", "q8d", None, "RR8 (Leeds Teaching Hospitals NHS Trust) or RY6"),
        ("nowhere", "RL4", "q8d", None, "a part of one trust's name"),
        ("RL4", "RTK", "q9", None, "allowed: four hours, 18 weeks"),
        ("RL4", "RTK", "A&E", None, "did you mean four hours (A&E attendances within four hours)?"),
        ("RL4", "RTK", "four hour", None, "did you mean four hours"),
        ("RL4", "RTK", "q8d", "2018/19", "the year of a survey"),
        ("RL4", "RTK", "surplus", 2018, 'a financial year such as "2017/18"'),
        ("RL4", "RTK", "rating", 2018, "give as_at"),
    ],
)
def test_what_is_asked_wrongly_is_answered_with_what_is_right(
    first: str, second: str, measure: str, year: int | str | None, words: str
) -> None:
    with pytest.raises(ParameterError) as error:
        answers.compare(first, second, measure, year=year)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("second", "measure", "options", "words"),
    [
        ("RYD", "18 weeks", {}, "nothing on 18 weeks for South East Coast Ambulance Service"),
        ("RTK", "q8d", {"year": 2019}, "of 2019 for Royal Wolverhampton; it has 2012, 2013"),
        ("RYD", "four hours", {}, "no month is held in which both Royal Wolverhampton and South"),
        ("RTK", "four hours", {"year": "2010/11"}, "no month to March 2011"),
        ("RTK", "q3f", {"as_at": "2020-01-01"}, "published by 1 January 2020"),
    ],
)
def test_missing_numbers_are_said_in_a_sentence(
    second: str, measure: str, options: dict[str, object], words: str
) -> None:
    with pytest.raises(DataError) as error:
        answers.compare("RL4", second, measure, **options)  # type: ignore[arg-type]
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_trusts_of_two_kinds_are_told_apart() -> None:
    found = answers.compare("RL4", "RYD", "q8d", year=2017)
    assert "is one of the ambulance trusts" in found.note
    assert "one of the" not in answers.compare("RL4", "RTK", "q8d", year=2017).note


def test_a_level_is_one_rule_everywhere() -> None:
    wide, narrow = (
        answers.compare("RL4", "RTK", "q8d", year=2018, confidence=level).difference
        for level in (0.99, 0.8)
    )
    assert wide.low < narrow.low < narrow.high < wide.high  # type: ignore[operator]
    with pytest.raises(ValueError, match=r"from 0\.5 to 0\.999"):
        answers.compare("RL4", "RTK", "q8d", confidence=95)


def test_trusts_are_found_by_name_and_what_became_of_them() -> None:
    assert answers.trusts_like("Barts").index.tolist() == ["R1H"]
    assert set(answers.trusts_like("leeds").index) == {"RR8", "RY6", "RGD"}
    assert answers.trusts_like("rl4").index.tolist() == ["RL4"]
    assert answers.trusts_like("RC1").loc["RC1", "became"].startswith("Bedfordshire Hospitals")
    assert answers.trusts_like("xxxxxxxxxxx").empty


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 60), st.integers(1, 60), st.integers(0, 60), st.integers(1, 60))
def test_newcombes_interval_holds_the_difference_and_turns_with_it(
    count: int, total: int, other: int, other_total: int
) -> None:
    count, other = min(count, total), min(other, other_total)
    value, low, high = newcombe(count, total, other, other_total)
    assert -1 <= low <= value <= high <= 1
    turned = newcombe(other, other_total, count, total)
    assert turned == pytest.approx((-value, -high, -low), abs=1e-12)


def test_how_often_the_interval_is_right_when_answers_are_alone_and_when_teams_agree() -> None:
    """The numbers of the how-to page: the level holds in one world and not in the other."""
    rng, runs, n = np.random.default_rng(1), 20_000, 300
    share = np.array([0.367, 0.353])
    alike = 1 / 9  # of ten in a team: answers are worth half as many
    chance = rng.beta(share * 8, (1 - share) * 8, (runs, n // 10, 2))
    worlds = {
        "alone": rng.binomial(n, share, (runs, 2)),
        "teams": rng.binomial(10, chance).sum(axis=1),
    }
    assert pytest.approx(alike) == 1 / (8 + 1)
    held = {}
    for world, counts in worlds.items():
        low, high = confint_proportions_2indep(
            counts[:, 0], n, counts[:, 1], n, method="newcomb", compare="diff"
        )
        held[world] = np.mean((low <= 0.014) & (high >= 0.014))
    assert held["alone"] == pytest.approx(0.95, abs=0.006)
    assert held["teams"] == pytest.approx(0.83, abs=0.01)


def test_dir_names_the_answers_and_nothing_else_is_there() -> None:
    assert {"compare", "place", "share", "trusts_like"} <= set(dir(answers))
    assert all(hasattr(answers, name) for name in dir(answers))
    with pytest.raises(AttributeError, match="comparisons"):
        answers.comparisons  # noqa: B018


def test_a_misspelt_table_is_answered_with_the_nearest() -> None:
    with pytest.raises(ParameterError, match="did you mean agency_monthly") as error:
        datasets.load("agency_montly")
    assert "trust_finance" not in str(error.value)
