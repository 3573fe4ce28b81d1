"""What reading a publisher's file gives: a table, and an account of what was left out."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import numpy as np
import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.errors import DataError

SHOWN: Final = 5
# Format and control characters: they part two codes that a reader can't tell from each other.
INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e"
    "\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]+"
)
# Commas part thousands, or else a decimal comma would multiply a number by ten.
NUMBER: Final = re.compile(
    r"[+-]?(?:[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?|\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
)
# A spreadsheet's ways to keep a number as text: ="007" and '007.
TEXT_MARK: Final = re.compile(r"=\s*\"([^\"]*)\"|'([^']*)'?")
# A cell that starts so would be run as a formula by a spreadsheet that opens our downloads.
FORMULA: Final = re.compile(r"^\s*(?:[=@\t\r]|[+-](?![0-9.\s]|$))")
# A date that lost its format is left as days since 30 December 1899: here from 2010 to 2064.
SERIAL_START: Final = pd.Timestamp("1899-12-30")
SERIAL_DAYS: Final = (40_179, 60_000)
DATE_FORMS: Final = ("%d/%m/%Y", "%Y-%m-%d", "%d %B %Y", "%d %b %Y", "%d-%b-%Y", "%d-%m-%Y")


def listed(words: str) -> frozenset[str]:
    """Return words, or names of several, that a comma parts."""
    return frozenset(words.split(", "))


# By these words a row says that it sums up many organisations.
SUMMARIES: Final = listed(
    "average, averages, avg, maximum, mean, means, median, minimum, overall, percentile, quartile, "
    "subtotal, subtotals, sum, total, totals"
)
NATION: Final = listed("eng, england, national")
GROUPS: Final = NATION | listed(
    "acute, ambulance, and, community, foundation, health, hospitals, in, mental, nhs, of, "
    "organisations, other, providers, regions, sites, specialist, the, trusts, types, units"
)
REGION_NAMES: Final = listed(
    "east, east midlands, east of england, london, midlands, midlands and east, north, north east, "
    "north east and yorkshire, north west, south, south central, south east, south west, "
    "west midlands, yorkshire and humber, yorkshire and the humber"
)
NATION_CODE: Final = re.compile(r"E92\d{6}")
REGION_CODE: Final = re.compile(r"Y\d{2}|E(?:12|40)\d{6}")
MONTHS: Final = (
    "january february march april may june july august september october november december"
)

TRUST_CODE: Final = re.compile(r"^[RT][A-Z0-9]{2}$")
FORMULA_NAME: Final = "names are text a spreadsheet would run as a formula"

Progress = Callable[[str, int, int], None]


def silent(step: str, done: int, total: int) -> None:
    """Show no progress."""


@dataclass
class Exclusions:
    """What was left out, counted by reason, with the first few named."""

    counts: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, reason: str, example: str) -> None:
        """Count one row or item, and keep its name if it is among the first."""
        self.counts[reason] = self.counts.get(reason, 0) + 1
        named = self.examples.setdefault(reason, [])
        if len(named) < SHOWN and example not in named:
            named.append(example)

    @property
    def total(self) -> int:
        """How many were left out."""
        return sum(self.counts.values())

    def lines(self) -> list[str]:
        """Return one line a reason, the most frequent first."""
        lines = []
        for reason, count in sorted(self.counts.items(), key=lambda item: -item[1]):
            named = self.examples[reason]
            more = ", …" if count > len(named) else ""
            lines.append(f"{count:,} {reason}: {', '.join(named)}{more}")
        return lines


@dataclass(frozen=True)
class Reading:
    """A publisher's file, read.

    Parameters
    ----------
    kind : str
        Kind of file: "cqc-ratings" and so on.
    table : str
        Name of the table it feeds.
    frame : DataFrame
        Its rows, in the shape of that table.
    files : tuple of str
        Names of the files.
    sha256 : tuple of str
        Their checksums.
    publisher : str
        Who published them.
    date : str
        What the data are as at, an ISO date.
    recognised : tuple of str
        What was found where, a line each.
    excluded : Exclusions
        What was left out and why.
    replaces : tuple of str
        Columns by which it replaces rows of the table until now, so that a history grows; empty
        where the frame is the whole table.
    """

    kind: str
    table: str
    frame: pd.DataFrame
    files: tuple[str, ...]
    sha256: tuple[str, ...]
    publisher: str
    date: str
    recognised: tuple[str, ...]
    excluded: Exclusions
    replaces: tuple[str, ...] = ()

    def summary(self) -> list[str]:
        """Return the account a person reads: what was recognised and what was left out."""
        left_out = self.excluded.lines()
        return [
            *self.recognised,
            f"{len(self.frame):,} rows for the table {self.table}",
            *([f"left out: {line}" for line in left_out] or ["nothing left out"]),
        ]


def is_formula(cell: object) -> bool:
    """Say whether a spreadsheet would run the text of a cell as a formula."""
    return isinstance(cell, str) and bool(FORMULA.match(cell))


def tidy(cell: object) -> str:
    """Return the text of a cell, with single spaces and nothing invisible."""
    written = str(cell)
    # Most cells are tidy, and a workbook may have millions: text that can be printed holds nothing
    # invisible, and of white space only the space.
    if not written.isprintable() or "  " in written:
        written = re.sub(r"\s+", " ", INVISIBLE.sub("", written))
    return written.strip()


def label(cell: object) -> str:
    """Reduce a heading to what matters: small letters, single spaces, no question mark."""
    return tidy(cell).rstrip("?").strip().casefold()


def heading(cell: object) -> str:
    """Reduce a heading to its letters, digits and signs, for publishers change the spaces.

    Examples
    --------
    >>> heading("Organisation Name") == heading("OrganisationName") == heading("organisation_name")
    True
    """
    return re.sub(r"[\s_]", "", label(cell))


def whole_code(cell: object) -> str:
    """Return an organisation code as text, freed of what a spreadsheet made of it.

    One may have taken 5E1 or 007 for a number, or been told ="007" or '007 not to.

    Examples
    --------
    >>> whole_code(7.0), whole_code(" rr8 "), whole_code('="007"'), whole_code("'007")
    ('7', 'RR8', '007', '007')
    """
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    code = tidy(cell).upper()
    quoted = TEXT_MARK.fullmatch(code)
    return (quoted[1] or quoted[2]).strip() if quoted else code


def _words(cell: object) -> list[str]:
    return re.findall("[a-z]+", tidy(cell).casefold())


def is_total(cell: object) -> bool:
    """Say whether a code or name is that of a sum or average, or of England.

    Examples
    --------
    >>> [is_total(t) for t in ("Sub-total:", "England\N{SUPERSCRIPT ONE}", "All NHS trusts", "ENG")]
    [True, True, True, True]
    >>> [is_total(t) for t in ("All Saints Hospital", "RR8", "East of England Ambulance Service")]
    [False, False, False]
    """
    words = _words(cell)
    if not words:
        return False
    return (
        not SUMMARIES.isdisjoint(words)
        or (words[0] == "all" and GROUPS.issuperset(words[1:]))
        or (GROUPS.issuperset(words) and not NATION.isdisjoint(words))
        or bool(NATION_CODE.fullmatch(tidy(cell).upper()))
    )


def is_region(cell: object) -> bool:
    """Say whether a code or name is that of a region of England.

    Examples
    --------
    >>> [is_region(t) for t in ("Y56", "NHS North West", "London region", "North Bristol")]
    [True, True, True, False]
    """
    name = " ".join(word for word in _words(cell) if word not in ("nhs", "region"))
    return name in REGION_NAMES or bool(REGION_CODE.fullmatch(tidy(cell).upper()))


def known_codes() -> set[str]:
    """Return the codes of trusts and successors that the project's tables have."""
    successions = datasets.load("trust_successions")
    return {
        *datasets.load("trusts")["org_code"],
        *successions["org_code"],
        *successions["successor_code"],
    }


