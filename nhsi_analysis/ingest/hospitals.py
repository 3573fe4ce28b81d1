"""The NHS Choices (NHS.UK) hospital file: separated by U+00AC, in Latin-1 or UTF-8."""

from __future__ import annotations

from typing import Final

import pandas as pd

from nhsi_analysis.errors import DataError
from nhsi_analysis.ingest.kinds import Found, Job, Kind
from nhsi_analysis.ingest.reading import (
    FORMULA_NAME,
    is_formula,
    known_codes,
    label,
    tidy,
    to_number,
    whole_code,
)
from nhsi_analysis.ingest.sources import Source
from nhsi_analysis.ingest.text import records

SEPARATOR: Final = "¬"
NHS_SECTOR: Final = "nhs sector"


def _fits(source: Source) -> bool:
    header = source.text.split("\n", 1)[0].split(SEPARATOR)
    return {"organisationcode", "parentodscode"} <= set(map(label, header))


def _read(job: Job) -> Found:
    """Read the hospital sites of NHS trusts; sites of other organisations are left out."""
    source, excluded, known = job.source, job.excluded, known_codes()
    found = records(source, SEPARATOR)
    code, name, parent = (
        found.column("OrganisationCode"),
        found.column("OrganisationName"),
        found.column("ParentODSCode"),
    )
    sector, postcode = found.column("Sector"), found.column("Postcode")
    north, east = found.column("Latitude"), found.column("Longitude")
    day = job.day()
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
            excluded.add(FORMULA_NAME, place)
        elif latitude is None or longitude is None or not 49.8 <= latitude <= 55.9:
            excluded.add("sites have no place in England", place)
        elif site in sites:
            excluded.add("sites appear twice", place)
        else:
            where = (round(latitude, 4), round(longitude, 4))
            sites[site] = (site, tidy(cells[name]), trust, *where, tidy(cells[postcode]).upper())
    job.progress("reading sites", len(found.rows), len(found.rows))
    columns = ["site_code", "site_name", "org_code", "latitude", "longitude", "postcode"]
    frame = pd.DataFrame(sorted(sites.values()), columns=columns)
    if frame.empty:
        raise DataError(source.name, "has no site of an NHS trust", column="ParentODSCode")
    return Found(
        frame,
        day,
        (
            f"NHS hospital sites as at {day.date()}",
            f"{len(found.rows):,} rows, {frame['org_code'].nunique():,} trusts with sites",
        ),
    )


KIND: Final = Kind(
    name="hospitals",
    table="hospital_sites",
    publisher="NHS Choices (NHS.UK)",
    looks_for="text separated by '¬' with the columns 'OrganisationCode' and 'ParentODSCode'",
    workbook=False,
    fits=_fits,
    reader=_read,
    headings=("OrganisationCode", "OrganisationName", "ParentODSCode", "Sector", "Latitude"),
)
