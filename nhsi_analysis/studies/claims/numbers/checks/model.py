"""Claims, the evidence found on them, and how a verdict follows from the two."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

from nhsi_analysis.answers.judged import Judged
from nhsi_analysis.answers.published import interval
from nhsi_analysis.answers.verdicts import Grade, Interval, Verdict, independent, judge
from notebook_reports.evidence import format_published
from notebook_reports.evidence.words import capital
from policy_methods.results import Result

Which = Literal["value", "comparator"]
"""The number of a claim that is meant: the one claimed, or the one it is compared with."""

Range = Literal["rounding", "bound", "open", "other"]
"""Where a range comes from.

"rounding": what a published number can stand for; "bound": what is possible at all, which can only
refute; "open": what is missing, or reasonable choices, which can refute and leave open, but not
bear out; "other": another quantity, which is told and decides nothing.
"""

_WORST = (Verdict.HOLDS, Verdict.ROUNDING, Verdict.PARTLY, Verdict.UNTOLD, Verdict.FAILS)


@dataclass(frozen=True)
class Claim(Result):
    """One row of the register of claims.

    Parameters
    ----------
    claim_id, topic, entity, measure : str
        What is claimed, of whom.
    value, unit, period, kind : float, str, str, str
        As in the register; the unit may hold a qualifier, such as "per cent (almost)".
    comparator, comparator_value, source : str, float, str
        What the second number is, and the number, if there is one; document that makes the claim.
    """

    claim_id: str
    topic: str
    entity: str
    measure: str
    value: float
    unit: str
    period: str
    kind: str
    comparator: str
    comparator_value: float
    source: str

    @property
    def statement(self) -> str:
        """The claim in words: "Tests performed a year, England: 1.12 billion tests (2017)"."""
        # "18 trusts" of "18 trusts" says nothing, nor "good" of "trusts rated good"
        told = re.match(r"\d|(one|first|boundary)\b", self.entity) or self.entity in self.measure
        what = self.measure if told else f"{self.measure}, {self.entity}"
        bare, _, qualifier = self.unit.partition(" (")
        # "trusts ranked: 230", not "230 trusts"
        number = bare.removesuffix(last) if (last := bare.split()[-1]) in self.measure else bare
        shown = written(self.value, f"{number} ({qualifier}" if qualifier else number)
        said = f"{capital(what)}: {shown} ({dated(self.period)})"
        if not self.comparator or math.isnan(self.comparator_value):
            return said
        name, _, unit = self.comparator.rstrip(")").partition(" (")
        if not scale_of(unit)[0] and re.match("share|deficit|target by", name):
            unit = self.unit
        return f"{said}; {name}: {written(self.comparator_value, unit)}"

    @property
    def plain_measure(self) -> str:
        """What is measured, without the remark that the number is rounded once more."""
        return self.measure.removesuffix(" (rounded)")

    def reading(self, which: Which) -> float:
        """Return the number claimed or the one it is compared with."""
        return self.value if which == "value" else self.comparator_value

    def range(self, which: Which, tolerance: float = 0.0) -> Interval:
        """Return what the number can stand for: its rounding, and a relative tolerance."""
        value = self.reading(which)
        low, high = interval(value, self.unit if which == "value" else self.unit.partition("(")[0])
        slack = abs(value) * tolerance
        return low - slack, high + slack


@dataclass(frozen=True)
class Evidence(Result):
    """A number found in the data, with its range and how it was found.

    Parameters
    ----------
    value, low, high : float
        The number and its range, in the claim's unit.
    words, publishers : str, tuple of str or None
        What was found, as a sentence without its full stop; who published the figures it rests on,
        None where it was counted from records.
    computed, limits : bool, str
        False where a page states the number; where the range comes from, see :data:`Range`.
    part, against, counts : str
        Part of the claim that it bears out although its range is open: "that the deficit grew";
        the number of the claim it is held against; what a published number counts.
    """

    value: float
    low: float
    high: float
    words: str
    publishers: tuple[str, ...] | None = None
    computed: bool = True
    limits: Range = "rounding"
    part: str = ""
    against: Which = "value"
    counts: str = ""

    def grade(self, claim: Claim) -> Grade:
        """Grade the evidence by where the claim and where its figures come from."""
        if self.publishers is None:
            return Grade.DATA
        known = independent(claim.source, self.publishers)
        if self.computed:
            return Grade.DATA if known else Grade.ARITHMETIC
        return Grade.SECOND if known else Grade.QUOTED

    def verdict(self, claim: Claim, tolerance: float = 0.0) -> Verdict | None:
        """Hold the evidence against the claim; None where it is a bound that the claim keeps."""
        if math.isnan(claim.reading(self.against)):
            return None
        said = judge(claim.range(self.against, tolerance), self.value, (self.low, self.high))
        if said is Verdict.FAILS and self.limits != "other":
            return said
        if self.limits == "bound":
            return None
        if self.limits != "rounding":
            return Verdict.PARTLY if self.part else Verdict.UNTOLD
        return said if self.grade(claim).checked else Verdict.UNTOLD


@dataclass(frozen=True)
class Found(Result):
    """What a checker found on a claim.

    Parameters
    ----------
    evidence : tuple of Evidence
        Judged.
    others : tuple of Evidence
        Other published numbers on the same thing, told where they disagree, but not judged.
    judged : Judged, optional
        The verdict of the function that judges the claim for several reports.
    """

    evidence: tuple[Evidence, ...] = ()
    others: tuple[Evidence, ...] = ()
    judged: Judged | None = None

    def rivals(self, claim: Claim, tolerance: float = 0.0) -> tuple[Evidence, ...]:
        """Return the other numbers that the claim's rounding does not reach."""
        ends = claim.range("value", tolerance)
        return tuple(
            e for e in self.others if judge(ends, e.value, (e.low, e.high)) is Verdict.FAILS
        )

    def conclude(self, claim: Claim, tolerance: float = 0.0) -> Conclusion:
        """Conclude from the best evidence on the number claimed, and from whatever refutes it."""
        if self.judged is not None:
            own, number = self.judged, self.judged.found
            scale = 100 if own.claimed.unit == "share" else 1
            ends = (number.value, number.low or 0, number.high or 0) if number else ()
            return Conclusion(
                own.verdict, own.grade, own.reason, own.part, *(scale * e for e in ends)
            )
        each = [(e, v) for e in self.evidence if (v := e.verdict(claim, tolerance))]
        against = [e for e, v in each if v is Verdict.FAILS]
        grades = [e.grade(claim) for e, _ in each if e.against == "value"]
        if against:
            chosen, verdict = against[:1], Verdict.FAILS
        elif grades:
            best = min(grades, key=list(Grade).index)
            top = [(e, v) for e, v in each if e.grade(claim) is best]
            chosen = sorted((e for e, _ in top), key=lambda e: e.against != "value")
            verdict = max((v for _, v in top), key=_WORST.index)
        else:
            return Conclusion(Verdict.UNTOLD, Grade.NOTHING)
        first = chosen[0]
        reason = "; ".join(dict.fromkeys(e.words for e in chosen))
        part = first.part if verdict is Verdict.PARTLY else ""
        same = first.limits in ("rounding", "open")
        numbers = [first.value, first.low, first.high] if same else []
        return Conclusion(verdict, first.grade(claim), reason, part, *numbers)


