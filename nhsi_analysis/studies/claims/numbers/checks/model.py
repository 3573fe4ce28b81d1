"""Claims, the evidence found on them, and how a verdict follows from the two."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from nhsi_analysis.errors import ParameterError
from notebook_reports.evidence.words import capital


class Verdict(StrEnum):
    """What the data say of a claim, from the best to the worst, and no answer at the end."""

    REPRODUCED = "reproduced"
    ROUNDING = "consistent with rounding"
    NOT = "not consistent"
    UNCHECKED = "can't be checked with what is published"


_SEVERITY = (Verdict.REPRODUCED, Verdict.ROUNDING, Verdict.NOT)
Interval = tuple[float, float]
Which = Literal["value", "comparator"]
"""The number of a claim that is meant: the one claimed, or the one it is compared with."""


@dataclass(frozen=True)
class Claim:
    """One row of the register of claims.

    Parameters
    ----------
    claim_id, topic, entity, measure : str
        What is claimed, of whom.
    value : float
        The number claimed, in ``unit``.
    unit, period, kind : str
        As in the register; the unit may hold a qualifier, such as "per cent (almost)".
    comparator : str
        What the second number is; empty without one.
    comparator_value : float
        The second number; NaN without one.
    source : str
        Document that makes the claim.
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
        """The claim in words: "230 NHS trusts: trusts ranked: 230 trusts (2016)"."""
        value = written(self.value, self.unit, len(number(self.value).partition(".")[2]))
        words = f"{capital(self.entity)}, {self.measure}: {value} ({self.period})"
        if self.comparator and not math.isnan(self.comparator_value):
            words += f"; {self.comparator}: {number(self.comparator_value)}"
        return words

    def reading(self, which: Which) -> float:
        """Return the number claimed or the one it is compared with."""
        return self.value if which == "value" else self.comparator_value

    def range(self, which: Which, tolerance: float = 0.0) -> Interval:
        """Return what the number can stand for: its rounding, and a relative tolerance."""
        value = self.reading(which)
        unit = self.unit if which == "value" else self.unit.partition("(")[0]
        low, high = rounding(value, unit)
        slack = abs(value) * tolerance
        return low - slack, high + slack


@dataclass(frozen=True)
class Evidence:
    """A number found in the data, with its range and how it was found.

    Parameters
    ----------
    value, low, high : float
        The number and its range in the claim's unit: from rounding of what it was computed from,
        or from what is missing.
    words : str
        The computation.
    tables : tuple of str
        Tables it was computed from.
    exact : bool
        Computed from counts or unrounded records, not from published roundings. A bound, which is
        neither exact nor complete, has no number of its own to show.
    complete : bool
        False where part of the data is missing. The range then is what the missing part leaves;
        such evidence can refute a claim, and only if also exact be consistent with it.
    against : str
        Which number of the claim it is held against.
    """

    value: float
    low: float
    high: float
    words: str
    tables: tuple[str, ...]
    exact: bool = False
    complete: bool = True
    against: Which = "value"

    def verdict(self, claim: Claim, tolerance: float = 0.0) -> Verdict | None:
        """Hold the evidence against the claim; None where it neither confirms nor refutes."""
        if math.isnan(claim.reading(self.against)):
            return None
        low, high = claim.range(self.against, tolerance)
        tiny = 1e-9 * max(1.0, abs(low), abs(high))
        if not (self.low <= high + tiny and low <= self.high + tiny):
            return Verdict.NOT
        if not self.complete:
            # computed from most of the records: agreement within what is missing is worth saying
            return Verdict.ROUNDING if self.exact else None
        same = math.isclose(self.value, claim.reading(self.against), rel_tol=1e-9)
        rounds = self.exact and low - tiny <= self.value <= high + tiny
        return Verdict.REPRODUCED if same or rounds else Verdict.ROUNDING


