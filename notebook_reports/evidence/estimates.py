"""A number with its uncertainty, its unit and the words to say it in.

Text, cards and charts all read the same :class:`Estimate`, so they can't disagree.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from html import escape
from typing import Any

from notebook_reports.evidence.numbers import format_value
from notebook_reports.evidence.words import level

LEVELLED = ("confidence interval", "credible interval")
"""Kinds of interval that a page's one sentence on levels names for all of them."""

NARROWEST = 0.005
"""Share of its value below which an interval isn't written."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval, unit, count and label.

    Parameters
    ----------
    value : float
        Point estimate in its natural unit (shares 0 to 1).
    low, high : float, optional
        Ends of the interval; both None where none applies (a count of everything there is).
    unit : str
        See :func:`format_value`.
    n : int, optional
        What it rests on (trusts, answers, months).
    label : str
        Sentence-ready words for what the number is: "trusts rated good on 31 March 2018".
    confidence : float, optional
        Level of the interval; None for a range that has no level, such as one from rounding.
    kind : str
        Name of the interval: "confidence interval", "credible interval", "rounding range", "range".
    decimals : int, optional
        Decimal places to write.
    as_at : str
        Day of the data it rests on, as 2019-03-01; empty where no one day is meant.
    said : str
        What is written in place of the number: "Good" for a grade, "14 of 19" for a rank.
    """

    value: float
    low: float | None = None
    high: float | None = None
    unit: str = ""
    n: int | None = None
    label: str = ""
    confidence: float | None = None
    kind: str = "confidence interval"
    decimals: int | None = None
    as_at: str = ""
    said: str = ""

    @property
    def text(self) -> str:
        """The value in words: "44.8%"."""
        return self.said or format_value(self.value, self.unit, self.decimals)

    @property
    def interval_text(self) -> str:
        """The interval in words: "38.5% to 51.3%"; its kind where it isn't one with a level.

        Empty without one, and where it is narrower than half a per cent of the value or its ends
        are written alike: such an interval tells of the arithmetic, not of the doubt. The level
        is said once a page, by :class:`~notebook_reports.evidence.Answer`.
        """
        if self.low is None or self.high is None:
            return ""
        if self.high - self.low < NARROWEST * abs(self.value):
            return ""
        low = format_value(self.low, self.unit, self.decimals)
        high = format_value(self.high, self.unit, self.decimals)
        if low == high:
            return ""
        if self.unit and low.endswith(f" {self.unit}"):
            low = low.removesuffix(f" {self.unit}")
        low = low.removesuffix(" percentage points").removesuffix(" percentage point")
        kind = "" if self.kind in LEVELLED else f"{self.kind} "
        return f"{kind}{low} to {high}"

    def __str__(self) -> str:
        interval = self.interval_text
        return f"{self.text} ({interval})" if interval else self.text

    def __repr__(self) -> str:
        said = str(self)
        if self.confidence is not None and self.kind in LEVELLED and self.interval_text:
            said = f"{self.text} ({level(self.confidence)} {self.kind} {self.interval_text})"
        beside = [self.label, "" if self.n is None else f"n={self.n:,}", self.as_at]
        return f"Estimate {', '.join([said, *filter(None, beside)])}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self).removeprefix('Estimate '))}</p>"

    def to_dict(self) -> dict[str, Any]:
        """Return fields and texts as plain data for JSON, ``as_at`` and ``said`` where set."""
        fields = {k: v for k, v in asdict(self).items() if k not in ("as_at", "said") or v}
        return {**fields, "text": self.text, "interval_text": self.interval_text}
