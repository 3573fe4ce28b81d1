"""Trust-level spending: the shipped table, the placeholder, an analyst's own file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nhsi_analysis.errors import DataError, ParameterError
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


HEAD = ",".join(trusts.COLUMNS)


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
    assert "RYA" not in set(shipped.kept["org_code"])
    words = reading(shipped)
    assert "West Midlands Ambulance" in words
    assert "£10." in words


def test_label_is_agency_and_external_bank(shipped: trusts.Trusts) -> None:
    section = of_trusts(shipped, 0.95)
    titles = {figure.key: figure.title for figure in section.figures}
    for column in ("sector", "region"):
        assert "agency and external bank" in titles[f"trusts_by_{column}"]
    assert "can't be split" in section.tables[0].note


def test_concentration_by_hand(shipped: trusts.Trusts) -> None:
    table = shipped.concentration()
    half = int(shipped.half_of_spending().value)
    assert table["cumulative_spend_share"].iloc[half - 1] >= 0.5
    assert table["cumulative_spend_share"].iloc[half - 2] < 0.5
    assert table["cumulative_staff_share"].iloc[-1] == pytest.approx(1)


def test_changes_are_of_trusts_in_both_years(shipped: trusts.Trusts) -> None:
    moved = shipped.changes()
    assert moved["change"].abs().is_monotonic_decreasing
    assert (moved["after"] - moved["before"]).to_numpy() == pytest.approx(moved["change"])
    assert moved["org_code"].is_unique


def test_the_followed_trust_has_its_rank(shipped: trusts.Trusts) -> None:
    rows = shipped.followed()
    assert rows["financial_year"].tolist() == ["2022/23", "2023/24"]
    assert (rows["rank"] <= rows["trusts"]).all()
    assert "University Hospitals Birmingham" in reading(shipped)


def test_funnel_flags_about_the_stated_share_when_trusts_only_wobble(tmp_path: Path) -> None:
    found = trusts.read(many(tmp_path, 150))
    assert found is not None
    result = found.funnel(0.95)
    assert result is not None
    assert result.points["outside_95"].mean() == pytest.approx(0.05, abs=0.06)
    assert result.points["outside_99.8"].mean() < 0.03


def test_figures_have_no_faults(shipped: trusts.Trusts) -> None:
    figures = of_trusts(shipped, 0.95).figures
    assert [figure.key for figure in figures] == [
        "trusts_by_sector",
        "trusts_by_region",
        "concentration",
        "trust_drivers",
        "trust_funnel",
    ]
    for figure in figures:
        assert check.problems(figure.picture) == [], figure.key


def test_an_analysts_own_figures_are_used_and_named(tmp_path: Path) -> None:
    found = trusts.read(many(tmp_path), "X03")
    assert found is not None
    assert found.years == ("2017/18", "2018/19")
    assert "own.csv" in found.source
    assert "Trust 3 spent" in reading(found)
    one_year = trusts.read(own(tmp_path, f"{HEAD}\n2018/19,007,A,Acute,London,5e6,1e8\n"))
    assert one_year is not None
    assert one_year.table["org_code"].tolist() == ["007"]
    assert one_year.changes().empty
    assert one_year.funnel(0.95) is None
    section = of_trusts(one_year, 0.95)
    assert {"trust_drivers", "trust_funnel"}.isdisjoint(figure.key for figure in section.figures)
    assert section.words[-1] == "A funnel needs two years of at least twenty trusts."


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
