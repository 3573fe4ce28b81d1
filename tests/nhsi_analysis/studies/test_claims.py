"""The claims audit: every claim has a checker, every verdict follows from data."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from nhsi_analysis.errors import DataError, ParameterError
from nhsi_analysis.studies.claims import Settings, build, sections
from nhsi_analysis.studies.claims.numbers import checks
from nhsi_analysis.studies.claims.numbers.checks import checkers
from nhsi_analysis.studies.claims.numbers.checks.model import (
    Claim,
    Evidence,
    Found,
    Verdict,
    number,
    rounding,
    written,
)
from nhsi_analysis.studies.claims.numbers.study import Study, register
from notebook_reports.charts import check

Change = Callable[[pd.DataFrame], pd.DataFrame]


@pytest.fixture(scope="module")
def result() -> Study:
    return build(Settings())


@pytest.fixture(scope="module")
def copied(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder of links to the shipped tables, checked once for all tests."""
    folder = tmp_path_factory.mktemp("copy") / "data"
    (folder / "raw").mkdir(parents=True)
    for file in (root / "data" / "raw").iterdir():
        (folder / "raw" / file.name).symlink_to(file)
    return folder


@pytest.fixture
def audit_of_copy(
    root: Path, copied: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str, Change], pd.Series]]:
    """Return the verdicts on a copy of the data in which one table was changed."""
    changed: list[Path] = []

    def run(table: str, change: Change) -> pd.Series:
        original = root / "data" / "raw" / f"{table}.csv"
        copy = copied / "raw" / original.name
        copy.unlink()
        rows = change(pd.read_csv(original, dtype=str, keep_default_na=False))
        rows.to_csv(copy, index=False)
        changed.append(copy)
        monkeypatch.setenv("NHSI_DATA", str(copied))
        return build(Settings()).table.set_index("claim_id")["verdict"]

    yield run
    for copy in changed:
        copy.unlink()
        copy.symlink_to(root / "data" / "raw" / copy.name)


def claim(value: float, unit: str, comparator: float = math.nan) -> Claim:
    return Claim("C", "t", "e", "m", value, unit, "2017", "level", "", comparator, "s")


def test_every_claim_has_a_checker_and_a_verdict(result: Study) -> None:
    ids = list(register())
    assert len(ids) == 77
    assert set(ids) == set(checkers([12, 1, 2]))
    assert result.table["claim_id"].tolist() == ids
    assert set(result.table["verdict"]) <= {str(v) for v in Verdict}
    assert (result.table["computation"].str.len() > 20).all()
    assert not result.table["computation"].str.contains(r"\bnan\b").any()


