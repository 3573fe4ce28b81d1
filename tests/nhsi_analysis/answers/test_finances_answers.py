"""Accounts, the sector's figures and the claims on them, recomputed from the raw tables."""

from __future__ import annotations

import pandas as pd
import pytest

from nhsi_analysis import datasets
from nhsi_analysis.answers import finances, trusts
from nhsi_analysis.answers.judged import as_read
from nhsi_analysis.answers.published import as_printed
from nhsi_analysis.answers.verdicts import Grade, Verdict
from nhsi_analysis.paths import raw_dir

ACCOUNTS = pd.read_csv(raw_dir() / "trust_finance.csv")
CONTEXT = pd.read_csv(raw_dir() / "nhsi_context.csv")


def test_signs_and_units_are_those_of_the_table() -> None:
    found = finances.accounts()
    assert len(found) == len(ACCOUNTS)
    assert (ACCOUNTS["operating_cost_gbp_000"] <= 0).all()
    assert (found["cost_gbp_m"] >= 0).all()
    wide = found.merge(ACCOUNTS, on=["org_code", "financial_year"])
    assert wide["position_gbp_m"].to_numpy() == pytest.approx(
        wide["financial_position_gbp_000"].to_numpy() / 1000
    )
    assert found["margin"].isna().sum() == (ACCOUNTS["operating_income_gbp_000"] == 0).sum() == 4
    assert not found.duplicated(["org_code", "financial_year"]).any()


def test_the_yearly_number_of_codes_and_sums_are_known() -> None:
    grouped = finances.accounts().groupby("financial_year")["position_gbp_m"]
    assert grouped.size().tolist() == [245, 250, 249, 247, 246, 243, 239, 234, 230]
    sums = {"2014/15": -842.9, "2015/16": -2442.2, "2017/18": -1086.3, "2018/19": -866.5}
    for year, total in sums.items():
        assert grouped.sum()[year] == pytest.approx(total, abs=0.05)


def test_nothing_counts_before_it_was_published() -> None:
    assert set(finances.accounts(pd.Timestamp("2016-07-30"))["financial_year"]) == {
        f"20{y}/{y + 1}" for y in range(10, 15)
    }
    assert finances.accounts(pd.Timestamp("2011-07-30")).empty
    assert finances.outturns(pd.Timestamp("2018-02-15")).index.tolist() == [
        "2014/15",
        "2015/16",
        "2016/17",
    ]
    # the restated figure came in July 2019, and so did that of 2018/19
    found = finances.outturns(pd.Timestamp("2019-06-30"))
    assert found.loc["2017/18", ["least", "most"]].tolist() == [960, 960]
    assert "2018/19" not in found.index
    assert finances.expected(pd.Timestamp("2012-01-01")).empty


def test_the_sector_s_deficits_are_those_of_the_register() -> None:
    found = finances.outturns()
    assert found["deficit"].to_dict() == {
        "2014/15": 822,
        "2015/16": 2450,
        "2016/17": 791,
        "2017/18": 960,
        "2018/19": 571,
    }
    assert found.loc["2017/18", ["least", "most"]].tolist() == [960, 966]
    assert found["restated"].tolist() == [False, False, False, True, False]
    told = finances.sector_figures()
    assert len(told) == sum(
        CONTEXT["scope"].eq("all NHS providers")
        & (
            CONTEXT["topic"].eq("control totals")
            | (CONTEXT["topic"].eq("finance") & CONTEXT["measure"].str.contains("deficit"))
        )
    )
    forecast = told[told["basis"].eq("forecast at Q3") & told["year"].eq("2015/16")].iloc[0]
    assert (forecast["number"], forecast["low"], forecast["high"]) == pytest.approx(
        (2370, 2365, 2375)
    )


