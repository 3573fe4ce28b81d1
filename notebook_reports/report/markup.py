"""Blocks as HTML for the exported page, which has a style sheet. Everything is escaped."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote

from notebook_reports.charts.palette import themed
from notebook_reports.report import beneath, prose
from notebook_reports.report.blocks import Block, code_of
from notebook_reports.report.downloads import (
    csv_text,
    description_text,
    parameter_texts,
)


def markdown(text: str) -> str:
    """Render computed prose; angle brackets in a name stay text."""
    return str(prose.computed()(text)).strip()


def data_uri(content: str, mime: str) -> str:
    """Return a text as a link that needs no network and no file beside the page."""
    return f"data:{mime};charset=utf-8,{quote(content, safe=_URI_SAFE)}"


_URI_SAFE = "!$()*+,-./:;=?@_~'"


def size_text(count: int) -> str:
    """Write a size for a link's text: "14 KB"."""
    return f"{max(1, round(count / 1000)):,} KB"


def csv_links(block: Block, *, limit: int = 200_000) -> str:
    """Return the links to a block's CSV and its description; empty over ``limit`` bytes."""
    content = csv_text(block["data"])
    size = len(content.encode())
    if size > limit:
        return ""
    name = f"{block['key']}.csv"
    words = escape(block.get("title") or block.get("caption", ""))
    about = data_uri(description_text(block), "application/json")
    return (
        f'<li><a download="{name}" href="{escape(data_uri(content, "text/csv"))}">'
        f'Data (CSV, {size_text(size)})<span class="hide">: {words}</span></a></li>'
        f'<li><a download="{name}-metadata.json" href="{escape(about)}">'
        f'Description of the data (JSON)<span class="hide">: {words}</span></a></li>'
    )


_MOST_SOURCES = 2


def source_line(block: Block, known: Collection[str] = ()) -> str:
    """Write where a block's numbers come from, in one line.

    Parameters
    ----------
    block : dict
        A figure or table block.
    known : collection of str
        Tables that the page's list of sources describes; their titles lead there.
    """
    names = [_source(s, known) for s in block["source"]]
    more = len(names) - _MOST_SOURCES
    tail = f" and {more} more" if more > 0 else ""
    return f"Source: {'; '.join(names[:_MOST_SOURCES])}{tail}."


def _source(source: str | Block, known: Collection[str]) -> str:
    if isinstance(source, str):
        return escape(source.rstrip("."))
    words = escape(str(source.get("title") or source["name"]))
    return f'<a href="#source-{source["name"]}">{words}</a>' if source["name"] in known else words


_UNIT = re.compile(r"^(\S*\d\S*) ([a-z].*)$")


def finding(block: Block, *, tag: str = "div", href: str = "") -> str:
    """Return a headline number as a card: the number, what it is, its interval in words.

    Parameters
    ----------
    block : dict
        A finding block.
    tag : str
        Element of the card.
    href : str
        Where the card leads; nowhere when empty.
    """
    interval = block["interval_text"]
    limits = f'<span class="interval">{escape(interval)}</span>' if interval else ""
    value = _UNIT.sub(r"\1 <small>\2</small>", escape(block["text"]))
    word = ' class="word"' if block.get("said") else ""
    label = escape(block["label"])
    linked = f'<a href="{escape(href)}">{label}</a>' if href else label
    return (
        f'<{tag} class="card" id="finding-{block["key"]}"><b{word}>{value}</b>'
        f"<span>{linked}</span>{limits}</{tag}>"
    )


BESIDE = {
    "sure": "How sure",
    "as_at": "As at",
    "follows": "What follows",
    "changes": "What would change this",
}
"""What each part beside a headline answer tells, by its name in the block."""


def answer(block: Block, write: Callable[[str], str] | None = None) -> str:
    """Return what a report says first: its headline, how sure, as at when, what follows.

    Parameters
    ----------
    block : dict
        A text block whose role is "lede".
    write : callable, optional
        What turns its texts into HTML; :func:`text` without one.
    """
    write = write or text
    beside = "".join(
        f"<div><dt>{name}</dt><dd>{write(block[key])}</dd></div>"
        for key, name in BESIDE.items()
        if block.get(key)
    )
    ranges = block.get("ranges")
    return (
        f'<div class="lede">{write(block["markdown"])}</div>'
        + (f'<dl class="beside">{beside}</dl>' if beside else "")
        + (f'<div class="small">{write(ranges)}</div>' if ranges else "")
    )


def text(words: str) -> str:
    """Return computed prose."""
    return unbroken(markdown(words))


_BELOW_ZERO = re.compile(r"−£[\d.,]*\d(?:m|bn)?")


def unbroken(html: str) -> str:
    """Keep the sign of a negative amount on the line of the amount; browsers break after it."""
    return _BELOW_ZERO.sub(r'<span class="nb">\g<0></span>', html)


UnitOf = Callable[[Sequence[str]], str]


