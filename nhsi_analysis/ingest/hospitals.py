"""The NHS Choices (NHS.UK) hospital file: separated by U+00AC, in Latin-1 or UTF-8."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import pandas as pd

from nhsi_analysis.errors import DataError
from nhsi_analysis.ingest.reading import (
    Exclusions,
    Progress,
    Reading,
    date_in_name,
    is_formula,
    label,
    silent,
    tidy,
    to_number,
    whole_code,
)
from nhsi_analysis.ingest.sources import Source
from nhsi_analysis.ingest.text import records

KIND: Final = "hospitals"
TABLE: Final = "hospital_sites"
PUBLISHER: Final = "NHS Choices (NHS.UK)"
LOOKS_FOR: Final = "text separated by '¬' with the columns 'OrganisationCode' and 'ParentODSCode'"
SEPARATOR: Final = "¬"
NHS_SECTOR: Final = "nhs sector"


def recognises(source: Source) -> bool:
    """Say whether a file is the hospital file, by its separator and first heading."""
    if source.is_workbook:
        return False
    header = source.text.split("\n", 1)[0].split(SEPARATOR)
    return {"organisationcode", "parentodscode"} <= set(map(label, header))


def read(
    source: Source,
    *,
    known_codes: Collection[str] = (),
    date: pd.Timestamp | None = None,
    progress: Progress = silent,
) -> Reading:
    """Read the hospital sites of NHS trusts.

    Parameters
    ----------
    source : Source
        The file.
    known_codes : collection of str
        Codes of trusts; sites of other organisations are left out.
    date : Timestamp, optional
        Date of the file; from its name where none is given.
    progress : callable
        Told the step, the rows done and the rows there are.

    Returns
    -------
    Reading
        In the shape of hospital_sites.

    Raises
    ------
    DataError
        When a column is missing, or the file has no date.
    """
    found = records(source, SEPARATOR)
    code, name, parent = (
        found.column("OrganisationCode"),
        found.column("OrganisationName"),
        found.column("ParentODSCode"),
    )
    sector, postcode = found.column("Sector"), found.column("Postcode")
    north, east = found.column("Latitude"), found.column("Longitude")
    day = date if date is not None else date_in_name(source.name)
    if day is None:
        raise DataError(
            source.name, "has no date in its name", remedy="Give the date of the file with --date"
        )
    known, excluded = set(known_codes), Exclusions()
    sites: dict[str, tuple[str, str, str, float, float, str]] = {}
    for number, cells in found.rows:
        site, trust = whole_code(cells[code]), whole_code(cells[parent])
        place = f"{site} (row {number})"
        latitude, longitude = to_number(cells[north]), to_number(cells[east])
        if label(cells[sector]) != NHS_SECTOR:
            excluded.add("sites are not of the NHS sector", place)
        elif trust not in known:
            excluded.add("sites are not of a trust in the trusts table", f"{site} of {trust}")
        elif not site:
            excluded.add("sites have no code", place.strip())
        elif is_formula(cells[name]):
            excluded.add("names are text a spreadsheet would run as a formula", place)
        elif latitude is None or longitude is None or not 49.8 <= latitude <= 55.9:
            excluded.add("sites have no place in England", place)
        elif site in sites:
            excluded.add("sites appear twice", place)
        else:
            where = (round(latitude, 4), round(longitude, 4))
            sites[site] = (site, tidy(cells[name]), trust, *where, tidy(cells[postcode]).upper())
    progress("reading sites", len(found.rows), len(found.rows))
    columns = ["site_code", "site_name", "org_code", "latitude", "longitude", "postcode"]
    frame = pd.DataFrame(sorted(sites.values()), columns=columns)
    if frame.empty:
        raise DataError(source.name, "has no site of an NHS trust", column="ParentODSCode")
    return Reading(
        kind=KIND,
        table=TABLE,
        frame=frame,
        files=(source.name,),
        sha256=(source.sha256,),
        publisher=PUBLISHER,
        date=day.date().isoformat(),
        recognised=(
            f"{source.name}: NHS hospital sites as at {day.date()}",
            f"{len(found.rows):,} rows, {frame['org_code'].nunique():,} trusts with sites",
        ),
        excluded=excluded,
    )
