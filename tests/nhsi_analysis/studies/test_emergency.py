"""The report on emergency care, held against the tables themselves."""

from __future__ import annotations

import pandas as pd
import pytest

from nhsi_analysis import datasets
from nhsi_analysis.answers.emergency import Piece, pieces
from nhsi_analysis.answers.simulations import stored
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.paths import raw_dir
from nhsi_analysis.studies.emergency import SECTIONS, Settings, Study, build, sections
from nhsi_analysis.studies.emergency.numbers import winters
from nhsi_analysis.studies.emergency.numbers.places import charted, side_by_side
from notebook_reports.charts import check
from notebook_reports.evidence import Answer


@pytest.fixture(scope="module")
def study() -> Study:
    return build(Settings())


@pytest.fixture(scope="module")
def raw() -> pd.DataFrame:
    return pd.read_csv(raw_dir() / "ae_monthly.csv", parse_dates=["month"])


@pytest.fixture(scope="module")
def by_trust() -> pd.DataFrame:
    return pd.read_csv(raw_dir() / "ae_trust_monthly.csv", parse_dates=["month"])


def share(rows: pd.DataFrame) -> float:
    return float(1 - rows["breaches"].sum() / rows["attendances"].sum())


def test_england_is_the_sum_of_the_table(study: Study, raw: pd.DataFrame) -> None:
    year = raw[raw["month"] >= "2025-04-01"]
    found = study.findings
    assert found["within_four_hours_year"].value == pytest.approx(share(year))
    assert found["within_four_hours_month"].value == pytest.approx(
        share(year[year["month"] == "2026-03-01"])
    )
    assert found["within_four_hours_major"].value == pytest.approx(
        share(year[year["department_type"] == "1"])
    )
    assert found["within_four_hours_winter"].value == pytest.approx(
        share(year[year["month"].between("2025-12-01", "2026-02-01")])
    )


def test_no_line_or_limit_crosses_a_gap(study: Study) -> None:
    for chart in study.charts:
        index = chart.months["month"]
        assert list(index) == list(pd.date_range(index.iloc[0], index.iloc[-1], freq="MS"))
    drawn = side_by_side(study.charts).set_index("month")
    assert drawn.loc["2019-04":"2021-03"].isna().all(axis=None)
    assert drawn.loc["2025-02":"2025-03"].isna().all(axis=None)
    assert drawn.loc["2021-04":"2025-03", "major"].isna().all()


def test_only_pieces_of_two_years_are_adjusted_for_the_season(study: Study) -> None:
    adjusted = [chart.adjusted for chart in study.charts if not chart.major]
    assert adjusted == [True, True, False]
    chart = study.charts[0]
    assert chart.chart is not None
    effects = chart.months["share"].to_numpy() - chart.chart.points["value"].to_numpy()
    assert effects[:12] == pytest.approx(effects[12:24])
    assert effects[:12] == pytest.approx(effects[24:])


def test_a_winter_is_as_counted(study: Study, raw: pd.DataFrame, by_trust: pd.DataFrame) -> None:
    found = study.winters.set_index("winter")
    rows = raw[raw["month"].between("2017-12-01", "2018-02-01")]
    assert found.loc["2017/18", "share"] == pytest.approx(share(rows))
    rows = by_trust[by_trust["month"].between("2022-12-01", "2023-02-01")].dropna()
    assert found.loc["2022/23", "share"] == pytest.approx(share(rows), abs=1e-4)
    # February 2025 is a copy of the year before, so it isn't there
    assert found.loc["2024/25", "counted"] == 2


def test_winters_are_compared_at_the_same_organisations(study: Study, raw: pd.DataFrame) -> None:
    rows = raw.groupby(["org_code", "month"])[["attendances", "breaches"]].sum().reset_index()
    rows = rows[rows["attendances"] > 0]
    # trusts that were taken over whole within the piece
    rows["org_code"] = rows["org_code"].replace(
        {"RW3": "R0A", "RM2": "R0A", "RJF": "RTG", "RY1": "RW4", "RQQ": "RGN", "RR1": "RRK"}
        | {"RGQ": "RDE"}
    )
    rows = rows.groupby(["org_code", "month"]).sum().reset_index()
    now = rows[rows["month"].between("2017-12-01", "2018-02-01")]
    then = rows[rows["month"].between("2016-12-01", "2017-02-01")]
    whole = [
        set(g.index[g == 3]) for g in (part.groupby("org_code").size() for part in (now, then))
    ]
    both = whole[0] & whole[1]
    pair = study.compared.iloc[0]
    assert (pair["before"], pair["winter"]) == ("2016/17", "2017/18")
    assert pair["organisations"] == len(both)
    assert pair["share_after"] == pytest.approx(share(now[now["org_code"].isin(both)]))
    assert pair["share_before"] == pytest.approx(share(then[then["org_code"].isin(both)]))


def test_no_winter_is_compared_across_pieces(study: Study) -> None:
    assert list(study.compared["winter"]) == ["2017/18", "2018/19", "2022/23", "2023/24", "2024/25"]
    assert study.compared["months"].iloc[-1] == (12, 1)


