"""Organisation Data Service files: trusts and their sites (27 columns), and successions (5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice
from typing import Final

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.errors import DataError
from nhsi_analysis.ingest.kinds import Found, Job, Kind
from nhsi_analysis.ingest.reading import FORMULA_NAME, is_formula, known_codes, tidy, whole_code
from nhsi_analysis.ingest.sources import Source
from nhsi_analysis.ingest.text import lines
from nhsi_analysis.schemas.vocabulary import POSTCODE

PUBLISHER: Final = "NHS England (Organisation Data Service)"
WIDTH: Final = 27
CODE: Final = re.compile(r"[A-Z0-9]{3,6}")
REGION: Final = re.compile(r"^[YW]\d\d$")
# Four regions until 2019; since then seven, which nest in them.
REGION_OF: Final = {
    code: region
    for region, codes in {
        "North": ("Y54", "Y62", "Y63"),
        "Midlands and East": ("Y55", "Y60", "Y61"),
        "London": ("Y56",),
        "South": ("Y57", "Y58", "Y59"),
    }.items()
    for code in codes
}
WELSH: Final = re.compile(r"^(?:RQF|RT4|RYT)\b|\b(?:Wales|Welsh)\b")
SMALL_WORDS: Final = {"and", "of", "the", "for", "on", "upon", "in"}
RECORD: Final = "https://directory.spineservices.nhs.uk/ORD/2-0-0/organisations/"


def _fits_trusts(source: Source) -> bool:
    """Say whether the first rows are trusts; some in Wales, where they have no region any more."""
    return _first_rows(
        source,
        lambda c: (
            len(c) == WIDTH
            and bool(CODE.fullmatch(c[0]))
            and (not c[2] or bool(REGION.match(c[2])))
        ),
    )


def _fits_successions(source: Source) -> bool:
    return _first_rows(
        source,
        lambda c: (
            len(c) in (4, 5) and bool(CODE.fullmatch(c[1])) and bool(re.fullmatch(r"\d{8}", c[3]))
        ),
    )


def _first_rows(source: Source, fit: Callable[[list[str]], bool]) -> bool:
    first = [fit(cells) for _, cells in islice(lines(source), 20)]
    return bool(first) and all(first)


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


def _read_trusts(job: Job) -> Found:
    """Read the trusts with their regions.

    Type and specialism, which the file does not hold, and trusts the file no longer has are taken
    from the table until now. A site's code begins with its trust's; a longer code that does not is
    that of a new trust (G6V2S) if it is called one.
    """
    source, excluded, known = job.source, job.excluded, known_codes()
    current, day = datasets.load("trusts"), job.day()
    before = current.set_index("org_code")
    rows: dict[str, dict[str, object]] = {}
    everyone = [(number, whole_code(cells[0]), cells) for number, cells in lines(source)]
    trusts = known | {code for _, code, _ in everyone if len(code) == 3}
    for number, code, cells in everyone:
        if len(cells) != WIDTH:
            raise DataError(
                source.name,
                f"must have {WIDTH} cells; it has {len(cells)}",
                row=number,
                remedy="The file may be cut off; download it again",
            )
        name, place = in_title_case(cells[1]), f"{code} (row {number})"
        if not code:
            excluded.add("rows have no code", place.strip())
        elif code not in trusts and any(code[:n] in trusts for n in range(3, len(code))):
            excluded.add("rows are of sites of trusts", place)
        elif code not in trusts and not name.endswith("Trust"):
            excluded.add("rows are of others than trusts", place)
        elif cells[2].startswith("W") or (not cells[2] and WELSH.search(f"{code} {name}")):
            excluded.add("trusts are in Wales", f"{code} {name}")
        elif not cells[2]:
            excluded.add("trusts have no region", place)
        elif cells[2] not in REGION_OF:
            excluded.add(f"trusts have the unknown region {cells[2]!r}", place)
        elif is_formula(cells[1]):
            excluded.add(FORMULA_NAME, place)
        elif code in rows:
            excluded.add("trusts appear twice", place)
        elif (opened := _date(cells[10])) is None or (cells[11] and _date(cells[11]) is None):
            excluded.add("trusts have a date that is not YYYYMMDD", place)
        else:
            old = code in before.index
            if old and str(before.loc[code, "org_name"]).casefold() == name.casefold():
                name = str(before.loc[code, "org_name"])
            postcode = tidy(cells[9]).upper()
            rows[code] = {
                "org_code": code,
                "org_name": name,
                "trust_type": before.loc[code, "trust_type"] if old else None,
                "specialist": before.loc[code, "specialist"] if old else None,
                "region": REGION_OF[cells[2]],
                "postcode": postcode if re.match(POSTCODE, postcode) else None,
                "open_date": opened,
                "close_date": _date(cells[11]) if cells[11] else None,
            }
    job.progress("reading organisations", len(everyone), len(everyone))
    if not rows:
        raise DataError(source.name, "has no English trust", column="code")
    kept = current[~current["org_code"].isin(rows)]
    frame = pd.concat([pd.DataFrame(rows.values()).astype(current.dtypes), kept])
    new = [code for code in rows if code not in before.index]
    recognised = [
        f"ODS trust file as at {day.date()}",
        f"{len(everyone):,} rows: {len(rows):,} English trusts with their regions",
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
    return Found(frame.sort_values("org_code"), day, tuple(recognised))


def _read_successions(job: Job) -> Found:
    """Read which trust succeeded which: the file's rows are added to the table, or replace its.

    A file without a date is as at its last succession.
    """
    excluded, current = job.excluded, datasets.load("trust_successions")
    names = datasets.load("trusts").set_index("org_code")["org_name"]
    found: dict[str, list[tuple[pd.Timestamp, str]]] = {}
    read = 0
    for number, cells in lines(job.source):
        read += 1
        code = whole_code(cells[0])
        place = f"{code} (row {number})"
        successor = whole_code(cells[1]) if len(cells) > 1 else ""
        day = _date(cells[3]) if len(cells) > 3 else None
        if not re.fullmatch(r"[RT][A-Z0-9]{2}", code):
            excluded.add("rows are not of a trust", place)
        elif day is None or not CODE.fullmatch(successor):
            excluded.add("rows have no successor or no date as YYYYMMDD", place)
        elif successor == code:
            excluded.add("rows name the trust itself as its successor", place)
        else:
            found.setdefault(code, []).append((day, successor))
    job.progress("reading successions", read, read)
    if not found:
        raise DataError(job.source.name, "holds no succession of a trust", column="code")
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
                "source_title": f"ODS succession file {job.source.name}",
                "source_url": f"{RECORD}{code}",
                "note": None,
            }
        )
    new = pd.DataFrame(rows).astype(current.dtypes)
    kept = current[~current["org_code"].isin(found)]
    frame = pd.concat([kept, new]).sort_values(["effective_date", "org_code"])
    last = job.dated()
    return Found(
        frame,
        new["effective_date"].max() if last is None else last,
        (
            "ODS successions",
            f"{read:,} rows, {len(found):,} trusts; {len(kept):,} of the table kept beside them",
        ),
    )


TRUSTS: Final = Kind(
    name="ods-trusts",
    table="trusts",
    publisher=PUBLISHER,
    looks_for="text of 27 columns without a header: code, name, region (Y54 …)",
    workbook=False,
    fits=_fits_trusts,
    reader=_read_trusts,
)
SUCCESSIONS: Final = Kind(
    name="ods-successions",
    table="trust_successions",
    publisher=PUBLISHER,
    looks_for="text of 5 columns without a header: code, successor's code, reason, date as "
    "YYYYMMDD",
    workbook=False,
    fits=_fits_successions,
    reader=_read_successions,
)
