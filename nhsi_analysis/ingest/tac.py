"""Trust accounts consolidation (TAC): the yearly publications, and the blank form."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import pandas as pd

from nhsi_analysis.errors import DataError
from nhsi_analysis.ingest.reading import (
    Exclusions,
    Progress,
    Reading,
    is_formula,
    label,
    silent,
    tidy,
    to_number,
    whole_code,
)
from nhsi_analysis.ingest.sources import Source, with_row_numbers
from nhsi_analysis.schemas.vocabulary import NHS_ENGLAND_REGIONS, ORGANISATION_CODE

KIND: Final = "tac-accounts"
TABLE: Final = "trust_temporary_staffing"
PUBLISHER: Final = "NHS England (trust accounts consolidation data)"
LOOKS_FOR: Final = "sheets 'All data' (column 'SubCode') and 'List of Providers'"
FORM_SHEET: Final = "TAC09 Staff"
EVERY: Final = 50_000
SECTORS: Final = {
    s.casefold(): s for s in ("Acute", "Ambulance", "Community", "Mental Health", "Specialist")
}
# Which figure: subcode, table of its sheet (table 3 counts staff under the same main code).
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
# This year's figures; those of the year before carry PY, and parts of a total P or O.
THIS_YEAR: Final = re.compile(r"^A0[89]CY01$")
THOUSAND: Final = 1000


@dataclass(frozen=True)
class FormCell:
    """Where the form asks for a figure.

    Parameters
    ----------
    sheet : str
        Sheet of the form.
    table : int
        Number of the table on it.
    subcode, main_code, label : str
        Codes of row and column, and the row in words.
    row : int
        Row, the first being 1.
    column : str
        Column letter of this year's total.
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


def recognises(source: Source) -> bool:
    """Say whether a workbook is a TAC publication or the blank form, by its sheets."""
    return source.is_workbook and (source.has_sheet("All data") or source.has_sheet(FORM_SHEET))


