"""The agency study: rules of reading, the path against every number, claims, dates, errors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nhsi_analysis.answers import agency_claims, published, simulations
from nhsi_analysis.answers.agency_register import controls, read_register
from nhsi_analysis.answers.verdicts import Verdict
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.agency import SECTIONS, Settings, Study, build, sections
from nhsi_analysis.studies.agency.numbers import claims, record, scope
from nhsi_analysis.studies.agency.numbers.saving import NoSaving, Saving
from notebook_reports.charts import check
from notebook_reports.evidence import Answer, Section
from policy_methods.reconstruct import reconstruct


@pytest.fixture(scope="module")
def spend() -> Study:
    return build(Settings(draws=400))


@pytest.fixture(scope="module")
def dated() -> Study:
    return build(Settings(as_at="2016-10-31", draws=400))


def first(study: Study) -> Answer:
    """Return the first screen's words."""
    part = sections.answer(study).parts[0]
    assert isinstance(part, Answer)
    return part


def said(section: Section) -> str:
    """Return all of a section's words and the text of its figures and tables."""
    told = [*section.words]
    told += [f"{f.title} {f.subtitle} {f.alt} {f.note}" for f in section.figures]
    told += [f"{t.caption} {t.note} {t.data.map(str).to_string()}" for t in section.tables]
    return " ".join(told)


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
    assert len(table) >= 28  # each published number once
    used = table[table["used"]]
    assert len(used) >= 27
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


def test_figures_that_disagree_are_named_with_publisher_date_and_difference(spend: Study) -> None:
    aside = spend.cash.conflicts
    assert aside["number"].str.contains("£3,700m").all()
    assert aside["conflicts_with"].str.contains("£3,632m").all()
    assert len(aside) == 1
    found = spend.conflicts.set_index(["quantity", "publisher", "rival_publisher"])["apart"]
    assert found.loc["agency spending"].tolist() == [68.0, 68.0]
    shares = found.loc["agency share of pay"]
    assert sorted(shares.round(3)) == [0.002, 0.005]
    text = said(sections.disagreements(spend))
    assert "£3,700m (HSJ, February 2017)" in text
    assert "£3,700m (Nursing Times, 2017)" in text
    assert "0.5 percentage points" in text
    for note in ("CONFLICT", "BEST OFFICIAL", "UIN", "201314", "noted"):
        assert note not in " ".join(said(section(spend)) for section in SECTIONS[1:7]), note
        assert note not in text


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
    assert wider.saving == NoSaving("no control")
    assert not wider.savings
    assert not wider.highlights
    assert wider.fall is not None
    assert wider.fall.share.value == pytest.approx(1 - 3340 / 2330)
    assert "rise" in sections.answer(wider).findings
    assert "rose by **39% to 44%**" in first(wider).lede


def test_the_fall_is_the_shared_claim_s_over_every_published_pair(spend: Study) -> None:
    assert spend.fall is not None
    share, judged = spend.fall.share, agency_claims.fall_since_2015().found
    assert judged is not None
    assert (share.value, share.low, share.high) == pytest.approx(
        (judged.value, judged.low, judged.high)
    )
    assert (share.low, share.high) == pytest.approx((1 - 2450 / 3550, 1 - 2350 / 3750))
    assert "**31% to 37%** from 2015/16 to 2017/18" in first(spend).lede


def test_real_terms_move_the_fall_by_the_deflator() -> None:
    real = scope.choose(Settings(price_basis="real"))
    found, cash = record.fall(real), record.fall(scope.choose(Settings()))
    assert found is not None
    assert cash is not None
    ratio = real.deflator["2017-04":"2018-03"].mean() / real.deflator["2015-04":"2016-03"].mean()  # type: ignore[misc]
    assert 1 - found.share.value == pytest.approx((1 - cash.share.value) * ratio)


