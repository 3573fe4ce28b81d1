"""The finances report: its numbers by hand and from the raw tables, its words at the edges."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact

from bench.evidence import finances as worlds
from nhsi_analysis.answers.simulations import stored
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.paths import raw_dir
from nhsi_analysis.studies.finances import SECTIONS, Settings, Study, build, sections
from nhsi_analysis.studies.finances.numbers import margins, record, turned
from notebook_reports.evidence import Answer, Section


@cache
def study(**settings: Any) -> Study:
    return build(Settings(**settings))


def raw() -> pd.DataFrame:
    rows = pd.read_csv(raw_dir() / "trust_finance.csv")
    rows.columns = ["code", "year", "position", "income", "cost"]
    return rows


def said(section: Section) -> str:
    return "\n".join(section.words)


def test_the_year_is_that_of_the_deepest_deficit_known_by_the_day() -> None:
    assert study().year == "2015/16"
    assert study(as_at="2015-12-31").year == "2014/15"
    assert study(year="2012/13").year == "2012/13"


def test_a_year_s_counts_and_quantiles_come_out_by_pandas() -> None:
    rows = raw().query("year == '2015/16'")
    rows = rows.assign(margin=rows["position"] / rows["income"].where(rows["income"] > 0))
    found = margins.by_year(study().rows).set_index("financial_year").loc["2015/16"]
    assert found["codes"] == rows["margin"].count() == 240  # three codes had no income any more
    assert found["in_deficit"] == (rows["margin"] < 0).sum() == 158
    assert found["unusual"] == (rows["margin"].abs() > 0.1).sum() == 26
    for q in (10, 25, 50, 75, 90):
        assert found[f"q{q}"] == pytest.approx(rows["margin"].quantile(q / 100))


def test_the_deepest_deficits_share_is_of_deficits_alone() -> None:
    red = raw().query("year == '2015/16' and position < 0 and income > 0")["position"].sort_values()
    assert margins.deepest(study()) == (20, 158, pytest.approx(red.iloc[:20].sum() / red.sum()))
    assert margins.deepest(study(year="2010/11"))[:2] == (10, 21)
    assert margins.deepest(study(trust_type="Community")) is None


def test_merged_trusts_are_one_unit_in_every_year() -> None:
    """Central Manchester and South Manchester (with Trafford from 2012) became R0A in 2017."""
    found, rows = study(), raw()
    old = rows[rows["code"].isin(["RW3", "RM2", "RM4", "R0A"]) & rows["year"].eq("2010/11")]
    assert found.margins.loc["R0A", "2010/11"] == pytest.approx(
        old["position"].sum() / old["income"].sum()
    )
    assert not {"RW3", "RM2", "RM4"} & {*found.margins.index}
    # before the merger it isn't followed
    early = study(as_at="2017-09-01")
    assert "RM2" in early.margins.index
    assert "R0A" not in early.margins.index


def test_no_money_is_lost_or_counted_twice_by_merging() -> None:
    found, rows = study(), raw()
    units = found.rows.groupby(["unit", "financial_year"])["position_gbp_m"].sum()
    by_year = units.groupby("financial_year").sum()
    assert by_year.to_numpy() == pytest.approx(
        rows.groupby("year")["position"].sum().to_numpy() / 1000
    )


def test_codes_that_went_up_in_another_are_followed() -> None:
    went, last = record.mergers(study()), raw().groupby("code")["year"].max()
    ended = {*last.index[last < "2018/19"]}
    # three went up in another in the newest year and still have accounts for a part of it
    partly, divided = {"R1E", "RGQ", "RJF"}, {"RJD", "RYH", "RYQ"}
    assert {*went["org_code"]} == (ended | partly) - divided
    # the last accounts with income, not the empty row that two others leave behind
    assert went.set_index("org_code").loc["RBB", "financial_year"] == "2014/15"


def test_a_kind_differs_by_fisher_and_holm() -> None:
    found = margins.groups(study()).set_index("group")
    acute = found.loc["Non-specialist acute"]
    assert (acute["in_deficit"], acute["trusts"]) == (121, 138)
    kinds = found[~found.index.str.endswith("by income")]
    others = kinds[["in_deficit", "trusts"]].sum() - acute[["in_deficit", "trusts"]]
    table = [
        [acute["in_deficit"], acute["trusts"] - acute["in_deficit"]],
        [others["in_deficit"], others["trusts"] - others["in_deficit"]],
    ]
    assert acute["pvalue"] == pytest.approx(fisher_exact(np.array(table, dtype=int)).pvalue)
    tested = found["pvalue"].dropna()
    assert len(tested) == 6
    assert acute["adjusted"] == pytest.approx(6 * tested.min())
    assert (found.loc[tested.index, "trusts"] >= 20).all()


def test_todays_plans_are_counted_from_the_table() -> None:
    rows = pd.read_csv(raw_dir() / "oversight_framework.csv").query("trust_type == 'Acute'")
    found, plan = record.plans(study()), rows["planned_surplus_pct"]
    assert found is not None
    assert (found.trusts, found.deficit) == (129, (plan < 0).sum())
    assert found.behind == (rows["variance_to_plan_pct"] < 0).sum()
    assert record.plans(study(as_at="2025-12-31")) is None
    assert record.plans(study(trust_type="Ambulance")) is None


def test_what_followed_the_lowest_margins_is_held_against_their_past() -> None:
    found = turned.turned(study())
    assert found is not None
    wide, table = study().margins, found.table
    lowest = wide["2015/16"].dropna().nsmallest(len(table))
    assert list(table.index) == list(lowest.index)
    assert len(table) == 23
    assert table["newest"].to_numpy() == pytest.approx(wide.loc[table.index, "2018/19"].to_numpy())
    assert found.better == (table["newest"] > table["margin"]).sum()
    assert found.surplus == 2
    assert found.rebound.beyond == 0


def test_the_lowest_of_few_trusts_or_of_the_last_year_are_not_judged() -> None:
    for settings in ({"trust_type": "Ambulance"}, {"year": "2018/19"}, {"as_at": "2013-12-31"}):
        assert turned.turned(study(**settings)) is None


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"as_at": "2011-01-01"}, "leaves no accounts"),
        ({"as_at": "2013-01-01", "year": "2015/16"}, "no accounts by that day"),
        ({"as_at": "2011-09-01", "year": "2010/11", "confidence": 0.3}, "confidence"),
    ],
)
def test_what_cannot_be_asked_is_refused(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(ParameterError, match=says):
        build(Settings(**settings))


EDGES: tuple[dict[str, Any], ...] = (
    {"as_at": "2011-09-01"},
    {"as_at": "2014-12-31", "trust": "RL4"},
    {"trust_type": "Ambulance", "trust": "RYD"},
    {"trust_type": "Community", "year": "2018/19"},
    {"trust_type": "Mental health", "trust": "RJD"},
    {"year": "2010/11", "confidence": 0.8},
    {"year": "2018/19", "trust": "TAF"},
)


@pytest.mark.parametrize("settings", EDGES, ids=str)
def test_every_section_speaks_at_the_edges(settings: dict[str, Any]) -> None:
    parts = [section(study(**settings)) for section in SECTIONS]
    text = "\n".join(said(part) for part in parts)
    assert "nan" not in text
    assert " 0 " not in text
    answer = parts[0].parts[0]
    assert isinstance(answer, Answer)
    assert answer.faults() == []
    if until := settings.get("as_at"):
        later = [f"{y}/{y % 100 + 1}" for y in range(int(until[:4]), 2020)]
        assert not [year for year in later if year in text]


def test_the_difference_is_shown_and_never_explained() -> None:
    text = said(sections.deficit(study()))
    assert "£8m to £295m apart, most in 2018/19" in text
    assert "shown and not explained" in text


def test_the_claims_are_told_with_their_verdicts() -> None:
    section = sections.claims(study())
    verdicts = section.frames["claims"]["Verdict"].tolist()
    assert verdicts == ["Can't be told"] * 2 + ["Partly holds: that the deficit grew"]
    assert "135 of the 212" in said(section)
    assert "149 of all 234" in said(section)
    assert sections.claims(study(as_at="2017-12-31")).parts == []


def test_stored_simulations_keep_what_they_promise_and_say_where_not() -> None:
    kept = stored("finances").table
    none = kept[kept["turned"] == 0].set_index("world")
    assert none.loc["as fitted to the accounts", "any_false"] < 0.05 + 2 * 0.011
    assert none["any_false"].max() <= 0.12
    assert none["any_false"].idxmax() == "one-off results that lie far out"
    real = kept[kept["turned"] == worlds.TURNED]
    real = real[real["world"] == "as fitted to the accounts"]
    assert real["found"].is_monotonic_increasing
    assert "10.0%" in said(sections.tested(study()))


@pytest.mark.slow
def test_a_part_of_the_stored_simulations_comes_out_again() -> None:
    kept = stored("finances").table.set_index(["world", "turned", "by"])
    again = worlds.run(seed=3, simulations=30).set_index(["world", "turned", "by"])
    assert again.index.tolist() == kept.index.tolist()
    for what, error in (("any_false", 0.06), ("found", 0.07), ("group", 0.1)):
        gap = (again[what] - kept[what]).abs().dropna()
        assert (gap < 3 * error).all(), what
