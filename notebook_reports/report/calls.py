"""The calls of :mod:`notebook_reports.report`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from IPython.display import display
from matplotlib.figure import Figure

from notebook_reports.errors import ParameterError
from notebook_reports.evidence import Estimate
from notebook_reports.report import blocks, building, markup, origins, svg


def _show(kind: str, block: blocks.Block, html: str, words: str) -> None:
    """Put a block into the notebook's outputs in its three forms."""
    bundle = {
        blocks.MIME[kind]: block,
        "text/html": markup.for_lab(html),
        "text/plain": words,
    }
    # An untyped call: IPython's display has no annotations.
    display(bundle, raw=True)  # type: ignore[no-untyped-call]


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
    block = building.text(markdown, role="lede")
    _show("text", block, markup.lede(block), block["markdown"])


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
    block = building.text(markdown, role="text")
    _show("text", block, markup.text(block), block["markdown"])


def finding(key: str, estimate: Estimate, *, card: bool = True, label: str | None = None) -> None:
    """Show a headline number as a card and keep it as data.

    Parameters
    ----------
    key : str
        Stable snake_case name; a comparison of two packs matches findings by it.
    estimate : Estimate
        The number, its interval and its unit.
    card : bool
        False keeps the number as data without a card.
    label : str, optional
        Words under the number; by default the estimate's label.

    Raises
    ------
    ParameterError
        If the key can't name an anchor, the estimate isn't one, or there are no words for it.
    """
    block = building.finding(key, estimate, card=card, label=label)
    html = markup.finding(block) if card else ""
    _show("finding", block, html, f"{block['label']}: {estimate}")


def figure(
    fig: Figure,
    *,
    key: str,
    title: str,
    subtitle: str,
    source: str | Sequence[str],
    alt: str,
    data: pd.DataFrame,
    note: str = "",
) -> None:
    """Show a chart as SVG with everything a reader needs as page text around it.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
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
        The figures behind the chart, offered as a download; a named index becomes a column.
    note : str
        How to read the uncertainty.

    Raises
    ------
    ParameterError
        If anything is missing or empty, the description is filler, or the figure draws nothing.
        With ``NHSI_STRICT=1`` also when labels overlap or are cut, or an axis is empty.
    """
    if not isinstance(fig, Figure):
        raise ParameterError("fig", "must be a matplotlib Figure", value=type(fig).__name__)
    if not fig.axes:
        raise ParameterError("fig", "must draw something: it has no axes")
    block = building.figure(
        key=key,
        title=title,
        subtitle=subtitle,
        source=source,
        alt=alt,
        data=data,
        note=note,
    )
    if os.environ.get("NHSI_STRICT") == "1":
        from notebook_reports.charts import check  # only strict runs pay for measuring text

        found = check.problems(fig)
        if found:
            raise ParameterError("fig", f"of {key!r} has faults: " + "; ".join(found))
    block["svg"] = svg.draw(fig, f"fig-{key}")
    block["source"] = [origins.resolve(s) for s in block["source"]]
    _show("figure", block, markup.figure(block), f"{title}\n{subtitle}\n{alt}")


def table(
    df: pd.DataFrame,
    *,
    key: str,
    caption: str,
    source: str | Sequence[str],
    formats: Mapping[str, building.Format] | None = None,
    note: str = "",
    row_header: int = 0,
) -> None:
    """Show a table with a caption, header scopes and its data as a download.

    Parameters
    ----------
    df : pandas.DataFrame
        The table, columns named as the reader shall see them; a named index becomes a column.
        Cells may be :class:`~notebook_reports.evidence.Estimate`: their limits get own columns
        in the download.
    key : str
        Stable snake_case name: of its anchor, its file, its sheet in the workbook.
    caption : str
        What the table holds.
    source : str or sequence of str
        Names of tables or free text.
    formats : mapping of str to str or callable, optional
        For a column, its unit as in :func:`notebook_reports.evidence.format_value`, or a function
        from a cell to text. Without one, numbers are written with thousands separated and the
        same decimals down the column.
    note : str
        What to know when reading it.
    row_header : int
        Position of the column that names the rows.

    Raises
    ------
    ParameterError
        If anything is missing or empty, or ``formats`` names no column.
    """
    block = building.table(
        df,
        key=key,
        caption=caption,
        source=source,
        formats=formats,
        note=note,
        row_header=row_header,
    )
    block["source"] = [origins.resolve(s) for s in block["source"]]
    _show("table", block, markup.table(block), f"{caption}\n{df.to_string(max_rows=20)}")


def provenance(parameters: Mapping[str, Any]) -> None:
    """List the tables read, the parameters, the versions and the commit; the last cell.

    Parameters
    ----------
    parameters : mapping of str to object
        The notebook's parameters by name.
    """
    block = origins.build(parameters)
    _show("provenance", block, markup.provenance(block), "Where the numbers come from")