def test_the_saving_is_a_range_with_the_claims_in_it(spend: Study) -> None:
    found = spend.saving
    assert isinstance(found, Saving)
    until = pd.Timestamp(2017, 2, 1)
    whole = found.by(until)
    assert whole.low is not None
    assert whole.high is not None
    values = found.shapes.loc[found.shapes["by"] == until, "value"]
    assert whole.low <= values.min()
    assert values.max() <= whole.high
    assert whole.high - whole.low > 1500  # the shape is the doubt
    amounts = [j.amount for j in spend.savings]
    assert amounts == [290, 500, 600, 1000]
    assert spend.savings[-1].until == until
    lede = first(spend).lede
    assert "by February 2017" in lede
    assert "NHS Improvement claimed £1bn" in lede
    assert ("can't be told" in lede) == (whole.low <= 0)
    assert sections.answer(spend).findings["savings_untold"].value == 4
    assert len(lede.split()) <= 60


def test_a_number_published_again_counts_once_and_bank_staff_are_added(spend: Study) -> None:
    held = spend.scope.constraints
    assert not held.duplicated(["kind", "start", "end", "value", "lower", "upper"]).any()
    assert "Before October 2015, 4 published figures carry all 30 months" in said(
        sections.saving(spend)
    )
    assert not held["name"].str.contains("mirror|via |written answer").any()
    assert held.loc[held["value"].eq(3600), "weight"].tolist() == [3]  # so often published
    told = said(sections.record_by_year(spend))
    assert "2015/16 £3.6bn and £1.8bn, together £5.4bn" in told
    assert "In 2017/18 both together cost £67m less than the year before" in told


def test_a_claimed_saving_is_judged_by_the_whole_range(spend: Study) -> None:
    found = spend.saving
    assert isinstance(found, Saving)
    until, amount = spend.savings[-1].until, spend.savings[-1].amount
    verdicts = {}
    for low in (-100.0, 100.0):
        one = replace(found.structural[until], low=low)
        shown = replace(found, structural={**found.structural, until: one})
        (judged,) = claims.judge_savings([(until, amount)], shown)
        verdicts[low] = judged.verdict
    assert verdicts == {-100.0: Verdict.UNTOLD, 100.0: Verdict.PARTLY}
    (judged,) = claims.judge_savings([(until, 9000.0)], found)
    assert judged.verdict is Verdict.FAILS
    later = replace(found, since=pd.Timestamp(2016, 4, 1))
    assert claims.judge_savings([(until, amount)], later) == ()


def test_claims_have_a_reason_and_their_words(spend: Study) -> None:
    table = sections.claims_judged(spend).tables[0].data
    assert len(table) == 7
    assert set(table["Verdict"]) <= {str(verdict) for verdict in Verdict}
    assert table["Why"].str.endswith(".").all()
    assert not table.map(str).apply(lambda c: c.str.contains("C0")).any(axis=None)


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
    assert dated.fall is None
    assert dated.highlights == ()
    rules = controls("2016-10-31")
    assert (rules["event_date"] <= when).all()
    assert (rules["published"] <= when).all()
    assert (dated.rules["date"] <= when).all()
    everything = " ".join(said(section(dated)) for section in SECTIONS)
    assert "2017" not in everything + first(dated).as_at
    assert "By 31 October 2016" in first(dated).lede
    assert (pd.to_datetime(dated.bank["financial_year"].str[:4]) < when).all()


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
    assert found.chance_error < 0.05
    assert found.error < 40
    assert found.expected is not None
    assert found.expected.value == pytest.approx(2370)
    assert found.excess == (200.0, 300.0)
    assert found.by_model[0] <= found.total.value <= found.by_model[1]
    assert found.outturn is None
    section = sections.year_end(spend)
    assert section.figures[0].title.startswith("Seen from December 2018: £")
    assert "no outturn of that year" in section.words[0]
    assert section.figures[0].data["financial_year"].tolist()[-1] == "2018/19"


