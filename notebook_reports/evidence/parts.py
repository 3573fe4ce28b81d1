"""What a section of a report holds, in the order of reading."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any, Protocol

from notebook_reports.errors import ParameterError
from notebook_reports.evidence.estimates import Estimate
from notebook_reports.evidence.units import Units
from notebook_reports.evidence.words import count, numbers_in, words_in

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib import figure

Format = str | Callable[[Any], str]
"""How a column is written: a unit as in :func:`format_value`, or a function from cell to text."""


class Drawer(Protocol):
    """What draws parts; :mod:`notebook_reports.report` registers its own when it is imported."""

    def show(self, shown: Section | Part) -> None:
        """Show what a notebook's cell ends in."""

    def save(self, shown: Figure, path: str | Path) -> str:
        """Write a figure's picture to a file and return its description."""


_drawer: Drawer | None = None


def draw_with(drawer: Drawer) -> None:
    """Have parts drawn by somebody above this room, who knows charts and pages."""
    global _drawer
    _drawer = drawer


class _Drawn:
    """What a notebook draws where it is the last of a cell; elsewhere one line."""

    __slots__ = ()

    def _ipython_display_(self) -> None:
        shown: Any = self
        if _drawer is None:
            raise NotImplementedError  # so that a notebook shows the line
        _drawer.show(shown)


class Part(_Drawn):
    """Anything that a section holds."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # What a class has of its own, dataclass leaves as it is.
        cls.__repr__ = cls.__repr__  # type: ignore[method-assign]

    def __repr__(self) -> str:
        return f"{type(self).__name__} {shorten(self._gist, 160, placeholder='…')}"

    @property
    def _gist(self) -> str:
        """What it says, in one line."""
        return ""


@dataclass(frozen=True, slots=True)
class Words(Part):
    """Computed prose.

    Parameters
    ----------
    markdown : str
        Text in Markdown; HTML in it is shown as text.
    """

    markdown: str

    @property
    def _gist(self) -> str:
        return repr(self.markdown)


MOST_WORDS, MOST_NUMBERS = 60, 8
"""What a headline answer may hold: a reader takes no more in at once."""


@dataclass(frozen=True, slots=True)
class Answer(Part):
    """What a report says first, and what a reader needs beside it; all in Markdown.

    Parameters
    ----------
    lede : str
        The headline answer, in :data:`MOST_WORDS` words and :data:`MOST_NUMBERS` numbers at most,
        dates and levels counted.
    sure : str
        How sure it is, in one plain sentence.
    as_at : str
        The day of the data, and what they are: "1 March 2019, the newest list of ratings here".
    follows : str
        What follows for a reader who must decide.
    changes : str
        What would change the answer.
    ranges : str
        Level and kind of the page's intervals, which are written nowhere else.
    """

    lede: str
    sure: str = ""
    as_at: str = ""
    follows: str = ""
    changes: str = ""
    ranges: str = ""

    def faults(self) -> list[str]:
        """Say what makes the headline too long; empty where nothing does."""
        held = {
            "words": (words_in(self.lede), MOST_WORDS),
            "numbers": (numbers_in(self.lede), MOST_NUMBERS),
        }
        return [f"{n} {what}, at most {most}" for what, (n, most) in held.items() if n > most]

    @property
    def _gist(self) -> str:
        return repr(self.lede)


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
    leads_to : str
        Heading of the section that holds the evidence; its card is a link there.
    """

    key: str
    estimate: Estimate
    card: bool = True
    label: str = ""
    leads_to: str = ""

    @property
    def _gist(self) -> str:
        said = self.label or self.estimate.label
        return f"{self.key!r}: {self.estimate}{f', {said}' if said else ''}"


def findings(
    estimates: Mapping[str, Estimate],
    *,
    cards: bool | Sequence[str] = True,
    leads_to: str | Mapping[str, str] = "",
) -> tuple[Finding, ...]:
    """Return a finding for each estimate.

    Parameters
    ----------
    estimates : mapping of str to Estimate
        By their stable keys.
    cards : bool or sequence of str
        Whether they are cards, or the keys of those that are.
    leads_to : str or mapping of str to str
        Heading that the cards lead to, one for all or by key.
    """
    return tuple(
        Finding(
            key,
            estimate,
            card=cards if isinstance(cards, bool) else key in cards,
            leads_to=leads_to if isinstance(leads_to, str) else leads_to.get(key, ""),
        )
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
    units : Units, optional
        The units that it holds, where a reader may look for one: "find your trust".
    """

    picture: figure.Figure
    key: str
    title: str
    subtitle: str
    source: str | Sequence[str]
    alt: str
    data: pd.DataFrame
    note: str = ""
    units: Units | None = None

    @property
    def _gist(self) -> str:
        return f"{self.key!r}: {self.title} (data: {count(len(self.data), 'row')})"

    def save(self, path: str | Path) -> str:
        """Write the picture to a file, such as for a document of your own.

        Parameters
        ----------
        path : str or Path
            Ends in .png (300 dots an inch), .svg or .pdf.

        Returns
        -------
        str
            The description, which is in the file too: alt text for the document. Title, note and
            source are text beside the picture, there as on a page.

        Raises
        ------
        ParameterError
            The path ends otherwise.
        """
        if _drawer is None:
            raise ParameterError("path", "can be written once notebook_reports.report is imported")
        return _drawer.save(self, path)


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

    @property
    def _gist(self) -> str:
        return f"{self.key!r}: {self.caption} ({count(len(self.data), 'row')})"


@dataclass(frozen=True, slots=True, repr=False)
class Section(_Drawn):
    """One step of a report: what it says and shows, and the tables to go on from by hand.

    Parameters
    ----------
    title : str
        What the section is about; the heading itself stands in the notebook.
    parts : sequence of Answer, Words, Finding, Figure or Table
        In the order of reading; none where this run has nothing to say: a page then leaves out
        the heading too.
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
            raise ParameterError(
                "parts", "must be a list of Answer, Words, Finding, Figure or Table"
            )

    @property
    def words(self) -> tuple[str, ...]:
        """The prose, in order, an answer's lede included."""
        return tuple(
            part.lede if isinstance(part, Answer) else part.markdown
            for part in self.parts
            if isinstance(part, Answer | Words)
        )

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
