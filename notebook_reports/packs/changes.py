"""What a change of a report means: another conclusion, or the same with other numbers."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

_ALIKE = 1e-12
"""Relative difference below which two numbers are one: the last bits differ between machines."""

_SELDOM: Final = 0.05
"""The chance that tests are read against; what is nearly certain is so far from one."""

_MEASURES = re.compile(r"(?:share|probability|pp|per cent|GBP)\b")
"""Units of what isn't counted, as :func:`~notebook_reports.evidence.format_value` has them."""

_DATES = re.compile(
    r"(?:\d{1,2} )?(?:january|february|march|april|may(?= \d)|june|july|august|september|october"
    r"|november|december)(?: \d{4})?|\d{4}-\d{2}-\d{2}"
)
_NUMBERS = re.compile(
    r"(?:(?:less|more) than )?[−+-]?£?\d+(?:,\d{3})*(?:\.\d+)?(?:%|(?:bn|m|st|nd|rd|th)\b)?"
    r"|\b(?:no|none|nought|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b"
)
_PLURALS = {
    **dict.fromkeys(("are", "was", "were"), "is"),
    "have": "has",
    "do": "does",
    "these": "this",
    "those": "that",
    **dict.fromkeys(("they", "them", "their", "its"), "it"),
}


def same_number(a: float | None, b: float | None) -> bool:
    """Return whether two numbers are the same, but for the last bits."""
    if a is None or b is None:
        return a is b
    return math.isclose(a, b, rel_tol=_ALIKE, abs_tol=_ALIKE)


def reworded(old: str, new: str) -> bool:
    """Return whether a text says something else, and not the same of other dates and numbers.

    Parameters
    ----------
    old, new : str
        Plain text. What a number does to the words around it (1 trust was, 2 trusts were) is no
        other wording.

    Examples
    --------
    >>> reworded("By 1 March 2019 none had moved.", "By 1 June 2019 18 had moved.")
    False
    >>> reworded("8% of the time, so chance can't be ruled out.", "Chance alone often does it.")
    True
    """
    return _wording(old) != _wording(new)


def _wording(text: str) -> list[str]:
    bare = _NUMBERS.sub("#", _DATES.sub("#", text.casefold()))
    words = re.findall(r"[\w#'’]+", bare)
    return [_PLURALS.get(w, w.removesuffix("s") if len(w) > 3 else w) for w in words]


@dataclass(frozen=True, slots=True)
class Change:
    """One finding that differs.

    Parameters
    ----------
    report, title : str
        The report's id and title.
    key, label : str
        The finding.
    old, new : dict or None
        The finding in each pack; None where that pack's report doesn't have it.
    """

    report: str
    title: str
    key: str
    label: str
    old: dict[str, Any] | None
    new: dict[str, Any] | None

    @property
    def verdict(self) -> str:
        """What the change is against the intervals, in words."""
        if self.old is None:
            return "appeared"
        if self.new is None:
            return "vanished"
        before, after = self.old.get("value"), self.new.get("value")
        if before is None or after is None:
            return "available in one only"
        if same_number(before, after):
            if self.side("old") == self.side("new") and self.old.get("n") != self.new.get("n"):
                return f"the same, resting on {self.new.get('n')} instead of {self.old.get('n')}"
            return "same value, other interval or words"
        intervals = [_interval(finding) for finding in (self.old, self.new)]
        pairs = zip(intervals, (after, before), strict=True)
        inside = [i[0] <= other <= i[1] for i, other in pairs if i is not None]
        if not inside:
            whole = float(before).is_integer() and float(after).is_integer()
            if whole and not _MEASURES.match(self.new.get("unit", "")):
                return f"no interval: a count changed by {abs(after - before):,.0f}"
            return "no interval: the number changed"
        if all(inside):
            return "within the intervals"
        if not any(inside):
            return "exceeds both intervals" if len(inside) == 2 else "exceeds the interval"
        return "exceeds one of the two intervals"

    @property
    def crossed(self) -> tuple[str, ...]:
        """The lines between one conclusion and another that the finding crossed, in words."""
        if self.old is None or self.new is None:
            return ()
        found = []
        if reworded(self.old.get("said", ""), self.new.get("said", "")):
            found.append("another verdict")
        before, after = self.old.get("value"), self.new.get("value")
        if before is None or after is None:
            return tuple(found)
        if self.new.get("unit") == self.old.get("unit") == "probability":
            lines = [(_SELDOM, before < _SELDOM, after < _SELDOM)]
            # An exact chance near 1 is a test's, which says no more there than at a half.
            if _interval(self.old) or _interval(self.new):
                lines.append((1 - _SELDOM, before <= 1 - _SELDOM, after <= 1 - _SELDOM))
            found += [
                f"now {'below' if is_below else 'above'} {line:.0%}"
                for line, was_below, is_below in lines
                if was_below != is_below
            ]
            return tuple(found)
        if before * after < 0:
            found.append("changed sign")
        intervals = [_interval(finding) for finding in (self.old, self.new)]
        holds = [i[0] <= 0 <= i[1] for i in intervals if i is not None]
        if len(holds) == 2 and holds[0] != holds[1]:
            found.append(f"the interval {'now' if holds[1] else 'no longer'} holds 0")
        return tuple(found)

    def side(self, which: str) -> str:
        """Write the finding as "old" or "new" has it."""
        finding = self.old if which == "old" else self.new
        if finding is None:
            return "not there"
        interval = finding.get("interval_text")
        return f"{finding['text']} ({interval})" if interval else str(finding["text"])


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What a report says first, where that differs, or where a finding crossed a line.

    Parameters
    ----------
    report, title : str
        The report's id and title.
    old, new : str
        What it says first, in each pack.
    lines : tuple of Change
        Findings that crossed a line.
    """

    report: str
    title: str
    old: str
    new: str
    lines: tuple[Change, ...]

    @property
    def changed(self) -> bool:
        """Whether it is another conclusion, not the same with other dates or numbers."""
        return bool(self.lines) or reworded(self.old, self.new)

    def pieces(self, which: str) -> list[tuple[str, bool]]:
        """Return the "old" or "new" words in pieces, with whether the other side lacks each."""
        texts = (self.old, self.new) if which == "old" else (self.new, self.old)
        own, other = (text.split() for text in texts)
        steps = SequenceMatcher(None, own, other, autojunk=False).get_opcodes()
        return [(" ".join(own[a:b]), step != "equal") for step, a, b, _, _ in steps if a < b]


def _interval(finding: dict[str, Any]) -> tuple[float, float] | None:
    """Return what a number may be; where its peers lie, or any other kind, is no doubt of it."""
    low, high = finding.get("low"), finding.get("high")
    doubt = re.search("interval|range", finding.get("kind") or "interval")
    return None if low is None or high is None or doubt is None else (low, high)
