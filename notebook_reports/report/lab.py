"""Blocks as a notebook shows them: JupyterLab, trusted or not, and whatever else opens a notebook.

A notebook that somebody else ran isn't trusted: JupyterLab then takes away inline SVG, style
sheets, ids and links to data, and GitHub takes the style attributes too. What is written here
reads as words without any of them: separators are characters, pictures are images with alt text,
and every row of a list says its own term. The page's markup, which relies on a style sheet, is
:mod:`notebook_reports.report.markup`.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

from notebook_reports.report import markup, raster
from notebook_reports.report.blocks import Block
from notebook_reports.report.downloads import csv_text

_MOST_BYTES = 200_000
"""A larger table isn't carried a second time as a download."""

_TALL = 20
"""A table of more rows scrolls."""

# JupyterLab aligns cells to the right and floats definition lists, and a notebook it doesn't
# trust keeps no style sheet that could undo it: styles stand in the elements themselves.
_CARD = (
    "display:inline-block;min-width:12em;max-width:26em;margin:0 0 8px 0;padding:0.8em 1.1em;"
    "border:1px solid #8a9297;border-radius:8px"
)
_PLATE = "background-color:#ffffff;padding:8px;border-radius:6px;box-sizing:border-box"
_LEFT = ' style="text-align:left"'
# The attribute is for viewers that take styles away.
_RIGHT = ' align="right" style="text-align:right"'


def answer(block: Block) -> str:
    """Return what a report says first; each part beside it begins with what it tells."""
    beside = [f"**{name}:** {block[key]}" for key, name in markup.BESIDE.items() if block.get(key)]
    lede = f'<div style="font-size:115%">{markup.text(block["markdown"])}</div>'
    ranges = block.get("ranges")
    small = [f'<div style="font-size:90%">{markup.text(ranges)}</div>'] if ranges else []
    return _lines(lede, *map(markup.text, beside), *small)


def text(block: Block) -> str:
    """Return computed prose; empty for a section that has nothing to say."""
    return _lines(markup.text(block["markdown"])) if block["markdown"] else ""


def finding(block: Block) -> str:
    """Return a headline number as one sentence in a frame; empty for one without a card."""
    if not block["card"]:
        return ""
    interval = f" ({escape(block['interval_text'])})" if block["interval_text"] else ""
    size = "130%" if block.get("said") else "170%"
    return (
        f'<p style="{_CARD}"><b style="display:block;font-size:{size}">'
        f"{escape(block['text'])} </b>{escape(block['label'])}{interval}</p>"
    )


def figure(block: Block, picture: bytes, *, number: str = "") -> str:
    """Return a figure: title, subtitle, picture, note, source, its data.

    Parameters
    ----------
    block : dict
        A figure block.
    picture : bytes
        The figure as :func:`notebook_reports.report.raster.draw` draws it: unlike an SVG, it
        is shown by everything that opens notebooks.
    number : str
        What readers call it, "Figure 3".
    """
    data, width = base64.b64encode(picture).decode("ascii"), raster.css_width(picture)
    return _lines(
        f'<figure id="fig-{block["key"]}" style="margin:0">',
        f'<h3 style="margin:0;line-height:1.3">{escape(_numbered(number, block["title"]))}</h3>',
        f"<p>{escape(block['subtitle'])}</p>",
        f'<p><img src="data:image/png;base64,{data}" alt="{escape(block["alt"])}" width="{width}" '
        f'style="{_PLATE}"></p>',
        *([f"<p>{escape(block['note'])}</p>"] if block["note"] else []),
        f"<p>{markup.source_line(block)}</p>",
        f"{_data(block)}</figure>",
    )


def table(block: Block, *, number: str = "") -> str:
    """Return a table with a caption, numbers to the right and words to the left."""
    grid = _grid(
        _numbered(number, block["caption"]),
        block["header"],
        [list(map(escape, cells)) for cells in block["cells"]],
        numeric=block["numeric"],
        row_header=block["row_header"],
    )
    note = f"{escape(block['note'])} " if block["note"] else ""
    below = _lines(f"<p>{note}{markup.source_line(block)}</p>", _data(block))
    return f'<div id="tab-{block["key"]}">{grid}\n{below}</div>'


def provenance(block: Block) -> str:
    """Return where the numbers come from: tables, then each fact after its name."""
    read = [
        [
            escape(t["name"]),
            markup.linked(str(t.get("title") or ""), t.get("page")),
            escape(str(t.get("publisher") or "")),
            escape(str(t.get("date") or "")),
            markup.linked(str(t.get("licence") or ""), t.get("licence_page")),
            f"<code>{escape(str(t.get('sha256') or '')[:12])}</code>"
            + (" changed since it was shipped" if t.get("modified") else ""),
        ]
        for t in block["tables"]
    ]
    head = ["Table", "What it is", "Publisher", "Date", "Licence", "Checksum"]
    facts = (
        f"<p><b>{name}:</b> {'; '.join(map(escape, values))}</p>"
        for name, values in markup.facts(block)
    )
    return (f"{_grid('Tables read', head, read)}\n" if read else "") + _lines(*facts)


def _grid(
    caption: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numeric: Sequence[bool] | None = None,
    row_header: int = 0,
) -> str:
    """Return a table of cells that are HTML already; it scrolls where it is wide or long."""
    align = [_RIGHT if right else _LEFT for right in numeric or [False] * len(header)]
    kinds = ["td"] * len(header)
    kinds[row_header] = 'th scope="row"'

    def row(cells: Sequence[str], kinds: Sequence[str]) -> str:
        columns = zip(cells, kinds, align, strict=True)
        parts = (f"<{kind}{side}>{cell}</{kind[:2]}>" for cell, kind, side in columns)
        return f"<tr>{' '.join(parts)}</tr>"

    head = row(list(map(escape, header)), ['th scope="col"'] * len(header))
    body = "\n".join(row(cells, kinds) for cells in rows)
    scroll = "overflow:auto" + (";max-height:36em" if len(rows) > _TALL else "")
    return (
        f'<div style="{scroll}"><table>'
        f"<caption{_LEFT}><b>{escape(caption)}</b></caption>\n"
        f"<thead>{head}</thead>\n<tbody>{body}</tbody></table></div>"
    )


def _numbered(number: str, title: str) -> str:
    return f"{number}. {title}" if number else title


def _lines(*parts: str) -> str:
    """Put one part under another, none wider than can be read."""
    return '<div style="max-width:54em">' + "\n".join(parts) + "</div>"


def _data(block: Block) -> str:
    """Return the link to a block's data, hidden where the link itself was taken away."""
    content = csv_text(block["data"])
    size = len(content.encode())
    if size > _MOST_BYTES:
        return ""
    href = escape(markup.data_uri(content, "text/csv"))
    # A notebook that isn't trusted keeps the style and loses the style sheet.
    return (
        "<style>.nhsi-data{display:block!important}</style>"
        f'<p class="nhsi-data" style="display:none"><a download="{block["key"]}.csv" href="{href}">'
        f"Data (CSV, {markup.size_text(size)})</a></p>"
    )
