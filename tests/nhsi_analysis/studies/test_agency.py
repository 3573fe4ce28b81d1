"""The agency study: rules of reading, the path against every number, claims, dates, errors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.agency import SECTIONS, Settings, Study, build, sections
from nhsi_analysis.studies.agency.numbers import claims, published, record, scope
from notebook_reports.charts import check
from policy_methods.reconstruct import reconstruct


@pytest.fixture(scope="module")
def spend() -> Study:
    return build(Settings(draws=400))


@pytest.fixture(scope="module")
def dated() -> Study:
    return build(Settings(as_at="2016-10-31", draws=400))


def answer(study: Study) -> str:
    """Return the first screen's words."""
    return sections.answer(study).words[0]


@pytest.mark.parametrize(
    ("value", "unit", "basis", "note", "low", "high"),
    [
        (3.6, "GBP bn", "actual", "", 3.55, 3.65),
        (3.0, "GBP bn", "actual", "", 2.95, 3.05),
        (3.632, "GBP bn", "actual", "", 3.6315, 3.6325),
        (331.0, "GBP m", "actual", "", 330.5, 331.5),
        (250.0, "GBP m per month", "approx actual", "", 240.0, 260.0),
        (700.0, "GBP m", "actual", "", 650.0, 750.0),
        (18.5, "per cent", "actual", "", 18.45, 18.55),
        (2.9, "GBP bn", "actual", "'just over 2.9bn'", 2.9, 2.95),
        (100.0, "GBP m (more than)", "actual", "", 100.0, 150.0),
        (838.0, "GBP m (almost)", "actual", "", 837.5, 838.0),
    ],
)
def test_rounding_rules(
    value: float, unit: str, basis: str, note: str, low: float, high: float
) -> None:
    assert published.interval(value, unit, basis, note) == pytest.approx((low, high))


@pytest.mark.parametrize(
    ("title", "date"),
    [
        ("Temporary fix (2 Nov 2016)", "2016-11-02"),
        ("Agency rules, March 2016", "2016-03-31"),
        ("Agency controls: expenditure reduced (Feb-Mar 2017)", "2017-03-31"),
        ("Working through intermediaries (updates 31 Mar & 30 May 2017)", "2017-05-30"),
        ("PQ 242780 Locums (2019)", "2019-12-31"),
        ("The locum cap (BMJ 2016;355:i5632)", "2016-12-31"),
        ("Answered question UIN 189 (temporary staff spend 2012/13-2014/15)", None),
        ("Quarterly performance of the NHS provider sector: quarter 2 2016/17", None),
    ],
)
def test_dates_of_publication_come_from_titles(title: str, date: str | None) -> None:
    found = published.published_on(title)
    assert pd.isna(found) if date is None else found == pd.Timestamp(date)


def test_every_published_figure_used_is_on_the_path_within_its_rounding(
    spend: Study,
) -> None:
    table = spend.cash.numbers
    assert len(table) >= 33
    used = table[table["used"]]
    assert len(used) >= 31
    assert used["within"].all()
    # again from the path itself, number by number
    path = pd.Series(spend.cash.mean, index=spend.cash.months)
    for row in spend.scope.constraints.to_dict("records"):
        if row["name"] not in set(used["name"]):
            continue
        here = path[row["start"] : row["end"]]
        before = path[row["start"] - pd.DateOffset(years=1) : row["end"] - pd.DateOffset(years=1)]
        value = here.mean() if row["kind"] == "mean" else here.sum()
        if row["kind"] == "change":
            value -= before.sum()
        elif row["kind"] == "growth":
            value = value / before.sum() - 1
        slack = 1e-6 * abs(row["value"])
        assert row["lower"] - slack <= value <= row["upper"] + slack, row["name"]
    drawn = spend.cash.numbers.query("used")
    assert (drawn["fitted_low"] >= drawn["lower"] - 1e-3).all()
    assert (drawn["fitted_high"] <= drawn["upper"] + 1e-3).all()


def test_conflicts_are_named(spend: Study) -> None:
    found = spend.cash.conflicts
    assert found["number"].str.contains("£3,700m").all()
    assert found["conflicts_with"].str.contains("£3,632m").all()
    assert len(found) == 2
    assert spend.conflicts["gap"].isna().sum() == 17
    said = sections.disagreements(spend).tables[0].data["How"]
    assert said.str.contains("noted").sum() == 17