def test_a_forecast_of_a_year_since_known_says_what_was_spent() -> None:
    study = build(Settings(first_year="2015/16", last_year="2016/17", draws=200))
    assert study.outlook is not None
    assert study.outlook.outturn is not None
    assert study.outlook.outturn.value == pytest.approx(2400)
    assert "What was spent in the end: £2.40bn" in sections.year_end(study).words[0]
    early = build(Settings(as_at="2017-09-30", draws=200))
    assert early.outlook is not None
    assert early.outlook.outturn is None
    assert "spent in the end" not in sections.year_end(early).words[0]


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
    assert not found.savings
    assert found.saving == NoSaving("too few figures before")
    assert "agency nurse spending" in first(found).lede.lower()
    assert found.years["agency_nurses"].notna().sum() == 5
    assert sections.record_by_year(found).figures[0].title.startswith("Published agency nurse")


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
        ({"region": "Wales"}, "region"),
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
        for section in SECTIONS:
            for one in section(result).figures:
                assert check.problems(one.picture) == [], one.key
                assert "nan" not in (one.title + one.alt + one.note).lower().split()
                assert len(one.title.split()) <= 15, one.title
                assert len(one.data)
    figures = [figure.key for section in SECTIONS for figure in section(spend).figures]
    assert figures == [
        "saving_by_shape",
        "record",
        "path",
        "forecast",
        "trusts_by_sector",
        "trust_changes",
    ]
    tables = {table.key: table for section in SECTIONS for table in section(spend).tables}
    expected = ["saving_by_shape_table", "claims", "worlds", "figures", "conflicts", "controls"]
    assert list(tables) == expected
    assert all(len(table.data) for table in tables.values())


def test_no_monthly_peak_is_told_of_a_path_without_monthly_figures(spend: Study) -> None:
    text = said(sections.monthly_path(spend))
    assert "peaks at" not in text
    assert "March 2015" not in text
    assert "Only July 2015, October 2015, January 2016 and February 2016" in text


def test_what_is_absent_is_said(dated: Study) -> None:
    assert sections.year_end(dated).words == (
        "The path is too short to forecast from: it needs 24 months.",
    )
    assert sections.trust_by_trust(dated).words == (
        "No trust-level figures were published by then.",
    )
    unknown = sections.record_by_year(replace(dated, years=dated.years.iloc[:0]))
    assert unknown.words == ("No figure was published on any of these years as a whole.",)
    assert dated.saving == NoSaving("too few months before")
    assert "can't be estimated" in sections.saving(dated).words[0]
    for empty in (sections.claims_judged, sections.worlds):
        assert not empty(dated).parts
    early = build(Settings(as_at="2016-03-31", draws=200))
    assert early.saving == NoSaving("no control")
    assert "1 published figure carries 9 months" in sections.monthly_path(early).words[0]


def test_levels_are_never_rounded() -> None:
    study = build(Settings(confidence=0.999, draws=200))
    assert "99.9% intervals" in first(study).ranges
    assert "99.9% band" in sections.monthly_path(study).figures[0].subtitle


def test_the_same_seed_gives_the_same_report(dated: Study) -> None:
    again = build(Settings(as_at="2016-10-31", draws=400))
    assert first(again) == first(dated)
    assert np.array_equal(again.cash.draws, dated.cash.draws)


def test_bank_beside_agency() -> None:
    table = record.bank_shift(read_register())
    row = table.set_index("financial_year").loc["2016/17"]
    assert (row["bank"], row["agency"]) == (2511, 2935)


@pytest.mark.slow
def test_the_forecast_by_an_earlier_day_is_as_stored() -> None:
    stored = simulations.stored("agency_outlook")
    table = stored.table.set_index("as_at")
    assert ((table["low"] < table["spent"]) & (table["spent"] < table["high"]))[:2].all()
    again = build(Settings(as_at="2017-09-30", seed=stored.seed)).outlook
    assert again is not None
    assert again.total.value == pytest.approx(table.loc["2017-09-30", "total"], abs=4 * again.error)


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