def to_date(cell: object) -> pd.Timestamp | None:
    """Return the date of a cell, or None where it is none.

    It may be a date, a spreadsheet's day number, or text such as 03/09/2018 (day first), 2018-09-03
    or 3 September 2018.
    """
    if isinstance(cell, dt.datetime):
        return pd.Timestamp(cell).normalize()
    if isinstance(cell, dt.date):
        return pd.Timestamp(cell)
    if isinstance(cell, float) and SERIAL_DAYS[0] <= cell <= SERIAL_DAYS[1]:
        return SERIAL_START + pd.Timedelta(days=int(cell))
    return _from_text(tidy(cell))


@lru_cache(maxsize=4096)
def _from_text(written: str) -> pd.Timestamp | None:
    written = re.sub(r"[ T]00:00(:00(\.0+)?)?$", "", written)
    for form in DATE_FORMS:
        try:
            return pd.Timestamp(dt.datetime.strptime(written, form))
        except ValueError:
            continue
    return None


def to_number(cell: object) -> float | None:
    """Return the number of a cell, or None where it is none (suppressed, blank, text, infinite).

    Examples
    --------
    >>> to_number("1,045"), to_number("61.2%"), to_number("61,2")
    (1045.0, 61.2, None)
    """
    if isinstance(cell, bool):
        return None
    if not isinstance(cell, int | float):
        written = tidy(cell).removesuffix("%").rstrip().removeprefix("£").lstrip()
        if not NUMBER.fullmatch(written):
            return None
        cell = written.replace(",", "")
    number = float(cell)
    return number if math.isfinite(number) else None


