"""The league on trial: the finding, an analyst's own table, every section on odd inputs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.miscmodels.ordinal_model import OrderedModel

from nhsi_analysis.errors import DataError, ParameterError
from nhsi_analysis.studies import league
from nhsi_analysis.studies.league import SECTIONS, Settings, Study, sections
from nhsi_analysis.studies.league.numbers import agreement
from nhsi_analysis.studies.league.numbers import study as case
from nhsi_analysis.studies.league.numbers.agreement import ordered_fit, spearman_interval
from nhsi_analysis.studies.league.numbers.published import known_positions, published_counts
from nhsi_analysis.studies.league.numbers.stability import compare_years
from nhsi_analysis.studies.league.numbers.table import scale_quotas
from nhsi_analysis.studies.league.sections.weights import as_html, live, panel, weighted
from notebook_reports.charts import check
from notebook_reports.evidence import Figure, Section

Write = Callable[[pd.DataFrame], str]


@pytest.fixture(scope="module")
def study() -> Study:
    return build(draws=2000)


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
    return "\n\n".join(section.words)


def speaks(section: Section) -> bool:
    """Tell whether a section says something; sliders are said by their picture alone."""
    sliders = section.title == "Try other weights"
    return bool(section.figures if sliders else text(section).strip())


def test_the_finding_on_the_2017_replica(study: Study) -> None:
    assert study.table.count == 235
    assert study.certainty.doubt.counts == {"above": 39, "doubtful": 160, "below": 36}
    assert study.certainty.sets.width.mean() == pytest.approx(121.5, abs=0.1)
    first = sections.answer(study)
    assert "160 can't be told from the line between ranks 120 and 121" in text(first)
    assert "121.5 places" in text(first)
    assert first.findings["units_doubtful"].value == 160
    assert "replica" in sections.ranks(study).figures[0].subtitle


def test_every_section_of_the_replica_speaks_and_draws_cleanly(study: Study) -> None:
    keys = []
    for ask in SECTIONS:
        section = ask(study)
        assert speaks(section)
        assert "nan" not in text(section).lower().split()
        for figure in section.figures:
            assert check.problems(figure.picture) == []
            assert all((figure.title, figure.subtitle, figure.source, figure.alt))
            keys.append(figure.key)
        keys += [rows.key for rows in section.tables]
        keys += list(section.findings)
    assert len(keys) == len(set(keys))


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
    assert list(published_counts().values()) == [18, 102, 78, 32]
    known = known_positions()
    assert known["org_code"].notna().all()
    assert known.set_index("rank").loc[125, "org_code"] == "RV3"
    assert known["org_code"].is_unique


def test_quotas_keep_their_cuts_near_230_and_scale_elsewhere() -> None:
    quotas = (18, 102, 78, 32)
    assert scale_quotas(quotas, 230) == quotas
    assert scale_quotas(quotas, 235) == (18, 102, 78, 37)
    assert sum(scale_quotas(quotas, 148)) == 148
    assert scale_quotas(quotas, 3) == (0, 1, 1, 1)
    assert scale_quotas((1, 1), 9) == (5, 4)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"survey_year": 2019}, r"survey_year.*2018, 2021"),
        ({"indicators": ["q9z"]}, r"indicators.*q8d"),
        ({"indicators": []}, "indicators"),
        ({"indicators": ["q8a", "q8d"], "weights": {"q8x": 1}}, "weights"),
        ({"indicators": ["q8a", "q8d"], "weights": {"q8a": -1, "q8d": 1}}, "weights"),
        ({"quotas": [0, 5]}, "quotas"),
        ({"quotas": [230]}, "quotas"),
        ({"trust": "RVV3"}, r"trust.*RV3"),
        ({"confidence": 1.0}, "confidence"),
        ({"draws": 10}, "draws"),
        ({"seed": -1}, "seed"),
        ({"as_at": "2017-06-30"}, r"survey_year.*2017-06-30"),
        ({"as_at": "June"}, "as_at"),
        ({"league_csv": "nowhere.csv"}, r"league_csv.*nowhere"),
    ],
)
def test_bad_parameters_stop_before_anything_is_computed(arguments: dict, says: str) -> None:
    with pytest.raises(ParameterError, match=says):
        build(**arguments)


def test_as_at_hides_what_came_later() -> None:
    early = build(survey_year=2015, draws=1000, as_at="2016-06-30")
    assert "came later" in text(sections.today(early))
    assert "No snapshot" in text(sections.inspectors(early))
    assert "No pair" in text(sections.years(early))
    later = build(survey_year=2017, draws=1000, as_at="2018-12-31")
    words = text(sections.years(later))
    assert "2016 to 2017" in words
    assert "2021" not in words


def test_several_questions_add_their_errors_as_an_upper_bound() -> None:
    asked = ["q8c", "q8d"]
    both = build(indicators=asked, weights={"q8c": 1, "q8d": 3}, draws=1000).table
    code = both.units.index[0]
    spread = both.indicators.std(ddof=1)
    z = (both.indicators - both.indicators.mean()) / spread
    expected = 0.25 * z.loc[code, "q8c"] + 0.75 * z.loc[code, "q8d"]
    assert both.units.loc[code, "score"] == pytest.approx(expected)
    error = both.indicator_se.loc[code] / spread
    assert both.units.loc[code, "se"] == pytest.approx(0.25 * error["q8c"] + 0.75 * error["q8d"])


@pytest.mark.parametrize("year", [2015, 2024])
def test_other_years_and_quotas(year: int) -> None:
    question = "q3f" if year == 2024 else "q8b"
    other = build(
        survey_year=year,
        indicators=[question],
        quotas=[50, 50, 50],
        draws=1000,
        confidence=0.9,
    )
    assert sum(other.table.sizes) == other.table.count
    assert "90% confidence set" in text(sections.answer(other))
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
    own = build(league_csv=write(frame), draws=1000)
    assert own.table.count == count
    assert sum(own.table.sizes) == count
    for ask in SECTIONS:
        section = ask(own)
        assert speaks(section)
        for figure in section.figures:
            assert check.problems(figure.picture) == []


@pytest.mark.parametrize("count", [3, 4, 6])
def test_very_small_tables_still_report(count: int, write: Write) -> None:
    own = build(league_csv=write(made_up(count)), draws=1000)
    assert all(speaks(ask(own)) for ask in SECTIONS)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda f: f.drop(columns="n"), r"neither standard errors nor bases.*Add a column se"),
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
    assert all(speaks(ask(own)) for ask in SECTIONS)


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
    ranks = turned.certainty.sets.rank
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


def test_ordered_logit_and_the_test_of_its_assumption() -> None:
    rng = np.random.default_rng(3)
    score = rng.normal(size=900)
    latent = 1.2 * score + rng.logistic(size=900)
    level = np.digitize(latent, [-2.0, 0.0, 2.0])
    fit = ordered_fit(score, level, 0.95)
    direct = OrderedModel(level, (score[:, None] - score.mean()) / score.std(ddof=1)).fit(
        method="bfgs", disp=False
    )
    assert direct.params[0] != 0
    assert fit.low < np.exp(1.2 * score.std(ddof=1)) < fit.high
    assert fit.brant_p > 0.01
    # Slopes that differ by step break the assumption, and the test says so.
    broken = np.where(score > 0, level, np.where(rng.random(900) < 0.5, 0, 3))
    assert ordered_fit(score, broken, 0.95).brant_p < 0.001


def test_brant_test_keeps_its_level() -> None:
    rng = np.random.default_rng(7)
    rejected = 0
    for _ in range(60):
        score = rng.normal(size=300)
        level = np.digitize(0.8 * score + rng.logistic(size=300), [-1.5, 0.2, 1.8])
        rejected += ordered_fit(score, level, 0.95).brant_p < 0.05
    assert rejected / 60 < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 60)


def test_small_classes_merge_and_too_few_give_none() -> None:
    score = np.arange(60.0)
    level = np.repeat([1, 2, 3], 20)
    level[:3] = 0
    assert ordered_fit(score + np.tile([0, 30], 30), level, 0.95).merged == "Inadequate"
    assert ordered_fit(score, np.repeat([1, 2], 30), 0.95) is None


def test_interval_of_a_rank_correlation() -> None:
    low, high = spearman_interval(0.0, 103, 0.95)
    assert (low, high) == pytest.approx((-np.tanh(0.195996), np.tanh(0.195996)), abs=1e-6)


def test_year_to_year_by_hand(study: Study) -> None:
    pair = compare_years(study.table, 2016, 2017, "q8d")
    rows = pair.table
    assert len(rows) == 234
    assert pair.churn.value == (rows["category_first"] != rows["category_second"]).mean()
    assert pair.chance_churn.low < pair.chance_churn.value < pair.chance_churn.high
    assert pair.correlation.value == pytest.approx(
        rows["first"].corr(rows["second"], method="spearman")
    )


def test_other_weights_redraw_the_league(study: Study) -> None:
    table, explorer = study.table, study.explorer
    default = explorer.view()
    assert default.table["position"].tolist() == list(range(1, table.count + 1))
    assert default.table.index.tolist() == table.units.index.tolist()
    other = explorer.view({"q8a": 1.0, "q8d": 1.0}, "RV3")
    drawn = weighted(table, other)
    assert "q8a 50%, q8d 50%" in drawn.alt
    assert "Central and North West London" in drawn.alt
    assert other.table.loc["RV3", "score"] == pytest.approx(
        explorer.data.loc["RV3", ["q8a", "q8d"]].mean()
    )
    assert as_html(drawn).startswith("<p>By q8a 50%")
    for weights, follow in (({"q8a": 0.0}, ""), ({"q9": 1.0}, ""), (None, "ZZZ")):
        with pytest.raises(ParameterError):
            explorer.view(weights, follow)


def test_the_panel_answers_its_controls(study: Study) -> None:
    *sliders, menu, drawing = panel(study).children
    assert [s.description for s in sliders] == ["q8a", "q8b", "q8c", "q8d"]
    before = drawing.value
    sliders[0].value = 1.0
    assert drawing.value != before
    menu.value = "RV3"
    assert "Central and North West London" in drawing.value
    for slider in sliders:
        slider.value = 0.0
    assert "role='alert'" in drawing.value


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
    own = build(league_csv=write(frame), draws=1000, quotas=(4, 8, 8, 10))
    section = sections.fairer(own)
    return text(section), section.figures[0]


def test_units_that_differ_by_chance_only_are_not_said_to_differ_truly(write: Write) -> None:
    score = np.random.default_rng(2).binomial(12, 0.3, 30) / 12 * 100
    reading, figure = funnel_words(score, 12, write)
    assert "truly differ" not in reading
    assert "differ no more than chance explains" in reading
    assert "0 of 30 organisations lie outside" in reading
    assert figure.title == "0 of 30 organisations stand out from the average"
    assert "widened" not in figure.note


def test_units_that_differ_truly_are_held_against_their_spread(write: Write) -> None:
    score = np.random.default_rng(2).uniform(20, 80, 30).round(1)
    reading, figure = funnel_words(score, 400, write)
    assert "because they truly differ for many reasons at once" in reading
    assert "stand out from the spread of organisations" in figure.title


def test_a_step_that_the_score_tells_apart_is_named() -> None:
    score = np.r_[np.arange(40.0) % 7, np.arange(100.0, 120.0)]
    level = np.repeat([1, 2, 3], 20)
    assert agreement.separated_step(score, level) == "outstanding or better"
    assert agreement.separated_step(np.arange(60.0) % 7, level) == ""
