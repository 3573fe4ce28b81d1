"""Tables for a sheet: columns as wide as their words ask, one that is too wide in several parts.

The rows are written as XML at once: python-docx takes ten times as long for the same cells.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from html import escape
from typing import Final, cast

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.oxml.table import CT_Tbl

from notebook_reports.packs.word.house import WIDTH

BODY: Final = int(WIDTH.twips)
_EM: Final = 187
"""Twips of nine points, bold."""
_NARROW, _BROAD = frozenset(" '!(),-./:;I[]fijlrt|"), frozenset("%@MWmw—")
_PAD: Final = 160
_LONGEST_WORD, _LONGEST_LINE = 2400, 6000
_SHORT: Final = 14
"""Lines of a table that stays whole."""
_WORDS = re.compile(r"[ \n]|(?<=[-–/])")
_BOTTOM = (
    '<w:tcBorders><w:bottom w:val="single" w:sz="8" w:color="7B858B"/></w:tcBorders>'
    '<w:vAlign w:val="bottom"/>'
)

Rows = Sequence[Sequence[str]]


def parts(rows: Rows, row_header: int) -> list[list[int]]:
    """Return which columns stand beside one another: all of them, or groups.

    Each group fits a sheet and begins with the column that names the rows.
    """
    least = _least(rows)
    if sum(least) <= BODY:
        return [list(range(len(least)))]
    found = [[row_header]]
    for column in (column for column in range(len(least)) if column != row_header):
        if len(found[-1]) > 1 and sum(least[c] for c in found[-1]) + least[column] > BODY:
            found.append([row_header])
        found[-1].append(column)
    return found


def table(
    heads: Rows, rows: Rows, numeric: Sequence[bool], described: str, *, noted: bool
) -> CT_Tbl:
    """Return a table whose header is repeated on every sheet and whose rows stay whole.

    Numeric columns stand to the right; ``described`` is what a screen reader calls the table, whose
    note follows where it is ``noted``.
    """
    every = [*heads, *rows]
    widths = _widths(every)
    # A short one stays whole, a long one keeps a row with its header; the last with the note.
    short = sum(_lines(row, widths) for row in every) <= _SHORT
    kept = {*range(len(every) - 1 if short else len(heads) + 1), *([len(every) - 1] * noted)}
    body = []
    for number, row in enumerate(every):
        is_head = number < len(heads)
        keep = "<w:keepNext/>" if number in kept else ""
        cells = "".join(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>'
            f"{_BOTTOM if is_head else ''}</w:tcPr><w:p><w:pPr>"
            f'<w:pStyle w:val="Table{"Number" if right else "Text"}"/>{keep}</w:pPr>'
            f"<w:r>{'<w:rPr><w:b/></w:rPr>' if is_head else ''}"
            f'<w:t xml:space="preserve">{escape(cell)}</w:t></w:r></w:p></w:tc>'
            for cell, width, right in zip(row, widths, numeric, strict=True)
        )
        repeated = "<w:tblHeader/>" if is_head else ""
        body.append(f"<w:tr><w:trPr><w:cantSplit/>{repeated}</w:trPr>{cells}</w:tr>")
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    xml = (
        f"<w:tbl {nsdecls('w')}><w:tblPr>"
        f'<w:tblStyle w:val="ReportTable"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        '<w:tblLayout w:type="fixed"/><w:tblLook w:firstRow="1" w:firstColumn="1" w:noVBand="1"/>'
        f'<w:tblCaption w:val="{escape(described)}"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>'
        f"{''.join(body)}</w:tbl>"
    )
    return cast(CT_Tbl, parse_xml(xml))


def _length(text: str) -> int:
    """Return about how long a text is in Arial, in twips."""
    ems = (
        0.39 if c in _NARROW else 0.9 if c in _BROAD else 0.7 if c.isupper() else 0.56 for c in text
    )
    return int(sum(ems) * _EM)


def _least(rows: Rows) -> list[int]:
    """Return how wide each column must be for its longest word."""
    columns = (_WORDS.split("\n".join(column)) for column in zip(*rows, strict=True))
    return [min(max(map(_length, set(words))), _LONGEST_WORD) + _PAD for words in columns]


def _widths(rows: Rows) -> list[int]:
    """Share a sheet's width out: each column's longest word first, the rest to those with most."""
    widths = _least(rows)
    lines = [max(map(_length, "\n".join(column).split("\n"))) for column in zip(*rows, strict=True)]
    wanted = [min(line, _LONGEST_LINE) + _PAD - w for line, w in zip(lines, widths, strict=True)]
    roots = [math.sqrt(line) for line in lines]
    spare, waiting = max(0, BODY - sum(widths)), sum(roots)
    # In the order of what is asked, so that dates and the like stay on a line.
    for column in sorted(range(len(widths)), key=wanted.__getitem__):
        given = min(max(0, wanted[column]), int(spare * roots[column] / (waiting or 1)))
        widths[column] += given
        spare, waiting = spare - given, waiting - roots[column]
    return widths


def _lines(row: Sequence[str], widths: Sequence[int]) -> int:
    return max(-(-_length(cell) // width) for cell, width in zip(row, widths, strict=True))