def odd_scale(values: np.ndarray) -> int | None:
    """Find a percentage among shares, or a share among percentages.

    Returns the position of the first value on another scale than most; None where one scale fits
    all. NaN is left aside, and 0 and 1 fit both.

    Examples
    --------
    >>> odd_scale(np.array([0.5, 52.0, 0.69])), odd_scale(np.array([0.1, 0.3, 1.0]))
    (1, None)
    """
    share, percent = (values > 0) & (values < 1), values > 1
    if not (share.any() and percent.any()):
        return None
    return int(np.argmax(share if share.sum() < percent.sum() else percent))


def in_percent(shares: pd.Series, file: str) -> pd.Series:
    """Return shares of people as percentages, whichever of the two a workbook holds.

    Parameters
    ----------
    shares : Series
        Indexed by what each is of.
    file : str
        Name of the file, for an error.

    Raises
    ------
    DataError
        When one is on another scale than the others, or they fit both.
    """
    values = shares.to_numpy(dtype=float)
    odd = odd_scale(values)
    if odd is not None:
        *of, item = map(str, shares.index[odd])
        raise DataError(
            file,
            f"{item} of {', '.join(of)} must be on the scale of the other results, which are "
            + ("shares of 1" if values[odd] > 1 else "percentages"),
            column=item,
            value=float(values[odd]),
            remedy="Correct the cell or give it the others' format",
        )
    if np.isin(values, (0, 1)).all():
        raise DataError(file, "results of 0 and 1 alone may be shares of 1 or percentages")
    return shares * 100 if values.max() <= 1 else shares


def date_in_name(name: str) -> pd.Timestamp | None:
    """Return the date a file's name holds: 2018-09-03, 01_September_2026, September-2026, 2018-09.

    The first of the month where the name has no day; None where it has no date.

    Examples
    --------
    >>> date_in_name("01_September_2026_Latest_ratings.ods")
    Timestamp('2026-09-01 00:00:00')
    """
    found = re.search(r"(20\d{2})[-_. ]?(\d{2})[-_. ]?(\d{2})", name)
    if found:
        return _day(int(found[1]), int(found[2]), int(found[3]))
    words = MONTHS.split()
    stems = "|".join(f"{word[:3]}(?:{word[3:]})?" if len(word) > 3 else word for word in words)
    found = re.search(
        rf"(?:(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?[-_. ]*)?({stems})[-_. ]*(20\d{{2}})",
        name.lower(),
    )
    if found:
        month = [word[:3] for word in words].index(found[2][:3]) + 1
        return _day(int(found[3]), month, int(found[1] or 1))
    found = re.search(r"(?<!\d)(\d{2})[-_. ](\d{2})[-_. ](20\d{2})", name)
    if found:
        return _day(int(found[3]), int(found[2]), int(found[1]))
    found = re.search(r"(?<!\d)(20\d{2})[-_. ](\d{2})(?![-_. ]?\d)", name)
    return _day(int(found[1]), int(found[2]), 1) if found else None


def _day(year: int, month: int, day: int) -> pd.Timestamp | None:
    try:
        return pd.Timestamp(dt.date(year, month, day))
    except ValueError:
        return None
