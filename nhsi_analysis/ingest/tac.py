"""Trust accounts consolidation (TAC): the yearly publications, and the blank form."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

import pandas as pd

from nhsi_analysis import years
from nhsi_analysis.errors import DataError
from nhsi_analysis.ingest.kinds import Found, Job, Kind
from nhsi_analysis.ingest.reading import (
    FORMULA_NAME,
    is_formula,
    label,
    tidy,
    to_number,
    whole_code,
)
from nhsi_analysis.ingest.sources import Source
from nhsi_analysis.schemas.vocabulary import NHS_ENGLAND_REGIONS, ORGANISATION_CODE

FORM_SHEET: Final = "TAC09 Staff"
SECTORS: Final = {
    s.casefold(): s for s in ("Acute", "Ambulance", "Community", "Mental Health", "Specialist")
}
NAMES: Final = (
    "Full name of Provider",
    "Name of Provider",
    "Provider name",
    "Name",
    "Organisation name",
    "Provider",
)
# Which number: subcode, table of its sheet (table 3 counts staff under the same main code).
CELLS: Final = {
    "salaries_gbp": ("STA0230", "2"),
    "external_bank_gbp": ("STA0300", "2"),
    "agency_gbp": ("STA0310", "2"),
    "staff_costs_gbp": ("STA0360", "2"),
    "operating_expenditure_gbp": ("EXP0390", "1"),
    "wte_medical": ("STA0370", "3"),
    "wte_nursing": ("STA0410", "3"),
    "wte_total": ("STA0490", "3"),
}
# This year's numbers; those of the year before carry PY, and parts of a total P or O.
THIS_YEAR: Final = re.compile(r"^A0[89]CY01$")
THOUSAND: Final = 1000


@dataclass(frozen=True)
class FormCell:
    """Where the form asks for a number: sheet, table, codes of row and column, the row in words.

    The first row is 1, and the column the letter of this year's total.
    """

    sheet: str
    table: int
    subcode: str
    main_code: str
    label: str
    row: int
    column: str

    @property
    def cell(self) -> str:
        """The cell as a spreadsheet writes it: D19."""
        return f"{self.column}{self.row}"


def locate(source: Source, subcode: str, table: int = 2) -> FormCell:
    """Find where the blank form asks for a number, by the code of its row and table.

    Codes of rows are not shared between tables, main codes are. A DataError says when the sheet,
    table or row is missing.
    """
    current = 0
    main: dict[int, str] = {}
    for number, row in enumerate(source.cells(FORM_SHEET), start=1):
        texts = [label(cell) for cell in row]
        if "table id" in texts:
            after = row[texts.index("table id") + 1 :]
            current, main = int(next((to_number(c) or 0 for c in after if c != ""), 0)), {}
        codes = {at: str(c) for at, c in enumerate(row) if re.fullmatch(r"A09[CP]Y\d+\w?", str(c))}
        main = codes or main
        if current == table and subcode.casefold() in texts:
            at = next((at for at, code in sorted(main.items()) if "CY" in code), None)
            if at is None:
                break
            name = tidy(next(c for c in row if c != ""))
            return FormCell(FORM_SHEET, current, subcode, main[at], name, number, chr(65 + at))
    raise DataError(
        f"{source.name}, sheet {FORM_SHEET!r}",
        f"table {table} has no row {subcode}",
        column="Subcode",
        remedy="Check that this is the illustrative form, unchanged",
    )


def _year(job: Job) -> str | None:
    """Return the financial year of a file, from the date given or from the file's name."""
    if job.date is not None:
        return years.of(job.date)
    for found in re.finditer(r"(20\d{2})[-_/. ]?(?:20)?(\d{2})(?!\d)", job.source.name):
        if years.written(int(found[1])) == f"{found[1]}/{found[2]}":
            return years.written(int(found[1]))
    return None


def _read(job: Job) -> Found:
    """Read agency, external bank and total staff costs of each provider.

    Agency and bank are also given apart. Amounts of the file, in thousand pounds, are given in
    pounds.
    """
    source, excluded = job.source, job.excluded
    if source.has_sheet(FORM_SHEET) and not source.has_sheet("All data"):
        form = locate(source, "STA0310")
        raise DataError(
            f"{source.name}, sheet {form.sheet!r}",
            "is the blank form, without any trust's figures: agency and contract staff "
            f"({form.subcode}, table {form.table}, main code {form.main_code}) is cell "
            f"{form.cell}",
            row=form.row,
            column=form.column,
            remedy="Give a publication, with the sheets 'All data' and 'List of Providers'",
        )
    year = _year(job)
    if year is None:
        raise DataError(
            source.name,
            "has no financial year in its name",
            remedy="Give a day of the year with --date, such as 2024-03-31",
        )
    figures, height = _figures(job)
    providers = _providers(job)
    rows = []
    for name, (code, region, sector, shown) in providers.items():
        found = figures.get(name)
        place = f"{code} {shown}"
        if found is None:
            excluded.add("providers have no figures in 'All data'", place)
        elif "agency_gbp" not in found or "staff_costs_gbp" not in found:
            excluded.add("providers have no agency (STA0310) or no total (STA0360) figure", place)
        elif found["agency_gbp"] < 0 or found["agency_gbp"] > found["staff_costs_gbp"]:
            excluded.add("providers have an agency figure outside 0 and their staff costs", place)
        elif math.isnan(found.get("external_bank_gbp", 0)):
            excluded.add("providers have no number as external bank figure (STA0300)", place)
        else:
            rows.append(
                {"org_code": code, "org_name": shown, "sector": sector, "region": region, **found}
            )
    for name in figures.keys() - providers.keys():
        excluded.add("names in 'All data' are not in 'List of Providers'", name)
    if not rows:
        raise DataError(source.name, "has no provider with a figure STA0310", column="SubCode")
    frame = _shape(pd.DataFrame(rows), year)
    total = frame["agency_gbp"].sum() / 1e6
    return Found(
        frame,
        years.last_day(year),
        (
            f"trust accounts of {year}",
            f"sheet 'All data': {height:,} rows; {len(providers):,} providers listed",
            f"agency and contract staff (STA0310, table 2): GBP {total:,.1f} million",
        ),
    )