def test_a_trust_s_margin_lies_beside_those_of_its_kind() -> None:
    found = finances.margins_beside_peers("RL4").set_index("financial_year")
    trusts = pd.read_csv(raw_dir() / "trusts.csv").set_index("org_code")
    rows = ACCOUNTS[ACCOUNTS["financial_year"].eq("2018/19")].set_index("org_code")
    margin = rows["financial_position_gbp_000"] / rows["operating_income_gbp_000"]
    assert found.loc["2018/19", "margin"] == pytest.approx(margin["RL4"])
    acute = trusts.index[
        (trusts["trust_type"].eq("Acute") & ~trusts["specialist"].fillna(value=False).astype(bool))
        | trusts.index.isin(["R1F", "R0A"])  # by their major A&E departments
    ]
    peers = margin[margin.index.isin(acute) & (margin.index != "RL4")]
    assert found.loc["2018/19", "peers"] == len(peers)
    assert found.loc["2018/19", "peer_median"] == pytest.approx(peers.median())


@pytest.mark.parametrize(
    ("claim", "verdict", "grade", "says"),
    [
        ("C022", Verdict.UNTOLD, Grade.NOTHING, "of as many as the 234 of the claim"),
        ("C023", Verdict.UNTOLD, Grade.NOTHING, "132 of 234 trusts (56%) were not in deficit"),
        ("C024", Verdict.PARTLY, Grade.DATA, "£858m in 2016/17 and £1,086m in 2017/18"),
    ],
)
def test_claims_are_judged(claim: str, verdict: Verdict, grade: Grade, says: str) -> None:
    judged = finances.CLAIMS[claim]("", 0.0)
    assert (judged.verdict, judged.grade) == (verdict, grade)
    assert says in judged.reason
    assert (judged.part == "that the deficit grew") == (claim == "C024")


def test_a_claim_is_open_while_the_accounts_are_not_out() -> None:
    judged = finances.year_end_deficit("2018-06-30")
    assert (judged.verdict, judged.part) == (Verdict.UNTOLD, "")
    assert "not published by that day" in judged.reason
    assert "accounts" not in finances.met("2018-06-30").reason


def test_more_trusts_than_there_are_can_t_have_accepted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    claims = datasets.load("claims")
    claims.loc[claims["claim_id"].eq("C022"), "value"] = 240
    load = datasets.load
    monkeypatch.setattr(datasets, "load", lambda name: claims if name == "claims" else load(name))
    assert finances.accepted().verdict is Verdict.FAILS


def test_trusts_are_followed_to_those_they_went_up_in() -> None:
    """Trafford went up in Central Manchester in 2012, that in Manchester in 2017."""
    assert trusts.chains(["RM4"])["RM4"] == ("RM4", "RW3", "R0A")
    assert trusts.chains(["RM4", "R0A"], pd.Timestamp("2015-03-31")) == {
        "RM4": ("RM4", "RW3"),
        "R0A": ("R0A",),
    }
    assert trusts.kinds_of(["RM4", "RYD", "RYQ"]) == {
        "RM4": "non-specialist acute trusts",
        "RYD": "ambulance trusts",
    }


def test_a_mental_health_trust_with_an_emergency_department_later_was_none_before() -> None:
    now, then = trusts.kinds(), trusts.kinds_of(trusts.kinds().index, pd.Timestamp("2019-03-31"))
    assert {code for code, kind in then.items() if kind != now[code]} == {"RH5", "RNN"}


def test_claims_and_figures_are_told_as_readers_see_them() -> None:
    told = as_read([finances.year_end_deficit()]).to_dict("records")[0]
    assert told["Verdict"] == "Partly holds: that the deficit grew"
    assert told["Claim"].startswith("The sector's deficit was £960m")
    assert told["Why"].endswith(".")
    rows = pd.DataFrame(
        {
            "period_start": pd.to_datetime(["2017-04-01", "2018-03-01"]),
            "period_end": pd.to_datetime(["2018-03-31", "2018-03-31"]),
            "measure": ["sector deficit", "trusts"],
            "value": [960, 1.5],
            "unit": ["GBP m", "per cent"],
            "basis": ["actual", "plan"],
            "publisher": ["NHS Improvement (via a copy)", "The King's Fund"],
        }
    )
    assert as_printed(rows).to_numpy().tolist() == [
        ["Apr 2017 to Mar 2018", "Sector deficit", "£960m", "Actual", "NHS Improvement"],
        ["Mar 2018", "Trusts", "1.5%", "Plan", "The King's Fund"],
    ]
