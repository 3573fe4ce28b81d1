"""The league on trial: the finding, an analyst's own table, every section on odd inputs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bench.evidence.league import CASES, MODEL, run
from nhsi_analysis.answers.simulations import stored
from nhsi_analysis.errors import DataError, ParameterError
from nhsi_analysis.studies import league
from nhsi_analysis.studies.league import SECTIONS, Settings, Study, sections
from nhsi_analysis.studies.league.numbers import study as case
from nhsi_analysis.studies.league.numbers.published import known_positions, published_counts
from nhsi_analysis.studies.league.numbers.stability import next_year
from nhsi_analysis.studies.league.numbers.survey import (
    NEAREST,
    QUESTIONS,
    least_correlation,
    survey,
)
from nhsi_analysis.studies.league.numbers.table import CATEGORIES, QUOTAS
from nhsi_analysis.studies.league.sections.weights import ALL_NOUGHT, panel, weighted
from notebook_reports.charts import check
from notebook_reports.evidence import Answer, Figure, Section
from notebook_reports.live import live
from notebook_reports.report.live import image

Write = Callable[[pd.DataFrame], str]


@pytest.fixture(scope="module")
def study() -> Study:
    return build()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to(frame: pd.DataFrame) -> str:
        path = tmp_path / "mine.csv"
        frame.to_csv(path, index=False)
        return str(path)

    return to


def made_up(count: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = rng.integers(40, 900, count)
    truth = np.clip(rng.normal(0.6, 0.06, count), 0.05, 0.95)
    return pd.DataFrame(
        {
            "org_code": [f"X{k:03d}" for k in range(count)],
            "score": rng.binomial(n, truth) / n,
            "n": n,
        }
    )


def build(**parameters: Any) -> Study:
    return league.build(Settings(**parameters))


def text(section: Section) -> str:
    answers = [p for p in section.parts if isinstance(p, Answer)]
    beside = [t for a in answers for t in (a.lede, a.sure, a.as_at, a.follows, a.changes, a.ranges)]
    return "\n\n".join([*beside, *section.words])


def whole(study: Study) -> str:
    """Return every word that a reader of a report sees, cells of tables too."""
    said = []
    for ask in SECTIONS:
        section = ask(study)
        said += [text(section), *(f"{e} {e.label}" for e in section.findings.values())]
        for f in section.figures:
            said += [f.title, f.subtitle, f.alt, f.note]
        said += [f"{t.caption} {t.note} {t.data.to_string()}" for t in section.tables]
    return "\n".join(said)


def answers(study: Study) -> None:
    """Draw every section; the answer and the ranks always say something."""
    for ask in SECTIONS:
        section = ask(study)
        for figure in section.figures:
            assert check.problems(figure.picture) == []
            assert all((figure.title, figure.subtitle, figure.source, figure.alt))
    for ask in (sections.answer, sections.ranks, sections.stand_in):
        assert text(ask(study)).strip()


def test_the_finding_on_the_stand_in(study: Study) -> None:
    assert study.table.count == 237
    assert study.certainty.counts == {"above": 88, "doubtful": 75, "below": 74}
    assert study.certainty.worst["doubtful"] == 169
    first = sections.answer(study)
    lede = first.parts[0].lede
    assert "stand-in" in lede
    assert "75 of 237 trusts can't be placed" in lede
    assert "Whoever stands 125th, in a tie, may truly rank anywhere from 95th to 157th" in lede
    assert first.findings["units_doubtful"].value == 75
    followed = study.certainty.followed
    assert (followed.worst_lower, followed.worst_upper) == (39, 207)


def test_no_random_number_is_behind_the_headline(study: Study) -> None:
    again = build(seed=1, draws=500)
    assert again.certainty.counts == study.certainty.counts
    assert (again.certainty.table["upper"] == study.certainty.table["upper"]).all()


def test_every_section_draws_cleanly_and_keys_are_unique(study: Study) -> None:
    answers(study)
    keys = []
    for ask in SECTIONS:
        section = ask(study)
        keys += [part.key for part in (*section.figures, *section.tables)]
        keys += list(section.findings)
    assert len(keys) == len(set(keys))


def test_ties_are_said_as_ties(study: Study) -> None:
    units = study.table.units
    assert study.table.tied_at_line == 7
    said = text(sections.ranks(study))
    assert "The 7 trusts tied 115th to 121st have one score" in said
    tied = units.iloc[114:121]
    assert np.ptp(tied["score"]) < 1e-12
    assert tied[["first", "last"]].drop_duplicates().to_numpy().tolist() == [[115, 121]]


def test_no_named_trust_carries_a_label_of_2016_but_those_that_did(study: Study) -> None:
    known = set(sections.stand_in(study).frames["positions"]["category"])
    assert known <= set(CATEGORIES)
    for ask in SECTIONS:
        for table in ask(study).tables:
            labelled = table.data.isin(CATEGORIES).to_numpy().any()
            assert not labelled or table.key == "known_positions"
        for figure in ask(study).figures:
            labels = {*figure.data.columns, *figure.data.to_numpy(object).ravel()} & {*CATEGORIES}
            assert not labels or "org_name" not in figure.data
            assert figure.title.startswith("Stand-in: ")
            assert len(figure.title.split()) <= 15


def test_statements_were_fixed_by_likeness_and_are_in_the_survey(study: Study) -> None:
    assert sorted(study.table.weights) == sorted(q for q, _ in NEAREST.values())
    shown = next(t for t in sections.stand_in(study).tables if t.key == "components")
    assert len(shown.data) == 3
    assert shown.data.iloc[2, 0].startswith("percentage of staff able to contribute")
    assert shown.data.iloc[2, 1] == QUESTIONS["q8c"]
    assert "weak evidence" in text(sections.stand_in(study))


def test_verdicts_are_on_leagues_of_this_kind(study: Study) -> None:
    table = sections.verdict(study).frames["verdict"]
    judged = table["Of a league of this kind"].tolist()
    assert judged == ["Holds", "Partly holds", "Partly holds"]
    assert "league of this kind" in text(sections.verdict(study))


def test_a_verdict_works_nothing_out_again(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    said = sections.verdict(study)
    for module, name in (
        (case, "certainty"),
        (case, "vary"),
        (case, "compare_types"),
        (case, "agree"),
    ):
        monkeypatch.delattr(module, name)
    assert sections.verdict(study).words == said.words


def test_published_counts_and_positions() -> None:
    assert tuple(published_counts().values()) == QUOTAS
    known = known_positions()
    assert known["org_code"].notna().all()
    assert known.set_index("rank").loc[125, "org_code"] == "RV3"
    assert known["org_code"].is_unique


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"survey_year": 2019}, r"survey_year.*2018, 2021"),
        ({"indicators": ["q9z"]}, r"indicators.*q8d"),
        ({"error_correlation": 1.5}, "error_correlation"),
        ({"trust_type": "Dental"}, "trust_type"),
        ({"trust_type": "Ambulance", "survey_year": 2015}, "trust_type"),
        ({"categories": ["a", "b"]}, r"categories.*4 different names"),
        ({"indicators": ["q8a", "q8d"], "weights": {"q8x": 1}}, "weights"),
        ({"indicators": ["q8a", "q8d"], "weights": {"q8a": -1, "q8d": 1}}, "weights"),
        ({"quotas": [0, 5]}, "quotas"),
        ({"quotas": [230]}, "quotas"),
        ({"trust": "RVV3"}, r"trust.*RV3"),
        ({"confidence": 1.0}, "confidence"),
        ({"draws": 10}, "draws"),
        ({"seed": -1}, "seed"),
        ({"as_at": "2016-06-30"}, r"survey_year.*2016-06-30"),
        ({"as_at": "June"}, "as_at"),
        ({"league_csv": "nowhere.csv"}, r"league_csv.*nowhere"),
    ],
)
def test_bad_parameters_stop_before_anything_is_computed(arguments: dict, says: str) -> None:
    with pytest.raises(ParameterError, match=says):
        build(**arguments)


def test_as_at_hides_what_came_later() -> None:
    early = build(survey_year=2015, draws=500, as_at="2016-06-30")
    assert sections.todays_league(early).parts == []
    assert "No list of ratings" in text(sections.inspectors(early))
    assert sections.years(early).parts == []
    later = build(survey_year=2017, draws=500, as_at="2018-12-31")
    assert "2016 and 2017" in text(sections.years(later))
    assert sections.verdict(build(survey_year=2014, as_at="2016-01-31")).parts == []


def test_errors_of_statements_hang_together_as_far_as_is_asked() -> None:
    asked = ["q8c", "q8d"]
    table = build(indicators=asked, weights={"q8c": 1, "q8d": 3}, draws=500).table
    code = table.units.index[0]
    shares, error = table.indicators.loc[code], table.indicator_se.loc[code]
    parts = np.array([0.25 * error["q8c"], 0.75 * error["q8d"]])
    rounding = (0.25**2 + 0.75**2) * 2 / 12 * 1e-4
    assert table.units.loc[code, "score"] == pytest.approx(
        0.25 * shares["q8c"] + 0.75 * shares["q8d"]
    )
    assert table.correlation == 0.7
    for rho, variance in ((0, (parts**2).sum()), (1, parts.sum() ** 2)):
        expected = np.sqrt(variance + rounding)
        assert table.error(rho).loc[code] == pytest.approx(expected)
    assert table.error(0.7).loc[code] == pytest.approx(table.units.loc[code, "se"])


def test_answers_at_both_ends_of_the_correlation_are_shown(study: Study) -> None:
    rows = study.sensitivity.set_index(["what", "value"])["doubtful"]
    assert rows["correlation", 0.0] < rows["correlation", 0.5] < rows["correlation", 1.0]
    assert rows["correlation", 0.7] == rows["survey", 2016] == 75
    assert str(rows["correlation", 1.0]) in text(sections.answer(study))


def test_the_assumed_correlation_is_no_less_than_changes_of_the_survey_fit(study: Study) -> None:
    least = least_correlation(tuple(study.table.weights))
    assert least is not None
    assert 0.5 < least < study.table.correlation
    assert f"fit no less than {least:.1f}" in text(sections.sensitivity(study))
    assert least_correlation(("q7f", "q8d")) is None


def test_parts_of_one_trust_are_one_trust() -> None:
    found = survey(2016, ["q8d"])
    assert "R1F" in found.share.index
    assert not found.share.index.str.startswith("R1F").sum() > 1
    assert found.base.loc["R1F", "q8d"] == pytest.approx(1354, abs=15)
    assert found.rounding == pytest.approx(0.01 * np.sqrt(2 / 12))
    assert survey(2015, ["q8d"]).rounding == 0


def test_ambulance_trusts_are_counted_never_in_per_cent() -> None:
    few = build(trust_type="Ambulance", draws=500)
    assert few.table.count == 10
    answers(few)
    assert "10 of 10 trusts had a CQC rating" in text(sections.inspectors(few))
    assert sections.types(few).parts == []


@pytest.mark.parametrize("quotas", [[1, 236], [236, 1], [119, 118]])
def test_a_cut_at_any_place_is_answered(quotas: list[int]) -> None:
    found = build(quotas=quotas, draws=500)
    assert found.table.cut == quotas[0]
    answers(found)


def test_a_followed_trust_is_named_with_its_range() -> None:
    found = build(trust="RV3", draws=500)
    lede = sections.answer(found).parts[0].lede
    assert "Central and North West London NHS Foundation Trust may truly rank anywhere" in lede
    assert "would move from" in text(sections.types(found))
    assert "For Central and North West London NHS Foundation Trust they" in text(
        sections.ranks(found)
    )
    assert found.certainty.followed.codes == ("RV3",)


@pytest.mark.parametrize("year", [2015, 2024])
def test_other_years_and_quotas(year: int) -> None:
    other = build(survey_year=year, quotas=[50, 50, 50], draws=500, confidence=0.9)
    assert sum(other.table.sizes) == other.table.count
    assert "90% intervals" in text(sections.answer(other))
    assert check.problems(sections.ranks(other).figures[0].picture) == []


@pytest.mark.parametrize(("count", "error"), [(40, "se"), (500, "n"), (40, "many")])
def test_a_made_up_table_gives_a_complete_report(count: int, error: str, write: Write) -> None:
    frame = made_up(count)
    if error == "se":
        frame["se"] = np.sqrt(frame["score"] * (1 - frame["score"]) / frame.pop("n"))
    if error == "many":
        rng = np.random.default_rng(1)
        frame["wait"] = np.clip(frame.pop("score") + rng.normal(0, 0.03, count), 0.01, 0.99)
        frame["care"] = np.clip(frame["wait"] + rng.normal(0, 0.05, count), 0.01, 0.99)
    own = build(league_csv=write(frame), draws=500)
    assert own.table.count == count
    assert sum(own.table.sizes) == count
    answers(own)


def test_an_own_table_has_its_own_words(write: Write) -> None:
    own = build(league_csv=write(made_up(30)), draws=500)
    said = whole(own)
    for word in ("2016", "survey", "stand-in", "staff", "CQC", "trust", "openness", "poor report"):
        assert word not in said.replace("table of trusts", ""), word
    assert own.table.categories == ("band 1", "band 2", "band 3", "band 4")
    named = build(league_csv=write(made_up(30)), categories=["a", "b", "c", "d"], draws=500)
    assert named.table.categories == ("a", "b", "c", "d")


def test_an_own_table_is_held_against_ratings_of_its_day_only(write: Write) -> None:
    codes = survey(2016, ["q8d"]).share.index[:60]
    frame = made_up(60).assign(org_code=codes)
    dated = build(league_csv=write(frame), league_date="2018-12-31", draws=500)
    assert dated.agreement.snapshot == pd.Timestamp("2018-09-03")
    assert "31 December 2018" in text(sections.answer(dated))
    assert sections.inspectors(dated).figures
    early = build(league_csv=write(frame), league_date="2016-12-31", draws=500)
    assert "No list of ratings" in text(sections.inspectors(early))
    assert sections.inspectors(build(league_csv=write(frame), draws=500)).parts == []
    late = build(league_csv=write(frame), draws=500, league_date="2025-09-30")
    assert "7 years from the league's data: too far" in text(sections.inspectors(late))
    assert sections.inspectors(late).figures == ()


def test_whole_percentages_are_known_to_be_rounded_unless_their_bases_say_them(
    write: Write,
) -> None:
    frame = pd.DataFrame({"org_code": ["A1A", "B1B", "C1C"], "score": [45, 52, 60], "n": 613})
    plain = np.sqrt(0.45 * 0.55 / 613)
    rounded = build(league_csv=write(frame)).table
    assert rounded.units.loc["A1A", "se"] == pytest.approx(np.hypot(plain, 0.01 / np.sqrt(12)))
    assert any("rounding is allowed for" in note for note in rounded.notes)
    exact = build(league_csv=write(frame.assign(n=100))).table
    assert exact.units.loc["A1A", "se"] == pytest.approx(np.sqrt(0.45 * 0.55 / 100))


@pytest.mark.parametrize("count", [3, 4, 6])
def test_very_small_tables_still_report(count: int, write: Write) -> None:
    answers(build(league_csv=write(made_up(count)), draws=500))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda f: f.drop(columns="n"), r"neither standard errors nor bases.*Add a column se"),
        (
            lambda f: f.rename(columns={"score": "safe", "n": "safe_n"}).assign(
                caring=f["score"], caring_se=0.1
            ),
            r"standard errors for caring and none for safe.*Give every indicator",
        ),
        (lambda f: f.assign(n=f["n"].where(f.index != 4, -5)), r"row 6, column 'n'.*at least 1"),
        (lambda f: f.assign(n=f["n"].astype(object).where(f.index != 4, "")), r"row 6.*empty"),
        (lambda f: f.assign(se=-0.1), r"column 'se'.*zero or more"),
        (lambda f: f.assign(org_code=f["org_code"].replace("X003", "X001")), r"row 5.*once.*X001"),
        (lambda f: f.assign(org_code=f["org_code"].replace("X003", "")), "row 5.*empty"),
        (lambda f: f.iloc[:2], "at least 3 units"),
        (lambda f: f.drop(columns="org_code"), "no column org_code"),
        (lambda f: f.drop(columns="score"), "neither a column score nor"),
        (lambda f: f.assign(score="high"), r"row 2, column 'score'.*number.*high"),
        (lambda f: f.assign(score=f["score"].where(f.index != 1)), r"row 3, column 'score'.*empty"),
        (lambda f: f.assign(score=1000 * f["score"]), r"outside 0 to 100.*se"),
    ],
)
def test_a_broken_table_stops_with_file_row_and_rule(change, says: str, write: Write) -> None:
    with pytest.raises(DataError, match=rf"(?s)mine.csv.*{says}"):
        build(league_csv=write(change(made_up(12))))


def test_equal_scores_stop_with_a_reason(write: Write) -> None:
    with pytest.raises(ParameterError, match="all equal"):
        build(league_csv=write(made_up(12).assign(score=0.5)))


def test_a_missing_value_of_one_indicator_is_stated(write: Write) -> None:
    frame = made_up(12).rename(columns={"score": "a"})
    frame["b"] = frame["a"] * 0.9
    frame.loc[3, "b"] = np.nan
    own = build(league_csv=write(frame), draws=1000)
    assert any("1 missing indicator value (X003)" in note for note in own.table.notes)
    assert "X003" in text(sections.stand_in(own))
    assert np.isfinite(own.table.units["score"]).all()
    answers(own)


def test_a_missing_indicator_column_is_named(write: Write) -> None:
    frame = made_up(12).rename(columns={"score": "a"})
    with pytest.raises(DataError, match=r"no column for the indicator b"):
        build(indicators=["a", "b"], league_csv=write(frame))


def test_percentages_shares_and_direction(write: Write) -> None:
    frame = made_up(30)
    share = build(league_csv=write(frame), draws=1000).table
    hundredfold = write(frame.assign(score=100 * frame["score"]))
    percent = build(league_csv=hundredfold, draws=1000).table
    assert percent.units["score"].to_numpy() == pytest.approx(share.units["score"].to_numpy())
    turned = build(league_csv=write(frame), draws=1000, higher_is_better=False)
    assert turned.table.units["score"].is_monotonic_increasing
    ranks = turned.certainty.model.rank
    assert ranks.tolist() == sorted(ranks)


def test_codes_stay_text(write: Write) -> None:
    frame = made_up(5).assign(org_code=["007", "5E1", "NA", "1e3", "R1A"])
    own = build(league_csv=write(frame), draws=1000)
    assert set(own.table.units.index) == {"007", "5E1", "NA", "1E3", "R1A"}


def test_shares_of_nobody_or_everybody_are_not_taken_as_certain(write: Write) -> None:
    frame = made_up(10)
    frame.loc[0, "score"], frame.loc[1, "score"] = 0.0, 1.0
    own = build(league_csv=write(frame), draws=1000)
    assert (own.table.units["se"] > 0).all()


def test_places_and_ratings_at_odds_are_counted_whole(study: Study) -> None:
    found = study.agreement
    assert found.snapshot == pd.Timestamp("2018-09-03")
    above = found.counts.loc[["outstanding", "good"]].sum()
    below = found.counts.loc[["significant concerns", "poor reporting culture"]].sum()
    bad, fine = ["Inadequate", "Requires improvement"], ["Good", "Outstanding"]
    assert found.at_odds == above[bad].sum() + below[fine].sum()
    assert found.best == found.counts.loc["outstanding", bad].sum()
    assert found.worst == found.counts.loc["poor reporting culture", fine].sum()
    said = text(sections.inspectors(study))
    assert f"the corners hold {found.best + found.worst}: {found.best} of the first" in said
    assert (found.rated["published"] <= found.snapshot).all()


def test_year_to_year_by_hand(study: Study) -> None:
    pair = next_year(study.table)
    rows = pair.table
    assert len(rows) == 232
    assert pair.churn == (rows["band_first"] != rows["band_second"]).sum()
    assert pair.chance_churn.low < pair.chance_churn.value < pair.chance_churn.high
    one, two = (survey(year, ["q8b", "q8c", "q8d"]).share.mean(axis=1) for year in (2016, 2017))
    assert rows["first"].to_dict() == pytest.approx(one[rows.index].to_dict())
    assert rows["second"].to_dict() == pytest.approx(two[rows.index].to_dict())


def test_other_weights_redraw_the_league(study: Study) -> None:
    drawn = weighted(study, {"q8b": 1.0, "q8c": 0.0, "q8d": 1.0}, "RV3")
    score = study.table.indicators.loc["RV3", ["q8b", "q8d"]].mean()
    assert drawn.data.loc["RV3", "score"] == pytest.approx(score)
    assert image(drawn).startswith("<p>One vertical bar")
    for weights, follow in (({"q8b": 0.0}, ""), ({"q9": 1.0}, ""), ({"q8b": 1.0}, "ZZZ")):
        with pytest.raises(ParameterError):
            weighted(study, weights, follow)


def test_the_panel_answers_its_controls(study: Study) -> None:
    *sliders, menu, drawing = panel(study).children
    assert [s.description for s in sliders] == [
        "Communication between senior management and staff is effective",
        "Senior managers try to involve staff in important decisions",
        "Senior managers act on staff feedback",
    ]
    before = drawing.value
    sliders[0].value = 1.0
    assert drawing.value != before
    before = drawing.value
    menu.value = "RV3"
    assert drawing.value != before
    for slider in sliders:
        slider.value = 0.0
    assert drawing.value == f"<p role='alert'>{ALL_NOUGHT}</p>"


def test_a_batch_run_shows_no_panel(
    study: Study, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not live()
    sections.sliders(study)
    assert capsys.readouterr().out == ""
    monkeypatch.setenv("NHSI_LIVE", "1")
    assert live()


def funnel_words(score: np.ndarray, base: int, write: Write) -> tuple[str, Figure]:
    frame = pd.DataFrame({"org_code": [f"Z{k:02d}" for k in range(len(score))]})
    frame["score"], frame["n"] = score, base
    own = build(league_csv=write(frame), draws=1000, quotas=[4, 8, 8, 10])
    section = sections.fairer(own)
    return text(section), section.figures[0]


def test_units_that_differ_by_chance_only_are_not_said_to_differ_truly(write: Write) -> None:
    score = np.random.default_rng(2).binomial(12, 0.3, 30) / 12 * 100
    reading, figure = funnel_words(score, 12, write)
    assert "differ no more than error explains" in reading
    assert reading.startswith("Of 30 organisations, 0 differ from the average")
    assert figure.title == "0 of 30 organisations stand out from the average"
    assert "widened" not in figure.note


def test_units_that_differ_truly_are_held_against_their_spread(write: Write) -> None:
    score = np.random.default_rng(2).uniform(20, 80, 30).round(1)
    reading, figure = funnel_words(score, 400, write)
    assert "test outliers of the spread, not differences from the average" in reading
    assert "out from the spread of organisations" in figure.title


@pytest.mark.slow
def test_the_stored_simulations_come_out_again() -> None:
    kept = stored("league").table.set_index(["world", "units", "what"])
    again = run(seed=7, cases=CASES[:1], simulations=40).set_index(["world", "units", "what"])
    for key, row in again.iterrows():
        gap = abs(row["held"] - kept.loc[key, "held"])
        assert gap < 4 * np.hypot(row["error"], kept.loc[key, "error"]) + 1e-3, key


def test_stored_ranges_are_right_as_often_as_their_model_says() -> None:
    kept = stored("league").table
    assert kept["simulations"].min() == 200
    own = kept[(kept["world"] == MODEL) & (kept["what"] != "worst")]
    assert set(own["units"]) == {40, 235, 500}
    assert (abs(own["held"] - own["stated"]) <= 2 * own["error"]).all()
    worst = kept[kept["what"] == "worst"]
    assert (worst["held"] + 2 * worst["error"] >= 0.95).all()