def test_intervals_are_near_zero_at_published_months_and_wide_elsewhere(
    spend: Study,
) -> None:
    width = spend.path.set_index("month")["width"]
    exact = width[["2015-07-01", "2015-10-01", "2016-01-01", "2016-02-01"]]
    assert exact.max() <= 1.0 + 1e-9
    assert width["2013-04-01":"2014-03-01"].median() > 40 * exact.max()  # type: ignore[misc]


def test_definitions_are_never_spliced(spend: Study) -> None:
    years = spend.years.set_index("financial_year")
    assert years.loc["2014/15", "agency"].value == pytest.approx(3189)
    assert years.loc["2014/15", "agency_and_contract"].value == pytest.approx(3340)
    assert years.loc["2018/19", "agency"] is None  # a forecast only
    assert not spend.scope.constraints["name"].str.contains("2,610|3,340").any()
    wider = build(Settings(series="agency and contract", first_year="2012/13", draws=200))
    names = wider.scope.constraints["name"]
    assert names.str.contains("2,330|2,610|3,340").sum() == 3
    assert not names.str.contains("3,189|2,589").any()
    assert wider.effect is None
    assert not wider.claims


def test_the_ceiling_implied_by_a_gap(spend: Study) -> None:
    implied = spend.years.set_index("financial_year").loc["2017/18", "plan_or_ceiling"]
    assert implied.value == pytest.approx(93 / 0.037)
    assert (implied.low, implied.high) == pytest.approx((92.5 / 0.0375, 93.5 / 0.0365))


def test_answer_states_fall_effect_trust_and_every_claim(spend: Study) -> None:
    assert spend.fall is not None
    fall = spend.fall.share
    assert fall.value == pytest.approx(1 - 2407 / 3632, abs=0.0005)
    words = answer(spend)
    assert str(fall) in words
    assert spend.effect is not None
    assert str(spend.effect.saving) in words
    assert "without a control" in words
    for name in ("down a third", "£520m less", "£90m under plan", "£290m", "£600m", "£1,000m"):
        assert name in words
    assert len(spend.claims) == 7


def test_claims_have_the_expected_verdicts(spend: Study) -> None:
    found = {c.key: c for c in spend.claims}
    assert found["down_a_third"].verdict == "holds"
    assert found["below_plan"].verdict == "holds"
    below = found["below_year_before"]
    assert below.verdict == "partly holds"
    assert below.recomputed.value == pytest.approx(528, abs=1)
    assert (below.widest.low, below.widest.high) == pytest.approx((450, 600))
    third = found["down_a_third"].widest
    assert (third.low, third.high) == pytest.approx((1 - 2450 / 3550, 1 - 2350 / 3750))


@pytest.mark.parametrize(
    ("claimed", "found", "widest", "expected"),
    [
        ((1.0, 2.0), (1.5, 3.0), (1.0, 4.0), "holds"),
        ((1.0, 2.0), (2.5, 3.0), (1.5, 4.0), "partly holds"),
        ((10.0, 11.0), (12.0, 13.0), (12.0, 13.0), "partly holds"),
        ((10.0, 11.0), (30.0, 31.0), (30.0, 31.0), "doesn't hold"),
        ((10.0, 11.0), (-31.0, -30.0), (-31.0, -30.0), "doesn't hold"),
        ((10.0, 11.0), (-40.0, 40.0), (-50.0, 50.0), "can't be told"),
    ],
)
def test_verdicts(
    claimed: tuple[float, float],
    found: tuple[float, float],
    widest: tuple[float, float],
    expected: str,
) -> None:
    assert claims.verdict(claimed, found, widest) == expected


def test_as_at_uses_nothing_later(dated: Study) -> None:
    when = pd.Timestamp("2016-10-31")
    register = dated.scope.register
    assert (register["period_end"] <= when).all()
    assert (register["published"] <= when).all()
    assert (dated.scope.constraints["published"] <= when).all()
    assert dated.cash.months[-1] == pd.Timestamp("2016-10-01")
    assert all(b <= when for b in dated.scope.breaks)
    assert dated.trusts is None
    assert dated.outlook is None
    keys = {c.key for c in dated.claims}
    assert keys == {"saved_by_2016_02", "saved_by_2016_10"}
    rules = published.controls("2016-10-31")
    assert (rules["event_date"] <= when).all()
    assert (rules["published"] <= when).all()
    assert "2017" not in answer(dated)
    assert dated.fall is not None
    assert "same months a year later" in dated.fall.share.label
    assert (pd.to_datetime(dated.bank["financial_year"].str[:4]) < when).all()


