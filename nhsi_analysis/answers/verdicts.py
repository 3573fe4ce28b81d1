"""Verdicts on claims and grades of evidence: one meaning of each word in every report.

A claim is *checked* where it was recomputed from data or where a second, independent source gives
its number. Anything else can refute it, but not bear it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

Interval = tuple[float, float]


class Verdict(StrEnum):
    """What the evidence says of a claim.

    Attributes
    ----------
    HOLDS
        The number found, from data or from an independent source, is one that the claim can stand
        for as it is written.
    ROUNDING
        The number found differs, but the range that the rounding of published figures leaves for
        it meets what the claim can stand for.
    PARTLY
        Evidence bears out a part of the claim, which the reason names, and not the rest.
    FAILS
        The same quantity lies elsewhere, whichever reasonable way of counting is taken; or the
        claim is impossible, or its own source contradicts it.
    UNTOLD
        Nothing independent is published, what is published is another quantity, or the answer
        hangs on a choice or a gap in the data.
    """

    HOLDS = "holds"
    ROUNDING = "holds within rounding"
    PARTLY = "partly holds"
    FAILS = "doesn't hold"
    UNTOLD = "can't be told"


class Grade(StrEnum):
    """What a claim was held against, from the best evidence to none.

    Attributes
    ----------
    DATA
        Recomputed from records, or from totals that don't themselves state the claim.
    SECOND
        A figure of a publisher of another family states the claim's number.
    ARITHMETIC
        Numbers of one source add up.
    QUOTED
        A page repeats what the claim's own source said.
    NOTHING
        No figure was found; the claim is at most within bounds.
    """

    DATA = "recomputed from data"
    SECOND = "a second, independent source"
    ARITHMETIC = "arithmetic within one source"
    QUOTED = "the same source quoted again"
    NOTHING = "nothing found"

    @property
    def checked(self) -> bool:
        """Tell whether evidence of this grade can bear a claim out."""
        return self in (Grade.DATA, Grade.SECOND)


FAMILIES: Final = {
    "NHS Improvement and its forerunners": r"NHS Improvement|\bMonitor\b|NHS TDA|Trust Development",
    "the Care Quality Commission": r"\bCQC\b|Care Quality Commission",
    "the Department of Health and Parliament": r"Department of Health|\bDHS?C?\b|Parliament"
    r"|House of Commons|Hansard|TheyWorkForYou",
    "the National Audit Office": r"National Audit Office",
    "NHS England": r"^NHS England\b",
    "NHS Digital": r"NHS Digital",
    "researchers": r"\bBMC\b|PubMed|King's Fund|Nuffield|Health Foundation|Health Economics",
}
"""Publishers with figures of their own, by family: the first pattern found in a name counts.

The press, trade bodies, law firms, campaigns, blogs, an encyclopaedia, and trusts that tell of
their place in a league, are of no family: they repeat what one of these has announced.
"""


def family(source: str) -> str:
    """Return the family a publisher or a document belongs to; empty for one that repeats others.

    Examples
    --------
    >>> family("NHS Improvement (via docslib)"), family("HSJ")
    ('NHS Improvement and its forerunners', '')
    """
    return next((name for name, held in FAMILIES.items() if re.search(held, source)), "")


def independent(source: str, publishers: Iterable[str]) -> bool:
    """Tell whether one of several publishers has its figures from elsewhere than a document.

    Parameters
    ----------
    source : str
        Document that makes the claim.
    publishers : iterable of str
        Publishers of the evidence.

    Examples
    --------
    >>> independent("NHS Improvement: 2017/18 highlights", ["HSJ", "National Audit Office"])
    True
    """
    return any(family(p) not in ("", family(source)) for p in publishers)


def judge(claimed: Interval, value: float, ends: Interval) -> Verdict:
    """Hold a number and its range against what a claim can stand for.

    Parameters
    ----------
    claimed : tuple of float
        Lowest and highest number that the claim can stand for as written.
    value : float
        The number found.
    ends : tuple of float
        What rounding leaves for it.

    Examples
    --------
    >>> str(judge((515, 525), 535, (450, 600))), str(judge((3.65, 3.75), 4.6, (4.4, 4.9)))
    ('holds within rounding', "doesn't hold")
    """
    tiny = 1e-9 * max(1.0, *map(abs, claimed))
    if claimed[0] - tiny <= value <= claimed[1] + tiny:
        return Verdict.HOLDS
    meets = claimed[0] <= ends[1] + tiny and ends[0] <= claimed[1] + tiny
    return Verdict.ROUNDING if meets else Verdict.FAILS
