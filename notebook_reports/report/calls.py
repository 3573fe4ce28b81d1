"""The calls of :mod:`notebook_reports.report`."""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import pandas as pd
from IPython.display import display
from matplotlib import figure as pictures

from notebook_reports.errors import ParameterError
from notebook_reports.evidence import (
    Answer,
    Estimate,
    Figure,
    Finding,
    Format,
    Part,
    Section,
    Table,
    Units,
    Words,
)
from notebook_reports.parameters import Settings
from notebook_reports.report import blocks, building, lab, markup, origins, raster, svg
from notebook_reports.report.numbering import Numbers

S = TypeVar("S", bound=Settings)

_numbers = Numbers()
"""Those of the session's notebook so far; a page gives its own."""


class _Bundle(dict[str, Any]):
    """An output in all its forms; plain Python, which can only print it, prints the words."""

    def __str__(self) -> str:
        return str(self["text/plain"])


def _display(
    kind: str, block: blocks.Block, html: str, words: str, picture: bytes | None = None
) -> None:
    """Put a block into the notebook's outputs in all its forms."""
    bundle = _Bundle({blocks.MIME[kind]: block, "text/html": html, "text/plain": words})
    if picture is not None:
        # What makes documents and slides of a notebook looks for a picture, not for HTML.
        bundle["image/png"] = base64.b64encode(picture).decode("ascii")
    # An untyped call: IPython's display has no annotations.
    display(bundle, raw=True)  # type: ignore[no-untyped-call]


def parameters(settings: type[S]) -> S:
    """Read the notebook's parameters, check them, and keep them for :func:`provenance`.

    Provenance lists the tables that are read from here on: a session may have run another notebook.

    Parameters
    ----------
    settings : type of Settings
        The study's settings; the calling cell's variables of the same names are read.

    Returns
    -------
    Settings
        Checked by the rules that a pack checks them by.

    Raises
    ------
    ParameterError
        A parameter is missing, has another type or breaks a rule; or ``settings`` is no such class.
    """
    given: object = settings
    if not (isinstance(given, type) and issubclass(given, Settings)):
        raise ParameterError("settings", "must be a class derived from Settings", value=settings)
    origins.begin()
    _numbers.clear()
    found = settings.read(sys._getframe(1).f_globals)
    origins.keep(found.to_dict())
    return found


def show(section: Section | Part) -> None:
    """Show a section, all of it: words, findings, figures and tables in the order of reading.

    Parameters
    ----------
    section : Section, Answer, Words, Finding, Figure or Table
        What a study answered, or one part of it. Of a section without parts a page shows
        nothing, its heading neither.

    Raises
    ------
    ParameterError
        If anything in it is missing or empty, a description is filler, or a figure draws
        nothing. With ``NHSI_STRICT=1`` also when labels of a figure overlap or are cut, an axis
        is empty, or a headline answer has too many words or numbers.
    """
    if isinstance(section, Section):
        # Words may speak of a figure that is shown after them.
        for part in section.parts:
            if isinstance(part, Figure | Table):
                _number(part)
        for part in section.parts:
            show(part)
        if not section.parts:
            _display("text", building.nothing(), "", f"{section.title}: nothing in this run")
    elif isinstance(section, Answer):
        _show_answer(section)
    elif isinstance(section, Words):
        _show_words(section)
    elif isinstance(section, Finding):
        _show_finding(section)
    elif isinstance(section, Figure):
        _show_figure(section)
    elif isinstance(section, Table):
        _show_table(section)
    else:
        raise ParameterError(
            "section", "must be a Section or a part of one", value=type(section).__name__
        )


def _number(part: Figure | Table) -> str:
    return _numbers.of("figure" if isinstance(part, Figure) else "table", part.key)


def _show_words(words: Words) -> None:
    block = building.text(words)
    html = markup.refer(lab.text(block), _numbers)
    _display("text", block, html, block["markdown"])


def _show_answer(said: Answer) -> None:
    block = building.answer(said)
    if os.environ.get("NHSI_STRICT") == "1" and (faults := said.faults()):
        raise ParameterError("lede", "is too long: " + "; ".join(faults), value=said.lede)
    html = markup.refer(lab.answer(block), _numbers)
    _display("text", block, html, block["markdown"])


