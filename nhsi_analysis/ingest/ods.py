"""Organisation Data Service files: trusts and their sites (27 columns), and successions (5)."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import islice
from typing import Final

import pandas as pd

from nhsi_analysis.errors import DataError
from nhsi_analysis.ingest.reading import (
    Exclusions,
    Progress,
    Reading,
    date_in_name,
    is_formula,
    silent,
    tidy,
    whole_code,
)
from nhsi_analysis.ingest.sources import Source
from nhsi_analysis.ingest.text import lines
from nhsi_analysis.schemas.vocabulary import POSTCODE

PUBLISHER: Final = "NHS England (Organisation Data Service)"
TRUSTS_KIND: Final = "ods-trusts"
TRUSTS_TABLE: Final = "trusts"
TRUSTS_LOOKS_FOR: Final = "text of 27 columns without a header: code, name, region (Y54 …)"
SUCCESSIONS_KIND: Final = "ods-successions"
SUCCESSIONS_TABLE: Final = "trust_successions"
SUCCESSIONS_LOOKS_FOR: Final = (
    "text of 5 columns without a header: code, successor's code, reason, date as YYYYMMDD"
)
WIDTH: Final = 27
REGION: Final = re.compile(r"^[YW]\d\d$")
# Four regions until 2019; since then seven, which nest in them.
REGIONS: Final = {
    "Y54": "North", "Y62": "North", "Y63": "North",
    "Y55": "Midlands and East", "Y60": "Midlands and East", "Y61": "Midlands and East",
    "Y56": "London",
    "Y57": "South", "Y58": "South", "Y59": "South",
}  # fmt: skip
SMALL_WORDS: Final = {"and", "of", "the", "for", "on", "upon", "in"}
RECORD: Final = "https://directory.spineservices.nhs.uk/ORD/2-0-0/organisations/"


def recognises_trusts(source: Source) -> bool:
    """Say whether a file is the trust file, by its first rows."""
    if source.is_workbook:
        return False
    first = [cells for _, cells in islice(lines(source), 20)]
    return bool(first) and all(len(c) == WIDTH and REGION.match(c[2]) for c in first)


def recognises_successions(source: Source) -> bool:
    """Say whether a file is the succession file, by its first rows."""
    if source.is_workbook:
        return False
    first = [cells for _, cells in islice(lines(source), 20)]
    return bool(first) and all(
        len(c) in (4, 5) and re.fullmatch(r"[A-Z0-9]{3,6}", c[1]) and re.fullmatch(r"\d{8}", c[3])
        for c in first
    )


def in_title_case(name: str) -> str:
    """Write a name in capitals as it is written in a sentence.

    Examples
    --------
    >>> in_title_case("BIRMINGHAM WOMEN'S AND CHILDREN'S NHS FOUNDATION TRUST")
    "Birmingham Women's and Children's NHS Foundation Trust"
    """
    words = []
    for at, word in enumerate(tidy(name).split(" ")):
        small = word.casefold()
        if small == "nhs":
            words.append("NHS")
        elif at and small in SMALL_WORDS:
            words.append(small)
        else:
            words.append(
                "-".join(part[:1].upper() + part[1:].casefold() for part in word.split("-"))
            )
    return " ".join(words)


def _date(written: str) -> pd.Timestamp | None:
    found = pd.to_datetime(written, format="%Y%m%d", errors="coerce")
    return None if pd.isna(found) else pd.Timestamp(found)


def _file_date(source: Source, date: pd.Timestamp | None) -> pd.Timestamp:
    found = date if date is not None else date_in_name(source.name)
    if found is None:
        raise DataError(
            source.name, "has no date in its name", remedy="Give the date of the file with --date"
        )
    return found


def read_trusts(
    source: Source,
    *,
    current: pd.DataFrame,
    known_codes: Collection[str] = (),
    date: pd.Timestamp | None = None,
    progress: Progress = silent,
) -> Reading:
    """Read the trusts with their regions.

    Parameters
    ----------
    source : Source
        The file.
    current : DataFrame
        The trusts table until now: type and specialism, which the file does not hold, and
        trusts the file no longer has, are taken from it.
    known_codes : collection of str
        Codes of trusts that do not have three letters or digits (G6V2S).
    date : Timestamp, optional
        Date of the file; from its name where none is given.
    progress : callable
        Told the step, the rows done and the rows there are.

    Returns
    -------
    Reading
        In the shape of trusts.

    Raises
    ------
    DataError
        When a row has not 27 cells, or the file has no date.
    """
    day, excluded = _file_date(source, date), Exclusions()
    before = current.set_index("org_code")
    rows: dict[str, dict[str, object]] = {}
    sites = read = 0
    for number, cells in lines(source):
        read += 1
        if len(cells) != WIDTH:
            raise DataError(
                source.name,
                f"must have {WIDTH} cells; it has {len(cells)}",
                row=number,
                remedy="The file may be cut off; download it again",
            )
        code = whole_code(cells[0])
        place = f"{code} (row {number})"
        if not code:
            excluded.add("rows have no code", place.strip())
        elif len(code) != 3 and code not in known_codes:
            sites += 1
        elif cells[2].startswith("W"):
            excluded.add("trusts are in Wales", f"{code} {in_title_case(cells[1])}")
        elif cells[2] not in REGIONS:
            excluded.add(f"trusts have the unknown region {cells[2]!r}", place)
        elif is_formula(cells[1]):
            excluded.add("names are text a spreadsheet would run as a formula", place)
        elif code in rows:
            excluded.add("trusts appear twice", place)
        elif (opened := _date(cells[10])) is None or (cells[11] and _date(cells[11]) is None):
            excluded.add("trusts have a date that is not YYYYMMDD", place)
        else:
            name = in_title_case(cells[1])
            known = code in before.index
            if known and str(before.loc[code, "org_name"]).casefold() == name.casefold():
                name = str(before.loc[code, "org_name"])
            postcode = tidy(cells[9]).upper()
            rows[code] = {
                "org_code": code,
                "org_name": name,
                "trust_type": before.loc[code, "trust_type"] if known else None,
                "specialist": before.loc[code, "specialist"] if known else None,
                "region": REGIONS[cells[2]],
                "postcode": postcode if re.match(POSTCODE, postcode) else None,
                "open_date": opened,
                "close_date": _date(cells[11]) if cells[11] else None,
            }
    progress("reading organisations", read, read)
    if not rows:
        raise DataError(source.name, "has no English trust", column="code")
    kept = current[~current["org_code"].isin(rows)]
    frame = pd.concat([pd.DataFrame(rows.values()).astype(current.dtypes), kept])
    new = [code for code in rows if code not in before.index]
    recognised = [
        f"{source.name}: ODS trust file as at {day.date()}",
        f"{read:,} rows: {len(rows):,} English trusts with their regions, {sites:,} sites",
    ]
    if len(kept):
        recognised.append(
            f"{len(kept):,} trusts of the table are not in the file and stay as they were: "
            + ", ".join(kept["org_code"].head(8))
        )
    if new:
        recognised.append(
            f"{len(new):,} trusts are new to the table and have no type yet: "
            + ", ".join(f"{c} {rows[c]['org_name']}" for c in new[:8])
        )
    return Reading(
        kind=TRUSTS_KIND,
        table=TRUSTS_TABLE,
        frame=frame.sort_values("org_code").reset_index(drop=True),
        files=(source.name,),
        sha256=(source.sha256,),
        publisher=PUBLISHER,
        date=day.date().isoformat(),
        recognised=tuple(recognised),
        excluded=excluded,
    )


def read_successions(
    source: Source,
    *,
    current: pd.DataFrame,
    names: pd.Series,
    date: pd.Timestamp | None = None,
    progress: Progress = silent,
) -> Reading:
    """Read which trust succeeded which.

    Parameters
    ----------
    source : Source
        The file.
    current : DataFrame
        The succession table until now; the file's rows are added to it, and replace its.
    names : Series of str
        Names of trusts by code, where known.
    date : Timestamp, optional
        Date of the file; from its name, or else of its last succession.
    progress : callable
        Told the step, the rows done and the rows there are.

    Returns
    -------
    Reading
        In the shape of trust_successions.

    Raises
    ------
    DataError
        When the file holds no succession of a trust.
    """
    excluded = Exclusions()
    found: dict[str, list[tuple[pd.Timestamp, str]]] = {}
    read = 0
    for number, cells in lines(source):
        read += 1
        code = whole_code(cells[0])
        place = f"{code} (row {number})"
        successor = whole_code(cells[1]) if len(cells) > 1 else ""
        day = _date(cells[3]) if len(cells) > 3 else None
        if not re.fullmatch(r"[RT][A-Z0-9]{2}", code):
            excluded.add("rows are not of a trust", place)
        elif day is None or not re.fullmatch(r"[A-Z0-9]{3,6}", successor):
            excluded.add("rows have no successor or no date as YYYYMMDD", place)
        elif successor == code:
            excluded.add("rows name the trust itself as its successor", place)
        else:
            found.setdefault(code, []).append((day, successor))
    progress("reading successions", read, read)
    if not found:
        raise DataError(source.name, "holds no succession of a trust", column="code")
    old = current.set_index("org_code")
    label_of = {**dict(zip(current["successor_code"], current["successor_name"], strict=True))}
    label_of |= {**dict(zip(current["org_code"], current["org_name"], strict=True)), **names}
    rows = []
    for code, steps in found.items():
        share = "part" if len({s for _, s in steps}) > 1 else "whole"
        # Of a divided trust the table keeps one successor: the one already known, else the first.
        wanted = str(old.loc[code, "successor_code"]) if code in old.index else ""
        effective, successor = next((s for s in sorted(steps) if s[1] == wanted), sorted(steps)[0])
        rows.append(
            {
                "org_code": code,
                "org_name": label_of.get(code, code),
                "successor_code": successor,
                "successor_name": label_of.get(successor, successor),
                "effective_date": effective,
                "share": share,
                "source_title": f"ODS succession file {source.name}",
                "source_url": f"{RECORD}{code}",
                "note": None,
            }
        )
    new = pd.DataFrame(rows).astype(current.dtypes)
    kept = current[~current["org_code"].isin(found)]
    frame = pd.concat([kept, new]).sort_values(["effective_date", "org_code"])
    last = date if date is not None else date_in_name(source.name)
    last = new["effective_date"].max() if last is None else last
    return Reading(
        kind=SUCCESSIONS_KIND,
        table=SUCCESSIONS_TABLE,
        frame=frame.reset_index(drop=True),
        files=(source.name,),
        sha256=(source.sha256,),
        publisher=PUBLISHER,
        date=pd.Timestamp(last).date().isoformat(),
        recognised=(
            f"{source.name}: ODS successions",
            f"{read:,} rows, {len(found):,} trusts; {len(kept):,} of the table kept beside them",
        ),
        excluded=excluded,
    )
