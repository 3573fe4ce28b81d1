"""The pathology case: published numbers reproduced, the chance held to delivery, words right."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nhsi_analysis import datasets
from nhsi_analysis.errors import DataError, ParameterError
from nhsi_analysis.studies import pathology
from nhsi_analysis.studies.pathology import sections
from nhsi_analysis.studies.pathology.numbers import (
    chances,
    evaluation,
    geography,
    model,
    registers,
)
from nhsi_analysis.studies.pathology.sections import figures, main, names
from nhsi_analysis.studies.pathology.settings import Settings, financial_year, spread
from notebook_reports.charts import check
from notebook_reports.evidence import Answer, Section
from policy_methods.location import great_circle_km

QUICK = {"draws": 2000}
FREE = {"transport_gbp_per_test": 0.0, "transport_range": [0.0, 0.0]}


@pytest.fixture(scope="module")
def result() -> pathology.Study:
    settings = Settings(trust="RXN", network="Lancashire and South Cumbria", **QUICK)
    return pathology.build(settings)


@pytest.fixture(scope="module")
def case() -> model.Case:
    return examine_case()


def examine_case(**changes: Any) -> model.Case:
    settings = Settings(**{**QUICK, **changes})
    numbers = {settings.networks, *settings.alternative_networks}
    uncertain = model.inputs(settings, registers.sizes())
    return model.examine(settings, uncertain, dict.fromkeys(numbers, 20.0))


@pytest.fixture(scope="module")
def found() -> chances.Chances:
    return examine_chances(draws=4000)


def examine_chances(**changes: Any) -> chances.Chances:
    settings, sizes = Settings(**{**QUICK, **changes}), registers.sizes()
    uncertain, known = model.inputs(settings, sizes), chances.published(sizes)
    return chances.examine(settings, uncertain, known, chances.reports(settings))


def answer_of_held(study: pathology.Study) -> float:
    return sections.answer(study).findings["chance_given_reports"].value


def answer_of(study: pathology.Study) -> Answer:
    (answer,) = (p for p in sections.answer(study).parts if isinstance(p, Answer))
    return answer


class TestPublished:
    """What the registers say, with every rival."""

    def test_rivals_are_all_kept(self) -> None:
        assert registers.sizes() == {
            "tests": (1.12, 1.2),
            "services": (105, 122),
            "cost": (2.2, 3.0),
            "networks": (27, 29),
        }

    def test_seventeen_hubs_carry_99_5_million_and_the_rest_is_nobodys(self) -> None:
        found = registers.targets(Settings())
        assert len(found.known) == 17
        assert found.allocated.value == pytest.approx(99.486)
        assert found.national == 200
        assert found.known.loc[found.known["unvalidated"], "target_gbp_m"].sum() == 8.2
        assert found.table.set_index("network")["target_gbp_m"].isna().sum() == 1

    def test_the_national_target_is_the_published_one_whatever_is_asked(self) -> None:
        assert registers.targets(Settings(target_gbp_m=50.0)).national == 200

    def test_local_figures_stand_beside_national_targets(self) -> None:
        table = registers.targets(Settings()).table.set_index("network")
        lancashire = table.loc["Lancashire and South Cumbria"]
        assert (lancashire["target_gbp_m"], lancashire["local_high_gbp_m"]) == (5.7, 11)
        black = table.loc["Black Country"]
        assert (black["local_low_gbp_m"], black["local_high_gbp_m"]) == (2, 7)
        assert table["local_low_gbp_m"].notna().sum() == 3

    def test_elasticity_implied_by_evidence(self) -> None:
        found = chances.published(registers.sizes())
        assert found.slopes["us"] == pytest.approx([-math.log(1.52) / math.log(2)] * 2)
        steepest, flattest = found.slopes["network"]
        assert steepest == pytest.approx(math.log(0.8) / math.log(105 / 29))
        assert flattest == pytest.approx(math.log(0.8) / math.log(122 / 27))
        assert found.slopes["carter"][0] == steepest
        assert found.slopes["carter"][1] == pytest.approx(math.log(0.9) / math.log(122 / 27))
        assert (found.plateau, found.years) == ((5, 0.75), 3)

    def test_what_speaks_for_the_programme_is_printed_too(self, result: pathology.Study) -> None:
        said = " ".join(sections.delivery(result).words)
        for printed in ("may exceed forecasts”", "76% of organisations", "97% engaged", "84% had"):
            assert printed in said
        for printed in ("in 16 of 29 networks", "by 100 of 147 trusts, after 103"):
            assert printed in said
        (table,) = sections.progress(result).tables
        figures_of = dict(zip(table.data["Published"], table.data["Figure"], strict=True))
        assert len(figures_of) == len(set(figures_of)) == 18
        assert figures_of["Share on track for 2020/21"] == "76%"
        assert figures_of["Networks maturing"] == "38%"
        assert figures_of["Share of 2017 networks still largely trust-level"] == "roughly a third"
        assert figures_of["Share of trusts making progress towards networking"] == "over 97%"

    def test_what_a_commentary_adds_is_said_only_while_the_register_says_it(
        self, result: pathology.Study, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert "never fully banked" in " ".join(sections.delivery(result).words)
        table = registers.published_numbers().assign(note="")
        monkeypatch.setattr(main, "published_numbers", lambda: table)
        assert "banked" not in " ".join(sections.delivery(result).words)


class TestEvaluation:
    """The independent evaluation, reproduced and varied."""

    def test_published_test_is_reproduced(self) -> None:
        found = evaluation.examine()
        assert found.welch["t"] == pytest.approx(3.70, abs=0.01)
        assert found.welch["p"] == pytest.approx(0.0003, abs=0.0001)
        assert found.estimate("gap").value == pytest.approx(3.360562 - 1.281851)

    def test_every_published_mean_follows_from_its_budgets(self) -> None:
        groups = evaluation.published()
        saved = groups["uplifted_2010"] - groups["budget_2015"] * (1 - groups["activity"])
        assert (saved / groups["n"]).to_numpy() == pytest.approx(groups["mean"], rel=1e-4)
        assert groups["inflation"].to_numpy() == pytest.approx([1.1566, 1.1694], abs=1e-4)
        assert groups["activity"].to_numpy() == pytest.approx([0.1, 0.1], abs=1e-4)

    def test_each_assumption_moves_the_gap_as_by_hand(self) -> None:
        table = evaluation.examine().scenarios.set_index("scenario")
        none = (1191.454427 - 1114.736579) / 56 - (738.084478 - 738.909949) / 57
        assert table.loc["No activity uplift", "gap"] == pytest.approx(none, rel=1e-4)
        same = 3.360562 - (631.153715 * 1191.454427 / 1030.140845 - 738.909949 * 0.9) / 57
        found = table.loc["Both groups at the lower inflation", "gap"]
        assert found == pytest.approx(same, rel=1e-4)
        published = table.loc["As published"]
        relative = 3.360562 / (1191.454427 / 56) - 1.281851 / (738.084478 / 57)
        assert published["relative"] == pytest.approx(relative, rel=1e-4)
        assert published["worth"] == pytest.approx(relative * 738.909949, rel=1e-4)

    def test_the_evaluation_stands_under_its_own_name_only_as_published(
        self, result: pathology.Study
    ) -> None:
        worth = sections.answer(result).findings["independent_evidence"]
        ends = (worth.value, worth.low, worth.high)
        assert ends == pytest.approx((43.6, -2.5, 89.6), abs=0.06)
        assert result.evaluation.scenarios["scenario"].iloc[0] == "As published"

    def test_confidence_widens_the_interval(self) -> None:
        narrow, wide = (evaluation.examine(level).estimate("gap") for level in (0.8, 0.99))
        assert narrow.low is not None
        assert wide.low is not None
        assert wide.low < narrow.low < narrow.value


class TestChances:
    """The range over named sets, before and after it is held to the reports."""

    def test_every_set_is_named_and_the_headline_is_their_range(
        self, found: chances.Chances
    ) -> None:
        assert len(found.table) == 12
        assert set(found.table["curve"]) == set(names.CURVES)
        chance = found.table.loc[found.table["curve"] != "word", "chance"]
        assert (found.before.low, found.before.high) == pytest.approx(
            (chance.min(), chance.max()), abs=1e-8
        )
        assert found.before.value == found.before.high
        assert found.before.kind == "range over cost curves"
        assert found.before.confidence is None

    def test_a_set_is_the_simulation_of_its_assumptions(self, found: chances.Chances) -> None:
        own = found.table.iloc[0]
        outputs = examine_case(draws=4000).simulation.outputs
        assert own["chance"] == (outputs["delivered_3"] >= 200).mean()
        assert own["complete"] == (outputs["net_saving"] >= 200).mean()
        assert own["median"] == pytest.approx(outputs["delivered_3"].median())

    def test_taken_at_its_word_a_fall_for_every_test_needs_no_curve(self) -> None:
        fixed = examine_chances(vary_baseline=False).table.set_index(["curve", "build_up"])
        word = fixed.loc[("word", "planned")]
        assert word["median"] == pytest.approx(0.2 * 2200)
        assert word["chance"] == 1

    def test_reports_are_read_as_one_saving_or_added(self) -> None:
        told = chances.reports(Settings())
        assert told.readings["apart"] == pytest.approx((31.8, 10))
        assert told.readings["added"] == pytest.approx((63.6, math.sqrt(200)))
        assert (told.year, told.index) == ("2018/19", 1)

    def test_sets_that_the_reports_rule_out_give_no_chance(self, found: chances.Chances) -> None:
        table = found.table.set_index(["curve", "build_up"])
        assert not table.loc["plateau", ["apart_agrees", "added_agrees"]].to_numpy().any()
        assert not table.loc[("word", "planned"), "apart_agrees"]
        # £64m lies in the last hundredth of what this report's slower build-up gives.
        assert not table.loc[("own", "assumed"), "added_agrees"]
        for reading in ("apart", "added"):
            agree = table[f"{reading}_tail"] >= 0.05
            assert (table[f"{reading}_agrees"] == agree).all()
        assert found.held is not None
        curves = table.drop(index="word", level="curve")
        assert found.held.n == curves[["apart_agrees", "added_agrees"]].to_numpy().sum()

    def test_a_report_of_no_error_leaves_too_few_draws_for_a_chance(self) -> None:
        sharp = examine_chances(delivery_error_gbp_m=0.01)
        assert (sharp.table["apart_effective"] < 50).all()
        assert not sharp.table["apart_agrees"].any()
        assert sharp.held is None

    def test_the_error_of_the_reports_is_a_parameter_that_is_felt(
        self, found: chances.Chances
    ) -> None:
        wide = examine_chances(draws=4000, delivery_error_gbp_m=20.0)
        assert (wide.table["apart_effective"] > found.table["apart_effective"]).all()
        assert found.elsewhere["error_gbp_m"].tolist() == [5, 20]
        ends = wide.agreeing("apart", "added").agg(["min", "max"])
        assert found.elsewhere.iloc[1, 1:].tolist() == pytest.approx(ends.tolist())


@pytest.fixture
def with_delivered(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[float], pathology.Study]]:
    """Return the whole study on a copy of the data with another delivered saving."""
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    for file in (root / "data" / "raw").iterdir():
        (raw / file.name).symlink_to(file)
    copy = raw / "pathology_figures.csv"

    def run(delivered: float) -> pathology.Study:
        rows = pd.read_csv(root / "data" / "raw" / copy.name, dtype=str, keep_default_na=False)
        rows.loc[rows["measure"] == registers.DELIVERED, "value"] = f"{delivered:g}"
        copy.unlink()
        rows.to_csv(copy, index=False)
        datasets.clear_reads()
        monkeypatch.setenv("NHSI_DATA", str(tmp_path / "data"))
        return pathology.build(Settings(draws=4000))

    yield run
    datasets.clear_reads()


def test_the_chance_falls_without_the_delivered_saving_and_rises_when_it_is_doubled(
    with_delivered: Callable[[float], pathology.Study],
) -> None:
    """End to end, by more than the simulation errors of both chances, and in the headline."""
    nothing, told, doubled = (with_delivered(value) for value in (0.0, 33.6, 67.2))
    cells = [("us", "planned", "added"), ("us", "planned", "apart"), ("us", "assumed", "added")]
    for curve, build_up, reading in cells:
        found = []
        for study in (nothing, told, doubled):
            table = study.chances.table.set_index(["curve", "build_up"])
            row = table.loc[(curve, build_up)]
            found.append((row[f"{reading}_chance"], row[f"{reading}_error"]))
        (none, a), (some, b), (more, c) = found
        if reading == "added":
            assert some - none > 3 * math.hypot(a, b)
        assert more - some > 3 * math.hypot(b, c)
    highs = [answer_of_held(study) for study in (nothing, told, doubled)]
    assert highs == sorted(highs)
    assert highs[1] - highs[0] > 0.3
    assert highs[2] - highs[1] > 0.1
    before = [study.chances.before for study in (nothing, told, doubled)]
    assert before[0] == before[1] == before[2]
    ledes = {answer_of(study).lede for study in (nothing, told, doubled)}
    assert len(ledes) == 3


class TestCase:
    """The simulation."""

    def test_fixed_inputs_give_the_closed_form(self) -> None:
        """105 services in 29 networks at −0.2, all moved, no other cost: 2200 (1 − k^e)."""
        fixed = {
            **FREE,
            "elasticity": -0.2,
            "elasticity_range": [-0.2, -0.2],
            "share_consolidated": 1.0,
            "share_range": [1.0, 1.0],
            "plateau_m_tests": 0.0,
            "vary_baseline": False,
        }
        found = examine_case(**fixed)
        expected = 2200 * (1 - (105 / 29) ** -0.2)
        assert found.saving("net_saving", "").value == pytest.approx(expected)
        assert found.saving("net_saving", "").low == pytest.approx(expected)
        needed = math.log(1 - 200 / 2200) / math.log(105 / 29)
        assert found.break_even == pytest.approx(needed)

    def test_on_one_curve_the_median_saving_is_about_62_million(self) -> None:
        outputs = examine_case(draws=20_000).simulation.outputs
        assert outputs["net_saving"].median() == pytest.approx(62, abs=1.5)
        assert (outputs["net_saving"] >= 200).mean() == pytest.approx(0.012, abs=0.004)

    def test_what_varies_by_tens_is_told_in_tens(self, case: model.Case) -> None:
        saving = case.saving("net_saving", "")
        assert saving.low is not None
        assert saving.high is not None
        assert [saving.value % 10, saving.low % 10, saving.high % 10] == [0, 0, 0]

    def test_a_steeper_curve_stops_paying(self, case: model.Case) -> None:
        slope, most = case.steepest_worth_having
        assert -0.6 < slope < -0.4
        assert 180 < most < 200
        assert case.break_even is None

    def test_the_same_seed_gives_the_same_numbers(self, case: model.Case) -> None:
        again = examine_case()
        assert again.simulation.outputs.equals(case.simulation.outputs)
        assert again.sobol.equals(case.sobol)
        assert not examine_case(seed=2).simulation.outputs.equals(case.simulation.outputs)

    def test_every_input_is_declared_with_a_source(self, case: model.Case) -> None:
        assert len(case.declared) == 9
        assert (case.declared["source"].str.len() > 0).all()
        assert case.declared["source"].str.contains("assumption").sum() >= 4

    @pytest.mark.parametrize(
        "change",
        [
            {"elasticity": -0.2},
            {"elasticity_range": [-0.3, -0.1]},
            {"share_consolidated": 0.7},
            {"share_range": [0.2, 0.9]},
            {"plateau_m_tests": 0.0},
            {"plateau_range": [5.0, 90.0]},
            {"transport_gbp_per_test": 0.1},
            {"transport_range": [0.0, 0.3]},
            {"transition_gbp_m": 20.0},
            {"transition_range": [1.0, 90.0]},
            {"ramp_years": 4.0},
            {"ramp_range": [2.0, 12.0]},
            {"tests_bn": 1.2},
            {"services": 122},
            {"cost_gbp_bn": 2.5},
            {"vary_baseline": False},
            {"networks": 20},
            {"discount_rate": 0.05},
            {"horizon_years": 15},
        ],
        ids=lambda c: next(iter(c)),
    )
    def test_every_parameter_is_felt(self, case: model.Case, change: dict[str, Any]) -> None:
        changed = examine_case(**change)
        columns = ["net_saving", "npv", "delivered_3"]
        before = case.simulation.outputs[columns].mean()
        after = changed.simulation.outputs[columns].mean()
        assert not np.allclose(before, after)

    def test_doing_nothing_is_an_option_and_shares_the_draws(self, case: model.Case) -> None:
        options = case.options.set_index("option")["npv_gbp_m"]
        assert options["no networks"] == 0
        assert options["29 networks"] == pytest.approx(case.simulation.outputs["npv"].mean())
        assert case.information.perfect >= case.information.by_input["value"].max()

    def test_a_saving_that_never_varies_has_no_drivers(self) -> None:
        found = examine_case(**FREE, elasticity=0.0, elasticity_range=[0.0, 0.0])
        assert found.saving("net_saving", "").value == 0
        assert (found.sobol["total"] == 0).all()
        assert found.information.best == "no networks"


class TestGeography:
    """Sites, hubs and distances."""

    def test_best_hubs_are_optimal_and_every_site_goes_to_its_nearest(
        self, result: pathology.Study
    ) -> None:
        where = result.geography
        assert where.best.proven
        assert where.best.open.size == 29
        hubs = where.hubs
        km = great_circle_km(
            where.sites["latitude"],
            where.sites["longitude"],
            hubs["latitude"],
            hubs["longitude"],
            road_factor=1.3,
        )
        assert where.sites["km"].to_numpy() == pytest.approx(km.min(axis=1))
        assert hubs["sites_served"].sum() == len(where.sites)
        mean = np.average(where.sites["km"], weights=where.sites["weight"])
        assert where.mean_km(where.best) == pytest.approx(mean)
        assert where.by_number[29] == pytest.approx(mean)

    def test_fewest_hubs_within_the_limit(self, result: pathology.Study) -> None:
        assert result.geography.fewest is not None
        assert result.geography.fewest <= 29
        named = registers.targets(Settings()).table
        near = geography.examine(Settings(travel_limit_km=45.0, hub_sites="general"), named)
        assert near.fewest is not None
        assert near.fewest > 29
        assert geography.examine(Settings(travel_limit_km=45.0), named).fewest is None

    def test_keeping_published_hubs_keeps_them_and_costs_travel(
        self, result: pathology.Study
    ) -> None:
        where = result.geography
        assert where.published is not None
        kept = {where.published.site_names[j] for j in where.published.open}
        assert set(where.matched["site_code"].dropna()) <= kept
        assert where.published.objective >= where.best.objective

    def test_the_map_says_first_which_trusts_it_lacks(self, result: pathology.Study) -> None:
        matched = result.geography.matched.set_index("hub_trust")
        assert len(matched) == 21
        lost = matched[matched["site_code"].isna()]
        assert lost.index.tolist() == ["Central Manchester University Hospitals"]
        assert matched.loc["Leeds Teaching Hospitals", "site_name"] == "St James's Hospital"
        shown = sections.hubs(result)
        first = shown.words[0]
        assert shown.parts[0] is not shown.figures[0]
        for name in ("Manchester University", "London North West", "Heart of England"):
            assert name in first
        assert "Central Manchester University Hospitals was a published hub" in first

    def test_more_networks_than_sites_is_refused(self) -> None:
        settings = Settings(networks=200, services=300)
        with pytest.raises(ParameterError, match="sites that may be a hub"):
            geography.examine(settings, registers.targets(settings).table)

    def test_names_match_without_legal_forms(self) -> None:
        assert geography.plain_name("The Royal Wolverhampton") == geography.plain_name(
            "Royal Wolverhampton NHS Trust"
        )


class TestReport:
    """What the notebook shows."""

    def test_answer_gives_the_range_before_and_after_the_reports(
        self, result: pathology.Study
    ) -> None:
        answer = answer_of(result)
        assert "£200m a year by 2020/21" in answer.lede
        assert "Given the savings reported for 2018/19" in answer.lede
        assert "fit no reading of the reported savings" in answer.sure
        assert answer.faults() == []

    def test_no_card_carries_the_noise_of_the_simulation(self, result: pathology.Study) -> None:
        found = sections.answer(result).findings
        kinds = {found[k].kind for k in ("chance_of_target", "chance_given_reports")}
        assert kinds == {"range over cost curves"}
        assert not any("Monte Carlo" in estimate.kind for estimate in found.values())

    def test_followed_trust_and_network_run_through_the_report(
        self, result: pathology.Study
    ) -> None:
        followed = result.followed.set_index("item")["value"]
        assert followed["Trust"].startswith("Lancashire Teaching")
        assert followed["Saving published in 2017"] == "£5.7m"
        assert followed["Later or local figure"] == "£11.0m"
        labels = figures.map_labels(result.geography, "RXN")
        assert "Royal Preston" in set(labels[labels["bold"]]["text"])

    @pytest.mark.parametrize("section", pathology.SECTIONS)
    def test_every_section_is_complete_and_well_drawn(
        self, result: pathology.Study, section: Callable[[pathology.Study], Section]
    ) -> None:
        shown = section(result)
        assert shown.parts
        for figure in shown.figures:
            assert check.problems(figure.picture) == []
            assert all(map(str, (figure.title, figure.subtitle, figure.source)))
            assert figure.alt
            assert len(figure.data)
        for table in shown.tables:
            assert len(table.data)
            assert table.caption
            assert set(table.formats) <= set(table.data.columns)

    @pytest.mark.parametrize(
        ("asked", "expected"),
        [
            ({"target_gbp_m": 150.0}, "£150m a year by 2020/21"),
            ({"elasticity": -0.3, "networks": 2}, "£200m"),
            ({"target_gbp_m": 500.0, "networks": 105, "delivery_error_gbp_m": 5.0}, "none agrees"),
            ({"target_gbp_m": 900.0, "delivery_error_gbp_m": 0.01}, "Networks were unlikely"),
            ({"delivery_error_gbp_m": 0.01}, "No set tried can be held to the savings"),
            ({"target_gbp_m": 50.0, "target_year": "2025/26", "trust": "R0A"}, "by 2025/26"),
            ({"networks": 1, "target_year": "2018/19", "travel_limit_km": 45.0}, "by 2018/19"),
            ({"share_consolidated": 1.0, "share_range": [1.0, 1.0]}, "2020/21"),
        ],
    )
    def test_sentences_stay_right_whatever_is_asked(
        self, asked: dict[str, Any], expected: str
    ) -> None:
        study = pathology.build(Settings(**asked, draws=1000))
        said = [answer_of(study).lede, answer_of(study).sure]
        for section in (show(study) for show in pathology.SECTIONS):
            said += section.words
            said += [f"{f.title} {f.alt} {f.note}" for f in section.figures]
            assert all(len(f.title.split()) <= 15 for f in section.figures)
        text = " ".join(said)
        assert expected in said[0]
        assert answer_of(study).faults() == []
        for wrong in (
            " nan",
            "nan ",
            "best 1 hub",
            " 1 hubs",
            "above less",
            "up to less",
            "up to more",
        ):
            assert wrong not in text

    def test_nothing_is_said_of_a_trust_when_none_is_followed(self) -> None:
        study = pathology.build(Settings(draws=1000))
        assert sections.followed(study).parts == []


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"networks": 0}, "networks"),
        ({"networks": 106}, "networks"),
        ({"networks": 2.5}, "networks"),
        ({"networks": True}, "networks"),
        ({"elasticity": 0.1}, "elasticity"),
        ({"elasticity_range": [-0.1, 0.2]}, "elasticity_range"),
        ({"elasticity_range": [-0.1, -0.2]}, "elasticity_range"),
        ({"elasticity_range": -0.1}, "elasticity_range"),
        ({"share_consolidated": 1.2}, "share_consolidated"),
        ({"share_range": [0.2, 1.4]}, "share_range"),
        ({"transport_gbp_per_test": -0.1}, "transport_gbp_per_test"),
        ({"transition_gbp_m": -1}, "transition_gbp_m"),
        ({"delivery_error_gbp_m": 0}, "delivery_error_gbp_m"),
        ({"cost_gbp_bn": -2}, "cost_gbp_bn"),
        ({"tests_bn": 0}, "tests_bn"),
        ({"target_gbp_m": 0}, "target_gbp_m"),
        ({"target_year": "2021"}, "target_year"),
        ({"target_year": "2020/22"}, "target_year"),
        ({"target_year": "2010/11"}, "target_year"),
        ({"target_year": "2044/45"}, "target_year"),
        ({"discount_rate": 0.9}, "discount_rate"),
        ({"horizon_years": 40}, "horizon_years"),
        ({"alternative_networks": []}, "alternative_networks"),
        ({"alternative_networks": [400]}, "alternative_networks"),
        ({"travel_limit_km": 0}, "travel_limit_km"),
        ({"road_factor": 0.5}, "road_factor"),
        ({"hub_sites": "none"}, "hub_sites"),
        ({"draws": 10}, "draws"),
        ({"seed": -1}, "seed"),
        ({"confidence": 1.0}, "confidence"),
        ({"plateau_m_tests": float("nan")}, "plateau_m_tests"),
        ({"ramp_years": 0}, "ramp_years"),
        ({"trust": "RL44"}, "trust"),
        ({"network": "Atlantis"}, "network"),
    ],
)
def test_nonsense_stops_with_one_clear_error(change: dict[str, Any], name: str) -> None:
    with pytest.raises(ParameterError) as refused:
        Settings(**change)
    assert refused.value.name == name


def test_unknown_trust_suggests_near_codes() -> None:
    with pytest.raises(ParameterError, match="RL4"):
        Settings(trust="RL44")


def test_a_number_that_the_register_lacks_is_refused_by_name() -> None:
    with pytest.raises(DataError, match="price of tea"):
        registers.reading(registers.published_numbers(), "price of tea")


def test_ranges_take_in_the_most_likely_value() -> None:
    assert spread(-0.3, [-0.24, 0.0]) == (-0.3, -0.3, 0.0)
    assert spread(0.5, [0.6, 0.8]) == (0.5, 0.5, 0.8)
    assert financial_year(0) == "2017/18"
    assert financial_year(82) == "2099/00"


def test_a_source_is_not_credited_with_a_value_set_by_parameter():
    sizes = registers.sizes()
    default = model.inputs(Settings(), sizes)
    changed = model.inputs(Settings(transition_gbp_m=20.0), sizes)
    assert default["transition"].source.startswith("published costs of hubs")
    assert changed["transition"].source == "assumption: set by parameter"
    assert changed["share"].source == default["share"].source
