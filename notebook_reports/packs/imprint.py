"""Who speaks on a page: publisher, contact, status, quarter, next update; and its short title."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from html import escape
from typing import Any, Final
from urllib.parse import quote

from notebook_reports.evidence import words

LONGEST_TITLE = 70
"""Characters of a page's title that lists of tabs, bookmarks and results show."""


@dataclass(frozen=True, slots=True)
class Imprint:
    """Who speaks, to whom questions go, and of when the pages are; empty where nobody said.

    Parameters
    ----------
    publisher : str
        Who makes the pack.
    standing : str
        What the publisher is to those it writes about: "Independent of the NHS".
    contact : str
        Where questions go, in words; addresses in it become links.
    status : str
        "draft" or "published".
    quarter : str
        The quarter that the pack is of: "Quarter 3 of 2018/19".
    next_update : str
        When the next one comes.
    """

    publisher: str = ""
    standing: str = ""
    contact: str = ""
    status: str = "draft"
    quarter: str = ""
    next_update: str = ""

    def to_dict(self) -> dict[str, str]:
        """Return it as a manifest keeps it, whose ``status`` is the run's: here ``publication``."""
        found = asdict(self)
        return {"publication": found.pop("status"), **found}

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> Imprint:
        """Read it from a manifest; one that was written before imprints has none."""
        names = [name for name in asdict(cls()) if name != "status"]
        said = {name: str(manifest.get(name) or "") for name in names}
        return cls(status=str(manifest.get("publication") or "draft"), **said)


NOBODY: Final = Imprint()
"""Of a page that nobody signs: a draft."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another page of the pack.

    Parameters
    ----------
    relation : str
        "Previous report", "Next report" or "All reports".
    href : str
        Way to it.
    title : str
        What it is called.
    """

    relation: str
    href: str
    title: str


_ADDRESS = r"https://[^\s<>\"]*[^\s<>\".,;:)]"
_EMAIL = r"\w[\w.+'-]*@[\w-]+(?:\.[\w-]+)+"
_TELEPHONE = r"\+?\d[\d ()-]{7,}\d"
_REACHES = re.compile(f"{_ADDRESS}|{_EMAIL}|{_TELEPHONE}")
_LINKED = re.compile(f"({_ADDRESS}|{_EMAIL})")


def reachable(contact: str) -> bool:
    """Return whether a contact holds an e-mail or web address, or a telephone number."""
    return _REACHES.search(contact) is not None


def contact_html(contact: str, about: str) -> str:
    """Write a contact with its addresses as links.

    Parameters
    ----------
    contact : str
        Plain text.
    about : str
        Subject of an e-mail: which page, which version.
    """

    def link(address: str) -> str:
        is_page = address.startswith("https://")
        href = address if is_page else f"mailto:{quote(address, safe='@')}?subject={quote(about)}"
        return f'<a href="{escape(href)}">{escape(address)}</a>'

    parts = _LINKED.split(contact)
    return "".join(link(part) if odd % 2 else escape(part) for odd, part in enumerate(parts))


def version_line(name: str, version: str, commit: str, made: str) -> str:
    """Say in one line what made a page and when.

    Parameters
    ----------
    name, version : str
        Of the code.
    commit : str
        Of the checkout, with "+" where files differ from it; empty where none is known.
    made : str
        Day as ISO text.

    Examples
    --------
    >>> version_line("suite", "1.2", "0a1b2c3+", "2026-11-26")
    'suite 1.2, commit 0a1b2c3 with uncommitted changes, made on 26 November 2026'
    """
    whole = commit.replace("+", " with uncommitted changes")
    parts = [f"{name} {version}", f"commit {whole}" if commit else "", f"made on {in_words(made)}"]
    return ", ".join(part for part in parts if part)


def in_words(day: str) -> str:
    """Write an ISO date for a reader; any other text stays as it is."""
    try:
        return words.day(date.fromisoformat(day[:10] if "T" in day else day))
    except ValueError:
        return day


_MONTHS = (
    "January|February|March|April|May|June|July|August|September|October|November|December|"
    "[Ss]pring|[Ss]ummer|[Aa]utumn|[Ww]inter"
)
_DAY = re.compile(rf"\b(?:(?:\d{{1,2}} )?(?:{_MONTHS}) )?(?:19|20)\d\d(?:/\d\d)?\b")


def first_day(as_at: str) -> str:
    """Return the first date that a report's "as at" names, or nothing.

    Examples
    --------
    >>> first_day("1 March 2019, the newest list of ratings; accounts to 2023/24")
    '1 March 2019'
    >>> first_day("The survey of autumn 2016")
    'autumn 2016'
    """
    found = _DAY.search(as_at)
    return found[0] if found else ""


def short_title(*parts: str) -> str:
    """Return a title that is shown whole: the first part, and of the others those that fit.

    Parameters
    ----------
    *parts : str
        The most telling first; one that is too long by itself ends after a clause or a word.

    Examples
    --------
    >>> short_title("What moved?", "A pack")
    'What moved? – A pack'
    >>> short_title("Could networks of laboratories save what was asked, and where would they go?")
    'Could networks of laboratories save what was asked?'
    """
    title = parts[0] if len(parts[0]) <= LONGEST_TITLE else _cut(parts[0])
    for part in parts[1:]:
        if part and len(longer := f"{title} – {part}") <= LONGEST_TITLE:
            title = longer
    return title


def _cut(title: str) -> str:
    """End a title after its last clause that fits, or else after a word."""
    head = title[:LONGEST_TITLE]
    clause = max(head.rfind(mark) for mark in (", ", "; ", ": ", " – "))
    if clause >= LONGEST_TITLE // 2:
        return head[:clause] + ("?" if title.endswith("?") else "")
    return f"{head[:-1].rpartition(' ')[0] or head[:-1]}…"