def _of_none(_: Sequence[str]) -> str:
    return ""


def refer(html: str, numbers: Mapping[str, str]) -> str:
    """Give links that say only "Figure" or "Table" the number of the one they lead to.

    Parameters
    ----------
    html : str
        Prose, rendered.
    numbers : mapping of str to str
        What readers call each figure and table, by its anchor: "fig-ranks" is "Figure 3".
    """
    return _REFERENCE.sub(
        lambda link: f'<a href="#{link[1]}">{numbers.get(link[1], link[2])}</a>', html
    )


_REFERENCE = re.compile(r'<a href="#((?:fig|tab)-[a-z0-9_]+)">(Figure|Table)</a>')


def _numbered(number: str, anchor: str, title: str) -> str:
    """Put the number, which is a link to the place itself, before a title."""
    words = unbroken(escape(title))
    return f'<a class="no" href="#{anchor}">{number}</a>. {words}' if number else words


def figure(
    block: Block,
    *,
    number: str = "",
    level: int = 3,
    known: Collection[str] = (),
    unit_of: UnitOf | None = None,
) -> str:
    """Return a figure: title, subtitle, picture, note, source, downloads.

    Parameters
    ----------
    block : dict
        A figure block.
    number : str
        What readers call it, "Figure 3".
    level : int
        Level of the title's heading.
    known : collection of str
        As in :func:`source_line`.
    unit_of : callable, optional
        As in :func:`table`, for the table of its data, which is written only with it.
    """
    anchor = f"fig-{block['key']}"
    note = f'<p class="note">{escape(block["note"])}</p>' if block["note"] else ""
    return (
        f'<figure id="{anchor}" aria-labelledby="{anchor}-title">'
        f'<h{level} id="{anchor}-title">{_numbered(number, anchor, block["title"])}</h{level}>'
        f'<p class="sub">{escape(block["subtitle"])}</p>{_plot(block)}'
        f"<figcaption>{note}<p>{source_line(block, known)}</p>{_links(block)}"
        f"{_beneath(block, number, unit_of) if unit_of else ''}</figcaption></figure>"
    )


def _plot(block: Block) -> str:
    """Return a figure's picture, drawn for wide and for narrow pages; its alt is its only name."""
    named = f'role="img" aria-label="{escape(block["alt"])}"'
    wide, narrow = (
        f'<div class="{width}" aria-hidden="true">{themed(drawing)}</div>' if drawing else ""
        for width, drawing in (("wide", block["svg"]), ("narrow", block.get("narrow")))
    )
    if narrow:
        return f'<div class="plot" {named}>{wide}{narrow}</div>'
    # Drawn for wide pages alone, it keeps a legible size and scrolls on narrow ones.
    return (
        '<div class="plot one" role="region" tabindex="0" '
        f'aria-label="Chart: {escape(block["title"])}"><div {named}>{wide}</div></div>'
    )


def _beneath(block: Block, number: str, unit_of: UnitOf) -> str:
    """Return a figure's data as a folded table."""
    under = beneath.table_of(block)
    grid = _grid(under, f"fig-{block['key']}-data", escape(under["caption"]), unit_of)
    return (
        f'<details class="data"><summary>{number or "Figure"} as a table</summary>'
        f'<div class="tabular">{grid}</div></details>'
    )


def _links(block: Block) -> str:
    """Return the list of a block's downloads."""
    items = csv_links(block)
    return f'<ul class="get">{items}</ul>' if items else ""


_LIMITS = re.compile(r"^([^ ()]+) (\([^()]+ to [^()]+\))$")
_DATE = re.compile(r"^(\d{1,2} )?[A-Z][a-z]+ \d{4}$")
_LEADING_NUMBER = re.compile(r"^[−-]?£?[\d,]+(\.\d+)?")


def table(
    block: Block,
    *,
    number: str = "",
    known: Collection[str] = (),
    unit_of: UnitOf = _of_none,
) -> str:
    """Return a table with a caption, scoped headers and the links to its data.

    Parameters
    ----------
    block : dict
        A table block.
    number : str
        What readers call it, "Table 2".
    known : collection of str
        As in :func:`source_line`.
    unit_of : callable
        Returns the code of the unit that a row of cells is about, which the page's script finds
        it by; empty where it is about none.
    """
    anchor = f"tab-{block['key']}"
    note = f'<span class="note">{escape(block["note"])}</span> ' if block["note"] else ""
    grid = _grid(block, f"{anchor}-caption", _numbered(number, anchor, block["caption"]), unit_of)
    # One that fits on a printed page stays whole on it.
    kept = " short" if len(block["cells"]) <= _SHORT else ""
    return (
        f'<div class="tabular{kept}" id="{anchor}">{grid}'
        f'<p class="small">{note}{source_line(block, known)}</p>'
        f"{_links(block)}</div>"
    )