@dataclass(frozen=True)
class Found:
    """What a checker found on a claim.

    Parameters
    ----------
    evidence : tuple of Evidence
        Judged; the worst verdict counts.
    others : tuple of Evidence
        Other numbers on the same thing, told but not judged: rivals, other definitions.
    remarks : tuple of str
        What else to know, computed.
    """

    evidence: tuple[Evidence, ...] = ()
    others: tuple[Evidence, ...] = ()
    remarks: tuple[str, ...] = field(default_factory=tuple)

    def verdict(self, claim: Claim, tolerance: float = 0.0) -> Verdict:
        """Return the worst verdict of the evidence; unchecked where none is complete."""
        each = [(e, e.verdict(claim, tolerance)) for e in self.evidence]
        if any(verdict is Verdict.NOT for _, verdict in each):
            return Verdict.NOT
        if not any(verdict and e.against == "value" for e, verdict in each):
            return Verdict.UNCHECKED
        return max((v for _, v in each if v), key=_SEVERITY.index)

    @property
    def best(self) -> Evidence | None:
        """The evidence to show first: complete before partial, on the value before the rest."""
        ordered = sorted(self.evidence, key=lambda e: (e.against != "value", not e.complete))
        return ordered[0] if ordered and ordered[0].against == "value" else None

    def rivals(self, claim: Claim, tolerance: float = 0.0) -> tuple[Evidence, ...]:
        """Return the other numbers that the claim's rounding does not reach."""
        return tuple(e for e in self.others if e.verdict(claim, tolerance) is Verdict.NOT)


_COUNTED = re.compile(
    r"\b(trusts|networks|rank|teams|services|projects|segments|days|people|appointments|directors"
    r"|placements|mergers|systems|sites|providers)\b"
)


def rounding(value: float, unit: str) -> Interval:
    """Return the numbers that would be written as ``value`` in ``unit``.

    Half of the last digit that carries meaning: the last decimal; for percentages and small whole
    numbers the last digit; for counts of institutions and people the number itself. Other
    round numbers are taken to have lost their last zeros, down to two digits. A qualifier in the
    unit ("almost", "over", "more than", "at least", "nearly") leaves one side of the number.

    Parameters
    ----------
    value : float
        The number as written.
    unit : str
        Its unit, with any qualifier.

    Returns
    -------
    tuple of float
        Lowest and highest number.

    Examples
    --------
    >>> rounding(520, "GBP million")
    (515.0, 525.0)
    >>> rounding(64.0, "per cent (almost)")
    (63.0, 64.0)
    """
    if math.isnan(value):
        raise ParameterError("value", "is missing, so it has no rounding range")
    text = number(value).replace(",", "")
    decimals = len(text.partition(".")[2])
    step = 10.0**-decimals
    if decimals == 0 and "per cent" not in unit and not _COUNTED.search(unit) and value:
        digits = text.lstrip("−-")
        zeros = len(digits) - len(digits.rstrip("0"))
        step = 10.0 ** min(zeros, max(len(digits) - 2, 1))
    if re.search(r"almost|nearly|just under|under", unit):
        return value - step, value
    if re.search(r"over|more than|at least", unit):
        return value, value + step
    return value - step / 2, value + step / 2


def number(value: float) -> str:
    """Write a number with as many decimals as it has: 44.8, 1,369, 0.448."""
    if math.isnan(value):
        return "not available"
    whole = float(value).is_integer()
    plain = f"{abs(value):,.0f}" if whole else f"{abs(value):,.10f}".rstrip("0")
    return ("−" if value < 0 else "") + plain


def written(value: float, unit: str, places: int | None = None) -> str:
    """Write a number with its unit as a reader expects it: £520m, 44.8%, "almost 64%".

    Parameters
    ----------
    value : float
        The number.
    unit : str
        Unit of the register, with any qualifier in brackets; empty for the bare number.
    places : int, optional
        Decimals; by default none for whole and large numbers, else one or two.
    """
    if not math.isfinite(value):
        return "no limit"
    bare, _, qualifier = unit.rstrip(")").partition("(")
    if places is None:
        whole = float(value).is_integer() or abs(value) >= 1000
        places = 0 if whole else (2 if abs(value) < 10 else 1)
    text = f"{abs(value):,.{places}f}"
    for name, prefix, suffix in _WRITTEN:
        if bare.strip() == name:
            text = f"{prefix}{text}{suffix}"
            break
    else:
        text = f"{text} {bare}".strip()
    sign = "−" if value < 0 else ""
    return f"{qualifier} {sign}{text}".strip()


_WRITTEN = (
    ("GBP million", "£", "m"),
    ("GBP billion", "£", "bn"),
    ("GBP", "£", ""),
    ("per cent", "", "%"),
)


def combine(found: Iterable[Found]) -> Found:
    """Put what several checkers found together."""
    parts = list(found)
    return Found(
        tuple(e for f in parts for e in f.evidence),
        tuple(e for f in parts for e in f.others),
        tuple(r for f in parts for r in f.remarks),
    )


def plain_name(name: str) -> str:
    """Reduce a trust's name to what tells it apart, however its legal form is written."""
    text = re.sub(r"\b(nhs|ft|foundation|trust|the|hospitals?)\b|[^a-z]", "", str(name).lower())
    return text or str(name)