def _figures(job: Job) -> tuple[dict[str, dict[str, float]], int]:
    sheet = job.source.sheet(
        "All data", ("OrganisationName", "WorkSheetName", "TableID", "MainCode", "SubCode", "Total")
    )
    name_at, table_at = sheet.column("OrganisationName"), sheet.column("TableID")
    main_at, sub_at = sheet.column("MainCode"), sheet.column("SubCode")
    total_at = sheet.column("Total", "Value number", "Value")
    wanted = {codes: field for field, codes in CELLS.items()}
    figures: dict[str, dict[str, float]] = {}
    for number, row in job.rows(sheet, "reading accounts"):
        if not any(c != "" for c in row):
            continue
        table = to_number(row[table_at])
        code = (tidy(row[sub_at]).upper(), f"{table:.0f}" if table is not None else "")
        field = wanted.get(code)
        if field is None or not THIS_YEAR.match(tidy(row[main_at])):
            job.excluded.add("rows are of other lines of the accounts, or years", f"row {number}")
            continue
        name = label(row[name_at])
        value = to_number(row[total_at])
        place = f"{tidy(row[name_at])}, {code[0]} (row {number})"
        if value is None:
            job.excluded.add("figures are no numbers", place)
            if field == "external_bank_gbp" and tidy(row[total_at]):
                figures.setdefault(name, {})[field] = math.nan  # not 0, as where there is none
        elif field in figures.setdefault(name, {}):
            job.excluded.add("figures appear twice", place)
        else:
            figures[name][field] = value * (THOUSAND if field.endswith("_gbp") else 1)
    return figures, sheet.height


def _providers(job: Job) -> dict[str, tuple[str, str, str, str]]:
    sheet = job.source.sheet(
        "List of Providers", ("Name", "NHS code", "Region", "Sector", "Comments")
    )
    name_at = sheet.column(*NAMES)
    code_at = sheet.column("NHS code", "Organisation code", "Org code", "ODS code", "Code")
    region_at, sector_at = sheet.column("Region"), sheet.column("Sector")
    regions = {r.casefold(): r for r in NHS_ENGLAND_REGIONS}
    found: dict[str, tuple[str, str, str, str]] = {}
    for number, row in job.rows(sheet, "reading providers"):
        code, name = whole_code(row[code_at]), tidy(row[name_at])
        place = f"{code or name or 'blank'} (row {number})"
        region, sector = label(row[region_at]), label(row[sector_at])
        if not code and not name:
            continue
        if not re.match(ORGANISATION_CODE, code):
            job.excluded.add("providers have no code", place)
        elif is_formula(name):
            job.excluded.add(FORMULA_NAME, place)
        elif region not in regions or sector not in SECTORS:
            job.excluded.add("providers have an unknown region or sector", place)
        elif label(name) in found:
            job.excluded.add("providers are listed twice", place)
        else:
            found[label(name)] = (code, regions[region], SECTORS[sector], name)
    return found


def _shape(frame: pd.DataFrame, year: str) -> pd.DataFrame:
    frame = frame.reindex(columns=["org_code", "org_name", "sector", "region", *CELLS])
    frame.insert(0, "financial_year", year)
    bank = frame["external_bank_gbp"].fillna(0)
    frame["agency_plus_external_bank_gbp"] = (frame["agency_gbp"] + bank).round().astype("int64")
    frame["staff_costs_gbp"] = frame["staff_costs_gbp"].round().astype("int64")
    return frame.sort_values("org_code")


KIND: Final = Kind(
    name="tac-accounts",
    table="trust_temporary_staffing",
    publisher="NHS England (trust accounts consolidation data)",
    looks_for="sheets 'All data' (column 'SubCode') and 'List of Providers'",
    workbook=True,
    fits=lambda source: source.has_sheet("All data") or source.has_sheet(FORM_SHEET),
    reader=_read,
    replaces=("financial_year", "org_code"),
    headings=("OrganisationName", "WorkSheetName", "TableID", "MainCode", "SubCode", "NHS code"),
)
