"""Trust-level spending: the shipped table, the placeholder, an analyst's own file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nhsi_analysis.errors import DataError, ParameterError
from nhsi_analysis.ingest.own_accounts import COLUMNS
from nhsi_analysis.studies.agency.numbers import trusts
from nhsi_analysis.studies.agency.sections.trust import of_trusts, reading
from notebook_reports.charts import check


@pytest.fixture(scope="module")
def shipped() -> trusts.Trusts:
    found = trusts.read(trust="RRK")
    assert found is not None
    return found


def own(folder: Path, text: str) -> str:
    path = folder / "own.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


HEAD = ",".join(COLUMNS)


def many(folder: Path, n: int = 40) -> str:
    rng = np.random.default_rng(1)
    rows = []
    for year in ("2017/18", "2018/19"):
        for i in range(n):
            staff = 50e6 * (1 + i)
            share = 0.05 + rng.normal(0, 0.3) / np.sqrt(staff / 1e4)
            rows.append(f"{year},X{i:02d},Trust {i},Acute,London,{share * staff:.0f},{staff:.0f}")
    return own(folder, "\n".join([HEAD, *rows]))


def test_totals_are_the_published_sums(shipped: trusts.Trusts) -> None:
    totals = shipped.totals().set_index("financial_year")
    assert totals.loc["2022/23", "spend_gbp_m"] == pytest.approx(5142, abs=1)
    assert totals.loc["2023/24", "spend_gbp_m"] == pytest.approx(4671, abs=1)


def test_the_placeholder_is_left_out_and_named(shipped: trusts.Trusts) -> None:
    assert shipped.excluded["org_code"].tolist() == ["RYA", "RYA"]
    assert "RYA" not in set(shipped.table["org_code"])
    assert "too small to be real: West Midlands Ambulance" in reading(shipped)


def test_label_is_agency_and_external_bank(shipped: trusts.Trusts) -> None:
    section = of_trusts(shipped)
    assert all("agency and external bank" in figure.subtitle for figure in section.figures)
    assert "given as one amount" in section.words[0]


def test_changes_are_of_the_share_at_trusts_in_both_years(shipped: trusts.Trusts) -> None:
    moved = shipped.changes()
    assert len(moved) == 205
    assert moved["change"].abs().is_monotonic_decreasing
    assert (moved["after"] - moved["before"]).to_numpy() == pytest.approx(moved["change"])
    assert moved["org_code"].is_unique


def test_mergers_and_part_years_are_left_out_by_name(shipped: trusts.Trusts) -> None:
    moved = shipped.changes().set_index("org_code")
    apart = moved[~moved["alike"].astype(bool)]
    assert set(apart.index) == {"RVY", "RBN", "RH5"}
    assert "Yeovil District Hospital in April 2023" in apart.loc["RH5", "merger"]
    words = reading(shipped)
    for name in ("Southport And Ormskirk", "Somerset", "Mersey and West Lancashire"):
        assert name in words
    (changes,) = (f for f in of_trusts(shipped).figures if f.key == "trust_changes")
    assert set(changes.data["org_code"]).isdisjoint(apart.index)
    assert "of 202 trusts" in changes.title


def test_the_totals_are_reconciled_with_the_trusts_of_both_years(shipped: trusts.Trusts) -> None:
    moved, alone = shipped.changes(), shipped.in_one_year()
    both = moved["spend_after"].sum() - moved["spend_before"].sum()
    totals = shipped.totals()["spend_gbp_m"]
    assert totals.iloc[1] - totals.iloc[0] == pytest.approx(both - alone["spend_gbp_m"].sum())
    assert alone["financial_year"].tolist() == ["2022/23"] * 6
    words = reading(shipped)
    assert (
        "£5.14bn (211 trusts, 2022/23) to £4.67bn (205 trusts), £471m less: £279m less at" in words
    )
    assert "Yeovil District Hospital, joined Somerset in April 2023; " in words


def test_a_region_has_its_own_totals(shipped: trusts.Trusts) -> None:
    found = trusts.read(region="London")
    assert found is not None
    here = shipped.table[shipped.table["region"] == "London"]
    year = here[here["financial_year"] == "2023/24"]
    assert found.totals().iloc[-1]["spend_gbp_m"] == pytest.approx(year["spend_gbp_m"].sum())
    section = of_trusts(found, "London")
    assert "32 trusts in London" in section.words[0]
    assert all("London" in figure.subtitle for figure in section.figures)
    with pytest.raises(ParameterError, match="'trust' is not in the table"):
        trusts.read(trust="RRK", region="London")


def test_the_followed_trust_has_its_rank(shipped: trusts.Trusts) -> None:
    rows = shipped.followed()
    assert rows["financial_year"].tolist() == ["2022/23", "2023/24"]
    assert (rows["rank"] <= rows["trusts"]).all()
    assert "University Hospitals Birmingham" in reading(shipped)


def test_figures_have_no_faults(shipped: trusts.Trusts) -> None:
    figures = of_trusts(shipped).figures
    assert [figure.key for figure in figures] == ["trusts_by_sector", "trust_changes"]
    for figure in figures:
        assert check.problems(figure.picture) == [], figure.key


def test_an_analysts_own_figures_are_used_and_named(tmp_path: Path) -> None:
    found = trusts.read(many(tmp_path), "X03")
    assert found is not None
    assert found.years == ("2017/18", "2018/19")
    assert found.own == "own.csv"
    assert "Trust 3** spent" in reading(found)
    assert [figure.key for figure in of_trusts(found).figures] == ["trust_changes"]
    one_year = trusts.read(own(tmp_path, f"{HEAD}\n2018/19,007,A,Acute,London,5e6,1e8\n"))
    assert one_year is not None
    assert one_year.table["org_code"].tolist() == ["007"]
    assert one_year.changes().empty
    section = of_trusts(one_year)
    assert section.figures == ()
    # None of its codes is a trust's: nothing is said of codes in a table of something else.
    assert section.words[0] == (
        "By own.csv, 1 trust in England spent £5m on agency and external bank staff, given as one "
        "amount, in 2018/19: 5.0% of its staff costs."
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        (HEAD + "\n", "row 1: has a header but no rows"),
        ("financial_year,org_code\n2018/19,X", "column 'org_name': column is missing"),
        (f"{HEAD}\n2018/19,X,A,Acute,London,abc,100", "row 2.*pounds"),
        (f"{HEAD}\n2018/19,X,A,Acute,London,-5,100", "row 2.*pounds"),
        (f"{HEAD}\n2018/19,X,A,Acute,London,500,100", "row 2.*more than staff_costs"),
        (f"{HEAD}\n2018/19,X,A,Acute,London,0,0", "above 0"),
        (f"{HEAD}\n2018,X,A,Acute,London,5,100", "financial year"),
        (f"{HEAD}\n2018/19,,A,Acute,London,5,100", "row 2.*'org_code'.*empty"),
        (f"{HEAD}\n2018/19,X,A,Acute,London,5,100\n2018/19,X,A,Acute,London,5,100", "row 3"),
        (f'{HEAD}\n2018/19,X,"A,Acute,London,5,100', "."),
    ],
)
def test_a_broken_file_stops_with_one_clear_error(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        trusts.read(own(tmp_path, text))


def test_a_binary_file_stops_with_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_bytes(b"PK\x03\x04\xff\xfe\x00\x81")
    with pytest.raises(DataError, match=r"own\.csv"):
        trusts.read(str(path))


def test_unknown_trust_suggests_near_codes() -> None:
    with pytest.raises(ParameterError, match="RRK"):
        trusts.read(trust="RRKX")


def test_as_at_leaves_out_years_not_yet_published(shipped: trusts.Trusts) -> None:
    assert trusts.read(as_at="2016-10-31") is None
    early = trusts.read(as_at="2024-06-30")
    assert early is not None
    assert early.years == ("2022/23",)
    assert pd.Timestamp("2023-03-31") == trusts.FIRST_PUBLISHED
    assert shipped.years == ("2022/23", "2023/24")