def test_savings_sit_between_the_two_counterfactuals(spend: Study) -> None:
    found = spend.effect
    assert found is not None
    when = pd.Timestamp(2017, 2, 1)
    assert found.until == when
    trend, frozen = found.saving_by(when), found.frozen_by(when)
    assert 0 < frozen.value < trend.value
    assert trend.low is not None
    assert trend.low > 0
    assert len(found.grid) == 45
    assert found.placebo is not None
    assert found.detectable == pytest.approx(
        found.fit.minimum_detectable(when, power=0.8), rel=1e-9
    )


def test_forecast_of_the_year_against_its_ceiling(spend: Study) -> None:
    found = spend.outlook
    assert found is not None
    assert found.year == "2018/19"
    assert found.known == 9
    assert found.ceiling is not None
    assert found.ceiling.value == pytest.approx(2200)
    assert found.total.low is not None
    assert found.total.high is not None
    assert found.total.low < 2370 < found.total.high  # the outturn forecast at quarter 3
    assert found.chance is not None
    assert 0.9 < found.chance.value <= 1
    assert set(found.totals["family"]) == {"all", "ets", "sarimax", "structural"}


def test_real_terms_use_the_deflator_and_leave_claims_in_cash(spend: Study) -> None:
    checked = scope.choose(Settings(last_year="2017/18", price_basis="real"))
    factor = checked.deflator
    assert checked.prices == "in 2017/18 prices"
    assert factor["2017-04-01":].mean() == pytest.approx(1, abs=0.01)  # type: ignore[misc]
    assert factor.iloc[0] > 1.05
    assert factor.is_monotonic_decreasing or factor.diff().gt(0).sum() < 12


def test_nursing_can_be_followed() -> None:
    found = build(Settings(staff_group="nursing", last_year="2020/21", draws=200))
    assert found.scope.start == pd.Timestamp(2016, 4, 1)
    assert found.cash.numbers["within"].all()
    assert not found.claims
    assert "agency nurse spending" in answer(found).lower()


@pytest.mark.parametrize(
    ("kwargs", "name"),
    [
        ({"staff_group": "porters"}, "staff_group"),
        ({"breaks": ["2012-01-01"]}, "breaks"),
        ({"breaks": ["2019-01-01"]}, "breaks"),
        ({"breaks": ["October 2015"]}, "breaks"),
        ({"breaks": ["2015-10-01", "2015-10-31"]}, "breaks"),
        ({"breaks": "2015-10-01"}, "breaks"),
        ({"last_year": "2012/13"}, "last_year"),
        ({"first_year": "2013"}, "first_year"),
        ({"first_year": "2013/15"}, "first_year"),
        ({"first_year": "1990/91", "last_year": "1991/92"}, "first_year"),
        ({"series": "locums"}, "series"),
        ({"series": "agency and contract", "staff_group": "nursing"}, "staff_group"),
        ({"price_basis": "nominal"}, "price_basis"),
        ({"price_basis": "real", "as_at": "2018-01-01"}, "price_basis"),
        ({"confidence": 95}, "confidence"),
        ({"horizon": 0}, "horizon"),
        ({"horizon": 1.5}, "horizon"),
        ({"draws": 10}, "draws"),
        ({"seed": -1}, "seed"),
        ({"as_at": "31/10/2016"}, "as_at"),
        ({"as_at": "2016-13-01"}, "as_at"),
        ({"as_at": "2010-01-01"}, "first_year"),
        ({"as_at": "1900-01-01"}, "first_year"),
        ({"trust": "ZZZ"}, "trust"),
    ],
)
def test_bad_parameters_stop_with_one_clear_error(kwargs: dict[str, object], name: str) -> None:
    with pytest.raises(ParameterError, match=f"'{name}'"):
        build(Settings(**kwargs))  # type: ignore[arg-type]


def test_a_missing_tac_csv_stops_before_anything_is_computed(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"'tac_csv' must name an existing file"):
        Settings(tac_csv=str(tmp_path / "nothing.csv"))