@dataclass(frozen=True)
class Conclusion(Result):
    """What follows for a claim.

    Parameters
    ----------
    verdict : Verdict
    grade : Grade
        Of the evidence it rests on.
    reason, part : str
        Why, as a sentence without its full stop; what holds where only a part does.
    value, low, high : float
        The number found and its range, in the claim's unit; NaN where there is none.
    """

    verdict: Verdict
    grade: Grade
    reason: str = ""
    part: str = ""
    value: float = math.nan
    low: float = math.nan
    high: float = math.nan


_SCALES = (
    (r"(GBP|£)\s*(bn|billion)", "money", 1e9),
    (r"(GBP|£)\s*(m|million)\b", "money", 1e6),
    (r"(GBP|£)", "money", 1.0),
    (r"per cent|%", "share", 1.0),
    (r"billion", "count", 1e9),
    (r"million", "count", 1e6),
    (r"\w", "count", 1.0),
)


def scale_of(unit: str) -> tuple[str, float]:
    """Return what kind of quantity a unit measures and how many base units it holds.

    Examples
    --------
    >>> scale_of("GBP million"), scale_of("trusts"), scale_of("")
    (('money', 1000000.0), ('count', 1.0), ('', 1.0))
    """
    found = (what for pattern, *what in _SCALES if re.search(pattern, unit))
    kind, scale = next(found, ("", 1.0))
    return str(kind), float(str(scale))


def written(value: float, unit: str = "") -> str:
    """Write a number with its unit as a reader expects it.

    Examples
    --------
    >>> written(520, "GBP million"), written(64, "per cent (almost)"), written(125, "rank")
    ('£520m', 'almost 64%', 'rank 125')
    """
    bare, _, qualifier = unit.rstrip(")").partition("(")
    text = format_published(value, bare.strip())
    if bare.strip() == "rank":
        text = f"rank {text.removesuffix(' rank')}"
    return f"{qualifier} {text}".strip()


_MONTHS = "January February March April May June July August September October November December"


def dated(period: str) -> str:
    """Write a period of the register for readers.

    Examples
    --------
    >>> dated("12 months to 2018-02"), dated("2017/18")
    ('12 months to February 2018', '2017/18')
    """
    names = _MONTHS.split()
    return re.sub(
        r"\b(\d{4})-(\d{2})\b", lambda found: f"{names[int(found[2]) - 1]} {found[1]}", period
    )
