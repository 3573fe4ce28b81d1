"""The pathology case: published numbers reproduced, nothing spread, every parameter felt."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies import pathology
from nhsi_analysis.studies.pathology import sections
from nhsi_analysis.studies.pathology.numbers import (
    delivery,
    evaluation,
    geography,
    model,
    registers,
)
from nhsi_analysis.studies.pathology.sections import figures
from nhsi_analysis.studies.pathology.settings import Settings, financial_year, spread
from notebook_reports.charts import check
from notebook_reports.evidence import Section
from policy_methods.location import great_circle_km

QUICK = {"draws": 2000}
FREE = {
    "essential_premium": 0.0,
    "essential_range": [0.0, 0.0],
    "transport_gbp_per_test": 0.0,
    "transport_range": [0.0, 0.0],
}


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
    return model.examine(settings, registers.baseline().ranges, dict.fromkeys(numbers, 20.0))


class TestPublished:
    """What the registers say, with every rival."""

    def test_rivals_are_all_kept(self) -> None:
        base = registers.baseline()
        assert base.ranges["tests"] == (1.12, 1.2)
        assert base.ranges["services"] == (105, 122)
        assert base.ranges["cost"] == (2.2, 3.0)
        assert base.ranges["networks"] == (27, 29)
        assert set(base.table["value"]) >= {"1.12 bn", "1.2 bn", "105", "122", "£2.2bn", "£3bn"}

    def test_seventeen_hubs_carry_99_5_million_and_the_rest_is_nobodys(self) -> None:
        found = registers.targets(Settings())
        assert len(found.known) == 17
        assert found.allocated == pytest.approx(99.486)
        assert found.unallocated == pytest.approx(100.514)
        assert found.unvalidated == pytest.approx(8.2)
        assert found.share.value == pytest.approx(0.49743)
        assert found.table.set_index("network")["target_gbp_m"].isna().sum() == 1
        assert found.bars.iloc[-1]["network"].startswith("No named hub")
        assert found.bars["target_gbp_m"].sum() == pytest.approx(200)

    def test_concentration_by_hand(self) -> None:
        found = registers.targets(Settings())
        assert found.concentration["top_five"] == pytest.approx(54.8 / 99.486)
        shares = found.known["target_gbp_m"] / 99.486
        assert found.concentration["effective"] == pytest.approx(1 / (shares**2).sum())

    def test_local_plans_stand_beside_national_targets(self) -> None:
        plans = registers.targets(Settings()).plans.set_index("network")
        lancashire = plans.loc["Lancashire and South Cumbria"]
        assert (lancashire["target_gbp_m"], lancashire["local_high_gbp_m"]) == (5.7, 11)
        black = plans.loc["Black Country"]
        assert (black["local_low_gbp_m"], black["local_high_gbp_m"]) == (2, 7)

    def test_elasticity_implied_by_evidence(self) -> None:
        table = model.evidence(Settings()).set_index("evidence")
        lost_half = table.loc["US hospitals losing half their volume", "elasticity_low"]
        assert lost_half == pytest.approx(-math.log(1.52) / math.log(2))
        network = table.loc["Trusts using the network model", "elasticity_low"]
        assert network == pytest.approx(math.log(0.8) / math.log(105 / 29))


class TestEvaluation:
    """The independent evaluation, reproduced and varied."""

    def test_published_test_is_reproduced(self) -> None:
        found = evaluation.examine()
        assert found.welch["t"] == pytest.approx(3.70, abs=0.01)
        assert found.welch["p"] == pytest.approx(0.0003, abs=0.0001)
        assert found.gap.value == pytest.approx(3.360562 - 1.281851)

    def test_every_published_mean_follows_from_its_budgets(self) -> None:
        big, small = evaluation.published()
        for group in (big, small):
            assert group.saving(group.inflation, group.activity) == pytest.approx(
                group.mean, rel=1e-4
            )
        assert big.inflation == pytest.approx(1.1566, abs=1e-4)
        assert small.inflation == pytest.approx(1.1694, abs=1e-4)
        assert big.activity == pytest.approx(0.1, abs=1e-4)

    def test_each_assumption_moves_the_gap_as_by_hand(self) -> None:
        table = evaluation.examine().scenarios.set_index("scenario")
        big, small = evaluation.published()
        none = (1191.454427 - 1114.736579) / 56 - (738.084478 - 738.909949) / 57
        assert table.loc["No activity uplift", "gap"] == pytest.approx(none, rel=1e-4)
        same = 3.360562 - (631.153715 * big.inflation - 738.909949 * 0.9) / 57
        assert table.loc["One inflation factor (the lower)", "gap"] == pytest.approx(same, rel=1e-4)
        published = table.loc["As published"]
        relative = 3.360562 / (1191.454427 / 56) - 1.281851 / (738.084478 / 57)
        assert published["relative_gap"] == pytest.approx(relative, rel=1e-4)
        assert published["worth"] == pytest.approx(relative * small.budget_2015, rel=1e-4)

    def test_confidence_widens_the_interval(self) -> None:
        narrow, wide = evaluation.examine(0.8).gap, evaluation.examine(0.99).gap
        assert narrow.low is not None
        assert wide.low is not None
        assert wide.low < narrow.low < narrow.value


class TestDelivery:
    """Progress against the path."""

    def test_path_and_paces_by_hand(self) -> None:
        found = delivery.examine(Settings())
        assert found.savings["delivered"].tolist() == pytest.approx([0, 33.6, 63.6])
        days = (pd.Timestamp("2019-03-31") - pd.Timestamp("2017-09-07")).days
        span = (pd.Timestamp("2021-03-31") - pd.Timestamp("2017-09-07")).days
        assert found.savings["needed"].iloc[-1] == pytest.approx(200 * days / span)
        assert found.agreements["agreed"].tolist() == [12, 13, 16]
        third = found.dates.iloc[2]["when"]
        years = (200 - 33.6) / 30
        assert abs((third - pd.Timestamp("2018-09-30")).days - years * 365.25) < 1
        assert "so after it" in found.sentence

    def test_a_smaller_target_is_met_in_time(self) -> None:
        found = delivery.examine(Settings(target_gbp_m=60, target_year="2025/26"))
        assert "so by then" in found.sentence


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
        assert found.complete.value == pytest.approx(expected)
        assert found.complete.low == pytest.approx(expected)
        needed = math.log(1 - 200 / 2200) / math.log(105 / 29)
        assert found.break_even == pytest.approx(needed)
        assert found.probability_ever.value == 1

    def test_the_same_seed_gives_the_same_numbers(self, case: model.Case) -> None:
        again = examine_case()
        assert again.simulation.outputs.equals(case.simulation.outputs)
        assert again.sobol.equals(case.sobol)
        assert not examine_case(seed=2).simulation.outputs.equals(case.simulation.outputs)

    def test_chances_grow_by_year_and_carry_their_error(self, case: model.Case) -> None:
        chances = case.by_year["probability"]
        assert (chances.diff().dropna() >= 0).all()
        assert (case.by_year["monte_carlo_error"] > 0).all()
        target = case.by_year.set_index("year").loc["2020/21", "probability"]
        assert target == case.probability.value

    def test_every_input_is_declared_with_a_source(self, case: model.Case) -> None:
        assert len(case.declared) == 10
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
            {"essential_premium": 0.0},
            {"essential_range": [0.0, 0.3]},
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
        options = case.options.set_index("option")
        assert options.loc["no networks", "npv_gbp_m"] == 0
        assert options["probability_best"].sum() == pytest.approx(1)
        plan = case.simulation.outputs["npv"].mean()
        assert options.loc["29 networks", "npv_gbp_m"] == pytest.approx(plan)
        assert case.information.perfect >= case.information.by_input["value"].max()

    def test_a_saving_that_never_varies_is_explained(self) -> None:
        found = examine_case(**FREE, elasticity=0.0, elasticity_range=[0.0, 0.0])
        assert found.complete.value == 0
        assert found.drivers.startswith("nothing")
        assert found.information.best == "no networks"


class TestGeography:
    """Sites, hubs and distances."""

    def test_best_hubs_are_proven_and_every_site_goes_to_its_nearest(
        self, result: pathology.Study
    ) -> None:
        where = result.geography
        assert where.best.proven
        assert where.best.open.size == 29
        hubs = where.hubs(where.best)
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
        assert where.travel.value == pytest.approx(mean)

    def test_travel_limit_holds(self, result: pathology.Study) -> None:
        limited = result.geography.limited
        assert limited is not None
        assert limited.cost.max() <= 120
        assert result.geography.fewest is not None
        assert result.geography.fewest <= 29

    def test_keeping_published_hubs_keeps_them_and_costs_travel(
        self, result: pathology.Study
    ) -> None:
        where = result.geography
        assert where.published is not None
        kept = {where.published.site_names[j] for j in where.published.open}
        assert set(where.matched["site_code"].dropna()) <= kept
        assert where.published.objective >= where.best.objective

    def test_every_published_hub_is_in_the_table_and_the_unmatched_is_named(
        self, result: pathology.Study
    ) -> None:
        matched = result.geography.matched.set_index("hub_trust")
        assert len(matched) == 21
        lost = matched[matched["site_code"].isna()]
        assert lost.index.tolist() == ["Central Manchester University Hospitals"]
        assert "Central Manchester" in result.geography.sentence
        assert "Manchester University" in result.geography.coverage
        assert matched.loc["Leeds Teaching Hospitals", "site_name"] == "St James's Hospital"

    def test_impossible_limit_names_sites_and_the_hubs_needed(self) -> None:
        named = registers.targets(Settings()).table
        found = geography.examine(Settings(travel_limit_km=45.0), named)
        assert found.limited is None
        assert "Scarborough Hospital" in found.limit_problem
        assert "No number of hubs would do" in found.limit_sentence
        found = geography.examine(Settings(travel_limit_km=45.0, hub_sites="general"), named)
        assert found.fewest is not None
        assert found.fewest > 29
        assert f"At least {found.fewest} hubs would be needed" in found.limit_sentence

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

    def test_answer_says_chance_allocation_and_evidence(self, result: pathology.Study) -> None:
        (answer,) = sections.answer(result).words
        assert "£200m a year by 2020/21 is a remote chance" in answer
        assert "49.7% was ever given to a named hub" in answer
        assert "elasticity of unit cost" in answer
        assert result.evaluation.supported.text in answer

    def test_followed_trust_and_network_run_through_the_report(
        self, result: pathology.Study
    ) -> None:
        followed = result.followed.set_index("item")["value"]
        assert followed["Trust"].startswith("Lancashire Teaching")
        assert followed["Saving published in 2017"] == "£5.7m"
        assert followed["Local or later figure"] == "£11m"
        labels = figures.map_labels(result.geography, "RXN")
        assert "Royal Preston" in set(labels[labels["bold"]]["text"])

    @pytest.mark.parametrize("section", pathology.SECTIONS)
    def test_every_section_is_complete_and_well_drawn(
        self, result: pathology.Study, section: Callable[[pathology.Study], Section]
    ) -> None:
        shown = section(result)
        for figure in shown.figures:
            assert check.problems(figure.picture) == []
            assert all(map(str, (figure.title, figure.subtitle, figure.source, figure.note)))
            assert figure.alt
            assert len(figure.data)
        for table in shown.tables:
            assert len(table.data)
            assert table.caption
            assert set(table.formats) <= set(table.data.columns)

    def test_changed_target_changes_the_words(self) -> None:
        settings = Settings(target_gbp_m=50.0, target_year="2025/26", **QUICK)
        found = pathology.build(settings)
        assert "£50m a year by 2025/26" in sections.answer(found).words[0]
        assert found.case.probability.value > 0.5


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


def test_ranges_take_in_the_most_likely_value() -> None:
    assert spread(-0.3, [-0.24, 0.0]) == (-0.3, -0.3, 0.0)
    assert spread(0.5, [0.6, 0.8]) == (0.5, 0.5, 0.8)
    assert financial_year(0) == "2017/18"
    assert financial_year(82) == "2099/00"


def test_a_source_is_not_credited_with_a_value_set_by_parameter():
    ranges = {"tests": (1.12, 1.2), "services": (105.0, 122.0), "cost": (2.2, 3.0)}
    default = model.inputs(Settings(), ranges)
    changed = model.inputs(Settings(transition_gbp_m=20.0), ranges)
    assert default["transition"].source.startswith("published costs of hubs")
    assert changed["transition"].source == "assumption: set by parameter"
    assert changed["share_moved"].source == default["share_moved"].source