def test_a_region_is_the_sum_of_its_organisations(study: Study, raw: pd.DataFrame) -> None:
    regions = datasets.load("oversight_framework").set_index("org_code")["region"]
    year = raw[raw["month"] >= "2025-04-01"]
    london = study.places.regions.set_index("region").loc["London"]
    codes = set(regions.index[regions == "London"])
    assert london["attendances"] == year[year["org_code"].isin(codes)]["attendances"].sum()
    whole = study.places.regions.iloc[0]
    assert (whole["region"], whole["attendances"]) == ("England", year["attendances"].sum())
    assert london["major"] == pytest.approx(
        share(year[year["org_code"].isin(codes) & (year["department_type"] == "1")])
    )


@pytest.mark.parametrize("day", ["2016-07-01", "2017-08-01", "2019-05-01", "2022-07-01"])
def test_every_day_has_a_report(day: str) -> None:
    found = build(Settings(as_at=day))
    for section in SECTIONS:
        for figure in section(found).figures:
            assert check.problems(figure.picture) == [], figure.key
    assert all(chart.piece.last < pd.Timestamp(day) for chart in found.charts)


def test_what_it_says_of_august_and_january(study: Study) -> None:
    months = sections.england(study).frames["months"].set_index("month")["all"]
    assert months["2025-08-01"] == pytest.approx(0.759, abs=5e-4)
    assert months["2026-01-01"] == pytest.approx(0.725, abs=5e-4)


def test_what_cannot_be_asked_is_refused() -> None:
    with pytest.raises(ParameterError, match="before the first month"):
        build(Settings(as_at="2016-01-01"))
    with pytest.raises(ParameterError, match=r"winter.*2017/18"):
        build(Settings(winter="2025/26"))


def test_a_trust_followed_is_told_once_and_only_if_it_reported() -> None:
    found = build(Settings(trust="RL4", region="Midlands"))
    (figure,) = sections.followed(found).figures
    assert "April 2025 to March 2026" in figure.subtitle
    assert sum(len(section(found).figures) for section in SECTIONS) <= 6
    (told,) = sections.followed(build(Settings(trust="RYA"))).words
    assert told.endswith("reported no A&E attendances in the data.")
    ended = sections.followed(build(Settings(trust="RY1"))).words[0]
    assert "Since 1 April 2018 it has been part of Mersey Care" in ended


def test_trusts_that_count_other_departments_are_not_compared(study: Study) -> None:
    found = study.changed
    assert found is not None
    assert "RNQ" in study.apart.index  # its attendances doubled
    assert not set(study.apart.index) & set(found.table.index)
    assert "Kettering General Hospital (+103%)" in sections.who_changed(study).words[-1]


def test_limits_are_of_independent_months_and_the_report_says_what_that_does() -> None:
    table = stored("emergency").table.set_index(["world", "shift"])
    alike = table.loc[("no trust changes, months alike", 0.0)]
    assert alike["alone"] > 0.9
    assert alike["spread"] < 0.15


def test_a_short_piece_has_no_chart() -> None:
    piece = pieces()[0]
    short = Piece(piece.table, piece.rows[piece.rows["month"] < "2017-03-01"])
    assert charted(short).chart is None


def test_a_winter_of_one_month_is_not_told() -> None:
    piece = pieces()[0]
    rows = piece.rows[piece.rows["month"].isin(pd.to_datetime(["2016-11-01", "2016-12-01"]))]
    assert winters.months_of(Piece(piece.table, rows)) == {}


def test_trusts_without_breaches_and_units_without_a_region_are_told(
    study: Study, by_trust: pd.DataFrame
) -> None:
    winter = by_trust[by_trust["month"].between("2022-12-01", "2023-02-01")]
    untold = winter.loc[winter["breaches"].isna(), "org_code"].nunique()
    found = study.winters.set_index("winter")["untold"]
    assert (found["2022/23"], found["2023/24"]) == (untold, 0) == (14, 0)
    now, early = (
        sections.answer(found).parts[0] for found in (study, build(Settings(as_at="2024-03-01")))
    )
    assert isinstance(now, Answer)
    assert isinstance(early, Answer)
    assert "but for 14 trusts that told no breaches up to 2022/23" in now.sure
    regional = study.places.regions.set_index("region")["attendances"]
    assert regional.drop("England").sum() < 0.95 * regional["England"]
    assert "Regions count NHS trusts alone" in sections.regions(study).words[0]
    assert "Winter 2023/24 had 68.2% at NHS trusts." in early.lede


def test_trusts_are_called_what_they_were_called_in_the_months_told_of() -> None:
    told = sections.followed(build(Settings(trust="RC9")))
    assert "at **Bedfordshire Hospitals NHS Foundation Trust** were" in str(told.words)
    told = sections.followed(build(Settings(trust="RC9", as_at="2019-06-01")))
    assert "at **Luton and Dunstable University Hospital" in str(told.words)
