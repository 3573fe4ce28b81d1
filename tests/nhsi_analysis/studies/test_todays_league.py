"""Today's league: its numbers again from the tables, its words, and what other runs don't show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import lsq_linear
from scipy.stats import spearmanr
from studies_of import cells_of, notebook_of

from bench.evidence.oversight import run
from nhsi_analysis import datasets, paths
from nhsi_analysis.answers import oversight
from nhsi_analysis.answers.oversight_ranges import likely
from nhsi_analysis.answers.simulations import stored
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies import league
from nhsi_analysis.studies.league import SECTIONS, Settings, Study, sections
from nhsi_analysis.studies.league.numbers.today import Today
from nhsi_analysis.studies.league.numbers.today.measures import inspected
from notebook_reports.charts import check

DOMAINS = ["access", "effectiveness", "finance", "safety", "people"]
TODAY_ONLY = {"held_back", "near_a_cut", "implied_weights", "measures", "published_ranges"}


def build(**asked: Any) -> Study:
    return league.build(Settings(league="today", **asked))


@pytest.fixture(scope="module")
def study() -> Study:
    return build()


@pytest.fixture(scope="module")
def today(study: Study) -> Today:
    assert study.today is not None
    return study.today


@pytest.fixture(scope="module")
def raw() -> pd.DataFrame:
    table = pd.read_csv(paths.raw_dir() / "oversight_framework.csv")
    return table[table["trust_type"] == "Acute"].set_index("org_code")


def test_weights_are_those_of_another_solver(today: Today, raw: pd.DataFrame) -> None:
    both = raw.dropna(subset="access_score")
    x = both[[f"{name}_score" for name in DOMAINS]].to_numpy()
    y = both["average_score"].to_numpy()
    fitted = lsq_linear(x, y, bounds=(0, np.inf)).x
    assert np.allclose(today.implied.weights, fitted / fitted.sum(), atol=1e-6)
    assert today.implied.total == pytest.approx(fitted.sum())
    assert int(today.implied.within.sum()) == 46
    assert (today.implied.low < today.implied.weights).all()


def test_three_ratios_of_metrics_rebuild_most_scores(today: Today, raw: pd.DataFrame) -> None:
    x = raw[[f"{name}_score" for name in DOMAINS]]
    rebuilt = pd.Series(False, index=raw.index)
    for numbers in ([4, 2, 1, 1, 1], [8, 3, 2, 2, 2], [7, 3, 2, 2, 2]):
        mean = (x * numbers).sum(axis=1, skipna=False) / sum(numbers)
        rebuilt |= (mean - raw["average_score"]).abs() <= 0.01 + 1e-9
    assert today.ratios["units"].sum() == rebuilt.sum() == 108
    # more than ratios find where each trust has its own numbers
    found = stored("oversight").table
    own = found[(found["world"] == "its own for each trust") & (found["what"] == "rebuilt")]
    assert own["value"].iloc[0] < 0.6 < 108 / 128


def test_equal_weights_by_hand(today: Today, raw: pd.DataFrame) -> None:
    table = raw.loc[today.table.index]
    score = table[[f"{name}_score" for name in DOMAINS]].mean(axis=1)
    rank = score.rank(method="min")
    sizes = np.cumsum([26, 33, 34, 36])
    segment = pd.Series(np.searchsorted(sizes, rank) + 1, index=rank.index)
    deficit = (table["planned_surplus_pct"] + table["variance_to_plan_pct"]).round(2) < 0
    segment = segment.where(~deficit, segment.clip(lower=3))
    place = (segment * 1000 + rank).rank(method="min")
    row = today.way["Equal weights of the five domains"]
    assert row["segments"] == (segment != table["segment"]).sum()
    assert row["mean"] == pytest.approx((place - today.table["place"]).abs().mean())


def test_without_the_rule_a_trust_ranks_by_its_score(today: Today, raw: pd.DataFrame) -> None:
    moved = raw["average_score"].rank(method="min") - raw["rank"].rank(method="min")
    row = today.way["No rule on deficits"]
    assert row["mean"] == pytest.approx(moved.abs().mean())
    assert (row["most"], row["segments"]) == (moved.abs().max(), 36)


def test_who_is_near_a_cut_is_counted_by_hand(today: Today, raw: pd.DataFrame) -> None:
    cents = (raw["average_score"] * 100).round().astype(int)
    apart = pd.concat(
        [
            pd.concat([(cents - low).abs(), (cents - high).abs()], axis=1).max(axis=1)
            for low, high in ((206, 213), (235, 236), (269, 271))
        ],
        axis=1,
    )
    # in deficit, segments 1 and 2 are out of reach: only the last cut matters
    deficit = (raw["planned_surplus_pct"] + raw["variance_to_plan_pct"]).round(2) < 0
    apart = apart.min(axis=1).where(~deficit, apart.iloc[:, 2])
    assert today.near == {hair: (apart <= round(100 * hair)).sum() for hair in today.near}
    assert list(today.near.values()) == [2, 7, 14, 28]


def test_the_trusts_not_held_are_placed_by_the_ranks_left_free(
    study: Study, today: Today, raw: pd.DataFrame
) -> None:
    # tied trusts use up the ranks after the one that they share
    used = {rank + k for rank, part in raw.groupby("rank") for k in range(len(part))}
    free = sorted({*range(1, 135)} - used)
    assert free == [1, 2, 7, 12, 53]
    assert today.absent == sum(k < raw.loc[raw["segment"] == 1, "rank"].max() for k in free) == 4
    said = sections.held_back(study).words[0]
    assert "of the 5 acute trusts not held, 4 rank within segment 1" in said
    assert "a quarter of all 134 would be 33.5" in said


def test_other_measures_are_those_of_the_tables(today: Today, raw: pd.DataFrame) -> None:
    visits = pd.read_csv(paths.raw_dir() / "ae_monthly.csv", dtype={"department_type": str})
    visits = visits[visits["month"].isin(["2025-10-01", "2025-11-01", "2025-12-01"])]
    sums = visits.groupby("org_code")[["attendances", "breaches"]].sum()
    sums = sums[sums["attendances"] > 0]
    waits = pd.read_csv(paths.raw_dir() / "rtt_monthly.csv")
    waits = waits[waits["month"] == waits["month"].max()].set_index("org_code")
    asked = pd.read_csv(paths.raw_dir() / "staff_survey_promise.csv").set_index("org_code")
    wanted = [
        1 - sums["breaches"] / sums["attendances"],
        waits["within_18_weeks"] / waits["incomplete"],
        raw["raising_concerns_score"],
        asked["raising_concerns"],
        asked["morale"],
    ]
    for (_, row), values in zip(today.measures.iterrows(), wanted, strict=True):
        both = pd.concat([-raw["average_score"], values], axis=1, join="inner").dropna()
        assert row["trusts"] == len(both)
        assert row["rho"] == pytest.approx(spearmanr(*both.to_numpy().T).statistic)
        assert row["low"] < row["rho"] < row["high"]
    assert today.measures["metric"].tolist() == [True, True, True, False, False]


def test_ratings_of_2019_are_not_held_against_a_quarter_of_2025(today: Today) -> None:
    assert today.inspected.snapshot == pd.Timestamp("2019-03-01")
    assert today.inspected.correlation is None
    said = " ".join(sections.verdict(build()).tables[0].data.iloc[2].astype(str))
    assert "Can't be told" in said
    assert "too old" in said


def test_newer_ratings_are_held_against_it(today: Today, monkeypatch: pytest.MonkeyPatch) -> None:
    score = today.table["average_score"]
    rating = pd.cut(score, [0, 1.8, 2.3, 2.8, 9]).cat.rename_categories(
        ["Outstanding", "Good", "Requires improvement", "Inadequate"]
    )
    newer = pd.DataFrame(
        {
            "org_code": score.index,
            "rating": rating.astype(str).to_numpy(),
            "service": "Overall",
            "key_question": "Overall",
            "snapshot": pd.Timestamp("2025-11-01"),
        }
    )
    load = datasets.load
    kept = load("cqc_trust_ratings")
    monkeypatch.setattr(
        datasets,
        "load",
        lambda name: pd.concat([kept, newer]) if name == "cqc_trust_ratings" else load(name),
    )
    found = inspected(today.league, today.settings.until)
    assert found.snapshot == pd.Timestamp("2025-11-01")
    assert found.correlation is not None
    assert found.correlation > 0.9


def test_published_ranges_are_set_beside_ours(today: Today) -> None:
    assert today.likely is None
    score = today.table["average_score"]
    table = today.table.assign(
        score_low=score - 0.1,
        score_high=score + 0.1,
        rank_low=(today.table["score_place"] - 9).clip(lower=1),
        rank_high=(today.table["score_place"] + 9).clip(upper=129),
    )
    found = likely(table, 0.95)
    assert found is not None
    assert found.ours < found.worst
    assert 15 < found.published < 19
    assert 0 < found.inside <= 129
    rank = score.rank()
    assert ((found.table["lower"] <= rank + 1) & (rank - 1 <= found.table["upper"])).mean() > 0.95
    assert likely(table.assign(score_low=np.nan), 0.95) is None


def test_only_what_is_of_a_league_is_shown(study: Study) -> None:
    shown = {ask.__name__ for ask in SECTIONS if ask(study).parts}
    assert shown == {
        *TODAY_ONLY - {"published_ranges"},
        *("answer", "verdict", "choices", "method", "stand_in", "coverage"),
    }
    other = league.build(Settings(draws=500))
    assert not [name for name in TODAY_ONLY if getattr(sections, name)(other).parts]
    assert "today's league" in sections.todays_league(other).words[0]


def test_the_notebook_s_own_words_fit_every_league() -> None:
    said = " ".join(source for kind, source in cells_of(notebook_of("league")) if kind != "code")
    appendix = said[said.index("## Appendix") :]
    assert "normal model" not in appendix
    assert "binomial" not in appendix


def test_pictures_are_clean_and_few(study: Study) -> None:
    figures = [figure for ask in SECTIONS for figure in ask(study).figures]
    assert len(figures) == len({figure.key for figure in figures}) <= 5
    for figure in figures:
        assert not check.problems(figure.picture), figure.key


def test_sentences_on_trusts_tell_score_and_segments(study: Study, raw: pd.DataFrame) -> None:
    (figure,) = sections.held_back(study).figures
    assert figure.units is not None
    assert figure.units.said.keys() == set(raw.index)
    held = [code for code, said in figure.units.said.items() if "held back" in said]
    assert len(held) == 36
    for code, said in figure.units.said.items():
        assert f"scored {raw.loc[code, 'average_score']:.2f}" in said
        assert f"it stood in segment {raw.loc[code, 'segment']}" in said


def test_a_followed_trust_is_named() -> None:
    said = sections.choices(build(trust="RWF", draws=500)).words[0]
    assert said.startswith("**Maidstone and Tunbridge Wells.**")
    assert "was ranked 32nd, in segment 3, held back from segment 1 by a deficit" in said
    assert "28th of 129" in said


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ({"trust": "RXX"}, "trust"),
        ({"as_at": "2025-12-31"}, "league"),
        ({"league_csv": __file__}, "league_csv"),
    ],
)
def test_what_cannot_be_asked_is_refused(asked: dict[str, str], name: str) -> None:
    with pytest.raises(ParameterError, match=name):
        build(**asked)


def test_places_of_a_trust_are_those_of_the_report(today: Today) -> None:
    found = oversight.place("RWF", today.settings.until)
    row = today.table.loc["RWF"]
    assert found is not None
    assert (found.low, found.high) == (row["low"], row["high"])


def test_the_stored_simulations_come_out_again() -> None:
    kept = stored("oversight")
    assert len(kept.table) == 16
    again = run(seed=kept.seed, simulations=4)
    both = again.merge(kept.table, on=["world", "what"])
    assert len(both) == 16
    assert ((both["value_x"] - both["value_y"]).abs() < 0.13).all()


def test_stored_intervals_and_ranges_are_about_as_right_as_said() -> None:
    found = stored("oversight").table.set_index(["what", "world"])["value"]
    assert (found["interval"] > 0.9).all()
    assert found["range"].between(0.87, 0.93).all()
    assert (found["error"] < 0.01).all()
