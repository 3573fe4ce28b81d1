"""What a section of a report holds, in the order of reading."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from notebook_reports.errors import ParameterError
from notebook_reports.evidence.estimates import Estimate
from notebook_reports.evidence.words import count

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib import figure

Format = str | Callable[[Any], str]
"""How a column is written: a unit as in :func:`format_value`, or a function from cell to text."""


class Part:
    """Anything that a section holds."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Words(Part):
    """Computed prose.

    Parameters
    ----------
    markdown : str
        Text in Markdown; HTML in it is shown as text.
    role : str
        "lede" for the answer that stands first, "text" for anything else.
    """

    markdown: str
    role: Literal["lede", "text"] = "text"


def lede(markdown: str) -> Words:
    """Return the answer of a report: one or two sentences, with their uncertainty."""
    return Words(markdown, "lede")


@dataclass(frozen=True, slots=True)
class Finding(Part):
    """A headline number that is kept as data, as a card or without.

    Parameters
    ----------
    key : str
        Stable snake_case name; a comparison of two packs matches findings by it.
    estimate : Estimate
        The number, its interval and its unit.
    card : bool
        False keeps the number as data without a card.
    label : str
        Words under the number; the estimate's own label where empty.
    """

    key: str
    estimate: Estimate
    card: bool = True
    label: str = ""


def findings(
    estimates: Mapping[str, Estimate], *, cards: bool | Sequence[str] = True
) -> tuple[Finding, ...]:
    """Return a finding for each estimate.

    Parameters
    ----------
    estimates : mapping of str to Estimate
        By their stable keys.
    cards : bool or sequence of str
        Whether they are cards, or the keys of those that are.
    """
    return tuple(
        Finding(key, estimate, card=cards if isinstance(cards, bool) else key in cards)
        for key, estimate in estimates.items()
    )


@dataclass(frozen=True, slots=True)
class Figure(Part):
    """A picture with everything a reader needs as text around it.

    Parameters
    ----------
    picture : matplotlib.figure.Figure
        The chart, without a title of its own.
    key : str
        Stable snake_case name: of its anchor, its files, its sheet in the workbook.
    title : str
        The message, computed.
    subtitle : str
        Measure, geography and period.
    source : str or sequence of str
        Names of tables, which are written out with title, publisher and date, or free text.
    alt : str
        What the chart shows, computed; read out in place of the picture and printed below it.
    data : pandas.DataFrame
        The numbers behind the chart, offered as a download; a named index becomes a column.
    note : str
        How to read the uncertainty.
    """

    picture: figure.Figure
    key: str
    title: str
    subtitle: str
    source: str | Sequence[str]
    alt: str
    data: pd.DataFrame
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table(Part):
    """A table with a caption, header scopes and its data as a download.

    Parameters
    ----------
    data : pandas.DataFrame
        Columns named as the reader shall see them; a named index becomes a column. Cells may be
        :class:`Estimate`: their limits get own columns in the download.
    key : str
        Stable snake_case name: of its anchor, its file, its sheet in the workbook.
    caption : str
        What the table holds.
    source : str or sequence of str
        Names of tables or free text.
    formats : mapping of str to str or callable
        For a column, its unit as in :func:`format_value`, or a function from a cell to text.
        Without one, numbers are written with thousands separated and the same decimals down the
        column.
    note : str
        What to know when reading it.
    row_header : int
        Position of the column that names the rows.
    """

    data: pd.DataFrame
    key: str
    caption: str
    source: str | Sequence[str]
    formats: Mapping[str, Format] = field(default_factory=dict)
    note: str = ""
    row_header: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class Section:
    """One step of a report: what it says and shows, and the tables to go on from by hand.

    Parameters
    ----------
    title : str
        What the section is about; the heading itself stands in the notebook.
    parts : sequence of Words, Finding, Figure or Table
        In the order of reading.
    frames : mapping of str to pandas.DataFrame
        Tidy tables behind it, by name, for whoever carries on by hand.

    Raises
    ------
    ParameterError
        The parts are no list of parts.

    Examples
    --------
    >>> Section("Beds", [Words("There are **3** beds.")])
    Section 'Beds': 1 text
    """

    title: str
    parts: Sequence[Part]
    frames: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if isinstance(self.parts, str | Part) or not all(isinstance(p, Part) for p in self.parts):
            raise ParameterError("parts", "must be a list of Words, Finding, Figure or Table")

    @property
    def words(self) -> tuple[str, ...]:
        """The prose, in order."""
        return tuple(p.markdown for p in self.parts if isinstance(p, Words))

    @property
    def findings(self) -> dict[str, Estimate]:
        """The headline numbers by key."""
        return {p.key: p.estimate for p in self.parts if isinstance(p, Finding)}

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The pictures, in order."""
        return tuple(p for p in self.parts if isinstance(p, Figure))

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables, in order."""
        return tuple(p for p in self.parts if isinstance(p, Table))

    def __repr__(self) -> str:
        held = {
            "text": len(self.words),
            "finding": len(self.findings),
            "figure": len(self.figures),
            "table": len(self.tables),
        }
        words = [count(number, noun) for noun, number in held.items() if number]
        frames = f"; frames: {', '.join(self.frames)}" if self.frames else ""
        return f"Section {self.title!r}: {', '.join(words) or 'nothing'}{frames}"