def locate(source: Source, subcode: str, table: int = 2) -> FormCell:
    """Find where the blank form asks for a figure.

    Parameters
    ----------
    source : Source
        The illustrative form.
    subcode : str
        Code of the row, such as STA0310 (agency and contract staff).
    table : int
        Number of the table on the sheet; codes of rows are not shared, main codes are.

    Returns
    -------
    FormCell

    Raises
    ------
    DataError
        When the sheet, table or row is missing.
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


def financial_year(name: str, date: pd.Timestamp | None) -> str | None:
    """Return the financial year of a file, from a date in it or from the file's name.

    Examples
    --------
    >>> financial_year("TAC-data-2023-24-NHS-trusts.xlsx", None)
    '2023/24'
    """
    if date is not None:
        first = date.year - (date.month < 4)
        return f"{first}/{(first + 1) % 100:02d}"
    for found in re.finditer(r"(20\d{2})[-_/. ]?(?:20)?(\d{2})(?!\d)", name):
        if (int(found[1]) + 1) % 100 == int(found[2]):
            return f"{found[1]}/{found[2]}"
    return None


def read(
    source: Source,
    *,
    known_codes: Collection[str] = (),
    date: pd.Timestamp | None = None,
    progress: Progress = silent,
) -> Reading:
    """Read agency, external bank and total staff costs of each provider.

    Parameters
    ----------
    source : Source
        The publication for NHS trusts or for foundation trusts.
    known_codes : collection of str
        Not used: the file lists its providers.
    date : Timestamp, optional
        Any day of the financial year; from the file's name where none is given.
    progress : callable
        Told the step, the rows done and the rows there are.

    Returns
    -------
    Reading
        In the shape of trust_temporary_staffing, with agency and bank also apart. Amounts of
        the file, in thousand pounds, are given in pounds.

    Raises
    ------
    DataError
        When a sheet or column is missing, the year is not known, or the file is the blank form.
    """
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
    year = financial_year(source.name, date)
    if year is None:
        raise DataError(
            source.name,
            "has no financial year in its name",
            remedy="Give a day of the year with --date, such as 2024-03-31",
        )
    excluded = Exclusions()
    figures, height = _figures(source, excluded, progress)
    providers = _providers(source, excluded)
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
    return Reading(
        kind=KIND,
        table=TABLE,
        frame=frame,
        files=(source.name,),
        sha256=(source.sha256,),
        publisher=PUBLISHER,
        date=f"{int(year[:4]) + 1}-03-31",
        recognised=(
            f"{source.name}: trust accounts of {year}",
            f"sheet 'All data': {height:,} rows; {len(providers):,} providers listed",
            f"agency and contract staff (STA0310, table 2): GBP {total:,.1f} million",
        ),
        excluded=excluded,
        replaces=("financial_year", "org_code"),
    )


def _figures(
    source: Source, excluded: Exclusions, progress: Progress
) -> tuple[dict[str, dict[str, float]], int]:
    sheet = source.sheet(
        "All data", ("OrganisationName", "WorkSheetName", "TableID", "MainCode", "SubCode", "Total")
    )
    name_at, table_at = sheet.column("OrganisationName"), sheet.column("TableID")
    main_at, sub_at = sheet.column("MainCode"), sheet.column("SubCode")
    total_at = sheet.column("Total", "Value")
    wanted = {codes: field for field, codes in CELLS.items()}
    figures: dict[str, dict[str, float]] = {}
    for number, row in with_row_numbers(sheet):
        if number % EVERY == 0:
            progress("reading accounts", number, sheet.height)
        if not any(c != "" for c in row):
            continue
        table = to_number(row[table_at])
        code = (tidy(row[sub_at]).upper(), f"{table:.0f}" if table is not None else "")
        field = wanted.get(code)
        if field is None or not THIS_YEAR.match(tidy(row[main_at])):
            continue
        name = label(row[name_at])
        value = to_number(row[total_at])
        place = f"{tidy(row[name_at])}, {code[0]} (row {number})"
        if value is None:
            excluded.add("figures are no numbers", place)
        elif field in figures.setdefault(name, {}):
            excluded.add("figures appear twice", place)
        else:
            figures[name][field] = value * (THOUSAND if field.endswith("_gbp") else 1)
    progress("reading accounts", sheet.height, sheet.height)
    return figures, sheet.height


def _providers(source: Source, excluded: Exclusions) -> dict[str, tuple[str, str, str, str]]:
    sheet = source.sheet("List of Providers", ("Name", "NHS code", "Region", "Sector", "Comments"))
    name_at = sheet.column(
        "Full name of Provider",
        "Name of Provider",
        "Provider name",
        "Name",
        "OrganisationName",
        "Organisation name",
        "Provider",
    )
    code_at = sheet.column("NHS code", "Organisation code", "Org code", "ODS code", "Code")
    region_at, sector_at = sheet.column("Region"), sheet.column("Sector")
    regions = {r.casefold(): r for r in NHS_ENGLAND_REGIONS}
    found: dict[str, tuple[str, str, str, str]] = {}
    for number, row in with_row_numbers(sheet):
        code, name = whole_code(row[code_at]), tidy(row[name_at])
        place = f"{code or name or 'blank'} (row {number})"
        region, sector = label(row[region_at]), label(row[sector_at])
        if not code and not name:
            continue
        if not re.match(ORGANISATION_CODE, code):
            excluded.add("providers have no code", place)
        elif is_formula(name):
            excluded.add("names are text a spreadsheet would run as a formula", place)
        elif region not in regions or sector not in SECTORS:
            excluded.add("providers have an unknown region or sector", place)
        elif label(name) in found:
            excluded.add("providers are listed twice", place)
        else:
            found[label(name)] = (code, regions[region], SECTORS[sector], name)
    return found


def _shape(frame: pd.DataFrame, year: str) -> pd.DataFrame:
    frame = frame.reindex(columns=["org_code", "org_name", "sector", "region", *CELLS])
    frame.insert(0, "financial_year", year)
    bank = frame["external_bank_gbp"].fillna(0)
    frame["agency_plus_external_bank_gbp"] = (frame["agency_gbp"] + bank).round().astype("int64")
    frame["staff_costs_gbp"] = frame["staff_costs_gbp"].round().astype("int64")
    return frame.sort_values("org_code").reset_index(drop=True)
