"""Which units a figure holds, so that a reader finds one of them on the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from notebook_reports.errors import ParameterError
from notebook_reports.evidence import words


@dataclass(frozen=True, slots=True)
class Units:
    """Units that a figure holds, each with what the figure says of it.

    Where each stands in the drawing is recorded by the chart, see
    :func:`notebook_reports.charts.style.place`; one that isn't drawn is told of all the same.

    Parameters
    ----------
    kind : str
        What one is called, "trust"; several of them take an s.
    names : mapping of str to str
        What each is called, by its code.
    said : mapping of str to str
        One sentence on each, computed from the numbers of the figure, by its code.

    Raises
    ------
    ParameterError
        A text is empty, or a unit has a name and no sentence, or a sentence and no name.

    Examples
    --------
    >>> Units("trust", {"RTK": "Ashford"}, {"RTK": "Ashford is 125th of 237."}).kind
    'trust'
    """

    kind: str
    names: Mapping[str, str]
    said: Mapping[str, str]

    def __post_init__(self) -> None:
        if not self.kind.strip():
            raise ParameterError("kind", "must be a text that isn't empty", value=self.kind)
        if apart := sorted(self.names.keys() ^ self.said.keys()):
            raise ParameterError(
                "said", "must say a sentence of each unit that has a name", value=apart[0]
            )
        for name, texts in (("names", self.names), ("said", self.said)):
            if empty := [code for code, text in texts.items() if not text.strip()]:
                raise ParameterError(name, "must not hold an empty text", value=empty[0])

    def __repr__(self) -> str:
        return f"Units {words.count(len(self.names), self.kind)}"
