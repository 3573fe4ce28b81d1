"""The claims audit: every claim is graded and judged by rule, and told in words."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from nhsi_analysis import datasets
from nhsi_analysis.answers import agency_claims
from nhsi_analysis.answers.verdicts import Grade, Verdict
from nhsi_analysis.errors import DataError, ParameterError
from nhsi_analysis.studies.claims import SECTIONS, Settings, build, sections
from nhsi_analysis.studies.claims.numbers import checks
from nhsi_analysis.studies.claims.numbers.checks.model import Claim, Evidence, Found, dated, written
from nhsi_analysis.studies.claims.numbers.study import Study, register
from notebook_reports.charts import check
from notebook_reports.evidence import Answer, Finding

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
) -> Iterator[Callable[[str, Change], pd.DataFrame]]:
    """Return the verdicts and grades on a copy of the data in which one table was changed."""
    changed: list[Path] = []

    def run(table: str, change: Change) -> pd.DataFrame:
        original = root / "data" / "raw" / f"{table}.csv"
        copy = copied / "raw" / original.name
        copy.unlink()
        rows = change(pd.read_csv(original, dtype=str, keep_default_na=False))
        rows.to_csv(copy, index=False)
        changed.append(copy)
        monkeypatch.setenv("NHSI_DATA", str(copied))
        return build(Settings()).table.set_index("claim_id")

    yield run
    for copy in changed:
        copy.unlink()
        copy.symlink_to(root / "data" / "raw" / copy.name)


def claim(value: float, unit: str, comparator: float = math.nan) -> Claim:
    source = "NHS Improvement: 2017/18 highlights"
    return Claim("C", "t", "e", "m", value, unit, "2017", "level", "", comparator, source)


def told(study: Study) -> str:
    """Return everything that the report says in words, tables and titles."""
    said: list[str] = []
    for section in (show(study) for show in SECTIONS):
        said += [section.title, *section.words]
        said += [f"{f.title} {f.subtitle} {f.alt} {f.note}" for f in section.figures]
        for table in section.tables:
            said += [table.caption, *table.data.astype(str).to_numpy().ravel()]
        for part in section.parts:
            if isinstance(part, Answer):
                said += [part.lede, part.sure, part.as_at, part.follows, part.changes, part.ranges]
    # where a link leads isn't read
    return re.sub(r"\]\(#[^)]*\)", "]", "\n".join(said))


def test_every_claim_is_judged_once(result: Study) -> None:
    ids = list(register())
    assert len(ids) == 77
    # one claim stands in the register twice, the second time rounded
    assert result.table["claim_id"].tolist() == [i for i in ids if i != "C017"]
    assert result.repeated == 1
    assert len(result.checked) + len(result.unchecked) == len(result.table) == 76
    assert not result.table["reason"].str.contains(r"\bnan\b").any()
    assert result.table.loc[result.table["verdict"] == Verdict.PARTLY, "part"].ne("").all()


def test_no_verdict_or_grade_is_typed_in_the_map_of_checkers() -> None:
    folder = Path(checks.__file__).parent
    kinds = [*Verdict, *Grade]
    typed = {str(kind) for kind in kinds} | {kind.name for kind in kinds}
    files = sorted(file for file in folder.glob("*.py") if file.name != "model.py")
    assert files
    for file in files:
        tree = ast.parse(file.read_text())
        names = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)}
        names |= {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
        assert not typed & {n for n in names if isinstance(n, str)}, file


@pytest.mark.parametrize(
    ("claim_id", "verdict", "grade", "words"),
    [
        ("C001", Verdict.UNTOLD, Grade.ARITHMETIC, "18 + 102 + 78 + 32 = 230"),
        ("C002", Verdict.UNTOLD, Grade.QUOTED, "Monitor and NHS TDA (GOV.UK) gives 18 trusts"),
        ("C008", Verdict.UNTOLD, Grade.QUOTED, "HSJ gives rank 125"),
        ("C009", Verdict.UNTOLD, Grade.ARITHMETIC, "18 + 102 + 1 = 121"),
        ("C010", Verdict.UNTOLD, Grade.ARITHMETIC, "map of September 2018 has 29"),
        ("C011", Verdict.UNTOLD, Grade.QUOTED, "HSJ gives £200m per year (September 2017)"),
        ("C012", Verdict.UNTOLD, Grade.QUOTED, "1.12 billion tests"),
        ("C013", Verdict.UNTOLD, Grade.QUOTED, "£2.2bn"),
        ("C014", Verdict.UNTOLD, Grade.QUOTED, "7 directors"),
        ("C015", Verdict.UNTOLD, Grade.DATA, "61 had been rated again since"),
        ("C019", Verdict.ROUNDING, Grade.DATA, "31% to 37%"),
        ("C020", Verdict.UNTOLD, Grade.QUOTED, "£93m"),
        ("C021", Verdict.ROUNDING, Grade.DATA, "£450m to £600m"),
        ("C024", Verdict.PARTLY, Grade.DATA, "£858m in 2016/17 and £1,086m in 2017/18"),
        ("C038", Verdict.PARTLY, Grade.DATA, "the year grew by 1.7% to 2.3%"),
        ("C039", Verdict.UNTOLD, Grade.DATA, "4.6% over the 11 months"),
        ("C040", Verdict.UNTOLD, Grade.DATA, "148,331 more"),
        ("C053", Verdict.UNTOLD, Grade.QUOTED, "105 hospitals"),
        ("C060", Verdict.UNTOLD, Grade.DATA, "3 trusts came out of mergers"),
        ("C064", Verdict.UNTOLD, Grade.ARITHMETIC, "115 + 205 = 320"),
        ("C075", Verdict.UNTOLD, Grade.DATA, "4 regions"),
        ("C077", Verdict.UNTOLD, Grade.QUOTED, "segments 1 to 4"),
        ("C070", Verdict.UNTOLD, Grade.NOTHING, ""),
    ],
)
def test_worked_examples(
    result: Study, claim_id: str, verdict: Verdict, grade: Grade, words: str
) -> None:
    row = result.table.set_index("claim_id").loc[claim_id]
    assert (row["verdict"], row["grade"]) == (verdict, grade)
    assert words in row["reason"]


def test_claims_that_two_reports_judge_have_one_judgement(result: Study) -> None:
    rows = result.table.set_index("claim_id")
    for claim_id, judging in agency_claims.CLAIMS.items():
        judged = judging("", 0.0)
        row = rows.loc[claim_id]
        assert (row["verdict"], row["grade"]) == (judged.verdict, judged.grade)
        assert row["reason"] == judged.reason
    assert [*rows.loc["C021", ["found", "low", "high"]]] == pytest.approx([535, 450, 600])
    assert rows.loc["C019", "found"] == pytest.approx(100 * (1 - 2.4 / 3.632))


@pytest.mark.parametrize(
    ("table", "column", "where", "value", "claim_id", "after"),
    [
        # the claim itself
        ("claims", "value", {"claim_id": "C001"}, "231", "C001", "FAILS"),
        ("claims", "value", {"claim_id": "C021"}, "700", "C021", "FAILS"),
        ("claims", "value", {"claim_id": "C021"}, "535", "C021", "HOLDS"),
        ("claims", "value", {"claim_id": "C020"}, "60", "C020", "FAILS"),
        ("claims", "value", {"claim_id": "C064"}, "321", "C065", "FAILS"),
        ("claims", "value", {"claim_id": "C070"}, "1370", "C070", "FAILS"),
        ("claims", "value", {"claim_id": "C071"}, "130", "C071", "FAILS"),
        ("claims", "value", {"claim_id": "C033"}, "272", "C033", "FAILS"),
        ("claims", "value", {"claim_id": "C050"}, "99000", "C050", "FAILS"),
        ("claims", "value", {"claim_id": "C015"}, "70", "C015", "FAILS"),
        ("claims", "value", {"claim_id": "C038"}, "2.4", "C038", "FAILS"),
        # another quantity refutes nothing
        ("claims", "value", {"claim_id": "C039"}, "30", "C039", "UNTOLD"),
        ("claims", "value", {"claim_id": "C060"}, "9", "C060", "UNTOLD"),
        # outside every choice of winter
        ("claims", "value", {"claim_id": "C040"}, "300000", "C040", "FAILS"),
        # registers
        (
            "league_figures",
            "value",
            {"kind": "count", "category": "good", "measure": "trusts in category"},
            "103",
            "C009",
            "FAILS",
        ),
        ("league_figures", "value", {"rank": "125"}, "126", "C008", "FAILS"),
        (
            "pathology_figures",
            "value",
            {"measure": "tests per year", "value": "1.12"},
            "1.5",
            "C012",
            "FAILS",
        ),
        (
            "nhsi_context",
            "value",
            {"measure": "sector deficit", "value": "960"},
            "1100",
            "C024",
            "FAILS",
        ),
        ("cqc_figures", "value", {"as_of": "2018-03-31", "value": "45"}, "47", "C015", "FAILS"),
    ],
)
def test_a_changed_figure_changes_the_verdict(
    audit_of_copy: Callable[[str, Change], pd.DataFrame],
    table: str,
    column: str,
    where: dict[str, str],
    value: str,
    claim_id: str,
    after: str,
) -> None:
    def change(rows: pd.DataFrame) -> pd.DataFrame:
        hit = pd.Series(True, index=rows.index)
        for name, text in where.items():
            hit &= rows[name] == text
        assert hit.any()
        rows.loc[hit, column] = value
        return rows

    assert audit_of_copy(table, change)["verdict"][claim_id] == Verdict[after]


def test_accounts_that_move_the_other_way_leave_the_deficit_open(
    audit_of_copy: Callable[[str, Change], pd.DataFrame],
) -> None:
    def better_year(rows: pd.DataFrame) -> pd.DataFrame:
        first = rows.index[rows["financial_year"] == "2017/18"][0]
        rows.loc[first, "financial_position_gbp_000"] = "900000"
        return rows

    assert audit_of_copy("trust_finance", better_year)["verdict"]["C024"] == Verdict.UNTOLD


@pytest.mark.parametrize(
    ("publisher", "grade", "verdict"),
    [
        ("National Audit Office", Grade.SECOND, Verdict.HOLDS),
        ("HSJ", Grade.QUOTED, Verdict.UNTOLD),
        ("NHS Improvement", Grade.QUOTED, Verdict.UNTOLD),
    ],
)
def test_a_figure_that_appears_checks_a_claim_only_if_independent(
    audit_of_copy: Callable[[str, Change], pd.DataFrame],
    publisher: str,
    grade: Grade,
    verdict: Verdict,
) -> None:
    def add(rows: pd.DataFrame) -> pd.DataFrame:
        row = rows.iloc[0].copy()
        row["measure"], row["value"], row["unit"], row["publisher"] = (
            "saving from the top 10 medicines",
            "324",
            "GBP m",
            publisher,
        )
        return pd.concat([rows, row.to_frame().T], ignore_index=True)

    row = audit_of_copy("nhsi_context", add).loc["C050"]
    assert (row["grade"], row["verdict"]) == (grade, verdict)


def test_a_missing_claim_is_named(
    audit_of_copy: Callable[[str, Change], pd.DataFrame],
) -> None:
    with pytest.raises(DataError, match="C065"):
        audit_of_copy("claims", lambda rows: rows.replace({"claim_id": {"C065": "C099"}}))


def test_judging_by_hand() -> None:
    counted = Evidence(230, 230, 230, "w")
    assert counted.verdict(claim(230, "trusts")) is Verdict.HOLDS
    assert counted.verdict(claim(231, "trusts")) is Verdict.FAILS
    second = Evidence(93, 92.5, 93.5, "w", ("National Audit Office",), computed=False)
    assert second.verdict(claim(90, "GBP million")) is Verdict.HOLDS
    assert second.verdict(claim(92, "GBP million")) is Verdict.ROUNDING
    assert second.verdict(claim(80, "GBP million")) is Verdict.FAILS
    assert second.verdict(claim(80, "GBP million"), tolerance=0.2) is Verdict.HOLDS
    quoted = Evidence(93, 92.5, 93.5, "w", ("HSJ",), computed=False)
    assert quoted.verdict(claim(93, "GBP million")) is Verdict.UNTOLD
    assert quoted.verdict(claim(80, "GBP million")) is Verdict.FAILS
    bound = Evidence(50, 0, 100, "w", limits="bound")
    assert bound.verdict(claim(44.8, "per cent")) is None
    assert bound.verdict(claim(144.8, "per cent")) is Verdict.FAILS
    gap = Evidence(2.03, 1.74, 2.32, "w", limits="open", part="that it grew")
    assert gap.verdict(claim(1.8, "per cent")) is Verdict.PARTLY
    assert gap.verdict(claim(3.7, "per cent")) is Verdict.FAILS
    other = Evidence(4.6, 4.4, 4.9, "w", limits="other")
    assert other.verdict(claim(3.7, "per cent")) is Verdict.UNTOLD
    assert Found((bound,)).conclude(claim(44.8, "per cent")).grade is Grade.NOTHING
    # what is better graded decides, unless something refutes
    assert Found((quoted, second)).conclude(claim(93, "GBP million")).verdict is Verdict.HOLDS
    assert Found((counted, quoted)).conclude(claim(230, "trusts")).verdict is Verdict.FAILS
    assert Found().conclude(claim(1, "trusts")).verdict is Verdict.UNTOLD
    comparing = Evidence(9, 9, 9, "w", against="comparator")
    assert comparing.verdict(claim(1, "trusts")) is None


def test_figures_are_written_for_readers() -> None:
    assert written(520, "GBP million") == "£520m"
    assert written(64, "per cent (almost)") == "almost 64%"
    assert written(-36196, "patients") == "−36,196 patients"
    assert written(125, "rank") == "rank 125"
    assert dated("2017-09 to 2018-03") == "September 2017 to March 2018"


def test_parameters_choose_and_are_checked() -> None:
    some = build(Settings(topics=["league", "cqc"]))
    assert set(some.table["topic"]) == {"league", "cqc"}
    early = build(Settings(as_at="2017-12-31"))
    assert 0 < len(early.table) < 76
    assert len(early.table) + early.repeated + early.later == 77
    loose = build(Settings(topics=["operations"], tolerance=0.1, winter=[10, 11, 12, 1, 2]))
    assert "October to February" in " ".join(loose.table["reason"])
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
            build(Settings(**arguments))
        assert caught.value.name == name


def test_nothing_published_after_a_day_is_used() -> None:
    study = build(Settings(as_at="2018-04-30"))
    said = told(study)
    assert "30 April 2018" in said
    assert study.of(Verdict.HOLDS, Verdict.ROUNDING).empty
    for later in ("September 2018", "July 2019", "Integrated Care Board", "27 networks", "£93m"):
        assert later not in said


def test_summary_adds_up(result: Study) -> None:
    assert result.topics["claims"].sum() == 76
    assert sum(int(e.value) for e in result.findings.values()) == 76
    shown = sections.answer(result)
    assert shown.findings == result.findings
    titles = {show(result).title for show in SECTIONS}
    assert {p.leads_to for p in shown.parts if isinstance(p, Finding) and p.card} <= titles
    (figure,) = sections.by_topic(result).figures
    assert check.problems(figure.picture) == []


PARAMETERS = [
    Settings(),
    Settings(as_at="2018-04-30"),
    Settings(tolerance=0.1),
    *(Settings(topics=[topic]) for topic in ("quality", "oversight", "agency", "cqc")),
]


@pytest.mark.parametrize("settings", PARAMETERS, ids=str)
def test_words_carry_no_code_and_are_right_in_number(settings: Settings) -> None:
    study = build(settings)
    (answer,) = (p for p in sections.answer(study).parts if isinstance(p, Answer))
    assert answer.faults() == []
    said = told(study)
    for wrong in (
        r"\bC0\d\d\b",
        r"GBP|_|\bnan\b|CONFLICT|\(s\)",
        r"\b1 (claims|rows|hold|are)\b",
        r"\b([02-9]|\d\d+) (claim|row|holds|is)\b",
        r"\bnone (hold|are)\b",
    ):
        assert re.findall(wrong, said) == []


def test_the_headline_is_dated_by_the_newest_figure_and_says_rounding(result: Study) -> None:
    actual = datasets.load("agency_annual").query("basis == 'actual'")["period_end"].max()
    assert result.newest == actual > pd.Timestamp("2024-01-03")
    (told,) = (p for p in sections.answer(result).parts if isinstance(p, Answer))
    assert "2 hold within rounding when recomputed from data" in told.lede
    assert "on figures that run to 31 March 2025" in told.lede
    assert "(via" not in " ".join(result.table["reason"])


def test_each_claim_is_told_once(result: Study) -> None:
    told_once = "\n".join(
        [
            *sections.checked(result).words,
            *sections.unchecked(result).words,
            *sections.unchecked(result).tables[0].data["Claim"],
        ]
    )
    for statement in result.table["claim"]:
        assert told_once.count(statement) == 1, statement


def test_what_is_absent_leaves_its_section_out() -> None:
    study = build(Settings(topics=["quality"]))
    assert not sections.checked(study).parts
    assert not sections.disputed(study).parts
    assert not sections.unchecked(study).tables
    assert not sections.unchecked(build(Settings(topics=["league"]))).words