def _show_finding(finding: Finding) -> None:
    block = building.finding(finding)
    _display("finding", block, lab.finding(block), f"{block['label']}: {finding.estimate}")


def _show_figure(shown: Figure) -> None:
    if not isinstance(shown.picture, pictures.Figure):
        raise ParameterError(
            "fig", "must be a matplotlib Figure", value=type(shown.picture).__name__
        )
    if not shown.picture.axes:
        raise ParameterError("fig", "must draw something: it has no axes")
    block = building.figure(shown)
    if os.environ.get("NHSI_STRICT") == "1":
        from notebook_reports.charts import check  # only strict runs pay for measuring text

        found = [f for form in check.forms(shown.picture).values() for f in check.problems(form)]
        if found:
            raise ParameterError("fig", f"of {shown.key!r} has faults: " + "; ".join(found))
    svg.draw_into(block, shown.picture)
    block["source"] = [origins.resolve(s) for s in block["source"]]
    picture = raster.draw(shown.picture)
    words = f"{shown.title}\n{shown.subtitle}\n{shown.alt}"
    html = lab.figure(block, picture, number=_number(shown))
    if os.environ.get("NHSI_DOCX"):
        picture = raster.draw(shown.picture, raster.PRINT_DPI)
    _display("figure", block, html, words, picture)


def _show_table(shown: Table) -> None:
    block = building.table(shown)
    block["source"] = [origins.resolve(s) for s in block["source"]]
    rows = shown.data.to_string(max_rows=20)
    _display("table", block, lab.table(block, number=_number(shown)), f"{shown.caption}\n{rows}")


def lede(markdown: str) -> None:
    """Say the finding in one or two sentences, with its uncertainty; first after the title.

    Parameters
    ----------
    markdown : str
        Computed text; HTML in it is shown as text.

    Raises
    ------
    ParameterError
        If it is empty.
    """
    show(Answer(markdown))


def text(markdown: str) -> None:
    """Write computed prose.

    Parameters
    ----------
    markdown : str
        Computed text; HTML in it is shown as text.

    Raises
    ------
    ParameterError
        If it is empty.
    """
    show(Words(markdown))


def finding(
    key: str, estimate: Estimate, *, card: bool = True, label: str = "", leads_to: str = ""
) -> None:
    """Show a headline number as a card and keep it as data.

    Parameters
    ----------
    key, estimate, card, label, leads_to
        As :class:`~notebook_reports.evidence.Finding` has them.

    Raises
    ------
    ParameterError
        If the key can't name an anchor, the estimate isn't one, or there are no words for it.
    """
    show(Finding(key, estimate, card, label, leads_to))


def figure(
    fig: pictures.Figure,
    *,
    key: str,
    title: str,
    subtitle: str,
    source: str | Sequence[str],
    alt: str,
    data: pd.DataFrame,
    note: str = "",
    units: Units | None = None,
) -> None:
    """Show a chart with everything a reader needs as text around it.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        The chart, without a title of its own.
    key, title, subtitle, source, alt, data, note, units
        As :class:`~notebook_reports.evidence.Figure` has them.

    Raises
    ------
    ParameterError
        As for :func:`show`.
    """
    show(Figure(fig, key, title, subtitle, source, alt, data, note, units))


def table(
    df: pd.DataFrame,
    *,
    key: str,
    caption: str,
    source: str | Sequence[str],
    formats: Mapping[str, Format] | None = None,
    note: str = "",
    row_header: int = 0,
) -> None:
    """Show a table with a caption, header scopes and its data as a download.

    Parameters
    ----------
    df : pandas.DataFrame
        The table, columns named as the reader shall see them; a named index becomes a column.
    key, caption, source, formats, note, row_header
        As :class:`~notebook_reports.evidence.Table` has them.

    Raises
    ------
    ParameterError
        If anything is missing or empty, or ``formats`` names no column.
    """
    show(Table(df, key, caption, source, formats or {}, note, row_header))


def provenance(parameters: Mapping[str, Any] | None = None) -> None:
    """List the tables read, the parameters, the versions and the commit; the last cell.

    Parameters
    ----------
    parameters : mapping of str to object, optional
        The notebook's parameters by name; without it, those that :func:`parameters` read.
    """
    block = origins.build(origins.kept() if parameters is None else parameters)
    _display("provenance", block, lab.provenance(block), "Where the numbers come from")