def test_sections_say_what_they_show(spend: Study, dated: Study) -> None:
    for result in (spend, dated):
        shown = [section(result) for section in SECTIONS]
        figures = [figure for section in shown for figure in section.figures]
        assert len(figures) >= 5
        for one in figures:
            assert check.problems(one.picture) == [], one.key
            assert "nan" not in (one.title + one.alt + one.note).lower().split()
            assert len(one.data)
    tables = {table.key: table for section in SECTIONS for table in section(spend).tables}
    expected = {"record_by_year", "figures", "controls", "claims", "staff_groups", "conflicts"}
    assert {*expected, "shares_of_pay"} <= set(tables)
    assert all(len(table.data) for table in tables.values())


def test_what_is_absent_is_said(dated: Study) -> None:
    assert sections.year_end(dated).words == (
        "The path is too short to forecast from: it needs 24 months.",
    )
    assert sections.trust_by_trust(dated).words == (
        "No trust-level figures were published by then.",
    )
    unknown = sections.record_by_year(replace(dated, years=dated.years.iloc[:0]))
    assert unknown.words == ("No figure was published on any of these years as a whole.",)
    early = build(Settings(as_at="2016-03-31", draws=200))
    assert early.effect is None
    assert "can't be estimated" in sections.what_the_controls_did(early).words[0]
    assert sections.fragility(early).words == ("Without an estimate there is nothing to test.",)
    assert "\n\n\n" not in answer(early)


def test_levels_are_never_rounded() -> None:
    study = build(Settings(confidence=0.999, draws=200))
    shown = [section(study) for section in SECTIONS]
    notes = [f.note for section in shown for f in section.figures]
    notes += [t.note for section in shown for t in section.tables]
    assert sum("99.9%" in note for note in notes) == 5
    assert "99.9% and 99.8% limits" in sections.trust_by_trust(study).figures[-1].subtitle
    assert "99.9% credible interval" in answer(study)
    assert sections.fragility(study).figures[-1].title.endswith("at the 0.1% level")


def test_the_same_seed_gives_the_same_report(dated: Study) -> None:
    again = build(Settings(as_at="2016-10-31", draws=400))
    assert answer(again) == answer(dated)
    assert np.array_equal(again.cash.draws, dated.cash.draws)


def test_bank_beside_agency() -> None:
    table = record.bank_shift(published.read_register())
    row = table.set_index("financial_year").loc["2016/17"]
    assert row["bank_share"].value == pytest.approx(2511 / 5446)


@pytest.mark.slow
def test_intervals_cover_known_paths_published_as_the_registers_publish() -> None:
    checked = scope.choose(Settings())
    months = pd.date_range(checked.start, checked.end, freq="MS")
    rng = np.random.default_rng(8)
    t = np.arange(len(months))
    covered = []
    for _ in range(60):
        slopes = rng.normal(0, 2, 2)
        trend = 300 + slopes[0] * t + slopes[1] * np.maximum(t - rng.integers(15, 50), 0)
        wave = rng.uniform(2, 20) * np.sin(2 * np.pi * t / 12 + rng.uniform(0, 6))
        noise, rho = np.zeros(len(t)), rng.uniform(0, 0.6)
        for i in t[1:]:
            noise[i] = rho * noise[i - 1] + rng.normal(0, rng.uniform(2, 12))
        path = pd.Series(np.maximum(trend + wave + noise, 60), index=months)
        rows = []
        for row in checked.constraints.to_dict("records"):
            here = path[row["start"] : row["end"]]
            value = here.mean() if row["kind"] == "mean" else here.sum()
            if row["kind"] in ("change", "growth"):
                year = pd.DateOffset(years=1)
                before = path[row["start"] - year : row["end"] - year].sum()
                value = value - before if row["kind"] == "change" else value / before - 1
            unit = row["upper"] - row["lower"]
            rounded = np.round(value / unit) * unit
            rows.append(
                {**row, "value": rounded, "lower": rounded - unit / 2, "upper": rounded + unit / 2}
            )
        found = reconstruct(pd.DataFrame(rows), checked.start, checked.end, draws=400, seed=rng)
        assert found.numbers.query("used")["within"].all()
        covered.append(((found.low <= path) & (path <= found.high)).mean())
    assert 0.93 <= np.mean(covered) <= 0.97