def _grid(block: Block, caption_id: str, caption: str, unit_of: UnitOf) -> str:
    """Return header, rows and caption in a region that scrolls where they don't fit."""
    row_header, numeric = block["row_header"], block["numeric"]
    head = "".join(
        f'<th scope="col"{_class(name, numeric[i])}>{escape(name)}</th>'
        for i, name in enumerate(block["header"])
    )
    rows = []
    for r, cells in enumerate(block["cells"]):
        parts = []
        for i, cell in enumerate(cells):
            order = block["order"][i]
            # What the page's script sorts by, where the text doesn't say it.
            value = (
                "" if order is None or order[r] is None else f' data-v="{escape(str(order[r]))}"'
            )
            if numeric[i] and _LEADING_NUMBER.match(cell):
                value = ""
            start, end = ('<th scope="row"', "</th>") if i == row_header else ("<td", "</td>")
            words = _LIMITS.sub(_with_limits, escape(cell))
            style = _class(cell, numeric[i])
            parts.append(f"{start}{style}{value}>{words}{end}")
        unit = unit_of(cells)
        about = f' data-unit="{escape(unit)}"' if unit else ""
        rows.append(f"<tr{about}>{''.join(parts)}</tr>")
    # A long table scrolls under its header; one of many columns is set smaller.
    region = "scroll tall" if len(rows) > _TALL else "scroll"
    dense = ' class="dense"' if len(block["header"]) >= _DENSE else ""
    return (
        f'<div class="{region}" role="region" tabindex="0" aria-labelledby="{caption_id}">'
        f'<table{dense}><caption id="{caption_id}"><span class="cap">{caption}</span></caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


_LONG = 40
_TALL = 20
_SHORT = 10
_DENSE = 6


def _class(cell: str, numeric: bool) -> str:
    """Return the class of a cell: a number, a date that stays on one line, a long text."""
    if numeric:
        return ' class="n"'
    if _DATE.match(cell):
        return ' class="d"'
    return ' class="t"' if len(cell) > _LONG else ""


_SHORT_LIMITS = 24


def _with_limits(found: re.Match[str]) -> str:
    """Put the limits of an estimate under it, short ones unbroken."""
    limits = found[2] if len(found[2]) > _SHORT_LIMITS else found[2].replace(" ", "&nbsp;")
    return f'{found[1]} <span class="lim">{limits}</span>'


_TOLD_AT_THE_END = {"Made", "Code"}
"""What a page's last part says, with the rest of what it says of itself."""


def provenance(block: Block) -> str:
    """Return where a page's numbers come from: tables, parameters, versions."""
    rows = "".join(
        f'<tr id="source-{escape(t["name"])}">'
        f'<th scope="row">{escape(t["name"]).replace("_", "_<wbr>")}</th>'
        f"<td>{_titled(t)}</td><td>{escape(str(t.get('date') or ''))} "
        f'<span class="lim"><code>{escape(str(t.get("sha256") or "")[:12])}</code>'
        f"{' changed since it was shipped' if t.get('modified') else ''}</span></td></tr>"
        for t in block["tables"]
    )
    tables = (
        '<div class="scroll" role="region" tabindex="0" aria-labelledby="tables-read">'
        '<table class="plain"><caption id="tables-read">Tables read</caption><thead><tr>'
        '<th scope="col">Table</th><th scope="col">What it is, and its licence</th>'
        '<th scope="col">Date, checksum</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
        if rows
        else ""
    )
    terms = "".join(
        f"<dt>{name}</dt>" + "".join(f"<dd>{escape(v)}</dd>" for v in values)
        for name, values in facts(block)
        if name not in _TOLD_AT_THE_END
    )
    return f'{tables}<dl class="facts">{terms}</dl>'


def facts(block: Block) -> list[tuple[str, list[str]]]:
    """Return what a report was made with, as names and their values; none without a value."""
    named = [
        ("Parameters", parameter_texts(block)),
        ("Made", [block["made"]]),
        ("Code", [f"{code_of(block)}, commit {block['commit'] or 'not known'}"]),
        ("Notebook", [block["differs"]] if block.get("differs") else []),
        ("Versions", [", ".join(f"{k} {v}" for k, v in block["versions"].items())]),
    ]
    return [(name, values) for name, values in named if values]


def _titled(table: dict[str, Any]) -> str:
    """Write a table's title and publisher, and its licence, each linked to its page if it has one.

    A licence by publisher is long: it has a line of its own in place of a narrow column.
    """
    words = ", ".join(str(table[k]) for k in ("title", "publisher") if table.get(k))
    licence = linked(str(table.get("licence") or ""), table.get("licence_page"))
    told = f' <span class="lim">Licence: {licence}</span>' if licence else ""
    return linked(words, table.get("page")) + told


def linked(words: str, page: Any) -> str:
    """Write words, as a link where there is an address of the web."""
    said, there = escape(words), str(page or "")
    return f'<a href="{escape(there)}">{said}</a>' if there.startswith("https://") else said
