"""Readers of ODS, hospital, TAC, staff survey and A&E files, on good and on broken ones."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from made_up import Rows, written

from bench.workbooks import Cell, write_ods, write_xlsx
from nhsi_analysis import datasets, ingest
from nhsi_analysis.errors import DataError, ParameterError
from nhsi_analysis.ingest import tac
from nhsi_analysis.ingest.ods import in_title_case
from nhsi_analysis.ingest.sources import open_source
from nhsi_analysis.ingest.survey import answer
from nhsi_analysis.studies import pathology, profile


def refused(path: Path, folder: Path, kind: str | None = None, date: str | None = None) -> str:
    """Ingest a file that must be refused, and check that nothing was left behind."""
    with pytest.raises(DataError) as caught:
        ingest.ingest(path, kind=kind, date=date)
    assert "\n" not in str(caught.value)
    assert written(folder) == []
    return str(caught.value)


# Organisation Data Service ------------------------------------------------------------------


def ods_row(
    code: str, name: str, region: str = "Y54", opened: str = "20010401", closed: str = ""
) -> str:
    cells = [
        code,
        name,
        region,
        "Q83",
        "1 Road",
        "",
        "",
        "Town",
        "County",
        "M13 9WL",
        opened,
        closed,
        *[""] * 15,
    ]
    return ",".join(f'"{c}"' for c in cells)


def ods_file(tmp_path: Path, *rows: str, name: str = "etrust_2026-09-01.csv") -> Path:
    path = tmp_path / name
    path.write_text("\n".join(rows) + "\n")
    return path


def test_the_official_trust_file_gives_the_trusts_with_their_regions(shared_dir: Path) -> None:
    path = shared_dir / "data" / "official" / "ODS_etrust_2018-09.csv.gz"
    reading = ingest.read(path)
    shipped = datasets.load("trusts", source="shipped").set_index("org_code")
    ours = reading.frame.set_index("org_code")
    assert (reading.kind, len(ours)) == ("ods-trusts", 235)
    same = ["trust_type", "specialist", "region", "postcode", "open_date", "close_date"]
    pd.testing.assert_frame_equal(ours[same], shipped[same], check_dtype=False)
    # The shipped names are those of another list of 2018; 25 differ, by an article or a new name.
    differ = ours["org_name"].str.casefold() != shipped["org_name"].str.casefold()
    assert differ.sum() == 25
    assert ours.loc["RDE", "org_name"] == "East Suffolk and North Essex NHS Foundation Trust"
    assert reading.excluded.counts == {
        "rows are of sites of trusts": 29_720,
        "rows are of others than trusts": 1,
        "trusts are in Wales": 3,
    }
    assert "4 trusts of the table are not in the file" in " ".join(reading.recognised)


def test_a_new_trust_joins_the_table_and_is_named(tmp_path: Path) -> None:
    path = ods_file(
        tmp_path,
        ods_row("R0A", "MANCHESTER UNIVERSITY NHS FOUNDATION TRUST", "Y62"),
        ods_row("R0B", "SOUTH TYNESIDE AND SUNDERLAND NHS FOUNDATION TRUST", "Y63", "20190401"),
        ods_row("R0B01", "A SITE", "Y63"),
        ods_row("G6V2S", "NORTH LONDON NHS FOUNDATION TRUST", "Y56", "20241101"),
        ods_row("RZ1", "ELSEWHERE NHS TRUST", "Y99"),
        ods_row("RZ2", "=cmd|'/C calc'!A0"),
        ods_row("RZ3", "NO DATE NHS TRUST", opened="01/04/2001"),
        ods_row("R0B", "AGAIN"),
    )
    done = ingest.ingest(path)
    table = datasets.load("trusts").set_index("org_code")
    assert table.loc["R0B", "org_name"] == "South Tyneside and Sunderland NHS Foundation Trust"
    assert table.loc[["R0A", "R0B", "G6V2S"], "region"].tolist() == ["North", "North", "London"]
    assert table.loc["R0B", "open_date"] == pd.Timestamp("2019-04-01")
    assert len(table) == 237
    assert table.loc["R1A", "trust_type"] == "Community"
    summary = " ".join(done.summary())
    assert "2 trusts are new to the table and have no type yet: R0B South Tyneside" in summary
    assert done.reading.excluded.counts == {
        "trusts have the unknown region 'Y99'": 1,
        "names are text a spreadsheet would run as a formula": 1,
        "trusts have a date that is not YYYYMMDD": 1,
        "trusts appear twice": 1,
        "rows are of sites of trusts": 1,
    }


def test_a_trust_read_in_can_be_the_subject_of_a_report(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="must be a value of column org_code"):
        profile.Settings(trust="R0D")
    ingest.ingest(ods_file(tmp_path, ods_row("R0D", "DORSET NHS TRUST", "Y58")))
    assert profile.Settings(trust="R0D").trust == "R0D"
    assert pathology.Settings(trust="R0D").trust == "R0D"


def test_broken_trust_files_are_refused(tmp_path: Path, data_folder: Path) -> None:
    good = ods_row("R0A", "MANCHESTER UNIVERSITY NHS FOUNDATION TRUST")
    path = ods_file(tmp_path, good, good.rsplit(",", 1)[0])
    assert "row 2: must have 27 cells; it has 26" in refused(path, data_folder, "ods-trusts")
    path = ods_file(tmp_path, good, name="etrust.csv")
    assert "has no date in its name" in refused(path, data_folder)
    assert ingest.read(path, date="2026-09-01").date == "2026-09-01"
    packed = tmp_path / "etrust_2026-09.csv.gz"
    packed.write_bytes(gzip.compress(good.encode() * 50)[:60])
    assert "cut off or damaged" in refused(packed, data_folder)
    path = ods_file(tmp_path, ods_row("R0A01", "A SITE"))
    assert "has no English trust" in refused(path, data_folder)


def test_successions_join_the_table(tmp_path: Path, data_folder: Path) -> None:
    path = tmp_path / "succ.csv"
    path.write_text(
        "RXX,RYY,R,20260401,\nRM2,R0A,R,20171001,\nA81001,A81002,R,20200101,\n"
        "RZZ,RZZ,R,20260401,\nRQ1,RQ2,R,April,\nRW6,RM3,P,20211001,P\nRW6,R0A,P,20210401,P\n"
    )
    done = ingest.ingest(path, kind="ods-successions")
    table = datasets.load("trust_successions").set_index("org_code")
    assert table.loc["RXX", ["successor_code", "share"]].tolist() == ["RYY", "whole"]
    assert table.loc["RW6", ["successor_code", "share"]].tolist() == ["RM3", "part"]
    assert len(table) == len(datasets.load("trust_successions", source="shipped")) + 1
    path.write_text("RXX,RYY,R,20260401,\n")
    assert ingest.read(path).kind == "ods-successions"
    assert done.reading.excluded.counts == {
        "rows are not of a trust": 1,
        "rows name the trust itself as its successor": 1,
        "rows have no successor or no date as YYYYMMDD": 1,
    }


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("THE CHRISTIE NHS FOUNDATION TRUST", "The Christie NHS Foundation Trust"),
        ("STOCKPORT-ON-TEES OF THE NORTH", "Stockport-On-Tees of the North"),
        ("GUY'S  AND ST THOMAS' NHS TRUST", "Guy's and St Thomas' NHS Trust"),
    ],
)
def test_capitals_become_titles(name: str, title: str) -> None:
    assert in_title_case(name) == title


# Hospitals ----------------------------------------------------------------------------------

HOSPITAL = (
    "OrganisationID¬OrganisationCode¬OrganisationType¬SubType¬Sector¬OrganisationStatus¬"
    "IsPimsManaged¬OrganisationName¬Address1¬Address2¬Address3¬City¬County¬Postcode¬Latitude¬"
    "Longitude¬ParentODSCode¬ParentName¬Phone¬Email¬Website¬Fax"
)


def hospital(
    code: str,
    trust: str = "R1A",
    *,
    name: str = "A Hospital",
    sector: str = "NHS Sector",
    place: tuple[str, str] = ("52.1", "-5.8E-2"),
) -> str:
    return "¬".join(
        [
            "1",
            code,
            "Hospital",
            "Hospital",
            sector,
            "Visible",
            "True",
            name,
            "",
            "",
            "",
            "Town",
            "",
            "WR4 9RW",
            *place,
            trust,
            "A Trust",
            "",
            "",
            "",
            "",
        ]
    )


def hospital_file(tmp_path: Path, *rows: str, header: str = HOSPITAL) -> Path:
    path = tmp_path / "Hospital_2026-09.csv"
    path.write_bytes("\r\n".join([header, *rows, ""]).encode("latin-1"))
    return path


def test_the_official_hospital_file_gives_its_sites(shared_dir: Path) -> None:
    path = shared_dir / "data" / "official" / "NHS_Choices_Hospital_2018-09.csv"
    reading = ingest.read(path)
    ours = reading.frame.set_index("site_code")
    shipped = datasets.load("hospital_sites", source="shipped").set_index("site_code")
    # The shipped table leaves out the five of the file's subtype 'Mental Health Hospital'.
    assert set(ours.index) - set(shipped.index) == {"RMY90", "RMYNX", "RX34F", "RXAF4", "RXAG5"}
    assert set(shipped.index) <= set(ours.index)
    common = ours.loc[shipped.index]
    exact = ["org_code", "latitude", "longitude", "postcode"]
    pd.testing.assert_frame_equal(common[exact], shipped[exact], check_dtype=False)
    # Three names have two spaces in the shipped table.
    assert set(shipped.index[common["site_name"] != shipped["site_name"]]) == {
        "RH5F2",
        "RXE15",
        "RXECH",
    }
    assert reading.excluded.counts == {
        "sites are not of the NHS sector": 464,
        "sites are not of a trust in the trusts table": 124,
    }


def test_sites_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    done = ingest.ingest(
        hospital_file(
            tmp_path,
            hospital("R1A01"),
            hospital("R1A02", name="Hôpital"),
            hospital("R1A01"),
            hospital("R1A03", name="=1+1"),
            hospital("R1A04", place=("", "")),
            hospital("R1A05", place=("151", "0")),
            hospital("R1A06", sector="Independent Sector"),
            hospital("ZZZ01", "ZZZ"),
        )
    )
    table = datasets.load("hospital_sites")
    assert table["site_code"].tolist() == ["R1A01", "R1A02"]
    assert table["longitude"].tolist() == [-0.058, -0.058]
    assert table["site_name"].tolist()[1] == "Hôpital"
    assert done.reading.excluded.total == 6


def test_broken_hospital_files_are_refused(tmp_path: Path, data_folder: Path) -> None:
    path = hospital_file(tmp_path, hospital("R1A01"), header=HOSPITAL.replace("Sector", "Kind"))
    assert "column 'Sector': column is missing" in refused(path, data_folder)
    path = hospital_file(tmp_path, hospital("R1A01"), hospital("R1A02")[:-20])
    assert "row 3: must have 22 cells" in refused(path, data_folder)
    assert "no rows" in refused(hospital_file(tmp_path), data_folder)
    path = hospital_file(tmp_path, hospital("ZZZ01", "ZZZ"))
    assert "has no site of an NHS trust" in refused(path, data_folder)


# Trust accounts -----------------------------------------------------------------------------

ALL_DATA = [
    "OrganisationName",
    "WorkSheetName",
    "TableID",
    "MainCode",
    "RowNumber",
    "SubCode",
    "Total",
]


def account(
    name: str, subcode: str, total: Cell, table: int = 2, main: str = "A09CY01"
) -> list[Cell]:
    sheet = "TAC08 Op Exp" if subcode.startswith("EXP") else "TAC09 Staff"
    return [name, sheet, table, main, 1, subcode, total]


def accounts(name: str, agency: Cell = 1500, bank: Cell = 300, total: Cell = 90_000) -> Rows:
    return [
        account(name, "STA0230", 60_000),
        account(name, "STA0300", bank),
        account(name, "STA0310", agency),
        account(name, "STA0310", 1, main="A09PY01"),
        account(name, "STA0310", 2, table=6),
        account(name, "STA0360", total),
        account(name, "STA0410", 800.5, table=3),
        account(name, "STA0490", 2000, table=3),
        account(name, "EXP0390", 150_000, table=1, main="A08CY01"),
    ]


def tac_file(
    tmp_path: Path,
    rows: Rows,
    providers: Rows,
    *,
    name: str = "TAC_2024-25.xlsx",
    header: list[str] = ALL_DATA,
    sheet: str = "All data",
) -> Path:
    listed = ["Full name of Provider", "NHS code", "Region", "Sector", "Comments"]
    sheets = {
        "Intro": [["Trust accounts"]],
        "List of Providers": [["Providers"], [], listed, *providers],
        sheet: [header, *rows],
    }
    return write_xlsx(tmp_path / name, sheets)


LISTED: Rows = [
    ["Alpha NHS Trust", "R1A", "Midlands", "Community", ""],
    ["Beta NHS Trust", "RAL", "London", "Acute", ""],
]


def test_the_illustrative_form_tells_where_agency_staff_stand(shared_dir: Path) -> None:
    path = shared_dir / "data" / "official" / "NHS_provider_TAC_illustrative_2019-20.xlsx"
    place = tac.locate(open_source(path), "STA0310")
    assert (place.sheet, place.table, place.cell) == ("TAC09 Staff", 2, "E20")
    assert (place.main_code, place.label) == (
        "A09CY01",
        "Temporary staff - agency/contract staff",
    )
    # Table 3 counts staff under the same main code.
    assert tac.locate(open_source(path), "STA0410", table=3).main_code == "A09CY01"
    with pytest.raises(DataError, match="table 3 has no row STA0310"):
        tac.locate(open_source(path), "STA0310", table=3)
    with pytest.raises(DataError, match=r"is the blank form.*is cell E20"):
        ingest.read(path)


def test_agency_bank_and_total_are_read_in_pounds(tmp_path: Path) -> None:
    path = tac_file(
        tmp_path, [*accounts("Alpha NHS Trust"), *accounts("BETA NHS Trust", bank="")], LISTED
    )
    done = ingest.ingest(path)
    table = datasets.load("trust_temporary_staffing")
    new = table[table["financial_year"] == "2024/25"].set_index("org_code")
    first = new.loc["R1A"]
    assert first["agency_gbp"] == 1_500_000
    assert first["external_bank_gbp"] == 300_000
    assert first["agency_plus_external_bank_gbp"] == 1_800_000
    assert first["staff_costs_gbp"] == 90_000_000
    assert (first["wte_nursing"], first["wte_total"]) == (800.5, 2000)
    assert first["operating_expenditure_gbp"] == 150_000_000
    assert new.loc["RAL", "agency_plus_external_bank_gbp"] == 1_500_000
    assert (new.loc["RAL", "region"], new.loc["RAL", "sector"]) == ("London", "Acute")
    assert len(table) == 418 + 2
    assert table["agency_gbp"].notna().sum() == 2
    assert "GBP 3.0 million" in " ".join(done.summary())
    assert done.reading.excluded.counts == {
        "figures are no numbers": 1,
        "rows are of other lines of the accounts, or years": 4,
    }


def test_trusts_and_foundation_trusts_come_in_two_files(tmp_path: Path) -> None:
    for name, listed, file in (
        ("Alpha NHS Trust", LISTED[:1], "trusts_2024-25.xlsx"),
        ("Beta NHS Trust", LISTED[1:], "FTs_2024-25.xlsx"),
    ):
        ingest.ingest(tac_file(tmp_path, accounts(name), listed, name=file))
    table = datasets.load("trust_temporary_staffing")
    assert set(table.loc[table["financial_year"] == "2024/25", "org_code"]) == {"R1A", "RAL"}


def test_providers_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    rows = [
        *accounts("Alpha NHS Trust"),
        *accounts("Beta NHS Trust", agency="n/a"),
        *accounts("Gamma NHS Trust", agency=99_999),
        *accounts("Unlisted NHS Trust"),
        account("Alpha NHS Trust", "STA0310", 7),
    ]
    listed = [
        *LISTED,
        ["Gamma NHS Trust", "RA2", "London", "Acute", ""],
        ["Delta NHS Trust", "RA3", "London", "Acute", ""],
        ["Epsilon NHS Trust", "RA4", "Wales", "Acute", ""],
        ["=cmd|x", "RA5", "London", "Acute", ""],
        ["Zeta", "", "London", "Acute", ""],
        LISTED[0],
    ]
    reading = ingest.read(tac_file(tmp_path, rows, listed))
    assert reading.frame["org_code"].tolist() == ["R1A"]
    assert reading.frame["agency_gbp"].tolist() == [1_500_000]
    counts = reading.excluded.counts
    assert counts.pop("rows are of other lines of the accounts, or years") == 8
    assert sum(counts.values()) == 10
    assert "Unlisted NHS Trust".casefold() in str(reading.excluded.examples).casefold()


def test_a_suppressed_bank_figure_is_not_nothing(tmp_path: Path) -> None:
    rows = [*accounts("Alpha NHS Trust", bank="*"), *accounts("Beta NHS Trust", bank="")]
    reading = ingest.read(tac_file(tmp_path, rows, LISTED))
    found = reading.frame.set_index("org_code")["agency_plus_external_bank_gbp"]
    assert found.to_dict() == {"RAL": 1_500_000}
    (left,) = [line for line in reading.excluded.lines() if "R1A" in line]
    assert "no number as external bank figure" in left


def test_broken_accounts_are_refused(tmp_path: Path, data_folder: Path) -> None:
    rows = accounts("Alpha NHS Trust")
    path = tac_file(
        tmp_path,
        [r[:5] + r[6:] for r in rows],
        LISTED,
        header=[c for c in ALL_DATA if c != "SubCode"],
    )
    message = refused(path, data_folder)
    assert "sheet 'All data'" in message
    assert "column 'SubCode': column is missing" in message
    path = tac_file(tmp_path, rows, LISTED, sheet="Data")
    assert "sheet 'All data' is missing" in refused(path, data_folder, "tac-accounts")
    assert "is not recognised" in refused(path, data_folder)
    path = tac_file(tmp_path, rows, LISTED, name="accounts.xlsx")
    assert "has no financial year in its name" in refused(path, data_folder)
    assert ingest.read(path, date="2025-03-31").frame["financial_year"].tolist() == ["2024/25"]
    path = tac_file(tmp_path, [[*r[:5], r[6], r[5]] for r in rows], LISTED)
    assert "has no provider with a figure STA0310" in refused(path, data_folder)
    path = tac_file(tmp_path, [], LISTED)
    assert "STA0310" in refused(path, data_folder)
    path.write_bytes(path.read_bytes()[:900])
    assert "cut off or damaged" in refused(path, data_folder)


# Staff survey -------------------------------------------------------------------------------


def survey_file(
    tmp_path: Path, rows: Rows, *, name: str = "NSS25_benchmark.xlsx", code: str = "Org code"
) -> Path:
    header: Rows = [
        ["NHS Staff Survey 2025: benchmark results"],
        [],
        [
            "",
            "",
            "",
            "q3f. I am able to make improvements",
            "",
            "",
            "",
            "",
            "",
            "q7h. I feel valued by my team",
            "",
        ],
        [
            code,
            "Organisation name",
            "Benchmarking group",
            "Strongly disagree",
            "Disagree",
            "Neither",
            "Agree",
            "Strongly agree",
            "Base",
            "% Agree or strongly agree",
            "Base (n)",
        ],
    ]
    writer = write_ods if name.endswith(".ods") else write_xlsx
    return writer(tmp_path / name, {"Notes": [["About"]], "YOUR JOB": [*header, *rows]})


def result(
    code: str,
    *,
    q3f: tuple[Cell, Cell, Cell] = (40.5, 12.25, 1000),
    q7h: tuple[Cell, Cell] = (66.4, 990),
    name: str = "",
) -> list[Cell]:
    return [code, name or f"Trust {code}", "Acute Trusts", 10, 20, 17.25, *q3f, *q7h]


@pytest.mark.parametrize("name", ["NSS25_benchmark.xlsx", "benchmark 2025.ods"])
def test_headers_of_several_rows_are_understood(name: str, tmp_path: Path) -> None:
    done = ingest.ingest(
        survey_file(tmp_path, [result("R1A"), result("RAL"), result("R1F1")], name=name)
    )
    table = datasets.load("staff_survey_2021_2024")
    new = table[table["survey_year"] == 2025].set_index(["org_code", "question"])
    assert new.loc[("R1A", "q3f"), ["respondents", "agree_pct"]].tolist() == [1000, 52.75]
    assert new.loc[("R1A", "q7h"), ["respondents", "agree_pct"]].tolist() == [990, 66.4]
    assert set(new["benchmarking_group"]) == {"Acute Trusts"}
    assert len(new) == 6
    assert len(table) == 2565 + 6
    assert "sheet 'YOUR JOB': questions q3f, q7h" in " ".join(done.summary())


def test_suppressed_cells_are_counted_and_named(tmp_path: Path) -> None:
    reading = ingest.read(
        survey_file(
            tmp_path,
            [
                result("R1A", q7h=("*", "*")),
                result("RAL", q3f=(40.5, "[c]", 1000)),
                result("RA2", q7h=(66.4, 8.5)),
                result("RA2"),
                result("RA3", name="=cmd|x"),
                result("National"),
                result("RA4", q7h=(166.4, 990)),
            ],
        )
    )
    counts = reading.excluded.counts
    assert counts["results are suppressed or blank"] == 2
    assert reading.excluded.examples["results are suppressed or blank"] == ["R1A q7h", "RAL q3f"]
    assert counts["results have a base that is no count"] == 1
    assert counts["results appear twice"] == 1
    assert counts["names are text a spreadsheet would run as a formula"] == 1
    assert counts["rows are not of a trust"] == 1
    assert counts["results are not between 0 and 100"] == 1
    assert len(reading.frame) == 5


def test_shares_of_one_become_percentages(tmp_path: Path) -> None:
    reading = ingest.read(
        survey_file(tmp_path, [result("R1A", q3f=(0.405, 0.1225, 1000), q7h=(0.664, 990))])
    )
    assert reading.frame["agree_pct"].tolist() == pytest.approx([52.75, 66.4])


def test_broken_survey_files_are_refused(tmp_path: Path, data_folder: Path) -> None:
    path = survey_file(tmp_path, [result("R1A")], code="Place")
    message = refused(path, data_folder, "staff-survey")
    assert "'Org code'" in message
    assert "'YOUR JOB'" in message
    assert "is not recognised" in refused(path, data_folder)
    path = survey_file(tmp_path, [])
    assert "'Org code'" in refused(path, data_folder, "staff-survey")
    path = survey_file(tmp_path, [result("R1A", q3f=("*", "*", "*"), q7h=("*", "*"))])
    assert "no result could be read: 2 results are suppressed" in refused(path, data_folder)


@pytest.mark.parametrize(
    ("heading", "part"),
    [
        ("Agree", "agree"),
        ("Strongly agree", "strongly agree"),
        ("Strongly disagree", None),
        ("Agree/Strongly agree (%)", "both"),
        ("% positive", "both"),
        ("Base", "base"),
        ("N", "base"),
        ("Number of respondents", "base"),
        ("Unweighted base", "base"),
        ("Neither", None),
    ],
)
def test_answers_are_told_apart(heading: str, part: str | None) -> None:
    assert answer(heading) == part


# A&E ----------------------------------------------------------------------------------------

AE = [
    "Period",
    "Org Code",
    "Parent Org",
    "Org name",
    "A&E attendances Type 1",
    "A&E attendances Type 2",
    "A&E attendances Other A&E Department",
    "Attendances over 4hrs Type 1",
    "Attendances over 4hrs Type 2",
    "Attendances over 4hrs Other Department",
    "Emergency admissions via A&E - Type 1",
    "Emergency admissions via A&E - Type 2",
    "Emergency admissions via A&E - Other A&E department",
    "Other emergency admissions",
]


def ae_row(
    code: str,
    period: str = "MSitAE-APRIL-2026",
    name: str = "A Trust",
    counts: str = "9000,0,1500,2000,0,3,2500,0,0,400",
) -> str:
    return f"{period},{code},Region,{name},{counts}"


def ae_file(tmp_path: Path, *rows: str, header: list[str] = AE) -> Path:
    path = tmp_path / "April-2026-CSV.csv"
    path.write_text("\n".join([",".join(header), *rows, ""]))
    return path


@pytest.mark.parametrize("wording", ["A&E attendances", "Number of A&E attendances"])
def test_a_month_of_ae_activity_joins_the_table(wording: str, tmp_path: Path) -> None:
    header = [c.replace("A&E attendances", wording) for c in AE]
    rows = [ae_row("R1A"), ae_row("AAH"), "TOTAL,,,,1,2,3,4,5,6,7,8,9,0"]
    done = ingest.ingest(ae_file(tmp_path, *rows, header=header))
    table = datasets.load("ae_monthly")
    new = table[table["month"] == "2026-04-01"]
    assert len(new) == 4
    major = new[(new["org_code"] == "R1A") & (new["department_type"] == "1")].iloc[0]
    assert major[["attendances", "breaches", "admissions"]].tolist() == [9000, 2000, 2500]
    assert set(new["department_type"]) == {"1", "other"}
    assert len(table) == len(datasets.load("ae_monthly", source="shipped")) + 4
    assert done.reading.excluded.counts == {"rows are totals": 1}


def test_ae_rows_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    reading = ingest.read(
        ae_file(
            tmp_path,
            ae_row("R1A"),
            ae_row("R1A"),
            ae_row("RAL", period="spring"),
            ae_row(""),
            ae_row("RA2", name="=cmd|x"),
            ae_row("RA3", counts="a,0,0,0,0,0,0,0,0,0"),
            ae_row("RA4", counts="5,0,0,9,0,0,0,0,0,0"),
        )
    )
    assert reading.excluded.total == 6
    assert set(reading.frame["org_code"]) == {"R1A"}


def test_totals_and_regions_are_no_organisations(tmp_path: Path) -> None:
    reading = ingest.read(
        ae_file(
            tmp_path,
            ae_row("R1A", name="Total"),
            ae_row("ENG"),
            ae_row("Y60"),
            ae_row("ZZZ", name="London"),
            ae_row("ALL1", name="England total"),
        )
    )
    assert set(reading.frame["org_code"]) == {"R1A"}
    assert reading.excluded.counts == {"rows are totals": 2, "rows are of regions": 2}


def test_a_date_against_the_files_own_period_is_refused(tmp_path: Path, data_folder: Path) -> None:
    path = ae_file(tmp_path, ae_row("R1A"))
    message = refused(path, data_folder, date="2026-05-01")
    assert "row 2, column 'Period': is of another month than 2026-05-01" in message
    assert ingest.read(path, date="2026-04-30").date == "2026-04-01"


def test_ae_files_saved_in_another_form_are_told_what_to_do(
    tmp_path: Path, data_folder: Path
) -> None:
    path = ae_file(tmp_path, ae_row("R1A"))
    text = path.read_text()
    path.write_text(text.replace(",", ";"))
    assert "must be separated by commas" in refused(path, data_folder)
    path.write_text(f"A&E\n\n{text}")
    assert "header in row 3. Delete the rows above" in refused(path, data_folder).replace(" (", ".")


def test_broken_ae_files_are_refused(tmp_path: Path, data_folder: Path) -> None:
    header = [c.replace("over 4hrs Type 2", "over 12hrs Type 2") for c in AE]
    message = refused(ae_file(tmp_path, ae_row("R1A"), header=header), data_folder)
    assert "Attendances over 4hrs Type 2" in message
    assert "no rows" in refused(ae_file(tmp_path), data_folder)
    path = ae_file(tmp_path, ae_row("R1A"), ae_row("RAL")[:-9])
    assert "row 3: must have 14 cells" in refused(path, data_folder)
    path = ae_file(tmp_path, ae_row("R1A", period="no month"))
    assert "unknown period 'no month'" in refused(path, data_folder)


# Any file -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(ingest.KINDS))
def test_no_reader_takes_a_file_of_another_kind(
    kind: str, tmp_path: Path, data_folder: Path
) -> None:
    book = write_xlsx(tmp_path / "book.xlsx", {"Sheet1": [["a", "b"], [1, 2]]})
    text = tmp_path / "text_2026-01-01.csv"
    text.write_text("a,b\n1,2\n")
    assert refused(book, data_folder, kind).startswith("book.xlsx")
    assert refused(text, data_folder, kind).startswith("text_2026-01-01.csv")


def test_an_unknown_file_is_told_what_it_is_nearest_to(tmp_path: Path, data_folder: Path) -> None:
    path = tmp_path / "notes.csv"
    path.write_text("a,b\n1,2\n")
    assert "it has next to none of the headings that are looked for" in refused(path, data_folder)
    path.write_text("Period;Provider Org Code;Total All;Week\nRTT-July-2025;R1A;7;1\n")
    message = refused(path, data_folder)
    assert "nearest is rtt-waiting-lists, for it has 'Period', 'Provider Org Code'" in message
    path.write_text("Period,Org_Code,Type 1,Region\nApril 2025,R1A,7,1\n")
    message = refused(path, data_folder)
    assert "but it lacks the column 'A&E attendances Type 1" in message
    assert len(message) < 400
    path.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00")
    assert "is neither a workbook nor text" in refused(path, data_folder)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="is a folder without files"):
        ingest.ingest(tmp_path / "empty")


def test_a_table_that_breaks_a_rule_is_not_written(
    tmp_path: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # More nurses than staff: each number is possible by itself.
    rows = [r for r in accounts("Alpha NHS Trust") if r[5] != "STA0410"]
    rows.append(account("Alpha NHS Trust", "STA0410", 5000, table=3))
    message = refused(tac_file(tmp_path, rows, LISTED), data_folder)
    assert "column 'wte_nursing': must not be more than wte_total" in message


def test_a_folder_that_cannot_be_written_is_one_error(
    tmp_path: Path, data_folder: Path, cqc_file: Callable[..., Path]
) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(DataError, match="can't be written"):
        ingest.ingest(ae_file(tmp_path, ae_row("R1A")), to=tmp_path / "taken")
    done = ingest.ingest(ae_file(tmp_path, ae_row("R1A")), to=tmp_path / "elsewhere")
    assert done.path.parent == tmp_path / "elsewhere"
    assert datasets.load("ae_monthly").attrs["provenance"]["origin"] == "shipped"
    assert len(datasets.load("ae_monthly", source=done.path)) == done.rows