def test_no_verdict_is_typed_in_the_map_of_checkers() -> None:
    folder = Path(checks.__file__).parent
    verdicts = {str(v) for v in Verdict} | {v.name for v in Verdict}
    files = sorted(file for file in folder.glob("*.py") if file.name != "model.py")
    assert files
    for file in files:
        tree = ast.parse(file.read_text())
        names = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)}
        names |= {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
        assert not verdicts & {n for n in names if isinstance(n, str)}, file


@pytest.mark.parametrize(
    ("claim_id", "verdict", "words"),
    [
        ("C001", Verdict.REPRODUCED, "18 + 102 + 78 + 32 = 230"),
        ("C009", Verdict.REPRODUCED, "18 + 102 + 1 = 121"),
        ("C012", Verdict.REPRODUCED, "£1.96 a test"),
        ("C011", Verdict.REPRODUCED, "9.1% of it"),
        ("C053", Verdict.REPRODUCED, "105 services to 29 networks is 3.6 a network"),
        ("C019", Verdict.ROUNDING, "a fall of 33.3%"),
        ("C020", Verdict.ROUNDING, "−£93m"),
        ("C021", Verdict.ROUNDING, "is £500m"),
        ("C015", Verdict.ROUNDING, "61 ratings of that day are hidden"),
        ("C017", Verdict.ROUNDING, "44.8"),
        ("C038", Verdict.ROUNDING, "March 2016 is missing"),
        ("C039", Verdict.NOT, "4.62% over 11 months"),
        ("C040", Verdict.NOT, "148,331 more"),
        ("C024", Verdict.REPRODUCED, "£858m and £1,086m"),
        ("C060", Verdict.REPRODUCED, "3 trusts came out of mergers"),
        ("C064", Verdict.REPRODUCED, "115 + 205 = 320"),
        ("C070", Verdict.UNCHECKED, "response rate of 76.4%"),
    ],
)
def test_worked_examples(result: Study, claim_id: str, verdict: Verdict, words: str) -> None:
    row = result.table.set_index("claim_id").loc[claim_id]
    assert row["verdict"] == str(verdict)
    assert words in row["computation"]


@pytest.mark.parametrize(
    ("table", "column", "where", "value", "claim_id", "before", "after"),
    [
        # the claim itself
        ("claims", "value", {"claim_id": "C001"}, "231", "C001", "REPRODUCED", "NOT"),
        ("claims", "value", {"claim_id": "C021"}, "700", "C021", "ROUNDING", "NOT"),
        ("claims", "value", {"claim_id": "C064"}, "321", "C065", "REPRODUCED", "NOT"),
        ("claims", "value", {"claim_id": "C070"}, "1370", "C069", "UNCHECKED", "NOT"),
        ("claims", "value", {"claim_id": "C071"}, "130", "C071", "UNCHECKED", "NOT"),
        ("claims", "value", {"claim_id": "C033"}, "272", "C033", "UNCHECKED", "NOT"),
        ("claims", "value", {"claim_id": "C015"}, "45.6", "C017", "ROUNDING", "NOT"),
        # registers
        (
            "league_figures",
            "value",
            {"kind": "count", "category": "good", "measure": "trusts in category"},
            "103",
            "C009",
            "REPRODUCED",
            "NOT",
        ),
        ("league_figures", "value", {"rank": "125"}, "126", "C008", "REPRODUCED", "NOT"),
        (
            "pathology_figures",
            "value",
            {"measure": "tests per year", "value": "1.12"},
            "1.5",
            "C012",
            "REPRODUCED",
            "NOT",
        ),
        (
            "nhsi_context",
            "value",
            {"measure": "sector deficit", "value": "960"},
            "1100",
            "C024",
            "REPRODUCED",
            "NOT",
        ),
        (
            "agency_annual",
            "value",
            {"measure": "agency spend relative to plan/ceiling", "value": "-93"},
            "-108",
            "C020",
            "ROUNDING",
            "NOT",
        ),
        (
            "cqc_figures",
            "value",
            {"as_of": "2018-03-31", "value": "45"},
            "47",
            "C015",
            "ROUNDING",
            "NOT",
        ),
    ],
)
def test_a_changed_figure_changes_the_verdict(
    result: Study,
    audit_of_copy: Callable[[str, Change], pd.Series],
    table: str,
    column: str,
    where: dict[str, str],
    value: str,
    claim_id: str,
    before: str,
    after: str,
) -> None:
    def change(rows: pd.DataFrame) -> pd.DataFrame:
        hit = pd.Series(True, index=rows.index)
        for name, text in where.items():
            hit &= rows[name] == text
        assert hit.any()
        rows.loc[hit, column] = value
        return rows

    assert result.table.set_index("claim_id")["verdict"][claim_id] == str(Verdict[before])
    assert audit_of_copy(table, change)[claim_id] == str(Verdict[after])


def test_changed_records_change_the_verdict(
    audit_of_copy: Callable[[str, Change], pd.Series],
) -> None:
    def more_attendances(rows: pd.DataFrame) -> pd.DataFrame:
        first = rows.index[(rows["month"] == "2018-01-01") & (rows["department_type"] == "1")][0]
        for column in ("attendances", "admissions"):
            rows.loc[first, column] = str(int(rows.loc[first, column]) + 12_000)
        return rows

    verdicts = audit_of_copy("ae_monthly", more_attendances)
    assert verdicts["C040"] == str(Verdict.REPRODUCED)


def test_changed_accounts_and_ratings_change_the_verdict(
    audit_of_copy: Callable[[str, Change], pd.Series],
) -> None:
    def better_year(rows: pd.DataFrame) -> pd.DataFrame:
        first = rows.index[rows["financial_year"] == "2017/18"][0]
        rows.loc[first, "financial_position_gbp_000"] = "900000"
        return rows

    assert audit_of_copy("trust_finance", better_year)["C024"] == str(Verdict.NOT)


def test_a_figure_that_appears_is_found(
    audit_of_copy: Callable[[str, Change], pd.Series],
) -> None:
    def add(rows: pd.DataFrame) -> pd.DataFrame:
        row = rows.iloc[0].copy()
        row["measure"], row["value"], row["unit"] = (
            "saving from the top 10 medicines",
            "324",
            "GBP m",
        )
        return pd.concat([rows, row.to_frame().T], ignore_index=True)

    assert audit_of_copy("nhsi_context", add)["C050"] != str(Verdict.UNCHECKED)


def test_a_missing_claim_is_named(
    audit_of_copy: Callable[[str, Change], pd.Series],
) -> None:
    with pytest.raises(DataError, match="C065"):
        audit_of_copy("claims", lambda rows: rows.replace({"claim_id": {"C065": "C099"}}))


def test_judging_by_hand() -> None:
    exact = Evidence(230, 230, 230, "w", ("t",), exact=True)
    assert exact.verdict(claim(230, "trusts")) is Verdict.REPRODUCED
    assert exact.verdict(claim(231, "trusts")) is Verdict.NOT
    computed = Evidence(1.83, 1.83, 1.83, "w", ("t",), exact=True)
    assert computed.verdict(claim(1.8, "per cent")) is Verdict.REPRODUCED
    rounded = Evidence(93, 92.5, 93.5, "w", ("t",))
    assert rounded.verdict(claim(90, "GBP million")) is Verdict.ROUNDING
    assert rounded.verdict(claim(80, "GBP million")) is Verdict.NOT
    assert rounded.verdict(claim(80, "GBP million"), tolerance=0.2) is Verdict.ROUNDING
    partial = Evidence(50, 0, 100, "w", ("t",), complete=False)
    assert partial.verdict(claim(44.8, "per cent")) is None
    assert partial.verdict(claim(144.8, "per cent")) is Verdict.NOT
    most = Evidence(2.03, 1.74, 2.32, "w", ("t",), exact=True, complete=False)
    assert most.verdict(claim(1.8, "per cent")) is Verdict.ROUNDING
    assert most.verdict(claim(3.7, "per cent")) is Verdict.NOT
    assert Found((partial,)).verdict(claim(44.8, "per cent")) is Verdict.UNCHECKED
    assert Found((exact, rounded)).verdict(claim(230, "trusts")) is Verdict.NOT
    assert Found().verdict(claim(1, "trusts")) is Verdict.UNCHECKED
    second = Evidence(9, 9, 9, "w", ("t",), exact=True, against="comparator")
    assert second.verdict(claim(1, "trusts")) is None


@pytest.mark.parametrize(
    ("value", "unit", "low", "high"),
    [
        (44.8, "per cent", 44.75, 44.85),
        (60, "per cent", 59.5, 60.5),
        (520, "GBP million", 515, 525),
        (90, "GBP million", 85, 95),
        (200, "GBP million", 195, 205),
        (160000, "patients", 155000, 165000),
        (230, "trusts", 229.5, 230.5),
        (2.2, "GBP billion", 2.15, 2.25),
        (64, "per cent (almost)", 63, 64),
        (8000, "users (more than)", 8000, 8100),
        (-93, "GBP m", -93.5, -92.5),
    ],
)
def test_what_a_figure_can_stand_for(value: float, unit: str, low: float, high: float) -> None:
    assert rounding(value, unit) == (pytest.approx(low), pytest.approx(high))


def test_figures_are_written_for_readers() -> None:
    assert written(520, "GBP million") == "£520m"
    assert written(64, "per cent (almost)") == "almost 64%"
    assert written(-36196, "patients") == "−36,196 patients"
    assert written(math.inf, "trusts") == "no limit"
    assert number(0.448) == "0.448"
    with pytest.raises(ParameterError):
        rounding(math.nan, "trusts")


def test_parameters_choose_and_are_checked(result: Study) -> None:
    some = build(Settings(topics=["league", "cqc"]))
    assert set(some.table["topic"]) == {"league", "cqc"}
    early = build(Settings(as_at="2017-12-31"))
    assert 0 < len(early.table) < 77
    assert len(early.table) + early.later == 77
    loose = build(Settings(topics=["operations"], tolerance=0.1, winter=[10, 11, 12, 1, 2]))
    assert "October to February" in " ".join(loose.table["computation"])
    loose = build(Settings(topics=["operations"], tolerance=0.1)).table.set_index("claim_id")
    assert loose.loc["C040", "verdict"] == str(Verdict.REPRODUCED)
    for arguments, name in (
        ({"topics": ["weather"]}, "topics"),
        ({"as_at": "1999-01-01"}, "as_at"),
        ({"as_at": "soon"}, "as_at"),
        ({"tolerance": -1}, "tolerance"),
        ({"tolerance": 0.6}, "tolerance"),
        ({"winter": [1, 12]}, "winter"),
        ({"winter": [6]}, "winter"),
        ({"winter": []}, "winter"),
    ):
        with pytest.raises(ParameterError) as caught:
            build(Settings(**arguments))  # type: ignore[arg-type]
        assert caught.value.name == name


def test_summary_adds_up(result: Study) -> None:
    assert result.topics["claims"].sum() == 77
    assert sum(int(e.value) for e in result.findings.values()) == 77
    assert sections.answer(result).findings == result.findings
    (figure,) = sections.by_topic(result).figures
    assert check.problems(figure.picture) == []
    assert len(sections.register(result).tables[0].data) == 77
    wrong = result.of(Verdict.NOT)
    assert len(wrong) == result.findings["claims_not_consistent"].value
    for claim_id in wrong["claim_id"]:
        assert claim_id in sections.answer(result).words[0]
        assert claim_id in sections.refuted(result).words[0]


def test_what_is_absent_is_said() -> None:
    study = build(Settings(topics=["quality"]))
    assert sections.refuted(study).words == ("Every claim that can be checked holds.",)
    assert sections.disputed(study).words == (
        "No published figure disagrees with a claim audited here.",
    )
    assert sections.computed(study).words == (
        "None of these claims can be checked with what is published.",
    )
